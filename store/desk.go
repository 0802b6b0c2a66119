package store

import (
	"context"
	"database/sql"
	"time"

	"broadsheet"
)

// Counts are how many articles each source has told of first since a time, by Source.ID.
func (s *Store) Counts(ctx context.Context, since time.Time) (map[string]int, error) {
	counts := map[string]int{}
	err := s.rows(ctx, func(r *sql.Rows) error {
		var source string
		var n int
		err := r.Scan(&source, &n)
		counts[source] = n
		return err
	}, "SELECT s.address, count(*) FROM article a JOIN source s ON s.id = a.source WHERE a.seen >= ? GROUP BY a.source", since.Unix())
	return counts, err
}

// Verdicts visits the articles that were first seen since a time and never shown, newest first, with what the rules
// said of them when they last looked. An error of visit ends it.
func (s *Store) Verdicts(ctx context.Context, since time.Time, visit func(a broadsheet.Article, score float64, wanted bool) error) error {
	return s.rows(ctx, func(r *sql.Rows) error {
		var a row
		var score float64
		var wanted bool
		if err := r.Scan(append(a.fields(), &a.Text, &score, &wanted)...); err != nil {
			return err
		}
		return visit(a.Article, score, wanted)
	}, "SELECT "+rowColumns+", coalesce(x.body, ''), a.score, a.wanted"+rowTables+`LEFT JOIN text x ON x.article = a.id
		WHERE a.seen >= ? AND a.shown IS NULL AND a.judged > 0 ORDER BY a.seen DESC, a.key`, since.Unix())
}

// Current is the article with a key as it is known now, without its text; the zero Article when the store does not know it.
func (s *Store) Current(ctx context.Context, key string) (broadsheet.Article, error) {
	var a row
	err := s.rows(ctx, func(r *sql.Rows) error { return r.Scan(a.fields()...) },
		"SELECT "+rowColumns+rowTables+"WHERE a.id = (SELECT article FROM link WHERE hash = ?)", hash(key))
	return a.Article, err
}

// Known is what a source has told of so far.
type Known struct {
	Articles int
	First    time.Time // when the oldest of them was published, of those whose date was told; zero: none was
	Last     time.Time // and the newest
}

// Known counts the articles that each source speaks for, by Source.ID.
func (s *Store) Known(ctx context.Context) (map[string]Known, error) {
	known := map[string]Known{}
	err := s.rows(ctx, func(r *sql.Rows) error {
		var source string
		var k Known
		err := r.Scan(&source, &k.Articles, moment{&k.First}, moment{&k.Last})
		known[source] = k
		return err
	}, "SELECT address, articles, oldest, newest FROM source")
	return known, err
}
