package keyfile

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

func parse(t testing.TB, text string) *File {
	t.Helper()
	f, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestOverride reads what flatpak 1.14.10 wrote for
// "override --nodevice=all --nosocket=x11" and the like.
func TestOverride(t *testing.T) {
	data, err := os.ReadFile("testdata/override")
	if err != nil {
		t.Fatal(err)
	}
	f := parse(t, string(data))
	if got, want := f.Groups(), []string{"Context", "Environment"}; !reflect.DeepEqual(got, want) {
		t.Errorf("groups %q, want %q", got, want)
	}
	for key, want := range map[string][]string{
		"shared": {"!ipc"}, "sockets": {"!x11"}, "devices": {"!all"}, "filesystems": {"!xdg-documents/Zoom"},
	} {
		if got, ok := f.List("Context", key); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%s = %q, %v; want %q", key, got, ok, want)
		}
	}
	if got, ok := f.Get("Environment", "SIGNAL_PASSWORD_STORE"); !ok || got != "gnome-libsecret" {
		t.Errorf("environment: %q, %v", got, ok)
	}
}

func TestDesktopEntry(t *testing.T) {
	f := parse(t, "[Desktop Entry]\nType=Application\nName=Zoom\nExec=zoom %U\n"+
		"MimeType=x-scheme-handler/zoommtg;x-scheme-handler/zoomus;application/x-zoom\n"+
		"X-KDE-Protocols=zoommtg;zoomus;\n")
	if got, _ := f.Get("Desktop Entry", "Exec"); got != "zoom %U" {
		t.Errorf("Exec is %q", got)
	}
	got, _ := f.List("Desktop Entry", "MimeType") // without ";" behind the last
	want := []string{"x-scheme-handler/zoommtg", "x-scheme-handler/zoomus", "application/x-zoom"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("MimeType is %q, want %q", got, want)
	}
}

func TestGet(t *testing.T) {
	f := parse(t, "# c\n\n[a b]\r\n k = one \\s\\t\\\\ \nName[de]=zwei\n[c]\nk=\\q\\n\n[a b]\nk2=3\nName[de]=drei\nbad=\xff\nend=\\")
	for _, c := range []struct{ group, key, want string }{
		{"a b", "k", "one  \t\\ "}, // space behind a value belongs to it
		{"a b", "Name[de]", "drei"},
		{"a b", "k2", "3"},
		{"c", "k", "\\q\n"},
		{"a b", "bad", "\ufffd"},
		{"a b", "end", `\`},
	} {
		if got, ok := f.Get(c.group, c.key); !ok || got != c.want {
			t.Errorf("Get(%q, %q) = %q, %v; want %q", c.group, c.key, got, ok, c.want)
		}
	}
	if _, ok := f.Get("A B", "k"); ok {
		t.Error("group names differ by case")
	}
	if got, want := f.Keys("a b"), []string{"k", "Name[de]", "k2", "bad", "end"}; !reflect.DeepEqual(got, want) {
		t.Errorf("keys %q, want %q", got, want)
	}
}

func TestList(t *testing.T) {
	for written, want := range map[string][]string{
		"":                          nil,
		"a":                         {"a"},
		"a;":                        {"a"},
		"a;b":                       {"a", "b"},
		"a;;b;":                     {"a", "", "b"},
		`a\;b;c\\;d;`:               {"a;b", `c\`, "d"},
		"!all;if:x11:!has-wayland;": {"!all", "if:x11:!has-wayland"},
		"x ; y;":                    {"x ", " y"},
		`a\`:                        {`a\`},
	} {
		got, ok := parse(t, "[g]\nl="+written+"\n").List("g", "l")
		if !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%q gives %q, want %q", written, got, want)
		}
	}
	if _, ok := parse(t, "[g]\n").List("g", "l"); ok {
		t.Error("found a list that is not there")
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"entry before a group", "k=hunter2\n", "line 1: stands before the first group"},
		{"noise", "[g]\nhunter2\n", "line 2: is neither blank, comment, group nor key=value"},
		{"semicolon is no comment", "[g]\n; hunter2\n", "line 2: is neither blank, comment, group nor key=value"},
		{"open group", "[g\n", "line 1: is not a whole group name"},
		{"nested brackets", "[a[b]]\n", "line 1: is not a whole group name"},
		{"empty group", "[]\n", "line 1: is not a whole group name"},
		{"no key", "[g]\n=v\n", "line 2: has no key"},
		{"NUL", "[g]\nk=\x00\n", "line 2: holds a NUL byte"},
	} {
		if _, err := Parse([]byte(c.data)); err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
	if f := parse(t, "[remote \"flathub\"]\nurl=x\n"); f.Groups()[0] != `remote "flathub"` {
		t.Errorf("groups %q", f.Groups())
	}
}

func TestExecArgs(t *testing.T) {
	for value, want := range map[string][]string{
		"":                            nil,
		"  ":                          nil,
		"zoom %U":                     {"zoom", "%U"},
		" /usr/bin/slack   %U\t":      {"/usr/bin/slack", "%U"},
		`"/opt/my app/x" "a\"b\\\$c"`: {"/opt/my app/x", `a"b\$c`},
		`"a\qb"`:                      {`a\qb`},
		`x "" y`:                      {"x", "", "y"},
		"printf 100%%":                {"printf", "100%%"},
		"/usr/bin/flatpak run --command=zoom --file-forwarding us.zoom.Zoom @@u %U @@": {
			"/usr/bin/flatpak", "run", "--command=zoom", "--file-forwarding", "us.zoom.Zoom", "@@u", "%U", "@@"},
		`env WINEPREFIX="/home/ann/a b" wine C:\\Zoom\\Zoom.exe`: {"env", "WINEPREFIX=/home/ann/a b", "wine", `C:\Zoom\Zoom.exe`},
		`sh -c 'exec "$0" x'`: {"sh", "-c", `exec "$0" x`},
	} {
		got, err := ExecArgs(value)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q gives %q, %v; want %q", value, got, err, want)
		}
	}
	for _, value := range []string{`"open`, `'open`, `x \`, `"open\`, strings.Repeat("x ", 1025)} {
		if got, err := ExecArgs(value); err == nil {
			t.Errorf("%.20q gives %.5q, want an error", value, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("[Context]\ndevices=!all;if:x:y\\;;\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse(data)
		if err != nil {
			return
		}
		for _, g := range file.Groups() {
			for _, k := range file.Keys(g) {
				if _, ok := file.Get(g, k); !ok {
					t.Errorf("Get(%q, %q) finds nothing", g, k)
				}
				file.List(g, k)
			}
		}
	})
}

func FuzzExecArgs(f *testing.F) {
	f.Add(`env A="b c" 'd' \e %U`)
	f.Fuzz(func(t *testing.T, value string) {
		args, err := ExecArgs(value)
		if err != nil {
			return
		}
		// What was split can be quoted, by the specification, and split again.
		quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", "$", `\$`)
		var again []string
		for _, a := range args {
			again = append(again, `"`+quote.Replace(a)+`"`)
		}
		got, err := ExecArgs(strings.Join(again, " "))
		if err != nil || !reflect.DeepEqual(got, args) {
			t.Errorf("%q: quoted and split again %q, %v", args, got, err)
		}
	})
}
