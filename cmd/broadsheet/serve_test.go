package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// fastClock is a clock on which waiting takes no time. What is to happen at a time happens when it is waited past.
type fastClock struct {
	mu    sync.Mutex
	at    time.Time
	until time.Time
	over  context.CancelFunc
	then  []appointment
}

type appointment struct {
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
	for len(c.then) > 0 && !c.at.Before(c.then[0].at) {
		due = append(due, c.then[0].do)
		c.then = c.then[1:]
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

// TestADayOfServe lets a server live through a day in a moment: it cuts the first edition at once, asks its source every two
// hours as that wants, cuts the next edition to the minute, takes over a changed feeds.yaml, keeps the old one when the new one is wrong, and ends in peace.
func TestADayOfServe(t *testing.T) {
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
	web := newWeb(nil, clock.now)
	tell := func(n int) []byte { return fmt.Appendf(nil, oneFeed, n, clock.now().Format(time.RFC1123Z)) }
	web.pages["https://blog.example/feed.xml"] = tell(1)
	var when []string // what was asked, and at which time
	asked := roundTripper(func(r *http.Request) (*http.Response, error) {
		when = append(when, r.URL.Host+" "+clock.now().Format("15:04"))
		return web.RoundTrip(r)
	})
	clock.then = []appointment{
		{start.Add(3 * time.Hour), feeds(one + "\nsurprise: 1\n")},
		{start.Add(9 * time.Hour), func() { web.pages["https://blog.example/feed.xml"] = tell(2) }},
		{start.Add(12 * time.Hour), feeds(one + two)},
	}
	var log lockedBuffer
	status := run(ctx, []string{"serve", "--listen", "127.0.0.1:0", "--log-format", "json", "--feeds", in("feeds.yaml"),
		"--db", in("broadsheet.db"), "--out", in("public")},
		world{stdout: io.Discard, stderr: &log, transport: asked, clock: clock.now, sleep: clock.sleep})
	if status != exitDone {
		t.Errorf("exit %d", status)
	}
	feed := 0
	for _, a := range when {
		if strings.HasPrefix(a, "blog.example ") {
			feed++
		}
	}
	if feed < 13 || feed > 25 { // fifteen visits to the feed, and some pages
		t.Errorf("asked %d times in thirty hours: %q", feed, when)
	}
	said := log.String()
	for _, want := range []string{`"time":"2026-11-24T00:30:00Z","level":"INFO","msg":"edition cut","day":"2026-11-24"`,
		`"time":"2026-11-25T06:10:00Z","level":"INFO","msg":"edition cut","day":"2026-11-25"`, `the one before stays in force`, `surprise`,
		`feeds.yaml taken over`, `"sources":2`, `"msg":"stopped"`} {
		if !strings.Contains(said, want) {
			t.Errorf("the log does not say %s", want)
		}
	}
	if !strings.Contains(strings.Join(when, "\n"), "other.example 12:30") {
		t.Errorf("the source that was added at 12:30 was not asked then: %q", when)
	}
	if n := strings.Count(said, "edition cut"); n != 2 {
		t.Errorf("%d editions were cut in a day and a morning, want 2", n)
	}
	if _, err := os.Stat(in("public/2026/11/24/index.html")); err != nil {
		t.Error(err)
	}
	if t.Failed() {
		t.Log(said)
	}
}

// TestServeDuringAnOutage lets the network be down for some hours, twice: each outage is logged once, no round counts as one
// that could not be done, and the paper begins as soon as a source answers.
func TestServeDuringAnOutage(t *testing.T) {
	start := time.Date(2026, 11, 24, 0, 30, 0, 0, time.UTC)
	ctx, over := context.WithCancel(t.Context())
	clock := &fastClock{at: start, until: start.Add(20 * time.Hour), over: over}
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.WriteFile(in("feeds.yaml"), []byte("sources:\n  - https://blog.example/feed.xml\n"), 0o644))
	web := newWeb(nil, clock.now)
	up := fmt.Appendf(nil, oneFeed, 1, "Mon, 23 Nov 2026 09:00:00 GMT")
	network := func(is []byte) func() { return func() { web.pages["https://blog.example/feed.xml"] = is } }
	network([]byte("!network is unreachable"))()
	clock.then = []appointment{
		{start.Add(5 * time.Hour), network(up)},
		{start.Add(10 * time.Hour), network([]byte("!network is unreachable"))},
	}
	var log lockedBuffer
	status := run(ctx, []string{"serve", "--listen", "127.0.0.1:0", "--log-format", "json", "--feeds", in("feeds.yaml"), "--db", in("broadsheet.db"), "--out", in("public")},
		world{stdout: io.Discard, stderr: &log, transport: web, clock: clock.now, sleep: clock.sleep})
	said := log.String()
	if n := strings.Count(said, "no source at all could be reached"); status != exitDone || n != 2 || strings.Contains(said, "round failed") {
		t.Errorf("exit %d, and two outages are told %d times:\n%s", status, n, said)
	}
	if !strings.Contains(said, `"msg":"edition cut","day":"2026-11-24"`) {
		t.Errorf("no edition was cut:\n%s", said)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// lockedBuffer is written to by a server while a test reads it.
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

// shelfServer serves a small output folder.
func shelfServer(t *testing.T) (*httptest.Server, string) {
	t.Helper()
	dir := t.TempDir()
	out := filepath.Join(dir, "public")
	long := strings.Repeat("<p>The lease was longer than the pause.</p>\n", 100)
	for name, text := range map[string]string{
		"index.html": "<!doctype html><title>Front</title>" + long, "atom.xml": "<feed/>" + long, "404.html": "<!doctype html><title>Not here</title>",
		"2026/11/24/index.html": "day", "feed.json": "{}", "rss.xml": "<rss/>", "opml.xml": "<opml/>", "icon.png": "\x89PNG", "empty/x.txt": "x",
		".broadsheet.json": "{}", "2026/.hidden": "x", "topics/a:b/index.html": "colon", "archive/2026-11.xml": "<feed/>",
	} {
		path := filepath.Join(out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	_ = os.Symlink("../secret", filepath.Join(out, "link.txt"))
	s := &server{app: &app{out: out}}
	s.config.URL = "https://example.org/paper/"
	web := httptest.NewServer(s.handler())
	t.Cleanup(web.Close)
	return web, dir
}

// raw sends a request line and headers as they are, and reads the answer.
func raw(t *testing.T, web *httptest.Server, method, target string, header map[string]string) (*http.Response, string) {
	t.Helper()
	c, err := net.Dial("tcp", web.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: paper.example\r\nConnection: close\r\n", method, target)
	for k, v := range header {
		fmt.Fprintf(c, "%s: %s\r\n", k, v)
	}
	fmt.Fprint(c, "\r\n")
	r, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	return r, string(body)
}

// TestPathsOfTheServer holds which paths lead to a file, and that no trick leads to one that is not to be served.
func TestPathsOfTheServer(t *testing.T) {
	web, _ := shelfServer(t)
	for target, want := range map[string]int{
		"/": 200, "/index.html": 200, "/atom.xml": 200, "/2026/11/24/": 200, "/2026/11/24/index.html": 200, "/paper/atom.xml": 200, "/paper/": 200,
		"/atom.xml?x=../..": 200, "/topics/a:b/": 200, "/%61tom.xml": 200,
		"/2026/11/24": 301, "/topics/a:b": 301,
		"/nothing": 404, "/2026/": 404, "/empty": 404, "/empty/": 404, "/2026/11": 404, "//2026/11/24": 404, "/2026//11/24/": 404,
		"/../secret": 404, "/2026/../../secret": 404, "/%2e%2e/secret": 404, "/%2E%2E%2Fsecret": 404, "/..%2fsecret": 404, "/..%5csecret": 404,
		"/..\\secret": 404, "/.broadsheet.json": 404, "/%2ebroadsheet.json": 404, "/2026/.hidden": 404, "/atom.xml%00.html": 404, "/./atom.xml": 404,
		"/2026%2f11%2f24%2f": 404, "/atom.xml/": 404, "/link.txt": 404, "/paper/../../secret": 404, "/" + strings.Repeat("a", 3000): 404,
		"/..;/secret": 404, "/%252e%252e/secret": 404, "//secret": 404, "/C:/secret": 404, "/con": 404, "http://other.example/atom.xml": 200,
	} {
		r, body := raw(t, web, "GET", target, nil)
		if r.StatusCode != want {
			t.Errorf("GET %.60s: %d, want %d", target, r.StatusCode, want)
		}
		if strings.Contains(body, "secret") {
			t.Errorf("GET %s tells the secret", target)
		}
		if want == 404 && !strings.Contains(body, "Not here") {
			t.Errorf("GET %s: the page that says so is missing: %.100q", target, body)
		}
		if want == 301 && r.Header.Get("Location") != "24/" && r.Header.Get("Location") != "./a:b/" {
			t.Errorf("GET %s leads to %q", target, r.Header.Get("Location"))
		}
		if r.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(r.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("GET %s lacks a header of safety: %v", target, r.Header)
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"} {
		if r, _ := raw(t, web, method, "/atom.xml", nil); r.StatusCode != 405 || r.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d, Allow %q", method, r.StatusCode, r.Header.Get("Allow"))
		}
	}
}

// TestConditionsOfTheServer goes through what a client may ask for: whole, in part, packed, if it has changed, the head
// alone, and all of that together.
func TestConditionsOfTheServer(t *testing.T) {
	web, _ := shelfServer(t)
	whole, body := raw(t, web, "GET", "/atom.xml", nil)
	tag, modified := whole.Header.Get("ETag"), whole.Header.Get("Last-Modified")
	if len(tag) < 10 || modified == "" || whole.Header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("no validators: %v", whole.Header)
	}
	packed := strings.TrimSuffix(tag, `"`) + `-gz"`
	const past = "Mon, 01 Jan 2001 00:00:00 GMT"
	type ask = map[string]string
	for _, c := range []struct {
		ask    ask
		status int
		length int // of the body; -1: any
	}{
		{ask{}, 200, len(body)},
		{ask{"If-None-Match": tag}, 304, 0},
		{ask{"If-None-Match": "W/" + tag}, 304, 0},
		{ask{"If-None-Match": `"other", ` + tag}, 304, 0},
		{ask{"If-None-Match": "*"}, 304, 0},
		{ask{"If-None-Match": `"other"`}, 200, len(body)},
		{ask{"If-Modified-Since": modified}, 304, 0},
		{ask{"If-Modified-Since": past}, 200, len(body)},
		{ask{"If-Modified-Since": "yesterday"}, 200, len(body)},
		{ask{"If-None-Match": `"other"`, "If-Modified-Since": modified}, 200, len(body)}, // the tag decides alone
		{ask{"If-None-Match": tag, "If-Modified-Since": past}, 304, 0},
		{ask{"If-Match": tag}, 200, len(body)},
		{ask{"If-Match": `"other"`}, 412, 0},
		{ask{"If-Unmodified-Since": past}, 412, 0},
		{ask{"Range": "bytes=0-9"}, 206, 10},
		{ask{"Range": "bytes=-7"}, 206, 7},
		{ask{"Range": "bytes=0-0", "Accept-Encoding": "gzip, br"}, 206, 1},
		{ask{"Range": "bytes=99999999-"}, 416, -1},
		{ask{"Range": "bytes=a-b"}, 416, -1},
		{ask{"Range": "lines=1-2"}, 416, -1},
		{ask{"Range": "bytes=0-1,3-4"}, 206, -1},
		{ask{"Range": "bytes=0-9", "If-Range": tag}, 206, 10},
		{ask{"Range": "bytes=0-9", "If-Range": `"other"`}, 200, len(body)},
		{ask{"Range": "bytes=0-9", "If-Range": packed, "Accept-Encoding": "gzip"}, 200, len(body)},
		{ask{"Range": "bytes=0-9", "If-None-Match": tag}, 304, 0},
		{ask{"Accept-Encoding": "gzip", "If-None-Match": packed}, 304, 0},
		{ask{"Accept-Encoding": "gzip", "If-None-Match": tag}, 200, -1},
		{ask{"Accept-Encoding": "gzip;q=0, br;q=0"}, 200, len(body)},
		{ask{"Accept-Encoding": "gzip", "If-Match": tag}, 412, 0}, // of another form
	} {
		for _, method := range []string{"GET", "HEAD"} {
			r, got := raw(t, web, method, "/atom.xml", c.ask)
			want := c.length
			if method == "HEAD" {
				want = 0
			}
			if r.StatusCode != c.status || want >= 0 && len(got) != want {
				t.Errorf("%s %v: %d with %d bytes, want %d with %d", method, c.ask, r.StatusCode, len(got), c.status, want)
			}
			if c.status == 304 && (r.Header.Get("ETag") == "" || r.Header.Get("Cache-Control") == "" || r.Header.Get("Vary") == "") {
				t.Errorf("%s %v: a 304 without what a cache needs: %v", method, c.ask, r.Header)
			}
			if c.status == 200 && r.Header.Get("Content-Length") == "" && r.Header.Get("Content-Encoding") == "" {
				t.Errorf("%s %v: the length is not told", method, c.ask)
			}
		}
	}
	r, got := raw(t, web, "GET", "/atom.xml", ask{"Accept-Encoding": "gzip"})
	z, err := gzip.NewReader(strings.NewReader(got))
	if err != nil || r.Header.Get("Content-Encoding") != "gzip" || r.Header.Get("ETag") != packed {
		t.Fatalf("not packed: %v %v", err, r.Header)
	}
	if unpacked, err := io.ReadAll(z); err != nil || string(unpacked) != body {
		t.Errorf("what was packed is another: %v", err)
	}
	if r, _ := raw(t, web, "GET", "/atom.xml", ask{"Accept-Encoding": "gzip, deflate, br;q=0.9"}); r.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("a browser is not given the compressed form: %v", r.Header)
	}
}

// TestKindsOfTheServer holds what each file says that it is.
func TestKindsOfTheServer(t *testing.T) {
	web, _ := shelfServer(t)
	for target, want := range map[string]string{
		"/": "text/html; charset=utf-8", "/atom.xml": "application/atom+xml; charset=utf-8", "/rss.xml": "application/rss+xml; charset=utf-8",
		"/feed.json": "application/feed+json", "/opml.xml": "text/x-opml; charset=utf-8", "/icon.png": "image/png",
		"/archive/2026-11.xml": "application/atom+xml; charset=utf-8", "/nothing": "text/html; charset=utf-8", "/healthz": "text/plain; charset=utf-8",
		"/metrics": "text/plain; version=0.0.4; charset=utf-8",
	} {
		if r, _ := raw(t, web, "GET", target, nil); r.Header.Get("Content-Type") != want {
			t.Errorf("%s is %q, want %q", target, r.Header.Get("Content-Type"), want)
		}
	}
}

// TestServeBeforeAnything is asked before the first edition, and says so.
func TestServeBeforeAnything(t *testing.T) {
	s := &server{app: &app{out: filepath.Join(t.TempDir(), "none")}}
	web := httptest.NewServer(s.handler())
	defer web.Close()
	if r, _ := raw(t, web, "GET", "/", nil); r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
	if r, body := raw(t, web, "GET", "/healthz", nil); r.StatusCode != 200 || body != "starting\n" {
		t.Errorf("%d %q", r.StatusCode, body)
	}
	s.failed = fmt.Errorf("/var/lib/x: disk full")
	if r, body := raw(t, web, "GET", "/healthz", nil); r.StatusCode != 503 || strings.Contains(body, "/var") {
		t.Errorf("%d %q", r.StatusCode, body)
	}
}

// TestRunReport holds the report and the metrics to what a run did.
func TestRunReport(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	feeds := "edition: {time: '06:00', timezone: UTC}\nsources:\n  - https://blog.example/feed.xml\n  - {feed: 'https://me:secret@down.example/feed.xml', name: Down}\n"
	if err := os.WriteFile(in("feeds.yaml"), []byte(feeds), 0o644); err != nil {
		t.Fatal(err)
	}
	web := newWeb(nil, nil)
	web.pages["https://blog.example/feed.xml"] = fmt.Appendf(nil, oneFeed, 1, "Mon, 23 Nov 2026 09:00:00 GMT")
	status := run(context.Background(), []string{"run", "--now", "2026-11-24T07:00:00Z", "--feeds", in("feeds.yaml"), "--db", in("broadsheet.db"),
		"--out", in("public"), "--report", in("report.json"), "--metrics", in("broadsheet.prom")}, world{stdout: io.Discard, stderr: io.Discard, transport: web, clock: fixedClock})
	if status != exitDone {
		t.Fatalf("exit %d", status)
	}
	text, err := os.ReadFile(in("report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r runReport
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
