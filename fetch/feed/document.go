package feed

import "broadsheet"

// Document is what the body of a source's answer said.
type Document struct {
	Title    string // what the source calls itself
	HomePage string // the site it belongs to
	Self     string // where it says that it stands itself
	Items    []broadsheet.FeedItem
	Hints    broadsheet.Hints // ttl, sy:, skipHours, skipDays
	Salvaged bool             // cut off or broken: Told has the entries that are whole
	Children []string         // sitemap index: the sitemaps it names
	Declared []string         // HTML in place of a feed: the feeds it declares

	Unlinked     int    // links that led into a private network and were dropped
	UnlinkedHost string // the host of the first of them
}

// Accept is the Accept header of a request for a feed.
const Accept = "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, application/xml;q=0.9, application/json;q=0.8, text/html;q=0.5, */*;q=0.1"
