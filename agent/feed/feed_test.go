package feed

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestMain lets the test binary be the fetching process.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == Verb {
		err := Confine()
		if err == nil {
			err = Serve(context.Background(), os.Stdin, os.Stdout)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// published is a feed on a real server, and what its reader needs.
type published struct {
	Publisher
	url string
}

func publish(t *testing.T, payload string) *published {
	t.Helper()
	p := &published{Publisher: Publisher{Dir: filepath.Join(t.TempDir(), "www"), Keys: filepath.Join(t.TempDir(), "keys"), Life: DefaultLife, Now: time.Now()}}
	p.put(t, payload)
	server := httptest.NewServer(http.FileServer(http.Dir(p.Dir)))
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

func (p *published) put(t *testing.T, payload string) {
	t.Helper()
	if err := p.Publish([]byte(payload)); err != nil {
		t.Fatal(err)
	}
}

func (p *published) root(t *testing.T) []byte { return p.file(t, "1.root.json") }

func (p *published) file(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(p.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (p *published) set(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.Dir, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func (p *published) reader(t *testing.T) Reader {
	client := newClient()
	return Reader{URL: p.url, Root: p.root(t), Dir: filepath.Join(t.TempDir(), "seen"), Get: func(ctx context.Context, address string, most int64) ([]byte, error) {
		return get(ctx, client, address, most)
	}}
}

func wants(t *testing.T, r Reader, payload string) Result {
	t.Helper()
	got, err := r.Update(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Payload) != payload {
		t.Fatalf("got %q, want %q", got.Payload, payload)
	}
	return got
}

func refuses(t *testing.T, r Reader, why string) {
	t.Helper()
	got, err := r.Update(context.Background())
	if err == nil || len(got.Payload) > 0 || !strings.Contains(err.Error(), why) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %q, %v; want a refusal that says %q", got.Payload, err, why)
	}
}

// TestFeed: what was published arrives, and so does what replaces it; asked
// again it is the same.
func TestFeed(t *testing.T) {
	p := publish(t, "first")
	r := p.reader(t)
	if got := wants(t, r, "first"); got.Version != 1 || time.Until(got.Expires) < 6*24*time.Hour {
		t.Errorf("%+v", got)
	}
	wants(t, r, "first")
	p.put(t, "second")
	if got := wants(t, r, "second"); got.Version != 2 {
		t.Errorf("%+v", got)
	}
	if err := p.Renew(); err != nil {
		t.Fatal(err)
	}
	wants(t, r, "second")
	for _, role := range roles {
		st, err := os.Stat(p.keyFile(role))
		if err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("the key of %s: %v, %v", role, st.Mode(), err)
		}
	}
}

// TestRotate: readers follow a root that changed its key, and one that knows
// the new root takes nothing that the old key signs.
func TestRotate(t *testing.T) {
	p := publish(t, "first")
	r := p.reader(t)
	wants(t, r, "first")
	before := p.file(t, "timestamp.json")
	if err := p.Rotate(); err != nil {
		t.Fatal(err)
	}
	p.put(t, "second")
	wants(t, r, "second")
	if err := os.Remove(filepath.Join(p.Dir, "2.root.json")); err != nil {
		t.Fatal(err)
	}
	wants(t, r, "second") // the newer root is remembered
	p.set(t, "timestamp.json", before)
	refuses(t, r, "older")
}

// TestRootEnds: root is signed anew before it ends, and readers follow; with its
// key elsewhere, publishing says so and changes nothing.
func TestRootEnds(t *testing.T) {
	p := publish(t, "first")
	r := p.reader(t)
	wants(t, r, "first")
	p.Now = time.Now().Add(300 * 24 * time.Hour)
	away := p.keyFile("root") + ".away"
	if err := os.Rename(p.keyFile("root"), away); err != nil {
		t.Fatal(err)
	}
	if err := p.Publish([]byte("second")); err == nil || !strings.Contains(err.Error(), "root") {
		t.Errorf("got %v", err)
	}
	wants(t, r, "first")
	if err := os.Rename(away, p.keyFile("root")); err != nil {
		t.Fatal(err)
	}
	p.put(t, "second")
	p.file(t, "2.root.json")
	wants(t, r, "second")
}

// TestRollback: what is older than what was seen is refused, whether the whole
// feed is put back or its timestamp only.
func TestRollback(t *testing.T) {
	p := publish(t, "first")
	r := p.reader(t)
	old := p.file(t, "timestamp.json")
	p.put(t, "second")
	wants(t, r, "second")
	p.set(t, "timestamp.json", old)
	refuses(t, r, "older")
	wants(t, p.reader(t), "first") // who never saw the newer one cannot know
}

// TestFreeze: a feed that is not renewed is refused.
func TestFreeze(t *testing.T) {
	p := publish(t, "first")
	r := p.reader(t)
	wants(t, r, "first")
	p.Now = time.Now().Add(-30 * 24 * time.Hour)
	p.put(t, "second")
	refuses(t, r, "not renewed in time")
	p.Now = time.Now()
	if err := p.Renew(); err != nil {
		t.Fatal(err)
	}
	wants(t, r, "second")
}

// TestMixAndMatch: parts of different states do not go together.
func TestMixAndMatch(t *testing.T) {
	p := publish(t, "first")
	oldTargets := p.file(t, "1.targets.json")
	p.put(t, "second")
	p.set(t, "2.targets.json", oldTargets)
	refuses(t, p.reader(t), "another state")
	other := publish(t, "of another publisher")
	for _, name := range []string{"timestamp.json", "1.snapshot.json", "1.targets.json"} {
		q := publish(t, "ours")
		q.set(t, name, other.file(t, name))
		refuses(t, q.reader(t), "not signed by the keys")
	}
}

// TestExchanged: a database that was cut off, exchanged or blown up is refused.
func TestExchanged(t *testing.T) {
	for name, payload := range map[string]string{"cut": "adviso", "exchanged": "Advisories", "blown up": strings.Repeat("advisories", 1000)} {
		p := publish(t, "advisories")
		files, err := filepath.Glob(filepath.Join(p.Dir, "targets", "*"))
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		if err := os.WriteFile(files[0], []byte(payload), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := p.reader(t).Update(context.Background()); err == nil || len(got.Payload) > 0 {
			t.Errorf("%s: got %q", name, got.Payload)
		}
	}
}

// TestSomethingElse: a feed of more than advisories is refused.
func TestSomethingElse(t *testing.T) {
	p := publish(t, "first")
	s, err := p.load()
	if err != nil {
		t.Fatal(err)
	}
	s.targets.Signed.Targets["huddleguard.exe"] = s.targets.Signed.Targets[Target]
	s.targets.Signed.Version++
	if err := p.write(s, true); err != nil {
		t.Fatal(err)
	}
	refuses(t, p.reader(t), "something else than one file of advisories")
}

// TestForeignRoot: trust begins with the root that was given, and with nothing
// that the server says.
func TestForeignRoot(t *testing.T) {
	p, other := publish(t, "first"), publish(t, "second")
	r := p.reader(t)
	r.Root = other.root(t)
	refuses(t, r, "not signed by the keys")
	r.Root = []byte("{}")
	refuses(t, r, "no root of a feed")
	r.Root = p.root(t)
	wants(t, r, "first") // another root given: what was seen under the first is forgotten
}

// TestInterrupted: publishing that breaks off before the timestamp changes
// nothing for readers, and can be done again.
func TestInterrupted(t *testing.T) {
	p := publish(t, "first")
	old := p.file(t, "timestamp.json")
	p.put(t, "second")
	p.set(t, "timestamp.json", old)
	r := p.reader(t)
	wants(t, r, "first")
	p.put(t, "third")
	wants(t, r, "third")
}

// TestServers: a server that fails, hangs, redirects or talks for ever.
func TestServers(t *testing.T) {
	p := publish(t, "first")
	for name, handler := range map[string]http.HandlerFunc{
		"fails":          func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"has nothing":    http.NotFound,
		"talks nonsense": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"cuts off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100000")
			_, _ = io.WriteString(w, "{")
		},
		"redirects to plain http": func(w http.ResponseWriter, q *http.Request) {
			http.Redirect(w, q, "http://192.0.2.1/"+q.URL.Path, http.StatusFound)
		},
		"redirects in circles": func(w http.ResponseWriter, q *http.Request) { http.Redirect(w, q, q.URL.Path, http.StatusFound) },
		"talks for ever": func(w http.ResponseWriter, _ *http.Request) {
			for range 10000 {
				if _, err := io.WriteString(w, strings.Repeat("x", 1000)); err != nil {
					return
				}
			}
		},
	} {
		server := httptest.NewServer(handler)
		r := p.reader(t)
		r.URL = server.URL
		if got, err := r.Update(context.Background()); err == nil || len(got.Payload) > 0 || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %q, %v", name, got.Payload, err)
		}
		server.Close()
	}
}

// TestRedirectHome: a server elsewhere cannot make this computer ask itself.
func TestRedirectHome(t *testing.T) {
	check := newClient().CheckRedirect
	at := func(address string) *http.Request { return httptest.NewRequest(http.MethodGet, address, nil) }
	for _, c := range []struct {
		from, to string
		good     bool
	}{
		{"https://example.org/a", "https://cdn.example.org/a", true}, {"https://example.org/a", "http://example.org/a", false},
		{"https://example.org/a", "http://127.0.0.1:8080/a", false}, {"https://example.org/a", "https://localhost/a", false},
		{"https://example.org/a", "http://[::1]/a", false}, {"http://127.0.0.1:1/a", "http://127.0.0.1:1/b", true},
	} {
		if err := check(at(c.to), []*http.Request{at(c.from)}); (err == nil) != c.good {
			t.Errorf("%s to %s: %v", c.from, c.to, err)
		}
	}
}

// TestHanging: who asks can give up on a server that says nothing.
func TestHanging(t *testing.T) {
	p := publish(t, "first")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	r := p.reader(t)
	r.URL = "http://" + l.Addr().String()
	if _, err := r.Update(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestAllowed(t *testing.T) {
	p := publish(t, "first")
	for address, good := range map[string]bool{p.url: true, "http://192.0.2.1": false, "ftp://example.org": false, "file:///etc": false, "nonsense": false, "": false} {
		r := p.reader(t)
		r.URL = address
		if _, err := r.Update(context.Background()); (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// TestChild: the same through the process without rights.
func TestChild(t *testing.T) {
	p := publish(t, "first")
	t.Setenv("CANARY", "of the one who asks")
	child := started(t)
	confined(t, child.cmd.Process.Pid)
	r := p.reader(t)
	r.Get = child.Get
	wants(t, r, "first")
	if _, err := child.Get(context.Background(), p.url+"/timestamp.json", 10); err == nil {
		t.Error("more than was asked for came")
	}
	wants(t, r, "first") // and it goes on
}

func started(t *testing.T) *Child {
	t.Helper()
	child, err := Start(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := child.End(); err != nil {
			t.Error(err)
		}
	})
	return child
}

// TestProxy: with TLS, a name that only the proxy can reach, and an authority
// of the organisation's own.
func TestProxy(t *testing.T) {
	p := publish(t, "first")
	site := httptest.NewTLSServer(http.FileServer(http.Dir(p.Dir))) // its certificate is for example.com
	defer site.Close()
	var asked atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		asked.Add(1)
		to, err := net.Dial("tcp", site.Listener.Addr().String())
		if err != nil || q.Method != http.MethodConnect || q.Host != "example.com:443" {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		from, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(from, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(to, from); _ = to.Close() }()
		_, _ = io.Copy(from, to)
		_ = from.Close()
	}))
	defer proxy.Close()
	authority := filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: site.Certificate().Raw}), 0o644); err != nil {
		t.Fatal(err)
	}
	openTo(t, authority)
	t.Setenv("HTTPS_PROXY", proxy.URL)
	t.Setenv("SSL_CERT_FILE", authority)
	r := p.reader(t)
	r.URL = "https://example.com"
	r.Get = started(t).Get
	wants(t, r, "first")
	if asked.Load() == 0 {
		t.Error("the proxy was not asked")
	}
	t.Setenv("SSL_CERT_FILE", "/dev/null")
	r.Get = started(t).Get
	if _, err := r.Update(context.Background()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate of an unknown authority was taken: %v", err)
	}
}

// openTo lets everybody reach a file of the test: the fetching process can run
// as another account.
func openTo(t *testing.T, name string) {
	t.Helper()
	for dir := filepath.Dir(name); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPipe: what a fetching process says is not believed.
func TestPipe(t *testing.T) {
	for name, says := range map[string]string{
		"nothing": "", "no answer": "x\n", "more than was asked": "{\"size\":11}\nxxxxxxxxxxx", "less than nothing": "{\"size\":-1}\n",
		"less than it says": "{\"size\":5}\nxxx", "a line without end": strings.Repeat("x", 2*maxLine), "an error": "{\"error\":\"no\"}\n",
	} {
		p := newPipe(strings.NewReader(says), io.Discard)
		if data, err := p.get(context.Background(), "https://example.org", 10); err == nil {
			t.Errorf("%s: got %q", name, data)
		}
	}
}

// FuzzPipe: whatever a fetching process says, not more than was asked for comes.
func FuzzPipe(f *testing.F) {
	f.Add("{\"size\":3}\nabc")
	f.Fuzz(func(t *testing.T, says string) {
		data, err := newPipe(strings.NewReader(says), io.Discard).get(context.Background(), "https://example.org", 10)
		if err == nil && len(data) > 10 {
			t.Errorf("%d bytes", len(data))
		}
	})
}

// FuzzServe: whatever is asked, the fetching process ends or answers.
func FuzzServe(f *testing.F) {
	f.Add("{\"url\":\"ftp://example.org\",\"most\":3}\n")
	f.Fuzz(func(t *testing.T, asks string) {
		if strings.Contains(asks, "http") {
			t.Skip("would connect")
		}
		_ = Serve(context.Background(), strings.NewReader(asks), io.Discard)
	})
}
