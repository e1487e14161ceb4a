package markup

import "testing"

// The forms of the manifests are those of new Teams' package and bundle.
const (
	manifest = "\ufeff" + `<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10" xmlns:uap="http://schemas.microsoft.com/appx/manifest/uap/windows10" IgnorableNamespaces="uap">
  <Identity Name="MSTeams" Publisher="CN=Microsoft Corporation, O=Microsoft Corporation, C=US" Version="24295.605.3225.8804" ProcessorArchitecture="x64" />
  <Properties><DisplayName>Teams &amp; more</DisplayName></Properties>
  <Applications><Application><Identity Name="other" Version="1"/></Application></Applications>
</Package>`
	bundle = `<Bundle xmlns="http://schemas.microsoft.com/appx/2013/bundle"><Identity Name="MSTeams" Publisher="CN=X" Version="1.2.3.4"/></Bundle>`
)

func TestAppxIdentity(t *testing.T) {
	for data, want := range map[string]Identity{
		manifest: {"MSTeams", "24295.605.3225.8804", "CN=Microsoft Corporation, O=Microsoft Corporation, C=US", "x64"},
		`<Package><Identity Name="a" Version="1"><More/></Identity></Package>`: {Name: "a", Version: "1"},
		bundle: {"MSTeams", "1.2.3.4", "CN=X", ""},
	} {
		if got, err := AppxIdentity([]byte(data)); err != nil || got != want {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
}

func TestAppxIdentityRefuses(t *testing.T) {
	for name, data := range map[string]string{
		"cut":               manifest[:len(manifest)-5],
		"none":              `<Package><Properties/></Package>`,
		"not at the top":    `<Package><A><Identity Name="a" Version="1"/></A></Package>`,
		"another document":  `<component><Identity Name="a" Version="1"/></component>`,
		"two":               `<Package><Identity Name="a" Version="1"/><Identity Name="a" Version="2"/></Package>`,
		"no version":        `<Package><Identity Name="a"/></Package>`,
		"no name":           `<Package><Identity Version="1"/></Package>`,
		"foreign attribute": `<Package xmlns:x="y"><Identity x:Name="a" Version="1"/></Package>`,
		"document type":     `<!DOCTYPE Package><Package><Identity Name="a" Version="1"/></Package>`,
		"noise":             "noise",
	} {
		if got, err := AppxIdentity([]byte(data)); err == nil {
			t.Errorf("%s: got %+v, want an error", name, got)
		}
	}
}

func TestMetainfoRelease(t *testing.T) {
	for data, want := range map[string]Release{
		`<?xml version="1.0" encoding="UTF-8"?><!-- c --><component type="desktop-application"><id>com.slack.Slack</id><releases>
  <release version="4.51.180" date="2026-07-23"><description/></release><release version="4.50.1" date="2026-06-01"/></releases></component>`: {"4.51.180", "2026-07-23"},
		`<application><releases><release timestamp="1" version="2"/></releases></application>`:                                     {"2", ""},
		`<component><provides><release version="9"/></provides><releases><release version="1"/></releases></component>`:            {"1", ""},
		`<component><releases><release version="3"><artifacts><release version="4"/></artifacts></release></releases></component>`: {"3", ""},
	} {
		if got, err := MetainfoRelease([]byte(data)); err != nil || got != want {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
	for name, data := range map[string]string{
		"none":          `<component><releases/></component>`,
		"elsewhere":     `<component><releases type="external" url="x"/></component>`,
		"no version":    `<component><releases><release date="2026-01-01"/><release version="1"/></releases></component>`,
		"cut":           `<component><releases><release version="1"/></releases>`,
		"wrong root":    `<components><component><releases><release version="1"/></releases></component></components>`,
		"document type": `<!DOCTYPE component [<!ENTITY v "1">]><component><releases><release version="&v;"/></releases></component>`,
	} {
		if got, err := MetainfoRelease([]byte(data)); err == nil {
			t.Errorf("%s: got %+v, want an error", name, got)
		}
	}
}

func FuzzMarkup(f *testing.F) {
	f.Add([]byte(manifest))
	f.Add([]byte(bundle))
	f.Add([]byte(`<component><releases><release version="1" date="2"/></releases></component>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if id, err := AppxIdentity(data); err == nil && (id.Name == "" || id.Version == "") {
			t.Errorf("half an identity: %+v", id)
		}
		if r, err := MetainfoRelease(data); err == nil && r.Version == "" {
			t.Error("a release without a version")
		}
	})
}
