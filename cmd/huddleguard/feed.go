package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"huddleguard/agent/advisories"
	"huddleguard/agent/feed"
	"huddleguard/checks/advisory"
	"huddleguard/checks/catalogue"
	"huddleguard/checks/message"
	"huddleguard/checks/policy"
)

func newFeed() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "feed",
		Short: "Publish advisories for others to follow",
		Long: `Make and renew a signed feed of advisories, which any static web server or CDN
can hand out. Those who follow it are given its root.json, and refuse what is
not signed, older than what they saw, or not renewed in time.`,
		Example: `  huddleguard feed publish www/ reviewed/ --keys keys/ --complete-to 2026-11-20
  huddleguard feed renew www/ --keys keys/`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newFeedPublish(), newFeedRenew(), newFeedRotate())
	return cmd
}

// publisherFlags are the flags of all that sign.
func publisherFlags(cmd *cobra.Command, p *feed.Publisher) {
	fl := cmd.Flags()
	fl.StringVar(&p.Keys, "keys", "", "folder of the private keys; made by the first publishing, for you alone to read")
	fl.DurationVar(&p.Life.Timestamp, "renew-within", feed.DefaultLife.Timestamp, "how soon the feed must be renewed, or is refused")
	_ = cmd.MarkFlagRequired("keys")
	_ = cmd.MarkFlagDirname("keys")
}

func newFeedPublish() *cobra.Command {
	p := feed.Publisher{Life: feed.DefaultLife}
	var o advisories.ImportOptions
	cmd := &cobra.Command{
		Use:   "publish FEED RECORDS",
		Short: "Put advisories into a feed, and make the feed if there is none",
		Long: `Read advisories of any format that "advisories import" takes, and put what speaks
of conferencing clients into the feed in the folder FEED, in the place of what it
carried before. Upload the folder to any web server afterwards, timestamp.json
last. The first publishing makes the keys: keep root.pem elsewhere, it is needed
again only when a year is over or a key changes.`,
		Example: `  huddleguard feed publish www/ reviewed/ --keys keys/ --complete-to 2026-11-20 --source "our CERT"`,
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			p.Dir, p.Now = args[0], time.Now()
			payload, sum, err := collectPayload(cmd.Context(), args[1], o)
			if err != nil {
				return err
			}
			if err := p.Publish(payload); err != nil {
				return withHint(err, "nothing that followers see was changed")
			}
			return sayPublished(cmd, &p, sum)
		},
	}
	publisherFlags(cmd, &p)
	cmd.Flags().StringVar(&o.CompleteTo, "complete-to", "", "day (YYYY-MM-DD) up to which you vouch for the data to be complete")
	cmd.Flags().StringVar(&o.Source, "source", "", "name of where the data is from, shown in reports")
	return cmd
}

// collectPayload makes a database of records, in a folder that is taken away.
func collectPayload(ctx context.Context, from string, o advisories.ImportOptions) ([]byte, advisories.Summary, error) {
	if err := pastDay(o.CompleteTo); err != nil {
		return nil, advisories.Summary{}, err
	}
	dir, err := os.MkdirTemp("", "huddleguard-feed-*")
	if err != nil {
		return nil, advisories.Summary{}, err
	}
	defer os.RemoveAll(dir)
	o.Now = time.Now()
	store := advisories.Store{Dir: dir}
	sum, err := store.Import(ctx, from, o)
	if err == nil && sum.Bad > 0 {
		err = fmt.Errorf("%s: %s", sum.BadFiles[0].Name, sum.BadFiles[0].Why)
	}
	if err == nil && sum.Records == 0 {
		err = errors.New("no record speaks of a conferencing client")
	}
	if err != nil {
		return nil, sum, withHint(err, "nothing was published; what is published must be read without a fault")
	}
	payload, err := store.Payload()
	return payload, sum, err
}

func sayPublished(cmd *cobra.Command, p *feed.Publisher, sum advisories.Summary) error {
	cat, err := catalogue.BuiltIn()
	if err != nil {
		return err
	}
	root := filepath.Join(p.Dir, "1.root.json")
	data, err := os.ReadFile(root)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), newPrinter("", cat).Text(message.New("publish.done", "records", sum.Records, "dir", p.Dir,
		"root", root, "fingerprint", fmt.Sprintf("%x", sha256.Sum256(data)), "until", p.Now.Add(p.Life.Timestamp).UTC().Format("2006-01-02"))))
	return err
}

func newFeedRenew() *cobra.Command {
	p := feed.Publisher{Life: feed.DefaultLife}
	cmd := &cobra.Command{
		Use:     "renew FEED",
		Short:   "Sign a feed anew, so that it stays valid",
		Long:    `Sign a feed anew without changing what it carries. Do this every day or week, as\n--renew-within asks: a feed that is not renewed is refused.`,
		Example: "  huddleguard feed renew www/ --keys keys/",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			p.Dir, p.Now = args[0], time.Now()
			return signedOr(p.Renew())
		},
	}
	publisherFlags(cmd, &p)
	return cmd
}

func newFeedRotate() *cobra.Command {
	p := feed.Publisher{Life: feed.DefaultLife}
	cmd := &cobra.Command{
		Use:     "rotate FEED",
		Short:   "Give a feed's root a new key",
		Long:    "Give a feed's root a new key. Followers follow by themselves. The old key is kept\nbeside the new one under a name of its own.",
		Example: "  huddleguard feed rotate www/ --keys keys/",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			p.Dir, p.Now = args[0], time.Now()
			return signedOr(p.Rotate())
		},
	}
	publisherFlags(cmd, &p)
	return cmd
}

func signedOr(err error) error {
	if err == nil {
		return nil
	}
	return withHint(err, "name the folder that 'feed publish' made, and --keys with its keys")
}

// pastDay takes a day that has come, or none.
func pastDay(s string) error {
	if s == "" {
		return nil
	}
	if day, err := time.Parse("2006-01-02", s); err != nil || day.After(time.Now()) {
		return withHint(fmt.Errorf("--complete-to %q is not a day that has come", s), "write it as 2026-11-20")
	}
	return nil
}

// newFetch is the process that connects; people have no use for it.
func newFetch() *cobra.Command {
	return &cobra.Command{
		Use:    feed.Verb,
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := feed.Confine(); err != nil {
				return err
			}
			return feed.Serve(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}

// updateFlags name the feed to follow.
type updateFlags struct {
	advisoryData
	decided
	url, root    string
	format, lang string
}

func newAdvisoriesUpdate() *cobra.Command {
	var f updateFlags
	cmd := &cobra.Command{
		Use:   "update",
		Short: "Fetch advisories from a signed feed",
		Long: `Fetch advisories from the signed feed that the policy or the flags name, by a
process without rights. What is not signed as its root.json says, older than what
was seen before, or not renewed in time, is refused, and what was held stays.
Without a feed nothing is fetched.`,
		Example: `  huddleguard advisories update
  huddleguard advisories update --url https://cert.example.org/huddleguard --root root.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.advisoryData.flags(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.url, "url", "", "address of the feed")
	fl.StringVar(&f.root, "root", "", "the publisher's root.json, which you got from them")
	f.policyFlag(cmd)
	askedFlags(cmd, &f.format, &f.lang)
	cmd.MarkFlagsRequiredTogether("url", "root")
	cmd.MarkFlagsMutuallyExclusive("url", "policy")
	return cmd
}

// feedOf is the feed that was named.
func (f *updateFlags) feedOf(cmd *cobra.Command, cat *catalogue.Catalogue) (policy.Feed, error) {
	if f.url != "" {
		return policy.Feed{URL: f.url, Root: f.root}, nil
	}
	p, err := f.decided.read(cmd, cat, true)
	if err != nil {
		return policy.Feed{}, err
	}
	if p.Policy.Feed == nil {
		err := errors.New("no feed is named, so nothing is fetched")
		if f.policy != "" {
			err = fmt.Errorf("%s names no feed, so nothing is fetched", f.policy)
		}
		return policy.Feed{}, withHint(err, "name one in the policy, or with --url and --root; docs/admin-policy.md describes a policy's feed")
	}
	return *p.Policy.Feed, nil
}

func (f *updateFlags) run(cmd *cobra.Command) error {
	if err := oneOf("format", f.format, "text", "json"); err != nil {
		return err
	}
	cat, err := (&source{pages: defaultPages}).catalogue(cmd)
	if err != nil {
		return err
	}
	from, err := f.feedOf(cmd, cat)
	if err != nil {
		return err
	}
	root, err := os.ReadFile(from.Root)
	if err != nil {
		return withHint(err, "the publisher of the feed gives you its root.json")
	}
	stores := f.stores()
	store := stores[len(stores)-1]
	if err := os.MkdirAll(store.Dir, 0o755); err != nil { // what is held is everybody's to read; what was seen of the feed is not
		return withHint(err, "run it as root for the machine, or as yourself for your own looks")
	}
	p := newPrinter(f.lang, cat)
	bar := newProgress(cmd.ErrOrStderr(), p)
	bar.say(message.New("advisories.fetching", "from", printable(from.URL)))
	defer bar.done()
	var got feed.Result
	err = fetching(cmd, func(get feed.Getter) error {
		r := feed.Reader{URL: from.URL, Root: root, Dir: filepath.Join(store.Dir, "feed"), Get: get}
		got, err = r.Update(cmd.Context())
		return err
	})
	if err == nil {
		err = store.PutFeed(got.Payload)
	}
	if err != nil {
		return withHint(err, "what was held before is held still")
	}
	bar.done()
	return f.say(cmd, got, p)
}

func (f *updateFlags) say(cmd *cobra.Command, got feed.Result, p *message.Printer) error {
	db, err := (&advisory.Database{}).Layered(got.Payload)
	if err != nil {
		return err
	}
	out := followed{len(db.IDs("")), got.Version, got.Expires.UTC().Format(time.RFC3339)}
	if f.format == "json" {
		return encodeJSON(cmd, out)
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), p.Text(message.New("publish.followed", "advisories", out.Advisories, "until", out.RenewBy[:len("2006-01-02")])))
	return err
}

// followed is what an update of the advisories brought.
type followed struct {
	Advisories int    `json:"advisories"`
	Version    int64  `json:"version"`
	RenewBy    string `json:"renew_by"` // when the feed must have been renewed
}

// fetching runs something that fetches, beside a process without rights that
// does the fetching.
func fetching(cmd *cobra.Command, do func(feed.Getter) error) error {
	child, err := feed.Start(cmd.Context())
	if err != nil {
		return err
	}
	err = do(child.Get)
	if end := child.End(); err == nil && end != nil {
		err = fmt.Errorf("the fetching process: %w", end)
	}
	return err
}

// isAddress says whether what is to be imported lies elsewhere.
func isAddress(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}
