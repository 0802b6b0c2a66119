package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// attemptsPerTransaction is how many attempts a run records in one transaction.
const attemptsPerTransaction = 32

// killingServer is a loopback server of 40 feeds with one article each. A request for one of its paths kills the
// program.
type killingServer struct {
	*testing.T
	dir, port string

	mu              sync.Mutex
	program         *exec.Cmd // the running one
	path            string    // that kills it
	signal          os.Signal // that is sent; nil: none at present
	holdPrefix      string    // other paths with this prefix are not answered, and two of them are in flight when the program is killed
	inFlight        int
	held            chan struct{}
	requests        []string // since the program began
	responses       []string
	inFlightAtKill  int      // how many requests were in flight when path was requested
	responsesAtKill []string // paths that had been answered then
}

const killingSources = 40

func newKillingServer(t *testing.T) *killingServer {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: it starts processes, which -short leaves out")
	}
	listener, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Skipf("skipped: no loopback server can be started here: %v", err)
	}
	d := &killingServer{T: t, dir: t.TempDir(), held: make(chan struct{}, killingSources)}
	server := &http.Server{Handler: d}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	_, d.port, _ = net.SplitHostPort(listener.Addr().String())
	var b bytes.Buffer // with hosts: 3 no more than the first three begin at first
	b.WriteString("edition: {size: 40, per_source: 5}\nlimits: {gap: 1ms, hosts: 3}\nsources:\n")
	for i := range killingSources {
		fmt.Fprintf(&b, "  - {feed: '%s', name: 'Feed %d', allow_private: true}\n", d.url(fmt.Sprintf("/feed/%d", i)), i)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "feeds.yaml"), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return d
}

// url returns the address of /feed/N or /page/N, each N on a host of its own.
func (d *killingServer) url(path string) string {
	var n int
	fmt.Sscanf(filepath.Base(path), "%d", &n)
	return fmt.Sprintf("http://127.0.2.%d:%s%s", n+1, d.port, path)
}

func (d *killingServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/robots.txt" {
		http.NotFound(w, r)
		return
	}
	d.mu.Lock()
	d.requests = append(d.requests, r.URL.Path)
	others, ends := d.inFlight, r.URL.Path == d.path && d.signal != nil
	d.inFlight++
	if ends {
		d.inFlightAtKill, d.responsesAtKill = others, slices.Clone(d.responses)
	}
	hold := d.holdPrefix != "" && strings.HasPrefix(r.URL.Path, d.holdPrefix)
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		d.inFlight--
		d.mu.Unlock()
	}()
	switch {
	case ends:
		for range 2 {
			if hold {
				<-d.held
			}
		}
		d.mu.Lock()
		_ = d.program.Process.Signal(d.signal)
		d.mu.Unlock()
		fallthrough
	case hold:
		d.held <- struct{}{}
		<-r.Context().Done()
		return
	}
	n := filepath.Base(r.URL.Path)
	if strings.HasPrefix(r.URL.Path, "/page/") {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!doctype html><title>Number %s</title><article><h1>Number %s</h1><p>%s</p></article>", n, n, fakeText(r.Host+n))
	} else {
		var hour int
		fmt.Sscan(n, &hour)
		w.Header().Set("Content-Type", "application/rss+xml")
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>Feed %s</title><item><title>Number %s of all</title><link>%s</link><pubDate>%s</pubDate><description>%s</description></item></channel></rss>`,
			n, n, d.url("/page/"+n), time.Date(2026, 11, 23, 6, -hour, 0, 0, time.UTC).Format(time.RFC1123Z), fakeText(r.Host)[:60])
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.responses = append(d.responses, r.URL.Path)
}

// call runs the program to its end and returns what it printed.
func (d *killingServer) call(signal os.Signal, hold string, args ...string) (printed string, err error) {
	d.Helper()
	c := programCommand(d.dir, args...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	d.mu.Lock()
	d.program, d.signal, d.holdPrefix, d.requests, d.responses = c, signal, hold, nil, nil
	err = c.Start()
	d.mu.Unlock()
	if err == nil {
		err = c.Wait()
	}
	return out.String(), err
}

// attempts returns how many attempts the database has as running, and how many in all.
func (d *killingServer) attempts() (running, all int) {
	d.Helper()
	db, err := sql.Open("sqlite", filepath.Join(d.dir, "broadsheet.db"))
	if err != nil {
		d.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT coalesce(sum(running), 0), count(*) FROM attempt").Scan(&running, &all); err != nil {
		d.Fatal(err)
	}
	return running, all
}

// killTwice lets two runs be killed by d.path, and checks what each records and requests.
func (d *killingServer) killTwice(kind string) {
	d.Helper()
	d.path = kind + "0"
	now := []string{"--now", "2026-11-24T07:00:00Z", "run"}
	if out, err := d.call(syscall.SIGKILL, kind, now...); err == nil {
		d.Fatalf("the first run was not killed:\n%s", out)
	}
	if running, all := d.attempts(); running != attemptsPerTransaction || all != attemptsPerTransaction {
		d.Fatalf("%d are noted as being read, of %d; want %d", running, all, attemptsPerTransaction)
	}
	if out, err := d.call(syscall.SIGKILL, "", now...); err == nil {
		d.Fatalf("the second run was not killed:\n%s", out)
	}
	if d.inFlightAtKill != 0 {
		d.Errorf("tried with %d others in flight", d.inFlightAtKill)
	}
	for n := attemptsPerTransaction; n < killingSources; n++ {
		if path := fmt.Sprint(kind, n); !slices.Contains(d.responsesAtKill, path) {
			d.Errorf("%s, which was not being read when the first run died, was not read before what may kill this run", path)
		}
	}
	if running, _ := d.attempts(); running != 1 {
		d.Errorf("%d are noted as being read, want what was read alone", running)
	}
}

// requestsFor returns how often the last call requested each path of a kind.
func (d *killingServer) requestsFor(kind string) map[string]int {
	n := map[string]int{}
	for _, path := range d.requests {
		if strings.HasPrefix(path, kind) {
			n[path]++
		}
	}
	return n
}

func TestQuarantine_PageThatKilledTwoRuns(t *testing.T) {
	t.Parallel()
	d := newKillingServer(t)
	d.killTwice("/page/")
	out, err := d.call(syscall.SIGKILL, "", "--now", "2026-11-24T07:00:00Z", "run")
	if err != nil || d.requestsFor("/page/")[d.path] != 0 {
		t.Fatalf("the third run: %v, %v\n%s", err, d.requestsFor("/page/"), out)
	}
	if _, all := d.attempts(); all != 0 {
		t.Errorf("%d attempts are left", all)
	}
	for n := range killingSources {
		want := "page        read"
		if n == 0 {
			want = "page        given up: two runs were killed or ran out of memory while they read it; it is not read again"
		}
		out, err := d.call(nil, "", "why", d.url(fmt.Sprint("/page/", n)))
		if err != nil || !strings.Contains(out, want) || !strings.Contains(out, "in the edition of 2026-11-24") {
			t.Errorf("page %d: %v\n%s", n, err, out)
		}
	}
}

func TestQuarantine_SourceThatKilledTwoRuns(t *testing.T) {
	t.Parallel()
	d := newKillingServer(t)
	d.killTwice("/feed/")
	const told = "Feed 0: two runs were killed or ran out of memory while they read it; it is left alone for some days"
	out, err := d.call(syscall.SIGKILL, "", "--now", "2026-11-24T07:00:00Z", "run", "--force")
	if err != nil || len(d.requestsFor("/page/")) != killingSources-1 || d.requestsFor("/feed/")[d.path] != 0 || !strings.Contains(out, told) {
		t.Fatalf("the third run: %v, %v\n%s", err, d.requests, out)
	}
	if out, err = d.call(syscall.SIGKILL, "", "--now", "2026-11-27T06:59:00Z", "run"); err != nil || d.requestsFor("/feed/")[d.path] != 0 || strings.Contains(out, told) {
		t.Errorf("three days less a minute later: %v, %v\n%s", err, d.requests, out)
	}
	if _, all := d.attempts(); all != 1 {
		t.Errorf("%d attempts are left, want the one that is still suspected", all)
	}
	if out, err = d.call(syscall.SIGKILL, "", "--now", "2026-11-27T08:00:00Z", "run", "--force"); err == nil || d.inFlightAtKill != 0 || len(d.responsesAtKill) != killingSources-1 {
		t.Errorf("three days later: %v, tried with %d others in flight, after %d\n%s", err, d.inFlightAtKill, len(d.responsesAtKill), out)
	}
	if out, err = d.call(syscall.SIGKILL, "", "--now", "2026-11-27T08:00:00Z", "run"); err != nil || d.requestsFor("/feed/")[d.path] != 0 || strings.Contains(out, told) { // it was told
		t.Errorf("after a third death: %v\n%s", err, out)
	}
	if out, err = d.call(nil, "", "--now", "2026-11-30T09:00:00Z", "run"); err != nil || d.requestsFor("/feed/")[d.path] != 1 || strings.Contains(out, told) {
		t.Errorf("when it is harmless: %v\n%s", err, out)
	}
	if _, all := d.attempts(); all != 0 {
		t.Errorf("%d attempts are left", all)
	}
}

func TestQuarantine_StoppedRunSuspectsNothing(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"/feed/", "/page/"} {
		d := newKillingServer(t)
		d.path = kind + "0"
		out, err := d.call(syscall.SIGTERM, kind, "--now", "2026-11-24T07:00:00Z", "run")
		if running, all := d.attempts(); err == nil || all != 0 {
			t.Errorf("%s: %v; %d attempts are left, %d of them running\n%s", kind, err, all, running, out)
		}
	}
}
