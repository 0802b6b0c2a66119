package pipeline

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

// composeEdition composes today's edition and puts it into the store, if it is time and it is not out yet.
func (r *Run) composeEdition(ctx context.Context) error {
	if err := r.Judge(ctx); err != nil {
		return err
	}
	days, err := r.Store.Days(ctx)
	if err != nil {
		return err
	}
	rules, now, first := r.Composer.Config.Edition, r.Now(), len(days) == 0
	day, ok := rules.Due(now, first, IsOut(days))
	if !ok {
		return nil
	}
	if r.report.offline && first {
		return nil // a paper is not begun from what happens to be at hand
	}
	if !r.clockBelieved() {
		return nil
	}
	stock, err := r.Input(ctx, days)
	if err != nil {
		return err
	}
	e := r.Composer.Compose(day, now, stock)
	if e.Number, err = r.nextNumber(ctx); err != nil {
		return err
	}
	if len(e.Picks) == 0 {
		r.report.empty = true
		return nil // not an edition: yesterday's stays until there is something to read
	}
	for i := range e.Picks {
		p := &e.Picks[i]
		whole, err := r.Store.Whole(ctx, p.Key)
		if err != nil {
			return err
		}
		r.Composer.Fill(p, whole)
		p.NotAfter(now)
		if p.Also, err = r.Store.Also(ctx, p.Key); err != nil {
			return err
		}
		p.Also = slices.DeleteFunc(p.Also, r.leadsInside)
	}
	if err := r.Store.SaveEdition(ctx, e); err != nil {
		return err
	}
	r.report.Edition = &e
	return nil
}

// leadsInside reports whether another address of a pick's work leads into a private network that its source does not stand in.
func (r *Run) leadsInside(also broadsheet.Also) bool {
	s, _ := r.Composer.Source(also.Source)
	return link.PrivateLink(also.Link) && !s.AllowPrivate
}

// holdsPrivateLink reports whether an edition has a link into a private network.
func holdsPrivateLink(e broadsheet.Edition) bool {
	private := func(a broadsheet.Also) bool { return link.PrivateLink(a.Link) }
	return slices.ContainsFunc(e.Picks, func(p broadsheet.Pick) bool {
		return link.PrivateLink(p.Link) || link.PrivateLink("https://"+p.Key) || slices.ContainsFunc(p.Also, private)
	}) || slices.ContainsFunc(e.More, func(m broadsheet.More) bool { return slices.ContainsFunc(m.Articles, private) })
}

// IsOut returns a function that reports whether a day has an edition.
func IsOut(days []store.DayCount) func(broadsheet.Day) bool {
	out := make(map[broadsheet.Day]bool, len(days))
	for _, d := range days {
		out[d.Day] = true
	}
	return func(d broadsheet.Day) bool { return out[d] }
}

// nextNumber is the number after the greatest of all editions but those that are ahead of now, which follow on it.
func (r *Run) nextNumber(ctx context.Context) (int, error) {
	days, hidden, err := r.Store.Published(ctx, r.Composer.Config.Edition, r.Now())
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

// Input is what the store has for the next edition.
func (r *Run) Input(ctx context.Context, days []store.DayCount) (edition.Input, error) {
	stock := edition.Input{Editions: len(days)}
	latest, err := LatestEdition(ctx, r.Store, r.Composer.Config.Edition, r.Now())
	if err != nil {
		return stock, err
	}
	since := latest.At
	oldest := r.Now().AddDate(0, 0, -r.Composer.Config.Edition.FreshDays)
	if stock.Fresh, err = r.Store.Fresh(ctx, since, oldest, backlogSample); err != nil {
		return stock, err
	}
	each := max(r.Composer.Config.Edition.PerSource, backlogShare)
	if stock.Backlog, err = r.Store.Backlog(ctx, each, backlogSample); err != nil {
		return stock, err
	}
	if stock.Waiting, err = r.Store.Waiting(ctx); err != nil {
		return stock, err
	}
	week := r.Composer.Config.Edition.Day(r.Now().AddDate(0, 0, -7))
	stock.LastShown, err = r.Store.LastShown(ctx, week)
	return stock, err
}
