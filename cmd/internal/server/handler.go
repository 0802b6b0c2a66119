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

// contentSecurityPolicy allows pages to load nothing from other origins. Each page contains a stricter policy of its
// own.
const contentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Handler returns the handler of all requests: /healthz, /metrics, and the files of the output folder.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		counted := &countingWriter{ResponseWriter: w, counts: &s.responses}
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

// stripBasePath returns the path of a URL without the path of url in feeds.yaml, if it begins with that: some reverse
// proxies remove this prefix before they forward a request, others do not.
func (s *Server) stripBasePath(u *url.URL) string {
	s.mu.Lock()
	site, err := url.Parse(s.config.URL)
	s.mu.Unlock()
	if raw := strings.ToLower(u.RawPath); strings.Contains(raw, "%2f") || strings.Contains(raw, "%5c") {
		return "" // an encoded slash or backslash: no file has such a name
	}
	if err == nil && len(site.Path) > 1 {
		if rest, ok := strings.CutPrefix(u.Path, strings.TrimSuffix(site.Path, "/")+"/"); ok {
			return "/" + rest
		}
	}
	return u.Path
}

// healthz responds to a health check: 503 if the last run failed, else 200.
func (s *Server) healthz(w http.ResponseWriter) {
	s.mu.Lock()
	last, err := s.lastReport, s.lastErr
	s.mu.Unlock()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case err != nil:
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, "the last round could not be done: see the log") // not the error: its paths are not public
	case last == nil:
		fmt.Fprintln(w, "starting")
	default:
		fmt.Fprintln(w, "ok")
	}
}

// totals are the sums over all runs since the server started, for metrics.
type totals struct {
	runs, visits, pages map[string]float64 // by outcome
	articles, editions  float64
	abandoned           float64 // parses
	seconds             float64 // duration of the runs
}

// add adds the report of a run.
func (t *totals) add(r *pipeline.Report) {
	if t.runs == nil {
		t.runs = map[string]float64{"done": 0, "failed": 0}
		t.visits = map[string]float64{"unchanged": 0, "new": 0, "failing": 0}
		t.pages = map[string]float64{"read": 0, "failed": 0}
	}
	if r.Status == console.ExitDone {
		t.runs["done"]++
	} else {
		t.runs["failed"]++
	}
	t.visits["unchanged"] += float64(r.Sources.Unchanged)
	t.visits["new"] += float64(r.Sources.New)
	t.visits["failing"] += float64(r.Sources.Failing)
	t.pages["read"] += float64(r.Pages.Read)
	t.pages["failed"] += float64(r.Pages.Failed)
	t.articles += float64(r.Articles)
	t.abandoned += float64(r.Abandoned)
	t.seconds += r.Took.Seconds()
	if r.Edition != nil {
		t.editions++
	}
}

// metrics responds with the metrics of the last run and the totals, for Prometheus.
func (s *Server) metrics(w http.ResponseWriter) {
	var all []pipeline.Metric
	s.mu.Lock()
	if s.lastReport != nil {
		all = s.lastReport.Metrics()
	}
	t := s.totals
	total := func(name, help string, value float64) pipeline.Metric {
		return pipeline.Metric{Name: name, Kind: "counter", Help: help, Samples: []pipeline.Sample{{Value: value}}}
	}
	all = append(all,
		pipeline.MetricByLabel("counter", "broadsheet_rounds_total", "Rounds since the start.", "outcome", t.runs),
		pipeline.MetricByLabel("counter", "broadsheet_visits_total", "Visits to sources since the start.", "outcome", t.visits),
		pipeline.MetricByLabel("counter", "broadsheet_pages_total", "Articles' pages asked for since the start.", "outcome", t.pages),
		total("broadsheet_articles_total", "Articles found since the start.", t.articles),
		total("broadsheet_editions_total", "Editions cut since the start.", t.editions),
		total("broadsheet_parses_abandoned_total", "Pages and feeds whose reading did not end and was left behind since the start.", t.abandoned),
		total("broadsheet_rounds_seconds_total", "Time that rounds took since the start.", t.seconds))
	s.mu.Unlock()
	all = append(all, pipeline.MetricByLabel("counter", "broadsheet_http_responses_total", "Answers to readers since the start.", "code", s.responses.byCode()))
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(pipeline.MetricsText(all))
}

// statusCounts counts responses by status code. It is safe for concurrent use.
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

// countingWriter is a ResponseWriter that counts its response.
type countingWriter struct {
	http.ResponseWriter
	counts *statusCounts
	done   bool // the response is counted
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
