package pipeline

import (
	"context"
	"errors"
	"slices"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/internal/schedule"
	"broadsheet/store"
)

// fetchSources asks every source that is due, many hosts at once, and records what they said.
func (r *Run) fetchSources(ctx context.Context, force bool) error {
	visits := r.Visits
	due := r.due(force)
	r.report.resting = len(r.Composer.Config.Sources) - len(due) - len(r.givenUp)
	r.bar.Stage("asking sources", len(due))

	asking, stop := r.deadline(ctx)
	defer stop()
	var silent []result // of sources that no answer came from
	err := inTurn(ctx, asking, r.sources, due, broadsheet.Source.ID, func(some []broadsheet.Source) error {
		return r.askEach(ctx, asking, stop, some, func(a result) (later bool) {
			if a.silent() {
				silent = append(silent, a)
				r.sources.end(a.Source.ID())
				return true
			}
			return false
		})
	})
	outage, certain := r.Fetcher.Outage(askable(r.Composer.Config.Sources, visits))
	r.report.offline = outage
	switch {
	case err != nil:
	case certain, outage && r.asksForTheFirstTime(visits):
		for _, a := range silent { // our own network is down: nobody is to be backed off from for that
			r.report.visited(a.Answer, visits[a.Source.ID()], store.Outcome{})
		}
	default:
		err = r.record(ctx, silent, visits)
	}
	if err != nil || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	if r.Visits, err = LoadVisits(ctx, r.Composer, r.Store); err != nil {
		return err
	}
	return r.Store.Sources(ctx, r.Now(), r.Composer.Config.Sources) // under the names that they have just told
}

// askEach asks some sources, many hosts at once, and records what they said, unless later says that this is for later.
func (r *Run) askEach(ctx, asking context.Context, stop func(), some []broadsheet.Source, later func(result) bool) error {
	visits := r.Visits
	answers, room := make(chan result), make(chan struct{}, batch)
	var failed error
	go func() {
		defer close(answers)
		whole := make(chan struct{}, wholeAtOnce)
		failed = forEachConcurrent(r.atOnce(), some, noting(ctx, r.sources, broadsheet.Source.ID), func(s broadsheet.Source) {
			if !visits[s.ID()].Conditional() {
				defer acquireSlot(whole)()
			}
			defer r.bar.WaitFor(s.Name)()
			told, visit, done, err := r.Fetcher.FetchSourceWithin(asking, room, s, visits[s.ID()])
			defer done()
			if client.IsStopped(err) { // as if it had not been asked
				r.sources.end(s.ID())
				return
			}
			a := store.Answer{Source: s, Visit: visit, Told: told, Held: client.IsRateLimited(err)}
			if visits[s.ID()].Success.IsZero() {
				a.Cut = r.excerpts(told)
			}
			answers <- result{a}
		})
	}()
	err := inBatches(answers, stop, func(some []result) error {
		r.bar.Add(len(some))
		return r.record(ctx, slices.DeleteFunc(some, later), visits)
	})
	return errors.Join(err, failed)
}

// due are the sources that are to be asked now, so ordered that hosts take turns. The fetcher is told of them, and of hosts
// that asked to be left alone.
func (r *Run) due(force bool) []broadsheet.Source {
	var due []broadsheet.Source
	for _, s := range r.Composer.Config.Sources {
		visit := r.Visits[s.ID()]
		r.Fetcher.BlockUntil(s, visit)
		if (force || visit.Due(r.Now())) && !r.givenUp[s.ID()] {
			r.Fetcher.PlanRequests(s.URL)
			due = append(due, s)
		}
	}
	return schedule.InterleaveByHost(due, func(s broadsheet.Source) string { return client.HostGroup(s.URL) })
}

// excerpts cuts what a source told that is new here, and all of it therefore. Many sources are at it at once, while whoever
// records writes one after the other.
func (r *Run) excerpts(told []broadsheet.FeedItem) []store.Excerpt {
	all := make([]store.Excerpt, len(told))
	for i := range told {
		all[i].Text, all[i].Origin = r.Store.Excerpt(told[i : i+1])
	}
	return all
}

// result is what came of asking a source.
type result struct {
	store.Answer
}

// silent tells that nothing came from the source at all.
func (a result) silent() bool { return !a.Held && a.Visit.Failures > 0 && a.Visit.Status == 0 }

// record stores answers in one transaction and counts them; before are the visits before these.
func (r *Run) record(ctx context.Context, some []result, before map[string]broadsheet.Visit) error {
	if len(some) == 0 {
		return nil
	}
	facts := make([]store.Answer, len(some))
	for i, a := range some {
		facts[i] = a.Answer
	}
	outcomes, err := r.Store.Record(ctx, r.Now(), facts...)
	if err != nil {
		return err
	}
	for i, a := range some {
		if a.Held {
			r.report.resting++
			continue
		}
		r.report.visited(a.Answer, before[a.Source.ID()], outcomes[i])
	}
	return nil
}
