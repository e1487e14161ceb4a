package call_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"huddleguard/agent/call"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
)

// testCatalogue has two signals with a dwell of 5 and a grace of 20 seconds.
var testCatalogue = &catalogue.Catalogue{Signals: []catalogue.Signal{
	{ID: "linux-camera", System: fact.Linux, Kind: "device", Dwell: 5, Grace: 20},
	{ID: "linux-stream", System: fact.Linux, Kind: "stream", Dwell: 5, Grace: 20},
}}

var camera, stream = call.Source{Signal: "linux-camera"}, call.Source{Signal: "linux-stream", UID: "1000"}

func second(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }

func zoom(place string) []call.Claim {
	return []call.Claim{{Place: place, Client: "zoom", UID: "1000"}}
}

// TestSignals goes through one client's signal second by second: 1 is on, 0 is
// off, and y n u is what is answered then.
func TestSignals(t *testing.T) {
	for _, c := range []struct{ name, signal, want string }{
		{"short", "0111100000000000000000000000000000", "nuuuunnnnnnnnnnnnnnnnnnnnnnnnnnnnn"},
		{"as long as the dwell", "0111110000000000000000000000000000", "nuuuuuyyyyyyyyyyyyyyyyyyyynnnnnnnn"},
		{"again and again, always short", "0110110110110110110110110110110110", "nuunuunuunuunuunuunuunuunuunuunuun"},
		{"back within the grace", "0111111000000000000000000100000000", "nuuuuuyyyyyyyyyyyyyyyyyyyyyyyyyyyy"},
		{"back after the grace", "0111110000000000000000000001110000", "nuuuuuyyyyyyyyyyyyyyyyyyyynuuunnnn"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := call.NewTracker(testCatalogue, camera)
			tr.Feed(call.Event{Time: second(0), Source: camera, Kind: call.All})
			for i := range c.signal {
				kind := call.On
				if c.signal[i] == '0' {
					kind = call.Off
				}
				tr.Feed(call.Event{Time: second(i), Source: camera, Kind: kind, Claims: zoom("a")})
				if got := tr.State(call.Person{Client: "zoom"}, second(i)).InCall; got[0] != c.want[i] {
					t.Errorf("second %d: %s, want %c", i, got, c.want[i])
				}
			}
		})
	}
}

// TestOngoing: those in a call are so until the grace is over, and a look that
// sees nothing any more is told of it.
func TestOngoing(t *testing.T) {
	tr := call.NewTracker(testCatalogue, camera)
	tr.Feed(call.Event{Time: second(0), Source: camera, Kind: call.All})
	tr.Feed(call.Event{Time: second(1), Source: camera, Kind: call.On, Claims: zoom("a")})
	for _, c := range []struct {
		second, want int
		tell         call.Kind
	}{{5, 0, ""}, {6, 1, ""}, {10, 1, call.Off}, {29, 1, ""}, {30, 0, ""}} {
		if c.tell != "" {
			tr.Feed(call.Event{Time: second(c.second), Source: camera, Kind: c.tell, Claims: zoom("a")})
		}
		on := tr.Ongoing(second(c.second))
		if len(on) != c.want || len(on) == 1 && on[0] != (call.Person{Client: "zoom", UID: "1000"}) {
			t.Errorf("second %d: %+v", c.second, on)
		}
		copies := []fact.Installation{{Client: "zoom", InCall: fact.No}, {Client: "zoom", User: "ann", InCall: fact.No},
			{Client: "zoom", User: "ben", InCall: fact.No}, {Client: "slack", InCall: fact.No}}
		call.Hold(copies, on, func(name string) string { return map[string]string{"ann": "1000", "ben": "1001"}[name] })
		held := fact.No
		if c.want > 0 {
			held = fact.Yes
		}
		if copies[0].InCall != held || copies[1].InCall != held || copies[2].InCall != fact.No || copies[3].InCall != fact.No {
			t.Errorf("second %d: %+v", c.second, copies)
		}
	}
}

// TestClockSetBack: an event from before the last one does not undo a call.
func TestClockSetBack(t *testing.T) {
	tr := call.NewTracker(testCatalogue, camera)
	tr.Feed(call.Event{Time: second(100), Source: camera, Kind: call.All, Claims: zoom("a")})
	tr.Feed(call.Event{Time: second(10), Source: camera, Kind: call.All})
	for n, want := range map[int]fact.Tri{0: fact.Yes, 119: fact.Yes} {
		if got := tr.State(call.Person{Client: "zoom"}, second(n)); got.InCall != want {
			t.Errorf("second %d: %+v", n, got)
		}
	}
	if got := tr.State(call.Person{Client: "zoom"}, second(120)); got.InCall != fact.No {
		t.Errorf("after the grace: %+v", got)
	}
}

// TestNotLookedYet: before every source has told something there is no no.
func TestNotLookedYet(t *testing.T) {
	tr := call.NewTracker(testCatalogue, camera, stream)
	tr.Feed(call.Event{Time: second(0), Source: camera, Kind: call.All})
	if got := tr.State(call.Person{Client: "zoom"}, second(1)); got.InCall != fact.Unknown || got.Why != "not looked at yet" {
		t.Errorf("%+v", got)
	}
	if got := tr.State(call.Person{Client: "zoom", UID: "1001"}, second(1)); got.InCall != fact.No {
		t.Errorf("another account's session: %+v", got)
	}
	tr.Feed(call.Event{Time: second(2), Source: stream, Kind: call.All})
	if got := tr.State(call.Person{Client: "zoom"}, second(2)); got.InCall != fact.No {
		t.Errorf("%+v", got)
	}
}

func TestRefine(t *testing.T) {
	tr := call.NewTracker(testCatalogue)
	tr.Feed(call.Event{Time: second(0), Source: camera, Kind: call.All, Claims: []call.Claim{{Place: "a", Client: "zoom", UID: "1000"}}})
	copies := []fact.Installation{
		{ID: "machine's", Client: "zoom", Running: fact.Yes, InCall: fact.Unknown},
		{ID: "ann's", Client: "zoom", User: "ann", Running: fact.Yes, InCall: fact.Unknown},
		{ID: "bob's", Client: "zoom", User: "bob", Running: fact.Yes, InCall: fact.Unknown},
		{ID: "held", Client: "slack", Running: fact.Yes, InCall: fact.Yes},
		{ID: "not held", Client: "slack", Running: fact.Yes, InCall: fact.Unknown},
		{ID: "ended", Client: "zoom", User: "ann", Running: fact.No, InCall: fact.No},
	}
	call.Refine(copies, tr, second(1), func(name string) string { return map[string]string{"ann": "1000", "bob": "1001"}[name] })
	want := []fact.Tri{fact.Yes, fact.Yes, fact.No, fact.Yes, fact.No, fact.Yes}
	for i, c := range copies {
		if c.InCall != want[i] {
			t.Errorf("%s: %s, want %s", c.ID, c.InCall, want[i])
		}
	}
}

// interval is when a place was on, in whole seconds, the end left out.
type interval struct{ from, to int }

// model says from the intervals alone, without a history, what is right for one
// client at a second: it looks at every claim that ever was.
func model(on []interval, now int) (in bool, doubt bool) {
	const dwell, grace = 5, 20
	// A claim counts from sure on; one that begins during a call counts at once.
	sure := make([]int, len(on))
	during := func(t int) bool {
		for i, v := range on {
			if sure[i] >= 0 && sure[i] <= t && sure[i] <= min(v.to, t) && t < v.to+grace && v.from <= t {
				return true
			}
		}
		return false
	}
	for i := range sure {
		sure[i] = -1
	}
	for t := 0; t <= now; t++ {
		for i, v := range on {
			if v.from == t && during(t) {
				sure[i] = t
			} else if v.from+dwell == t && v.to >= t && sure[i] < 0 {
				sure[i] = t
			}
		}
	}
	for _, v := range on {
		doubt = doubt || v.from <= now && now < v.to
	}
	return during(now), doubt
}

// TestAgainstModel: thousands of random histories, compared each second with a
// model that has no state.
func TestAgainstModel(t *testing.T) {
	runs := 3000
	if testing.Short() {
		runs = 300
	}
	for seed := range runs {
		rnd := rand.New(rand.NewPCG(uint64(seed), 4))
		var on []interval
		tr := call.NewTracker(testCatalogue, camera, stream)
		places := [4]bool{}
		open := [4]int{}
		tr.Feed(call.Event{Time: second(0), Source: camera, Kind: call.All})
		tr.Feed(call.Event{Time: second(0), Source: stream, Kind: call.All})
		for now := 1; now < 90; now++ {
			// At most one change a second: what comes first within one is then no question.
			if p := rnd.IntN(4); rnd.IntN(6) == 0 {
				source := []call.Source{camera, stream}[p%2]
				kind := call.Off
				if places[p] = !places[p]; places[p] {
					kind = call.On
					open[p] = len(on)
					on = append(on, interval{now, 1 << 30})
				} else {
					on[open[p]].to = now
				}
				tr.Feed(call.Event{Time: second(now), Source: source, Kind: kind, Claims: zoom(fmt.Sprint(p))})
			}
			if rnd.IntN(3) == 0 {
				continue // not everybody asks each second
			}
			in, doubt := model(on, now)
			want := fact.No
			if in {
				want = fact.Yes
			} else if doubt {
				want = fact.Unknown
			}
			if got := tr.State(call.Person{Client: "zoom"}, second(now)); got.InCall != want {
				t.Fatalf("seed %d, second %d: %+v, want %s; %v", seed, now, got, want, on)
			}
		}
	}
}

// TestNextIsEnough: between an event and what Next names no answer changes.
func TestNextIsEnough(t *testing.T) {
	for seed := range 500 {
		rnd := rand.New(rand.NewPCG(uint64(seed), 5))
		tr := call.NewTracker(testCatalogue, camera)
		tr.Feed(call.Event{Time: second(0), Source: camera, Kind: call.All})
		answer := func(n int) fact.Tri { return tr.State(call.Person{Client: "zoom"}, second(n)).InCall }
		for now := 1; now < 100; {
			tr.Feed(call.Event{Time: second(now), Source: camera, Kind: []call.Kind{call.On, call.Off}[rnd.IntN(2)], Claims: zoom(fmt.Sprint(rnd.IntN(2)))})
			before := answer(now)
			next, any := tr.Next(second(now))
			for end := now + rnd.IntN(30); now < end; {
				now++
				if any && !second(now).Before(next) {
					before = answer(now)
					next, any = tr.Next(second(now))
				} else if got := answer(now); got != before {
					t.Fatalf("seed %d, second %d: %s became %s unannounced", seed, now, before, got)
				}
			}
			now++
		}
	}
}

// TestOtherAccounts: what one account does never changes another's answer.
func TestOtherAccounts(t *testing.T) {
	for seed := range 300 {
		rnd := rand.New(rand.NewPCG(uint64(seed), 6))
		alone, both := call.NewTracker(testCatalogue, camera), call.NewTracker(testCatalogue, camera)
		for _, tr := range []*call.Tracker{alone, both} {
			tr.Feed(call.Event{Time: second(0), Source: camera, Kind: call.All})
		}
		for now := 1; now < 60; now++ {
			e := call.Event{Time: second(now), Source: camera, Kind: []call.Kind{call.On, call.Off}[rnd.IntN(2)], Claims: zoom("a")}
			if rnd.IntN(2) == 0 {
				e.Claims = []call.Claim{{Place: "b", Client: "zoom", UID: "1001"}}
			} else {
				alone.Feed(e)
			}
			both.Feed(e)
			who := call.Person{Client: "zoom", UID: "1000"}
			if a, b := alone.State(who, second(now)), both.State(who, second(now)); a != b {
				t.Fatalf("seed %d, second %d: %+v alone, %+v beside another account", seed, now, a, b)
			}
		}
	}
}
