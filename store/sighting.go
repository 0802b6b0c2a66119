package store

import (
	"slices"
	"time"

	"broadsheet/internal/link"
)

// told is what is kept of an earlier sighting that decides about a new one.
type told struct {
	id, article      int64
	guid, link, told int64
	title, address   string // its link is address; link is the hash of its key
	published, last  time.Time
}

const toldColumns = "id, article, guid_hash, link_hash, told, title, link, published, last"

func (p *told) fields() []any {
	return []any{&p.id, &p.article, &p.guid, &p.link, &p.told, &p.title, &p.address, moment{&p.published}, moment{&p.last}}
}

// as tells whether e has the same guid and link.
func (p *told) as(e *entry) bool { return p.guid == e.guid && p.link == e.link }

// find looks for the article that e speaks of: by the source's guid, then by link. It returns 0 when it is new, and the
// sighting that e repeats, if it does.
func (t *tx) find(src *sourceRow, e *entry) (article int64, before *told, err error) {
	article = e.known
	if article == 0 {
		if src.told {
			before, err = t.byGUID(src, e)
		}
		if before != nil {
			article = before.article
		}
		if err != nil || before != nil {
			return article, before, err
		}
		if article, err = t.byLink(e); err == nil && article == 0 {
			article, err = t.restored(src, e)
		}
		if err != nil || article == 0 {
			return 0, nil, err
		}
	}
	before, err = t.lastTold(src, article)
	return article, before, err
}

// lastTold returns the newest sighting of an article by a source; nil when there is none.
func (t *tx) lastTold(src *sourceRow, article int64) (*told, error) {
	var p told
	ok, err := t.row(p.fields(), "SELECT "+toldColumns+" FROM sighting WHERE article = ? AND source = ? ORDER BY last DESC, id DESC LIMIT 1", article, src.id)
	if !ok {
		return nil, err
	}
	return &p, err
}

// byGUID finds the sighting with e's guid, or, where it has none, with its link. A guid that was given to several works
// needs the title or the link as well; one that was given to a single work is believed unless title, link, date and
// text all speak against it.
func (t *tx) byGUID(src *sourceRow, e *entry) (*told, error) {
	var found []told
	err := t.rows(collect(&found, (*told).fields), "SELECT "+toldColumns+" FROM sighting WHERE source = ? AND guid_hash = ? AND (guid_hash <> 0 OR link_hash IN (?, ?))", src.id, e.guid, e.link, e.private)
	if err != nil {
		return nil, err
	}
	shared := e.sharedGUID || slices.ContainsFunc(found, func(p told) bool { return p.article != found[0].article })
	var best *told
	for i := range found {
		p := &found[i]
		sameTitle := folded(p.title) == folded(e.Title) && e.Title != ""
		switch {
		case (p.link == e.link || e.private != 0 && p.link == e.private) && (!shared || sameTitle || e.sharedLink || e.sharedGUID):
			return p, nil
		case shared && sameTitle && !e.sharedLink:
			best = p
		case shared:
		case sameTitle, !e.Published.IsZero() && p.published.Unix() == e.Published.Unix():
			best = p
		default:
			alike, err := t.alike(p.article, e)
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

// alike tells whether e's text is that of the article.
func (t *tx) alike(article int64, e *entry) (bool, error) {
	text, err := t.text(article)
	return err == nil && contained(text, body(e.FeedItem)) >= 0.5, err
}

// byLink finds the article that one of e's links leads to.
func (t *tx) byLink(e *entry) (int64, error) {
	if e.plain == 0 {
		id, _, err := t.led(e.link)
		return id, err
	}
	plain, shared, err := t.led(e.plain)
	if err != nil || !shared && !e.sharedLink {
		return plain, err
	}
	if !e.sharedLink { // as an earlier document showed
		e.sharedLink, e.key = true, apart(link.Key(e.Link), e.title)
		e.link = hash(e.key)
	}
	id, _, err := t.led(e.link)
	if err != nil || id != 0 || plain == 0 {
		return id, err
	}
	// So far the link led to one work: it is this one if the title says so.
	a, err := t.article(plain)
	if err != nil || folded(a.Title) != folded(e.Title) {
		return 0, err
	}
	return plain, t.lead(e.link, plain)
}

// again notes that a sighting was told once more, once a day at most: a feed repeats all its entries at each visit.
func (t *tx) again(p *told) error {
	if t.now.Sub(p.last) < 24*time.Hour {
		return nil
	}
	_, err := t.exec("UPDATE sighting SET last = ? WHERE id = ?", t.now.Unix(), p.id)
	return err
}

// maxTold is how many sightings of one article by one source are kept: a source that makes up a new guid at every
// visit must not fill the disk.
const maxTold = 4

// maxSummary is how many bytes of a summary are kept beside the article's text.
const maxSummary = 2000

// keep stores e: in the place of what it repeats under the same guid and link, else as one more.
func (t *tx) keep(src *sourceRow, e *entry, article int64, before *told) error {
	src.told = true
	if before != nil && !before.as(e) {
		if _, err := t.exec(`DELETE FROM sighting WHERE id = (SELECT id FROM sighting WHERE article = ?1 AND source = ?2
			ORDER BY last DESC, id DESC LIMIT 1 OFFSET ?3)`, article, src.id, maxTold-1); err != nil {
			return err
		}
	}
	_, err := t.exec(`INSERT INTO sighting(source, guid_hash, link_hash, article, told, guid, link, title, authors, published,
		updated, tags, language, image, via, summary, note, first, last)
		VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?18)
		ON CONFLICT(source, guid_hash, link_hash) DO UPDATE SET article = ?4, told = ?5, guid = ?6, link = ?7, title = ?8,
			authors = ?9, published = ?10, updated = ?11, tags = ?12, language = ?13, image = ?14, via = ?15, summary = ?16, note = ?17, last = ?18`,
		src.id, e.guid, e.link, article, e.told, e.GUID, e.Link, e.Title, list{&e.Authors}, unix(e.Published),
		unix(e.Updated), list{&e.Tags}, e.Language, e.Image, e.Via, cut(e.Summary, maxSummary), e.Note, t.now.Unix())
	return err
}
