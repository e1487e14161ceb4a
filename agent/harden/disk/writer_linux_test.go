package disk

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The ways in which programs write their files. Each waits for its moment once
// it has made ready.
var writers = map[string]func(file, data string, i int, wait func()){
	"in place": inPlace,
	"in place, slowly": func(file, data string, _ int, wait func()) {
		wait()
		if f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE, 0o600); err == nil {
			time.Sleep(time.Duration(rand.IntN(15)) * time.Millisecond)
			f.WriteString(data)
			f.Close()
		}
	},
	"in place without truncating": func(file, data string, _ int, wait func()) {
		wait()
		if f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE, 0o600); err == nil {
			f.WriteString(data)
			f.Close()
		}
	},
	"truncated by name first": func(file, data string, _ int, wait func()) {
		wait()
		os.Truncate(file, 0)
		os.WriteFile(file, []byte(data), 0o600)
	},
	"by rename": byRename,
	"by both in turn": func(file, data string, i int, wait func()) {
		if i%2 == 0 {
			byRename(file, data, i, wait)
			return
		}
		inPlace(file, data, i, func() {})
	},
	"removed first": func(file, data string, _ int, wait func()) {
		wait()
		os.Remove(file)
		os.WriteFile(file, []byte(data), 0o600)
	},
	"exchanged": func(file, data string, _ int, wait func()) {
		os.WriteFile(file+".new", []byte(data), 0o600)
		wait()
		if unix.Renameat2(unix.AT_FDCWD, file+".new", unix.AT_FDCWD, file, unix.RENAME_EXCHANGE) != nil {
			os.Rename(file+".new", file)
		}
	},
}

func inPlace(file, data string, _ int, wait func()) {
	wait()
	os.WriteFile(file, []byte(data), 0o600)
}

func byRename(file, data string, _ int, wait func()) {
	os.WriteFile(file+".new", []byte(data), 0o600)
	wait()
	os.Rename(file+".new", file)
}

// moment waits for a while, or until a temporary name shows, and a while from
// then on: the worst times are just after it.
func moment(home string, i int) {
	if i%4 == 0 {
		time.Sleep(time.Duration(rand.IntN(12000)) * time.Microsecond)
		return
	}
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	unix.InotifyAddWatch(fd, home, unix.IN_CREATE|unix.IN_MOVED_TO)
	event := make([]byte, 4096)
	end := time.Now().Add(30 * time.Millisecond)
	for n := 0; n <= 0 && time.Now().Before(end); {
		n, _ = unix.Read(fd, event)
	}
	longest := []time.Duration{1, 4 * time.Microsecond, 40 * time.Microsecond, 8 * time.Millisecond}[i%4]
	for end := time.Now().Add(rand.N(longest)); time.Now().Before(end); {
	}
}

// numbered is what the writer writes. What we put in its place has the same number.
func numbered(n int) string { return fmt.Sprintf("n=%08d\n", n) }

func numberIn(data []byte) int {
	n := -1
	fmt.Sscanf(string(data), "n=%d\n", &n)
	return n
}

// count is a program that writes its file over and over, and looks after each
// time whether what it wrote is there. It says which of its writes were not.
func count(how, home string) {
	gone := make(chan bool)
	go func() { io.Copy(io.Discard, os.Stdin); close(gone) }()
	file := filepath.Join(home, "f")
	for n := 1; ; n++ {
		writers[how](file, numbered(n), n, func() { moment(home, n) })
		if state := finds(file, n); state != "" {
			fmt.Println(state, n)
		}
		select {
		case <-gone:
			fmt.Println("last", n)
			return
		default:
		}
	}
}

// finds looks for a number in the file. Between an exchange and the taking back
// of it the one before is seen.
func finds(file string, n int) string {
	state := ""
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		data, err := os.ReadFile(file)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			state = "absent"
		case numberIn(data) == n:
			return ""
		default:
			state = fmt.Sprintf("lost (there is %d)", numberIn(data))
		}
		if state == "absent" {
			time.Sleep(20 * time.Millisecond)
		}
	}
	return state
}

// startWriter starts the program, and gives what ends it and what it said.
func (h *hostile) startWriter(t *testing.T, how string) (stop func() []string) {
	t.Helper()
	cmd := h.child("HOSTILE_WRITER="+how, "HOSTILE_HOME="+h.home)
	in, err := cmd.StdinPipe()
	must(t, err)
	pipe, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	said := make(chan []string)
	go func() {
		var lines []string
		for s := bufio.NewScanner(pipe); s.Scan(); {
			lines = append(lines, s.Text())
		}
		said <- lines
	}()
	return func() []string {
		in.Close()
		lines := <-said
		cmd.Wait()
		return lines
	}
}

// TestNoWriteIsLost replaces a file that its program writes all the time. What
// the program has written is never gone: it stands there, or our file does that
// was made from it.
func TestNoWriteIsLost(t *testing.T) {
	for how := range writers {
		t.Run(how, func(t *testing.T) {
			h := newHostile(t)
			h.put(t, "f", numbered(0), 0o600)
			stop := h.startWriter(t, how)
			results := map[string]int{}
			for end := time.Now().Add(4 * rages()); time.Now().Before(end); {
				f, err := h.root.Read("f", MaxSize)
				if err != nil || numberIn(f.Data) < 0 {
					continue
				}
				err = h.root.Replace("f", f, []byte(numbered(numberIn(f.Data))+"ours\n"))
				results[fmt.Sprint(err)]++
			}
			lines := stop()
			for _, line := range lines[:len(lines)-1] {
				t.Error(line)
			}
			t.Log(lines[len(lines)-1], results)
		})
	}
}

// TestNoWriteIsRemoved is the same for removing.
func TestNoWriteIsRemoved(t *testing.T) {
	for _, how := range []string{"in place", "by rename", "by both in turn"} {
		t.Run(how, func(t *testing.T) {
			h := newHostile(t)
			h.put(t, "f", numbered(0), 0o600)
			stop := h.startWriter(t, how)
			results, removed := map[string]int{}, map[string]bool{}
			for end := time.Now().Add(4 * rages()); time.Now().Before(end); {
				f, err := h.root.Read("f", MaxSize)
				if err != nil || numberIn(f.Data) < 0 {
					continue
				}
				err = h.root.Remove("f", f)
				results[fmt.Sprint(err)]++
				if err == nil {
					removed[fmt.Sprint("absent ", numberIn(f.Data))] = true
				}
			}
			lines := stop()
			for _, line := range lines {
				if !removed[line] && !strings.HasPrefix(line, "last") {
					t.Error(line)
				}
			}
			t.Log(lines[len(lines)-1], results)
		})
	}
}
