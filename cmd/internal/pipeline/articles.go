package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/internal/edition"
	"broadsheet/store"
)

// readArticles fetches the pages of articles that are about to matter, up to the limit of one run, and stores what they
// contain. What was read changes what the next editions would pick: it goes on until that has been read, too.
func (r *Run) readArticles(ctx context.Context) error {
	if r.report.offline {
		return nil
	}
	fetchCtx, cancel := r.withDeadline(ctx)
	defer cancel()
	left := r.Composer.Config.Limits.WithDefaults().Pages
	tried := map[string]bool{} // by Article.Key
	for left > 0 && fetchCtx.Err() == nil {
		if err := r.Judge(ctx); err != nil {
			return err
		}
		some, err := r.pagesToRead(ctx, left, tried)
		if err != nil {
			return err
		}
		if len(some) == 0 {
			break
		}
		left -= len(some)
		for _, p := range some {
			tried[p.Key] = true
			r.Fetcher.PlanRequests(p.Link)
		}
		r.bar.Stage("reading articles", len(some))
		err = suspectsLast(ctx, fetchCtx, r.pages, some, pageToRead.key, func(some []pageToRead) error {
			return r.readBatch(ctx, fetchCtx, cancel, some)
		})
		if err != nil {
			return err
		}
	}
	return errors.Join(r.recordHostStates(ctx), ctx.Err())
}

// readBatch fetches the pages of some articles, many hosts concurrently, and stores the results. It calls cancel, which
// must end fetchCtx, when results cannot be stored.
func (r *Run) readBatch(ctx, fetchCtx context.Context, cancel func(), some []pageToRead) error {
	readings := make(chan store.PageResult)
	var startErr error
	go func() {
		defer close(readings)
		start := startAttempts(ctx, r.pages, pageToRead.key)
		turns := newTurns(some, func(a pageToRead) (id, group string) { return a.Key, r.Fetcher.HostGroup(a.Link) })
		startErr = forEachConcurrent(r.maxFetches(), some, start, func(a pageToRead) {
			done := turns.wait(a.Key) // one after the other, so that a page follows its host's robots.txt
			defer done()
			source, _ := r.Composer.Source(a.Source)
			defer r.bar.WaitFor(source.Name)()
			reading, ok := r.read(fetchCtx, a.Article)
			done()
			if ok {
				reading.Paced = a.paced
				readings <- reading
			} else {
				r.pages.end(a.Key)
			}
		})
	}()
	err := inBatches(readings, cancel, func(batch []store.PageResult) error {
		for _, reading := range batch {
			r.report.addPage(reading)
		}
		r.bar.Add(len(batch))
		return errors.Join(r.Store.SetPages(ctx, r.Now(), batch...), r.recordHostStates(ctx))
	})
	return errors.Join(err, startErr)
}

// read fetches and reads the page of an article. ok is false when there was no request, because the run ended or the
// host limits the rate of requests: the page is then still pending.
func (r *Run) read(ctx context.Context, a broadsheet.Article) (reading store.PageResult, ok bool) {
	s, _ := r.Composer.Source(a.Source)
	page, err := r.Fetcher.ReadArticle(ctx, s, a.Link)
	if client.IsStopped(err) || client.IsRateLimited(err) {
		return reading, false
	}
	reading = store.PageResult{Key: a.Key, Page: page}
	if err != nil {
		reading.Err, reading.Dead = err.Error(), client.DeadReason(err)
		if !client.IsPermanent(err) || reading.Dead == broadsheet.DeadMissing { // a feed may list a page before it exists
			reading.RetryAt = r.Now().Add(pageRetry)
		}
		return reading, true
	}
	if reading.Dead = broadsheet.DeadByBlockPage(page.BlockPage); reading.Dead != broadsheet.Alive {
		reading.Err = fmt.Sprintf("%s: the page says that it is not the article (%s)", a.Link, page.BlockPage)
		reading.RetryAt = r.Now().Add(pageRetry)
		return reading, true
	}
	excerpt, origin := r.boilerplate.Choose(a.Title, "", page, nil)
	if origin == broadsheet.OriginPage || a.Excerpt == "" {
		reading.Excerpt, reading.Origin = excerpt, origin
	}
	return reading, true
}

// pageRetry is the delay before a page that could not be read is fetched again.
const pageRetry = 6 * time.Hour

// paceEditions is how many editions ahead the backlog is read: so many times as many of its pages are read a day as an
// edition has picks.
const paceEditions = 5

// paceDay is the time within which the pages of the backlog are counted: a day, less the time by which one daily run may
// start earlier than another.
const paceDay = 24*time.Hour - 30*time.Minute

// pageToRead is an article whose page is read in this run.
type pageToRead struct {
	broadsheet.Article
	paced bool // it is not new: it counts for the pace at which the backlog is read
}

func (p pageToRead) key() string { return p.Key }

// pagesToRead returns the articles whose pages are to be read now, the most important first, at most limit, without
// those that were tried already in this run. They are what the next edition would pick, all new articles, and the best
// of the backlog: what the editions after that would pick, and those that cannot be scored without a text. Of the
// backlog, paceEditions × edition.size are read a day, the last edition.size of them kept for what an edition turns out to
// pick in the hour before it is composed. Until the first edition is full, articles that cannot be scored are read beyond that, up to the limit of one run in a day.
func (r *Run) pagesToRead(ctx context.Context, limit int, tried map[string]bool) ([]pageToRead, error) {
	rules, now := r.Composer.Config.Edition, r.Now()
	days, err := r.Store.Days(ctx)
	if err != nil {
		return nil, err
	}
	latest, err := LatestEdition(ctx, r.Store, rules, now)
	if err != nil {
		return nil, err
	}
	paced, err := r.Store.CountPaced(ctx, now.Add(-paceDay))
	if err != nil {
		return nil, err
	}
	fresh, err := r.Store.PendingNew(ctx, now, latest.At, now.AddDate(0, 0, -rules.FreshDays), limit+len(tried))
	if err != nil {
		return nil, err
	}
	list := pageList{limit: limit, isNew: map[string]bool{}, listed: tried}
	for _, a := range fresh {
		list.isNew[a.Key] = true
	}
	pace := paceEditions * rules.Size
	list.budget = pace - paced
	first := len(days) == 0
	next := rules.Next(now, HasEdition(days))
	day, isSoon := rules.Due(now, first, HasEdition(days))
	if !isSoon {
		day, isSoon = rules.Day(next), next.Sub(now) <= time.Hour
	}
	forNext := list.budget
	if !isSoon {
		forNext -= rules.Size
	}
	if forNext <= 0 && !first {
		list.add(fresh, limit)
		return list.pages, nil
	}

	input, err := r.EditionInput(ctx, days)
	if err != nil {
		return nil, err
	}
	ahead, full := r.picksAhead(day, now, input)
	picks, err := r.Store.PendingOf(ctx, now, ahead[0])
	if err != nil {
		return nil, err
	}
	list.add(picks, forNext)
	list.add(fresh, limit)
	later, err := r.Store.PendingOf(ctx, now, slices.Concat(ahead[1:]...))
	if err != nil {
		return nil, err
	}
	unscored, err := r.Store.PendingUnscored(ctx, now, limit+len(tried))
	if err != nil {
		return nil, err
	}
	share := list.budget - rules.Size
	share -= list.add(later, share-min(share/2, len(unscored)))
	if first && !full {
		share = max(share, min(pace, r.Composer.Config.Limits.WithDefaults().Pages-paced))
	}
	list.add(unscored, share)
	return list.pages, nil
}

// picksAhead returns the keys of the articles that the next editions would pick, edition by edition, if their pages had
// been read; day is the day of the first of them. The others are taken to be filled up from the backlog, so that they
// pick at least what they will. full reports whether the first is full.
func (r *Run) picksAhead(day broadsheet.Day, now time.Time, in edition.Input) (keys [][]string, full bool) {
	for _, candidates := range [][]broadsheet.Candidate{in.Fresh, in.Backlog} {
		for i := range candidates {
			if at := candidates[i].ReadAt; !at.IsZero() && !at.After(now) {
				candidates[i].Bare = false
			}
		}
	}
	composer := *r.Composer
	in.LastShown = maps.Clone(in.LastShown)
	picked := map[string]bool{}
	isPicked := func(c broadsheet.Candidate) bool { return picked[c.Key] }
	for n := range paceEditions {
		e := composer.Compose(day, now, in)
		var ofEdition []string
		for _, p := range e.Picks {
			ofEdition, picked[p.Key] = append(ofEdition, p.Key), true
			in.LastShown[p.Source] = day
		}
		keys = append(keys, ofEdition)
		in.Backlog = slices.DeleteFunc(append(in.Backlog, in.Fresh...), isPicked) // what is new today is backlog tomorrow
		in.Fresh = nil
		in.Editions++
		if n == 0 {
			full = len(e.Picks) >= composer.Config.Edition.Size
			composer.Config.Edition.Backlog = composer.Config.Edition.Size
		}
		day = nextDay(day)
	}
	return keys, full
}

// nextDay returns the day after day.
func nextDay(day broadsheet.Day) broadsheet.Day {
	date, _ := time.Parse(broadsheet.DayFormat, string(day))
	return broadsheet.Day(date.AddDate(0, 0, 1).Format(broadsheet.DayFormat))
}

// pageList is the list of pages to read while it is made.
type pageList struct {
	pages  []pageToRead
	limit  int             // how many it may have
	budget int             // how many more of the backlog may be read today
	isNew  map[string]bool // by Article.Key: it does not count as one of the backlog
	listed map[string]bool // by Article.Key: those that are in the list already, or were tried before
}

// add adds articles that are not listed yet, of those that are not new at most n. It returns how many of these it added.
func (l *pageList) add(articles []broadsheet.Article, n int) (paced int) {
	for _, a := range articles {
		isNew := l.isNew[a.Key]
		if l.listed[a.Key] || len(l.pages) >= l.limit || !isNew && paced >= n {
			continue
		}
		l.listed[a.Key] = true
		if !isNew {
			paced++
			l.budget--
		}
		l.pages = append(l.pages, pageToRead{a, !isNew})
	}
	return paced
}
