package pipeline

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"broadsheet"
	"broadsheet/internal/edition"
	"broadsheet/internal/health"
	"broadsheet/internal/link"
	"broadsheet/internal/schedule"
	"broadsheet/store"
)

// Keys of Store.Meta.
const (
	reachKey     = "reach"     // health.Reach as JSON
	unreachedKey = "unreached" // when it was last printed that sources are not reached
	remindedKey  = "reminded"  // when the last reminder was printed
	hubKey       = "hub"       // when a failure of the hub was printed; empty: it works
)

// maxPause is the longest time between two runs that are regular.
const maxPause = 50 * time.Hour

// Findings returns the states that each source is in, by Source.ID, as of the last run.
func Findings(ctx context.Context, composer *edition.Composer, s *store.Store, visits map[string]broadsheet.Visit) (map[string][]health.Finding, error) {
	known, err := s.SourceStats(ctx)
	if err != nil {
		return nil, err
	}
	reach, err := ReadReach(ctx, s)
	found := map[string][]health.Finding{}
	for _, source := range composer.Config.Sources {
		id := source.ID()
		found[id] = known[id].Facts(source, visits[id]).Findings(reach)
	}
	return found, err
}

// ReadReach returns since when the sources could be reached.
func ReadReach(ctx context.Context, s *store.Store) (reach health.Reach, err error) {
	text, err := s.Meta(ctx, reachKey)
	if err == nil && text != "" {
		_ = json.Unmarshal([]byte(text), &reach) // not readable: as if this were the first run
	}
	return reach, err
}

// updateReach stores that this run could have reached the sources, or could not. After a pause, and after an outage of the
// network, no source counts as not reached for the time before.
func (r *Run) updateReach(ctx context.Context) error {
	if !r.plan.Fetch {
		return nil
	}
	reach, err := ReadReach(ctx, r.Store)
	if err != nil {
		return err
	}
	now := r.Now().UTC()
	if pause := now.Sub(reach.Last); reach.Last.IsZero() || r.report.offline || pause > maxPause || pause < 0 {
		reach.Since = now
	}
	reach.Last = now
	text, err := json.Marshal(reach)
	if err != nil {
		return err
	}
	return r.Store.SetMeta(ctx, reachKey, string(text))
}

// recordStates compares the states that sources are in now with those of the run before, and stores the events that
// follow. By a wrong clock nothing can be said.
func (r *Run) recordStates(ctx context.Context) error {
	now := r.Now()
	if r.clock == clockWrong || r.clock == clockUnknown && schedule.ClockJumped(r.lastRun, now) {
		return nil
	}
	if err := r.updateReach(ctx); err != nil {
		return err
	}
	found, err := Findings(ctx, r.Composer, r.Store, r.Visits)
	if err != nil {
		return err
	}
	before, err := r.Store.States(ctx)
	if err != nil {
		return err
	}
	events, after := health.Update(r.Composer.Config.Sources, found, before, now)
	outage, err := r.outageSince(ctx)
	if err != nil {
		return err
	}
	for i := range events {
		events[i].Printed = r.isOutageEvent(events[i], before, outage)
	}
	r.findings, r.lasting = found, after
	return r.Store.SetStates(ctx, now, before, after, events)
}

// outageSince returns when the outage of the network was printed that lasts, or that this run is the first one after; the
// zero time if there is none.
func (r *Run) outageSince(ctx context.Context) (time.Time, error) {
	printed, err := r.Store.Meta(ctx, outageKey)
	at, _ := time.Parse(time.RFC3339, printed)
	return at, err
}

// isOutageEvent reports whether an outage of the network, which is told in a line of its own, explains an event: that a
// source cannot be read, or that it can be read again.
func (r *Run) isOutageEvent(e health.Event, before []health.Lasting, outage time.Time) bool {
	if source, _ := r.Composer.Source(e.Source); source.Kind == broadsheet.KindFile {
		return false // it needs no network
	}
	if r.report.offline && e.IsUnreachable() {
		return true
	}
	return !outage.IsZero() && e.IsReachable() && slices.ContainsFunc(before, func(l health.Lasting) bool {
		return l.Source == e.Source && l.IsUnreachable() && !l.Told.Before(outage)
	})
}

const (
	maxEventsRead  = 500 // events that are read from the store
	maxEventsShown = 50  // events in health.xml, the maintainer's feed
)

// reportedEvents returns the events that are reported to the maintainer, in health.xml and on stderr, newest first.
func (r *Run) reportedEvents(ctx context.Context) ([]health.Event, error) {
	events, err := r.Store.Events(ctx, time.Time{}, maxEventsRead)
	if err != nil {
		return nil, err
	}
	now, err := r.publicTime(ctx)
	if err != nil {
		return nil, err
	}
	// Events in the future were stored while the clock was ahead.
	events = slices.DeleteFunc(events, func(e health.Event) bool { return e.At.After(now) })
	return health.SuppressRepeats(events, r.Now()), nil
}

// addEvents adds to the report the events that no run has printed yet, and the reminder if one is due. printed must be
// called when they are printed.
func (r *Run) addEvents(ctx context.Context) (printed func() error, err error) {
	events, err := r.reportedEvents(ctx)
	if err != nil {
		return nil, err
	}
	events = slices.DeleteFunc(events, func(e health.Event) bool { return e.Printed })
	text, err := r.Store.Meta(ctx, unreachedKey)
	if err != nil {
		return nil, err
	}
	last, _ := time.Parse(time.RFC3339, text)
	events = health.HoldUnreached(events, last, r.Now())
	unreached := slices.ContainsFunc(events, func(e health.Event) bool { return e.Kind == "unreached" })
	r.report.findings, r.report.sources = r.findings, r.Composer.Config.Sources
	for _, e := range slices.Backward(events) {
		lasts := func(l health.Lasting) bool { return l.Source == e.Source && l.IsUnreachable() }
		if e.Kind == "unreached" && !slices.ContainsFunc(r.lasting, lasts) {
			continue // it was held back, and has been reached since
		}
		if source, ok := r.Composer.Source(e.Source); ok {
			e.Name, e.Text, e.Source = source.Name, link.Redact(source, e.Text), link.Redact(source, e.Source)
			r.report.events = append(r.report.events, e)
		}
	}
	if text, err = r.Store.Meta(ctx, remindedKey); err != nil {
		return nil, err
	}
	reminded, _ := time.Parse(time.RFC3339, text)
	if !r.report.offline && !r.OnTerminal() {
		r.report.reminder = health.Reminder(r.lasting, r.sourceName, reminded, r.Now())
	}
	return func() error {
		err := r.Store.MarkPrinted(ctx, r.Now(), events)
		now := r.Now().UTC().Format(time.RFC3339)
		if err == nil && unreached {
			err = r.Store.SetMeta(ctx, unreachedKey, now)
		}
		if err == nil && r.report.reminder != "" {
			err = r.Store.SetMeta(ctx, remindedKey, now)
		}
		return err
	}, nil
}

func (r *Run) sourceName(id string) string {
	source, _ := r.Composer.Source(id)
	return source.Name
}

// printReport prints the end of the run. During an outage of the network it returns the error that the run ends with,
// after everything that can be done without the network is done.
func (r *Run) printReport(ctx context.Context) error {
	printed, err := r.addEvents(ctx)
	if err != nil {
		return err
	}
	r.bar.Done()
	r.report.print(r.Options)
	if err := printed(); err != nil {
		return err
	}
	return r.report.outageError()
}

// hubFailed reports that the WebSub hub failed: on stderr once a week while it lasts.
func (r *Run) hubFailed(ctx context.Context, why string) error {
	text, err := r.Store.Meta(ctx, hubKey)
	if err != nil {
		return err
	}
	hub := r.Composer.Config.Hub
	at, _ := time.Parse(time.RFC3339, text)
	again := !at.IsZero() && r.Now().Sub(at) < 7*24*time.Hour
	r.report.warn(warning{name: "hub", source: hub, kind: "hub", why: why, printed: again})
	if again || r.report.offline {
		return nil
	}
	return r.Store.SetMeta(ctx, hubKey, r.Now().UTC().Format(time.RFC3339))
}

// reportedState is a state of a source, in the report of a run.
type reportedState struct {
	Source string `json:"source"` // its address, without secrets
	Name   string `json:"name"`
	State  string `json:"state"` // see health.States
	Text   string `json:"text,omitempty"`
}

// reportedEvent is an event, in the report of a run.
type reportedEvent struct {
	Source string    `json:"source"` // its address, without secrets
	Name   string    `json:"name"`
	Kind   string    `json:"kind"`
	At     time.Time `json:"at"`
	Text   string    `json:"text,omitempty"`
}

// states returns the states of all sources but those that are fine, in the order of feeds.yaml.
func (r *Report) states() []reportedState {
	all := []reportedState{}
	for _, s := range r.sources {
		for _, f := range r.findings[s.ID()] {
			if f.State != health.Fine {
				all = append(all, reportedState{link.Redact(s, s.ID()), s.Name, string(f.State), link.Redact(s, f.Sentence())})
			}
		}
	}
	return all
}

// stateCounts counts the sources by their states. A source in two states counts twice.
func (r *Report) stateCounts() map[string]float64 {
	counts := map[string]float64{}
	for _, d := range health.States {
		counts[string(d.State)] = 0
	}
	for _, s := range r.sources {
		for _, f := range r.findings[s.ID()] {
			counts[string(f.State)]++
		}
	}
	return counts
}
