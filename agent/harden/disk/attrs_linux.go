package disk

import (
	"bytes"
	"os"

	"golang.org/x/sys/unix"
)

const (
	attrCapability = "security.capability"
	maxAttr        = 64 << 10 // XATTR_SIZE_MAX and XATTR_LIST_MAX
)

// sealed are the attributes the kernel makes from the content itself.
var sealed = map[string]bool{"security.ima": true, "security.evm": true}

// attrsOf reads the extended attributes of an open file.
func attrsOf(f *os.File) (map[string]string, error) {
	list := make([]byte, maxAttr)
	n := 0
	err := untilDone(func() (err error) { n, err = unix.Flistxattr(int(f.Fd()), list); return err })
	if err == unix.EOPNOTSUPP {
		return nil, nil
	}
	if err != nil {
		return nil, explain(err)
	}
	attrs := map[string]string{}
	value := make([]byte, maxAttr)
	for name := range bytes.SplitSeq(bytes.TrimRight(list[:n], "\x00"), []byte{0}) {
		if len(name) == 0 || sealed[string(name)] {
			continue
		}
		err := untilDone(func() (err error) { n, err = unix.Fgetxattr(int(f.Fd()), string(name), value); return err })
		switch err {
		case nil:
			attrs[string(name)] = string(value[:n])
		case unix.ENODATA: // gone since it was listed
		default:
			return nil, explain(err)
		}
	}
	return attrs, nil
}

// setAttrs gives a new file these extended attributes and no others.
func setAttrs(f *os.File, want map[string]string) error {
	has, err := attrsOf(f)
	if err != nil {
		return err
	}
	for name := range has {
		if _, ok := want[name]; ok {
			continue
		}
		if err := untilDone(func() error { return unix.Fremovexattr(int(f.Fd()), name) }); err != nil {
			return notKept("extended attributes", err)
		}
	}
	for name, value := range want {
		if v, ok := has[name]; ok && v == value {
			continue
		}
		if err := untilDone(func() error { return unix.Fsetxattr(int(f.Fd()), name, []byte(value), 0) }); err != nil {
			return notKept("extended attributes", err)
		}
	}
	return nil
}

// notKept is the reason where a new file cannot be made like the old one. A full
// disk is a reason of its own.
func notKept(what string, err error) error {
	if err == unix.EPERM || err == unix.EACCES || err == unix.EOPNOTSUPP || err == unix.EINVAL {
		return because("its "+what+" could not be kept", err)
	}
	return explain(err)
}
