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

// readArticles reads the pages of articles that need it, as far as this run's share goes.
func (r *Run) readArticles(ctx context.Context) error {
	if r.report.offline {
		return nil
	}
	if err := r.Judge(ctx); err != nil {
		return err
	}
	pending, err := r.Store.Pending(ctx, r.Now(), r.Composer.Config.Limits.OrDefaults().Pages)
	if err != nil {
		return err
	}
	for _, a := range pending {
		r.Fetcher.PlanRequests(a.Link)
	}
	r.bar.Stage("reading articles", len(pending))
	reading, stop := r.deadline(ctx)
	defer stop()
	err = inTurn(ctx, reading, r.pages, pending, articleKey, func(some []broadsheet.Article) error {
		return r.readEach(ctx, reading, stop, some)
	})
	return errors.Join(err, ctx.Err())
}

// readEach reads the pages of some articles, many hosts at once, and records what they said.
func (r *Run) readEach(ctx, reading context.Context, stop func(), some []broadsheet.Article) error {
	readings := make(chan store.Reading)
	var failed error
	go func() {
		defer close(readings)
		failed = forEachConcurrent(r.atOnce(), some, noting(ctx, r.pages, articleKey), func(article broadsheet.Article) {
			source, _ := r.Composer.Source(article.Source)
			defer r.bar.WaitFor(source.Name)()
			if got, asked := r.read(reading, article); asked {
				readings <- got
			} else {
				r.pages.end(article.Key)
			}
		})
	}()
	err := inBatches(readings, stop, func(some []store.Reading) error {
		for _, reading := range some {
			r.report.read(reading)
		}
		r.bar.Add(len(some))
		return r.Store.SetPages(ctx, r.Now(), some...)
	})
	return errors.Join(err, failed)
}

func articleKey(a broadsheet.Article) string { return a.Key }

// read reads one article's page; asked is false when it was not asked for, as the run ended or its host wants to be left
// alone: then it is still to be read.
func (r *Run) read(ctx context.Context, a broadsheet.Article) (got store.Reading, asked bool) {
	s, _ := r.Composer.Source(a.Source)
	page, err := r.Fetcher.ReadArticle(ctx, s, a.Link)
	if client.IsStopped(err) || client.IsRateLimited(err) {
		return got, false
	}
	got = store.Reading{Key: a.Key, Page: page}
	if err != nil {
		got.Err, got.Dead = err.Error(), client.Dead(err)
		if !client.IsPermanent(err) || got.Dead == broadsheet.DeadMissing { // a page may come after its feed
			got.Retry = r.Now().Add(pageRetry)
		}
		return got, true
	}
	if got.Dead = broadsheet.DeadBy(page.Wall); got.Dead != broadsheet.Alive {
		got.Err, got.Retry = fmt.Sprintf("%s: the page says that it is not the article (%s)", a.Link, page.Wall), r.Now().Add(pageRetry)
		return got, true
	}
	if e, origin := r.boilerplate.Best(a.Title, "", page, nil); origin == broadsheet.OriginPage || a.Excerpt == "" {
		got.Excerpt, got.Origin = e, origin
	}
	return got, true
}

// pageRetry is how long an article whose page could not be read is left alone.
const pageRetry = 6 * time.Hour
