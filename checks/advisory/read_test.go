package advisory

import (
	"fmt"
	"strings"
	"testing"

	"huddleguard/checks/version"
)

// cveJSON makes a CVE record with one product.
func cveJSON(vendor, product, platforms, versions, rest string) string {
	return fmt.Sprintf(`{"dataType":"CVE_RECORD","cveMetadata":{"cveId":"CVE-2030-0001","state":"PUBLISHED","assignerShortName":"Zoom","datePublished":"2030-01-02T00:00:00Z","dateUpdated":"2030-01-03T00:00:00Z"},
"containers":{"cna":{"affected":[{"vendor":%q,"product":%q,"platforms":[%s],"versions":[%s]%s}],"references":[{"url":"https://example.org/a"}]}}}`, vendor, product, platforms, versions, rest)
}

const zoomVendor = "Zoom Video Communications, Inc."

// verdictOf reads one record, as a file would be, and judges one copy by it.
func verdictOf(t *testing.T, data, scheme string, s Subject, raw string) Verdict {
	t.Helper()
	records, _, err := Read("record.json", []byte(data))
	if err != nil {
		t.Fatalf("%s\n%v", data, err)
	}
	v, err := version.Parse(scheme, raw)
	if err != nil {
		t.Fatal(err)
	}
	s.Version = v
	return verdictBy(t, records, s)
}

func verdictBy(t testing.TB, records []*Record, s Subject) Verdict {
	t.Helper()
	e := &entry{id: "CVE-2030-0001", records: Tidy(records)}
	if m, ok := e.judge(s); ok {
		return m.Verdict
	}
	return NotAffected
}

// TestFormsOfAffected: each way in which CVE records were seen to say which
// versions are meant.
func TestFormsOfAffected(t *testing.T) {
	const all = `"Windows","MacOS","Linux","iOS","Android"`
	for _, c := range []struct {
		form, product, platforms, versions, rest string
		client, system, edition, arch, raw       string
		want                                     Verdict
	}{
		{"an end, no beginning", "Zoom Clients", all, `{"version":"unspecified","lessThan":"5.9.7","status":"affected","versionType":"custom"}`, "", "zoom", "windows", "desktop", "x64", "5.9.6", Affected},
		{"the end itself", "Zoom Clients", all, `{"version":"unspecified","lessThan":"5.9.7","status":"affected","versionType":"custom"}`, "", "zoom", "windows", "desktop", "x64", "5.9.7", NotAffected},
		{"an end that belongs to it", "Zoom Clients", all, `{"version":"0","lessThanOrEqual":"5.9.7","status":"affected"}`, "", "zoom", "windows", "desktop", "x64", "5.9.7", Affected},
		{"before", "Zoom Clients", all, `{"version":"before 5.15.2","status":"affected"}`, "", "zoom", "linux", "desktop", "x64", "5.15.1.1", Affected},
		{"before, two spaces", "Zoom Clients", all, `{"version":"before  5.14.10","status":"affected"}`, "", "zoom", "linux", "desktop", "x64", "5.14.10.1", NotAffected},
		{"before version", "Zoom Clients", all, `{"version":"before version 6.0.10","status":"affected"}`, "", "zoom", "macos", "desktop", "x64", "6.0.9", Affected},
		{"a sign", "Zoom Clients", all, `{"version":"< 5.17.10","status":"affected"}`, "", "zoom", "macos", "desktop", "x64", "5.17.5 (1)", Affected},
		{"see references", "Zoom Clients", all, `{"version":"see references","status":"affected"}`, "", "zoom", "windows", "desktop", "x64", "5.0.1", CannotDecide},
		{"see references as the end", "Zoom Clients", all, `{"version":"0","lessThan":"see references","status":"affected"}`, "", "zoom", "windows", "desktop", "x64", "9.0.1", CannotDecide},
		{"the product is see references", "see references", all, `{"version":"before 5.0.0","status":"affected"}`, "", "zoom", "windows", "desktop", "x64", "4.0.1", CannotDecide},
		{"a range", "Zoom Workplace", `"Windows"`, `{"version":"6.6.0","lessThan":"6.6.11","status":"affected"}`, "", "zoom", "windows", "desktop", "x64", "6.5.9.1", NotAffected},
		{"two halves of one range", "Zoom Clients", `"MacOS"`, `{"version":"next of 5.10.6","lessThan":"unspecified","status":"affected"},{"version":"unspecified","lessThan":"5.12.0","status":"affected"}`, "", "zoom", "macos", "desktop", "x64", "5.8.3", NotAffected},
		{"two halves, within", "Zoom Clients", `"MacOS"`, `{"version":"next of 5.10.6","lessThan":"unspecified","status":"affected"},{"version":"unspecified","lessThan":"5.12.0","status":"affected"}`, "", "zoom", "macos", "desktop", "x64", "5.11.0", Affected},
		{"phones only", "Zoom Workplace", `"iOS","Android"`, `{"version":"0","lessThan":"6.5.10","status":"affected"}`, "", "zoom", "windows", "desktop", "x64", "6.5.9.11873", NotAffected},
		{"another product of the list", "Zoom Rooms Client for Windows and Zoom VDI Client", `"Windows"`, `{"version":"before 5.14.0","status":"affected"}`, "", "zoom", "windows", "desktop", "x64", "5.1.0", NotAffected},
		{"a product of the list", "Zoom Rooms Client for Windows and Zoom VDI Client", `"Windows"`, `{"version":"before 5.14.0","status":"affected"}`, "", "zoom", "windows", "vdi", "x64", "5.1.0", Affected},
		{"the system in the name", "Zoom Client for Meetings for MacOS", ``, `{"version":"unspecified","lessThan":"5.9.6","status":"affected"}`, "", "zoom", "windows", "desktop", "x64", "5.8.0", NotAffected},
		{"systems in brackets", "Zoom Client for Meetings (for Android, iOS, Linux, macOS, and Windows)", ``, `{"version":"unspecified","lessThan":"5.8.4","status":"affected"}`, "", "zoom", "linux", "desktop", "x64", "5.8.3.1", Affected},
		{"a server with near numbers", "Zoom Node", ``, `{"version":"0","lessThan":"5.2.1716.0","status":"affected"}`, "", "zoom", "windows", "desktop", "x64", "5.1.3", NotAffected},
		{"one version, the rest not said", "Zoom Clients", all, `{"version":"5.15.0","status":"affected"}`, "", "zoom", "windows", "desktop", "x64", "5.14.0.1", CannotDecide},
		{"one version, the rest not affected", "Zoom Clients", all, `{"version":"5.15.0","status":"affected"}`, `,"defaultStatus":"unaffected"`, "zoom", "windows", "desktop", "x64", "5.14.0.1", NotAffected},
		{"all but the fixed", "Zoom Clients", all, `{"version":"5.15.0","status":"unaffected","lessThan":"*"}`, `,"defaultStatus":"affected"`, "zoom", "windows", "desktop", "x64", "5.14.0.1", Affected},
		{"all but the fixed, fixed", "Zoom Clients", all, `{"version":"5.15.0","status":"unaffected","lessThan":"*"}`, `,"defaultStatus":"affected"`, "zoom", "windows", "desktop", "x64", "5.15.0.1", NotAffected},
		{"one entry cannot be read", "Zoom Clients", all, `{"version":"0","lessThan":"5.1.0","status":"affected"},{"version":"6.0.0","lessThan":"soon","status":"affected"}`, "", "zoom", "windows", "desktop", "x64", "6.1.0", CannotDecide},
		{"one entry cannot be read, another says it", "Zoom Clients", all, `{"version":"0","lessThan":"5.1.0","status":"affected"},{"version":"6.0.0","lessThan":"soon","status":"affected"}`, "", "zoom", "windows", "desktop", "x64", "5.0.9", Affected},
		{"a change within", "Zoom Clients", all, `{"version":"5.0.0","lessThan":"6.0.0","status":"affected","changes":[{"at":"5.17.10","status":"unaffected"}]}`, "", "zoom", "windows", "desktop", "x64", "5.17.11", NotAffected},
		{"a name nobody knows, of a vendor we know whole", "Zoom Whiteboard Thing", all, `{"version":"0","lessThan":"5.1.0","status":"affected"}`, "", "zoom", "windows", "desktop", "x64", "5.0.9", CannotDecide},
	} {
		s := Subject{Client: c.client, System: c.system, Edition: c.edition, Arch: c.arch}
		if got := verdictOf(t, cveJSON(zoomVendor, c.product, c.platforms, c.versions, c.rest), "zoom", s, c.raw); got != c.want {
			t.Errorf("%s: %s: got %s, want %s", c.form, c.raw, got, c.want)
		}
	}
}

// TestOtherVendorsForms: Microsoft's, Cisco's and GitHub's.
func TestOtherVendorsForms(t *testing.T) {
	for _, c := range []struct {
		form, vendor, product, versions, rest string
		scheme                                string
		subject                               Subject
		raw                                   string
		want                                  Verdict
	}{
		{"N/A", "Microsoft", "Microsoft Teams for Desktop", `{"version":"N/A","status":"affected"}`, "", "teams-classic", Subject{Client: "teams", System: "windows", Edition: "desktop"}, "1.4.00.29469", CannotDecide},
		{"a bound without dots", "Microsoft", "Microsoft Teams for Desktop", `{"version":"1.0.0","lessThan":"25060212643","status":"affected"}`, "", "teams", Subject{Client: "teams", System: "windows", Edition: "desktop"}, "26225.1806.5074.1452", CannotDecide},
		{"the system in the version", "Microsoft", "Teams (work or school)", `{"version":"24046.2812.2722.8193 for macOS","status":"affected"}`, "", "teams", Subject{Client: "teams", System: "macos", Edition: "desktop"}, "24046.2812.2722.8193", Affected},
		{"the system in the version, another", "Microsoft", "Teams (work or school)", `{"version":"24046.2812.2722.8193 for macOS","status":"affected"}`, "", "teams", Subject{Client: "teams", System: "windows", Edition: "desktop"}, "24046.2809.2757.3796", NotAffected},
		{"for Desktop is not for Mac", "Microsoft", "Microsoft Teams for Desktop", `{"version":"1.0.0","lessThan":"25122.1415.3698.6812","status":"affected"}`, "", "teams", Subject{Client: "teams", System: "macos", Edition: "desktop"}, "25122.1207.3700.1444", NotAffected},
		{"for Desktop may mean Linux", "Microsoft", "Microsoft Teams for Desktop", `{"version":"1.0.0","lessThan":"1.6.00.18681","status":"affected"}`, "", "teams-classic", Subject{Client: "teams", System: "linux", Edition: "desktop"}, "1.5.00.23861", CannotDecide},
		{"a product of Microsoft's that is not ours", "Microsoft", "Microsoft Word", `{"version":"1.0.0","lessThan":"99.0","status":"affected"}`, "", "teams", Subject{Client: "teams", System: "windows", Edition: "desktop"}, "26225.1806.5074.1452", NotAffected},
		{"listed builds", "Cisco", "Cisco Webex Teams", `{"version":"42.6","status":"affected"},{"version":"43.4.0.25788","status":"affected"}`, "", "webex", Subject{Client: "webex", System: "windows", Edition: "desktop"}, "43.4.0.25788", Affected},
		{"listed builds, another", "Cisco", "Cisco Webex Teams", `{"version":"42.6","status":"affected"},{"version":"43.4.0.25788","status":"affected"}`, "", "webex", Subject{Client: "webex", System: "windows", Edition: "desktop"}, "45.5.0.32411", CannotDecide},
		{"signs joined", "element-hq", "element-desktop", `{"version":">= 1.11.70, < 1.11.81","status":"affected"}`, "", "dotted", Subject{Client: "element", System: "linux", Edition: "desktop"}, "1.11.80", Affected},
		{"signs joined, outside", "element-hq", "element-desktop", `{"version":">= 1.11.70, < 1.11.81","status":"affected"}`, "", "dotted", Subject{Client: "element", System: "linux", Edition: "desktop"}, "1.11.69", NotAffected},
		{"a name that holds a client's name", "WPZOOM", "Zoom Clients", `{"version":"0","lessThan":"99.0","status":"affected"}`, "", "zoom", Subject{Client: "zoom", System: "windows", Edition: "desktop"}, "5.0.1", NotAffected},
	} {
		if got := verdictOf(t, cveJSON(c.vendor, c.product, "", c.versions, c.rest), c.scheme, c.subject, c.raw); got != c.want {
			t.Errorf("%s: %s: got %s, want %s", c.form, c.raw, got, c.want)
		}
	}
}

// TestTrust: of sources that disagree the more trusted one counts, and the
// other is named.
func TestTrust(t *testing.T) {
	concern := func(ranges ...string) []Concern {
		return []Concern{{Client: "zoom", Editions: []string{"desktop"}, Systems: []string{"macos"}, Affected: ranges}}
	}
	anywhere := []Concern{{Client: "zoom", Editions: []string{"desktop"}, Affected: []string{"< 5.17.0"}}}
	v, err := version.Parse("zoom", "5.17.5 (29101)")
	if err != nil {
		t.Fatal(err)
	}
	s := Subject{Client: "zoom", Edition: "desktop", System: "macos", Arch: "x64", Version: v}
	records := []*Record{
		{ID: "CVE-2030-0001", Source: ADP, By: "CISA", Concerns: anywhere},
		{ID: "CVE-2030-0001", Source: CNA, By: "Zoom", Concerns: concern("< 5.17.10")},
	}
	m, ok := (&entry{"CVE-2030-0001", Tidy(records)}).judge(s)
	if !ok || m.Verdict != Affected || m.Record.By != "Zoom" || len(m.Disagree) != 1 || m.Disagree[0].By != "CISA" {
		t.Errorf("got %+v", m)
	}
	s.System = "windows" // the one who assigned it speaks of macOS alone
	if _, ok := (&entry{"CVE-2030-0001", Tidy(records)}).judge(s); ok {
		t.Error("a source of less trust widened the systems")
	}
}

// TestEditionsWithoutVersions: a family's name without versions leaves it to
// the next source which editions are meant.
func TestEditionsWithoutVersions(t *testing.T) {
	vdi := Concern{Client: "zoom", Editions: []string{"vdi"}, Affected: []string{"< 5.14.13", ">= 5.15.0, < 5.15.11"}}
	records := []*Record{
		{ID: "CVE-2030-0001", Source: CNA, By: "Zoom", Concerns: []Concern{
			{Client: "zoom", Editions: []string{"desktop"}, Loose: true, Undecided: unsaid},
			{Client: "zoom", Editions: []string{"vdi"}, Loose: true, Perhaps: true, Undecided: unsaid}}},
		{ID: "CVE-2030-0001", Source: NVD, By: "NVD", Concerns: []Concern{vdi,
			{Client: "zoom", Editions: []string{"desktop"}, Systems: []string{"windows"}, Affected: []string{"< 5.15.10"}}}},
	}
	for raw, want := range map[string]Verdict{"5.14.14": NotAffected, "5.15.10": Affected, "5.14.12": Affected} {
		v, err := version.Parse("zoom", raw)
		if err != nil {
			t.Fatal(err)
		}
		s := Subject{Client: "zoom", Edition: "vdi", System: "windows", Arch: "x64", Version: v}
		if got := verdictBy(t, records, s); got != want {
			t.Errorf("vdi %s: got %s, want %s", raw, got, want)
		}
	}
}

// TestBadRecords: what is no record says so, in one line.
func TestBadRecords(t *testing.T) {
	for _, data := range []string{"", "{", "[]", "null", `{"a":1}`, `{"dataType":"CVE_RECORD"}`, `{"document":{}}`, `{"documenttracking":{}}`,
		`{"catalogVersion":"1","vulnerabilities":[{"cveID":"x"}]}`, `{"vulnerabilities":[]}`, `{"CVE_Items":[{}]}`,
		strings.Replace(cveJSON(zoomVendor, "Zoom Clients", "", `{"version":"1"}`, ""), "CVE-2030-0001", "CVE-1", 1)} {
		records, _, err := Read("x.json", []byte(data))
		if err == nil || len(records) > 0 || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60s: got %d records, %v", data, len(records), err)
		}
	}
}

// TestRejected: an id that was taken back concerns nothing.
func TestRejected(t *testing.T) {
	good := cveJSON(zoomVendor, "Zoom Clients", "", `{"version":"0","lessThan":"9.0.0","status":"affected"}`, "")
	bad := strings.Replace(good, `"PUBLISHED"`, `"REJECTED"`, 1)
	if got := verdictOf(t, bad, "zoom", Subject{Client: "zoom", System: "windows", Edition: "desktop", Arch: "x64"}, "5.0.1"); got != NotAffected {
		t.Errorf("got %s", got)
	}
}

func TestNames(t *testing.T) {
	n, err := readNames(namesYAML)
	if err != nil {
		t.Fatal(err)
	}
	for key, p := range n.products {
		for i, c := range p.concerns(nil) {
			c.Affected = []string{"*"}
			if err := c.check(); err != nil {
				t.Errorf("%s: %d: %v", key, i, err)
			}
		}
		if key[1] != plainName(key[1]) {
			t.Errorf("%q would never be found: it is looked for as %q", key[1], plainName(key[1]))
		}
	}
}

// TestWords: a sentence counts where the fields give no version, and only in
// the form that is known to mean one bound.
func TestWords(t *testing.T) {
	record := func(version, sentence string) string {
		data := cveJSON("Zoom Communications, Inc", "Zoom Workplace", `"Windows"`, `{"version":"`+version+`","status":"affected"}`, "")
		return strings.Replace(data, `"references"`, fmt.Sprintf(`"descriptions":[{"lang":"en","value":%q}],"references"`, sentence), 1)
	}
	s := Subject{Client: "zoom", Edition: "desktop", System: "windows", Arch: "x64"}
	for _, c := range []struct {
		version, sentence, raw string
		want                   Verdict
	}{
		{"see references", "A race in Zoom Workplace for Windows before 6.6.0 may allow something.", "6.5.12.14128", Affected},
		{"see references", "A race in Zoom Workplace for Windows before 6.6.0 may allow something.", "6.6.0.15547", NotAffected},
		{"see references", "A race in some Zoom Workplace for Windows before version 6.6.0 may allow something.", "6.5.12.14128", Affected},
		{"see references", "A race in Zoom Workplace before 6.4.10 (or before 6.2.15 in its track) may allow something.", "6.5.12.14128", CannotDecide},
		{"see references", "A race in Zoom Whiteboard before 6.4.10 may allow something.", "6.5.12.14128", CannotDecide},
		{"before 6.0.0", "A race in Zoom Workplace for Windows before 6.6.0 may allow something.", "6.5.12.14128", NotAffected},
		{"see references", "A race in Zoom Rooms for Windows before 6.6.0 may allow something.", "6.5.12.14128", CannotDecide},
	} {
		if got := verdictOf(t, record(c.version, c.sentence), "zoom", s, c.raw); got != c.want {
			t.Errorf("%s, %q: %s: got %s, want %s", c.version, c.sentence, c.raw, got, c.want)
		}
	}
}
