package store

import (
	"context"
	"time"
)

// AttemptKind is the kind of a thing that is fetched and parsed.
type AttemptKind string

const (
	AttemptPage   AttemptKind = "page"   // of an article, named by Article.Key
	AttemptSource AttemptKind = "source" // named by Source.ID
)

// Suspect is a page or source that was being fetched and parsed when a run died (killed, out of memory, power loss) and
// that has not succeeded since. It is tried alone, so that the next crash shows which one caused it.
type Suspect struct {
	Kind    AttemptKind
	Name    string // Article.Key or Source.ID
	Crashes int    // consecutive runs that died; at MaxCrashes it is given up
}

// MaxCrashes is how many runs may die while something is being fetched: one while it was fetched with others, and one
// while it was tried alone.
const MaxCrashes = 2

// attemptIDs are the queries that return the row id of a named page or source.
var attemptIDs = map[AttemptKind]string{
	AttemptPage:   "SELECT article FROM link WHERE hash = ? AND article IS NOT NULL",
	AttemptSource: "SELECT id FROM source WHERE address = ?",
}

// StartAttempts records in one transaction that names are about to be fetched, and that those in ended are not being
// fetched any more. SetPages and Record end the attempts of what they store, in the same transaction.
func (s *Store) StartAttempts(ctx context.Context, kind AttemptKind, names, ended []string) error {
	return s.writeAttempts(ctx, func(t *tx) error {
		for _, name := range ended {
			if err := t.withAttemptID(kind, name, t.endAttempt); err != nil {
				return err
			}
		}
		for _, name := range names {
			if err := t.withAttemptID(kind, name, func(kind AttemptKind, id int64) error {
				_, err := t.exec("INSERT INTO attempt(kind, id, running) VALUES(?, ?, 1) ON CONFLICT DO UPDATE SET running = 1", string(kind), id)
				return err
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

// EndAttempts records that nothing of the kind is being fetched any more.
func (s *Store) EndAttempts(ctx context.Context, kind AttemptKind) error {
	return s.writeAttempts(ctx, func(t *tx) error {
		if _, err := t.exec("DELETE FROM attempt WHERE kind = ? AND deaths = 0", string(kind)); err != nil {
			return err
		}
		_, err := t.exec("UPDATE attempt SET running = 0 WHERE kind = ? AND running = 1", string(kind))
		return err
	})
}

// Suspects counts the crash of the last run, if it crashed, and returns all suspects. It must be called by a run that
// holds the lock, before it fetches anything: what is recorded as being fetched was then left behind by a run that
// died.
func (s *Store) Suspects(ctx context.Context) (suspects []Suspect, err error) {
	err = s.writeAttempts(ctx, func(t *tx) error {
		if _, err := t.exec("UPDATE attempt SET running = 0, deaths = deaths + 1 WHERE running = 1"); err != nil {
			return err
		}
		return t.rows(collect(&suspects, func(x *Suspect) []any {
			return []any{&x.Kind, &x.Name, &x.Crashes}
		}), `SELECT t.kind, a.key, t.deaths FROM attempt t JOIN article a ON t.kind = 'page' AND a.id = t.id
			UNION ALL SELECT t.kind, s.address, t.deaths FROM attempt t JOIN source s ON t.kind = 'source' AND s.id = t.id`)
	})
	return suspects, err
}

// writeAttempts runs do in a transaction that needs no clock.
func (s *Store) writeAttempts(ctx context.Context, do func(t *tx) error) error {
	return s.write(ctx, time.Time{}, do)
}

// withAttemptID calls do with the row id of the named page or source, if there is one.
func (t *tx) withAttemptID(kind AttemptKind, name string, do func(AttemptKind, int64) error) error {
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

// endAttempt records that something is not being fetched any more. It stays a suspect if it was one. One that was given
// up gets another chance later, but only one, alone: hence MaxCrashes-1.
func (t *tx) endAttempt(kind AttemptKind, id int64) error {
	if _, err := t.exec("DELETE FROM attempt WHERE kind = ? AND id = ? AND deaths = 0", string(kind), id); err != nil {
		return err
	}
	_, err := t.exec("UPDATE attempt SET running = 0, deaths = min(deaths, ?) WHERE kind = ? AND id = ?", MaxCrashes-1, string(kind), id)
	return err
}

// clearAttempt removes an attempt that succeeded, or that will never be repeated.
func (t *tx) clearAttempt(kind AttemptKind, id int64) error {
	_, err := t.exec("DELETE FROM attempt WHERE kind = ? AND id = ?", string(kind), id)
	return err
}
