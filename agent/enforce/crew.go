package enforce

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/plan"
)

// crew are those who mend, each at one owner's places. A person can keep their
// own worker from answering; nobody else's places wait for that.
type crew struct {
	mend func(ctx context.Context, user string, p plan.Plan) ([]harden.Result, error)
	done chan mended
	// busy are the owners whose places are being worked on.
	busy map[string]*job
	// slots are for those who work at once. Who takes long leaves theirs.
	slots chan struct{}
	// took is what was told since the last gathering.
	took []mended
}

// job is the work at one owner's places.
type job struct {
	fresh bool // it began after the look before
	again bool // something drifted that it may not know of
}

// mended is what became of one owner's part.
type mended struct {
	user    string
	results []harden.Result
	err     error
	again   bool
}

const (
	// atOnce is how many owners' places are worked on at once.
	atOnce = 4
	// together is how long the reports of those who began at once are waited for.
	together = 2 * time.Second
)

func newCrew(mend func(context.Context, string, plan.Plan) ([]harden.Result, error)) crew {
	return crew{mend: mend, done: make(chan mended), busy: map[string]*job{}, slots: make(chan struct{}, atOnce)}
}

// begin has an owner's part mended, unless that owner's places are being worked
// on still: then they are looked at again after that.
func (c *crew) begin(ctx context.Context, user string, p plan.Plan) {
	if j := c.busy[user]; j != nil {
		j.again = true
		return
	}
	c.busy[user] = &job{fresh: true}
	go func() {
		c.slots <- struct{}{}
		leave := sync.OnceFunc(func() { <-c.slots })
		late := time.AfterFunc(together, leave)
		results, err := c.mend(ctx, user, p)
		late.Stop()
		leave()
		c.done <- mended{user: user, results: results, err: err}
	}()
}

// take notes what became of a part.
func (c *crew) take(m mended) {
	m.again = c.busy[m.user].again
	delete(c.busy, m.user)
	c.took = append(c.took, m)
}

// gather gives what became of the parts that are done, those among it that have
// just begun and are done soon. What takes longer is taken at its end, and leads
// to another look.
func (c *crew) gather() []mended {
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
	took := c.took
	c.took = nil
	for user, j := range c.busy {
		if j.again {
			took = append(took, mended{user: user, err: fmt.Errorf("what is %s is not put back: %w", whose(user), errLate)})
		}
		j.fresh = false
	}
	return took
}

var errLate = errors.New("the process that does it has not answered yet")

// whose names an owner's things.
func whose(user string) string {
	if user == "" {
		return "the machine's"
	}
	return user + "'s"
}

// fresh says whether one who has just begun is not done.
func (c *crew) fresh() bool {
	for _, j := range c.busy {
		if j.fresh {
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
