// Package broadsheet holds the words and the rules of a newspaper made by a cron job.
//
// A maintainer lists sources in feeds.yaml. `broadsheet run` asks them what is new, records what they said in
// SQLite, reads the pages of new articles for an excerpt, and publishes one edition a day as static files.
//
// # The house
//
//	broadsheet (here)  the words and the rules: pure, no I/O, no clock, no goroutine
//	fetch              the web: requests, politeness, parsing, page -> text
//	store              the file: schema, transactions, queries
//	publish            the output: formats, templates, safe writing, mail
//	cmd/broadsheet     the order of events, flags, progress, exit status
//
// fetch, store and publish import this package and never each other; only cmd imports all (layout_test.go holds it).
//
// # One article's way
//
//	ParseConfig → Visit.Due → Fetcher.Ask → Store.Record → Store.Pending → Fetcher.Read → Compose → publish.Write
//
// A source is asked and tells of articles: each telling is a Sighting, a fact that is kept. Store.Record finds out
// which article a sighting speaks of (LinkKey and the rules of story.go), and writes facts and bookmark in one
// transaction. Each later stage asks the store what is left to do, so that a run may die anywhere. What is an opinion
// (scores, topics, excerpts, the edition) is computed here, by pure functions, from facts, feeds.yaml and the time.
//
// # Where things are
//
//	article.go  edition*.go  schedule*.go  health.go  what the words mean, and when things happen
//	config*.go   feeds.yaml: its keys, its mistakes, its edits
//	link*.go     what makes two addresses the same
//	story*.go    what makes two articles the same work
//	excerpt*.go  what of a text is shown
//	topic*.go    what is wanted, and why
//
// # Two seams
//
// What meets the world takes an http.RoundTripper that may stand in for the network, and a Now func() time.Time; tests
// need nothing else.
package broadsheet

import "time"

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
