package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet/store"
)

// lifeSource is a source of a simulated web: it posts at its rhythm, and on some day something happens to it.
type lifeSource struct {
	name   string
	rhythm int    // days between two posts
	burst  int    // posts at a time; 0: one
	event  string // kind of the event that must be told when its trouble begins; empty: none may be
	end    string // kind of the event that must be told when it ends; empty: none may be
	// serve changes the response in the trouble's time: n days have passed since it began, and n is negative before.
	serve func(n int, posts []lifePost, s lifeSource) string
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
	{name: "monthly", rhythm: 30}, {name: "yearly", rhythm: 300, burst: 3}, {name: "bursts", rhythm: 20, burst: 5},
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
	{name: "churn", rhythm: 5, event: "rebound", serve: func(n int, posts []lifePost, s lifeSource) string {
		return s.rss(changed(posts, func(p *lifePost) {
			if n >= 0 {
				p.id = fmt.Sprint(p.id, "-", n)
			}
		}))
	}},
	{name: "dead", rhythm: 3, event: "broke", serve: failing("404\n\nnot found")},
	{name: "unknown", rhythm: 3, event: "broke", serve: failing("!lookup: no such host")},
	{name: "shut", rhythm: 3, event: "blocked", serve: failing("403\n\nno")},
	{name: "leaving", rhythm: 3, event: "gone", serve: failing("410\n\ngone")},
	{name: "crowded", rhythm: 3, event: "unreached", serve: failing("429\n\nlater")},
	{name: "ill", rhythm: 3, event: "broke", end: "recovered", serve: func(n int, posts []lifePost, s lifeSource) string {
		if n >= 0 && n < 12 {
			return "500\n\noops"
		}
		return s.rss(posts)
	}},
	{name: "moving", rhythm: 3, event: "moved", serve: failing("301\nLocation: https://moved.example/feed\n\n")},
	{name: "frozen", rhythm: 2, event: "stale", serve: func(n int, posts []lifePost, s lifeSource) string {
		return s.rss(s.posts(min(n, -1) + lifeBegin))
	}},
	{name: "resting", rhythm: 4, event: "stale", end: "resumed", serve: func(n int, posts []lifePost, s lifeSource) string {
		return s.rss(slices.DeleteFunc(posts, func(p lifePost) bool { return p.day >= lifeBegin && p.day < lifeBegin+24 }))
	}},
	{name: "emptied", rhythm: 3, event: "empty", end: "refilled", serve: func(n int, posts []lifePost, s lifeSource) string {
		if n >= 0 && n < 15 {
			return s.rss(nil)
		}
		return s.rss(posts)
	}},
	{name: "undated", rhythm: 2, event: "without dates", serve: func(n int, posts []lifePost, s lifeSource) string {
		return s.rss(changed(posts, func(p *lifePost) {
			if n >= 0 {
				p.date = time.Time{}
			}
		}))
	}},
	{name: "mute", rhythm: 3, event: "stale", serve: func(n int, posts []lifePost, s lifeSource) string { // it never had dates
		return s.rss(changed(s.posts(min(n, -1)+lifeBegin), func(p *lifePost) { p.date = time.Time{} }))
	}},
	{name: "halved", rhythm: 3, event: "salvaged", serve: func(n int, posts []lifePost, s lifeSource) string {
		if text := s.rss(posts); n >= 0 {
			return text[:len(text)-100]
		} else {
			return text
		}
	}},
	{name: "remodelled", rhythm: 3, event: "broke", serve: func(n int, posts []lifePost, s lifeSource) string { // a page with other markup
		return s.page(posts, n >= 0)
	}},
}

// lifeBegin is the day on which the troubles begin.
const lifeBegin = 20

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

func (s lifeSource) address() string {
	if s.name == "remodelled" {
		return "https://" + s.name + ".example/list"
	}
	return "https://" + s.name + ".example/feed"
}

// posts returns the last ten articles that a source has posted by a day; some of them are older than the simulation.
func (s lifeSource) posts(day int) []lifePost {
	sum := fnv.New32a()
	sum.Write([]byte(s.name))
	offset := int(sum.Sum32()) % s.rhythm
	var all []lifePost
	for n := -12; n*s.rhythm-offset <= day; n++ {
		for i := range max(1, s.burst) {
			on := n*s.rhythm - offset
			p := lifePost{day: on, date: startDay.AddDate(0, 0, on).Add(-time.Duration(i+1) * time.Hour)}
			p.id = fmt.Sprintf("https://%s.example/%d-%d", s.name, n, i)
			p.link, p.content, p.title = p.id, uniqueText(p.id), uniqueText(p.id + " title")[:40]
			all = append(all, p)
		}
	}
	return all[max(0, len(all)-10):]
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
	return "Content-Type: application/rss+xml\n\n<rss version=\"2.0\"><channel><title>" + s.name + "</title><link>https://" + s.name + ".example/</link>" + b.String() + "</channel></rss>"
}

func (s lifeSource) page(posts []lifePost, remodelled bool) string {
	class := "post"
	if remodelled {
		class = "card-2"
	}
	var b strings.Builder
	for _, p := range posts {
		fmt.Fprintf(&b, "<div class=%s><a href=%q>%s</a></div>", class, p.link, p.title)
	}
	return "Content-Type: text/html\n\n<!doctype html><title>" + s.name + "</title>" + b.String()
}

// switchedWeb is a web that can be down.
type switchedWeb struct {
	*fakeWeb
	down bool
}

func (w switchedWeb) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.down {
		return nil, errors.New("network is unreachable")
	}
	return w.fakeWeb.RoundTrip(r)
}

// newLife returns a simulation of the sources.
func newLife(t *testing.T, sources []lifeSource) *life {
	l := &life{T: t, site: newDailySite(t), sources: sources, begin: lifeBegin}
	var b strings.Builder
	b.WriteString("edition: {size: 3}\nlimits: {pages: 1, gap: 1ms}\nsources:\n")
	for _, s := range sources {
		if s.name == "remodelled" {
			fmt.Fprintf(&b, "  - {page: %q, items: .post, name: %s}\n", s.address(), s.name)
		} else {
			fmt.Fprintf(&b, "  - {feed: %q, name: %s}\n", s.address(), s.name)
		}
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
		"--db", l.site.db, "--out", l.site.out}, env{stdout: &out, stderr: &errs, transport: switchedWeb{web, down}, clock: fixedClock})
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
	days := 56
	if longMode {
		days = 400
	}
	l := newLife(t, lifeSources)
	took := map[int]time.Duration{}
	for day := range days {
		start := time.Now()
		l.day(day, day == 2 || day == 3)
		took[day/10] += time.Since(start)
	}
	told := l.told()
	for _, s := range lifeSources {
		for kind, on := range told[s.name] {
			if kind != s.event && kind != s.end || len(on) > 1 && kind != "rebound" {
				t.Errorf("%s: %q was told on the days %v", s.name, kind, on)
			}
		}
		if s.event == "" {
			continue
		}
		if on := told[s.name][s.event]; len(on) == 0 || on[0] < lifeBegin || on[0] > lifeBegin+max(3, 3*s.rhythm)+1 {
			t.Errorf("%s: %q was told on the days %v; it began on day %d, and it posts every %d days", s.name, s.event, on, lifeBegin, s.rhythm)
		}
		if s.end != "" && len(told[s.name][s.end]) == 0 {
			t.Errorf("%s: that it is well again was not told: %v", s.name, told[s.name])
		}
	}
	outage := slices.DeleteFunc(slices.Clone(l.printed), func(line string) bool {
		return !strings.HasPrefix(line, "day 2:") && !strings.HasPrefix(line, "day 3:")
	})
	if len(outage) != 1 {
		t.Errorf("of the outage: %q", outage)
	}
	info, err := os.Stat(l.site.db)
	must(t, err)
	t.Logf("%d days: stderr had %d lines on %d days; %d requests a day; database %d KB; a run took %v at first and %v in the end",
		days, l.lines, l.withText, len(l.site.web.requests)/days, info.Size()>>10, took[1]/10, took[days/10-1]/10)
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
	days := 30
	if longMode {
		days = 400
	}
	l := newLife(t, slices.DeleteFunc(slices.Clone(lifeSources), func(s lifeSource) bool { return s.event != "" }))
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
