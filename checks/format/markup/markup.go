// Package markup reads the two kinds of XML a look needs: the identity in an
// AppX manifest, and the newest release in an AppStream description.
package markup

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// Bounds on one document.
const (
	MaxSize   = 4 << 20 // bytes
	maxTokens = 200_000
)

// ErrForm means that the bytes are not the document they should be.
var ErrForm = errors.New("is not the XML it should be")

// Identity is who an AppX package is.
type Identity struct {
	Name, Version, Publisher, Architecture string
}

// AppxIdentity reads AppxManifest.xml or AppxBundleManifest.xml.
func AppxIdentity(data []byte) (Identity, error) {
	e, err := first(data, "Identity")
	if err != nil {
		return Identity{}, err
	}
	id := Identity{attr(e, "Name"), attr(e, "Version"), attr(e, "Publisher"), attr(e, "ProcessorArchitecture")}
	if id.Name == "" || id.Version == "" {
		return Identity{}, ErrForm
	}
	return id, nil
}

// Release is one release in an AppStream description, the newest first in a file.
type Release struct {
	Version, Date string
}

// MetainfoRelease reads the first release of a metainfo file.
func MetainfoRelease(data []byte) (Release, error) {
	e, err := first(data, "release")
	if err != nil {
		return Release{}, err
	}
	r := Release{attr(e, "version"), attr(e, "date")}
	if r.Version == "" {
		return Release{}, ErrForm
	}
	return r, nil
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// first is the first element of a name; the whole document is read, so that a
// cut one is noticed.
func first(data []byte, name string) (xml.StartElement, error) {
	var found xml.StartElement
	if len(data) > MaxSize {
		return found, fmt.Errorf("is larger than %d bytes", MaxSize)
	}
	dec := xml.NewDecoder(bytes.NewReader(data))
	elements := 0
	for range maxTokens {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			if elements == 0 || found.Name.Local == "" {
				return found, ErrForm
			}
			return found, nil
		}
		if err != nil {
			return found, ErrForm
		}
		switch t := tok.(type) {
		case xml.Directive:
			return found, ErrForm // no document type, so no entities of one's own
		case xml.StartElement:
			elements++
			if t.Name.Local == name && found.Name.Local == "" {
				found = t.Copy()
			}
		}
	}
	return found, ErrForm
}
