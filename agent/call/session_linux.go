package call

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"huddleguard/agent/call/pulse"
	"huddleguard/checks/catalogue"
)

// burst is how long is waited for further changes before the server is asked.
const burst = 100 * time.Millisecond

// again are the pauses between attempts to reach a server that went away or is
// not ready yet. After the last one only the session's folder is watched.
var again = []time.Duration{time.Second, 4 * time.Second, 16 * time.Second, time.Minute}

// session watches the streams of one person's audio server.
type session struct {
	Session
	watcher *Watcher
	matcher *Matcher
	signal  *catalogue.Signal
	misses  int // attempts since the server was last reached
}

func (s *session) source() Source { return Source{Signal: s.signal.ID, UID: s.UID} }

func (s *session) run(ctx context.Context) {
	queue, err := openInotify()
	if err != nil {
		s.watcher.tell(ctx, s.failed(err))
		return
	}
	defer queue.file.Close()
	changes := queue.changes(ctx.Done())
	for ctx.Err() == nil {
		s.watchFolder(queue)
		e, gone := s.absent()
		if !gone {
			e = s.failed(s.serve(ctx))
		}
		if ctx.Err() == nil {
			s.watcher.tell(ctx, e)
			s.await(ctx, changes)
		}
	}
}

// serve tells the server's streams until it ends.
func (s *session) serve(ctx context.Context) error {
	server, err := pulse.Dial(ctx, s.Socket)
	if err != nil {
		return err
	}
	defer server.Close()
	defer context.AfterFunc(ctx, func() { server.Close() })()
	if err := server.Subscribe(); err != nil {
		return err
	}
	for {
		e := s.ask(server)
		s.watcher.tell(ctx, e)
		if e.Kind == Blind {
			return errors.New(e.Why)
		}
		s.misses = 0
		if err := server.Wait(); err != nil {
			return err
		}
		select {
		case <-time.After(burst):
		case <-ctx.Done():
		}
	}
}

// ask lists the streams and says whose they are.
func (s *session) ask(server *pulse.Server) Event {
	all, err := server.Streams()
	if err != nil {
		return s.failed(err)
	}
	var sightings []Sighting
	for _, stream := range all {
		direction := "plays"
		if stream.Records {
			direction = "records"
		}
		sightings = append(sightings, Sighting{Signal: s.signal.ID, Place: fmt.Sprintf("%s %d", direction, stream.Number), UID: s.UID,
			Program: stream.Program, Name: stream.Name, App: stream.App, Plays: !stream.Records, Paused: stream.Paused})
	}
	return s.matcher.Found(s.source(), sightings)
}

// failed is the event of a server that could not be asked.
func (s *session) failed(err error) Event {
	s.misses++
	why := "the audio server does not answer"
	switch {
	case pulse.Gone(err):
		why = "the audio server ended"
	case errors.As(err, new(pulse.Error)):
		why = err.Error()
	case errors.Is(err, fs.ErrPermission):
		why = "no permission to ask the audio server"
	}
	return Event{Source: s.source(), Kind: Blind, Why: why}
}

// absent is the event where there is no server to ask. Without a socket nobody
// records through one. To a socket without a server nobody connects: the
// system would start one.
func (s *session) absent() (Event, bool) {
	if s.Socket == "" {
		return Event{Source: s.source(), Kind: Blind, Why: "the session's audio server is on another computer"}, true
	}
	if _, err := os.Stat(s.Socket); errors.Is(err, fs.ErrNotExist) {
		return Event{Source: s.source(), Kind: All}, true
	}
	if s.serverRuns() {
		return Event{}, false
	}
	s.misses++
	return Event{Source: s.source(), Kind: Blind, Why: "the person's audio server does not run, or under a name that is not known"}, true
}

// serverRuns looks for the server among the account's processes, by the name
// it was started under or that of its program.
func (s *session) serverRuns() bool {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return false
	}
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		if n := e.Name(); n[0] < '0' || n[0] > '9' {
			return false
		}
		name := readStatus("/proc/" + e.Name() + "/status")["Name"]
		return slices.ContainsFunc(s.signal.Servers, func(server string) bool { return strings.Contains(name, server) })
	})
}

// watchFolder watches where the socket lies, or will.
func (s *session) watchFolder(queue *inotify) {
	if s.Socket == "" {
		return
	}
	dir := filepath.Dir(s.Socket)
	if _, err := queue.add(dir, unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_CLOSE_WRITE|unix.IN_ONLYDIR); err == nil {
		return
	}
	// Whether the folder above can be watched or not, the answer until the
	// next attempt stays what was told.
	_, _ = queue.add(filepath.Dir(dir), unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_ONLYDIR)
}

// await returns when it is time for another attempt.
func (s *session) await(ctx context.Context, changes <-chan []change) {
	var retry <-chan time.Time
	if s.misses > 0 && s.misses <= len(again) {
		retry = time.After(again[s.misses-1])
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-retry:
			return
		case all, ok := <-changes:
			if !ok {
				changes = nil
			}
			if slices.ContainsFunc(all, func(c change) bool { return slices.Contains([]string{"pulse", "native", "pid"}, c.name) }) {
				s.misses = 0
				return
			}
		}
	}
}
