package edit

import (
	"testing"

	"huddleguard/checks/fact"
)

func TestKeyFile(t *testing.T) {
	k := fact.At{Section: "A", Key: "k"}
	testRows(t, "keyfile", []row{
		{"there", k, "# top\n[A]\nk = 1\nl=2\n", "0", "# top\n[A]\nk = 0\nl=2\n", "# top\n[A]\nl=2\n"},
		{"translated", fact.At{Section: "A", Key: "k[de]"}, "[A]\nk=1\nk[de]=2\n", "0", "[A]\nk=1\nk[de]=0\n", "[A]\nk=1\n"},
		{"not there", k, "[A]\r\na=1\r\n# c\r\n[B]", "0", "[A]\r\na=1\r\nk=0\r\n# c\r\n[B]", "[A]\r\na=1\r\n# c\r\n[B]"},
		{"no group", k, "[B]\nk=1", "0", "[B]\nk=1\n\n[A]\nk=0", "[B]\nk=1"},
		{"empty file", k, "", "0", "[A]\nk=0\n", ""},
		{"repeated", k, "[A]\nk=1\n[A]\nk=2\n", "0", "[A]\nk=1\n[A]\nk=0\n", "[A]\n[A]\n"},
		{"space at the end counts", k, "[A]\nk=1 \n", "0 ", "[A]\nk=0 \n", "[A]\n"},
		{"case counts", fact.At{Section: "a", Key: "k", Fold: true}, "[A]\nk=1\n", "0", "[A]\nk=1\n\n[a]\nk=0\n", "[A]\nk=1\n"},
	})
}

func TestFlatpakItems(t *testing.T) {
	all := fact.At{Section: "Context", Key: "devices", Item: "all"}
	home := fact.At{Section: "Context", Key: "filesystems", Item: "home"}
	testRows(t, "flatpak", []row{
		{"empty file", all, "", "!all", "[Context]\ndevices=!all;\n", ""},
		{"opposite", all, "[Context]\ndevices=all;dri;\n", "!all", "[Context]\ndevices=!all;dri;\n", "[Context]\ndevices=dri;\n"},
		{"alone", all, "[Context]\nshared=!ipc;\ndevices=!all;\n", "all", "[Context]\nshared=!ipc;\ndevices=all;\n", "[Context]\nshared=!ipc;\n"},
		{"behind others", all, "[Context]\ndevices=dri;\n", "!all", "[Context]\ndevices=dri;!all;\n", "[Context]\ndevices=dri;\n"},
		{"without the last semicolon", all, "[Context]\ndevices=dri;kvm\n", "!all", "[Context]\ndevices=dri;kvm;!all\n", "[Context]\ndevices=dri;kvm\n"},
		{"last without semicolon", all, "[Context]\ndevices=dri;all", "!all", "[Context]\ndevices=dri;!all", "[Context]\ndevices=dri"},
		{"the last counts", all, "[Context]\ndevices=all;dri;!all;\n", "all", "[Context]\ndevices=all;dri;all;\n", "[Context]\ndevices=dri;\n"},
		{"conditional", all, "[Context]\ndevices=if:all:has-wayland;\n", "!all", "[Context]\ndevices=if:all:has-wayland;!all;\n", "[Context]\ndevices=if:all:has-wayland;\n"},
		{"access", home, "[Context]\nfilesystems=home:ro;xdg-download:create;\n", "!home", "[Context]\nfilesystems=!home;xdg-download:create;\n", "[Context]\nfilesystems=xdg-download:create;\n"},
		{"access of what is no folder", fact.At{Section: "Context", Key: "devices", Item: "home"}, "[Context]\ndevices=home:ro;\n", "!home", "[Context]\ndevices=home:ro;!home;\n", "[Context]\ndevices=home:ro;\n"},
		{"semicolon in a name", fact.At{Section: "Context", Key: "filesystems", Item: "/a;b"}, "[Context]\nfilesystems=/a\\;b;c;\n", "!/a\\;b", "[Context]\nfilesystems=!/a\\;b;c;\n", "[Context]\nfilesystems=c;\n"},
		{"another item", all, "[Context]\n", "!dri", refused, "[Context]\n"},
		{"two items", all, "[Context]\n", "!all;x", refused, "[Context]\n"},
	})
}

func TestKeyFileFind(t *testing.T) {
	testFind(t, "keyfile", "[Context]\nfilesystems=home;!xdg-documents/Zoom;home:ro\nname=a\\sb\n", []findRow{
		{fact.At{Section: "Context", Key: "name"}, `a\sb`, "a b", true},
		{fact.At{Section: "Context", Key: "filesystems", Item: "home"}, "home:ro", "home:ro", true},
		{fact.At{Section: "Context", Key: "filesystems", Item: "home:ro"}, "home:ro", "home:ro", true},
		{fact.At{Section: "Context", Key: "filesystems", Item: "xdg-documents/Zoom"}, "!xdg-documents/Zoom", "!xdg-documents/Zoom", true},
		{fact.At{Section: "Context", Key: "filesystems", Item: "host"}, "", nil, false},
		{fact.At{Section: "Context", Key: "devices", Item: "all"}, "", nil, false},
	})
}

func TestKeyFileEncode(t *testing.T) {
	all, home := fact.At{Key: "devices", Item: "all"}, fact.At{Key: "filesystems", Item: "home"}
	testEncode(t, "keyfile", []encodeRow{
		{true, fact.At{}, "", "true"},
		{false, fact.At{}, "1", "0"},
		{"  a\tb\\", fact.At{}, "", `\s\sa\tb\\`},
		{[]string{"a;b", "c"}, fact.At{}, "", `a\;b;c;`},
		{false, all, "", "!all"},
		{true, all, "!all", "all"},
		{"!all", all, "all", "!all"},
		{false, home, "home:ro", "!home:ro"},
		{[]string{"all"}, all, "", refused},
	})
}
