package registry

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// What the library does not offer: a value as its bytes, a key's new name, and
// the word that something is on the disk.
var (
	advapi    = windows.NewLazySystemDLL("advapi32.dll")
	setValue  = advapi.NewProc("RegSetValueExW")
	renameKey = advapi.NewProc("RegRenameKey")
	flushKey  = advapi.NewProc("RegFlushKey")
)

const (
	view = registry.WOW64_64KEY
	// openLink opens a key that is a link as itself (REG_OPTION_OPEN_LINK).
	openLink = 0x8
)

// Bounds on what is journalled.
const (
	maxValue = 256 << 10 // bytes
	maxTree  = 512 << 10 // bytes
	maxKeys  = 500
	maxDepth = 16
)

var (
	errLarge = errors.New("is larger than is kept in the journal")
	errLink  = errors.New("is a link to another key")
)

// gone says whether an error means that a key or value is not there.
func gone(err error) bool {
	return errors.Is(err, registry.ErrNotExist) || errors.Is(err, windows.ERROR_PATH_NOT_FOUND) || errors.Is(err, windows.ERROR_KEY_DELETED)
}

// open opens a key itself, without following it where it is a link.
func open(root registry.Key, path string, access uint32) (registry.Key, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	var h windows.Handle
	if err := windows.RegOpenKeyEx(windows.Handle(root), name, openLink, access|view, &h); err != nil {
		return 0, err
	}
	k := registry.Key(h)
	if _, kind, err := k.GetValue("SymbolicLinkValue", nil); err == nil && kind == kindLink {
		k.Close()
		return 0, errLink
	}
	return k, nil
}

// get reads a value as its bytes.
func get(k registry.Key, name string) (value, error) {
	for size := 1024; size <= maxValue; size *= 4 {
		data := make([]byte, size)
		n, kind, err := k.GetValue(name, data)
		if errors.Is(err, registry.ErrShortBuffer) {
			continue
		}
		if err != nil {
			return value{}, err
		}
		return value{kind, data[:n:n]}, nil
	}
	return value{}, errLarge
}

// set writes a value as its bytes.
func set(k registry.Key, name string, v value) error {
	p, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return err
	}
	r, _, _ := setValue.Call(uintptr(k), uintptr(unsafe.Pointer(p)), 0, uintptr(v.Kind),
		uintptr(unsafe.Pointer(unsafe.SliceData(v.Data))), uintptr(len(v.Data)))
	return failed("writing the value", r)
}

// rename gives a key beneath another a new name.
func rename(parent registry.Key, from, to string) error {
	p, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	q, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	r, _, _ := renameKey.Call(uintptr(parent), uintptr(unsafe.Pointer(p)), uintptr(unsafe.Pointer(q)))
	return failed("renaming the key", r)
}

// flush returns when what was written to a key is on the disk.
func flush(k registry.Key) error {
	r, _, _ := flushKey.Call(uintptr(k))
	return failed("writing the registry to the disk", r)
}

func failed(what string, code uintptr) error {
	if code == 0 {
		return nil
	}
	return fmt.Errorf("%s: %w", what, syscall.Errno(code))
}

// rightsOf gives a key's own rights, nothing where it only has its parent's.
func rightsOf(k registry.Key) (string, error) {
	sd, err := windows.GetSecurityInfo(windows.Handle(k), windows.SE_REGISTRY_KEY, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return "", fmt.Errorf("reading the key's rights: %w", err)
	}
	control, _, err := sd.Control()
	if err != nil {
		return "", fmt.Errorf("reading the key's rights: %w", err)
	}
	own := control&windows.SE_DACL_PROTECTED != 0
	acl, _, err := sd.DACL()
	if err != nil {
		return "", nil // none at all: everybody may everything, and its parent says so
	}
	for i := range uint32(acl.AceCount) {
		var ace *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(acl, i, &ace); err != nil {
			return "", fmt.Errorf("reading the key's rights: %w", err)
		}
		own = own || ace.Header.AceFlags&windows.INHERITED_ACE == 0
	}
	if !own {
		return "", nil
	}
	return sd.String(), nil
}

// giveRights gives a key rights of its own.
func giveRights(k registry.Key, sddl string) error {
	sd, err := windows.SecurityDescriptorFromString(sddl)
	if err != nil {
		return errStep
	}
	control, _, err := sd.Control()
	if err != nil {
		return errStep
	}
	acl, _, err := sd.DACL()
	if err != nil {
		return errStep
	}
	info := windows.SECURITY_INFORMATION(windows.DACL_SECURITY_INFORMATION | windows.UNPROTECTED_DACL_SECURITY_INFORMATION)
	if control&windows.SE_DACL_PROTECTED != 0 {
		info = windows.DACL_SECURITY_INFORMATION | windows.PROTECTED_DACL_SECURITY_INFORMATION
	}
	if err := windows.SetSecurityInfo(windows.Handle(k), windows.SE_REGISTRY_KEY, info, nil, nil, acl, nil); err != nil {
		return fmt.Errorf("giving the key its rights: %w", err)
	}
	return nil
}
