package feed

import (
	"encoding/json"
	"fmt"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet"
)

// longFeeds writes a feed in each format from the entries' numbers and dates.
var longFeeds = map[string]func(dates []string) string{
	"RSS": func(dates []string) string {
		return "<rss version=\"2.0\"><channel><title>T</title>" + entriesOf(dates, `<item><title>%d</title><guid>%[1]d</guid><description>About %[1]d</description><pubDate>%s</pubDate></item>`) + "</channel></rss>"
	},
	"Atom": func(dates []string) string {
		return `<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>` + entriesOf(dates, `<entry><title>%d</title><id>%[1]d</id><summary>About %[1]d</summary><updated>%s</updated></entry>`) + "</feed>"
	},
	"RDF": func(dates []string) string {
		return `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>T</title></channel>` +
			entriesOf(dates, `<item rdf:about="https://a.example/%d"><title>%[1]d</title><description>About %[1]d</description><dc:date>%s</dc:date></item>`) + "</rdf:RDF>"
	},
	"JSON": func(dates []string) string {
		items := make([]map[string]any, len(dates))
		for i, d := range dates {
			items[i] = map[string]any{"id": i, "title": fmt.Sprint(i), "summary": fmt.Sprint("About ", i), "date_published": d}
		}
		text, _ := json.Marshal(map[string]any{"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": items})
		return string(text)
	},
	"cut off": func(dates []string) string {
		return "<rss version=\"2.0\"><channel><title>T</title>" + entriesOf(dates, `<item><title>%d</title><description>About %[1]d</description><pubDate>%s</pubDate></item>`) + "<item><title>x"
	},
}

func entriesOf(dates []string, form string) string {
	var b strings.Builder
	for i, d := range dates {
		fmt.Fprintf(&b, form, i, d)
	}
	return b.String()
}

// TestNewest_Orders adds more entries than are kept, in every order.
func TestNewest_Orders(t *testing.T) {
	const n = 12_000
	first := time.Date(1990, 1, 1, 12, 0, 0, 0, time.UTC)
	rising := func(i int) time.Time { return first.AddDate(0, 0, i) }
	falling := func(i int) time.Time { return first.AddDate(0, 0, n-i) }
	rfc3339 := func(at func(int) time.Time) func(int) string {
		return func(i int) string { return at(i).Format(time.RFC3339) }
	}
	head := func(i int) bool { return i < broadsheet.MaxEntries }
	tail := func(i int) bool { return i >= n-broadsheet.MaxEntries }
	for name, test := range map[string]struct {
		date func(i int) string
		want func(i int) bool // whether entry i is one of those that are kept
	}{
		"newest first":                     {rfc3339(falling), head},
		"oldest first":                     {rfc3339(rising), tail},
		"no dates":                         {func(int) string { return "" }, head},
		"one date for all":                 {func(int) string { return "2026-11-24T00:00:00Z" }, head},
		"a date in ten, oldest first":      {every(10, rfc3339(rising)), tail},
		"a date in ten, newest first":      {every(10, rfc3339(falling)), head},
		"dates begin late, oldest first":   {after(6000, rfc3339(rising)), tail},
		"dates begin late, newest first":   {after(6000, rfc3339(falling)), head},
		"900 a day, oldest first":          {func(i int) string { return rising(i / 900).Format(time.DateOnly) }, tail},
		"900 a day, newest first":          {func(i int) string { return falling(i / 900 * 900).Format(time.DateOnly) }, head},
		"day and month, oldest first":      {func(i int) string { return rising(i).Format("02/01/2006") }, tail},
		"month and day, oldest first":      {func(i int) string { return rising(i).Format("01/02/2006") }, tail},
		"the newer half before the older":  {rfc3339(func(i int) time.Time { return rising((i + n/2) % n) }), func(i int) bool { return i >= n/2-broadsheet.MaxEntries && i < n/2 }},
		"odd ones are of another century":  {rfc3339(func(i int) time.Time { return rising(i).AddDate(-100*(i%2), 0, 0) }), func(i int) bool { return i%2 == 0 && i >= n-2*broadsheet.MaxEntries }},
		"an old one is pinned to the head": {rfc3339(func(i int) time.Time { return map[bool]time.Time{true: first, false: falling(i)}[i == 0] }), func(i int) bool { return i > 0 && i <= broadsheet.MaxEntries }},
	} {
		dates := make([]string, n)
		for i := range dates {
			dates[i] = test.date(i)
		}
		var all newest[int]
		for i, d := range dates {
			all.add(datedEntry[int]{entry: i, published: d})
		}
		kept, leftOut := all.keep()
		if len(kept) != broadsheet.MaxEntries || leftOut != n-broadsheet.MaxEntries || !slices.IsSorted(kept) {
			t.Errorf("%s: %d entries, %d left out, in order: %v", name, len(kept), leftOut, slices.IsSorted(kept))
		}
		if i := slices.IndexFunc(kept, func(i int) bool { return !test.want(i) }); i >= 0 {
			t.Errorf("%s: entry %d is kept", name, kept[i])
		}
	}
}

// TestParse_KeepsNewestEntries has a feed in each format, the oldest entry first.
func TestParse_KeepsNewestEntries(t *testing.T) {
	t.Parallel()
	const n = 2*broadsheet.MaxEntries + 7
	dates := make([]string, n)
	for i := range dates {
		dates[i] = time.Date(1990, 1, i, 12, 0, 0, 0, time.UTC).Format(time.RFC3339)
	}
	for format, write := range longFeeds {
		base, _ := url.Parse("https://a.example/feed")
		doc, err := Parse([]byte(write(dates)), "", base)
		if err != nil || len(doc.Items) != broadsheet.MaxEntries || doc.LeftOut != n-broadsheet.MaxEntries || doc.Salvaged != (format == "cut off") {
			t.Errorf("%s: %d entries, %d left out, cut off: %v, %v", format, len(doc.Items), doc.LeftOut, doc.Salvaged, err)
			continue
		}
		if wrong := wrongEntry(doc.Items, func(i int) bool { return i >= n-broadsheet.MaxEntries }); wrong != "" {
			t.Errorf("%s: %s", format, wrong)
		}
	}
}

// wrongEntry returns what is wrong with the entries that were kept: each has its own text, and they are in the order of
// the document.
func wrongEntry(items []broadsheet.FeedItem, want func(int) bool) string {
	before := -1
	for _, item := range items {
		i := -1
		fmt.Sscan(item.Title, &i)
		switch {
		case !want(i):
			return fmt.Sprintf("entry %d is kept", i)
		case item.Summary != fmt.Sprint("About ", i):
			return fmt.Sprintf("entry %d has the text %q", i, item.Summary)
		case i <= before:
			return fmt.Sprintf("entry %d stands after entry %d", i, before)
		}
		before = i
	}
	return ""
}

func every(n int, date func(int) string) func(int) string {
	return func(i int) string {
		if i%n != 0 {
			return ""
		}
		return date(i)
	}
}

func after(n int, date func(int) string) func(int) string {
	return func(i int) string {
		if i < n {
			return ""
		}
		return date(i)
	}
}

func TestParse_LeavesNothingOutOfSmallFeed(t *testing.T) {
	dates := make([]string, broadsheet.MaxEntries)
	for _, format := range []string{"RSS", "JSON"} {
		write := longFeeds[format]
		base, _ := url.Parse("https://a.example/feed")
		if doc, err := Parse([]byte(write(dates)), "", base); err != nil || len(doc.Items) != broadsheet.MaxEntries || doc.LeftOut != 0 {
			t.Errorf("%s: %d entries, %d left out, %v", format, len(doc.Items), doc.LeftOut, err)
		}
	}
}

// TestParse_MemoryOfMillionEntries checks that what is left out is not kept in memory.
func TestParse_MemoryOfMillionEntries(t *testing.T) {
	base, _ := url.Parse("https://a.example/feed")
	for name, body := range map[string]string{
		"RSS":  "<rss><channel>" + strings.Repeat("<item><title>x</title><description>&lt;p>y&amp;amp;z</description></item>", 100_000) + "</channel></rss>",
		"JSON": `{"items":[` + strings.Repeat(`{"title":"x","summary":"y"},`, 100_000) + `{"title":"x"}]}`,
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		doc, err := Parse([]byte(body), "", base)
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); err != nil || doc.LeftOut < 90_000 || grown > 32<<20 {
			t.Errorf("%s: %d left out, %d KiB, %v", name, doc.LeftOut, grown>>10, err)
		}
		runtime.KeepAlive(doc)
	}
}
