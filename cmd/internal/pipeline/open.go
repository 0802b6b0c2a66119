package pipeline

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"broadsheet"
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
		Transport:   o.Transport,
	})
}

// applyConfig loads the last visits, and gives the store the sources, story rules and scoring rules of feeds.yaml.
func (r *Run) applyConfig(ctx context.Context) (err error) {
	r.report.Sources.Total = len(r.Composer.Config.Sources)
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
