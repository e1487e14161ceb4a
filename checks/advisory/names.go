package advisory

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"sync"

	"huddleguard/checks/format/strictyaml"
)

//go:embed names.yaml
var namesYAML []byte

// table is names.yaml.
type table struct {
	Vendors []vendorNames `yaml:"vendors"`
	CPEs    []cpeName     `yaml:"cpes"`
}

// vendorNames are the products of one vendor.
type vendorNames struct {
	Vendor   []string      `yaml:"vendor"`
	Lists    bool          `yaml:"lists"`
	Prefix   string        `yaml:"prefix"`
	Client   string        `yaml:"client"`
	Unknown  []string      `yaml:"unknown"`
	Products []productName `yaml:"products"`
}

// productName is what one product's names stand for.
type productName struct {
	Names    []string `yaml:"names"`
	Client   string   `yaml:"client"`
	Editions []string `yaml:"editions"`
	Perhaps  []string `yaml:"perhaps"`
	Systems  []string `yaml:"systems"`
	Unclear  []string `yaml:"unclear"`
	Loose    bool     `yaml:"loose"`
	Nothing  bool     `yaml:"nothing"`
}

// cpeName is what vendor:product pairs of CPE names stand for.
type cpeName struct {
	CPE      []string `yaml:"cpe"`
	Client   string   `yaml:"client"`
	Editions []string `yaml:"editions"`
	Systems  []string `yaml:"systems"`
	Loose    bool     `yaml:"loose"`
}

// nameTable finds which of our clients a record's product names stand for.
type nameTable struct {
	vendors map[string]*vendorNames
	// products is keyed by vendor and name, both in lower case.
	products map[[2]string]*productName
	cpes     map[string]*cpeName
}

// names is the table this program was built with.
var names = sync.OnceValue(func() *nameTable {
	n, err := readNames(namesYAML)
	if err != nil {
		panic("names.yaml: " + err.Error()) // TestNames reads it
	}
	return n
})

func readNames(data []byte) (*nameTable, error) {
	var t table
	if _, err := strictyaml.Decode("names.yaml", data, &t); err != nil {
		return nil, err
	}
	n := &nameTable{map[string]*vendorNames{}, map[[2]string]*productName{}, map[string]*cpeName{}}
	for i := range t.Vendors {
		v := &t.Vendors[i]
		for _, name := range v.Vendor {
			n.vendors[plainName(name)] = v
			for j := range v.Products {
				p := &v.Products[j]
				if p.Client == "" {
					p.Client = v.Client
				}
				for _, product := range p.Names {
					n.products[[2]string{plainName(name), product}] = p
				}
			}
		}
	}
	for i := range t.CPEs {
		for _, name := range t.CPEs[i].CPE {
			n.cpes[name] = &t.CPEs[i]
		}
	}
	return n, nil
}

// plainName is a name in lower case, its spaces single, without a closing stop
// and marks of trade.
func plainName(s string) string {
	s = strings.NewReplacer("®", "", "™", "", "’", "'", "\u00a0", " ").Replace(strings.ToLower(s))
	return strings.TrimSuffix(strings.Join(strings.Fields(s), " "), ".")
}

// systemWords are the spellings of systems, as records write them.
var systemWords = map[string]string{
	"windows": "windows", "win": "windows", "macos": "macos", "mac os": "macos", "mac os x": "macos", "mac": "macos",
	"linux": "linux", "ubuntu": "linux", "centos": "linux", "ubuntu x64": "linux", "centos x 64": "linux", "linux kernel": "linux",
	"ios": "ios", "ipados": "ios", "iphone os": "ios", "iphone_os": "ios", "ipad_os": "ios", "android": "android", "androidbali": "android",
	"chrome os": "chromeos", "chromeos": "chromeos", "hololens": "hololens", "mac_os": "macos", "mac_os_x": "macos", "linux_kernel": "linux",
	"windows x86 or x64": "windows", "windows 32-bit": "windows", "mac universal installer & uninstaller": "macos",
	"igel x64": "thin client", "elux rp6 x64": "thin client", "hp thinpro os x64": "thin client", "dell thinos": "thin client",
}

// system is one spelling's system, or "".
func system(word string) string {
	return systemWords[strings.TrimPrefix(plainName(word), "and ")]
}

// systems reads a list of platforms. With a word in it that nobody knows, such
// as Microsoft's "Unknown", it says nothing: any system may be meant.
func systems(words []string) []string {
	var out []string
	for _, w := range words {
		s := system(w)
		if s == "" {
			return nil
		}
		out = union(out, []string{s})
	}
	return out
}

// product finds what a vendor's product name stands for: one concern for each
// of our editions, without versions yet. known is false where the name, and
// every part of it, means nothing to us.
func (n *nameTable) product(vendor, product string, platforms []string) (out []Concern, known bool) {
	v := n.vendors[plainName(vendor)]
	if v == nil {
		return nil, false
	}
	given := systems(platforms)
	if !v.Lists {
		p := n.products[[2]string{plainName(vendor), plainName(product)}]
		return p.concerns(given), p != nil
	}
	for _, item := range takeApart(plainName(product), v.Prefix) {
		at := item.systems
		if len(given) > 0 {
			at = narrower(at, given)
		}
		p := n.products[[2]string{plainName(vendor), item.name}]
		if p != nil {
			out = append(out, p.concerns(at)...)
			continue
		}
		for _, c := range (&productName{Client: v.Client, Perhaps: v.Unknown}).concerns(at) {
			c.Unread = true // the name is not, and no other source stands in for it
			out = append(out, c)
		}
	}
	return out, true
}

// narrower is what a name's own systems leave of the record's platforms; where
// they share none, the record contradicts itself and the name counts.
func narrower(own, given []string) []string {
	if len(own) == 0 {
		return given
	}
	var both []string
	for _, s := range own {
		if slices.Contains(given, s) {
			both = append(both, s)
		}
	}
	if len(both) == 0 {
		return own
	}
	return both
}

// concerns makes the concerns of a product on the systems a record gives.
// Systems of phones make a mobile edition, and the others every other.
func (p *productName) concerns(given []string) []Concern {
	if p == nil || p.Nothing {
		return nil
	}
	at := given
	if len(p.Systems) > 0 {
		at = p.Systems
	}
	var out []Concern
	add := func(editions, systems []string, perhaps bool) {
		desk, hand := split(editions, systems)
		for _, c := range []Concern{desk, hand} {
			if len(c.Editions) > 0 {
				c.Client, c.Loose, c.Perhaps = p.Client, p.Loose, perhaps
				out = append(out, c)
			}
		}
	}
	add(p.Editions, at, false)
	add(p.Perhaps, at, true)
	if len(p.Unclear) > 0 {
		add(p.Editions, p.Unclear, true)
	}
	return out
}

// split gives desktop systems to the desktop editions and phones to the mobile
// one. Systems that fit no edition leave it out.
func split(editions, systems []string) (desk, hand Concern) {
	var desktop, mobile []string
	for _, s := range systems {
		switch s {
		case "windows", "macos", "linux":
			desktop = append(desktop, s)
		default:
			mobile = append(mobile, s)
		}
	}
	for _, e := range editions {
		switch {
		case e == "mobile" && (len(systems) == 0 || len(mobile) > 0):
			hand.Editions, hand.Systems = append(hand.Editions, e), mobile
		case e != "mobile" && (len(systems) == 0 || len(desktop) > 0):
			desk.Editions, desk.Systems = append(desk.Editions, e), desktop
		}
	}
	if len(desk.Editions)+len(hand.Editions) == 0 && len(editions) > 0 && len(systems) > 0 {
		// The product on a system that is not its own: still this product.
		hand.Editions, hand.Systems = []string{"mobile"}, systems
	}
	return desk, hand
}

// item is one product of a list, and the systems its name gives it.
type item struct {
	name    string
	systems []string
}

var (
	inBrackets = regexp.MustCompile(` *\(for ([^()]*)\)`)
	separators = regexp.MustCompile(` *, and | *, | and `)
)

// takeApart makes the products of a list such as "zoom rooms client for windows
// and zoom vdi client". A system at the end is that of those before it that
// name none.
func takeApart(list, prefix string) []item {
	var shared []string
	if m := inBrackets.FindStringSubmatch(list); m != nil {
		shared = systems(separators.Split(m[1], -1))
		list = inBrackets.ReplaceAllString(list, "")
	}
	var out []item
	for _, part := range separators.Split(list, -1) {
		name, at := cutSystem(part)
		if s := system(part); s != "" && len(out) > 0 { // "… for windows and macos"
			out[len(out)-1].systems = append(out[len(out)-1].systems, s)
			continue
		}
		name = strings.TrimPrefix(strings.TrimSpace(name), prefix)
		out = append(out, item{strings.TrimSpace(name), at})
	}
	if n := len(out); n > 0 && len(shared) == 0 {
		shared = out[n-1].systems
	}
	for i := range out {
		if len(out[i].systems) == 0 {
			out[i].systems = slices.Clone(shared)
		}
	}
	return out
}

// cutSystem takes "for SYSTEM" off a name's end.
func cutSystem(name string) (rest string, at []string) {
	for i := len(name); i > 0; {
		i = strings.LastIndex(name[:i], " for ")
		if i < 0 {
			break
		}
		word := strings.TrimSuffix(strings.TrimSuffix(name[i+len(" for "):], " clients"), " client")
		if s := system(word); s != "" {
			return name[:i], []string{s}
		}
	}
	if s := system(strings.TrimPrefix(name, "for ")); s != "" && strings.HasPrefix(name, "for ") {
		return "", []string{s}
	}
	return name, nil
}

// cpe finds what a CPE name stands for; ok is false for what is not ours.
func (n *nameTable) cpe(c cpeURI) (out []Concern, ok bool) {
	pair := c.vendor + ":" + c.product
	found := n.cpes[pair+"/"+c.swEdition]
	if found == nil {
		found = n.cpes[pair]
	}
	if found == nil || c.part != "a" {
		return nil, false
	}
	p := productName{Client: found.Client, Editions: found.Editions, Loose: found.Loose}
	var at []string
	for _, word := range []string{c.targetSW, c.update} { // old names put the system into the update
		if s := system(strings.ReplaceAll(word, "_", " ")); s != "" {
			at = []string{s}
			break
		}
	}
	if at == nil && !anyWord(c.targetSW) {
		// A browser or a platform nobody here runs the client on: another product.
		return []Concern{{Client: found.Client, Editions: []string{"mobile"}, Systems: []string{"other"}}}, true
	}
	if at == nil {
		at = found.Systems
	}
	if len(at) == 1 && (at[0] == "ios" || at[0] == "android") {
		p.Editions = []string{"mobile"}
	}
	out = p.concerns(at)
	if arch := arches[c.targetHW]; arch != "" {
		for i := range out {
			out[i].Arches = []string{arch}
		}
	}
	return out, true
}

var arches = map[string]string{"x64": "x64", "x86": "x86", "arm64": "arm64", "x86_64": "x64", "amd64": "x64", "i386": "x86", "aarch64": "arm64"}

// cpeURI is a CPE 2.3 name taken apart.
type cpeURI struct {
	part, vendor, product, version, update, swEdition, targetSW, targetHW string
}

// parseCPE reads a formatted string of CPE 2.3 (NISTIR 7695, 6.2).
func parseCPE(s string) (cpeURI, bool) {
	rest, ok := strings.CutPrefix(s, "cpe:2.3:")
	if !ok {
		return cpeURI{}, false
	}
	var f []string
	start := 0
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case ':':
			f, start = append(f, unquote(rest[start:i])), i+1
		}
	}
	f = append(f, unquote(rest[start:]))
	if len(f) != 11 || !cpeWord.MatchString(rest) {
		return cpeURI{}, false
	}
	return cpeURI{part: f[0], vendor: f[1], product: f[2], version: f[3], update: f[4], swEdition: f[7], targetSW: f[8], targetHW: f[9]}, true
}

// cpeWord is what a formatted string may be made of: anything else is quoted
// (NISTIR 7695, 6.2.1).
var cpeWord = regexp.MustCompile(`^(?:[A-Za-z0-9._:*?-]|\\[^\x00-\x20])+$`)

func unquote(s string) string { return strings.ToLower(strings.ReplaceAll(s, `\`, "")) }

// anyWord says whether a field of a CPE name leaves open what it names.
func anyWord(s string) bool { return s == "*" || s == "-" || s == "" }
