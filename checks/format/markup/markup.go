// Package markup reads the few facts needed from XML manifests: who a Windows
// package is, and which release an AppStream description lists first.
//
// A manifest is read to its end, so that one cut short is noticed.
package markup

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"

	"huddleguard/checks/format/internal/xmlread"
)

// Identity is who a Windows package says it is: the attributes of the Identity
// element, as written. Architecture is empty for a bundle.
type Identity struct {
	Name         string // "MSTeams"
	Version      string // four numbers, "24.295.605.2225"
	Publisher    string // the signer's distinguished name
	Architecture string // x64, x86, arm64, arm or neutral
}

// AppxIdentity reads an AppxManifest.xml or AppxBundleManifest.xml. A manifest
// without an identity, or whose identity has no name or version, is an error.
func AppxIdentity(data []byte) (Identity, error) {
	var ids []Identity
	err := elements(data, func(path []string, e xml.StartElement) {
		if len(path) == 2 && path[1] == "Identity" && (path[0] == "Package" || path[0] == "Bundle") {
			ids = append(ids, Identity{attribute(e, "Name"), attribute(e, "Version"),
				attribute(e, "Publisher"), attribute(e, "ProcessorArchitecture")})
		}
	})
	switch {
	case err != nil:
		return Identity{}, err
	case len(ids) != 1:
		return Identity{}, errors.New("does not hold one package identity")
	case ids[0].Name == "" || ids[0].Version == "":
		return Identity{}, errors.New("package identity has no name or no version")
	}
	return ids[0], nil
}

// Release is a release as an AppStream description lists it.
type Release struct {
	Version string
	Date    string // as written, mostly "2026-11-02"; empty where only a timestamp is given
}

// MetainfoRelease reads the first release of an AppStream metainfo file, which
// by the specification is the newest. A description without releases, or
// whose first has no version, is an error.
func MetainfoRelease(data []byte) (Release, error) {
	var first *Release
	err := elements(data, func(path []string, e xml.StartElement) {
		isRelease := slices.Equal(path, []string{"component", "releases", "release"}) ||
			slices.Equal(path, []string{"application", "releases", "release"}) // before AppStream 0.6
		if isRelease && first == nil {
			first = &Release{attribute(e, "version"), attribute(e, "date")}
		}
	})
	switch {
	case err != nil:
		return Release{}, err
	case first == nil:
		return Release{}, errors.New("lists no release")
	case first.Version == "":
		return Release{}, errors.New("first release has no version")
	}
	return *first, nil
}

// elements calls each with every element and the local names leading to it.
func elements(data []byte, each func(path []string, e xml.StartElement)) error {
	r, err := xmlread.New(data)
	if err != nil {
		return err
	}
	var path []string
	for {
		t, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			path = append(path, t.Name.Local)
			each(path, t)
		case xml.EndElement:
			path = path[:len(path)-1]
		}
	}
}

// attribute is an attribute without a namespace, "" where there is none.
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
