package call_test

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"huddleguard/agent/call"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
)

func builtIn(t testing.TB) *catalogue.Catalogue {
	t.Helper()
	cat, err := catalogue.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

var start = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)

// replay plays a recorded sequence of sightings, with the answers that were
// written beside them by hand.
type replay struct {
	t       *testing.T
	at      string // file and line
	cat     *catalogue.Catalogue
	matcher *call.Matcher
	tracker *call.Tracker
	pending *pending
}

// pending is an event whose sightings are still being read.
type pending struct {
	at        time.Time
	source    call.Source
	kind      call.Kind
	sightings []call.Sighting
}

func TestRecorded(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) { play(t, f) })
	}
}

func play(t *testing.T, file string) {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := &replay{t: t, cat: builtIn(t)}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		r.at = file + ":" + strconv.Itoa(n)
		if words := split(lines.Text()); len(words) > 0 {
			r.line(words)
		}
	}
	r.flush()
}

// split takes words apart at spaces outside quotes, without a comment.
func split(line string) []string {
	var words []string
	quoted, word := false, ""
	for _, c := range line + " " {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ' ' && !quoted:
			if word == "#" || word == "" && strings.HasPrefix(strings.TrimSpace(line), "#") {
				return words
			}
			if word != "" {
				words = append(words, word)
			}
			word = ""
		default:
			word += string(c)
		}
	}
	return words
}

func (r *replay) line(words []string) {
	switch words[0] {
	case "system":
		r.matcher = call.NewMatcher(r.cat, fact.OS(words[1]))
		r.tracker = call.NewTracker(r.cat)
		return
	case "and":
		r.sighting(words[1:])
		return
	}
	r.flush()
	seconds, err := strconv.ParseFloat(words[0], 64)
	if err != nil {
		r.t.Fatalf("%s: %v", r.at, err)
	}
	at := start.Add(time.Duration(seconds * float64(time.Second)))
	switch verb := words[1]; verb {
	case "expect":
		r.expect(at, words[2:])
	case "consent":
		r.pending = &pending{at: at, source: call.Source{Signal: "windows-consent"}, kind: call.All}
	default:
		signal, uid, _ := strings.Cut(words[2], "@")
		r.pending = &pending{at: at, source: call.Source{Signal: signal, UID: uid}, kind: call.Kind(verb)}
		r.sighting(words[3:])
	}
}

func (r *replay) sighting(words []string) {
	if len(words) == 0 {
		return
	}
	s := call.Sighting{Signal: r.pending.source.Signal}
	fields := map[string]*string{"place": &s.Place, "program": &s.Program, "name": &s.Name, "app": &s.App, "uid": &s.UID}
	if s.Signal == "windows-consent" {
		var ok bool
		if s, ok = r.consent(words); !ok {
			return
		}
		words = nil
	}
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		switch {
		case name == "plays":
			s.Plays = true
		case name == "paused":
			s.Paused = true
		case fields[name] != nil:
			*fields[name] = value
		default:
			r.t.Fatalf("%s: %q", r.at, w)
		}
	}
	r.pending.sightings = append(r.pending.sightings, s)
}

func (r *replay) consent(words []string) (call.Sighting, bool) {
	c := call.Consent{Capability: words[0], Leaf: words[1]}
	for w, into := range map[string]*uint64{words[2]: &c.Start, words[3]: &c.Stop} {
		_, value, _ := strings.Cut(w, "=")
		var err error
		if *into, err = strconv.ParseUint(value, 10, 64); err != nil {
			r.t.Fatalf("%s: %v", r.at, err)
		}
	}
	return c.Sighting(func(string, string) bool { return words[4] == "lives" })
}

func (r *replay) flush() {
	p := r.pending
	if p == nil {
		return
	}
	r.pending = nil
	e := r.matcher.Found(p.source, p.sightings)
	e.Kind, e.Time = p.kind, p.at
	switch {
	case p.kind == call.Blind:
		e.Why = "for a test"
	case p.kind == call.On && len(e.Claims) == 0: // the kernel's word, before anybody looked
		e.Claims = []call.Claim{{Place: p.sightings[0].Place}}
	}
	r.tracker.Feed(e)
}

func (r *replay) expect(at time.Time, words []string) {
	who := call.Person{Client: words[0]}
	if who.Client == "any" {
		who.Client = ""
	}
	since := time.Time{}
	for _, w := range words[2:] {
		name, value, is := strings.Cut(w, "=")
		switch {
		case is && name == "running":
			who.Running = fact.Tri(value)
		case is && name == "uid":
			who.UID = value
		default:
			seconds, err := strconv.ParseFloat(w, 64)
			if err != nil {
				r.t.Fatalf("%s: %v", r.at, err)
			}
			since = start.Add(time.Duration(seconds * float64(time.Second)))
		}
	}
	got := r.tracker.State(who, at)
	if got.InCall != fact.Tri(words[1]) || !got.Since.Equal(since) {
		r.t.Errorf("%s: %s since %v (%s)", r.at, got.InCall, got.Since, got.Why)
	}
	if (got.InCall == fact.Unknown) != (got.Why != "") || got.Blocks() != (got.InCall != fact.No) {
		r.t.Errorf("%s: %+v", r.at, got)
	}
}
