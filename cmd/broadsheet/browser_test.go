package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestHostileText_Browser opens the pages made from hostile sources in a real browser, once as they are and once
// without their content security policy: no script may run, no other host may be requested, and the console must stay
// empty. It opens the pages of one field, or of all with BROADSHEET_BROWSER=all. It runs in long mode only:
// TestHostileText_EveryField checks the same output without a browser.
func TestHostileText_Browser(t *testing.T) {
	if os.Getenv("BROADSHEET_BROWSER") == "" {
		skipUnlessLong(t)
	}
	b := newBrowser(t)
	if !b.detects(`<script>ran()</script><img src="http://canary.example/x">`) {
		t.Skip("skipped: chromium starts here, but an attack that must succeed is not seen")
	}
	places := []string{"entry title"}
	if os.Getenv("BROADSHEET_BROWSER") == "all" {
		places = nil
		for place := range hostileFields {
			places = append(places, place)
		}
		slices.Sort(places)
	}
	for _, place := range places {
		t.Run(place, func(t *testing.T) {
			h := publishHostile(t, place)
			console, asked := b.open(h.in("public"))
			for _, line := range console {
				t.Errorf("the console says %s", line)
			}
			if asked > 0 {
				t.Errorf("%d requests went to others", asked)
			}
		})
	}
}

// browser is Chromium, with a server that counts the requests for any other host.
type browser struct {
	*testing.T
	path   string
	canary net.Listener
	asked  atomic.Int64
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: it starts a browser, which -short leaves out")
	}
	b := &browser{T: t}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil && b.path == "" {
			b.path = path
		}
	}
	if b.path == "" {
		t.Skip("skipped: no chromium in PATH")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skipf("skipped: no loopback server can be started here: %v", err)
	}
	b.canary = listener
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				head := make([]byte, 4096) // a request names its host, and so does a TLS ClientHello
				c.SetReadDeadline(time.Now().Add(time.Minute))
				n, _ := c.Read(head)
				if bytes.Contains(head[:n], []byte(".example")) { // else it is the browser's own traffic
					b.asked.Add(1)
				}
			}()
		}
	}()
	return b
}

// detects reports whether an attack that succeeds is noticed.
func (b *browser) detects(attack string) bool {
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte(attack), 0o644); err != nil {
		b.Fatal(err)
	}
	console, asked := b.open(dir)
	return len(console) > 0 && asked > 0
}

var policyTag = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`)

// open loads all pages of a folder, each also without its policy. It returns the lines of the console and the number
// of requests to other hosts.
func (b *browser) open(dir string) (console []string, asked int64) {
	b.Helper()
	files := http.FileServer(http.Dir(dir))
	mux := http.NewServeMux()
	mux.Handle("/", files)
	mux.HandleFunc("/bare/", func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		http.StripPrefix("/bare", files).ServeHTTP(answer, r)
		for name, values := range answer.Header() {
			if name != "Content-Length" {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(answer.Code)
		w.Write(policyTag.ReplaceAll(answer.Body.Bytes(), nil))
	})
	mux.HandleFunc("/all-pages", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "<!doctype html><title>all</title><link rel=icon href=data:,>")
		for _, page := range pagesOf(dir) {
			fmt.Fprintf(w, "<iframe src='/%s'></iframe><iframe src='/bare/%s'></iframe>", page, page)
		}
	})
	server := httptest.NewServer(mux)
	defer server.Close()

	before := b.asked.Load()
	ctx, stop := context.WithTimeout(b.Context(), 5*time.Minute)
	defer stop()
	c := exec.CommandContext(ctx, b.path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--no-proxy-server", "--user-data-dir="+b.TempDir(), "--enable-logging=stderr", "--virtual-time-budget=4000",
		"--host-resolver-rules=MAP * "+b.canary.Addr().String()+", EXCLUDE 127.0.0.1", "--dump-dom", server.URL+"/all-pages")
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	c.WaitDelay = 5 * time.Second
	if err := c.Run(); err != nil || !strings.Contains(out.String(), "<iframe") {
		b.Skipf("skipped: chromium does not run here: %v: %.500s", err, errs.String())
	}
	for line := range strings.Lines(errs.String()) {
		if strings.Contains(line, "CONSOLE") {
			console = append(console, strings.TrimSpace(line))
		}
	}
	return console, b.asked.Load() - before
}

// pagesOf returns the pages of a folder, and the feeds that a browser can display.
func pagesOf(dir string) []string {
	var all []string
	for _, pattern := range []string{"*.html", "*/index.html", "*/*/index.html", "*/*/*/index.html", "*.xml"} {
		found, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, path := range found {
			name, _ := filepath.Rel(dir, path)
			all = append(all, filepath.ToSlash(name))
		}
	}
	return all
}
