package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/fetch"
	"broadsheet/fetch/discover"
	"broadsheet/fetch/text"
	"broadsheet/internal/config"
	"broadsheet/internal/health"
	"broadsheet/internal/link"
	"broadsheet/internal/plain"

	"github.com/spf13/cobra"
)

// addOptions holds the flags of `add`.
type addOptions struct {
	group, name                     string
	grouped                         bool // --group was given, even as the empty string: no heading
	dryRun, anyway, private, secret bool
	pick                            int
}

func (a *app) addCommand() *cobra.Command {
	var opts addOptions
	c := &cobra.Command{
		Use:   "add URL",
		Short: "Find the feed of a site, a page or an article, show it, and add it to feeds.yaml",
		Long: "Finds what can be read at an address: the feed that stands there, that its page declares, or that stands at a usual\n" +
			"place of its site; feeds of YouTube, Medium, Substack, GitHub, Reddit and others by their shape. Where there is no\n" +
			"feed it finds lists of articles on the page, with the selectors to read them by, and sitemaps. What it finds is shown\n" +
			"and added to feeds.yaml, in which all else stays as it is; where there is none one is made.\n" +
			"A source that feeds.yaml has already, by its address or by the articles in it, is refused.",
		Example: "  broadsheet add https://netflixtechblog.com\n  broadsheet add github.com/valkey-io/valkey --group Releases --dry-run",
		Args:    exactlyOneArg("address"),
		RunE: func(c *cobra.Command, args []string) error {
			opts.grouped = c.Flags().Changed("group")
			return a.add(c.Context(), c.OutOrStdout(), args[0], opts)
		},
	}
	flags := c.Flags()
	flags.StringVar(&opts.group, "group", "", "the `heading` to put it under, made when there is none (default: that of the source whose site is the same, else the end)")
	flags.StringVar(&opts.name, "name", "", "what to call it (default: what it calls itself)")
	flags.IntVar(&opts.pick, "pick", 1, "the `number` of the one to add, when several ways to read it are shown")
	flags.BoolVarP(&opts.dryRun, "dry-run", "n", false, "only show what would be added")
	flags.BoolVar(&opts.anyway, "anyway", false, "add it although its articles are told by another source already")
	flags.BoolVar(&opts.private, "allow-private", false, "its host may be at a private address")
	flags.BoolVar(&opts.secret, "secret", false, "whoever knows the path of its address gets in: show its host alone, now and later")
	return c
}

func (a *app) add(ctx context.Context, w io.Writer, address string, opts addOptions) error {
	oldText, config, err := a.readFeedsForEdit()
	if err != nil {
		return err
	}
	path, isFile := strings.CutPrefix(strings.TrimSpace(address), "file:")
	if address = strings.TrimSpace(address); !isFile && !strings.Contains(address, "://") {
		address = "https://" + address
	}
	if err := checkNotListed(config, address); err != nil {
		return err
	}
	f := a.fetcher(config, nil)
	var found []discover.Result
	var others []string
	if isFile && opts.secret {
		return console.UsageError(errors.New("--secret keeps the path of a web address to yourself; a file has none"))
	}
	if isFile {
		found, err = readFileSource(ctx, f, strings.TrimSpace(path))
	} else {
		found, others, err = f.Discover(ctx, address, opts.private)
	}
	if err != nil {
		return errors.New(link.Redact(broadsheet.Source{URL: address, Secret: opts.secret}, err.Error()))
	}
	if opts.pick < 1 || opts.pick > len(found) {
		return console.UsageError(fmt.Errorf("--pick %d: only %s found", opts.pick, plain.CountOf(len(found), "way to read it was", "ways to read it were")))
	}
	for i, one := range found {
		one.Source.Secret = opts.secret
		printFound(w, one, i+1, len(found), a.now())
	}
	for _, other := range others {
		fmt.Fprintf(w, "also declared: %s\n", link.Redact(broadsheet.Source{Secret: opts.secret}, other))
	}
	chosen := found[opts.pick-1]
	if err := a.checkDuplicate(ctx, f, config, chosen, opts.anyway); err != nil {
		return err
	}
	return a.append(w, oldText, config, chosen, opts)
}

// readFileSource reads the feed in a file below the folder of --files.
func readFileSource(ctx context.Context, f *fetch.Fetcher, path string) ([]discover.Result, error) {
	if !fs.ValidPath(path) { // feeds.yaml would refuse it
		return nil, fmt.Errorf("file:%s is not a path below the folder of --files; write it like file:tickets/feed.xml", path)
	}
	s := broadsheet.Source{Kind: broadsheet.KindFile, Path: path}
	items, v, err := f.FetchSource(ctx, s, broadsheet.Visit{})
	if err != nil {
		return nil, err
	}
	return []discover.Result{{Source: s, Title: v.Title, HomePage: v.HomePage, Items: items, How: "by the path you gave"}}, nil
}

// checkNotListed returns an error if feeds.yaml already lists the address, or the file.
func checkNotListed(c config.Config, address string) error {
	for _, s := range c.Sources {
		if s.ID() == address || link.Key(s.URL) != "" && link.Key(s.URL) == link.Key(address) {
			return fmt.Errorf("%s is there already: %q in line %d", link.Redact(s, address), s.Name, s.Line)
		}
	}
	return nil
}

// append adds the chosen source to the text of feeds.yaml.
func (a *app) append(w io.Writer, oldText []byte, c config.Config, chosen discover.Result, opts addOptions) error {
	s := chosen.Source
	s.AllowPrivate, s.Secret = opts.private, opts.secret
	s.Name = cmp.Or(opts.name, text.OneLine(chosen.Title, maxNameLength))
	for _, other := range c.Sources {
		if strings.EqualFold(other.Name, s.Name) && !other.Unnamed && opts.name == "" {
			s.Name = "" // taken; it is called by the title of its feed, or by its host
		}
	}
	group := opts.group
	if !opts.grouped {
		group = groupOfSameSite(c, chosen)
	}
	newText, err := config.AppendSources(textToEdit(oldText), group, s)
	if err != nil {
		return fmt.Errorf("%s stays as it is: %s", a.feeds, errorLine(err))
	}
	fmt.Fprintln(w)
	if err := a.applyEdit(w, oldText, newText, opts.dryRun); err != nil || opts.dryRun {
		return err
	}
	if oldText == nil {
		fmt.Fprintf(w, "%s is new: from now on it is read here, in place of the list inside the program.\n", a.feeds)
	}
	return nil
}

// groupOfSameSite returns the heading of a listed source on the same site, or "" if there is none.
func groupOfSameSite(c config.Config, f discover.Result) string {
	sites := map[string]bool{link.Site(f.Source.URL): true, link.Site(f.HomePage): true}
	delete(sites, "")
	for _, s := range c.Sources {
		if sites[link.Site(s.URL)] {
			return s.Group
		}
	}
	return ""
}

// shownEntries is how many articles of a source `add` shows.
const shownEntries = 5

// printFound prints a source: what it is, how it was found, how often it posts, and its latest articles.
func printFound(w io.Writer, f discover.Result, n, of int, now time.Time) {
	if of > 1 {
		fmt.Fprintf(w, "-- %d of %d\n", n, of)
	}
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%-9s %s\n", name, value)
		}
	}
	line("title", cmp.Or(f.Title, "(none)"))
	line("kind", string(f.Source.Kind))
	line("address", link.Redact(f.Source, f.Source.ID()))
	line("found", link.Redact(f.Source, f.How))
	line("items", console.Printable(itemsText(f)))
	line("titles", console.Printable(cmp.Or(f.Source.Title, f.List.Title)))
	line("dates", console.Printable(cmp.Or(f.Source.Date, f.List.Date)))
	line("posts", postingRate(f.Items, now))
	if len(f.Items) == 0 {
		return
	}
	fmt.Fprintln(w, "latest")
	for _, t := range f.Items[:min(len(f.Items), shownEntries)] {
		day := "          "
		if !t.Published.IsZero() {
			day = t.Published.Format(time.DateOnly)
		}
		fmt.Fprintf(w, "  %s  %s\n              %s\n", day, cmp.Or(t.Title, "(no title)"), t.Link)
	}
}

// itemsText says how the list of a page is read.
func itemsText(f discover.Result) string {
	switch {
	case f.Source.Kind != broadsheet.KindPage || !f.Source.FindsItems():
		return f.Source.Items
	case f.List.Items != "":
		return "auto, now " + f.List.Items
	}
	return "auto, now by the links to " + cmp.Or(f.List.Paths, "its articles")
}

// postingRate describes how often a source posts, by the dates of its articles.
func postingRate(items []broadsheet.FeedItem, now time.Time) string {
	var first, last time.Time
	dated := 0
	var postings []time.Time
	for _, t := range items {
		if at := t.Published; !at.IsZero() && !at.After(now.Add(48*time.Hour)) {
			dated++
			postings = append(postings, at)
			if first.IsZero() || at.Before(first) {
				first = at
			}
			if at.After(last) {
				last = at
			}
		}
	}
	articles := plain.Count(len(items), "article")
	if dated == 0 {
		return articles + ", without dates"
	}
	newest := ", the newest of " + last.Format(time.DateOnly)
	if health.RhythmOf(postings).Silence(last, now) != "" {
		newest += ": it may have been given up"
	}
	days := last.Sub(first).Hours() / 24
	if dated < 3 || days < 1 {
		return articles + newest
	}
	return fmt.Sprintf("%s, %s%s", articles, formatRate(float64(dated-1)/days), newest)
}

// formatRate formats a number of articles a day, as in "about 3 a week".
func formatRate(perDay float64) string {
	for _, unit := range []struct {
		days float64
		name string
	}{{1, "day"}, {7, "week"}, {30, "month"}, {365, "year"}} {
		if n := perDay * unit.days; n >= 0.95 {
			return fmt.Sprintf("about %.0f a %s", n, unit.name)
		}
	}
	return "less than one a year"
}
