package pipeline

import (
	"context"
	"slices"
	"time"

	"broadsheet"
	"broadsheet/internal/health"
)

const (
	remembered = 500 // events that are looked at
	shownInAll = 50  // events in the maintainer's feed
)

// watch tells the store which sources have fallen silent, or write again, and returns what the maintainer is told of.
func (r *Run) watch(ctx context.Context) ([]health.Event, error) {
	known, err := r.Store.Known(ctx)
	if err != nil {
		return nil, err
	}
	silences, err := r.Store.Silences(ctx)
	if err != nil {
		return nil, err
	}
	quiet := map[string]string{}
	for _, s := range r.Composer.Config.Sources {
		v, k := r.Visits[s.ID()], known[s.ID()]
		if s.Kind != broadsheet.KindFeed && s.Kind != broadsheet.KindPage || v.Success.IsZero() || v.Failures > 0 || v.Gone {
			continue // it is not expected to tell anything new
		}
		if why, stale := health.Stale(k.Articles, k.First, k.Last, r.Now()); stale {
			quiet[s.ID()] = why
		}
	}
	if turned := health.NewEvents(r.Composer.Config.Sources, quiet, silences, r.Now()); len(turned) > 0 {
		for _, e := range turned {
			if err := r.Store.Tell(ctx, e); err != nil {
				return nil, err
			}
		}
	}
	told, err := r.Store.Events(ctx, time.Time{}, remembered)
	if err != nil {
		return nil, err
	}
	now, err := r.readersTime(ctx)
	if err != nil {
		return nil, err
	}
	told = slices.DeleteFunc(told, func(e health.Event) bool { return e.At.After(now) }) // under a clock that was ahead
	notable := health.Filter(told, r.Now())
	return notable[:min(shownInAll, len(notable))], nil
}
