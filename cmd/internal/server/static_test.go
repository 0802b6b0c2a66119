package server

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"broadsheet/cmd/internal/pipeline"
)

// newFolderServer serves an output folder with these files, by path.
func newFolderServer(t *testing.T, files map[string]string) (web *httptest.Server, out string) {
	t.Helper()
	out = filepath.Join(t.TempDir(), "public")
	noError(t, os.MkdirAll(out, 0o755))
	for name, text := range files {
		writeFile(t, out, name, text)
	}
	web = httptest.NewServer((&Server{Options: pipeline.Options{Out: out}}).Handler())
	t.Cleanup(web.Close)
	return web, out
}

func writeFile(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	noError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	noError(t, os.WriteFile(path, []byte(text), 0o644))
}

// textOf returns n bytes of text that can be compressed, but not to almost nothing.
func textOf(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "<p>Lease %x was longer than pause %d.</p>\n", i*2654435761%(1<<31), i)
	}
	return b.String()[:n]
}

func gunzip(t *testing.T, body string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestServeFile_Headers checks the headers of each kind of file: the media type, how long it may be cached, whether
// pages of other origins may read it, and whether it is compressed.
func TestServeFile_Headers(t *testing.T) {
	const soon, later = "public, max-age=300", "public, max-age=3600"
	const large, small = 600, 500 // no text below 512 bytes is compressed
	for _, c := range []struct {
		name        string
		size        int
		kind, cache string
		cors, gzip  bool
	}{
		{"index.html", large, "text/html; charset=utf-8", soon, false, true},
		{"INDEX.HTML", large, "text/html; charset=utf-8", soon, false, true},
		{"about.html", small, "text/html; charset=utf-8", soon, false, false},
		{"atom.xml", large, "application/atom+xml; charset=utf-8", soon, true, true},
		{"atom.xml", small, "application/atom+xml; charset=utf-8", soon, true, false},
		{"topics/storage/atom.xml", large, "application/atom+xml; charset=utf-8", soon, true, true},
		{"daily.xml", large, "application/atom+xml; charset=utf-8", soon, true, true},
		{"health.xml", large, "application/atom+xml; charset=utf-8", soon, true, true},
		{"archive/2026-11.xml", large, "application/atom+xml; charset=utf-8", soon, true, true},
		{"rss.xml", large, "application/rss+xml; charset=utf-8", soon, true, true},
		{"feed.json", large, "application/feed+json", soon, true, true},
		{"opml.xml", large, "text/x-opml; charset=utf-8", soon, false, true},
		{"sitemap.xml", large, "application/xml; charset=utf-8", soon, true, true},
		{"topics/x/daily.xml", large, "application/xml; charset=utf-8", soon, true, true},
		{"search/index.json", large, "application/json", soon, true, true},
		{"robots.txt", large, "text/plain; charset=utf-8", soon, false, true},
		{"style.css", large, "text/css; charset=utf-8", later, false, true},
		{"search.js", large, "text/javascript; charset=utf-8", later, false, true},
		{"logo.svg", large, "image/svg+xml", later, true, true},
		{"icon.png", large, "image/png", later, false, false},
		{"favicon.ico", large, "image/x-icon", later, false, false},
		{"a.JPG", large, "image/jpeg", later, false, false},
		{"a.jpeg", large, "image/jpeg", later, false, false},
		{"a.webp", large, "image/webp", later, false, false},
		{"a.avif", large, "image/avif", later, false, false},
		{"a.gif", large, "image/gif", later, false, false},
		{"a.woff2", large, "font/woff2", later, false, false},
		{"CNAME", large, "application/octet-stream", later, false, false},
		{"book.epub", large, "application/octet-stream", later, false, false},
		{"empty.html", 0, "text/html; charset=utf-8", soon, false, false},
	} {
		t.Run(fmt.Sprint(c.name, " ", c.size), func(t *testing.T) {
			web, _ := newFolderServer(t, map[string]string{c.name: textOf(c.size)})
			for _, method := range []string{"GET", "HEAD"} {
				for accept, gzipped := range map[string]bool{
					"": false, "gzip": c.gzip, "GZIP": c.gzip, "deflate, gzip;q=0.5": c.gzip, "gzip ; q=0.001": c.gzip, "gzip;q=0": false,
					"identity": false, "gzipped": false, "zstd": false, "deflate": false, "gzip;q=nonsense": false, ",": false,
				} {
					r, body := raw(t, web, method, "/"+c.name, map[string]string{"Accept-Encoding": accept})
					text, h := textOf(c.size), r.Header
					if r.StatusCode != 200 || h.Get("Content-Type") != c.kind || h.Get("Cache-Control") != c.cache {
						t.Fatalf("%s %q: %d %v", method, accept, r.StatusCode, h)
					}
					if origin := h.Get("Access-Control-Allow-Origin"); origin != map[bool]string{true: "*"}[c.cors] {
						t.Errorf("%s %q: Access-Control-Allow-Origin %q", method, accept, origin)
					}
					if vary := h.Get("Vary"); vary != map[bool]string{true: "Accept-Encoding"}[c.gzip] {
						t.Errorf("%s %q: Vary %q", method, accept, vary)
					}
					if coding := h.Get("Content-Encoding"); coding != map[bool]string{true: "gzip"}[gzipped] {
						t.Errorf("%s %q: Content-Encoding %q", method, accept, coding)
					}
					if !gzipped && h.Get("Content-Length") != fmt.Sprint(len(text)) {
						t.Errorf("%s %q: Content-Length %q, want %d", method, accept, h.Get("Content-Length"), len(text))
					}
					switch {
					case method == "HEAD":
						text = ""
					case gzipped:
						body = gunzip(t, body)
					}
					if body != text {
						t.Errorf("%s %q: %d bytes, want %d", method, accept, len(body), len(text))
					}
				}
			}
		})
	}
}

// TestServeFile_ETag checks that an ETag depends on the bytes of a file and on nothing else. A copy of the folder with
// other modification times has the same tags, so that readers need not fetch it again; other bytes have another tag,
// even with the same modification time.
func TestServeFile_ETag(t *testing.T) {
	web, out := newFolderServer(t, nil)
	at := time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)
	write := func(text string, at time.Time) {
		noError(t, os.WriteFile(filepath.Join(out, "atom.xml"), []byte(text), 0o644))
		noError(t, os.Chtimes(filepath.Join(out, "atom.xml"), at, at))
	}
	tag := func(accept string) string {
		r, _ := raw(t, web, "GET", "/atom.xml", map[string]string{"Accept-Encoding": accept})
		if len(r.Header.Get("ETag")) < 10 || strings.HasPrefix(r.Header.Get("ETag"), "W/") {
			t.Fatalf("%d %v", r.StatusCode, r.Header)
		}
		return r.Header.Get("ETag")
	}
	write(textOf(9000), at)
	plain, gzipped := tag(""), tag("gzip")
	if plain == gzipped {
		t.Error("the compressed representation has the tag of the plain one")
	}
	write(textOf(9000), at.Add(time.Hour))
	if tag("") != plain || tag("gzip") != gzipped {
		t.Error("the same bytes have another tag after the modification time changed")
	}
	write(strings.ToUpper(textOf(9000)), at.Add(time.Hour))
	if tag("") == plain || tag("gzip") == gzipped {
		t.Error("other bytes have the same tag")
	}
}

// TestServeFile_Large checks a file that is too large to be hashed for each response: it has validators all the same,
// and ranges of it are served.
func TestServeFile_Large(t *testing.T) {
	text := textOf(maxHashed + 1000)
	web, out := newFolderServer(t, map[string]string{"talk.mp4": text, "all.html": text})
	for _, name := range []string{"talk.mp4", "all.html"} {
		r, body := raw(t, web, "GET", "/"+name, nil)
		if r.StatusCode != 200 || body != text {
			t.Fatalf("%s: %d, %d bytes", name, r.StatusCode, len(body))
		}
		tag := r.Header.Get("ETag")
		if r, _ := raw(t, web, "GET", "/"+name, map[string]string{"If-None-Match": tag}); r.StatusCode != 304 {
			t.Errorf("%s: %d for its own tag", name, r.StatusCode)
		}
		r, body = raw(t, web, "GET", "/"+name, map[string]string{"Range": "bytes=4194304-4194399", "If-Range": tag, "Accept-Encoding": "gzip"})
		if r.StatusCode != 206 || body != text[4194304:4194400] || r.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: range: %d %v", name, r.StatusCode, r.Header)
		}
		at := time.Now().Add(time.Hour)
		noError(t, os.Chtimes(filepath.Join(out, name), at, at))
		if r, _ := raw(t, web, "HEAD", "/"+name, nil); r.Header.Get("ETag") == tag || r.Header.Get("Content-Length") != fmt.Sprint(len(text)) {
			t.Errorf("%s, changed: %v", name, r.Header)
		}
	}
}

// TestServeFile_RangesAreNotCompressed requests ranges and accepts gzip: the range and the ETag are those of the plain
// file.
func TestServeFile_RangesAreNotCompressed(t *testing.T) {
	text := textOf(9000)
	web, _ := newFolderServer(t, map[string]string{"atom.xml": text})
	plain, _ := raw(t, web, "GET", "/atom.xml", nil)
	for _, ranges := range []string{"bytes=0-99", "bytes=0-8999", "bytes=5-5,100-7000", "bytes=0-0,-1", "bytes=2-1", "bytes=9000-", "lines=1-2"} {
		r, body := raw(t, web, "GET", "/atom.xml", map[string]string{"Range": ranges, "Accept-Encoding": "gzip"})
		if r.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s is compressed", ranges)
		}
		if r.StatusCode == 206 && (r.Header.Get("ETag") != plain.Header.Get("ETag") || r.Header.Get("Vary") != "Accept-Encoding") {
			t.Errorf("%s: %v", ranges, r.Header)
		}
		if ranges == "bytes=0-99" && (body != text[:100] || r.Header.Get("Content-Range") != "bytes 0-99/9000") {
			t.Errorf("%s: %q %v", ranges, body, r.Header)
		}
		if strings.Contains(ranges, ",") && !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/byteranges") {
			t.Errorf("%s: %v", ranges, r.Header)
		}
	}
}

// TestServeFile_NotFound checks that a 404 response has the page of the output, or plain text if there is none. Neither
// may be cached, or read by pages of other origins.
func TestServeFile_NotFound(t *testing.T) {
	page := "<!doctype html><title>Not here</title>" + textOf(2000)
	for name, c := range map[string]struct {
		files      map[string]string
		body, kind string
	}{
		"page": {map[string]string{"index.html": "x", "404.html": page}, page, "text/html; charset=utf-8"},
		"none": {map[string]string{"index.html": "x"}, "404 not found\n", "text/plain; charset=utf-8"},
		"dir":  {map[string]string{"index.html": "x", "404.html/x": "x"}, "404 not found\n", "text/plain; charset=utf-8"},
	} {
		web, _ := newFolderServer(t, c.files)
		for _, target := range []string{"/gone", "/gone.xml", "/.hidden.xml", "/gone/"} {
			for _, method := range []string{"GET", "HEAD"} {
				r, body := raw(t, web, method, target, map[string]string{"Accept-Encoding": "gzip", "If-None-Match": "*", "Range": "bytes=0-1"})
				h := r.Header
				if r.StatusCode != 404 || h.Get("Content-Type") != c.kind || h.Get("Cache-Control") != "no-cache" || h.Get("Access-Control-Allow-Origin") != "" ||
					h.Get("ETag") != "" || h.Get("Content-Encoding") != "" || h.Get("Content-Length") != fmt.Sprint(len(c.body)) {
					t.Errorf("%s: %s %s: %d %v", name, method, target, r.StatusCode, h)
				}
				if method == "GET" && body != c.body {
					t.Errorf("%s: %s: %q", name, target, body)
				}
			}
		}
	}
}

// TestServeFile_Directories checks that a directory with index.html gets a redirect, and that others, and hidden ones,
// are 404.
func TestServeFile_Directories(t *testing.T) {
	web, _ := newFolderServer(t, map[string]string{"index.html": "x", "a/index.html": "a", "b/one.txt": "secret", "c d/ü/index.html": "c",
		".broadsheet-tmp/index.html": "secret", "a/.git/config": "secret", "d/index.html/x.txt": "secret", "e/.index.html": "secret"})
	for target, want := range map[string]string{
		"/a": "a/", "/c%20d/%C3%BC": "%C3%BC/", "/a?q=1": "a/", "/a/": "200", "/c%20d/%c3%bc/": "200", "/b": "404", "/b/": "404", "/.broadsheet-tmp": "404", "/.broadsheet-tmp/": "404",
		"/.broadsheet-tmp/index.html": "404", "/a/.git/config": "404", "/d/": "404", "/d/index.html": "404", "/e/": "404", "/e/.index.html": "404", "/a/%2egit/config": "404",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			r, body := raw(t, web, method, target, nil)
			if strings.Contains(body, "secret") || strings.Contains(body, "one.txt") {
				t.Errorf("%s lists the directory: %q", target, body)
			}
			if target == "/d" || target == "/d/index.html" {
				continue
			}
			got := fmt.Sprint(r.StatusCode)
			if r.StatusCode == 301 {
				got = r.Header.Get("Location")
				if r.Header.Get("Cache-Control") != "public, max-age=300" {
					t.Errorf("%s: %v", target, r.Header)
				}
			}
			if got != want {
				t.Errorf("%s %s: %s, want %s", method, target, got, want)
			}
		}
	}
}

// TestServeFile_FolderReplaced replaces the output folder as deployments do, by renaming a folder and by changing a
// symbolic link. A request at the same time must get a complete file, old or new; a request after that gets the new
// one.
func TestServeFile_FolderReplaced(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	text := func(n int) string { return fmt.Sprintf("%06d %s", n, strings.Repeat("0123456789", 20000)) }
	writeFile(t, in("site-0"), "atom.xml", text(0))
	if err := os.Symlink("site-0", in("public")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	web := httptest.NewServer((&Server{Options: pipeline.Options{Out: in("public")}}).Handler())
	defer web.Close()
	get := func(accept string) string {
		r, body := raw(t, web, "GET", "/atom.xml", map[string]string{"Accept-Encoding": accept})
		if r.StatusCode != 200 {
			t.Errorf("%d: %s", r.StatusCode, body)
			return ""
		}
		if accept == "gzip" {
			body = gunzip(t, body)
		}
		if len(body) != len(text(0)) {
			t.Errorf("%d bytes, want %d", len(body), len(text(0)))
		}
		return body[:6]
	}
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for _, accept := range []string{"", "gzip"} {
		readers.Go(func() {
			for last := ""; ; {
				select {
				case <-stop:
					return
				default:
				}
				if got := get(accept); got < last {
					t.Errorf("%s after %s", got, last)
				} else {
					last = got
				}
			}
		})
	}
	for n := 1; n <= 20; n++ {
		name := fmt.Sprintf("site-%d", n)
		writeFile(t, in(name), "atom.xml", text(n))
		noError(t, os.Symlink(name, in("next")))
		noError(t, os.Rename(in("next"), in("public")))
		if got := get("gzip"); got != text(n)[:6] {
			t.Errorf("%s after the link was changed to %s", got, name)
		}
	}
	close(stop)
	readers.Wait()
	noError(t, os.Remove(in("public")))
	for n := 30; n < 33; n++ { // first a folder replaces the link, then another folder
		_ = os.Rename(in("public"), in(fmt.Sprint("old-", n)))
		writeFile(t, in("new"), "atom.xml", text(n))
		noError(t, os.Rename(in("new"), in("public")))
		if got := get(""); got != text(n)[:6] {
			t.Errorf("%s after another folder took its place, want %d", got, n)
		}
	}
	noError(t, os.RemoveAll(in("public")))
	if r, _ := raw(t, web, "GET", "/atom.xml", nil); r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%d without the folder", r.StatusCode)
	}
}

// TestServeFile_SymbolicLinks checks that symbolic links are followed inside of the folder, and not out of it.
func TestServeFile_SymbolicLinks(t *testing.T) {
	web, out := newFolderServer(t, map[string]string{"index.html": "x", "2026/11/24/index.html": "inside"})
	writeFile(t, out, "../outside/index.html", "secret")
	writeFile(t, out, "../public-2/index.html", "secret")
	for name, to := range map[string]string{
		"latest": "2026/11/24", "today.html": "2026/11/24/index.html", "2026/up": "..", "out": "../outside", "out2": "../public-2", "out3": "2026/../../outside",
		"absolute": filepath.Join(out, "../outside"), "absolute.html": filepath.Join(out, "index.html"), "passwd": "/etc/passwd", "broken": "nowhere", "loop": "loop",
		"a": "b", "b": "out", "2026/out.html": "../../outside/index.html",
	} {
		if err := os.Symlink(to, filepath.Join(out, filepath.FromSlash(name))); err != nil {
			t.Skip("no symbolic links here:", err)
		}
	}
	for target, want := range map[string]int{
		"/latest/": 200, "/latest": 301, "/today.html": 200, "/2026/up/index.html": 200, "/2026/up/2026/up/latest/index.html": 200,
		"/out/": 404, "/out": 404, "/out/index.html": 404, "/out2/index.html": 404, "/out3/index.html": 404, "/absolute/index.html": 404, "/absolute.html": 404, "/passwd": 404,
		"/broken": 404, "/loop": 404, "/loop/": 404, "/a": 404, "/a/index.html": 404, "/b/index.html": 404, "/2026/out.html": 404,
	} {
		if r, body := raw(t, web, "GET", target, nil); r.StatusCode != want || strings.Contains(body, "secret") || strings.Contains(body, "root:") {
			t.Errorf("%s: %d, want %d: %.50q", target, r.StatusCode, want, body)
		}
	}
}

// TestServeFile_TruncatedWhileSent truncates a file in place while it is sent: the client must notice that the response
// is incomplete, whichever representation it requested.
func TestServeFile_TruncatedWhileSent(t *testing.T) {
	out := t.TempDir()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serveFile(&writeHook{w, func() { _ = os.Truncate(filepath.Join(out, "atom.xml"), 10) }}, r, out, r.URL.Path)
	}))
	defer web.Close()
	for name, header := range map[string]http.Header{
		"plain": {}, "gzip": {"Accept-Encoding": {"gzip"}}, "range": {"Range": {"bytes=5-199999"}}, "ranges": {"Range": {"bytes=5-9,100-199999"}},
	} {
		writeFile(t, out, "atom.xml", textOf(300000))
		r, err := http.NewRequest("GET", web.URL+"/atom.xml", nil)
		noError(t, err)
		r.Header = header
		response, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(r)
		if err != nil {
			continue
		}
		if n, err := io.Copy(io.Discard, response.Body); err == nil {
			t.Errorf("%s: %d bytes look like a complete response", name, n)
		}
		_ = response.Body.Close()
	}
}

// writeHook is a ResponseWriter that calls a function after each write.
type writeHook struct {
	http.ResponseWriter
	hook func()
}

func (w *writeHook) Write(b []byte) (int, error) {
	defer w.hook()
	return w.ResponseWriter.Write(b)
}
