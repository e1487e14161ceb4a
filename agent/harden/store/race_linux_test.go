package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/disk"
	"huddleguard/agent/harden/plan"
)

// TestWriterLosesNothing: a program that writes its file while ours is changing
// it finds its last word there afterwards, whichever way it writes.
func TestWriterLosesNothing(t *testing.T) {
	rounds := 500
	if testing.Short() {
		rounds = 50
	}
	var all sync.WaitGroup
	for i := range 8 {
		p := newPerson(t, places[0])
		all.Go(func() { race(t, p, rounds, i%2 == 0) })
	}
	all.Wait()
}

func race(t *testing.T, p person, rounds int, inPlace bool) {
	took := 0
	for n := range rounds {
		now, err := p.Read(ctx, p.at)
		if err != nil {
			t.Errorf("reading: %v", err)
			return
		}
		step, err := p.Prepare(ctx, p.at, now, set(n%2 == 0))
		if err != nil {
			t.Errorf("preparing: %v", err)
			return
		}
		last := make(chan string)
		go func() { last <- write(t, p.file, n, inPlace) }()
		time.Sleep(time.Duration(rand.IntN(800)) * time.Microsecond)
		if !step.Prior.Same(step.Written) && doOrUndo(t, p, step) {
			took++
		}
		word := <-last
		if data, err := os.ReadFile(p.file); err != nil || !strings.Contains(string(data), word) {
			t.Errorf("round %d: %q, %v, is without %q", n, data, err, word)
			return
		}
		if names, err := os.ReadDir(filepath.Dir(p.file)); err != nil || len(names) != 1 {
			t.Errorf("round %d: left beside it: %v, %v", n, names, err)
			return
		}
	}
	if took == 0 {
		t.Errorf("no change of %d ever took: nothing was tested", rounds)
	}
}

// doOrUndo makes a change, and says whether it took.
func doOrUndo(t *testing.T, p person, step plan.Step) bool {
	err := p.Do(ctx, p.at, step)
	if err != nil && !errors.Is(err, harden.ErrMoved) && !errors.Is(err, disk.ErrInUse) {
		t.Errorf("doing: %v", err)
	}
	return err == nil
}

// write is a program that saves a few times, and gives what it wrote last.
func write(t *testing.T, file string, round int, inPlace bool) (word string) {
	for save := range rand.IntN(4) {
		word = fmt.Sprintf("word=%d-%d", round, save)
		text := fmt.Sprintf("[ui]\n%s\nusage=%v\n", word, round%2 == 1)
		time.Sleep(time.Duration(rand.IntN(2500)) * time.Microsecond)
		name := file
		if !inPlace {
			name = filepath.Dir(filepath.Dir(file)) + "/theirs"
		}
		err := os.WriteFile(name, []byte(text), 0o640)
		if err == nil && !inPlace {
			err = os.Rename(name, file)
		}
		if err != nil {
			t.Errorf("writing: %v", err)
		}
	}
	return word
}
