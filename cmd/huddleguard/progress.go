package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"huddleguard/checks/message"
)

// progress is one line on a terminal that says what is being looked at. It
// appears only when a look takes longer than a moment, and leaves no trace.
type progress struct {
	out   io.Writer
	print *message.Printer
	mu    sync.Mutex
	now   message.Message
	timer *time.Timer
	shown bool
}

// patience is how long a look may take before it says what it is doing.
const patience = 700 * time.Millisecond

func newProgress(w io.Writer, p *message.Printer) *progress {
	b := &progress{print: p}
	if _, ok := isTerminal(w); ok {
		b.out = w
		b.timer = time.AfterFunc(patience, b.show)
	}
	return b
}

// step names the part of the look that begins.
func (b *progress) step(name string) { b.say(message.New("progress." + name)) }

// say says what is being done.
func (b *progress) say(m message.Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = m
	if b.shown {
		b.write()
	}
}

func (b *progress) show() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shown = true
	b.write()
}

func (b *progress) write() {
	fmt.Fprintf(b.out, "\r\x1b[K%s", b.print.Text(b.now))
}

// done takes the line away.
func (b *progress) done() {
	if b.timer == nil {
		return
	}
	b.timer.Stop()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shown {
		fmt.Fprint(b.out, "\r\x1b[K")
	}
	b.shown, b.out = false, io.Discard
}
