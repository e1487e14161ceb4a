package checks

import (
	"cmp"

	"huddleguard/checks/fact"
	"huddleguard/checks/message"
)

// Outcome is the judgement of one check.
type Outcome string

// The outcomes.
const (
	Pass          Outcome = "pass"
	Fail          Outcome = "fail"
	Unknown       Outcome = "unknown"
	NotApplicable Outcome = "not-applicable"
	Waived        Outcome = "waived"
)

// Severity is how much a failed check matters.
type Severity string

// The severities, the least first.
const (
	Info     Severity = "info"
	Low      Severity = "low"
	Medium   Severity = "medium"
	High     Severity = "high"
	Critical Severity = "critical"
)

// Severities lists them, the least first.
var Severities = []Severity{Info, Low, Medium, High, Critical}

// Rank orders severities; an unknown word ranks below all of them.
func (s Severity) Rank() int {
	for i, v := range Severities {
		if v == s {
			return i
		}
	}
	return -1
}

// Basis says what a finding rests on.
type Basis string

// The bases.
const (
	Measured Basis = "measured" // read from the host
	Account  Basis = "account"  // read from the vendor's account API
	Attested Basis = "attested" // the person said so
	Derived  Basis = "derived"  // follows from other findings
)

// RemedyKind is the sort of thing that mends a finding.
type RemedyKind string

// The kinds of remedy.
const (
	RemedySetting  RemedyKind = "setting"
	RemedyUpdate   RemedyKind = "update"
	RemedyAccount  RemedyKind = "account"
	RemedyRemove   RemedyKind = "remove"
	RemedyGuidance RemedyKind = "guidance"
)

// Finding is the judgement of one check on one subject.
type Finding struct {
	// Key is check, installation, user and subject: stable between looks.
	Key          string  `json:"key"`
	ID           string  `json:"id"` // client/kind/thing
	Client       string  `json:"client"`
	Installation string  `json:"installation,omitempty"`
	User         string  `json:"user,omitempty"`
	Outcome      Outcome `json:"outcome"`
	// OutcomeWithoutWaiver is what was judged, where a waiver changed it.
	OutcomeWithoutWaiver Outcome  `json:"outcome_without_waiver,omitempty"`
	Basis                Basis    `json:"basis"`
	Managed              bool     `json:"managed"`
	Severity             Severity `json:"severity"`
	// Message is what people read, in their language.
	Message message.Message `json:"message"`
	// Title is the message in English, whatever the language.
	Title string `json:"title"`
	// Because lists what the judgement rests on.
	Because []Because `json:"because"`
	// Advisories are the advisory items served; " (by analogy)" follows the id
	// where the advisory speaks of another client.
	Advisories []string `json:"advisories"`
	Remedies   []Remedy `json:"remedies"`
	// Waiver is one that holds, or one that has ended; nil where there is none.
	Waiver *Waiver `json:"waiver,omitempty"`
}

// Judged is the outcome as it is without a waiver, which is what a policy that
// enforces goes by.
func (f *Finding) Judged() Outcome { return cmp.Or(f.OutcomeWithoutWaiver, f.Outcome) }

// Because is one thing a judgement rests on.
type Because struct {
	What  string     `json:"what"`
	Where string     `json:"where"`
	Value string     `json:"value"` // empty where there is none
	State fact.State `json:"state"`
}

// Remedy is one way to mend a finding.
type Remedy struct {
	Kind RemedyKind `json:"kind"`
	// Applicable says whether Huddleguard could do it, were it asked.
	Applicable bool            `json:"applicable"`
	Message    message.Message `json:"message"`
	Text       string          `json:"text"` // the message in English
	// Mends are what would be changed, in order. They are for the plan, and in no
	// report: the process that changes something looks for itself.
	Mends []Mend `json:"-"`
}

// Mend is one place that is to be other than it is.
type Mend struct {
	At   fact.At
	User string // whose place it is; empty for the machine's
	// Type is bool, int, string or list; empty where the store has its own words.
	Type          string
	Before, After fact.Held
	// EffectSeen says whether it was seen that the place is heeded.
	EffectSeen bool
}
