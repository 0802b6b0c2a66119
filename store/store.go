// Package store stores what sources reported, and what was made of it, in one SQLite file.
//
// What a visit reported and the visit itself (its ETag, when to come again) are written in one transaction: a run may
// die anywhere, and the next one finds here what is left to do. One connection writes, a few read; readers never wait
// for the writer (WAL).
//
// Record stores the feed items of a visit. An item with its keys (item.go) is matched to a known article by GUID, link
// or title (lookup.go, reissue.go), which it may change (update.go), or becomes a new one (record.go). Articles about
// the same work form a story (story.go, merge.go, storyrules.go). The rules score each article (score.go), pages
// complete it (page.go), and an edition is composed of the candidates (candidates.go) and saved (edition.go).
// schema.sql documents the tables.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver, pure Go

	"broadsheet"
)

// Store is an open database. Its methods may be called concurrently.
type Store struct {
	// Excerpt returns an article's excerpt, computed from feed items about it. It is called when an article is new or an
	// item about it changed; nil: excerpts come only from pages. Set it before the first Record.
	Excerpt func(items []broadsheet.FeedItem) (string, broadsheet.Origin)

	path    string
	readers *sql.DB
	db      *sql.DB // only writer: SQLite permits one writer, and to wait for mu is cheaper than for SQLite's lock

	mu          sync.Mutex // guards all fields below; held for the length of a transaction
	writer      *sql.Conn
	prepared    map[string]*sql.Stmt // statements of writer, by query
	rules       *storyRules          // the maintainer's join and split rules; nil: not read yet
	scorer      *scorer              // nil: SetRules was not called yet
	hasRestored bool                 // some articles were restored from editions
}

// Open opens the database at path, or creates it. An older version is migrated after a copy is made next to it. For a
// file that is newer, damaged, locked, or not a Broadsheet database, the error says what to do; the file is never
// replaced.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := create(ctx, path); err != nil {
		return nil, explain(path, err)
	}
	s := &Store{path: path, prepared: map[string]*sql.Stmt{}}
	if err := s.open(ctx); err != nil {
		s.Close()
		return nil, explain(path, err)
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) (err error) {
	if s.db, err = connect(s.path, 1, writerPragmas); err != nil {
		return err
	}
	if s.readers, err = connect(s.path, 4, readerPragmas); err != nil {
		return err
	}
	if s.writer, err = s.db.Conn(ctx); err != nil {
		return err
	}
	if err := useWAL(ctx, s.writer); err != nil {
		return err
	}
	if err := migrate(ctx, s.writer, s.path, migrations); err != nil {
		return err
	}
	if err := s.moveUnfiled(ctx); err != nil {
		return err
	}
	restored, err := (&tx{s: s}).meta("restored")
	s.hasRestored = restored != ""
	return err
}

// Close closes the database and checkpoints the write-ahead log into it.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, p := range s.prepared {
		errs = append(errs, p.Close())
	}
	s.prepared = nil
	if s.readers != nil {
		errs = append(errs, s.readers.Close())
	}
	if s.writer != nil {
		// SQLite checkpoints by itself when the last connection closes, but does not report when the disk is full.
		_, err := s.writer.ExecContext(background, "PRAGMA wal_checkpoint(PASSIVE)")
		errs = append(errs, err, s.writer.Close())
	}
	if s.db != nil { // the last connection to close checkpoints the log, so it has to be the one that may write
		errs = append(errs, s.db.Close())
	}
	return explain(s.path, errors.Join(errs...))
}

// Durability. With WAL and synchronous=NORMAL a commit is not forced to the disk, but a checkpoint is: after a power
// loss the file is consistent, but may lack the last commits. For visits that is enough: the items and the visit itself
// are lost together, and the source is requested again. For an edition it is not: readers have seen it. SaveEdition
// therefore commits with synchronous=FULL, which forces the log, with everything that was written before, to the disk.
var (
	commonPragmas = []string{fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()), "foreign_keys(1)", "temp_store(MEMORY)"}
	writerPragmas = append([]string{"synchronous(NORMAL)", "journal_size_limit(16777216)",
		"wal_autocheckpoint(4000)", "cache_size(-8192)"}, commonPragmas...)
	readerPragmas = append([]string{"query_only(1)", "cache_size(-1024)"}, commonPragmas...)
)

// connect returns a pool of at most n connections to the database at path, each with the given pragmas.
func connect(path string, n int, pragmas []string) (*sql.DB, error) {
	q := url.Values{"_pragma": pragmas, "mode": {"rw"}}
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

// busyTimeout is how long a connection waits for a locked file.
const busyTimeout = 10 * time.Second

// useWAL switches the file to a write-ahead log, if it has none: a new file has one, a restored backup does not. While
// another connection is writing, SQLite refuses the switch at once, without calling the busy handler, because two
// connections that wait for each other would deadlock. So the switch is retried, without holding a lock meanwhile.
func useWAL(ctx context.Context, conn *sql.Conn) error {
	waited := time.Duration(0)
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		_, err := conn.ExecContext(ctx, "PRAGMA journal_mode(WAL)")
		if !isBusy(err) || waited >= busyTimeout {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
			waited += wait
		}
	}
}

// tx is a write transaction. now is the time that it records.
type tx struct {
	s   *Store
	now time.Time
}

// write runs do in one transaction, which is rolled back if do fails or ctx ends.
func (s *Store) write(ctx context.Context, now time.Time, do func(t *tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	t := &tx{s: s, now: now.UTC()}
	if _, err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return explain(s.path, err)
	}
	err := do(t)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		_, err = t.exec("COMMIT")
	}
	if err != nil {
		t.exec("ROLLBACK")
	}
	return explain(s.path, err)
}

// background is the context of statements within a transaction: for a context that can end, the driver would start a
// goroutine per statement to watch it. Instead, do checks its context between steps, and write checks it before the
// commit.
var background = context.Background()

// stmt returns the prepared statement of a query. It is prepared once per store.
func (t *tx) stmt(query string) (*sql.Stmt, error) {
	if p := t.s.prepared[query]; p != nil {
		return p, nil
	}
	if t.s.prepared == nil {
		return nil, errors.New("the store is closed")
	}
	p, err := t.s.writer.PrepareContext(background, query)
	if err != nil {
		return nil, fmt.Errorf("%w in %s", err, query)
	}
	t.s.prepared[query] = p
	return p, nil
}

func (t *tx) exec(query string, args ...any) (sql.Result, error) {
	p, err := t.stmt(query)
	if err != nil {
		return nil, err
	}
	return p.ExecContext(background, args...)
}

// row scans the first row of a query into dest and reports whether there was one.
func (t *tx) row(dest []any, query string, args ...any) (bool, error) {
	p, err := t.stmt(query)
	if err != nil {
		return false, err
	}
	err = p.QueryRowContext(background, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// rows calls scan for each row of a query.
func (t *tx) rows(scan func(*sql.Rows) error, query string, args ...any) error {
	p, err := t.stmt(query)
	if err != nil {
		return err
	}
	rows, err := p.QueryContext(background, args...)
	if err != nil {
		return err
	}
	return forEachRow(rows, scan)
}

// ids returns the ids that a query selects.
func (t *tx) ids(query string, args ...any) (ids []int64, err error) {
	err = t.rows(collect(&ids, func(id *int64) []any { return []any{id} }), query, args...)
	return ids, err
}

// rows calls scan for each row of a query, on a reading connection.
func (s *Store) rows(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := s.readers.QueryContext(ctx, query, args...)
	if err == nil {
		err = forEachRow(rows, scan)
	}
	return explain(s.path, err)
}

// forEachRow calls scan for each row, and closes rows.
func forEachRow(rows *sql.Rows, scan func(*sql.Rows) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// collect returns a scan function for rows that appends an element to all for each row, scanned into its fields.
func collect[T any](all *[]T, fields func(*T) []any) func(*sql.Rows) error {
	return func(r *sql.Rows) error {
		var one T
		err := r.Scan(fields(&one)...)
		*all = append(*all, one)
		return err
	}
}

// RepairFuture sets times after now, which were recorded under a clock that was ahead, back to now. Published editions
// are left as they are. It may only be called when now is known to be right: under a clock that is behind, everything
// that was recorded under a right one would look like the future.
func (s *Store) RepairFuture(ctx context.Context, now time.Time) error {
	return s.write(ctx, now, func(t *tx) error {
		for _, query := range []string{
			"UPDATE article SET dated = 0 WHERE seen > ?1 AND shown IS NULL AND published > ?1 + 86400",
			`UPDATE article SET updated = iif(updated = published, min(updated, ?1), updated), published = min(published, ?1), page_next = NULL
				WHERE seen > ?1 AND shown IS NULL`,
			"UPDATE article SET seen = ?1 WHERE seen > ?1",
			"UPDATE article SET wanted_at = ?1 WHERE wanted_at > ?1",
			"UPDATE article SET updated = ?1 WHERE updated > ?1",
			"UPDATE article SET page_next = NULL WHERE page_next > ?1 + 40 * 86400", // longer than any page is postponed
			"UPDATE sighting SET first = min(first, ?1), last = ?1 WHERE last > ?1",
			"UPDATE source SET first = min(first, ?1), added = min(added, ?1), newest = min(newest, ?1) WHERE first > ?1 OR added > ?1 OR newest > ?1",
			`UPDATE visit SET at = ?1, next = min(next, ?1), success = min(success, ?1), validated = min(validated, ?1), failing = min(failing, ?1),
				moved_since = min(moved_since, ?1) WHERE at > ?1 OR success > ?1 OR validated > ?1 OR failing > ?1 OR moved_since > ?1`,
			"UPDATE event SET at = ?1 WHERE at > ?1",
		} {
			if _, err := t.exec(query, now.Unix()); err != nil {
				return err
			}
		}
		return nil
	})
}
