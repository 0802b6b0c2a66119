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

// suspectList returns the suspects of a run that begins now, as kind, name and crashes.
func suspectList(t *testing.T, s *Store) (all []string) {
	t.Helper()
	found, err := s.Suspects(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range found {
		all = append(all, fmt.Sprintf("%s %s %d", x.Kind, x.Name, x.Crashes))
	}
	slices.Sort(all)
	return all
}

// startAttempts records that names are about to be fetched.
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

// TestAttempts_WhatEndsThem checks the suspects of a run that starts after another one crashed right after each event.
func TestAttempts_WhatEndsThem(t *testing.T) {
	key := link.Key("https://blog.example.com/1")
	page, source := "page "+key+" ", "source "+blog.ID()+" "
	failed := func(s *Store) broadsheet.Visit {
		return broadsheet.Visit{At: monday, Failures: 1, FailingSince: monday, Err: "it answered 503"}
	}
	for _, c := range []struct {
		what string
		do   func(t *testing.T, s *Store)
		want []string // suspects after the first crash
		then []string // suspects when an earlier run had crashed as well
	}{
		{"nothing", func(*testing.T, *Store) {}, []string{page + "1", source + "1"}, []string{page + "2", source + "2"}},
		{"the run ended", func(t *testing.T, s *Store) {
			must(t, s.EndAttempts(ctx, AttemptPage))
			must(t, s.EndAttempts(ctx, AttemptSource))
		}, nil, []string{page + "1", source + "1"}},
		{"one kind ended", func(t *testing.T, s *Store) {
			must(t, s.EndAttempts(ctx, AttemptPage))
		}, []string{source + "1"}, []string{page + "1", source + "2"}},
		{"it was not requested", func(t *testing.T, s *Store) {
			must(t, s.StartAttempts(ctx, AttemptPage, nil, []string{key}))
			must(t, s.StartAttempts(ctx, AttemptSource, nil, []string{blog.ID()}))
		}, nil, []string{page + "1", source + "1"}},
		{"success", func(t *testing.T, s *Store) {
			must(t, s.SetPages(ctx, monday, PageResult{Key: key, Page: broadsheet.Page{Text: "It is there."}}))
			record(t, s, monday, blog)
		}, nil, nil},
		{"a block page", func(t *testing.T, s *Store) {
			must(t, s.SetPages(ctx, monday, PageResult{Key: key, Page: broadsheet.Page{BlockPage: "a login"}}))
		}, []string{source + "1"}, []string{source + "2"}},
		{"failure", func(t *testing.T, s *Store) {
			must(t, s.SetPages(ctx, monday, PageResult{Key: key, Err: "it answered 503", RetryAt: monday.Add(time.Hour)}))
			_, err := s.Record(ctx, monday, VisitResult{Source: blog, Visit: failed(s)})
			must(t, err)
		}, nil, []string{page + "1", source + "1"}},
		{"permanent failure", func(t *testing.T, s *Store) {
			must(t, s.SetPages(ctx, monday, PageResult{Key: key, Err: "it answered 410"}))
		}, []string{source + "1"}, []string{source + "2"}},
		{"its host is rate limited", func(t *testing.T, s *Store) {
			_, err := s.Record(ctx, monday, VisitResult{Source: blog, Visit: visitAt(monday), RateLimited: true})
			must(t, err)
		}, []string{page + "1"}, []string{page + "2", source + "1"}},
		{"a result that was not stored", func(t *testing.T, s *Store) {
			stopped, stop := context.WithCancel(ctx)
			stop()
			if err := s.SetPages(stopped, monday, PageResult{Key: key}); err == nil {
				t.Error("it was stored")
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
				t.Errorf("%s, crashed before %v: %q, want %q", c.what, died, got, wanted)
			}
			if got := suspectList(t, s); !slices.Equal(got, wanted) {
				t.Errorf("%s, crashed before %v: counted twice: %q", c.what, died, got)
			}
		}
	}
}

// TestSuspects_AgainAfterGivingUp: after the failed visit of a source that was given up, one more crash is enough to
// give it up again.
func TestSuspects_AgainAfterGivingUp(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog)
	for _, want := range []string{"1", "2"} {
		startAttempts(t, s, AttemptSource, blog.ID())
		if got := suspectList(t, s); !slices.Equal(got, []string{"source " + blog.ID() + " " + want}) {
			t.Fatalf("%q", got)
		}
	}
	_, err := s.Record(ctx, monday, VisitResult{Source: blog, Visit: schedule.VisitAfterCrash(blog, visitAt(monday), monday, "why")})
	must(t, err)
	startAttempts(t, s, AttemptSource, blog.ID())
	if got := suspectList(t, s); !slices.Equal(got, []string{"source " + blog.ID() + " 2"}) {
		t.Errorf("%q", got)
	}
}

// TestBackup_DropsRunningAttempts: a copy that is made during a run must not look like one that a crashed run left
// behind.
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
