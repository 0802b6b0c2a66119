package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"broadsheet"
)

// TestLongFeed_ToldOnce has a feed, the oldest entry first, with three entries more than are read.
func TestLongFeed_ToldOnce(t *testing.T) {
	t.Parallel()
	p := newTestSite(t)
	must(t, os.WriteFile(p.in("feeds.yaml"), []byte("title: A Paper\nsources: [{feed: 'https://a.example/feed.xml', name: Archive}]\n"), 0o644))
	var b strings.Builder
	for i := range broadsheet.MaxEntries + 3 {
		fmt.Fprintf(&b, "<item><title>Number %d</title><guid>%[1]d</guid><pubDate>%s</pubDate></item>\n", i, time.Date(2000, 1, 1+i, 0, 0, 0, 0, time.UTC).Format(time.RFC1123))
	}
	write := func(more string) {
		p.web.pages["https://a.example/feed.xml"] = []byte("Content-Type: application/rss+xml\n\n<rss version=\"2.0\"><channel><title>A</title>" + b.String() + more + "</channel></rss>")
	}
	write("")
	const told = "Archive: 5,003 entries; the newest 5,000 were read"
	if _, printed := p.call("fetch"); strings.Count(printed, told) != 1 {
		t.Errorf("the first run: %s", printed)
	}
	if _, printed := p.call("fetch", "--force"); strings.Contains(printed, "entries") {
		t.Errorf("an unchanged feed: %s", printed)
	}
	write("<item><title>Number 9999</title><guid>9999</guid><pubDate>Mon, 23 Nov 2026 08:00:00 GMT</pubDate></item>")
	if _, printed := p.call("fetch", "--force"); strings.Contains(printed, "entries") {
		t.Errorf("a feed with one entry more: %s", printed)
	}
	for _, command := range [][]string{{"status"}, {"check", "--online"}} {
		if _, printed := p.call(command...); !strings.Contains(printed, "5,004 entries; the newest 5,000 were read") {
			t.Errorf("%s: %s", command, printed)
		}
	}
	for title, want := range map[string]bool{"Number 9999": true, "Number 3": true, "Number 2": false} {
		if _, printed := p.call("search", `"`+title+`"`); strings.Contains(printed, title+"\n") != want {
			t.Errorf("%s is known: %v: %s", title, !want, printed)
		}
	}
}
