package pipeline

import (
	"context"
	"os"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/internal/health"
	"broadsheet/publish"
	"broadsheet/store"
)

// composeAndPublish composes the edition if it is due, and publishes the site.
func (r *Run) composeAndPublish(ctx context.Context) error {
	if err := r.composeEdition(ctx); err != nil {
		return err
	}
	return r.Publish(ctx)
}

// Publish brings the output folder up to date with the store.
func (r *Run) Publish(ctx context.Context) error {
	r.bar.Stage("publishing", 1)
	// Editions of earlier versions may contain links into private networks, which are no longer published.
	if err := r.Store.MarkChangedOnce(ctx, "private links", hasPrivateLink); err != nil {
		return err
	}
	editions, err := r.editionSource(ctx)
	if err != nil {
		return err
	}
	if editions.Health, err = r.reportedEvents(ctx); err != nil {
		return err
	}
	editions.Health = editions.Health[:min(maxEventsShown, len(editions.Health))]
	before, _ := os.Stat(r.Out) // nil: publish.Write creates it
	changed, err := publish.Write(ctx, r.Out, r.Composer.Config, editions)
	if err != nil {
		return err
	}
	r.report.files = changed
	if err := r.checkReadable(ctx, before, changed); err != nil {
		return err
	}
	return r.announce(ctx, changed)
}

// editionSource returns what the publisher needs, all but the health events.
func (r *Run) editionSource(ctx context.Context) (publish.EditionSource, error) {
	source := publish.EditionSource{Edition: r.Store.Edition, Secrets: r.Secrets(), Revisions: map[broadsheet.Day]int{},
		WithdrawnLinks: r.Store.WithdrawnLinks}
	now, err := r.publicTime(ctx)
	if err != nil {
		return source, err
	}
	source.CurrentArticle = func(ctx context.Context, key string) (broadsheet.Article, error) {
		a, err := r.Store.ArticleByKey(ctx, key)
		if a.Updated.After(now) { // stored while the clock was ahead: not a change yet
			a = broadsheet.Article{}
		}
		return a, err
	}
	days, hidden, err := r.Store.Published(ctx, r.Composer.Config.Edition, now)
	if err != nil {
		return source, err
	}
	for _, d := range days {
		source.Days = append(source.Days, publish.EditionRef{Day: d.Day, Number: d.Number, Picks: d.Picks})
		if d.Revised > 0 {
			source.Revisions[d.Day] = d.Revised
		}
	}
	for _, d := range hidden {
		source.Hidden = append(source.Hidden, publish.HiddenEdition{Day: d.Day, Withdrawn: d.Withdrawn && !d.Future})
	}
	if source.IDRoot.Day, source.IDRoot.OriginalFirstID, err = r.Store.FirstEdition(ctx); err != nil {
		return source, err
	}
	if source.Withdrawals, err = withdrawals(ctx, r.Store); err != nil {
		return source, err
	}
	known, err := r.Store.SourceStats(ctx)
	if err != nil {
		return source, err
	}
	found := r.findings
	if found == nil { // a command that publishes without a run
		if found, err = Findings(ctx, r.Composer, r.Store, r.Visits); err != nil {
			return source, err
		}
	}
	for _, s := range r.Composer.Config.Sources {
		v, k := r.Visits[s.ID()], known[s.ID()]
		source.Sources = append(source.Sources, publish.SourceStatus{Source: s, HomePage: v.HomePage, Health: health.PublicText(v, found[s.ID()]),
			Failing: v.Failures > 0 || v.Gone, Articles: k.Articles, LastPublished: k.Last})
	}
	return source, nil
}

// LatestEdition returns the newest edition that readers may see at now; the zero Edition if there is none.
func LatestEdition(ctx context.Context, s *store.Store, rules broadsheet.EditionRules, now time.Time) (broadsheet.Edition, error) {
	days, _, err := s.Published(ctx, rules, now)
	if err != nil || len(days) == 0 {
		return broadsheet.Edition{}, err
	}
	return s.Edition(ctx, days[len(days)-1].Day)
}

// withdrawals returns the withdrawals in the store, as the publisher needs them.
func withdrawals(ctx context.Context, s *store.Store) ([]publish.Withdrawal, error) {
	stored, err := s.Withdrawals(ctx)
	var all []publish.Withdrawal
	for _, w := range stored {
		p := publish.Withdrawal{Kind: w.Kind, At: w.At.UTC(), Number: w.Number, Cut: OptionalTime(w.Cut), First: w.First,
			Source: w.Source}
		switch w.Kind {
		case store.OfDay:
			p.Day = broadsheet.Day(w.What)
		case store.OfArticle:
			p.ID = broadsheet.Article{Key: w.What}.ID()
		case store.OfSource:
			p.Source = w.What
		}
		for _, a := range w.Articles {
			article := publish.WithdrawnArticle{ID: a.ID}
			for _, link := range a.Links {
				article.Links = append(article.Links, store.FormatLinkHash(link))
			}
			p.Articles = append(p.Articles, article)
		}
		all = append(all, p)
	}
	return all, err
}

// announce notifies the WebSub hub of the feeds that have changed. If the hub is down, that is only a warning, and if
// the run is killed before, it is not made up for: readers that poll see the change in any case.
func (r *Run) announce(ctx context.Context, changed []string) error {
	hub := r.Composer.Config.Hub
	err := publish.NotifyHub(ctx, r.Fetcher.WebhookClient(hub), r.Composer.Config, changed)
	switch {
	case err != nil && ctx.Err() == nil:
		return r.hubFailed(ctx, strings.TrimPrefix(err.Error(), "hub "))
	case err == nil && hub != "" && len(changed) > 0:
		return r.Store.SetMeta(ctx, hubKey, "")
	}
	return nil
}
