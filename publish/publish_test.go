package publish

import (
	"context"
	"testing"
	"time"

	"broadsheet"
)

func TestFirst(t *testing.T) {
	at := time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)
	shelf := Shelf{Days: []Day{{"2026-11-24", 1, 1}}, Edition: func(context.Context, broadsheet.Day) (broadsheet.Edition, error) {
		return broadsheet.Edition{Day: "2026-11-24", Number: 1, At: at, Sources: 2, Picks: []broadsheet.Pick{{SourceName: "S", Article: broadsheet.Article{Key: "a", Source: "https://s.example/feed", Title: "T <b>x</b>", Link: "https://s.example/ä b", Published: at}}}}, nil
	}}
	dir := t.TempDir()
	for range 2 {
		changed, err := Write(t.Context(), dir, broadsheet.Config{URL: "https://example.org/"}, shelf)
		t.Log(changed, err)
	}
}
