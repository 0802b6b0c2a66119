// Package feed reads RSS, Atom, RDF, JSON Feed and sitemaps into items, and repairs broken feeds before gofeed parses them.
package feed

import (
	"bytes"
	"fmt"
	"net/url"

	"broadsheet/fetch/text"

	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"
)

// Parse reads an RSS, Atom, RDF or JSON feed. contentType is the answer's header, base the address that it came from,
// which relative addresses are resolved against where the document names no other.
//
// gofeed does the parsing, of a document that mend has made safe for it. What is no feed is an error that says what it is
// and what to do; when it is an HTML page that declares feeds they are in Declared all the same.
func Parse(body []byte, contentType string, base *url.URL) (Document, error) {
	text := text.Decode(body, contentType)
	start := bytes.TrimSpace(text)
	if len(start) > 0 && (start[0] == '{' || start[0] == '[') {
		return parseJSONFeed(start, base)
	}
	m := repair(string(text), base)
	if m.Family == familyNone {
		return notFeedError(string(start), m.First, base)
	}
	if m.Salvaged && m.Entries == 0 {
		return Document{}, fmt.Errorf("the feed is cut off after %d bytes, before its first entry is complete; the next visit may get more", len(body))
	}
	doc, err := m.read()
	doc.Salvaged = m.Salvaged
	return doc, err
}

// read lets gofeed parse the mended document.
func (m repairedFeed) read() (Document, error) {
	if m.Family == familyAtom {
		feed, err := (&atom.Parser{}).Parse(m.XML)
		if err != nil {
			return Document{}, fmt.Errorf("the feed cannot be read: %w; report this with the feed's address", err)
		}
		return convertAtom(feed, m.placeholders), nil
	}
	feed, err := (&rss.Parser{}).Parse(m.XML)
	if err != nil {
		return Document{}, fmt.Errorf("the feed cannot be read: %w; report this with the feed's address", err)
	}
	return convertRSS(feed, m.placeholders), nil
}
