package store

import (
	"cmp"
	"slices"
	"time"
	"unicode/utf8"

	"broadsheet/store/dedupe"
)

// matchReissued recognises known articles of a source among items with a new GUID and a new link, and sets
// item.matched. Publishers change all their GUIDs and links at once, with a new publishing system or a new host;
// readers must see nothing twice. present are the articles that the same document reports under a known GUID or link: a
// source that reports both means two works.
//
// A single item is recognised by its title and its date, however long ago it was last reported. Titles alone are enough
// when there are several, each the title of one article that is missing now and was in the last document. A title that
// could belong to any article ("Links", "Weekly update") is no evidence, but is matched when the others are.
func (t *tx) matchReissued(src *sourceRow, unmatched []*item, present map[int64]bool) error {
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
			if err := t.findMissing(src, m, present); err != nil {
				return err
			}
			titles[key], order = m, append(order, m)
		}
		m.items = append(m.items, e)
	}
	dated := 0
	var titled []*reissued
	for _, m := range order {
		if !distinctive(m.title) {
			continue
		}
		bound := m.bindByDate()
		dated += bound
		if bound == 0 && len(m.items) == 1 && len(m.articles) > 0 && !m.recurs {
			titled = append(titled, m)
		}
	}
	enough := func(n int) bool { return n >= minReissued && 2*n >= len(unmatched) }
	if !enough(dated + len(titled)) {
		return nil
	}
	since, err := t.lastDocumentTime(src, len(unmatched))
	if err != nil {
		return err
	}
	sure := dated
	for _, m := range titled {
		if len(m.seenSince(since)) == 1 {
			sure++
		}
	}
	if !enough(sure) {
		return nil
	}
	for _, m := range order {
		m.bindByDate()
		m.bindInOrder(since)
	}
	return nil
}

const (
	minReissued       = 3
	maxUnmatched      = 1000
	lastSeenPrecision = 48 * time.Hour // sighting.last is updated once a day at most
)

// lastDocumentTime returns the time since which an article must have been reported to count as part of the last
// document, when n items of the present one are unmatched. The times of visits do not help: a visit without items (304,
// the same body, an empty feed) changes them. Nor does the newest stored item: a notice that the site is moving, or a
// document that was cut off, has a few items and leaves the others as they were. So less than a third of n may have
// been reported later.
func (t *tx) lastDocumentTime(src *sourceRow, n int) (since time.Time, err error) {
	_, err = t.row([]any{timeColumn{&since}}, "SELECT last FROM sighting WHERE source = ? AND last < ? ORDER BY last DESC LIMIT 1 OFFSET ?",
		src.id, t.now.Unix(), n/3)
	if !since.IsZero() {
		since = since.Add(-lastSeenPrecision)
	}
	return since, err
}

// reissued holds the items and the known articles of one source that share a title.
type reissued struct {
	title    string
	items    []*item
	articles []item // last stored item of each article that the document does not report any more, newest first
	recurs   bool   // the document also reports a known article with this title
}

// bindByDate matches items to articles that were reported with the same date, and returns how many.
func (m *reissued) bindByDate() (bound int) {
	for _, e := range m.items {
		if e.matched != 0 {
			continue
		}
		i := slices.IndexFunc(m.articles, func(a item) bool {
			return !e.Published.IsZero() && a.Published.Unix() == e.Published.Unix()
		})
		if i >= 0 {
			e.matched = m.articles[i].article
			m.articles = slices.Delete(m.articles, i, i+1)
			bound++
		}
	}
	return bound
}

// seenSince returns the articles that were reported since a time.
func (m *reissued) seenSince(since time.Time) (articles []item) {
	for _, a := range m.articles {
		if !a.LastSeen.Before(since) {
			articles = append(articles, a)
		}
	}
	return articles
}

// bindInOrder matches the remaining items to the articles that were reported since a time, newest to newest, when there
// are as many of each. A single article with a distinctive title may be older: a new publishing system often lists more
// articles than the one before.
func (m *reissued) bindInOrder(since time.Time) {
	if m.recurs {
		return
	}
	articles := m.seenSince(since)
	if len(articles) == 0 && len(m.articles) == 1 && distinctive(m.title) {
		articles = m.articles
	}
	var left []*item
	for _, e := range m.items {
		if e.matched == 0 {
			left = append(left, e)
		}
	}
	if len(left) != len(articles) {
		return
	}
	for i, e := range left {
		e.matched = articles[i].article
	}
}

// findMissing sets m.articles to the articles with m's title that the source reported before and does not report now.
func (t *tx) findMissing(src *sourceRow, m *reissued, present map[int64]bool) error {
	ids, err := t.lookup(titleHashKey(m.title))
	if err != nil {
		return err
	}
	for _, id := range ids {
		a, err := t.lastItem(src, id)
		if err != nil {
			return err
		}
		switch {
		case a == nil || dedupe.TitleKey(a.Title, a.Link) != m.title:
		case present[id]:
			m.recurs = true
		default:
			m.articles = append(m.articles, *a)
		}
	}
	slices.SortStableFunc(m.articles, func(a, b item) int { return cmp.Compare(b.Published.Unix(), a.Published.Unix()) })
	return nil
}

func titleKey(e *item) string { return dedupe.TitleKey(e.Title, e.Link) }

// distinctive reports whether a title is long enough to identify an article: at least three words, or 16 characters.
func distinctive(title string) bool {
	words := 1
	for _, r := range title {
		if r == ' ' {
			words++
		}
	}
	return words >= 3 || utf8.RuneCountInString(title) >= 16
}
