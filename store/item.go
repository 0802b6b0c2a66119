package store

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"

	"broadsheet"
	"broadsheet/internal/link"
)

// item is a feed item with the keys under which its article is looked up. One that was read from the table sighting
// (lookup.go) has only what decides about a later one: see itemColumns.
type item struct {
	broadsheet.FeedItem
	id          int64  // row of sighting; 0: not stored
	article     int64  // the article that it is stored under
	key         string // identity that a new article would get
	guidHash    int64  // of the GUID; 0: it has none
	linkHash    int64  // of key
	plainHash   int64  // of the link's own key; 0: it has none
	titleHash   int64  // of what distinguishes it from others with the same link: its title, else its GUID, else its text
	contentHash int64  // of everything that the source reported

	// An address in a private network that the feed gave as its link. Earlier versions knew the article by that.
	privateKey  string // empty: none
	privateHash int64  // of privateKey; 0: none

	sharedGUID bool // other items of this document, about other works, have its GUID
	sharedLink bool // … have its link

	excerpt *Excerpt // computed beforehand; nil: it was not
	matched int64    // the article that it was recognised as, in spite of a new GUID and link (reissue.go); 0: none
}

// newItems returns the items of a document with their keys. These depend on the whole document: a link or a GUID that
// several different items have identifies none of them.
func newItems(source broadsheet.Source, feedItems []broadsheet.FeedItem) []item {
	out := make([]item, len(feedItems))
	plain := make([]string, len(feedItems))
	titles := map[string]map[int64]bool{} // by link key, and by GUID after a NUL
	add := func(under string, title int64) {
		if titles[under] == nil {
			titles[under] = map[int64]bool{}
		}
		titles[under][title] = true
	}
	for i, s := range feedItems {
		e := &out[i]
		e.FeedItem, e.titleHash, e.contentHash = s, titleHash(s), contentHash(s)
		if s.Link != "" {
			plain[i] = link.Key(s.Link)
		}
		if plain[i] != "" {
			e.plainHash = hash(plain[i])
			add(plain[i], e.titleHash)
		}
		if s.GUID != "" {
			e.guidHash = hash(s.GUID)
			add("\x00"+s.GUID, e.titleHash)
		}
	}
	guids := map[string]string{} // of items without a link key, by key
	for i := range out {
		e := &out[i]
		e.sharedGUID = len(titles["\x00"+e.GUID]) > 1
		e.sharedLink = len(titles[plain[i]]) > 1
		switch {
		case plain[i] == "": // no link, or a front page: identified by its source and title
			e.key = "entry:" + source.ID() + "#" + suffix(e.titleHash)
			if guid, ok := guids[e.key]; ok && guid != e.GUID {
				e.key += "." + suffix(e.guidHash) // a second one with that title
			} else {
				guids[e.key] = e.GUID
			}
		case e.sharedLink:
			e.key = sharedLinkKey(plain[i], e.titleHash)
		default:
			e.key = plain[i]
		}
		e.linkHash = hash(e.key)
		if e.privateKey = link.Key(e.PrivateLink); e.privateKey != "" {
			e.privateHash = hash(e.privateKey)
		}
	}
	return out
}

// sharedLinkKey returns the key of one of several works that a source reported under one link.
func sharedLinkKey(plain string, title int64) string { return plain + "#" + suffix(title) }

// suffix returns a hash as text, to distinguish keys that would be equal.
func suffix(hash int64) string { return strconv.FormatUint(uint64(hash), 36) }

// hash returns the first 64 bits of the SHA-256 of s, and never 0. A weaker hash would let a hostile source make a link
// that collides with another site's article.
func hash(s string) int64 { return hashBytes(append(make([]byte, 0, 256), s...)) }

func hashBytes(b []byte) int64 {
	sum := sha256.Sum256(b)
	if h := int64(binary.BigEndian.Uint64(sum[:])); h != 0 {
		return h
	}
	return 1
}

// titleHash returns the hash that distinguishes items with the same link.
func titleHash(s broadsheet.FeedItem) int64 {
	switch title := folded(s.Title); {
	case title != "":
		return hash(title)
	case s.GUID != "":
		return hash("guid " + s.GUID)
	}
	return hash("text " + folded(s.Summary+s.Content))
}

// folded returns text in lower case, with white space collapsed: texts that differ only there count as equal.
func folded(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }

// contentHash returns the hash of everything that a source reported in a feed item.
func contentHash(s broadsheet.FeedItem) int64 {
	b := make([]byte, 0, 8<<10)
	for _, part := range []string{s.GUID, s.Link, s.Title, s.Language, s.Image, s.Via, s.Summary, s.Content, s.Note,
		strings.Join(s.Authors, "\x01"), strings.Join(s.Tags, "\x01")} {
		b = append(append(b, part...), 0)
	}
	b = append(strconv.AppendInt(b, s.Published.Unix(), 36), 0)
	b = strconv.AppendInt(b, s.Updated.Unix(), 36)
	return hashBytes(b)
}
