package enforce

import (
	"time"

	"huddleguard/agent/harden/plan"
)

// pace keeps looks apart. A person can change their own files without end, and
// have their worker say whatever they like of it. So only a drift that was not
// seen for an hour leads to a look at once; each other look that a cause led to
// doubles the pause before the next of that cause, until it has been quiet for a
// while. Another cause, such as another person's home, is not held up by it.
type pace struct {
	of     map[string]*rhythm
	drifts map[string]time.Time
}

// rhythm is how looks with one cause followed each other.
type rhythm struct {
	last   time.Time // the last look
	futile int       // looks in a row that saw nothing new, each soon after the one before
}

const (
	// quiet lets a program finish what it writes in one go.
	quiet = 50 * time.Millisecond
	// free looks cost no pause: a program that starts writes several files.
	free     = 20
	maxPause = 30 * time.Second
	calm     = time.Minute
	// maxDrifts bounds how many drifts are remembered.
	maxDrifts = 10_000
)

// saw notes a look with what led to it, and the drifts that it saw.
func (p *pace) saw(now time.Time, causes []string, drifts []plan.Change) {
	news, next := p.news(now, drifts), map[string]*rhythm{}
	for cause, r := range p.of {
		if now.Sub(r.last) <= calm {
			next[cause] = r
		}
	}
	for _, cause := range causes {
		r := next[cause]
		if r == nil {
			r = &rhythm{}
			next[cause] = r
		}
		r.last = now
		if r.futile++; news {
			r.futile = 0
		}
	}
	p.of = next
}

// news says whether a drift is among these that was not seen for an hour.
func (p *pace) news(now time.Time, drifts []plan.Change) bool {
	next, news := map[string]time.Time{}, false
	for id, at := range p.drifts {
		if now.Sub(at) < fightTime {
			next[id] = at
		}
	}
	for _, c := range drifts {
		if _, known := next[c.ID]; !known && len(next) < maxDrifts {
			next[c.ID], news = now, true
		}
	}
	p.drifts = next
	return news
}

// pause is how long to wait with the next look after something happened.
func (p *pace) pause(now time.Time, cause string) time.Duration {
	r := p.of[cause]
	if r == nil || r.futile < free || now.Sub(r.last) > calm {
		return quiet
	}
	return min(quiet<<min(r.futile-free, 10), maxPause)
}
