package host_test

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"huddleguard/agent/report"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/host/hosttest"
	"huddleguard/checks/message"
)

// canary marks a secret in a recorded host: a key, a token, an address, a
// meeting's number, another site.
var canary = regexp.MustCompile(`(?i)canary[-a-z0-9:._@]*`)

// TestNothingLeaks looks at every recorded host, with a secret more in every
// process' arguments and every settings file, and finds none of them in the
// facts or in any rendering.
func TestNothingLeaks(t *testing.T) {
	cat, err := catalogue.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	planted := 0
	for name, file := range recordedHosts(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := plant(string(data))
		planted += len(canary.FindAllString(text, -1))
		set, findings := judge(t, hosttest.FromText(t, text), cat, "")
		rep := report.New(set, findings, cat)
		p := message.NewPrinter("en", cat.Texts())
		var out bytes.Buffer
		for _, err := range []error{
			json.NewEncoder(&out).Encode(set), report.JSON(&out, rep), report.HTML(&out, rep, p),
			report.Text(&out, rep, p, report.TextOptions{Verbose: true}),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if found := canary.FindString(out.String()); found != "" {
			t.Errorf("%s: %q came out", name, found)
		}
	}
	if planted < 100 {
		t.Errorf("only %d secrets were planted; the test has lost its teeth", planted)
	}
}

// plant adds secrets where programs keep them: as values of every key that a
// page reads as text, and as arguments.
func plant(text string) string {
	for _, line := range []string{"conf.webserver=", "conf.webserver.vendor.default=", "fake.version=", `"url": "`, `"update_base_url": "`} {
		text = strings.ReplaceAll(text, line, line+"https://ann:CANARY-password@")
	}
	if strings.Contains(text, "\nlive: true\n") {
		text += "-- processes --\n77 ann /opt/zoom/zoom | --url=zoommtg://zoom.us/join?confno=CANARY-meeting&pwd=CANARY-pwd | --remote-debugging-port=9222\n"
	}
	if i := strings.Index(text, "[General]\n"); i >= 0 {
		text = text[:i] + "[General]\nproxy=http://CANARY-user:CANARY-secret@proxy.example\n" + text[i+len("[General]\n"):]
	}
	return text
}
