package store

import (
	"cmp"
	"slices"
	"time"
	"unicode/utf8"

	"broadsheet"
)

// recognise finds known articles of a source among entries that come under a new guid and a new link. Publishers change
// all their ids and links at once, with a new program or a new host; their readers must see nothing twice. present are
// the articles that the same document tells of under what is known: a source that tells of both means two.
//
// One entry is known again by its title and its date, however long ago it was told. Of several, titles alone are enough
// when they are many, each the title of one article that is missing now and was among the last that were told. A title
// that could stand over anything ("Links", "Weekly update") is no evidence, but goes where the others went.
func (t *tx) recognise(src *sourceRow, strange []*entry, present map[int64]bool) error {
	if len(strange) == 0 || len(strange) > maxStrange {
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
			m = &untold{title: key}
			if err := t.missing(src, m, present); err != nil {
				return err
			}
			titles[key], order = m, append(order, m)
		}
		m.entries = append(m.entries, e)
	}
	dated := 0
	var titled []*untold
	for _, m := range order {
		if !telling(m.title) {
			continue
		}
		bound := m.byDate()
		dated += bound
		if bound == 0 && len(m.entries) == 1 && len(m.articles) > 0 && !m.recurs {
			titled = append(titled, m)
		}
	}
	enough := func(n int) bool { return n >= leastReissue && 2*n >= len(strange) }
	if !enough(dated + len(titled)) {
		return nil
	}
	since, err := t.lastDocument(src, len(strange))
	if err != nil {
		return err
	}
	sure := dated
	for _, m := range titled {
		if len(m.since(since)) == 1 {
			sure++
		}
	}
	if !enough(sure) {
		return nil
	}
	for _, m := range order {
		m.byDate()
		m.inOrder(since)
	}
	return nil
}

const (
	leastReissue = 3
	maxStrange   = 1000
	lately       = 48 * time.Hour // sightings are noted once a day at most
)

// lastDocument returns the time since which an article must have been told to count as one of the last document, when n
// entries of the present one are strange. The times of visits do not say it: a visit that brings nothing (304, the same
// body, an empty feed) moves them. Nor does the newest sighting: a notice that the site is moving, or a document that was
// cut off, tells of a few and leaves the others as they were. So less than a third of n may have been told later.
func (t *tx) lastDocument(src *sourceRow, n int) (since time.Time, err error) {
	_, err = t.row([]any{moment{&since}}, "SELECT last FROM sighting WHERE source = ? AND last < ? ORDER BY last DESC LIMIT 1 OFFSET ?",
		src.id, t.now.Unix(), n/3)
	if !since.IsZero() {
		since = since.Add(-lately)
	}
	return since, err
}

// untold are entries and known articles of one source that share a title.
type untold struct {
	title    string
	entries  []*entry
	articles []missed // newest first
	recurs   bool     // the document tells of another article under the same title
}

// missed is an article that a document does not tell of any more.
type missed struct {
	id        int64
	published time.Time // as the source told it
	last      time.Time // when it was last told
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

// since are the articles that were told since a time.
func (m *untold) since(since time.Time) (articles []missed) {
	for _, a := range m.articles {
		if !a.last.Before(since) {
			articles = append(articles, a)
		}
	}
	return articles
}

// inOrder binds what is left, newest to newest, when there are as many entries as articles that were told since a time. A
// single article with a telling title may be an older one: a new program often tells of more than the one before.
func (m *untold) inOrder(since time.Time) {
	if m.recurs {
		return
	}
	articles := m.since(since)
	if len(articles) == 0 && len(m.articles) == 1 && telling(m.title) {
		articles = m.articles
	}
	var left []*entry
	for _, e := range m.entries {
		if e.known == 0 {
			left = append(left, e)
		}
	}
	if len(left) != len(articles) {
		return
	}
	for i, e := range left {
		e.known = articles[i].id
	}
}

// missing finds the articles with m's title that the source told of before and does not now.
func (t *tx) missing(src *sourceRow, m *untold, present map[int64]bool) error {
	ids, err := t.lookup(titleSignature(m.title))
	if err != nil {
		return err
	}
	for _, id := range ids {
		a := missed{id: id}
		var title, link string
		ok, err := t.row([]any{&title, &link, moment{&a.published}, moment{&a.last}}, `SELECT title, link, published, last
			FROM sighting WHERE article = ? AND source = ? ORDER BY last DESC, id DESC LIMIT 1`, id, src.id)
		if err != nil {
			return err
		}
		switch {
		case !ok || broadsheet.TitleKey(title, link) != m.title:
		case present[id]:
			m.recurs = true
		default:
			m.articles = append(m.articles, a)
		}
	}
	slices.SortStableFunc(m.articles, func(a, b missed) int { return cmp.Compare(b.published.Unix(), a.published.Unix()) })
	return nil
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
