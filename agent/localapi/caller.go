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
	"sync"
	"time"

	"huddleguard/agent/harden/plan"
)

// maxAnswer bounds what is read of one answer, in bytes: who answers may not be
// trusted by who asks.
const maxAnswer = 64 << 20

// Caller asks over one connection, one question at a time. It is a Backend: the
// other end carries out what it is asked.
type Caller struct {
	conn   net.Conn
	client *http.Client
	mu     sync.Mutex
}

// NewCaller asks over conn.
func NewCaller(conn net.Conn) *Caller {
	c := &Caller{conn: conn}
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
	return call[plan.Plan](ctx, c, lookTime, http.MethodPost, "/v1/plan", q)
}

// Apply asks for a plan to be carried out.
func (c *Caller) Apply(ctx context.Context, q ApplyRequest) ([]Result, error) {
	a, err := call[results](ctx, c, changeTime, http.MethodPost, "/v1/apply", q)
	return a.Results, err
}

// RehearseApply asks what would become of a plan.
func (c *Caller) RehearseApply(ctx context.Context, q ApplyRequest) ([]Result, error) {
	a, err := call[results](ctx, c, lookTime, http.MethodPost, "/v1/rehearse/apply", q)
	return a.Results, err
}

// Undo asks for entries to be taken back.
func (c *Caller) Undo(ctx context.Context, q UndoRequest) ([]Result, error) {
	a, err := call[results](ctx, c, changeTime, http.MethodPost, "/v1/undo", q)
	return a.Results, err
}

// RehearseUndo asks what would become of entries.
func (c *Caller) RehearseUndo(ctx context.Context, q UndoRequest) ([]Result, error) {
	a, err := call[results](ctx, c, lookTime, http.MethodPost, "/v1/rehearse/undo", q)
	return a.Results, err
}

// Enforce asks for what policy enforces to be put back.
func (c *Caller) Enforce(ctx context.Context, q EnforceRequest) ([]Result, error) {
	a, err := call[results](ctx, c, changeTime, http.MethodPost, "/v1/enforce", q)
	return a.Results, err
}

// History asks for the journal.
func (c *Caller) History(ctx context.Context, q HistoryRequest) ([]Entry, error) {
	a, err := call[history](ctx, c, lookTime, http.MethodGet, "/v1/history?limit="+strconv.Itoa(q.Limit), nil)
	return a.Entries, err
}

// grace is how much longer than the other end may take its answer is waited for.
const grace = 30 * time.Second

// call asks one question. Where ctx ends before the answer is there, the sending
// half of the connection is closed: the other end then stops between two
// changes, and what became of them is still heard.
func call[A any](ctx context.Context, c *Caller, limit time.Duration, method, path string, q any) (A, error) {
	var a A
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return a, err
	}
	stop := context.AfterFunc(ctx, c.hush)
	defer stop()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit+grace)
	defer cancel()
	res, err := c.send(ctx, method, path, q)
	if err != nil {
		return a, fmt.Errorf("asking the process that does it: %w", err)
	}
	defer res.Body.Close()
	body := io.LimitReader(res.Body, maxAnswer)
	if res.StatusCode != http.StatusOK {
		said := &Refusal{}
		if err := json.NewDecoder(body).Decode(said); err != nil || said.Text == "" {
			return a, fmt.Errorf("the process that does it answers %d", res.StatusCode)
		}
		return a, said
	}
	if err := json.NewDecoder(body).Decode(&a); err != nil {
		return a, fmt.Errorf("the process that does it answers with something else: %w", err)
	}
	_, _ = io.Copy(io.Discard, body) // to its end, so that the connection can be used again
	return a, nil
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
