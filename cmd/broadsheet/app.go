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

// app is one call of the program: its environment, its flags, and how to open what they name.
type app struct {
	*console.Console
	env                     env
	feeds, db, out, nowFlag string
	filesDir                string // --files; empty: no file of this machine is a source
	feedsGiven              bool   // --feeds was given

	reportFile, metricsFile string // paths of the run report and the metrics; empty: none
	commandName             string // name of the command: run, fetch, …
	now                     func() time.Time
}

// options returns the options of a run, from the flags.
func (a *app) options() pipeline.Options {
	return pipeline.Options{Console: a.Console, Load: a.composer, Command: a.commandName, DB: a.db, Out: a.out, Files: a.filesDir, ReportFile: a.reportFile, MetricsFile: a.metricsFile,
		Now: a.now, FixedTime: a.nowFlag != "", Transport: a.env.transport}
}

// fetcher returns the Fetcher that makes all requests.
func (a *app) fetcher(c config.Config, b *excerpt.Boilerplate) *fetch.Fetcher {
	return a.options().NewFetcher(c, b)
}

// config reads feeds.yaml, or the built-in one if there is no file and --feeds was not given.
func (a *app) config() (config.Config, error) {
	data, err := files.ReadFeeds(a.feeds)
	name := a.feeds
	if errors.Is(err, fs.ErrNotExist) && !a.feedsGiven {
		data, name, err = broadsheet.DefaultFeeds, "built-in feeds.yaml", nil
	}
	if err != nil {
		return config.Config{}, console.UsageError(fmt.Errorf("%s cannot be read: %w; name your list of sources with --feeds", a.feeds, files.WithoutPath(err)))
	}
	c, err := config.Parse(name, data)
	if err != nil {
		return config.Config{}, console.UsageError(err)
	}
	a.RedactSecretsOf(c.Sources, c.Webhooks)
	return c, nil
}

// composer reads feeds.yaml and compiles its rules.
func (a *app) composer() (*edition.Composer, error) {
	c, err := a.config()
	if err != nil {
		return nil, err
	}
	return edition.NewComposer(c), nil
}

// errNoDatabase is returned when a command needs a database and no run has written one yet.
var errNoDatabase = errors.New("run broadsheet run first, or name another with --db")

// open opens the database, which must exist: an empty one created in place of the one that was meant would hide the
// mistake.
func (a *app) open(ctx context.Context) (*store.Store, error) {
	if _, err := os.Stat(a.db); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no database at %s; %w", a.db, errNoDatabase)
	}
	return a.openOrCreate(ctx)
}

// openOrCreate opens the database, and creates it if it does not exist, for a command that writes to it.
func (a *app) openOrCreate(ctx context.Context) (*store.Store, error) {
	return a.options().OpenStore(ctx)
}

// withStore calls do with feeds.yaml and the database, with sources named as readers see them.
func (a *app) withStore(ctx context.Context, do func(composer *edition.Composer, s *store.Store) error) error {
	composer, err := a.composer()
	if err != nil {
		return err
	}
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := pipeline.LoadVisits(ctx, composer, s); err != nil {
		return err
	}
	return do(composer, s)
}
