package store

import (
	"context"
	"testing"
	"time"

	"broadsheet/internal/health"

	"broadsheet"
)

// TestSilencesAreKnownHoweverLongAgo: that a source went stale is remembered behind any number of other events.
func TestSilencesAreKnownHoweverLongAgo(t *testing.T) {
	ctx, at := context.Background(), time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	s, err := Open(ctx, t.TempDir()+"/broadsheet.db")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sources := []broadsheet.Source{{Kind: broadsheet.KindFeed, URL: "https://quiet.example/feed"}, {Kind: broadsheet.KindFeed, URL: "https://loud.example/feed"}}
	if err := s.Sources(ctx, at, sources); err != nil {
		t.Fatal(err)
	}
	tell := func(source int, what string) {
		t.Helper()
		at = at.Add(time.Hour)
		if err := s.Tell(ctx, health.Event{Source: sources[source].ID(), At: at, What: what}); err != nil {
			t.Fatal(err)
		}
	}
	tell(1, "stale")
	tell(0, "stale")
	for range 600 {
		tell(1, "moved")
	}
	tell(1, "recovered")
	got, err := s.Silences(ctx)
	if err != nil || len(got) != 2 || got[0].Source != sources[1].ID() || got[0].What != "recovered" || got[1].Source != sources[0].ID() || got[1].What != "stale" {
		t.Errorf("%+v, %v", got, err)
	}
}
