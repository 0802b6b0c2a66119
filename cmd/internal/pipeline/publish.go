package pipeline

import (
	"context"
	"fmt"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/publish"
	"broadsheet/store"
)

// editionSource is what the publisher reads from.
func (r *Run) editionSource(ctx context.Context) (publish.EditionSource, error) {
	shelf := publish.EditionSource{Edition: r.Store.Edition, Secrets: r.Secrets(), Revised: map[broadsheet.Day]int{}, WithdrawnLinks: r.Store.WithdrawnLinks}
	now, err := r.readersTime(ctx)
	if err != nil {
		return shelf, err
	}
	shelf.Current = func(ctx context.Context, key string) (broadsheet.Article, error) {
		a, err := r.Store.Current(ctx, key)
		if a.Updated.After(now) { // it was noted under a clock that was ahead, and is no change yet
			a = broadsheet.Article{}
		}
		return a, err
	}
	days, hidden, err := r.Store.Published(ctx, r.Composer.Config.Edition, now)
	if err != nil {
		return shelf, err
	}
	for _, d := range days {
		shelf.Days = append(shelf.Days, publish.Day{Day: d.Day, Number: d.Number, Picks: d.Picks})
		if d.Revised > 0 {
			shelf.Revised[d.Day] = d.Revised
		}
	}
	for _, d := range hidden {
		shelf.Hidden = append(shelf.Hidden, publish.Hidden{Day: d.Day, Withdrawn: d.Withdrawn && !d.Ahead})
	}
	if shelf.Founder.Day, shelf.Founder.First, err = r.Store.Founder(ctx); err != nil {
		return shelf, err
	}
	if shelf.Withdrawals, err = withdrawals(ctx, r.Store); err != nil {
		return shelf, err
	}
	known, err := r.Store.Known(ctx)
	if err != nil {
		return shelf, err
	}
	for _, s := range r.Composer.Config.Sources {
		v, k := r.Visits[s.ID()], known[s.ID()]
		shelf.Sources = append(shelf.Sources, publish.Source{Source: s, HomePage: v.HomePage, Health: healthText(v),
			Failing: v.Failures > 0 || v.Gone, Articles: k.Articles, Last: k.Last})
	}
	return shelf, nil
}

// LatestEdition is the newest edition that readers may see; the zero Edition when there is none.
func LatestEdition(ctx context.Context, s *store.Store, rules broadsheet.EditionRules, now time.Time) (broadsheet.Edition, error) {
	days, _, err := s.Published(ctx, rules, now)
	if err != nil || len(days) == 0 {
		return broadsheet.Edition{}, err
	}
	return s.Edition(ctx, days[len(days)-1].Day)
}

// healthText is a source's state in words that stay the same while it does.
func healthText(v broadsheet.Visit) string {
	switch {
	case v.Gone:
		return "gone for good"
	case v.Failures > 0:
		return fmt.Sprintf("not answering since %s", v.Failing.UTC().Format("2 January 2006"))
	case v.At.IsZero():
		return "not read yet"
	default:
		return "fine"
	}
}

// withdrawals are what the output tells of what is withdrawn.
func withdrawals(ctx context.Context, s *store.Store) ([]publish.Withdrawal, error) {
	stored, err := s.Withdrawals(ctx)
	var all []publish.Withdrawal
	for _, w := range stored {
		p := publish.Withdrawal{Kind: w.Kind, At: w.At.UTC(), Number: w.Number, Cut: When(w.Cut), First: w.First, Source: w.Source}
		switch w.Kind {
		case store.OfDay:
			p.Day = broadsheet.Day(w.What)
		case store.OfArticle:
			p.ID = broadsheet.Article{Key: w.What}.ID()
		case store.OfSource:
			p.Source = w.What
		}
		for _, a := range w.Articles {
			out := publish.WithdrawnArticle{ID: a.ID}
			for _, link := range a.Links {
				out.Links = append(out.Links, store.LinkText(link))
			}
			p.Articles = append(p.Articles, out)
		}
		all = append(all, p)
	}
	return all, err
}

// announce tells the hub which feeds have changed. A hub that is down is a warning, and so is the death of the run
// before it was told: readers that poll see the change all the same.
func (r *Run) announce(ctx context.Context, changed []string) {
	hub := r.Composer.Config.Hub
	err := publish.Announce(ctx, r.Fetcher.Client(hub), r.Composer.Config, changed)
	if err != nil && ctx.Err() == nil {
		r.report.trouble = append(r.report.trouble, trouble{name: "hub", why: strings.TrimPrefix(err.Error(), "hub "), source: hub, what: "hub"})
	}
}
