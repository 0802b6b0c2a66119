package fetch

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"broadsheet/internal/config"
)

func TestShapesOfPlatforms(t *testing.T) {
	for page, want := range map[string]string{
		"https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv/videos": "https://www.youtube.com/feeds/videos.xml?channel_id=UCabcdefghijklmnopqrstuv",
		"https://youtube.com/playlist?list=PL1&x=2":                       "https://www.youtube.com/feeds/videos.xml?playlist_id=PL1",
		"https://www.youtube.com/user/GoogleDevelopers":                   "https://www.youtube.com/feeds/videos.xml?user=GoogleDevelopers",
		"https://www.youtube.com/@somebody":                               "", // its page declares it
		"https://medium.com/netflix-techblog":                             "https://medium.com/feed/netflix-techblog",
		"https://medium.com/@someone/a-story-1a2b3c":                      "https://medium.com/feed/@someone",
		"https://medium.com/tag/kafka":                                    "https://medium.com/feed/tag/kafka",
		"https://someone.medium.com/a-story":                              "https://someone.medium.com/feed",
		"https://medium.com/feed/@someone":                                "", // it is one
		"https://letters.substack.com/p/first":                            "https://letters.substack.com/feed",
		"https://substack.com/@letters":                                   "https://letters.substack.com/feed",
		"https://github.com/valkey-io/valkey":                             "https://github.com/valkey-io/valkey/releases.atom",
		"https://github.com/valkey-io/valkey.git":                         "https://github.com/valkey-io/valkey/releases.atom",
		"https://github.com/valkey-io/valkey/tags":                        "https://github.com/valkey-io/valkey/tags.atom",
		"https://github.com/valkey-io/valkey/commits/main":                "https://github.com/valkey-io/valkey/commits/main.atom",
		"https://github.com/valkey-io/valkey/issues/1":                    "https://github.com/valkey-io/valkey/releases.atom",
		"https://old.reddit.com/r/databases/":                             "https://www.reddit.com/r/databases/.rss",
		"https://www.reddit.com/u/somebody":                               "https://www.reddit.com/user/somebody/.rss",
		"https://dev.to/somebody/a-post":                                  "https://dev.to/feed/somebody",
		"https://hachyderm.io/@somebody":                                  "https://hachyderm.io/@somebody.rss",
		"https://notes.blogspot.com/2020/01/x.html":                       "https://notes.blogspot.com/feeds/posts/default",
		"https://example.com/blog":                                        "",
		"https://notmedium.com/x":                                         "",
	} {
		u, err := url.Parse(page)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if all := shapesOf(u); len(all) > 0 {
			got = all[0].address
		}
		if got != want {
			t.Errorf("%s: %q, want %q", page, got, want)
		}
	}
}

// listPages are ways in which sites write the list of their articles.
var listPages = map[string]string{
	"articles with headings":      `<main>{<article><h2><a href="/p/$">TITLE</a></h2><time datetime="2026-11-0$">Nov $</time><p>Words. <a href="/by/x">Somebody</a></p></article>}</main>`,
	"a category before the title": `<div id="posts">{<div class="post"><a href="/topic">Engineering</a><h3><a href="/p/$">TITLE</a></h3><p>Words.</p></div>}</div>`,
	"cards that are links":        `<section>{<a class="card" href="/p/$"><img src="x"><p class="kicker">Data</p><p class="headline">TITLE</p><p class="date">November $, 2026</p></a>}</section>`,
	"a plain list":                `<main><ul>{<li><span>2026-11-0$</span> <a href="/p/$">TITLE</a></li>}</ul></main>`,
	"a table":                     `<table class="archive">{<tr class="row"><td class="d">2026-11-0$</td><td><a href="/p/$">TITLE</a></td></tr>}</table>`,
	"nested boxes":                `<div class="list">{<div class="box"><div class="inner"><h2><a href="/p/$">TITLE</a></h2></div></div>}</div>`,
	"names made by machines":      `<main>{<div class="sc-aXZPE hkQn"><div class="css-1x2y3z"><a href="/p/$"><h3>TITLE</h3></a></div></div>}</main>`,
	"links with pictures first":   `<div class="grid">{<div class="tile"><a href="/p/$"><img alt="" src="x"></a><a class="t" href="/p/$">TITLE</a></div>}</div>`,
}

func listPage(pattern string) string {
	before, rest, _ := strings.Cut(pattern, "{")
	item, after, _ := strings.Cut(rest, "}")
	var b strings.Builder
	b.WriteString(`<!doctype html><title>Blog</title><nav><ul class="menu"><li class="m"><a href="/jobs">Come and work with us</a></li><li class="m"><a href="/about">All about our company</a></li>` +
		`<li class="m"><a href="/press">News for the press</a></li><li class="m"><a href="/contact">How to reach us</a></li></ul></nav>` + before)
	for n := 1; n <= 6; n++ {
		b.WriteString(strings.NewReplacer("$", fmt.Sprint(n), "TITLE", fmt.Sprintf("How part %d of it works", n)).Replace(item))
	}
	b.WriteString(after + `<footer><div class="f"><a href="/x">Terms of use here</a></div><div class="f"><a href="/y">Privacy of our users</a></div><div class="f"><a href="/z">Cookies that we set</a></div></footer>`)
	return b.String()
}

func TestProposedSelectorsReadTheList(t *testing.T) {
	base, _ := url.Parse("https://site.example/blog/")
	for name, pattern := range listPages {
		at := &sight{url: base, mime: "text/html", body: []byte(listPage(pattern))}
		proposed := listsOn(at)
		if len(proposed) == 0 {
			t.Errorf("%s: nothing is proposed", name)
			continue
		}
		doc, err := parsePageList(at.body, at.mime, base, proposed[0])
		if err != nil || len(doc.Told) != 6 {
			t.Errorf("%s: %+v reads %d articles, %v", name, proposed[0], len(doc.Told), err)
			continue
		}
		for i, told := range doc.Told {
			if want := fmt.Sprintf("How part %d of it works", i+1); told.Title != want {
				t.Errorf("%s: %+v reads the title %q, want %q", name, proposed[0], told.Title, want)
				break
			}
		}
		if dated := strings.Contains(pattern, "2026"); dated && doc.Told[0].Published.Format("2006-01-02") != "2026-11-01" {
			t.Errorf("%s: %+v reads the date %v", name, proposed[0], doc.Told[0].Published)
		}
	}
}

func TestNavigationIsNoListOfArticles(t *testing.T) {
	base, _ := url.Parse("https://site.example/")
	at := &sight{url: base, mime: "text/html", body: []byte(listPage("<p>Nothing here.</p>{}"))}
	if got := listsOn(at); len(got) > 0 {
		t.Errorf("it is proposed to read %+v", got)
	}
}

const smallFeed = `<rss version="2.0"><channel><title>Blog</title><item><title>One</title><link>/1</link></item><item><title>Two</title><link>/2</link></item></channel></rss>`

// pagesAt is a loopback server of some paths; it counts requests.
func pagesAt(t *testing.T, pages map[string]string) (address string, asked *[]string) {
	t.Helper()
	asked = &[]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.URL.Path)
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
	return server.URL, asked
}

func discoverer() *Fetcher {
	return New(Options{Now: clockAtNoon, Limits: config.Limits{Gap: -1}})
}

func TestDiscoveryGoesFromTheLikelyToTheUsual(t *testing.T) {
	for _, c := range []struct {
		name, at, want string
		pages          map[string]string
	}{
		{"the address is a feed", "/rss", "feed /rss", map[string]string{"/rss": smallFeed}},
		{"its page declares one", "/", "feed /deep/feed", map[string]string{"/": `<!doctype html><link rel=alternate type=application/rss+xml href=/deep/feed>`, "/deep/feed": smallFeed}},
		{"declared, but broken: the next", "/", "feed /b", map[string]string{"/": `<!doctype html><link rel=alternate type=application/rss+xml href=/a><link rel=alternate type=application/rss+xml href=/b>`, "/a": "oops", "/b": smallFeed}},
		{"an article, whose front page declares one", "/2026/a", "feed /f", map[string]string{"/2026/a": `<!doctype html><p>x`, "/": `<!doctype html><link rel=alternate type=application/rss+xml href=/f>`, "/f": smallFeed}},
		{"the article is gone, its site is not", "/2026/a", "feed /atom.xml", map[string]string{"/atom.xml": smallFeed}},
		{"a link in the text", "/", "feed /x/index.xml", map[string]string{"/": `<!doctype html><a href="/x/index.xml">Subscribe</a>`, "/x/index.xml": smallFeed}},
		{"a usual place", "/", "feed /feed.xml", map[string]string{"/": `<!doctype html><p>x`, "/feed.xml": smallFeed}},
		{"an empty feed is passed over", "/", "feed /rss.xml", map[string]string{"/": `<!doctype html><p>x`, "/feed": `<rss version="2.0"><channel><title>x</title></channel></rss>`, "/rss.xml": smallFeed}},
		{"a sitemap", "/map.xml", "sitemap /map.xml", map[string]string{"/map.xml": `<urlset><url><loc>/a</loc></url></urlset>`}},
		{"no feed, but a sitemap", "/", "sitemap /sitemap.xml", map[string]string{"/": `<!doctype html><p>x`, "/sitemap.xml": `<urlset><url><loc>/a</loc></url></urlset>`}},
		{"no feed, but a list", "/", "page /", map[string]string{"/": listPage(listPages["nested boxes"])}},
	} {
		address, asked := pagesAt(t, c.pages)
		found, _, err := discoverer().Discover(context.Background(), address+c.at, true)
		if err != nil || len(found) == 0 {
			t.Errorf("%s: %v (asked %q)", c.name, err, *asked)
			continue
		}
		if got := string(found[0].Source.Kind) + " " + strings.TrimPrefix(found[0].Source.URL, address); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if len(*asked) > maxLooks+5 {
			t.Errorf("%s: %d requests", c.name, len(*asked))
		}
		if again := slices.Compact(slices.Sorted(slices.Values(*asked))); len(again)+1 < len(*asked) {
			t.Errorf("%s: some addresses were asked twice: %q", c.name, *asked)
		}
	}
}

func TestDiscoveryIsBoundedAndKeepsOurRules(t *testing.T) {
	address, asked := pagesAt(t, map[string]string{"/robots.txt": "User-agent: *\nDisallow: /\n", "/": listPage(listPages["a table"])})
	if found, _, err := discoverer().Discover(context.Background(), address, true); err == nil {
		t.Errorf("a list is proposed that robots.txt keeps us from: %+v", found)
	}
	if len(*asked) > maxLooks+5 {
		t.Errorf("%d requests", len(*asked))
	}
	if _, _, err := discoverer().Discover(context.Background(), address, false); err == nil || !strings.Contains(err.Error(), "allow_private") {
		t.Errorf("a private address: %v", err)
	}
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { n++; w.WriteHeader(503) }))
	defer server.Close()
	if _, _, err := discoverer().Discover(context.Background(), server.URL, true); err == nil || n > 1 {
		t.Errorf("a server in trouble: %v, asked %d times", err, n)
	}
}

func FuzzProposalsCanBeRead(f *testing.F) {
	for _, pattern := range listPages {
		f.Add([]byte(listPage(pattern)))
	}
	base, _ := url.Parse("https://site.example/")
	f.Fuzz(func(t *testing.T, body []byte) {
		at := &sight{url: base, mime: "text/html", body: body}
		for _, source := range listsOn(at) {
			if _, err := parsePageList(body, at.mime, base, source); err != nil {
				t.Fatalf("%+v: %v", source, err)
			}
		}
	})
}
