package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/store"
)

// readArticles fetches the pages of articles that need it, up to the limit of one run, and stores what they contain.
func (r *Run) readArticles(ctx context.Context) error {
	if r.report.offline {
		return nil
	}
	if err := r.Judge(ctx); err != nil {
		return err
	}
	pending, err := r.Store.Pending(ctx, r.Now(), r.Composer.Config.Limits.WithDefaults().Pages)
	if err != nil {
		return err
	}
	for _, a := range pending {
		r.Fetcher.PlanRequests(a.Link)
	}
	r.bar.Stage("reading articles", len(pending))
	fetchCtx, cancel := r.withDeadline(ctx)
	defer cancel()
	err = suspectsLast(ctx, fetchCtx, r.pages, pending, articleKey, func(some []broadsheet.Article) error {
		return r.readBatch(ctx, fetchCtx, cancel, some)
	})
	if err == nil {
		err = r.recordHostStates(ctx)
	}
	return errors.Join(err, ctx.Err())
}

// readBatch fetches the pages of some articles, many hosts concurrently, and stores the results. It calls cancel, which
// must end fetchCtx, when results cannot be stored.
func (r *Run) readBatch(ctx, fetchCtx context.Context, cancel func(), some []broadsheet.Article) error {
	readings := make(chan store.PageResult)
	var startErr error
	go func() {
		defer close(readings)
		start := startAttempts(ctx, r.pages, articleKey)
		turns := newTurns(some, func(a broadsheet.Article) (id, group string) { return a.Key, r.Fetcher.HostGroup(a.Link) })
		startErr = forEachConcurrent(r.maxFetches(), some, start, func(a broadsheet.Article) {
			done := turns.wait(a.Key) // one after the other, so that a page follows its host's robots.txt
			defer done()
			source, _ := r.Composer.Source(a.Source)
			defer r.bar.WaitFor(source.Name)()
			reading, ok := r.read(fetchCtx, a)
			done()
			if ok {
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

func articleKey(a broadsheet.Article) string { return a.Key }

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
