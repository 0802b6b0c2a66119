package store

import (
	"context"
	"slices"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/health"
)

// TestSilences_HoweverManyOtherEvents: that a source went stale is found behind any number of other events.
func TestSilences_HoweverManyOtherEvents(t *testing.T) {
	ctx, at := context.Background(), time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	s, err := Open(ctx, t.TempDir()+"/broadsheet.db")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sources := []broadsheet.Source{{Kind: broadsheet.KindFeed, URL: "https://quiet.example/feed"}, {Kind: broadsheet.KindFeed, URL: "https://loud.example/feed"}}
	if err := s.SetSources(ctx, at, sources); err != nil {
		t.Fatal(err)
	}
	tell := func(source int, what string) {
		t.Helper()
		at = at.Add(time.Hour)
		if err := s.AddEvent(ctx, health.Event{Source: sources[source].ID(), At: at, Kind: what}); err != nil {
			t.Fatal(err)
		}
	}
	tell(1, "stale")
	tell(0, "stale")
	for range 600 {
		tell(1, "moved")
	}
	tell(1, "recovered")
	got, err := s.StalenessEvents(ctx)
	if err != nil || len(got) != 2 || got[0].Source != sources[1].ID() || got[0].Kind != "recovered" || got[1].Source != sources[0].ID() || got[1].Kind != "stale" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestEvents_OnePerChangeOfHealth(t *testing.T) {
	s := open(t, dbPath(t))
	now := monday
	visit := func(change func(*broadsheet.Visit)) {
		t.Helper()
		now = now.Add(time.Hour)
		v := visitAt(now)
		change(&v)
		if _, err := s.Record(ctx, now, VisitResult{Source: blog, Visit: v}); err != nil {
			t.Fatal(err)
		}
	}
	fails := func(n int) func(*broadsheet.Visit) {
		return func(v *broadsheet.Visit) { v.Failures, v.FailingSince, v.Err = n, monday, "503" }
	}
	fine := func(*broadsheet.Visit) {}
	moved := func(v *broadsheet.Visit) { v.MovedTo = "https://new.example/" }
	for _, change := range []func(*broadsheet.Visit){fine, fails(1), fine, fails(1), fails(2), fails(3), fails(4), fails(5), fine, fine, moved, moved,
		func(v *broadsheet.Visit) { v.Gone = true }, func(v *broadsheet.Visit) { v.Gone = true }} {
		visit(change)
	}
	churned := manyItems(5)
	for range 3 {
		for i := range churned {
			churned[i].GUID += "x"
		}
		now = now.Add(time.Hour)
		record(t, s, now, blog, churned...)
	}
	events, err := s.Events(ctx, monday, 100)
	if err != nil {
		t.Fatal(err)
	}
	var what []string
	for _, e := range slices.Backward(events) {
		what = append(what, e.Kind)
	}
	wantSlice(t, "events", what, []string{"broke", "recovered", "moved", "gone", "rebound"})
}
