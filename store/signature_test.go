package store

import (
	"errors"
	"slices"
	"testing"
)

// addSignature adds an article to the index of signatures.
func addSignature(t *testing.T, s *Store, article int64, keys ...int64) {
	t.Helper()
	if err := s.write(ctx, monday, func(x *tx) error { return x.addSignature(article, keys) }); err != nil {
		t.Fatal(err)
	}
}

// wantLookup checks the articles that a key yields.
func wantLookup(t *testing.T, s *Store, key int64, want ...int64) {
	t.Helper()
	if err := s.write(ctx, monday, func(x *tx) error {
		found, err := x.lookup(key)
		if !slices.Equal(found, want) {
			t.Errorf("%d yields %v, not %v", key, found, want)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestLookup_NewestArticlesOfAKey(t *testing.T) {
	path := dbPath(t)
	s := open(t, path)
	for i := range int64(10) {
		addSignature(t, s, (i*7)%10+1, 5, -5, 100+i) // in no order
	}
	addSignature(t, s, 10, 5)                          // again
	if err := s.write(ctx, monday, func(x *tx) error { // what was rolled back is not found
		return errors.Join(x.addSignature(11, []int64{5}), errors.New("the disk is full"))
	}); err == nil {
		t.Fatal("kept")
	}
	for range 2 {
		wantLookup(t, s, 5, 10, 9, 8, 7, 6, 5, 4, 3)
		wantLookup(t, s, -5, 10, 9, 8, 7, 6, 5, 4, 3)
		wantLookup(t, s, 103, 2)
		wantLookup(t, s, 99)
		if err := s.Close(); err != nil { // the next run
			t.Fatal(err)
		}
		s = open(t, path)
	}
}
