package broadsheet

import (
	"slices"
	"time"
)

// dayFormat is how a Day is written.
const dayFormat = "2006-01-02"

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

	bare bool // while an edition is composed: it has no text
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
