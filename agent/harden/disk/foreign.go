package disk

import "strings"

// network are the file systems that are another computer's, or that a host
// lends to a virtual machine.
var network = map[string]bool{
	"9p": true, "afs": true, "afpfs": true, "beegfs": true, "ceph": true, "cifs": true, "coda": true,
	"davfs": true, "lustre": true, "ncpfs": true, "nfs": true, "nfs4": true, "smb3": true, "smbfs": true,
	"vboxsf": true, "virtiofs": true, "webdav": true,
}

// servedByProgram says whether a program answers for that kind of file system.
func servedByProgram(kind string) bool {
	return kind == "fuse" || kind == "fuseblk" || strings.HasPrefix(kind, "fuse.") ||
		strings.HasPrefix(kind, "macfuse") || strings.HasPrefix(kind, "osxfuse")
}

// local refuses a kind of file system that is not this computer's own. Locks,
// exchange and owners do not mean there what they mean here, and it may never
// answer.
func local(kind string) error {
	if network[kind] || servedByProgram(kind) {
		return &Foreign{kind}
	}
	return nil
}
