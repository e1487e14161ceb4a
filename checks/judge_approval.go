package checks

import (
	"slices"

	"huddleguard/checks/fact"
	"huddleguard/checks/message"
)

// judgeCopies looks for clients that one person can start in several copies.
// A second edition (Rooms, a plug-in) is not a second copy.
func (e *evaluation) judgeCopies() {
	type group struct{ client, edition string }
	copies := map[group][]*fact.Installation{}
	var order []group
	for i := range e.set.Installations {
		inst := &e.set.Installations[i]
		g := group{inst.Client, inst.Edition}
		if inst.Packaging.InBrowser() {
			continue
		}
		if copies[g] == nil {
			order = append(order, g)
		}
		copies[g] = append(copies[g], inst)
	}
	for _, g := range order {
		for _, owner := range owners(copies[g]) {
			e.copiesFinding(g.client, owner, visible(copies[g], owner))
		}
	}
}

// owners are the people with a copy of their own, or "" for the machine's.
func owners(insts []*fact.Installation) []string {
	var out []string
	for _, in := range insts {
		if in.User != "" && !slices.Contains(out, in.User) {
			out = append(out, in.User)
		}
	}
	if len(out) == 0 {
		return []string{""}
	}
	return out
}

// visible are the copies a person can start: the machine's and their own.
func visible(insts []*fact.Installation, user string) []*fact.Installation {
	var out []*fact.Installation
	for _, in := range insts {
		if in.User == "" || in.User == user {
			out = append(out, in)
		}
	}
	return out
}

func (e *evaluation) copiesFinding(client, user string, insts []*fact.Installation) {
	v := e.general(client, "exposure/several-copies")
	v.user, v.basis = user, Derived
	v.subject = insts[0].Edition
	var where []string
	for _, in := range insts {
		v.because = append(v.because, Because{What: "installation", Where: in.Path, Value: string(in.Packaging), State: fact.Present})
		where = append(where, in.Path)
	}
	if len(insts) > 1 {
		e.add(v.says(Fail, "exposure.several-copies", "what", where))
		return
	}
	if e.blind() {
		v.because = append(v.because, Because{What: "installation", Where: "what could not be read", State: fact.Hidden})
		e.add(v.says(Unknown, "exposure.hidden", "why", "not everything could be read",
			"title", message.New("catalogue/check/exposure/several-copies/title")))
		return
	}
	e.add(v.says(Pass, "exposure.one-copy"))
}

// anyClient stands for the host in checks that are about no one client.
const anyClient = "any"

// judgeApproval holds the installed clients against what the organisation decided.
func (e *evaluation) judgeApproval() {
	clients := e.clientsSeen()
	for _, id := range clients {
		if len(e.Policy.ApprovedClients) > 0 {
			e.approvedFinding(id)
		}
		if e.Policy.OfficialUse {
			e.officialFinding(id)
		}
	}
	if e.Policy.MaxClients > 0 {
		e.countFinding(clients)
	}
}

// clientsSeen are the clients with an installation of their own, in order.
func (e *evaluation) clientsSeen() []string {
	var out []string
	for i := range e.set.Installations {
		if in := &e.set.Installations[i]; !in.Packaging.InBrowser() && !slices.Contains(out, in.Client) {
			out = append(out, in.Client)
		}
	}
	slices.Sort(out)
	return out
}

func (e *evaluation) approvedFinding(id string) {
	v := e.general(id, "approval/approved")
	v.basis, v.managed = Derived, true
	v.because = []Because{{What: "approved_clients", Where: "policy", Value: Show(e.Policy.ApprovedClients), State: fact.Present}}
	if slices.Contains(e.Policy.ApprovedClients, id) {
		e.add(v.says(Pass, "approval.approved"))
		return
	}
	e.add(v.says(Fail, "approval.not-approved", "name", e.name(id)))
}

// officialFinding is CyCord's and CERT-In's "not for official use".
func (e *evaluation) officialFinding(id string) {
	v := e.general(id, "approval/official-use")
	v.basis, v.managed = Derived, true
	v.because = []Because{{What: "official_use", Where: "policy", Value: "true", State: fact.Present}}
	for _, item := range v.serves {
		if it := e.items[item]; it != nil && slices.Contains(it.About, id) {
			e.add(v.says(Fail, "approval.not-official", "name", e.name(id), "by", it.By))
			return
		}
	}
	e.add(v.says(Pass, "approval.official"))
}

func (e *evaluation) countFinding(clients []string) {
	v := e.general(anyClient, "approval/client-count")
	v.basis, v.managed = Derived, true
	v.because = []Because{{What: "clients", Where: "installations", Value: Show(clients), State: fact.Present}}
	names := make([]string, len(clients))
	for i, id := range clients {
		names[i] = e.name(id)
	}
	if len(clients) > e.Policy.MaxClients {
		e.add(v.says(Fail, "approval.too-many", "count", len(clients), "max", e.Policy.MaxClients, "names", names))
		return
	}
	if e.blind() {
		e.add(v.says(Unknown, "approval.incomplete"))
		return
	}
	e.add(v.says(Pass, "approval.few", "count", len(clients), "max", e.Policy.MaxClients))
}

// blind says whether something could not be read that may hold any client.
func (e *evaluation) blind() bool {
	return slices.ContainsFunc(e.set.Unreadable, func(u fact.Unreadable) bool { return u.Client == "" })
}

func (e *evaluation) name(id string) string {
	if p, ok := e.cat.Page(id); ok {
		return p.Name
	}
	return id
}
