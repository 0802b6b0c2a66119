package store

import (
	"slices"
	"testing"
	"time"

	"broadsheet/internal/health"
)

// TestStates_RoundTrip stores states and events, and reads them back; what is still the same is not written.
func TestStates_RoundTrip(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog, titleItem("a.example", 1, time.Hour))
	lasting := []health.Lasting{{Source: blog.ID(), State: health.Empty, Since: monday, Told: monday.Add(time.Hour), Text: "why"},
		{Source: blog.ID(), State: health.Moved, Since: monday, Text: "to https://b.example/"}}
	events := []health.Event{{Source: blog.ID(), At: monday, Kind: "empty", Text: "why"}, {Source: blog.ID(), At: monday, Kind: "moved", Printed: true}}
	if err := s.SetStates(ctx, monday, nil, lasting, events); err != nil {
		t.Fatal(err)
	}
	got, err := s.States(ctx)
	if err != nil || len(got) != 2 || got[0] != lasting[0] || got[1] != lasting[1] {
		t.Errorf("%+v, %v", got, err)
	}
	stored, err := s.Events(ctx, monday, 10)
	if err != nil || len(stored) != 2 || stored[1].Kind != "empty" || stored[1].Printed || !stored[0].Printed {
		t.Fatalf("%+v, %v", stored, err)
	}
	if err := s.MarkPrinted(ctx, monday, stored); err != nil {
		t.Fatal(err)
	}
	if stored, err = s.Events(ctx, monday, 10); err != nil || !stored[0].Printed || !stored[1].Printed {
		t.Errorf("%+v, %v", stored, err)
	}
	if err := s.SetStates(ctx, monday, got, got[:1], nil); err != nil {
		t.Fatal(err)
	}
	if got, err = s.States(ctx); err != nil || len(got) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestReissued_ToldOnceAMonth gives known articles new ids at every visit.
func TestReissued_ToldOnceAMonth(t *testing.T) {
	s := open(t, dbPath(t))
	churned := manyItems(5)
	record(t, s, monday, blog, churned...)
	for day := range 40 {
		if day%8 != 0 {
			continue
		}
		for i := range churned {
			churned[i].GUID += "x"
		}
		record(t, s, monday.AddDate(0, 0, 1+day), blog, churned...)
	}
	events, err := s.Events(ctx, monday, 100)
	if err != nil {
		t.Fatal(err)
	}
	var what []string
	for _, e := range slices.Backward(events) {
		what = append(what, e.Kind)
	}
	wantSlice(t, "events", what, []string{"rebound", "rebound"})
}

// TestPostings_OneADay records when a source posted: the dates of its items, and the arrival of those without one that
// came after the first visit.
func TestPostings_OneADay(t *testing.T) {
	s := open(t, dbPath(t))
	undated := titleItem("a.example", 9, 0)
	undated.Published = time.Time{}
	record(t, s, monday, blog, titleItem("a.example", 1, 73*time.Hour), titleItem("a.example", 2, 72*time.Hour), titleItem("a.example", 3, 24*time.Hour), undated)
	later := monday.AddDate(0, 0, 10)
	another, ahead := titleItem("a.example", 10, 0), titleItem("a.example", 11, 0)
	another.Published, ahead.Published = time.Time{}, later.AddDate(70, 0, 0)
	record(t, s, later, blog, another)
	record(t, s, later.AddDate(0, 0, 5), blog, ahead)
	record(t, s, later.AddDate(0, 0, 20), blog, ahead) // known
	stats, err := s.SourceStats(ctx)
	if err != nil {
		t.Fatal(err)
	}
	k := stats[blog.ID()]
	want := []time.Time{titleItem("a.example", 2, 72*time.Hour).Published, titleItem("a.example", 3, 24*time.Hour).Published, later, later.AddDate(0, 0, 5)}
	if len(k.Postings) != len(want) || !k.Arrived.Equal(later.AddDate(0, 0, 5)) {
		t.Fatalf("%v, arrived %v", k.Postings, k.Arrived)
	}
	for i := range want {
		if !k.Postings[i].Equal(want[i]) {
			t.Errorf("posting %d: %v, want %v", i, k.Postings[i], want[i])
		}
	}
}
