package feed

import (
	"cmp"
	"slices"
	"time"

	"broadsheet"
	"broadsheet/fetch/date"
)

// Document is what a feed, a sitemap or a list page says.
type Document struct {
	Title         string // the source's own name; plain text
	HomePage      string // address of the site that it belongs to
	SelfLink      string // the address that it declares as its own (rel=self)
	Items         []broadsheet.FeedItem
	Hints         broadsheet.Hints // ttl, sy:, skipHours, skipDays
	Salvaged      bool             // cut off or broken: Items has the complete entries
	LeftOut       int              // entries that were not read because newer ones fill broadsheet.MaxEntries
	Sitemaps      []string         // of a sitemap index: the addresses of its sitemaps
	RefreshTo     string           // of an HTML page in place of a feed: where its meta refresh leads
	Lastmods      []time.Time      // for each of Sitemaps, when it last changed as the index says; zero: it does not
	DeclaredFeeds []string         // of an HTML page in place of a feed: the addresses of the feeds that it declares

	Entries int  // how many entries it has, those that are filtered or dropped too
	Undated bool // it has entries, and none of them a date

	Unlinked     int    // number of links into a private network, which were dropped
	UnlinkedHost string // the host of the first of them
}

// CountEntries sets Entries and Undated from the items, before any of them is dropped.
func (d *Document) CountEntries() {
	d.Entries = len(d.Items)
	d.Undated = d.Entries > 0 && !slices.ContainsFunc(d.Items, func(item broadsheet.FeedItem) bool { return !item.Published.IsZero() })
}

// Accept is the Accept header of a request for a feed.
const Accept = "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, application/xml;q=0.9, application/json;q=0.8, text/html;q=0.5, */*;q=0.1"

// newest keeps the newest entries of a document as they are read, so that no more than twice broadsheet.MaxEntries are in memory.
// Entries without a date count as being of the same time as the one before them. Where dates are the same or missing,
// the order of the document decides: the newest entry is the first, unless its dates mostly rise.
type newest[T any] struct {
	entries []datedEntry[T] // in the order of the document
	drop    func(T)         // is called with each entry that is left out; nil: nothing to do
	total   int             // entries that were added
	ranked  int             // of them, those whose dates were compared
	last    time.Time       // the last date of these
	rising  int             // how often one was newer than the one before it, less how often it was older
	telling string          // the first date that shows whether day or month comes first; empty: none does
}

// datedEntry is an entry with what says when it was published: dates as the feed has them, and its link.
type datedEntry[T any] struct {
	entry                    T
	published, updated, link string

	position int       // in the document
	at       time.Time // its date, or that of the entry before it
}

func (n *newest[T]) add(e datedEntry[T]) {
	e.position = n.total
	n.total++
	if n.entries = append(n.entries, e); len(n.entries) >= 2*broadsheet.MaxEntries {
		n.prune()
	}
}

// keep returns the newest entries, in the order of the document, and how many were left out.
func (n *newest[T]) keep() (kept []T, leftOut int) {
	if len(n.entries) > broadsheet.MaxEntries {
		n.prune()
	}
	for _, e := range n.entries {
		kept = append(kept, e.entry)
	}
	return kept, n.total - len(kept)
}

// prune drops all but the newest broadsheet.MaxEntries entries.
func (n *newest[T]) prune() {
	n.rank()
	slices.SortFunc(n.entries, func(a, b datedEntry[T]) int {
		if n.rising > 0 {
			return cmp.Or(b.at.Compare(a.at), b.position-a.position)
		}
		return cmp.Or(b.at.Compare(a.at), a.position-b.position)
	})
	if n.drop != nil {
		for _, e := range n.entries[broadsheet.MaxEntries:] {
			n.drop(e.entry)
		}
	}
	clear(n.entries[broadsheet.MaxEntries:])
	n.entries = n.entries[:broadsheet.MaxEntries]
	slices.SortFunc(n.entries, func(a, b datedEntry[T]) int { return a.position - b.position })
}

// showsOrder reports whether a date shows by itself whether its day or its month comes first.
func showsOrder(value string) bool {
	return date.IsAmbiguous(value) && date.DetectOrder([]string{value}, "") == date.DetectOrder([]string{value}, "en-us")
}

// rank sets the dates of the entries that were added since it was last called.
func (n *newest[T]) rank() {
	for _, e := range n.entries {
		for _, value := range []string{e.published, e.updated} {
			if n.telling == "" && e.position >= n.ranked && showsOrder(value) {
				n.telling = value
			}
		}
	}
	order := date.DetectOrder([]string{n.telling}, "")
	undated := 0 // entries at the beginning before which no date stands
	for i := range n.entries {
		e := &n.entries[i]
		if e.position >= n.ranked {
			e.at = e.date(order)
			n.compare(e.at)
			if e.at.IsZero() {
				e.at = n.last
			}
		}
		switch {
		case e.at.IsZero():
			undated = i + 1
		case undated > 0:
			for j := range n.entries[:undated] {
				n.entries[j].at = e.at
			}
			undated = 0
		}
	}
	n.ranked = n.total
}

// compare counts whether the dates rise.
func (n *newest[T]) compare(at time.Time) {
	if at.IsZero() {
		return
	}
	if !n.last.IsZero() {
		n.rising += at.Compare(n.last)
	}
	n.last = at
}

// date returns when the entry was published, as clean of rawItem finds it; zero: it does not say.
func (e *datedEntry[T]) date(order date.Order) time.Time {
	at := firstDate([]string{e.published, e.updated}, order)
	if at.IsZero() {
		at, _ = date.FromPath(e.link)
	}
	return at
}
