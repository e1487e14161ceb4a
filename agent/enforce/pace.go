package enforce

import "time"

// pace keeps looks apart. A person can change their own files without end; each
// look that found nothing to mend doubles the pause before the next, until it
// has been quiet for a while.
type pace struct {
	last   time.Time // the last look
	futile int       // looks in a row that mended nothing, each soon after the one before
}

const (
	// quiet lets a program finish what it writes in one go.
	quiet = 100 * time.Millisecond
	// free looks cost no pause: a program that starts writes several files.
	free     = 8
	maxPause = 30 * time.Second
	calm     = time.Minute
)

// saw notes a look, and whether it mended anything.
func (p *pace) saw(now time.Time, mended bool) {
	if mended || now.Sub(p.last) > calm {
		p.futile = 0
	} else {
		p.futile++
	}
	p.last = now
}

// pause is how long to wait with the next look after something happened.
func (p *pace) pause(now time.Time) time.Duration {
	if p.futile < free || now.Sub(p.last) > calm {
		return quiet
	}
	return min(quiet<<min(p.futile-free, 10), maxPause)
}
