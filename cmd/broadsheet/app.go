package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"regexp"
	"sync/atomic"
	"time"

	"broadsheet"
	"broadsheet/fetch"
	"broadsheet/internal/config"
	"broadsheet/internal/edition"
	"broadsheet/internal/excerpt"
	"broadsheet/internal/link"
	"broadsheet/store"
)

// app is one call of the program: the world, the flags, and what is opened for them.
type app struct {
	world
	feeds, db, out, at string
	feedsGiven         bool // --feeds was given
	quiet              bool

	reportFile, metricsFile string // where the run report and the metrics go; empty: nowhere
	logFormat, logLevel     string
	log                     *slog.Logger
	libraries               *libraryLog    // nil: what libraries print is dropped
	given                   *config.Config // in place of what stands in feeds.yaml; nil: read it
	verb                    string         // the command as called: run, fetch, …
	now                     func() time.Time
	secrets                 *atomic.Pointer[link.Secrets] // of feeds.yaml; nil until it is read
	listed                  []broadsheet.Source           // in feeds.yaml
}

// placeInFile is how a message about a line of a file begins.
var placeInFile = regexp.MustCompile(`^[^\s:]+\.ya?ml(:\d+)*:`)

// config reads feeds.yaml; where there is none and none was asked for, the built-in one.
func (a *app) config() (config.Config, error) {
	if a.given != nil {
		a.keepSecret(a.given.Sources)
		return *a.given, nil
	}
	data, err := readFeeds(a.feeds)
	name := a.feeds
	if errors.Is(err, fs.ErrNotExist) && !a.feedsGiven {
		data, name, err = broadsheet.DefaultFeeds, "built-in feeds.yaml", nil
	}
	if err != nil {
		return config.Config{}, wrong(fmt.Errorf("%s cannot be read: %w; name your list of sources with --feeds", a.feeds, cause(err)))
	}
	c, err := config.Parse(name, data)
	if err != nil {
		return config.Config{}, wrong(err)
	}
	a.keepSecret(c.Sources)
	return c, nil
}

// largeFeeds is more bytes than any feeds.yaml may have.
const largeFeeds = 8 << 20

// readFeeds reads a list of sources.
func readFeeds(path string) ([]byte, error) { return readInput(path, largeFeeds) }

// cause leaves out the operation and path that a file error repeats.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// desk is feeds.yaml with its rules compiled.
func (a *app) desk() (*edition.Composer, error) {
	c, err := a.config()
	if err != nil {
		return nil, err
	}
	return edition.NewComposer(c), nil
}

// errNoDatabase is when a command would read what no run has written yet.
var errNoDatabase = errors.New("run broadsheet run first, or name another with --db")

// open opens the database, which must be there: an empty one in the place of one that was meant would hide the mistake.
func (a *app) open(ctx context.Context) (*store.Store, error) {
	if _, err := os.Stat(a.db); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no database at %s; %w", a.db, errNoDatabase)
	}
	return a.openOrCreate(ctx)
}

// openOrCreate opens the database, for a command that writes into it.
func (a *app) openOrCreate(ctx context.Context) (*store.Store, error) {
	s, err := store.Open(ctx, a.db)
	if err != nil {
		return nil, err
	}
	if err := a.keepFormerSecret(ctx, s); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// withStore does what a command does with feeds.yaml and the database, its sources called as readers know them.
func (a *app) withStore(ctx context.Context, do func(desk *edition.Composer, s *store.Store) error) error {
	desk, err := a.desk()
	if err != nil {
		return err
	}
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := introduce(ctx, desk, s); err != nil {
		return err
	}
	return do(desk, s)
}

// fetcher is the one door to the web.
func (a *app) fetcher(c config.Config, b *excerpt.Boilerplate) *fetch.Fetcher {
	return fetch.New(fetch.Options{
		Now:         a.now,
		UserAgent:   userAgent(c),
		Limits:      c.Limits,
		Boilerplate: b,
		Transport:   a.transport,
	})
}

// userAgent names the program and whom to write to.
func userAgent(c config.Config) string {
	agent := "broadsheet"
	if v := version(); v != "" {
		agent += "/" + v
	}
	if contact := cmp.Or(c.Contact, c.URL); contact != "" {
		agent += " (+" + contact + ")"
	}
	return agent
}
