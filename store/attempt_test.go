package store

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/link"
	"broadsheet/internal/schedule"
)

// suspectList are what a run that begins now suspects: kind, name and deaths.
func suspectList(t *testing.T, s *Store) (all []string) {
	t.Helper()
	found, err := s.Suspects(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range found {
		all = append(all, fmt.Sprintf("%s %s %d", x.Kind, x.Name, x.Deaths))
	}
	slices.Sort(all)
	return all
}

func startAttempts(t *testing.T, s *Store, kind AttemptKind, names ...string) {
	t.Helper()
	if err := s.StartAttempts(ctx, kind, names, nil); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestAttempts_WhatEndsThem is told for a run that dies right after it.
func TestAttempts_WhatEndsThem(t *testing.T) {
	key := link.Key("https://blog.example.com/1")
	page, source := "page "+key+" ", "source "+blog.ID()+" "
	failed := func(s *Store) broadsheet.Visit {
		return broadsheet.Visit{At: monday, Failures: 1, Failing: monday, Err: "it answered 503"}
	}
	for _, c := range []struct {
		what string
		do   func(t *testing.T, s *Store)
		want []string // when it was tried the first time
		then []string // and when a run had died of it before
	}{
		{"nothing", func(*testing.T, *Store) {}, []string{page + "1", source + "1"}, []string{page + "2", source + "2"}},
		{"the end of the run", func(t *testing.T, s *Store) {
			must(t, s.EndAttempts(ctx, AttemptPage))
			must(t, s.EndAttempts(ctx, AttemptSource))
		}, nil, []string{page + "1", source + "1"}},
		{"the end of one kind", func(t *testing.T, s *Store) {
			must(t, s.EndAttempts(ctx, AttemptPage))
		}, []string{source + "1"}, []string{page + "1", source + "2"}},
		{"that it was not asked", func(t *testing.T, s *Store) {
			must(t, s.StartAttempts(ctx, AttemptPage, nil, []string{key}))
			must(t, s.StartAttempts(ctx, AttemptSource, nil, []string{blog.ID()}))
		}, nil, []string{page + "1", source + "1"}},
		{"success", func(t *testing.T, s *Store) {
			must(t, s.SetPages(ctx, monday, Reading{Key: key, Page: broadsheet.Page{Text: "It is there."}}))
			record(t, s, monday, blog)
		}, nil, nil},
		{"a page that says that it is not the article", func(t *testing.T, s *Store) {
			must(t, s.SetPages(ctx, monday, Reading{Key: key, Page: broadsheet.Page{Wall: "a login"}}))
		}, []string{source + "1"}, []string{source + "2"}},
		{"failure", func(t *testing.T, s *Store) {
			must(t, s.SetPages(ctx, monday, Reading{Key: key, Err: "it answered 503", Retry: monday.Add(time.Hour)}))
			_, err := s.Record(ctx, monday, Answer{Source: blog, Visit: failed(s)})
			must(t, err)
		}, nil, []string{page + "1", source + "1"}},
		{"failure for good", func(t *testing.T, s *Store) {
			must(t, s.SetPages(ctx, monday, Reading{Key: key, Err: "it answered 410"}))
		}, []string{source + "1"}, []string{source + "2"}},
		{"that its host is left alone", func(t *testing.T, s *Store) {
			_, err := s.Record(ctx, monday, Answer{Source: blog, Visit: visitAt(monday), Held: true})
			must(t, err)
		}, []string{page + "1"}, []string{page + "2", source + "1"}},
		{"a result that is not kept", func(t *testing.T, s *Store) {
			stopped, stop := context.WithCancel(ctx)
			stop()
			if err := s.SetPages(stopped, monday, Reading{Key: key}); err == nil {
				t.Error("it was kept")
			}
		}, []string{page + "1", source + "1"}, []string{page + "2", source + "2"}},
	} {
		for _, died := range []bool{false, true} {
			s := open(t, dbPath(t))
			record(t, s, monday.Add(-day), blog, feedItem("1", "https://blog.example.com/1", "One"))
			wanted := c.want
			if died {
				startAttempts(t, s, AttemptPage, key)
				startAttempts(t, s, AttemptSource, blog.ID())
				suspectList(t, s)
				wanted = c.then
			}
			startAttempts(t, s, AttemptPage, key)
			startAttempts(t, s, AttemptSource, blog.ID())
			c.do(t, s)
			if got := suspectList(t, s); !slices.Equal(got, wanted) {
				t.Errorf("%s, died before %v: %q, want %q", c.what, died, got, wanted)
			}
			if got := suspectList(t, s); !slices.Equal(got, wanted) {
				t.Errorf("%s, died before %v: counted twice: %q", c.what, died, got)
			}
		}
	}
}

// TestWhatWasGivenUpIsSuspectedOnceMore: after its failed visit one more death is enough.
func TestSuspects_AgainAfterGivingUp(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog)
	for _, want := range []string{"1", "2"} {
		startAttempts(t, s, AttemptSource, blog.ID())
		if got := suspectList(t, s); !slices.Equal(got, []string{"source " + blog.ID() + " " + want}) {
			t.Fatalf("%q", got)
		}
	}
	_, err := s.Record(ctx, monday, Answer{Source: blog, Visit: schedule.GivenUp(blog, visitAt(monday), monday, "why")})
	must(t, err)
	startAttempts(t, s, AttemptSource, blog.ID())
	if got := suspectList(t, s); !slices.Equal(got, []string{"source " + blog.ID() + " 2"}) {
		t.Errorf("%q", got)
	}
}

// TestNothingIsBeingReadInABackup: a copy that is made while a run is at work is not the remains of one that died.
func TestBackup_DropsRunningAttempts(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog)
	startAttempts(t, s, AttemptSource, blog.ID())
	one := dbPath(t)
	must(t, s.Backup(ctx, one))
	if got := suspectList(t, open(t, one)); got != nil {
		t.Errorf("%q", got)
	}
	suspectList(t, s)
	startAttempts(t, s, AttemptSource, blog.ID())
	two := dbPath(t)
	must(t, s.Backup(ctx, two))
	if got := suspectList(t, open(t, two)); !slices.Equal(got, []string{"source " + blog.ID() + " 1"}) {
		t.Errorf("%q", got)
	}
}
