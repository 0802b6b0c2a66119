package store

import (
	"slices"
	"time"

	"broadsheet/internal/link"
	"broadsheet/internal/plain"
)

// itemColumns are the columns of sighting that decide whether a later item is about the same article. In the database,
// told is the content hash.
const itemColumns = "id, article, guid_hash, link_hash, told, title, link, published, last"

// fields returns pointers to the fields of itemColumns.
func (e *item) fields() []any {
	return []any{&e.id, &e.article, &e.guidHash, &e.linkHash, &e.contentHash, &e.Title, &e.Link, timeColumn{&e.Published}, timeColumn{&e.LastSeen}}
}

// sameIDs reports whether two items have the same GUID and link.
func (e *item) sameIDs(other *item) bool {
	return e.guidHash == other.guidHash && e.linkHash == other.linkHash
}

// findArticle returns the article that e is about, found by the source's GUID, then by link; 0: it is new. before is
// the stored item that e repeats; nil: none.
func (t *tx) findArticle(src *sourceRow, e *item) (article int64, before *item, err error) {
	article = e.matched
	if article == 0 {
		if src.hasItems {
			before, err = t.byGUID(src, e)
		}
		if before != nil {
			article = before.article
		}
		if err != nil || before != nil {
			return article, before, err
		}
		if article, err = t.byLink(e); err == nil && article == 0 {
			article, err = t.findRestored(src, e)
		}
		if err != nil || article == 0 {
			return 0, nil, err
		}
	}
	before, err = t.lastItem(src, article)
	return article, before, err
}

// lastItem returns the newest stored item of a source about an article; nil when there is none.
func (t *tx) lastItem(src *sourceRow, article int64) (*item, error) {
	var p item
	ok, err := t.row(p.fields(), "SELECT "+itemColumns+" FROM sighting WHERE article = ? AND source = ? ORDER BY last DESC, id DESC LIMIT 1", article, src.id)
	if !ok {
		return nil, err
	}
	return &p, err
}

// byGUID returns the stored item with e's GUID, or, where e has none, with its link; nil: none. For a GUID that was
// given to several works, the title or the link has to match as well. One that was given to a single work is trusted
// unless title, link, date and text all differ.
func (t *tx) byGUID(src *sourceRow, e *item) (*item, error) {
	var found []item
	err := t.rows(collect(&found, (*item).fields), "SELECT "+itemColumns+" FROM sighting WHERE source = ? AND guid_hash = ? AND (guid_hash <> 0 OR link_hash IN (?, ?))", src.id, e.guidHash, e.linkHash, e.privateHash)
	if err != nil {
		return nil, err
	}
	shared := e.sharedGUID || slices.ContainsFunc(found, func(p item) bool { return p.article != found[0].article })
	var best *item
	for i := range found {
		p := &found[i]
		sameTitle := folded(p.Title) == folded(e.Title) && e.Title != ""
		switch {
		case (p.linkHash == e.linkHash || e.privateHash != 0 && p.linkHash == e.privateHash) && (!shared || sameTitle || e.sharedLink || e.sharedGUID):
			return p, nil
		case shared && sameTitle && !e.sharedLink:
			best = p
		case shared:
		case sameTitle, !e.Published.IsZero() && p.Published.Unix() == e.Published.Unix():
			best = p
		default:
			alike, err := t.hasSimilarText(p.article, e)
			if err != nil {
				return nil, err
			}
			if alike {
				best = p
			}
		}
	}
	return best, nil
}

// hasSimilarText reports whether e's text is that of the article.
func (t *tx) hasSimilarText(article int64, e *item) (bool, error) {
	text, err := t.text(article)
	return err == nil && containment(text, longestText(e.FeedItem)) >= 0.5, err
}

// byLink returns the article that e's link leads to; 0: none.
func (t *tx) byLink(e *item) (int64, error) {
	if e.plainHash == 0 {
		id, _, err := t.articleByLink(e.linkHash)
		return id, err
	}
	plain, shared, err := t.articleByLink(e.plainHash)
	if err != nil || !shared && !e.sharedLink {
		return plain, err
	}
	if !e.sharedLink { // an earlier document showed that several works share it
		e.sharedLink, e.key = true, sharedLinkKey(link.Key(e.Link), e.titleHash)
		e.linkHash = hash(e.key)
	}
	id, _, err := t.articleByLink(e.linkHash)
	if err != nil || id != 0 || plain == 0 {
		return id, err
	}
	// So far the link led to one work: it is this one if the title is the same.
	a, err := t.article(plain)
	if err != nil || folded(a.Title) != folded(e.Title) {
		return 0, err
	}
	return plain, t.addLink(e.linkHash, plain)
}

// touchItem records that a stored item was seen again, at most once a day: a feed repeats all its items at each visit.
func (t *tx) touchItem(p *item) error {
	if t.now.Sub(p.LastSeen) < 24*time.Hour {
		return nil
	}
	_, err := t.exec("UPDATE sighting SET last = ? WHERE id = ?", t.now.Unix(), p.id)
	return err
}

// maxItemsPerArticle is how many items of one source about one article are kept: a source that makes up a new GUID at
// every visit must not fill the disk.
const maxItemsPerArticle = 4

// maxSummary is how many bytes of a summary are kept in addition to the article's text.
const maxSummary = 2000

// saveItem stores e: it replaces the stored item with the same GUID and link, if there is one.
func (t *tx) saveItem(src *sourceRow, e *item, article int64, before *item) error {
	src.hasItems = true
	if before != nil && !before.sameIDs(e) {
		if _, err := t.exec(`DELETE FROM sighting WHERE id = (SELECT id FROM sighting WHERE article = ?1 AND source = ?2
			ORDER BY last DESC, id DESC LIMIT 1 OFFSET ?3)`, article, src.id, maxItemsPerArticle-1); err != nil {
			return err
		}
	}
	_, err := t.exec(`INSERT INTO sighting(source, guid_hash, link_hash, article, told, guid, link, title, authors, published,
		updated, tags, language, image, via, summary, note, first, last)
		VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?18)
		ON CONFLICT(source, guid_hash, link_hash) DO UPDATE SET article = ?4, told = ?5, guid = ?6, link = ?7, title = ?8,
			authors = ?9, published = ?10, updated = ?11, tags = ?12, language = ?13, image = ?14, via = ?15, summary = ?16, note = ?17, last = ?18`,
		src.id, e.guidHash, e.linkHash, article, e.contentHash, e.GUID, e.Link, e.Title, listColumn{&e.Authors}, unixOrNil(e.Published),
		unixOrNil(e.Updated), listColumn{&e.Tags}, e.Language, e.Image, e.Via, plain.TruncateBytes(e.Summary, maxSummary), e.Note, t.now.Unix())
	return err
}
