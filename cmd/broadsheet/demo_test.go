package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet/cmd/internal/console"
)

// testZones are time zones where a day begins first, where it ends last, and in between.
var testZones = []string{"UTC", "Pacific/Kiritimati", "America/Los_Angeles"}

// edgeHours are the hours at which a day begins, an edition is cut, and a day ends. The others run in long mode.
var edgeHours = []int{0, 5, 6, 23}

// TestDemo_AnyHour runs the demo at each hour of a day, with the clock in three zones: it always shows an edition
// with articles, with the date of that day, and says so.
func TestDemo_AnyHour(t *testing.T) {
	for _, name := range testZones {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for hour := range 24 {
			at := time.Date(2028, 2, 29, hour, 30, 0, 0, zone)
			t.Run(at.Format("15:04 MST"), func(t *testing.T) {
				t.Parallel()
				if !slices.Contains(edgeHours, hour) || name != "UTC" && hour != 23 {
					skipUnlessLong(t)
				}
				dir := t.TempDir()
				var out, errs bytes.Buffer
				status := run(t.Context(), []string{"demo", "--out", filepath.Join(dir, "public"), "--db", filepath.Join(dir, "a", "new", "folder", "demo.db")},
					env{stdout: &out, stderr: &errs, clock: func() time.Time { return at }})
				day := at.UTC().Format("2006-01-02") // the time zone of the demo's feeds.yaml
				if printed := fmt.Sprintf("The edition of %s is ready, with 11 articles. Open %s", day, filepath.Join(dir, "public", "index.html")); status != console.ExitDone || !strings.Contains(out.String(), printed) {
					t.Errorf("exit %d, want %q in %s%s", status, printed, out.String(), errs.String())
				}
				for _, name := range []string{"A Source That Is Down: ", "The Cut-Off Gazette: "} { // the two in trouble that it speaks of
					if !strings.Contains(errs.String(), name) {
						t.Errorf("%q is not told: %s", name, errs.String())
					}
				}
				for _, page := range []string{"index.html", at.UTC().Format("2006/01/02/") + "index.html", "atom.xml"} {
					text, err := os.ReadFile(filepath.Join(dir, "public", page))
					if err != nil || !strings.Contains(string(text), "How Instagram Keeps Its Servers Busy") {
						t.Errorf("%s shows no article: %v", page, err)
					}
				}
			})
		}
	}
}

// TestDemo_Repeated runs the demo again into its own folder, first with a new database, then with the one of the run
// before.
func TestDemo_Repeated(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC)
	for n, day := range []string{"2026-11-24", "2026-11-24", "2026-11-24"} { // the last at five in the morning: the previous edition stays
		args := []string{"demo", "--out", filepath.Join(dir, "public")}
		if n > 0 {
			args = append(args, "--db", filepath.Join(dir, "demo.db"))
		}
		var out bytes.Buffer
		status := run(t.Context(), args, env{stdout: &out, stderr: &out, clock: func() time.Time { return at }})
		if !strings.Contains(out.String(), "The edition of "+day+" is ready, with 11 articles") || status != console.ExitDone {
			t.Errorf("call %d: exit %d: %s", n, status, out.String())
		}
		at = at.Add(time.Duration(n) * 6 * time.Hour)
	}
}

// TestFirstRun_AnyHour makes a first run at each hour of a day, in three zones: the first edition is published at
// once, under the date that the zone then has, and the next one tomorrow at its time.
func TestFirstRun_AnyHour(t *testing.T) {
	for _, name := range testZones {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for hour := range 24 {
			at := time.Date(2026, 12, 31, hour, 30, 0, 0, zone)
			t.Run(at.Format("15:04 MST"), func(t *testing.T) {
				t.Parallel()
				if !slices.Contains(edgeHours, hour) || name != "UTC" && hour != 5 && hour != 6 {
					skipUnlessLong(t)
				}
				p := newTestSite(t)
				feeds := "edition: {time: '06:00', timezone: " + name + ", size: 2}\nsources:\n  - https://a.example/feed.xml\n"
				must(t, os.WriteFile(p.in("feeds.yaml"), []byte(feeds), 0o644))
				p.setFeed("a.example", 1, "https://a.example/1", "https://a.example/2", "https://a.example/3", "https://a.example/4")
				days := func() string {
					found, _ := filepath.Glob(p.in("public/20??/*/*/index.html"))
					for i, path := range found {
						path, _ = filepath.Rel(p.in("public"), filepath.Dir(path))
						found[i] = filepath.ToSlash(path)
					}
					return strings.Join(found, " ")
				}
				for _, c := range []struct {
					at   time.Time
					want string
				}{
					{at, "2026/12/31"},
					{at.Add(time.Minute), "2026/12/31"},
					{time.Date(2027, 1, 1, 5, 59, 59, 0, zone), "2026/12/31"},
					{time.Date(2027, 1, 1, 6, 0, 0, 0, zone), "2026/12/31 2027/01/01"},
				} {
					status, printed := p.call("run", "--now", c.at.Format(time.RFC3339))
					if got := days(); status != console.ExitDone || printed != "" || got != c.want {
						t.Fatalf("at %s: exit %d, editions %s, want %s\n%s", c.at, status, got, c.want, printed)
					}
				}
			})
		}
	}
}
