package feed

import (
	"slices"

	"broadsheet"
)

// Document is what a feed, a sitemap or a list page says.
type Document struct {
	Title         string // the source's own name; plain text
	HomePage      string // address of the site that it belongs to
	SelfLink      string // the address that it declares as its own (rel=self)
	Items         []broadsheet.FeedItem
	Hints         broadsheet.Hints // ttl, sy:, skipHours, skipDays
	Salvaged      bool             // cut off or broken: Items has the complete entries
	Sitemaps      []string         // of a sitemap index: the addresses of its sitemaps
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
