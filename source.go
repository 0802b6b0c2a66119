package broadsheet

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Kind is the type of a source: it decides how the source is read.
type Kind string

// The kinds of source.
const (
	KindFeed    Kind = "feed"    // RSS, Atom, RDF or JSON Feed
	KindPage    Kind = "page"    // an HTML page that lists articles, read with CSS selectors
	KindSitemap Kind = "sitemap" // a sitemap or sitemap index, for the backlog of old blogs
	KindList    Kind = "list"    // articles listed by hand in feeds.yaml
	KindFile    Kind = "file"    // a feed in a file that another program writes on this machine
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
	URL   string // the URL that is fetched; empty for a list and a file
	Path  string // file: its path below the folder of --files, with slashes; never absolute
	Name  string // shown to readers; by default the title that the source gives itself, or its host until that is known
	Group string // the heading above it in feeds.yaml; may be empty

	// Items, Link, Title and Date say how the list of a page is read: by CSS selectors, of which Link, Title and Date are
	// relative to an item; by paths in JSON, if Items begins with "$"; or without Items (see FindsItems).
	Items, Link, Title, Date string

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
	Headers      Headers       // further header fields of requests to the origin of URL
	UserAgent    PrivateText   // in place of the program's own, for requests to the origin of URL; empty: none
	Secret       bool          // the path of its URL grants access, so only the host is ever shown

	Unnamed bool // feeds.yaml gives it no name
	Line    int  // the line of feeds.yaml on which it begins, from 1
}

// Headers are header fields of requests, by name. They may hold keys and passwords, so that none of them is ever
// printed.
type Headers map[string]string

func (Headers) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, "***") }
func (Headers) MarshalText() ([]byte, error) { return []byte("***"), nil }

// PrivateText is a text that is never printed.
type PrivateText string

func (PrivateText) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, "***") }
func (PrivateText) MarshalText() ([]byte, error) { return []byte("***"), nil }

// ID returns the key of the source in the store: its URL. Renaming a source or moving it to another group therefore
// changes nothing, and a source that is removed and added again finds its history. A list and a file have no URL: the key
// is "list:" and the list's name, or "file:" and the file's path.
func (s Source) ID() string {
	switch s.Kind {
	case KindList:
		return "list:" + s.Name
	case KindFile:
		return "file:" + s.Path
	}
	return s.URL
}

// AutoItems is the value of Items of a page whose list of articles is found by the program itself. No value means the same.
const AutoItems = "auto"

// FindsItems reports whether the list of articles of a page is found by the program itself, not by selectors.
func (s Source) FindsItems() bool { return s.Items == "" || s.Items == AutoItems }

// ItemsPath reports whether the items of a page are found by a path in JSON.
func (s Source) ItemsPath() bool { return strings.HasPrefix(s.Items, "$") }

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

	Status        int    // HTTP status of the last response; 0: there was none
	ETag          string // validators (RFC 9110) of the last body read completely, never of a partial one
	LastModified  string
	ValidatorsURL string    // the address, after redirects, that gave the validators: they mean nothing to another one
	ValidatorsAt  time.Time // when a 200 response set the validators; they are dropped after 8 days
	BodyHash      string    // hash of the last body that was read completely: an identical body is not parsed again
	Hints         Hints     // what the last body said about when to fetch again, which still holds when nothing changed; and the last MaxAge

	Failures     int       // consecutive failures; 0: the last fetch succeeded
	FailingSince time.Time // time of the first of these failures; zero: it is not failing
	Err          string    // why the last fetch failed, for the maintainer; empty: it did not

	MovedTo    string    // target of a permanent redirect (301, 308); empty: none
	MovedSince time.Time // when that redirect was first seen
	Gone       bool      // the server returned 410: not fetched again until the maintainer asks for it
	Partial    bool      // the body was truncated or malformed: its complete items were kept, its validators were not

	PrivateLinks    int    // number of links in the last body that pointed into a private network and were dropped
	PrivateLinkHost string // host of the first of these links

	LeftOut   int // entries of the last document that were not read, because newer ones fill MaxEntries
	NotStored int // new items of the last document that were not stored: the source is at its limit

	Denied bool // the last fetch failed because its host's robots.txt forbids it

	Entries     int    // entries of the last document that was read, before any filter of feeds.yaml; -1: not known
	Undated     bool   // it had entries, and none of them a date
	ListChanged string // page: why the list that it shows is not the one that it showed before; empty: it is
	Quarantine  string // why nothing of the source is shown until the maintainer trusts it again; empty: it is shown

	List     PageList // page: what is remembered of its list
	Sitemaps Sitemaps // sitemap index: which of its sitemaps were read

	Title    string // the title that the source gives itself
	HomePage string // URL of the site that the source belongs to
}

// MaxEntries is how many entries of a feed are read: the newest ones.
const MaxEntries = 5000

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

// PageList is what is remembered of the list of a page from one visit to the next: how its articles were found, and which
// they were. The store keeps it as JSON under these field names.
type PageList struct {
	Settings string   `json:",omitempty"` // hash of the settings of feeds.yaml with which it was read: with others, nothing of it holds
	Items    string   `json:",omitempty"` // the selectors that items: auto found
	Title    string   `json:",omitempty"`
	Date     string   `json:",omitempty"`
	Paths    string   `json:",omitempty"` // in place of Items: what the addresses of its articles have in common
	Families []string `json:",omitempty"` // what the addresses of the last list have in common
	Links    []string `json:",omitempty"` // hashes of the links of its articles, those of the last list first
	Last     int      `json:",omitempty"` // how many of Links were in the last list
}

// Sitemaps is what is remembered of the sitemaps that a sitemap index leads to, so that each visit reads on where the last
// one stopped. The store keeps it as JSON under these field names.
type Sitemaps struct {
	Settings string  `json:",omitempty"` // hash of the settings of feeds.yaml with which they were read: with others, nothing of it holds
	Begun    bool    `json:",omitempty"` // the first pass through all of them is not over: what it finds is the backlog
	Children []Child `json:",omitempty"` // those of the index that are not excluded
}

// Child is a sitemap that a sitemap index names.
type Child struct {
	URL     string
	Parent  string    `json:",omitempty"` // the index that names it, if it is not the source itself
	Lastmod time.Time `json:",omitzero"`  // as the index gives it
	ReadMod time.Time `json:",omitzero"`  // Lastmod when it was read
	Turn    int       `json:",omitempty"` // counts all requests for sitemaps of the index: the one at which it was last asked for; 0: never
	Read    bool      `json:",omitempty"` // it was read
	Hash    string    `json:",omitempty"` // of its body when it was read
}

// Progress returns how many of the sitemaps were read so far, and how many there are.
func (s Sitemaps) Progress() (read, all int) {
	for _, c := range s.Children {
		if c.Read {
			read++
		}
	}
	return read, len(s.Children)
}
