package fetch

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/internal/config"
)

// TestValidatorsAreThoseOfTheLastWholeBody makes one visit after another to a feed that answers differently each time.
func TestValidatorsAreThoseOfTheLastWholeBody(t *testing.T) {
	const cut = `<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour Notes</title><item><title>Whole</title><link>/w</link></item><item><title>Cut`
	day := 24 * time.Hour
	steps := []struct {
		story   string
		later   time.Duration // since the step before
		serve   func(w http.ResponseWriter, r *http.Request)
		sent    [2]string // If-None-Match, If-Modified-Since
		found   int
		kept    [2]string
		problem string
	}{
		{"a first visit", 0, serving(`W/"odd, tag"`, "Mon, 23 Nov 2026 00:00:00 GMT", feedBody), [2]string{}, 2, [2]string{`W/"odd, tag"`, "Mon, 23 Nov 2026 00:00:00 GMT"}, ""},
		{"304 without validators", day, status(304), [2]string{`W/"odd, tag"`, "Mon, 23 Nov 2026 00:00:00 GMT"}, 0, [2]string{`W/"odd, tag"`, "Mon, 23 Nov 2026 00:00:00 GMT"}, ""},
		{"304 with a new tag", day, answer304(`"b"`), [2]string{`W/"odd, tag"`, "Mon, 23 Nov 2026 00:00:00 GMT"}, 0, [2]string{`"b"`, "Mon, 23 Nov 2026 00:00:00 GMT"}, ""},
		{"the same body, new tag, no date", day, serving(`"c"`, "", feedBody), [2]string{`"b"`, "Mon, 23 Nov 2026 00:00:00 GMT"}, 0, [2]string{`"c"`, ""}, ""},
		{"trouble", day, status(500), [2]string{`"c"`, ""}, 0, [2]string{`"c"`, ""}, "500"},
		{"a web page", day, serving(`"page"`, "", "<!DOCTYPE html><html><title>Sorry</title><p>Back soon</html>"), [2]string{`"c"`, ""}, 0, [2]string{`"c"`, ""}, "page"},
		{"sticky 304", 5 * day, status(304), [2]string{`"c"`, ""}, 0, [2]string{`"c"`, ""}, ""},
		{"too old to be believed", 2 * day, serving(`"d"`, "", strings.ReplaceAll(feedBody, "queue", "heap")), [2]string{}, 2, [2]string{`"d"`, ""}, ""},
		{"cut off", day, serving(`"e"`, "Tue, 24 Nov 2026 00:00:00 GMT", cut), [2]string{`"d"`, ""}, 1, [2]string{}, ""},
		{"cut off once more", day, serving(`"e"`, "", cut), [2]string{}, 1, [2]string{}, ""},
		{"whole again", day, serving(`"f"`, "", feedBody), [2]string{}, 2, [2]string{`"f"`, ""}, ""},
		{"304 with a tag that is too long", day, answer304(`"` + strings.Repeat("g", 200_000) + `"`), [2]string{`"f"`, ""}, 0, [2]string{`"f"`, ""}, ""},
		{"validators that are too long", day, serving(`"`+strings.Repeat("h", 2_000)+`"`, strings.Repeat("Mon", 1_000), strings.ReplaceAll(feedBody, "queue", "stack")), [2]string{`"f"`, ""}, 2, [2]string{}, ""},
		{"asked without them", day, serving(`"i"`, "", feedBody), [2]string{}, 2, [2]string{`"i"`, ""}, ""},
	}
	var step atomic.Int64
	var sent [2]string
	s := web(t, func(w http.ResponseWriter, r *http.Request) {
		sent = [2]string{r.Header.Get("If-None-Match"), r.Header.Get("If-Modified-Since")}
		steps[step.Load()].serve(w, r)
	})
	now := noon
	var v broadsheet.Visit
	for i, test := range steps {
		step.Store(int64(i))
		now = now.Add(test.later)
		f := New(Options{Now: func() time.Time { return now }, Limits: config.Limits{Gap: -1}})
		found, next, err := f.FetchSource(context.Background(), feedAt(s.URL), v)
		if sent != test.sent {
			t.Errorf("%s: sent %q, want %q", test.story, sent, test.sent)
		}
		if kept := [2]string{next.ETag, next.LastModified}; len(found) != test.found || kept != test.kept {
			t.Errorf("%s: %d found, kept %q; want %d, %q", test.story, len(found), kept, test.found, test.kept)
		}
		if (err == nil) != (test.problem == "") || err != nil && !strings.Contains(err.Error(), test.problem) || (next.Err == "") != (err == nil) {
			t.Errorf("%s: %v, %q", test.story, err, next.Err)
		}
		if err == nil && (next.Failures != 0 || !next.Failing.IsZero() || !next.Success.Equal(now)) {
			t.Errorf("%s: %+v", test.story, next)
		}
		if next.Salvaged != strings.Contains(test.story, "cut off") {
			t.Errorf("%s: salvaged %v", test.story, next.Salvaged)
		}
		if !next.Next.After(now) || next.Reason == "" {
			t.Errorf("%s: next at %v, %q", test.story, next.Next, next.Reason)
		}
		v = next
	}
}

// serving answers a 200 with validators.
func serving(tag, modified, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if tag != "" {
			w.Header().Set("ETag", tag)
		}
		if modified != "" {
			w.Header().Set("Last-Modified", modified)
		}
		io.WriteString(w, body)
	}
}

func answer304(tag string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", tag)
		w.WriteHeader(304)
	}
}

func TestHintsOfTheLastBodyHoldWhenNothingChanged(t *testing.T) {
	s := web(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"a"`)
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(304)
			return
		}
		io.WriteString(w, feedBody)
	})
	v, err := ask(fetcher(), s.URL)
	for range 2 {
		if err != nil || v.Reason != "ttl 3 h" || !v.Next.Equal(noon.Add(3*time.Hour)) {
			t.Fatalf("%+v, %v", v, err)
		}
		_, v, err = fetcher().FetchSource(context.Background(), feedAt(s.URL), v)
	}
}

func TestAMoveIsRememberedWhileItHolds(t *testing.T) {
	to := "/new"
	s := web(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/old" && to != "" {
			http.Redirect(w, r, to, http.StatusMovedPermanently)
			return
		}
		if r.URL.Path == "/broken" {
			status(500)(w, r)
			return
		}
		io.WriteString(w, feedBody)
	})
	var v broadsheet.Visit
	for i, step := range []struct {
		to, moved string
		since     int
	}{{"/new", "/new", 0}, {"/new", "/new", 0}, {"/broken", "/new", 0}, {"/new", "/new", 0}, {"/newer", "/newer", 4}, {"", "", -1}} {
		to = step.to
		now := noon.Add(time.Duration(i) * 24 * time.Hour)
		_, v, _ = New(Options{Now: func() time.Time { return now }, Limits: config.Limits{Gap: -1}}).FetchSource(context.Background(), feedAt(s.URL+"/old"), v)
		since := int(v.MovedSince.Sub(noon) / (24 * time.Hour))
		if strings.TrimPrefix(v.Moved, s.URL) != step.moved || step.since >= 0 && since != step.since {
			t.Errorf("day %d: moved to %q since day %d; want %q, %d", i, v.Moved, since, step.moved, step.since)
		}
	}
}

func TestGoneIsGone(t *testing.T) {
	s := web(t, status(http.StatusGone))
	v, err := ask(fetcher(), s.URL)
	if !v.Gone || v.Due(noon.Add(1000*time.Hour)) || !client.IsPermanent(err) || !strings.Contains(v.Err, "will not come back") {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestFailuresAreCounted(t *testing.T) {
	s := web(t, status(500))
	var v broadsheet.Visit
	var wait time.Duration
	for i := range 4 {
		_, next, _ := fetcher().FetchSource(context.Background(), feedAt(s.URL), v)
		if next.Failures != i+1 || !next.Failing.Equal(noon) || next.Next.Sub(noon) <= wait {
			t.Errorf("after %d failures: %+v", i+1, next)
		}
		wait, v = next.Next.Sub(noon), next
	}
}

func TestAListNeedsNoRequest(t *testing.T) {
	s := broadsheet.Source{Kind: broadsheet.KindList, Name: "By hand", List: []broadsheet.Listed{
		{URL: "https://a.example/1", Title: "One", Note: "Why it matters."}, {URL: "https://a.example/2"},
	}}
	found, v, err := fetcher().FetchSource(context.Background(), s, broadsheet.Visit{})
	if err != nil || len(found) != 2 || found[0].Source != "list:By hand" || found[0].Note != "Why it matters." || found[1].Link != "https://a.example/2" {
		t.Errorf("%+v, %v", found, err)
	}
	if !v.Due(noon) || !v.Success.Equal(noon) {
		t.Errorf("%+v", v)
	}
}

func TestAPageInPlaceOfAFeedNamesItsFeeds(t *testing.T) {
	s := web(t, serving("", "", `<!DOCTYPE html><html><head><title>Harbour</title><link rel="alternate" type="application/rss+xml" href="/real.xml"></head><body><p>Welcome</body></html>`))
	if _, err := ask(fetcher(), s.URL); err == nil || !strings.Contains(err.Error(), s.URL+"/real.xml") {
		t.Error(err)
	}
}

// TestWhatCameBeforeTheConnectionBrokeIsKept has a server that dies in the middle of its second article.
func TestWhatCameBeforeTheConnectionBrokeIsKept(t *testing.T) {
	half := feedBody[:strings.Index(feedBody, "What the cache")]
	s := web(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(feedBody)))
		w.Header().Set("ETag", `"a"`)
		io.WriteString(w, half)
	})
	found, v, err := fetcher().FetchSource(context.Background(), feedAt(s.URL), broadsheet.Visit{})
	if err != nil || len(found) != 1 || !v.Salvaged || v.ETag != "" || v.BodyHash != "" {
		t.Errorf("%d found, %+v, %v", len(found), v, err)
	}
	silent := web(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		io.WriteString(w, "<?xml")
	})
	if _, err := ask(fetcher(), silent.URL); err == nil || !strings.Contains(err.Error(), "hung up") {
		t.Errorf("too little to save anything: %v", err)
	}
}

func urlset(paths ...string) string {
	text := `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`
	for _, p := range paths {
		text += "<url><loc>HOST" + p + "</loc></url>"
	}
	return text + "</urlset>"
}

func index(paths ...string) string {
	text := `<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`
	for _, p := range paths {
		if !strings.Contains(p, "://") {
			p = "HOST" + p
		}
		text += "<sitemap><loc>" + p + "</loc></sitemap>"
	}
	return text + "</sitemapindex>"
}

func TestASitemapIndexLeadsToItsSitemaps(t *testing.T) {
	pages := map[string]string{
		"/index.xml":  index("/a.xml", "/b.xml.gz", "/deeper.xml", "/missing.xml", "/index.xml", "https://elsewhere.example/c.xml", "/a.xml"),
		"/a.xml":      urlset("/1", "/2"),
		"/b.xml.gz":   urlset("/3"),
		"/deeper.xml": index("/d.xml"),
		"/d.xml":      urlset("/4"),
	}
	asked := map[string]int{}
	host := ""
	s := web(t, func(w http.ResponseWriter, r *http.Request) {
		asked[r.URL.Path]++
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
	found, v, err := fetcher().FetchSource(context.Background(), source, broadsheet.Visit{})
	if err != nil || len(found) != 4 || !v.Salvaged || v.ETag != "" {
		t.Fatalf("%d found, %v, %+v", len(found), err, v)
	}
	for path, n := range asked {
		if n != 1 {
			t.Errorf("%s was asked %d times", path, n)
		}
	}
	pages["/missing.xml"] = urlset("/5")
	found, v, err = fetcher().FetchSource(context.Background(), source, v)
	if err != nil || len(found) != 5 || v.Salvaged || v.BodyHash == "" {
		t.Fatalf("all there: %d found, %v, %+v", len(found), err, v)
	}
	if found, v, err = fetcher().FetchSource(context.Background(), source, v); err != nil || len(found) != 0 {
		t.Errorf("nothing new: %d found, %v", len(found), err)
	}
	pages["/d.xml"] = urlset("/4", "/6")
	if found, _, err = fetcher().FetchSource(context.Background(), source, v); err != nil || len(found) != 6 {
		t.Errorf("one more, deep down: %d found, %v", len(found), err)
	}
}

func TestASitemapIndexWithoutEndIsBounded(t *testing.T) {
	var asked atomic.Int64
	host := ""
	s := web(t, func(w http.ResponseWriter, r *http.Request) {
		n := asked.Add(1)
		var next []string
		for i := range 100 {
			next = append(next, fmt.Sprintf("/%d-%d.xml", n, i))
		}
		io.WriteString(w, strings.ReplaceAll(index(next...), "HOST", host))
	})
	host = s.URL
	source := broadsheet.Source{Kind: broadsheet.KindSitemap, URL: s.URL + "/s.xml", AllowPrivate: true}
	if _, _, err := fetcher().FetchSource(context.Background(), source, broadsheet.Visit{}); client.IsStopped(err) || asked.Load() > maxChildren+2 {
		t.Errorf("%d requests, %v", asked.Load(), err)
	}
}

// TestAnEditedEntryIsReadAnew has a site that never changes: what it lists is read again when feeds.yaml says otherwise how.
func TestAnEditedEntryIsReadAnew(t *testing.T) {
	pages := map[string]string{
		"/posts": `<title>Quay</title><article class="old"><a href="/a">The berth that was full</a></article>
			<article class="new"><a href="/b">Why the crane stood still</a></article>`,
		"/sitemap.xml": `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>/blog/a</loc></url><url><loc>/news/b</loc></url></urlset>`,
	}
	conditional := 0
	s := web(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"a"`)
		if r.Header.Get("If-None-Match") != "" {
			conditional++
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprint(w, strings.ReplaceAll(pages[r.URL.Path], "<loc>", "<loc>http://"+r.Host))
	})
	for _, test := range []struct {
		story         string
		before, after broadsheet.Source
		path          string
	}{
		{"selectors", broadsheet.Source{Kind: broadsheet.KindPage, Items: ".old"}, broadsheet.Source{Kind: broadsheet.KindPage, Items: ".new"}, "/posts"},
		{"patterns", broadsheet.Source{Kind: broadsheet.KindSitemap, Include: []string{"/blog/*"}}, broadsheet.Source{Kind: broadsheet.KindSitemap, Exclude: []string{"/blog/*"}}, "/sitemap.xml"},
	} {
		ask := func(source broadsheet.Source, last broadsheet.Visit) (string, broadsheet.Visit) {
			source.URL, source.AllowPrivate = s.URL+test.path, true
			found, v, err := fetcher().FetchSource(context.Background(), source, last)
			if err != nil {
				t.Fatal(err)
			}
			if len(found) == 0 {
				return "", v
			}
			return strings.TrimPrefix(found[0].Link, s.URL), v
		}
		first, v := ask(test.before, broadsheet.Visit{})
		again, v := ask(test.before, v)
		if !strings.HasSuffix(first, "/a") || again != "" {
			t.Errorf("%s: told %q, then %q", test.story, first, again)
		}
		if told, _ := ask(test.after, v); !strings.HasSuffix(told, "/b") {
			t.Errorf("%s: after the edit told %q", test.story, told)
		}
	}
	if conditional != 2 {
		t.Errorf("%d conditional requests, want one for each entry as it was", conditional)
	}
}
