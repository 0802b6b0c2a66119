package publish

import (
	"regexp"
	"slices"
	"testing"
)

var idElement = regexp.MustCompile(`<id>([^<]*)</id>`)

// TestFeedID_StableAcrossURLAndTitleChange gives the publication another address and another title. The ids of all feeds and
// entries stay, so that no reader shows an article twice.
func TestFeedID_StableAcrossURLAndTitleChange(t *testing.T) {
	ids := func(url, title string) map[string][]string {
		config, dir := testConfig(), t.TempDir()
		config.URL, config.Title = url, title
		write(t, dir, config, editionSourceOf(testEditions()))
		files, _ := readTree(t, dir)
		all := map[string][]string{}
		for _, name := range []string{"atom.xml", "daily.xml", "topics/events/atom.xml", "archive/2026-10.xml"} {
			for _, m := range idElement.FindAllStringSubmatch(files[name], -1) {
				all[name] = append(all[name], m[1])
			}
		}
		return all
	}
	before := ids("http://daily.example/", "The Daily System")
	for _, moved := range []map[string][]string{ids("https://daily.example/", "The Daily System"), ids("https://news.example/paper/", "News"), ids("", "Nothing")} {
		for name, want := range before {
			if !slices.Equal(moved[name], want) {
				t.Errorf("%s: %q, want %q", name, moved[name], want)
			}
		}
	}
	if daily := before["daily.xml"]; len(slices.Compact(slices.Sorted(slices.Values(daily)))) != len(daily) {
		t.Errorf("ids that are not unique: %q", daily)
	}
	if before["atom.xml"][0] != before["archive/2026-10.xml"][0] || before["atom.xml"][0] == before["daily.xml"][0] {
		t.Error("archives must have the id of their feed, and other feeds another")
	}
}
