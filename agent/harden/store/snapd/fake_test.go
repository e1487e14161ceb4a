package snapd

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fake is a snapd on a socket of its own. Its answers are in the form of those
// that snapd 2.57.6 gave (testdata), and it changes connections as that did.
type fake struct {
	mu sync.Mutex
	// established are connections, with whether each was made by hand.
	established map[connection]bool
	changes     []*job
	refuses     string // the kind of error that a change is answered with
	slow        int    // how often a change is asked about before it is done
	stuck       bool   // a change is never done unless it is called off
}

type job struct {
	change
	left int
	do   func()
}

func start(t *testing.T, f *fake) *Store {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "snapd.socket")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: f}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	s := New(socket)
	s.poll = 1
	return s
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch id, isChange := strings.CutPrefix(r.URL.Path, "/v2/changes/"); {
	case r.URL.Path == "/v2/connections":
		f.connections(w, r.URL.Query().Get("snap"))
	case r.URL.Path == "/v2/interfaces" && r.Method == http.MethodPost:
		f.interfaces(w, r)
	case r.URL.Path == "/v2/changes":
		running := []change{}
		for _, j := range f.changes {
			if !j.Ready {
				running = append(running, j.change)
			}
		}
		sync200(w, running)
	case isChange && r.Method == http.MethodPost:
		f.call(w, id, true)
	case isChange:
		f.call(w, id, false)
	default:
		failure(w, 404, "")
	}
}

func sync200(w http.ResponseWriter, result any) {
	data, _ := json.Marshal(result)
	fmt.Fprintf(w, `{"type":"sync","status-code":200,"status":"OK","result":%s}`, data)
}

func failure(w http.ResponseWriter, status int, kind string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"type":"error","status-code":%d,"status":"","result":{"message":"pwd=hunter2","kind":%q}}`, status, kind)
}

func (f *fake) connections(w http.ResponseWriter, snap string) {
	if snap == "gone" {
		failure(w, 404, "snap-not-found")
		return
	}
	established := []map[string]any{}
	for c, manual := range f.established {
		if c.Plug.Snap == snap || c.Slot.Snap == snap {
			established = append(established, map[string]any{"plug": c.Plug, "slot": c.Slot, "interface": c.Slot.Slot, "manual": manual})
		}
	}
	sync200(w, map[string]any{"established": established, "plugs": []any{}, "slots": []any{}})
}

func (f *fake) interfaces(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Action string `json:"action"`
		Plugs  []plug `json:"plugs"`
		Slots  []slot `json:"slots"`
	}
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || len(ask.Plugs) != 1 || len(ask.Slots) != 1 {
		failure(w, 400, "")
		return
	}
	c := connection{ask.Plugs[0], ask.Slots[0]}
	manual, have := f.established[c]
	switch {
	case f.refuses == "login-required":
		failure(w, 401, f.refuses)
		return
	case f.refuses == "faster":
		delete(f.established, c)
		failure(w, 400, "")
		return
	case f.refuses != "":
		failure(w, 409, f.refuses)
		return
	case ask.Action == "disconnect" && !have:
		failure(w, 400, "")
		return
	}
	j := &job{change{ID: fmt.Sprint(len(f.changes) + 1), Kind: ask.Action + "-snap", Status: "Doing"}, f.slow, func() {
		if ask.Action == "disconnect" {
			delete(f.established, c)
		} else {
			f.established[c] = manual || !have
		}
	}}
	f.changes = append(f.changes, j)
	w.WriteHeader(202)
	fmt.Fprintf(w, `{"type":"async","status-code":202,"status":"Accepted","result":null,"change":%q}`, j.ID)
}

// call answers about one change, which comes to its end after some asking.
func (f *fake) call(w http.ResponseWriter, id string, abort bool) {
	i := slices.IndexFunc(f.changes, func(j *job) bool { return j.ID == id })
	if i < 0 {
		failure(w, 404, "")
		return
	}
	j := f.changes[i]
	switch {
	case j.Ready:
	case abort:
		j.Ready, j.Status = true, "Undone"
	case f.stuck:
	case j.left > 0:
		j.left--
	default:
		j.do()
		j.Ready, j.Status = true, "Done"
	}
	sync200(w, j.change)
}
