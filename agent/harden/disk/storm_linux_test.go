package disk

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A storm is what the owner of a home, or a program of theirs, does there over
// and over while files are read and changed. It runs in the test's own process,
// with all its rights, and in a process of the home's owner.
type storm struct {
	// before prepares the home once, with the test's rights.
	before func(t *testing.T, h *hostile)
	// round is one round, in the home as working folder of the names given.
	round func(home, outside string, i int)
}

// letters are what storms write: of one letter, so that a mixture shows.
func letters(i int) []byte {
	return []byte(strings.Repeat(string(rune('a'+i%26)), 100+i%4000))
}

func flip(home, a, b string) {
	unix.Renameat2(unix.AT_FDCWD, filepath.Join(home, a), unix.AT_FDCWD, filepath.Join(home, b), unix.RENAME_EXCHANGE)
}

// flipping is a storm that exchanges the file with something else.
func flipping(with func(t *testing.T, h *hostile, other string)) storm {
	return storm{
		before: func(t *testing.T, h *hostile) { with(t, h, filepath.Join(h.home, "other")) },
		round:  func(home, _ string, _ int) { flip(home, "f", "other") },
	}
}

func linkOut(t *testing.T, h *hostile, other string)  { must(t, os.Symlink("../outside/secret", other)) }
func linkAbs(t *testing.T, h *hostile, other string)  { must(t, os.Symlink(h.secret(), other)) }
func hardLink(t *testing.T, h *hostile, other string) { must(t, os.Link(h.secret(), other)) }
func fifo(t *testing.T, h *hostile, other string) {
	must(t, unix.Mkfifo(other, 0o600))
	h.give(t, other)
}
func folder(t *testing.T, h *hostile, other string) {
	must(t, os.Mkdir(other, 0o700))
	h.give(t, other)
}

var storms = map[string]storm{
	"file and link to a secret":          flipping(linkOut),
	"file and absolute link to a secret": flipping(linkAbs),
	"file and hard link to a secret":     flipping(hardLink),
	"file and FIFO":                      flipping(fifo),
	"file and folder":                    flipping(folder),
	"folder and link to another folder": {
		before: func(t *testing.T, h *hostile) { must(t, os.Symlink("../outside", filepath.Join(h.home, "e"))) },
		round:  func(home, _ string, _ int) { flip(home, "d", "e") },
	},
	"folder and another folder of another account": {
		before: func(t *testing.T, h *hostile) { must(t, os.Mkdir(filepath.Join(h.home, "e"), 0o755)) },
		round:  func(home, _ string, _ int) { flip(home, "d", "e") },
	},
	"link that turns": {
		before: func(t *testing.T, h *hostile) {
			must(t, os.Rename(filepath.Join(h.home, "f"), filepath.Join(h.home, "real")))
			must(t, os.Symlink("real", filepath.Join(h.home, "f")))
			must(t, os.Symlink("../outside/secret", filepath.Join(h.home, "other")))
		},
		round: func(home, _ string, _ int) { flip(home, "f", "other") },
	},
	"renames": {round: func(home, _ string, i int) {
		next := filepath.Join(home, "next")
		os.WriteFile(next, letters(i), 0o600)
		os.Rename(next, filepath.Join(home, "f"))
	}},
	"written in place": {round: func(home, _ string, i int) { os.WriteFile(filepath.Join(home, "f"), letters(i), 0o600) }},
	"growing and truncated": {round: func(home, _ string, i int) {
		if i%50 == 0 {
			os.Truncate(filepath.Join(home, "f"), 0)
		}
		f, err := os.OpenFile(filepath.Join(home, "f"), os.O_WRONLY|os.O_APPEND, 0)
		if err == nil {
			f.WriteString(strings.Repeat("a", 1000))
			f.Close()
		}
	}},
	"removed and made again": {round: func(home, _ string, i int) {
		os.Remove(filepath.Join(home, "f"))
		os.WriteFile(filepath.Join(home, "f"), letters(i), 0o600)
	}},
	"modes": {round: func(home, _ string, i int) { os.Chmod(filepath.Join(home, "f"), os.FileMode(0o600|i%0o100)) }},
	"temporary name removed": {round: func(home, _ string, _ int) {
		os.Remove(filepath.Join(home, tempName("f")))
	}},
	"temporary name exchanged for a link to a secret": {
		before: func(t *testing.T, h *hostile) { linkOut(t, h, filepath.Join(h.home, "other")) },
		round:  func(home, _ string, _ int) { flip(home, tempName("f"), "other") },
	},
	"temporary name exchanged for a hard link to a secret": {
		before: func(t *testing.T, h *hostile) { hardLink(t, h, filepath.Join(h.home, "other")) },
		round:  func(home, _ string, _ int) { flip(home, tempName("f"), "other") },
	},
	"temporary name squatted over and over": {round: func(home, _ string, i int) {
		temp := filepath.Join(home, tempName("f"))
		os.Symlink("../outside/secret", temp)
		os.Remove(temp)
		os.Link(filepath.Join(home, "f"), temp)
		os.Remove(temp)
	}},
	"told of every name": {before: linkTo("other"), round: told},
	"home and link":      {round: func(home, _ string, _ int) { flip(filepath.Dir(home), "home", "twin") }},
}

func linkTo(name string) func(*testing.T, *hostile) {
	return func(t *testing.T, h *hostile) { linkOut(t, h, filepath.Join(h.home, name)) }
}

// told waits until the kernel tells of a new name in the home, and exchanges it
// for a link, and the file with it, at once.
func told(home, _ string, _ int) {
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	unix.InotifyAddWatch(fd, home, unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_DELETE)
	event := make([]byte, 4096)
	for end := time.Now().Add(5 * time.Millisecond); time.Now().Before(end); {
		if n, _ := unix.Read(fd, event); n > 0 {
			flip(home, tempName("f"), "other")
			flip(home, "f", "other")
			return
		}
	}
}

// TestMain is also the process of a home's owner.
func TestMain(m *testing.M) {
	if name := os.Getenv("HOSTILE_STORM"); name != "" {
		rage(name, os.Getenv("HOSTILE_HOME"), os.Getenv("HOSTILE_OUTSIDE"))
		return
	}
	if how := os.Getenv("HOSTILE_WRITER"); how != "" {
		count(how, os.Getenv("HOSTILE_HOME"))
		return
	}
	os.Exit(m.Run())
}

// rage goes on until there is nobody to read what it says.
func rage(name, home, outside string) {
	gone := make(chan bool)
	go func() { io.Copy(io.Discard, os.Stdin); close(gone) }()
	fmt.Println("ready")
	for i := 0; ; i++ {
		select {
		case <-gone:
			return
		default:
			storms[name].round(home, outside, i)
		}
	}
}

// start begins a storm, and gives what ends it.
func (h *hostile) start(t *testing.T, name string, child bool) (stop func()) {
	t.Helper()
	if child {
		return h.startChild(t, name)
	}
	var wg sync.WaitGroup
	end := make(chan bool)
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-end:
				return
			default:
				storms[name].round(h.home, h.outside, i)
			}
		}
	})
	return func() { close(end); wg.Wait() }
}

func (h *hostile) startChild(t *testing.T, name string) (stop func()) {
	t.Helper()
	cmd := h.child("HOSTILE_STORM="+name, "HOSTILE_HOME="+h.home, "HOSTILE_OUTSIDE="+h.outside)
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("the child says %q, %v", line, err)
	}
	return func() {
		in.Close()
		cmd.Wait()
	}
}

// child is this program again, as the home's owner.
func (h *hostile) child(env ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(h.uid), Gid: uint32(h.uid)}}
	}
	return cmd
}
