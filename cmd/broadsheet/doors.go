package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// policy is what a browser lets the pages do: nothing that does not come from here. Each page says the same, and more
// narrowly, of itself.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// handler is all that serve answers.
func (s *server) handler() http.Handler {
	files := newSite(s.out)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		counted := &answer{ResponseWriter: w, all: &s.count}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(counted, "only GET and HEAD are answered here", http.StatusMethodNotAllowed)
			return
		}
		switch r.URL.Path {
		case "/healthz":
			s.healthz(counted)
		case "/metrics":
			s.metrics(counted)
		default:
			files.serve(counted, r, s.below(r.URL))
		}
	})
}

// below is the path of a request from the top of the output: without the folder that feeds.yaml's url names, so that
// serve may stand behind a server that passes it on as well as behind one that takes it off.
func (s *server) below(u *url.URL) string {
	s.mu.Lock()
	site, err := url.Parse(s.config.URL)
	s.mu.Unlock()
	if raw := strings.ToLower(u.RawPath); strings.Contains(raw, "%2f") || strings.Contains(raw, "%5c") {
		return "" // names no file of ours
	}
	if err == nil && len(site.Path) > 1 {
		if rest, ok := strings.CutPrefix(u.Path, strings.TrimSuffix(site.Path, "/")+"/"); ok {
			return "/" + rest
		}
	}
	return u.Path
}

// healthz says whether all is well, in words.
func (s *server) healthz(w http.ResponseWriter) {
	s.mu.Lock()
	last, failed := s.last, s.failed
	s.mu.Unlock()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case failed != nil:
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, "the last round could not be done: see the log") // its reason names files, and is not for everybody
	case last == nil:
		fmt.Fprintln(w, "starting")
	default:
		fmt.Fprintln(w, "ok")
	}
}

// totals count what all rounds did.
type totals struct {
	rounds, visits, pages map[string]float64
	articles, editions    float64
	abandoned             float64
	spent                 float64 // seconds
}

func (t *totals) add(r *report) {
	if t.rounds == nil {
		t.rounds = map[string]float64{"done": 0, "failed": 0}
		t.visits = map[string]float64{"unchanged": 0, "new": 0, "failing": 0}
		t.pages = map[string]float64{"read": 0, "failed": 0}
	}
	if r.status == exitDone {
		t.rounds["done"]++
	} else {
		t.rounds["failed"]++
	}
	t.visits["unchanged"] += float64(r.unchanged)
	t.visits["new"] += float64(r.fresh)
	t.visits["failing"] += float64(r.failing)
	t.pages["read"] += float64(r.pages - r.pagesFailed)
	t.pages["failed"] += float64(r.pagesFailed)
	t.articles += float64(r.articles)
	t.abandoned += float64(r.abandoned)
	t.spent += r.took.Seconds()
	if r.edition != nil {
		t.editions++
	}
}

// metrics tells numbers to Prometheus.
func (s *server) metrics(w http.ResponseWriter) {
	var all []metric
	s.mu.Lock()
	if s.last != nil {
		all = s.last.metrics()
	}
	t := s.totals
	total := func(name, help string, value float64) metric {
		return metric{name, "counter", help, []sample{{value: value}}}
	}
	all = append(all,
		by("counter", "broadsheet_rounds_total", "Rounds since the start.", "outcome", t.rounds),
		by("counter", "broadsheet_visits_total", "Visits to sources since the start.", "outcome", t.visits),
		by("counter", "broadsheet_pages_total", "Articles' pages asked for since the start.", "outcome", t.pages),
		total("broadsheet_articles_total", "Articles found since the start.", t.articles),
		total("broadsheet_editions_total", "Editions cut since the start.", t.editions),
		total("broadsheet_parses_abandoned_total", "Pages and feeds whose reading did not end and was left behind since the start.", t.abandoned),
		total("broadsheet_rounds_seconds_total", "Time that rounds took since the start.", t.spent))
	s.mu.Unlock()
	all = append(all, by("counter", "broadsheet_http_responses_total", "Answers to readers since the start.", "code", s.count.codes()))
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(metricsText(all))
}

// answered counts answers by their status.
type answered struct {
	mu sync.Mutex
	by map[int]int
}

func (a *answered) add(code int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.by == nil {
		a.by = map[int]int{}
	}
	a.by[code]++
}

func (a *answered) codes() map[string]float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := map[string]float64{}
	for code, n := range a.by {
		all[strconv.Itoa(code)] = float64(n)
	}
	return all
}

// answer is a response that is counted.
type answer struct {
	http.ResponseWriter
	all    *answered
	told   bool
	length int // of a whole body that is packed, which net/http does not tell by itself
}

func (a *answer) WriteHeader(code int) {
	if !a.told {
		a.told = true
		a.all.add(code)
		if code == http.StatusOK && a.length > 0 {
			a.Header().Set("Content-Length", strconv.Itoa(a.length))
		}
	}
	a.ResponseWriter.WriteHeader(code)
}

func (a *answer) Write(b []byte) (int, error) {
	if !a.told {
		a.WriteHeader(http.StatusOK)
	}
	return a.ResponseWriter.Write(b)
}
