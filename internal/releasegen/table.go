package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"huddleguard/checks/version"
)

const head = `# Releases, and the day each was first seen; made by go generate ./checks/release, do not edit.
# series: client, edition, system, form of a date in the number, parts of a line, months an old line goes on,
# day up to which the source was followed, source. Then number and day.
`

// compile makes the table. notes say which rows were left out, and why.
func compile(recipes []recipe, folders []string) (table []byte, notes []string, err error) {
	var b bytes.Buffer
	b.WriteString(head)
	lists := map[string][]listed{}
	for _, r := range recipes {
		for _, o := range r.origins {
			if _, done := lists[o.file]; done {
				continue
			}
			var skipped []string
			if lists[o.file], skipped, err = readList(folders, o.file); err != nil {
				return nil, nil, err
			}
			notes = append(notes, skipped...)
		}
		notes = append(notes, write(&b, r, lists)...)
	}
	return b.Bytes(), notes, nil
}

// write writes one series.
func write(b *bytes.Buffer, r recipe, lists map[string][]listed) (notes []string) {
	first := map[string]time.Time{}
	var repositories []string
	completeTo := "-"
	for _, o := range r.origins {
		for _, l := range lists[o.file] {
			repository := cmp.Or(l.repository, o.repository)
			if l.product == o.product && (l.platform == o.platform) {
				if !slices.Contains(repositories, repository) {
					repositories = append(repositories, repository)
				}
				if err := take(first, r, l); err != nil {
					notes = append(notes, fmt.Sprintf("%s: %s %s: %v", o.file, l.product, l.version, err))
				}
			}
		}
		// A repository that was followed for one client was followed for all.
		for _, l := range lists[o.file] {
			if slices.Contains(repositories, cmp.Or(l.repository, o.repository)) {
				completeTo = max(strings.TrimPrefix(completeTo, "-"), l.seen.Format(time.DateOnly))
			}
		}
	}
	fmt.Fprintf(b, "series\t%s\n", strings.Join([]string{r.client, r.edition, r.system, r.form, r.line, r.tail,
		completeTo, cmp.Or(strings.Join(repositories, ", "), "-")}, "\t"))
	numbers := slices.SortedFunc(maps.Keys(first), compareNumbers)
	settle(numbers, first, r)
	for _, n := range numbers {
		fmt.Fprintf(b, "%s %s\n", n, first[n].Format(time.DateOnly))
	}
	return notes
}

// packaging is a number of the packager's own behind the vendor's.
var packaging = regexp.MustCompile(`-\d+$`)

// take puts a release in, at the earliest day anybody saw it. A number that
// leaves a part out stands for the first and the last release it can mean.
func take(first map[string]time.Time, r recipe, l listed) error {
	v, err := version.Parse(r.scheme, packaging.ReplaceAllString(l.version, ""))
	if err != nil {
		return err
	}
	if compareNumbers(v.Low, r.least) < 0 {
		return fmt.Errorf("below %s, the least number this client can have", r.least)
	}
	if old, ok := first[v.Low]; !ok || l.seen.Before(old) {
		first[v.Low] = l.seen
	}
	if old, ok := first[v.High]; !v.Exact() && (!ok || l.seen.After(old)) {
		first[v.High] = l.seen
	}
	return nil
}

// settle takes back days that cannot be: within a line a release was out no
// later than the one after it. Packagers sometimes return to an old release.
func settle(numbers []string, first map[string]time.Time, r recipe) {
	parts, _ := strconv.Atoi(r.line)
	for i := len(numbers) - 2; i >= 0; i-- {
		n, next := numbers[i], numbers[i+1]
		if lineOf(n, parts) == lineOf(next, parts) && first[next].Before(first[n]) {
			first[n] = first[next]
		}
	}
}

func lineOf(number string, parts int) string {
	return strings.Join(strings.SplitN(number, ".", parts+1)[:parts], ".")
}

// compareNumbers orders dotted numbers.
func compareNumbers(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(x), len(y)) {
		if c := cmp.Compare(part(x, i), part(y, i)); c != 0 {
			return c
		}
	}
	return 0
}

func part(parts []string, i int) int {
	if i >= len(parts) {
		return 0
	}
	n, _ := strconv.Atoi(parts[i])
	return n
}
