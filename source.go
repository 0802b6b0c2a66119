package broadsheet

import "time"

// Kind is the type of a source: it decides how the source is read.
type Kind string

// The four kinds of source.
const (
	KindFeed    Kind = "feed"    // RSS, Atom, RDF or JSON Feed
	KindPage    Kind = "page"    // an HTML page that lists articles, read with CSS selectors
	KindSitemap Kind = "sitemap" // a sitemap or sitemap index, for the backlog of old blogs
	KindList    Kind = "list"    // articles listed by hand in feeds.yaml
)

// Take decides which of a source's articles may be picked for an edition.
type Take string

// The values of the key take in feeds.yaml.
const (
	TakeAll      Take = "all"      // everything that no exclude rule and no unwanted words reject
	TakeMatching Take = "matching" // articles that reach the score threshold of the topic rules (the default)
	TakeNone     Take = "none"     // nothing: articles are stored and searchable, but never picked
)

// Source is one source of feeds.yaml.
//
// internal/config fills the fields by their names: see the tables in its keys.go.
type Source struct {
	Kind  Kind
	URL   string // the URL that is fetched; empty for a list
	Name  string // shown to readers; by default the title that the source gives itself, or its host until that is known
	Group string // the heading above it in feeds.yaml; may be empty

	Items, Link, Title, Date string // page: CSS selectors; Link, Title and Date are relative to an item

	// Include and Exclude are filters. A pattern that begins with "/" is matched against the path of the link
	// (* matches any run of characters). Any other pattern is a phrase to find in the title or the tags.
	Include, Exclude []string

	List []ListEntry // list: its articles

	Topics       []string      // topics of every article of the source
	Company      string        // the company that every article of the source is about
	Take         Take          // which articles may enter an edition
	Bonus        float64       // added to the score of each of its articles
	Every        time.Duration // the shortest time between two visits; 0: as the source itself asks for
	Excerpt      string        // CSS selector of the text on an article's page
	AllowPrivate bool          // its host may have a private IP address
	Secret       bool          // the path of its URL grants access, so only the host is ever shown

	Unnamed bool // feeds.yaml gives it no name
	Line    int  // the line of feeds.yaml on which it begins, from 1
}

// ID returns the key of the source in the store: its URL. Renaming a source or moving it to another group therefore
// changes nothing, and a source that is removed and added again finds its history. A list has no URL: its key is
// "list:" and its name.
func (s Source) ID() string {
	if s.Kind == KindList {
		return "list:" + s.Name
	}
	return s.URL
}

// ListEntry is one article of a list source, written by hand in feeds.yaml.
type ListEntry struct {
	URL   string
	Title string // optional; empty: the title of the page
	Note  string // optional; shown in place of an excerpt
}

// Visit is the stored state of a source after its last fetch: result, validators, and when to fetch it again.
type Visit struct {
	At          time.Time // when it was last fetched; zero: never
	LastSuccess time.Time // when it last returned a usable response (200 or 304); zero: never
	Next        time.Time // the earliest time of the next fetch; if it is past, the source is due since then, and waits for its host group
	Reason      string    // why Next has that value, as text: "sy:updatePeriod daily", "429, Retry-After 1 h"

	Status       int    // HTTP status of the last response; 0: there was none
	ETag         string // validators (RFC 9110) of the last body read completely, never of a partial one
	LastModified string
	ValidatorsAt time.Time // when a 200 response set the validators; they are dropped after 8 days
	BodyHash     string    // hash of the last body that was read completely: an identical body is not parsed again
	Hints        Hints     // what the last body said about when to fetch again: it still holds when nothing changed

	Failures     int       // consecutive failures; 0: the last fetch succeeded
	FailingSince time.Time // time of the first of these failures; zero: it is not failing
	Err          string    // why the last fetch failed, for the maintainer; empty: it did not

	MovedTo    string    // target of a permanent redirect (301, 308); empty: none
	MovedSince time.Time // when that redirect was first seen
	Gone       bool      // the server returned 410: not fetched again until the maintainer asks for it
	Partial    bool      // the body was truncated or malformed: its complete items were kept, its validators were not

	PrivateLinks    int    // number of links in the last body that pointed into a private network and were dropped
	PrivateLinkHost string // host of the first of these links

	NotStored int // new items of the last document that were not stored: the source is at its limit

	Entries     int    // entries of the last document that was read
	ListChanged string // page: why the list that it shows is not the one that it showed before; empty: it is
	Quarantine  string // why nothing of the source is shown until the maintainer trusts it again; empty: it is shown

	Title    string // the title that the source gives itself
	HomePage string // URL of the site that the source belongs to
}

// HasValidators reports whether a conditional request (RFC 9110 section 13) is possible: one that returns a body only
// when it has changed.
func (v Visit) HasValidators() bool { return v.ETag != "" || v.LastModified != "" }

// Due reports whether the source may be fetched at now. A visit in the future was made while the clock was wrong, so
// its Next is ignored.
func (v Visit) Due(now time.Time) bool {
	return !v.Gone && (!now.Before(v.Next) || now.Before(v.At))
}

// Hints are what a response said about when to fetch the source again, in its headers and its body. A zero value means
// that it did not say. The store keeps Hints as JSON under these field names.
type Hints struct {
	MaxAge     time.Duration  // Cache-Control max-age minus Age, else Expires minus Date (RFC 9111)
	TTL        time.Duration  // RSS <ttl>, which counts minutes
	Period     time.Duration  // sy:updatePeriod divided by sy:updateFrequency
	PeriodName string         // sy:updatePeriod as written, such as "daily"
	SkipHours  []int          // RSS <skipHours>: hours of the day, in GMT, without a fetch
	SkipDays   []time.Weekday // RSS <skipDays>: days of the week, in GMT, without a fetch
	RetryAfter time.Duration  // Retry-After of a 429, a 503 or any other error response (RFC 9110 section 10.2.3)
}
