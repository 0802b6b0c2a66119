package schedule

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"broadsheet"
)

// TestSortByLastVisit gives a host with 7 sources that answers 3 of them in each run, all at the same time: every source
// gets its share.
func TestSortByLastVisit(t *testing.T) {
	var sources []broadsheet.Source
	for i := range 7 {
		sources = append(sources, broadsheet.Source{Kind: broadsheet.KindFeed, URL: fmt.Sprintf("https://medium.com/feed/%d", i)})
	}
	visits, answered := map[string]broadsheet.Visit{}, map[string]int{}
	for run := range 70 {
		now := time.Date(2026, 11, 24, 0, 17, 0, 0, time.UTC).Add(time.Duration(run) * time.Hour)
		due := slices.Clone(sources)
		SortByLastVisit(due, visits)
		for _, s := range due[:3] {
			visits[s.ID()] = broadsheet.Visit{At: now}
			answered[s.ID()]++
		}
		if run == 0 && due[0].URL != sources[0].URL {
			t.Error("sources that were never visited are not in the order of feeds.yaml")
		}
	}
	failed := sources[3]
	visits = map[string]broadsheet.Visit{}
	for _, s := range sources {
		at := time.Date(2026, 11, 24, 0, 17, 0, 0, time.UTC)
		visits[s.ID()] = broadsheet.Visit{At: at, LastSuccess: at}
	}
	visits[failed.ID()] = broadsheet.Visit{At: visits[failed.ID()].At}
	due := slices.Clone(sources)
	if SortByLastVisit(due, visits); due[0].URL != failed.URL {
		t.Errorf("%s comes first, not the one that failed", due[0].URL)
	}
	for id, n := range answered {
		if n < 27 || n > 33 {
			t.Errorf("%s: %d answers, want about 30", id, n)
		}
	}
}

func TestInterleaveByHost(t *testing.T) {
	got := InterleaveByHost([]string{"a1", "a2", "a3", "b1", "c1", "b2"}, func(s string) string { return s[:1] })
	if want := []string{"a1", "b1", "c1", "a2", "b2", "a3"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
