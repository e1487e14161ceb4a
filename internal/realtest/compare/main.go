// Command compare holds a report of real programs against what was expected of
// it, written by hand. Usage: compare WANT REPORT.
//
// A line of WANT is "copy ID [VERSION]", "fail SEVERITY CHECK [@USER]" or
// "unknown CHECK [@USER]", of which all must be there and no others, or
// "pass CHECK [@USER]", which must be there.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// report is what is read of a report.
type report struct {
	Installations []struct {
		ID      string
		Version struct{ Raw string }
	}
	Findings []struct {
		ID, Outcome, Severity, User, Title string
	}
	Unreadable []struct{ What, Why string }
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: compare WANT REPORT")
		os.Exit(2)
	}
	wrong, err := compare(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(2)
	}
	for _, w := range wrong {
		fmt.Println(w)
	}
	if len(wrong) > 0 {
		os.Exit(1)
	}
	fmt.Println(os.Args[2], "says exactly what", os.Args[1], "wants")
}

func compare(wantFile, reportFile string) ([]string, error) {
	want, err := os.ReadFile(wantFile)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(reportFile)
	if err != nil {
		return nil, err
	}
	var r report
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, err
	}
	lines, passes := said(r)
	var wrong, expected []string
	for line := range strings.Lines(string(want)) {
		line = strings.Join(strings.Fields(line), " ")
		switch {
		case line == "" || line[0] == '#':
		case strings.HasPrefix(line, "pass "):
			if !slices.Contains(passes, line) {
				wrong = append(wrong, "missing: "+line)
			}
		default:
			expected = append(expected, line)
			if !slices.ContainsFunc(lines, func(have string) bool { return matches(line, have) }) {
				wrong = append(wrong, "missing: "+line)
			}
		}
	}
	for _, line := range lines {
		if !slices.ContainsFunc(expected, func(want string) bool { return matches(want, line) }) {
			wrong = append(wrong, "not expected: "+line)
		}
	}
	return wrong, nil
}

// matches compares a wanted line with one that is there; a final "*" stands for
// anything, such as the version of a browser that Debian renews.
func matches(want, have string) bool {
	if head, any := strings.CutSuffix(want, "*"); any {
		return strings.HasPrefix(have, head)
	}
	return want == have
}

// said is what a report says, in the words of WANT.
func said(r report) (lines, passes []string) {
	for _, in := range r.Installations {
		lines = append(lines, strings.TrimSpace("copy "+in.ID+" "+in.Version.Raw))
	}
	for _, f := range r.Findings {
		whose := ""
		if f.User != "" {
			whose = " @" + f.User
		}
		switch f.Outcome {
		case "fail":
			lines = append(lines, "fail "+f.Severity+" "+f.ID+whose)
		case "unknown":
			lines = append(lines, "unknown "+f.ID+whose)
		case "pass":
			passes = append(passes, "pass "+f.ID+whose)
		}
	}
	for _, u := range r.Unreadable {
		lines = append(lines, "unreadable "+u.What)
	}
	return lines, passes
}
