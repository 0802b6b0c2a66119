package store

import (
	"cmp"
	"database/sql"
	"slices"
	"time"
	"unicode/utf8"

	"broadsheet"
)

// recognise finds known articles of a source among entries that come under a new guid and a new link. Publishers change
// all their ids and links at once, with a new program or a new host; their readers must see nothing twice. present are
// the articles that the same document tells of under what is known: a source that tells of both means two.
//
// One entry is known again by its title and its date. Of several, titles alone are enough when they are many, each the
// title of one article that was there at the last visit and is missing now. A title that could stand over anything
// ("Links", "Weekly update") is no evidence, but goes where the others went.
func (t *tx) recognise(src *sourceRow, strange []*entry, present map[int64]bool) error {
	if src.first.IsZero() || len(strange) == 0 || len(strange) > maxStrange {
		return nil
	}
	titles := map[string]*untold{}
	var order []*untold
	for _, e := range strange {
		key := titleKey(e)
		if key == "" {
			continue
		}
		m := titles[key]
		if m == nil {
			articles, err := t.gone(src, key, present)
			if err != nil {
				return err
			}
			m = &untold{title: key, articles: articles}
			titles[key], order = m, append(order, m)
		}
		m.entries = append(m.entries, e)
	}
	sure := 0
	for _, m := range order {
		if !telling(m.title) {
			continue
		}
		bound := m.byDate()
		sure += bound
		if bound == 0 && len(m.entries) == 1 && len(m.articles) == 1 {
			sure++
		}
	}
	if sure < leastReissue || 2*sure < len(strange) {
		return nil
	}
	for _, m := range order {
		m.byDate()
		m.inOrder()
	}
	return nil
}

const (
	leastReissue = 3
	maxStrange   = 1000
	lately       = 48 * time.Hour // sightings are noted once a day at most
)

// untold are entries and known articles of one source that share a title.
type untold struct {
	title    string
	entries  []*entry
	articles []missed
}

// missed is an article that a document does not tell of any more.
type missed struct {
	id        int64
	published time.Time // as the source told it
}

// byDate binds entries to articles that were told with the same date, and counts them.
func (m *untold) byDate() (bound int) {
	for _, e := range m.entries {
		if e.known != 0 {
			continue
		}
		i := slices.IndexFunc(m.articles, func(a missed) bool {
			return !e.Published.IsZero() && a.published.Unix() == e.Published.Unix()
		})
		if i >= 0 {
			e.known = m.articles[i].id
			m.articles = slices.Delete(m.articles, i, i+1)
			bound++
		}
	}
	return bound
}

// inOrder binds what is left, newest to newest, when there are as many entries as articles.
func (m *untold) inOrder() {
	var left []*entry
	for _, e := range m.entries {
		if e.known == 0 {
			left = append(left, e)
		}
	}
	if len(left) != len(m.articles) {
		return
	}
	for i, e := range left {
		e.known = m.articles[i].id
	}
}

// gone are the articles with a title that the source told of at its last visit and does not now, newest first.
func (t *tx) gone(src *sourceRow, key string, present map[int64]bool) (out []missed, err error) {
	ids, err := t.marked(titleMark(key))
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if present[id] {
			continue
		}
		var a missed
		var title, link string
		var last sql.NullInt64
		ok, err := t.row([]any{&a.id, &title, &link, moment{&a.published}, &last}, `SELECT a.id, t.title, t.link, t.published, t.last
			FROM sighting t JOIN article a ON a.id = t.article WHERE t.article = ? AND t.source = ? ORDER BY t.last DESC, t.id DESC LIMIT 1`, id, src.id)
		if err != nil {
			return nil, err
		}
		if ok && broadsheet.TitleKey(title, link) == key && last.Int64 >= src.visit.Success.Add(-lately).Unix() {
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b missed) int { return cmp.Compare(b.published.Unix(), a.published.Unix()) })
	return out, nil
}

func titleKey(e *entry) string { return broadsheet.TitleKey(e.Title, e.Link) }

// telling tells whether a title says enough to know an article by: some words, or a long one.
func telling(title string) bool {
	words := 1
	for _, r := range title {
		if r == ' ' {
			words++
		}
	}
	return words >= 3 || utf8.RuneCountInString(title) >= 16
}
