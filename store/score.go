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

// scoreBatch is how many articles are scored per transaction.
const scoreBatch = 500

// scorer holds the rules by which articles are scored.
type scorer struct {
	rulesVersion int // number of these rules: see Store.rulesVersion
	judge        func(broadsheet.Article) rules.Verdict
}

// SetRules sets the rules by which articles are scored from now on: new ones as they are recorded, stored ones by ScoreArticles.
// Rules with the same fingerprint are the same.
func (s *Store) SetRules(ctx context.Context, fingerprint string, judge func(broadsheet.Article) rules.Verdict) error {
	version, err := s.rulesVersion(ctx, fingerprint)
	if err == nil {
		s.mu.Lock()
		s.scorer = &scorer{version, judge}
		s.mu.Unlock()
	}
	return err
}

// ScoreArticles scores every article that was never shown and that the present rules have not scored since it last changed, and
// returns how many there were. An article that they want for the first time counts as new from now. It may be cancelled
// between batches: the next call continues. It is an error if SetRules was not called.
func (s *Store) ScoreArticles(ctx context.Context, now time.Time) (int, error) {
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
		}, unscoredQuery, by.rulesVersion, scoreBatch)
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

// score sets an article's score, wanted and topic.
func (by *scorer) score(a *row) {
	v := by.judge(a.Article)
	a.score, a.wanted, a.topic = v.Score, v.Wanted, ""
	if math.IsNaN(a.score) || math.IsInf(a.score, 0) {
		a.score = 0 // SQLite would store NaN as NULL
	}
	if len(v.Topics) > 0 {
		a.topic = v.Topics[0]
	}
}

const articlesWithText = "SELECT " + rowColumns + ", coalesce(x.body, '')" + rowTables + "LEFT JOIN text x ON x.article = a.id "

const unscoredQuery = articlesWithText + "WHERE a.shown IS NULL AND a.judged < ? ORDER BY a.judged, a.id LIMIT ?"

// saveScores stores the scores of a batch, and chooses the canonical articles of their stories again.
func (t *tx) saveScores(batch []*row, rulesVersion int) error {
	for _, a := range batch {
		if _, err := t.exec(`UPDATE article SET score = ?1, wanted = ?2, judged = ?3, need = ?4,
			wanted_at = coalesce(wanted_at, iif(?2, ?5, NULL)), topic = ?6 WHERE id = ?7`,
			a.score, a.wanted, rulesVersion, a.pageNeed(a.wanted), t.now.Unix(), a.topic, a.id); err != nil {
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

// rulesVersion returns the number of the rules with a fingerprint. It grows by one whenever the rules change, even back
// to earlier ones, so that a single comparison finds the articles that they have not scored.
func (s *Store) rulesVersion(ctx context.Context, fingerprint string) (version int, err error) {
	err = s.write(ctx, time.Time{}, func(t *tx) error {
		last, err := t.meta("rules")
		if err != nil {
			return err
		}
		number, err := t.meta("generation")
		if err != nil {
			return err
		}
		version, _ = strconv.Atoi(number)
		if version > 0 && last == fingerprint {
			return nil
		}
		version++
		if err := t.setMeta("rules", fingerprint); err != nil {
			return err
		}
		return t.setMeta("generation", strconv.Itoa(version))
	})
	return version, err
}

func (t *tx) meta(key string) (value string, err error) {
	_, err = t.row([]any{&value}, "SELECT value FROM meta WHERE key = ?", key)
	return value, err
}

func (t *tx) setMeta(key, value string) error {
	_, err := t.exec("INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)", key, value)
	return err
}

// Meta returns the value that SetMeta last stored under key; empty: none.
func (s *Store) Meta(ctx context.Context, key string) (value string, err error) {
	err = s.rows(ctx, func(r *sql.Rows) error { return r.Scan(&value) }, "SELECT value FROM meta WHERE key = ?", "x "+key)
	return value, err
}

// SetMeta stores a value of the caller's own under key, such as when a run last ended.
func (s *Store) SetMeta(ctx context.Context, key, value string) error {
	return s.write(ctx, time.Time{}, func(t *tx) error { return t.setMeta("x "+key, value) })
}
