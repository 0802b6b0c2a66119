package store

import (
	"cmp"
	"database/sql"
	"encoding/json"
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
	list, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	_, err = t.exec("INSERT OR IGNORE INTO trace(mark, article) SELECT value, ? FROM json_each(?)", article, string(list))
	return err
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
	list, err := json.Marshal(append([]int64{address}, keys...))
	if err != nil {
		return nil, err
	}
	found := map[int64]candidate{}
	var key, id int64
	err = t.rows(func(r *sql.Rows) error {
		if err := r.Scan(&key, &id); err != nil {
			return err
		}
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
		return nil
	}, `SELECT k.value, t.article FROM json_each(?) k JOIN trace t ON t.mark = k.value
		AND t.article IN (SELECT article FROM trace WHERE mark = k.value ORDER BY article DESC LIMIT ?)`, string(list), maxPerKey)
	if err != nil {
		return nil, err
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
