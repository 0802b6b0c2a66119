package pipeline

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/fetch"
	"broadsheet/internal/schedule"
)

// TestRhythmsOfCorpus simulates 14 days of hourly runs for each real feed, at the end of what it tells of itself: its articles come on their
// dates. No article may be in a later edition than if all feeds were asked in every run.
func TestRhythmsOfCorpus(t *testing.T) {
	root := os.Getenv("BROADSHEET_CORPUS")
	if root == "" {
		t.Skip("skipped: BROADSHEET_CORPUS is not set")
	}
	list, err := os.ReadFile(filepath.Join(root, "feeds.txt"))
	if err != nil {
		t.Fatal(err)
	}
	rules := broadsheet.EditionRules{Time: "07:00", Location: time.UTC}
	noneOut := func(broadsheet.Day) bool { return false }
	editions := schedule.Editions{After: func(t time.Time) time.Time { return rules.Next(t, noneOut) }, Delay: 17 * time.Minute}
	f := fetch.New(fetch.Options{Transport: corpusWeb(t, root)})
	const days = 14
	feeds, visits, articles, late := 0, 0, 0, 0
	byVisits := map[string]int{}
	for address := range strings.Lines(string(list)) {
		s := broadsheet.Source{Kind: broadsheet.KindFeed, URL: strings.TrimSpace(address)}
		items, v, err := f.FetchSource(context.Background(), s, broadsheet.Visit{})
		if err != nil {
			continue
		}
		var dates []time.Time
		for _, item := range items {
			if item.Published.Year() > 1990 {
				dates = append(dates, item.Published)
			}
		}
		if len(dates) < 5 {
			continue
		}
		slices.SortFunc(dates, time.Time.Compare)
		end := dates[len(dates)-1].Truncate(24 * time.Hour).Add(33*time.Hour + 17*time.Minute) // until after the edition that its last article is in
		start := end.AddDate(0, 0, -days)
		before := func(at time.Time) []time.Time {
			n, _ := slices.BinarySearchFunc(dates, at, time.Time.Compare)
			return dates[max(0, n-schedule.MaxArrivals):n]
		}
		feeds++
		var due, last time.Time
		here := 0
		for run := start; run.Before(end); run = run.Add(time.Hour) {
			if run.Before(due) {
				continue
			}
			here++
			arrivals := before(run)
			// An article that came since the last visit is late if an edition was composed in between.
			for _, at := range arrivals {
				if at.After(last) && !last.IsZero() {
					articles++
					if composed := rules.Next(at, noneOut).Add(17 * time.Minute); composed.Before(run) {
						late++
						t.Errorf("%s: an article of %s is seen at %s", s.URL, at, run)
					}
				}
			}
			last = run
			due, _ = schedule.AtRhythm(s, v, schedule.RhythmOf(arrivals, start, run), editions, due, run)
		}
		visits += here
		switch {
		case here <= days+2:
			byVisits["daily"]++
		case here <= 4*days:
			byVisits["up to 4 a day"]++
		case here <= 12*days:
			byVisits["up to 12 a day"]++
		default:
			byVisits["more"]++
		}
	}
	t.Logf("%d feeds, %d articles in %d days: %.1f visits a feed (hourly %d); %d articles late; %v", feeds, articles, days,
		float64(visits)/float64(feeds), 24*days, late, byVisits)
	if feeds < 50 {
		t.Error("too few feeds")
	}
}
