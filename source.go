package broadsheet

import (
	"strings"
	"time"
)

// Kind says how a source is read.
type Kind string

// The four kinds of source.
const (
	KindFeed    Kind = "feed"    // RSS, Atom, RDF or JSON Feed
	KindPage    Kind = "page"    // an HTML list, read with CSS selectors
	KindSitemap Kind = "sitemap" // a sitemap or sitemap index: the backlog of old blogs
	KindList    Kind = "list"    // articles named by hand in feeds.yaml
)

// Take says which of a source's articles may enter an edition.
type Take string

// What a source's entry in feeds.yaml may say under take.
const (
	TakeAll      Take = "all"      // everything that no exclude rule and no unwanted words keep out
	TakeMatching Take = "matching" // what the topic rules score high enough (the default)
	TakeNone     Take = "none"     // nothing: recorded, searchable, never picked
)

// Source is an entry of feeds.yaml.
type Source struct {
	Kind  Kind
	URL   string // the address that is asked; empty for a list
	Name  string // shown to readers; defaults to what the source calls itself, until that is known to its host
	Group string // heading it stands under in feeds.yaml; may be empty

	Items, Link, Title, Date string // page: CSS selectors; Link, Title and Date are relative to an item

	// Include and Exclude keep articles in and out. A pattern that begins with "/" is matched against the link's path
	// (* is any run of characters); any other is a phrase looked for in the title and the tags.
	Include, Exclude []string

	List []Listed // list: the articles

	Topics       []string      // topics that each of its articles has
	Company      string        // company that each of its articles is about
	Take         Take          // which articles may enter an edition
	Bonus        float64       // added to the score of each of its articles
	Every        time.Duration // ask at most this often; 0: as the source itself says
	Excerpt      string        // CSS selector of the article's text on its page
	AllowPrivate bool          // its host may be at a private address
	Secret       bool          // whoever knows the path of its address gets in: only its host is shown

	Unnamed bool // feeds.yaml gives it no name
	Line    int  // line of feeds.yaml that it begins on
}

// ID is what the store knows the source by: its address, so that renaming it or moving it to another group changes
// nothing, and removing and adding it again finds what was known. A list is known by its name.
func (s Source) ID() string {
	if s.Kind == KindList {
		return "list:" + s.Name
	}
	return s.URL
}

// Listed is an article named by hand in feeds.yaml.
type Listed struct {
	URL   string
	Title string // optional; else the page's
	Note  string // optional; used as the excerpt when given
}

// Visit is what is remembered of the last time a source was asked.
type Visit struct {
	At      time.Time // when it was last asked; zero: never
	Success time.Time // when it last answered with something usable (200 or 304); zero: never
	Next    time.Time // not to be asked before
	Reason  string    // why Next is what it is, in words: "sy:updatePeriod daily", "429, Retry-After 1 h"

	Status       int    // HTTP status of the last answer; 0: none came
	ETag         string // validators of the last body that was read whole; never of one that was not
	LastModified string
	Validated    time.Time // when the validators were earned by a 200; they are dropped when older than 8 days
	BodyHash     string    // of the last body that was read whole: the same body is not parsed again
	Hints        Hints     // what that body said of when to come back: it still holds when nothing changed

	Failures int       // in a row; 0: the last visit succeeded
	Failing  time.Time // when the present row of failures began; zero: not failing
	Err      string    // why the last visit failed, for the maintainer; empty: it did not

	Moved      string    // where a permanent redirect (301, 308) leads; empty: none
	MovedSince time.Time // when that redirect was first seen
	Gone       bool      // 410: not asked again until the maintainer says so
	Salvaged   bool      // the body was cut off or broken; its whole entries were kept, its validators were not

	Unlinked     int    // links of the last body that led into a private network and were dropped
	UnlinkedHost string // the host of the first of them

	Refused int // new entries of the last document that were not stored, because the source has no room left for them

	Title    string // what the source calls itself
	HomePage string // the site it belongs to
}

// Conditional tells whether the source can be asked for no more than what changed since.
func (v Visit) Conditional() bool { return v.ETag != "" || v.LastModified != "" }

// Due tells whether the source may be asked at now. A visit of the future was made while the clock was wrong, and
// whatever it said of the next one is worth nothing.
func (v Visit) Due(now time.Time) bool {
	return !v.Gone && (!now.Before(v.Next) || now.Before(v.At))
}

// Held tells whether the server asked to be left alone until Next: all sources at its host had better wait.
func (v Visit) Held() bool {
	return v.Failures > 0 && (v.Status == 429 || strings.Contains(v.Reason, "Retry-After"))
}

// Hints are what an answer said of when to come back. Zero values mean that nothing was said.
type Hints struct {
	MaxAge     time.Duration  // Cache-Control max-age less Age, else Expires less Date (RFC 9111)
	TTL        time.Duration  // RSS <ttl>, in minutes there
	Period     time.Duration  // sy:updatePeriod divided by sy:updateFrequency
	PeriodName string         // "daily", as told
	SkipHours  []int          // hours of the day, GMT, not to come in
	SkipDays   []time.Weekday // days of the week, GMT, not to come on
	RetryAfter time.Duration  // of a 429, a 503 or any other error answer (RFC 9110 section 10.2.3)
}
