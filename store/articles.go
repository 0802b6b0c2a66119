package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"broadsheet"
	"broadsheet/internal/link"
)

// Filter selects what EachArticle visits. A zero field selects everything.
type Filter struct {
	Source       string    // Source.ID of a source that reported it, whether it owns the article or not
	Since, Until time.Time // when it was first seen: at or after Since, before Until
}

// EachArticle calls visit for each stored article, ordered by when it was first seen, then by source, with all feed items
// about it and the day on which its story was shown. It streams: memory does not grow with the store. An error of visit
// ends it and is returned.
func (s *Store) EachArticle(ctx context.Context, f Filter,
	visit func(a broadsheet.Article, items []broadsheet.FeedItem, shown broadsheet.Day) error) error {
	args := []any{int64(-1 << 62), int64(1 << 62), f.Source}
	if !f.Since.IsZero() {
		args[0] = f.Since.Unix()
	}
	if !f.Until.IsZero() {
		args[1] = f.Until.Unix()
	}
	snapshot, err := s.readers.BeginTx(ctx, nil)
	if err != nil {
		return explain(s.path, err)
	}
	defer snapshot.Rollback()
	itemStmt, err := snapshot.PrepareContext(ctx, itemsQuery)
	if err != nil {
		return explain(s.path, err)
	}
	rows, err := snapshot.QueryContext(ctx, articlesQuery, args...)
	if err != nil {
		return explain(s.path, err)
	}
	return explain(s.path, forEachRow(rows, func(r *sql.Rows) error {
		var a row
		if err := r.Scan(append(a.fields(), &a.Text)...); err != nil {
			return err
		}
		items, err := feedItems(ctx, itemStmt, a.id)
		if err != nil {
			return err
		}
		return visit(a.Article, items, a.shown)
	}))
}

// articlesQuery needs no sort: the texts of all articles do not fit into memory.
const articlesQuery = articlesWithText + `WHERE a.seen >= ?1 AND a.seen < ?2
	AND (?3 = '' OR EXISTS (SELECT 1 FROM sighting g WHERE g.article = a.id AND +g.source = (SELECT id FROM source WHERE address = ?3)))
	ORDER BY a.seen, a.source, a.id`

const itemsQuery = `SELECT s.address, t.guid, t.link, a.final, t.title, t.authors, t.published, t.updated, t.tags, t.language,
	t.image, t.via, t.summary, t.note, t.first, t.last
	FROM sighting t JOIN source s ON s.id = t.source JOIN article a ON a.id = t.article WHERE t.article = ? ORDER BY t.first, t.id`

func feedItems(ctx context.Context, query *sql.Stmt, article int64) (items []broadsheet.FeedItem, err error) {
	rows, err := query.QueryContext(ctx, article)
	if err != nil {
		return nil, err
	}
	err = forEachRow(rows, collect(&items, func(s *broadsheet.FeedItem) []any {
		return []any{&s.Source, &s.GUID, &s.Link, &s.FinalURL, &s.Title, listColumn{&s.Authors}, timeColumn{&s.Published}, timeColumn{&s.Updated},
			listColumn{&s.Tags}, &s.Language, &s.Image, &s.Via, &s.Summary, &s.Note, timeColumn{&s.FirstSeen}, timeColumn{&s.LastSeen}}
	}))
	return items, err
}

// ArticleDetail holds everything that is known about an article.
type ArticleDetail struct {
	broadsheet.Article
	Items     []broadsheet.FeedItem
	Story     []broadsheet.Article // the other articles of its story
	Evidence  string               // why it is in its story, one line each: rule, score, what agrees, which link; empty: alone
	Scored    bool                 // it was scored by the present rules, as it is now
	Score     float64
	Wanted    bool
	Shown     broadsheet.Day // day on which its story was shown; empty: never
	Page      string         // "not read", "read" or "given up"
	PageError string         // why its page could not be read
	PageNext  time.Time      // when its page is tried again
	Final     string         // where its link redirected to
	Canonical string         // the canonical link that its page declares
	Withdrawn []Withdrawal   // those that exclude it, oldest first; only Kind, What and At are set
}

// evidenceColumn selects why article a is in its story, one reason per line.
const evidenceColumn = `coalesce((SELECT group_concat(line, char(10)) FROM (
	SELECT e.rule || ' ' || printf('%.2f', e.score) || ': ' || e.words || ', ' || o.link AS line
	FROM evidence e JOIN article o ON o.id = e.article + e.other - a.id
	WHERE e.article = a.id OR e.other = a.id ORDER BY e.at, o.id LIMIT 8)), '')`

// ArticleDetail returns what is known about the article with a link or a key; ErrUnknown if there is none.
func (s *Store) ArticleDetail(ctx context.Context, address string) (ArticleDetail, error) {
	var d ArticleDetail
	var id int64
	for _, key := range []string{link.Key(address), address} {
		if id == 0 && key != "" {
			if err := s.rows(ctx, func(r *sql.Rows) error { return r.Scan(&id) },
				"SELECT article FROM link WHERE hash = ? AND article IS NOT NULL", hash(key)); err != nil {
				return d, err
			}
		}
	}
	if id == 0 {
		return d, fmt.Errorf("%s: %w", address, ErrUnknown)
	}
	var a row
	err := s.rows(ctx, func(r *sql.Rows) error {
		return r.Scan(append(a.fields(), &a.Text, &d.Evidence, &d.Scored, &d.PageError, timeColumn{&d.PageNext}, &d.Final, &d.Canonical)...)
	}, "SELECT "+rowColumns+`, coalesce(x.body, ''), `+evidenceColumn+`, a.judged > 0, a.page_error, a.page_next, a.final, a.canonical`+
		rowTables+"LEFT JOIN text x ON x.article = a.id WHERE a.id = ?", id)
	if err != nil {
		return d, err
	}
	if d.Withdrawn, err = s.withdrawn(ctx, id); err != nil {
		return d, err
	}
	d.Article, d.Shown, d.Score, d.Wanted, d.Page = a.Article, a.shown, a.score, a.wanted, []string{"not read", "read", "given up"}[a.page]
	if d.Story, err = s.articles(ctx, "SELECT "+rowColumns+rowTables+"WHERE (a.story = ?1 AND a.story <> a.id OR a.id = ?1) AND a.id <> ?2 ORDER BY a.published, a.key",
		a.story, a.id); err != nil {
		return d, err
	}
	query, err := s.readers.PrepareContext(ctx, itemsQuery)
	if err != nil {
		return d, explain(s.path, err)
	}
	defer query.Close()
	d.Items, err = feedItems(ctx, query, id)
	return d, explain(s.path, err)
}

// EachScored calls visit for each scored article that was first seen since a time and never shown, newest first, with its
// last score and whether the rules want it. An error of visit ends it and is returned.
func (s *Store) EachScored(ctx context.Context, since time.Time, visit func(a broadsheet.Article, score float64, wanted bool) error) error {
	return s.rows(ctx, func(r *sql.Rows) error {
		var a row
		if err := r.Scan(append(a.fields(), &a.Text)...); err != nil {
			return err
		}
		return visit(a.Article, a.score, a.wanted)
	}, articlesWithText+`WHERE a.seen >= ? AND a.shown IS NULL AND a.judged > 0 ORDER BY a.seen DESC, a.key`, since.Unix())
}

// ArticleByKey returns the article with a key as it is stored now, without its text; the zero Article when there is none.
func (s *Store) ArticleByKey(ctx context.Context, key string) (broadsheet.Article, error) {
	var a row
	err := s.rows(ctx, func(r *sql.Rows) error { return r.Scan(a.fields()...) },
		"SELECT "+rowColumns+rowTables+"WHERE a.id = (SELECT article FROM link WHERE hash = ?)", hash(key))
	return a.Article, err
}

// FullArticleByKey returns the article with a key as it is stored now, with its text; the zero Article when there is none.
func (s *Store) FullArticleByKey(ctx context.Context, key string) (broadsheet.Article, error) {
	var a row
	err := s.rows(ctx, func(r *sql.Rows) error { return r.Scan(append(a.fields(), &a.Text)...) },
		articlesWithText+"WHERE a.id = (SELECT article FROM link WHERE hash = ?)", hash(key))
	return a.Article, err
}

// Backup writes a complete and consistent copy to file, which must not exist. Others may be writing meanwhile.
func (s *Store) Backup(ctx context.Context, file string) error {
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("%s: there is a file of that name: name another, or move it away", file)
	}
	return explain(file, copyTo(ctx, s.path, file, "DELETE FROM attempt WHERE deaths = 0; UPDATE attempt SET running = 0")) // nothing is being fetched in the copy
}

// copyTo writes a copy of the database at path under a temporary name next to file, executes the SQL change on it, and
// renames it to file when it is complete.
func copyTo(ctx context.Context, path, file, change string) error {
	db, err := connect(path, 1, commonPragmas) // a connection with query_only may not write to another file either
	if err != nil {
		return explain(path, err)
	}
	defer db.Close()
	part := file + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := newFile(part); err != nil { // SQLite accepts an empty one
		return err
	}
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", part); err != nil {
		os.Remove(part)
		return err
	}
	if err := execIn(ctx, part, change); err != nil {
		os.Remove(part)
		return err
	}
	return os.Rename(part, file)
}

// execIn executes the SQL change on a database file that nobody else has open.
func execIn(ctx context.Context, path, change string) error {
	if change == "" {
		return nil
	}
	db, err := connect(path, 1, commonPragmas)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, change)
	return errors.Join(err, db.Close())
}
