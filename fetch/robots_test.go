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

// site answers pages, with a robots.txt of its own.
func site(t *testing.T, robots http.HandlerFunc) (read func(f *Fetcher, path string) error, pages, asked *atomic.Int64) {
	pages, asked = new(atomic.Int64), new(atomic.Int64)
	s := web(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			asked.Add(1)
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
	}, pages, asked
}

func TestRobotsGovernPages(t *testing.T) {
	says := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, text) }
	}
	tests := []struct {
		story              string
		robots             http.HandlerFunc
		allowed, permanent bool
	}{
		{"none there", http.NotFound, true, false},
		{"not to be seen", status(403), true, false},
		{"in trouble", status(500), false, false},
		{"unreachable", raw(""), false, false},
		{"allowed", says("User-agent: *\nDisallow: /private"), true, false},
		{"not allowed", says("User-agent: *\nDisallow: /"), false, true},
		{"without end", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "User-agent: *\nDisallow: /\n")
			for {
				if _, err := io.WriteString(w, strings.Repeat("# and on and on\n", 1000)); err != nil {
					return
				}
			}
		}, false, true},
	}
	for _, test := range tests {
		read, pages, asked := site(t, test.robots)
		f := fetcher()
		err := read(f, "/a")
		if (err == nil) != test.allowed || client.IsPermanent(err) != test.permanent {
			t.Errorf("%s: %v", test.story, err)
		}
		_ = read(f, "/b")
		if test.allowed != (pages.Load() == 2) || asked.Load() != 1 {
			t.Errorf("%s: %d pages asked, robots.txt %d times", test.story, pages.Load(), asked.Load())
		}
	}
}

func TestALongCrawlDelayLeavesOnePageARun(t *testing.T) {
	read, pages, _ := site(t, func(w http.ResponseWriter, r *http.Request) {
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
		t.Errorf("%d pages asked", pages.Load())
	}
}

func TestFeedsAreNotGovernedByRobots(t *testing.T) {
	s := web(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			t.Error("robots.txt was asked")
		}
		io.WriteString(w, feedBody)
	})
	if _, err := ask(fetcher(), s.URL); err != nil {
		t.Error(err)
	}
}
