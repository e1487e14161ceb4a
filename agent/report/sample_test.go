package report

import (
	"testing"
	"time"

	"huddleguard/checks"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
)

// taken is when the hand-made hosts of these tests were looked at.
var taken = time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)

// known is a small catalogue, so that a golden file changes only with what is
// under test.
func known() *catalogue.Catalogue {
	return &catalogue.Catalogue{
		Pages: []catalogue.Page{
			{ID: "mumble", Name: "Mumble", Editions: []catalogue.Edition{{ID: "desktop", Name: "Mumble"}},
				Installs: []catalogue.Install{{System: fact.Linux, Packaging: fact.Deb, Edition: "desktop", Scheme: "debian"}}},
			{ID: "skype", Name: "Skype", Editions: []catalogue.Edition{{ID: "desktop", Name: "Skype"}},
				Installs: []catalogue.Install{{System: fact.Linux, Packaging: fact.Snap, Edition: "desktop", Scheme: "dotted"}}},
			{ID: "zoom", Name: "Zoom", Editions: []catalogue.Edition{{ID: "desktop", Name: "Zoom Workplace"}},
				Installs: []catalogue.Install{
					{System: fact.Linux, Packaging: fact.Deb, Edition: "desktop", Scheme: "dotted"},
					{System: fact.Linux, Packaging: fact.Flatpak, Edition: "desktop", Scheme: "dotted"}},
				Settings: []catalogue.Setting{{ID: "telemetry/crash-reports", Title: "Crash reports are not sent",
					Why: "A crash report holds a piece of the program's memory, words of the last meeting among them."}}},
		},
		Checks: []catalogue.Check{
			{ID: "version/retired", Title: "The program is still maintained", Why: "Holes that are found in it are never closed.",
				Advice: "Remove it, and use its successor or the web site instead."},
			{ID: "version/known-vulnerabilities", Title: "No known vulnerability concerns this version", Why: "Known holes are the first that are tried.",
				Advice: "Update the program."},
			{ID: "update/held", Title: "Updates are not held back", Why: "A copy that is held back keeps its holes.",
				Advice: "Release the hold in the package manager that shows it."},
		},
		Permissions: []catalogue.Permission{{ID: "microphone", Title: "Microphone",
			Why: "The client can listen through the microphone whenever it runs.", Advice: "Take the grant away if you never talk with this client."}},
		Items: []catalogue.Item{
			{ID: "CYCORD-10", By: "CyCord", Asks: "The installed program is updated first"},
			{ID: "NSA-C5", By: "NSA", Asks: "The privacy policy names what goes to third parties"}},
	}
}

// sampleSet is a Linux desk two people share.
func sampleSet() fact.Set {
	return fact.Set{
		Schema: fact.Schema, Taken: taken, Scope: fact.Scope{Live: true, Users: fact.AllUsers},
		Host: fact.Host{OS: fact.Linux, OSVersion: "Debian GNU/Linux 12 (bookworm)", Name: "desk-17"},
		Installations: []fact.Installation{
			{ID: "linux:zoom:desktop:flatpak:asha", Client: "zoom", Edition: "desktop", Name: "Zoom Workplace", Packaging: fact.Flatpak, User: "asha",
				Path:     "/home/asha/.local/share/flatpak/app/us.zoom.Zoom",
				Versions: []fact.Version{{Raw: "6.2.0.2000", Where: "metadata"}}},
			{ID: "linux:zoom:desktop:deb", Client: "zoom", Edition: "desktop", Name: "Zoom Workplace", Packaging: fact.Deb, Path: "/opt/zoom",
				Versions: []fact.Version{{Raw: "6.6.11.4410", Where: "/var/lib/dpkg/status"}}, Running: fact.Yes, InCall: fact.No},
			{ID: "linux:skype:desktop:snap", Client: "skype", Edition: "desktop", Name: "Skype", Packaging: fact.Snap, Path: "/snap/skype"},
			{ID: "linux:mumble:desktop:deb", Client: "mumble", Edition: "desktop", Name: "Mumble", Packaging: fact.Deb, Path: "/usr/bin/mumble",
				Versions: []fact.Version{{Raw: "1.3.4-4", Where: "/var/lib/dpkg/status"}}, InCall: fact.Yes, Running: fact.Yes},
		},
		Unreadable: []fact.Unreadable{
			{User: "bo", What: "/home/bo/.config", Why: "no permission"},
			{Client: "zoom", What: "/opt/zoom/version.txt", Why: "is a loop of links"},
		},
	}
}

// finding makes a finding as the judgement does.
func finding(english *message.Printer, f checks.Finding) checks.Finding {
	f.Key = f.ID + "|" + f.Installation + "|" + f.User
	f.Basis = checks.Measured
	f.Title = english.Text(f.Message)
	for i := range f.Remedies {
		f.Remedies[i].Text = english.Text(f.Remedies[i].Message)
	}
	return f
}

func sampleFindings() []checks.Finding {
	const asha, deb = "linux:zoom:desktop:flatpak:asha", "linux:zoom:desktop:deb"
	english := message.NewPrinter("en", known().Texts())
	title := func(id string) message.Message { return message.New("catalogue/" + id + "/title") }
	advice := func(id string) []checks.Remedy {
		return []checks.Remedy{{Kind: checks.RemedyGuidance, Message: message.New("catalogue/" + id + "/advice")}}
	}
	crash := func(inst, user string) checks.Finding {
		where := "/home/" + user + "/.config/zoomus.conf [General] conf.crash.enable.auto.uploaddumps"
		return checks.Finding{ID: "zoom/telemetry/crash-reports", Client: "zoom", Installation: inst, User: user, Outcome: checks.Fail, Severity: checks.Low,
			Message:    message.New("setting.weak-default", "title", title("zoom/telemetry/crash-reports"), "value", "true"),
			Because:    []checks.Because{{What: "telemetry/crash-reports", Where: where, State: fact.Absent}},
			Advisories: []string{"NSA-C5"},
			Remedies: []checks.Remedy{{Kind: checks.RemedySetting,
				Message: message.New("remedy.setting-effect-not-seen", "where", "~/.config/zoomus.conf conf.crash.enable.auto.uploaddumps")}}}
	}
	notJudged := func(client, inst string) checks.Finding {
		return checks.Finding{ID: client + "/version/known-vulnerabilities", Client: client, Installation: inst, Outcome: checks.Unknown, Severity: checks.High,
			Message:    message.New("vulnerability.no-data"),
			Because:    []checks.Because{{What: "advisories", Where: "this program", State: fact.Hidden}},
			Advisories: []string{"CYCORD-10 (by analogy)"}}
	}
	waiver := func(id string, returns, ended bool) *checks.Waiver {
		m := message.New(id, "until", "2026-12-01", "owner", "it@example.org", "reason", "Until the move is over")
		return &checks.Waiver{By: checks.ByPolicy, Reason: "Until the move is over", Owner: "it@example.org", Until: "2026-12-01",
			Returns: returns, Ended: ended, Message: m, Text: english.Text(m)}
	}
	all := []checks.Finding{
		notJudged("mumble", "linux:mumble:desktop:deb"),
		{ID: "mumble/version/retired", Client: "mumble", Installation: "linux:mumble:desktop:deb", Outcome: checks.Pass, Severity: checks.High,
			Message: message.New("version.maintained", "name", "Mumble")},
		{ID: "skype/version/retired", Client: "skype", Installation: "linux:skype:desktop:snap", Outcome: checks.Fail, Severity: checks.High,
			Message:    message.New("version.retired", "name", "Skype", "since", "2025-05-05", "replacement", "Microsoft Teams"),
			Because:    []checks.Because{{What: "installation", Where: "/snap/skype", Value: "Skype", State: fact.Present}},
			Advisories: []string{"CYCORD-10 (by analogy)"}, Remedies: advice("check/version/retired")},
		crash(deb, "asha"), crash(deb, "bo"), crash(asha, "asha"),
		notJudged("zoom", deb), notJudged("zoom", asha),
		{ID: "zoom/update/held", Client: "zoom", Installation: deb, Outcome: checks.Fail, Severity: checks.Medium,
			Message: message.New("update.held", "by", "deb"), Because: []checks.Because{{What: "hold", Where: "/opt/zoom", Value: "yes", State: fact.Present}},
			Advisories: []string{"CYCORD-10"}, Remedies: advice("check/update/held"), Waiver: waiver("waiver.ended", false, true)},
		{ID: "zoom/permission/microphone", Client: "zoom", Installation: asha, User: "asha", Outcome: checks.Fail, Severity: checks.Info,
			Message:  message.New("permission.granted", "title", title("permission/microphone"), "to", "Zoom"),
			Because:  []checks.Because{{What: "microphone", Where: "portal permission store", Value: "allowed", State: fact.Present}},
			Remedies: advice("permission/microphone")},
		{ID: "zoom/version/retired", Client: "zoom", Installation: deb, Outcome: checks.Pass, Severity: checks.High,
			Message: message.New("version.maintained", "name", "Zoom Workplace")},
		{ID: "any/approval/client-count", Client: "any", Outcome: checks.Waived, OutcomeWithoutWaiver: checks.Fail, Severity: checks.Low,
			Waiver:  waiver("waiver.returns", true, false),
			Message: message.New("approval.too-many", "count", 3, "max", 1, "names", []string{"Mumble", "Skype", "Zoom"})},
	}
	for i := range all {
		all[i] = finding(english, all[i])
	}
	return all
}

func sample() Report { return New(sampleSet(), sampleFindings(), known()) }

func printer(t testing.TB, lang string) *message.Printer {
	t.Helper()
	return message.NewPrinter(lang, known().Texts())
}
