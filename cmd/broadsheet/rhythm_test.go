//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// rhythmWeb is a web of feeds that write at different rhythms, at a given clock.
type rhythmWeb struct {
	now     time.Time
	sources []*rhythmSource

	mu     sync.Mutex
	visits map[string]int // requests for feeds, by host
	pages  map[string]int // requests for articles' pages, by URL
}

// rhythmSource is a feed with the times of its articles.
type rhythmSource struct {
	host, rhythm string
	posts        []time.Time
	window       int    // entries that its document has
	undated      bool   // its entries have no date
	hints        string // elements of its channel
	maxAge       int    // Cache-Control, in seconds
	isSitemap    bool   // it is a sitemap, which has no titles either
	hasPages     bool   // its entries have no text: that is on their pages
}

// newRhythmWeb returns some forty sources of every rhythm, which write from long before start until end.
func newRhythmWeb(start, end time.Time) *rhythmWeb {
	w := &rhythmWeb{visits: map[string]int{}, pages: map[string]int{}}
	random := rand.New(rand.NewPCG(1, 2))
	const day = 24 * time.Hour
	add := func(rhythm string, count int, gap time.Duration, each int) {
		for i := range count {
			s := &rhythmSource{host: fmt.Sprintf("%s%d.example", rhythm, i), rhythm: rhythm, window: 10 + 5*(i%4)}
			switch i % 5 {
			case 1:
				s.undated = true
			case 2:
				s.hints = "<ttl>60</ttl>"
			case 3:
				s.maxAge = 3600
			}
			// Half of the sources write as by a timetable, the others as by chance.
			at := end.Add(-time.Duration(random.Int64N(int64(gap))))
			for len(s.posts) < s.window+5 || at.After(start) {
				for range each {
					s.posts = append(s.posts, at.Add(-time.Duration(random.Int64N(int64(6*time.Hour)))/time.Duration(7-min(6, each))))
				}
				wait := gap
				if i%2 == 1 {
					wait = time.Duration(float64(gap) * random.ExpFloat64())
				}
				at = at.Add(-wait - time.Minute)
			}
			slices.SortFunc(s.posts, time.Time.Compare)
			w.sources = append(w.sources, s)
		}
	}
	add("hourly", 3, time.Hour, 1)
	add("often", 4, 5*time.Hour, 1)
	add("daily", 7, day, 1)
	add("weekly", 8, 7*day, 1)
	add("monthly", 8, 30*day, 1)
	add("quarterly", 4, 91*day, 1)
	add("burst", 4, 9*day, 6)
	add("dormant", 2, 500*day, 1)
	for _, s := range w.sources {
		if s.rhythm == "dormant" {
			s.posts = slices.DeleteFunc(s.posts, func(t time.Time) bool { return t.After(start.Add(-400 * day)) })
		}
	}
	return w
}

func (w *rhythmWeb) answer(r *http.Request) (*http.Response, error) {
	response := &http.Response{StatusCode: http.StatusNotFound, Header: http.Header{}, Request: r, ProtoMajor: 1, ProtoMinor: 1}
	var body bytes.Buffer
	host := r.URL.Hostname()
	i := slices.IndexFunc(w.sources, func(s *rhythmSource) bool { return s.host == host })
	if i >= 0 && r.URL.Path == "/feed" {
		w.mu.Lock()
		w.visits[host]++
		w.mu.Unlock()
		w.sources[i].write(&body, w.now)
		response.StatusCode = http.StatusOK
		if age := w.sources[i].maxAge; age > 0 {
			response.Header.Set("Cache-Control", fmt.Sprint("max-age=", age))
		}
	}
	if i >= 0 && w.sources[i].hasPages && r.URL.Path != "/feed" && r.URL.Path != "/robots.txt" {
		w.mu.Lock()
		w.pages[r.URL.String()]++
		w.mu.Unlock()
		response.StatusCode = http.StatusOK
		response.Header.Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(&body, "<!doctype html><title>%s</title><article><p>%s</p><p>%s</p></article>",
			agedProse(r.URL.String(), 8), agedProse(r.URL.String()+"p", 60), agedProse(r.URL.String()+"q", 60))
	}
	response.Body, response.ContentLength = io.NopCloser(&body), int64(body.Len())
	return response, nil
}

// write writes the document as it is at now.
func (s *rhythmSource) write(body *bytes.Buffer, now time.Time) {
	if s.isSitemap {
		body.WriteString(`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
		for i := range s.posts {
			fmt.Fprintf(body, "<url><loc>https://%s/article-%d</loc></url>", s.host, i)
		}
		body.WriteString("</urlset>")
		return
	}
	fmt.Fprintf(body, `<rss version="2.0"><channel><title>%s</title><link>https://%s/</link>%s`, s.host, s.host, s.hints)
	n, _ := slices.BinarySearchFunc(s.posts, now, time.Time.Compare)
	for i := n - 1; i >= max(0, n-s.window); i-- {
		link := fmt.Sprintf("https://%s/%d", s.host, i)
		fmt.Fprintf(body, "<item><title>%s</title><link>%s</link><guid>%s</guid>", agedProse(link, 8), link, link)
		if !s.undated {
			fmt.Fprintf(body, "<pubDate>%s</pubDate>", s.posts[i].UTC().Format(time.RFC1123Z))
		}
		if !s.hasPages {
			fmt.Fprintf(body, "<description>%s</description>", agedProse(link+"s", 60))
		}
		body.WriteString("</item>")
	}
	body.WriteString("</channel></rss>")
}

// rhythmPaper is a publication about a rhythmWeb.
type rhythmPaper struct {
	*testing.T
	dir string
	web *rhythmWeb
}

func newRhythmPaper(t *testing.T, web *rhythmWeb, settings string) *rhythmPaper {
	p := &rhythmPaper{t, t.TempDir(), web}
	feeds := "title: Rhythms\nurl: https://paper.example/\n" + settings + "sources:\n"
	for _, s := range web.sources {
		kind := "feed"
		if s.isSitemap {
			kind = "sitemap"
		}
		feeds += fmt.Sprintf("  - {%s: https://%s/feed, take: all}\n", kind, s.host)
	}
	must(t, os.WriteFile(filepath.Join(p.dir, "feeds.yaml"), []byte(feeds), 0o644))
	return p
}

// call calls the program at a time and returns what it printed.
func (p *rhythmPaper) call(at time.Time, args ...string) string {
	p.Helper()
	p.web.now = at
	in := func(name string) string { return filepath.Join(p.dir, name) }
	var out, errs bytes.Buffer
	args = slices.Concat(args[:1], []string{"--feeds", in("feeds.yaml"), "--db", in("paper.db"), "--out", in("public")}, args[1:])
	status := run(context.Background(), args, env{stdout: &out, stderr: &errs, transport: roundTripper(p.web.answer), clock: func() time.Time { return at }})
	if status != 0 { // that some of the sources have fallen silent is told
		p.Fatalf("%s %v: exit %d: %s", at, args, status, errs.String())
	}
	return out.String()
}

// editions returns the day of the edition that each article was in, by link.
func (p *rhythmPaper) editions(at time.Time) map[string]string {
	p.Helper()
	days := map[string]string{}
	for line := range strings.Lines(p.call(at, "articles")) {
		var a struct{ Link, Edition string }
		must(p.T, json.Unmarshal([]byte(line), &a))
		days[a.Link] = a.Edition
	}
	return days
}

// TestRhythm compares two papers about the same web, with runs every hour: one asks each source at its rhythm, the other
// asks all of them in every run. No article may be in a later edition in the first one, and it makes at most a third of
// the visits.
func TestRhythm(t *testing.T) {
	t.Parallel()
	skipUnlessLong(t) // TestAtRhythm_NoArticleIsLate of package schedule has the same rules, and TestPace runs here
	const days = 14
	start := time.Date(2026, 11, 2, 9, 17, 0, 0, time.UTC)
	end := start.AddDate(0, 0, days)
	const settings = "edition: {size: 200, per_source: 200, time: '07:00'}\nselection: {threshold: 0}\n"
	web := newRhythmWeb(start, end)
	own := newRhythmPaper(t, web, settings)
	for at := start; at.Before(end); at = at.Add(time.Hour) {
		own.call(at, "run")
	}
	visits := web.visits
	web.visits = map[string]int{}
	hourly := newRhythmPaper(t, web, settings)
	for at := start; at.Before(end); at = at.Add(time.Hour) {
		hourly.call(at, "run", "--force")
	}
	before, after := hourly.editions(end), own.editions(end)
	late := 0
	for link, day := range before {
		if got := after[link]; day != "" && (got == "" || got > day) {
			if late++; late < 10 {
				t.Errorf("%s is in the edition of %q, and of %s when all sources are asked hourly", link, got, day)
			}
		}
	}
	total, totalHourly := 0, 0
	byRhythm, count := map[string]int{}, map[string]int{}
	for _, s := range web.sources {
		byRhythm[s.rhythm] += visits[s.host]
		count[s.rhythm]++
		total += visits[s.host]
		totalHourly += web.visits[s.host]
	}
	for rhythm, n := range byRhythm {
		t.Logf("%-10s %.1f visits a source and day", rhythm, float64(n)/float64(count[rhythm]*days))
	}
	t.Logf("%d sources, %d days: %d visits, %.0f a source; hourly %d, %.0f a source; %d of %d articles late", len(web.sources), days,
		total, float64(total)/float64(len(web.sources)), totalHourly, float64(totalHourly)/float64(len(web.sources)), late, len(before))
	if 3*total > totalHourly {
		t.Errorf("%d visits, and %d when all sources are asked hourly: more than a third", total, totalHourly)
	}
}

// TestPace checks which pages are read of a backlog of a thousand articles without text, with two new ones a day: those
// that the editions show, the new ones, and of the others five editions' worth a day.
func TestPace(t *testing.T) {
	t.Parallel()
	days := 2
	if longMode {
		days = 14
	}
	const size, sources = 6, 10
	start := time.Date(2026, 11, 2, 9, 17, 0, 0, time.UTC)
	end := start.AddDate(0, 0, days)
	web := &rhythmWeb{visits: map[string]int{}, pages: map[string]int{}}
	for i := range sources {
		s := &rhythmSource{host: fmt.Sprintf("blog%d.example", i), window: 200, hasPages: true}
		for n := range 100 {
			s.posts = append(s.posts, start.AddDate(0, 0, -130+n).Add(time.Duration(i)*time.Hour)) // the newest is a month old
		}
		for at := start.AddDate(0, 0, -3); i < 2 && at.Before(end); at = at.AddDate(0, 0, 1) {
			s.posts = append(s.posts, at.Add(11*time.Hour))
		}
		web.sources = append(web.sources, s)
	}
	p := newRhythmPaper(t, web, fmt.Sprintf("edition: {size: %d, time: '07:00'}\nselection: {threshold: 0}\n", size))
	read := func(at time.Time) int {
		web.pages = map[string]int{}
		p.call(at, "run")
		return len(web.pages)
	}
	isRead := map[string]bool{}
	for day := range days {
		sum := 0
		for hour := range 24 {
			at := start.AddDate(0, 0, day).Add(time.Duration(hour) * time.Hour)
			sum += read(at)
			for address := range web.pages {
				isRead[address] = true
			}
			if hour%6 > 0 && !longMode {
				continue
			}
			if n := read(at.Add(time.Minute)); n > 0 && (day < 6 || hour != 22) { // then all that matters is read, and an edition makes room for more
				t.Errorf("a minute after the run of %s, %d pages are read", at, n)
			}
		}
		if most := 5*size + 2 + 3*2; sum > most || day < 2 && sum < 4*size { // later, twenty of each source are ready
			t.Errorf("day %d: %d pages are read, want at most %d", day, sum, most)
		}
		t.Logf("day %d: %d pages", day, sum)
	}
	shown := map[string]int{}
	for address, edition := range p.editions(end) {
		if edition == "" {
			continue
		}
		shown[edition]++
		if !isRead[address] {
			t.Errorf("%s is in the edition of %s, and its page was not read", address, edition)
		}
	}
	if first := start.Format(time.DateOnly); shown[first] != size || len(shown) != days+1 {
		t.Errorf("picks of each edition: %v", shown)
	}
}

// TestPace_Sitemaps reads pages that have to be read before it is known what they are: as many as the first edition needs,
// then at the same pace as those of a backlog.
func TestPace_Sitemaps(t *testing.T) {
	t.Parallel()
	const size = 6
	start := time.Date(2026, 11, 2, 9, 17, 0, 0, time.UTC)
	web := &rhythmWeb{visits: map[string]int{}, pages: map[string]int{}}
	for i := range 8 {
		web.sources = append(web.sources, &rhythmSource{host: fmt.Sprintf("map%d.example", i), isSitemap: true, hasPages: true, posts: make([]time.Time, 50)})
	}
	p := newRhythmPaper(t, web, fmt.Sprintf("edition: {size: %d, time: '07:00'}\nselection: {threshold: 0}\n", size))
	for _, c := range []struct {
		after       time.Duration
		least, most int
	}{{0, size, 5*size + size}, {time.Minute, 0, 0}, {time.Hour, 0, 0}, {22 * time.Hour, 0, size}, {25 * time.Hour, size, 5 * size}} {
		web.pages = map[string]int{}
		p.call(start.Add(c.after), "run")
		if n := len(web.pages); n < c.least || n > c.most {
			t.Errorf("the run after %s reads %d pages, want %d to %d", c.after, n, c.least, c.most)
		}
	}
	shown := map[string]int{}
	for _, edition := range p.editions(start.Add(25 * time.Hour)) {
		shown[edition]++
	}
	if shown["2026-11-02"] != size || shown["2026-11-03"] == 0 {
		t.Errorf("picks of each edition: %v", shown)
	}
}
