// Package feed parses RSS, Atom, RDF, JSON Feed and sitemaps into items. Broken feeds are repaired before gofeed parses
// them.
package feed

import (
	"bytes"
	"fmt"
	"net/url"

	"broadsheet/fetch/text"

	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"
)

// Parse parses an RSS, Atom, RDF or JSON feed. contentType is the header of the response. base is the address that the
// feed came from: relative addresses are resolved against it where the document names no other base.
//
// gofeed parses the document once repair has made it safe. If the document is not a feed, the error says what it is and
// what to do next. An HTML page that declares feeds is such an error, and the Document lists those feeds.
func Parse(body []byte, contentType string, base *url.URL) (Document, error) {
	content := text.Decode(body, contentType)
	start := bytes.TrimSpace(content)
	if len(start) > 0 && (start[0] == '{' || start[0] == '[') {
		return parseJSONFeed(start, base)
	}
	repaired := repair(string(content), base)
	if repaired.format == formatUnknown {
		return notFeedError(string(start), repaired.firstElement, base)
	}
	if repaired.salvaged && repaired.entries == 0 {
		return Document{}, fmt.Errorf("the feed is cut off after %d bytes, before its first entry is complete; the next visit may get more", len(body))
	}
	doc, err := repaired.parse()
	doc.Salvaged, doc.LeftOut = repaired.salvaged, repaired.leftOut
	return doc, err
}

// parse parses the repaired document with gofeed.
func (f repairedFeed) parse() (Document, error) {
	if f.format == formatAtom {
		feed, err := (&atom.Parser{}).Parse(f.xml)
		if err != nil {
			return Document{}, fmt.Errorf("the feed cannot be read: %w; report this with the feed's address", err)
		}
		return convertAtom(feed, f.placeholders), nil
	}
	feed, err := (&rss.Parser{}).Parse(f.xml)
	if err != nil {
		return Document{}, fmt.Errorf("the feed cannot be read: %w; report this with the feed's address", err)
	}
	return convertRSS(feed, f.placeholders), nil
}
