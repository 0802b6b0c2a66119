package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"slices"
	"strings"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/files"
	"broadsheet/cmd/internal/pipeline"
	"broadsheet/internal/config"
	"broadsheet/internal/link"
	"broadsheet/internal/plain"
	"broadsheet/publish"

	"github.com/spf13/cobra"
)

func (a *app) importCommand() *cobra.Command {
	var dryRun bool
	c := &cobra.Command{
		Use:   "import FILE.opml",
		Short: "Add the feeds of an OPML list to feeds.yaml",
		Long: "Adds the feeds of an OPML 1 or 2 list to feeds.yaml, each under a heading made of the folders that it stands in.\n" +
			"Folders and categories that are called like a topic of feeds.yaml give it that topic. Feeds that feeds.yaml has\n" +
			"already are left out and told. All else in feeds.yaml stays as it is; where there is none one is made.",
		Example: "  broadsheet import subscriptions.opml --dry-run",
		Args:    exactlyOneArg("OPML file"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.importOPML(c.OutOrStdout(), args[0], dryRun)
		},
	}
	c.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only show what would be added")
	return c
}

func (a *app) importOPML(w io.Writer, path string, dryRun bool) error {
	list, err := readInputFile(path, maxOPML)
	if err != nil {
		return console.UsageError(err)
	}
	feeds, others, err := readOPML(list)
	if err != nil {
		return console.UsageError(fmt.Errorf("%s: %w", path, err))
	}
	oldText, config, err := a.readFeedsForEdit()
	if err != nil {
		return err
	}
	newText, added, refused := addAll(textToEdit(oldText), config, feeds)
	for _, why := range refused {
		fmt.Fprintln(a.Stderr, why)
	}
	if added == 0 {
		newText = oldText
	}
	if dryRun {
		if _, err := io.WriteString(w, a.redactedDiff(oldText, newText)); err != nil {
			return err
		}
	} else if added > 0 {
		if err := rewriteFile(a.feeds, oldText, newText); err != nil {
			return err
		}
	}
	if a.Quiet {
		return nil
	}
	rest := ""
	if others > 0 {
		rest = fmt.Sprintf(" %s no feed.", plain.CountOf(others, "entry names", "entries name"))
	}
	_, err = fmt.Fprintf(w, "%s: %s in the list, %d added to %s, %d left out.%s\n", path, plain.Count(len(feeds), "feed"), added, a.feeds, len(refused), rest)
	return err
}

// readInputFile reads a file that is named on the command line, of at most the given number of bytes.
func readInputFile(path string, most int64) ([]byte, error) {
	data, err := files.ReadInput(path, most)
	switch {
	case errors.Is(err, files.ErrTooLarge):
		return nil, fmt.Errorf("%s is larger than %d MiB; part it", path, most>>20)
	case err != nil:
		return nil, fmt.Errorf("%s cannot be read: %w", path, files.WithoutPath(err))
	}
	return data, nil
}

// readFeedsForEdit returns the text of feeds.yaml and its parsed form. Both are empty if there is no file: then the
// edit creates one.
func (a *app) readFeedsForEdit() ([]byte, config.Config, error) {
	data, err := files.ReadFeeds(a.feeds)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, config.Config{}, nil
	}
	if err != nil {
		return nil, config.Config{}, console.UsageError(fmt.Errorf("%s cannot be read: %w", a.feeds, files.WithoutPath(err)))
	}
	if isBlank(data) {
		return data, config.Config{}, nil
	}
	c, err := config.Parse(a.feeds, data)
	if err != nil {
		return nil, c, console.UsageError(err)
	}
	a.RedactSecretsOf(c.Sources, c.Webhooks)
	return data, c, nil
}

// isBlank reports whether a feeds.yaml holds nothing but comments.
func isBlank(data []byte) bool {
	for line := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return false
		}
	}
	return true
}

// textToEdit returns the text that an edit starts from: that of feeds.yaml, or of a new file if oldText is nil.
func textToEdit(oldText []byte) []byte {
	if oldText == nil {
		return []byte("# What this newspaper reads. `broadsheet reference` tells every key, `broadsheet check` every mistake.\n")
	}
	return oldText
}

// addAll adds feeds to the text of feeds.yaml, one edit per heading. refused says for each feed that was left out
// why.
func addAll(text []byte, c config.Config, feeds []subscription) (newText []byte, added int, refused []string) {
	var groups []string
	under := map[string][]broadsheet.Source{}
	known, names := map[string]string{}, map[string]bool{}
	for _, s := range c.Sources {
		known[link.Key(s.URL)] = fmt.Sprintf("stands in line %d of feeds.yaml already", s.Line)
		names[strings.ToLower(s.Name)] = true
	}
	for _, f := range feeds {
		key := cmp.Or(link.Key(f.address), f.address)
		if why := known[key]; why != "" {
			refused = append(refused, fmt.Sprintf("%s: left out: it %s", displayName(f), why))
			continue
		}
		s := broadsheet.Source{Kind: broadsheet.KindFeed, URL: f.address, Name: f.name, Topics: matchingTopics(c, f)}
		if names[strings.ToLower(f.name)] {
			s.Name = "" // names are unique; this source is called by the title of its feed
		}
		group := groupFor(c, f)
		if under[group] == nil {
			groups = append(groups, group)
		}
		under[group] = append(under[group], s)
		known[key] = "stands in the list twice"
		names[strings.ToLower(s.Name)] = true
	}
	for _, group := range groups {
		next, n, why := addToGroup(text, group, under[group])
		text, added, refused = next, added+n, append(refused, why...)
	}
	return text, added, refused
}

// addToGroup adds sources under one heading. If some cannot be added they are found by bisection, because each edit
// is verified by parsing the whole file.
func addToGroup(text []byte, group string, sources []broadsheet.Source) (newText []byte, added int, refused []string) {
	newText, err := config.AppendSources(text, group, sources...)
	switch {
	case err == nil:
		return newText, len(sources), nil
	case len(sources) == 1:
		s := sources[0]
		return text, 0, []string{fmt.Sprintf("%s: left out: %s", displayName(subscription{address: s.URL, name: s.Name}), errorLine(err))}
	}
	half := len(sources) / 2
	newText, added, refused = addToGroup(text, group, sources[:half])
	newText, n, why := addToGroup(newText, group, sources[half:])
	return newText, added + n, append(refused, why...)
}

// errorLine returns the first error about an edited feeds.yaml, without its place: the edited text was not written,
// so its line numbers would mislead.
func errorLine(err error) string {
	var m config.Errors
	if errors.As(err, &m) && len(m) > 0 {
		return m[0].Problem + "; " + m[0].Remedy
	}
	return err.Error()
}

func displayName(f subscription) string {
	return cmp.Or(f.name, fmt.Sprintf("%q", link.RedactAddress(f.address)))
}

// groupFor returns the heading for a feed: the names of its folders. If feeds.yaml has the same heading in another
// case, that one is used.
func groupFor(c config.Config, f subscription) string {
	name := truncate(strings.Join(f.folders, " / "), maxNameLength)
	for _, g := range c.Groups {
		if strings.EqualFold(g, name) {
			return g
		}
	}
	return name
}

func truncate(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return strings.TrimSpace(string(runes[:most-1])) + "…"
	}
	return text
}

// matchingTopics returns the topics of feeds.yaml that have the name of a folder or category of the feed.
func matchingTopics(c config.Config, f subscription) []string {
	var all []string
	for _, t := range c.Topics {
		same := func(word string) bool { return strings.EqualFold(word, t.Name) || strings.EqualFold(word, t.Label) }
		if slices.ContainsFunc(f.folders, same) || slices.ContainsFunc(f.categories, same) {
			all = append(all, t.Name)
		}
	}
	return all
}

func (a *app) exportCommand() *cobra.Command {
	var withSecrets bool
	c := &cobra.Command{
		Use:   "export",
		Short: "Print the sources of feeds.yaml as OPML 2.0, for feed readers",
		Long: "Prints the sources of feeds.yaml as OPML 2.0, for feed readers of your own. Sources whose addresses hold a password, a\n" +
			"token or another secret are left out, unless --with-secrets says otherwise; those at internal addresses are in it.\n" +
			"How many there are of either is said. The published opml.xml has neither.",
		Example: "  broadsheet export > sources.opml\n  broadsheet export --with-secrets > mine-alone.opml",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			text, err := a.exportOPML(c.Context(), withSecrets)
			if err != nil {
				return err
			}
			w := c.OutOrStdout()
			if withSecrets {
				w = console.Unredacted(w)
			}
			_, err = w.Write(text)
			return err
		},
	}
	c.Flags().BoolVar(&withSecrets, "with-secrets", false, "also the sources whose addresses hold secrets, with these")
	return c
}

// exportOPML returns opml.xml as a run would publish it, plus the addresses that are not published; those with
// secrets only if withSecrets is set.
func (a *app) exportOPML(ctx context.Context, withSecrets bool) ([]byte, error) {
	composer, err := a.composer()
	if err != nil {
		return nil, err
	}
	known, err := a.readStored(ctx)
	if err != nil {
		return nil, err
	}
	composer.SetSourceNames(pipeline.FeedTitles(known.visits))
	var sources []publish.SourceStatus
	private, secret := 0, 0
	for _, s := range composer.Config.Sources {
		sources = append(sources, publish.SourceStatus{Source: s, HomePage: known.visits[s.ID()].HomePage})
		switch {
		case s.URL == "":
		case s.Secret || link.RedactAddress(s.URL) != s.URL:
			secret++
		case link.PublicURL(s) == "":
			private++
		}
	}
	if !a.Quiet {
		switch {
		case secret > 0 && withSecrets:
			a.PrintError(slog.LevelWarn, plain.CountOf(secret, "source of it has a secret in its address", "sources of it have secrets in their addresses")+": keep the list to yourself")
		case secret > 0:
			a.PrintError(slog.LevelWarn, plain.CountOf(secret, "source that has a secret in its address is", "sources that have secrets in their addresses are")+" left out; --with-secrets puts them in")
		}
		if private > 0 {
			a.PrintError(slog.LevelWarn, plain.Count(private, "source")+" of it at an internal address: look before you pass the list on")
		}
	}
	return publish.OPML(composer.Config, sources, withSecrets)
}
