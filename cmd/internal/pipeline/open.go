package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/files"
	"broadsheet/fetch"
	"broadsheet/internal/config"
	"broadsheet/internal/edition"
	"broadsheet/internal/excerpt"
	"broadsheet/store"
)

// openForRun opens the database, or creates it. It refuses to create a database, or to publish from one without
// editions, beside a site that is published already: to such a database everything is new, and readers would see all
// articles again.
func (o Options) openForRun(ctx context.Context, p Plan, composer *edition.Composer) (*store.Store, error) {
	if _, err := os.Lstat(o.DB); errors.Is(err, fs.ErrNotExist) {
		if err := o.checkUnpublished("there is no database at " + o.DB); err != nil {
			return nil, err
		}
		o.printPlan(p, len(composer.Config.Sources), true)
		return o.OpenStore(ctx)
	}
	o.printPlan(p, len(composer.Config.Sources), false)
	s, err := o.OpenStore(ctx)
	if err != nil || !p.Publish {
		return s, err
	}
	days, err := s.Days(ctx)
	if err == nil && len(days) == 0 {
		err = o.checkUnpublished("the database at " + o.DB + " knows no edition")
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// OpenStore opens the database, or creates it. The secrets of former sources that it holds are redacted from now on in
// what the program prints.
func (o Options) OpenStore(ctx context.Context) (*store.Store, error) {
	s, err := store.Open(ctx, o.DB)
	if err != nil {
		return nil, err
	}
	if err := o.RedactFormerSecrets(ctx, s); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// NewFetcher returns the Fetcher that makes all requests of a run.
func (o Options) NewFetcher(c config.Config, b *excerpt.Boilerplate) *fetch.Fetcher {
	return fetch.New(fetch.Options{
		Now:         o.Now,
		UserAgent:   userAgent(c),
		Limits:      c.Limits,
		Boilerplate: b,
		Files:       o.files(),
		Transport:   o.Transport,
	})
}

// files returns the function that reads files below the folder of --files; nil if none is named. What it says of the
// folder does not name it: the error of a source is published with its health.
func (o Options) files() fetch.Files {
	if o.Files == "" {
		return nil
	}
	return func(path string, maxBytes int64) ([]byte, time.Time, error) {
		data, modified, err := files.ReadBelow(o.Files, path, maxBytes)
		switch {
		case errors.Is(err, files.ErrNoFolder):
			err = errors.New("the folder that --files names cannot be opened; is it there, and mounted?")
		case errors.Is(err, fs.ErrNotExist):
			err = errors.New("there is no such file below the folder of --files; does the program that writes it still run?")
		case errors.Is(err, fs.ErrPermission):
			err = errors.New("this user may not read it; look at the rights of the file and of its folders")
		case errors.Is(err, files.ErrOutside):
			err = errors.New("a symbolic link leads out of the folder of --files; put the file itself there")
		case errors.Is(err, files.ErrNotRegular):
			err = errors.New("it is no regular file; a named pipe, a device or a folder is not read")
		case errors.Is(err, files.ErrTooLarge):
			err = fmt.Errorf("it is larger than %d kB; if that is as it should be, raise limits: body", maxBytes>>10)
		case err != nil:
			err = fmt.Errorf("it cannot be read: %w", files.WithoutPath(err))
		}
		return data, modified, err
	}
}

// applyConfig loads the last visits, and gives the store the sources, story rules and scoring rules of feeds.yaml.
func (r *Run) applyConfig(ctx context.Context) (err error) {
	r.report.Sources.Total = len(r.Composer.Config.Sources)
	r.redactWebhooks()
	if r.Visits, err = LoadVisits(ctx, r.Composer, r.Store); err != nil {
		return err
	}
	c := r.Composer.Config // with the names that LoadVisits gave its sources
	r.lastRun = latestVisit(r.Visits)
	if err := r.recordClockSetBack(ctx); err != nil {
		return err
	}
	states, err := r.Store.HostStates(ctx)
	if err != nil {
		return err
	}
	r.Fetcher.SetHostStates(states)
	if err := r.Store.SetSources(ctx, r.Now(), c.Sources); err != nil {
		return err
	}
	if err := r.Store.SetStoryRules(ctx, r.Now(), c.Stories); err != nil {
		return err
	}
	return r.Store.SetRules(ctx, r.Composer.Rules.Fingerprint(), r.Composer.Judge)
}

// LoadVisits returns the last visit to each source that was ever fetched, by Source.ID. Sources without a name in
// feeds.yaml get the title that their feed had then.
func LoadVisits(ctx context.Context, composer *edition.Composer, s *store.Store) (map[string]broadsheet.Visit, error) {
	visits, err := s.Visits(ctx)
	if err != nil {
		return nil, err
	}
	composer.SetSourceNames(FeedTitles(visits))
	return visits, nil
}

// FeedTitles returns the titles that sources gave themselves when they were last fetched, by Source.ID.
func FeedTitles(visits map[string]broadsheet.Visit) map[string]string {
	titles := make(map[string]string, len(visits))
	for id, v := range visits {
		titles[id] = v.Title
	}
	return titles
}

// note returns the maintainer's own text about an article, from the first item that has one; "" if none has.
func note(items []broadsheet.FeedItem) string {
	for _, item := range items {
		if item.Note != "" {
			return item.Note
		}
	}
	return ""
}
