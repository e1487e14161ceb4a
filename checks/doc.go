// Package checks judges: from the facts read from a host, what is known about
// conferencing clients, and what the organisation decided, it makes findings.
// It has no operating system, no clock, no network and writes nothing; the same
// facts give the same findings on every machine.
//
// The words, which are also the names in the code:
//
//   - Client: a conferencing program. Installation: one copy of it on a host.
//   - Fact: one thing read from the host, with where, or why it could not be read.
//   - Finding: the judgement of one check on one subject.
//   - Outcome: pass, fail, unknown, not-applicable or waived.
//   - Remedy: what mends it: setting, update, account, remove, guidance.
//   - Advisory: a public statement about versions or settings.
//   - Policy: what the administrator decided.
//   - Catalogue: what is known, as data.
//
// Unknown is never pass: whatever could not be looked at stays unknown and
// keeps its reason.
package checks
