package checks

import (
	"errors"
	"slices"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
	"huddleguard/checks/version"
)

// ReadVersion is an installation's version as its client's page reads it: the
// most trusted witness whose form is known. The error says what is wrong when
// none is.
func ReadVersion(inst fact.Installation, install *catalogue.Install) (version.Version, error) {
	scheme := "dotted"
	if install != nil {
		scheme = install.Scheme
	}
	var first version.Version
	firstErr := errNoVersion
	for i, w := range inst.Versions {
		v, err := version.Parse(scheme, w.Raw)
		if err == nil {
			return v, nil
		}
		if i == 0 {
			first, firstErr = v, err
		}
	}
	return first, firstErr
}

// judgeVersion says whether the version could be read, and whether its
// witnesses agree: a client that updated itself can run something other than
// what is registered.
func (e *evaluation) judgeVersion(c copyOf) {
	v := e.general(c.page.ID, "version/form").about(c.inst)
	v.because = witnesses(c.inst)
	read, err := ReadVersion(*c.inst, c.install)
	switch {
	case len(c.inst.Versions) == 0:
		v = v.says(Unknown, "version.form-unread")
	case hiddenWitness(c.inst) != nil:
		w := hiddenWitness(c.inst)
		v = v.says(Unknown, "version.form-hidden", "where", w.Where, "why", w.Why)
	case err != nil || e.oddWitness(c) != "":
		v = v.says(Unknown, "version.form-odd", "version", e.oddWitness(c))
	case e.witnessesDiffer(c):
		v = v.says(Fail, "version.witnesses-differ", "versions", raws(c.inst))
		v.severity = Low
	case !read.Exact() && !e.otherWitnessExact(c):
		v = v.says(Pass, "version.form-interval", "version", read.Raw)
	default:
		v = v.says(Pass, "version.form-good", "version", read.Raw)
	}
	e.add(v)
}

// witnesses are the places that name a copy's version, and what they say.
func witnesses(inst *fact.Installation) []Because {
	var out []Because
	for _, w := range inst.Versions {
		state := fact.Present
		if w.Why != "" {
			state = fact.Hidden
		}
		out = append(out, Because{What: "version", Where: w.Where, Value: w.Raw, State: state})
	}
	return out
}

// hiddenWitness is the first witness that could not be read, or nil: the others
// may agree, and it may be the one that does not.
func hiddenWitness(inst *fact.Installation) *fact.Version {
	for i := range inst.Versions {
		if inst.Versions[i].Why != "" {
			return &inst.Versions[i]
		}
	}
	return nil
}

// oddWitness is the first witness in no known form, or "".
func (e *evaluation) oddWitness(c copyOf) string {
	for _, w := range c.inst.Versions {
		if _, err := version.Parse(scheme(c.install), w.Raw); err != nil {
			return w.Raw
		}
	}
	return ""
}

func raws(inst *fact.Installation) []string {
	var out []string
	for _, w := range inst.Versions {
		if w.Raw != "" && !slices.Contains(out, w.Raw) {
			out = append(out, w.Raw)
		}
	}
	return out
}

func (e *evaluation) otherWitnessExact(c copyOf) bool {
	return slices.ContainsFunc(c.inst.Versions, func(w fact.Version) bool {
		v, err := version.Parse(scheme(c.install), w.Raw)
		return err == nil && v.Exact()
	})
}

// witnessesDiffer compares every witness with every other: two agree where
// their intervals meet.
func (e *evaluation) witnessesDiffer(c copyOf) bool {
	var read []version.Version
	for _, w := range c.inst.Versions {
		if v, err := version.Parse(scheme(c.install), w.Raw); err == nil {
			read = append(read, v)
		}
	}
	for i, a := range read {
		for _, b := range read[i+1:] {
			if !a.Meets(b) {
				return true
			}
		}
	}
	return false
}

func scheme(in *catalogue.Install) string {
	if in == nil {
		return "dotted"
	}
	return in.Scheme
}

// judgeRetired says whether the client, the edition or the way of packaging
// ended. The day it ended decides, so that a page can name a day to come.
func (e *evaluation) judgeRetired(c copyOf) {
	v := e.general(c.page.ID, "version/retired").about(c.inst)
	name := editionName(c)
	v.because = []Because{{What: "installation", Where: c.inst.Path, Value: name, State: fact.Present}}
	if r := e.retired(c); r != nil {
		v = v.says(Fail, "version.retired", "name", name, "since", r.Since, "replacement", r.Replacement)
	} else {
		v = v.says(Pass, "version.maintained", "name", name)
	}
	e.add(v)
}

func (e *evaluation) retired(c copyOf) *catalogue.Retired {
	return c.page.RetiredOn(e.Now.UTC().Format("2006-01-02"), c.inst.Edition, c.install)
}

func editionName(c copyOf) string {
	for _, ed := range c.page.Editions {
		if ed.ID == c.inst.Edition {
			return ed.Name
		}
	}
	return c.page.Name
}

// judgeUpdates says who keeps the copy current, and whether updates are held.
func (e *evaluation) judgeUpdates(c copyOf) {
	v := e.general(c.page.ID, "update/source").about(c.inst)
	v.because = []Because{{What: "installation", Where: c.inst.Path, Value: string(c.inst.Packaging), State: fact.Present}}
	switch {
	case c.install == nil:
		v = v.says(Unknown, "update.unknown")
	case c.install.Updates == catalogue.UpdatesNobody:
		v = v.says(Fail, "update.nobody", "name", c.page.Name)
	default:
		v = v.says(Pass, "update.by", "who", message.New("update.by-"+string(c.install.Updates)))
	}
	e.add(v)
	e.judgeHeld(c)
}

func (e *evaluation) judgeHeld(c copyOf) {
	switch c.inst.Packaging {
	case fact.Deb, fact.RPM, fact.Flatpak, fact.Snap:
	default:
		return
	}
	v := e.general(c.page.ID, "update/held").about(c.inst)
	v.because = []Because{{What: "hold", Where: c.inst.Path, Value: string(c.inst.Held), State: fact.Present}}
	switch c.inst.Held {
	case fact.Yes:
		v = v.says(Fail, "update.held", "by", string(c.inst.Packaging))
	case fact.No:
		v = v.says(Pass, "update.not-held")
	default:
		v = v.says(Unknown, "update.held-unknown", "by", string(c.inst.Packaging))
	}
	e.add(v)
}

// errNoVersion means that nothing on the host says which version a copy has.
var errNoVersion = errors.New("no version was found")

// VersionOf is an installation's version as its client's page reads it.
func VersionOf(inst fact.Installation, cat *catalogue.Catalogue) (version.Version, error) {
	page, ok := cat.Page(inst.Client)
	if !ok {
		return ReadVersion(inst, nil)
	}
	return ReadVersion(inst, findInstall(page, &inst))
}
