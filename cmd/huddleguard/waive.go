package main

import (
	"errors"
	"fmt"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"huddleguard/agent/state"
	"huddleguard/agent/waivers"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/fact"
	"huddleguard/checks/message"
	"huddleguard/checks/policy"
)

// ownWaivers are those of whoever asks.
type ownWaivers struct{ dir string }

func (o *ownWaivers) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.dir, "waivers", "", "folder that your waivers are kept in (default: your own)")
	_ = cmd.MarkFlagDirname("waivers")
}

func (o *ownWaivers) store() waivers.Store {
	if o.dir != "" {
		return waivers.Store{Dir: o.dir}
	}
	return waivers.Store{Dir: state.Own()}
}

// load reads the waivers for a look. They are about this machine: where another
// is looked at, they count only where their folder is named. Waivers that cannot
// be read waive nothing, and that is said.
func (o *ownWaivers) load(cmd *cobra.Command, itself bool) []policy.Waiver {
	if o.dir == "" && !itself {
		return nil
	}
	list, err := o.store().Load()
	if err != nil {
		complain(cmd, "your waivers do not count: "+err.Error())
	}
	return list
}

// personIn is who asks, by the name that findings have for them.
func personIn(set fact.Set) string {
	if set.Scope.Users == fact.Self && len(set.Users) == 1 {
		return set.Users[0].Name
	}
	return ownName()
}

func ownName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	_, name, found := strings.Cut(u.Username, `\`) // DOMAIN\name
	if !found {
		return u.Username
	}
	return name
}

// waiveFlags are the flags of waive.
type waiveFlags struct {
	source
	decided
	ownWaivers
	reason, until, owner string
	list                 bool
	format, lang         string
}

func newWaive() *cobra.Command {
	var f waiveFlags
	cmd := &cobra.Command{
		Use:   "waive ID... --reason TEXT --until DATE | --list",
		Short: "Accept a finding for a time, with a reason",
		Long: `Accept findings in your own view until a day: yours, and the machine's. ID is a
check's id, or the key of one finding. A waived finding neither fails nor passes;
it is listed with its reason, says two weeks before the end that it comes back,
and comes back. What your administrator enforces is enforced all the same.`,
		Example: `  huddleguard waive zoom/privacy/local-recording --reason "I record my lectures" --until 30d
  huddleguard waive zoom/terminal/annotation --reason "Drawing lessons" --until 2027-06-30 --owner "Asha Rao"
  huddleguard waive --list`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.list {
				return f.show(cmd, args)
			}
			return f.run(cmd, args)
		},
		ValidArgsFunction: completeIDs,
	}
	f.pagesFlag(cmd)
	f.policyFlag(cmd)
	f.ownWaivers.flags(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.reason, "reason", "", "why it is accepted")
	fl.StringVar(&f.until, "until", "", "the last day it is accepted: 2027-01-31, or in so many days: 30d")
	fl.StringVar(&f.owner, "owner", "", "who answers for it (default: you)")
	fl.BoolVar(&f.list, "list", false, "list your waivers")
	askedFlags(cmd, &f.format, &f.lang)
	return cmd
}

// completeIDs offers every check id.
func completeIDs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	cat, err := catalogue.BuiltIn()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return cat.IDs(), cobra.ShellCompDirectiveNoFileComp
}

func (f *waiveFlags) run(cmd *cobra.Command, ids []string) error {
	if len(ids) == 0 || f.reason == "" || f.until == "" {
		return withHint(errors.New("waive takes ids of checks, a --reason and a day --until"), "huddleguard scan shows the id of each finding")
	}
	cat, err := f.catalogue(cmd)
	if err != nil {
		return err
	}
	loaded, err := f.decided.read(cmd, cat, true)
	if err != nil {
		return err
	}
	p := newPrinter(f.lang, cat)
	if !loaded.Policy.MayWaive() {
		complain(cmd, p.Text(message.New("waiver.not-allowed")))
		return exitError(exitRights)
	}
	made, err := f.waivers(cat, ids, loaded.Policy.WaiverDays(), time.Now())
	if err != nil {
		return err
	}
	if err := f.store().Add(cmd.Context(), made...); err != nil {
		return err
	}
	for _, w := range made {
		check, _, _ := strings.Cut(w.Check, "|")
		id := "waiver.made"
		if loaded.Policy.Mode(check) == policy.Enforce {
			id = "waiver.made-enforced"
		}
		fmt.Fprintln(cmd.OutOrStdout(), printable(p.Text(message.New(id, "check", w.Check, "until", string(w.Until)))))
	}
	return nil
}

// waivers makes what is to be kept, or says what is wrong with what was asked.
func (f *waiveFlags) waivers(cat *catalogue.Catalogue, ids []string, days int, now time.Time) ([]policy.Waiver, error) {
	until, err := lastDay(f.until, now, days)
	if err != nil {
		return nil, withHint(err, "--until takes a day like 2027-01-31, or a number of days like 30d")
	}
	if f.owner == "" {
		f.owner = ownName()
	}
	for _, text := range []string{f.reason, f.owner} {
		if strings.TrimSpace(text) == "" || len([]rune(text)) > policy.MaxText || strings.ContainsFunc(text, unicode.IsControl) {
			return nil, fmt.Errorf("--reason and --owner are one line each, of at most %d characters", policy.MaxText)
		}
	}
	var out []policy.Waiver
	for _, id := range ids {
		if err := knownCheck(cat, id); err != nil {
			return nil, err
		}
		out = append(out, policy.Waiver{Check: id, Reason: f.reason, Owner: f.owner, Until: until, Made: policy.Day(now)})
	}
	return out, nil
}

// knownCheck wants the id of a check, or the key of a finding, which begins with one.
func knownCheck(cat *catalogue.Catalogue, id string) error {
	check, _, _ := strings.Cut(id, "|")
	if _, ok := cat.Find(check); !ok {
		return withHint(fmt.Errorf("there is no check %q", check), suggest(cat, check))
	}
	return nil
}

// lastDay reads a day, or a number of days from now.
func lastDay(text string, now time.Time, most int) (policy.Date, error) {
	today := policy.Day(now)
	day := policy.Date(text)
	if n, ok := strings.CutSuffix(text, "d"); ok {
		days, err := strconv.ParseUint(n, 10, 16)
		if err != nil {
			return "", fmt.Errorf("--until %q is no number of days", text)
		}
		day = today.Plus(int(days))
	}
	switch {
	case !day.Valid():
		return "", fmt.Errorf("--until %q is no day", text)
	case day < today:
		return "", fmt.Errorf("%s is over", day)
	case day > today.Plus(most):
		return "", fmt.Errorf("%s is more than %d days ahead, and a waiver holds no longer", day, most)
	}
	return day, nil
}

// show lists the waivers.
func (f *waiveFlags) show(cmd *cobra.Command, args []string) error {
	if len(args) > 0 || f.reason != "" || f.until != "" {
		return withHint(errors.New("--list goes with no id, reason or day"), "")
	}
	if err := oneOf("format", f.format, "text", "json"); err != nil {
		return err
	}
	list, err := f.store().Load()
	if err != nil {
		return err
	}
	if f.format == "json" {
		return encodeJSON(cmd, waivers.List{Schema: waivers.Schema, Waivers: append([]policy.Waiver{}, list...)})
	}
	cat, err := catalogue.BuiltIn()
	if err != nil {
		return err
	}
	p := newPrinter(f.lang, cat)
	if len(list) == 0 {
		fmt.Fprintln(cmd.OutOrStdout(), p.Text(message.New("waiver.none")))
	}
	for _, w := range list {
		line := message.New("waiver.line", "until", string(w.Until), "owner", w.Owner, "reason", w.Reason)
		fmt.Fprintln(cmd.OutOrStdout(), printable(p.Text(message.New("waiver.of", "check", w.Check, "line", line, "ended", w.Until < policy.Day(time.Now())))))
	}
	return nil
}

func newUnwaive() *cobra.Command {
	var own ownWaivers
	var all bool
	var lang string
	cmd := &cobra.Command{
		Use:   "unwaive ID... | --all",
		Short: "Take waivers of yours back",
		Example: `  huddleguard unwaive zoom/privacy/local-recording
  huddleguard unwaive --all`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return withHint(errors.New("unwaive takes ids, or --all"), "huddleguard waive --list shows them")
			}
			return unwaive(cmd, own.store(), args, all, lang)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			list, _ := own.store().Load() // nothing to offer where it cannot be read
			return checksOf(list), cobra.ShellCompDirectiveNoFileComp
		},
	}
	own.flags(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "every waiver of yours")
	cmd.Flags().StringVar(&lang, "lang", "", "language (default: the environment's)")
	return cmd
}

func checksOf(list []policy.Waiver) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].Check
	}
	return out
}

func unwaive(cmd *cobra.Command, store waivers.Store, ids []string, all bool, lang string) error {
	list, err := store.Load()
	if err != nil {
		return err
	}
	have := checksOf(list)
	if all {
		ids = have
	}
	for _, id := range ids {
		if !slices.Contains(have, id) {
			return withHint(fmt.Errorf("you have no waiver of %q", id), "huddleguard waive --list shows them")
		}
	}
	cat, err := catalogue.BuiltIn()
	if err != nil {
		return err
	}
	p := newPrinter(lang, cat)
	if len(ids) == 0 {
		fmt.Fprintln(cmd.OutOrStdout(), p.Text(message.New("waiver.none")))
		return nil
	}
	had, err := store.Remove(cmd.Context(), ids...)
	if err != nil {
		return err
	}
	for _, id := range had {
		fmt.Fprintln(cmd.OutOrStdout(), printable(p.Text(message.New("waiver.taken-back", "check", id))))
	}
	return nil
}
