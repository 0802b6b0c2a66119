package store

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"strconv"
	"time"

	"broadsheet"
	"broadsheet/internal/rules"
)

const judgeBatch = 500

// scorer holds the rules that articles are judged by.
type scorer struct {
	rulesVersion int // number of its rules
	judge        func(broadsheet.Article) rules.Verdict
}

// Rules gives the rules that articles are judged by from now on: a new one as it is recorded, others by Judge. The
// fingerprint tells rules apart.
func (s *Store) Rules(ctx context.Context, fingerprint string, judge func(broadsheet.Article) rules.Verdict) error {
	generation, err := s.rulesVersion(ctx, fingerprint)
	if err == nil {
		s.mu.Lock()
		s.scorer = &scorer{generation, judge}
		s.mu.Unlock()
	}
	return err
}

// Judge lets the rules score every article that was never shown and that they have not judged since it last changed.
// What they want for the first time is news from now on. It returns how many there were. It can be ended between
// batches: what is left is found again. Rules must have been given.
func (s *Store) Judge(ctx context.Context, now time.Time) (int, error) {
	s.mu.Lock()
	by := s.scorer
	s.mu.Unlock()
	if by == nil {
		return 0, errors.New("articles are to be judged, and no rules were given")
	}
	for done := 0; ; {
		var batch []*row
		err := s.rows(ctx, func(r *sql.Rows) error {
			a := &row{}
			if err := r.Scan(append(a.fields(), &a.Text)...); err != nil {
				return err
			}
			batch = append(batch, a)
			return nil
		}, unjudgedQuery, by.rulesVersion, judgeBatch)
		if err != nil || len(batch) == 0 {
			return done, err
		}
		for _, a := range batch {
			by.score(a)
		}
		if err := s.write(ctx, now, func(t *tx) error { return t.saveScores(batch, by.rulesVersion) }); err != nil {
			return done, err
		}
		done += len(batch)
	}
}

// score judges an article.
func (by *scorer) score(a *row) {
	v := by.judge(a.Article)
	a.score, a.wanted, a.topic = v.Score, v.Wanted, ""
	if math.IsNaN(a.score) || math.IsInf(a.score, 0) {
		a.score = 0 // a column would hold NULL
	}
	if len(v.Topics) > 0 {
		a.topic = v.Topics[0]
	}
}

const articlesWithText = "SELECT " + rowColumns + ", coalesce(x.body, '')" + rowTables + "LEFT JOIN text x ON x.article = a.id "

const unjudgedQuery = articlesWithText + "WHERE a.shown IS NULL AND a.judged < ? ORDER BY a.judged, a.id LIMIT ?"

func (t *tx) saveScores(batch []*row, generation int) error {
	for _, a := range batch {
		if _, err := t.exec(`UPDATE article SET score = ?1, wanted = ?2, judged = ?3, need = ?4,
			wanted_at = coalesce(wanted_at, iif(?2, ?5, NULL)), topic = ?6 WHERE id = ?7`,
			a.score, a.wanted, generation, a.pageNeed(a.wanted), t.now.Unix(), a.topic, a.id); err != nil {
			return err
		}
	}
	for _, a := range batch {
		if err := t.chooseCanonical(a); err != nil {
			return err
		}
	}
	return nil
}

// rulesVersion numbers sets of rules: it grows by one whenever they change, also back to an earlier set, so that one
// comparison finds what they have not judged.
func (s *Store) rulesVersion(ctx context.Context, fingerprint string) (generation int, err error) {
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
