package call

import (
	"slices"
	"time"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
)

// notLooked is why a source that has told nothing yet says nothing.
const notLooked = "not looked at yet"

// rule is how long a signal must last, and how long a call outlives it.
type rule struct{ dwell, grace time.Duration }

// subject is whose call it is.
type subject struct{ client, uid string }

// held is a claim that is on.
type held struct {
	Claim
	since time.Time
	// sure is when it counts as a call.
	sure time.Time
}

// watched is what is known of one source.
type watched struct {
	blind string // why nothing is known; empty while it is watched
	seen  bool   // it was looked at once
	on    map[string]held
}

// ongoing is a call: since when, and until when it counts as on after its last
// signal ended.
type ongoing struct{ since, until time.Time }

// Tracker keeps what is on and says who is in a call. It is pure: time comes
// with the events and the questions. It is used by one goroutine at a time.
type Tracker struct {
	rules   map[string]rule
	sources map[Source]*watched
	calls   map[subject]ongoing
	last    time.Time
}

// NewTracker starts with sources that have told nothing yet. Events of others
// add them.
func NewTracker(cat *catalogue.Catalogue, sources ...Source) *Tracker {
	t := &Tracker{rules: map[string]rule{}, sources: map[Source]*watched{}, calls: map[subject]ongoing{}}
	for i := range cat.Signals {
		s := &cat.Signals[i]
		t.rules[s.ID] = rule{s.DwellTime(), s.GraceTime()}
	}
	for _, s := range sources {
		t.source(s)
	}
	return t
}

// Hold has an administrator's times count in place of the catalogue's; 0 leaves
// those.
func (t *Tracker) Hold(dwell, grace time.Duration) {
	for id, r := range t.rules {
		if dwell > 0 {
			r.dwell = dwell
		}
		if grace > 0 {
			r.grace = grace
		}
		t.rules[id] = r
	}
}

func (t *Tracker) source(s Source) *watched {
	w := t.sources[s]
	if w == nil {
		w = &watched{blind: notLooked, on: map[string]held{}}
		t.sources[s] = w
	}
	return w
}

// Feed takes what a source told. A time before the last one's counts as the
// last one's: clocks are set back.
func (t *Tracker) Feed(e Event) {
	if e.Time.Before(t.last) {
		e.Time = t.last
	}
	t.last = e.Time
	t.settle(e.Time)
	w := t.source(e.Source)
	switch e.Kind {
	case On:
		for _, c := range e.Claims {
			t.begin(w, e, c)
		}
	case Off:
		for _, c := range e.Claims {
			t.end(w, e, c.Place)
		}
	case All:
		t.look(w, e)
	case Blind:
		t.look(w, Event{Time: e.Time, Source: e.Source})
		w.blind = e.Why
	}
}

// look replaces what a source has on by what it tells.
func (t *Tracker) look(w *watched, e Event) {
	for place, h := range w.on {
		if !slices.ContainsFunc(e.Claims, func(c Claim) bool { return c.Place == place && c.Client == h.Client && c.UID == h.UID }) {
			t.end(w, e, place)
		}
	}
	for _, c := range e.Claims {
		t.begin(w, e, c)
	}
	w.blind, w.seen = "", true
}

// begin notes a claim. It counts as a call after the dwell; at once where the
// same call was on a moment ago, and where it was on when the source was first
// looked at, since nobody knows for how long.
func (t *Tracker) begin(w *watched, e Event, c Claim) {
	h, already := w.on[c.Place]
	if already && h.Client == c.Client && h.UID == c.UID && h.Unsure == c.Unsure {
		return
	}
	if already {
		t.end(w, e, c.Place)
	}
	h = held{Claim: c, since: e.Time, sure: e.Time.Add(t.rules[e.Source.Signal].dwell)}
	_, on := t.calls[subject{c.Client, c.UID}]
	if on || e.Kind == All && !w.seen {
		h.sure = e.Time
	}
	w.on[c.Place] = h
	t.settle(e.Time)
}

// end notes that a claim is over. The call lives on for the grace.
func (t *Tracker) end(w *watched, e Event, place string) {
	h, on := w.on[place]
	if !on {
		return
	}
	delete(w.on, place)
	who := subject{h.Client, h.UID}
	if call, is := t.calls[who]; is && h.counts(e.Time) {
		if until := e.Time.Add(t.rules[e.Source.Signal].grace); until.After(call.until) {
			call.until = until
			t.calls[who] = call
		}
	}
}

// counts says whether a claim is a call by itself at a time.
func (h held) counts(now time.Time) bool {
	return h.Client != "" && h.Unsure == "" && !now.Before(h.sure)
}

// settle brings the calls to a time: claims that lasted long enough become
// calls, and calls whose grace is over end.
func (t *Tracker) settle(now time.Time) {
	on := map[subject]bool{}
	for _, w := range t.sources {
		for _, h := range w.on {
			if !h.counts(now) {
				continue
			}
			who := subject{h.Client, h.UID}
			on[who] = true
			if call, is := t.calls[who]; !is || h.since.Before(call.since) {
				t.calls[who] = ongoing{since: h.since, until: call.until}
			}
		}
	}
	for who, call := range t.calls {
		if !on[who] && !now.Before(call.until) {
			delete(t.calls, who)
		}
	}
}

// State says whether somebody's client is in a call at a time, which must not
// be before the last event.
func (t *Tracker) State(who Person, now time.Time) Answer {
	if now.Before(t.last) {
		now = t.last
	}
	t.last = now
	t.settle(now)
	var since time.Time
	for s, call := range t.calls {
		if who.asksFor(s.client, s.uid) && (since.IsZero() || call.since.Before(since)) {
			since = call.since
		}
	}
	if !since.IsZero() {
		return Answer{InCall: fact.Yes, Since: since}
	}
	if why := t.doubt(who); why != "" {
		return Answer{InCall: fact.Unknown, Why: why}
	}
	return Answer{InCall: fact.No}
}

// Ongoing are the calls that are on at a time, which must not be before the last
// event: those in their grace among them, and not those that only may be on.
func (t *Tracker) Ongoing(now time.Time) []Person {
	if now.Before(t.last) {
		now = t.last
	}
	t.last = now
	t.settle(now)
	var on []Person
	for who := range t.calls {
		on = append(on, Person{Client: who.client, UID: who.uid})
	}
	return on
}

// asksFor says whether the question is about a client of an account. What is
// not known of either side may be the one that is asked for.
func (p Person) asksFor(client, uid string) bool {
	return (p.Client == "" || client == "" || p.Client == client) && (p.UID == "" || uid == "" || p.UID == uid)
}

// doubt is why no sure no can be given: something is on that may be a call, or
// else something cannot be watched.
func (t *Tracker) doubt(who Person) string {
	if len(t.sources) == 0 && who.Running != fact.No {
		return "nothing is watched"
	}
	var on, blind []string
	for s, w := range t.sources {
		for _, h := range w.on {
			mayBe := h.Client != "" || who.Running != fact.No
			if why := t.claimDoubt(h); mayBe && why != "" && who.asksFor(h.Client, h.UID) {
				on = append(on, why)
			}
		}
		if w.blind != "" && who.Running != fact.No && who.asksFor("", s.UID) {
			blind = append(blind, w.blind)
		}
	}
	for _, reasons := range [][]string{on, blind} {
		if len(reasons) > 0 {
			return slices.Min(reasons) // maps have no order, answers do
		}
	}
	return ""
}

// claimDoubt is why a claim that is not a call yet may be one.
func (t *Tracker) claimDoubt(h held) string {
	if h.Unless != nil {
		if better := t.sources[*h.Unless]; better != nil && better.blind == "" {
			return ""
		}
	}
	switch {
	case h.Unsure != "":
		return h.Unsure
	case h.Client == "":
		return "a microphone or camera is held, and nobody can tell for whom"
	}
	return "a microphone or camera was taken a moment ago"
}

// Next is when an answer may change without an event: a dwell or a grace ends.
func (t *Tracker) Next(now time.Time) (time.Time, bool) {
	var next time.Time
	consider := func(at time.Time) {
		if at.After(now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for _, w := range t.sources {
		for _, h := range w.on {
			if h.Client != "" && h.Unsure == "" {
				consider(h.sure)
			}
		}
	}
	for _, call := range t.calls {
		consider(call.until)
	}
	return next, !next.IsZero()
}
