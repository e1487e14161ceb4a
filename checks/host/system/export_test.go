package system

// OfflineWalked is Offline without openat2(2).
func OfflineWalked(root string) (System, error) {
	tree, err := openWalked(root)
	if err != nil {
		return nil, err
	}
	s := &image{base: base{tree: tree}}
	return s, s.recognise()
}
