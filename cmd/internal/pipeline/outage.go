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

// outageKey is the key of Store.Meta for the time when an outage of the network was printed; empty: the network works.
const outageKey = "outage"

// recordOutage decides whether an outage of the network is printed: always for a person at a terminal, else only once
// until a host has responded again, so that cron does not send the same mail every hour.
func (r *Run) recordOutage(ctx context.Context) error {
	printedAt, err := r.Store.Meta(ctx, outageKey)
	switch report := r.report; {
	case err != nil:
		return err
	case report.offline && r.Interactive():
		report.printOutage = true
	case report.offline && printedAt == "":
		report.printOutage = true
		return r.Store.SetMeta(ctx, outageKey, r.Now().UTC().Format(time.RFC3339))
	case !report.offline && printedAt != "" && r.Fetcher.AnyHostAnswered():
		return r.Store.SetMeta(ctx, outageKey, "")
	}
	return nil
}

// outageError returns the error that a run ends with during an outage of the network; nil if there is none.
func (r *Report) outageError() error {
	if !r.offline {
		return nil
	}
	return &console.ExitError{Status: console.ExitFailed, Err: errors.New(r.outageText()), Printed: true}
}

// outageText returns the message about an outage, with the error of one source or the hub as an example.
func (r *Report) outageText() string {
	example := ""
	if i := slices.IndexFunc(r.warnings, warning.isNetwork); i >= 0 {
		w := r.warnings[i]
		if example = w.why; !strings.Contains(w.why, w.name) {
			example = w.name + ": " + w.why
		}
	}
	return OutageText(example)
}

// OutageText returns the message that no source could be reached, with the error of one of them; "" for none.
func OutageText(example string) string {
	text := "no source at all could be reached"
	if example != "" {
		text += " (" + console.Printable(example) + ")"
	}
	return text + ": is there a network, and is its proxy named in HTTPS_PROXY? Without one, try: broadsheet demo"
}

// isNetwork reports whether an outage of the network explains the warning. It does not explain what is wrong with a file.
func (w warning) isNetwork() bool {
	return w.kind == "failing" && !strings.HasPrefix(w.source, "file:") || w.kind == "hub" || w.kind == "webhook"
}

// neverAnswered reports whether no source has ever been fetched with success. Someone who starts with Broadsheet while
// the network is down tries again as soon as it is back, so the failures should not delay the next visits.
func (r *Run) neverAnswered(visits map[string]broadsheet.Visit) bool {
	return !slices.ContainsFunc(r.Composer.Config.Sources, func(s broadsheet.Source) bool {
		return s.URL != "" && !visits[s.ID()].LastSuccess.IsZero()
	})
}

// withoutGone returns the sources except those that are gone for good (410).
func withoutGone(sources []broadsheet.Source, visits map[string]broadsheet.Visit) []broadsheet.Source {
	return slices.DeleteFunc(slices.Clone(sources), func(s broadsheet.Source) bool { return visits[s.ID()].Gone })
}
