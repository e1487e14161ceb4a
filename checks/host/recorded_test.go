package host_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"huddleguard/checks"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/host"
	"huddleguard/checks/host/hosttest"
	"huddleguard/checks/host/system"
	"huddleguard/checks/policy"
)

// judgedAt is the day the recorded hosts are judged at: ages count to it.
var judgedAt = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// notYet is the check that no recorded host lists: without advisory data it is
// unknown for every copy.
const notYet = "/version/known-vulnerabilities"

// TestRecordedHosts reads and judges every recorded host. Its section "want"
// was written by hand from what is known about the clients, and says
//
//	copy linux:zoom:desktop:deb 6.1.0.198    each copy, with its first version
//	fail medium zoom/update/automatic @ann   each failure, and whose it is
//	unknown zoom/telemetry/memory-logs       each unknown
//	unreadable /var/lib/dpkg/status          each thing that could not be read
//	pass zoom/exposure/setuid                some of what passes
//	browser chromium @ann yes /home/ann/.config/chromium
//	                                         some of the browsers, and whether they run
//	at zoom/update/automatic @ann ini /home/ann/.config/zoomus.conf [General] autoUpdate
//	                                         the exact places of some of it, or "none"
//
// All but the passes, browsers and places must be listed, and nothing else may be found.
// Of what has one place listed, all must be. Behind a place's key stand "= item",
// "fold" and "digits" where it has them.
func TestRecordedHosts(t *testing.T) {
	cat, err := catalogue.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range recordedHosts(t) {
		t.Run(name, func(t *testing.T) {
			sections := sectionsOf(t, file)
			sys := hosttest.Recorded(t, file)
			set, findings := judge(t, sys, cat, sections["policy.yaml"])
			compare(t, sections["want"], set, findings)
			comparePlaces(t, sections["want"], set)
		})
	}
}

// recordedHosts are the archives by name.
func recordedHosts(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/hosts/*.txtar")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d recorded hosts: %v", len(files), err)
	}
	hosts := map[string]string{}
	for _, file := range files {
		hosts[strings.TrimSuffix(filepath.Base(file), ".txtar")] = file
	}
	return hosts
}

func sectionsOf(t *testing.T, file string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range txtar.Parse(data).Files {
		out[f.Name] = string(f.Data)
	}
	if out["want"] == "" {
		t.Fatal("the archive has no section want")
	}
	return out
}

func judge(t testing.TB, sys system.System, cat *catalogue.Catalogue, pol string) (fact.Set, []checks.Finding) {
	t.Helper()
	p, err := policy.Decode("policy.yaml", []byte(cmp.Or(pol, "{}")), checks.Known(cat))
	if err != nil {
		t.Fatal(err)
	}
	set := host.Collect(context.Background(), sys, cat, judgedAt, nil)
	return set, checks.Evaluate(checks.Input{Facts: set, Catalogue: cat, Policy: p.Policy, Now: judgedAt})
}

// said is what was found, one line each in the words of "want".
func said(set fact.Set, findings []checks.Finding) (lines, passes []string) {
	for _, in := range set.Installations {
		line := "copy " + in.ID
		if len(in.Versions) > 0 {
			line += " " + in.Versions[0].Raw
		}
		lines = append(lines, line)
	}
	for _, f := range findings {
		whose := ""
		if f.User != "" {
			whose = " @" + f.User
		}
		switch {
		case f.Outcome == checks.Fail:
			lines = append(lines, fmt.Sprintf("fail %s %s%s", f.Severity, f.ID, whose))
		case f.Outcome == checks.Unknown && !strings.HasSuffix(f.ID, notYet):
			lines = append(lines, "unknown "+f.ID+whose)
		case f.Outcome == checks.Pass:
			passes = append(passes, "pass "+f.ID+whose)
		}
	}
	for _, b := range set.Browsers {
		passes = append(passes, fmt.Sprintf("browser %s @%s %s %s", b.ID, b.User, b.Running, b.Folder))
	}
	for _, u := range set.Unreadable {
		lines = append(lines, "unreadable "+u.What)
	}
	slices.Sort(lines)
	return lines, passes
}

func compare(t *testing.T, want string, set fact.Set, findings []checks.Finding) {
	t.Helper()
	got, passes := said(set, findings)
	var expected []string
	for line := range strings.Lines(want) {
		line = strings.Join(strings.Fields(line), " ")
		switch {
		case line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "at "):
		case strings.HasPrefix(line, "pass ") || strings.HasPrefix(line, "browser "):
			if !slices.Contains(passes, line) {
				t.Errorf("missing: %s", line)
			}
		default:
			expected = append(expected, line)
		}
	}
	slices.Sort(expected)
	for _, line := range without(expected, got) {
		t.Errorf("missing: %s", line)
	}
	for _, line := range without(got, expected) {
		t.Errorf("not expected: %s%s", line, titleOf(findings, line))
	}
}

// comparePlaces holds the exact places of those facts that "want" has any of
// against the lines there.
func comparePlaces(t *testing.T, want string, set fact.Set) {
	t.Helper()
	expected := map[string][]string{}
	for line := range strings.Lines(want) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[0] != "at" {
			continue
		}
		of := 2
		if strings.HasPrefix(fields[2], "@") {
			of = 3
		}
		id, place := strings.Join(fields[1:of], " "), strings.Join(fields[of:], " ")
		expected[id] = append(expected[id], place)
	}
	got := placesOf(set)
	for id, places := range expected {
		slices.Sort(places)
		if have := strings.Join(got[id], "\n"); have != strings.Join(places, "\n") {
			t.Errorf("places of %s:\n%s\nwant:\n%s", id, have, strings.Join(places, "\n"))
		}
	}
}

// placesOf are the places of all facts in the words of "want", by check and user.
func placesOf(set fact.Set) map[string][]string {
	out := map[string][]string{}
	for _, f := range set.Facts {
		id := f.Name
		if f.Kind != fact.Setting && !strings.Contains(id, "/") {
			id = f.Client + "/" + string(f.Kind) + "/" + id
		}
		if f.User != "" {
			id += " @" + f.User
		}
		for _, at := range f.At {
			out[id] = append(out[id], placeWords(at))
		}
		if len(f.At) == 0 {
			out[id] = append(out[id], "none")
		}
	}
	for id := range out {
		slices.Sort(out[id])
	}
	return out
}

func placeWords(at fact.At) string {
	s := at.Store + " " + at.Path
	if at.Section != "" {
		s += " [" + at.Section + "]"
	}
	if at.Key != "" {
		s += " " + at.Key
	}
	if at.Item != "" {
		s += " = " + at.Item
	}
	if at.Fold {
		s += " fold"
	}
	if at.Digits {
		s += " digits"
	}
	return strings.Join(strings.Fields(s), " ")
}

// without is what is in a and not in b, each as often as it is more.
func without(a, b []string) []string {
	left := slices.Clone(b)
	var out []string
	for _, s := range a {
		if i := slices.Index(left, s); i >= 0 {
			left = slices.Delete(left, i, i+1)
		} else {
			out = append(out, s)
		}
	}
	return out
}

// titleOf helps whoever reads a failure.
func titleOf(findings []checks.Finding, line string) string {
	for _, f := range findings {
		if strings.Contains(line, " "+f.ID) {
			return "  (" + f.Title + ")"
		}
	}
	return ""
}
