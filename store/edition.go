package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"broadsheet"
	"broadsheet/internal/link"
)

// SaveEdition stores an edition permanently and marks its articles as shown. It is durable: when it returns, the
// edition is on the disk. A day that has an edition already is refused with ErrPublished. A pick whose article is not
// stored, as when the store is rebuilt from what was published, is added as an article.
func (s *Store) SaveEdition(ctx context.Context, e broadsheet.Edition) error {
	if err := s.pragma(ctx, "synchronous(FULL)"); err != nil {
		return err
	}
	err := s.write(ctx, e.At, func(t *tx) error {
		if err := t.saveEdition(e); err != nil {
			return fmt.Errorf("the edition of %s: %w", e.Day, err)
		}
		return nil
	})
	if e := s.pragma(ctx, "synchronous(NORMAL)"); err == nil {
		err = e
	}
	if err == nil { // checkpoint, as far as readers permit, so that even the file without its log has the edition
		err = s.pragma(ctx, "wal_checkpoint(PASSIVE)")
	}
	return err
}

// pragma executes a PRAGMA statement on the writing connection.
func (s *Store) pragma(ctx context.Context, what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.writer.ExecContext(context.WithoutCancel(ctx), "PRAGMA "+what)
	return explain(s.path, err)
}

func (t *tx) saveEdition(e broadsheet.Edition) error {
	if there, err := t.row([]any{new(int)}, "SELECT 1 FROM edition WHERE day = ?", string(e.Day)); err != nil || there {
		if there {
			err = ErrPublished
		}
		return err
	}
	if err := t.saveFirstEdition(e); err != nil {
		return err
	}
	if _, err := t.exec("INSERT INTO edition(day, number, at, sources, waiting, picks, more, first) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
		string(e.Day), e.Number, e.At.Unix(), e.Sources, e.Waiting, len(e.Picks), jsonColumn{e.More}, e.OriginalFirstID); err != nil {
		return err
	}
	places := e.Positions()
	for i, p := range e.Picks {
		if err := t.savePick(e.Day, places[i]+1, p); err != nil {
			return fmt.Errorf("%s: %w", p.Key, err)
		}
	}
	return t.renumber(e)
}

// renumber renumbers the editions that are dated after e and were saved under a clock that was ahead of e's, so that
// they follow e: readers do not see them before their day comes.
func (t *tx) renumber(e broadsheet.Edition) error {
	_, err := t.exec(`UPDATE edition SET number = ?1 + (SELECT count(*) FROM edition o WHERE o.day > ?2 AND o.at > ?3 AND o.day <= edition.day)
		WHERE day > ?2 AND at > ?3`, e.Number, string(e.Day), e.At.Unix())
	return err
}

func (t *tx) savePick(d broadsheet.Day, position int, p broadsheet.Pick) error {
	id, _, err := t.articleByLink(hash(p.Key))
	if err != nil {
		return err
	}
	if id == 0 {
		if id, err = t.restoreArticle(p); err != nil {
			return err
		}
	}
	p.Text = "" // it is stored once already, in table text
	if _, err := t.exec("INSERT INTO pick(day, position, article, snapshot) VALUES(?, ?, ?, ?)", string(d), position, id, jsonColumn{p}); err != nil {
		return err
	}
	return t.markShown(id, d)
}

// markShown marks all articles of an article's story as shown on a day, except those that were shown before.
func (t *tx) markShown(article int64, d broadsheet.Day) error {
	story, err := t.storyOf(article)
	if err != nil {
		return err
	}
	// Two statements, each of which uses an index: a single one with OR reads all articles that were never shown.
	for _, which := range []string{"id = ?2", "story = ?2 AND story <> id"} {
		if _, err := t.exec("UPDATE article SET shown = ?1 WHERE shown IS NULL AND "+which, string(d), story); err != nil {
			return err
		}
	}
	return nil
}

// restoreArticle adds the article of a published pick that is not stored.
func (t *tx) restoreArticle(p broadsheet.Pick) (int64, error) {
	src, err := t.restoreSource(p)
	if err != nil {
		return 0, err
	}
	a := &row{Article: p.Article, source: src, page: read}
	if a.Seen.IsZero() {
		a.Seen = t.now
	}
	if a.Published.IsZero() {
		a.Published = a.Seen
	}
	if a.Updated.IsZero() {
		a.Updated = a.Published
	}
	if err := errors.Join(t.insert(a, 0), t.count(src, 1, a), t.setMeta("restored", "1")); err != nil {
		return 0, err
	}
	t.s.hasRestored = true
	keys := []string{p.Key, link.Key(p.Link)}
	for _, also := range p.Also {
		keys = append(keys, link.Key(also.Link))
	}
	for _, key := range keys {
		if key != "" {
			if err := t.addLink(hash(key), a.id); err != nil {
				return 0, err
			}
		}
	}
	return a.id, t.addSignature(a.id, signature(a.fingerprint(a.Excerpt)))
}

// findRestored returns the article that was restored under nothing but the id that results from e's key; or the one
// with the key of the private address that was given as its link, under which an earlier version may have published it.
func (t *tx) findRestored(src *sourceRow, e *item) (id int64, err error) {
	if !t.s.hasRestored {
		return 0, nil
	}
	names := []string{broadsheet.Article{Key: e.key}.ID()}
	if e.privateKey != "" {
		names = append(names, broadsheet.Article{Key: e.privateKey}.ID(), e.privateKey)
	}
	for i, name := range names {
		if id, _, err = t.articleByLink(hash(name)); err != nil || id == 0 {
			continue
		}
		if i > 0 { // other blogs may have used the same private address
			a, err := t.article(id)
			if err != nil || a.source != src.id && folded(a.Title) != folded(e.Title) {
				return 0, err
			}
		}
		return id, t.addLink(e.linkHash, id)
	}
	return 0, err
}

// restoreSource returns the source of a published pick, which is added as removed from feeds.yaml if it is not stored.
func (t *tx) restoreSource(p broadsheet.Pick) (id int64, err error) {
	_, err = t.exec("INSERT INTO source(address, name, kind, heading, listed, added) VALUES(?, ?, '', '', 0, ?) ON CONFLICT DO NOTHING",
		p.Source, p.SourceName, t.now.Unix())
	if err == nil {
		_, err = t.row([]any{&id}, "SELECT id FROM source WHERE address = ?", p.Source)
	}
	return id, err
}

// Edition returns the edition of a day; ErrUnknown if there is none.
func (s *Store) Edition(ctx context.Context, day broadsheet.Day) (broadsheet.Edition, error) {
	found, err := s.editions(ctx, "WHERE day = ?", string(day))
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("the edition of %s: %w", day, ErrUnknown)
	}
	if err != nil {
		return broadsheet.Edition{}, err
	}
	return found[0], nil
}

// Latest returns the last n editions, newest first, including those that are dated after now or were withdrawn.
func (s *Store) Latest(ctx context.Context, n int) ([]broadsheet.Edition, error) {
	return s.editions(ctx, "ORDER BY day DESC LIMIT ?", n)
}

func (s *Store) editions(ctx context.Context, which string, args ...any) ([]broadsheet.Edition, error) {
	var found []broadsheet.Edition
	err := s.rows(ctx, collect(&found, func(e *broadsheet.Edition) []any {
		return []any{(*string)(&e.Day), &e.Number, timeColumn{&e.At}, &e.Sources, &e.Waiting, jsonColumn{&e.More}, &e.OriginalFirstID}
	}), "SELECT day, number, at, sources, waiting, more, first FROM edition "+which, args...)
	for i := range found {
		if err == nil {
			err = s.readPicks(ctx, &found[i])
		}
		if err == nil {
			err = s.hideWithdrawn(ctx, &found[i])
		}
	}
	return found, err
}

// readPicks fills in the picks of an edition, and the places of those that were withdrawn.
func (s *Store) readPicks(ctx context.Context, e *broadsheet.Edition) error {
	next := 0
	return s.rows(ctx, func(r *sql.Rows) error {
		var p broadsheet.Pick
		var position int
		err := r.Scan(&position, jsonColumn{&p})
		for ; next < position-1; next++ {
			e.Withdrawn = append(e.Withdrawn, next)
		}
		next = position
		e.Picks = append(e.Picks, p)
		return err
	}, picksQuery, string(e.Day))
}

// DayCount is an entry of the archive: a day, its edition's number, and how many picks it has.
type DayCount struct {
	Day           broadsheet.Day
	Number, Picks int
}

// Days returns all days that have an edition, oldest first, including those that no reader sees because they were
// withdrawn or are dated after now.
func (s *Store) Days(ctx context.Context) ([]DayCount, error) {
	var days []DayCount
	err := s.rows(ctx, collect(&days, func(d *DayCount) []any { return []any{(*string)(&d.Day), &d.Number, &d.Picks} }), daysQuery)
	return days, err
}

var (
	picksQuery = "SELECT p.position, p.snapshot FROM pick p WHERE p.day = ? AND " + notWithdrawn("p.article") + " ORDER BY p.position"
	daysQuery  = "SELECT day, number, picks FROM edition INDEXED BY edition_days ORDER BY day"
)
