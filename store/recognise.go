package store

import (
	"cmp"
	"slices"
	"time"
	"unicode/utf8"

	"broadsheet/store/dedupe"
)

// recognise finds known articles of a source among entries that come under a new guid and a new link. Publishers change
// all their ids and links at once, with a new program or a new host; their readers must see nothing twice. present are
// the articles that the same document tells of under what is known: a source that tells of both means two.
//
// One entry is known again by its title and its date, however long ago it was told. Of several, titles alone are enough
// when they are many, each the title of one article that is missing now and was among the last that were told. A title
// that could stand over anything ("Links", "Weekly update") is no evidence, but goes where the others went.
func (t *tx) recognise(src *sourceRow, unmatched []*entry, present map[int64]bool) error {
	if len(unmatched) == 0 || len(unmatched) > maxUnmatched {
		return nil
	}
	titles := map[string]*reissued{}
	var order []*reissued
	for _, e := range unmatched {
		key := titleKey(e)
		if key == "" {
			continue
		}
		m := titles[key]
		if m == nil {
			m = &reissued{title: key}
			if err := t.missing(src, m, present); err != nil {
				return err
			}
			titles[key], order = m, append(order, m)
		}
		m.entries = append(m.entries, e)
	}
	dated := 0
	var titled []*reissued
	for _, m := range order {
		if !distinctive(m.title) {
			continue
		}
		bound := m.byDate()
		dated += bound
		if bound == 0 && len(m.entries) == 1 && len(m.articles) > 0 && !m.recurs {
			titled = append(titled, m)
		}
	}
	enough := func(n int) bool { return n >= leastReissue && 2*n >= len(unmatched) }
	if !enough(dated + len(titled)) {
		return nil
	}
	since, err := t.lastDocument(src, len(unmatched))
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
	maxUnmatched = 1000
	lately       = 48 * time.Hour // sightings are noted once a day at most
)

// lastDocument returns the time since which an article must have been told to count as one of the last document, when n
// entries of the present one are unmatched. The times of visits do not say it: a visit that brings nothing (304, the same
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

// reissued are entries and known articles of one source that share a title.
type reissued struct {
	title    string
	entries  []*entry
	articles []told // which the document does not tell of any more, newest first
	recurs   bool   // the document tells of another article under the same title
}

// byDate binds entries to articles that were told with the same date, and counts them.
func (m *reissued) byDate() (bound int) {
	for _, e := range m.entries {
		if e.known != 0 {
			continue
		}
		i := slices.IndexFunc(m.articles, func(a told) bool {
			return !e.Published.IsZero() && a.published.Unix() == e.Published.Unix()
		})
		if i >= 0 {
			e.known = m.articles[i].article
			m.articles = slices.Delete(m.articles, i, i+1)
			bound++
		}
	}
	return bound
}

// since are the articles that were told since a time.
func (m *reissued) since(since time.Time) (articles []told) {
	for _, a := range m.articles {
		if !a.last.Before(since) {
			articles = append(articles, a)
		}
	}
	return articles
}

// inOrder binds what is left, newest to newest, when there are as many entries as articles that were told since a time. A
// single article with a distinctive title may be an older one: a new program often tells of more than the one before.
func (m *reissued) inOrder(since time.Time) {
	if m.recurs {
		return
	}
	articles := m.since(since)
	if len(articles) == 0 && len(m.articles) == 1 && distinctive(m.title) {
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
		e.known = articles[i].article
	}
}

// missing finds the articles with m's title that the source told of before and does not now.
func (t *tx) missing(src *sourceRow, m *reissued, present map[int64]bool) error {
	ids, err := t.lookup(titleSignature(m.title))
	if err != nil {
		return err
	}
	for _, id := range ids {
		a, err := t.lastTold(src, id)
		if err != nil {
			return err
		}
		switch {
		case a == nil || dedupe.TitleKey(a.title, a.address) != m.title:
		case present[id]:
			m.recurs = true
		default:
			m.articles = append(m.articles, *a)
		}
	}
	slices.SortStableFunc(m.articles, func(a, b told) int { return cmp.Compare(b.published.Unix(), a.published.Unix()) })
	return nil
}

func titleKey(e *entry) string { return dedupe.TitleKey(e.Title, e.Link) }

// distinctive reports whether a title says enough to know an article by: some words, or a long one.
func distinctive(title string) bool {
	words := 1
	for _, r := range title {
		if r == ' ' {
			words++
		}
	}
	return words >= 3 || utf8.RuneCountInString(title) >= 16
}
