package system

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// listening reads the sockets that accept connections from a table of
// /proc/net. The library's own list first walks every file every process has
// open, which costs as much as the rest of a look.
func listening(table string, ports []uint16) []Listener {
	const listen = "0A" // TCP_LISTEN
	var all []Listener
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 4 || f[3] != listen {
			continue
		}
		host, port, _ := strings.Cut(f[1], ":")
		number, err := strconv.ParseUint(port, 16, 16)
		address, ok := socketAddress(host)
		if err != nil || !ok || len(ports) > 0 && !slices.Contains(ports, uint16(number)) {
			continue
		}
		all = append(all, Listener{Address: address, Port: uint16(number)})
	}
	return all
}

// socketAddress reads an address as the kernel prints it: words of four bytes,
// each in the order of the machine, which is little-endian wherever we run.
func socketAddress(text string) (string, bool) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b)%4 != 0 {
		return "", false
	}
	for i := 0; i < len(b); i += 4 {
		binary.BigEndian.PutUint32(b[i:], binary.LittleEndian.Uint32(b[i:]))
	}
	a, ok := netip.AddrFromSlice(b)
	return a.Unmap().String(), ok
}
