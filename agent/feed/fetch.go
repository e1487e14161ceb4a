package feed

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// userAgent names the program and nothing of the computer.
const userAgent = "huddleguard"

// request and answer are the words between the process that asks and the one
// that fetches: each a line of JSON; after an answer its bytes.
type request struct {
	URL  string `json:"url"`
	Most int64  `json:"most"` // bytes
}

type answer struct {
	Size    int64  `json:"size"`
	Missing bool   `json:"missing,omitempty"` // the server says there is no such file
	Error   string `json:"error,omitempty"`
}

// maxLine bounds a line of the pipe, in bytes.
const maxLine = 64 << 10

// Serve fetches what it is asked for, one after the other, until in ends. It is
// the whole life of the process without rights.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	client := newClient()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	w := bufio.NewWriter(out)
	for lines.Scan() {
		var q request
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			return fmt.Errorf("asked for something that is no request: %w", err)
		}
		data, err := get(ctx, client, q.URL, q.Most)
		a := answer{Size: int64(len(data))}
		if err != nil {
			a = answer{Error: err.Error(), Missing: errors.Is(err, fs.ErrNotExist)}
			data = nil
		}
		if err := json.NewEncoder(w).Encode(a); err != nil {
			return err
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return lines.Err()
}

// Time limits: of connecting, of waiting for an answer, of the whole of one file.
const (
	connectTime = 20 * time.Second
	answerTime  = 30 * time.Second
	fileTime    = 15 * time.Minute
)

// newClient goes through the proxy that the environment names, and follows
// redirections only to where it would have gone by itself.
func newClient() *http.Client {
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: connectTime}).DialContext,
		TLSHandshakeTimeout:   connectTime,
		ResponseHeaderTimeout: answerTime,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   1,
	}
	return &http.Client{Transport: transport, Timeout: fileTime, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > 5 {
			return errors.New("redirects more than five times")
		}
		if loopback(r.URL) && !loopback(via[0].URL) {
			return errors.New("a server elsewhere redirects to this computer")
		}
		return allowed(r.URL)
	}}
}

// allowed takes encrypted addresses, and plain ones on this computer only.
func allowed(u *url.URL) error {
	if u.Scheme == "https" && u.Host != "" || u.Scheme == "http" && loopback(u) {
		return nil
	}
	return fmt.Errorf("%s: only https addresses are fetched", u.Redacted())
}

// loopback says whether an address names this computer itself.
func loopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

func get(ctx context.Context, client *http.Client, address string, most int64) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("is not an address")
	}
	if err := allowed(u); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", userAgent)
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusNotFound || res.StatusCode == http.StatusGone:
		return nil, fmt.Errorf("%s: %w", u.Redacted(), fs.ErrNotExist)
	case res.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s: the server answers %s", u.Redacted(), res.Status)
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, most+1))
	if err != nil {
		return nil, fmt.Errorf("%s breaks off: %w", u.Redacted(), err)
	}
	if int64(len(data)) > most {
		return nil, fmt.Errorf("%s is larger than %d bytes", u.Redacted(), most)
	}
	return data, nil
}

// pipe asks a fetching process. One question is asked at a time.
type pipe struct {
	mu  sync.Mutex
	out io.Writer
	in  *bufio.Reader
}

func newPipe(in io.Reader, out io.Writer) *pipe {
	return &pipe{out: out, in: bufio.NewReaderSize(in, maxLine)}
}

// get is the Getter of a pipe. What comes out of it is not believed: not more
// than was asked for is read, and words of an error are shown as they are.
func (p *pipe) get(ctx context.Context, address string, most int64) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := json.NewEncoder(p.out).Encode(request{address, most}); err != nil {
		return nil, fmt.Errorf("the fetching process does not listen: %w", err)
	}
	line, err := p.in.ReadSlice('\n')
	if err != nil {
		return nil, fmt.Errorf("the fetching process does not answer: %w", err)
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil || a.Size < 0 || a.Size > most {
		return nil, errors.New("the fetching process answers something that was not asked")
	}
	switch {
	case a.Missing:
		return nil, fmt.Errorf("%w: %.300s", fs.ErrNotExist, a.Error)
	case a.Error != "":
		return nil, fmt.Errorf("%.300s", a.Error)
	}
	data := make([]byte, a.Size)
	if _, err := io.ReadFull(p.in, data); err != nil {
		return nil, fmt.Errorf("the fetching process breaks off: %w", err)
	}
	return data, nil
}
