package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"broadsheet"
)

// newStoreFile returns the path of a closed database with a few articles and an edition.
func newStoreFile(t *testing.T) string {
	path := dbPath(t)
	s := open(t, path)
	for i := range 40 {
		record(t, s, monday, blog, feedItem(fmt.Sprint(i), fmt.Sprintf("https://blog.example.com/%d", i), fmt.Sprint("Title ", i)))
	}
	publish(t, s, "2026-11-23")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// execSQL runs SQL on a database file without the store.
func execSQL(t *testing.T, path, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(query); err != nil {
		t.Fatal(err)
	}
}

func TestOpen_RefusesForeignFilesUnchanged(t *testing.T) {
	files := []struct {
		name string
		ruin func(t *testing.T, path string)
		says string
	}{
		{"empty", func(t *testing.T, path string) { write(t, path, nil) }, "is empty"},
		{"text", func(t *testing.T, path string) { write(t, path, bytes.Repeat([]byte("sources:\n"), 1000)) }, "not a SQLite database"},
		{"short", func(t *testing.T, path string) { write(t, path, []byte("SQLite format 3\x00")) }, "not a SQLite database"},
		{"another program's", func(t *testing.T, path string) {
			os.Remove(path)
			execSQL(t, path, "CREATE TABLE places(url)")
		}, "another program"},
		{"cut off", func(t *testing.T, path string) {
			if err := os.Truncate(path, 3*4096); err != nil {
				t.Fatal(err)
			}
		}, "damaged"},
		{"its schema overwritten", func(t *testing.T, path string) { overwrite(t, path, 100, 4000) }, "damaged"},
		{"newer", func(t *testing.T, path string) { execSQL(t, path, "PRAGMA user_version = 1000") }, "use a newer broadsheet"},
		{"without a version", func(t *testing.T, path string) { execSQL(t, path, "PRAGMA user_version = 0") }, "another program"},
		{"a folder", func(t *testing.T, path string) {
			os.Remove(path)
			if err := os.Mkdir(path, 0o777); err != nil {
				t.Fatal(err)
			}
		}, "is a directory"},
	}
	for _, f := range files {
		t.Run(f.name, func(t *testing.T) {
			path := newStoreFile(t)
			f.ruin(t, path)
			before, _ := os.ReadFile(path)
			s, err := Open(ctx, path)
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), f.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("says %q, want %q and the file's name", err, f.says)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestArticles_ReportsDamageInTheMiddle(t *testing.T) {
	path := newStoreFile(t)
	overwrite(t, path, 4096, 30*4096)
	s, err := Open(ctx, path)
	if err == nil {
		defer s.Close()
		err = s.EachArticle(ctx, Filter{}, func(broadsheet.Article, []broadsheet.FeedItem, broadsheet.Day) error { return nil })
	}
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "broadsheet backup") {
		t.Errorf("%v", err)
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

func overwrite(t *testing.T, path string, from, n int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(bytes.Repeat([]byte{0xa5}, int(n)), from); err != nil {
		t.Fatal(err)
	}
}

func TestOpen_MissingOrReadOnlyFolder(t *testing.T) {
	if _, err := Open(ctx, filepath.Join(t.TempDir(), "no", "such", "x.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	path := newStoreFile(t)
	os.Chmod(filepath.Dir(path), 0o555)
	defer os.Chmod(filepath.Dir(path), 0o777)
	if _, err := Open(ctx, path); err == nil || !strings.Contains(err.Error(), "let this user write") {
		t.Errorf("read-only folder: %v", err)
	}
}

func TestMigrate_CopiesTheFileFirst(t *testing.T) {
	path := newStoreFile(t)
	s := open(t, path)
	newer := append(append([]string{}, migrations...), "ALTER TABLE source ADD COLUMN motto TEXT NOT NULL DEFAULT 'none'")
	if err := migrate(ctx, s.writer, path, newer); err != nil {
		t.Fatal(err)
	}
	if err := s.rows(ctx, func(r *sql.Rows) error { return r.Scan(new(string)) }, "SELECT motto FROM source"); err != nil {
		t.Error(err)
	}
	s.Close()
	if _, err := Open(ctx, path); err == nil || !strings.Contains(err.Error(), "newer broadsheet") {
		t.Errorf("the older program opened the newer file: %v", err)
	}
	old := open(t, fmt.Sprintf("%s.v%d", path, len(migrations)))
	if n := len(storedByKey(t, old)); n != 40 {
		t.Errorf("the copy holds %d articles", n)
	}
	bad := append(append([]string{}, migrations...), "CREATE TABLE extra(x); CREATE TABLE source(x)")
	if err := migrate(ctx, old.writer, old.path, bad); err == nil || !strings.Contains(err.Error(), "left as it was") {
		t.Errorf("a step that fails: %v", err)
	}
	if err := migrate(ctx, old.writer, old.path, migrations); err != nil {
		t.Errorf("after a step that failed: %v", err)
	}
}

func TestOpen_ConcurrentCreateAndRecord(t *testing.T) {
	for range 10 {
		path := dbPath(t)
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				s, err := Open(ctx, path)
				if err != nil {
					t.Error(err)
					return
				}
				defer s.Close()
				link := fmt.Sprintf("https://blog.example.com/%d", i)
				if _, err := s.Record(ctx, monday, VisitResult{Source: blog, Visit: visitAt(monday), Items: []broadsheet.FeedItem{feedItem(link, link, link)}}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := len(storedByKey(t, open(t, path))); n != 6 {
			t.Errorf("of what 6 stored there is %d", n)
		}
		if left, _ := filepath.Glob(path + "*.new*"); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// While another connection is writing, SQLite refuses to switch a file to a write-ahead log at once and calls no busy
// handler. Here a context that ends shows that Open waits.
func TestOpen_WaitsForAWriterBeforeSwitchingToWAL(t *testing.T) {
	path := newStoreFile(t)
	db, err := connect(path, 1, []string{"journal_mode(DELETE)"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	soon, end := context.WithTimeout(ctx, 20*time.Millisecond)
	defer end()
	if s, err := Open(soon, path); !errors.Is(err, context.DeadlineExceeded) {
		if err == nil {
			s.Close()
		}
		t.Errorf("it did not wait: %v", err)
	}
	opened := make(chan error)
	go func() {
		s, err := Open(ctx, path)
		if err == nil {
			err = s.Close()
		}
		opened <- err
	}()
	if _, err := db.Exec("COMMIT"); err != nil {
		t.Error(err)
	}
	if err := <-opened; err != nil {
		t.Error(err)
	}
}

// A new file has a write-ahead log from the beginning, so that processes that open it at the same time need not switch
// it.
func TestCreate_UsesWALFromTheBeginning(t *testing.T) {
	path := dbPath(t)
	if err := create(ctx, path); err != nil {
		t.Fatal(err)
	}
	head, err := header(path)
	if err != nil || head[18] != 2 || head[19] != 2 {
		t.Errorf("its header: % x, %v", head, err)
	}
	if left, _ := filepath.Glob(path + "*"); len(left) != 1 {
		t.Errorf("beside it there is %q", left)
	}
}

func TestOpen_RemovesUnfinishedFiles(t *testing.T) {
	for _, there := range []bool{false, true} {
		path := dbPath(t)
		if there {
			path = newStoreFile(t)
		}
		left := []string{"1y2p0ij32e8e7.new", "3w5e11264sgsf.new-journal", "k0ij32e8e7yy.new-wal"}
		own := []string{"copy.new", "yesterdayevening.new", "2026-11-29.new", "new", "1y2p0ij32e8e7.old"}
		for _, name := range append(left, own...) {
			write(t, path+"."+name, []byte("x"))
		}
		open(t, path)
		for _, name := range left {
			if _, err := os.Lstat(path + "." + name); err == nil {
				t.Errorf("%s is still there", name)
			}
		}
		for _, name := range own {
			if _, err := os.Lstat(path + "." + name); err != nil {
				t.Errorf("%s, somebody's own, is gone", name)
			}
		}
	}
}

func TestOpen_ConcurrentCreate(t *testing.T) {
	for range 25 {
		path := dbPath(t)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				s, err := Open(ctx, path)
				if err == nil {
					err = s.Close()
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
}

func TestMigrate_ConcurrentlyAppliesEachStepOnce(t *testing.T) {
	path := newStoreFile(t)
	newer := append(append([]string{}, migrations...), "ALTER TABLE source ADD COLUMN motto TEXT", "ALTER TABLE source ADD COLUMN second TEXT")
	opened := []*Store{open(t, path), open(t, path), open(t, path), open(t, path)}
	var all sync.WaitGroup
	for _, s := range opened {
		all.Go(func() {
			if err := migrate(ctx, s.writer, path, newer); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	copied := open(t, fmt.Sprintf("%s.v%d", path, len(migrations))) // it can be opened, so it is the old version
	if n := len(storedByKey(t, copied)); n != 40 {
		t.Errorf("the copy holds %d articles", n)
	}
}

// setUnfiled stores rows in the table unfiled, as an earlier version did.
func setUnfiled(t *testing.T, s *Store, rows ...[]byte) {
	t.Helper()
	if err := s.write(ctx, monday, func(x *tx) error {
		if _, err := x.exec("DELETE FROM meta WHERE key = 'filed'"); err != nil {
			return err
		}
		for _, row := range rows {
			if _, err := x.exec("INSERT INTO unfiled(traces) VALUES(?)", row); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// varints returns numbers in the format of unfiled.traces.
func varints(numbers ...int64) (b []byte) {
	for _, n := range numbers {
		b = binary.AppendVarint(b, n)
	}
	return b
}

func TestMoveUnfiled_SignaturesAreFound(t *testing.T) {
	path := dbPath(t)
	s := open(t, path)
	addSignature(t, s, 1, 5)
	setUnfiled(t, s, varints(5, 2, -1<<32, 2), varints(5, 3, 1<<32, 3, 5, 1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	wantLookup(t, s, 5, 3, 2, 1)
	wantLookup(t, s, -1<<32, 2)
	wantLookup(t, s, 1<<32, 3)
	if n := count(t, s, "SELECT count(*) FROM unfiled"); n > 0 {
		t.Errorf("%d rows are left", n)
	}
	if n := count(t, s, "SELECT count(*) FROM meta WHERE key = 'filed'"); n != 1 {
		t.Error("an earlier version would not look for what is filed")
	}
}

func TestMoveUnfiled_DamagedRow(t *testing.T) {
	for _, damaged := range [][]byte{{0x80}, {2}, {2, 0x80}, slices.Repeat([]byte{0xff}, 20)} {
		path := dbPath(t)
		s := open(t, path)
		setUnfiled(t, s, damaged, varints(5, 2))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if s, err := Open(ctx, path); err == nil {
			s.Close()
			t.Errorf("% x is taken", damaged)
		} else if !strings.Contains(err.Error(), filepath.Base(path)+": the file is damaged") {
			t.Errorf("% x: %v", damaged, err)
		}
	}
}
