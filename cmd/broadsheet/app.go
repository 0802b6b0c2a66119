package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/files"
	"broadsheet/cmd/internal/pipeline"
	"broadsheet/fetch"
	"broadsheet/internal/config"
	"broadsheet/internal/edition"
	"broadsheet/internal/excerpt"
	"broadsheet/store"
)

// app is one call of the program: the world, the flags, and what is opened for them.
type app struct {
	*console.Console
	env                world
	feeds, db, out, at string
	feedsGiven         bool // --feeds was given

	reportFile, metricsFile string // where the run report and the metrics go; empty: nowhere
	verb                    string // the command as called: run, fetch, …
	now                     func() time.Time
}

// options are those of a run by the flags.
func (a *app) options() pipeline.Options {
	return pipeline.Options{Console: a.Console, Load: a.desk, Command: a.verb, DB: a.db, Out: a.out, ReportFile: a.reportFile, MetricsFile: a.metricsFile,
		Now: a.now, FixedTime: a.at != "", Transport: a.env.transport}
}

// fetcher returns what makes all requests.
func (a *app) fetcher(c config.Config, b *excerpt.Boilerplate) *fetch.Fetcher {
	return a.options().NewFetcher(c, b)
}

// config reads feeds.yaml; where there is none and none was asked for, the built-in one.
func (a *app) config() (config.Config, error) {
	data, err := files.ReadFeeds(a.feeds)
	name := a.feeds
	if errors.Is(err, fs.ErrNotExist) && !a.feedsGiven {
		data, name, err = broadsheet.DefaultFeeds, "built-in feeds.yaml", nil
	}
	if err != nil {
		return config.Config{}, console.UsageError(fmt.Errorf("%s cannot be read: %w; name your list of sources with --feeds", a.feeds, files.Cause(err)))
	}
	c, err := config.Parse(name, data)
	if err != nil {
		return config.Config{}, console.UsageError(err)
	}
	a.KeepSecretsOf(c.Sources)
	return c, nil
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
	return a.options().OpenStore(ctx)
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
	if _, err := pipeline.LoadVisits(ctx, desk, s); err != nil {
		return err
	}
	return do(desk, s)
}
