package server

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"broadsheet/cmd/internal/pipeline"
)

// raw sends a request line and headers as they are, and returns the response and its body.
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

// TestHandler_Paths checks which paths lead to a file, and that no path leads to a file that must not be served.
func TestHandler_Paths(t *testing.T) {
	web, _ := newTestServer(t)
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
			t.Errorf("GET %s returns the secret", target)
		}
		if want == 404 && !strings.Contains(body, "Not here") {
			t.Errorf("GET %s: not the page 404.html: %.100q", target, body)
		}
		if want == 301 && r.Header.Get("Location") != "24/" && r.Header.Get("Location") != "./a:b/" {
			t.Errorf("GET %s redirects to %q", target, r.Header.Get("Location"))
		}
		if r.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(r.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("GET %s: a security header is missing: %v", target, r.Header)
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"} {
		if r, _ := raw(t, web, method, "/atom.xml", nil); r.StatusCode != 405 || r.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d, Allow %q", method, r.StatusCode, r.Header.Get("Allow"))
		}
	}
}

// TestHandler_ConditionsRangesAndGzip checks conditional requests, ranges, gzip and HEAD, and combinations of them.
func TestHandler_ConditionsRangesAndGzip(t *testing.T) {
	web, _ := newTestServer(t)
	whole, body := raw(t, web, "GET", "/atom.xml", nil)
	tag, modified := whole.Header.Get("ETag"), whole.Header.Get("Last-Modified")
	if len(tag) < 10 || modified == "" || whole.Header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("no validators: %v", whole.Header)
	}
	gzipTag := strings.TrimSuffix(tag, `"`) + `-gz"`
	const past = "Mon, 01 Jan 2001 00:00:00 GMT"
	type header = map[string]string
	for _, c := range []struct {
		header header
		status int
		length int // of the body; -1: any
	}{
		{header{}, 200, len(body)},
		{header{"If-None-Match": tag}, 304, 0},
		{header{"If-None-Match": "W/" + tag}, 304, 0},
		{header{"If-None-Match": `"other", ` + tag}, 304, 0},
		{header{"If-None-Match": "*"}, 304, 0},
		{header{"If-None-Match": `"other"`}, 200, len(body)},
		{header{"If-Modified-Since": modified}, 304, 0},
		{header{"If-Modified-Since": past}, 200, len(body)},
		{header{"If-Modified-Since": "yesterday"}, 200, len(body)},
		{header{"If-None-Match": `"other"`, "If-Modified-Since": modified}, 200, len(body)}, // only the tag counts
		{header{"If-None-Match": tag, "If-Modified-Since": past}, 304, 0},
		{header{"If-Match": tag}, 200, len(body)},
		{header{"If-Match": `"other"`}, 412, 0},
		{header{"If-Unmodified-Since": past}, 412, 0},
		{header{"Range": "bytes=0-9"}, 206, 10},
		{header{"Range": "bytes=-7"}, 206, 7},
		{header{"Range": "bytes=0-0", "Accept-Encoding": "gzip, br"}, 206, 1},
		{header{"Range": "bytes=99999999-"}, 416, -1},
		{header{"Range": "bytes=a-b"}, 416, -1},
		{header{"Range": "lines=1-2"}, 416, -1},
		{header{"Range": "bytes=0-1,3-4"}, 206, -1},
		{header{"Range": "bytes=0-9", "If-Range": tag}, 206, 10},
		{header{"Range": "bytes=0-9", "If-Range": `"other"`}, 200, len(body)},
		{header{"Range": "bytes=0-9", "If-Range": gzipTag, "Accept-Encoding": "gzip"}, 200, len(body)},
		{header{"Range": "bytes=0-9", "If-None-Match": tag}, 304, 0},
		{header{"Accept-Encoding": "gzip", "If-None-Match": gzipTag}, 304, 0},
		{header{"Accept-Encoding": "gzip", "If-None-Match": tag}, 200, -1},
		{header{"Accept-Encoding": "gzip;q=0, br;q=0"}, 200, len(body)},
		{header{"Accept-Encoding": "gzip", "If-Match": tag}, 412, 0}, // it is the tag of the uncompressed file
	} {
		for _, method := range []string{"GET", "HEAD"} {
			r, got := raw(t, web, method, "/atom.xml", c.header)
			want := c.length
			if method == "HEAD" {
				want = 0
			}
			if r.StatusCode != c.status || want >= 0 && len(got) != want {
				t.Errorf("%s %v: %d with %d bytes, want %d with %d", method, c.header, r.StatusCode, len(got), c.status, want)
			}
			if c.status == 304 && (r.Header.Get("ETag") == "" || r.Header.Get("Cache-Control") == "" || r.Header.Get("Vary") == "") {
				t.Errorf("%s %v: a 304 without the headers that a cache needs: %v", method, c.header, r.Header)
			}
			if c.status == 200 && r.Header.Get("Content-Length") == "" && r.Header.Get("Content-Encoding") == "" {
				t.Errorf("%s %v: no Content-Length", method, c.header)
			}
		}
	}
	r, got := raw(t, web, "GET", "/atom.xml", header{"Accept-Encoding": "gzip"})
	z, err := gzip.NewReader(strings.NewReader(got))
	if err != nil || r.Header.Get("Content-Encoding") != "gzip" || r.Header.Get("ETag") != gzipTag {
		t.Fatalf("not compressed: %v %v", err, r.Header)
	}
	if text, err := io.ReadAll(z); err != nil || string(text) != body {
		t.Errorf("the compressed content differs: %v", err)
	}
	if r, _ := raw(t, web, "GET", "/atom.xml", header{"Accept-Encoding": "gzip, deflate, br;q=0.9"}); r.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("no gzip for the Accept-Encoding of a browser: %v", r.Header)
	}
}

// TestHandler_ContentTypes checks the Content-Type of each kind of response.
func TestHandler_ContentTypes(t *testing.T) {
	web, _ := newTestServer(t)
	for target, want := range map[string]string{
		"/": "text/html; charset=utf-8", "/atom.xml": "application/atom+xml; charset=utf-8", "/rss.xml": "application/rss+xml; charset=utf-8",
		"/feed.json": "application/feed+json", "/opml.xml": "text/x-opml; charset=utf-8", "/icon.png": "image/png",
		"/archive/2026-11.xml": "application/atom+xml; charset=utf-8", "/nothing": "text/html; charset=utf-8", "/healthz": "text/plain; charset=utf-8",
		"/metrics": "text/plain; version=0.0.4; charset=utf-8",
	} {
		if r, _ := raw(t, web, "GET", target, nil); r.Header.Get("Content-Type") != want {
			t.Errorf("%s: %q, want %q", target, r.Header.Get("Content-Type"), want)
		}
	}
}

// TestHandler_BeforeFirstEdition checks the responses before the first edition, and /healthz after a failed run.
func TestHandler_BeforeFirstEdition(t *testing.T) {
	s := &Server{Options: pipeline.Options{Out: filepath.Join(t.TempDir(), "none")}}
	web := httptest.NewServer(s.Handler())
	defer web.Close()
	if r, _ := raw(t, web, "GET", "/", nil); r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
	if r, body := raw(t, web, "GET", "/healthz", nil); r.StatusCode != 200 || body != "starting\n" {
		t.Errorf("%d %q", r.StatusCode, body)
	}
	s.lastErr = fmt.Errorf("/var/lib/x: disk full")
	if r, body := raw(t, web, "GET", "/healthz", nil); r.StatusCode != 503 || strings.Contains(body, "/var") {
		t.Errorf("%d %q", r.StatusCode, body)
	}
}

// newTestServer serves a small output folder, and returns the folder that contains it.
func newTestServer(t *testing.T) (*httptest.Server, string) {
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
	s := &Server{Options: pipeline.Options{Out: out}}
	s.config.URL = "https://example.org/paper/"
	web := httptest.NewServer(s.Handler())
	t.Cleanup(web.Close)
	return web, dir
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
