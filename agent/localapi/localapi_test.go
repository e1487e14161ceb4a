package localapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
)

// canned is a Backend that says what it was asked, and answers what is put in.
type canned struct {
	asked   any
	plan    plan.Plan
	results []Result
	entries []Entry
	err     error
	// work, where it is set, is done during an apply.
	work func(context.Context)
	held Held
}

func (c *canned) Plan(_ context.Context, q PlanRequest) (plan.Plan, error) {
	c.asked = q
	return c.plan, c.err
}

func (c *canned) Apply(ctx context.Context, q ApplyRequest) ([]Result, error) {
	c.asked = q
	if c.work != nil {
		c.work(ctx)
	}
	return c.results, c.err
}

func (c *canned) RehearseApply(_ context.Context, q ApplyRequest) ([]Result, error) {
	c.asked = []any{"rehearse", q}
	return c.results, c.err
}

func (c *canned) Undo(_ context.Context, q UndoRequest) ([]Result, error) {
	c.asked = q
	return c.results, c.err
}

func (c *canned) Enforce(_ context.Context, q EnforceRequest) ([]Result, error) {
	c.asked = q
	return c.results, c.err
}

func (c *canned) Held(_ context.Context, q HeldRequest) (Held, error) {
	c.asked = q
	return c.held, c.err
}

func (c *canned) RehearseUndo(_ context.Context, q UndoRequest) ([]Result, error) {
	c.asked = []any{"rehearse", q}
	return c.results, c.err
}

func (c *canned) History(_ context.Context, q HistoryRequest) ([]Entry, error) {
	c.asked = q
	return c.entries, c.err
}

// pair is both ends of a socket.
func pair(t *testing.T) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if a, err = net.Dial("unix", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if b, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

// serving answers one end of a socket with b, and gives the other end and what
// Serve ended with.
func serving(t *testing.T, b Backend) (net.Conn, <-chan error) {
	t.Helper()
	near, far := pair(t)
	ended := make(chan error, 1)
	go func() { ended <- Serve(context.Background(), far, b) }()
	return near, ended
}

var (
	ctx    = context.Background()
	change = plan.Change{ID: "0123456789ab", Check: "mumble/telemetry/usage-statistics", User: "ann",
		At: fact.At{Store: "ini", Path: "/home/ann/x.conf", Key: "usage"}, Advisories: []string{}, Waits: []plan.Wait{}}
)

// TestCalls: what is asked arrives, and what is answered comes back.
func TestCalls(t *testing.T) {
	b := &canned{
		plan:    plan.Plan{Schema: plan.Schema, Digest: "d", Changes: []plan.Change{change}, Left: []plan.Left{}},
		results: []Result{{Change: change, Entry: 3, Outcome: "waiting", Why: "y", Waits: []plan.Wait{{Kind: plan.WaitCall, Name: "Zoom", Sure: true}}}},
		entries: []Entry{{ID: 3, Plan: "d", Change: change, Status: "done", Actor: "ann", At: time.Unix(0, 5).UTC(), Ended: time.Unix(7, 0).UTC(), By: "root"}},
	}
	b.held = Held{Drift: []Drift{{Result: b.results[0], PIDs: []int{7}}}, Unseen: []plan.Left{{Check: "x/y/z", User: "ann"}},
		Places: []Place{{Home: "/home/ann", Path: "/home/ann/x.conf"}}}
	near, ended := serving(t, b)
	c := NewCaller(near)
	if err := c.Hello(ctx); err != nil {
		t.Error(err)
	}
	ids := []string{"mumble/telemetry/usage-statistics"}
	for name, one := range map[string]struct {
		call        func() (any, error)
		asked, want any
	}{
		"plan":          {func() (any, error) { return c.Plan(ctx, PlanRequest{ids}) }, PlanRequest{ids}, b.plan},
		"apply":         {func() (any, error) { return c.Apply(ctx, ApplyRequest{ids, "d"}) }, ApplyRequest{ids, "d"}, b.results},
		"rehearse":      {func() (any, error) { return c.RehearseApply(ctx, ApplyRequest{ids, "d"}) }, []any{"rehearse", ApplyRequest{ids, "d"}}, b.results},
		"undo":          {func() (any, error) { return c.Undo(ctx, UndoRequest{Last: true}) }, UndoRequest{Last: true}, b.results},
		"rehearse undo": {func() (any, error) { return c.RehearseUndo(ctx, UndoRequest{Entries: []int64{3}}) }, []any{"rehearse", UndoRequest{Entries: []int64{3}}}, b.results},
		"held":          {func() (any, error) { return c.Held(ctx, HeldRequest{}) }, HeldRequest{}, b.held},
		"enforce":       {func() (any, error) { return c.Enforce(ctx, EnforceRequest{}) }, EnforceRequest{}, b.results},
		"history":       {func() (any, error) { return c.History(ctx, HistoryRequest{4}) }, HistoryRequest{4}, b.entries},
	} {
		got, err := one.call()
		if err != nil || !reflect.DeepEqual(got, one.want) || !reflect.DeepEqual(b.asked, one.asked) {
			t.Errorf("%s: asked %+v, got %+v, %v", name, b.asked, got, err)
		}
	}
	c.Close()
	if err := <-ended; err != nil {
		t.Errorf("serving ended with %v", err)
	}
	if _, err := c.Plan(ctx, PlanRequest{}); err == nil {
		t.Error("a closed connection answers")
	}
}

// TestRefusals: a reason comes through as it is.
func TestRefusals(t *testing.T) {
	b := &canned{}
	near, _ := serving(t, b)
	c := NewCaller(near)
	for _, want := range []Refusal{{PlanChanged, "the plan changed", ""}, {UnknownID, "there is none", "zoom/x/y"}, {Busy, "busy", ""}, {Failed, "no", ""}} {
		b.err = &want
		_, err := c.Apply(ctx, ApplyRequest{Digest: "d"})
		if got := (*Refusal)(nil); !errors.As(err, &got) || *got != want {
			t.Errorf("got %v, want %+v", err, want)
		}
	}
	b.err = errors.New("broken")
	if _, err := c.Plan(ctx, PlanRequest{}); err == nil || err.Error() != "broken" {
		t.Errorf("got %v", err)
	}
}

// TestBadRequests: what is not asked for in the words there are is refused, and
// nothing is done.
func TestBadRequests(t *testing.T) {
	for name, c := range map[string]struct {
		method, path, body string
		status             int
	}{
		"unknown call":     {"POST", "/v1/run", `{}`, 404},
		"another method":   {"GET", "/v1/plan", ``, 404},
		"a path below":     {"POST", "/v1/plan/x", `{}`, 404},
		"unknown member":   {"POST", "/v1/apply", `{"ids":[],"digest":"d","path":"/etc/shadow"}`, 400},
		"no digest":        {"POST", "/v1/apply", `{"ids":[]}`, 400},
		"no JSON":          {"POST", "/v1/plan", `x`, 400},
		"nothing":          {"POST", "/v1/plan", ``, 400},
		"two values":       {"POST", "/v1/plan", `{} {}`, 400},
		"an empty id":      {"POST", "/v1/plan", `{"ids":[""]}`, 400},
		"a long id":        {"POST", "/v1/plan", `{"ids":["` + strings.Repeat("a", 5000) + `"]}`, 400},
		"many ids":         {"POST", "/v1/plan", `{"ids":["a"` + strings.Repeat(`,"a"`, 10_000) + `]}`, 400},
		"too large":        {"POST", "/v1/plan", `{"ids":["` + strings.Repeat("a", 1<<20) + `"]}`, 413},
		"undo of nothing":  {"POST", "/v1/undo", `{}`, 400},
		"undo twice":       {"POST", "/v1/undo", `{"last":true,"all":true}`, 400},
		"rehearse unknown": {"POST", "/v1/rehearse/undo", `{"last":true,"value":1}`, 400},
		"history of what":  {"GET", "/v1/history?user=bo", ``, 400},
		"history below":    {"GET", "/v1/history?limit=-1", ``, 400},
		"history twice":    {"GET", "/v1/history?limit=1&limit=2", ``, 400},
	} {
		b := &canned{}
		near, _ := serving(t, b)
		var body io.Reader
		if c.body != "" {
			body = strings.NewReader(c.body)
		}
		req, err := http.NewRequestWithContext(ctx, c.method, "http://huddleguard"+c.path, body)
		if err != nil {
			t.Fatal(err)
		}
		res, err := NewCaller(near).client.Transport.RoundTrip(req)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var said Refusal
		err = json.NewDecoder(res.Body).Decode(&said)
		res.Body.Close()
		if res.StatusCode != c.status || err != nil || said.Reason != BadRequest || b.asked != nil {
			t.Errorf("%s: %d, %+v, %v; asked %v", name, res.StatusCode, said, err, b.asked)
		}
	}
}

// TestInterrupt: an interrupt of who asks stops what is done, and what became of
// it is heard all the same.
func TestInterrupt(t *testing.T) {
	begun := make(chan struct{})
	b := &canned{results: []Result{{Change: change, Outcome: "applied"}}}
	b.work = func(ctx context.Context) {
		close(begun)
		<-ctx.Done()
	}
	near, ended := serving(t, b)
	interrupted, cancel := context.WithCancel(ctx)
	go func() {
		<-begun
		cancel()
	}()
	got, err := NewCaller(near).Apply(interrupted, ApplyRequest{Digest: "d"})
	if err != nil || len(got) != 1 || got[0].Outcome != "applied" {
		t.Errorf("got %+v, %v", got, err)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("it goes on after who asked has gone")
	}
}

// TestSilence: who is asked to stop and neither stops nor answers is not waited for.
func TestSilence(t *testing.T) {
	near, far := pair(t)
	asked := make(chan struct{})
	go func() {
		_, _ = far.Read(make([]byte, 4096))
		close(asked)
	}()
	c := NewCaller(near)
	c.lastWords = 50 * time.Millisecond
	interrupted, cancel := context.WithCancel(ctx)
	go func() {
		<-asked
		cancel()
	}()
	begun := time.Now()
	if got, err := c.Apply(interrupted, ApplyRequest{Digest: "d"}); !errors.Is(err, errSilent) || time.Since(begun) > 10*time.Second {
		t.Errorf("after %v: %+v, %v", time.Since(begun), got, err)
	}
}

// TestGone: where who asks is gone, the work is told to stop, and serving ends.
func TestGone(t *testing.T) {
	begun, stopped := make(chan struct{}), make(chan struct{})
	b := &canned{work: func(ctx context.Context) {
		close(begun)
		<-ctx.Done()
		close(stopped)
	}}
	near, ended := serving(t, b)
	go func() { _, _ = NewCaller(near).Apply(ctx, ApplyRequest{Digest: "d"}) }()
	<-begun
	near.Close()
	select {
	case <-stopped:
	case <-time.After(10 * time.Second):
		t.Fatal("it goes on")
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestHostileAnswers: who answers may not be trusted.
func TestHostileAnswers(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":       "",
		"no HTTP":       "hello\r\n\r\n",
		"no JSON":       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
		"a redirection": "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n",
		"no reason":     "HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\n{}",
		"endless":       "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20),
		"large":         "HTTP/1.1 200 OK\r\n\r\n{\"schema\":\"" + strings.Repeat("x", 2*maxAnswer) + "\"}",
		"many changes":  "HTTP/1.1 200 OK\r\n\r\n{\"changes\":[{}" + strings.Repeat(",{}", maxList) + "]}",
		"no changes":    "HTTP/1.1 200 OK\r\n\r\n{\"changes\":{\"a\":1}}",
	} {
		near, far := pair(t)
		go func() {
			_, _ = far.Read(make([]byte, 4096))
			_, _ = io.WriteString(far, text)
			far.Close()
		}()
		if got, err := NewCaller(near).Plan(ctx, PlanRequest{}); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestLongWords: a reason that comes from elsewhere is one line, and not a long one.
func TestLongWords(t *testing.T) {
	long := strings.Repeat("lies\n", 100_000)
	b := &canned{results: []Result{{Change: change, Outcome: "failed", Why: long}}}
	near, _ := serving(t, b)
	c := NewCaller(near)
	got, err := c.Apply(ctx, ApplyRequest{Digest: "d"})
	if err != nil || len(got) != 1 || len(got[0].Why) > 2*maxWhy || strings.Contains(got[0].Why, "\n") {
		t.Errorf("got %+v, %v", got, err)
	}
	b.err = &Refusal{Reason: Busy, Text: long}
	if _, err := c.Apply(ctx, ApplyRequest{Digest: "d"}); err == nil || len(err.Error()) > 2*maxWhy || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
	b.entries = make([]Entry, maxList+1)
	b.err = nil
	if got, err := c.History(ctx, HistoryRequest{}); err != nil || len(got) != maxList {
		t.Errorf("%d entries, %v", len(got), err)
	}
}

// TestFair: a person who has things without end takes only their own share of an
// answer, and that something is left out is said.
func TestFair(t *testing.T) {
	drift := func(user string, n int) (out []Drift) {
		for range n {
			c := change
			c.User, c.At.Path = user, strings.Repeat("x", 4000)
			out = append(out, Drift{Result: Result{Change: c, Outcome: "drifted"}})
		}
		return out
	}
	a := Held{Drift: append(append(drift("ann", 5000), drift("", 3)...), drift("bo", 3)...), Places: []Place{{"/home/ann", "/home/ann/x"}, {"", "/etc/x"}}}
	near, _ := serving(t, &canned{held: a})
	got, err := NewCaller(near).Held(ctx, HeldRequest{})
	if err != nil || !got.Cut || len(got.Places) != 2 {
		t.Fatalf("cut %v, places %v, %v", got.Cut, got.Places, err)
	}
	count := map[string]int{}
	for _, d := range got.Drift {
		count[d.Change.User]++
	}
	if count[""] != 3 || count["bo"] != 3 || count["ann"] < 50 || count["ann"] > 500 {
		t.Errorf("told of are %v", count)
	}
	near, _ = serving(t, &canned{held: Held{Drift: drift("ann", 3)}})
	if got, err := NewCaller(near).Held(ctx, HeldRequest{}); err != nil || got.Cut || len(got.Drift) != 3 {
		t.Errorf("cut %v, %d, %v", got.Cut, len(got.Drift), err)
	}
}
