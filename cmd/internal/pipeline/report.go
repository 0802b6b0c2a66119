package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/internal/health"
	"broadsheet/internal/link"
	"broadsheet/internal/plain"
	"broadsheet/store"
)

// Report is the result of a run. The stages fill it in; from it the run prints or logs its last lines and writes its
// report as JSON (toJSON) and its metrics (Metrics). When a run fails, it holds what was known by then. The exported
// fields are those that `serve` reads.
type Report struct {
	Status    int           // exit status
	Took      time.Duration // in real time, whatever the clock of the run
	Sources   SourceCounts
	Articles  int // articles that were not known before
	Pages     PageCounts
	Abandoned int                         // parses that did not end and were left running
	Edition   *broadsheet.Edition         // the edition that this run composed; nil: none
	Retry     time.Time                   // when a webhook that failed is tried again; zero: none is
	Next      time.Time                   // when the next edition is due; zero: the run did not get that far
	Visits    map[string]broadsheet.Visit // see visitsForWake; nil: the run did not get that far

	command      string
	began, ended time.Time          // by the clock of the run
	stages       map[string]float64 // seconds that each stage took, by name
	failure      string             // the error that the run ended with; empty: none
	warnings     []warning
	offline      bool // no host responded: our own network is down
	printOutage  bool // print that on stderr
	noPicks      bool // an edition was due, but there was no article to show

	sources  []broadsheet.Source
	findings map[string][]health.Finding // the states of the sources, by Source.ID
	events   []health.Event              // those that no earlier run has printed, oldest first, without secrets
	reminder string                      // a line about what lasts; empty: it is not due

	files                []string // paths that were written in the output folder, in order
	waiting, backlogDays int      // wanted articles that were never shown, and how many days they last
	lastEdition          time.Time
	lastPicks            int // of the latest edition, composed at lastEdition; zero: there is none
}

// SourceCounts counts the sources of feeds.yaml by what came of them in a run.
type SourceCounts struct {
	Total     int `json:"total"`
	Unchanged int `json:"unchanged"`
	New       int `json:"new"`
	Failing   int `json:"failing"`
	Resting   int `json:"resting"` // not fetched: not due yet, or the host limits the rate of requests
}

// PageCounts counts the pages of articles that were fetched in a run.
type PageCounts struct {
	Read   int `json:"read"`
	Failed int `json:"failed"`
}

// warning is something that the maintainer should look at, mostly a source.
type warning struct {
	name, why string
	source    string // Source.ID without secrets, the address of the hub, the host of a webhook, or the output folder
	kind      string // see reportedTrouble.What
	ofSource  bool   // a visit to a source shows it: it is printed at a terminal only, elsewhere the events are
	printed   bool   // an earlier run printed it on stderr: now it is only in the report
}

func (r *Report) warn(w warning) { r.warnings = append(r.warnings, w) }

// addVisit counts a visit to a source and adds the warnings about it; before is the visit before this one.
func (r *Report) addVisit(a store.VisitResult, before broadsheet.Visit, o store.RecordResult) {
	r.Articles += o.New
	warn := func(kind, why string) {
		r.warn(warning{name: a.Source.Name, source: link.Redact(a.Source, a.Source.ID()), kind: kind,
			ofSource: true, why: link.Redact(a.Source, why)})
	}
	switch {
	case a.Visit.Gone:
		r.Sources.Failing++
		warn("gone", a.Visit.Err)
	case a.Visit.Failures > 0:
		r.Sources.Failing++
		warn("failing", a.Visit.Err)
	case o.New > 0:
		r.Sources.New++
	default:
		r.Sources.Unchanged++
	}
	if a.Visit.Partial {
		warn("salvaged", a.Source.ID()+": the document is cut off or broken; its whole entries were kept")
	}
	if a.Visit.MovedTo != "" && a.Visit.MovedTo != before.MovedTo {
		warn("moved", fmt.Sprintf("%s has moved to %s; change it in feeds.yaml", a.Source.URL, a.Visit.MovedTo))
	}
	if a.Visit.LeftOut > 0 && before.LeftOut == 0 {
		warn("truncated", health.Facts{Source: a.Source, Visit: a.Visit}.Sentence(health.Truncated))
	}
	if a.Visit.PrivateLinks > 0 && before.PrivateLinks == 0 {
		warn("unlinked", health.Facts{Source: a.Source, Visit: a.Visit}.Sentence(health.Unlinked))
	}
	if o.NotStored > 0 && before.NotStored == 0 {
		a.Visit.NotStored = o.NotStored
		warn("full", health.Facts{Source: a.Source, Visit: a.Visit}.Sentence(health.Full))
	}
	if o.Quarantine != "" {
		a.Visit.Quarantine = o.Quarantine
		warn("quarantined", health.Facts{Source: a.Source, Visit: a.Visit}.Sentence(health.Quarantined))
	}
	// The store reports this as an event, not at every visit of a source that always does so.
	if o.Event == "rebound" {
		warn("rebound", fmt.Sprintf("gave %d known articles new ids or links; they were recognised and nothing is published twice", o.Reissued))
	}
}

// addRateLimited counts a source whose host group gave it no answer. It warns of one such source in a run only: the others
// may belong to the same group, though that is not known yet.
func (r *Report) addRateLimited(a store.VisitResult) {
	r.Sources.Resting++
	if a.Refusal != "" && !slices.ContainsFunc(r.warnings, func(w warning) bool { return w.kind == "blocked" }) {
		r.warn(warning{name: a.Source.Name, source: link.Redact(a.Source, a.Source.ID()), kind: "blocked", ofSource: true, why: link.Redact(a.Source, a.Refusal)})
	}
}

// addPage counts a page.
func (r *Report) addPage(reading store.PageResult) {
	if reading.Err != "" {
		r.Pages.Failed++
	} else {
		r.Pages.Read++
	}
}

// time calls do and adds the time that it took to the stage of that name; an empty name adds nothing. It measures real
// time, whatever the clock of the run.
func (r *Report) time(stage string, do func() error) error {
	start := time.Now()
	err := do()
	if stage != "" {
		r.stages[stage] += time.Since(start).Seconds()
	}
	return err
}

// finish sets how the run ended, and at what time by the clock of the run.
func (r *Report) finish(ctx context.Context, err error, now time.Time, took time.Duration) {
	r.ended, r.Took = now, took
	r.Status = exitStatus(ctx, err)
	if err != nil {
		r.failure = err.Error()
	}
}

// exitStatus returns the exit status for the error that a run ended with.
func exitStatus(ctx context.Context, err error) int {
	var e *console.ExitError
	switch {
	case err == nil:
		return console.ExitDone
	case ctx.Err() != nil:
		return console.ExitInterrupted
	case errors.As(err, &e):
		return e.Status
	}
	return console.ExitFailed
}

// summary returns the last line of a run, in full sentences.
func (r *Report) summary() string {
	var b strings.Builder
	n := r.Sources
	fmt.Fprintf(&b, "%s: %d unchanged, %d new, %d failing, %d resting. %s.",
		plain.Count(n.Total, "source"), n.Unchanged, n.New, n.Failing, n.Resting, plain.Count(r.Articles, "new article"))
	switch {
	case r.Edition != nil:
		day, _ := time.Parse("2006-01-02", string(r.Edition.Day))
		fmt.Fprintf(&b, " Edition of %s: %d.", day.Format("2 January"), len(r.Edition.Picks))
	case r.offline && r.lastEdition.IsZero():
		b.WriteString(" The first edition waits for a source that answers.")
	case r.noPicks:
		b.WriteString(" No edition today yet: there is no article to show.")
	case !r.Next.IsZero():
		fmt.Fprintf(&b, " Next edition: %s.", r.Next.Format("2 January 15:04 MST"))
	}
	return b.String()
}

// print prints or logs the end of a run on stderr. Under cron those are events, each once, by the rule of health.xml, and
// at most once a week a reminder of what lasts; a person at a terminal sees what is wrong now. The summary is printed if
// something else is, or at a terminal.
func (r *Report) print(o Options) {
	slices.SortFunc(r.warnings, func(x, y warning) int {
		return cmp.Or(strings.Compare(x.name, y.name), strings.Compare(x.why, y.why))
	})
	if o.LogFormat != "" {
		r.log(o)
		return
	}
	warned := false
	line := func(text string) {
		warned = true
		fmt.Fprintln(o.Stderr, console.Printable(text))
	}
	events, isRead := slices.Clone(r.events), o.OnTerminal() || o.Command == "demo" // a person reads what is printed
	for _, w := range r.warnings {
		if w.printed || r.offline && w.isNetwork() || w.ofSource && !isRead {
			continue
		}
		line(w.name + ": " + w.why)
		events = slices.DeleteFunc(events, func(e health.Event) bool { return w.ofSource && e.Source == w.source })
	}
	for _, text := range health.Lines(events) {
		line(text)
	}
	if r.reminder != "" {
		line(r.reminder)
	}
	if r.printOutage {
		fmt.Fprintln(o.Stderr, console.WithProgramName(r.outageText()))
	}
	if !o.Quiet && !r.offline && (warned || o.OnTerminal()) {
		fmt.Fprintln(o.Stderr, r.summary())
	}
}

// log logs what print prints, as events.
func (r *Report) log(o Options) {
	for _, w := range r.warnings {
		if w.printed {
			continue
		}
		level := slog.LevelWarn
		if r.offline && w.isNetwork() {
			level = slog.LevelDebug
		}
		o.LogEvent(level, "source "+w.kind, "name", w.name, "source", w.source, "why", w.why)
	}
	for _, e := range r.events {
		level := slog.LevelInfo
		if e.NeedsPerson() {
			level = slog.LevelWarn
		}
		o.LogEvent(level, "event "+e.Kind, "name", e.Name, "source", e.Source, "text", e.Text)
	}
	switch {
	case r.printOutage:
		o.LogEvent(slog.LevelError, r.outageText())
	case r.offline:
		o.LogEvent(slog.LevelDebug, r.outageText())
	}
	if r.Edition != nil {
		o.LogEvent(slog.LevelInfo, "edition cut", "day", string(r.Edition.Day), "number", r.Edition.Number,
			"picks", len(r.Edition.Picks))
	}
	level, n := slog.LevelInfo, r.Sources
	if o.Quiet || n.Unchanged+n.New+n.Failing+len(r.files) == 0 {
		level = slog.LevelDebug // nothing happened
	}
	o.LogEvent(level, r.summary(), "sources", n.Total, "unchanged", n.Unchanged, "new", n.New, "failing", n.Failing, "resting", n.Resting,
		"articles", r.Articles, "pages", r.Pages.Read+r.Pages.Failed, "files", len(r.files), "backlog_days", r.backlogDays)
}
