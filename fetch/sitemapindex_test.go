package fetch

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"broadsheet"
	"broadsheet/fetch/client"
)

// urlset returns a sitemap. In place of HOST the server puts its own address.
func urlset(paths ...string) string {
	text := `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`
	for _, p := range paths {
		text += "<url><loc>HOST" + p + "</loc></url>"
	}
	return text + "</urlset>"
}

// sitemapIndex returns a sitemap index.
func sitemapIndex(paths ...string) string {
	text := `<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`
	for _, p := range paths {
		if !strings.Contains(p, "://") {
			p = "HOST" + p
		}
		text += "<sitemap><loc>" + p + "</loc></sitemap>"
	}
	return text + "</sitemapindex>"
}

func TestFetchSource_SitemapIndex(t *testing.T) {
	pages := map[string]string{
		"/index.xml":  sitemapIndex("/a.xml", "/b.xml.gz", "/deeper.xml", "/missing.xml", "/index.xml", "https://elsewhere.example/c.xml", "/a.xml"),
		"/a.xml":      urlset("/1", "/2"),
		"/b.xml.gz":   urlset("/3"),
		"/deeper.xml": sitemapIndex("/d.xml"),
		"/d.xml":      urlset("/4"),
	}
	requests := map[string]int{}
	host := ""
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests[r.URL.Path]++
		body, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", `"a"`)
		body = strings.ReplaceAll(body, "HOST", host)
		if strings.HasSuffix(r.URL.Path, ".gz") {
			z := gzip.NewWriter(w)
			io.WriteString(z, body)
			z.Close()
			return
		}
		io.WriteString(w, body)
	})
	host = s.URL
	source := broadsheet.Source{Kind: broadsheet.KindSitemap, URL: s.URL + "/index.xml", AllowPrivate: true}
	items, v, err := fetcher().FetchSource(context.Background(), source, broadsheet.Visit{})
	if err != nil || len(items) != 4 || !v.Partial || v.ETag != "" {
		t.Fatalf("%d items, %v, %+v", len(items), err, v)
	}
	for path, n := range requests {
		if n != 1 {
			t.Errorf("%d requests for %s", n, path)
		}
	}
	pages["/missing.xml"] = urlset("/5")
	items, v, err = fetcher().FetchSource(context.Background(), source, v)
	if err != nil || len(items) != 5 || v.Partial || v.BodyHash == "" {
		t.Fatalf("no sitemap is missing: %d items, %v, %+v", len(items), err, v)
	}
	if items, v, err = fetcher().FetchSource(context.Background(), source, v); err != nil || len(items) != 0 {
		t.Errorf("nothing new: %d items, %v", len(items), err)
	}
	pages["/d.xml"] = urlset("/4", "/6")
	if items, _, err = fetcher().FetchSource(context.Background(), source, v); err != nil || len(items) != 6 {
		t.Errorf("a new item in a nested index: %d items, %v", len(items), err)
	}
}

func TestFetchSource_EndlessSitemapIndex(t *testing.T) {
	var requests atomic.Int64
	host := ""
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n := requests.Add(1)
		var next []string
		for i := range 100 {
			next = append(next, fmt.Sprintf("/%d-%d.xml", n, i))
		}
		io.WriteString(w, strings.ReplaceAll(sitemapIndex(next...), "HOST", host))
	})
	host = s.URL
	source := broadsheet.Source{Kind: broadsheet.KindSitemap, URL: s.URL + "/s.xml", AllowPrivate: true}
	if _, _, err := fetcher().FetchSource(context.Background(), source, broadsheet.Visit{}); client.IsStopped(err) || requests.Load() > maxSitemaps+2 {
		t.Errorf("%d requests, %v", requests.Load(), err)
	}
}

// childSite serves an index of many sitemaps, of which each lists one article and those that are added.
type childSite struct {
	url      string
	children int
	lastmod  func(child int) string
	extra    map[int]string // by child: the path of a second article
	asked    []int          // children that were asked for at the last visit
}

func newChildSite(t *testing.T, children int, lastmod func(int) string) *childSite {
	site := &childSite{children: children, lastmod: lastmod, extra: map[int]string{}}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		var n int
		if _, err := fmt.Sscanf(r.URL.Path, "/posts-%d.xml", &n); err == nil {
			site.asked = append(site.asked, n)
			paths := []string{fmt.Sprintf("/p/%d", n)}
			if site.extra[n] != "" {
				paths = append(paths, site.extra[n])
			}
			io.WriteString(w, strings.ReplaceAll(urlset(paths...), "HOST", site.url))
			return
		}
		if r.URL.Path != "/index.xml" {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
		for n := range site.children {
			fmt.Fprintf(w, "<sitemap><loc>%s/posts-%d.xml</loc><lastmod>%s</lastmod></sitemap>", site.url, n, site.lastmod(n))
		}
		io.WriteString(w, "</sitemapindex>")
	})
	site.url = s.URL
	return site
}

// visit makes a visit and returns the paths of the articles that were read, and those that count as the backlog.
func (c *childSite) visit(t *testing.T, source broadsheet.Source, v *broadsheet.Visit) (all, inherited map[string]bool) {
	t.Helper()
	c.asked = nil
	source.Kind, source.URL, source.AllowPrivate = broadsheet.KindSitemap, c.url+"/index.xml", true
	items, now, err := fetcher().FetchSource(context.Background(), source, *v)
	if err != nil || len(c.asked) > maxSitemaps {
		t.Fatalf("%v, %d sitemaps asked for", err, len(c.asked))
	}
	*v = now
	all, inherited = map[string]bool{}, map[string]bool{}
	for _, it := range items {
		all[strings.TrimPrefix(it.Link, c.url)] = true
		if it.Inherited {
			inherited[strings.TrimPrefix(it.Link, c.url)] = true
		}
	}
	return all, inherited
}

// TestFetchSource_LargeSitemapIndex checks that an index is read on from visit to visit, the newest sitemaps first, and that
// what is new in one that was read is found, though the index says nothing of it.
func TestFetchSource_LargeSitemapIndex(t *testing.T) {
	dated := func(n int) string { return fmt.Sprintf("2020-01-01T%02d:%02d:00Z", n/60, n%60) }
	all := 0
	for name, lastmod := range map[string]func(int) string{
		"dated":   dated,
		"undated": func(int) string { return "" },
		"always new": func(n int) string {
			all++
			return fmt.Sprintf("2026-11-%02dT%02d:%02d:%02dZ", 1+all/80000%20, all/3600%20, all/60%60, all%60)
		},
		"always equal": func(int) string { return "2026-11-01" },
	} {
		t.Run(name, func(t *testing.T) {
			site := newChildSite(t, 144, lastmod)
			v := broadsheet.Visit{}
			read := map[string]bool{}
			visits := 0
			for ; visits < 8; visits++ {
				items, inherited := site.visit(t, broadsheet.Source{}, &v)
				for path := range items {
					read[path] = true
					if !inherited[path] && v.Sitemaps.Begun && name != "always new" {
						t.Errorf("visit %d: %s was there before, and counts as news", visits+1, path)
					}
				}
				n, of := v.Sitemaps.Progress()
				if n != len(read) || of != 144 {
					t.Errorf("visit %d: %d of %d sitemaps are read, but %d", visits+1, n, of, len(read))
				}
				if visits == 0 && name == "dated" && (site.asked[0] != 143 || site.asked[49] != 94) {
					t.Errorf("the first visit asked for %v", site.asked)
				}
				if len(read) == 144 {
					break
				}
			}
			if len(read) != 144 || name != "always new" && visits != 2 || v.Sitemaps.Begun {
				t.Fatalf("%d of 144 are read in %d visits", len(read), visits+1)
			}
			site.extra[70] = "/p/new"
			for range 4 {
				items, inherited := site.visit(t, broadsheet.Source{}, &v)
				if items["/p/new"] && !inherited["/p/new"] {
					return
				}
			}
			t.Error("a new article in a sitemap that was read is not found, or counts as old")
		})
	}
	t.Run("a newer date", func(t *testing.T) {
		newer := false
		site := newChildSite(t, 144, func(n int) string {
			if newer && n == 5 {
				return "2026-11-28"
			}
			return dated(n)
		})
		v := broadsheet.Visit{}
		for range 3 {
			site.visit(t, broadsheet.Source{}, &v)
		}
		newer, site.extra[5] = true, "/p/new"
		if items, inherited := site.visit(t, broadsheet.Source{}, &v); !items["/p/new"] || inherited["/p/new"] || site.asked[0] != 5 {
			t.Errorf("asked for %v", site.asked)
		}
	})
	t.Run("exclude and include", func(t *testing.T) {
		site := newChildSite(t, 144, dated)
		v := broadsheet.Visit{}
		site.visit(t, broadsheet.Source{Exclude: []string{"/posts-1*"}}, &v)
		if read, of := v.Sitemaps.Progress(); of != 144-1-10-44 || read != 50 {
			t.Errorf("exclude: %d of %d", read, of)
		}
		site.visit(t, broadsheet.Source{Include: []string{"/posts-1*", "/p/*"}}, &v)
		if read, of := v.Sitemaps.Progress(); of != 55 || read != 50 {
			t.Errorf("include of sitemaps: %d of %d", read, of)
		}
		site.visit(t, broadsheet.Source{Include: []string{"/p/*"}}, &v)
		if _, of := v.Sitemaps.Progress(); of != 144 {
			t.Errorf("include of articles: %d sitemaps", of)
		}
	})
}
