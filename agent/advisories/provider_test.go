package advisories

import (
	"context"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
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
