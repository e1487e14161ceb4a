package registry

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/hardentest"
	"huddleguard/checks/fact"
)

// ground is the key below which the tests work, in either part.
const ground = `Software\Huddleguard test`

var (
	absent = fact.Held{State: fact.Absent}
	yesSet = fact.Held{State: fact.Present, Value: true, Whole: true}
	noSet  = fact.Held{State: fact.Present, Value: false, Whole: true}
)

// fresh is an empty ground in a part of the registry.
func fresh(t *testing.T, s *Store) registry.Key {
	t.Helper()
	parent, name := split(ground)
	above, err := registry.OpenKey(s.root, parent, registry.ALL_ACCESS|view)
	if err != nil {
		t.Fatal(err)
	}
	clear := func() {
		if err := remove(above, name, 0); err != nil {
			t.Fatal(err)
		}
	}
	clear()
	k, _, err := registry.CreateKey(above, name, registry.ALL_ACCESS|view)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close(); clear(); above.Close() })
	return k
}

// dump is everything below the ground, but for one value or key.
func dump(t *testing.T, s *Store, but string) string {
	t.Helper()
	all, err := (&walk{maxKeys, maxTree}).read(s.root, ground, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	if but != "" {
		strip(&all, "", but)
	}
	out, _ := json.MarshalIndent(all, "", " ")
	return string(out)
}

func strip(t *tree, path, but string) {
	var values []named
	for _, v := range t.Values {
		if path+v.Name != but {
			values = append(values, v)
		}
	}
	t.Values = values
	var keys []tree
	for _, k := range t.Keys {
		if path+k.Name != but {
			strip(&k, path+k.Name+`\`, but)
			keys = append(keys, k)
		}
	}
	t.Keys = keys
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put writes a value by the library, as others do.
func put(t *testing.T, s *Store, path, name string, v any) {
	t.Helper()
	k, _, err := registry.CreateKey(s.root, ground+path, registry.ALL_ACCESS|view)
	must(t, err)
	defer k.Close()
	switch v := v.(type) {
	case uint32:
		err = k.SetDWordValue(name, v)
	case uint64:
		err = k.SetQWordValue(name, v)
	case []byte:
		err = k.SetBinaryValue(name, v)
	case []string:
		err = k.SetStringsValue(name, v)
	case string:
		if strings.HasPrefix(v, "%") {
			err = k.SetExpandStringValue(name, v)
		} else {
			err = k.SetStringValue(name, v)
		}
	}
	must(t, err)
}

// place is one case of the contract: a value at a path below the ground.
func caseOf(s *Store, path, name string, prior any, want, as fact.Held) func(*testing.T) hardentest.Case {
	return func(t *testing.T) hardentest.Case {
		fresh(t, s)
		put(t, s, "", "beside", "text")
		if prior != nil {
			put(t, s, path, name, prior)
		}
		at := fact.At{Store: "registry", Path: s.word + `\` + ground + path, Key: name}
		if name == "" {
			at.Item = "@"
		}
		return hardentest.Case{
			Store: s, At: at, Want: want, Already: as,
			Snapshot: func() string { return dump(t, s, "") },
			Beside: func() {
				put(t, s, path, "other", uint32(7))
				put(t, s, path+`\below`, "x", "y")
			},
			Others:    func() string { return dump(t, s, strings.TrimPrefix(path+`\`, `\`)+name) },
			Overwrite: func() { put(t, s, path, name, []byte{9, 9}) },
		}
	}
}

func TestContract(t *testing.T) {
	word := func(v any) fact.Held { return fact.Held{State: fact.Present, Value: v, Whole: true} }
	for name, open := range map[string]func(*testing.T) hardentest.Case{
		"machine, new value in new keys": caseOf(ForMachine(), `\Zoom\Zoom Meetings\General`, "AU2", nil, yesSet, absent),
		"machine, number":                caseOf(ForMachine(), `\Zoom`, "AU2", uint32(0), yesSet, noSet),
		"person, number":                 caseOf(ForPerson(), `\Zoom`, "AU2", uint32(0), yesSet, noSet),
		"person, long number":            caseOf(ForPerson(), "", "Q", uint64(7), word(float64(8)), word(float64(7))),
		"text says no":                   caseOf(ForPerson(), "", "T", "false", yesSet, noSet),
		"text to be expanded":            caseOf(ForPerson(), "", "E", "%a%", word("%b%"), word("%a%")),
		"list":                           caseOf(ForPerson(), "", "L", []string{"a", "ä"}, word([]string{"b"}), word([]string{"a", "ä"})),
		"bytes taken out":                caseOf(ForPerson(), `\Zoom`, "B", []byte{0, 1, 255}, absent, fact.Held{}),
		"text taken out":                 caseOf(ForPerson(), `\Run`, "Zoom", `"C:\Program Files\Zoom\Zoom.exe" --x`, absent, word(`"C:\Program Files\Zoom\Zoom.exe" --x`)),
		"value without a name":           caseOf(ForPerson(), `\Zoom`, "", "old", word("new"), word("old")),
	} {
		if name == "bytes taken out" {
			t.Run(name, func(t *testing.T) { hardentest.Suite(t, alreadyGone(open)) })
			continue
		}
		t.Run(name, func(t *testing.T) { hardentest.Suite(t, open) })
	}
}

// alreadyGone leaves out what cannot be wanted: bytes have no word in a page.
func alreadyGone(open func(*testing.T) hardentest.Case) func(*testing.T) hardentest.Case {
	return func(t *testing.T) hardentest.Case {
		c := open(t)
		if strings.HasSuffix(t.Name(), "/already") {
			must(t, c.Store.(*Store).cut(place{path: ground + `\Zoom`, name: "B"}))
			c.Already = absent
		}
		return c
	}
}

// wholeKey is a key that a program left behind, with keys and values beneath it.
func wholeKey(s *Store) func(*testing.T) hardentest.Case {
	return func(t *testing.T) hardentest.Case {
		fresh(t, s)
		put(t, s, `\Services\webexservice`, "ImagePath", `%ProgramFiles%\x.exe`)
		put(t, s, `\Services\webexservice`, "", "default")
		put(t, s, `\Services\webexservice\Security`, "Bytes", []byte{1, 0, 4, 128})
		put(t, s, `\Services\webexservice\Parameters\deep\deeper`, "Liste", []string{"ein", "übel"})
		put(t, s, `\Services\other`, "Start", uint32(3))
		return hardentest.Case{
			Store: s, At: fact.At{Store: "registry", Path: s.word + `\` + ground + `\Services\webexservice`},
			Want: absent, Already: fact.Held{State: fact.Present},
			Snapshot:  func() string { return dump(t, s, "") },
			Beside:    func() { put(t, s, `\Services\other`, "Start", uint32(4)) },
			Others:    func() string { return dump(t, s, `Services\webexservice`) },
			Overwrite: func() { put(t, s, `\Services\webexservice\Parameters`, "new", uint32(1)) },
		}
	}
}

func TestWholeKey(t *testing.T) {
	for name, s := range map[string]*Store{"machine": ForMachine(), "person": ForPerson()} {
		t.Run(name, func(t *testing.T) { hardentest.Suite(t, wholeKey(s)) })
	}
}

// TestSettleClearsAside: what a change that broke off left under the other name
// goes, and nothing else.
func TestSettleClearsAside(t *testing.T) {
	s := ForPerson()
	c := wholeKey(s)(t)
	before := dump(t, s, "")
	now, err := s.Read(t.Context(), c.At)
	must(t, err)
	step, err := s.Prepare(t.Context(), c.At, now, absent)
	must(t, err)
	put(t, s, `\Services\webexservice.huddleguard\half`, "x", uint32(1))
	must(t, s.Settle(t.Context(), c.At, step))
	if dump(t, s, "") != before {
		t.Errorf("it is\n%s\nand was\n%s", dump(t, s, ""), before)
	}
}

// TestSettleClearsMade: keys that were made for a value which was never written.
func TestSettleClearsMade(t *testing.T) {
	s := ForPerson()
	c := caseOf(s, `\a\b\c`, "v", nil, yesSet, absent)(t)
	before := dump(t, s, "")
	now, err := s.Read(t.Context(), c.At)
	must(t, err)
	step, err := s.Prepare(t.Context(), c.At, now, yesSet)
	must(t, err)
	k, _, err := registry.CreateKey(s.root, ground+`\a\b\c`, registry.READ|view)
	must(t, err)
	k.Close()
	must(t, s.Settle(t.Context(), c.At, step))
	if dump(t, s, "") != before {
		t.Errorf("it is\n%s\nand was\n%s", dump(t, s, ""), before)
	}
}

// TestSecretKey: a key that holds a secret is not taken into the journal.
func TestSecretKey(t *testing.T) {
	s := ForPerson()
	fresh(t, s)
	put(t, s, `\Zoom\left`, "AuthToken", "hunter2")
	_, err := s.Read(t.Context(), fact.At{Store: "registry", Path: `HKCU\` + ground + `\Zoom`})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

// link makes a link below the ground to another key of the person's.
func link(t *testing.T, path, to string) {
	t.Helper()
	var sid string
	users, err := registry.OpenKey(registry.USERS, "", registry.READ)
	must(t, err)
	defer users.Close()
	names, err := users.ReadSubKeyNames(-1)
	must(t, err)
	for _, n := range names {
		if k, err := registry.OpenKey(users, n+`\`+to, registry.READ); err == nil {
			k.Close()
			sid = n
		}
	}
	name, err := windows.UTF16PtrFromString(ground + path)
	must(t, err)
	const createLink, access = 2, registry.ALL_ACCESS | registry.CREATE_LINK | view
	var k registry.Key
	r, _, _ := advapi.NewProc("RegCreateKeyExW").Call(uintptr(registry.CURRENT_USER), uintptr(unsafe.Pointer(name)), 0, 0,
		createLink, access, 0, uintptr(unsafe.Pointer(&k)), 0)
	must(t, failed("making a link", r))
	target := text(`\Registry\User\` + sid + `\` + to)
	must(t, set(k, "SymbolicLinkValue", value{kindLink, target[:len(target)-2]}))
	// A link stays until it is taken away as itself.
	t.Cleanup(func() { windows.NewLazySystemDLL("ntdll.dll").NewProc("NtDeleteKey").Call(uintptr(k)); k.Close() })
}

// TestLink: a key that leads elsewhere is neither read, written nor taken out.
func TestLink(t *testing.T) {
	s := ForPerson()
	fresh(t, s)
	put(t, s, `\target`, "v", uint32(1))
	put(t, s, `\place\left`, "w", uint32(1))
	link(t, `\place\left\link`, ground+`\target`)
	if k, err := registry.OpenKey(s.root, ground+`\place\left\link`, registry.READ); err != nil {
		t.Fatalf("the link leads nowhere: %v", err)
	} else {
		k.Close()
	}
	for _, at := range []fact.At{
		{Path: `HKCU\` + ground + `\place\left`},
		{Path: `HKCU\` + ground + `\place\left\link`},
		{Path: `HKCU\` + ground + `\place\left\link`, Key: "v"},
	} {
		if _, err := s.Read(t.Context(), at); !errors.Is(err, errLink) {
			t.Errorf("%s: %v", at.Path, err)
		}
	}
	k, err := open(s.root, ground, registry.ALL_ACCESS)
	must(t, err)
	defer k.Close()
	if err := remove(k, "place", 0); !errors.Is(err, errLink) {
		t.Errorf("taking it out: %v", err)
	}
	target, err := open(s.root, ground+`\target`, registry.READ)
	must(t, err)
	defer target.Close()
	if v, _, err := target.GetIntegerValue("v"); v != 1 || err != nil {
		t.Errorf("the target is %d %v", v, err)
	}
}

// TestRights: rights of a key's own are given to it again, as far as this system
// keeps them apart.
func TestRights(t *testing.T) {
	fresh(t, ForPerson())
	k, err := open(registry.CURRENT_USER, ground, registry.ALL_ACCESS)
	must(t, err)
	defer k.Close()
	must(t, giveRights(k, "D:P(A;;KA;;;SY)(A;;KA;;;BA)(A;;KA;;;WD)"))
	got, err := rightsOf(k)
	if err != nil || !strings.Contains(got, "WD") {
		t.Errorf("it has %q %v", got, err)
	}
}

// TestOtherPart: a person's store does not write the machine's part.
func TestOtherPart(t *testing.T) {
	var s harden.Store = ForPerson()
	if _, err := s.Read(t.Context(), fact.At{Path: `HKLM\SOFTWARE\Zoom`, Key: "a"}); err != errPlace {
		t.Errorf("got %v", err)
	}
}
