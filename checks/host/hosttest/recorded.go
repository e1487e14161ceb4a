// Package hosttest has hosts made of data, and the contract every
// system.System must pass.
//
// A recorded host is a txtar archive. Its comment is a header of "key: value"
// lines, where "#" begins a comment line:
//
//	os: linux
//	os_version: Debian GNU/Linux 12 (bookworm)
//	name: desk
//	arch: x64
//	live: true
//	users: all
//	user: ann 1000 /home/ann
//
// The keys users (all or self; all where absent) and live (false where absent)
// are the scope. Each user line is a name, an id or SID, and the home; a home
// with spaces is written as the rest of the line. The archive's files are:
//
//	root/opt/zoom/version.txt       a file of the machine
//	home/ann/.config/zoomus.conf    a file of a home, which is in the machine's tree too
//	HKLM.reg, HKCU-ann.reg          a registry in regedit's text form
//	modes                           what the tree cannot say, see below
//	processes                       "pid user exe | arg | arg …", one a line; " -> /dev/video0 …" ends it
//	listeners                       "address port pid", one a line
//	portal-ann/devices              "id app perm,perm", one a line
//	snapd/v2/snaps                  the "result" of an answer
//
// On Windows root/ is the C: volume. The text of a file that begins with one
// of these words says how its bytes are made:
//
//	@base64               the bytes in base64
//	@pe 5.17.5.31030 CompanyName="Zoom" …   a program with that version resource
//	@sqlite               a database made by that SQL
//	@plist-binary         a binary property list of that XML
//	@size 4294967296      nothing but zeros, that many
//
// The section modes has directives, one a line, with paths as in the machine's
// tree and "~ann/…" for a home's:
//
//	0777 /opt/Webex             mode bits, setuid and sticky included
//	owner 0 ~ann/.config/x      the numeric owner
//	link /opt/a -> ../b         a symbolic link
//	dir /opt/empty              a folder
//	fifo /opt/f, device /opt/d, socket /opt/s
//	unreadable /opt/x reason    it is there, and cannot be read for that reason
package hosttest
