package fetch

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"broadsheet/fetch/client"
)

// serveWithRobots starts a server of pages with a robots.txt. pages and robotsRequests count the requests to it.
func serveWithRobots(t *testing.T, robots http.HandlerFunc) (read func(f *Fetcher, path string) error, pages, robotsRequests *atomic.Int64) {
	pages, robotsRequests = new(atomic.Int64), new(atomic.Int64)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			robotsRequests.Add(1)
			robots(w, r)
			return
		}
		pages.Add(1)
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<html><body><article><p>The queue moved house on a Sunday, and nobody noticed until the Monday after.</p></article></body></html>")
	})
	return func(f *Fetcher, path string) error {
		_, err := f.ReadArticle(context.Background(), feedAt(s.URL+"/feed"), s.URL+path)
		return err
	}, pages, robotsRequests
}

func TestReadArticle_ObeysRobots(t *testing.T) {
	respond := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, text) }
	}
	tests := []struct {
		name               string
		robots             http.HandlerFunc
		allowed, permanent bool
	}{
		{"missing", http.NotFound, true, false},
		{"forbidden", status(403), true, false},
		{"server error", status(500), false, false},
		{"unreachable", raw(""), false, false},
		{"allowed", respond("User-agent: *\nDisallow: /private"), true, false},
		{"not allowed", respond("User-agent: *\nDisallow: /"), false, true},
		{"endless", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "User-agent: *\nDisallow: /\n")
			for {
				if _, err := io.WriteString(w, strings.Repeat("# and on and on\n", 1000)); err != nil {
					return
				}
			}
		}, false, true},
	}
	for _, test := range tests {
		read, pages, robotsRequests := serveWithRobots(t, test.robots)
		f := fetcher()
		err := read(f, "/a")
		if (err == nil) != test.allowed || client.IsPermanent(err) != test.permanent {
			t.Errorf("%s: %v", test.name, err)
		}
		_ = read(f, "/b")
		if test.allowed != (pages.Load() == 2) || robotsRequests.Load() != 1 {
			t.Errorf("%s: %d requests for pages, %d for robots.txt", test.name, pages.Load(), robotsRequests.Load())
		}
	}
}

func TestReadArticle_LongCrawlDelayAllowsOnePage(t *testing.T) {
	read, pages, _ := serveWithRobots(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "User-agent: *\nCrawl-delay: 60\n")
	})
	f := fetcher()
	if err := read(f, "/a"); err != nil {
		t.Error(err)
	}
	if err := read(f, "/b"); !client.IsRateLimited(err) || client.IsPermanent(err) {
		t.Errorf("a second page: %v", err)
	}
	if pages.Load() != 1 {
		t.Errorf("%d requests for pages", pages.Load())
	}
}

func TestFetchSource_FeedIgnoresRobots(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			t.Error("robots.txt was requested")
		}
		io.WriteString(w, feedBody)
	})
	if _, err := fetchFeed(fetcher(), s.URL); err != nil {
		t.Error(err)
	}
}
