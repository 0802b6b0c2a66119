package pipeline

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/console"
)

// outageKey is under what the store keeps when an outage of the network was told; empty: the network is there.
const outageKey = "outage"

// outage is what is told when no host gave any answer, with what the first of the sources met.
func (r *Report) outage() string {
	first := ""
	if i := slices.IndexFunc(r.trouble, trouble.ofNetwork); i >= 0 {
		t := r.trouble[i]
		if first = t.why; !strings.Contains(t.why, t.name) {
			first = t.name + ": " + t.why
		}
	}
	return OutageText(first)
}

func OutageText(first string) string {
	text := "no source at all could be reached"
	if first != "" {
		text += " (" + console.Printable(first) + ")"
	}
	return text + ": is there a network, and is its proxy named in HTTPS_PROXY? Without one, try: broadsheet demo"
}

// ofNetwork reports whether an outage of the network explains the trouble.
func (t trouble) ofNetwork() bool { return t.what == "failing" || t.what == "hub" }

// noteOutage decides whether an outage is told: to a person at a terminal always, else once until a host has answered
// again, so that cron does not send the same mail every hour.
func (r *Run) noteOutage(ctx context.Context) error {
	told, err := r.Store.Meta(ctx, outageKey)
	switch rep := r.report; {
	case err != nil:
		return err
	case rep.offline && r.Interactive():
		rep.tellOffline = true
	case rep.offline && told == "":
		rep.tellOffline = true
		return r.Store.SetMeta(ctx, outageKey, r.Now().UTC().Format(time.RFC3339))
	case !rep.offline && told != "" && r.Fetcher.Answered():
		return r.Store.SetMeta(ctx, outageKey, "")
	}
	return nil
}

// asOutage returns the error that a run ends with during an outage, after what it could do is done.
func (r *Report) asOutage() error {
	if !r.offline {
		return nil
	}
	return &console.ExitError{Status: console.ExitFailed, Err: errors.New(r.outage()), Printed: true}
}

// asksForTheFirstTime reports whether no source has ever answered: whoever begins a paper while the network is down tries
// again as soon as it is back.
func (r *Run) asksForTheFirstTime(visits map[string]broadsheet.Visit) bool {
	return !slices.ContainsFunc(r.Composer.Config.Sources, func(s broadsheet.Source) bool {
		return s.Kind != broadsheet.KindList && !visits[s.ID()].Success.IsZero()
	})
}

// askable returns the sources that are not gone for good.
func askable(sources []broadsheet.Source, visits map[string]broadsheet.Visit) []broadsheet.Source {
	return slices.DeleteFunc(slices.Clone(sources), func(s broadsheet.Source) bool { return visits[s.ID()].Gone })
}
