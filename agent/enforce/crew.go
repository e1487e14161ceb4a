package enforce

import (
	"context"
	"errors"
	"fmt"
	"time"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
)

// crew are those who mend, each at one owner's places. A person can keep their
// own worker from answering; nobody else's places wait for that.
type crew struct {
	mend func(ctx context.Context, user string, p plan.Plan) ([]harden.Result, error)
	done chan mended
	// busy are the owners whose places are being worked on, and whether that
	// began after the look before.
	busy map[string]bool
	// took is what was told since the last gathering.
	took mended
}

// mended is what became of one owner's part.
type mended struct {
	user    string
	results []harden.Result
	err     error
}

// together is how long the reports of those who began at once are waited for.
const together = 2 * time.Second

func newCrew(mend func(context.Context, string, plan.Plan) ([]harden.Result, error)) crew {
	return crew{mend: mend, done: make(chan mended), busy: map[string]bool{}}
}

// begin has an owner's part mended, unless that owner's places are being worked
// on still.
func (c *crew) begin(ctx context.Context, user string, p plan.Plan) {
	if _, busy := c.busy[user]; busy {
		c.took.err = errors.Join(c.took.err, fmt.Errorf("what is %s's is not put back: the process that does it has not answered yet", user))
		return
	}
	c.busy[user] = true
	go func() {
		results, err := c.mend(ctx, user, p)
		c.done <- mended{user, results, err}
	}()
}

// take notes what became of a part.
func (c *crew) take(m mended) {
	delete(c.busy, m.user)
	c.took.results, c.took.err = append(c.took.results, m.results...), errors.Join(c.took.err, m.err)
}

// gather gives what became of the parts that are done, those among it that have
// just begun and are done soon. What takes longer is taken at its end, and leads
// to another look.
func (c *crew) gather() ([]harden.Result, error) {
	late := time.NewTimer(together)
	defer late.Stop()
	for waiting := true; waiting && c.fresh(); {
		select {
		case m := <-c.done:
			c.take(m)
		case <-late.C:
			waiting = false
		}
	}
	for user := range c.busy {
		c.busy[user] = false
	}
	took := c.took
	c.took = mended{}
	return took.results, took.err
}

// fresh says whether one who has just begun is not done.
func (c *crew) fresh() bool {
	for _, fresh := range c.busy {
		if fresh {
			return true
		}
	}
	return false
}

// end waits until everybody is done: a change that was begun is finished.
func (c *crew) end() {
	for len(c.busy) > 0 {
		c.take(<-c.done)
	}
}
