package harden_test

import (
	"fmt"
	"strings"
	"testing"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/hardentest"
	"huddleguard/checks/fact"
)

// TestSecretKeys: keys of secrets are never touched, wherever the word stands.
func TestSecretKeys(t *testing.T) {
	for _, at := range []fact.At{
		{Store: "json", Key: "key"}, {Store: "json", Key: "encryptedKey"}, {Store: "json", Key: "auth.accessToken"}, {Store: "yaml", Key: "zoom.meeting_id"},
		{Store: "ini", Section: "Passwords", Key: "zoom"}, {Store: "registry", Path: `HKCU\Software\x`, Key: "ProxyPwd"},
	} {
		if !harden.Secret(at) {
			t.Errorf("%+v may be touched", at)
		}
	}
	for _, at := range []fact.At{
		{Store: "ini", Section: "ui", Key: "usage"}, {Store: "json", Key: "update_base_url"}, {Store: "json", Key: `keyboard.layout`},
		{Store: "quarantine", Path: "/home/ann/token"}, {Store: "mode", Path: "/home/ann/.password"},
	} {
		if harden.Secret(at) {
			t.Errorf("%+v may not be touched", at)
		}
	}
}

// TestHoldsSecret: values that go into no journal, and ones that do.
func TestHoldsSecret(t *testing.T) {
	for _, v := range []any{
		"https://ann:hunter2@mirror.example/", `https:\/\/ann@mirror.example`, "ann.rao@example.org", "sip:ann@sip.example", "http://ann:pw@[::1]:8080",
		"https://zoom.us/j/98765432101?pwd=x", "https://zoom.us/my/12345", "notify-send --token=abc %s", `{"password": "x"}`, "curl -H 'auth: x'", "a;KEY=1",
		[]string{"https://meet.example", "https://ann@meet.example"}, map[string]any{"proxy": map[string]any{"userPassword": "x"}}, []any{map[string]any{"note": "pin=1"}},
	} {
		if !harden.HoldsSecret(v) {
			t.Errorf("%v may be kept", v)
		}
	}
	for _, v := range []any{
		nil, true, 3.0, "", "false", "@Invalid()", "@Variant(\x00)", "https://updates.example:8443/channel?os=linux", "[*.]zoom.us", "beta", "keyboard", "#RRGGBB @ 50%",
		map[string]any{"last_modified": "13360000000000000", "setting": 1.0}, []string{"!all", "dri"},
	} {
		if harden.HoldsSecret(v) {
			t.Errorf("%v may not be kept", v)
		}
	}
}

// TestSecretStandsThere: what may hold a secret is left as it is, and its text is
// in no journal, result or reason.
func TestSecretStandsThere(t *testing.T) {
	const url = "https://ann:CANARY-2@mirror.example/"
	m := hardentest.NewMemory(map[string]string{"server": url})
	e := executor(t, m)
	p := planOf(change("server", fact.Held{State: fact.Present}, absent))
	rs := e.Apply(ctx, p)
	wantOutcomes(t, "apply", rs, harden.Refused)
	rehearsal := harden.Rehearsal{Stores: map[string]harden.Reader{"memory": m}, Waits: e.Waits}
	wantOutcomes(t, "rehearse", rehearsal.Apply(ctx, p), harden.Refused)
	if m.Entries["server"] != url || len(entries(t, e)) != 0 || strings.Contains(fmt.Sprint(rs), "CANARY") {
		t.Errorf("it stands %q; the journal has %+v; %+v", m.Entries["server"], entries(t, e), rs)
	}
}
