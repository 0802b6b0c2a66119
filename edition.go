package broadsheet

import (
	"slices"
	"time"
)

// DayFormat is how a Day is written.
const DayFormat = "2006-01-02"

// Day is an edition's date, YYYY-MM-DD, in the zone of feeds.yaml.
type Day string

// Edition is one day's issue: the picks, in order. Once published it never changes.
type Edition struct {
	Day     Day
	Number  int       // 1 for the first edition ever
	At      time.Time // when it was cut
	Picks   []Pick
	More    []More // what the per-source limit held back
	Sources int    // how many sources feeds.yaml had
	Waiting int    // wanted articles never shown that are left after it

	First     string // id of the first pick that it was cut with; empty: Picks[0] is that pick
	Withdrawn []int  // places, from 0, whose picks were withdrawn: the others keep theirs
}

// Places are the places of the picks, from 0, as the edition was cut.
func (e Edition) Places() []int {
	places := make([]int, len(e.Picks))
	next := 0
	for i := range places {
		for slices.Contains(e.Withdrawn, next) {
			next++
		}
		places[i] = next
		next++
	}
	return places
}

// FirstID is the id of the first pick that the edition was cut with; empty when it never had one.
func (e Edition) FirstID() string {
	if e.First == "" && len(e.Picks) > 0 {
		return e.Picks[0].ID()
	}
	return e.First
}

// Ahead reports whether the edition of day, cut at at, is dated after now: one that was cut under a wrong clock. One that
// was cut before now is out, even where the day's name is not reached yet in a zone that feeds.yaml has named since.
func (r EditionRules) Ahead(day Day, at, now time.Time) bool {
	return day > r.Day(now) && at.After(now)
}

// Pick is an article's place in an edition, as it stood when the edition was cut.
type Pick struct {
	Article
	SourceName string   // as shown
	Topics     []string // names of topics
	Company    string
	Score      float64
	Why        []Reason // what made the score
	Backlog    bool     // from the backlog: not new today
	Also       []Also   // the same work at other addresses

	Bare bool // while an edition is composed: it has no text
}

// NotAfter takes times of the future, noted under a clock that was ahead, for at. A date that was told and is more than a
// day ahead is not believed.
func (p *Pick) NotAfter(at time.Time) {
	if p.Published.After(at) {
		p.Dated = p.Dated && !p.Published.After(at.Add(24*time.Hour))
		p.Published = at
	}
	if p.Updated.After(at) {
		p.Updated = p.Published
	}
	if p.Seen.After(at) {
		p.Seen = at
	}
}

// Candidate is an article that the rules want and that was never shown, as far as it must be known to be chosen.
type Candidate struct {
	Key, Link, Title string
	Source           string // Source.ID
	Published        time.Time
	Dated, Inherited bool
	Score            float64
	Topic            string // first of its verdict; empty: none
	Bare             bool   // it has no text to show: a title and a link only
}

// Also is another address of a pick's work.
type Also struct {
	Source     string `json:",omitempty"` // Source.ID; empty in editions of earlier versions
	SourceName string
	Link       string
	Title      string
}

// More counts what a source had beyond its share of the edition.
type More struct {
	SourceName string
	Total      int    // how many there were
	Articles   []Also // the newest of them, MaxMore at most
}

// MaxMore is how many articles an edition names beside a source's picks.
const MaxMore = 20

// Reason is one line of the answer to "why is this article in, or not": the rule, the field and the words it matched.
type Reason struct {
	Rule   string  `json:"rule"`            // "topic databases", "source bonus", "exclude", "unwanted hiring", "take all"
	Field  string  `json:"field,omitempty"` // title, tags, lead, body, link; empty: none
	Words  string  `json:"words,omitempty"` // what matched
	Weight float64 `json:"weight"`          // added to the score
}

// EditionRules say when an edition is cut and how much it holds.
type EditionRules struct {
	Time      string         // "06:00": the first run at or after it cuts the edition; the first of all is cut at once
	Location  *time.Location // of timezone
	Size      int            // picks at most
	PerSource int            // picks at most from one source
	FreshDays int            // an article published longer ago is not new, whenever it was first seen
	Backlog   int            // picks from the backlog on a thin day; 0: rationed so that the backlog lasts a year
}

// Due returns the day whose edition is to be cut at now, given whether it is the paper's first and the days that have one
// already; ok is false when it is not time yet, or when today's edition is out. The first edition is due at once, whatever
// the hour: a new paper is not to be an empty page. A day that nobody ran on is skipped: its articles wait.
func (r EditionRules) Due(now time.Time, first bool, out func(Day) bool) (day Day, ok bool) {
	day = r.Day(now)
	if out(day) || !first && now.Before(r.CutTime(day)) {
		return "", false
	}
	return day, true
}

// Next returns when the next edition is due after now: that of the first day whose time is still to come and that has no
// edition yet, as today may have when it is the day of the first.
func (r EditionRules) Next(now time.Time, out func(Day) bool) time.Time {
	date := now.In(r.Location)
	noon := time.Date(date.Year(), date.Month(), date.Day(), 12, 0, 0, 0, r.Location) // which no change of the clocks moves to another day
	for n := range 366 {
		day := r.Day(noon.AddDate(0, 0, n))
		if cut := r.CutTime(day); now.Before(cut) && !out(day) {
			return cut
		}
	}
	return r.CutTime(r.Day(noon.AddDate(0, 0, 1))) // no clock is right that finds a year of editions ahead of it
}

// Day is the date at now in the edition's zone.
func (r EditionRules) Day(now time.Time) Day { return Day(now.In(r.Location).Format(DayFormat)) }

// CutTime is the moment of day's edition. An hour that daylight saving skips comes an hour later; of one that it doubles
// the first counts.
func (r EditionRules) CutTime(day Day) time.Time {
	date, _ := time.Parse(DayFormat, string(day))
	clock, _ := time.Parse("15:04", r.Time)
	at := time.Date(date.Year(), date.Month(), date.Day(), clock.Hour(), clock.Minute(), 0, 0, r.Location)
	if earlier := at.Add(-time.Hour); earlier.Format("15:04") == at.Format("15:04") {
		return earlier
	}
	return at
}
