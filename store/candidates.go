package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"broadsheet"
)

// LastShown returns the last day, since the given one, on which an article of each source was shown, by Source.ID.
// Sources without one are absent.
func (s *Store) LastShown(ctx context.Context, since broadsheet.Day) (map[string]broadsheet.Day, error) {
	last := map[string]broadsheet.Day{}
	err := s.rows(ctx, func(r *sql.Rows) error {
		var address, day string
		err := r.Scan(&address, &day)
		last[address] = broadsheet.Day(day)
		return err
	}, lastShownQuery, string(since))
	return last, err
}

const lastShownQuery = `SELECT s.address, max(p.day) FROM pick p JOIN article a ON a.id = p.article JOIN source s ON s.id = a.source
	WHERE p.day >= ? GROUP BY a.source`

// eligible is the SQL condition that article a may still be shown. Its wording matches the partial indexes in
// schema.sql.
var eligible = "a.shown IS NULL AND a.wanted = 1 AND a.story = a.id AND " + notWithdrawn("a.id")

// Fresh returns the articles that may still be shown, that the rules first wanted after since and that were published
// after oldest, at most limit, ordered by key. What exceeds the limit is inherited, or the lowest scored of a source
// that reported too much.
func (s *Store) Fresh(ctx context.Context, since, oldest time.Time, limit int) ([]broadsheet.Candidate, error) {
	return s.candidates(ctx, freshQuery, since.Unix(), oldest.Unix(), limit)
}

// freshQuery sorts, in its inner query, nothing but the columns that it orders by, so that little of each article
// passes through the sort.
var freshQuery = candidateQuery + `WHERE a.id IN (SELECT a.id FROM article a WHERE ` + eligible + ` AND a.wanted_at > ? AND a.published > ?
	ORDER BY a.excerpt = '', a.inherited, row_number() OVER (PARTITION BY a.source ORDER BY a.excerpt = '', a.inherited, a.score DESC, a.published DESC, a.key),
		a.score DESC, a.published DESC, a.key LIMIT ?)`

// Backlog returns articles that may still be shown, whatever their age, at most limit, ordered by key: the best of each
// source, then the second best of each, and so on, at most each of one source. However much a source reports, it leaves
// room for the others.
func (s *Store) Backlog(ctx context.Context, each, limit int) ([]broadsheet.Candidate, error) {
	fair, err := s.count(ctx, fairQuery, limit) // enough per source, if all sources have that many
	if err != nil {
		return nil, err
	}
	found, err := s.candidates(ctx, backlogQuery, min(fair, each), limit)
	if err == nil && fair < each && len(found) < limit {
		found, err = s.candidates(ctx, backlogQuery, each, limit)
	}
	return found, err
}

// CountWaiting returns how many articles may still be shown.
func (s *Store) CountWaiting(ctx context.Context) (int, error) { return s.count(ctx, waitingQuery) }

// count returns the number that a query selects.
func (s *Store) count(ctx context.Context, query string, args ...any) (n int, err error) {
	err = s.rows(ctx, func(r *sql.Rows) error { return r.Scan(&n) }, query, args...)
	return n, err
}

var (
	fairQuery    = "SELECT ?1 / max(count(*), 1) + 1 FROM source"
	backlogQuery = candidateQuery + `WHERE a.id IN (
		SELECT b.id FROM source f JOIN article b ON b.id IN (SELECT a.id FROM article a WHERE a.source = f.id AND ` + eligible + `
			ORDER BY (a.excerpt = ''), a.score DESC, a.published DESC, a.key LIMIT ?1)
		ORDER BY b.excerpt = '', row_number() OVER (PARTITION BY b.source ORDER BY b.excerpt = '', b.score DESC, b.published DESC, b.key),
			b.score DESC, b.published DESC, b.key LIMIT ?2)`
	waitingQuery = "SELECT count(*) FROM article a WHERE " + eligible
)

// candidates returns the articles of a query, from which an edition is composed, ordered by key.
func (s *Store) candidates(ctx context.Context, query string, args ...any) ([]broadsheet.Candidate, error) {
	var found []broadsheet.Candidate
	err := s.rows(ctx, collect(&found, func(c *broadsheet.Candidate) []any {
		return []any{&c.Key, &c.Link, &c.Title, &c.Source, timeColumn{&c.Published}, &c.Dated, &c.Inherited, &c.Score, &c.Topic, &c.Bare, timeColumn{&c.ReadAt}}
	}), query, args...)
	slices.SortFunc(found, func(a, b broadsheet.Candidate) int { return strings.Compare(a.Key, b.Key) })
	return found, err
}

const candidateQuery = `SELECT a.key, a.link, a.title, s.address, a.published, a.dated, a.inherited, a.score, a.topic, a.excerpt = '',
	iif(a.need > 0, coalesce(a.page_next, 1), NULL)
	FROM article a JOIN source s ON s.id = a.source `

// articles returns the articles of a query, without their texts.
func (s *Store) articles(ctx context.Context, query string, args ...any) ([]broadsheet.Article, error) {
	var found []broadsheet.Article
	err := s.rows(ctx, func(r *sql.Rows) error {
		var a row
		err := r.Scan(a.fields()...)
		found = append(found, a.Article)
		return err
	}, query, args...)
	return found, err
}

// OtherLinks returns the other links of a story, each once, except dead ones. story is the key of its canonical article.
func (s *Store) OtherLinks(ctx context.Context, story string) ([]broadsheet.SourceLink, error) {
	var also []broadsheet.SourceLink
	err := s.rows(ctx, collect(&also, func(a *broadsheet.SourceLink) []any {
		return []any{&a.Source, &a.SourceName, &a.Link, &a.Title}
	}), alsoQuery, hash(story))
	return also, err
}

var alsoQuery = `SELECT s.address, s.name, a.link, a.title FROM link l JOIN article h ON h.id = l.article
	JOIN article a ON a.story = h.id AND a.story <> a.id AND a.link <> h.link AND a.dead = '' AND a.quarantined = 0
	JOIN source s ON s.id = a.source WHERE l.hash = ? AND ` + notWithdrawn("a.id") + ` GROUP BY a.link ORDER BY a.published, a.key`
