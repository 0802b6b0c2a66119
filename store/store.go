// Package store keeps what sources said in one SQLite file, and hands it back.
//
// Facts and bookmarks are written in one transaction: a run may die anywhere, and the next one finds what is left to
// do by asking here. One connection writes, a few read; readers never wait for the writer (WAL).
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

// Store is an open file. Its methods may be called from several goroutines.
type Store struct {
	// Excerpt cuts an article's excerpt out of what was told of it. It is asked when an article is new or its telling
	// changed; nil: excerpts come from pages alone. Set it before the first Record.
	Excerpt func(told []broadsheet.FeedItem) (string, broadsheet.Origin)

	path    string
	readers *sql.DB
	db      *sql.DB // holds writer alone: SQLite has one writer at a time, and waiting here is cheaper than there

	mu          sync.Mutex // of all below: held for the length of a transaction
	writer      *sql.Conn
	prepared    map[string]*sql.Stmt // of writer, by their text
	rules       *storyRules          // of the maintainer; nil: not read yet
	scorer      *scorer              // that judges articles; nil: none yet
	hasRestored bool                 // some articles are known from editions alone
}

// Open opens the file at path, or creates it. An older file is brought up to date after a copy is put beside it. A file
// that is newer, damaged, locked, or not a Broadsheet's is refused with a word on the way out; it is never replaced.
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

// Close ends all work with the file and folds the write-ahead log back into it.
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
		// SQLite folds the log by itself when the last connection closes, but does not say when the disk is full.
		_, err := s.writer.ExecContext(background, "PRAGMA wal_checkpoint(PASSIVE)")
		errs = append(errs, err, s.writer.Close())
	}
	if s.db != nil { // the last connection to close folds the log, so it is the one that may write
		errs = append(errs, s.db.Close())
	}
	return explain(s.path, errors.Join(errs...))
}

// Power loss. With WAL and synchronous=NORMAL a commit is not forced to the disk, a checkpoint is: after power loss the
// file is whole, and stands as it was some commits ago. For facts that is enough: what a visit found and its bookmark
// are lost together, and the source is asked again. For an edition it is not: its readers have seen it. SaveEdition
// therefore commits with synchronous=FULL, which forces the log, and all that was written before it, to the disk.
var (
	commonPragmas = []string{fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()), "foreign_keys(1)", "temp_store(MEMORY)"}
	writerPragmas = append([]string{"synchronous(NORMAL)", "journal_size_limit(16777216)",
		"wal_autocheckpoint(4000)", "cache_size(-4096)"}, commonPragmas...)
	readerPragmas = append([]string{"query_only(1)", "cache_size(-1024)"}, commonPragmas...)
)

// connect opens a pool of at most n connections, each with the given pragmas.
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

// busyTimeout is how long whoever wants a locked file waits for it.
const busyTimeout = 10 * time.Second

// useWAL switches the file to a write-ahead log, if it has none: a new file has one, a restored backup has not. Where another
// connection is writing, SQLite refuses the switch at once, without calling the busy handler, because two that wait for each
// other would wait for ever. So the switch is tried again, holding nothing meanwhile.
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

// tx is one transaction of the writer, at one time of the store's clock.
type tx struct {
	s   *Store
	now time.Time
}

// write runs do in one transaction: all of it is kept, or none. A context that ends rolls it back.
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

// background is the context of statements within a transaction: for one that can end, the driver would start a
// goroutine for each statement to watch it. do looks at its context between steps, and write before the commit.
var background = context.Background()

// stmt is the prepared statement of a query, made once a store.
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

// row reads one row into dest and tells whether there was one.
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

func forEachRow(rows *sql.Rows, scan func(*sql.Rows) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// collect makes a scan for rows that reads each row into the fields of one more element of all.
func collect[T any](all *[]T, fields func(*T) []any) func(*sql.Rows) error {
	return func(r *sql.Rows) error {
		var one T
		err := r.Scan(fields(&one)...)
		*all = append(*all, one)
		return err
	}
}
