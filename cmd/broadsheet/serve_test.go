package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/pipeline"
)

// fastClock is a clock whose sleep returns at once and moves the time on. Events happen when their time is passed.
type fastClock struct {
	mu     sync.Mutex
	at     time.Time
	until  time.Time
	over   context.CancelFunc
	events []scheduledEvent
}

type scheduledEvent struct {
	at time.Time
	do func()
}

func (c *fastClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *fastClock) sleep(_ context.Context, d time.Duration) {
	c.mu.Lock()
	c.at = c.at.Add(d)
	var due []func()
	for len(c.events) > 0 && !c.at.Before(c.events[0].at) {
		due = append(due, c.events[0].do)
		c.events = c.events[1:]
	}
	over := !c.at.Before(c.until)
	c.mu.Unlock()
	for _, do := range due {
		do()
	}
	if over {
		c.over()
	}
}

const oneFeed = "Content-Type: application/rss+xml\nETag: \"%[1]d\"\nCache-Control: max-age=7200\n\n<rss version=\"2.0\"><channel><title>Blog</title>\n" +
	"<item><title>Number %[1]d</title><link>https://blog.example/%[1]d</link><pubDate>%[2]s</pubDate><description>The queue number %[1]d was " +
	"drained by a worker that had been stopped for the night, and the letters in it were delivered twice until the lease was made longer than the pause.</description></item></channel></rss>\n"

// TestServe_OneDay runs a server through thirty hours in a moment: it cuts the first edition at once, requests its
// source every two hours as the source's Cache-Control says, cuts the next edition to the minute, loads a changed
// feeds.yaml, keeps the old one if the new one is wrong, and stops cleanly.
func TestServe_OneDay(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 24, 0, 30, 0, 0, time.UTC)
	ctx, over := context.WithCancel(context.Background())
	clock := &fastClock{at: start, until: start.Add(30 * time.Hour), over: over}
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	feeds := func(text string) func() {
		return func() {
			if err := os.WriteFile(in("feeds.yaml"), []byte(text), 0o644); err != nil {
				t.Error(err)
			}
		}
	}
	const one, two = "edition: {time: '06:10', timezone: UTC}\nsources:\n  - https://blog.example/feed.xml\n", "  - https://other.example/feed.xml\n"
	feeds(one)()
	web := newFakeWeb(nil, clock.now)
	tell := func(n int) []byte { return fmt.Appendf(nil, oneFeed, n, clock.now().Format(time.RFC1123Z)) }
	web.pages["https://blog.example/feed.xml"] = tell(1)
	var when []string // hosts that were requested, with the time
	asked := roundTripper(func(r *http.Request) (*http.Response, error) {
		when = append(when, r.URL.Host+" "+clock.now().Format("15:04"))
		return web.RoundTrip(r)
	})
	clock.events = []scheduledEvent{
		{start.Add(3 * time.Hour), feeds(one + "\nsurprise: 1\n")},
		{start.Add(9 * time.Hour), func() { web.pages["https://blog.example/feed.xml"] = tell(2) }},
		{start.Add(12 * time.Hour), feeds(one + two)},
	}
	var log lockedBuffer
	status := run(ctx, []string{"serve", "--listen", "127.0.0.1:0", "--log-format", "json", "--feeds", in("feeds.yaml"),
		"--db", in("broadsheet.db"), "--out", in("public")},
		env{stdout: io.Discard, stderr: &log, transport: asked, clock: clock.now, sleep: clock.sleep})
	if status != console.ExitDone {
		t.Errorf("exit %d", status)
	}
	feed := 0
	for _, a := range when {
		if strings.HasPrefix(a, "blog.example ") {
			feed++
		}
	}
	if feed < 13 || feed > 25 { // fifteen requests for the feed, and some pages
		t.Errorf("asked %d times in thirty hours: %q", feed, when)
	}
	printed := log.String()
	for _, want := range []string{`"time":"2026-11-24T00:30:00Z","level":"INFO","msg":"edition cut","day":"2026-11-24"`,
		`"time":"2026-11-25T06:10:00Z","level":"INFO","msg":"edition cut","day":"2026-11-25"`, `the one before stays in force`, `surprise`,
		`feeds.yaml taken over`, `"sources":2`, `"msg":"stopped"`} {
		if !strings.Contains(printed, want) {
			t.Errorf("the log does not say %s", want)
		}
	}
	if !strings.Contains(strings.Join(when, "\n"), "other.example 12:30") {
		t.Errorf("the source that was added at 12:30 was not asked then: %q", when)
	}
	if n := strings.Count(printed, "edition cut"); n != 2 {
		t.Errorf("%d editions were cut in a day and a morning, want 2", n)
	}
	if _, err := os.Stat(in("public/2026/11/24/index.html")); err != nil {
		t.Error(err)
	}
	if t.Failed() {
		t.Log(printed)
	}
}

// TestServe_Outage has a network that is down for some hours, twice: each outage is logged once, no round counts as
// failed, and the first edition is cut as soon as a source answers.
func TestServe_Outage(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 24, 0, 30, 0, 0, time.UTC)
	ctx, over := context.WithCancel(t.Context())
	clock := &fastClock{at: start, until: start.Add(20 * time.Hour), over: over}
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.WriteFile(in("feeds.yaml"), []byte("sources:\n  - https://blog.example/feed.xml\n"), 0o644))
	web := newFakeWeb(nil, clock.now)
	up := fmt.Appendf(nil, oneFeed, 1, "Mon, 23 Nov 2026 09:00:00 GMT")
	network := func(is []byte) func() { return func() { web.pages["https://blog.example/feed.xml"] = is } }
	network([]byte("!network is unreachable"))()
	clock.events = []scheduledEvent{
		{start.Add(5 * time.Hour), network(up)},
		{start.Add(10 * time.Hour), network([]byte("!network is unreachable"))},
	}
	var log lockedBuffer
	status := run(ctx, []string{"serve", "--listen", "127.0.0.1:0", "--log-format", "json", "--feeds", in("feeds.yaml"), "--db", in("broadsheet.db"), "--out", in("public")},
		env{stdout: io.Discard, stderr: &log, transport: web, clock: clock.now, sleep: clock.sleep})
	printed := log.String()
	if n := strings.Count(printed, "no source at all could be reached"); status != console.ExitDone || n != 2 || strings.Contains(printed, "round failed") {
		t.Errorf("exit %d, and two outages are told %d times:\n%s", status, n, printed)
	}
	if !strings.Contains(printed, `"msg":"edition cut","day":"2026-11-24"`) {
		t.Errorf("no edition was cut:\n%s", printed)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// lockedBuffer can be written by a server while a test reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestRunReport compares the report and the metrics with what a run did.
func TestRunReport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	feeds := "edition: {time: '06:00', timezone: UTC}\nsources:\n  - https://blog.example/feed.xml\n  - {feed: 'https://me:secret@down.example/feed.xml', name: Down}\n"
	if err := os.WriteFile(in("feeds.yaml"), []byte(feeds), 0o644); err != nil {
		t.Fatal(err)
	}
	web := newFakeWeb(nil, nil)
	web.pages["https://blog.example/feed.xml"] = fmt.Appendf(nil, oneFeed, 1, "Mon, 23 Nov 2026 09:00:00 GMT")
	status := run(context.Background(), []string{"run", "--now", "2026-11-24T07:00:00Z", "--feeds", in("feeds.yaml"), "--db", in("broadsheet.db"),
		"--out", in("public"), "--report", in("report.json"), "--metrics", in("broadsheet.prom")}, env{stdout: io.Discard, stderr: io.Discard, transport: web, clock: fixedClock})
	if status != console.ExitDone {
		t.Fatalf("exit %d", status)
	}
	text, err := os.ReadFile(in("report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r pipeline.ReportDocument
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if r.Command != "run" || r.Sources.Total != 2 || r.Sources.New != 1 || r.Sources.Failing != 1 || r.Articles != 1 || r.Edition == nil ||
		r.Edition.Picks != 1 || r.Edition.Day != "2026-11-24" || len(r.Files) < 5 || r.NextEdition == nil || r.Stages["ask"] <= 0 || r.Seconds <= 0 {
		t.Errorf("the report does not tell what was done:\n%s", text)
	}
	if len(r.Troubles) != 1 || r.Troubles[0].Name != "Down" || r.Troubles[0].What != "failing" || strings.Contains(string(text), "secret") {
		t.Errorf("troubles: %+v", r.Troubles)
	}
	metrics, err := os.ReadFile(in("broadsheet.prom"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# TYPE broadsheet_run_success gauge\nbroadsheet_run_success 1\n", `broadsheet_sources{outcome="failing"} 1`, "broadsheet_edition_picks 1\n",
		"broadsheet_edition_timestamp_seconds 1795503600\n", "broadsheet_articles_new 1\n"} {
		if !strings.Contains(string(metrics), want) {
			t.Errorf("want %q in\n%s", want, metrics)
		}
	}
	left, _ := filepath.Glob(in(".*"))
	if len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
