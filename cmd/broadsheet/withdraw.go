package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/pipeline"
	"broadsheet/fetch/client"
	"broadsheet/internal/edition"
	"broadsheet/internal/link"
	"broadsheet/internal/plain"
	"broadsheet/publish"
	"broadsheet/store"

	"github.com/spf13/cobra"
)

func (a *app) withdrawCommand() *cobra.Command {
	var sources []string
	var undo bool
	c := &cobra.Command{
		Use:   "withdraw [DAY|URL]... [--source NAME]...",
		Short: "Take an edition, an article or all of a source's back out of pages and feeds",
		Long: "Takes back what should not have been published, as after a hijack or a complaint, and brings the output folder up to date.\n" +
			"No source is asked and no edition is cut. Ids stay as they are.\n\n" +
			"  DAY       the edition of that day. Its page says that it was withdrawn, the day is not cut again, and its articles\n" +
			"            wait to be shown in a later edition.\n" +
			"  URL       the article that this address leads to, with its whole story: the same work at other addresses, and any\n" +
			"            that turns out to be the same work later. It never comes back, whether it was shown already or not.\n" +
			"  --source  all articles that the source speaks for so far, likewise. What it tells from now on is not barred: take\n" +
			"            it out of feeds.yaml, or give it take: none.\n\n" +
			"--undo takes a withdrawal back. An article that was shown in a later edition since stays there.",
		Example: "  broadsheet withdraw https://blog.example/hijacked\n  broadsheet withdraw 2026-11-24\n" +
			"  broadsheet withdraw --source \"A blog\"\n  broadsheet withdraw --undo 2026-11-24",
		Args: func(c *cobra.Command, args []string) error {
			if len(args)+len(sources) == 0 {
				return console.UsageError(errors.New("withdraw needs a day, an address or --source, e.g. broadsheet withdraw 2026-11-24; see broadsheet withdraw --help"))
			}
			for _, arg := range args {
				if err := checkDayOrLink(arg); err != nil {
					return console.UsageError(err)
				}
			}
			if slices.Contains(sources, "") {
				return console.UsageError(errors.New("--source is empty; name a source, as broadsheet status does"))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return a.locked(func() error { return a.withdraw(c.Context(), args, sources, undo) })
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringArrayVar(&sources, "source", nil, "all that this source told of so far (its `name`, address or host)")
	c.Flags().BoolVar(&undo, "undo", false, "take the withdrawal back")
	_ = c.RegisterFlagCompletionFunc("source", cobra.NoFileCompletions)
	return c
}

var (
	dayPattern  = regexp.MustCompile(`^\d+-\d+-\d+$`)
	linkPattern = regexp.MustCompile(`^[a-zA-Z]+://.|^[^/\s]+\.[^/\s]+(/|$)|^(entry|urn):`)
)

// checkDayOrLink returns an error for an argument that is neither a day nor an address or key.
func checkDayOrLink(arg string) error {
	switch {
	case isDay(arg), linkPattern.MatchString(arg) && !dayPattern.MatchString(arg):
		return nil
	}
	return fmt.Errorf("%q is neither a day, like 2026-11-24, nor the address of an article", arg)
}

// isDay reports whether an argument is the date of an edition.
func isDay(arg string) bool {
	_, err := parseTimeFlag("", arg)
	return dayPattern.MatchString(arg) && err == nil
}

// withdraw withdraws each named edition, article and source, or undoes that, and publishes.
func (a *app) withdraw(ctx context.Context, args, sources []string, undo bool) (err error) {
	s, err := a.open(ctx) // the database must exist
	if err != nil {
		return err
	}
	_ = s.Close()
	o := a.options()
	run, err := o.Open(ctx, o.NewReport(), pipeline.Plan{Publish: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	r := withdrawer{run}
	var ids []string
	for _, name := range sources { // all arguments are checked before the first is withdrawn
		id, err := sourceOrHost(ctx, r.Composer, r.Store, name)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	for _, arg := range args {
		if err := r.checkKnown(ctx, arg); err != nil {
			return err
		}
	}
	for _, arg := range args {
		if err := r.withdrawOne(ctx, arg, undo); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if err := r.withdrawSource(ctx, id, undo); err != nil {
			return err
		}
	}
	return r.Publish(ctx)
}

// withdrawer is a run that withdraws or restores articles.
type withdrawer struct{ *pipeline.Run }

// checkKnown returns an error for a day without an edition, or a link that leads to no article.
func (r withdrawer) checkKnown(ctx context.Context, arg string) error {
	if isDay(arg) {
		if _, err := r.Store.Edition(ctx, broadsheet.Day(arg)); errors.Is(err, store.ErrUnknown) {
			return fmt.Errorf("there is no edition of %s; broadsheet status tells which was the last, and archive/index.html lists all; nothing was withdrawn", arg)
		} else if err != nil {
			return err
		}
		return nil
	}
	if _, err := r.Store.ArticleDetail(ctx, arg); errors.Is(err, store.ErrUnknown) {
		return fmt.Errorf("no source has told of %s: its key %q is not in %s; broadsheet search finds articles by their words, and exclude: in feeds.yaml keeps out what is not known yet; nothing was withdrawn",
			arg, link.Key(arg), r.DB)
	} else if err != nil {
		return err
	}
	return nil
}

// sourceOrHost returns the Source.ID of the source with the given name or address, or with the given host if it is
// the only one there.
func sourceOrHost(ctx context.Context, composer *edition.Composer, stored *store.Store, name string) (string, error) {
	id, err := findSource(ctx, composer, stored, name)
	if err == nil {
		return id, nil
	}
	visits, failed := stored.Visits(ctx)
	if failed != nil {
		return "", failed
	}
	var there []string
	for id := range visits {
		if host := client.HostGroup(id); host == name || strings.TrimPrefix(host, "www.") == name {
			there = append(there, id)
		}
	}
	for _, s := range composer.Config.Sources {
		if host := client.HostGroup(s.URL); (host == name || strings.TrimPrefix(host, "www.") == name) && !slices.Contains(there, s.ID()) {
			there = append(there, s.ID())
		}
	}
	slices.Sort(there)
	switch len(there) {
	case 0:
		return "", err
	case 1:
		return there[0], nil
	}
	return "", console.UsageError(fmt.Errorf("--source %s: %d sources are at this host; name one of them: %s", name, len(there), console.Printable(strings.Join(there, ", "))))
}

// withdrawOne withdraws an edition or an article, or undoes that, and prints the result.
func (r withdrawer) withdrawOne(ctx context.Context, arg string, undo bool) error {
	now := r.Now()
	switch {
	case isDay(arg) && undo:
		done, err := r.Store.RestoreDay(ctx, now, broadsheet.Day(arg))
		if err == nil && !done.Unchanged && done.Articles == 0 {
			return r.printResult(nil, true, "The edition of %s stays withdrawn: none of its articles is left for it, since all were shown in later editions, or the database was rebuilt without them.", "", arg)
		}
		return r.printResult(err, done.Unchanged, "The edition of %s is not withdrawn.", "The edition of %s is back, with %s%s.",
			arg, plain.Count(done.Articles, "article"), elsewhereText(done.Elsewhere))
	case isDay(arg):
		done, err := r.Store.WithdrawDay(ctx, now, broadsheet.Day(arg))
		return r.printResult(err, done.Unchanged, "The edition of %s is withdrawn already.", "The edition of %s is withdrawn; its %s may be shown in a later edition.",
			arg, plain.Count(done.Articles, "article"))
	case undo:
		done, err := r.Store.RestoreArticle(ctx, now, arg)
		return r.printResult(err, done.Unchanged, "%s is not withdrawn by its address.", "%s is back%s.", titleOrArg(done, arg), editionsText(done))
	default:
		done, err := r.Store.WithdrawArticle(ctx, now, arg)
		return r.printResult(err, done.Unchanged, "%s is withdrawn already.", "%s is withdrawn%s%s; it does not come back until: broadsheet withdraw --undo %q",
			titleOrArg(done, arg), otherAddressesText(done.Articles-1), editionsText(done), arg)
	}
}

// withdrawSource withdraws all articles of a source, or undoes that, and prints the result.
func (r withdrawer) withdrawSource(ctx context.Context, id string, undo bool) error {
	name := id
	if s, ok := r.Composer.Source(id); ok {
		name = s.Name
	}
	if undo {
		done, err := r.Store.RestoreSource(ctx, r.Now(), id)
		return r.printResult(err, done.Unchanged, "Nothing of %s is withdrawn with --source.", "%[2]s of %[1]s: back%[3]s.", name, plain.Count(done.Articles, "article"), editionsText(done))
	}
	done, err := r.Store.WithdrawSource(ctx, r.Now(), id)
	if errors.Is(err, store.ErrUnknown) {
		return fmt.Errorf("%s has not told of anything yet; nothing was withdrawn of it", name)
	}
	return r.printResult(err, done.Unchanged, "All that %s told of is withdrawn already.", "%[2]s of %[1]s: withdrawn%[3]s. What it tells from now on is not barred: take it out of feeds.yaml, or give it take: none.",
		name, plain.Count(done.Articles, "article"), editionsText(done))
}

// printResult prints what was done, unless --quiet is set. alreadyFormat, with the first argument only, is for what had
// been done already.
func (r withdrawer) printResult(err error, already bool, alreadyFormat, format string, args ...any) error {
	if err != nil || r.Quiet {
		return err
	}
	if already {
		format, args = alreadyFormat, args[:1]
	}
	_, err = fmt.Fprintln(r.Stdout, console.Printable(fmt.Sprintf(format, args...)))
	return err
}

func titleOrArg(done store.WithdrawResult, arg string) string {
	if done.Title == "" {
		return arg
	}
	return fmt.Sprintf("%q", done.Title)
}

func otherAddressesText(n int) string {
	if n <= 0 {
		return ""
	}
	return ", with the same work at " + plain.CountOf(n, "other address", "other addresses")
}

func editionsText(done store.WithdrawResult) string {
	if done.Shown == 0 {
		return ""
	}
	return " (shown in " + plain.Count(len(done.Days), "edition") + ")"
}

func elsewhereText(n int) string {
	if n == 0 {
		return ""
	}
	return "; " + plain.CountOf(n, "more was shown in a later edition since, and stays there", "more were shown in later editions since, and stay there")
}

func (a *app) trustCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "trust SOURCE...",
		Short: "Show a source again that is in quarantine, because somebody else may publish there now",
		Long: "Ends the quarantine of a source. A source is put into quarantine when it may belong to somebody else now, that is, when\n" +
			"two of these come together: it calls itself something else; it no longer has the articles that it had; its authors,\n" +
			"links or language are others; it posts ten times as often. What it tells is kept, and nothing of it is shown.\n" +
			"broadsheet status says why. After trust, what the source is now is what it is compared with, and what waited may be in\n" +
			"the next edition. If it is not what you want, take it out of feeds.yaml instead. No source is asked, and nothing is\n" +
			"published.",
		Example: "  broadsheet trust \"A blog\"\n  broadsheet trust https://blog.example/feed.xml",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 || slices.Contains(args, "") {
				return console.UsageError(errors.New("trust needs a source (its name, address or host), e.g. broadsheet trust \"A blog\"; see broadsheet trust --help"))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return a.locked(func() error { return a.trust(c.Context(), args) })
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
}

// trust ends the quarantine of each named source.
func (a *app) trust(ctx context.Context, names []string) error {
	return a.withStore(ctx, func(composer *edition.Composer, s *store.Store) error {
		var ids []string
		for _, name := range names { // all arguments are checked before the first is trusted
			id, err := sourceOrHost(ctx, composer, s, name)
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		for _, id := range ids {
			name := sourceName(composer, id)
			done, err := s.Trust(ctx, a.now(), id)
			if err != nil && !errors.Is(err, store.ErrUnknown) {
				return err
			}
			text := fmt.Sprintf("%s is trusted: %s of it may be in the next edition. What it is now is what it is compared with from now on.", name, plain.Count(done.Articles, "article"))
			if done.Why == "" {
				text = name + " is not in quarantine; nothing was changed."
			}
			if !a.Quiet {
				fmt.Fprintln(a.Stdout, console.Printable(text))
			}
		}
		return nil
	})
}

// restoreWithdrawals writes published withdrawals into a rebuilt database. ids maps a source's public URI to its
// Source.ID.
func (a *app) restoreWithdrawals(ctx context.Context, s *store.Store, w publish.Withdrawn, ids map[string]string) error {
	var all []store.Withdrawal
	for _, p := range w.Withdrawals {
		one := store.Withdrawal{Kind: p.Kind, At: p.At, Number: p.Number, First: p.First, Source: cmp.Or(ids[p.Source], p.Source)}
		if p.Cut != nil {
			one.Cut = *p.Cut
		}
		switch p.Kind {
		case store.OfDay:
			one.What = string(p.Day)
		case store.OfArticle:
			one.What = p.ID
		case store.OfSource:
			one.What = one.Source
		default:
			return fmt.Errorf("%s is of a newer broadsheet: it tells of a withdrawal of the kind %q", publish.WithdrawnPath, p.Kind)
		}
		for _, article := range p.Articles {
			known := store.WithdrawnArticle{ID: article.ID}
			for _, text := range article.Links {
				link, err := store.ParseLinkHash(text)
				if err != nil {
					return fmt.Errorf("%s is damaged: %q is no hash of a link", publish.WithdrawnPath, text)
				}
				known.Links = append(known.Links, link)
			}
			one.Articles = append(one.Articles, known)
		}
		all = append(all, one)
	}
	return s.SetWithdrawals(ctx, a.now(), all)
}
