package publish

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"broadsheet"
)

// TestWrite_RevisedEditionIsRewritten withdraws a further address (Also) of a pick. The edition has as many picks as before, but
// its JSON file, which is immutable otherwise, is written again.
func TestWrite_RevisedEditionIsRewritten(t *testing.T) {
	dir := t.TempDir()
	config, src := sampleSite()
	src.Days = append(src.Days, EditionRef{"2026-02-01", 3, 1})
	src.Hidden = nil
	write := func() {
		t.Helper()
		if _, err := Write(context.Background(), dir, config, src); err != nil {
			t.Fatal(err)
		}
	}
	holds := func() (all []string) {
		for _, name := range []string{"2026/01/01/edition.json", "2026/01/02/index.html", "archive/2026-01.xml", "2026/02/01/edition.json", "atom.xml"} {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), "other.example") {
				all = append(all, name)
			}
		}
		return all
	}
	if write(); len(holds()) != 5 {
		t.Fatalf("the other address is in %q alone", holds())
	}
	with := src.Edition
	src.Edition = func(ctx context.Context, day broadsheet.Day) (broadsheet.Edition, error) {
		e, err := with(ctx, day)
		e.Picks[0].Also, e.More = nil, nil
		return e, err
	}
	src.Revisions = map[broadsheet.Day]int{"2026-01-01": 1, "2026-01-02": 1, "2026-02-01": 1}
	if write(); len(holds()) != 0 {
		t.Errorf("the other address is still in %q", holds())
	}
}
