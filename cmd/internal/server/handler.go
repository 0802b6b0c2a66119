package server

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/pipeline"
)

// contentSecurityPolicy lets pages load nothing that does not come from here. Each page says the same, and more narrowly, of
// itself.
const contentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Handler answers every request of serve: /healthz, /metrics, and the files of the output.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		counted := &countingWriter{ResponseWriter: w, counts: &s.served}
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
			serveFile(counted, r, s.Out, s.stripBasePath(r.URL))
		}
	})
}

// stripBasePath returns the path of a URL without that of feeds.yaml's url, if it begins with it: serve may stand behind a
// proxy that passes it on as well as behind one that takes it off.
func (s *Server) stripBasePath(u *url.URL) string {
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
func (s *Server) healthz(w http.ResponseWriter) {
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

func (t *totals) add(r *pipeline.Report) {
	if t.rounds == nil {
		t.rounds = map[string]float64{"done": 0, "failed": 0}
		t.visits = map[string]float64{"unchanged": 0, "new": 0, "failing": 0}
		t.pages = map[string]float64{"read": 0, "failed": 0}
	}
	if r.Status == console.ExitDone {
		t.rounds["done"]++
	} else {
		t.rounds["failed"]++
	}
	t.visits["unchanged"] += float64(r.Unchanged)
	t.visits["new"] += float64(r.Fresh)
	t.visits["failing"] += float64(r.Failing)
	t.pages["read"] += float64(r.Pages - r.PagesFailed)
	t.pages["failed"] += float64(r.PagesFailed)
	t.articles += float64(r.Articles)
	t.abandoned += float64(r.Abandoned)
	t.spent += r.Took.Seconds()
	if r.Edition != nil {
		t.editions++
	}
}

// metrics tells numbers to Prometheus.
func (s *Server) metrics(w http.ResponseWriter) {
	var all []pipeline.Metric
	s.mu.Lock()
	if s.last != nil {
		all = s.last.Metrics()
	}
	t := s.totals
	total := func(name, help string, value float64) pipeline.Metric {
		return pipeline.Metric{Name: name, Kind: "counter", Help: help, Samples: []pipeline.Sample{{Value: value}}}
	}
	all = append(all,
		pipeline.By("counter", "broadsheet_rounds_total", "Rounds since the start.", "outcome", t.rounds),
		pipeline.By("counter", "broadsheet_visits_total", "Visits to sources since the start.", "outcome", t.visits),
		pipeline.By("counter", "broadsheet_pages_total", "Articles' pages asked for since the start.", "outcome", t.pages),
		total("broadsheet_articles_total", "Articles found since the start.", t.articles),
		total("broadsheet_editions_total", "Editions cut since the start.", t.editions),
		total("broadsheet_parses_abandoned_total", "Pages and feeds whose reading did not end and was left behind since the start.", t.abandoned),
		total("broadsheet_rounds_seconds_total", "Time that rounds took since the start.", t.spent))
	s.mu.Unlock()
	all = append(all, pipeline.By("counter", "broadsheet_http_responses_total", "Answers to readers since the start.", "code", s.served.byCode()))
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(pipeline.MetricsText(all))
}

// statusCounts counts responses by their status code.
type statusCounts struct {
	mu     sync.Mutex
	counts map[int]int
}

func (c *statusCounts) add(code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[int]int{}
	}
	c.counts[code]++
}

func (c *statusCounts) byCode() map[string]float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]float64{}
	for code, n := range c.counts {
		all[strconv.Itoa(code)] = float64(n)
	}
	return all
}

// countingWriter counts the response that is written to it.
type countingWriter struct {
	http.ResponseWriter
	counts *statusCounts
	done   bool // it is counted
}

func (w *countingWriter) WriteHeader(code int) {
	if !w.done {
		w.done = true
		w.counts.add(code)
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *countingWriter) Write(b []byte) (int, error) {
	if !w.done {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}
