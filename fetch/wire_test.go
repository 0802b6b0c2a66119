package fetch

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"broadsheet"
	"broadsheet/fetch/client"
)

// usesOf calls each use of the client that reads a document: a feed, a page that lists articles, a sitemap with its
// child, an article, and the search for a site's feed. serve must serve them at these paths.
func usesOf(base string) map[string]func(f *Fetcher) error {
	visit := func(s broadsheet.Source) func(f *Fetcher) error {
		return func(f *Fetcher) error {
			s.AllowPrivate = true
			_, _, err := f.FetchSource(context.Background(), s, broadsheet.Visit{})
			return err
		}
	}
	return map[string]func(f *Fetcher) error{
		"/feed":        visit(broadsheet.Source{Kind: broadsheet.KindFeed, URL: base + "/feed"}),
		"/list":        visit(broadsheet.Source{Kind: broadsheet.KindPage, URL: base + "/list", Items: "li"}),
		"/sitemap.xml": visit(broadsheet.Source{Kind: broadsheet.KindSitemap, URL: base + "/sitemap.xml"}),
		"/article": func(f *Fetcher) error {
			_, err := f.ReadArticle(context.Background(), feedAt(base+"/feed"), base+"/article")
			return err
		},
		"/blog": func(f *Fetcher) error {
			found, _, err := f.Discover(context.Background(), base+"/blog", true)
			if err == nil && len(found) == 0 {
				return client.Denied("nothing was found")
			}
			return err
		},
		"/document": func(f *Fetcher) error {
			_, missing, err := f.Get(context.Background(), base+"/document")
			if missing {
				return client.Denied("it is missing")
			}
			return err
		},
	}
}

// documents are what usesOf reads, by path.
func documents(host string) map[string]string {
	return map[string]string{
		"/feed": feedBody, "/blog": feedBody, "/document": "hello", "/article": article,
		"/list":        `<!doctype html><title>List</title><ul><li><a href="/1">How a queue moved house</a></li><li><a href="/2">What the cache forgot</a></li></ul>`,
		"/sitemap.xml": "<sitemapindex><sitemap><loc>http://" + host + "/child.xml</loc></sitemap></sitemapindex>",
		"/child.xml":   "<urlset><url><loc>http://" + host + "/1</loc></url></urlset>",
		"/robots.txt":  "User-agent: *\nDisallow: /private\n",
	}
}

// TestUses_203IsSuccess has a proxy that changes every document.
func TestUses_203IsSuccess(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, ok := documents(r.Host)[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.WriteHeader(http.StatusNonAuthoritativeInfo)
		io.WriteString(w, body)
	})
	for path, use := range usesOf(s.URL) {
		if err := use(fetcher()); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := fetcher().ReadArticle(t.Context(), feedAt(s.URL+"/feed"), s.URL+"/private"); err == nil || !strings.Contains(err.Error(), "robots.txt") {
		t.Errorf("a robots.txt of status 203 is ignored: %v", err)
	}
}

// TestUses_WrongContentEncoding has a server whose bytes are not what it declares.
func TestUses_WrongContentEncoding(t *testing.T) {
	for _, label := range []string{"", "gzip", "deflate", "br"} {
		for _, format := range []string{"gzip", "raw deflate"} {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, ok := documents(r.Host)[r.URL.Path]
				if !ok {
					http.NotFound(w, r)
					return
				}
				w.Header()["Content-Encoding"] = []string{label}
				var z io.WriteCloser = gzip.NewWriter(w)
				if format != "gzip" {
					z, _ = flate.NewWriter(w, 6)
				}
				io.WriteString(z, body)
				z.Close()
			})
			for path, use := range usesOf(s.URL) {
				if err := use(fetcher()); err != nil {
					t.Errorf("%s as %s, declared as %q: %v", path, format, label, err)
				}
			}
		}
	}
}

// TestUses_CookiesWithinRedirectChain has a site that gives a document only to who sends back the cookie that it sets
// on the way, as consent pages and front doors do.
func TestUses_CookiesWithinRedirectChain(t *testing.T) {
	for name, wall := range map[string]func(w http.ResponseWriter, r *http.Request){
		"to the same address": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Set-Cookie", "seen=yes; Path=/; HttpOnly")
			http.Redirect(w, r, r.URL.RequestURI(), http.StatusFound)
		},
		"by way of a page that sets it": func(w http.ResponseWriter, r *http.Request) {
			if back := r.URL.Query().Get("back"); back != "" {
				w.Header().Add("Set-Cookie", "other=1; Path=/")
				w.Header().Add("Set-Cookie", "seen=yes; Path=/; SameSite=Lax; Expires=Fri, 31 Dec 2100 00:00:00 GMT")
				http.Redirect(w, r, back, http.StatusSeeOther)
				return
			}
			http.Redirect(w, r, "/consent?back="+url.QueryEscape(r.URL.Path), http.StatusTemporaryRedirect)
		},
	} {
		var chains atomic.Int64
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, ok := documents(r.Host)[r.URL.Path]
			switch cookie, err := r.Cookie("seen"); {
			case r.URL.Path == "/robots.txt":
				io.WriteString(w, body)
			case err != nil:
				if r.URL.Query().Get("back") == "" {
					chains.Add(1)
				}
				wall(w, r)
			case !ok || cookie.Value != "yes":
				http.NotFound(w, r)
			default:
				io.WriteString(w, body)
			}
		})
		f := fetcher() // of one run
		for path, use := range usesOf(s.URL) {
			chains.Store(0)
			for range 2 {
				if err := use(f); err != nil {
					t.Errorf("%s, %s: %v", name, path, err)
				}
			}
			if want := int64(2); chains.Load() < want {
				t.Errorf("%s, %s: a cookie was kept after its chain: %d of %d requests had none", name, path, chains.Load(), want)
			}
		}
	}
}

// TestFetchSource_CookieGoesToItsOwnDomain has a chain through several hosts and ports.
func TestFetchSource_CookieGoesToItsOwnDomain(t *testing.T) {
	var got requestLog
	port := ""
	steps := map[string]struct{ cookie, to string }{
		"127.0.0.1/1":       {"first=1; Path=/", "http://127.0.0.2:%/2"},
		"127.0.0.2/2":       {"second=2; Path=/only; Max-Age=60", "http://127.0.0.2:%/only/3"},
		"127.0.0.2/only/3":  {"secure=3; Path=/; Secure", "http://127.0.0.2:%/4"},
		"127.0.0.2/4":       {"foreign=4; Domain=127.0.0.1; Path=/", "http://127.0.0.1:%/5"},
		"127.0.0.1/5":       {"first=; Path=/; Max-Age=0", "http://127.0.0.1:%/6"},
		"127.0.0.1/6":       {"big=" + strings.Repeat("x", 5000) + "; Path=/", "http://127.0.0.1:%/feed"},
		"127.0.0.1/another": {"port=1; Path=/", ""},
	}
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got.record(r)
		io.WriteString(w, feedBody)
	})
	port = serveAllLoopback(t, func(w http.ResponseWriter, r *http.Request) {
		got.record(r)
		host, _, _ := strings.Cut(r.Host, ":")
		step, ok := steps[host+r.URL.Path]
		if !ok {
			io.WriteString(w, feedBody)
			return
		}
		w.Header().Set("Set-Cookie", step.cookie)
		to := strings.Replace(step.to, "%", port, 1)
		if to == "" {
			to = other.URL + "/feed"
		}
		http.Redirect(w, r, to, http.StatusFound)
	})
	source := feedAt("http://127.0.0.1:" + port + "/1")
	source.List = []broadsheet.ListEntry{{URL: "http://127.0.0.2:" + port}, {URL: other.URL}}
	if _, _, err := fetcher().FetchSource(t.Context(), source, broadsheet.Visit{}); err != nil {
		t.Fatal(err)
	}
	source.URL = "http://127.0.0.1:" + port + "/another"
	if _, _, err := fetcher().FetchSource(t.Context(), source, broadsheet.Visit{}); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"127.0.0.1:" + port + "/1": "", "127.0.0.2:" + port + "/2": "", "127.0.0.2:" + port + "/only/3": "second=2", "127.0.0.2:" + port + "/4": "",
		"127.0.0.1:" + port + "/5": "first=1", "127.0.0.1:" + port + "/6": "", "127.0.0.1:" + port + "/feed": "", other.Listener.Addr().String() + "/feed": "",
	} {
		if header, asked := got.all[address]; !asked || header.Get("Cookie") != want {
			t.Errorf("%s: asked %v, cookie %q, want %q", address, asked, header.Get("Cookie"), want)
		}
	}
}

func TestFetchSource_CookieBesideOwnOne(t *testing.T) {
	var got requestLog
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got.record(r)
		if r.URL.Path == "/feed" {
			w.Header().Set("Set-Cookie", "set=1")
			http.Redirect(w, r, "/there", http.StatusFound)
			return
		}
		io.WriteString(w, feedBody)
	})
	source := feedAt(s.URL + "/feed")
	source.Headers = broadsheet.Headers{"Cookie": "own=2"}
	if _, _, err := fetcher().FetchSource(t.Context(), source, broadsheet.Visit{}); err != nil {
		t.Fatal(err)
	}
	if cookies := got.all[s.Listener.Addr().String()+"/there"].Get("Cookie"); cookies != "own=2; set=1" {
		t.Errorf("sent %q", cookies)
	}
}

// TestFetchSource_CookieThatChanges has a site that sets another cookie for ever.
func TestFetchSource_CookieThatChanges(t *testing.T) {
	n := 0
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n++
		w.Header().Set("Set-Cookie", "n="+strings.Repeat("x", n))
		http.Redirect(w, r, "/feed", http.StatusFound)
	})
	if _, err := fetchFeed(fetcher(), s.URL+"/feed"); err == nil || !strings.Contains(err.Error(), "more than 10 times") || n != 11 {
		t.Errorf("%d requests, %v", n, err)
	}
}

// TestReadArticle_CookieOverMetaRefresh has a page that sets a cookie and refreshes itself.
func TestReadArticle_CookieOverMetaRefresh(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("seen"); err != nil && r.URL.Path != "/robots.txt" {
			w.Header().Set("Set-Cookie", "seen=yes")
			io.WriteString(w, `<!doctype html><meta http-equiv=refresh content="0">`+`<meta http-equiv=refresh content="0; url=/article"><title>Wait</title>`)
			return
		}
		io.WriteString(w, article)
	})
	page, err := fetcher().ReadArticle(t.Context(), feedAt(s.URL+"/feed"), s.URL+"/article")
	if err != nil || !strings.HasPrefix(page.Text, "The queue held") {
		t.Errorf("%+v, %v", page, err)
	}
}

// TestFetchSource_LettersOutsideASCII checks what is sent of an address in feeds.yaml and in a Location.
func TestFetchSource_LettersOutsideASCII(t *testing.T) {
	sent, location := "", ""
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if sent = r.RequestURI; r.URL.Path == "/redirect" {
			w.Header()["Location"] = []string{location}
			w.WriteHeader(http.StatusFound)
			return
		}
		io.WriteString(w, feedBody)
	})
	for address, want := range map[string]string{
		"/feed?q=schön":                  "/feed?q=sch%C3%B6n",
		"/feed?q=%C3%B6&r=ö%26":          "/feed?q=%C3%B6&r=%C3%B6%26",
		"/büro/feed":                     "/b%C3%BCro/feed",
		"/büro%2Fa/feed":                 "/b%C3%BCro%2Fa/feed",
		"/日本/フィード?題=記事":                  "/%E6%97%A5%E6%9C%AC/%E3%83%95%E3%82%A3%E3%83%BC%E3%83%89?%E9%A1%8C=%E8%A8%98%E4%BA%8B",
		"/feed?a=1;b=[2]&c=x|y'z+!*()~@": "/feed?a=1;b=[2]&c=x|y'z+!*()~@",
		"/a b?c d=\"<e>\"":               "/a%20b?c%20d=%22%3Ce%3E%22",
		"/feed?emoji=🐌#ö":                "/feed?emoji=%F0%9F%90%8C",
		"/latin?q=sch\xf6n":              "/latin?q=sch%F6n",
		"/latin/sch\xf6n%2F":             "/latin/sch%F6n%2F",
	} {
		if _, err := fetchFeed(fetcher(), s.URL+address); err != nil || sent != want {
			t.Errorf("%q: sent %q, want %q, %v", address, sent, want, err)
		}
		location = address
		if _, err := fetchFeed(fetcher(), s.URL+"/redirect"); err != nil || sent != want {
			t.Errorf("Location %q: sent %q, want %q, %v", address, sent, want, err)
		}
	}
}

// TestFetchSource_ValidatorsOfAnotherAddress has validators that one address gave, and another one that takes them for
// its own.
func TestFetchSource_ValidatorsOfAnotherAddress(t *testing.T) {
	target := "/first"
	sent := map[string]string{}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sent[r.URL.Path] = r.Header.Get("If-None-Match") + r.Header.Get("If-Modified-Since")
		switch {
		case r.URL.Path == "/feed" && target != "/feed":
			http.Redirect(w, r, target, http.StatusFound)
		case sent[r.URL.Path] != "":
			w.WriteHeader(http.StatusNotModified)
		default:
			w.Header().Set("ETag", `"1"`)
			w.Header().Set("Last-Modified", "Mon, 23 Nov 2026 00:00:00 GMT")
			io.WriteString(w, strings.ReplaceAll(feedBody, "/queue", r.URL.Path+"/queue"))
		}
	})
	var v broadsheet.Visit
	for _, step := range []struct {
		name, target string
		items        int
		status       int
	}{
		{"a first visit", "/first", 2, 200},
		{"the same target", "/first", 0, 304},
		{"another target", "/second", 2, 200},
		{"that one again", "/second", 0, 304},
		{"back at the first", "/first", 2, 200},
		{"no redirect any more", "/feed", 2, 200},
		{"still none", "/feed", 0, 304},
	} {
		target = step.target
		clear(sent)
		items, next, err := fetcher().FetchSource(t.Context(), feedAt(s.URL+"/feed"), v)
		if err != nil || len(items) != step.items || next.Status != step.status || next.ValidatorsURL != s.URL+target {
			t.Errorf("%s: %d items, status %d, validators of %s, %v (sent %v)", step.name, len(items), next.Status, next.ValidatorsURL, err, sent)
		}
		if target != "/feed" && sent["/feed"] != "" {
			t.Errorf("%s: the validators of %s were sent to /feed", step.name, v.ValidatorsURL)
		}
		v = next
	}
	// The source got another address in feeds.yaml, and kept its last visit.
	if items, next, err := fetcher().FetchSource(t.Context(), feedAt(s.URL+"/renamed"), v); err != nil || next.Status != 200 || len(items) != 2 {
		t.Errorf("another address in feeds.yaml: %d items, status %d, %v", len(items), next.Status, err)
	}
	// A visit of version 2 does not say whose its validators are.
	v.ValidatorsURL = ""
	if _, next, err := fetcher().FetchSource(t.Context(), feedAt(s.URL+"/feed"), v); err != nil || next.Status != 200 {
		t.Errorf("validators of nobody: status %d, %v", next.Status, err)
	}
	// Other header fields may give another document.
	other := feedAt(s.URL + "/feed")
	other.Headers = broadsheet.Headers{"X-Api-Key": "0123"}
	if _, next, err := fetcher().FetchSource(t.Context(), other, v); err != nil || next.Status != 200 {
		t.Errorf("other header fields: status %d, %v", next.Status, err)
	}
}

// TestFetchSource_304OfAnotherAddress has a redirect target that answers 304 without having been asked for it.
func TestFetchSource_304OfAnotherAddress(t *testing.T) {
	target := "/first"
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/feed":
			http.Redirect(w, r, target, http.StatusFound)
		case "/first":
			w.Header().Set("ETag", `"1"`)
			io.WriteString(w, feedBody)
		default:
			w.WriteHeader(http.StatusNotModified)
		}
	})
	v, err := fetchFeed(fetcher(), s.URL+"/feed")
	if err != nil {
		t.Fatal(err)
	}
	target = "/second"
	if _, next, err := fetcher().FetchSource(t.Context(), feedAt(s.URL+"/feed"), v); err == nil || !strings.Contains(err.Error(), "304 Not Modified though") || next.Failures != 1 {
		t.Errorf("%d failures, %v", next.Failures, err)
	}
}

// TestFetchSource_NamesMetaRefresh has pages that lead on to a feed in every way in which browsers follow.
func TestFetchSource_NamesMetaRefresh(t *testing.T) {
	page, header := "", ""
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/real/feed.xml" {
			io.WriteString(w, feedBody)
			return
		}
		if r.URL.Path != "/blog/" && r.URL.Path != "/way" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		if header != "" {
			w.Header().Set("Refresh", header)
		}
		if r.URL.Path == "/way" {
			io.WriteString(w, `<!doctype html><link rel=alternate type=application/rss+xml href=/real/feed.xml>`)
			return
		}
		io.WriteString(w, "<!doctype html><html><head><title>We have moved</title>"+page+"</head><body><p>Hello</p></body></html>")
	})
	for _, test := range []struct{ page, header, want string }{
		{`<meta http-equiv="refresh" content="0; url=/real/feed.xml">`, "", "/real/feed.xml"},
		{`<META HTTP-EQUIV=Refresh CONTENT='5;URL="../real/feed.xml"'>`, "", "/real/feed.xml"},
		{`<meta content="0,url=/real/feed.xml" http-equiv="REFRESH"/>`, "", "/real/feed.xml"},
		{`<meta http-equiv=refresh content="0 /real/feed.xml">`, "", "/real/feed.xml"},
		{`<base href="/real/"><meta http-equiv=refresh content="0; url = feed.xml">`, "", "/real/feed.xml"},
		{`<meta http-equiv=refresh content="0; url=/way">`, "", "/way"},
		{"", "0; url=/real/feed.xml", "/real/feed.xml"},
		{`<meta http-equiv=refresh content="300">`, "", ""},
		{`<meta http-equiv=refresh content="300; url=/blog/">`, "", ""},
		{`<meta http-equiv=refresh content="0; url=javascript:alert(1)">`, "", ""},
		{`<!-- <meta http-equiv=refresh content="0; url=/real/feed.xml"> -->`, "", ""},
	} {
		page, header = test.page, test.header
		_, err := fetchFeed(fetcher(), s.URL+"/blog/")
		names := "leads on to " + s.URL + test.want + " (meta refresh)"
		if err == nil || strings.Contains(err.Error(), names) != (test.want != "") || strings.Contains(err.Error(), "leads on") != (test.want != "") {
			t.Errorf("%s: %v", test.page, err)
		}
		found, _, err := fetcher().Discover(t.Context(), s.URL+"/blog/", true)
		if test.want != "" && (err != nil || len(found) != 1 || found[0].Source.URL != s.URL+"/real/feed.xml") {
			t.Errorf("%s: found %+v, %v", test.page, found, err)
		}
	}
	page = `<meta http-equiv=refresh content="0; url=http://127.0.0.1:9/feed"><link rel=alternate type=application/rss+xml href=/real/feed.xml>`
	if _, err := fetchFeed(fetcher(), s.URL+"/blog/"); err == nil || !strings.Contains(err.Error(), "http://127.0.0.1:9/feed") || !strings.Contains(err.Error(), s.URL+"/real/feed.xml") {
		t.Errorf("a page that leads on and declares: %v", err)
	}
	if found, _, err := fetcher().Discover(t.Context(), s.URL+"/blog/", true); err != nil || len(found) != 1 || found[0].Source.URL != s.URL+"/real/feed.xml" {
		t.Errorf("a page that leads into a private network: %+v, %v", found, err)
	}
}
