package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"huddleguard/agent/sources"
	"huddleguard/agent/state"
	"huddleguard/checks"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/message"
	"huddleguard/checks/policy"
)

// defaultPages is where an administrator keeps pages of their own.
var defaultPages = filepath.Join(sources.Folder(), "catalogue.d")

// decided says which policy holds: one that is named, or the machine's.
type decided struct {
	policy  string
	profile string
}

// flags adds the policy's flags to a verb that judges.
func (d *decided) flags(cmd *cobra.Command) {
	d.policyFlag(cmd)
	cmd.Flags().StringVar(&d.profile, "profile", "", "settings asked for, whatever the policy says: advisory, strict or quiet")
	complete(cmd, "profile", profileWords()...)
}

func (d *decided) policyFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&d.policy, "policy", "", "a policy file, or a folder with policy.yaml and policy.d (default: this machine's, "+sources.Folder()+")")
	_ = cmd.MarkFlagFilename("policy", "yaml")
}

func profileWords() []string {
	words := make([]string, len(policy.Profiles))
	for i, p := range policy.Profiles {
		words[i] = string(p)
	}
	return words
}

// read loads the policy, says what was left out of it, and lets --profile go
// before it. The machine's own counts for the machine itself: where the files
// or facts of another are looked at, only a policy that is named does.
func (d *decided) read(cmd *cobra.Command, cat *catalogue.Catalogue, itself bool) (sources.Loaded, error) {
	if err := oneOf("profile", d.profile, append(profileWords(), "")...); err != nil {
		return sources.Loaded{}, err
	}
	loaded, err := d.load(cmd, checks.Known(cat), itself)
	for _, i := range loaded.Ignored {
		complain(cmd, i.File+" is left out: "+i.Why)
	}
	if d.profile != "" {
		loaded.Policy.Profile = policy.Profile(d.profile)
		delete(loaded.From, "profile")
	}
	return loaded, err
}

func (d *decided) load(cmd *cobra.Command, known policy.Known, itself bool) (sources.Loaded, error) {
	if d.policy == "" && !itself {
		return sources.Loaded{}, nil
	}
	if d.policy == "" {
		loaded, err := sources.Load(sources.Folder(), state.Root, known)
		if errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0 {
			complain(cmd, "the policy is not yours to read, and nothing it says is known: "+err.Error())
			return sources.Loaded{}, nil
		}
		if err != nil {
			return loaded, withHint(err, "there is no new policy; mend that file, or name another with --policy")
		}
		return loaded, nil
	}
	info, err := os.Stat(d.policy)
	var loaded sources.Loaded
	switch {
	case err != nil:
	case info.IsDir():
		loaded, err = sources.Load(d.policy, state.RootOrOwn, known)
	default:
		loaded, err = sources.File(d.policy, known)
	}
	if err != nil {
		return loaded, withHint(err, "--policy names a policy; docs/admin-policy.md describes one")
	}
	return loaded, nil
}

// complain says on the side what was not as it should be, and goes on.
func complain(cmd *cobra.Command, text string) {
	aside(cmd.ErrOrStderr(), text)
}

func newPolicy() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Check a policy file, show the policy in force, list the profiles",
		Long: `A policy is what the administrator decided: which profile of settings is asked
for, what follows from a finding, which clients may be used, what is accepted for
a time. It is kept in ` + sources.Folder() + `: policy.yaml, and drop-ins in
policy.d, which belong to root and which nobody else can write to.`,
		Example: `  huddleguard policy check policy.yaml
  huddleguard policy show
  huddleguard policy profiles strict`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPolicyCheck(), newPolicyShow(), newPolicyProfiles())
	return cmd
}

func newPolicyCheck() *cobra.Command {
	var s source
	var lang string
	cmd := &cobra.Command{
		Use:   "check FILE...",
		Short: "Say whether policy files are well-formed, and where not",
		Long: `Read policy files as they would be read, and say where a mistake stands: file,
line and column. Nothing is put in force.

Exit codes: 0 every file is well-formed; 2 one is not.`,
		Example: `  huddleguard policy check policy.yaml
  huddleguard policy check ` + sources.Folder() + `/policy.d/*.yaml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cat, err := s.catalogue(cmd)
			if err != nil {
				return err
			}
			known := checks.Known(cat)
			known.Today = policy.Day(time.Now())
			p := newPrinter(lang, cat)
			for _, name := range args {
				if _, fault := sources.File(name, known); fault != nil {
					complain(cmd, fault.Error())
					err = exitError(exitUsage)
					continue
				}
				fmt.Fprintln(cmd.OutOrStdout(), printable(p.Text(message.New("policies.good", "file", name))))
			}
			return err
		},
	}
	s.pagesFlag(cmd)
	cmd.Flags().StringVar(&lang, "lang", "", "language (default: the environment's)")
	return cmd
}

// policyShown is what show prints as JSON.
type policyShown struct {
	Schema  string            `json:"schema"`
	Files   []string          `json:"files"`   // in the order they were read; later ones win
	Ignored []sources.Ignored `json:"ignored"` // files that are not believed
	Members []policy.Member   `json:"members"`
}

const policyShowSchema = "huddleguard.policy-show/1"

func newPolicyShow() *cobra.Command {
	var s source
	var d decided
	var format, lang string
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show the policy in force, and which file says what",
		Example: `  huddleguard policy show
  huddleguard policy show --format json
  huddleguard policy show --policy ./folder`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOf("format", format, "text", "json"); err != nil {
				return err
			}
			cat, err := s.catalogue(cmd)
			if err != nil {
				return err
			}
			loaded, err := d.read(cmd, cat, true)
			if err != nil {
				return err
			}
			shown := policyShown{policyShowSchema, append([]string{}, loaded.Files...), append([]sources.Ignored{}, loaded.Ignored...), loaded.Members()}
			if format == "json" {
				return encodeJSON(cmd, shown)
			}
			return shown.text(cmd, newPrinter(lang, cat))
		},
	}
	s.pagesFlag(cmd)
	d.policyFlag(cmd)
	askedFlags(cmd, &format, &lang)
	return cmd
}

func (s *policyShown) text(cmd *cobra.Command, p *message.Printer) error {
	var b strings.Builder
	say := func(id string, pairs ...any) { b.WriteString(printable(p.Text(message.New(id, pairs...))) + "\n") }
	if len(s.Files) == 0 {
		say("policies.nothing-decided")
	} else {
		say("policies.in-force", "files", s.Files)
	}
	for _, m := range s.Members {
		b.WriteString("  ")
		if m.From == nil {
			say("policies.default", "name", m.Name, "value", memberValue(m.Value))
			continue
		}
		say("policies.member", "name", m.Name, "value", memberValue(m.Value), "from", m.From.String())
	}
	_, err := cmd.OutOrStdout().Write([]byte(b.String()))
	return err
}

// memberValue puts what a member says into words.
func memberValue(v any) any {
	switch v := v.(type) {
	case policy.Waiver:
		return message.New("waiver.line", "until", string(v.Until), "owner", v.Owner, "reason", v.Reason)
	case policy.Feed:
		return v.URL
	case policy.Export:
		return v.Address
	case bool:
		return message.New("policies.value-" + map[bool]string{true: "yes", false: "no"}[v])
	}
	if text := checks.Show(v); text != "" && text != "0" {
		return text
	}
	return message.New("policies.value-none")
}

func newPolicyProfiles() *cobra.Command {
	var format, lang string
	cmd := &cobra.Command{
		Use:   "profiles [NAME]",
		Short: "List the profiles, or every setting of one with who asks for it",
		Example: `  huddleguard policy profiles
  huddleguard policy profiles strict
  huddleguard policy profiles quiet --format json`,
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: profileWords(),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("format", format, "text", "json"); err != nil {
				return err
			}
			cat, err := catalogue.BuiltIn()
			if err != nil {
				return err
			}
			names := profileWords()
			if len(args) > 0 {
				if !slices.Contains(names, args[0]) {
					return withHint(fmt.Errorf("there is no profile %q", args[0]), "the profiles are "+strings.Join(names, ", "))
				}
				names = args
			}
			list := profileList{profilesSchema, listProfiles(cat, names)}
			if format == "json" {
				return encodeJSON(cmd, list)
			}
			return list.text(cmd, newPrinter(lang, cat), len(args) > 0)
		},
	}
	askedFlags(cmd, &format, &lang)
	return cmd
}

// profileList is what profiles prints as JSON.
type profileList struct {
	Schema   string     `json:"schema"`
	Profiles []profiled `json:"profiles"`
}

const profilesSchema = "huddleguard.profiles/1"

// profiled is a profile with its settings.
type profiled struct {
	Profile  string            `json:"profile"`
	Settings []profiledSetting `json:"settings"`
}

type profiledSetting struct {
	ID      string         `json:"id"`
	Title   string         `json:"title"` // in English
	Want    catalogue.Want `json:"want"`
	Choices string         `json:"choices"` // what a policy may choose between; empty: nothing
	AskedBy []string       `json:"asked_by"`
	Against []string       `json:"against"` // items that ask for the opposite
}

func listProfiles(cat *catalogue.Catalogue, names []string) []profiled {
	var out []profiled
	for _, name := range names {
		p := profiled{Profile: name}
		for _, l := range cat.Profile(name) {
			p.Settings = append(p.Settings, profiledSetting{ID: l.ID(), Title: l.Setting.Title, Want: l.Setting.Want, Choices: l.Setting.Choices(),
				AskedBy: append([]string{}, l.Setting.Serves...), Against: append([]string{}, l.Setting.Against...)})
		}
		out = append(out, p)
	}
	return out
}

func (l *profileList) text(cmd *cobra.Command, p *message.Printer, whole bool) error {
	var b strings.Builder
	say := func(indent, id string, pairs ...any) {
		b.WriteString(indent + printable(p.Text(message.New(id, pairs...))) + "\n")
	}
	for _, l := range l.Profiles {
		say("", "policies.profile", "name", l.Profile, "about", message.New("policies.profile-"+l.Profile), "count", len(l.Settings))
		if !whole {
			continue
		}
		for _, s := range l.Settings {
			title := message.New("catalogue/" + s.ID + "/title")
			say("  ", "policies.setting", "id", s.ID, "title", title, "want", s.Want.Words())
			say("    ", "policies.asked-by", "items", strings.Join(s.AskedBy, ", "))
			if len(s.Against) > 0 {
				say("    ", "policies.against", "items", strings.Join(s.Against, ", "))
			}
		}
	}
	_, err := cmd.OutOrStdout().Write([]byte(b.String()))
	return err
}
