package system

import (
	"strings"

	"huddleguard/checks/format/gvdb"
)

// storeDir is where the portal permission store keeps its tables
// (xdg-desktop-portal, 2026-11).
const storeDir = ".local/share/flatpak/db"

// storedPortal reads a table of a home's permission store from its file.
func storedPortal(home Home, table string) (map[string]map[string][]string, error) {
	if table == "" || strings.ContainsAny(table, "/\x00") || table == ".." {
		return nil, because("is no name of a permission table", nil)
	}
	data, err := home.Tree.ReadFile(storeDir+"/"+table, MaxFile)
	if err != nil {
		return nil, err
	}
	permissions, err := gvdb.ParsePermissions(data)
	if err != nil {
		return nil, because("is no permission table in its form", err)
	}
	return permissions, nil
}
