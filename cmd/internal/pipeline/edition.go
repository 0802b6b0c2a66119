package pipeline

import (
	"context"
	"slices"
	"time"

	"broadsheet"
	"broadsheet/internal/edition"
	"broadsheet/internal/link"
	"broadsheet/store"
)

// backlogSample is how many of the best articles of the backlog an edition is composed from: enough that the limits by
// source and topic leave a choice, few enough that the cost does not grow with the archive.
const backlogSample = 1000

// backlogShare is how many of those may be of one source: more than an edition takes, so that articles of equal score
// take turns from day to day.
const backlogShare = 20

// composeEdition composes today's edition and stores it, if it is due and not stored yet.
func (r *Run) composeEdition(ctx context.Context) error {
	if err := r.Judge(ctx); err != nil {
		return err
	}
	days, err := r.Store.Days(ctx)
	if err != nil {
		return err
	}
	rules, now, first := r.Composer.Config.Edition, r.Now(), len(days) == 0
	day, ok := rules.Due(now, first, HasEdition(days))
	if !ok {
		return nil
	}
	if r.report.offline && first {
		return nil // the first edition is not composed from the few articles that are known without the network
	}
	if !r.isClockTrusted() {
		return nil
	}
	input, err := r.EditionInput(ctx, days)
	if err != nil {
		return err
	}
	e := r.Composer.Compose(day, now, input)
	if e.Number, err = r.nextNumber(ctx); err != nil {
		return err
	}
	if len(e.Picks) == 0 {
		r.report.noPicks = true
		return nil // not an edition: yesterday's stays the latest until there is an article to show
	}
	for i := range e.Picks {
		if err := r.completePick(ctx, &e.Picks[i], now); err != nil {
			return err
		}
	}
	if err := r.Store.SaveEdition(ctx, e); err != nil {
		return err
	}
	r.report.Edition = &e
	return nil
}

// completePick adds to a pick of an edition composed at now what composing did not need: the text of its article, and
// the other links of its story.
func (r *Run) completePick(ctx context.Context, p *broadsheet.Pick, now time.Time) error {
	article, err := r.Store.FullArticleByKey(ctx, p.Key)
	if err != nil {
		return err
	}
	r.Composer.Fill(p, article)
	p.ClampTimes(now)
	if p.Also, err = r.Store.OtherLinks(ctx, p.Key); err != nil {
		return err
	}
	p.Also = slices.DeleteFunc(p.Also, r.isForbiddenLink)
	return nil
}

// isForbiddenLink reports whether a further link of a pick leads into a private network without allow_private of its
// source.
func (r *Run) isForbiddenLink(also broadsheet.SourceLink) bool {
	s, _ := r.Composer.Source(also.Source)
	return link.IsPrivate(also.Link) && !s.AllowPrivate
}

// hasPrivateLink reports whether an edition contains a link into a private network.
func hasPrivateLink(e broadsheet.Edition) bool {
	private := func(a broadsheet.SourceLink) bool { return link.IsPrivate(a.Link) }
	return slices.ContainsFunc(e.Picks, func(p broadsheet.Pick) bool {
		return link.IsPrivate(p.Link) || link.IsPrivate("https://"+p.Key) || slices.ContainsFunc(p.Also, private)
	}) || slices.ContainsFunc(e.More, func(m broadsheet.SourceOverflow) bool { return slices.ContainsFunc(m.Articles, private) })
}

// HasEdition returns a function that reports whether there is an edition of a day.
func HasEdition(days []store.DayCount) func(broadsheet.Day) bool {
	out := make(map[broadsheet.Day]bool, len(days))
	for _, d := range days {
		out[d.Day] = true
	}
	return func(d broadsheet.Day) bool { return out[d] }
}

// nextNumber returns the number of the next edition: one more than the largest of all editions, except those of days in
// the future, which will follow it.
func (r *Run) nextNumber(ctx context.Context) (int, error) {
	days, hidden, err := r.Store.Published(ctx, r.Composer.Config.Edition, r.Now())
	last := 0
	for _, d := range days {
		last = max(last, d.Number)
	}
	for _, d := range hidden {
		if !d.Future {
			last = max(last, d.Number)
		}
	}
	return last + 1, err
}

// EditionInput returns the articles in the store from which the next edition is composed; days are the editions so far.
func (r *Run) EditionInput(ctx context.Context, days []store.DayCount) (edition.Input, error) {
	input, rules := edition.Input{Editions: len(days)}, r.Composer.Config.Edition
	latest, err := LatestEdition(ctx, r.Store, rules, r.Now())
	if err != nil {
		return input, err
	}
	oldest := r.Now().AddDate(0, 0, -rules.FreshDays)
	if input.Fresh, err = r.Store.Fresh(ctx, latest.At, oldest, backlogSample); err != nil {
		return input, err
	}
	perSource := max(rules.PerSource, backlogShare)
	if input.Backlog, err = r.Store.Backlog(ctx, perSource, backlogSample); err != nil {
		return input, err
	}
	if input.Waiting, err = r.Store.CountWaiting(ctx); err != nil {
		return input, err
	}
	weekAgo := rules.Day(r.Now().AddDate(0, 0, -7))
	input.LastShown, err = r.Store.LastShown(ctx, weekAgo)
	return input, err
}

// Judge brings the scores in the store up to date with the rules of feeds.yaml.
func (r *Run) Judge(ctx context.Context) error {
	_, err := r.Store.ScoreArticles(ctx, r.Now())
	return err
}

// reportBacklog reports how many articles wait and for how many days they last, which edition is the latest, and when
// the next one is due.
func (r *Run) reportBacklog(ctx context.Context) (err error) {
	report, rules := r.report, r.Composer.Config.Edition
	if e := report.Edition; e != nil {
		report.waiting = e.Waiting // counted when the edition was composed
	} else if report.waiting, err = r.Store.CountWaiting(ctx); err != nil {
		return err
	}
	report.Visits = r.visitsForWake()
	report.backlogDays = edition.DaysOfBacklog(rules, report.waiting)
	now, err := r.publicTime(ctx)
	if err != nil {
		return err
	}
	latest, err := LatestEdition(ctx, r.Store, rules, now)
	report.lastEdition, report.lastPicks = latest.At, len(latest.Picks)
	if err != nil {
		return err
	}
	days, err := r.Store.Days(ctx)
	report.Next = rules.Next(r.Now(), HasEdition(days))
	return err
}
