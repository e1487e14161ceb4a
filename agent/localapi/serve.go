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

// Bounds on a request: bytes of its body, how long it may take to arrive, ids
// and their length, and how long it may be worked on.
const (
	maxBody    = 1 << 20
	arriveTime = 20 * time.Second
	maxIDs     = 10_000
	maxID      = 4096
	lookTime   = 2 * time.Minute
	changeTime = 15 * time.Minute
)

// Handler answers the calls of one who may ask b for everything.
func Handler(b Backend) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /v1/plan", posted(lookTime, b.Plan))
	mux.Handle("POST /v1/apply", posted(changeTime, listed(b.Apply)))
	mux.Handle("POST /v1/rehearse/apply", posted(lookTime, listed(b.RehearseApply)))
	mux.Handle("POST /v1/undo", posted(changeTime, listed(b.Undo)))
	mux.Handle("POST /v1/rehearse/undo", posted(lookTime, listed(b.RehearseUndo)))
	mux.Handle("POST /v1/held", posted(lookTime, func(ctx context.Context, q HeldRequest) (held, error) {
		a, err := b.Held(ctx, q)
		return fair(a), err
	}))
	mux.Handle("POST /v1/enforce", posted(changeTime, listed(b.Enforce)))
	mux.HandleFunc("GET /v1/history", func(w http.ResponseWriter, r *http.Request) {
		q, err := historyRequest(r.URL.Query())
		answer(w, r, lookTime, q, err, func(ctx context.Context, q HistoryRequest) (history, error) {
			entries, err := b.History(ctx, q)
			return history{append([]Entry{}, entries[:min(len(entries), maxList)]...)}, err
		})
	})
	mux.HandleFunc("GET /v1/hello", func(w http.ResponseWriter, r *http.Request) { reply(w, http.StatusOK, struct{}{}) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, &Refusal{Reason: BadRequest, Text: "there is no such call"})
	})
	return mux
}

// planned, results, held and history are how lists travel.
type (
	planned struct {
		Schema  string               `json:"schema"`
		Digest  string               `json:"digest"`
		Changes bounded[plan.Change] `json:"changes"`
		Left    bounded[plan.Left]   `json:"left"`
	}
	results struct {
		Results bounded[Result] `json:"results"`
	}
	held struct {
		Drift  bounded[Drift]     `json:"drift"`
		Unseen bounded[plan.Left] `json:"unseen"`
		Places []Place            `json:"places"`
		Cut    bool               `json:"cut,omitempty"`
	}
	history struct {
		Entries bounded[Entry] `json:"entries"`
	}
)

// maxShare is how many bytes each list of what is held may have.
const maxShare = 2 << 20

// fair leaves out what somebody has beyond their share of an answer. Otherwise a
// person could have so much that nobody else's things are told.
func fair(a Held) held {
	drift, cut := share(a.Drift, func(d Drift) string { return d.Change.User })
	unseen, cut2 := share(a.Unseen, func(l plan.Left) string { return l.User })
	places, cut3 := share(a.Places, func(p Place) string { return p.Home })
	return held{drift, unseen, places, a.Cut || cut || cut2 || cut3}
}

func share[T any](list []T, owner func(T) string) (kept []T, cut bool) {
	type part struct{ bytes, entries int }
	used := map[string]*part{}
	for _, one := range list {
		used[owner(one)] = &part{}
	}
	kept = []T{}
	for _, one := range list {
		data, err := json.Marshal(one)
		u := used[owner(one)]
		u.bytes += len(data)
		if err != nil || u.bytes > maxShare/len(used) || u.entries >= maxList/len(used) {
			cut = true
			continue
		}
		u.entries++
		kept = append(kept, one)
	}
	return kept, cut
}

// bounded is a list that is not read further than maxList.
type bounded[T any] []T

// UnmarshalJSON reads a list entry by entry.
func (b *bounded[T]) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return errors.New("what should be a list is none")
	}
	for *b = (bounded[T]{}); dec.More(); {
		if len(*b) == maxList {
			return fmt.Errorf("a list has more than %d entries", maxList)
		}
		var one T
		if err := dec.Decode(&one); err != nil {
			return err
		}
		*b = append(*b, one)
	}
	return nil
}

func listed[Q any](do func(context.Context, Q) ([]Result, error)) func(context.Context, Q) (results, error) {
	return func(ctx context.Context, q Q) (results, error) {
		list, err := do(ctx, q)
		return results{append([]Result{}, list...)}, err
	}
}

// request is one that says itself whether it can be asked.
type request interface{ check() error }

// posted answers a call whose request is in its body.
func posted[Q request, A any](limit time.Duration, do func(context.Context, Q) (A, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q, err := decode[Q](w, r)
		answer(w, r, limit, q, err, do)
	})
}

// decode reads a request whole. Members it does not know are refused: somebody
// asked for something that would not be done.
func decode[Q any](w http.ResponseWriter, r *http.Request) (Q, error) {
	var q Q
	control := http.NewResponseController(w)
	if err := control.SetReadDeadline(time.Now().Add(arriveTime)); err != nil {
		return q, err
	}
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&q); err != nil {
		return q, fmt.Errorf("reading the request: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return q, errors.New("reading the request: there is something behind it")
	}
	return q, control.SetReadDeadline(time.Time{})
}

// answer carries out a request that could be read, within a time.
func answer[Q request, A any](w http.ResponseWriter, r *http.Request, limit time.Duration, q Q, err error, do func(context.Context, Q) (A, error)) {
	if err == nil {
		err = q.check()
	}
	if err != nil {
		status := http.StatusBadRequest
		if errors.As(err, new(*http.MaxBytesError)) {
			status = http.StatusRequestEntityTooLarge
		}
		refuse(w, status, &Refusal{Reason: BadRequest, Text: err.Error()})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), limit)
	defer cancel()
	a, err := do(ctx, q)
	if err != nil {
		said := &Refusal{Reason: Failed, Text: err.Error()}
		errors.As(err, &said)
		refuse(w, statuses[said.Reason], said)
		return
	}
	reply(w, http.StatusOK, a)
}

// statuses are the reasons in HTTP's words.
var statuses = map[Reason]int{
	BadRequest: http.StatusBadRequest, UnknownID: http.StatusUnprocessableEntity, PlanChanged: http.StatusConflict,
	Busy: http.StatusServiceUnavailable, Failed: http.StatusInternalServerError,
}

func refuse(w http.ResponseWriter, status int, said *Refusal) { reply(w, status, said) }

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // who does not listen any more is not told
}

func checkIDs(ids []string) error {
	if len(ids) > maxIDs {
		return fmt.Errorf("more than %d ids are asked for", maxIDs)
	}
	for _, id := range ids {
		if id == "" || len(id) > maxID {
			return errors.New("an id is empty or too long")
		}
	}
	return nil
}

func (q PlanRequest) check() error { return checkIDs(q.IDs) }

func (q ApplyRequest) check() error {
	if q.Digest == "" {
		return errors.New("the digest of the plan that was shown is missing")
	}
	return checkIDs(q.IDs)
}

func (q UndoRequest) check() error {
	n := 0
	for _, set := range []bool{len(q.Entries) > 0, q.Last, q.All} {
		if set {
			n++
		}
	}
	if n != 1 || len(q.Entries) > maxIDs {
		return errors.New("which entries to take back is not said: by number, the last or all")
	}
	return nil
}

func (q EnforceRequest) check() error { return nil }

func (q HeldRequest) check() error { return nil }

func (q HistoryRequest) check() error {
	if q.Limit < 0 {
		return errors.New("the limit is below nothing")
	}
	return nil
}

func historyRequest(words url.Values) (HistoryRequest, error) {
	var q HistoryRequest
	for name, values := range words {
		n, err := strconv.Atoi(values[0])
		if name != "limit" || len(values) != 1 || err != nil {
			return q, errors.New("the history is asked for with a limit, a number, or with nothing")
		}
		q.Limit = n
	}
	return q, nil
}

// Serve answers the calls of one connection until it ends, or ctx does.
func Serve(ctx context.Context, conn net.Conn, b Backend) error {
	one := &oneConn{conn: conn, ended: make(chan struct{})}
	server := &http.Server{
		Handler: Handler(b), ReadHeaderTimeout: arriveTime, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ConnState: func(_ net.Conn, s http.ConnState) {
			if s == http.StateClosed {
				_ = one.Close()
			}
		},
	}
	err := server.Serve(one)
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// oneConn is a listener with one connection, which ends with it.
type oneConn struct {
	conn  net.Conn
	once  sync.Once
	close sync.Once
	ended chan struct{}
}

func (l *oneConn) Accept() (conn net.Conn, err error) {
	l.once.Do(func() { conn = l.conn })
	if conn != nil {
		return conn, nil
	}
	<-l.ended
	return nil, net.ErrClosed
}

func (l *oneConn) Close() error {
	l.close.Do(func() { close(l.ended) })
	return nil
}

func (l *oneConn) Addr() net.Addr { return l.conn.LocalAddr() }
