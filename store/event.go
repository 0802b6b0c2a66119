package store

import (
	"context"
	"fmt"
	"time"

	"broadsheet"
	"broadsheet/internal/health"
)

// brokenAfter is how many consecutive failures make a source count as broken: one or two are usually transient.
const brokenAfter = 3

// recordHealth stores an event if a visit changed a source's health, and sets out.Event to its kind.
func (t *tx) recordHealth(src *sourceRow, now broadsheet.Visit, out *RecordResult) error {
	was := src.visit
	add := func(what, text string) error {
		out.Event = what
		return t.addEvent(src.id, what, text)
	}
	switch {
	case now.Gone && !was.Gone:
		return add("gone", "it answers 410: it will not be asked again")
	case now.Failures >= brokenAfter && was.Failures < brokenAfter:
		return add("broke", now.Err)
	case now.Failures == 0 && was.Failures >= brokenAfter:
		return add("recovered", fmt.Sprintf("after %d failures since %s", was.Failures, was.FailingSince.Format(time.DateOnly)))
	case now.MovedTo != "" && now.MovedTo != was.MovedTo:
		if lately, err := t.hadEventSince(src, "moved", t.now.AddDate(0, 0, -1)); err != nil || lately {
			return err // it redirects to another address at every visit
		}
		return add("moved", now.MovedTo)
	case now.PrivateLinks > 0 && was.PrivateLinks == 0:
		return add("unlinked", fmt.Sprintf("links of it lead into a private network (%s) and are not shown", now.PrivateLinkHost))
	case out.NotStored > 0:
		if lately, err := t.hadEventSince(src, "full", t.now.AddDate(0, -1, 0)); err != nil || lately {
			return err // the same happens at every visit
		}
		return add("full", OverQuotaText(out.NotStored))
	case out.Reissued >= brokenAfter:
		if lately, err := t.hadEventSince(src, "rebound", t.now.AddDate(0, -1, 0)); err != nil || lately {
			return err // the same happens at every visit
		}
		return add("rebound", fmt.Sprintf("%d known articles came with new ids or links; none is shown again", out.Reissued))
	}
	return nil
}

// hadEventSince reports whether a source had an event of a kind since a time.
func (t *tx) hadEventSince(src *sourceRow, what string, since time.Time) (bool, error) {
	return t.row([]any{new(int)}, "SELECT 1 FROM event WHERE source = ? AND what = ? AND at > ? LIMIT 1", src.id, what, since.Unix())
}

func (t *tx) addEvent(source int64, what, text string) error {
	_, err := t.exec("INSERT INTO event(source, at, what, text) VALUES(?, ?, ?, ?)", source, t.now.Unix(), what, text)
	return err
}

// AddEvent stores an event that the store cannot derive from visits, such as a source that went stale.
func (s *Store) AddEvent(ctx context.Context, e health.Event) error {
	return s.write(ctx, e.At, func(t *tx) error {
		_, err := t.exec("INSERT INTO event(source, at, what, text) SELECT id, ?, ?, ? FROM source WHERE address = ?",
			t.now.Unix(), e.Kind, e.Text, e.Source)
		return err
	})
}

// StalenessEvents returns, for each source that has one, the newest event about its going stale: stale or recovered. Newest
// first.
func (s *Store) StalenessEvents(ctx context.Context) ([]health.Event, error) {
	return s.events(ctx, `WHERE e.id = (SELECT x.id FROM event x WHERE x.source = s.id AND x.what IN ('stale', 'recovered')
		ORDER BY x.at DESC, x.id DESC LIMIT 1) ORDER BY e.at DESC, e.id DESC`)
}

// Events returns the events since a time, newest first, at most limit.
func (s *Store) Events(ctx context.Context, since time.Time, limit int) ([]health.Event, error) {
	return s.events(ctx, "WHERE e.at >= ? ORDER BY e.at DESC, e.id DESC LIMIT ?", since.Unix(), limit)
}

func (s *Store) events(ctx context.Context, which string, args ...any) ([]health.Event, error) {
	var events []health.Event
	err := s.rows(ctx, collect(&events, func(e *health.Event) []any {
		return []any{&e.Source, &e.Name, timeColumn{&e.At}, &e.Kind, &e.Text}
	}), "SELECT s.address, s.name, e.at, e.what, e.text FROM event e JOIN source s ON s.id = e.source "+which, args...)
	return events, err
}
