// Package feeds encodes entries as Atom 1.0 (RFC 4287), RSS 2.0 and JSON Feed 1.1 documents. It is pure, and does not check
// its input: the caller must pass sanitized text and valid URIs.
package feeds

import (
	"regexp"
	"time"
)

// Encoder encodes the feeds of one publication.
type Encoder struct {
	Title    string // of the publication
	Site     string // address of its site, ending in "/"; empty: not known
	Language string // BCP 47
	Hub      string // address of its WebSub hub; empty: none
}

// Channel is the metadata of a feed, for all formats.
type Channel struct {
	ID        string
	Title     string
	Subtitle  string
	Path      string // of the document, relative to the site: "atom.xml"
	PagePath  string // path of the page with the same articles: "", "topics/databases/"
	Updated   time.Time
	IsArchive bool   // it is an archive document of RFC 5005 section 4 (Atom)
	Links     []Link // further links to documents of the publication (Atom)
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
	Link       string // empty: the article has no public address
	Published  time.Time
	Updated    time.Time // no two entries should share it; it should change only when the article does
	Authors    []string
	Excerpt    string // plain text; may be empty
	Content    string // full text, plain (Atom); may be empty
	HTML       string // content as HTML, in place of Content (Atom); may be empty
	Language   string // a FeedLanguage; may be empty
	Source     string // name of the source, as shown
	SourceID   string // a valid URI; empty: the entry has no source
	SourceFeed string // address of the source's feed; empty: none, or no longer listed
	SourceHome string // address of the source's site; may be empty
	Topics     []Topic
	Also       []SourceLink
}

// Topic is a category of an entry.
type Topic struct {
	Name  string // as in feeds.yaml
	Label string // as shown
	Path  string // of its page, relative to the site: "topics/databases/"; empty: none
}

// SourceLink is a link to the same article at another source.
type SourceLink struct {
	Source string // name of the source
	Link   string
}

// absolute returns the address of a path; empty if the site's address is not known.
func (e Encoder) absolute(path string) string {
	if e.Site == "" {
		return ""
	}
	return e.Site + path
}

// WholeSeconds returns t in UTC, cut to whole seconds, as all feeds write times.
func WholeSeconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// Timestamp returns t in RFC 3339 format, in UTC. For the zero time, which a feed without entries has, it returns the start of
// the year 2000, since the element is required.
func Timestamp(t time.Time) string {
	if t.IsZero() {
		t = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return WholeSeconds(t).Format(time.RFC3339)
}

var markupStart = regexp.MustCompile(`<[A-Za-z/!?]|&#?\w`)

// defuseMarkup returns text for an element of which the format does not say whether it is text or HTML, such as titles of RSS
// 2.0 and names. Feed readers disagree, so a zero-width space after the first character stops anything that looks like a tag
// or an entity from being one. Both kinds of reader then show the text as it was written.
func defuseMarkup(text string) string {
	return markupStart.ReplaceAllStringFunc(text, func(s string) string { return s[:1] + "\u200b" + s[1:] })
}
