package enforce

import (
	"time"

	"huddleguard/agent/harden/plan"
)

// pace keeps looks apart. A person can change their own files without end, and
// have their worker say whatever they like of it. So only a drift that was not
// seen for an hour leads to a look at once; each other look doubles the pause
// before the next, until it has been quiet for a while.
type pace struct {
	last   time.Time // the last look
	futile int       // looks in a row that saw nothing new, each soon after the one before
	drifts map[string]time.Time
}

const (
	// quiet lets a program finish what it writes in one go.
	quiet = 100 * time.Millisecond
	// free looks cost no pause: a program that starts writes several files.
	free     = 8
	maxPause = 30 * time.Second
	calm     = time.Minute
	// maxDrifts bounds how many drifts are remembered.
	maxDrifts = 10_000
)

// saw notes a look, and the drifts that it saw.
func (p *pace) saw(now time.Time, drifts []plan.Change) {
	if p.news(now, drifts) || now.Sub(p.last) > calm {
		p.futile = 0
	} else {
		p.futile++
	}
	p.last = now
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
func (p *pace) pause(now time.Time) time.Duration {
	if p.futile < free || now.Sub(p.last) > calm {
		return quiet
	}
	return min(quiet<<min(p.futile-free, 10), maxPause)
}
