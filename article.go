package broadsheet

import (
	"strings"
	"time"

	"github.com/google/uuid"
)

// FeedItem is what one source says about one article: a fact, stored as the source gave it. All text is plain text:
// package fetch removes markup, control characters and deceptive bidirectional formatting. A zero value means that the
// source did not say.
type FeedItem struct {
	Source      string    // Source.ID
	GUID        string    // as given, unchanged
	Link        string    // absolute http(s) URL as given, resolved against its base
	FinalURL    string    // where Link led after redirects when its page was read; empty: not read
	Title       string    // plain text
	Authors     []string  // names
	Published   time.Time // as given, even when implausible; Article.Published is the one that is believed
	Updated     time.Time
	Tags        []string
	Language    string // BCP 47, from the item or its feed
	Image       string // absolute http(s) URL
	PrivateLink string // the link as given, if it is in a private network; Link is its equivalent on the source's site, or empty
	Via         string // for a link post: the URL of the post itself, when Link is the article that the post is about
	Summary     string // plain text; a blank line separates paragraphs
	Content     string // plain text of the full content without boilerplate; a blank line separates paragraphs
	Note        string // the note of a list entry, written by the maintainer

	Inherited           bool      // it was there before the first visit to its source, though it is read only now: it is no news
	FirstSeen, LastSeen time.Time // when it was first and last seen, by the store's clock
}

// Page is what was extracted from an article's page.
type Page struct {
	URL         string // final URL, after redirects
	Canonical   string // rel=canonical (or og:url) as declared, absolute; not verified yet
	Title       string
	Authors     []string
	Published   time.Time
	Language    string // BCP 47
	Image       string // absolute http(s) URL
	Description string // meta description or og:description
	Text        string // the article's paragraphs without boilerplate, separated by blank lines; at most MaxText bytes
	Words       int    // number of words of the whole article, for the reading time; 0: unknown
	BlockPage   string // why the page is not the article: "cookie wall", "login", "captcha", "not found"; empty: it is the article
	NoSnippet   bool   // the page forbids quoting (robots meta nosnippet): only title and link are shown
}

// MaxText is the maximum size in bytes of the plain text that is kept of an article.
const MaxText = 16 << 10

// Origin is the place that an article's excerpt was taken from.
type Origin string

// The origins, best first.
const (
	OriginNote        Origin = "note"        // the maintainer's note in a list
	OriginPage        Origin = "page"        // the first paragraphs of the article's page
	OriginContent     Origin = "content"     // the full content in the feed
	OriginSummary     Origin = "summary"     // the summary in the feed
	OriginDescription Origin = "description" // the meta description of the page
	OriginNone        Origin = ""            // there is no excerpt: no text was good enough
)

// Article is what is known about one article, merged from all sources that list it. All text is plain text, never
// markup. The store keeps it as JSON, as part of a Pick, under these field names.
type Article struct {
	Key       string // link.Key of the first link it was seen under; its identity, which never changes
	Link      string // the URL that is shown
	Source    string // Source.ID of the source that title and link are taken from
	Title     string
	Authors   []string
	Published time.Time // the given date if it is plausible (not before 1990, not after Seen), else Seen
	Dated     bool      // Published was given, not assumed
	Updated   time.Time // when the article itself (title or text) last changed; Published if never
	Seen      time.Time // when it was first seen
	Inherited bool      // there before the first visit to its source, or seen on it: not news, unless its date shows that it is new
	Language  string
	Image     string
	Tags      []string
	Excerpt   string     // about 55 words; empty: not read yet, or no text was good enough
	Origin    Origin     // where Excerpt was taken from
	NoSnippet bool       // its page forbids quoting: no excerpt but a note
	Text      string     // the longest plain text known; empty where the caller did not request it
	Words     int        // number of words of the whole article; 0: unknown
	Dead      DeadReason // why nobody can open its page; empty: it is not known to be dead
	Story     string     // Key of the canonical article of its story; its own Key when the story has no other

	Quarantined bool `json:",omitempty"` // its source is in quarantine, or was when it reported this: it is not shown
}

// ID returns the permanent identifier of the article in every feed: "urn:uuid:" and a name-based UUID (RFC 9562 section
// 5.5) of its key in the URL namespace. It depends on the key alone, so that a lost database can be rebuilt without
// showing readers anything twice. A key that is such an identifier already is returned as it is: of a rebuilt article
// nothing more may be known. No link has such a key.
func (a Article) ID() string {
	if strings.HasPrefix(a.Key, "urn:uuid:") {
		return a.Key
	}
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(a.Key)).URN()
}

// DeadReason is the reason why nobody can open an article's page. What only keeps programs out (401, 403, 429, robots.txt) or
// may be temporary (500, a timeout) is no such reason.
type DeadReason string

// The reasons.
const (
	Alive       DeadReason = ""
	DeadMissing DeadReason = "404"
	DeadGone    DeadReason = "410"
	DeadHost    DeadReason = "no host"   // the host name does not exist
	DeadPrivate DeadReason = "private"   // the page is in a private network, or redirects into one
	DeadSoft404 DeadReason = "not found" // a soft 404: the page says "not found", but its status is 2xx
	DeadParked  DeadReason = "parked"    // the domain is parked: it belongs to somebody else now
)

// DeadByBlockPage returns the reason that follows from why a page is not the article; Alive when the article may still exist.
func DeadByBlockPage(wall string) DeadReason {
	switch wall {
	case "not found":
		return DeadSoft404
	case "parked domain":
		return DeadParked
	}
	return Alive
}

// HasTitle reports whether the article has a title that is not just a URL.
func (a Article) HasTitle() bool {
	title := strings.TrimSpace(a.Title)
	switch {
	case title == "":
		return false
	case strings.ContainsAny(title, " \t\n") || !strings.ContainsAny(title, "/."):
		return true
	case strings.HasPrefix(strings.ToLower(title), "http://"), strings.HasPrefix(strings.ToLower(title), "https://"):
		return false
	}
	bare := strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(title), "www."), "/")
	_, link, _ := strings.Cut(strings.ToLower(a.Link), "://")
	return bare != strings.TrimSuffix(strings.TrimPrefix(link, "www."), "/")
}
