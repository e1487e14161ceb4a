// Command torture makes the system calls of a program fail, and kills it at
// them, one at a time, and sees that nothing is ever lost.
//
// The program is internal/torture/victim: it applies a plan of twelve changes
// over all the stores that rest on files, and takes it back. strace(1) makes the
// n-th call of one name fail with EIO, ENOSPC, EACCES or EINTR, or kills the
// program before it. After each fault, and after what a crash left is settled:
//
//   - each file is wholly as it was before, or wholly as it is after;
//   - the journal agrees with the disk, and nothing in it is on the way;
//   - nothing is left beside the files;
//   - taking back what is done gives the first bytes, modes and attributes.
//
// A fault that did not fire is not counted, and is said.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

func main() {
	runs := flag.Int("runs", 0, "how many faults to inject, spread evenly; 0 for each there can be")
	jobs := flag.Int("jobs", 2, "how many programs are tortured at a time")
	in := flag.String("in", memory(), "the folder to do it in")
	flag.Parse()
	if err := run(*in, *runs, *jobs); err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1)
	}
}

// memory is a file system in memory, where there is one: what is tried is what
// calls answer, and not the disk, which would be slow.
func memory() string {
	if st, err := os.Stat("/dev/shm"); err == nil && st.IsDir() {
		return "/dev/shm"
	}
	return os.TempDir()
}

func run(in string, runs, jobs int) error {
	if _, err := exec.LookPath("strace"); err != nil {
		fmt.Println("NOT RUN: strace is missing")
		os.Exit(75)
	}
	work, err := os.MkdirTemp(in, "huddleguard-torture-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	r := &rack{work: work, victim: filepath.Join(work, "victim")}
	build := exec.Command("go", "build", "-o", r.victim, "./internal/torture/victim")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the victim: %w\n%s", err, out)
	}
	if err := r.prepare(); err != nil {
		return err
	}
	faults, err := r.faults()
	if err != nil {
		return err
	}
	return r.inject(spread(faults, runs), len(faults), jobs)
}

// spread takes n faults, evenly over all.
func spread(all []fault, n int) []fault {
	if n == 0 || n >= len(all) {
		return all
	}
	some := make([]fault, 0, n)
	for i := range n {
		some = append(some, all[i*len(all)/n])
	}
	return some
}

// inject runs the faults, some at a time, and sums up.
func (r *rack) inject(faults []fault, of, jobs int) error {
	fmt.Printf("%d faults of %d that there are\n", len(faults), of)
	next := make(chan fault)
	var mu sync.Mutex
	var wg sync.WaitGroup
	var fired, silent int
	var errs []error
	for range jobs {
		wg.Go(func() {
			for f := range next {
				did, err := r.one(f)
				mu.Lock()
				switch {
				case err != nil:
					errs = append(errs, fmt.Errorf("%v: %w", f, err))
				case did:
					fired++
				default:
					silent++
				}
				if n := fired + silent; n > 0 && n%500 == 0 {
					fmt.Println(n, "done")
				}
				mu.Unlock()
			}
		})
	}
	for _, f := range faults {
		next <- f
	}
	close(next)
	wg.Wait()
	fmt.Printf("%d faults fired, %d did not and are not counted, %d broke something\n", fired, silent, len(errs))
	if silent > len(faults)/20 {
		errs = append(errs, errors.New("more than one fault in twenty did not fire"))
	}
	return errors.Join(errs...)
}
