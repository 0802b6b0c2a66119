package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"broadsheet"
	"broadsheet/internal/health"
	"broadsheet/internal/hijack"
)

// Values of article.quarantined.
const (
	quarantinedKnown = 1 // reported before its source was put into quarantine
	quarantinedNew   = 2 // first reported in quarantine
)

// checkQuarantine decides, before the items of a visit are stored, whether its source is or stays in quarantine, and sets
// Visit.Quarantine. What a source in quarantine calls itself is not shown either, so the visit keeps the title from
// before.
func (t *tx) checkQuarantine(src *sourceRow, a *VisitResult, out *RecordResult) error {
	a.Visit.Quarantine = src.visit.Quarantine
	defer func() {
		if src.quarantined = a.Visit.Quarantine != ""; src.quarantined {
			a.Visit.Title, a.Visit.HomePage = src.visit.Title, src.visit.HomePage
		}
	}()
	if len(a.Items) == 0 || a.Visit.Failures > 0 || a.Visit.ListChanged != "" || a.Source.Kind == broadsheet.KindList {
		return nil // it says nothing about who wrote it, or the maintainer did
	}
	doc := hijack.NewDocument(a.Source, a.Visit.Title, a.Items, t.now, src.visit.Failures >= health.BrokenAfter)
	profile, err := t.profile(src)
	if err != nil {
		return err
	}
	if src.visit.Quarantine != "" {
		if !profile.Returned(doc) {
			return nil
		}
		a.Visit.Quarantine = ""
		if err := t.endQuarantine(src, a.Items); err != nil {
			return err
		}
	}
	next, why := profile.Next(doc)
	if why != "" {
		a.Visit.Quarantine, out.Quarantine = why, why
		return t.beginQuarantine(src)
	}
	return t.saveProfile(src.id, next)
}

// profile returns the profile of a source. For one that was read before there were profiles it is derived from its stored
// items; one that was removed from feeds.yaml and comes back is learnt anew.
func (t *tx) profile(src *sourceRow) (p hijack.Profile, err error) {
	var data string
	there, err := t.row([]any{&data}, "SELECT data FROM profile WHERE source = ?", src.id)
	switch {
	case err != nil:
		return p, err
	case src.first.IsZero() && src.visit.Quarantine == "":
		return p, nil
	case there:
		return p, json.Unmarshal([]byte(data), &p)
	case src.hasItems:
		return t.derivedProfile(src)
	}
	return p, nil
}

// derivedItems is how many stored items a profile is derived from.
const derivedItems = 100

// derivedProfile returns the profile that the last document of a source gives, as far as its items are stored.
func (t *tx) derivedProfile(src *sourceRow) (hijack.Profile, error) {
	var items []broadsheet.FeedItem
	var last time.Time
	err := t.rows(func(r *sql.Rows) error {
		var s broadsheet.FeedItem
		err := r.Scan(&s.GUID, &s.Link, &s.Title, listColumn{&s.Authors}, timeColumn{&s.Published}, &s.Language, &s.Summary, timeColumn{&s.LastSeen})
		if last.IsZero() {
			last = s.LastSeen
		}
		if last.Sub(s.LastSeen) <= lastSeenPrecision {
			items = append(items, s)
		}
		return err
	}, "SELECT guid, link, title, authors, published, language, summary, last FROM sighting WHERE source = ? ORDER BY last DESC, published DESC LIMIT ?",
		src.id, derivedItems)
	read := src.visit.LastSuccess
	if read.IsZero() {
		read = last
	}
	return hijack.Learn(hijack.NewDocument(src.source, src.visit.Title, items, read, false)), err
}

func (t *tx) saveProfile(source int64, p hijack.Profile) error {
	data, err := json.Marshal(p)
	if err == nil {
		_, err = t.exec("INSERT OR REPLACE INTO profile(source, data) VALUES(?, ?)", source, string(data))
	}
	return err
}

// beginQuarantine keeps all articles of a source that were not shown yet out of editions, except those that another source reported too:
// that one owns them from now on.
func (t *tx) beginQuarantine(src *sourceRow) error {
	if err := t.handOver(src); err != nil {
		return err
	}
	_, err := t.exec("UPDATE article SET quarantined = ?, wanted = 0, need = 0, judged = 0 WHERE source = ? AND shown IS NULL",
		quarantinedKnown, src.id)
	return err
}

// handOver makes the first other source in feeds.yaml that reported an article of src, and is not in quarantine, its
// owner.
func (t *tx) handOver(src *sourceRow) error {
	owners := map[int64]int64{} // by article
	if err := t.rows(func(r *sql.Rows) error {
		var article, owner int64
		err := r.Scan(&article, &owner)
		if owners[article] == 0 {
			owners[article] = owner
		}
		return err
	}, `SELECT a.id, g.source FROM article a JOIN sighting g ON g.article = a.id AND g.source <> a.source
		JOIN source s ON s.id = g.source AND s.listed = 1 JOIN visit v ON v.source = s.id AND v.quarantine = ''
		WHERE a.source = ? AND a.shown IS NULL ORDER BY g.first, g.id`, src.id); err != nil {
		return err
	}
	for article, owner := range owners {
		a, err := t.article(article)
		if err != nil {
			return err
		}
		_, err = t.exec("UPDATE article SET source = ?, judged = 0 WHERE id = ?", owner, article)
		if err := errors.Join(err, t.count(src.id, -1, a), t.count(owner, 1, a)); err != nil {
			return err
		}
	}
	return nil
}

// endQuarantine ends the quarantine of a source that is again what it was. What it reported only in between stays out:
// only articles that were known before, and those that the document has which shows the source as it was, may be shown.
func (t *tx) endQuarantine(src *sourceRow, items []broadsheet.FeedItem) error {
	if _, err := t.exec("UPDATE article SET quarantined = 0, judged = 0 WHERE source = ? AND quarantined = ?", src.id, quarantinedKnown); err != nil {
		return err
	}
	for _, e := range newItems(src.source, items) {
		id, _, err := t.articleByLink(e.linkHash)
		if err != nil {
			return err
		}
		if _, err := t.exec("UPDATE article SET quarantined = 0, judged = 0 WHERE id = ? AND source = ? AND quarantined = ?",
			id, src.id, quarantinedNew); err != nil {
			return err
		}
	}
	return t.addEvent(health.Event{Source: src.source.ID(), At: t.now, Kind: "trusted", Text: "it is again what it was before; what it told only in between is not shown"})
}

// takeFromQuarantine makes src, which is not in quarantine, the owner of an article whose owner is. Nothing that was only
// reported in quarantine stays in it.
func (t *tx) takeFromQuarantine(a *row, src *sourceRow) error {
	if a.quarantined == quarantinedNew {
		a.Text, a.Excerpt, a.Origin, a.Title, a.Authors, a.Tags, a.Language, a.Image = "", "", broadsheet.OriginNone, "", nil, nil, "", ""
	}
	a.source, a.Source, a.Quarantined, a.quarantined = src.id, src.source.ID(), false, 0
	_, err := t.exec("UPDATE article SET quarantined = 0 WHERE id = ?", a.id)
	return err
}

// RestoreQuarantine puts a source into quarantine in a store that is being rebuilt from what was published. What it was
// before is lost, so only the maintainer can end that. A source that was asked since is left alone.
func (s *Store) RestoreQuarantine(ctx context.Context, now time.Time, source broadsheet.Source) error {
	return s.write(ctx, now, func(t *tx) error {
		src, err := t.source(source)
		if err != nil || !src.visit.At.IsZero() {
			return err
		}
		src.visit.Quarantine = "it was in quarantine when the database was lost, and why is not known any more"
		return errors.Join(t.setVisit(src.id, src.visit), t.saveProfile(src.id, hijack.Profile{}))
	})
}

// TrustResult is the result of Trust.
type TrustResult struct {
	Why      string // why the source was in quarantine; empty: it was not, and nothing changed
	Articles int    // its articles that may be shown again, or for the first time
}

// Trust ends the quarantine of a source: the maintainer knows what it is now. That is what it is compared with from now
// on, and its articles may be shown. ErrUnknown if the source is not stored.
func (s *Store) Trust(ctx context.Context, now time.Time, source string) (done TrustResult, err error) {
	err = s.write(ctx, now, func(t *tx) error {
		var id int64
		known, err := t.row([]any{&id, &done.Why}, "SELECT s.id, v.quarantine FROM source s JOIN visit v ON v.source = s.id WHERE s.address = ?", source)
		if err != nil || !known {
			return errors.Join(err, unknownUnless(known, source))
		}
		if done.Why == "" {
			return nil
		}
		result, err := t.exec("UPDATE article SET quarantined = 0, judged = 0 WHERE source = ? AND quarantined > 0", id)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return err
		}
		done.Articles = int(n)
		// The next visit reads the whole document again, since changes of known articles were not stored.
		if _, err := t.exec("UPDATE visit SET quarantine = '', etag = '', last_modified = '', body_hash = '', next = NULL WHERE source = ?", id); err != nil {
			return err
		}
		if err := t.saveProfile(id, hijack.Profile{}); err != nil {
			return err
		}
		return t.addEvent(health.Event{Source: source, At: t.now, Kind: "trusted", Text: "the maintainer said so; it was kept back because " + done.Why, Printed: true})
	})
	return done, err
}
