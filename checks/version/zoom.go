package version

import (
	_ "embed"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// patchMax stands for "some patch": builds start at 100, so a patch is below.
const patchMax = 99

var (
	// zoomText is "5.17.5 (31030)"; the old macOS text has a date after a dot,
	// and was also written without the brackets.
	zoomText = regexp.MustCompile(`^(\d{1,4})\.(\d{1,4})\.(\d{1,2}) (?:\((\d{1,9})(?:\.(\d{4}))?\)|(\d{1,9})(?:\.(\d{4}))?)$`)
	zoomNew  = regexp.MustCompile(`^(\d{1,4})\.(\d{1,4})\.(\d{1,2})(?:\.(\d{1,9}))?$`) // x.y.z and x.y.z.BUILD
	zoomOld  = regexp.MustCompile(`^(\d{1,4})\.(\d{1,4})\.(\d{3,9})\.(\d{4})$`)        // x.y.BUILD.MMDD
	zoomMSI  = regexp.MustCompile(`^(\d{1,4})\.(\d{1,4})\.(\d{3,9})$`)                 // x.y.BUILD, the patch left out
	zoomLine = regexp.MustCompile(`^(\d{1,4})\.(\d{1,4})$`)                            // x.y
	zoomRPM  = regexp.MustCompile(`^((?:\d+:)?\d+(?:\.\d+){2,3})-\d+$`)                // an rpm release
	zoomHead = regexp.MustCompile(`^\d+:`)                                             // an epoch
)

// zoom reads Zoom's forms (winget manifests, Homebrew, flathub; seen
// 2026-11-23). Builds are counted for each system and restart, so only the
// first three parts are compared. Where the patch is left out the table of
// Windows builds fills it in, or bounds it; the old forms of Linux and macOS
// leave it open, and keep their build for bounds of the same form.
func zoom(v Version, s string) (Version, error) {
	if m := zoomRPM.FindStringSubmatch(s); m != nil {
		s = zoomHead.ReplaceAllString(m[1], "")
	}
	if m := zoomText.FindStringSubmatch(s); m != nil {
		return zoomExact(v, m[1], m[2], m[3]), nil
	}
	if m := zoomNew.FindStringSubmatch(s); m != nil {
		return zoomExact(v, m[1], m[2], m[3]), nil
	}
	if m := zoomOld.FindStringSubmatch(s); m != nil {
		v = zoomOpen(v, m[1], m[2], 0, patchMax)
		v.build = []int{number(m[3]), number(m[4])}
		return v, nil
	}
	if m := zoomMSI.FindStringSubmatch(s); m != nil {
		low, high := zoomPatch(m[1]+"."+m[2], number(m[3]))
		v = zoomOpen(v, m[1], m[2], low, high)
		v.build = []int{number(m[3])}
		return v, nil
	}
	if m := zoomLine.FindStringSubmatch(s); m != nil {
		return zoomOpen(v, m[1], m[2], 0, patchMax), nil
	}
	return v, ErrForm
}

func zoomExact(v Version, major, minor, patch string) Version {
	p := number(patch)
	return zoomOpen(v, major, minor, p, p)
}

func zoomOpen(v Version, major, minor string, low, high int) Version {
	line := strconv.Itoa(number(major)) + "." + strconv.Itoa(number(minor)) + "."
	v.Low, v.High = line+strconv.Itoa(low), line+strconv.Itoa(high)
	return v
}

// number is for digits a pattern has bounded already.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

//go:embed zoom_builds.tsv
var zoomBuildsTSV string

// zoomBuild says that a build of a line carries a patch number.
type zoomBuild struct{ build, patch int }

// zoomBuilds holds, for each line x.y, its builds in rising order.
var zoomBuilds = sync.OnceValue(func() map[string][]zoomBuild {
	out := map[string][]zoomBuild{}
	for row := range strings.Lines(zoomBuildsTSV) {
		f := strings.Fields(row)
		if len(f) == 3 && f[0] != "#" {
			out[f[0]] = append(out[f[0]], zoomBuild{number(f[1]), number(f[2])})
		}
	}
	return out
})

// zoomPatch is what a build of a line can be: one patch where the build is
// known; between its neighbours' patches where it is not.
func zoomPatch(line string, build int) (low, high int) {
	low, high = 0, patchMax
	for _, b := range zoomBuilds()[line] {
		switch {
		case b.build == build:
			return b.patch, b.patch
		case b.build < build:
			low = b.patch
		default:
			return low, b.patch
		}
	}
	return low, high
}
