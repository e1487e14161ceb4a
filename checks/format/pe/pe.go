// Package pe reads what a Windows program says of itself: the version in its
// resources, and who signed it.
package pe

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/tc-hib/winres"
	"github.com/tc-hib/winres/version"
)

// ErrForm means that the bytes are not a Windows program.
var ErrForm = errors.New("is not a Windows program")

// ErrNoVersion means that the program has no version resource.
var ErrNoVersion = errors.New("has no version resource")

// Info is what a version resource says.
type Info struct {
	// FileVersion is the four-part number of the fixed part, "5.17.5.31030".
	FileVersion string
}

// VersionInfo reads the version resource of a program.
func VersionInfo(r io.ReaderAt, size int64) (info Info, err error) {
	defer func() {
		if recover() != nil { // the library is not hardened against hostile programs
			info, err = Info{}, ErrForm
		}
	}()
	resources, err := winres.LoadFromEXESingleType(io.NewSectionReader(r, 0, size), winres.RT_VERSION)
	if errors.Is(err, winres.ErrNoResources) {
		return Info{}, ErrNoVersion
	}
	if err != nil {
		return Info{}, ErrForm
	}
	var data []byte
	resources.WalkType(winres.RT_VERSION, func(_ winres.Identifier, _ uint16, d []byte) bool {
		data = bytes.Clone(d)
		return false
	})
	if data == nil {
		return Info{}, ErrNoVersion
	}
	v, err := version.FromBytes(data)
	if err != nil {
		return Info{}, ErrForm
	}
	info.FileVersion = fmt.Sprintf("%d.%d.%d.%d", v.FileVersion[0], v.FileVersion[1], v.FileVersion[2], v.FileVersion[3])
	return info, nil
}
