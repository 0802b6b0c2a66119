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

// TestOneRequestAtATimePerHost has many sources at two hosts. The first answer of one comes only when the other has
// answered all its sources: meanwhile nothing else may be asked there, and nothing there holds the other up.
func TestOneRequestAtATimePerHost(t *testing.T) {
	const each = 10
	var swift sync.WaitGroup
	swift.Add(each)
	var inFlight, most atomic.Int64
	slow := web(t, func(w http.ResponseWriter, r *http.Request) {
		most.Store(max(most.Load(), inFlight.Add(1)))
		swift.Wait()
		io.WriteString(w, feedBody)
		inFlight.Add(-1)
	})
	other := web(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, feedBody)
		swift.Done()
	})
	f := fetcherWith(config.Limits{Hosts: 3})
	var all sync.WaitGroup
	for i := range 2 * each {
		all.Go(func() {
			if _, err := ask(f, fmt.Sprintf("%s/%d", []string{slow.URL, other.URL}[i/each], i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most.Load() != 1 {
		t.Errorf("%d requests at once at a host", most.Load())
	}
}

func TestAHostThatAsksToBeLeftAloneIs(t *testing.T) {
	var asked atomic.Int64
	s := web(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	f := fetcher()
	v, err := ask(f, s.URL+"/first")
	if err == nil || v.Failures != 1 || v.Reason != "429, Retry-After 1 h" || !v.Next.Equal(noon.Add(time.Hour)) || client.IsPermanent(err) {
		t.Errorf("first: %+v, %v", v, err)
	}
	last := broadsheet.Visit{At: noon.Add(-time.Hour), Success: noon.Add(-time.Hour), ETag: `"kept"`, Next: noon}
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
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}

	// The next run, half an hour later, knows it from the visit.
	next := New(Options{Now: func() time.Time { return noon.Add(30 * time.Minute) }})
	next.BlockUntil(feedAt(s.URL+"/first"), v)
	if _, err := ask(next, s.URL+"/third"); !client.IsRateLimited(err) {
		t.Errorf("the next run: %v", err)
	}
	later := New(Options{Now: func() time.Time { return noon.Add(2 * time.Hour) }})
	later.BlockUntil(feedAt(s.URL+"/first"), v)
	if _, err := ask(later, s.URL+"/third"); client.IsRateLimited(err) {
		t.Errorf("a run after the time is up: %v", err)
	}
}

func TestAHostThatDoesNotAnswerIsNotWaitedForAgainAndAgain(t *testing.T) {
	s := web(t, raw(""))
	f := fetcher()
	for i := range 4 {
		_, err := ask(f, fmt.Sprintf("%s/%d", s.URL, i))
		if err == nil || client.IsRateLimited(err) != (i >= 2) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestAStoppedRunBlamesNobody(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	s := web(t, func(w http.ResponseWriter, r *http.Request) {
		cancel(errors.New("a signal came"))
		<-r.Context().Done()
	})
	last := broadsheet.Visit{At: noon.Add(-time.Hour), ETag: `"kept"`, Failures: 2}
	_, v, err := fetcher().FetchSource(ctx, feedAt(s.URL), last)
	if !client.IsStopped(err) || v.Failures != 2 || !v.At.Equal(last.At) || v.Err != "" {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestAConnectionIsKeptForWhoeverComes asks two sources of one host and one of another: of 2,000 hosts, of each of which
// nothing more is wanted, no connections are to be kept.
func TestAConnectionIsKeptForWhoeverComes(t *testing.T) {
	var mu sync.Mutex
	closing := map[string]bool{}
	answer := func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		closing[r.URL.Path] = r.Close
		io.WriteString(w, feedBody)
	}
	one, other := web(t, answer), web(t, answer)
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
