package pipeline

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"hash/crc32"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/fetch"
	"broadsheet/internal/config"
	"broadsheet/internal/edition"
	"broadsheet/internal/excerpt"
	"broadsheet/store"
)

// TestYearOfEditions composes 365 editions from real feeds. Each article arrives on the day of its date; those of
// earlier days are the backlog. It checks that no day is empty while the backlog lasts, that nothing is shown twice and
// no source twice on a day, and that the same items in another order give the same editions.
func TestYearOfEditions(t *testing.T) {
	root := os.Getenv("BROADSHEET_CORPUS")
	if root == "" {
		t.Skip("skipped: BROADSHEET_CORPUS is not set")
	}
	if testing.Short() {
		t.Skip("skipped by -short: a year of editions takes long")
	}
	composer := corpusComposer(t, root)
	items := corpusItems(t, root, composer)
	first := time.Date(2023, 1, 1, 7, 0, 0, 0, time.UTC)
	web := withForbidden(corpusWeb(t, root))
	year := composeEditions(t, composer, web, items, first, 365)
	for _, ofSource := range items {
		slices.Reverse(ofSource)
	}
	if again := composeEditions(t, composer, web, items, first, 60); !reflect.DeepEqual(again, year[:60]) {
		t.Error("the same items in another order give other editions")
	}

	empty, fresh, backlog, noText := 0, 0, 0, 0
	shown := map[string]broadsheet.Day{}
	for _, e := range year {
		if len(e.Picks) == 0 {
			empty++
		}
		sources := map[string]bool{}
		for _, p := range e.Picks {
			if before, twice := shown[p.Key]; twice {
				t.Errorf("%s is shown on %s and on %s", p.Key, before, e.Day)
			}
			shown[p.Key] = e.Day
			if sources[p.Source] {
				t.Errorf("%s: two picks of %s", e.Day, p.SourceName)
			}
			sources[p.Source] = true
			if p.Excerpt == "" {
				noText++
			}
			if p.Backlog {
				backlog++
			} else {
				fresh++
			}
			if len(p.Why) == 0 {
				t.Errorf("%s is a pick without a reason", p.Key)
			}
		}
	}
	if empty > 0 {
		t.Errorf("%d empty days", empty)
	}
	t.Logf("365 days: %d new articles and %d from the backlog were shown, %d of them without text; %d wait at the end",
		fresh, backlog, noText, year[364].Waiting)
}

// corpusComposer returns a Composer with the built-in rules, and the feeds of the corpus about systems as its sources.
func corpusComposer(t *testing.T, root string) *edition.Composer {
	t.Helper()
	c, err := config.Parse("feeds.yaml", broadsheet.DefaultFeeds)
	if err != nil {
		t.Fatal(err)
	}
	feeds, err := os.ReadFile(filepath.Join(root, "feeds-systems.txt"))
	if err != nil {
		t.Fatal(err)
	}
	c.Sources = nil
	for address := range strings.Lines(string(feeds)) {
		if address = strings.TrimSpace(address); address != "" {
			c.Sources = append(c.Sources, broadsheet.Source{Kind: broadsheet.KindFeed, URL: address, Name: address, Take: broadsheet.TakeMatching})
		}
	}
	return edition.NewComposer(c)
}

// corpusItems returns the items of the composer's sources, by Source.ID.
func corpusItems(t *testing.T, root string, composer *edition.Composer) map[string][]broadsheet.FeedItem {
	t.Helper()
	f := fetch.New(fetch.Options{Transport: corpusWeb(t, root)})
	items := map[string][]broadsheet.FeedItem{}
	for _, s := range composer.Config.Sources {
		found, _, err := f.FetchSource(context.Background(), s, broadsheet.Visit{})
		if err != nil {
			t.Fatalf("%s: %v", s.URL, err)
		}
		items[s.ID()] = found
	}
	return items
}

// corpusWeb returns a transport that responds with the stored documents of the corpus, and with 404 to everything else.
func corpusWeb(t *testing.T, root string) http.RoundTripper {
	t.Helper()
	manifest, err := os.Open(filepath.Join(root, "manifest.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer manifest.Close()
	type document struct{ URL, File, Type string }
	documents := map[string]document{}
	lines := bufio.NewScanner(manifest)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var d struct {
			URL  string `json:"url"`
			File string `json:"file"`
			Type string `json:"content_type"`
		}
		if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		documents[d.URL] = document(d)
	}
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		response := &http.Response{StatusCode: http.StatusNotFound, Header: http.Header{}, Request: r, ProtoMajor: 1, ProtoMinor: 1}
		var body []byte
		if d, ok := documents[r.URL.String()]; ok {
			var err error
			if body, err = os.ReadFile(filepath.Join(root, d.File)); err != nil {
				return nil, err
			}
			response.StatusCode = http.StatusOK
			response.Header.Set("Content-Type", d.Type)
		}
		response.Body = io.NopCloser(bytes.NewReader(body))
		response.ContentLength = int64(len(body))
		return response, nil
	})
}

// withForbidden turns nine of ten 404 responses of web into 403: the corpus contains few of the pages that its feeds
// link to, and 404 for all others would mean that nearly all articles are dead, which is not realistic.
func withForbidden(web http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		response, err := web.RoundTrip(r)
		if err == nil && response.StatusCode == http.StatusNotFound && r.URL.Path != "/robots.txt" && crc32.ChecksumIEEE([]byte(r.URL.String()))%10 > 0 {
			response.StatusCode = http.StatusForbidden
		}
		return response, err
	})
}

// roundTripper is an http.RoundTripper that is a function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// composeEditions composes an edition on each day from first on, after reading from web the pages that it needs. It
// checks that no article is in an edition whose page is known to be dead.
func composeEditions(t *testing.T, composer *edition.Composer, web http.RoundTripper, items map[string][]broadsheet.FeedItem,
	first time.Time, days int) []broadsheet.Edition {
	t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(t.TempDir(), "year.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.SetSources(ctx, first, composer.Config.Sources); err != nil {
		t.Fatal(err)
	}
	if err := s.SetRules(ctx, composer.Rules.Fingerprint(), composer.Judge); err != nil {
		t.Fatal(err)
	}
	boilerplate, err := excerpt.NewBoilerplate(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Excerpt = func(items []broadsheet.FeedItem) (string, broadsheet.Origin) {
		return boilerplate.Choose(items[0].Title, note(items), broadsheet.Page{}, items)
	}
	var editions []broadsheet.Edition
	dead := 0
	for n := range days {
		now := first.AddDate(0, 0, n)
		var answers []store.VisitResult
		for _, id := range slices.Sorted(maps.Keys(items)) {
			source, _ := composer.Source(id)
			arrived := slices.DeleteFunc(slices.Clone(items[id]), func(s broadsheet.FeedItem) bool {
				before := s.Published.Before(now.AddDate(0, 0, -1)) // items without a date are old
				return s.Published.After(now) || n > 0 && before
			})
			if n == 0 || len(arrived) > 0 {
				answers = append(answers, store.VisitResult{Source: source, Visit: broadsheet.Visit{At: now, LastSuccess: now, Status: 200}, Items: arrived})
			}
		}
		if _, err := s.Record(ctx, now, answers...); err != nil {
			t.Fatal(err)
		}
		clock := func() time.Time { return now }
		r := &Run{Options: Options{Now: clock}, Composer: composer, boilerplate: boilerplate, Store: s, report: &Report{},
			Fetcher: fetch.New(fetch.Options{Transport: web, Now: clock})}
		if err := r.recoverAttempts(ctx); err != nil {
			t.Fatal(err)
		}
		if err := r.readArticles(ctx); err != nil {
			t.Fatal(err)
		}
		if err := r.composeEdition(ctx); err != nil {
			t.Fatal(err)
		}
		if r.report.Edition == nil {
			r.report.Edition = &broadsheet.Edition{}
		}
		editions = append(editions, *r.report.Edition)
		for _, p := range r.report.Edition.Picks {
			d, err := s.ArticleDetail(ctx, p.Key)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(d.PageError, "it answered 404") {
				dead++
			}
		}
	}
	if dead > 0 {
		t.Errorf("%d picks whose pages were known to be dead", dead)
	}
	return editions
}
