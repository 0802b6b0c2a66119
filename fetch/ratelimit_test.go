package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/internal/config"
)

// TestFetchSource_OneRequestAtATimePerHost has many sources at two hosts. The slow one sends its first response only
// when the fast one has answered all its sources. Meanwhile the slow one must get no second request, and must not hold
// up the fast one.
func TestFetchSource_OneRequestAtATimePerHost(t *testing.T) {
	const each = 10
	var fastResponses sync.WaitGroup
	fastResponses.Add(each)
	var inFlight, most atomic.Int64
	slow := serve(t, func(w http.ResponseWriter, r *http.Request) {
		most.Store(max(most.Load(), inFlight.Add(1)))
		fastResponses.Wait()
		io.WriteString(w, feedBody)
		inFlight.Add(-1)
	})
	fast := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, feedBody)
		fastResponses.Done()
	})
	f := fetcherWith(config.Limits{Hosts: 3})
	var all sync.WaitGroup
	for i := range 2 * each {
		all.Go(func() {
			if _, err := fetchFeed(f, fmt.Sprintf("%s/%d", []string{slow.URL, fast.URL}[i/each], i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most.Load() != 1 {
		t.Errorf("%d requests at once at a host", most.Load())
	}
}

func TestFetchSource_BlocksHostAfter429(t *testing.T) {
	var requests atomic.Int64
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	f := fetcher()
	v, err := fetchFeed(f, s.URL+"/first")
	if err == nil || v.Failures != 1 || v.Reason != "429, Retry-After 1 h" || !v.Next.Equal(noon.Add(time.Hour)) || client.IsPermanent(err) {
		t.Errorf("first: %+v, %v", v, err)
	}
	last := broadsheet.Visit{At: noon.Add(-time.Hour), LastSuccess: noon.Add(-time.Hour), ETag: `"kept"`, Next: noon}
	found, second, err := f.FetchSource(context.Background(), feedAt(s.URL+"/second"), last)
	if !client.IsRateLimited(err) || client.IsPermanent(err) || found != nil || !strings.Contains(err.Error(), "429 Too Many Requests") {
		t.Errorf("second: %v", err)
	}
	if second.Failures != 0 || second.ETag != `"kept"` || !second.At.Equal(last.At) || !second.Next.Equal(noon.Add(time.Hour)) {
		t.Errorf("second: %+v", second)
	}
	if _, err := f.ReadArticle(context.Background(), feedAt(s.URL+"/second"), s.URL+"/page"); !client.IsRateLimited(err) {
		t.Errorf("a page there: %v", err)
	}
	if requests.Load() != 1 {
		t.Errorf("%d requests", requests.Load())
	}

	// The next run, half an hour later, knows about the block from the visit.
	next := New(Options{Now: func() time.Time { return noon.Add(30 * time.Minute) }})
	next.BlockUntil(feedAt(s.URL+"/first"), v)
	if _, err := fetchFeed(next, s.URL+"/third"); !client.IsRateLimited(err) {
		t.Errorf("the next run: %v", err)
	}
	later := New(Options{Now: func() time.Time { return noon.Add(2 * time.Hour) }})
	later.BlockUntil(feedAt(s.URL+"/first"), v)
	if _, err := fetchFeed(later, s.URL+"/third"); client.IsRateLimited(err) {
		t.Errorf("a run after the pause: %v", err)
	}
}

func TestFetchSource_BlocksHostThatDoesNotAnswer(t *testing.T) {
	s := serve(t, raw(""))
	f := fetcher()
	for i := range 4 {
		_, err := fetchFeed(f, fmt.Sprintf("%s/%d", s.URL, i))
		if err == nil || client.IsRateLimited(err) != (i >= 2) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestFetchSource_StoppedRunKeepsVisit(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel(errors.New("a signal came"))
		<-r.Context().Done()
	})
	last := broadsheet.Visit{At: noon.Add(-time.Hour), ETag: `"kept"`, Failures: 2}
	_, v, err := fetcher().FetchSource(ctx, feedAt(s.URL), last)
	if !client.IsStopped(err) || v.Failures != 2 || !v.At.Equal(last.At) || v.Err != "" {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestPlanRequests_KeepsConnectionOnlyIfNeeded fetches two sources of one host and one of another. With 2,000 hosts
// that get one request each, no connections should be kept.
func TestPlanRequests_KeepsConnectionOnlyIfNeeded(t *testing.T) {
	var mu sync.Mutex
	closing := map[string]bool{}
	handler := func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		closing[r.URL.Path] = r.Close
		io.WriteString(w, feedBody)
	}
	one, other := serve(t, handler), serve(t, handler)
	sources := []broadsheet.Source{feedAt(one.URL + "/1"), feedAt(one.URL + "/2"), feedAt(other.URL + "/alone")}
	f := fetcher()
	for _, s := range sources {
		f.PlanRequests(s.URL)
	}
	for _, s := range append(sources, feedAt(one.URL+"/unexpected")) {
		if _, _, err := f.FetchSource(context.Background(), s, broadsheet.Visit{}); err != nil {
			t.Fatal(err)
		}
	}
	f.PlanRequests(one.URL+"/page/1", one.URL+"/page/2")
	for _, path := range []string{"/page/1", "/page/2"} {
		if _, err := f.ReadArticle(context.Background(), feedAt(one.URL+"/1"), one.URL+path); err == nil {
			t.Fatal("a feed is no page")
		}
	}
	for path, want := range map[string]bool{"/1": false, "/2": true, "/alone": true, "/unexpected": false,
		"/robots.txt": false, "/page/1": false, "/page/2": true} {
		if closing[path] != want {
			t.Errorf("%s: the connection is closed: %v, want %v", path, closing[path], want)
		}
	}
}
