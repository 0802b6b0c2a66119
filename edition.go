package broadsheet

import (
	"slices"
	"time"
)

// DayFormat is the layout of a Day, for time.Parse and Format.
const DayFormat = "2006-01-02"

// Day is the date of an edition, YYYY-MM-DD, in the time zone of feeds.yaml.
type Day string

// Edition is the edition of one day: its picks, in order. Once published it never changes, except that picks can be
// withdrawn.
type Edition struct {
	Day     Day
	Number  int       // 1 for the first edition ever
	At      time.Time // when it was composed
	Picks   []Pick
	More    []SourceOverflow // what the limit per source left out
	Sources int              // number of sources in feeds.yaml
	Waiting int              // number of articles that passed the rules and are still not shown after this edition

	OriginalFirstID string // Article.ID of the pick that was first when it was composed; empty: it is still Picks[0]
	Withdrawn       []int  // positions, from 0, of withdrawn picks: the other picks keep their positions
}

// Positions returns the position of each pick, from 0, in the edition as it was composed, before picks were withdrawn.
func (e Edition) Positions() []int {
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

// FirstID returns the Article.ID of the pick that was first when the edition was composed; empty if it had no picks.
func (e Edition) FirstID() string {
	if e.OriginalFirstID == "" && len(e.Picks) > 0 {
		return e.Picks[0].ID()
	}
	return e.OriginalFirstID
}

// IsFuture reports whether the edition of day, composed at at, lies in the future of now: it was composed while the clock
// was wrong. An edition composed before now does not, even if its date is still to come because the time zone in
// feeds.yaml was changed since.
func (r EditionRules) IsFuture(day Day, at, now time.Time) bool {
	return day > r.Day(now) && at.After(now)
}

// Pick is an article in an edition, as it was when the edition was composed. The store keeps it as JSON under these
// field names.
type Pick struct {
	Article
	SourceName string   // the name that readers see
	Topics     []string // names of topics
	Company    string
	Score      float64
	Why        []Reason     // how the score came about
	Backlog    bool         // it was picked from the backlog: it is not new today
	Also       []SourceLink // the same article at other URLs

	Bare bool // it has no text; set only while an edition is composed
}

// ClampTimes replaces times later than at, which were recorded while the clock was ahead, by at. A given date that is
// more than a day later no longer counts as given (Dated).
func (p *Pick) ClampTimes(at time.Time) {
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

// Candidate is an article that passed the rules and has not been shown: only the fields that are needed to choose the
// picks of an edition. See Article for their meaning.
type Candidate struct {
	Key, Link, Title string
	Source           string // Source.ID
	Published        time.Time
	Dated, Inherited bool
	Score            float64
	Topic            string    // its first topic; empty: none
	Bare             bool      // it has no text to show, only a title and a link
	ReadAt           time.Time // when its page may be read; zero: it was read, or need not be
}

// SourceLink is a link to an article with the source that it came from: the same article as a pick at another URL, or an
// article in More. The store keeps it as JSON under these field names.
type SourceLink struct {
	Source     string `json:",omitempty"` // Source.ID; empty in editions of earlier versions
	SourceName string
	Link       string
	Title      string
}

// SourceOverflow counts the articles of a source that the limit per source kept out of an edition. The store keeps it as JSON
// under these field names.
type SourceOverflow struct {
	SourceName string
	Total      int          // how many there are
	Articles   []SourceLink // the newest of them, at most MaxOverflowArticles
}

// MaxOverflowArticles is the maximum number of articles that an edition lists for a source beside its picks.
const MaxOverflowArticles = 20

// Reason is one part of the explanation why an article was picked or not: a rule, and the field and the words that it
// matched.
type Reason struct {
	Rule   string  `json:"rule"`            // "topic databases", "source bonus", "exclude", "unwanted hiring", "take all"
	Field  string  `json:"field,omitempty"` // title, tags, lead, body, link; empty: none
	Words  string  `json:"words,omitempty"` // what matched
	Weight float64 `json:"weight"`          // what it added to the score
}

// EditionRules is the section edition of feeds.yaml: when an edition is composed and how many articles it holds.
//
// internal/config fills the fields by their names: see the tables in its keys.go.
type EditionRules struct {
	Time      string         // "06:00": composed by the first run at or after it; the very first edition is composed at once
	Location  *time.Location // of the key timezone
	Size      int            // maximum number of picks
	PerSource int            // maximum number of picks from one source
	FreshDays int            // an article published more days ago is not new, whenever it was first seen
	Backlog   int            // picks from the backlog when there is little news; 0: so few that it lasts a year
}

// Due returns the day whose edition is to be composed at now. first says that there is no edition yet; out reports
// whether a day has its edition. ok is false when it is not time yet, or when today's edition is out. The first edition
// is due at once, at any hour, so that a new site is not an empty page. A day without a run is skipped: its articles
// wait for the next edition.
func (r EditionRules) Due(now time.Time, first bool, out func(Day) bool) (day Day, ok bool) {
	day = r.Day(now)
	if out(day) || !first && now.Before(r.DueTime(day)) {
		return "", false
	}
	return day, true
}

// Next returns when the next edition after now is due: that of the first day whose time is still to come and that has
// no edition yet. Today can have one before its time, if it is the day of the very first edition.
func (r EditionRules) Next(now time.Time, out func(Day) bool) time.Time {
	date := now.In(r.Location)
	// Noon, since no daylight saving change moves it to another day.
	noon := time.Date(date.Year(), date.Month(), date.Day(), 12, 0, 0, 0, r.Location)
	for n := range 366 {
		day := r.Day(noon.AddDate(0, 0, n))
		if cut := r.DueTime(day); now.Before(cut) && !out(day) {
			return cut
		}
	}
	return r.DueTime(r.Day(noon.AddDate(0, 0, 1))) // a clock with a year of editions ahead of it is wrong
}

// Day returns the date of now in the edition's time zone.
func (r EditionRules) Day(now time.Time) Day { return Day(now.In(r.Location).Format(DayFormat)) }

// DueTime returns the time at which the edition of day is due. If daylight saving skips that hour, it is due one hour
// later; if the hour occurs twice, the first counts.
func (r EditionRules) DueTime(day Day) time.Time {
	date, _ := time.Parse(DayFormat, string(day))
	clock, _ := time.Parse("15:04", r.Time)
	at := time.Date(date.Year(), date.Month(), date.Day(), clock.Hour(), clock.Minute(), 0, 0, r.Location)
	if earlier := at.Add(-time.Hour); earlier.Format("15:04") == at.Format("15:04") {
		return earlier
	}
	return at
}
