package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/internal/config"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const feedBody = `<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour Notes</title><link>/</link><ttl>180</ttl>
<item><title>How we moved the queue</title><link>/queue</link><guid>1</guid></item>
<item><title>What the cache forgot</title><link>/cache</link><guid>2</guid></item>
</channel></rss>`

// serve starts a server on loopback.
func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s
}

func clockAtNoon() time.Time { return noon }

// fetcher returns a Fetcher with the default limits, but no gap between requests.
func fetcher() *Fetcher { return fetcherWith(config.Limits{}) }

func fetcherWith(l config.Limits) *Fetcher {
	if l.Gap == 0 {
		l.Gap = -1
	}
	return New(Options{Now: clockAtNoon, UserAgent: "broadsheet/test (+https://paper.example/)", Limits: l})
}

// roundTripFunc is a function as an http.RoundTripper.
type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// feedAt returns a feed source that may be at a private address.
func feedAt(address string) broadsheet.Source {
	return broadsheet.Source{Kind: broadsheet.KindFeed, URL: address, AllowPrivate: true}
}

func TestFetchSource_Feed(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"a"`)
		fmt.Fprint(w, feedBody)
	})
	source := feedAt(s.URL + "/feed")
	items, v, err := fetcher().FetchSource(context.Background(), source, broadsheet.Visit{})
	if err != nil {
		t.Fatal(err)
	}
	if len(items) != 2 || items[0].Title != "How we moved the queue" || items[0].Link != s.URL+"/queue" || items[0].Source != source.ID() {
		t.Errorf("items %+v", items)
	}
	if v.Status != 200 || v.ETag != `"a"` || !v.At.Equal(noon) || !v.LastSuccess.Equal(noon) || v.Title != "Harbour Notes" || v.BodyHash == "" {
		t.Errorf("visit %+v", v)
	}
}

func TestFetchSource_RefusesPrivateAddress(t *testing.T) {
	requests := 0
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { requests++ })
	source := feedAt(s.URL)
	source.AllowPrivate = false
	_, v, err := fetcher().FetchSource(context.Background(), source, broadsheet.Visit{})
	if err == nil || !strings.Contains(err.Error(), "allow_private") || v.Failures != 1 || v.Err != err.Error() {
		t.Errorf("visit %+v, error %v", v, err)
	}
	if requests > 0 {
		t.Error("a request was made")
	}
}

// TestFetchSource_KeepsValidatorsOfLastCompleteBody visits a feed that answers differently each time.
func TestFetchSource_KeepsValidatorsOfLastCompleteBody(t *testing.T) {
	const cut = `<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour Notes</title><item><title>Whole</title><link>/w</link></item><item><title>Cut`
	day := 24 * time.Hour
	steps := []struct {
		name    string
		later   time.Duration // since the step before
		handler func(w http.ResponseWriter, r *http.Request)
		sent    [2]string // If-None-Match, If-Modified-Since
		items   int
		kept    [2]string
		wantErr string
	}{
		{"a first visit", 0, respond200(`W/"odd, tag"`, "Mon, 23 Nov 2026 00:00:00 GMT", feedBody), [2]string{}, 2, [2]string{`W/"odd, tag"`, "Mon, 23 Nov 2026 00:00:00 GMT"}, ""},
		{"304 without validators", day, status(304), [2]string{`W/"odd, tag"`, "Mon, 23 Nov 2026 00:00:00 GMT"}, 0, [2]string{`W/"odd, tag"`, "Mon, 23 Nov 2026 00:00:00 GMT"}, ""},
		{"304 with a new tag", day, respond304(`"b"`), [2]string{`W/"odd, tag"`, "Mon, 23 Nov 2026 00:00:00 GMT"}, 0, [2]string{`"b"`, "Mon, 23 Nov 2026 00:00:00 GMT"}, ""},
		{"the same body, new tag, no date", day, respond200(`"c"`, "", feedBody), [2]string{`"b"`, "Mon, 23 Nov 2026 00:00:00 GMT"}, 0, [2]string{`"c"`, ""}, ""},
		{"a server error", day, status(500), [2]string{`"c"`, ""}, 0, [2]string{`"c"`, ""}, "500"},
		{"a web page", day, respond200(`"page"`, "", "<!DOCTYPE html><html><title>Sorry</title><p>Back soon</html>"), [2]string{`"c"`, ""}, 0, [2]string{`"c"`, ""}, "page"},
		{"304 again", 5 * day, status(304), [2]string{`"c"`, ""}, 0, [2]string{`"c"`, ""}, ""},
		{"validators too old to be sent", 2 * day, respond200(`"d"`, "", strings.ReplaceAll(feedBody, "queue", "heap")), [2]string{}, 2, [2]string{`"d"`, ""}, ""},
		{"cut off", day, respond200(`"e"`, "Tue, 24 Nov 2026 00:00:00 GMT", cut), [2]string{`"d"`, ""}, 1, [2]string{}, ""},
		{"cut off again", day, respond200(`"e"`, "", cut), [2]string{}, 1, [2]string{}, ""},
		{"complete again", day, respond200(`"f"`, "", feedBody), [2]string{}, 2, [2]string{`"f"`, ""}, ""},
		{"304 with a tag that is too long", day, respond304(`"` + strings.Repeat("g", 200_000) + `"`), [2]string{`"f"`, ""}, 0, [2]string{`"f"`, ""}, ""},
		{"validators that are too long", day, respond200(`"`+strings.Repeat("h", 2_000)+`"`, strings.Repeat("Mon", 1_000), strings.ReplaceAll(feedBody, "queue", "stack")), [2]string{`"f"`, ""}, 2, [2]string{}, ""},
		{"a request without validators", day, respond200(`"i"`, "", feedBody), [2]string{}, 2, [2]string{`"i"`, ""}, ""},
	}
	var step atomic.Int64
	var sent [2]string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sent = [2]string{r.Header.Get("If-None-Match"), r.Header.Get("If-Modified-Since")}
		steps[step.Load()].handler(w, r)
	})
	now := noon
	var v broadsheet.Visit
	for i, test := range steps {
		step.Store(int64(i))
		now = now.Add(test.later)
		f := New(Options{Now: func() time.Time { return now }, Limits: config.Limits{Gap: -1}})
		items, next, err := f.FetchSource(context.Background(), feedAt(s.URL), v)
		if sent != test.sent {
			t.Errorf("%s: sent %q, want %q", test.name, sent, test.sent)
		}
		if kept := [2]string{next.ETag, next.LastModified}; len(items) != test.items || kept != test.kept {
			t.Errorf("%s: %d items, kept %q; want %d, %q", test.name, len(items), kept, test.items, test.kept)
		}
		if (err == nil) != (test.wantErr == "") || err != nil && !strings.Contains(err.Error(), test.wantErr) || (next.Err == "") != (err == nil) {
			t.Errorf("%s: %v, %q", test.name, err, next.Err)
		}
		if err == nil && (next.Failures != 0 || !next.FailingSince.IsZero() || !next.LastSuccess.Equal(now)) {
			t.Errorf("%s: %+v", test.name, next)
		}
		if next.Partial != strings.Contains(test.name, "cut off") {
			t.Errorf("%s: salvaged %v", test.name, next.Partial)
		}
		if !next.Next.After(now) || next.Reason == "" {
			t.Errorf("%s: next at %v, %q", test.name, next.Next, next.Reason)
		}
		v = next
	}
}

// respond200 returns a handler that sends a body with validators.
func respond200(etag, modified, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if etag != "" {
			w.Header().Set("ETag", etag)
		}
		if modified != "" {
			w.Header().Set("Last-Modified", modified)
		}
		io.WriteString(w, body)
	}
}

// respond304 returns a handler that sends a 304 with an ETag.
func respond304(etag string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", etag)
		w.WriteHeader(304)
	}
}

func TestFetchSource_KeepsHintsOn304(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"a"`)
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(304)
			return
		}
		io.WriteString(w, feedBody)
	})
	v, err := fetchFeed(fetcher(), s.URL)
	for range 2 {
		if err != nil || v.Reason != "ttl 3 h" || !v.Next.Equal(noon.Add(3*time.Hour)) {
			t.Fatalf("%+v, %v", v, err)
		}
		_, v, err = fetcher().FetchSource(context.Background(), feedAt(s.URL), v)
	}
}

func TestFetchSource_RemembersPermanentRedirect(t *testing.T) {
	to := "/new"
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
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
		if strings.TrimPrefix(v.MovedTo, s.URL) != step.moved || step.since >= 0 && since != step.since {
			t.Errorf("day %d: moved to %q since day %d; want %q, %d", i, v.MovedTo, since, step.moved, step.since)
		}
	}
}

func TestFetchSource_Gone(t *testing.T) {
	s := serve(t, status(http.StatusGone))
	v, err := fetchFeed(fetcher(), s.URL)
	if !v.Gone || v.Due(noon.Add(1000*time.Hour)) || !client.IsPermanent(err) || !strings.Contains(v.Err, "will not come back") {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestFetchSource_CountsFailures(t *testing.T) {
	s := serve(t, status(500))
	var v broadsheet.Visit
	var wait time.Duration
	for i := range 4 {
		_, next, _ := fetcher().FetchSource(context.Background(), feedAt(s.URL), v)
		if next.Failures != i+1 || !next.FailingSince.Equal(noon) || next.Next.Sub(noon) <= wait {
			t.Errorf("after %d failures: %+v", i+1, next)
		}
		wait, v = next.Next.Sub(noon), next
	}
}

func TestFetchSource_List(t *testing.T) {
	s := broadsheet.Source{Kind: broadsheet.KindList, Name: "By hand", List: []broadsheet.ListEntry{
		{URL: "https://a.example/1", Title: "One", Note: "Why it matters."}, {URL: "https://a.example/2"},
	}}
	items, v, err := fetcher().FetchSource(context.Background(), s, broadsheet.Visit{})
	if err != nil || len(items) != 2 || items[0].Source != "list:By hand" || items[0].Note != "Why it matters." || items[1].Link != "https://a.example/2" {
		t.Errorf("%+v, %v", items, err)
	}
	if !v.Due(noon) || !v.LastSuccess.Equal(noon) {
		t.Errorf("%+v", v)
	}
}

func TestFetchSource_WebPageInsteadOfFeed(t *testing.T) {
	s := serve(t, respond200("", "", `<!DOCTYPE html><html><head><title>Harbour</title><link rel="alternate" type="application/rss+xml" href="/real.xml"></head><body><p>Welcome</body></html>`))
	if _, err := fetchFeed(fetcher(), s.URL); err == nil || !strings.Contains(err.Error(), s.URL+"/real.xml") {
		t.Error(err)
	}
}

// TestFetchSource_KeepsItemsBeforeConnectionLoss has a server that closes the connection in the middle of its second
// item.
func TestFetchSource_KeepsItemsBeforeConnectionLoss(t *testing.T) {
	half := feedBody[:strings.Index(feedBody, "What the cache")]
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(feedBody)))
		w.Header().Set("ETag", `"a"`)
		io.WriteString(w, half)
	})
	items, v, err := fetcher().FetchSource(context.Background(), feedAt(s.URL), broadsheet.Visit{})
	if err != nil || len(items) != 1 || !v.Partial || v.ETag != "" || v.BodyHash != "" {
		t.Errorf("%d items, %+v, %v", len(items), v, err)
	}
	silent := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		io.WriteString(w, "<?xml")
	})
	if _, err := fetchFeed(fetcher(), silent.URL); err == nil || !strings.Contains(err.Error(), "hung up") {
		t.Errorf("a body without any item: %v", err)
	}
}

// TestFetchSource_ParsesAgainAfterEdit has a site that never changes: it is parsed again when selectors or patterns in
// feeds.yaml change.
func TestFetchSource_ParsesAgainAfterEdit(t *testing.T) {
	pages := map[string]string{
		"/posts": `<title>Quay</title><article class="old"><a href="/a">The berth that was full</a></article>
			<article class="new"><a href="/b">Why the crane stood still</a></article>`,
		"/sitemap.xml": `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>/blog/a</loc></url><url><loc>/news/b</loc></url></urlset>`,
	}
	conditional := 0
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"a"`)
		if r.Header.Get("If-None-Match") != "" {
			conditional++
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprint(w, strings.ReplaceAll(pages[r.URL.Path], "<loc>", "<loc>http://"+r.Host))
	})
	for _, test := range []struct {
		name          string
		before, after broadsheet.Source
		path          string
	}{
		{"selectors", broadsheet.Source{Kind: broadsheet.KindPage, Items: ".old"}, broadsheet.Source{Kind: broadsheet.KindPage, Items: ".new"}, "/posts"},
		{"patterns", broadsheet.Source{Kind: broadsheet.KindSitemap, Include: []string{"/blog/*"}}, broadsheet.Source{Kind: broadsheet.KindSitemap, Exclude: []string{"/blog/*"}}, "/sitemap.xml"},
	} {
		firstPath := func(source broadsheet.Source, last broadsheet.Visit) (string, broadsheet.Visit) {
			source.URL, source.AllowPrivate = s.URL+test.path, true
			items, v, err := fetcher().FetchSource(context.Background(), source, last)
			if err != nil {
				t.Fatal(err)
			}
			if len(items) == 0 {
				return "", v
			}
			return strings.TrimPrefix(items[0].Link, s.URL), v
		}
		first, v := firstPath(test.before, broadsheet.Visit{})
		again, v := firstPath(test.before, v)
		if !strings.HasSuffix(first, "/a") || again != "" {
			t.Errorf("%s: got %q, then %q", test.name, first, again)
		}
		if got, _ := firstPath(test.after, v); !strings.HasSuffix(got, "/b") {
			t.Errorf("%s: after the edit got %q", test.name, got)
		}
	}
	if conditional != 2 {
		t.Errorf("%d conditional requests, want 2: one for each source before its edit", conditional)
	}
}
