package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"broadsheet"
)

func TestRecord_CrashKeepsItemsAndVisitOrNeither(t *testing.T) {
	path := dbPath(t)
	s := open(t, path)
	record(t, s, monday, blog, feedItem("1", "https://blog.example.com/a", "Ants"))
	now := monday.Add(day)
	// A crash within the transaction: the next run finds what is on the disk at that moment.
	var died string
	err := s.write(ctx, now, func(tx *tx) error {
		_, err := tx.recordVisit(ctx, VisitResult{Source: blog, Visit: visitAt(now), Items: manyItems(3000)})
		died = copyFiles(t, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	dead := open(t, died)
	if n := len(storedByKey(t, dead)); n != 1 {
		t.Errorf("%d articles of a transaction that never ended", n)
	}
	if v, _ := dead.Visits(ctx); !v[blog.ID()].At.Equal(monday) {
		t.Errorf("its visit: %+v", v)
	}
	if out := record(t, dead, now, blog, manyItems(3000)...); out.New != 3000 {
		t.Errorf("the next run: %+v", out)
	}
	// A crash right after it: items and visit are there, although nothing was closed.
	done := open(t, copyFiles(t, path))
	if n := len(storedByKey(t, done)); n != 3001 {
		t.Errorf("%d articles after the commit", n)
	}
	if v, _ := done.Visits(ctx); !v[blog.ID()].At.Equal(now) {
		t.Errorf("its visit: %+v", v)
	}
}

// copyFiles returns the path of a copy of a database's files as they are on the disk now.
func copyFiles(t *testing.T, path string) string {
	t.Helper()
	to := dbPath(t)
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

func TestRecord_CancelledContextRollsBack(t *testing.T) {
	s := open(t, dbPath(t))
	for _, last := range []string{"m7", "m19"} {
		ending, end := context.WithCancel(ctx)
		s.Excerpt = func(items []broadsheet.FeedItem) (string, broadsheet.Origin) {
			if items[0].GUID == last {
				end()
			}
			return "", ""
		}
		if _, err := s.Record(ending, monday, VisitResult{Source: blog, Visit: visitAt(monday), Items: manyItems(20)}); !errors.Is(err, context.Canceled) {
			t.Errorf("ended at %s: %v", last, err)
		}
		if n := len(storedByKey(t, s)); n != 0 {
			t.Errorf("ended at %s: %d articles kept", last, n)
		}
	}
	if out := record(t, s, monday, blog, manyItems(20)...); out.New != 20 {
		t.Errorf("and then: %+v", out)
	}
}

func TestBackup_ConsistentDuringAWrite(t *testing.T) {
	path := dbPath(t)
	s := open(t, path)
	record(t, s, monday, blog, manyItems(10)...)
	to := dbPath(t)
	if err := s.write(ctx, monday, func(tx *tx) error { // a run is in the middle of something
		if _, err := tx.recordVisit(ctx, VisitResult{Source: blog, Visit: visitAt(monday), Items: manyItems(100)}); err != nil {
			return err
		}
		return s.Backup(ctx, to)
	}); err != nil {
		t.Fatal(err)
	}
	if n := len(storedByKey(t, open(t, to))); n != 10 {
		t.Errorf("the copy holds %d articles", n)
	}
	if err := s.Backup(ctx, to); err == nil {
		t.Error("a backup overwrote a file")
	}
}

func TestReaders_DoNotWaitForTheWriter(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog, manyItems(10)...)
	scoreAll(t, s)
	err := s.write(ctx, monday.Add(day), func(tx *tx) error {
		if _, err := tx.recordVisit(ctx, VisitResult{Source: blog, Visit: visitAt(monday), Items: manyItems(100)}); err != nil {
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

func TestRecord_ConcurrentWriters(t *testing.T) {
	path := dbPath(t)
	one, two := open(t, path), open(t, path)
	var wait sync.WaitGroup
	for i := range 20 {
		s := []*Store{one, two}[i%2]
		wait.Go(func() {
			now := monday.Add(time.Duration(i) * time.Minute)
			_, err := s.Record(ctx, now, VisitResult{Source: blog, Visit: visitAt(now), Items: []broadsheet.FeedItem{feedItem(fmt.Sprint(i), fmt.Sprintf("https://blog.example.com/%d", i), "Title")}})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := len(storedByKey(t, one)); n != 20 {
		t.Errorf("%d articles", n)
	}
}
