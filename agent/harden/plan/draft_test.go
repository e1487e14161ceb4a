package plan_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"huddleguard/agent/harden/plan"
	"huddleguard/checks"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/policy"
)

const (
	mumble = "linux:mumble:desktop:deb"
	usage  = "mumble/telemetry/usage-statistics"
	conf   = "/home/ann/.config/Mumble/Mumble.conf"
)

// host is a machine with Debian's mumble, whose settings ann has never changed.
func host() fact.Set {
	set := fact.Set{Schema: fact.Schema, Taken: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC),
		Host: fact.Host{OS: fact.Linux}, Scope: fact.Scope{Live: true, Users: fact.Self},
		Users: []fact.User{{Name: "ann", ID: "1000", Home: "/home/ann"}},
		Installations: []fact.Installation{{ID: mumble, Client: "mumble", Edition: "desktop", Name: "Mumble", Packaging: fact.Deb,
			Versions: []fact.Version{{Raw: "1.3.4-4", Where: "dpkg"}}, Running: fact.No, InCall: fact.No}}}
	set.Facts = []fact.Fact{
		{Kind: fact.Setting, Name: usage, Client: "mumble", Installation: mumble, User: "ann", Place: 0, State: fact.Absent, Where: "x",
			At: []fact.At{{Store: "json", Path: "/home/ann/.config/Mumble/Mumble/mumble_settings.json", Key: "ui.send_usage_statistics"}}},
		{Kind: fact.Setting, Name: usage, Client: "mumble", Installation: mumble, User: "ann", Place: 1, State: fact.Absent, Where: "y",
			At: []fact.At{{Store: "ini", Path: conf, Section: "ui", Key: "usage"}}},
	}
	return set
}

func builtIn(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	cat, err := catalogue.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func draft(t *testing.T, set fact.Set, pol policy.Policy, ids ...string) plan.Plan {
	t.Helper()
	cat := builtIn(t)
	found := checks.Evaluate(checks.Input{Facts: set, Catalogue: cat, Policy: pol, Now: set.Taken})
	return plan.Draft(plan.Input{Facts: set, Findings: found, Catalogue: cat, Policy: pol, IDs: ids})
}

// TestDraft: mumble 1.3.4 reads Mumble.conf and not the JSON of later versions
// (checks/catalogue/pages/mumble.yaml), and was seen to heed it, so that is
// where its usage statistics are switched off.
func TestDraft(t *testing.T) {
	p := draft(t, host(), policy.Policy{}, usage)
	if len(p.Changes) != 1 || len(p.Left) != 0 {
		t.Fatalf("the plan is %+v", p)
	}
	c := p.Changes[0]
	if want := (fact.At{Store: "ini", Path: conf, Section: "ui", Key: "usage"}); c.At != want {
		t.Errorf("it changes %+v, want %+v", c.At, want)
	}
	if c.Before.State != fact.Absent || c.After != (fact.Held{State: fact.Present, Value: false, Whole: true}) || c.Type != "bool" {
		t.Errorf("from %+v to %+v as %s", c.Before, c.After, c.Type)
	}
	if c.User != "ann" || c.NeedsRoot || !c.EffectSeen || c.Mode != "advise" || len(c.Waits) != 0 || !slices.Contains(c.Advisories, "NSA-C5") {
		t.Errorf("%+v", c)
	}
	if c.Title != "No usage statistics are sent" || p.Digest == "" || len(c.ID) != 12 {
		t.Errorf("%q %q %q", c.Title, p.Digest, c.ID)
	}
}

// TestDigest: what a change waits for does not make another plan of it, and
// what stands there does.
func TestDigest(t *testing.T) {
	first := draft(t, host(), policy.Policy{}, usage)
	set := host()
	set.Installations[0].Running = fact.Yes
	waiting := draft(t, set, policy.Policy{}, usage)
	if waiting.Digest != first.Digest || len(waiting.Changes[0].Waits) != 1 || !reflect.DeepEqual(waiting.Changes[0].Waits[0], plan.Wait{Kind: plan.WaitRunning, Name: "Mumble", Sure: true}) {
		t.Errorf("waiting: %q, %+v", waiting.Digest, waiting.Changes[0].Waits)
	}
	set = host()
	set.Facts[1].State, set.Facts[1].Value = fact.Present, true
	if other := draft(t, set, policy.Policy{}, usage); other.Digest == first.Digest || len(other.Changes) != 1 {
		t.Errorf("a value that stands there makes the plan %+v", other)
	}
}

// TestCalls: a call that cannot be ruled out counts, whoever's it is.
func TestCalls(t *testing.T) {
	set := host()
	set.Installations = append(set.Installations, fact.Installation{ID: "linux:zoom:desktop:deb", Client: "zoom", Edition: "desktop", Name: "Zoom",
		Packaging: fact.Deb, Running: fact.Yes, InCall: fact.Unknown})
	p := draft(t, set, policy.Policy{}, usage)
	if w := p.Changes[0].Waits; !reflect.DeepEqual(w, []plan.Wait{plan.Wait{Kind: plan.WaitCall, Name: "Zoom"}}) {
		t.Errorf("it waits for %+v", w)
	}
}

// TestBrowser: what stands in a browser's profile waits for that browser alone.
func TestBrowser(t *testing.T) {
	set := host()
	profile := "/home/ann/.config/chromium"
	set.Browsers = []fact.Browser{{ID: "chromium", Name: "Chromium", User: "ann", Folder: profile, Running: fact.Unknown},
		{ID: "firefox", Name: "Firefox", User: "ann", Folder: "/home/ann/.mozilla/firefox", Running: fact.Yes},
		{ID: "chromium", Name: "Chromium", User: "ben", Folder: "/home/ben/.config/chromium", Running: fact.Yes}}
	at := fact.At{Store: "json", Path: profile + "/Default/Preferences", Key: `profile.content_settings.exceptions.media_stream_camera.https://meet\.google\.com:443,*`}
	set.Facts = []fact.Fact{{Kind: fact.Permission, Name: "site-camera", Client: "meet", User: "ann", State: fact.Present, Value: "allowed",
		Where: at.Path, Subject: "https://meet.google.com in Chromium, profile Default", At: []fact.At{at}}}
	p := draft(t, set, policy.Policy{})
	if len(p.Changes) != 1 {
		t.Fatalf("the plan is %+v", p)
	}
	c := p.Changes[0]
	if c.At != at || c.Before.State != fact.Present || c.After.State != fact.Absent || c.Loses == nil {
		t.Errorf("%+v", c)
	}
	if !reflect.DeepEqual(c.Waits, []plan.Wait{plan.Wait{Kind: plan.WaitRunning, Name: "Chromium"}}) {
		t.Errorf("it waits for %+v", c.Waits)
	}
}

// TestLeft: what is asked for and is not changed says why.
func TestLeft(t *testing.T) {
	good, managed, hidden := host(), host(), host()
	good.Facts[1].State, good.Facts[1].Value = fact.Present, false
	managed.Facts[1].State, managed.Facts[1].Value, managed.Facts[1].Managed = fact.Present, true, true
	hidden.Facts[1].State, hidden.Facts[1].Why = fact.Hidden, "no permission"
	audit := policy.Policy{DefaultMode: policy.Audit}
	for name, c := range map[string]struct {
		set  fact.Set
		pol  policy.Policy
		id   string
		says string
	}{
		"good":     {good, policy.Policy{}, usage, "as it should be"},
		"managed":  {managed, policy.Policy{}, usage, "Your organisation set this value"},
		"hidden":   {hidden, policy.Policy{}, usage, "could not be looked at"},
		"audit":    {host(), audit, usage, "looked at only"},
		"no place": {host(), policy.Policy{}, "mumble/version/supported-release", "as it should be"},
	} {
		p := draft(t, c.set, c.pol, c.id)
		if len(p.Changes) != 0 || len(p.Left) != 1 || !strings.Contains(p.Left[0].Text, c.says) {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// TestEnforced: what is enforced is drawn up although a person waived it, and
// nothing else is.
func TestEnforced(t *testing.T) {
	cat, set := builtIn(t), host()
	for mode, want := range map[policy.Mode]int{policy.Enforce: 1, policy.Advise: 0, policy.Audit: 0} {
		pol := policy.Policy{DefaultMode: mode}
		found := checks.Evaluate(checks.Input{Facts: set, Catalogue: cat, Policy: pol, Now: set.Taken})
		p := plan.Draft(plan.Input{Facts: set, Findings: found, Catalogue: cat, Policy: pol, Enforced: true})
		if len(p.Changes) != want || len(p.Left) != 0 {
			t.Errorf("%s: %+v", mode, p)
		}
	}
}

// TestOwners: a plan falls into one for each owner, whose digests are their own.
func TestOwners(t *testing.T) {
	p := draft(t, host(), policy.Policy{}, usage)
	c := p.Changes[0]
	c.User, c.NeedsRoot = "", true
	p.Changes = append(p.Changes, c)
	if got := p.Users(); !slices.Equal(got, []string{"", "ann"}) {
		t.Errorf("users %q", got)
	}
	if of := p.Of("ann"); len(of.Changes) != 1 || of.Digest != draft(t, host(), policy.Policy{}, usage).Digest {
		t.Errorf("ann's part is %+v", of)
	}
}

// TestJSON: a plan that travels is the same plan.
func TestJSON(t *testing.T) {
	p := draft(t, host(), policy.Policy{}, usage)
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var got plan.Plan
	if err := json.Unmarshal(data, &got); err != nil || plan.DigestOf(got.Changes) != p.Digest {
		t.Errorf("%v: %s", err, data)
	}
}

// TestChosen: an administrator's choice is written where it is what is wanted,
// and nothing in its stead where it is not; linphone encrypts with any of zrtp,
// srtp and dtls, and not with none.
func TestChosen(t *testing.T) {
	const id, copyID = "linphone/terminal/media-encryption", "linux:linphone:desktop:deb"
	set := host()
	set.Installations = append(set.Installations, fact.Installation{ID: copyID, Client: "linphone", Edition: "desktop", Name: "Linphone",
		Packaging: fact.Deb, Running: fact.No, InCall: fact.No})
	set.Facts = append(set.Facts, fact.Fact{Kind: fact.Setting, Name: id, Client: "linphone", Installation: copyID, User: "ann", State: fact.Present, Value: "none",
		At: []fact.At{{Store: "ini", Path: "/home/ann/.config/linphone/linphonerc", Section: "sip", Key: "media_encryption", Digits: true}}})
	for chosen, want := range map[any]string{nil: "zrtp", "dtls": "dtls", "none": ""} {
		pol := policy.Policy{}
		if chosen != nil {
			pol.Rules = map[string]policy.Rule{id: {Value: chosen}}
		}
		p := draft(t, set, pol, id)
		if want == "" && len(p.Changes) == 0 && len(p.Left) == 1 {
			continue
		}
		if len(p.Changes) != 1 || p.Changes[0].After.Value != want || p.Changes[0].Before != (fact.Held{State: fact.Present, Value: "none", Whole: true}) {
			t.Errorf("%v: %+v", chosen, p)
		}
	}
}

// TestSharedCopy: many people share a copy, and what another runs of it does not
// hold up a change of ann's; a process that may be anybody's does.
func TestSharedCopy(t *testing.T) {
	for name, c := range map[string]struct {
		runs []fact.Run
		want []int
	}{
		"hers":       {[]fact.Run{{PID: 7, User: "ben"}, {PID: 8, User: "ann"}}, []int{8}},
		"another's":  {[]fact.Run{{PID: 7, User: "ben"}}, nil},
		"somebody's": {[]fact.Run{{PID: 9}, {PID: 7, User: "ben"}}, []int{9}},
	} {
		set := host()
		set.Installations[0].Running, set.Installations[0].Runs = fact.Yes, c.runs
		waits := draft(t, set, policy.Policy{}, usage).Changes[0].Waits
		var pids []int
		for _, w := range waits {
			pids = append(pids, w.PIDs...)
		}
		if len(waits) != min(len(c.want), 1) || !slices.Equal(pids, c.want) {
			t.Errorf("%s: it waits for %+v", name, waits)
		}
	}
}
