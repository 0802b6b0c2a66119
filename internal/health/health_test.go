package health

import (
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet"
)

func dayAt(n int) time.Time { return time.Date(2026, 1, 1, 6, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

func TestStale(t *testing.T) {
	for name, c := range map[string]struct {
		articles         int
		first, last, now time.Time
		want             string // part of the reason; empty: it is not stale
	}{
		"one a day, silent for two months":       {101, dayAt(0), dayAt(100), dayAt(161), "one came every day"},
		"one a day, silent for eight weeks":      {101, dayAt(0), dayAt(100), dayAt(156), ""},
		"one a month, silent for nine":           {13, dayAt(0), dayAt(360), dayAt(630), ""},
		"one a month, silent for eleven":         {13, dayAt(0), dayAt(360), dayAt(690), "one came every 30 days"},
		"one a year, silent for eleven months":   {5, dayAt(0), dayAt(4 * 365), dayAt(4*365 + 330), ""},
		"one a year, silent for thirteen":        {5, dayAt(0), dayAt(4 * 365), dayAt(4*365 + 400), "no new article since"},
		"a single article, a year ago":           {1, dayAt(0), dayAt(0), dayAt(366), "no new article since 1 January 2026"},
		"a single article, less than a year ago": {1, dayAt(0), dayAt(0), dayAt(360), ""},
		"all at the same moment":                 {20, dayAt(0), dayAt(0), dayAt(100), ""},
		"without dates":                          {20, time.Time{}, time.Time{}, dayAt(1000), ""},
	} {
		why, stale := Stale(c.articles, c.first, c.last, c.now)
		if stale != (c.want != "") || !strings.Contains(why, c.want) {
			t.Errorf("%s: %v %q, want %q", name, stale, why, c.want)
		}
	}
}

// Staleness is reported once, and its end once.
func TestNewEvents(t *testing.T) {
	s := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://a.example/", Name: "A"}
	var reported []Event
	step := func(n int, stale bool, want string) {
		t.Helper()
		staleWhy := map[string]string{}
		if stale {
			staleWhy[s.ID()] = "why"
		}
		events := StalenessEvents([]broadsheet.Source{s}, staleWhy, reported, dayAt(n))
		got := ""
		for _, e := range events {
			got += e.Kind
			reported = slices.Insert(reported, 0, e)
		}
		if got != want {
			t.Errorf("day %d: %q, want %q", n, got, want)
		}
	}
	step(0, false, "")
	step(1, true, "stale")
	step(2, true, "")
	reported = slices.Insert(reported, 0, Event{Source: s.ID(), Kind: "moved", At: dayAt(3)})
	step(3, true, "")
	step(4, false, "recovered")
	step(5, false, "")
	step(6, true, "stale")
}

// A source that breaks and recovers all the time is reported once a week, and its last state in the end.
func TestFilter(t *testing.T) {
	event := func(n int, source, what string) Event { return Event{Source: source, Kind: what, At: dayAt(n)} }
	for name, c := range map[string]struct {
		events []Event // oldest first
		now    int
		want   string
	}{
		"each once":                   {[]Event{event(0, "a", "broke"), event(1, "a", "recovered"), event(1, "b", "broke")}, 1, "a broke, a recovered, b broke"},
		"again the next day":          {[]Event{event(0, "a", "broke"), event(1, "a", "recovered"), event(2, "a", "broke"), event(3, "a", "recovered")}, 3, "a broke, a recovered"},
		"again the next day for good": {[]Event{event(0, "a", "broke"), event(1, "a", "recovered"), event(2, "a", "broke")}, 5, "a broke, a recovered"},
		"and a week later":            {[]Event{event(0, "a", "broke"), event(1, "a", "recovered"), event(2, "a", "broke")}, 7, "a broke, a recovered, a broke"},
		"after a week":                {[]Event{event(0, "a", "broke"), event(7, "a", "broke")}, 7, "a broke, a broke"},
		"none":                        {nil, 1, ""},
	} {
		slices.Reverse(c.events)
		var got []string
		for _, e := range slices.Backward(SuppressRepeats(c.events, dayAt(c.now))) {
			got = append(got, e.Source+" "+e.Kind)
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
