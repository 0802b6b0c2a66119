package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet/cmd/internal/console"
)

// reissueKinds are kinds of sources of six articles. write sets the source's document: base is the first part of the
// links and ids.
var reissueKinds = map[string]struct {
	source string
	write  func(p *testSite, base, etag string)
}{
	"feed": {"  - {feed: 'https://ant.example/source', name: Ant, take: all}\n", func(p *testSite, base, etag string) {
		var b strings.Builder
		for i, title := range reissueTitles {
			fmt.Fprintf(&b, "<item><title>%s</title><link>https://ant.example/%s/%d</link><guid isPermaLink=\"false\">%s-%d</guid><description>%s</description></item>\n",
				title, base, i, base, i, fakeText(base+title+"        "))
		}
		p.web.pages["https://ant.example/source"] = []byte(etag + "Content-Type: application/rss+xml\n\n<rss version=\"2.0\"><channel><title>Ant</title>\n" + b.String() + "</channel></rss>\n")
	}},
	"page": {"  - {page: 'https://ant.example/source', name: Ant, items: li, link: a, title: a, take: all}\n", func(p *testSite, base, etag string) {
		var b strings.Builder
		for i, title := range reissueTitles {
			fmt.Fprintf(&b, "<li><a href=\"/%s/%d\">%s</a></li>\n", base, i, title)
		}
		p.web.pages["https://ant.example/source"] = []byte(etag + "Content-Type: text/html\n\n<!doctype html><title>Ant</title><ul>\n" + b.String() + "</ul>\n")
	}},
	"sitemap with titles": {"  - {sitemap: 'https://ant.example/source', name: Ant, take: all}\n", func(p *testSite, base, etag string) {
		var b strings.Builder
		for i, title := range reissueTitles {
			fmt.Fprintf(&b, "<url><loc>https://ant.example/%s/%d</loc><news:news><news:title>%s</news:title></news:news></url>\n", base, i, title)
		}
		p.web.pages["https://ant.example/source"] = []byte(etag + "Content-Type: application/xml\n\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\">\n" + b.String() + "</urlset>\n")
	}},
	"sitemap": {"  - {sitemap: 'https://ant.example/source', name: Ant, take: all}\n", func(p *testSite, base, etag string) {
		var b strings.Builder
		for i := range reissueTitles {
			fmt.Fprintf(&b, "<url><loc>https://ant.example/%s/%d</loc></url>\n", base, i)
		}
		p.web.pages["https://ant.example/source"] = []byte(etag + "Content-Type: application/xml\n\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n" + b.String() + "</urlset>\n")
	}},
}

var reissueTitles = []string{"How a queue keeps its order", "A cache that forgets in time", "Moving a city of data", "What clocks do not tell", "Locks for people in a hurry", "Why the night shift sleeps"}

// TestReissuedLinks_AfterQuietDays has a source that is unchanged for some days and then changes all its ids and
// links: nothing is published again.
func TestReissuedLinks_AfterQuietDays(t *testing.T) {
	for kind, source := range reissueKinds {
		for answer, etag := range map[string]string{"304": "ETag: \"%s\"\n", "the same body": ""} {
			for _, quiet := range []int{0, 3, 6, 30} {
				t.Run(fmt.Sprintf("%s, %s for %d days", kind, answer, quiet), func(t *testing.T) {
					t.Parallel()
					if quiet != 3 && !(quiet == 30 && kind == "feed" && answer == "304") {
						skipUnlessLong(t)
					}
					p := newTestSite(t)
					must(t, os.WriteFile(p.in("feeds.yaml"), []byte("edition: {size: 6, per_source: 6}\nlimits: {gap: 1ms}\nsources:\n"+source.source), 0o644))
					issue := func(base string) {
						tag := etag
						if tag != "" {
							tag = fmt.Sprintf(etag, base)
						}
						source.write(p, base, tag)
						text := base // rewritten, so that titles must match: the texts do not
						if kind == "sitemap" {
							text = "" // it has no titles: only the texts of the pages can match
						}
						for i, title := range reissueTitles {
							p.web.pages[fmt.Sprintf("https://ant.example/%s/%d", base, i)] = fmt.Appendf(nil,
								"Content-Type: text/html\n\n<!doctype html><title>%s</title><article><h1>%s</h1><p>%s</p><p>%s</p></article>\n",
								title, title, fakeText(text+title+"        "), fakeText(text+title+" second "))
						}
					}
					now := time.Date(2026, 10, 1, 7, 0, 0, 0, time.UTC)
					run := func() {
						t.Helper()
						if status, printed := p.call("run", "--force", "--now", now.Format(time.RFC3339)); status != console.ExitDone {
							t.Fatalf("%s: exit %d\n%s", now, status, printed)
						}
						now = now.AddDate(0, 0, 1)
					}
					issue("old")
					run()
					before := p.feedTitles()
					if len(before) != len(reissueTitles) {
						t.Fatalf("the first edition has %q", before)
					}
					for range quiet {
						run()
					}
					issue("second")
					for range 3 {
						run()
					}
					if after := p.feedTitles(); !slices.Equal(after, before) {
						t.Errorf("%d titles in atom.xml, there were %d: %q", len(after), len(before), after)
					}
				})
			}
		}
	}
}

// feedTitles returns the titles of all entries of atom.xml, sorted.
func (p *testSite) feedTitles() (all []string) {
	p.Helper()
	text, err := os.ReadFile(p.in("public/atom.xml"))
	must(p.T, err)
	for _, entry := range regexp.MustCompile(`(?s)<entry[ >].*?</entry>`).FindAllString(string(text), -1) {
		all = append(all, regexp.MustCompile(`<title[^>]*>([^<]*)`).FindStringSubmatch(entry)[1])
	}
	slices.Sort(all)
	return all
}
