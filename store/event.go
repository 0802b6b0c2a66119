package store

import (
	"context"
	"fmt"
	"time"

	"broadsheet/internal/health"

	"broadsheet"
)

// breaks is how many failures in a row make a source broken: one or two pass by themselves.
const breaks = 3

// changes tells of what a visit changed in a source's health, and notes in out what it told.
func (t *tx) changes(src *sourceRow, now broadsheet.Visit, out *Outcome) error {
	was := src.visit
	tell := func(what, text string) error {
		out.Event = what
		return t.tell(src.id, what, text)
	}
	switch {
	case now.Gone && !was.Gone:
		return tell("gone", "it answers 410: it will not be asked again")
	case now.Failures >= breaks && was.Failures < breaks:
		return tell("broke", now.Err)
	case now.Failures == 0 && was.Failures >= breaks:
		return tell("recovered", fmt.Sprintf("after %d failures since %s", was.Failures, was.Failing.Format(time.DateOnly)))
	case now.Moved != "" && now.Moved != was.Moved:
		if lately, err := t.lately(src, "moved", t.now.AddDate(0, 0, -1)); err != nil || lately {
			return err // it names another place at every visit
		}
		return tell("moved", now.Moved)
	case now.Unlinked > 0 && was.Unlinked == 0:
		return tell("unlinked", fmt.Sprintf("links of it lead into a private network (%s) and are not shown", now.UnlinkedHost))
	case out.Refused > 0:
		if lately, err := t.lately(src, "full", t.now.AddDate(0, -1, 0)); err != nil || lately {
			return err // it does so at every visit
		}
		return tell("full", RefusedText(out.Refused))
	case out.Rebound >= breaks:
		if lately, err := t.lately(src, "rebound", t.now.AddDate(0, -1, 0)); err != nil || lately {
			return err // it does so at every visit
		}
		return tell("rebound", fmt.Sprintf("%d known articles came with new ids or links; none is shown again", out.Rebound))
	}
	return nil
}

// lately reports whether an event of a source was told since a time.
func (t *tx) lately(src *sourceRow, what string, since time.Time) (bool, error) {
	return t.row([]any{new(int)}, "SELECT 1 FROM event WHERE source = ? AND what = ? AND at > ? LIMIT 1", src.id, what, since.Unix())
}

func (t *tx) tell(source int64, what, text string) error {
	_, err := t.exec("INSERT INTO event(source, at, what, text) VALUES(?, ?, ?, ?)", source, t.now.Unix(), what, text)
	return err
}

// Tell keeps an event that the store does not see by itself, such as a source that went stale.
func (s *Store) Tell(ctx context.Context, e health.Event) error {
	return s.write(ctx, e.At, func(t *tx) error {
		_, err := t.exec("INSERT INTO event(source, at, what, text) SELECT id, ?, ?, ? FROM source WHERE address = ?",
			t.now.Unix(), e.What, e.Text, e.Source)
		return err
	})
}

// Silences are the newest events that speak of each source's silence: stale, or recovered. Newest first.
func (s *Store) Silences(ctx context.Context) ([]health.Event, error) {
	return s.events(ctx, `WHERE e.id = (SELECT x.id FROM event x WHERE x.source = s.id AND x.what IN ('stale', 'recovered')
		ORDER BY x.at DESC, x.id DESC LIMIT 1) ORDER BY e.at DESC, e.id DESC`)
}

// Events are those since a time, newest first, at most limit.
func (s *Store) Events(ctx context.Context, since time.Time, limit int) ([]health.Event, error) {
	return s.events(ctx, "WHERE e.at >= ? ORDER BY e.at DESC, e.id DESC LIMIT ?", since.Unix(), limit)
}

func (s *Store) events(ctx context.Context, which string, args ...any) ([]health.Event, error) {
	var events []health.Event
	err := s.rows(ctx, collect(&events, func(e *health.Event) []any {
		return []any{&e.Source, &e.Name, moment{&e.At}, &e.What, &e.Text}
	}), "SELECT s.address, s.name, e.at, e.what, e.text FROM event e JOIN source s ON s.id = e.source "+which, args...)
	return events, err
}
