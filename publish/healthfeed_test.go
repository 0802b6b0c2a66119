package publish

import (
	"strings"
	"testing"

	"broadsheet/internal/health"
)

// TestHealthFeed_StableEntries checks that the maintainer’s feed is valid, that the same events give the same bytes, and that
// each entry has an id and a time of its own, which stay when more events follow.
func TestHealthFeed_StableEntries(t *testing.T) {
	events := []health.Event{
		{Source: "https://me:secret@a.example/feed", Name: "A <b>", At: at("2026-11-24T05:00:00Z"), Kind: "moved", Text: "https://me:secret@new.example/feed"},
		{Source: "https://b.example/feed", Name: "B", At: at("2026-11-23T05:00:00Z"), Kind: "broke", Text: "https://b.example/feed: 404 Not Found"},
		{Source: "https://c.example/feed", Name: "C", At: at("2026-11-23T05:00:00Z"), Kind: "stale", Text: "no new article since 3 May"},
		{Source: "list:x", Name: "", At: at("2026-11-23T05:00:00Z"), Kind: "something new"},
	}
	src := editionSourceOf(testEditions())
	dir := t.TempDir()
	src.Health = events[1:]
	write(t, dir, testConfig(), src)
	files, _ := readTree(t, dir)
	before := files[healthPath]
	checkAtom(t, healthPath, []byte(before), true)
	if n := len(write(t, dir, testConfig(), src)); n > 0 {
		t.Errorf("%d files were written though nothing happened", n)
	}
	src.Health = events
	if wrote := write(t, dir, testConfig(), src); len(wrote) != 1 || wrote[0] != healthPath {
		t.Errorf("one event more wrote %q", wrote)
	}
	files, _ = readTree(t, dir)
	after := files[healthPath]
	checkAtom(t, healthPath, []byte(after), true)
	if strings.Contains(after, "secret") {
		t.Error("the feed tells a password")
	}
	for _, e := range strings.SplitAfter(before, "</entry>") {
		if at := strings.Index(e, "<entry>"); at >= 0 && !strings.Contains(after, e[at:]) {
			t.Errorf("an entry became another:\n%s", e[at:])
		}
	}
	for _, want := range []string{"has moved", "https://new.example/feed", "B does not answer", "C has fallen silent"} {
		if !strings.Contains(after, want) {
			t.Errorf("the feed does not say %q", want)
		}
	}
}
