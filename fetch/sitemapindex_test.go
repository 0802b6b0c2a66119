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
