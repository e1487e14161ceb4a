package checks

import (
	"slices"
	"strings"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
)

// The values of permission facts.
const (
	Allowed = "allowed"
	Denied  = "denied"
	Ask     = "ask"
)

// judgePermissions makes a finding for every grant the host was asked for.
func (e *evaluation) judgePermissions() {
	for i := range e.set.Facts {
		f := &e.set.Facts[i]
		if f.Kind != fact.Permission {
			continue
		}
		page, known := e.cat.Page(f.Client)
		perm := e.perms[f.Name]
		if known && perm != nil {
			e.add(e.permissionVerdict(page, perm, f))
		}
	}
}

func (e *evaluation) permissionVerdict(page *catalogue.Page, perm *catalogue.Permission, f *fact.Fact) verdict {
	v := verdict{client: f.Client, thing: "permission/" + perm.ID, inst: f.Installation, user: f.User,
		subject: f.Subject, severity: Severity(perm.Severity), serves: perm.Serves, managed: f.Managed,
		because:  []Because{{What: perm.ID, Where: f.Where, Value: Show(f.Value), State: f.State}},
		remedies: []Remedy{grantRemedy(message.New("catalogue/permission/"+perm.ID+"/advice"), f)}}
	title := message.New("catalogue/permission/" + perm.ID + "/title")
	leftBehind := f.Installation == "" && !strings.HasPrefix(perm.ID, "site-")
	switch {
	case f.State == fact.Hidden:
		return v.says(Unknown, "permission.hidden", "title", title, "why", f.Why)
	case f.State == fact.Absent || f.Value != Allowed:
		return v.says(Pass, "permission.not-granted", "title", title)
	case leftBehind:
		return e.leftoverGrant(v, title)
	case f.Subject != "":
		return v.says(Fail, "permission.site", "title", title, "site", f.Subject)
	case slices.Contains(page.Needs, perm.ID):
		return v.says(Pass, "permission.needed", "title", title)
	case perm.Granted == "note":
		v.severity = Info
	}
	return v.says(Fail, "permission.granted", "title", title, "to", page.Name)
}

// leftoverGrant turns a grant for a client that is not there into the check
// every client gets for that.
func (e *evaluation) leftoverGrant(v verdict, title message.Message) verdict {
	g := e.general(v.client, "permission/leftover")
	g.user, g.because, g.subject = v.user, v.because, v.thing
	for _, m := range v.remedies[0].Mends {
		g.remedies[0].Kind, g.remedies[0].Applicable = RemedySetting, true
		g.remedies[0].Mends = append(g.remedies[0].Mends, m)
	}
	return g.says(Fail, "permission.leftover", "title", title)
}
