package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/pipeline"
	"broadsheet/cmd/internal/server"
)

// testSite is a publication and the web that it reads, one day after the other.
type testSite struct {
	*testing.T
	dir string
	web *fakeWeb

	transport http.RoundTripper // in place of web
}

func newTestSite(t *testing.T) *testSite {
	p := &testSite{T: t, dir: t.TempDir(), web: newFakeWeb(nil, nil)}
	p.transport = p.web
	feeds := "title: A Paper\nurl: https://paper.example/\nedition: {time: '06:00', timezone: Europe/Berlin, size: 3, per_source: 2}\nsources:\n" +
		"  - {feed: 'https://me:secret@a.example/feed.xml', name: A}\n  - {feed: 'https://b.example/feed.xml', name: B}\n"
	if err := os.WriteFile(p.in("feeds.yaml"), []byte(feeds), 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *testSite) in(name string) string { return filepath.Join(p.dir, filepath.FromSlash(name)) }

// setFeed makes a source's feed contain these articles. etag is its ETag.
func (p *testSite) setFeed(host string, etag int, articles ...string) {
	var b strings.Builder
	fmt.Fprintf(&b, "Content-Type: application/rss+xml\nETag: \"%d\"\n\n<rss version=\"2.0\"><channel><title>%s</title>\n", etag, host)
	for _, link := range articles {
		fmt.Fprintf(&b, "<item><title>About %s</title><link>%s</link><guid>%s</guid><pubDate>Sun, 22 Nov 2026 09:00:00 GMT</pubDate><description>%s</description></item>\n",
			link[strings.LastIndex(link, "/")+1:], link, link, fakeText(link+"        "))
	}
	b.WriteString("</channel></rss>\n")
	p.web.pages["https://"+host+"/feed.xml"] = []byte(b.String())
}

func (p *testSite) call(args ...string) (status int, printed string) {
	var out bytes.Buffer
	args = append(args, "--feeds", p.in("feeds.yaml"), "--db", p.in("broadsheet.db"), "--out", p.in("public"))
	status = run(context.Background(), args, env{stdout: &out, stderr: &out, transport: p.transport, clock: fixedClock})
	return status, out.String()
}

func (p *testSite) runDay(n int) {
	p.Helper()
	if status, printed := p.call("run", "--force", "--now", fmt.Sprintf("2026-11-%02dT07:00:00+01:00", n)); status != console.ExitDone {
		p.Fatalf("day %d: exit %d\n%s", n, status, printed)
	}
}

func (p *testSite) removeDatabase() {
	for _, end := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(p.in("broadsheet.db" + end))
	}
}

// feedIDs returns the ids of the feed's entries by their titles, and fails if two have one title.
func (p *testSite) feedIDs() map[string]string {
	p.Helper()
	text, err := os.ReadFile(p.in("public/atom.xml"))
	if err != nil {
		p.Fatal(err)
	}
	all := map[string]string{}
	for _, m := range regexp.MustCompile(`(?s)<entry[^>]*>.*?</entry>`).FindAllString(string(text), -1) {
		id := regexp.MustCompile(`urn:uuid:[0-9a-f-]+`).FindString(m)
		title := regexp.MustCompile(`<title[^>]*>([^<]*)`).FindStringSubmatch(m)[1]
		if was, twice := all[title]; twice {
			p.Errorf("%s is told twice: %s and %s", title, was, id)
		}
		all[title] = id
	}
	return all
}

func (p *testSite) editionPages() []string {
	all, _ := filepath.Glob(p.in("public/2026/11/*/index.html"))
	return all
}

// publishedPages returns the files of editions and the archive documents, by path.
func (p *testSite) publishedPages() map[string]string {
	all := map[string]string{}
	for _, pattern := range []string{"public/2026/11/*/*", "public/archive/*.xml"} {
		found, _ := filepath.Glob(p.in(pattern))
		for _, path := range found {
			text, err := os.ReadFile(path)
			if err != nil {
				p.Fatal(err)
			}
			all[path] = string(text)
		}
	}
	return all
}

// TestRebuild runs two days, loses the database, rebuilds it from what was published, and runs a third: the third day
// must be as if nothing had been lost, in whatever state the publication is found.
func TestRebuild(t *testing.T) {
	a := []string{"https://a.example/one", "https://a.example/two", "https://a.example/three", "https://a.example/four"}
	b := []string{"https://b.example/five", "https://b.example/six", "https://b.example/seven"}
	live := func(p *testSite) {
		p.setFeed("a.example", 1, a[:3]...)
		p.setFeed("b.example", 1, b[:2]...)
		p.runDay(23)
		p.runDay(24)
	}
	third := func(p *testSite) {
		p.setFeed("a.example", 2, a...)
		p.setFeed("b.example", 2, b...)
		p.runDay(25)
	}
	undisturbed := newTestSite(t)
	live(undisturbed)
	twoDays := undisturbed.publishedPages()
	third(undisturbed)
	want := undisturbed.feedIDs()
	if len(want) != 6 {
		t.Fatalf("%d articles were shown in three days, want 6: %v", len(want), want)
	}
	for name, test := range map[string]struct {
		before func(p *testSite)
		from   func(p *testSite) string
		exact  bool // old pages are byte-equal, except for the link to the next day
	}{
		"the folder as it is":   {exact: true},
		"without its record":    {before: func(p *testSite) { _ = os.Remove(p.in("public/.broadsheet.json")) }, exact: true},
		"nothing but its feeds": {before: func(p *testSite) { keepFeeds(p) }},
		"from the web": {exact: true, before: func(p *testSite) {
			if err := os.Rename(p.in("public"), p.in("web")); err != nil {
				p.Fatal(err)
			}
		}, from: func(p *testSite) string {
			p.transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				if r.URL.Host != "paper.example" {
					return p.web.RoundTrip(r)
				}
				w := httptest.NewRecorder()
				(&server.Server{Options: pipeline.Options{Out: p.in("web")}}).Handler().ServeHTTP(w, r)
				answer := w.Result()
				answer.Request = r
				return answer, nil
			})
			return "https://paper.example/"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newTestSite(t)
			live(p)
			p.removeDatabase()
			if test.before != nil {
				test.before(p)
			}
			args := []string{"rebuild", "--now", "2026-11-25T06:30:00+01:00"}
			if test.from != nil {
				args = append(args, test.from(p))
			}
			if status, printed := p.call(args...); status != console.ExitDone || !strings.Contains(printed, "2 editions made known again, with ") {
				t.Fatalf("exit %d: %s", status, printed)
			}
			if status, printed := p.call(args...); status != console.ExitDone || !strings.Contains(printed, "0 editions made known") {
				t.Errorf("again: exit %d: %s", status, printed)
			}
			third(p)
			got := p.feedIDs() // and the seventh: the rebuilt database does not know that it waited in the backlog
			for title, id := range want {
				if got[title] != id {
					t.Errorf("%s has the id %q, want %q", title, got[title], id)
				}
			}
			if n := len(p.editionPages()); n != 3 {
				t.Errorf("%d editions, want 3", n)
			}
			if !test.exact {
				return
			}
			now := p.publishedPages()
			for path, was := range twoDays {
				if strings.Contains(path, "/24/index.html") { // it got a link to the next day
					continue
				}
				is := now[strings.Replace(path, undisturbed.dir, p.dir, 1)]
				if is != was {
					t.Errorf("%s is another:\n%s", path, firstDifference(is, was))
				}
			}
			for path, was := range undisturbed.publishedPages() {
				if is := now[strings.Replace(path, undisturbed.dir, p.dir, 1)]; is != was && !strings.Contains(path, "/25/") {
					t.Errorf("%s is not what it would have been:\n%s", path, firstDifference(is, was))
				}
			}
		})
	}
}

// keepFeeds removes all of the publication but atom.xml.
func keepFeeds(p *testSite) {
	atom, err := os.ReadFile(p.in("public/atom.xml"))
	if err == nil {
		err = os.RemoveAll(p.in("public"))
	}
	if err == nil {
		err = os.Mkdir(p.in("public"), 0o755)
	}
	if err == nil {
		err = os.WriteFile(p.in("public/atom.xml"), atom, 0o644)
	}
	if err != nil {
		p.Fatal(err)
	}
}

// TestRebuild_NothingPublished checks the message, and that no database is created, which a run would take for
// complete.
func TestRebuild_NothingPublished(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files map[string]string
		args  []string
		want  int
		says  string
	}{
		"no folder":          {nil, []string{"rebuild"}, console.ExitFailed, "name the folder"},
		"an empty folder":    {map[string]string{"public/x": ""}, []string{"rebuild"}, console.ExitFailed, "no atom.xml"},
		"another's feed":     {map[string]string{"public/atom.xml": `<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:x</id></entry></feed>`}, []string{"rebuild"}, console.ExitFailed, "not a feed of a Broadsheet"},
		"half a feed":        {map[string]string{"public/atom.xml": `<feed xmlns="http://www.w3.org/2005/Atom"><entry>`}, []string{"rebuild"}, console.ExitFailed, "not a feed of a Broadsheet"},
		"an archive missing": {map[string]string{"public/atom.xml": `<feed xmlns="http://www.w3.org/2005/Atom"><link rel="prev-archive" href="https://x.example/archive/2026-10.xml"/></feed>`}, []string{"rebuild"}, console.ExitFailed, "archive/2026-10.xml"},
		"a way out":          {map[string]string{"public/atom.xml": `<feed xmlns="http://www.w3.org/2005/Atom"><link rel="prev-archive" href="../../etc/passwd"/></feed>`}, []string{"rebuild"}, console.ExitFailed, "no atom.xml with articles"},
		"two places":         {nil, []string{"rebuild", "a", "b"}, console.ExitUsage, "one folder"},
	} {
		p := newTestSite(t)
		for path, text := range test.files {
			if err := os.MkdirAll(filepath.Dir(p.in(path)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(p.in(path), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		status, printed := p.call(test.args...)
		if status != test.want || !strings.Contains(printed, test.says) {
			t.Errorf("%s: exit %d, %s", name, status, printed)
		}
		if _, err := os.Stat(p.in("broadsheet.db")); err == nil {
			t.Errorf("%s: a database was made", name)
		}
	}
}

// TestRebuild_KeepsIDs loses the database when no feed has an article's first link any more: it is recognised by its
// id, also when that link comes back.
func TestRebuild_KeepsIDs(t *testing.T) {
	t.Parallel()
	p := newTestSite(t)
	p.setFeed("a.example", 1, "https://a.example/old/one")
	p.setFeed("b.example", 1, "https://b.example/five")
	p.runDay(23)
	atom, err := os.ReadFile(p.in("public/atom.xml"))
	if err != nil {
		t.Fatal(err)
	}
	moved := bytes.ReplaceAll(atom, []byte("https://a.example/old/one"), []byte("https://a.example/new/one"))
	moved = bytes.ReplaceAll(moved, []byte("About one"), []byte("A name it had before"))
	moved = regexp.MustCompile(`(?s)<summary.*?</summary>`).ReplaceAll(moved, nil) // so that neither title nor text identifies it
	if bytes.Equal(moved, atom) {
		t.Fatal("the link is not in the feed")
	}
	was := slices.Sorted(maps.Values(p.feedIDs()))
	p.removeDatabase()
	keepFeeds(p)
	if err := os.WriteFile(p.in("public/atom.xml"), moved, 0o644); err != nil {
		t.Fatal(err)
	}
	if status, printed := p.call("rebuild", "--now", "2026-11-24T06:30:00+01:00"); status != console.ExitDone {
		t.Fatal(printed)
	}
	p.runDay(24)
	if now := slices.Sorted(maps.Values(p.feedIDs())); !slices.Equal(now, was) {
		t.Errorf("ids were %q and are %q", was, now)
	}
	if shown := p.editionPages(); len(shown) != 1 {
		t.Errorf("it was shown again: %q", shown)
	}
}
