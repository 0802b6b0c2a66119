package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"broadsheet/internal/health"
)

// toldReissued is how many articles must come under new ids or links for it to be an event.
const toldReissued = 3

// recordReissued stores an event if a visit gave known articles new ids or links, and sets out.Event to its kind: once a month,
// because some sources do so at every visit.
func (t *tx) recordReissued(src *sourceRow, out *RecordResult) error {
	if out.Reissued < toldReissued {
		return nil
	}
	if lately, err := t.hadEventSince(src, "rebound", t.now.AddDate(0, -1, 0)); err != nil || lately {
		return err
	}
	out.Event = "rebound"
	_, err := t.exec("INSERT INTO event(source, at, what, text) VALUES(?, ?, ?, ?)", src.id, t.now.Unix(), out.Event,
		fmt.Sprintf("gave %d known articles new ids or links", out.Reissued))
	return err
}

// hadEventSince reports whether a source had an event of a kind since a time.
func (t *tx) hadEventSince(src *sourceRow, what string, since time.Time) (bool, error) {
	return t.row([]any{new(int)}, "SELECT 1 FROM event WHERE source = ? AND what = ? AND at > ? LIMIT 1", src.id, what, since.Unix())
}

// States returns the states that sources were in at the last run.
func (s *Store) States(ctx context.Context) ([]health.Lasting, error) {
	var all []health.Lasting
	err := s.rows(ctx, collect(&all, func(l *health.Lasting) []any {
		return []any{&l.Source, &l.State, timeColumn{&l.Since}, timeColumn{&l.Told}, &l.Text}
	}), "SELECT s.address, x.state, x.since, x.told, x.text FROM state x JOIN source s ON s.id = x.source ORDER BY s.address, x.state")
	return all, err
}

// SetStates replaces the states of all sources, and stores the events that follow from it, in one transaction. before is
// what States returned: what is still the same is not written again.
func (s *Store) SetStates(ctx context.Context, now time.Time, before, after []health.Lasting, events []health.Event) error {
	byState := func(x, y health.Lasting) int {
		return cmp.Or(strings.Compare(x.Source, y.Source), cmp.Compare(x.State, y.State))
	}
	after = slices.SortedFunc(slices.Values(after), byState)
	if len(events) == 0 && slices.Equal(slices.SortedFunc(slices.Values(before), byState), after) {
		return nil
	}
	return s.write(ctx, now, func(t *tx) error {
		if _, err := t.exec("DELETE FROM state"); err != nil {
			return err
		}
		for _, l := range after {
			if _, err := t.exec("INSERT OR REPLACE INTO state(source, state, since, told, text) SELECT id, ?, ?, ?, ? FROM source WHERE address = ?",
				string(l.State), l.Since.Unix(), unixOrNil(l.Told), l.Text, l.Source); err != nil {
				return err
			}
		}
		for _, e := range events {
			if err := t.addEvent(e); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *tx) addEvent(e health.Event) error {
	_, err := t.exec("INSERT INTO event(source, at, what, text, printed) SELECT id, ?, ?, ?, ? FROM source WHERE address = ?",
		e.At.Unix(), e.Kind, e.Text, e.Printed, e.Source)
	return err
}

// Events returns the events since a time, newest first, at most limit.
func (s *Store) Events(ctx context.Context, since time.Time, limit int) ([]health.Event, error) {
	var events []health.Event
	err := s.rows(ctx, collect(&events, func(e *health.Event) []any {
		return []any{&e.ID, &e.Source, &e.Name, timeColumn{&e.At}, &e.Kind, &e.Text, &e.Printed}
	}), `SELECT e.id, s.address, s.name, e.at, e.what, e.text, e.printed FROM event e JOIN source s ON s.id = e.source
		WHERE e.at >= ? ORDER BY e.at DESC, e.id DESC LIMIT ?`, since.Unix(), limit)
	return events, err
}

// MarkPrinted stores that events were written to stderr.
func (s *Store) MarkPrinted(ctx context.Context, now time.Time, events []health.Event) error {
	if len(events) == 0 {
		return nil
	}
	return s.write(ctx, now, func(t *tx) error {
		for _, e := range events {
			if _, err := t.exec("UPDATE event SET printed = 1 WHERE id = ?", e.ID); err != nil {
				return err
			}
		}
		return nil
	})
}
