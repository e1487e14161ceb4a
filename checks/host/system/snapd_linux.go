package system

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
)

const snapdSocket = "/run/snapd.socket"

// Snapd asks snapd over its socket, whose read-only answers are open to everybody.
func (s *live) Snapd(ctx context.Context, path string) ([]byte, error) {
	switch _, err := s.tree.Stat(snapdSocket); {
	case errors.Is(err, ErrNotExist):
		return nil, ErrNotHere
	case err != nil:
		return nil, err
	}
	if !strings.HasPrefix(path, "/v2/") {
		return nil, because("is no address of snapd", nil)
	}
	ctx, stop := context.WithTimeout(ctx, busPatience)
	defer stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+path, nil)
	if err != nil {
		return nil, because("is no address of snapd", nil)
	}
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", s.onRoot(snapdSocket))
		},
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return nil, because("snapd did not answer", err)
	}
	defer response.Body.Close()
	return snapdResult(response.StatusCode, response.Body)
}

// snapdResult takes the result out of an answer of snapd.
func snapdResult(status int, body io.Reader) ([]byte, error) {
	if status != http.StatusOK {
		return nil, because("snapd refused to answer: "+http.StatusText(status), nil)
	}
	data, err := io.ReadAll(io.LimitReader(body, MaxFile+1))
	switch {
	case err != nil:
		return nil, because("snapd's answer broke off", err)
	case len(data) > MaxFile:
		return nil, errLarge(MaxFile)
	}
	var answer struct {
		Type   string          `json:"type"`
		Result json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(data, &answer); err != nil || answer.Type != "sync" || answer.Result == nil {
		return nil, because("snapd's answer is not in its form", nil)
	}
	return answer.Result, nil
}
