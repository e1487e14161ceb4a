package advisories

import (
	"context"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// site answers from a table of addresses.
func site(pages map[string]string) Getter {
	return func(_ context.Context, address string, most int64) ([]byte, error) {
		data, ok := pages[address]
		switch {
		case !ok:
			return nil, fmt.Errorf("%s: not found", address)
		case int64(len(data)) > most:
			return nil, errors.New("too large")
		}
		return []byte(data), nil
	}
}

func checksum(data string) string {
	sum := sha512.Sum512([]byte(data))
	return hex.EncodeToString(sum[:])
}

// TestProvider: both ways of listing documents; one that was changed on the way
// is named, and nothing above the provider's folder is asked for.
func TestProvider(t *testing.T) {
	doc := samples(t)["csaf.json"]
	second := strings.ReplaceAll(doc, "2030-1003", "2030-1103")
	changed := strings.ReplaceAll(doc, "2030-1003", "2030-1203")
	const base = "https://csaf.example.org/"
	get := site(map[string]string{
		base + "provider-metadata.json": `{"canonical_url":"` + base + `provider-metadata.json","metadata_version":"2.0","publisher":{"name":"Cisco"},"distributions":[
			{"directory_url":"` + base + `white"},
			{"rolie":{"feeds":[{"url":"` + base + `feed.json","tlp_label":"WHITE"},{"url":"` + base + `amber.json","tlp_label":"AMBER"}]}}]}`,
		base + "white/index.txt":                "2030/a.json\n../../etc/passwd.json\nhttps://evil.example/x.json\n2030/changed.json\n2030/gone.json\n",
		base + "white/2030/a.json":              doc,
		base + "white/2030/a.json.sha512":       checksum(doc) + "  a.json\n",
		base + "white/2030/changed.json":        changed,
		base + "white/2030/changed.json.sha512": checksum(doc) + "  changed.json\n",
		base + "feed.json":                      `{"feed":{"entry":[{"content":{"src":"` + base + `b.json"}},{"content":{"src":"` + base + `white/2030/a.json"}},{"content":{"src":"http://127.0.0.1:1/own.json"}}]}}`,
		"http://127.0.0.1:1/own.json":           second,
		base + "b.json":                         second,
	})
	s := Store{Dir: t.TempDir()}
	sum, err := s.ImportURL(context.Background(), get, base+"provider-metadata.json", ImportOptions{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if got := idsOf(t, s); got != "CVE-2030-1003 CVE-2030-1103" {
		t.Errorf("got %s", got)
	}
	if sum.Files != 5 || sum.Bad != 3 || !strings.Contains(fmt.Sprint(sum.BadFiles), "lies on this computer") || !strings.Contains(fmt.Sprint(sum.BadFiles), "checksum") {
		t.Errorf("%+v", sum)
	}
}

// TestImportURLOfArchive fetches an archive, and says what is wrong when it cannot.
func TestImportURLOfArchive(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	get := site(map[string]string{"https://example.org/all.zip": string(archives(t, samples(t))["a.zip"])})
	if _, err := s.ImportURL(context.Background(), get, "https://example.org/all.zip", ImportOptions{Now: now}); err != nil {
		t.Fatal(err)
	}
	if got := idsOf(t, s); got != sampleIDs {
		t.Errorf("got %s", got)
	}
	for _, address := range []string{"https://example.org/gone.zip", "://", "relative"} {
		if _, err := s.ImportURL(context.Background(), get, address, ImportOptions{Now: now}); err == nil {
			t.Errorf("%s was imported", address)
		}
	}
}

// TestProviderServer: a provider on a real server, with two documents and one
// that is gone.
func TestProviderServer(t *testing.T) {
	www := folder(t, map[string]string{
		"csaf/index.txt": "2030/a.json\n2030/b.json\n2030/gone.json\n", "csaf/2030/a.json": samples(t)["csaf.json"],
		"csaf/2030/b.json": strings.ReplaceAll(samples(t)["csaf.json"], "2030-1003", "2030-1103"),
	})
	server := httptest.NewServer(http.FileServer(http.Dir(www)))
	defer server.Close()
	about := `{"canonical_url":"` + server.URL + `/p.json","distributions":[{"directory_url":"` + server.URL + `/csaf"}]}`
	if err := os.WriteFile(filepath.Join(www, "p.json"), []byte(about), 0o644); err != nil {
		t.Fatal(err)
	}
	get := func(ctx context.Context, address string, most int64) ([]byte, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return nil, errors.New(res.Status)
		}
		return io.ReadAll(io.LimitReader(res.Body, most))
	}
	s := Store{Dir: t.TempDir()}
	sum, err := s.ImportURL(context.Background(), get, server.URL+"/p.json", ImportOptions{Now: now})
	if err != nil || sum.Bad != 1 || idsOf(t, s) != "CVE-2030-1003 CVE-2030-1103" {
		t.Errorf("%+v, %v", sum, err)
	}
}
