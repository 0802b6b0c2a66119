package excerpt

import (
	"strings"
	"testing"

	"broadsheet"
)

// TestChoose checks which of the known texts of an article its excerpt is taken from.
func TestChoose(t *testing.T) {
	b := DefaultPatterns
	for _, c := range []struct {
		name, note string
		page       broadsheet.Page
		items      []broadsheet.FeedItem
		want       broadsheet.Origin
	}{
		{"a note", "Read this.", broadsheet.Page{Text: article}, nil, broadsheet.OriginNote},
		{"the page", "", broadsheet.Page{Text: article}, []broadsheet.FeedItem{{Content: article, Summary: article}}, broadsheet.OriginPage},
		{"a login page", "", broadsheet.Page{Text: article, BlockPage: "login"}, []broadsheet.FeedItem{{Summary: paragraph1}, {Content: article}}, broadsheet.OriginContent},
		{"a page that forbids quoting", "", broadsheet.Page{Text: article, NoSnippet: true, Description: article}, []broadsheet.FeedItem{{Summary: article}}, broadsheet.OriginSummary},
		{"only a description", "", broadsheet.Page{Description: paragraph1 + " " + paragraph2}, nil, broadsheet.OriginDescription},
		{"the longest of texts that are all too short", "", broadsheet.Page{Text: "The queue grows by the hour."}, []broadsheet.FeedItem{{Summary: paragraph1}}, broadsheet.OriginSummary},
		{"only boilerplate", "", broadsheet.Page{}, []broadsheet.FeedItem{{Summary: "Comments"}}, broadsheet.OriginNone},
	} {
		got, from := b.Choose("", c.note, c.page, c.items)
		if from != c.want || (got == "") != (from == broadsheet.OriginNone) {
			t.Errorf("%s: from %q: %q", c.name, from, got)
		}
	}
}

func TestHasFullText(t *testing.T) {
	long := strings.Repeat(article+"\n\n", 4)
	for _, c := range []struct {
		name string
		item broadsheet.FeedItem
		want bool
	}{
		{"the complete article", broadsheet.FeedItem{Content: long, Summary: paragraph1}, true},
		{"no summary", broadsheet.FeedItem{Content: long}, true},
		{"too short to be sure", broadsheet.FeedItem{Content: article}, false},
		{"no longer than the summary", broadsheet.FeedItem{Content: long, Summary: long}, false},
		{"truncated, with […]", broadsheet.FeedItem{Content: long + "We then […]"}, false},
		{"truncated, with …", broadsheet.FeedItem{Content: long + "We then…"}, false},
		{"longer than MaxText", broadsheet.FeedItem{Content: strings.Repeat(article+"\n\n", 60)[:broadsheet.MaxText-2] + "ca"}, true},
		{"a link to the rest", broadsheet.FeedItem{Content: long + "Continue reading →"}, false},
		{"a link to the rest, in German", broadsheet.FeedItem{Content: long + "Weiterlesen"}, false},
		{"truncated within a sentence", broadsheet.FeedItem{Content: long + "And when the second broker came back it had forgotten all about the"}, false},
	} {
		if got := HasFullText(c.item); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
