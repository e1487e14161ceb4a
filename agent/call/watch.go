package call

import (
	"context"
	"slices"
	"sync"
	"time"

	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
)

// Options say what is watched.
type Options struct {
	// Root is where devices lie, "/" but in tests.
	Root string
	// Session is the session of the account this process runs as; nil: none.
	Session *Session
	// Others are accounts with sessions that only their own processes can ask.
	Others []string
}

// Session is a person's session, in which their audio server listens. Without a
// socket the session uses a server that is not here to be asked.
type Session struct{ UID, Socket string }

// Watcher tells what happens to the signals of this system. Its first events
// say what is on already.
type Watcher struct {
	sources []Source
	events  chan Event
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// Events are what is told. The channel is closed after Close.
func (w *Watcher) Events() <-chan Event { return w.events }

// Sources are what is watched, for a Tracker that knows what to wait for.
func (w *Watcher) Sources() []Source { return w.sources }

// Close ends the watching.
func (w *Watcher) Close() {
	w.cancel()
	w.running.Wait()
}

// start runs a part of the watching until Close.
func (w *Watcher) start(ctx context.Context, part func(context.Context)) {
	w.running.Add(1)
	go func() {
		defer w.running.Done()
		part(ctx)
	}()
}

// tell sends an event, dated now.
func (w *Watcher) tell(ctx context.Context, e Event) {
	e.Time = time.Now()
	select {
	case w.events <- e:
	case <-ctx.Done():
	}
}

// Complete puts into a look at this running host what its signals show of calls.
// Where no client runs there is nothing to ask.
func Complete(ctx context.Context, cat *catalogue.Catalogue, set *fact.Set) {
	runs := func(in fact.Installation) bool { return in.Running != fact.No }
	if !set.Scope.Live || !slices.ContainsFunc(set.Installations, runs) {
		return
	}
	t := Look(ctx, cat, Default())
	Refine(set.Installations, t, time.Now(), IDs(set))
}

// IDs gives the ids of the accounts of a look by name.
func IDs(set *fact.Set) func(name string) string {
	return func(name string) string {
		i := slices.IndexFunc(set.Users, func(u fact.User) bool { return u.Name == name })
		if i < 0 {
			return ""
		}
		return set.Users[i].ID
	}
}

// Look looks once and returns a Tracker that knows what is on now. Without a
// history there is no dwell: what is on counts.
func Look(ctx context.Context, cat *catalogue.Catalogue, o Options) *Tracker {
	t := NewTracker(cat)
	for _, e := range look(ctx, cat, o) {
		e.Time = time.Now()
		t.Feed(e)
	}
	return t
}
