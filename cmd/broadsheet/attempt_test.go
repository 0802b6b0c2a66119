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

// notedTogether is how many attempts a run notes in one transaction.
const notedTogether = 32

// deadly is a loopback server of 40 feeds with one article each. One path of it, asked for, ends the program that asks.
type deadly struct {
	*testing.T
	dir, port string

	mu       sync.Mutex
	program  *exec.Cmd // that is at work
	path     string    // that ends it
	signal   os.Signal // by this; nil: not now
	hold     string    // other paths that begin so are not answered, and two of them are in flight when the program ends
	inFlight int
	held     chan struct{}
	asked    []string // since the program began
	answered []string
	beside   int      // how many were in flight when path was asked for
	before   []string // what was answered then
}

const deadlySources = 40

func newDeadly(t *testing.T) *deadly {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: it starts processes, which -short leaves out")
	}
	listener, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Skipf("skipped: no loopback server can be started here: %v", err)
	}
	d := &deadly{T: t, dir: t.TempDir(), held: make(chan struct{}, deadlySources)}
	server := &http.Server{Handler: d}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	_, d.port, _ = net.SplitHostPort(listener.Addr().String())
	var b bytes.Buffer // hosts: 3 lets no more than the first three of all begin at first
	b.WriteString("edition: {size: 40, per_source: 5}\nlimits: {gap: 1ms, hosts: 3}\nsources:\n")
	for i := range deadlySources {
		fmt.Fprintf(&b, "  - {feed: '%s', name: 'Feed %d', allow_private: true}\n", d.url(fmt.Sprintf("/feed/%d", i)), i)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "feeds.yaml"), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return d
}

// url is the address of /feed/N or /page/N, each N on a host of its own.
func (d *deadly) url(path string) string {
	var n int
	fmt.Sscanf(filepath.Base(path), "%d", &n)
	return fmt.Sprintf("http://127.0.2.%d:%s%s", n+1, d.port, path)
}

func (d *deadly) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/robots.txt" {
		http.NotFound(w, r)
		return
	}
	d.mu.Lock()
	d.asked = append(d.asked, r.URL.Path)
	others, ends := d.inFlight, r.URL.Path == d.path && d.signal != nil
	d.inFlight++
	if ends {
		d.beside, d.before = others, slices.Clone(d.answered)
	}
	hold := d.hold != "" && strings.HasPrefix(r.URL.Path, d.hold)
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
		fmt.Fprintf(w, "<!doctype html><title>Number %s</title><article><h1>Number %s</h1><p>%s</p></article>", n, n, prose(r.Host+n))
	} else {
		var hour int
		fmt.Sscan(n, &hour)
		w.Header().Set("Content-Type", "application/rss+xml")
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>Feed %s</title><item><title>Number %s of all</title><link>%s</link><pubDate>%s</pubDate><description>%s</description></item></channel></rss>`,
			n, n, d.url("/page/"+n), time.Date(2026, 11, 23, 6, -hour, 0, 0, time.UTC).Format(time.RFC1123Z), prose(r.Host)[:60])
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answered = append(d.answered, r.URL.Path)
}

// call runs the program to its end and returns what it printed.
func (d *deadly) call(signal os.Signal, hold string, args ...string) (printed string, err error) {
	d.Helper()
	c := program(d.dir, args...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	d.mu.Lock()
	d.program, d.signal, d.hold, d.asked, d.answered = c, signal, hold, nil, nil
	err = c.Start()
	d.mu.Unlock()
	if err == nil {
		err = c.Wait()
	}
	return out.String(), err
}

// attempts are the ids that the database notes as being read, and how many it suspects or notes in all.
func (d *deadly) attempts() (running, all int) {
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

// dies lets two runs die of d.path, and checks what each notes and asks for.
func (d *deadly) dies(kind string) {
	d.Helper()
	d.path = kind + "0"
	now := []string{"--now", "2026-11-24T07:00:00Z", "run"}
	if out, err := d.call(syscall.SIGKILL, kind, now...); err == nil {
		d.Fatalf("the first run was not killed:\n%s", out)
	}
	if running, all := d.attempts(); running != notedTogether || all != notedTogether {
		d.Fatalf("%d are noted as being read, of %d; want %d", running, all, notedTogether)
	}
	if out, err := d.call(syscall.SIGKILL, "", now...); err == nil {
		d.Fatalf("the second run was not killed:\n%s", out)
	}
	if d.beside != 0 {
		d.Errorf("tried with %d others in flight", d.beside)
	}
	for n := notedTogether; n < deadlySources; n++ {
		if path := fmt.Sprint(kind, n); !slices.Contains(d.before, path) {
			d.Errorf("%s, which was not being read when the first run died, was not read before what may kill this run", path)
		}
	}
	if running, _ := d.attempts(); running != 1 {
		d.Errorf("%d are noted as being read, want what was read alone", running)
	}
}

// asks is how often the last call asked for each path of a kind.
func (d *deadly) asks(kind string) map[string]int {
	n := map[string]int{}
	for _, path := range d.asked {
		if strings.HasPrefix(path, kind) {
			n[path]++
		}
	}
	return n
}

func TestAPageThatTwoRunsDiedOfIsGivenUp(t *testing.T) {
	t.Parallel()
	d := newDeadly(t)
	d.dies("/page/")
	out, err := d.call(syscall.SIGKILL, "", "--now", "2026-11-24T07:00:00Z", "run")
	if err != nil || d.asks("/page/")[d.path] != 0 {
		t.Fatalf("the third run: %v, %v\n%s", err, d.asks("/page/"), out)
	}
	if _, all := d.attempts(); all != 0 {
		t.Errorf("%d attempts are left", all)
	}
	for n := range deadlySources {
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

func TestASourceThatTwoRunsDiedOfIsLeftAloneForAWhile(t *testing.T) {
	t.Parallel()
	d := newDeadly(t)
	d.dies("/feed/")
	const told = "Feed 0: two runs were killed or ran out of memory while they read it; it is left alone for some days"
	out, err := d.call(syscall.SIGKILL, "", "--now", "2026-11-24T07:00:00Z", "run", "--force")
	if err != nil || len(d.asks("/page/")) != deadlySources-1 || d.asks("/feed/")[d.path] != 0 || !strings.Contains(out, told) {
		t.Fatalf("the third run: %v, %v\n%s", err, d.asked, out)
	}
	if out, err = d.call(syscall.SIGKILL, "", "--now", "2026-11-27T06:59:00Z", "run"); err != nil || d.asks("/feed/")[d.path] != 0 || strings.Contains(out, told) {
		t.Errorf("three days less a minute later: %v, %v\n%s", err, d.asked, out)
	}
	if _, all := d.attempts(); all != 1 {
		t.Errorf("%d attempts are left, want the one that is still suspected", all)
	}
	if out, err = d.call(syscall.SIGKILL, "", "--now", "2026-11-27T08:00:00Z", "run"); err == nil || d.beside != 0 || len(d.before) != deadlySources-1 {
		t.Errorf("three days later: %v, tried with %d others in flight, after %d\n%s", err, d.beside, len(d.before), out)
	}
	if out, err = d.call(syscall.SIGKILL, "", "--now", "2026-11-27T08:00:00Z", "run"); err != nil || d.asks("/feed/")[d.path] != 0 || !strings.Contains(out, told) {
		t.Errorf("after a third death: %v\n%s", err, out)
	}
	if out, err = d.call(nil, "", "--now", "2026-11-30T09:00:00Z", "run"); err != nil || d.asks("/feed/")[d.path] != 1 || strings.Contains(out, told) {
		t.Errorf("when it is harmless: %v\n%s", err, out)
	}
	if _, all := d.attempts(); all != 0 {
		t.Errorf("%d attempts are left", all)
	}
}

func TestARunThatIsStoppedSuspectsNothing(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"/feed/", "/page/"} {
		d := newDeadly(t)
		d.path = kind + "0"
		out, err := d.call(syscall.SIGTERM, kind, "--now", "2026-11-24T07:00:00Z", "run")
		if running, all := d.attempts(); err == nil || all != 0 {
			t.Errorf("%s: %v; %d attempts are left, %d of them running\n%s", kind, err, all, running, out)
		}
	}
}
