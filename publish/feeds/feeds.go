// Package feeds encodes entries as Atom 1.0 (RFC 4287), RSS 2.0 and JSON Feed 1.1 documents. It is pure: the caller gives it
// text that is clean and addresses that are valid.
package feeds

import (
	"regexp"
	"time"
)

// Encoder writes the feeds of one publication.
type Encoder struct {
	Title    string // of the publication
	Site     string // its address, ending in "/"; empty: not known
	Language string // BCP 47
	Hub      string // address of its WebSub hub; empty: it has none
}

// Channel is what a feed says of itself, in whatever format.
type Channel struct {
	ID       string
	Title    string
	Subtitle string
	Path     string // of the document, from the top of the site: "atom.xml"
	Page     string // of the page that shows the same: "", "topics/databases/"
	Updated  time.Time
	Archive  bool   // an archive document of RFC 5005 section 4 (Atom)
	Links    []Link // further links to documents of the publication (Atom)
}

// Link is a link to another Atom document.
type Link struct {
	Rel  string
	Href string
}

// Entry is an item of a feed.
type Entry struct {
	ID         string
	Title      string
	Link       string // empty: the article has no address that may be linked to
	Published  time.Time
	Updated    time.Time // differs from entry to entry, and moves only when the work changes
	Authors    []string
	Excerpt    string // plain text; may be empty
	Content    string // full text, plain (Atom); may be empty
	HTML       string // content as HTML in place of Content (Atom); may be empty
	Language   string // as feeds may carry it; may be empty
	Source     string // name of the source, as shown
	SourceID   string // a valid URI; empty: the entry has no source
	SourceFeed string // address of the source's feed; empty: it has none, or is not listed any more
	SourceHome string // address of the source's site; may be empty
	Topics     []Topic
	Also       []Also
}

// Topic is a category of an entry.
type Topic struct {
	Name  string // as picks name it
	Label string // as shown
	Path  string // of its page, from the top of the site: "topics/databases/"; empty: it has none
}

// Also is another address of an entry's work.
type Also struct {
	Source string // its name
	Link   string
}

// absolute returns the address of a path from the top; empty when the site's address is not known.
func (e Encoder) absolute(path string) string {
	if e.Site == "" {
		return ""
	}
	return e.Site + path
}

// UTC returns t in the form that all feeds use: whole seconds of UTC.
func UTC(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// Timestamp returns a time as RFC 3339 writes it. A feed without entries has no time; what stands there must be one
// nevertheless.
func Timestamp(t time.Time) string {
	if t.IsZero() {
		t = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return UTC(t).Format(time.RFC3339)
}

var markupStart = regexp.MustCompile(`<[A-Za-z/!?]|&#?\w`)

// defuseMarkup returns text for a place where a format does not say whether text or HTML stands, as in the titles of RSS 2.0
// and in names. Readers disagree, so a zero-width space keeps what looks like markup from being any. It is shown as it was
// written either way.
func defuseMarkup(text string) string {
	return markupStart.ReplaceAllStringFunc(text, func(s string) string { return s[:1] + "\u200b" + s[1:] })
}
