package disk

import (
	"errors"
	"io/fs"
	"time"

	"golang.org/x/sys/unix"
)

// Create makes a file that is not there yet, in a folder that is. ErrMoved: by
// now something is there.
func (r *Root) Create(name string, mode fs.FileMode, data []byte) error {
	p, err := r.place(name)
	if err != nil {
		return err
	}
	defer p.close()
	h, err := p.draft(p.dressNew(mode), data)
	if err != nil {
		return err
	}
	defer h.Close()
	switch err := p.name(h, p.base); {
	case errors.Is(err, fs.ErrExist):
		return ErrMoved
	case err != nil:
		return err
	}
	if err := p.sync(); err != nil {
		return also(err, p.discard(h, p.base))
	}
	return nil
}

// Replace puts data in a file's place and keeps its owner, mode and extended
// attributes. was is the file as it was read; ErrMoved: it is not like that any
// more. On any error the file is as it was, or as somebody else made it.
func (r *Root) Replace(name string, was *File, data []byte) error {
	p, err := r.place(name)
	if err != nil {
		return err
	}
	defer p.close()
	old, err := p.hold(p.base, was)
	if err != nil {
		return err
	}
	defer old.Close()
	if err := old.changeable(was); err != nil {
		return err
	}
	fresh, err := p.draft(dressLike(was), data)
	if err != nil {
		return err
	}
	defer fresh.Close()
	return (&exchange{p, tempName(p.base), old, fresh, was}).do()
}

// exchange is a file on its way into another one's place.
type exchange struct {
	*place
	temp  string
	old   *held // nil where it is only known that it came out
	fresh *held
	was   *File // what the old one held
}

// do has the new file take the old one's name, and removes the old one once it is
// certain that nobody wrote to it.
func (x *exchange) do() error {
	switch err := x.name(x.fresh, x.temp); {
	case errors.Is(err, fs.ErrExist):
		return &Leftover{x.temp}
	case err != nil:
		return err
	}
	err := x.stands(x.base, x.old)
	if err == nil {
		err = x.swap(x.temp)
	}
	if err != nil {
		return also(err, x.discard(x.fresh, x.temp))
	}
	if err := x.drop(x.old, x.was, x.temp); err != nil {
		return x.putBack(err)
	}
	// The exchange itself is on the disk: what a power cut could bring back is the
	// old file's temporary name.
	_ = x.sync()
	return nil
}

// stands says whether the name still leads to that very file.
func (p *place) stands(base string, h *held) error {
	now, err := p.stat(base)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrMoved
	case err != nil:
		return err
	case !now.is(h.info):
		return ErrMoved
	}
	return nil
}

// swap exchanges the file and the one of the temporary name.
func (p *place) swap(temp string) error { return p.rename(temp, p.base, unix.RENAME_EXCHANGE) }

// restore gives the file of the temporary name its own name back, if that is free.
func (p *place) restore(temp string) error { return p.rename(temp, p.base, unix.RENAME_NOREPLACE) }

func (p *place) rename(from, to string, how uint) error {
	dir := int(p.dir.Fd())
	err := untilDone(func() error { return unix.Renameat2(dir, from, dir, to, how) })
	switch err {
	case unix.EINVAL, unix.ENOSYS:
		return errNoSwap
	case unix.ENOENT:
		return ErrMoved
	case unix.EEXIST:
		return err
	}
	return explain(err)
}

// drop removes the old file once it is certain that nobody wrote to it, nor will.
func (p *place) drop(old *held, was *File, temp string) error {
	if err := p.confirm(old, was, temp); err != nil {
		return err
	}
	return p.unlink(old, temp)
}

// confirm checks what came out of the exchange: the file that was read, as it
// was read, and nobody about to write to it.
func (p *place) confirm(old *held, was *File, temp string) error {
	if err := p.stands(temp, old); err != nil {
		return err
	}
	if err := p.sync(); err != nil {
		return err
	}
	time.Sleep(settling)
	return old.still(was)
}

// unlink removes a name that leads to that very file, unless somebody is about
// to write to it. ErrMoved: it does not, or somebody is.
func (p *place) unlink(h *held, base string) error {
	now, err := p.stat(base)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !now.is(h.info) || !h.undisturbed():
		return ErrMoved
	}
	err = untilDone(func() error { return unix.Unlinkat(int(p.dir.Fd()), base, 0) })
	if err == unix.ENOENT {
		return nil
	}
	return explain(err)
}

// discard is unlink where there is nothing more to be tried.
func (p *place) discard(h *held, base string) error {
	err := p.unlink(h, base)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrMoved):
		return &Leftover{base}
	}
	return also(err, &Leftover{base})
}

// putBack undoes an exchange. Others may go on writing meanwhile: what comes out
// must be what went in before, else it is newer and goes back in. No error means
// that whoever wrote to the old file has turned to the new one, which stays.
func (x *exchange) putBack(why error) error {
	put, err := x.stat(x.temp)
	if err != nil { // somebody took it away: there is nothing to put back
		return why
	}
	expect := x.fresh.info
	for range maxTries {
		switch err := x.swap(x.temp); {
		case errors.Is(err, ErrMoved):
			return x.putBackRemoved(why, x.temp)
		case err != nil:
			return errors.Join(why, err, &Leftover{x.temp})
		}
		out, err := x.stat(x.temp)
		switch {
		case err != nil:
			return why
		case out.is(expect) && out.is(x.fresh.info):
			return x.disposeOurs(why, put)
		case out.is(expect):
			return also(why, x.disposeTheirs(expect))
		}
		put, expect = out, put
	}
	return also(why, &Leftover{x.temp})
}

// putBackRemoved is for a file that somebody removed while it was exchanged. What
// they had written before is not thrown away.
func (p *place) putBackRemoved(why error, temp string) error {
	if err := p.restore(temp); err != nil && !errors.Is(err, ErrMoved) {
		return also(why, &Leftover{temp})
	}
	_ = p.sync()
	return why
}

// disposeTheirs removes a file that its writer has replaced by another since.
func (x *exchange) disposeTheirs(was Info) error {
	h, err := x.holdAny(x.temp)
	if err != nil {
		return &Leftover{x.temp}
	}
	defer h.Close()
	// It had its name for a moment, and can have been written in place in that.
	if !h.info.is(was) || h.info.Size != was.Size || !h.info.Modified.Equal(was.Modified) {
		return &Leftover{x.temp}
	}
	return x.discard(h, x.temp)
}

// disposeOurs removes our new file, now that put has the name. Somebody may have
// found ours in the meantime and want to write to it. Then theirs is the newest
// and gets the name, and the other is kept if it is theirs too.
func (x *exchange) disposeOurs(why error, put Info) error {
	if x.fresh.still(x.fresh.made) == nil {
		return also(why, x.discard(x.fresh, x.temp))
	}
	if x.old != nil && put.is(x.old.info) && x.old.regain(x.was) == nil {
		if err := x.swap(x.temp); err != nil {
			return errors.Join(why, err, &Leftover{x.temp})
		}
		if err := x.drop(x.old, x.was, x.temp); err != nil {
			return errors.Join(err, &Leftover{x.temp})
		}
		return nil
	}
	if x.fresh.regain(x.fresh.made) == nil {
		return also(why, x.discard(x.fresh, x.temp))
	}
	return errors.Join(why, &Leftover{x.temp}, x.swap(x.temp))
}

// Remove removes a file that is still as it was read, with the same care: it is
// renamed, looked at, and put back if somebody wrote.
func (r *Root) Remove(name string, was *File) error {
	p, err := r.place(name)
	if err != nil {
		return err
	}
	defer p.close()
	old, err := p.hold(p.base, was)
	if err != nil {
		return err
	}
	defer old.Close()
	if old.info.fixed {
		return errFixed
	}
	temp := tempName(p.base)
	if err := p.stands(p.base, old); err != nil {
		return err
	}
	switch err := p.rename(p.base, temp, unix.RENAME_NOREPLACE); {
	case errors.Is(err, fs.ErrExist):
		return &Leftover{temp}
	case err != nil:
		return err
	}
	if err := p.drop(old, was, temp); err != nil {
		return p.keep(err, old, was, temp)
	}
	_ = p.sync()
	return nil
}

// keep gives a file that was about to be removed its name back. Somebody who was
// interrupted on their way to it may have made another one: then it is no more.
func (p *place) keep(why error, old *held, was *File, temp string) error {
	err := p.restore(temp)
	switch {
	case err == nil:
		_ = p.sync()
	case errors.Is(err, fs.ErrExist) && old.regain(was) == nil:
		return also(why, p.discard(old, temp))
	case !errors.Is(err, ErrMoved):
		return also(why, &Leftover{temp})
	}
	return why
}

// Settle clears away what a crash left of replacing or removing a file. before
// and after are the hashes of what stood there and of what was to stand there,
// zero for nothing. Their own copies are removed. What somebody else wrote goes
// back where the crash kept it from going back; anything else is kept and is a
// *Leftover.
func (r *Root) Settle(name string, before, after [32]byte) error {
	p, err := r.place(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer p.close()
	temp := tempName(p.base)
	h, err := p.holdAny(temp)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return also(&Leftover{temp}, err)
	}
	defer h.Close()
	now, err := load(h.File)
	switch {
	case err != nil:
		return also(&Leftover{temp}, err)
	case now.Sum == before || now.Sum == after:
		return p.settled(h, temp)
	}
	return p.settleTheirs(temp, after)
}

func (p *place) settled(h *held, temp string) error {
	if err := p.discard(h, temp); err != nil {
		return err
	}
	return p.sync()
}

// settleTheirs deals with a file that came out of an exchange and is not what was
// read: its writer finds it where it was, if that is free or holds what we put there.
func (p *place) settleTheirs(temp string, after [32]byte) error {
	ours, err := p.holdAny(p.base)
	if errors.Is(err, fs.ErrNotExist) {
		return p.putBackRemoved(nil, temp)
	}
	if err != nil {
		return also(&Leftover{temp}, err)
	}
	defer ours.Close()
	if ours.made, err = load(ours.File); err != nil || ours.made.Sum != after {
		return &Leftover{temp}
	}
	return (&exchange{place: p, temp: temp, fresh: ours}).putBack(nil)
}
