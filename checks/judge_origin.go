package checks

import (
	"cmp"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
)

// judgeOrigin holds where a copy came from against who should have made it. A
// name on a signature whose chain was not checked is shown and never passes.
func (e *evaluation) judgeOrigin(c copyOf) {
	if c.inst.Packaging.InBrowser() {
		return // it is the browser's, and the site's name is its origin
	}
	v := e.general(c.page.ID, "origin/source").about(c.inst)
	o := c.inst.Origin
	v.because = []Because{{What: "origin", Where: cmp.Or(o.Where, c.inst.Path), Value: o.Name, State: fact.Present}}
	expected, unchecked := expectedOrigins(c.install, o.Kind)
	switch {
	case o.Why != "":
		v.because[0].State = fact.Hidden
		v = v.says(Unknown, "origin.hidden", "why", o.Why)
	case o.Kind == fact.OriginUnsigned:
		v = v.says(Fail, "origin.unsigned")
	case o.Kind == "" || o.Kind == fact.OriginUnknown:
		v = v.says(Unknown, "origin.unknown")
	case o.Kind == fact.OriginStore && o.Name == "":
		v = v.says(Pass, "origin.store")
	case len(expected) == 0:
		v = v.says(Unknown, "origin.nobody-expected", "name", o.Name)
	case !catalogue.MatchesAny(expected, o.Name):
		v = v.says(Fail, "origin.unexpected", "name", o.Name, "expected", expected)
	case unchecked:
		v = v.says(Unknown, "origin.unchecked", "name", o.Name)
	default:
		v = v.says(Pass, "origin.known", "name", o.Name)
	}
	e.add(v)
}

// expectedOrigins are the names a page expects for a kind of evidence.
// unchecked is true where the evidence is a signature whose chain nobody
// checked.
func expectedOrigins(in *catalogue.Install, kind fact.OriginKind) (names []string, unchecked bool) {
	if in == nil || in.Expect == nil {
		return nil, false
	}
	switch x := in.Expect; kind {
	case fact.OriginDistribution, fact.OriginRepository:
		return x.Maintainers, false
	case fact.OriginRemote:
		return x.Remotes, false
	case fact.OriginStore:
		return x.Publishers, false
	case fact.OriginAuthenticode:
		return x.Signers, true
	case fact.OriginTeamID:
		return x.TeamIDs, true
	}
	return nil, false
}
