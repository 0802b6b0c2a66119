package fetch

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/config"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const feedBody = `<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour Notes</title><link>/</link><ttl>180</ttl>
<item><title>How we moved the queue</title><link>/queue</link><guid>1</guid></item>
<item><title>What the cache forgot</title><link>/cache</link><guid>2</guid></item>
</channel></rss>`

// web is a server on loopback whose answers are one function.
func web(t *testing.T, answer http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return s
}

// fetcher is one that waits for nobody.
func clockAtNoon() time.Time { return noon }

func fetcher() *Fetcher { return fetcherWith(config.Limits{}) }

func fetcherWith(l config.Limits) *Fetcher {
	if l.Gap == 0 {
		l.Gap = -1
	}
	return New(Options{Now: clockAtNoon, UserAgent: "broadsheet/test (+https://paper.example/)", Limits: l})
}

func feedAt(address string) broadsheet.Source {
	return broadsheet.Source{Kind: broadsheet.KindFeed, URL: address, AllowPrivate: true}
}

func TestAFeedIsAskedAndItsArticlesAreTold(t *testing.T) {
	s := web(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"a"`)
		fmt.Fprint(w, feedBody)
	})
	source := feedAt(s.URL + "/feed")
	found, v, err := fetcher().FetchSource(context.Background(), source, broadsheet.Visit{})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 2 || found[0].Title != "How we moved the queue" || found[0].Link != s.URL+"/queue" || found[0].Source != source.ID() {
		t.Errorf("told %+v", found)
	}
	if v.Status != 200 || v.ETag != `"a"` || !v.At.Equal(noon) || !v.Success.Equal(noon) || v.Title != "Harbour Notes" || v.BodyHash == "" {
		t.Errorf("visit %+v", v)
	}
}

func TestWithoutPermissionAPrivateAddressIsNotAsked(t *testing.T) {
	asked := 0
	s := web(t, func(w http.ResponseWriter, r *http.Request) { asked++ })
	source := feedAt(s.URL)
	source.AllowPrivate = false
	_, v, err := fetcher().FetchSource(context.Background(), source, broadsheet.Visit{})
	if err == nil || !strings.Contains(err.Error(), "allow_private") || v.Failures != 1 || v.Err != err.Error() {
		t.Errorf("visit %+v, error %v", v, err)
	}
	if asked > 0 {
		t.Error("it was asked")
	}
}
