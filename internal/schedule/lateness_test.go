package schedule

import (
	"fmt"
	"math/rand/v2"
	"os"

	"testing"
	"time"

	"broadsheet"
)

// machine is one way to run the program: the times of its runs, and the rules of its editions.
type machine struct {
	runs  []time.Time
	rules broadsheet.EditionRules
	skew  time.Duration // how long after it is due another run composes the edition; 0: these runs do

	isLate bool // its runs are some minutes late, each time another
}

// visitOf returns when the visit after one at now is due, which was itself due at planned. before are the articles that came so
// far, out reports which editions are out, delay is Editions.Delay.
type visitOf func(now time.Time, before []time.Time, out func(broadsheet.Day) bool, delay time.Duration, planned time.Time) time.Time

// simulate returns the times of the visits, and for each article the edition that it is in: its number, from 0.
func (m machine) simulate(articles []time.Time, next visitOf) (visits []time.Time, editions []int) {
	editions = make([]int, len(articles))
	for i := range editions {
		editions[i] = len(m.runs) // in none
	}
	out := map[broadsheet.Day]bool{}
	isOut := func(d broadsheet.Day) bool { return out[d] }
	var due time.Time
	seen, shown, number, delay := 0, 0, 0, time.Duration(-1)
	compose := func(at time.Time) {
		day, isDue := m.rules.Due(at, number == 0, isOut)
		if !isDue {
			return
		}
		if number > 0 {
			delay = at.Sub(m.rules.DueTime(day))
		}
		for ; shown < seen; shown++ {
			editions[shown] = number
		}
		out[day] = true
		number++
	}
	var last time.Time
	for _, run := range m.runs {
		if m.skew > 0 { // another run composes, between these
			for at := m.rules.Next(last, isOut).Add(m.skew); !last.IsZero() && at.Before(run); at = at.AddDate(0, 0, 1) {
				compose(at)
			}
		}
		if !run.Before(due) {
			visits = append(visits, run)
			for seen < len(articles) && !articles[seen].After(run) {
				seen++
			}
			due = next(run, articles[:seen], isOut, delay, due)
		}
		if m.skew == 0 || last.IsZero() {
			compose(run)
		}
		last = run
	}
	return visits, editions
}

// TestAtRhythm_NoArticleIsLate simulates the runs of many machines for many sources. No article may be in a later edition
// than if the source were asked every hour, as far as the maintainer and the source allow, and none of these bounds may
// be broken.
func TestAtRhythm_NoArticleIsLate(t *testing.T) {
	zone := func(name string) *time.Location {
		l, err := time.LoadLocation(name)
		if err != nil {
			t.Skipf("no time zone %s on this machine", name)
		}
		return l
	}
	const hour, day = time.Hour, 24 * time.Hour
	start := time.Date(2026, 3, 20, 9, 0, 0, 0, time.UTC) // daylight saving begins on 29 March, and ends on 25 October
	days, gaps := 14, []time.Duration{hour, day}
	if os.Getenv("BROADSHEET_LONG") != "" {
		days, gaps = 400, []time.Duration{hour, 5 * hour, day, 7 * day, 30 * day}
	}
	end := start.AddDate(0, 0, days)
	runs := func(every, offset, jitter time.Duration) (all []time.Time) {
		random := rand.New(rand.NewPCG(1, uint64(offset)))
		for at := start.Add(offset); at.Before(end); at = at.Add(every) {
			all = append(all, at.Add(time.Duration(random.Int64N(int64(jitter)+1))))
		}
		return all
	}
	local := func(hour, minute int, zone *time.Location) (all []time.Time) { // a daily cron job in local time
		for at := start; at.Before(end); at = at.AddDate(0, 0, 1) {
			all = append(all, time.Date(at.Year(), at.Month(), at.Day(), hour, minute, 0, 0, zone))
		}
		return all
	}
	berlin, york, kolkata := zone("Europe/Berlin"), zone("America/New_York"), zone("Asia/Kolkata")
	at := func(clock string, zone *time.Location) broadsheet.EditionRules {
		return broadsheet.EditionRules{Time: clock, Location: zone}
	}
	machines := map[string]machine{
		"hourly":                   {runs: runs(hour, 0, 0), rules: at("07:00", time.UTC)},
		"hourly at 17":             {runs: runs(hour, 17*time.Minute, 3*time.Second), rules: at("07:00", berlin)},
		"hourly at 59":             {runs: runs(hour, 59*time.Minute, 3*time.Second), rules: at("06:30", york)},
		"hourly, minutes late":     {runs: runs(hour, 7*time.Minute, 20*time.Minute), rules: at("07:00", berlin), isLate: true},
		"every ten minutes":        {runs: runs(10*time.Minute, time.Minute, 3*time.Second), rules: at("18:45", kolkata)},
		"every three hours":        {runs: runs(3*hour, 40*time.Minute, time.Minute), rules: at("07:00", york)},
		"daily":                    {runs: local(7, 5, berlin), rules: at("07:00", berlin)},
		"daily, hours after":       {runs: local(12, 30, york), rules: at("07:00", york)},
		"at night, across the gap": {runs: local(2, 30, berlin), rules: at("02:30", berlin)},
		"fetch, then publish":      {runs: runs(hour, 0, 2*time.Second), rules: at("07:00", berlin), skew: 5 * time.Minute},
		"fetch at 40, publish":     {runs: runs(hour, 40*time.Minute, 2*time.Second), rules: at("07:00", berlin), skew: time.Second},
		"publish hours later":      {runs: runs(hour, 17*time.Minute, 2*time.Second), rules: at("07:00", berlin), skew: 150 * time.Minute},
	}
	feed := broadsheet.Source{Kind: broadsheet.KindFeed}
	every := func(d time.Duration) broadsheet.Source { s := feed; s.Every = d; return s }
	sources := map[string]struct {
		source broadsheet.Source
		hints  broadsheet.Hints
	}{
		"says nothing":  {feed, broadsheet.Hints{}},
		"ttl 60":        {feed, broadsheet.Hints{TTL: hour}},
		"max-age 5 min": {feed, broadsheet.Hints{MaxAge: 5 * time.Minute}},
		"ttl 3 h":       {feed, broadsheet.Hints{TTL: 3 * hour}},
		"every 6 h":     {every(6 * hour), broadsheet.Hints{}},
		"every 12 h":    {every(12 * hour), broadsheet.Hints{}},
		"daily":         {feed, broadsheet.Hints{Period: day, PeriodName: "daily"}},
		"every 3 d":     {every(3 * day), broadsheet.Hints{}},
		"skips nights":  {feed, broadsheet.Hints{SkipHours: []int{0, 1, 2, 3, 4, 5, 6, 7}}},
		"skips days":    {feed, broadsheet.Hints{SkipDays: []time.Weekday{time.Saturday, time.Sunday}}},
		"a page":        {broadsheet.Source{Kind: broadsheet.KindPage}, broadsheet.Hints{}},
	}
	for name, m := range machines {
		for said, s := range sources {
			for _, gap := range gaps {
				random := rand.New(rand.NewPCG(uint64(len(name)), uint64(gap)+uint64(len(said))))
				var articles []time.Time
				for at := start.Add(-20 * gap); at.Before(end); at = at.Add(time.Duration(float64(gap) * random.ExpFloat64())) {
					articles = append(articles, at)
				}
				own, got := m.simulate(articles, func(now time.Time, before []time.Time, out func(broadsheet.Day) bool, delay time.Duration, planned time.Time) time.Time {
					e := Editions{After: func(t time.Time) time.Time { return m.rules.Next(t, out) }, Delay: delay, Separate: m.skew > 0}
					_, e.Overdue = m.rules.Due(now, false, out)
					e.Overdue = e.Overdue && e.Separate
					r := RhythmOf(before[max(0, len(before)-MaxArrivals):], start, now)
					next, _ := AtRhythm(s.source, broadsheet.Visit{At: now, Hints: s.hints, Entries: 10}, r, e, planned, now)
					return next
				})
				hourly, want := m.simulate(articles, func(now time.Time, _ []time.Time, _ func(broadsheet.Day) bool, _ time.Duration, _ time.Time) time.Time {
					w := boundOf(s.source, s.hints)
					w.lengthen(hour, "")
					if s.source.Every > 0 {
						w = boundOf(s.source, s.hints)
					}
					next, _ := applySkips(w.after(now), s.hints)
					return next
				})
				about := fmt.Sprintf("%s, a source that %s, an article every %s: ", name, said, gap)
				late, early := 0, 0
				for i := range want {
					if got[i] > want[i] {
						late++
					} else if got[i] < want[i] {
						early++
					}
				}
				switch {
				case s.source.Every > day: // the two schedules need not visit it on the same days
				case m.isLate && late > 3+len(want)/50, !m.isLate && late > 0: // an hourly schedule is lucky at times when the runs are late
					t.Errorf("%s%d of %d articles are late, %d early", about, late, len(want), early)
				}
				least := boundOf(s.source, s.hints).soonest(start).Sub(start) - time.Minute
				if m.isLate {
					least -= maxLateness
				}
				for i := 1; i < len(own); i++ {
					if own[i].Sub(own[i-1]) < least {
						t.Errorf("%svisits at %s and %s", about, own[i-1], own[i])
						break
					}
				}
				if s.source.Every > 0 && s.source.Every < day && len(own)*10 < len(hourly)*8 {
					t.Errorf("%s%d visits, and the maintainer wants %d", about, len(own), len(hourly))
				}
				if len(own) > len(hourly)+days*2 {
					t.Errorf("%s%d visits, hourly %d", about, len(own), len(hourly))
				}
			}
		}
	}
}
