// Package enforce holds what policy enforces: it watches the places, looks when
// one may have changed, and has what drifted put back. It decides nothing and
// changes nothing by itself; looking and mending are given to it.
//
// While nothing happens it costs nothing: it sleeps on folders, on the ends of
// programs, on the beginnings and ends of calls, and on one slow timer.
package enforce

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
)

// Place is a file, and the home that it lies in where it lies in one. A file
// named "*" is every one of its folder.
type Place struct{ Home, Path string }

// Sight is what one look saw of what is enforced.
type Sight struct {
	// Plan is what is not as it should be, each change with what it waits for.
	Plan plan.Plan
	// Files are the places where what is enforced stands, and the policy's own.
	Files []Place
	// Unsettled are people whose part broke off once, so that they are asked
	// although nothing of theirs drifted.
	Unsettled []string
	// Every is how often to look although nothing happened.
	Every time.Duration
	// Err is what is wrong although a plan could be drawn up.
	Err error
}

// Guard is one run of enforcing.
type Guard struct {
	// Look looks at the host and draws up what is enforced and is not so.
	Look func(context.Context) (Sight, error)
	// Mend carries out one owner's part of it: the machine's where user is empty.
	// It is called for several owners at once.
	Mend func(ctx context.Context, user string, p plan.Plan) ([]harden.Result, error)
	// Calls tells that a call may have begun or ended. Nil: nothing can tell.
	Calls <-chan struct{}
	// Say is told what became of each look, from one goroutine.
	Say func(Report)

	watcher watcher
	watched []Place
	exits   *exits
	pace    pace
	crew    crew
	// causes are what led to the next look; failed counts looks in a row after
	// which something was wrong.
	causes []string
	failed int
	// unheard is set where somebody waits for a call of which only their own
	// session knows: nobody tells when it ends.
	unheard bool
}

// Report says how what is enforced stands after a look.
type Report struct {
	Results []harden.Result
	// Waiting are changes that wait, and for what.
	Waiting []plan.Change
	// Err is what could not be looked at, watched or mended.
	Err error
}

// Run looks, mends and waits until ctx ends.
func (g *Guard) Run(ctx context.Context) error {
	var err error
	if g.watcher, err = newWatcher(); err != nil {
		return err
	}
	defer g.watcher.Close()
	g.exits, g.crew = newExits(ctx), newCrew(g.Mend)
	defer g.crew.end()
	for ctx.Err() == nil {
		every := g.once(ctx)
		g.sleep(ctx, every)
	}
	return nil
}

// once looks and mends, and says when to look again at the latest.
func (g *Guard) once(ctx context.Context) time.Duration {
	causes := g.causes
	g.causes, g.unheard = nil, false
	sight, err := g.Look(ctx)
	if ctx.Err() != nil {
		return 0
	}
	r := Report{Err: errors.Join(err, sight.Err)}
	if err != nil { // the watches stay, and more come: what they see leads to another look
		r.Err = errors.Join(r.Err, g.watch(append(slices.Clone(g.watched), sight.Files...)))
	} else {
		r.Err = errors.Join(r.Err, g.watch(sight.Files))
		g.mend(ctx, sight, &r)
	}
	g.pace.saw(time.Now(), causes, sight.Plan.Changes)
	g.exits.await(r.Waiting)
	g.Say(r)
	return g.next(r.Err != nil, sight.Every)
}

// watch sets what is watched. What changed between the look and a watch that is
// new was not seen, so that there is another look.
func (g *Guard) watch(files []Place) error {
	g.watched = files
	fresh, err := g.watcher.set(files)
	if fresh {
		g.causes = append(g.causes, causeFresh)
	}
	return err
}

// Causes that are no file's name.
const (
	causeFresh = "a folder that was not watched before"
	causeCall  = "a call"
	causeExit  = "the end of a program of " // somebody's
	causeMend  = "the end of mending for "  // somebody
)

// mend has everybody's part put back, and waits a moment for what becomes of it.
func (g *Guard) mend(ctx context.Context, sight Sight, r *Report) {
	users := append(sight.Plan.Users(), sight.Unsettled...)
	slices.Sort(users)
	for _, user := range slices.Compact(users) {
		part := sight.Plan.Of(user)
		ready, waiting := split(part.Changes)
		r.Waiting = append(r.Waiting, waiting...)
		if len(ready) > 0 || slices.Contains(sight.Unsettled, user) {
			g.crew.begin(ctx, user, part)
		}
	}
	for _, m := range g.crew.gather() {
		g.mended(m, r)
	}
}

// mended puts what became of one owner's part into the report.
func (g *Guard) mended(m mended, r *Report) {
	r.Results, r.Err = append(r.Results, m.results...), errors.Join(r.Err, m.err)
	if m.again {
		g.causes = append(g.causes, causeMend+m.user)
	}
	for _, res := range m.results {
		if res.Outcome != harden.Waiting || slices.ContainsFunc(r.Waiting, func(c plan.Change) bool { return c.ID == res.Change.ID }) {
			continue
		}
		res.Change.Waits = res.Waits
		r.Waiting = append(r.Waiting, res.Change)
		for _, w := range res.Waits {
			g.unheard = g.unheard || w.Kind == plan.WaitCall
			if w.Kind == plan.WaitRunning { // it started after the look, which knows no process to wait for
				g.causes = append(g.causes, causeExit+m.user)
			}
		}
	}
}

// next is when to look again although nothing happens: soon where something was
// wrong, and less soon each time.
func (g *Guard) next(wrong bool, every time.Duration) time.Duration {
	if every <= 0 {
		every = retry
	}
	if !wrong && !g.exits.blind() && !g.unheard {
		g.failed = 0
		return every
	}
	g.failed++
	if !wrong {
		g.failed = 1 // what is waited for may end at any time
	}
	return min(retry<<min(g.failed-1, 10), every)
}

// retry is how soon to look again where something could not be looked at,
// mended or waited for.
const retry = 30 * time.Second

// split parts changes that can be tried from those that wait. Where it is only
// not known whether a call is on, a person's own desk may know more: it can ask
// the session, and waits if it cannot.
func split(changes []plan.Change) (ready, waiting []plan.Change) {
	sure := func(w plan.Wait) bool { return w.Sure || w.Kind == plan.WaitRunning }
	for _, c := range changes {
		if slices.ContainsFunc(c.Waits, sure) || c.User == "" && len(c.Waits) > 0 {
			waiting = append(waiting, c)
		} else {
			ready = append(ready, c)
		}
	}
	return ready, waiting
}

// sleep returns when there is a reason to look: something happened and went
// quiet again, or the time is up.
func (g *Guard) sleep(ctx context.Context, every time.Duration) {
	timer := time.NewTimer(jittered(every))
	defer timer.Stop()
	var wake <-chan time.Time
	var at time.Time
	due := func(cause string) {
		if !slices.Contains(g.causes, cause) {
			g.causes = append(g.causes, cause)
		}
		now := time.Now()
		if next := now.Add(g.pace.pause(now, cause)); wake == nil || next.Before(at) {
			at, wake = next, time.After(next.Sub(now))
		}
	}
	for _, cause := range g.causes { // that came up in the look itself
		due(cause)
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-wake:
			return
		case file := <-g.watcher.changes():
			due(file)
		case user := <-g.exits.ended:
			due(causeExit + user)
		case <-g.Calls:
			due(causeCall)
		case m := <-g.crew.done:
			g.crew.take(m)
			due(causeMend + m.user)
		}
	}
}

// jittered spreads the looks of many machines over a tenth of the time.
func jittered(d time.Duration) time.Duration {
	if d <= 0 {
		return retry
	}
	return d - time.Duration(rand.Int64N(int64(d)/10+1))
}
