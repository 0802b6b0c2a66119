package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/files"
	"broadsheet/internal/config"
	"broadsheet/internal/plain"
	"broadsheet/publish"
	"broadsheet/store"

	"github.com/spf13/cobra"
)

func (a *app) rebuildCommand() *cobra.Command {
	var ifPublished bool
	c := &cobra.Command{
		Use:   "rebuild [FOLDER|URL]",
		Short: "Make a lost database anew from what was published, so that no reader sees an old article as new",
		Long: "rebuild reads atom.xml and the archive documents of a publication, in a folder (the one of --out where none is named) or\n" +
			"on the web, and makes all that was published known again, with its ids and editions; so are withdrawals, and which sources\n" +
			"are in quarantine. Call it before the next run. What was never published is found again by asking the sources.",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return console.UsageError(fmt.Errorf("%s takes one folder or address, but got %q", c.CommandPath(), args))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			from := a.out
			if len(args) == 1 {
				from = args[0]
			}
			return a.locked(func() error {
				err := a.rebuild(c.Context(), from)
				if ifPublished && errors.Is(err, errNothingPublished) {
					return nil
				}
				return err
			})
		},
	}
	c.Flags().BoolVar(&ifPublished, "if-published", false, "where nothing is published yet, do nothing and be content")
	return c
}

// errNothingPublished is returned when there is nothing to rebuild from.
var errNothingPublished = errors.New("there is no atom.xml with articles; name the folder or the address of the publication")

// readFileFunc reads a file of a publication, by its path from the root. missing reports that there is no such file.
type readFileFunc func(ctx context.Context, path string) (text []byte, missing bool, err error)

// rebuild writes what was published into the database.
func (a *app) rebuild(ctx context.Context, from string) error {
	composer, err := a.composer()
	if err != nil {
		return err
	}
	read, done, err := a.openPublication(composer.Config, from)
	if err != nil {
		return err
	}
	defer done()
	picks, err := allPicks(ctx, read)
	if err != nil {
		return err
	}
	withdrawn, err := readWithdrawn(ctx, read)
	if err != nil {
		return err
	}
	if len(picks)+len(withdrawn.Withdrawals)+len(withdrawn.Quarantined) == 0 {
		return fmt.Errorf("%s: %w", from, errNothingPublished)
	}
	ids := map[string]string{} // from a source's public URI to its Source.ID
	for _, s := range composer.Config.Sources {
		ids[publish.SourceURI(s)] = s.ID()
	}
	s, err := a.openOrCreate(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if f := withdrawn.IDRoot; f != nil {
		if err := s.SetFirstEdition(ctx, f.Day, f.First); err != nil {
			return err
		}
	}
	editions, articles := 0, 0
	for number, fromFeeds := range publish.GroupEditions(picks, composer.Config.Edition.Location) {
		e, err := fullEdition(ctx, read, fromFeeds)
		if err != nil {
			return err
		}
		if e.Number == 0 {
			e.Number = number + 1
		}
		for i, p := range e.Picks {
			if id := ids[p.Source]; id != "" {
				e.Picks[i].Source = id
			}
		}
		saved, err := restoreEdition(ctx, s, e)
		if err != nil {
			return err
		}
		if saved > 0 {
			editions, articles = editions+1, articles+saved
		}
	}
	if err := a.restoreWithdrawals(ctx, s, withdrawn, ids); err != nil {
		return err
	}
	for _, source := range composer.Config.Sources {
		if slices.Contains(withdrawn.Quarantined, publish.SourceURI(source)) {
			if err := s.RestoreQuarantine(ctx, a.now(), source); err != nil {
				return err
			}
		}
	}
	if !a.Quiet {
		fmt.Fprintf(a.Stdout, "%s made known again, with %s.\n", plain.Count(editions, "edition"), plain.Count(articles, "article"))
	}
	return nil
}

// readWithdrawn reads the published list of withdrawals. It returns the zero value if there is none.
func readWithdrawn(ctx context.Context, read readFileFunc) (w publish.Withdrawn, err error) {
	text, missing, err := read(ctx, publish.WithdrawnPath)
	if err != nil || missing {
		return w, err
	}
	if w, err = publish.ReadWithdrawn(text); err != nil {
		err = fmt.Errorf("%s is damaged: %w; without it what was withdrawn would come back", publish.WithdrawnPath, err)
	}
	return w, err
}

// restoreEdition saves an edition unless it is known already, so that a rebuild that was killed can be repeated. It
// returns the number of saved picks.
func restoreEdition(ctx context.Context, s *store.Store, e broadsheet.Edition) (saved int, err error) {
	if _, err := s.Edition(ctx, e.Day); err == nil || !errors.Is(err, store.ErrUnknown) {
		return 0, err
	}
	var picks []broadsheet.Pick
	seen := map[string]bool{}
	first, places := e.FirstID(), e.Positions()
	for i, p := range e.Picks {
		known, err := s.ArticleDetail(ctx, p.Key)
		if err != nil && !errors.Is(err, store.ErrUnknown) {
			return 0, err
		}
		if known.Shown == "" && !seen[p.Key] {
			seen[p.Key] = true
			picks = append(picks, p)
			continue
		}
		e.Withdrawn = append(e.Withdrawn, places[i]) // the others keep their positions
	}
	e.OriginalFirstID = first
	if e.Picks = picks; len(picks) == 0 {
		return 0, nil
	}
	return len(picks), s.SaveEdition(ctx, e)
}

// openPublication opens a publication, in a folder or on the web.
func (a *app) openPublication(c config.Config, from string) (read readFileFunc, done func(), err error) {
	if strings.HasPrefix(from, "https://") || strings.HasPrefix(from, "http://") {
		top := strings.TrimSuffix(strings.TrimSuffix(from, "atom.xml"), "/") + "/"
		c.Limits.Gap = -1 // no delay between requests: it is the maintainer's own host
		f := a.fetcher(c, nil)
		return func(ctx context.Context, path string) ([]byte, bool, error) { return f.Get(ctx, top+path) }, func() {}, nil
	}
	root, err := os.OpenRoot(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("%s: %w", from, errNothingPublished)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s cannot be read: %w; name the folder or the address of the publication", from, files.WithoutPath(err))
	}
	return func(_ context.Context, path string) ([]byte, bool, error) {
		if info, err := root.Stat(filepath.FromSlash(path)); err == nil && !info.Mode().IsRegular() {
			return nil, false, fmt.Errorf("%s: %w", filepath.Join(from, path), files.ErrNotRegular)
		}
		text, err := root.ReadFile(filepath.FromSlash(path))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, true, nil
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", filepath.Join(from, path), files.WithoutPath(err))
		}
		return text, false, err
	}, func() { _ = root.Close() }, nil
}

// allPicks returns all picks that were published, each once, newest edition first: those of atom.xml, then those of
// the archive documents.
func allPicks(ctx context.Context, read readFileFunc) (all []publish.EditionPick, err error) {
	seen, been := map[string]bool{}, map[string]bool{}
	for path := "atom.xml"; path != "" && !been[path]; {
		been[path] = true
		text, missing, err := read(ctx, path)
		switch {
		case err != nil:
			return nil, err
		case missing && path != "atom.xml":
			return nil, fmt.Errorf("%s, an archive of what was published, is missing; without it readers would see its articles again", path)
		case missing:
			return nil, nil
		}
		d, err := publish.ReadDocument(text)
		if err != nil {
			return nil, fmt.Errorf("%s is not a feed of a Broadsheet: %w", path, err)
		}
		for _, p := range d.Picks {
			if id := p.ID(); !seen[id] {
				seen[id] = true
				all = append(all, p)
			}
		}
		path = d.PrevArchive
	}
	return all, nil
}

// fullEdition returns an edition from its edition.json if there is one, else as the feeds have it. Picks that only
// the feeds have are kept: they were shown.
func fullEdition(ctx context.Context, read readFileFunc, fromFeeds broadsheet.Edition) (broadsheet.Edition, error) {
	text, missing, err := read(ctx, publish.EditionPath(fromFeeds.Day))
	if err != nil || missing {
		return fromFeeds, err
	}
	e, err := publish.ReadEdition(text)
	if err != nil || e.Day != fromFeeds.Day {
		return fromFeeds, nil // damaged, or of another publication: the feeds are enough
	}
	there := map[string]bool{}
	for _, p := range e.Picks {
		there[p.ID()] = true
	}
	for _, p := range fromFeeds.Picks {
		if !there[p.ID()] {
			e.Picks = append(e.Picks, p)
		}
	}
	return e, nil
}

func (a *app) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a consistent copy of the database, also while a run is at work",
		Args:  exactlyOneArg("file"),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := a.open(c.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			return s.Backup(c.Context(), args[0])
		},
	}
}

// exactlyOneArg accepts exactly one argument. what names it in the error.
func exactlyOneArg(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return console.UsageError(fmt.Errorf("%s takes one %s; see %s --help", c.CommandPath(), what, c.CommandPath()))
		}
		return nil
	}
}
