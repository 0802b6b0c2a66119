package fetch

import "broadsheet"

// document is what the body of a source's answer said.
type document struct {
	Title    string // what the source calls itself
	HomePage string // the site it belongs to
	Self     string // where it says that it stands itself
	Told     []broadsheet.FeedItem
	Hints    broadsheet.Hints // ttl, sy:, skipHours, skipDays
	Salvaged bool             // cut off or broken: Told has the entries that are whole
	Children []string         // sitemap index: the sitemaps it names
	Declared []string         // HTML in place of a feed: the feeds it declares

	Unlinked     int    // links that led into a private network and were dropped
	UnlinkedHost string // the host of the first of them
}
