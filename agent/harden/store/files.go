package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"reflect"
	"slices"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/disk"
	"huddleguard/agent/harden/plan"
	"huddleguard/agent/harden/store/splice"
	"huddleguard/checks/fact"
	"huddleguard/checks/format/edit"
)

// Files is the Store of the entries of settings files of one format.
type Files struct {
	ground
	format edit.Format
}

var _ harden.Store = (*Files)(nil)

// undoing is what the journal holds to take a step back: what the file was and
// became, as hashes, and of its bytes only those the step itself touched.
type undoing struct {
	Before string `json:"before,omitempty"` // empty: there was no file
	After  string `json:"after"`
	// Back makes the file of after the file of before; empty where putting the
	// entry back does.
	Back splice.Splice `json:"back,omitempty"`
	// Folders are those that have to be made for a new file, from the top.
	Folders []string `json:"folders,omitempty"`
	// Or is the record from before it was made anew: the file itself tells by its
	// hash which of the two holds.
	Or *undoing `json:"or,omitempty"`
}

// as is the record that holds for a file of that hash, empty for none.
func (u *undoing) as(sum string) *undoing {
	if u.Or == nil || u.After == sum {
		return u
	}
	if u.Or.After == sum || u.Or.Before == sum && u.Before != sum {
		return u.Or
	}
	return u
}

// made says whether the step makes the file.
func (u *undoing) made() bool { return u.Before == "" }

var (
	errRecord = errors.New("the journal's record of it cannot be used")
	errBack   = errors.New("it could not be put back exactly without keeping what stands beside it")
	errNoWay  = errors.New("it could not be put back")
	errSecret = errors.New("the key can hold a secret, and is never touched")
)

// Read finds the entry. Where there is no file, there is none.
func (s *Files) Read(_ context.Context, at fact.At) (plan.Standing, error) {
	name, err := s.name(at)
	if err != nil {
		return plan.Standing{}, err
	}
	f, err := s.load(name)
	if err != nil || f == nil {
		return plan.Standing{}, err
	}
	return s.find(f.Data, at)
}

// load reads a file; nil where there is none.
func (s *Files) load(name string) (*disk.File, error) {
	f, err := s.root.Read(name, disk.MaxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return f, moved(err)
}

func (s *Files) find(data []byte, at fact.At) (plan.Standing, error) {
	raw, value, present, err := s.format.Find(data, at)
	if err != nil {
		return plan.Standing{}, err
	}
	return plan.Standing{Present: present, Raw: raw, Value: value}, nil
}

// put makes an entry stand as it is said to, and leaves the rest.
func (s *Files) put(data []byte, at fact.At, to plan.Standing) ([]byte, error) {
	if !to.Present && len(to.Raw) == 0 {
		return s.format.Cut(data, at)
	}
	return s.format.Set(data, at, append([]byte{}, to.Raw...)) // empty is not none
}

// Prepare edits the file in memory, and finds the way back.
func (s *Files) Prepare(_ context.Context, at fact.At, now plan.Standing, want fact.Held) (plan.Step, error) {
	if harden.Secret(at) {
		return plan.Step{}, errSecret
	}
	name, err := s.name(at)
	if err != nil {
		return plan.Step{}, err
	}
	f, err := s.load(name)
	if err != nil {
		return plan.Step{}, err
	}
	d := draft{Files: s, at: at, before: s.format.Blank(), made: f == nil}
	if f != nil {
		d.before = f.Data
	}
	if d.prior, err = s.find(d.before, at); err != nil {
		return plan.Step{}, err
	}
	if !d.prior.Same(now) {
		return plan.Step{}, harden.ErrMoved
	}
	if already, err := d.edit(want); already || err != nil {
		return plan.Step{Prior: d.prior, Written: d.prior}, err
	}
	u, err := d.wayBack(name)
	if err != nil {
		return plan.Step{}, err
	}
	record, err := json.Marshal(u)
	return plan.Step{Prior: d.prior, Written: d.written, Undo: record}, err
}

// draft is a change of a file as it is thought out.
type draft struct {
	*Files
	at             fact.At
	made           bool
	before, after  []byte
	prior, written plan.Standing
}

// edit makes the new form of the file, and says whether it stands there already.
func (d *draft) edit(want fact.Held) (already bool, err error) {
	if want.State != fact.Present {
		if !d.prior.Present {
			return true, nil
		}
		d.after, err = d.format.Cut(d.before, d.at)
		return false, err
	}
	raw, err := d.format.Encode(want.Value, d.at, d.prior.Raw)
	if err != nil {
		return false, err
	}
	if d.after, err = d.format.Set(d.before, d.at, raw); err != nil {
		return false, err
	}
	if d.written, err = d.find(d.after, d.at); err != nil {
		return false, err
	}
	return d.prior.Present && (d.written.Same(d.prior) || equal(d.written.Value, d.prior.Value)), nil
}

// equal compares values that were read: 1 and 1.0 are the same.
func equal(a, b any) bool {
	x, ok := number(a)
	y, ok2 := number(b)
	if ok && ok2 {
		return x == y
	}
	return reflect.DeepEqual(a, b)
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case int64:
		return float64(n), true
	case uint64:
		return float64(n), true
	}
	return 0, false
}

// wayBack sees in memory that the change can be taken back, exactly and by its
// key, and what has to be kept for that.
func (d *draft) wayBack(name string) (*undoing, error) {
	u := &undoing{After: hash(d.after)}
	back, err := d.put(d.after, d.at, d.prior)
	if err != nil {
		return nil, errors.Join(errNoWay, err)
	}
	if again, err := d.find(back, d.at); err != nil || !again.Same(d.prior) {
		return nil, errNoWay
	}
	if d.made {
		if u.Folders, err = d.missing(name); err == nil && len(u.Folders) > 0 && !d.mayMake(name) {
			err = errNoHome
		}
		return u, err
	}
	u.Before = hash(d.before)
	if !bytes.Equal(back, d.before) {
		u.Back = splice.Between(d.before, d.after).Reversed()
		err = d.narrow(u.Back)
	}
	return u, err
}

// narrow refuses a way back that would keep more of the file than the entry: what
// stands beside it can be a secret. Where a value was set, only what stood there
// before is kept; where it was taken out, that and its name. Signs alone, as of
// an object that was empty, hold nothing.
func (d *draft) narrow(back splice.Splice) error {
	kept := 0
	for _, p := range back {
		if d.written.Present && !bytes.Contains(d.prior.Raw, bytes.Trim(p.New, signs)) {
			return errBack
		}
		if !d.written.Present && len(bytes.TrimSpace(p.Old)) > 0 {
			return errBack
		}
		if harden.HoldsSecret(string(p.New)) { // one of several entries of that name
			return errBack
		}
		kept += len(bytes.Join(bytes.Fields(p.New), nil))
	}
	const marks = 16 // quotes, signs and brackets around a name
	entry := len(d.prior.Raw) + len(d.at.Key) + len(d.at.Item) + marks
	if !d.written.Present && kept > entry*len(back) {
		return errBack
	}
	return nil
}

// signs are white space, and what formats put around and between entries.
const signs = " \t\r\n{}[]/,;"

func hash(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// read takes a record apart.
func read(step plan.Step) (*undoing, error) {
	u := &undoing{}
	if err := json.Unmarshal(step.Undo, u); err != nil || len(u.After) != 2*sha256.Size {
		return nil, errRecord
	}
	return u, nil
}

// sums are the hashes as disk takes them, zero for no file.
func (u *undoing) sums() (before, after [sha256.Size]byte) {
	return sum(u.Before), sum(u.After)
}

func sum(text string) (out [sha256.Size]byte) {
	b, _ := hex.DecodeString(text) // of what is no number nothing is cleared away
	copy(out[:], b)
	return out
}

// Do edits the file again and puts the result in its place.
func (s *Files) Do(_ context.Context, at fact.At, step plan.Step) error {
	name, f, u, err := s.open(at, step)
	if err != nil {
		return err
	}
	data := s.format.Blank()
	switch {
	case (f == nil) != u.made(), f != nil && hash(f.Data) != u.Before:
		return harden.ErrMoved
	case f != nil:
		data = f.Data
	}
	after, err := s.put(data, at, step.Written)
	if err != nil {
		return err
	}
	if hash(after) != u.After {
		return errRecord
	}
	if f == nil {
		return s.create(name, u.Folders, after)
	}
	return moved(s.root.Replace(name, f, after))
}

// open reads what a step is about.
func (s *Files) open(at fact.At, step plan.Step) (name string, f *disk.File, u *undoing, err error) {
	if u, err = read(step); err != nil {
		return "", nil, nil, err
	}
	if name, err = s.name(at); err != nil {
		return "", nil, nil, err
	}
	f, err = s.load(name)
	return name, f, u, err
}

// create makes a file and its folders: just those that were missing when the
// step was journalled, so that no other's is ever taken away again.
func (s *Files) create(name string, folders []string, data []byte) error {
	forFolder, forFile := s.rights()
	var made []string
	var err error
	if len(folders) > 0 {
		if made, err = s.root.MkdirAll(path.Dir(name), forFolder); err != nil {
			return moved(err)
		}
	}
	if err = harden.ErrMoved; slices.Equal(made, folders) {
		err = s.root.Create(name, forFile, data)
	}
	if err != nil {
		return errors.Join(moved(err), s.root.RemoveDirs(made))
	}
	return nil
}

// Undo gives the very file of before where it is still the one of after. Else
// only the entry goes back, and what others wrote stays.
func (s *Files) Undo(_ context.Context, at fact.At, step plan.Step) error {
	name, f, u, err := s.open(at, step)
	if err != nil {
		return err
	}
	switch {
	case f == nil && step.Written.Present:
		return harden.ErrMoved
	case f == nil:
		return harden.ErrGone
	}
	u = u.as(hash(f.Data))
	switch {
	case hash(f.Data) != u.After:
		return s.undoEntry(name, f, at, step)
	case u.made():
		if err := s.root.Remove(name, f); err != nil {
			return moved(err)
		}
		return s.root.RemoveDirs(u.Folders)
	}
	before, err := s.exact(f.Data, at, step, u)
	if err != nil {
		return err
	}
	return moved(s.root.Replace(name, f, before))
}

// exact is the file of before, made of the one of after.
func (s *Files) exact(data []byte, at fact.At, step plan.Step, u *undoing) (before []byte, err error) {
	if len(u.Back) > 0 {
		before, err = u.Back.Apply(data)
	} else {
		before, err = s.put(data, at, step.Prior)
	}
	if err == nil && hash(before) != u.Before {
		err = errRecord
	}
	return before, err
}

// undoEntry puts the entry back in a file that others wrote to. One that has our
// own name and holds nothing any more goes.
func (s *Files) undoEntry(name string, f *disk.File, at fact.At, step plan.Step) error {
	now, err := s.find(f.Data, at)
	switch {
	case err != nil:
		return err
	case !now.Same(step.Written):
		return harden.ErrMoved
	}
	data, err := s.put(f.Data, at, step.Prior)
	if err != nil {
		return err
	}
	if isOurs(name) && bytes.Equal(bytes.TrimSpace(data), bytes.TrimSpace(s.format.Blank())) {
		return moved(s.root.Remove(name, f))
	}
	return moved(s.root.Replace(name, f, data))
}

// Settle clears away the other form of the file, and folders that were made for
// a file that was not.
func (s *Files) Settle(_ context.Context, at fact.At, step plan.Step) error {
	u, err := read(step)
	if err != nil {
		return err
	}
	name, err := s.name(at)
	if err != nil {
		return err
	}
	before, after := u.sums()
	if f, err := s.load(name); err == nil && f != nil {
		u = u.as(hash(f.Data))
		before, after = u.sums()
		if left, err := s.root.Left(name); err == nil && f.Sum != before && f.Sum != after && s.onlyEntry(f.Data, left.Data, at, step) {
			before = left.Sum
		}
	}
	if err := s.root.Settle(name, before, after); err != nil {
		return err
	}
	if _, err := s.root.Stat(name); u.made() && errors.Is(err, fs.ErrNotExist) {
		return s.root.RemoveDirs(u.Folders)
	}
	return nil
}

// onlyEntry says whether two forms of a file that others wrote to are those of
// before and after putting the entry back in it.
func (s *Files) onlyEntry(a, b []byte, at fact.At, step plan.Step) bool {
	x, err := s.put(a, at, step.Prior)
	y, err2 := s.put(b, at, step.Prior)
	return err == nil && bytes.Equal(x, b) || err2 == nil && bytes.Equal(y, a)
}
