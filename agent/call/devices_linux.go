package call

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// settle is how long after an event is looked who holds the device: a client
// that starts a call opens several.
const settleTime = 200 * time.Millisecond

const (
	nodeEvents   = unix.IN_OPEN | unix.IN_CLOSE
	folderEvents = unix.IN_CREATE | unix.IN_MOVED_TO | unix.IN_ATTRIB | unix.IN_ONLYDIR
)

// devices watches the nodes of cameras and microphones: each by itself, since
// in /dev everything else is opened all the time, and their folders for nodes
// that come.
type devices struct {
	watcher *Watcher
	matcher *Matcher
	holders *holders
	queue   *inotify
	nodes   map[int]node
	folders map[int]string
	blind   map[string]string // by signal: why it cannot be watched
}

type node struct{ path, signal string }

func openDevices(w *Watcher, m *Matcher, h *holders) (*devices, error) {
	queue, err := openInotify()
	if err != nil {
		return nil, err
	}
	d := &devices{watcher: w, matcher: m, holders: h, queue: queue, nodes: map[int]node{}, folders: map[int]string{}}
	d.rescan()
	return d, nil
}

// rescan watches all nodes there are; those that are watched already stay so.
func (d *devices) rescan() {
	d.blind = map[string]string{}
	for _, s := range d.holders.signals {
		for _, place := range s.Places {
			pattern := beneath(d.holders.root, place)
			d.folder(s.ID, path.Dir(pattern))
			found, _ := filepath.Glob(pattern) // the pattern is the catalogue's
			for _, name := range found {
				watch, err := d.queue.add(name, nodeEvents)
				if err != nil {
					d.fail(s.ID, err)
					continue
				}
				d.nodes[watch] = node{name, s.ID}
			}
		}
	}
}

// folder watches a folder of nodes or, where there is none yet, the one above.
func (d *devices) folder(signal, dir string) {
	for {
		watch, err := d.queue.add(dir, folderEvents)
		if err == nil {
			d.folders[watch] = dir
			return
		}
		if !errors.Is(err, fs.ErrNotExist) || dir == "/" {
			d.fail(signal, err)
			return
		}
		dir = path.Dir(dir)
	}
}

// fail notes why a signal cannot be watched. A node that is gone again is none.
func (d *devices) fail(signal string, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var pe *os.PathError
	if errors.As(err, &pe) && errors.Is(err, fs.ErrPermission) {
		d.blind[signal] = "no permission to watch " + pe.Path
		return
	}
	d.blind[signal] = "devices cannot be watched: " + errors.Unwrap(err).Error()
}

func (d *devices) run(ctx context.Context) {
	defer d.queue.file.Close()
	changes := d.queue.changes(ctx.Done())
	d.look(ctx)
	timer := time.NewTimer(0)
	if !timer.Stop() {
		<-timer.C
	}
	waiting := false
	for {
		select {
		case <-ctx.Done():
			return
		case all, ok := <-changes:
			if !ok {
				return
			}
			if d.concerns(ctx, all) && !waiting {
				waiting = true
				timer.Reset(settleTime)
			}
		case <-timer.C:
			waiting = false
			d.look(ctx)
		}
	}
}

// concerns takes changes in and says whether to look. A node that was opened is
// told at once, for nobody known: a call may have begun.
func (d *devices) concerns(ctx context.Context, all []change) bool {
	any := false
	for _, c := range all {
		n, isNode := d.nodes[c.watch]
		switch {
		case c.mask&unix.IN_Q_OVERFLOW != 0:
			d.rescan()
			any = true
		case c.mask&unix.IN_IGNORED != 0:
			delete(d.nodes, c.watch)
			delete(d.folders, c.watch)
			any = any || isNode
		case isNode:
			any = true
			if c.mask&unix.IN_OPEN != 0 {
				d.watcher.tell(ctx, Event{Source: Source{Signal: n.signal}, Kind: On, Claims: []Claim{{Place: n.path}}})
			}
		case d.mayBeNode(d.folders[c.watch], c.name):
			d.rescan()
			any = true
		}
	}
	return any
}

// mayBeNode says whether an entry of a folder is a node or leads to one.
func (d *devices) mayBeNode(folder, name string) bool {
	entry := path.Join(folder, name)
	for _, s := range d.holders.signals {
		for _, place := range s.Places {
			for pattern := beneath(d.holders.root, place); pattern != "/" && pattern != "."; pattern = path.Dir(pattern) {
				if match, _ := path.Match(pattern, entry); match {
					return true
				}
			}
		}
	}
	return false
}

// look tells what each signal shows now. What cannot be watched is told as
// such: what is not held now may be a moment later, unseen.
func (d *devices) look(ctx context.Context) {
	for _, e := range d.holders.look() {
		if why := d.blind[e.Source.Signal]; why != "" {
			e = Event{Source: e.Source, Kind: Blind, Why: why}
		}
		d.watcher.tell(ctx, e)
	}
}
