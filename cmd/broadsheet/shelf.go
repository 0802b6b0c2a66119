package main

import (
	"context"
	"fmt"

	"broadsheet"
	"broadsheet/publish"
)

// shelf is what the publisher reads from.
func (r *round) shelf(ctx context.Context) (publish.Shelf, error) {
	shelf := publish.Shelf{Edition: r.store.Edition, Current: r.store.Current, Secrets: r.known()}
	days, err := r.store.Days(ctx)
	if err != nil {
		return shelf, err
	}
	for _, d := range days {
		shelf.Days = append(shelf.Days, publish.Day{Day: d.Day, Number: d.Number, Picks: d.Picks})
	}
	known, err := r.store.Known(ctx)
	if err != nil {
		return shelf, err
	}
	for _, s := range r.desk.Config.Sources {
		v, k := r.visits[s.ID()], known[s.ID()]
		shelf.Sources = append(shelf.Sources, publish.Source{Source: s, HomePage: v.HomePage, Health: health(v),
			Failing: v.Failures > 0 || v.Gone, Articles: k.Articles, Last: k.Last})
	}
	return shelf, nil
}

// health is a source's state in words that stay the same while it does.
func health(v broadsheet.Visit) string {
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
