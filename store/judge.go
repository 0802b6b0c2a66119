package store

import (
	"context"
	"database/sql"
	"math"
	"strconv"
	"time"

	"broadsheet"
)

const judgeBatch = 500

// verdict is an opinion on one article.
type verdict struct {
	a      *row
	score  float64
	wanted bool
}

// Judge lets judge score every article that was never shown and that these rules have not judged since it last
// changed; fingerprint tells rules apart. What they want for the first time is news from now on. It returns how many
// there were. It can be ended between batches: what is
// left is found again.
func (s *Store) Judge(ctx context.Context, now time.Time, fingerprint string, judge func(broadsheet.Article) (score float64, wanted bool)) (int, error) {
	generation, err := s.generation(ctx, fingerprint)
	if err != nil {
		return 0, err
	}
	for done := 0; ; {
		var batch []verdict
		err := s.rows(ctx, func(r *sql.Rows) error {
			a := &row{}
			if err := r.Scan(append(a.fields(), &a.Text)...); err != nil {
				return err
			}
			batch = append(batch, verdict{a: a})
			return nil
		}, unjudgedQuery, generation, judgeBatch)
		if err != nil || len(batch) == 0 {
			return done, err
		}
		for i := range batch {
			v := &batch[i]
			v.score, v.wanted = judge(v.a.Article)
		}
		if err := s.write(ctx, now, func(t *tx) error { return t.judge(batch, generation) }); err != nil {
			return done, err
		}
		done += len(batch)
	}
}

const unjudgedQuery = wholeArticles + "WHERE a.shown IS NULL AND a.judged < ? ORDER BY a.judged, a.id LIMIT ?"

func (t *tx) judge(batch []verdict, generation int) error {
	for _, v := range batch {
		if math.IsNaN(v.score) || math.IsInf(v.score, 0) {
			v.score = 0 // a column would hold NULL
		}
		if _, err := t.exec(`UPDATE article SET score = ?1, wanted = ?2, judged = ?3, need = ?4,
			wanted_at = coalesce(wanted_at, iif(?2, ?5, NULL)) WHERE id = ?6`,
			v.score, v.wanted, generation, v.a.needs(v.wanted), t.now.Unix(), v.a.id); err != nil {
			return err
		}
	}
	for _, v := range batch {
		if err := t.elect(v.a); err != nil {
			return err
		}
	}
	return nil
}

// generation numbers sets of rules: it grows by one whenever they change, also back to an earlier set, so that one
// comparison finds what they have not judged.
func (s *Store) generation(ctx context.Context, fingerprint string) (generation int, err error) {
	err = s.write(ctx, time.Time{}, func(t *tx) error {
		last, err := t.meta("rules")
		if err != nil {
			return err
		}
		number, err := t.meta("generation")
		if err != nil {
			return err
		}
		generation, _ = strconv.Atoi(number)
		if generation > 0 && last == fingerprint {
			return nil
		}
		generation++
		if err := t.setMeta("rules", fingerprint); err != nil {
			return err
		}
		return t.setMeta("generation", strconv.Itoa(generation))
	})
	return generation, err
}

func (t *tx) meta(key string) (value string, err error) {
	_, err = t.row([]any{&value}, "SELECT value FROM meta WHERE key = ?", key)
	return value, err
}

func (t *tx) setMeta(key, value string) error {
	_, err := t.exec("INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)", key, value)
	return err
}

// Meta is what SetMeta last kept under key; empty: nothing.
func (s *Store) Meta(ctx context.Context, key string) (value string, err error) {
	err = s.rows(ctx, func(r *sql.Rows) error { return r.Scan(&value) }, "SELECT value FROM meta WHERE key = ?", "x "+key)
	return value, err
}

// SetMeta keeps a value of the caller's own, such as when a run last ended.
func (s *Store) SetMeta(ctx context.Context, key, value string) error {
	return s.write(ctx, time.Time{}, func(t *tx) error { return t.setMeta("x "+key, value) })
}
