package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"broadsheet"
)

// full makes a store with a few articles and an edition, closed.
func full(t *testing.T) string {
	path := at(t)
	s := open(t, path)
	for i := range 40 {
		record(t, s, monday, blog, tell(fmt.Sprint(i), fmt.Sprintf("https://blog.example.com/%d", i), fmt.Sprint("Title ", i)))
	}
	publish(t, s, "2026-11-23")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// edit runs SQL on a file behind the store's back.
func edit(t *testing.T, path, query string) {
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

func TestAFileThatIsNoStoreIsRefusedAndLeftAsItIs(t *testing.T) {
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
			edit(t, path, "CREATE TABLE places(url)")
		}, "another program"},
		{"cut off", func(t *testing.T, path string) {
			if err := os.Truncate(path, 3*4096); err != nil {
				t.Fatal(err)
			}
		}, "damaged"},
		{"its schema overwritten", func(t *testing.T, path string) { overwrite(t, path, 100, 4000) }, "damaged"},
		{"newer", func(t *testing.T, path string) { edit(t, path, "PRAGMA user_version = 1000") }, "use a newer broadsheet"},
		{"without a version", func(t *testing.T, path string) { edit(t, path, "PRAGMA user_version = 0") }, "another program"},
		{"a folder", func(t *testing.T, path string) {
			os.Remove(path)
			if err := os.Mkdir(path, 0o777); err != nil {
				t.Fatal(err)
			}
		}, "is a directory"},
	}
	for _, f := range files {
		t.Run(f.name, func(t *testing.T) {
			path := full(t)
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

func TestDamageInTheMiddleIsNamedWhenItIsMet(t *testing.T) {
	path := full(t)
	overwrite(t, path, 4096, 30*4096)
	s, err := Open(ctx, path)
	if err == nil {
		defer s.Close()
		err = s.Articles(ctx, Filter{}, func(broadsheet.Article, []broadsheet.FeedItem, broadsheet.Day) error { return nil })
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

func TestAFolderThatIsNotThereOrNotWritableIsSaid(t *testing.T) {
	if _, err := Open(ctx, filepath.Join(t.TempDir(), "no", "such", "x.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	path := full(t)
	os.Chmod(filepath.Dir(path), 0o555)
	defer os.Chmod(filepath.Dir(path), 0o777)
	if _, err := Open(ctx, path); err == nil || !strings.Contains(err.Error(), "let this user write") {
		t.Errorf("read-only folder: %v", err)
	}
}

func TestAnOlderFileIsBroughtUpToDateAfterACopy(t *testing.T) {
	path := full(t)
	s := open(t, path)
	newer := append(append([]string{}, steps...), "ALTER TABLE source ADD COLUMN motto TEXT NOT NULL DEFAULT 'none'")
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
	old := open(t, fmt.Sprintf("%s.v%d", path, len(steps)))
	if n := len(stored(t, old)); n != 40 {
		t.Errorf("the copy holds %d articles", n)
	}
	bad := append(append([]string{}, steps...), "CREATE TABLE extra(x); CREATE TABLE source(x)")
	if err := migrate(ctx, old.writer, old.path, bad); err == nil || !strings.Contains(err.Error(), "left as it was") {
		t.Errorf("a step that fails: %v", err)
	}
	if err := migrate(ctx, old.writer, old.path, steps); err != nil {
		t.Errorf("after a step that failed: %v", err)
	}
}

func TestSeveralThatOpenAFileAtOnceHaveOne(t *testing.T) {
	for range 10 {
		path := at(t)
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
				if _, err := s.Record(ctx, monday, Answer{Source: blog, Visit: visited(monday), Told: []broadsheet.FeedItem{tell(link, link, link)}}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := len(stored(t, open(t, path))); n != 6 {
			t.Errorf("of what 6 stored there is %d", n)
		}
		if left, _ := filepath.Glob(path + "*.new*"); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// SQLite refuses to switch a file to a write-ahead log at once when another connection is writing to it, and calls no busy
// handler. A context that ends is what shows here that Open waits.
func TestOpenWaitsWhileAFileWithoutLogIsWritten(t *testing.T) {
	path := full(t)
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

// A new file has its log from the beginning: whoever opens it next to others has nothing to switch.
func TestANewFileHasALog(t *testing.T) {
	path := at(t)
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

func TestWhatAKillLeftOfMakingAFileIsRemoved(t *testing.T) {
	for _, there := range []bool{false, true} {
		path := at(t)
		if there {
			path = full(t)
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

func TestManyThatOpenANewFileAtOnceHaveIt(t *testing.T) {
	for range 25 {
		path := at(t)
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

func TestSeveralThatBringAFileUpToDateTakeEachStepOnce(t *testing.T) {
	path := full(t)
	newer := append(append([]string{}, steps...), "ALTER TABLE source ADD COLUMN motto TEXT", "ALTER TABLE source ADD COLUMN second TEXT")
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
	copied := open(t, fmt.Sprintf("%s.v%d", path, len(steps))) // it can be opened: it is the old one
	if n := len(stored(t, copied)); n != 40 {
		t.Errorf("the copy holds %d articles", n)
	}
}

func TestARunThatDiesLeavesFactsAndVisitOrNeither(t *testing.T) {
	path := at(t)
	s := open(t, path)
	record(t, s, monday, blog, tell("1", "https://blog.example.com/a", "Ants"))
	now := monday.Add(day)
	// Dies within the transaction: what is on the disk at that moment is what the next run finds.
	var died string
	err := s.write(ctx, now, func(tx *tx) error {
		_, err := tx.answer(ctx, Answer{Source: blog, Visit: visited(now), Told: many(3000)})
		died = copied(t, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	dead := open(t, died)
	if n := len(stored(t, dead)); n != 1 {
		t.Errorf("%d articles of a transaction that never ended", n)
	}
	if v, _ := dead.Visits(ctx); !v[blog.ID()].At.Equal(monday) {
		t.Errorf("its visit: %+v", v)
	}
	if out := record(t, dead, now, blog, many(3000)...); out.Fresh != 3000 {
		t.Errorf("the next run: %+v", out)
	}
	// Dies right after: both are there, although nothing was closed.
	done := open(t, copied(t, path))
	if n := len(stored(t, done)); n != 3001 {
		t.Errorf("%d articles after the commit", n)
	}
	if v, _ := done.Visits(ctx); !v[blog.ID()].At.Equal(now) {
		t.Errorf("its visit: %+v", v)
	}
}

func many(n int) []broadsheet.FeedItem {
	told := make([]broadsheet.FeedItem, n)
	for i := range told {
		told[i] = tell(fmt.Sprint("m", i), fmt.Sprintf("https://blog.example.com/m/%d", i), fmt.Sprint("One of many, the one with the number ", i))
	}
	return told
}

// copied is a copy of a store's files as they are on the disk now.
func copied(t *testing.T, path string) string {
	t.Helper()
	to := at(t)
	for _, end := range []string{"", "-wal"} {
		data, err := os.ReadFile(path + end)
		if err != nil && end == "" {
			t.Fatal(err)
		}
		if err == nil {
			write(t, to+end, data)
		}
	}
	return to
}

func TestARunThatIsEndedKeepsNothingOfTheTransaction(t *testing.T) {
	s := open(t, at(t))
	for _, last := range []string{"m7", "m19"} {
		ending, end := context.WithCancel(ctx)
		s.Excerpt = func(told []broadsheet.FeedItem) (string, broadsheet.Origin) {
			if told[0].GUID == last {
				end()
			}
			return "", ""
		}
		if _, err := s.Record(ending, monday, Answer{Source: blog, Visit: visited(monday), Told: many(20)}); !errors.Is(err, context.Canceled) {
			t.Errorf("ended at %s: %v", last, err)
		}
		if n := len(stored(t, s)); n != 0 {
			t.Errorf("ended at %s: %d articles kept", last, n)
		}
	}
	if out := record(t, s, monday, blog, many(20)...); out.Fresh != 20 {
		t.Errorf("and then: %+v", out)
	}
}

// Power is lost after an edition was saved: the file alone, without the log, is the worst that can be left of it.
func TestAnEditionSurvivesTheLossOfTheLog(t *testing.T) {
	path := at(t)
	s := open(t, path)
	record(t, s, monday, blog, many(5)...)
	publish(t, s, "2026-11-23")
	to := copied(t, path)
	os.Remove(to + "-wal")
	after := open(t, to)
	if e, err := after.Edition(ctx, "2026-11-23"); err != nil || len(e.Picks) != 5 {
		t.Errorf("%v, %v", e, err)
	}
	if left := backlog(t, after); len(left) != 0 {
		t.Errorf("shown, and waits: %v", left)
	}
}

func TestABackupIsWholeWhileTheStoreIsWritten(t *testing.T) {
	path := at(t)
	s := open(t, path)
	record(t, s, monday, blog, many(10)...)
	to := at(t)
	if err := s.write(ctx, monday, func(tx *tx) error { // a run is in the middle of something
		if _, err := tx.answer(ctx, Answer{Source: blog, Visit: visited(monday), Told: many(100)}); err != nil {
			return err
		}
		return s.Backup(ctx, to)
	}); err != nil {
		t.Fatal(err)
	}
	if n := len(stored(t, open(t, to))); n != 10 {
		t.Errorf("the copy holds %d articles", n)
	}
	if err := s.Backup(ctx, to); err == nil {
		t.Error("a backup overwrote a file")
	}
}

func TestReadersDoNotWaitForTheWriter(t *testing.T) {
	s := open(t, at(t))
	record(t, s, monday, blog, many(10)...)
	judged(t, s)
	err := s.write(ctx, monday.Add(day), func(tx *tx) error {
		if _, err := tx.answer(ctx, Answer{Source: blog, Visit: visited(monday), Told: many(100)}); err != nil {
			return err
		}
		var wait sync.WaitGroup
		errs := make(chan error, 50)
		for range 50 {
			wait.Go(func() {
				fresh, err := s.Fresh(ctx, monday.Add(-day), monday.Add(-day), 100)
				if err == nil && len(fresh) != 10 {
					err = fmt.Errorf("a reader saw %d articles", len(fresh))
				}
				errs <- err
			})
		}
		wait.Wait()
		close(errs)
		for err := range errs {
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWritersTakeTurns(t *testing.T) {
	path := at(t)
	one, two := open(t, path), open(t, path)
	var wait sync.WaitGroup
	for i := range 20 {
		s := []*Store{one, two}[i%2]
		wait.Go(func() {
			now := monday.Add(time.Duration(i) * time.Minute)
			_, err := s.Record(ctx, now, Answer{Source: blog, Visit: visited(now), Told: []broadsheet.FeedItem{tell(fmt.Sprint(i), fmt.Sprintf("https://blog.example.com/%d", i), "Title")}})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := len(stored(t, one)); n != 20 {
		t.Errorf("%d articles", n)
	}
}

func TestAVisitComesBackAsItWas(t *testing.T) {
	s := open(t, at(t))
	v := broadsheet.Visit{At: monday, Success: monday.Add(-day), Next: monday.Add(day), Reason: "429, Retry-After 1 h", Status: 429,
		ETag: `W/"x"`, LastModified: "Mon", Validated: monday.Add(-day), BodyHash: "abc", Hints: broadsheet.Hints{TTL: time.Hour, SkipHours: []int{1}},
		Failures: 2, Failing: monday.Add(-time.Hour), Err: "too many", Moved: "https://x.example/", MovedSince: monday, Gone: true, Salvaged: true, Refused: 3, Unlinked: 2, UnlinkedHost: "localhost:4000",
		Title: "Blog", HomePage: "https://blog.example.com/"}
	if _, err := s.Record(ctx, monday, Answer{Source: blog, Visit: v}); err != nil {
		t.Fatal(err)
	}
	visits, err := s.Visits(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprintf("%+v", visits[blog.ID()]), fmt.Sprintf("%+v", v); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if empty := missing(v); empty != "" {
		t.Errorf("the test forgot Visit.%s", empty)
	}
}

// missing names a field of a struct that is zero.
func missing(v any) string {
	value := reflect.ValueOf(v)
	for i := range value.NumField() {
		if value.Field(i).IsZero() {
			return value.Type().Field(i).Name
		}
	}
	return ""
}
