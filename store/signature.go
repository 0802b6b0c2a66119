package store

import (
	"cmp"
	"slices"

	"broadsheet/internal/link"
	"broadsheet/store/dedupe"
)

// The signature of an article is a set of numbers, its keys, by which similar articles are found: MinHash samples of
// its text (0 and up), and hashes of its title and of addresses that its page names (below 0). The table trace is an
// inverted index of them. It only yields candidates; package dedupe decides.
func titleHashKey(title string) int64     { return -1 - int64(uint32(hash("title "+title))) }
func addressHashKey(address string) int64 { return -1 - int64(uint32(hash("address "+address))) }

const (
	maxPerKey     = 8  // articles that a key yields, the newest: a common key must not make a run slow
	maxCandidates = 12 // candidates with which an article is compared
)

// signature returns the keys of an article's title and text.
func signature(fp dedupe.Fingerprint) (keys []int64) {
	for _, title := range fp.TitleKeys() {
		keys = append(keys, titleHashKey(title))
	}
	for _, sample := range fp.Shingles.MinHash() {
		keys = append(keys, int64(sample))
	}
	return keys
}

// addSignature adds an article to the index under keys.
func (t *tx) addSignature(article int64, keys []int64) error {
	for _, key := range keys {
		if _, err := t.exec("INSERT OR IGNORE INTO trace(mark, article) VALUES(?, ?)", key, article); err != nil {
			return err
		}
	}
	return nil
}

// lookup returns the articles that have a key, newest first.
func (t *tx) lookup(key int64) (articles []int64, err error) {
	return t.ids("SELECT article FROM trace WHERE mark = ? ORDER BY article DESC LIMIT ?", key, maxPerKey)
}

// candidate is an article that shares keys with another.
type candidate struct {
	id           int64
	samples      int  // number of shared samples of the text
	sameTitle    bool // both have the same title
	namesAddress bool // its page names the other's address
}

// candidates returns the articles that share the title of an article or at least two samples of its text, or whose page
// names its address; best first.
func (t *tx) candidates(a *row, keys []int64) ([]candidate, error) {
	address := addressHashKey(link.Key(a.Link))
	found := map[int64]candidate{}
	for _, key := range append([]int64{address}, keys...) {
		ids, err := t.lookup(key)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			c := found[id]
			c.id = id
			switch {
			case key == address:
				c.namesAddress = true
			case key < 0:
				c.sameTitle = true
			default:
				c.samples++
			}
			found[id] = c
		}
	}
	var likely []candidate
	for _, c := range found {
		if c.id != a.id && c.weight() > 1 {
			likely = append(likely, c)
		}
	}
	slices.SortFunc(likely, func(a, b candidate) int { return cmp.Or(b.weight()-a.weight(), cmp.Compare(b.id, a.id)) })
	return likely[:min(len(likely), maxCandidates)], nil
}

// weight returns a number by which candidates are ordered.
func (c candidate) weight() int {
	n := c.samples
	if c.sameTitle {
		n += 100
	}
	if c.namesAddress {
		n += 200
	}
	return n
}
