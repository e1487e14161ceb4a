package disk

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// magics are the numbers of the foreign file systems, for mounts that are not
// in the process's table: those outside of its root.
var magics = map[int64]string{
	unix.NFS_SUPER_MAGIC: "nfs", unix.SMB_SUPER_MAGIC: "smbfs", unix.CIFS_SUPER_MAGIC: "cifs", unix.SMB2_SUPER_MAGIC: "smb3",
	unix.FUSE_SUPER_MAGIC: "fuse", unix.V9FS_MAGIC: "9p", unix.AFS_SUPER_MAGIC: "afs", unix.AFS_FS_MAGIC: "afs",
	unix.CODA_SUPER_MAGIC: "coda", unix.CEPH_SUPER_MAGIC: "ceph", unix.NCP_SUPER_MAGIC: "ncpfs", 0x786f4256: "vboxsf",
}

// localFile refuses an open file that lies on a foreign file system. The kernel's
// table of mounts is asked, since the file system itself may never answer.
func localFile(f *os.File) error {
	kind, err := mountKind(f)
	if err != nil {
		return explain(err)
	}
	if kind == "" {
		var st unix.Statfs_t
		if err := untilDone(func() error { return unix.Fstatfs(int(f.Fd()), &st) }); err != nil {
			return explain(err)
		}
		kind = magics[st.Type]
	}
	return local(kind)
}

// mountKind is the kind of the file system of an open file, empty where the
// table does not have it.
func mountKind(f *os.File) (string, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", f.Fd()))
	if os.IsNotExist(err) {
		return "", errProc
	}
	if err != nil {
		return "", err
	}
	_, rest, _ := bytes.Cut(data, []byte("mnt_id:"))
	id, _, _ := bytes.Cut(rest, []byte("\n"))
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "", err
	}
	return kindInTable(string(table), strings.TrimSpace(string(id))), nil
}

// kindInTable finds the mount of that number in the form of proc(5)'s mountinfo.
func kindInTable(table, id string) string {
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, id+" ") {
			continue
		}
		_, rest, _ := strings.Cut(line, " - ")
		kind, _, _ := strings.Cut(rest, " ")
		return kind
	}
	return ""
}
