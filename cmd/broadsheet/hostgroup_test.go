package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// sharedServer is a web whose hosts all belong to one operator, which counts their requests together.
type sharedServer struct {
	mu       sync.Mutex
	now      time.Time
	perHour  int            // requests that it answers in any hour; then it responds with 429
	after    string         // the Retry-After of these responses; empty: none
	resets   float64        // share of connections that it breaks off
	dead     map[string]int // status of sources that it never answers, by host and path; 0: it breaks off the connection
	times    []time.Time
	rand     *rand.Rand
	requests int
	answered map[string]int // by host and path of a feed
	last     map[string]time.Time
	longest  map[string]time.Duration // between two answers
}

func (w *sharedServer) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests++
	key := r.URL.Host + r.URL.Path
	resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Medium-Fulfilled-By": {"lite"}}, Request: r, Body: http.NoBody, ProtoMajor: 1, ProtoMinor: 1}
	status, isDead := w.dead[key]
	w.times = slices.DeleteFunc(w.times, func(at time.Time) bool { return w.now.Sub(at) >= time.Hour })
	switch {
	case isDead && status == 0, w.rand.Float64() < w.resets:
		return nil, syscall.ECONNRESET
	case isDead:
		resp.StatusCode = status
		return resp, nil
	case w.perHour > 0 && len(w.times) >= w.perHour:
		resp.StatusCode, resp.Header = http.StatusTooManyRequests, http.Header{}
		if w.after != "" {
			resp.Header.Set("Retry-After", w.after)
		}
		return resp, nil
	}
	w.times = append(w.times, w.now)
	switch {
	case r.URL.Path == "/robots.txt":
		resp.StatusCode = http.StatusNotFound
	case strings.HasSuffix(r.URL.Path, "/feed"):
		if !w.last[key].IsZero() {
			w.longest[key] = max(w.longest[key], w.now.Sub(w.last[key]))
		}
		w.answered[key]++
		w.last[key] = w.now
		resp.Header.Set("Content-Type", "application/rss+xml")
		resp.Body = io.NopCloser(strings.NewReader(fmt.Sprintf(`<rss version="2.0"><channel><title>%s</title>
			<item><title>How we replaced the queue of %s</title><link>https://%s/p/%d</link><pubDate>%s</pubDate></item></channel></rss>`,
			key, key, r.URL.Host, w.now.Unix(), w.now.Format(time.RFC1123Z))))
	default:
		resp.Header.Set("Content-Type", "text/html")
		resp.Body = io.NopCloser(strings.NewReader("<html><body><article><h1>A queue</h1><p>The queue stood before the service all day long, and nobody knew how long it was.</p></article></body></html>"))
	}
	return resp, nil
}

// TestSharedHost_FairShares runs the program hourly or daily with sources that share a host, which answers only some of
// their requests. Each source must get its share, none may wait for long, and what the host answers must be used.
func TestSharedHost_FairShares(t *testing.T) {
	for _, test := range []struct {
		name    string
		long    bool // run only as a long test
		server  *sharedServer
		domain  string // of its hosts; empty: medium.com, so that they are known to share it from the beginning
		sources int
		take    string
		entry   string
		every   time.Duration
		runs    int
		wish    time.Duration // how often each source is to be asked; 0: in every run
		least   float64       // share of what a source could get, which each source gets at least
		longest int           // runs that a source may wait at most
	}{
		{name: "more sources than the host answers", server: &sharedServer{perHour: 8}, domain: "example", sources: 23, take: "none", entry: "every: 1h", every: time.Hour, runs: 16, least: 0.7, longest: 5},
		{name: "pages come after feeds", long: true, server: &sharedServer{perHour: 5}, sources: 12, take: "all", entry: "every: 1h", every: time.Hour, runs: 16, least: 0.7, longest: 5},
		{name: "daily", long: true, server: &sharedServer{perHour: 8}, sources: 23, take: "none", every: 24 * time.Hour, runs: 24, least: 0.75, longest: 5},
		{name: "Retry-After", long: true, server: &sharedServer{perHour: 5, after: "3600"}, sources: 12, take: "none", entry: "every: 1h", every: time.Hour, runs: 24, least: 0.8, longest: 5},
		{name: "half of all connections broken off", server: &sharedServer{resets: 0.5}, sources: 12, take: "none", entry: "every: 1h", every: time.Hour, runs: 20, least: 0.4, longest: 12},
		{name: "twice a day, beside pages", server: &sharedServer{perHour: 5}, sources: 12, take: "all", entry: "every: 12h", every: time.Hour, runs: 48, wish: 12 * time.Hour, least: 0.8, longest: 16},
		{name: "twice a day, half of all connections broken off", long: true, server: &sharedServer{resets: 0.5}, sources: 12, take: "all", entry: "every: 12h", every: time.Hour, runs: 72, wish: 12 * time.Hour, least: 0.8, longest: 18},
		{name: "daily, in hourly runs", long: true, server: &sharedServer{perHour: 8}, sources: 23, take: "all", entry: "every: 1d", every: time.Hour, runs: 120, wish: 24 * time.Hour, least: 0.8, longest: 28},
		{name: "one source is gone", long: true, server: &sharedServer{perHour: 4, dead: map[string]int{"blog00.medium.com/feed": 404}}, sources: 9, take: "none", entry: "every: 1h", every: time.Hour, runs: 24, least: 0.7, longest: 6},
		{name: "one source is refused", server: &sharedServer{perHour: 4, dead: map[string]int{"blog00.medium.com/feed": 429}}, sources: 9, take: "none", entry: "every: 1h", every: time.Hour, runs: 24, least: 0.5, longest: 9},
		{name: "one source breaks off", long: true, server: &sharedServer{perHour: 4, dead: map[string]int{"blog00.medium.com/feed": 0}}, sources: 9, take: "none", entry: "every: 1h", every: time.Hour, runs: 24, least: 0.7, longest: 6},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.long {
				skipUnlessLong(t)
			}
			runs := test.runs
			if longMode {
				runs *= 4
			}
			w := test.server
			w.answered, w.last, w.longest = map[string]int{}, map[string]time.Time{}, map[string]time.Duration{}
			w.rand = rand.New(rand.NewPCG(7, 7))
			dir := t.TempDir()
			var b strings.Builder
			b.WriteString("sources:\n")
			for i := range test.sources {
				entry := strings.Trim(test.entry+", take: "+test.take, ", ")
				fmt.Fprintf(&b, "  - {feed: 'https://blog%02d.%s/feed', name: 'Blog %d', %s}\n", i, cmp.Or(test.domain, "medium.com"), i, entry)
			}
			if err := os.WriteFile(filepath.Join(dir, "feeds.yaml"), []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
			start, printed := time.Date(2026, 1, 1, 6, 17, 0, 0, time.UTC), 0
			for n := range runs {
				w.now = start.Add(time.Duration(n) * test.every)
				var errs bytes.Buffer
				args := []string{"run", "--quiet", "--db", filepath.Join(dir, "broadsheet.db"), "--out", filepath.Join(dir, "public"),
					"--feeds", filepath.Join(dir, "feeds.yaml"), "--now", w.now.Format(time.RFC3339)}
				if status := run(context.Background(), args, env{stdout: io.Discard, stderr: &errs, transport: w, clock: func() time.Time { return w.now }}); status != 0 {
					t.Fatalf("run %d: %s", n, errs.String())
				}
				printed += strings.Count(errs.String(), "\n")
			}
			live := test.sources - len(w.dead)
			possible := float64(runs)
			if w.perHour > 0 {
				possible *= min(1, float64(w.perHour)/float64(live))
			}
			if test.wish > 0 {
				possible = min(possible, float64(runs)*float64(test.every)/float64(test.wish))
			}
			if len(w.answered) != live {
				t.Errorf("%d of %d sources were answered", len(w.answered), live)
			}
			for _, key := range slices.Sorted(maps.Keys(w.answered)) {
				wait := max(w.longest[key], w.now.Sub(w.last[key]))
				if got := float64(w.answered[key]); got < test.least*possible || wait > time.Duration(test.longest)*test.every {
					t.Errorf("%s: %v answers of %.1f possible; once it waited for %v", key, got, possible, wait)
				}
			}
			if len(w.dead) == 0 && printed > 2+runs/5 {
				t.Errorf("%d lines were printed", printed)
			}
		})
	}
}
