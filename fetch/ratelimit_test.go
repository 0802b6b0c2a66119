package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/internal/config"
	"broadsheet/internal/hostgroup"
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
	f := fetcherWith(config.Limits{Requests: 3})
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
	if !client.IsRefused(err) || !client.IsRateLimited(err) || client.IsPermanent(err) || !strings.Contains(err.Error(), "it answered 429 Too Many Requests") {
		t.Errorf("first: %v", err)
	}
	if v.Failures != 0 || v.Status != http.StatusTooManyRequests || !v.At.Equal(noon) || !v.Next.Equal(noon) {
		t.Errorf("first: %+v", v)
	}
	last := broadsheet.Visit{At: noon.Add(-time.Hour), LastSuccess: noon.Add(-time.Hour), ETag: `"kept"`, Next: noon.Add(-time.Minute)}
	found, second, err := f.FetchSource(context.Background(), feedAt(s.URL+"/second"), last)
	if client.IsRefused(err) || !client.IsRateLimited(err) || client.IsPermanent(err) || found != nil || !strings.Contains(err.Error(), "its host answered 429 Too Many Requests") {
		t.Errorf("second: %v", err)
	}
	if second.Failures != 0 || second.ETag != `"kept"` || !second.At.Equal(last.At) || !second.Next.Equal(last.Next) {
		t.Errorf("second: %+v", second)
	}
	if _, err := f.ReadArticle(context.Background(), feedAt(s.URL+"/second"), s.URL+"/page"); !client.IsRateLimited(err) {
		t.Errorf("a page there: %v", err)
	}
	if requests.Load() != 1 {
		t.Errorf("%d requests", requests.Load())
	}

	// The next runs know about the block, which ends to the second.
	states := f.ChangedHostStates()
	for after, blocked := range map[time.Duration]bool{time.Hour - time.Second: true, time.Hour: false} {
		before := requests.Load()
		next := New(Options{Now: func() time.Time { return noon.Add(after) }})
		next.SetHostStates(states)
		if _, err := fetchFeed(next, s.URL+"/third"); client.IsRefused(err) == blocked || (requests.Load() == before) != blocked {
			t.Errorf("a run after %v: %v", after, err)
		}
	}
}

// TestFetchSource_RefusalsOfOneSource has a host that refuses one source and answers the others. At first that may mean
// the whole host; when it is so again, only this source backs off.
func TestFetchSource_RefusalsOfOneSource(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/refused" {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		io.WriteString(w, feedBody)
	})
	var v broadsheet.Visit
	var states map[string]hostgroup.State
	for run := range 3 {
		now := noon.Add(time.Duration(run) * 24 * time.Hour)
		f := New(Options{Now: func() time.Time { return now }, Limits: config.Limits{Gap: -1}})
		f.SetHostStates(states)
		if _, err := fetchFeed(f, s.URL+"/other"); err != nil {
			t.Fatal(err)
		}
		var err error
		_, v, err = f.FetchSource(context.Background(), feedAt(s.URL+"/refused"), v)
		if client.IsRateLimited(err) != (run == 0) || v.Failures != run || v.Status != http.StatusTooManyRequests {
			t.Errorf("run %d: %v, %+v", run, err, v)
		}
		states = f.ChangedHostStates()
	}
}

// A server that breaks off each connection gets five requests, and one that does not answer in time gets two.
func TestFetchSource_BlocksHostThatDoesNotAnswer(t *testing.T) {
	done := make(chan bool)
	defer close(done)
	slow := serve(t, func(http.ResponseWriter, *http.Request) { <-done })
	for address, most := range map[string]int{serve(t, raw("")).URL: 5, slow.URL: 2} {
		f := New(Options{Now: clockAtNoon, Limits: config.Limits{Gap: -1, Timeout: 20 * time.Millisecond}})
		for i := range most + 2 {
			_, err := fetchFeed(f, fmt.Sprintf("%s/%d", address, i))
			if err == nil || client.IsRateLimited(err) != (i >= most) {
				t.Errorf("%d: %v", i, err)
			}
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

// Without a network, a run does not wait between the sources of one host: nothing reaches it.
func TestFetchSource_NoGapWithoutNetwork(t *testing.T) {
	transport := roundTripFunc(func(r *http.Request) (*http.Response, error) {
		return nil, &net.DNSError{Name: r.URL.Host, IsNotFound: true}
	})
	f := New(Options{Now: clockAtNoon, Transport: transport, Limits: config.Limits{Gap: time.Hour}})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for i := range 3 {
		_, _, err := f.FetchSource(ctx, feedAt(fmt.Sprintf("https://shared.example/%d", i)), broadsheet.Visit{})
		if !errors.As(err, new(*net.DNSError)) {
			t.Fatalf("%d: %v", i, err)
		}
	}
}
