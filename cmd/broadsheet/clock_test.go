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

// datedWeb is a web whose responses have a Date header with the right time, except for some hosts.
type datedWeb struct {
	web     *fakeWeb
	right   time.Time
	offsets map[string]time.Duration // from the right time, by host
	down    bool
}

func (d *datedWeb) RoundTrip(r *http.Request) (*http.Response, error) {
	if d.down {
		return nil, fmt.Errorf("no route to host")
	}
	resp, err := d.web.RoundTrip(r)
	if err == nil {
		resp.Header.Set("Date", d.right.Add(d.offsets[r.URL.Host]).Format(http.TimeFormat))
	}
	return resp, err
}

// clockSite is a publication on a machine with a clock of its own.
type clockSite struct {
	*dailySite
	dated *datedWeb
	clock time.Time
}

func newClockSite(t *testing.T) *clockSite {
	m := &clockSite{dailySite: newDailySite(t), dated: &datedWeb{offsets: map[string]time.Duration{}}}
	m.dated.web = m.web
	m.setDay(0)
	return m
}

// setDay moves the web to n days after the first, and sets the machine's clock right.
func (m *clockSite) setDay(n int) {
	m.dated.right = startDay.AddDate(0, 0, n)
	m.clock = m.dated.right
	for _, site := range []string{"a", "b", "c"} {
		var b strings.Builder
		for i := max(0, n-5); i <= n; i++ {
			link := fmt.Sprintf("https://%s.example/%d", site, i)
			b.WriteString(rssEntry(fmt.Sprintf("Number %d of %s", i, site), link, link, "", "", uniqueText(link), ""))
		}
		m.web.pages["https://"+site+".example/feed"] = []byte(rssFeed("S", "https://"+site+".example/", "", "", b.String()))
	}
}

func (m *clockSite) run(args ...string) string {
	m.Helper()
	var out bytes.Buffer
	args = append(args, "--feeds", filepath.Join(m.dir, "feeds.yaml"), "--db", m.db, "--out", m.out)
	if status := run(context.Background(), args, env{stdout: &out, stderr: &out, transport: m.dated, clock: func() time.Time { return m.clock }}); status != console.ExitDone {
		m.Fatalf("%q: exit %d: %s", args, status, out.String())
	}
	return out.String()
}

func (m *clockSite) frontPage() string {
	text, _ := os.ReadFile(filepath.Join(m.out, "index.html"))
	return string(text)
}

// TestWrongClock_HoldsEdition sets the clock eleven days wrong: no edition may be cut by it. It is reported once,
// remains in status and report until the clock is right, and times recorded meanwhile are repaired.
func TestWrongClock_HoldsEdition(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]int{"ahead": 11, "behind": -11, "a day behind": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newClockSite(t)
			m.run("run")
			m.setDay(1)
			m.clock = m.clock.AddDate(0, 0, wrong)
			printed := m.run("run", "--force")
			if !strings.Contains(printed, "by the clock of this machine and 2026-11-25 07:00 UTC by those of 3 unrelated hosts, so no edition is cut") {
				t.Errorf("it is not said: %s", printed)
			}
			m.clock = m.clock.Add(time.Minute) // no source is due, so no response has a Date
			report := filepath.Join(m.dir, "report.json")
			if printed := m.run("run", "--report", report); strings.Contains(printed, "clock") {
				t.Errorf("it is said again: %s", printed)
			}
			var r pipeline.ReportDocument
			text, _ := os.ReadFile(report)
			if err := json.Unmarshal(text, &r); err != nil || len(r.Troubles) != 1 || r.Troubles[0].What != "clock" {
				t.Errorf("the report does not tell: %s", text)
			}
			if printed := m.run("publish"); strings.Contains(printed, "clock") {
				t.Errorf("publish says it again: %s", printed)
			}
			if printed := m.run("status"); !strings.Contains(printed, "The clock is wrong: it is ") {
				t.Errorf("status does not tell: %s", printed)
			}
			if days, _ := filepath.Glob(filepath.Join(m.out, "20*", "*", "*", "index.html")); len(days) != 1 {
				t.Errorf("an edition was cut: %q", days)
			}
			m.setDay(2)
			if printed := m.run("run", "--force"); strings.Contains(printed, "clock") {
				t.Errorf("the clock is right: %s", printed)
			}
			if !strings.Contains(m.frontPage(), "26 November 2026") || !strings.Contains(m.frontPage(), "https://a.example/1") {
				t.Error("the edition of the present is not cut at once")
			}
			if printed := m.run("status"); strings.Contains(printed, "clock") {
				t.Errorf("status still tells: %s", printed)
			}
			for file, text := range m.publishedFiles() {
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

// TestWrongClock_NotEnoughEvidence covers fewer than three hosts, hosts that disagree, hosts that do not answer, and
// --now: the clock is believed.
func TestWrongClock_NotEnoughEvidence(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set  func(m *clockSite)
		args []string
	}{
		"they disagree":        {set: func(m *clockSite) { m.dated.offsets["a.example"] = 2 * time.Hour }},
		"two are silent":       {set: func(m *clockSite) { m.web.pages["https://a.example/feed"] = []byte("!no") }},
		"the time is given":    {args: []string{"--now", "2026-12-05T07:00:00Z"}},
		"half a day is no day": {set: func(m *clockSite) { m.dated.right = m.clock.Add(-13 * time.Hour) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newClockSite(t)
			m.run("run")
			m.setDay(1)
			m.clock = startDay.AddDate(0, 0, 11)
			if c.set != nil {
				c.set(m)
			}
			m.run(append([]string{"run", "--force"}, c.args...)...)
			if !strings.Contains(m.frontPage(), "5 December 2026") {
				t.Error("no edition was cut")
			}
		})
	}
}

// TestWrongClock_LongSleepConfirmed checks that a machine that slept for two years cuts its edition at once if the
// web confirms the time.
func TestWrongClock_LongSleepConfirmed(t *testing.T) {
	t.Parallel()
	m := newClockSite(t)
	m.run("run")
	m.setDay(2)
	m.clock = m.clock.AddDate(2, 0, 0)
	m.dated.right = m.clock
	if m.run("run"); !strings.Contains(m.frontPage(), "26 November 2028") {
		t.Error("no edition was cut")
	}
}
