package store

import (
	"context"
	"time"
)

// AttemptKind is a kind of things that are fetched and parsed.
type AttemptKind string

const (
	AttemptPage   AttemptKind = "page"   // of an article, which goes by its key
	AttemptSource AttemptKind = "source" // goes by Source.ID
)

// Suspect is what was being fetched and parsed when a run died (killed, out of memory, power lost) and has not succeeded
// since. It is tried alone, so that the next death tells which one it was.
type Suspect struct {
	Kind   AttemptKind
	Name   string // Article.Key or Source.ID
	Deaths int    // runs that died in a row; MaxDeaths: it is given up
}

// MaxDeaths is how many runs may die while something is read: once among others, and once when it was tried alone.
const MaxDeaths = 2

// attemptIDs select the id of what an attempt goes by.
var attemptIDs = map[AttemptKind]string{
	AttemptPage:   "SELECT article FROM link WHERE hash = ? AND article IS NOT NULL",
	AttemptSource: "SELECT id FROM source WHERE address = ?",
}

// StartAttempts notes in one transaction that these are about to be read, and that those that ended are not being read
// any more. What SetPages or Record stores ends by that, in the same transaction.
func (s *Store) StartAttempts(ctx context.Context, kind AttemptKind, names, ended []string) error {
	return s.attempts(ctx, func(t *tx) error {
		for _, name := range ended {
			if err := t.onAttempt(kind, name, t.endAttempt); err != nil {
				return err
			}
		}
		for _, name := range names {
			if err := t.onAttempt(kind, name, func(kind AttemptKind, id int64) error {
				_, err := t.exec("INSERT INTO attempt(kind, id, running) VALUES(?, ?, 1) ON CONFLICT DO UPDATE SET running = 1", string(kind), id)
				return err
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

// EndAttempts notes that nothing of the kind is being read any more.
func (s *Store) EndAttempts(ctx context.Context, kind AttemptKind) error {
	return s.attempts(ctx, func(t *tx) error {
		if _, err := t.exec("DELETE FROM attempt WHERE kind = ? AND deaths = 0", string(kind)); err != nil {
			return err
		}
		_, err := t.exec("UPDATE attempt SET running = 0 WHERE kind = ? AND running = 1", string(kind))
		return err
	})
}

// Suspects counts the death of the last run, if it died, and returns all suspects. It must be called by a run that holds
// the lock, before it reads anything: what is noted as being read was then left by a run that is gone.
func (s *Store) Suspects(ctx context.Context) (suspects []Suspect, err error) {
	err = s.attempts(ctx, func(t *tx) error {
		if _, err := t.exec("UPDATE attempt SET running = 0, deaths = deaths + 1 WHERE running = 1"); err != nil {
			return err
		}
		return t.rows(collect(&suspects, func(x *Suspect) []any {
			return []any{&x.Kind, &x.Name, &x.Deaths}
		}), `SELECT t.kind, a.key, t.deaths FROM attempt t JOIN article a ON t.kind = 'page' AND a.id = t.id
			UNION ALL SELECT t.kind, s.address, t.deaths FROM attempt t JOIN source s ON t.kind = 'source' AND s.id = t.id`)
	})
	return suspects, err
}

// attempts writes what does not depend on the time.
func (s *Store) attempts(ctx context.Context, do func(t *tx) error) error {
	return s.write(ctx, time.Time{}, do)
}

// onAttempt calls do with the id of what goes by name, if there is one.
func (t *tx) onAttempt(kind AttemptKind, name string, do func(AttemptKind, int64) error) error {
	var id int64
	var by any = name
	if kind == AttemptPage {
		by = hash(name)
	}
	if ok, err := t.row([]any{&id}, attemptIDs[kind], by); err != nil || !ok {
		return err
	}
	return do(kind, id)
}

// endAttempt notes that something is not being read any more, and nothing that clears it of a suspicion. What was given
// up is given another chance some day, but only one: tried alone.
func (t *tx) endAttempt(kind AttemptKind, id int64) error {
	if _, err := t.exec("DELETE FROM attempt WHERE kind = ? AND id = ? AND deaths = 0", string(kind), id); err != nil {
		return err
	}
	_, err := t.exec("UPDATE attempt SET running = 0, deaths = min(deaths, ?) WHERE kind = ? AND id = ?", MaxDeaths-1, string(kind), id)
	return err
}

// clearAttempt forgets an attempt that succeeded, or that is never repeated.
func (t *tx) clearAttempt(kind AttemptKind, id int64) error {
	_, err := t.exec("DELETE FROM attempt WHERE kind = ? AND id = ?", string(kind), id)
	return err
}
