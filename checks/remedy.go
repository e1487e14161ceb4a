package checks

import (
	"huddleguard/checks/catalogue"
	"huddleguard/checks/message"
	updates "huddleguard/checks/update"
)

// byChannel is the update of a copy through the machine's own channel, with the
// command that would do it. Without one it is false, and words have to do.
func (e *evaluation) byChannel(c copyOf, fixed string) (Remedy, bool) {
	cmd, _, ok := updates.Plan(updates.Input{Catalogue: e.cat, Host: e.set.Host, Copy: c.inst, Now: e.Now})
	if !ok {
		return Remedy{}, false
	}
	byHand := c.install != nil && c.install.Updates == catalogue.UpdatesNobody && c.install.Update == nil
	return Remedy{Kind: RemedyUpdate, Applicable: true, Message: message.New("channel.run",
		"name", c.page.Name, "fixed", fixed, "command", cmd.String(), "root", cmd.NeedsRoot, "byhand", byHand)}, true
}
