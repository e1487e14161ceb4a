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

// Sight is what one look saw of what is enforced.
type Sight struct {
	// Plan is what is not as it should be, each change with what it waits for.
	Plan plan.Plan
	// Files are the places where what is enforced stands, and the policy's own.
	Files []string
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
	// It is called for several people at once.
	Mend func(ctx context.Context, user string, p plan.Plan) ([]harden.Result, error)
	// Calls tells that a call may have begun or ended. Nil: nothing can tell.
	Calls <-chan struct{}
	// Say is told what became of each look, from one goroutine.
	Say func(Report)

	watcher *watcher
	exits   *exits
	pace    pace
	crew    crew
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
	g.exits = newExits(ctx)
	g.crew = newCrew(g.Mend)
	for ctx.Err() == nil {
		every := g.once(ctx)
		g.sleep(ctx, every)
	}
	g.crew.end()
	return nil
}

// once looks and mends, and says when to look again at the latest.
func (g *Guard) once(ctx context.Context) time.Duration {
	sight, err := g.Look(ctx)
	if ctx.Err() != nil {
		return 0
	}
	if err != nil { // the watches stay, and more come: what they see leads to another look
		g.Say(Report{Err: errors.Join(err, g.watcher.add(sight.Files))})
		return retry
	}
	// The watches come first: what changes from here on is seen.
	r := Report{Err: errors.Join(sight.Err, g.watcher.watch(sight.Files))}
	var ready []plan.Change
	for _, user := range sight.Plan.Users() {
		part := sight.Plan.Of(user)
		now, waiting := split(part.Changes)
		r.Waiting, ready = append(r.Waiting, waiting...), append(ready, now...)
		if len(now) > 0 {
			g.crew.begin(ctx, user, part)
		}
	}
	results, err := g.crew.gather()
	r.Results, r.Err = results, errors.Join(r.Err, err)
	for _, res := range r.Results {
		if res.Outcome == harden.Waiting && !slices.ContainsFunc(r.Waiting, func(c plan.Change) bool { return c.ID == res.Change.ID }) {
			res.Change.Waits = res.Waits
			r.Waiting = append(r.Waiting, res.Change)
		}
	}
	g.pace.saw(time.Now(), ready)
	g.exits.await(r.Waiting)
	g.Say(r)
	if r.Err != nil || g.exits.blind() {
		return min(retry, sight.Every)
	}
	return sight.Every
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
	due := func() {
		if wake == nil {
			wake = time.After(g.pace.pause(time.Now()))
		}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-wake:
			return
		case e, ok := <-g.watcher.Events:
			if ok && g.watcher.concerns(e) {
				due()
			}
		case <-g.watcher.Errors: // events were lost
			due()
		case <-g.exits.ended:
			due()
		case m := <-g.crew.done:
			g.crew.take(m)
			due()
		case <-g.Calls:
			due()
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
