package store

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
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
	if how := os.Getenv("HUDDLEGUARD_WRITER"); how != "" {
		program(how == "in place")
		return
	}
	rounds := 500
	if testing.Short() {
		rounds = 50
	}
	var all sync.WaitGroup
	for i := range 8 {
		p := newPerson(t, places[0])
		w := newWriter(t, []string{"in place", "by renaming"}[i%2])
		all.Go(func() { race(t, p, rounds, w) })
	}
	all.Wait()
}

// writer is a program of its own: what happens to a lease reaches only one of
// two processes.
type writer struct {
	in  io.Writer
	out *bufio.Scanner
}

func newWriter(t *testing.T, how string) writer {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "HUDDLEGUARD_WRITER="+how)
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the writer: %v", err)
		}
	})
	return writer{in, bufio.NewScanner(out)}
}

// start has it save a few times. The answer is what it wrote last.
func (w writer) start(file string, round int) (last chan string) {
	last = make(chan string)
	go func() {
		fmt.Fprintln(w.in, round, file)
		w.out.Scan()
		last <- w.out.Text()
	}()
	return last
}

func race(t *testing.T, p person, rounds int, w writer) {
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
		last := w.start(p.file, n)
		time.Sleep(time.Duration(rand.IntN(800)) * time.Microsecond)
		if !step.Prior.Same(step.Written) && takes(t, p, step) {
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

// takes makes a change, and says whether it took.
func takes(t *testing.T, p person, step plan.Step) bool {
	err := p.Do(ctx, p.at, step)
	if err != nil && !errors.Is(err, harden.ErrMoved) && !errors.Is(err, disk.ErrInUse) {
		t.Errorf("doing: %v", err)
	}
	return err == nil
}

// program saves a file a few times for every line that it is given.
func program(inPlace bool) {
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		round, file, _ := strings.Cut(in.Text(), " ")
		word := ""
		for save := range rand.IntN(4) {
			time.Sleep(time.Duration(rand.IntN(2500)) * time.Microsecond)
			word = fmt.Sprintf("word=%s-%d", round, save)
			text := fmt.Sprintf("[ui]\n%s\nusage=%v\n", word, rand.IntN(2) == 0)
			if err := write(file, text, inPlace); err != nil {
				word = "written, but: " + err.Error()
			}
		}
		fmt.Println(word)
	}
}

func write(file, text string, inPlace bool) error {
	if inPlace {
		return os.WriteFile(file, []byte(text), 0o640)
	}
	fresh := filepath.Dir(filepath.Dir(file)) + "/theirs"
	return errors.Join(os.WriteFile(fresh, []byte(text), 0o640), os.Rename(fresh, file))
}
