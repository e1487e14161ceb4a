package checks

import (
	"slices"
	"time"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
	"huddleguard/checks/release"
	"huddleguard/checks/version"
)

// judgeRelease says whether a copy's release is recent enough, by its maker's
// promise or by our own limit. It needs no advisory: a maker mends only recent
// releases, whether or not anybody published a hole.
func (e *evaluation) judgeRelease(c copyOf) {
	rules := e.cat.SupportFor(c.page, systemOf(c.inst), c.inst.Packaging, c.inst.Edition)
	if len(rules) == 0 {
		return // a catalogue without any rule asks nothing
	}
	left := slices.IndexFunc(rules, func(r catalogue.Rule) bool { return r.Rule == catalogue.RuleDistribution })
	v := e.general(c.page.ID, "version/supported-release").about(c.inst)
	if how, ok := e.byChannel(c, ""); ok {
		v.remedies = []Remedy{how}
	}
	v.because = witnesses(c.inst)
	read, err := ReadVersion(*c.inst, c.install)
	in := release.Age(c.inst.Client, c.inst.Edition, string(systemOf(c.inst)), read, e.Now)
	if err == nil && in.Reason != release.Undated {
		v.because = append(v.because, Because{What: "release", Where: whoSaw(in), Value: span(in), State: fact.Present})
	}
	switch {
	case e.retired(c) != nil:
		v = v.says(NotApplicable, "version.release-retired")
	case c.inst.Packaging.InBrowser():
		v = v.says(NotApplicable, "version.release-web")
	case left >= 0:
		v = v.says(NotApplicable, "version.release-distribution", "rule", message.New(rules[left].Says), "when", when(in))
	case hiddenWitness(c.inst) != nil:
		w := hiddenWitness(c.inst)
		v = v.says(Unknown, "version.form-hidden", "where", w.Where, "why", w.Why)
	case len(c.inst.Versions) == 0:
		v = v.says(Unknown, "version.form-unread")
	case err != nil:
		v = v.says(Unknown, "version.form-odd", "version", read.Raw)
	case in.Reason == release.Undated:
		v = v.says(Unknown, "version.release-undated", "version", read.Raw)
	case in.Reason == release.Ahead:
		v = v.says(Unknown, "version.release-ahead", "version", read.Raw, "date", in.Earliest.Format(time.DateOnly))
	default:
		v = e.byRules(v, rules, read, in)
	}
	e.add(v)
}

// byRules lets the first rule that is broken speak, then the first that cannot
// be decided, then the first of all.
func (e *evaluation) byRules(v verdict, rules []catalogue.Rule, read version.Version, in release.Interval) verdict {
	outcome, rule := Pass, rules[0]
	for _, r := range rules {
		switch o := keeps(r, in, e.Now); {
		case o == Fail && outcome != Fail, o == Unknown && outcome == Pass:
			outcome, rule = o, r
		}
	}
	id := map[Outcome]string{Pass: "version.release-recent", Unknown: "version.release-unclear", Fail: "version.release-unsupported"}[outcome]
	switch {
	case outcome == Fail && rule.By == catalogue.ByUs:
		id, v.severity = "version.release-stale", Low
	case outcome == Unknown && in.Newest:
		id = "version.release-newest"
	}
	return v.says(outcome, id, "version", read.Raw, "when", when(in), "rule", message.New(rule.Says))
}

// keeps says whether a release is within a rule on a day: only what holds for
// both ends of the interval is decided. A month that is too short for the day
// counts into the next one, in favour of the copy.
//
// A limit of ours says that fixes were missed. Of the newest release we know of
// that cannot be said, however old it is: perhaps there is none after it.
func keeps(r catalogue.Rule, in release.Interval, now time.Time) Outcome {
	today := now.UTC().Truncate(24 * time.Hour)
	within := func(released time.Time) bool { return !today.After(released.AddDate(0, r.Months, r.Days)) }
	switch {
	case r.Rule == catalogue.RuleDatedBuild && in.Reason != release.Dated:
		return Unknown
	case !in.Earliest.IsZero() && within(in.Earliest):
		return Pass
	case in.Latest.IsZero() || within(in.Latest) || r.By == catalogue.ByUs && in.Newest:
		return Unknown
	}
	return Fail
}

// when says in words when a release came out.
func when(in release.Interval) any {
	from, to := in.Earliest.Format(time.DateOnly), in.Latest.Format(time.DateOnly)
	switch in.Reason {
	case release.Known:
		return message.New("version.when-known", "date", to)
	case release.Dated:
		return message.New("version.when-dated", "date", to)
	case release.Named:
		return message.New("version.when-named", "from", from, "to", to)
	case release.Between:
		return message.New("version.when-between", "from", from, "to", to)
	case release.Before:
		return message.New("version.when-before", "date", to)
	case release.After:
		return message.New("version.when-after", "date", from)
	}
	return ""
}

// whoSaw names where the days come from, and how far they reach.
func whoSaw(in release.Interval) string {
	if in.Source == "" {
		return "the version itself"
	}
	return in.Source + ", up to " + in.CompleteTo.Format(time.DateOnly)
}

// span is an interval for people: one day, or two with a dash between, of which
// an open one is left out.
func span(in release.Interval) string {
	words := [2]string{}
	for i, t := range []time.Time{in.Earliest, in.Latest} {
		if !t.IsZero() {
			words[i] = t.Format(time.DateOnly)
		}
	}
	if words[0] == words[1] {
		return words[0]
	}
	return words[0] + " – " + words[1]
}
