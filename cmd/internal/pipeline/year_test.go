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

// TestAYearOfTheCorpus cuts 365 editions from real feeds, each article arriving on the day that its date says: what came
// before is the archive. No day is empty while the archive lasts, nothing is shown twice, no source twice on a day, and
// a second year from the same facts, told in another order, is the same.
func TestAYearOfTheCorpus(t *testing.T) {
	root := os.Getenv("BROADSHEET_CORPUS")
	if root == "" {
		t.Skip("skipped: BROADSHEET_CORPUS is not set")
	}
	if testing.Short() {
		t.Skip("skipped: a year takes its time, which -short leaves out")
	}
	desk := corpusDesk(t, root)
	told := corpusSightings(t, root, desk)
	first := time.Date(2023, 1, 1, 7, 0, 0, 0, time.UTC)
	web := someDead(corpusWeb(t, root))
	year := editionsOf(t, desk, web, told, first, 365)
	for _, of := range told {
		slices.Reverse(of)
	}
	if again := editionsOf(t, desk, web, told, first, 60); !reflect.DeepEqual(again, year[:60]) {
		t.Error("the same facts in another order gave other editions")
	}

	empty, news, archive, bare := 0, 0, 0, 0
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
				t.Errorf("%s: two of %s", e.Day, p.SourceName)
			}
			sources[p.Source] = true
			if p.Excerpt == "" {
				bare++
			}
			if p.Backlog {
				archive++
			} else {
				news++
			}
			if len(p.Why) == 0 {
				t.Errorf("%s is in without a reason", p.Key)
			}
		}
	}
	if empty > 0 {
		t.Errorf("%d empty days", empty)
	}
	t.Logf("365 days: %d new articles and %d from the backlog were shown, %d of them without text; %d wait at the end",
		news, archive, bare, year[364].Waiting)
}

// corpusDesk has the rules that the program ships with, and the corpus' feeds on systems.
func corpusDesk(t *testing.T, root string) *edition.Composer {
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

// corpusSightings are what the desk's sources tell, by Source.ID.
func corpusSightings(t *testing.T, root string, desk *edition.Composer) map[string][]broadsheet.FeedItem {
	t.Helper()
	f := fetch.New(fetch.Options{Transport: corpusWeb(t, root)})
	told := map[string][]broadsheet.FeedItem{}
	for _, s := range desk.Config.Sources {
		found, _, err := f.FetchSource(context.Background(), s, broadsheet.Visit{})
		if err != nil {
			t.Fatalf("%s: %v", s.URL, err)
		}
		told[s.ID()] = found
	}
	return told
}

// corpusWeb answers with the stored documents of a corpus.
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
	return tripper(func(r *http.Request) (*http.Response, error) {
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

// someDead answers 403 where web answers 404, but for one address in ten: a corpus holds few of the pages that its feeds
// link to, and a web on which all the others are dead is no real one.
func someDead(web http.RoundTripper) http.RoundTripper {
	return tripper(func(r *http.Request) (*http.Response, error) {
		response, err := web.RoundTrip(r)
		if err == nil && response.StatusCode == http.StatusNotFound && r.URL.Path != "/robots.txt" && crc32.ChecksumIEEE([]byte(r.URL.String()))%10 > 0 {
			response.StatusCode = http.StatusForbidden
		}
		return response, err
	})
}

// tripper is a function that answers requests.
type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// editionsOf cuts an edition on each of so many days, after reading the pages that it needs from web. None that is known
// to be dead is in one.
func editionsOf(t *testing.T, desk *edition.Composer, web http.RoundTripper, told map[string][]broadsheet.FeedItem, first time.Time, days int) []broadsheet.Edition {
	t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(t.TempDir(), "year.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Sources(ctx, first, desk.Config.Sources); err != nil {
		t.Fatal(err)
	}
	if err := s.Rules(ctx, desk.Rules.Fingerprint(), desk.Judge); err != nil {
		t.Fatal(err)
	}
	boilerplate, err := excerpt.NewBoilerplate(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Excerpt = func(told []broadsheet.FeedItem) (string, broadsheet.Origin) {
		return boilerplate.Best(told[0].Title, note(told), broadsheet.Page{}, told)
	}
	var editions []broadsheet.Edition
	dead := 0
	for n := range days {
		now := first.AddDate(0, 0, n)
		var answers []store.Answer
		for _, id := range slices.Sorted(maps.Keys(told)) {
			source, _ := desk.Source(id)
			arrived := slices.DeleteFunc(slices.Clone(told[id]), func(s broadsheet.FeedItem) bool {
				before := s.Published.Before(now.AddDate(0, 0, -1)) // what is not dated is old
				return s.Published.After(now) || n > 0 && before
			})
			if n == 0 || len(arrived) > 0 {
				answers = append(answers, store.Answer{Source: source, Visit: broadsheet.Visit{At: now, Success: now, Status: 200}, Told: arrived})
			}
		}
		if _, err := s.Record(ctx, now, answers...); err != nil {
			t.Fatal(err)
		}
		clock := func() time.Time { return now }
		r := &Run{Options: Options{Now: clock}, Composer: desk, boilerplate: boilerplate, Store: s, report: &Report{},
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
			d, err := s.Article(ctx, p.Key)
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
