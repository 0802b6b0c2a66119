package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/pipeline"
)

// dated is a web whose answers bear a Date: the right time, but for hosts that tell another.
type dated struct {
	web   *web
	right time.Time
	off   map[string]time.Duration // by host
	down  bool
}

func (d *dated) RoundTrip(r *http.Request) (*http.Response, error) {
	if d.down {
		return nil, fmt.Errorf("no route to host")
	}
	resp, err := d.web.RoundTrip(r)
	if err == nil {
		resp.Header.Set("Date", d.right.Add(d.off[r.URL.Host]).Format(http.TimeFormat))
	}
	return resp, err
}

// machine is a paper on a machine with a clock of its own.
type machine struct {
	*badPaper
	dated *dated
	clock time.Time
}

func newMachine(t *testing.T) *machine {
	m := &machine{badPaper: newBadPaper(t), dated: &dated{off: map[string]time.Duration{}}}
	m.dated.web = m.web
	m.on(0)
	return m
}

// on lets the web be n days after the first, and the clock right.
func (m *machine) on(n int) {
	m.dated.right = firstDay.AddDate(0, 0, n)
	m.clock = m.dated.right
	for _, site := range []string{"a", "b", "c"} {
		var b strings.Builder
		for i := max(0, n-5); i <= n; i++ {
			link := fmt.Sprintf("https://%s.example/%d", site, i)
			b.WriteString(rssEntry(fmt.Sprintf("Number %d of %s", i, site), link, link, "", "", hostileProse(link), ""))
		}
		m.web.pages["https://"+site+".example/feed"] = []byte(rssFeed("S", "https://"+site+".example/", "", "", b.String()))
	}
}

func (m *machine) run(args ...string) string {
	m.Helper()
	var out bytes.Buffer
	args = append(args, "--feeds", filepath.Join(m.dir, "feeds.yaml"), "--db", m.db, "--out", m.out)
	if status := run(context.Background(), args, world{stdout: &out, stderr: &out, transport: m.dated, clock: func() time.Time { return m.clock }}); status != console.ExitDone {
		m.Fatalf("%q: exit %d: %s", args, status, out.String())
	}
	return out.String()
}

func (m *machine) front() string {
	text, _ := os.ReadFile(filepath.Join(m.out, "index.html"))
	return string(text)
}

// TestTheWebIsAWitness has a clock that is eleven days wrong: no edition is cut by it, it is said once, stands in status and
// report until the clock is right, and what was noted meanwhile is repaired.
func TestTheWebIsAWitness(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]int{"ahead": 11, "behind": -11, "a day behind": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.run("run")
			m.on(1)
			m.clock = m.clock.AddDate(0, 0, wrong)
			said := m.run("run", "--force")
			if !strings.Contains(said, "by the clock of this machine and 2026-11-25 07:00 UTC by those of 3 unrelated hosts, so no edition is cut") {
				t.Errorf("it is not said: %s", said)
			}
			m.clock = m.clock.Add(time.Minute) // nobody is due, so nobody tells the time
			report := filepath.Join(m.dir, "report.json")
			if said := m.run("run", "--report", report); strings.Contains(said, "clock") {
				t.Errorf("it is said again: %s", said)
			}
			var r pipeline.RunReport
			text, _ := os.ReadFile(report)
			if err := json.Unmarshal(text, &r); err != nil || len(r.Troubles) != 1 || r.Troubles[0].What != "clock" {
				t.Errorf("the report does not tell: %s", text)
			}
			if said := m.run("publish"); strings.Contains(said, "clock") {
				t.Errorf("publish says it again: %s", said)
			}
			if said := m.run("status"); !strings.Contains(said, "The clock is wrong: it is ") {
				t.Errorf("status does not tell: %s", said)
			}
			if days, _ := filepath.Glob(filepath.Join(m.out, "20*", "*", "*", "index.html")); len(days) != 1 {
				t.Errorf("an edition was cut: %q", days)
			}
			m.on(2)
			if said := m.run("run", "--force"); strings.Contains(said, "clock") {
				t.Errorf("the clock is right: %s", said)
			}
			if !strings.Contains(m.front(), "26 November 2026") || !strings.Contains(m.front(), "https://a.example/1") {
				t.Error("the edition of the present is not cut at once")
			}
			if said := m.run("status"); strings.Contains(said, "clock") {
				t.Errorf("status still tells: %s", said)
			}
			for file, text := range m.published() {
				if strings.Contains(text, "2026-12") {
					t.Errorf("%s holds a time of the wrong clock", file)
				}
			}
			if all := m.run("articles"); strings.Contains(all, "2026-12") {
				t.Errorf("a time of the future stands in the database: %s", all)
			}
		})
	}
}

// TestNoWitness: fewer than three hosts, hosts that disagree, hosts that are silent, and --now.
func TestNoWitness(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set  func(m *machine)
		args []string
	}{
		"they disagree":        {set: func(m *machine) { m.dated.off["a.example"] = 2 * time.Hour }},
		"two are silent":       {set: func(m *machine) { m.web.pages["https://a.example/feed"] = []byte("!no") }},
		"the time is given":    {args: []string{"--now", "2026-12-05T07:00:00Z"}},
		"half a day is no day": {set: func(m *machine) { m.dated.right = m.clock.Add(-13 * time.Hour) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.run("run")
			m.on(1)
			m.clock = firstDay.AddDate(0, 0, 11)
			if c.set != nil {
				c.set(m)
			}
			m.run(append([]string{"run", "--force"}, c.args...)...)
			if !strings.Contains(m.front(), "5 December 2026") {
				t.Error("no edition was cut")
			}
		})
	}
}

// TestTheWebBelievesALongSleep: a machine that slept for two years cuts its edition at once where the web tells the time.
func TestTheWebBelievesALongSleep(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.run("run")
	m.on(2)
	m.clock = m.clock.AddDate(2, 0, 0)
	m.dated.right = m.clock
	if m.run("run"); !strings.Contains(m.front(), "26 November 2028") {
		t.Error("no edition was cut")
	}
}
