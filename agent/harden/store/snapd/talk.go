package snapd

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
	"time"
)

// maxAnswer bounds one answer of snapd.
const maxAnswer = 8 << 20

var (
	errSlow   = errors.New("snapd did not carry the change out in time")
	errForm   = errors.New("snapd's answer is not in its form")
	errSilent = errors.New("snapd did not answer")
)

// refusal is an error that snapd answered, in its words for machines: those for
// people can quote anything.
type refusal struct {
	status int
	kind   string
}

func (r *refusal) Error() string {
	switch {
	case r.status == http.StatusUnauthorized || r.status == http.StatusForbidden:
		return "snapd lets only root change it"
	case r.kind == "snap-change-conflict":
		return "snapd is changing this snap already"
	}
	return fmt.Sprintf("snapd refused: %d", r.status)
}

// change is a change that snapd carries out.
type change struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	Status string `json:"status"`
	Ready  bool   `json:"ready"`
}

// answer is what snapd wraps every result in.
type answer struct {
	Type   string          `json:"type"`
	Status int             `json:"status-code"`
	Result json.RawMessage `json:"result"`
	Change string          `json:"change"`
}

// ask sends one request and takes its answer apart.
func (s *Store) ask(ctx context.Context, method, path string, body any) (answer, error) {
	var send io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		send = bytes.NewReader(data)
	}
	ctx, stop := context.WithTimeout(ctx, s.answers)
	defer stop()
	request, err := http.NewRequestWithContext(ctx, method, "http://localhost"+path, send)
	if err != nil {
		return answer{}, errPlace
	}
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", s.socket)
		},
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return answer{}, errSilent
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return answer{}, errSilent
	}
	return open(data)
}

// open takes an answer apart.
func open(data []byte) (answer, error) {
	var a answer
	if err := json.Unmarshal(data, &a); err != nil {
		return answer{}, errForm
	}
	if a.Type == "error" {
		var why struct {
			Kind string `json:"kind"`
		}
		_ = json.Unmarshal(a.Result, &why) // without a kind it is the status alone
		return answer{}, &refusal{a.Status, why.Kind}
	}
	return a, nil
}

func (s *Store) get(ctx context.Context, path string, into any) error {
	a, err := s.ask(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	if a.Type != "sync" || json.Unmarshal(a.Result, into) != nil {
		return errForm
	}
	return nil
}

// begin asks for a change of one connection.
func (s *Store) begin(ctx context.Context, action string, c connection) (string, error) {
	a, err := s.ask(ctx, http.MethodPost, "/v2/interfaces", map[string]any{
		"action": action, "plugs": []plug{c.Plug}, "slots": []slot{c.Slot}})
	if err == nil && (a.Type != "async" || a.Change == "") {
		err = errForm
	}
	return a.Change, err
}

// wait returns when a change is carried out, or was given up. One that takes too
// long is called off: it must not come to pass after it was said not to have.
func (s *Store) wait(ctx context.Context, id string) error {
	path := "/v2/changes/" + url.PathEscape(id)
	c, err := s.until(ctx, path)
	if !errors.Is(err, errSlow) {
		return ended(c, err)
	}
	if _, abortErr := s.ask(ctx, http.MethodPost, path, map[string]string{"action": "abort"}); abortErr != nil {
		return errors.Join(err, abortErr)
	}
	c, err = s.until(ctx, path)
	return ended(c, err)
}

func ended(c change, err error) error {
	if err == nil && c.Status != "Done" {
		return errors.New("snapd gave the change up and took it back")
	}
	return err
}

// until asks about a change until it is ready.
func (s *Store) until(ctx context.Context, path string) (change, error) {
	limit := time.Now().Add(s.change)
	for {
		var c change
		if err := s.get(ctx, path, &c); err != nil || c.Ready {
			return c, err
		}
		if time.Now().After(limit) {
			return c, errSlow
		}
		select {
		case <-ctx.Done():
			return c, ctx.Err()
		case <-time.After(s.poll):
		}
	}
}
