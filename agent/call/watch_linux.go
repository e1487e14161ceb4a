package call

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"huddleguard/agent/call/pulse"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
)

// Default is what this process can watch: the machine's devices, and the audio
// server of its own session. An audio server answers its own account only, so
// that root learns of other people's from their workers.
func Default() Options {
	uid := strconv.Itoa(os.Geteuid())
	o := Options{Root: "/"}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if !filepath.IsAbs(dir) {
		dir = "/run/user/" + uid
	}
	if owner, ok := ownerOf(dir); ok && owner == uid {
		o.Session = &Session{UID: uid, Socket: socketOf(dir, os.Getenv("PULSE_SERVER"))}
	}
	if uid != "0" {
		return o
	}
	sockets, _ := filepath.Glob("/run/user/*/pulse/native") // the pattern has no fault
	for _, s := range sockets {
		if other := filepath.Base(filepath.Dir(filepath.Dir(s))); other != uid {
			o.Others = append(o.Others, other)
		}
	}
	return o
}

// socketOf is the socket of a session's audio server: the one that its programs
// are told of, or the usual one. It is empty where they are sent elsewhere.
func socketOf(dir, told string) string {
	told = strings.TrimPrefix(told, "unix:")
	switch {
	case told == "":
		return filepath.Join(dir, "pulse", "native")
	case filepath.IsAbs(told) && !strings.ContainsAny(told, " {}"):
		return told
	}
	return ""
}

// signals are the signals of a kind that this system has.
func signals(cat *catalogue.Catalogue, kind string) []*catalogue.Signal {
	var all []*catalogue.Signal
	for i := range cat.Signals {
		if s := &cat.Signals[i]; s.System == fact.Linux && s.Kind == kind {
			all = append(all, s)
		}
	}
	return all
}

// Open starts to watch.
func Open(ctx context.Context, cat *catalogue.Catalogue, o Options) (*Watcher, error) {
	ctx, cancel := context.WithCancel(ctx)
	w := &Watcher{events: make(chan Event, 16), cancel: cancel}
	m := NewMatcher(cat, fact.Linux)
	d, err := openDevices(w, m, &holders{root: o.Root, matcher: m, signals: signals(cat, "device")})
	if err != nil {
		cancel()
		return nil, fmt.Errorf("watching devices: %w", err)
	}
	for _, s := range d.holders.signals {
		w.sources = append(w.sources, Source{Signal: s.ID})
	}
	w.start(ctx, d.run)
	for _, s := range signals(cat, "stream") {
		if o.Session != nil {
			own := &session{watcher: w, matcher: m, signal: s, Session: *o.Session}
			w.sources = append(w.sources, own.source())
			w.start(ctx, own.run)
		}
		for _, e := range others(s, o) {
			w.sources = append(w.sources, e.Source)
			w.start(ctx, func(ctx context.Context) { w.tell(ctx, e) })
		}
	}
	go func() {
		w.running.Wait()
		<-ctx.Done()
		close(w.events)
	}()
	return w, nil
}

// others are the events of sessions that cannot be asked from here.
func others(s *catalogue.Signal, o Options) []Event {
	var all []Event
	for _, uid := range o.Others {
		all = append(all, Event{Source: Source{Signal: s.ID, UID: uid}, Kind: Blind, Why: "an audio server answers its own account only"})
	}
	return all
}

func look(ctx context.Context, cat *catalogue.Catalogue, o Options) []Event {
	m := NewMatcher(cat, fact.Linux)
	h := &holders{root: o.Root, matcher: m, signals: signals(cat, "device")}
	all := h.look()
	for _, s := range signals(cat, "stream") {
		if o.Session != nil {
			all = append(all, (&session{matcher: m, signal: s, Session: *o.Session}).once(ctx))
		}
		all = append(all, others(s, o)...)
	}
	return all
}

// once asks the session's audio server once.
func (s *session) once(ctx context.Context) Event {
	if e, ok := s.absent(); ok {
		return e
	}
	server, err := pulse.Dial(ctx, s.Socket)
	if err != nil {
		return s.failed(err)
	}
	defer server.Close()
	return s.ask(server)
}

// beneath puts a path under the root.
func beneath(root, path string) string { return filepath.Join(root, strings.TrimPrefix(path, "/")) }
