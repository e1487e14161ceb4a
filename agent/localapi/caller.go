package localapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"huddleguard/agent/harden/plan"
)

// Bounds on an answer, since who answers may not be trusted by who asks: bytes,
// entries of a list (in memory an entry is far larger than it can be written),
// and the characters of a reason.
const (
	maxAnswer = 8 << 20
	maxList   = 4000
	maxWhy    = 500
)

// Caller asks over one connection, one question at a time. It is a Backend: the
// other end carries out what it is asked.
type Caller struct {
	conn   net.Conn
	client *http.Client
	mu     sync.Mutex
	// lastWords is how long an answer is waited for once nobody wants more done.
	lastWords time.Duration
}

// NewCaller asks over conn.
func NewCaller(conn net.Conn) *Caller {
	c := &Caller{conn: conn, lastWords: 30 * time.Second}
	var once sync.Once
	c.client = &http.Client{Transport: &http.Transport{
		DisableCompression: true, MaxConnsPerHost: 1, MaxResponseHeaderBytes: 64 << 10,
		DialContext: func(context.Context, string, string) (dialled net.Conn, err error) {
			err = errors.New("the connection has ended")
			once.Do(func() { dialled, err = conn, nil })
			return dialled, err
		},
	}, CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("answers with a redirection") }}
	return c
}

// Close ends the connection, and with it a worker at the other end.
func (c *Caller) Close() error { return c.conn.Close() }

// Hello asks whether there is somebody who answers.
func (c *Caller) Hello(ctx context.Context) error {
	_, err := call[struct{}](ctx, c, helloTime, http.MethodGet, "/v1/hello", nil)
	return err
}

// helloTime is how long a process may take to begin.
const helloTime = 10 * time.Second

// Plan asks for a plan.
func (c *Caller) Plan(ctx context.Context, q PlanRequest) (plan.Plan, error) {
	a, err := call[planned](ctx, c, lookTime, http.MethodPost, "/v1/plan", q)
	return plan.Plan{Schema: a.Schema, Digest: a.Digest, Changes: a.Changes, Left: a.Left}, err
}

// Apply asks for a plan to be carried out.
func (c *Caller) Apply(ctx context.Context, q ApplyRequest) ([]Result, error) {
	return c.change(ctx, changeTime, "/v1/apply", q)
}

// RehearseApply asks what would become of a plan.
func (c *Caller) RehearseApply(ctx context.Context, q ApplyRequest) ([]Result, error) {
	return c.change(ctx, lookTime, "/v1/rehearse/apply", q)
}

// Undo asks for entries to be taken back.
func (c *Caller) Undo(ctx context.Context, q UndoRequest) ([]Result, error) {
	return c.change(ctx, changeTime, "/v1/undo", q)
}

// RehearseUndo asks what would become of entries.
func (c *Caller) RehearseUndo(ctx context.Context, q UndoRequest) ([]Result, error) {
	return c.change(ctx, lookTime, "/v1/rehearse/undo", q)
}

// Enforce asks for what policy enforces to be put back.
func (c *Caller) Enforce(ctx context.Context, q EnforceRequest) ([]Result, error) {
	return c.change(ctx, changeTime, "/v1/enforce", q)
}

// Held asks how what policy enforces stands.
func (c *Caller) Held(ctx context.Context, q HeldRequest) (Held, error) {
	a, err := call[held](ctx, c, lookTime, http.MethodPost, "/v1/held", q)
	return Held{a.Drift, a.Unseen, a.Places, a.Cut}, err
}

// History asks for the journal.
func (c *Caller) History(ctx context.Context, q HistoryRequest) ([]Entry, error) {
	a, err := call[history](ctx, c, lookTime, http.MethodGet, "/v1/history?limit="+strconv.Itoa(q.Limit), nil)
	return a.Entries, err
}

// change asks for what results in changes, or would.
func (c *Caller) change(ctx context.Context, limit time.Duration, path string, q any) ([]Result, error) {
	a, err := call[results](ctx, c, limit, http.MethodPost, path, q)
	for i := range a.Results {
		a.Results[i].Why = short(a.Results[i].Why)
	}
	return a.Results, err
}

// grace is how much longer than the other end may take its answer is waited for.
const grace = 30 * time.Second

// call asks one question. Where ctx ends before the answer is there, the sending
// half of the connection is closed: the other end then stops between two
// changes, and what became of them is still heard, if it is said soon.
func call[A any](ctx context.Context, c *Caller, limit time.Duration, method, path string, q any) (A, error) {
	var a A
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return a, err
	}
	waiting, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit+grace)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		c.hush()
		time.AfterFunc(c.lastWords, cancel)
	})
	defer stop()
	res, err := c.send(waiting, method, path, q)
	if err != nil {
		return a, unanswered(waiting, "asking the process that does it: %w", err)
	}
	body := io.LimitReader(res.Body, maxAnswer)
	defer func() {
		_, _ = io.Copy(io.Discard, body) // to its end, so that the connection can be used again
		_ = res.Body.Close()
	}()
	if res.StatusCode != http.StatusOK {
		said := &Refusal{}
		if err := json.NewDecoder(body).Decode(said); err != nil || said.Text == "" {
			return a, fmt.Errorf("the process that does it answers %d", res.StatusCode)
		}
		said.Text = short(said.Text)
		return a, said
	}
	if err := json.NewDecoder(body).Decode(&a); err != nil {
		return a, unanswered(waiting, "the process that does it answers with something else: %w", err)
	}
	return a, nil
}

var errSilent = errors.New("the process that does it does not answer")

// unanswered is why there is no answer. Where the time was up it is never that
// the call was called off: something may have been done.
func unanswered(waiting context.Context, format string, err error) error {
	if waiting.Err() != nil {
		return errSilent
	}
	return fmt.Errorf(format, err)
}

// short is a reason on one line that does not bury what is said with it.
func short(why string) string {
	why = strings.Join(strings.Fields(why), " ")
	if r := []rune(why); len(r) > maxWhy {
		return string(r[:maxWhy]) + "…"
	}
	return why
}

// hush closes the sending half where there is one, and else all of it.
func (c *Caller) hush() {
	if half, ok := c.conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
		return
	}
	_ = c.conn.Close()
}

func (c *Caller) send(ctx context.Context, method, path string, q any) (*http.Response, error) {
	var body io.Reader
	if q != nil {
		data, err := json.Marshal(q)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://huddleguard"+path, body)
	if err != nil {
		return nil, err
	}
	res, err := c.client.Do(req)
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err // the address says nothing
	}
	return res, err
}
