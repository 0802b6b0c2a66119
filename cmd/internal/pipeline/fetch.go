package pipeline

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/internal/schedule"
	"broadsheet/store"
)

// fetchSources fetches every source that is due, many hosts concurrently, and stores the results.
func (r *Run) fetchSources(ctx context.Context) error {
	due := r.dueSources()
	r.report.Sources.Resting = len(r.Composer.Config.Sources) - len(due) - len(r.skipped)
	r.bar.Stage("asking sources", len(due))

	fetchCtx, cancel := r.withDeadline(ctx)
	defer cancel()
	before := r.Visits
	unanswered := map[string]store.VisitResult{} // by Source.ID; stored only when it is clear that the network is not down
	err := r.fetchAll(ctx, fetchCtx, cancel, due, func(a store.VisitResult) (postponed bool) {
		if isUnanswered(a) {
			unanswered[a.Source.ID()] = a
			return true
		}
		return false
	})
	// Once more, now that some time has passed: many hosts break off the connections of those who ask quickly.
	again := slices.DeleteFunc(due, func(s broadsheet.Source) bool { return !unanswered[s.ID()].Reset })
	if err == nil && fetchCtx.Err() == nil {
		err = r.fetchAll(ctx, fetchCtx, cancel, again, func(a store.VisitResult) (postponed bool) {
			if a.RateLimited || isUnanswered(a) {
				return true
			}
			delete(unanswered, a.Source.ID())
			return false
		})
	}
	outage, certain := r.Fetcher.Outage(withoutGone(r.Composer.Config.Sources, before))
	outage = outage && (certain || !r.fileRead) // one or two hosts that are down, and a file that was read: no outage
	r.report.offline = outage
	switch {
	case err != nil:
	case certain, outage && r.neverAnswered(before):
		for _, a := range unanswered { // not stored: an outage of our own network must not delay the next visits
			r.report.addVisit(a, before[a.Source.ID()], store.RecordResult{})
		}
	default:
		var answers []store.VisitResult
		for _, s := range r.Composer.Config.Sources {
			if a, ok := unanswered[s.ID()]; ok {
				if a.Reset && r.Fetcher.BreaksOffMany(s.URL) {
					a.Visit, a.RateLimited = r.Fetcher.UnansweredVisit(before[s.ID()]), true
				}
				answers = append(answers, a)
			}
		}
		err = r.record(ctx, answers, before)
	}
	if err != nil || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	if r.Visits, err = LoadVisits(ctx, r.Composer, r.Store); err != nil {
		return err
	}
	return r.Store.SetSources(ctx, r.Now(), r.Composer.Config.Sources) // feeds may have new titles, which name their sources
}

// fetchAll is fetchBatch for any sources, suspects of a crash alone.
func (r *Run) fetchAll(ctx, fetchCtx context.Context, cancel func(), all []broadsheet.Source, postponed func(store.VisitResult) bool) error {
	return suspectsLast(ctx, fetchCtx, r.sources, all, broadsheet.Source.ID, func(batch []broadsheet.Source) error {
		return r.fetchBatch(ctx, fetchCtx, cancel, batch, func(a store.VisitResult) bool {
			later := postponed(a)
			if later {
				r.sources.end(a.Source.ID())
			}
			return later
		})
	})
}

// fetchBatch fetches some sources, many hosts concurrently, and stores the results, except those that postponed reports
// are for later. It calls cancel, which must end fetchCtx, when results cannot be stored. The sources of a host group
// are fetched one after the other, in the order of some.
func (r *Run) fetchBatch(ctx, fetchCtx context.Context, cancel func(), some []broadsheet.Source,
	postponed func(store.VisitResult) bool) error {
	before := r.Visits
	answers, bodySlots := make(chan store.VisitResult), make(chan struct{}, maxBatch)
	var startErr error
	go func() {
		defer close(answers)
		fullSlots := make(chan struct{}, maxFullFetches)
		start := startAttempts(ctx, r.sources, broadsheet.Source.ID)
		turns := newTurns(some, func(s broadsheet.Source) (id, group string) { return s.ID(), r.Fetcher.HostGroup(s.URL) })
		startErr = forEachConcurrent(r.maxFetches(), some, start, func(s broadsheet.Source) {
			done := turns.wait(s.ID())
			defer done()
			last := before[s.ID()]
			if !last.HasValidators() {
				defer acquireSlot(fullSlots)()
			}
			defer r.bar.WaitFor(s.Name)()
			items, visit, release, err := r.Fetcher.FetchSourceWithin(fetchCtx, bodySlots, s, last)
			defer release()
			done()
			if client.IsStopped(err) { // as if it had not been fetched
				r.sources.end(s.ID())
				return
			}
			a := store.VisitResult{Source: s, Visit: visit, Items: items, RateLimited: client.IsRateLimited(err),
				Reset: visit.Status == 0 && client.IsReset(err)}
			if isFirst, refused := client.Refusal(err); refused && (isFirst || r.plan.Force || r.Interactive()) {
				a.Refusal = err.Error()
			}
			if last.LastSuccess.IsZero() {
				a.Excerpts = r.excerpts(items)
			}
			answers <- a
		})
	}()
	err := inBatches(answers, cancel, func(batch []store.VisitResult) error {
		r.bar.Add(len(batch))
		return r.record(ctx, slices.DeleteFunc(batch, postponed), before)
	})
	return errors.Join(err, startErr)
}

// dueSources returns the sources to fetch now, in round-robin order of their host groups, and within a group those first
// that were not asked for the longest time, since a group may answer only some of them. It also tells the Fetcher which
// requests will come.
func (r *Run) dueSources() []broadsheet.Source {
	var due []broadsheet.Source
	for _, s := range r.Composer.Config.Sources {
		visit := r.Visits[s.ID()]
		isDue := r.plan.Force || visit.Due(r.Now()) || schedule.DueForEdition(s, visit, r.cut, r.Now())
		if isDue && !r.skipped[s.ID()] {
			r.Fetcher.PlanRequests(s.URL)
			due = append(due, s)
		}
	}
	schedule.SortByLastVisit(due, r.Visits)
	return schedule.InterleaveByHost(due, func(s broadsheet.Source) string { return r.Fetcher.HostGroup(s.URL) })
}

// excerpts returns the excerpt of each item of a source that is fetched for the first time, when all its items are new.
// Many goroutines do this at once; the transaction that stores the items would do it for one after the other.
func (r *Run) excerpts(items []broadsheet.FeedItem) []store.Excerpt {
	all := make([]store.Excerpt, len(items))
	for i := range items {
		all[i].Text, all[i].Origin = r.Store.Excerpt(items[i : i+1])
	}
	return all
}

// isUnanswered reports whether a source was requested and no HTTP response came.
func isUnanswered(a store.VisitResult) bool {
	return !a.RateLimited && a.Visit.Failures > 0 && a.Visit.Status == 0 && a.Source.Kind != broadsheet.KindFile
}

// record stores the results of visits in one transaction and counts them; before holds the visits before these.
func (r *Run) record(ctx context.Context, answers []store.VisitResult, before map[string]broadsheet.Visit) error {
	if len(answers) == 0 {
		return nil
	}
	outcomes, err := r.Store.Record(ctx, r.Now(), answers...)
	if err != nil {
		return err
	}
	if err := r.recordHostStates(ctx); err != nil {
		return err
	}
	for i, a := range answers {
		if a.RateLimited {
			r.report.addRateLimited(a)
			continue
		}
		r.report.addVisit(a, before[a.Source.ID()], outcomes[i])
		r.fileRead = r.fileRead || a.Source.Kind == broadsheet.KindFile && a.Visit.Failures == 0
	}
	return nil
}

// planVisits has the store plan the next visit to each source that is fetched from now on, and finds out whether this
// run composes an edition.
func (r *Run) planVisits(ctx context.Context) error {
	days, err := r.Store.Days(ctx)
	if err != nil {
		return err
	}
	rules, out := r.Composer.Config.Edition, HasEdition(days)
	editions := schedule.Editions{
		After:    func(t time.Time) time.Time { return rules.Next(t, out) },
		Separate: !r.plan.Publish,
	}
	if day, due := rules.Due(r.started, len(days) == 0, out); due {
		editions.Overdue = editions.Separate
		if at := rules.DueTime(day); r.plan.Publish && !at.After(r.started) {
			r.cut = at
		}
	}
	if editions.Delay, err = r.editionDelay(ctx, days); err != nil {
		return err
	}
	ofGroup := map[string]int{} // sources, by host group
	for _, s := range r.Composer.Config.Sources {
		ofGroup[r.Fetcher.HostGroup(s.URL)]++
	}
	r.Store.NextVisit = func(s broadsheet.Source, v broadsheet.Visit, arrivals []time.Time, since, planned time.Time) (time.Time, string) {
		editions := editions
		perHour := r.Fetcher.HostPerHour(s.URL)
		editions.Crowded = perHour > 0 && perHour < ofGroup[r.Fetcher.HostGroup(s.URL)] || r.Fetcher.BreaksOffMany(s.URL)
		return schedule.AtRhythm(s, v, schedule.RhythmOf(arrivals, since, r.started), editions, planned, r.started)
	}
	return nil
}

// editionDelay returns how long after it was due the next edition will be composed, judging by the last ones and by this
// run; negative: that is not known. The first of all does not count, as it is composed whatever the hour.
func (r *Run) editionDelay(ctx context.Context, days []store.DayCount) (time.Duration, error) {
	const last = 3 // one of them was late if a run was missed, or if there was nothing to show at first
	shortest := time.Duration(-1)
	if len(days) > 0 && !r.cut.IsZero() {
		shortest = r.started.Sub(r.cut)
	}
	for _, d := range days[min(len(days), max(1, len(days)-last)):] {
		e, err := r.Store.Edition(ctx, d.Day)
		if err != nil {
			return 0, err
		}
		delay := e.At.Sub(r.Composer.Config.Edition.DueTime(d.Day))
		if delay >= 0 && delay < 24*time.Hour && (shortest < 0 || delay < shortest) {
			shortest = delay
		}
	}
	return shortest, nil
}

// recordHostStates stores what was learnt of host groups since it was last stored.
func (r *Run) recordHostStates(ctx context.Context) error {
	return r.Store.SetHostStates(ctx, r.Now(), r.Fetcher.ChangedHostStates())
}

// visitsForWake returns the last visit to each source, by Source.ID. Next is when it may be asked: not before its host
// group may get a request again.
func (r *Run) visitsForWake() map[string]broadsheet.Visit {
	visits := maps.Clone(r.Visits)
	for _, s := range r.Composer.Config.Sources {
		if v, ok := visits[s.ID()]; ok && s.Kind != broadsheet.KindList {
			if free := r.Fetcher.HostFreeAt(s.URL); free.After(r.Now()) && free.After(v.Next) {
				v.Next = free
				visits[s.ID()] = v
			}
		}
	}
	return visits
}
