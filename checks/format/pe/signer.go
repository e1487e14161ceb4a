package pe

import (
	"bytes"
	"crypto"
	_ "crypto/sha1" // old signatures
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509/pkix"
	"debug/pe"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"io"

	"github.com/smallstep/pkcs7"
)

// ErrUnsigned means that the program carries no signature.
var ErrUnsigned = errors.New("carries no signature")

// Signature is who signed a program. Nobody checked whether the certificates
// lead to a root that can be trusted.
type Signature struct {
	CommonName, Organization string
	// Matches is true where the program is the one that was signed.
	Matches bool
}

// Name is the signer's name: the organisation, or else the common name.
func (s Signature) Name() string {
	if s.Organization != "" {
		return s.Organization
	}
	return s.CommonName
}

// maxTable bounds the certificate table in bytes.
const maxTable = 4 << 20

// Signer reads who signed a program (Authenticode: Microsoft's
// "Windows Authenticode Portable Executable Signature Format").
func Signer(r io.ReaderAt, size int64) (s Signature, err error) {
	defer func() {
		if recover() != nil { // neither library is hardened against hostile programs
			s, err = Signature{}, ErrForm
		}
	}()
	l, err := layoutOf(r, size)
	if err != nil {
		return s, err
	}
	p7, err := certificates(r, l)
	if err != nil {
		return s, err
	}
	leaf := p7.GetOnlySigner()
	if leaf == nil {
		return s, ErrForm
	}
	s.CommonName = leaf.Subject.CommonName
	if len(leaf.Subject.Organization) > 0 {
		s.Organization = leaf.Subject.Organization[0]
	}
	want, hash, err := signedDigest(p7.Content)
	if err != nil {
		return s, err
	}
	have, err := digest(r, l, hash)
	s.Matches = err == nil && bytes.Equal(want, have)
	return s, err
}

// layout is where the parts of a program lie that a signature leaves out.
type layout struct {
	size            int64
	checksum, entry int64 // the checksum, and the table's entry in the header
	table, length   int64 // the certificate table
}

// certificateTable is the number of the table among the header's directories.
const certificateTable = 4

func layoutOf(r io.ReaderAt, size int64) (layout, error) {
	f, err := pe.NewFile(io.NewSectionReader(r, 0, size))
	if err != nil {
		return layout{}, ErrForm
	}
	var start [4]byte
	if _, err := r.ReadAt(start[:], 0x3c); err != nil {
		return layout{}, ErrForm
	}
	optional := int64(binary.LittleEndian.Uint32(start[:])) + 4 + 20
	l := layout{size: size, checksum: optional + 64}
	var dir pe.DataDirectory
	switch h := f.OptionalHeader.(type) {
	case *pe.OptionalHeader32:
		dir, l.entry = h.DataDirectory[certificateTable], optional+96+8*certificateTable
	case *pe.OptionalHeader64:
		dir, l.entry = h.DataDirectory[certificateTable], optional+112+8*certificateTable
	default:
		return layout{}, ErrForm
	}
	l.table, l.length = int64(dir.VirtualAddress), int64(dir.Size) // a file offset, for this table only
	if l.length == 0 {
		return layout{}, ErrUnsigned
	}
	if l.length < 8 || l.length > maxTable || l.table < l.entry+8 || l.table+l.length > size {
		return layout{}, ErrForm
	}
	return l, nil
}

// certificates reads the table's first entry, a PKCS #7 structure.
func certificates(r io.ReaderAt, l layout) (*pkcs7.PKCS7, error) {
	table := make([]byte, l.length)
	if _, err := r.ReadAt(table, l.table); err != nil {
		return nil, ErrForm
	}
	n := int64(binary.LittleEndian.Uint32(table))
	const kindPKCS7 = 2
	if n < 8 || n > l.length || binary.LittleEndian.Uint16(table[6:]) != kindPKCS7 {
		return nil, ErrForm
	}
	var whole asn1.RawValue // padding follows it
	if _, err := asn1.Unmarshal(table[8:n], &whole); err != nil {
		return nil, ErrForm
	}
	p7, err := pkcs7.Parse(whole.FullBytes)
	if err != nil {
		return nil, ErrForm
	}
	return p7, nil
}

// signedDigest reads the digest that was signed: SpcIndirectDataContent.
func signedDigest(content []byte) ([]byte, crypto.Hash, error) {
	var data asn1.RawValue
	rest, err := asn1.Unmarshal(content, &data)
	if err != nil {
		return nil, 0, ErrForm
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}
	if _, err := asn1.Unmarshal(rest, &info); err != nil {
		return nil, 0, ErrForm
	}
	for oid, hash := range map[string]crypto.Hash{
		"1.3.14.3.2.26": crypto.SHA1, "2.16.840.1.101.3.4.2.1": crypto.SHA256,
		"2.16.840.1.101.3.4.2.2": crypto.SHA384, "2.16.840.1.101.3.4.2.3": crypto.SHA512,
	} {
		if info.Algorithm.Algorithm.String() == oid {
			return info.Digest, hash, nil
		}
	}
	return nil, 0, ErrForm
}

// digest is the digest of a program without its checksum, the table's entry
// and the table.
func digest(r io.ReaderAt, l layout, hash crypto.Hash) ([]byte, error) {
	h := hash.New()
	for _, part := range [][2]int64{
		{0, l.checksum}, {l.checksum + 4, l.entry}, {l.entry + 8, l.table}, {l.table + l.length, l.size},
	} {
		if part[0] > part[1] {
			return nil, ErrForm
		}
		if _, err := io.Copy(h, io.NewSectionReader(r, part[0], part[1]-part[0])); err != nil {
			return nil, err
		}
	}
	return h.Sum(nil), nil
}
