package store

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"

	"broadsheet"
	"broadsheet/internal/link"
)

// entry is a sighting with the keys that its article is looked for under.
type entry struct {
	broadsheet.FeedItem
	key   string // identity that a new article would get
	guid  int64  // hash of the guid; 0: none was told
	link  int64  // hash of key
	plain int64  // hash of the link's own key; 0: it has none
	title int64  // hash of what tells it from others at the same link: its title, else guid, else text
	told  int64  // hash of everything

	privateKey string // of the private address that its link was told as; empty: it was not. Earlier versions knew it by that
	private    int64  // hash of privateKey; 0: none

	sharedGUID bool // other entries of this document, about other works, have its guid
	sharedLink bool // … have its link

	cut     *Excerpt // cut beforehand; nil: it was not
	known   int64    // the article that it was recognised as, in spite of a new guid and link; 0: none
	article int64    // the article that it was stored under
}

// entries finds the keys of a document's sightings. They depend on the whole document: a link or a guid that several
// different entries have tells nothing apart.
func entries(source broadsheet.Source, told []broadsheet.FeedItem) []entry {
	out := make([]entry, len(told))
	plain := make([]string, len(told))
	titles := map[string]map[int64]bool{} // by link key, and by guid after a NUL
	add := func(under string, title int64) {
		if titles[under] == nil {
			titles[under] = map[int64]bool{}
		}
		titles[under][title] = true
	}
	for i, s := range told {
		e := &out[i]
		e.FeedItem, e.title, e.told = s, titleHash(s), toldHash(s)
		if s.Link != "" {
			plain[i] = link.Key(s.Link)
		}
		if plain[i] != "" {
			e.plain = hash(plain[i])
			add(plain[i], e.title)
		}
		if s.GUID != "" {
			e.guid = hash(s.GUID)
			add("\x00"+s.GUID, e.title)
		}
	}
	guids := map[string]string{} // of entries without a link key, by key
	for i := range out {
		e := &out[i]
		e.sharedGUID = len(titles["\x00"+e.GUID]) > 1
		e.sharedLink = len(titles[plain[i]]) > 1
		switch {
		case plain[i] == "": // no link, or a front page: known by its source and title
			e.key = "entry:" + source.ID() + "#" + suffix(e.title)
			if guid, ok := guids[e.key]; ok && guid != e.GUID {
				e.key += "." + suffix(e.guid) // a second one with that title
			} else {
				guids[e.key] = e.GUID
			}
		case e.sharedLink:
			e.key = apart(plain[i], e.title)
		default:
			e.key = plain[i]
		}
		e.link = hash(e.key)
		if e.privateKey = link.Key(e.Private); e.privateKey != "" {
			e.private = hash(e.privateKey)
		}
	}
	return out
}

// apart is the key of one of several works that were told under one link.
func apart(plain string, title int64) string { return plain + "#" + suffix(title) }

func suffix(hash int64) string { return strconv.FormatUint(uint64(hash), 36) }

// hash is the first 64 bits of SHA-256, and never 0. A weaker one would let a hostile source make a link whose hash is
// that of another site's article.
func hash(s string) int64 { return hashBytes(append(make([]byte, 0, 256), s...)) }

func hashBytes(b []byte) int64 {
	sum := sha256.Sum256(b)
	if h := int64(binary.BigEndian.Uint64(sum[:])); h != 0 {
		return h
	}
	return 1
}

// titleHash tells entries at the same link apart.
func titleHash(s broadsheet.FeedItem) int64 {
	switch title := folded(s.Title); {
	case title != "":
		return hash(title)
	case s.GUID != "":
		return hash("guid " + s.GUID)
	}
	return hash("text " + folded(s.Summary+s.Content))
}

// folded is text without regard to case and white space: what differs only there says the same.
func folded(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }

// toldHash is of all that a sighting tells.
func toldHash(s broadsheet.FeedItem) int64 {
	b := make([]byte, 0, 8<<10)
	for _, part := range []string{s.GUID, s.Link, s.Title, s.Language, s.Image, s.Via, s.Summary, s.Content, s.Note,
		strings.Join(s.Authors, "\x01"), strings.Join(s.Tags, "\x01")} {
		b = append(append(b, part...), 0)
	}
	b = append(strconv.AppendInt(b, s.Published.Unix(), 36), 0)
	b = strconv.AppendInt(b, s.Updated.Unix(), 36)
	return hashBytes(b)
}
