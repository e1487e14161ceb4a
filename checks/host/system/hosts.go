package system

import (
	"bytes"
	"fmt"
	"strings"

	"huddleguard/checks/fact"
	"huddleguard/checks/format/plist"
)

// maxSmall bounds the little files a host is named by, in bytes.
const maxSmall = 64 << 10

// linuxHost names a Linux machine by its files. What cannot be read is left empty.
func linuxHost(tree Tree) fact.Host {
	h := fact.Host{OS: fact.Linux, Arch: elfArch(tree)}
	for _, name := range linuxMarks[:2] {
		if data, err := tree.ReadFile(name, maxSmall); err == nil {
			h.OSVersion = releaseValue(string(data), "PRETTY_NAME")
			break
		}
	}
	if data, err := tree.ReadFile("etc/hostname", maxSmall); err == nil {
		h.Name = firstLine(string(data))
	}
	return h
}

// releaseValue reads a value of os-release(5), whose lines are shell assignments.
func releaseValue(text, key string) string {
	for line := range strings.Lines(text) {
		value, found := strings.CutPrefix(strings.TrimSpace(line), key+"=")
		if !found {
			continue
		}
		if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			value = value[1 : n-1]
		}
		return strings.NewReplacer(`\"`, `"`, `\$`, `$`, `\\`, `\`, "\\`", "`").Replace(value)
	}
	return ""
}

// firstLine is the first line that says something and is no comment.
func firstLine(text string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return line
		}
	}
	return ""
}

// elfArch reads the architecture from a program every Linux has.
func elfArch(tree Tree) fact.Arch {
	f, err := tree.Open("bin/sh", MaxFile)
	if err != nil {
		return ""
	}
	defer f.Close()
	head := make([]byte, 20)
	if _, err := f.ReadAt(head, 0); err != nil || !bytes.HasPrefix(head, []byte("\x7fELF")) {
		return ""
	}
	// e_machine of elf(5): 3, 62 and 183, little-endian on all three.
	switch uint16(head[18]) | uint16(head[19])<<8 {
	case 3:
		return fact.X86
	case 62:
		return fact.X64
	case 183:
		return fact.ARM64
	}
	return ""
}

// macHost names a macOS volume by its files.
func macHost(tree Tree) fact.Host {
	return fact.Host{
		OS:        fact.MacOS,
		OSVersion: plistText(tree, macMark, "ProductVersion"),
		Name:      plistText(tree, "Library/Preferences/SystemConfiguration/preferences.plist", "System", "System", "ComputerName"),
	}
}

// plistText reads a string of a property list, empty where it cannot.
func plistText(tree Tree, name string, keys ...string) string {
	data, err := tree.ReadFile(name, maxSmall)
	if err != nil {
		return ""
	}
	var value any
	if value, err = plist.Parse(data); err != nil {
		return ""
	}
	for _, key := range keys {
		dictionary, _ := value.(map[string]any)
		value = dictionary[key]
	}
	text, _ := value.(string)
	return text
}

// windowsHost names a Windows volume by its registry.
func windowsHost(s System) fact.Host {
	h := fact.Host{OS: fact.Windows}
	const current = `SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	number := text(s, current, "CurrentVersion") // up to 8.1; stays at 6.3 since
	if major := text(s, current, "CurrentMajorVersionNumber"); major != "" {
		number = major + "." + text(s, current, "CurrentMinorVersionNumber")
	}
	if build := text(s, current, "CurrentBuild"); number != "" && build != "" {
		h.OSVersion = number + "." + build
	}
	h.Name = text(s, `SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName`, "ComputerName")
	switch text(s, `SYSTEM\CurrentControlSet\Control\Session Manager\Environment`, "PROCESSOR_ARCHITECTURE") {
	case "AMD64":
		h.Arch = fact.X64
	case "x86":
		h.Arch = fact.X86
	case "ARM64":
		h.Arch = fact.ARM64
	}
	return h
}

// text reads a string or a number of the machine's registry, empty where it cannot.
func text(s System, key, name string) string {
	k, err := s.Registry(HKLM, nil, key)
	if err != nil {
		return ""
	}
	switch v, _ := k.Value(name); v := v.(type) {
	case string:
		return v
	case uint64:
		return fmt.Sprint(v)
	}
	return ""
}
