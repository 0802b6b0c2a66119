package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"broadsheet/store"
)

// lifeSource is a source of a simulated web: it posts at its rhythm, and on some day something happens to it.
type lifeSource struct {
	name   string
	entry  string // its keys in feeds.yaml beside name; empty: a feed
	host   string // empty: name.example
	title  string // what it calls itself; empty: its name
	rhythm int    // days between two posts
	offset int    // days that its posts come before those of a source that posts on day 0; 0: any
	burst  int    // posts at a time; 0: one
	tells  []lifeEvent
	// serve changes the response in the trouble's time: n days have passed since it began, and n is negative before.
	serve func(n int, posts []lifePost, s lifeSource) string
}

// lifeEvent is an event that must be told. No others may be.
type lifeEvent struct {
	kind string
	n    int // the day of the trouble on which what is told comes about
}

// lifePost is an article of a lifeSource.
type lifePost struct {
	day     int
	id      string
	title   string
	date    time.Time // zero: none
	link    string
	content string
}

// life is a simulated web with the program that reads it.
type life struct {
	*testing.T
	site            *dailySite
	sources         []lifeSource
	begin           int // the day on which the troubles begin
	lines, withText int // of stderr, and days that wrote some
	printed         []string
}

var lifeSources = []lifeSource{
	{name: "daily", rhythm: 1}, {name: "other", rhythm: 2}, {name: "weekly", rhythm: 7}, {name: "fortnightly", rhythm: 14},
	{name: "monthly", rhythm: 30}, {name: "yearly", rhythm: 365, burst: 3, offset: 365 - lifeBegin - 4}, {name: "bursts", rhythm: 20, burst: 5},
	{name: "hiccups", rhythm: 3, serve: func(n int, posts []lifePost, s lifeSource) string { // one failure now and then
		if n >= 0 && n%17 == 0 {
			return "503\n\nbusy"
		}
		return s.rss(posts)
	}},
	{name: "cut", rhythm: 3, serve: func(n int, posts []lifePost, s lifeSource) string { // one broken document now and then
		if text := s.rss(posts); n >= 0 && n%19 == 0 {
			return text[:len(text)-100]
		} else {
			return text
		}
	}},
	{name: "holiday", rhythm: 3, serve: func(n int, posts []lifePost, s lifeSource) string { // a pause that is no silence
		return s.rss(slices.DeleteFunc(posts, func(p lifePost) bool { return p.day >= lifeBegin && p.day < lifeBegin+5 }))
	}},
	{name: "blink", rhythm: 4, serve: func(n int, posts []lifePost, s lifeSource) string { // empty on one day
		if n == 3 {
			return s.rss(nil)
		}
		return s.rss(posts)
	}},
	{name: "ahead", rhythm: 4, serve: func(n int, posts []lifePost, s lifeSource) string {
		return s.rss(changed(posts, func(p *lifePost) {
			if p.day >= lifeBegin {
				p.date = p.date.AddDate(9, 0, 0)
			}
		}))
	}},
	{name: "renumbered", rhythm: 3, serve: func(n int, posts []lifePost, s lifeSource) string { // other dates, the same day for all
		return s.rss(changed(posts, func(p *lifePost) {
			if n >= 0 {
				p.date = startDay.AddDate(0, 0, lifeBegin)
			}
		}))
	}},
	{name: "churn", rhythm: 5, tells: []lifeEvent{{"rebound", 0}}, serve: func(n int, posts []lifePost, s lifeSource) string {
		return s.rss(changed(posts, func(p *lifePost) {
			if n >= 0 {
				p.id = fmt.Sprint(p.id, "-", n)
			}
		}))
	}},
	{name: "dead", rhythm: 3, tells: []lifeEvent{{"broke", 0}}, serve: failing("404\n\nnot found")},
	{name: "unknown", rhythm: 3, tells: []lifeEvent{{"broke", 0}}, serve: failing("!lookup: no such host")},
	{name: "shut", rhythm: 3, tells: []lifeEvent{{"blocked", 0}}, serve: failing("403\n\nno")},
	{name: "leaving", rhythm: 3, tells: []lifeEvent{{"gone", 0}}, serve: failing("410\n\ngone")},
	{name: "crowded", rhythm: 3, tells: []lifeEvent{{"unreached", 0}}, serve: failing("429\n\nlater")},
	{name: "ill", rhythm: 3, tells: []lifeEvent{{"broke", 0}, {"recovered", 8}}, serve: func(n int, posts []lifePost, s lifeSource) string {
		if n >= 0 && n < 8 {
			return "500\n\noops"
		}
		return s.rss(posts)
	}},
	{name: "moving", rhythm: 3, tells: []lifeEvent{{"moved", 0}}, serve: failing("301\nLocation: https://moved.example/feed\n\n")},
	{name: "frozen", rhythm: 2, tells: []lifeEvent{{"stale", 0}}, serve: func(n int, posts []lifePost, s lifeSource) string {
		return s.rss(s.posts(min(n, -1) + lifeBegin))
	}},
	{name: "resting", rhythm: 2, tells: []lifeEvent{{"stale", 0}, {"resumed", 9}}, serve: func(n int, posts []lifePost, s lifeSource) string {
		return s.rss(slices.DeleteFunc(posts, func(p lifePost) bool { return p.day >= lifeBegin && p.day < lifeBegin+9 }))
	}},
	{name: "emptied", rhythm: 3, tells: []lifeEvent{{"empty", 0}, {"refilled", 8}}, serve: func(n int, posts []lifePost, s lifeSource) string {
		if n >= 0 && n < 8 {
			return s.rss(nil)
		}
		return s.rss(posts)
	}},
	{name: "undated", rhythm: 2, tells: []lifeEvent{{"without dates", 0}, {"dated", 8}}, serve: func(n int, posts []lifePost, s lifeSource) string {
		return s.rss(changed(posts, func(p *lifePost) {
			if n >= 0 && n < 8 {
				p.date = time.Time{}
			}
		}))
	}},
	{name: "mute", rhythm: 2, offset: 1, tells: []lifeEvent{{"stale", 0}}, serve: func(n int, posts []lifePost, s lifeSource) string { // it never had dates
		return s.rss(changed(s.posts(min(n, -1)+lifeBegin), func(p *lifePost) { p.date = time.Time{} }))
	}},
	{name: "halved", rhythm: 3, tells: []lifeEvent{{"salvaged", 0}, {"whole", 8}}, serve: func(n int, posts []lifePost, s lifeSource) string {
		if text := s.rss(posts); n >= 0 && n < 8 {
			return text[:len(text)-100]
		} else {
			return text
		}
	}},
	{name: "busy", rhythm: 3, serve: func(n int, posts []lifePost, s lifeSource) string { // refused on two days of three
		if n >= 0 && n%3 > 0 {
			return "429\nRetry-After: 3600\n\nlater"
		}
		return s.rss(posts)
	}},
	// Four sources on one host, which answers two of them a day.
	{name: "rationed", rhythm: 3, host: "rationed.medium.com"}, {name: "thirsty", rhythm: 2, host: "thirsty.medium.com"},
	{name: "hungry", rhythm: 5, host: "hungry.medium.com"}, {name: "waiting", rhythm: 9, host: "waiting.medium.com"},

	// Lists of pages, by selectors and without.
	{name: "remodelled", entry: selected, rhythm: 3, tells: []lifeEvent{{"broke", 0}, {"recovered", 8}}, serve: func(n int, posts []lifePost, s lifeSource) string {
		if n >= 0 && n < 8 {
			return s.page("card-2", posts, "")
		}
		return s.page("post", posts, "")
	}},
	{name: "misread", entry: selected, rhythm: 3, tells: []lifeEvent{{"changed", 0}, {"restored", 8}}, serve: func(n int, posts []lifePost, s lifeSource) string {
		if n >= 0 && n < 8 {
			return s.page("card-2", posts, s.menu("post"))
		}
		return s.page("post", posts, "")
	}},
	{name: "surrounded", entry: selected, rhythm: 3, serve: func(n int, posts []lifePost, s lifeSource) string { // a menu has come
		if n >= 0 {
			return s.page("post", posts, s.menu("nav"))
		}
		return s.page("post", posts, "")
	}},
	{name: "shortened", entry: selected, rhythm: 3, serve: func(n int, posts []lifePost, s lifeSource) string { // half as many at a time
		if n >= 0 {
			posts = posts[len(posts)/2:]
		}
		return s.page("post", posts, "")
	}},
	{name: "maintained", entry: automatic, rhythm: 3, tells: []lifeEvent{{"changed", 0}, {"restored", 8}}, serve: func(n int, posts []lifePost, s lifeSource) string {
		if n >= 0 && n < 8 {
			return s.page("", nil, s.menu("nav"))
		}
		return s.page("post", posts, s.menu("nav"))
	}},
	{name: "replaced", entry: automatic, rhythm: 3, tells: []lifeEvent{{"changed", 0}}, serve: func(n int, posts []lifePost, s lifeSource) string {
		if n >= 0 { // by a shop at another address of the same site
			return s.page("item", changed(s.casino(n), func(p *lifePost) { p.link = strings.Replace(p.link, "/win/", "/shop/offers/", 1) }), s.menu("nav"))
		}
		return s.page("post", posts, s.menu("nav"))
	}},
	{name: "restyled", entry: automatic, rhythm: 3, serve: func(n int, posts []lifePost, s lifeSource) string { // the same list in other markup
		if n >= 0 {
			return strings.NewReplacer("<div class=card-2>", "<section class=card-2><h3>", "</div>", "</h3></section>").Replace(s.page("card-2", posts, s.menu("top")))
		}
		return s.page("post", posts, s.menu("nav"))
	}},

	// Somebody else at a source's address, and changes of an honest source that look a little like it.
	{name: "hijacked", rhythm: 3, tells: []lifeEvent{{"quarantined", 0}}, serve: func(n int, posts []lifePost, s lifeSource) string {
		if n >= 0 {
			s.title = "Lucky Casino"
			return s.rss(s.casino(n))
		}
		return s.rss(posts)
	}},
	{name: "lapsed", rhythm: 3, tells: []lifeEvent{{"broke", 0}, {"quarantined", 8}}, serve: func(n int, posts []lifePost, s lifeSource) string {
		switch s.title = "Lucky Casino"; {
		case n >= 8:
			return s.rss(s.casino(n))
		case n >= 0:
			return "404\n\nthis domain is for sale"
		}
		s.title = ""
		return s.rss(posts)
	}},
	{name: "won back", host: "won.example", rhythm: 3, tells: []lifeEvent{{"quarantined", 0}, {"trusted", 8}}, serve: func(n int, posts []lifePost, s lifeSource) string {
		if n >= 0 && n < 8 {
			s.title = "Lucky Casino"
			return s.rss(s.casino(n))
		}
		return s.rss(posts)
	}},
	{name: "redesigned", rhythm: 3, serve: func(n int, posts []lifePost, s lifeSource) string { // the same articles at other addresses
		if n >= 0 {
			s.title = "The Zebra"
			posts = changed(posts, func(p *lifePost) {
				p.link = strings.Replace(p.link, ".example/", ".example/posts/", 1)
				p.id = p.link
			})
		}
		return s.rss(posts)
	}, tells: []lifeEvent{{"rebound", 0}}},
	{name: "renamed", rhythm: 3, serve: func(n int, posts []lifePost, s lifeSource) string {
		if n >= 0 {
			s.title = "The Zebra"
		}
		return s.rss(posts)
	}},
}

// What stands in feeds.yaml of a page source.
const (
	selected  = "page: %q, items: .post"
	automatic = "page: %q, items: auto"
)

// lifeBegin is the day on which the troubles begin.
const lifeBegin = 12

func changed(posts []lifePost, change func(*lifePost)) []lifePost {
	posts = slices.Clone(posts)
	for i := range posts {
		change(&posts[i])
	}
	return posts
}

func failing(response string) func(int, []lifePost, lifeSource) string {
	return func(n int, posts []lifePost, s lifeSource) string {
		if n >= 0 {
			return response
		}
		return s.rss(posts)
	}
}

func (s lifeSource) site() string { return "https://" + cmp.Or(s.host, s.name+".example") }

func (s lifeSource) address() string {
	if strings.HasPrefix(s.entry, "page") {
		return s.site() + "/list"
	}
	return s.site() + "/feed"
}

// posts returns the last ten articles that a source has posted by a day; some of them are older than the simulation.
func (s lifeSource) posts(day int) []lifePost {
	sum := fnv.New32a()
	sum.Write([]byte(s.name))
	offset := cmp.Or(s.offset, int(sum.Sum32())) % s.rhythm
	var all []lifePost
	for n := -12; n*s.rhythm-offset <= day; n++ {
		for i := range max(1, s.burst) {
			on := n*s.rhythm - offset
			all = append(all, lifePost{day: on, date: startDay.AddDate(0, 0, on).Add(-time.Duration(i+1) * time.Hour), id: fmt.Sprintf("%s/%d-%d", s.site(), n, i)})
		}
	}
	return changed(all[max(0, len(all)-10):], func(p *lifePost) { p.write() })
}

// write gives a post a link and a text of its own.
func (p *lifePost) write() {
	p.link, p.content, p.title = p.id, uniqueText(p.id), uniqueText(p.id + " title")[:40]
}

// casino returns what another writes at the same address by the n-th day of the trouble: several posts a day.
func (s lifeSource) casino(n int) (posts []lifePost) {
	for i := range 10 {
		p := lifePost{id: fmt.Sprintf("%s/win/%d-%d", s.site(), n-i/5, i%5), date: startDay.AddDate(0, 0, lifeBegin+n-i/5).Add(-time.Duration(i+1) * time.Minute)}
		p.write()
		posts = append(posts, p)
	}
	return posts
}

func (s lifeSource) rss(posts []lifePost) string {
	var b strings.Builder
	for _, p := range posts {
		fmt.Fprintf(&b, "<item><title>%s</title><link>%s</link><guid isPermaLink=\"false\">%s</guid>", p.title, p.link, p.id)
		if !p.date.IsZero() {
			fmt.Fprintf(&b, "<pubDate>%s</pubDate>", p.date.Format(time.RFC1123Z))
		}
		fmt.Fprintf(&b, "<description>%s</description></item>\n", p.content)
	}
	return "Content-Type: application/rss+xml\n\n<rss version=\"2.0\"><channel><title>" + cmp.Or(s.title, s.name) + "</title><link>" + s.site() + "/</link>" + b.String() + "</channel></rss>"
}

// page returns a page that lists posts in elements of a class, after a menu.
func (s lifeSource) page(class string, posts []lifePost, menu string) string {
	var b strings.Builder
	for _, p := range slices.Backward(posts) {
		fmt.Fprintf(&b, "<div class=%s><a href=%q>%s</a></div>", class, p.link, p.title)
	}
	return "Content-Type: text/html\n\n<!doctype html><title>" + s.name + "</title>" + menu + b.String()
}

// menu returns a menu of a site, whose elements have a class.
func (s lifeSource) menu(class string) (menu string) {
	for _, name := range strings.Fields("About Careers Contact Pricing Partners Terms") {
		menu += fmt.Sprintf("<li class=%s><a href='%s/%s'>%s</a></li>", class, s.site(), strings.ToLower(name), name)
	}
	return "<ul>" + menu + "</ul>"
}

// lifeWeb is a web that can be down, and whose host medium.com answers two feeds a day.
type lifeWeb struct {
	*fakeWeb
	down  bool
	asked atomic.Int32 // feeds of medium.com on this day
}

func (w *lifeWeb) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.down {
		return nil, errors.New("network is unreachable")
	}
	response, err := w.fakeWeb.RoundTrip(r)
	if err == nil && strings.HasSuffix(r.URL.Host, ".medium.com") && r.URL.Path == "/feed" && w.asked.Add(1) > 2 {
		_ = response.Body.Close()
		return &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{}, Body: http.NoBody, Request: r, ProtoMajor: 1, ProtoMinor: 1}, nil
	}
	return response, err
}

// newLife returns a simulation of the sources.
func newLife(t *testing.T, sources []lifeSource) *life {
	l := &life{T: t, site: newDailySite(t), sources: sources, begin: lifeBegin}
	var b strings.Builder
	b.WriteString("edition: {size: 3}\nlimits: {pages: 1, gap: 1ms}\nsources:\n")
	for _, s := range sources {
		fmt.Fprintf(&b, "  - {"+cmp.Or(s.entry, "feed: %q")+", name: %s}\n", s.address(), s.name)
	}
	l.site.write("feeds.yaml", b.String())
	return l
}

// day runs the program on a day, as cron does.
func (l *life) day(day int, down bool) {
	l.Helper()
	web := l.site.web
	for _, s := range l.sources {
		posts := s.posts(day)
		response := s.rss(posts)
		if s.serve != nil {
			response = s.serve(day-l.begin, posts, s)
		}
		if s.name == "moving" && day >= l.begin {
			web.pages["https://moved.example/feed"] = []byte(s.rss(posts))
		}
		web.pages[s.address()] = []byte(response)
	}
	at := startDay.AddDate(0, 0, day)
	web.now = func() time.Time { return at }
	var out, errs bytes.Buffer
	status := run(context.Background(), []string{"run", "--quiet", "--now", at.Format(time.RFC3339), "--feeds", filepath.Join(l.site.dir, "feeds.yaml"),
		"--db", l.site.db, "--out", l.site.out}, env{stdout: &out, stderr: &errs, transport: &lifeWeb{fakeWeb: web, down: down}, clock: fixedClock})
	if status != 0 && !down {
		l.Errorf("day %d: exit %d: %s", day, status, errs.String())
	}
	if n := strings.Count(errs.String(), "\n"); n > 0 {
		l.withText++
		l.lines += n
		for line := range strings.Lines(errs.String()) {
			l.printed = append(l.printed, fmt.Sprintf("day %d: %s", day, line))
		}
	}
}

// logSizes logs the sizes of the database and the output.
func (l *life) logSizes(day int) {
	l.Helper()
	info, err := os.Stat(l.site.db)
	must(l.T, err)
	files, size := 0, int64(0)
	must(l.T, filepath.WalkDir(l.site.out, func(_ string, f os.DirEntry, err error) error {
		if err != nil || f.IsDir() {
			return err
		}
		info, err := f.Info()
		if err == nil {
			files++
			size += info.Size()
		}
		return err
	}))
	l.Logf("day %d: database %d KB; output %d files, %d KB", day, info.Size()>>10, files, size>>10)
}

// told returns the days on which each kind of event was told of a source, by its name.
func (l *life) told() map[string]map[string][]int {
	l.Helper()
	s, err := store.Open(context.Background(), l.site.db)
	must(l.T, err)
	defer s.Close()
	events, err := s.Events(context.Background(), time.Time{}, 1e6)
	must(l.T, err)
	days := map[string]map[string][]int{}
	for _, e := range slices.Backward(events) {
		if days[e.Name] == nil {
			days[e.Name] = map[string][]int{}
		}
		days[e.Name][e.Kind] = append(days[e.Name][e.Kind], int(e.At.Sub(startDay).Hours()/24))
	}
	return days
}

// TestLifeOfSources runs the program daily on a web of sources to which everything happens that can: each trouble is
// told once, within three rhythms of its source and at least three days, its end too, and of the healthy sources
// nothing. An outage of the network, days 2 and 3, is one line. The long mode goes on to 400 days: what lasts makes
// at most one line a week.
func TestLifeOfSources(t *testing.T) {
	t.Parallel()
	days := lifeBegin + 16
	if longMode {
		days = 400
	}
	l := newLife(t, lifeSources)
	var took []time.Duration
	for day := range days {
		start := time.Now()
		l.day(day, day == 2 || day == 3)
		took = append(took, time.Since(start))
		if day == lifeBegin-1 || day == days-1 {
			l.logSizes(day)
		}
	}
	told := l.told()
	for _, s := range lifeSources {
		want := map[string]bool{}
		for _, e := range s.tells {
			want[e.kind] = true
			begin, on := lifeBegin+e.n, told[s.name][e.kind]
			if len(on) == 0 || on[0] < begin || on[0] > begin+max(3, 3*s.rhythm)+1 {
				t.Errorf("%s: %q was told on the days %v; it came about on day %d, and it posts every %d days", s.name, e.kind, on, begin, s.rhythm)
			}
			t.Logf("%-11s %-13s came about on day %d, told on %v; posts every %d days", s.name, e.kind, begin, on, s.rhythm)
		}
		for kind, on := range told[s.name] {
			if !want[kind] || len(on) > 1 && kind != "rebound" {
				t.Errorf("%s: %q was told on the days %v", s.name, kind, on)
			}
		}
	}
	for file, text := range l.site.publishedFiles() {
		if strings.Contains(text, "/win/") || strings.Contains(text, "/shop/offers/") || strings.Contains(text, "/careers") {
			t.Errorf("%s has links that are no articles of the sources", file)
		}
	}
	outage := slices.DeleteFunc(slices.Clone(l.printed), func(line string) bool {
		return !strings.HasPrefix(line, "day 2:") && !strings.HasPrefix(line, "day 3:")
	})
	if len(outage) != 1 {
		t.Errorf("of the outage: %q", outage)
	}
	events := 0
	for _, kinds := range told {
		for _, on := range kinds {
			events += len(on)
		}
	}
	t.Logf("%d days: stderr had %d lines on %d days; %d events; %d requests a day; a run took %v at first and %v in the end",
		days, l.lines, l.withText, events, len(l.site.web.requests)/days, slices.Sorted(slices.Values(took[:lifeBegin]))[lifeBegin/2], slices.Sorted(slices.Values(took[days-lifeBegin:]))[lifeBegin/2])
	for _, line := range l.printed {
		t.Log(strings.TrimSpace(line))
	}
	if most := 2*len(lifeSources) + days/7; l.lines > most {
		t.Errorf("stderr had %d lines, want at most %d", l.lines, most)
	}
}

// TestQuietLife runs the program on healthy sources: it writes nothing to stderr.
func TestQuietLife(t *testing.T) {
	t.Parallel()
	days := 12
	if longMode {
		days = 400
	}
	l := newLife(t, slices.DeleteFunc(slices.Clone(lifeSources), func(s lifeSource) bool { return len(s.tells) > 0 }))
	for day := range days {
		l.day(day, false)
	}
	if l.lines > 0 {
		t.Errorf("%d lines on %d days: %q", l.lines, l.withText, l.printed)
	}
	if told := l.told(); len(told) > 0 {
		t.Errorf("events: %v", told)
	}
}
