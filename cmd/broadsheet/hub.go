package main

import (
	"context"
	"strings"

	"broadsheet/publish"
)

// announce tells the hub which feeds have changed. A hub that is down is a warning, and so is the death of the run
// before it was told: readers that poll see the change all the same.
func (r *round) announce(ctx context.Context, changed []string) {
	hub := r.desk.Config.Hub
	err := publish.Announce(ctx, r.fetcher.Client(hub), r.desk.Config, changed)
	if err != nil && ctx.Err() == nil {
		r.report.trouble = append(r.report.trouble, trouble{name: "hub", why: strings.TrimPrefix(err.Error(), "hub "), source: hub, what: "hub"})
	}
}
