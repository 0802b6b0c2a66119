package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"broadsheet/cmd/internal/console"
)

// shownLinks returns how often each article's link is in the published editions.
func (p *dailySite) shownLinks() map[string]int {
	p.Helper()
	links := map[string]int{}
	files, _ := filepath.Glob(filepath.Join(p.out, "*", "*", "*", "index.html"))
	for _, file := range files {
		if name, _ := filepath.Rel(p.out, file); name[0] < '0' || name[0] > '9' {
			continue
		}
		text, err := os.ReadFile(file)
		must(p.T, err)
		for _, m := range regexp.MustCompile(`class="title"[^>]*><a href="(https://[abc]\.example/\d+)"`).FindAllStringSubmatch(string(text), -1) {
			links[m[1]]++
		}
	}
	return links
}

// TestClockJumps sets the machine's clock wrong for one run and then right again: no article is shown twice, none
// that was shown disappears, and in the end all articles of the sources are shown.
func TestClockJumps(t *testing.T) {
	first := newDailySite(t) // copied for each case
	first.mustRun(0, startDay)
	first.mustRun(1, startDay.AddDate(0, 0, 1))
	shown := first.shownLinks()
	for name, jump := range map[string]func(time.Time) time.Time{
		"an hour ahead":    func(at time.Time) time.Time { return at.Add(time.Hour) },
		"an hour behind":   func(at time.Time) time.Time { return at.Add(-time.Hour) },
		"a day ahead":      func(at time.Time) time.Time { return at.AddDate(0, 0, 1) },
		"a day behind":     func(at time.Time) time.Time { return at.AddDate(0, 0, -1) },
		"a decade ahead":   func(at time.Time) time.Time { return at.AddDate(10, 0, 0) },
		"a decade behind":  func(at time.Time) time.Time { return at.AddDate(-10, 0, 0) },
		"the epoch":        func(time.Time) time.Time { return time.Unix(3600, 0) },
		"the end of times": func(time.Time) time.Time { return time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if strings.Contains(name, "hour") || strings.Contains(name, "decade") { // jumps of a day and to the ends of time cover these
				skipUnlessLong(t)
			}
			p := newDailySite(t)
			p.copyFrom(first)
			p.mustRun(2, jump(startDay.AddDate(0, 0, 2)))
			for n := 3; n < 10; n++ {
				p.mustRun(n, startDay.AddDate(0, 0, n))
			}
			after := p.shownLinks()
			for link, times := range after {
				if times > 1 {
					t.Errorf("%s is shown %d times", link, times)
				}
			}
			for link := range shown {
				if after[link] == 0 {
					t.Errorf("%s has vanished", link)
				}
			}
			for n := range 10 {
				for _, site := range []string{"a", "b", "c"} {
					if link := fmt.Sprintf("https://%s.example/%d", site, n); after[link] == 0 {
						t.Errorf("%s was never shown", link)
					}
				}
			}
			front, err := os.ReadFile(filepath.Join(p.out, "index.html"))
			must(t, err)
			if !strings.Contains(string(front), "https://a.example/9") {
				t.Errorf("the front page does not show the latest edition")
			}
			for _, year := range []string{"2036", "9999"} {
				for file, text := range p.publishedFiles() {
					dated := file == "/health.xml" || filepath.Base(file) == "edition.json" // their times are by the clock of then
					if strings.Contains(text, year+"-") && !dated {
						t.Errorf("%s holds a date of %s", file, year)
					}
				}
			}
		})
	}
}

// TestTimezoneChange changes the publication's time zone again and again: one edition a day at most, and nothing
// twice.
func TestTimezoneChange(t *testing.T) {
	t.Parallel()
	p := newDailySite(t)
	at := startDay
	for n, zone := range []string{"UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin", "America/New_York", "Asia/Kolkata"} {
		p.write("feeds.yaml", strings.Replace(dailyFeeds, "size: 40", "size: 40, time: '02:30', timezone: "+zone, 1))
		for range 4 { // four times a day
			p.mustRun(n, at)
			at = at.Add(6 * time.Hour)
		}
	}
	for link, times := range p.shownLinks() {
		if times > 1 {
			t.Errorf("%s is shown %d times", link, times)
		}
	}
}

// TestEditionTime_DaylightSaving has an edition time that one night skips, and another night has twice. In long mode
// the program runs each hour, otherwise in the hours around that time and at noon.
func TestEditionTime_DaylightSaving(t *testing.T) {
	t.Parallel()
	for _, night := range []time.Time{time.Date(2026, 3, 28, 20, 0, 0, 0, time.UTC), time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC)} {
		p := newDailySite(t)
		p.write("feeds.yaml", strings.Replace(dailyFeeds, "size: 40", "size: 1, time: '02:30', timezone: Europe/Berlin", 1))
		for hour := range 60 {
			at := night.Add(time.Duration(hour) * time.Hour)
			if !longMode && hour > 0 && at.Hour() > 2 && at.Hour() != 12 { // 02:30 in Berlin is 00:30 or 01:30 UTC
				continue
			}
			p.mustRun(hour/24, at)
		}
		if shown := len(p.shownLinks()); shown != 4 {
			t.Errorf("%s: %d editions in three nights and the first day, want 4", night.Format(time.DateOnly), shown)
		}
	}
}

// TestSourceRemovedAndAddedAgain removes a source and adds it again, renames it, and changes its address: published
// articles stay, and none is published twice.
func TestSourceRemovedAndAddedAgain(t *testing.T) {
	t.Parallel()
	p := newDailySite(t)
	without := strings.Replace(dailyFeeds, "  - {feed: https://b.example/feed, name: B}\n", "", 1)
	for n, text := range []string{dailyFeeds, dailyFeeds, without, without, dailyFeeds, strings.Replace(dailyFeeds, "name: B", "name: Renamed", 1),
		strings.Replace(without, "sources:\n", "sources:\n  - group: Elsewhere\n    sources: [{feed: https://b.example/feed, name: B}]\n", 1),
		strings.Replace(dailyFeeds, "https://b.example/feed", "'https://b.example/feed?moved'", 1), dailyFeeds} {
		before := p.shownLinks()
		p.write("feeds.yaml", text)
		if strings.Contains(text, "moved") {
			p.web.pages["https://b.example/feed?moved"] = p.web.pages["https://b.example/feed"]
		}
		if status, printed := p.run(n, startDay.AddDate(0, 0, n)); status != 0 {
			t.Errorf("feeds.yaml of day %d: exit %d: %s", n, status, printed)
		}
		after := p.shownLinks()
		for link := range before {
			if after[link] != before[link] {
				t.Errorf("day %d: %s is there %d times, it was %d", n, link, after[link], before[link])
			}
		}
		for link, times := range after {
			if times > 1 {
				t.Errorf("day %d: %s is shown %d times", n, link, times)
			}
		}
	}
}

// TestAllSourcesDownForAWeek has a week in which no source answers: each day's edition is cut from the known articles,
// published pages stay, the program says so once, and when the sources are back all new articles are shown.
func TestAllSourcesDownForAWeek(t *testing.T) {
	t.Parallel()
	p := newDailySite(t)
	p.mustRun(0, startDay)
	before := p.publishedFiles()
	p.down = true
	for n := 1; n <= 7; n++ {
		status, printed := p.run(n, startDay.AddDate(0, 0, n))
		if dated := strings.Contains(printed, "no source at all could be reached"); status != console.ExitFailed || dated != (n == 1) || strings.Count(printed, "\n") > 1 {
			t.Errorf("day %d: exit %d, and it says %q", n, status, printed)
		}
		for name, text := range p.publishedFiles() {
			if len(text) == 0 {
				t.Errorf("day %d: %s is empty", n, name)
			}
		}
	}
	for name := range before {
		if p.publishedFiles()[name] == "" {
			t.Errorf("%s has vanished", name)
		}
	}
	p.down = false
	for n := 8; n < 13; n++ {
		p.mustRun(n, startDay.AddDate(0, 0, n))
	}
	after := p.shownLinks()
	for n := 3; n < 13; n++ { // a feed holds six days
		if link := fmt.Sprintf("https://a.example/%d", n); after[link] != 1 {
			t.Errorf("%s is shown %d times", link, after[link])
		}
	}
}

// TestProxyUnreachable has a proxy that does not answer: the message names it and does not blame the sources, and
// published files stay.
func TestProxyUnreachable(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it starts processes, which -short leaves out")
	}
	t.Parallel()
	p := newDailySite(t)
	p.mustRun(0, startDay)
	before := p.publishedFiles()
	c := programCommand(p.dir, "run", "--force", "--now", startDay.Add(time.Hour).Format(time.RFC3339), "--db", p.db, "--out", p.out)
	c.Env = append(c.Env, "NO_PROXY=", "no_proxy=", "HTTPS_PROXY=http://127.0.0.1:1", "https_proxy=http://127.0.0.1:1")
	out, err := c.CombinedOutput()
	if c.ProcessState.ExitCode() != console.ExitFailed || !strings.Contains(string(out), "proxy") || !strings.Contains(string(out), "HTTPS_PROXY") {
		t.Errorf("%v: %s", err, out)
	}
	for name, text := range p.publishedFiles() {
		if name != "/sources/index.html" && text != before[name] {
			t.Errorf("%s has changed", name)
		}
	}
}
