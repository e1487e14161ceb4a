package store

import (
	"os"
	"slices"
	"testing"

	"huddleguard/agent/harden"
	"huddleguard/agent/harden/hardentest"
	"huddleguard/agent/harden/plan"
	"huddleguard/checks/fact"
)

// piles are what several steps in one file are.
var piles = map[string]struct {
	store, file string
	keys        []string
	want        []fact.Held
}{
	"a section of ours":     {"ini", "[General]\ntoken=" + canary + "\n", []string{"a", "b", "c"}, []fact.Held{set(false), set("x"), set(true)}},
	"a file of ours":        {"ini", "", []string{"a", "b", "c"}, []fact.Held{set(false), set("x"), set(true)}},
	"taken out":             {"json", signal, []string{"a.b", "beside", "later"}, []fact.Held{gone, set(1), set(false)}},
	"taken out, secrets by": {"json", `{"x": 1, "token": "` + canary + `", "y": 2, "s": "` + canary + `"}`, []string{"x", "y", "z"}, []fact.Held{gone, gone, set(true)}},
	"a list":                {"plist", prefs, []string{"ZAutoUpdate", "deep.a", "deep.b"}, []fact.Held{gone, set(true), set(true)}},
	"a file of ours, XML":   {"plist", "", []string{"ZAutoUpdate", "deep.a", "deep.b"}, []fact.Held{set(true), set(true), set(true)}},
}

// orders are all orders in which three can be taken back.
var orders = [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}

// TestLift: in whatever order changes of one file are taken back, in the end it
// is the very file of before.
func TestLift(t *testing.T) {
	for name, c := range piles {
		t.Run(name, func(t *testing.T) {
			for _, order := range orders {
				p := newPerson(t, place{store: c.store, file: c.file, section: "ui", key: "-"})
				before := hardentest.Tree(p.dir)
				made := map[int]harden.Made{}
				for i, key := range c.keys {
					p.at.Key = key
					step := p.prepare(c.want[i])
					must(t, p.Do(ctx, p.at, step))
					made[i] = harden.Made{At: p.at, Step: step}
				}
				for _, i := range order {
					p.takeBack(made, i)
				}
				if after := hardentest.Tree(p.dir); after != before {
					t.Errorf("taken back in the order %v it is\n%s\nand was\n%s", order, after, before)
				}
			}
		})
	}
}

// takeBack does what the executor does.
func (p person) takeBack(made map[int]harden.Made, i int) {
	p.t.Helper()
	var pile []harden.Made
	var which []int
	for j := i; j < 3; j++ {
		if m, ok := made[j]; ok {
			pile, which = append(pile, m), append(which, j)
		}
	}
	if len(pile) > 1 {
		steps, err := p.Lift(ctx, pile)
		must(p.t, err)
		if len(steps) != len(pile) {
			p.t.Fatalf("%d steps for %d", len(steps), len(pile))
		}
		for k, j := range which {
			made[j] = harden.Made{At: made[j].At, Step: steps[k]}
		}
	}
	must(p.t, p.Undo(ctx, made[i].At, made[i].Step))
	if now, err := p.Read(ctx, made[i].At); err != nil || !now.Same(made[i].Step.Prior) {
		p.t.Errorf("it stands %q, %v; want %q", now.Raw, err, made[i].Step.Prior.Raw)
	}
	delete(made, i)
}

// TestLiftNot: where somebody else wrote there is no exact way back, and what was
// written down before still takes each back by its key. A way back that was made
// anew holds also if it is not gone.
func TestLiftNot(t *testing.T) {
	p := newPerson(t, place{store: "ini", file: "[ui]\na=1\nb=1\n", section: "ui", key: "a"})
	first := harden.Made{At: p.at, Step: p.prepare(set(false))}
	must(t, p.Do(ctx, p.at, first.Step))
	p.at.Key = "b"
	second := harden.Made{At: p.at, Step: p.prepare(set(false))}
	must(t, p.Do(ctx, p.at, second.Step))
	both := []harden.Made{first, second}
	steps, err := p.Lift(ctx, both)
	if err != nil || len(steps) != 2 {
		t.Fatalf("%d steps, %v", len(steps), err)
	}
	must(t, p.Undo(ctx, p.at, steps[1])) // the second after all
	if data, _ := os.ReadFile(p.file); string(data) != "[ui]\na=0\nb=1\n" {
		t.Errorf("it is %q", data)
	}
	must(t, p.Do(ctx, p.at, second.Step))
	p.rewrite(func(data []byte) ([]byte, error) { return append(data, "theirs=1\n"...), nil })
	if steps, err := p.Lift(ctx, both); steps != nil || err != nil {
		t.Errorf("%d steps, %v, over what others wrote", len(steps), err)
	}
	for _, m := range slices.Backward([]harden.Made{second, {At: first.At, Step: steps[0]}}) {
		must(t, p.Undo(ctx, m.At, plan.Step(m.Step)))
	}
	if data, _ := os.ReadFile(p.file); string(data) != "[ui]\na=1\nb=1\ntheirs=1\n" {
		t.Errorf("it is %q", data)
	}
}
