package catalogue

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"huddleguard/checks/fact"
)

// Signal is one way in which a system shows that a client is in a call
// (calls.yaml). How it is read is mechanism, and lives in agent/call.
type Signal struct {
	ID     string  `yaml:"id" json:"id"` // "linux-camera"
	System fact.OS `yaml:"system" json:"system"`
	// Kind says what is seen: a held device, a recording stream, a mark in the
	// consent store, a power assertion, an app with running audio, a process.
	Kind  string `yaml:"kind" json:"kind"`
	Title string `yaml:"title" json:"title"`
	// Places are device nodes (globs), a socket, or registry keys.
	Places []string `yaml:"places,omitempty" json:"places,omitempty"`
	// Status are files that name the holder where its open files cannot be seen.
	Status []string `yaml:"status,omitempty" json:"status,omitempty"`
	// Event is what announces a change, so that nothing is asked in a loop;
	// "none" where it can only be looked at after another signal's event.
	Event string `yaml:"event" json:"event"`
	// Holder says how it is known whose it is.
	Holder string `yaml:"holder" json:"holder"`
	// Brokers hold the device for others. Asks is the signal that tells for
	// whom; without one it is unknown.
	Brokers []string `yaml:"brokers,omitempty" json:"brokers,omitempty"`
	Asks    string   `yaml:"asks,omitempty" json:"asks,omitempty"`
	// Servers are the processes that answer at the socket.
	Servers []string `yaml:"servers,omitempty" json:"servers,omitempty"`
	// Ignore are holders that never mean a call; a final "*" matches beginnings.
	Ignore []string `yaml:"ignore,omitempty" json:"ignore,omitempty"`
	// Service must run for the signal to say anything.
	Service string `yaml:"service,omitempty" json:"service,omitempty"`
	// Dwell and Grace are seconds: a signal shorter than Dwell is no call, and a
	// call is over Grace after its last signal ended.
	Dwell int `yaml:"dwell" json:"dwell"`
	Grace int `yaml:"grace" json:"grace"`
	// FalseSignals are what looks the same and is no call.
	FalseSignals []string `yaml:"false_signals,omitempty" json:"false_signals,omitempty"`
	Source       string   `yaml:"source" json:"source"`
	Seen         string   `yaml:"seen" json:"seen"`
}

// DwellTime is Dwell as a time.
func (s *Signal) DwellTime() time.Duration { return time.Duration(s.Dwell) * time.Second }

// GraceTime is Grace as a time.
func (s *Signal) GraceTime() time.Duration { return time.Duration(s.Grace) * time.Second }

// CallWords are what a client is called in one system's signals of a call,
// where that is not the name of one of its programs.
type CallWords struct {
	System fact.OS `yaml:"system" json:"system"`
	// Streams are names of audio streams that the client has in calls only,
	// whether it records or plays.
	Streams []string `yaml:"streams,omitempty" json:"streams,omitempty"`
	// Assertions are names of power assertions, exact or with a final "*" their beginnings.
	Assertions []string `yaml:"assertions,omitempty" json:"assertions,omitempty"`
	// Apps are further ids of the client's parts that record.
	Apps []string `yaml:"apps,omitempty" json:"apps,omitempty"`
	// Processes run in a meeting only, without ".exe".
	Processes []string `yaml:"processes,omitempty" json:"processes,omitempty"`
	Source    string   `yaml:"source" json:"source"`
	Seen      string   `yaml:"seen" json:"seen"`
}

// The words a Signal's fields may hold.
var (
	signalKinds   = []string{"device", "stream", "consent", "assertion", "app", "process"}
	signalEvents  = []string{"inotify", "pulse", "registry", "power", "coreaudio", "none"}
	signalHolders = []string{"open-files", "properties", "key-name", "process", "nobody"}
)

// Signal finds a signal by id.
func (c *Catalogue) Signal(id string) (*Signal, bool) {
	i := slices.IndexFunc(c.Signals, func(s Signal) bool { return s.ID == id })
	if i < 0 {
		return nil, false
	}
	return &c.Signals[i], true
}

func (k *checker) signals(all []Signal) {
	seen := map[string]bool{}
	for i, s := range all {
		at := fmt.Sprintf("$[%d]", i)
		k.once(seen, at+".id", s.ID)
		if !lowerKebab.MatchString(s.ID) || !strings.HasPrefix(s.ID, string(s.System)+"-") {
			k.fail(at+".id", "the id %q is not lower-kebab with its system in front", s.ID)
		}
		word(k, at, "system", s.System, systems)
		word(k, at, "kind", s.Kind, signalKinds)
		word(k, at, "event", s.Event, signalEvents)
		word(k, at, "holder", s.Holder, signalHolders)
		k.need(at, "title", s.Title)
		if s.Dwell <= 0 || s.Grace <= 0 {
			k.fail(at, "dwell and grace are seconds, at least 1")
		}
		if s.Asks != "" && !slices.ContainsFunc(all, func(o Signal) bool { return o.ID == s.Asks }) {
			k.fail(at+".asks", "there is no signal %q", s.Asks)
		}
		k.source(at, s.Source, s.Seen)
	}
}

func (k *checker) callWords(at string, w *CallWords) {
	word(k, at, "system", w.System, systems)
	if len(w.Streams)+len(w.Assertions)+len(w.Apps)+len(w.Processes) == 0 {
		k.fail(at, "one of streams, assertions, apps and processes is needed")
	}
	k.source(at, w.Source, w.Seen)
}
