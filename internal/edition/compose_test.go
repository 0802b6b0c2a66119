package edition

import (
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/config"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// deskOf is a desk with n sources, s0 … , that takes everything.
func deskOf(n int, rules broadsheet.EditionRules) *Composer {
	if rules.Location == nil {
		rules.Location = time.UTC
	}
	if rules.FreshDays == 0 {
		rules.FreshDays = 14
	}
	c := config.Config{Edition: rules}
	for i := range n {
		c.Sources = append(c.Sources, broadsheet.Source{Kind: broadsheet.KindFeed, URL: fmt.Sprintf("https://s%d.example/feed", i), Name: fmt.Sprintf("s%d", i), Take: broadsheet.TakeAll})
	}
	return NewComposer(c)
}

// told makes an article of source s, published so many days before noon.
func told(s int, name string, published int) broadsheet.Candidate {
	return broadsheet.Candidate{
		Key: name, Link: "https://" + name, Title: name, Source: fmt.Sprintf("https://s%d.example/feed", s),
		Published: noon.AddDate(0, 0, -published), Dated: true,
	}
}

func keys(e broadsheet.Edition) []string {
	var all []string
	for _, p := range e.Picks {
		all = append(all, p.Key)
	}
	return all
}

func TestNewBeforeBacklogAndThinDaysAreFilled(t *testing.T) {
	d := deskOf(5, broadsheet.EditionRules{Size: 4, PerSource: 1})
	stock := Input{
		Fresh:    []broadsheet.Candidate{told(0, "news-a", 1), told(1, "news-b", 2)},
		Backlog:  []broadsheet.Candidate{told(2, "old-c", 900), told(3, "old-d", 800), told(4, "old-e", 700), told(0, "old-a", 600)},
		Waiting:  6,
		Editions: 0,
	}
	e := d.Compose("2026-11-24", noon, stock)
	if got := keys(e); len(got) != 4 || got[0] != "news-a" || got[1] != "news-b" {
		t.Errorf("the first edition is full, news first: got %v", got)
	}
	for _, p := range e.Picks[2:] {
		if !p.Backlog || p.Source == "https://s0.example/feed" {
			t.Errorf("%s: from the backlog come articles of other sources, and are marked", p.Key)
		}
	}
	if e.Waiting != 2 {
		t.Errorf("waiting = %d, want 2", e.Waiting)
	}

	stock.Editions = 10
	if got := keys(d.Compose("2026-11-24", noon, stock)); !slices.Equal(got, []string{"news-a", "news-b"}) {
		t.Errorf("a small archive is kept for days without news: got %v", got)
	}
	stock.Fresh = nil
	if got := keys(d.Compose("2026-11-24", noon, stock)); len(got) != 1 {
		t.Errorf("a day without news has something all the same: got %v", got)
	}
	stock.Waiting = 3 * 365
	if got := keys(d.Compose("2026-11-24", noon, stock)); len(got) != 3 {
		t.Errorf("an archive of three years gives three a day: got %v", got)
	}
}

// TestWhatHasNoTextComesLast: in the order of the edition, and in what is chosen for it.
func TestWhatHasNoTextComesLast(t *testing.T) {
	bare := func(c broadsheet.Candidate) broadsheet.Candidate {
		c.Bare, c.Score = true, 50
		return c
	}
	d := deskOf(4, broadsheet.EditionRules{Size: 3, PerSource: 1})
	stock := Input{
		Fresh:   []broadsheet.Candidate{bare(told(0, "bare-news", 1)), told(1, "news", 2), told(0, "news-of-the-same", 3)},
		Backlog: []broadsheet.Candidate{bare(told(2, "bare-old", 900)), told(3, "old", 800)},
		Waiting: 5,
	}
	if got := keys(d.Compose("2026-11-24", noon, stock)); len(got) != 3 || slices.Contains(got, "bare-news") || slices.Contains(got, "bare-old") || got[2] != "old" {
		t.Errorf("what has a text comes first: got %v", got)
	}
	stock.Fresh, stock.Backlog, stock.Editions = stock.Fresh[:2], stock.Backlog[:1], 10
	if got := keys(d.Compose("2026-11-24", noon, stock)); !slices.Equal(got, []string{"news", "bare-news"}) {
		t.Errorf("without another it is in, as the last: got %v", got)
	}
}

func TestOldPostsOfANewSourceAreNotNews(t *testing.T) {
	d := deskOf(2, broadsheet.EditionRules{Size: 5, PerSource: 5})
	undated := told(1, "undated", 0)
	undated.Dated, undated.Inherited = false, true
	inherited := told(1, "recent", 2)
	inherited.Inherited = true
	e := d.Compose("2026-11-24", noon, Input{
		Fresh:    []broadsheet.Candidate{told(1, "years-old", 700), undated, inherited, told(0, "late", 5)},
		Editions: 1, Waiting: 4,
	})
	var news []string
	for _, p := range e.Picks {
		if !p.Backlog {
			news = append(news, p.Key)
		}
	}
	if !slices.Equal(news, []string{"recent", "late"}) {
		t.Errorf("news = %v; old or undated posts of a source read for the first time are backlog, a late post is news", news)
	}
}

func TestASourceHasItsShare(t *testing.T) {
	d := deskOf(3, broadsheet.EditionRules{Size: 6, PerSource: 2})
	var fresh []broadsheet.Candidate
	for i := range 30 {
		fresh = append(fresh, told(0, fmt.Sprintf("flood-%02d", i), 0))
	}
	fresh = append(fresh, told(1, "quiet-one", 3))
	e := d.Compose("2026-11-24", noon, Input{Fresh: fresh, Editions: 1})
	if len(e.Picks) != 3 {
		t.Fatalf("picks = %v, want two of the flood and the quiet one", keys(e))
	}
	if e.Picks[1].Key != "quiet-one" {
		t.Errorf("a second article of a source comes after the first of another: %v", keys(e))
	}
	if len(e.More) != 1 || e.More[0].SourceName != "s0" || e.More[0].Total != 28 || len(e.More[0].Articles) != broadsheet.MaxMore {
		t.Errorf("the rest is named beside it: %+v", e.More)
	}
}

func TestASecondArticleOfATopicComesAfterAnotherThatIsNearlyAsGood(t *testing.T) {
	d := deskOf(4, broadsheet.EditionRules{Size: 4, PerSource: 1})
	best, second, other, far := told(0, "best", 1), told(1, "second", 1), told(2, "other", 1), told(3, "far", 1)
	best.Score, second.Score, other.Score, far.Score = 5, 4.5, 4, 3
	best.Topic, second.Topic, other.Topic = "queues", "queues", "caches"
	e := d.Compose("2026-11-24", noon, Input{Fresh: []broadsheet.Candidate{second, far, other, best}, Editions: 1})
	if got := keys(e); !slices.Equal(got, []string{"best", "other", "second", "far"}) {
		t.Errorf("picks = %v", got)
	}
}

func TestTheSameFactsGiveTheSameEdition(t *testing.T) {
	d := deskOf(20, broadsheet.EditionRules{Size: 8, PerSource: 1})
	var fresh, old []broadsheet.Candidate
	for i := range 60 {
		fresh = append(fresh, told(i%20, fmt.Sprintf("n%d", i), i%10))
		old = append(old, told(i%20, fmt.Sprintf("o%d", i), 100))
	}
	want := d.Compose("2026-11-24", noon, Input{Fresh: fresh, Backlog: old, Waiting: 5000, Editions: 3})
	for range 20 {
		rand.Shuffle(len(fresh), func(i, j int) { fresh[i], fresh[j] = fresh[j], fresh[i] })
		rand.Shuffle(len(old), func(i, j int) { old[i], old[j] = old[j], old[i] })
		if got := d.Compose("2026-11-24", noon, Input{Fresh: fresh, Backlog: old, Waiting: 5000, Editions: 3}); !reflect.DeepEqual(got, want) {
			t.Fatalf("another order, another edition:\n%v\n%v", keys(got), keys(want))
		}
	}
}

func TestAYearOfEditions(t *testing.T) {
	d := deskOf(30, broadsheet.EditionRules{Size: 6, PerSource: 1})
	waiting := map[string]broadsheet.Candidate{}
	for i := range 500 {
		a := told(i%30, fmt.Sprintf("archive-%d", i), 1000+i)
		waiting[a.Key] = a
	}
	shown, lastShown := map[string]bool{}, map[string]broadsheet.Day{}
	for n := range 365 {
		at := noon.AddDate(0, 0, n)
		day := broadsheet.Day(at.Format(broadsheet.DayFormat))
		var stock Input
		if n%9 == 0 {
			fresh := broadsheet.Candidate{Key: "news-" + string(day), Source: fmt.Sprintf("https://s%d.example/feed", n%30), Published: at, Dated: true}
			stock.Fresh, waiting[fresh.Key] = []broadsheet.Candidate{fresh}, fresh
		}
		for _, a := range waiting {
			stock.Backlog = append(stock.Backlog, a)
		}
		stock.Waiting, stock.Editions, stock.LastShown = len(waiting), n, lastShown
		e := d.Compose(day, at, stock)
		if len(e.Picks) == 0 {
			t.Fatalf("%s is empty though %d wait", day, len(waiting))
		}
		sources := map[string]bool{}
		for _, p := range e.Picks {
			if shown[p.Key] {
				t.Fatalf("%s: %s is shown again", day, p.Key)
			}
			if sources[p.Source] {
				t.Fatalf("%s: two of %s", day, p.Source)
			}
			shown[p.Key], sources[p.Source] = true, true
			lastShown[p.Source] = day
			delete(waiting, p.Key)
		}
	}
	if len(waiting) == 0 {
		t.Error("the archive was spent within the year")
	}
}

func TestWhenAnEditionIsDue(t *testing.T) {
	zone := func(name string) *time.Location {
		l, err := time.LoadLocation(name)
		if err != nil {
			t.Skipf("no time zone %s on this machine", name)
		}
		return l
	}
	for _, c := range []struct {
		name, clock, zone, now string
		want                   broadsheet.Day // empty: not due
	}{
		{"a minute early", "06:00", "UTC", "2026-11-24T05:59:59Z", ""},
		{"on the hour", "06:00", "UTC", "2026-11-24T06:00:00Z", "2026-11-24"},
		{"late at night", "06:00", "UTC", "2026-11-24T23:59:59Z", "2026-11-24"},
		{"the zone decides the day", "06:00", "Asia/Tokyo", "2026-11-23T21:00:00Z", "2026-11-24"},
		{"and the hour", "06:00", "Asia/Tokyo", "2026-11-23T20:59:59Z", ""},
		{"an hour that is skipped comes an hour later", "02:30", "Europe/Berlin", "2026-03-29T01:30:00Z", "2026-03-29"},
		{"and not before", "02:30", "Europe/Berlin", "2026-03-29T00:29:59Z", ""},
		{"an hour that is doubled counts at its first", "02:30", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25"},
	} {
		t.Run(c.name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, c.now)
			if err != nil {
				t.Fatal(err)
			}
			r := broadsheet.EditionRules{Time: c.clock, Location: zone(c.zone)}
			none, all := func(broadsheet.Day) bool { return false }, func(broadsheet.Day) bool { return true }
			day, ok := r.Due(now, false, none)
			if day != c.want || ok != (c.want != "") {
				t.Errorf("due = %q, %v; want %q", day, ok, c.want)
			}
			if _, again := r.Due(now, false, all); again {
				t.Error("due though it is out")
			}
			if next := r.Next(now, none); !next.After(now) {
				t.Errorf("the next edition, %s, is not after now", next)
			}
			first, ok := r.Due(now, true, none)
			if first != r.Day(now) || !ok {
				t.Errorf("the first edition is due = %q, %v; want %q at once", first, ok, r.Day(now))
			}
		})
	}
}

// TestTheFirstEditionIsDueAtAnyHour has a paper begin at every hour of a day, in three zones and on odd days: it is due at
// once, under the date that the zone has then, and the next is tomorrow's at its time, neither sooner nor later.
func TestTheFirstEditionIsDueAtAnyHour(t *testing.T) {
	for _, name := range []string{"UTC", "Pacific/Kiritimati", "America/Los_Angeles", "Europe/Berlin"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Skipf("no time zone %s on this machine", name)
		}
		for _, date := range []string{"2026-11-24", "2028-02-29", "2026-12-31", "2026-03-29", "2026-10-25"} {
			midnight, _ := time.ParseInLocation(broadsheet.DayFormat, date, zone)
			for at := midnight; at.Format(broadsheet.DayFormat) == date; at = at.Add(30 * time.Minute) {
				for _, clock := range []string{"00:00", "02:30", "06:00", "23:59"} {
					r := broadsheet.EditionRules{Time: clock, Location: zone}
					day, ok := r.Due(at.UTC(), true, func(broadsheet.Day) bool { return false })
					if !ok || string(day) != date {
						t.Fatalf("%s at %s: due = %q, %v", name, at, day, ok)
					}
					out := func(d broadsheet.Day) bool { return d == day }
					next, tomorrow := r.Next(at.UTC(), out), r.Day(time.Date(at.Year(), at.Month(), at.Day()+1, 12, 0, 0, 0, zone))
					if !next.Equal(r.CutTime(tomorrow)) {
						t.Fatalf("%s at %s: the next is due %s, want that of %s at %s", name, at, next, tomorrow, clock)
					}
					if _, again := r.Due(next.Add(-time.Second), false, out); again {
						t.Fatalf("%s at %s: another is due before %s", name, at, next)
					}
					if day, ok := r.Due(next, false, out); !ok || day != tomorrow {
						t.Fatalf("%s at %s: at %s that of %q is due, %v", name, at, next, day, ok)
					}
				}
			}
		}
	}
}

func TestTheNextEditionAtTheEndOfTimes(t *testing.T) {
	r := broadsheet.EditionRules{Time: "06:00", Location: time.UTC}
	r.Next(time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC), func(broadsheet.Day) bool { return false }) // comes to an end
}

func TestSourcesGoByWhatTheyCallThemselves(t *testing.T) {
	c, err := config.Parse("feeds.yaml", []byte(`sources:
  - https://a.example/feed
  - https://b.example/feed
  - https://c.example/feed
  - feed: https://d.example/feed
    name: Dee
`))
	if err != nil {
		t.Fatal(err)
	}
	d := NewComposer(c)
	d.SetSourceNames(map[string]string{
		"https://a.example/feed": "The A Team", "https://b.example/feed": "Blog", "https://c.example/feed": "Blog",
		"https://d.example/feed": "All that D ever thought of",
	})
	var names []string
	for _, s := range d.Config.Sources {
		names = append(names, s.Name)
	}
	if want := []string{"The A Team", "b.example", "c.example", "Dee"}; !slices.Equal(names, want) {
		t.Errorf("names = %q, want %q", names, want)
	}
	if s, _ := d.Source("https://a.example/feed"); s.Name != "The A Team" {
		t.Errorf("the desk knows it as %q", s.Name)
	}
}

// BenchmarkCompose composes an edition from as much as a run takes out of the store.
func BenchmarkCompose(b *testing.B) {
	d := deskOf(200, broadsheet.EditionRules{Size: 12, PerSource: 1})
	var stock Input
	for i := range 400 {
		stock.Fresh = append(stock.Fresh, told(i%200, fmt.Sprint("news-", i), i%5))
	}
	for i := range 1000 {
		stock.Backlog = append(stock.Backlog, told(i%200, fmt.Sprint("archive-", i), 300+i))
	}
	stock.Waiting = 140_000
	for b.Loop() {
		if e := d.Compose("2026-11-24", noon, stock); len(e.Picks) != 12 {
			b.Fatal(len(e.Picks))
		}
	}
}
