package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"broadsheet"
	"broadsheet/internal/excerpt"
	"broadsheet/internal/link"
	"broadsheet/internal/plain"
	"broadsheet/internal/schedule"
)

// VisitResult is the result of a visit to a source: the visit to store, and the feed items that the source reported. A new
// source needs the excerpts of all its items, which can be computed before the transaction: Excerpts.
type VisitResult struct {
	Source      broadsheet.Source
	Visit       broadsheet.Visit
	Items       []broadsheet.FeedItem
	RateLimited bool      // its host group gave it no answer, which says nothing of the source: the visit only notes that
	Reset       bool      // the connection was broken off before a response came
	Refusal     string    // why its host group refused the request, if the maintainer should know; empty: it did not
	Excerpts    []Excerpt // one per element of Items, in order; nil: Store.Excerpt is called for those that need one
}

// Excerpt is an article's excerpt and its origin.
type Excerpt struct {
	Text   string
	Origin broadsheet.Origin
}

// RecordResult counts the feed items of a visit by what was done with them.
type RecordResult struct {
	Source     string // Source.ID
	New        int    // about articles that were not known before
	Known      int    // about known articles, without a change
	Changed    int    // about known articles, with another title or text
	Reissued   int    // about known articles, under another GUID or link than before
	NotStored  int    // about articles that were not known before, not stored because the source's disk quota is used up
	Quarantine string // why it was put into quarantine by this visit; empty: it was not
	Event      string // "rebound" if the event that many articles were reissued was stored; empty: none
}

// Record stores the results of visits and the visits themselves in one transaction: all, or none. It
// stores now as First and Last of the items, and ends the sources' attempts.
func (s *Store) Record(ctx context.Context, now time.Time, answers ...VisitResult) ([]RecordResult, error) {
	outcomes := make([]RecordResult, len(answers))
	err := s.write(ctx, now, func(t *tx) error {
		for i, a := range answers {
			var err error
			if outcomes[i], err = t.recordVisit(ctx, a); err != nil {
				return fmt.Errorf("recording %s: %w", a.Source.ID(), err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return outcomes, nil
}

// recordVisit stores the result of one visit.
func (t *tx) recordVisit(ctx context.Context, a VisitResult) (RecordResult, error) {
	out := RecordResult{Source: a.Source.ID()}
	src, err := t.source(a.Source)
	if err != nil {
		return out, err
	}
	if err := t.checkQuarantine(src, &a, &out); err != nil {
		return out, err
	}
	items := newItems(a.Source, a.Items)
	for i := range a.Excerpts {
		items[i].excerpt = &a.Excerpts[i]
	}
	if err := t.recordItems(ctx, src, items, &out); err != nil {
		return out, err
	}
	if err := t.count(src.id, 1, src.newArticles...); err != nil {
		return out, err
	}
	if err := t.saveQuota(src); err != nil {
		return out, err
	}
	if err := t.savePostings(src); err != nil {
		return out, err
	}
	if len(a.Items) > 0 {
		a.Visit.NotStored = out.NotStored
	}
	if out.NotStored > 0 { // request everything again, not just changes
		a.Visit.ETag, a.Visit.LastModified, a.Visit.BodyHash = "", "", ""
	}
	if err := t.recordReissued(src, &out); err != nil {
		return out, err
	}
	if err := t.recordArrivals(src); err != nil {
		return out, err
	}
	if t.s.NextVisit != nil && !a.RateLimited && a.Visit.Failures == 0 && !a.Visit.Gone && src.source.URL != "" {
		since := src.first
		if since.IsZero() {
			since = t.now
		}
		a.Visit.Next, a.Visit.Reason = t.s.NextVisit(src.source, a.Visit, src.arrivals, since, src.visit.Next)
	}
	end := t.endAttempt
	if !a.RateLimited && a.Visit.Failures == 0 {
		end = t.clearAttempt
	}
	if err := end(AttemptSource, src.id); err != nil {
		return out, err
	}
	return out, t.setVisit(src.id, a.Visit)
}

// recordArrivals adds to the arrivals of a source those of its new articles. What comes without a date in one document counts
// as one arrival: a page that shows all its old articles after a change of its layout has not written that much.
func (t *tx) recordArrivals(src *sourceRow) error {
	before, undated := len(src.arrivals), false
	for _, a := range src.newArticles {
		switch {
		case a.Dated:
			src.arrivals = append(src.arrivals, a.Published)
		case !a.Inherited && !undated:
			src.arrivals, undated = append(src.arrivals, a.Seen), true
		}
	}
	if len(src.arrivals) == before {
		return nil
	}
	slices.SortFunc(src.arrivals, time.Time.Compare)
	src.arrivals = src.arrivals[max(0, len(src.arrivals)-schedule.MaxArrivals):]
	_, err := t.exec("UPDATE source SET arrivals = ? WHERE id = ?", timesColumn{&src.arrivals}, src.id)
	return err
}

// recordItems stores the items of a document: first those about known articles, since the others may turn out to be
// known articles under new GUIDs and links.
func (t *tx) recordItems(ctx context.Context, src *sourceRow, items []item, out *RecordResult) error {
	present := map[int64]bool{} // articles that the document reports under a known GUID or link
	var unmatched []*item
	before := src.hasItems
	for i := range items {
		if err := ctx.Err(); err != nil {
			return err
		}
		id, err := t.recordKnownItem(src, &items[i], out)
		if err != nil {
			return err
		}
		if id == 0 {
			unmatched = append(unmatched, &items[i])
		}
		present[id] = true
	}
	if before {
		if err := t.matchReissued(src, unmatched, present); err != nil {
			return err
		}
	}
	stored := map[int64]bool{} // hashes of the GUIDs and links that were stored since: a later item may repeat one
	for _, e := range unmatched {
		if err := ctx.Err(); err != nil {
			return err
		}
		if e.matched != 0 || stored[e.guidHash] || stored[e.linkHash] || stored[e.plainHash] {
			id, err := t.recordKnownItem(src, e, out)
			if err != nil {
				return err
			}
			if id != 0 {
				continue
			}
		}
		if !src.useQuota(e) {
			out.NotStored++
			continue
		}
		out.New++
		if err := t.addArticle(src, e); err != nil {
			return err
		}
		for _, h := range []int64{e.guidHash, e.linkHash, e.plainHash} {
			stored[h] = h != 0
		}
	}
	return nil
}

// recordKnownItem stores an item about a known article and returns the article's id; 0: it is about none.
func (t *tx) recordKnownItem(src *sourceRow, e *item, out *RecordResult) (int64, error) {
	id, before, err := t.findArticle(src, e)
	if err != nil || id == 0 {
		return 0, err
	}
	e.article = id
	if before != nil && before.contentHash == e.contentHash {
		out.Known++
		return id, t.touchItem(before)
	}
	if src.quarantined { // its known articles stay as they are
		out.Known++
		if before != nil {
			err = t.touchItem(before)
		}
		return id, err
	}
	if (before == nil || !before.sameIDs(e)) && !src.useQuota(e) { // a new GUID or link of a known article uses the quota too
		out.Known++
		if before != nil {
			err = t.touchItem(before)
		}
		return id, err
	}
	changed, err := t.updateArticle(id, src, e)
	if err != nil {
		return 0, err
	}
	switch {
	case changed:
		out.Changed++
	case e.matched != 0 || before != nil && !before.sameIDs(e):
		out.Reissued++
	default:
		out.Known++
	}
	if before == nil && e.matched == 0 {
		src.addPosting(e.Published, t.now)
	}
	return id, t.saveItem(src, e, id, before)
}

// addArticle stores a new article with its item, and joins it to its story.
func (t *tx) addArticle(src *sourceRow, e *item) error {
	a := &row{source: src.id, fullText: excerpt.HasFullText(e.FeedItem)}
	a.Article = broadsheet.Article{
		Key: e.key, Link: link.Display(e.Link), Source: src.source.ID(), Title: e.Title, Authors: e.Authors, Seen: t.now,
		Inherited: src.first.IsZero() || e.Inherited, Language: e.Language, Image: e.Image, Tags: e.Tags, Words: excerpt.CountWords(e.Content), Text: longestText(e.FeedItem),
	}
	if src.quarantined {
		a.Quarantined, a.quarantined = true, quarantinedNew
	}
	a.Published, a.Dated = plausibleDate(e.Published, t.now)
	a.Updated = a.Published
	if e.excerpt != nil {
		a.Excerpt, a.Origin = e.excerpt.Text, e.excerpt.Origin
	} else {
		a.Excerpt, a.Origin = t.excerpt(e.FeedItem)
	}
	rulesVersion := 0
	if by := t.s.scorer; by != nil {
		rulesVersion = by.rulesVersion
		by.score(a)
	}
	a.need = a.pageNeed(a.wanted)
	if err := t.insert(a, rulesVersion); err != nil {
		return err
	}
	src.newArticles = append(src.newArticles, a)
	src.addPosting(e.Published, t.now)
	e.article = a.id
	if err := t.addLink(e.linkHash, a.id); err != nil {
		return err
	}
	if err := t.markLinkShared(e, src.id); err != nil {
		return err
	}
	if a.Text != "" {
		if err := t.setText(a.id, a.Text); err != nil {
			return err
		}
	}
	if err := t.saveItem(src, e, a.id, nil); err != nil {
		return err
	}
	return t.match(a)
}

// markLinkShared marks the link of e as shared by several works. The link of another source's article is not marked:
// this source could otherwise take the link away by reporting it twice.
func (t *tx) markLinkShared(e *item, source int64) error {
	if !e.sharedLink {
		return nil
	}
	_, err := t.exec(`INSERT INTO link(hash, shared) VALUES(?1, 1) ON CONFLICT DO UPDATE SET shared = 1
		WHERE shared = 0 AND (SELECT source FROM article WHERE id = link.article) = ?2`, e.plainHash, source)
	return err
}

// longestText returns the longest text of a feed item.
func longestText(s broadsheet.FeedItem) string {
	text := s.Content
	if len(s.Summary) > len(text) {
		text = s.Summary
	}
	return plain.TruncateBytes(text, broadsheet.MaxText)
}

func (t *tx) excerpt(items ...broadsheet.FeedItem) (string, broadsheet.Origin) {
	if t.s.Excerpt == nil {
		return "", broadsheet.OriginNone
	}
	return t.s.Excerpt(items)
}

// pageNeed returns how much an article's page is needed: 2 when its excerpt is needed for an edition, 1 when too little
// is known to score it, 0 when it was read or the source reported the full text.
func (a *row) pageNeed(wanted bool) int {
	switch {
	case a.page != unread || a.Link == "" || a.Quarantined:
		return 0
	case a.HasTitle() && (a.Origin == broadsheet.OriginNote || a.Origin == broadsheet.OriginContent && a.fullText):
		return 0
	case wanted:
		return 2
	case !a.HasTitle() || a.Text == "" && a.Excerpt == "" || a.Dead != broadsheet.Alive: // a dead page may come back
		return 1
	}
	return 0
}

// plausibleDate returns the reported date and true, if it is not before 1990 and not after seen; otherwise seen and
// false. A date up to a day after seen is taken for a wrong time zone: seen and true.
func plausibleDate(reported, seen time.Time) (time.Time, bool) {
	switch {
	case reported.Year() < 1990 || reported.After(seen.Add(24*time.Hour)):
		return seen, false
	case reported.After(seen):
		return seen, true
	}
	return reported, true
}
