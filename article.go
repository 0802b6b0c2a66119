package broadsheet

import (
	"crypto/sha1"
	"encoding/hex"
	"strings"
	"time"
)

// FeedItem is one source's telling of an article: a fact, kept as it was told. All text is plain text: fetch lets no
// markup, control character or bidi trick pass. Zero values mean that nothing was told.
type FeedItem struct {
	Source    string    // Source.ID
	GUID      string    // as told, untouched
	Link      string    // absolute http(s) address as told, after resolving against its base
	Final     string    // where Link led when its page was read; empty: not read
	Title     string    // plain text
	Authors   []string  // names
	Published time.Time // as told, also when not believable; Article has the believed one
	Updated   time.Time
	Tags      []string
	Language  string // BCP 47, from entry or feed
	Image     string // absolute http(s) address
	Private   string // the link as told, where that leads into a private network: Link is its place on the source's own site, or empty
	Via       string // for a link post: the address of the post itself, when Link points at the work that it is about
	Summary   string // plain text; paragraphs are parted by a blank line
	Content   string // plain text of the article's full content, chrome left out; paragraphs are parted by a blank line
	Note      string // a list entry's note, the maintainer's own words

	First, Last time.Time // when first and last seen; the store's clock
}

// Page is what reading an article's page told.
type Page struct {
	URL         string // where it was found in the end, after redirects
	Canonical   string // rel=canonical (or og:url), as declared, absolute; not yet believed
	Title       string
	Authors     []string
	Published   time.Time
	Language    string // BCP 47
	Image       string // absolute http(s) address
	Description string // meta description or og:description
	Text        string // the article's own paragraphs, chrome left out, parted by blank lines; capped at MaxText bytes
	Words       int    // of the whole article, for the reading time; 0: not known
	Wall        string // why this is not the article: "cookie wall", "login", "captcha", "not found"; empty: it is one
	NoSnippet   bool   // the page asks not to be quoted (robots meta nosnippet): title and link only
}

// MaxText caps the plain text that is kept of an article, in bytes.
const MaxText = 16 << 10

// Origin says where an article's excerpt comes from.
type Origin string

// Origins, best first.
const (
	OriginNote        Origin = "note"        // the maintainer's own words in a list
	OriginPage        Origin = "page"        // the lead of the article's page
	OriginContent     Origin = "content"     // the feed's full content
	OriginSummary     Origin = "summary"     // the feed's summary
	OriginDescription Origin = "description" // the page's meta description
	OriginNone        Origin = ""            // nothing passed the gate
)

// Article is what is known of one work, once, whatever number of sources told of it. Plain text, never markup.
type Article struct {
	Key       string // LinkKey of the link it was first told under; its identity, for life
	Link      string // the address that is shown
	Source    string // Source.ID of the source that speaks for it
	Title     string
	Authors   []string
	Published time.Time // believed: told, not before 1990, not after Seen; else Seen
	Dated     bool      // Published was told, not assumed
	Updated   time.Time // when the work itself (title or text) last changed; Published when never
	Seen      time.Time // when first seen
	Inherited bool      // first seen on the first visit to its source: old news, unless its date says otherwise
	Language  string
	Image     string
	Tags      []string
	Excerpt   string // about 55 words; empty: not read yet, or nothing passed the gate
	Origin    Origin // where Excerpt came from
	NoSnippet bool   // its page asks not to be quoted: no excerpt but a note
	Text      string // the fullest plain text known; empty where it was not asked for
	Words     int    // of the whole article; 0: not known
	Dead      Dead   // why its page cannot be opened by anybody; empty: that is not known
	Story     string // Key of the article that speaks for its story; its own Key when alone
}

// ID is the article's identity in every feed, for life: derived from its key alone, so that a lost database can be
// rebuilt and readers see nothing twice. A name-based UUID (RFC 9562 section 5.5) in the URL namespace. A key that is
// such an identity stands for itself: of a rebuilt article nothing more may be known. No link has such a key.
func (a Article) ID() string {
	if strings.HasPrefix(a.Key, "urn:uuid:") {
		return a.Key
	}
	return "urn:uuid:" + uuid5(a.Key)
}

// urlNamespace is the namespace of RFC 9562 for names that are URLs.
var urlNamespace = []byte{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}

// uuid5 is the name-based UUID of RFC 9562 section 5.5.
func uuid5(name string) string {
	h := sha1.New()
	h.Write(urlNamespace)
	h.Write([]byte(name))
	b := h.Sum(nil)[:16]
	b[6] = b[6]&0x0f | 0x50
	b[8] = b[8]&0x3f | 0x80
	x := hex.EncodeToString(b)
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

// Dead says why an article's page cannot be opened by anybody. What only turns programs away (401, 403, 429, robots.txt),
// or may pass (500, no answer in time), is no such reason.
type Dead string

// Reasons.
const (
	Alive       Dead = ""
	DeadMissing Dead = "404"
	DeadGone    Dead = "410"
	DeadHost    Dead = "no host"   // its host's name does not exist
	DeadPrivate Dead = "private"   // it stands in, or leads into, a private network
	DeadInWords Dead = "not found" // the page says so, with a status of success
	DeadParked  Dead = "parked"    // somebody else has the address now
)

// DeadBy is what a page's wall says of the page: that it is not there, or nothing.
func DeadBy(wall string) Dead {
	switch wall {
	case "not found":
		return DeadInWords
	case "parked domain":
		return DeadParked
	}
	return Alive
}

// HasTitle reports whether an article has a title that is more than an address.
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
