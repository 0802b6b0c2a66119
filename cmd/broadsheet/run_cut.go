package main

import (
	"context"
	"slices"

	"broadsheet"
	"broadsheet/internal/edition"
	"broadsheet/internal/link"
	"broadsheet/store"
)

// backlogSample is how many of the best articles of the backlog an edition is composed from: enough that the limits by
// source and topic leave a choice, few enough that the cost does not grow with the archive.
const backlogSample = 1000

// backlogShare is how many of those are of one source at most: more than an edition takes, so that equals change by the day.
const backlogShare = 20

// cut composes today's edition and puts it into the store, if it is time and it is not out yet.
func (r *round) cut(ctx context.Context) error {
	if err := r.judge(ctx); err != nil {
		return err
	}
	days, err := r.store.Days(ctx)
	if err != nil {
		return err
	}
	rules, now, first := r.desk.Config.Edition, r.Now(), len(days) == 0
	day, ok := rules.Due(now, first, isOut(days))
	if !ok {
		return nil
	}
	if r.report.offline && first {
		return nil // a paper is not begun from what happens to be at hand
	}
	if !r.clockBelieved() {
		return nil
	}
	stock, err := r.stock(ctx, days)
	if err != nil {
		return err
	}
	e := r.desk.Compose(day, now, stock)
	if e.Number, err = r.nextNumber(ctx); err != nil {
		return err
	}
	if len(e.Picks) == 0 {
		r.report.empty = true
		return nil // not an edition: yesterday's stays until there is something to read
	}
	for i := range e.Picks {
		p := &e.Picks[i]
		whole, err := r.store.Whole(ctx, p.Key)
		if err != nil {
			return err
		}
		r.desk.Fill(p, whole)
		p.NotAfter(now)
		if p.Also, err = r.store.Also(ctx, p.Key); err != nil {
			return err
		}
		p.Also = slices.DeleteFunc(p.Also, r.leadsInside)
	}
	if err := r.store.SaveEdition(ctx, e); err != nil {
		return err
	}
	r.report.edition = &e
	return nil
}

// leadsInside reports whether another address of a pick's work leads into a private network that its source does not stand in.
func (r *round) leadsInside(also broadsheet.Also) bool {
	s, _ := r.desk.Source(also.Source)
	return link.PrivateLink(also.Link) && !s.AllowPrivate
}

// holdsPrivateLink reports whether an edition has a link into a private network.
func holdsPrivateLink(e broadsheet.Edition) bool {
	private := func(a broadsheet.Also) bool { return link.PrivateLink(a.Link) }
	return slices.ContainsFunc(e.Picks, func(p broadsheet.Pick) bool {
		return link.PrivateLink(p.Link) || link.PrivateLink("https://"+p.Key) || slices.ContainsFunc(p.Also, private)
	}) || slices.ContainsFunc(e.More, func(m broadsheet.More) bool { return slices.ContainsFunc(m.Articles, private) })
}

// isOut returns a function that reports whether a day has an edition.
func isOut(days []store.DayCount) func(broadsheet.Day) bool {
	out := make(map[broadsheet.Day]bool, len(days))
	for _, d := range days {
		out[d.Day] = true
	}
	return func(d broadsheet.Day) bool { return out[d] }
}

// nextNumber is the number after the greatest of all editions but those that are ahead of now, which follow on it.
func (r *round) nextNumber(ctx context.Context) (int, error) {
	days, hidden, err := r.store.Published(ctx, r.desk.Config.Edition, r.Now())
	last := 0
	for _, d := range days {
		last = max(last, d.Number)
	}
	for _, d := range hidden {
		if !d.Ahead {
			last = max(last, d.Number)
		}
	}
	return last + 1, err
}

// stock is what the store has for the next edition.
func (r *round) stock(ctx context.Context, days []store.DayCount) (edition.Input, error) {
	stock := edition.Input{Editions: len(days)}
	latest, err := latestEdition(ctx, r.store, r.desk.Config.Edition, r.Now())
	if err != nil {
		return stock, err
	}
	since := latest.At
	oldest := r.Now().AddDate(0, 0, -r.desk.Config.Edition.FreshDays)
	if stock.Fresh, err = r.store.Fresh(ctx, since, oldest, backlogSample); err != nil {
		return stock, err
	}
	each := max(r.desk.Config.Edition.PerSource, backlogShare)
	if stock.Backlog, err = r.store.Backlog(ctx, each, backlogSample); err != nil {
		return stock, err
	}
	if stock.Waiting, err = r.store.Waiting(ctx); err != nil {
		return stock, err
	}
	week := r.desk.Config.Edition.Day(r.Now().AddDate(0, 0, -7))
	stock.LastShown, err = r.store.LastShown(ctx, week)
	return stock, err
}
