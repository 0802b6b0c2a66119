package fetch

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"broadsheet/internal/config"
)

const smallFeed = `<rss version="2.0"><channel><title>Blog</title><item><title>One</title><link>/1</link></item><item><title>Two</title><link>/2</link></item></channel></rss>`

// servePages starts a server on loopback that serves pages by path. requests are the paths that it was asked for.
func servePages(t *testing.T, pages map[string]string) (address string, requests *[]string) {
	t.Helper()
	requests = &[]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests = append(*requests, r.URL.Path)
		body, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if strings.HasPrefix(body, "<!doctype html") {
			w.Header().Set("Content-Type", "text/html")
		}
		fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL, requests
}

func discoverer() *Fetcher {
	return New(Options{Now: clockAtNoon, Limits: config.Limits{Gap: -1}})
}

func TestDiscover_Order(t *testing.T) {
	for _, c := range []struct {
		name, at, want string
		pages          map[string]string
	}{
		{"the address is a feed", "/rss", "feed /rss", map[string]string{"/rss": smallFeed}},
		{"its page declares one", "/", "feed /deep/feed", map[string]string{"/": `<!doctype html><link rel=alternate type=application/rss+xml href=/deep/feed>`, "/deep/feed": smallFeed}},
		{"the first declared feed is broken", "/", "feed /b", map[string]string{"/": `<!doctype html><link rel=alternate type=application/rss+xml href=/a><link rel=alternate type=application/rss+xml href=/b>`, "/a": "oops", "/b": smallFeed}},
		{"an article, whose front page declares one", "/2026/a", "feed /f", map[string]string{"/2026/a": `<!doctype html><p>x`, "/": `<!doctype html><link rel=alternate type=application/rss+xml href=/f>`, "/f": smallFeed}},
		{"the article is gone, its site is not", "/2026/a", "feed /atom.xml", map[string]string{"/atom.xml": smallFeed}},
		{"a file of the root is gone, the front page is not", "/feed.xml", "feed /f", map[string]string{"/": `<!doctype html><link rel=alternate type=application/rss+xml href=/f>`, "/f": smallFeed}},
		{"a link in the text", "/", "feed /x/index.xml", map[string]string{"/": `<!doctype html><a href="/x/index.xml">Subscribe</a>`, "/x/index.xml": smallFeed}},
		{"a usual address", "/", "feed /feed.xml", map[string]string{"/": `<!doctype html><p>x`, "/feed.xml": smallFeed}},
		{"an empty feed is skipped", "/", "feed /rss.xml", map[string]string{"/": `<!doctype html><p>x`, "/feed": `<rss version="2.0"><channel><title>x</title></channel></rss>`, "/rss.xml": smallFeed}},
		{"a sitemap", "/map.xml", "sitemap /map.xml", map[string]string{"/map.xml": `<urlset><url><loc>/a</loc></url></urlset>`}},
		{"no feed, but a sitemap", "/", "sitemap /sitemap.xml", map[string]string{"/": `<!doctype html><p>x`, "/sitemap.xml": `<urlset><url><loc>/a</loc></url></urlset>`}},
		{"no feed, but a list", "/", "page /", map[string]string{"/": listOf("<div class=box><h2><a href='/p/$'>How part $ of it works</a></h2></div>")}},
	} {
		address, requests := servePages(t, c.pages)
		found, _, err := discoverer().Discover(context.Background(), address+c.at, true)
		if err != nil || len(found) == 0 {
			t.Errorf("%s: %v (requests %q)", c.name, err, *requests)
			continue
		}
		if got := string(found[0].Source.Kind) + " " + strings.TrimPrefix(found[0].Source.URL, address); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if len(*requests) > 30+5 {
			t.Errorf("%s: %d requests", c.name, len(*requests))
		}
		if again := slices.Compact(slices.Sorted(slices.Values(*requests))); len(again)+1 < len(*requests) {
			t.Errorf("%s: some addresses were requested twice: %q", c.name, *requests)
		}
	}
}

func TestDiscover_LimitsAndPermissions(t *testing.T) {
	address, requests := servePages(t, map[string]string{"/robots.txt": "User-agent: *\nDisallow: /\n", "/": listOf("<table><tr class=row><td>2026-11-0$</td><td><a href='/p/$'>How part $ of it works</a></td></tr></table>")})
	if found, _, err := discoverer().Discover(context.Background(), address, true); err == nil {
		t.Errorf("a list is proposed that robots.txt disallows: %+v", found)
	}
	if len(*requests) > 30+5 {
		t.Errorf("%d requests", len(*requests))
	}
	if _, _, err := discoverer().Discover(context.Background(), address, false); err == nil || !strings.Contains(err.Error(), "allow_private") {
		t.Errorf("a private address: %v", err)
	}
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { n++; w.WriteHeader(503) }))
	defer server.Close()
	if _, _, err := discoverer().Discover(context.Background(), server.URL, true); err == nil || n > 1 {
		t.Errorf("a server error: %v, %d requests", err, n)
	}
}

// listOf returns a page that lists six articles, each written as item with its number in place of every "$".
func listOf(item string) string {
	var page strings.Builder
	page.WriteString("<!doctype html><title>Blog</title><main>")
	for n := 1; n <= 6; n++ {
		page.WriteString(strings.ReplaceAll(item, "$", fmt.Sprint(n)))
	}
	return page.String() + "</main>"
}
