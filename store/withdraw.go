package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"broadsheet"
	"broadsheet/internal/link"
)

// Kinds of withdrawals: values of Withdrawal.Kind.
const (
	OfDay     = "day"     // an edition: its articles may be shown again
	OfArticle = "article" // an article with its whole story, excluded until the withdrawal is undone
	OfSource  = "source"  // all articles that a source owns so far, excluded likewise
)

// Withdrawal is something that was removed from what is published.
type Withdrawal struct {
	Kind     string
	What     string // the day, the key of the article, the address of the source
	At       time.Time
	Number   int                // day: number of its edition
	Cut      time.Time          // day: Edition.At of its edition
	First    string             // day: Edition.FirstID
	Source   string             // article, source: Source.ID
	Articles []WithdrawnArticle // article, source: all that it excludes
}

// WithdrawnArticle holds what identifies an article that is excluded, without any of its text.
type WithdrawnArticle struct {
	ID    string  // Article.ID
	Links []int64 // hashes of the link keys that are mapped to it
}

// WithdrawResult is the result of a withdrawal, or of undoing one.
type WithdrawResult struct {
	What      string           // as in Withdrawal
	Title     string           // article: title of the article that the link leads to
	Unchanged bool             // nothing changed: it was so before
	Articles  int              // now excluded, or no longer excluded; day: picks that the edition had, or has again
	Shown     int              // how many of Articles are picks of an edition
	Elsewhere int              // day, undone: how many of its articles were shown in another edition since, and stay there
	Days      []broadsheet.Day // editions whose content changed
}

// notWithdrawn returns the SQL condition that no withdrawal excludes the article whose id is in column.
func notWithdrawn(column string) string {
	return column + " NOT IN (SELECT article FROM withdrawn)" // NOT EXISTS takes three times as long to count all that wait
}

// WithdrawDay withdraws an edition: readers do not see it any more, its day keeps its number and gets no other edition,
// and its articles may be shown again. ErrUnknown if the day has no edition.
func (s *Store) WithdrawDay(ctx context.Context, now time.Time, day broadsheet.Day) (done WithdrawResult, err error) {
	done.What = string(day)
	err = s.write(ctx, now, func(t *tx) error {
		if known, err := t.row([]any{new(int)}, "SELECT 1 FROM edition WHERE day = ?", string(day)); err != nil || !known {
			return errors.Join(err, unknownUnless(known, "the edition of "+string(day)))
		}
		_, fresh, err := t.withdrawal(OfDay, string(day), t.now)
		if done.Unchanged = !fresh; err != nil || done.Unchanged {
			return err
		}
		if err := t.keepFirst(string(day)); err != nil {
			return err
		}
		if _, err := t.exec("INSERT INTO withdrawn_pick SELECT day, position, article, snapshot FROM pick WHERE day = ?", string(day)); err != nil {
			return err
		}
		if _, err := t.exec("DELETE FROM pick WHERE day = ?", string(day)); err != nil {
			return err
		}
		ids, err := t.ids("SELECT article FROM withdrawn_pick WHERE day = ?", string(day))
		if err != nil {
			return err
		}
		done.Articles = len(ids)
		for _, id := range ids { // and the other articles of its story, which count as shown with it
			for _, which := range storyOfArticle {
				if _, err := t.exec("UPDATE article SET shown = NULL WHERE shown = ?1 AND "+which, string(day), id); err != nil {
					return err
				}
			}
		}
		return t.updatePickCounts([]string{string(day)}, nil, &done)
	})
	return done, err
}

// storyOfArticle is the SQL condition that an article is of the same story as article ?2, in two parts, each of which
// uses an index.
var storyOfArticle = []string{
	"id = (SELECT story FROM article WHERE id = ?2)",
	"story = (SELECT story FROM article WHERE id = ?2) AND story <> id",
}

// WithdrawArticle excludes the article with a link, and its whole story: the same work at other addresses. ErrUnknown
// if there is none.
func (s *Store) WithdrawArticle(ctx context.Context, now time.Time, link string) (done WithdrawResult, err error) {
	d, err := s.ArticleDetail(ctx, link)
	if err != nil {
		return done, err
	}
	done.What, done.Title = d.Key, d.Title
	err = s.write(ctx, now, func(t *tx) error {
		id, _, err := t.articleByLink(hash(d.Key))
		if err != nil {
			return err
		}
		return t.withdrawArticles(OfArticle, d.Key, &done, `WITH h(id) AS (SELECT story FROM article WHERE id = ?1)
			SELECT id FROM h UNION SELECT a.id FROM article a JOIN h ON a.story = h.id WHERE a.story <> a.id`, id)
	})
	return done, err
}

// WithdrawSource excludes all articles that a source owns so far. Where one of them is the canonical article of a
// story, the whole story is excluded; where another source's article is, that one stays. ErrUnknown if the source is
// not stored.
func (s *Store) WithdrawSource(ctx context.Context, now time.Time, source string) (done WithdrawResult, err error) {
	done.What = source
	err = s.write(ctx, now, func(t *tx) error {
		var id int64
		known, err := t.row([]any{&id}, "SELECT id FROM source WHERE address = ?", source)
		if err != nil || !known {
			return errors.Join(err, unknownUnless(known, source))
		}
		return t.withdrawArticles(OfSource, source, &done, `SELECT id FROM article WHERE source = ?1
			UNION SELECT b.id FROM article b JOIN article h ON h.id = b.story WHERE h.source = ?1`, id)
	})
	return done, err
}

// unknownUnless returns nil if known, otherwise ErrUnknown for what.
func unknownUnless(known bool, what string) error {
	if known {
		return nil
	}
	return fmt.Errorf("%s: %w", what, ErrUnknown)
}

// withdrawArticles stores a withdrawal and the articles that it excludes: the ids that a query selects. When it is
// repeated, articles that were added since are excluded too.
func (t *tx) withdrawArticles(kind, what string, done *WithdrawResult, which string, args ...any) error {
	withdrawal, _, err := t.withdrawal(kind, what, t.now)
	if err != nil {
		return err
	}
	ids, err := t.ids(which, args...)
	if err != nil {
		return err
	}
	fresh, err := t.notWithdrawn(ids)
	if err != nil {
		return err
	}
	days, err := t.daysShowing(fresh)
	if err != nil {
		return err
	}
	for _, day := range days {
		if err := t.keepFirst(day); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if _, err := t.exec("INSERT OR IGNORE INTO withdrawn(article, withdrawal) VALUES(?, ?)", id, withdrawal); err != nil {
			return err
		}
	}
	done.Articles, done.Unchanged = len(fresh), len(fresh) == 0
	return t.updatePickCounts(days, fresh, done)
}

// notWithdrawn returns those of ids that no withdrawal excludes.
func (t *tx) notWithdrawn(ids []int64) (free []int64, err error) {
	for _, id := range ids {
		excluded, err := t.row([]any{new(int)}, "SELECT 1 FROM withdrawn WHERE article = ?", id)
		if err != nil {
			return nil, err
		}
		if !excluded {
			free = append(free, id)
		}
	}
	return free, nil
}

// withdrawal adds a withdrawal, unless it is stored already, and returns its id and whether it is new.
func (t *tx) withdrawal(kind, what string, at time.Time) (id int64, fresh bool, err error) {
	result, err := t.exec("INSERT INTO withdrawal(kind, what, at) VALUES(?, ?, ?) ON CONFLICT DO NOTHING", kind, what, at.Unix())
	if err != nil {
		return 0, false, err
	}
	n, err := result.RowsAffected()
	if err == nil {
		_, err = t.row([]any{&id}, "SELECT id FROM withdrawal WHERE kind = ? AND what = ?", kind, what)
	}
	return id, n > 0, err
}

// daysShowing returns the days whose editions contain one of some articles as a pick, or as a link: of an article
// beyond a source's share, or to another address of a story. For the links it reads all editions, since a withdrawal is
// rare.
func (t *tx) daysShowing(articles []int64) (days []string, err error) {
	set := map[int64]bool{}
	for _, id := range articles {
		set[id] = true
	}
	names := func(day string, also []broadsheet.SourceLink) error {
		for _, a := range also {
			id, _, err := t.articleByLink(hash(link.Key(a.Link)))
			if err != nil {
				return err
			}
			if set[id] {
				days = append(days, day)
			}
		}
		return nil
	}
	type named struct {
		day     string
		article int64
		also    []broadsheet.SourceLink
	}
	var all []named
	if err := t.rows(func(r *sql.Rows) error {
		var one named
		var more []broadsheet.SourceOverflow
		err := r.Scan(&one.day, jsonColumn{&more})
		for _, m := range more {
			one.also = append(one.also, m.Articles...)
		}
		all = append(all, one)
		return err
	}, "SELECT day, more FROM edition"); err != nil {
		return nil, err
	}
	if err := t.rows(func(r *sql.Rows) error {
		var one named
		var also struct{ Also []broadsheet.SourceLink }
		err := r.Scan(&one.day, &one.article, jsonColumn{&also})
		one.also = also.Also
		all = append(all, one)
		return err
	}, "SELECT day, article, snapshot FROM pick"); err != nil {
		return nil, err
	}
	for _, one := range all {
		if set[one.article] {
			days = append(days, one.day)
		}
		if err := names(one.day, one.also); err != nil {
			return nil, err
		}
	}
	slices.Sort(days)
	return slices.Compact(days), nil
}

// keepFirst stores the id of the first pick of a day's edition, which identifies the edition, before that pick is
// removed.
func (t *tx) keepFirst(day string) error {
	var p broadsheet.Pick
	some, err := t.row([]any{jsonColumn{&p}}, "SELECT snapshot FROM pick WHERE day = ? ORDER BY position LIMIT 1", day)
	if err == nil && some {
		_, err = t.exec("UPDATE edition SET first = ? WHERE day = ? AND first = ''", p.ID(), day)
	}
	return err
}

// updatePickCounts updates the number of picks of each day after some articles were excluded, or are not any more,
// marks the days as changed, and adds to done.Days and done.Shown.
func (t *tx) updatePickCounts(days []string, articles []int64, done *WithdrawResult) error {
	for _, day := range days {
		if _, err := t.exec("UPDATE edition SET picks = (SELECT count(*) FROM pick p WHERE p.day = ?1 AND "+notWithdrawn("p.article")+") WHERE day = ?1", day); err != nil {
			return err
		}
		if err := t.markChanged(day); err != nil {
			return err
		}
		done.Days = append(done.Days, broadsheet.Day(day))
	}
	for _, id := range articles {
		shown, err := t.row([]any{new(int)}, "SELECT 1 FROM pick WHERE article = ?", id)
		if err != nil {
			return err
		}
		if shown {
			done.Shown++
		}
	}
	return nil
}

// markChanged counts one more change of the edition of a day.
func (t *tx) markChanged(day string) error {
	_, err := t.exec("INSERT INTO revised(day, times) VALUES(?, 1) ON CONFLICT DO UPDATE SET times = times + 1", day)
	return err
}

// MarkChangedOnce marks the editions for which affected returns true as changed, so that their output is rendered again. It
// does so once for each name: later calls do nothing.
func (s *Store) MarkChangedOnce(ctx context.Context, name string, affected func(broadsheet.Edition) bool) error {
	key := "revised once " + name
	if done, err := s.Meta(ctx, key); err != nil || done != "" {
		return err
	}
	days, err := s.Days(ctx)
	if err != nil {
		return err
	}
	var found []string
	for _, d := range days {
		e, err := s.Edition(ctx, d.Day)
		if err != nil {
			return err
		}
		if affected(e) {
			found = append(found, string(d.Day))
		}
	}
	return s.write(ctx, time.Time{}, func(t *tx) error {
		for _, day := range found {
			if err := t.markChanged(day); err != nil {
				return err
			}
		}
		return t.setMeta("x "+key, "done")
	})
}

// RestoreDay undoes WithdrawDay. Articles that were shown in another edition since stay there. Where no article is
// left, as after a rebuild, the edition stays withdrawn.
func (s *Store) RestoreDay(ctx context.Context, now time.Time, day broadsheet.Day) (done WithdrawResult, err error) {
	done.What = string(day)
	err = s.write(ctx, now, func(t *tx) error {
		gone, err := t.row([]any{new(int)}, "SELECT 1 FROM withdrawal WHERE kind = ? AND what = ?", OfDay, string(day))
		if done.Unchanged = !gone; err != nil || !gone {
			return err
		}
		ids, err := t.ids("SELECT article FROM withdrawn_pick WHERE day = ? ORDER BY position", string(day))
		if err != nil {
			return err
		}
		var back []int64
		for _, id := range ids {
			waits, err := t.row([]any{new(int)}, "SELECT 1 FROM article WHERE id = ? AND shown IS NULL", id)
			if err != nil {
				return err
			}
			if !waits {
				done.Elsewhere++
				continue
			}
			if _, err := t.exec("INSERT INTO pick(day, position, article, snapshot) SELECT day, position, article, snapshot FROM withdrawn_pick WHERE day = ? AND article = ?", string(day), id); err != nil {
				return err
			}
			back = append(back, id)
		}
		if done.Articles = len(back); len(back) == 0 {
			return nil
		}
		for _, id := range back {
			if err := t.markShown(id, day); err != nil {
				return err
			}
		}
		for _, query := range []string{"DELETE FROM withdrawn_pick WHERE day = ?1", "DELETE FROM withdrawal WHERE kind = 'day' AND what = ?1"} {
			if _, err := t.exec(query, string(day)); err != nil {
				return err
			}
		}
		return t.updatePickCounts([]string{string(day)}, back, &done)
	})
	return done, err
}

// RestoreArticle undoes every WithdrawArticle that excludes the article with a link. ErrUnknown if there is none.
func (s *Store) RestoreArticle(ctx context.Context, now time.Time, link string) (done WithdrawResult, err error) {
	d, err := s.ArticleDetail(ctx, link)
	if err != nil {
		return done, err
	}
	done.What, done.Title = d.Key, d.Title
	err = s.write(ctx, now, func(t *tx) error {
		id, _, err := t.articleByLink(hash(d.Key))
		if err != nil {
			return err
		}
		return t.restoreWithdrawn(&done, "SELECT withdrawal FROM withdrawn JOIN withdrawal ON withdrawal.id = withdrawal WHERE kind = 'article' AND article = ?", id)
	})
	return done, err
}

// RestoreSource undoes WithdrawSource.
func (s *Store) RestoreSource(ctx context.Context, now time.Time, source string) (done WithdrawResult, err error) {
	done.What = source
	err = s.write(ctx, now, func(t *tx) error {
		return t.restoreWithdrawn(&done, "SELECT id FROM withdrawal WHERE kind = 'source' AND what = ?", source)
	})
	return done, err
}

// restoreWithdrawn undoes the withdrawals of articles that a query selects. Articles of other withdrawals stay
// excluded.
func (t *tx) restoreWithdrawn(done *WithdrawResult, which string, args ...any) error {
	withdrawals, err := t.ids(which, args...)
	if done.Unchanged = len(withdrawals) == 0; err != nil || done.Unchanged {
		return err
	}
	var ids []int64
	for _, w := range withdrawals {
		some, err := t.ids("SELECT article FROM withdrawn WHERE withdrawal = ?", w)
		if err != nil {
			return err
		}
		ids = append(ids, some...)
		for _, query := range []string{"DELETE FROM withdrawn WHERE withdrawal = ?", "DELETE FROM withdrawal WHERE id = ?"} {
			if _, err := t.exec(query, w); err != nil {
				return err
			}
		}
	}
	back, err := t.notWithdrawn(ids)
	if err != nil {
		return err
	}
	done.Articles = len(back)
	days, err := t.daysShowing(back)
	if err != nil {
		return err
	}
	return t.updatePickCounts(days, back, done)
}

// withdrawTogether extends a withdrawal that excludes all of one story to the other, when the two turn out to be one
// work: what was withdrawn must not come back at another address. What was shown already stays until it is withdrawn
// itself.
func (t *tx) withdrawTogether(left, right []member) error {
	for _, side := range [][2][]member{{left, right}, {right, left}} {
		if err := t.withdrawWith(side[0], side[1]); err != nil {
			return err
		}
	}
	return nil
}

// withdrawWith extends each withdrawal that excludes all of excluded to other.
func (t *tx) withdrawWith(excluded, other []member) error {
	ids := make([]int64, len(excluded))
	for i, m := range excluded {
		ids[i] = m.id
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	withdrawals, err := t.ids("SELECT withdrawal FROM withdrawn WHERE article IN (SELECT value FROM json_each(?)) GROUP BY withdrawal HAVING count(*) = ?",
		string(list), len(ids))
	if err != nil {
		return err
	}
	for _, w := range withdrawals {
		for _, m := range other {
			if m.shown != "" {
				continue
			}
			if _, err := t.exec("INSERT OR IGNORE INTO withdrawn(article, withdrawal) VALUES(?, ?)", m.id, w); err != nil {
				return err
			}
		}
	}
	return nil
}

// hideWithdrawn removes withdrawn articles from the links of an edition: Pick.Also and Edition.More.
func (s *Store) hideWithdrawn(ctx context.Context, e *broadsheet.Edition) error {
	some := false
	if err := s.rows(ctx, func(r *sql.Rows) error { some = true; return nil }, "SELECT 1 FROM withdrawn LIMIT 1"); err != nil || !some {
		return err
	}
	var failed error
	gone := func(a broadsheet.SourceLink) (gone bool) {
		if err := s.rows(ctx, func(r *sql.Rows) error { gone = true; return nil },
			"SELECT 1 FROM link l JOIN withdrawn w ON w.article = l.article WHERE l.hash = ?", hash(link.Key(a.Link))); err != nil {
			failed = err
		}
		return gone
	}
	for i := range e.Picks {
		e.Picks[i].Also = slices.DeleteFunc(e.Picks[i].Also, gone)
	}
	for i := range e.More {
		m := &e.More[i]
		left := slices.DeleteFunc(m.Articles, gone)
		m.Total -= len(m.Articles) - len(left)
		m.Articles = left
	}
	e.More = slices.DeleteFunc(e.More, func(m broadsheet.SourceOverflow) bool { return m.Total <= 0 })
	return failed
}

// Withdrawals returns all withdrawals that are in force, oldest first, each with what it excludes.
func (s *Store) Withdrawals(ctx context.Context) ([]Withdrawal, error) {
	var all []Withdrawal
	var ids []int64
	err := s.rows(ctx, func(r *sql.Rows) error {
		var w Withdrawal
		var id int64
		err := r.Scan(&id, &w.Kind, &w.What, timeColumn{&w.At})
		all, ids = append(all, w), append(ids, id)
		return err
	}, "SELECT id, kind, what, at FROM withdrawal ORDER BY at, kind, what")
	for i := range all {
		if err == nil {
			err = s.withdrawalOf(ctx, &all[i], ids[i])
		}
	}
	return all, err
}

// withdrawalOf sets the fields of w that depend on its kind.
func (s *Store) withdrawalOf(ctx context.Context, w *Withdrawal, id int64) error {
	if w.Kind == OfDay {
		return s.rows(ctx, func(r *sql.Rows) error { return r.Scan(&w.Number, timeColumn{&w.Cut}, &w.First) },
			"SELECT number, at, first FROM edition WHERE day = ?", w.What)
	}
	return s.rows(ctx, func(r *sql.Rows) error {
		var key, final, canonical, links string
		if err := r.Scan(&key, &final, &canonical, &w.Source, &links); err != nil {
			return err
		}
		a := WithdrawnArticle{ID: broadsheet.Article{Key: key}.ID(), Links: []int64{hash(key)}}
		if err := json.Unmarshal([]byte(links), &a.Links); err != nil {
			return err
		}
		a.Links = append(a.Links, hash(key))
		slices.Sort(a.Links)
		a.Links = slices.Compact(a.Links)
		w.Articles = append(w.Articles, a)
		return nil
	}, `SELECT a.key, a.final, a.canonical, s.address, (SELECT json_group_array(t.link_hash) FROM sighting t WHERE t.article = a.id)
		FROM withdrawn w JOIN article a ON a.id = w.article JOIN source s ON s.id = a.source WHERE w.withdrawal = ? ORDER BY a.key`, id)
}

// SetWithdrawals adds withdrawals to a store that is being rebuilt from what was published. Of the articles only what
// identifies them is known.
func (s *Store) SetWithdrawals(ctx context.Context, now time.Time, all []Withdrawal) error {
	return s.write(ctx, now, func(t *tx) error {
		for _, w := range all {
			if err := t.setWithdrawal(w); err != nil {
				return fmt.Errorf("the withdrawal of %s: %w", w.What, err)
			}
		}
		return nil
	})
}

func (t *tx) setWithdrawal(w Withdrawal) error {
	if w.Kind == OfDay {
		if _, err := t.exec(`INSERT INTO edition(day, number, at, sources, waiting, picks, more, first) VALUES(?, ?, ?, 0, 0, 0, 'null', ?)
			ON CONFLICT DO NOTHING`, w.What, w.Number, w.Cut.Unix(), w.First); err != nil {
			return err
		}
	}
	if out, err := t.row([]any{new(int)}, "SELECT 1 FROM edition WHERE ? = 'day' AND day = ? AND picks > 0", w.Kind, w.What); err != nil || out {
		return err // the edition was restored since
	}
	id, _, err := t.withdrawal(w.Kind, w.What, w.At)
	if err != nil {
		return err
	}
	for _, a := range w.Articles {
		article, err := t.articleStub(w, a)
		if err != nil {
			return err
		}
		if _, err := t.exec("INSERT OR IGNORE INTO withdrawn(article, withdrawal) VALUES(?, ?)", article, id); err != nil {
			return err
		}
	}
	return nil
}

// articleStub returns the article that one of a withdrawn article's keys is mapped to; if there is none, a new one of
// which nothing else is known.
func (t *tx) articleStub(w Withdrawal, a WithdrawnArticle) (int64, error) {
	for _, link := range append([]int64{hash(a.ID)}, a.Links...) {
		if id, _, err := t.articleByLink(link); err != nil || id != 0 {
			return id, err
		}
	}
	pick := broadsheet.Pick{Article: broadsheet.Article{Key: a.ID, Source: w.Source}, SourceName: w.Source}
	id, err := t.restoreArticle(pick)
	for _, link := range a.Links {
		err = errors.Join(err, t.addLink(link, id))
	}
	return id, err
}

// withdrawn returns the withdrawals that an article is part of, oldest first.
func (s *Store) withdrawn(ctx context.Context, article int64) (all []Withdrawal, err error) {
	err = s.rows(ctx, collect(&all, func(w *Withdrawal) []any {
		return []any{&w.Kind, &w.What, timeColumn{&w.At}}
	}), `SELECT kind, what, at FROM withdrawal WHERE id IN (SELECT withdrawal FROM withdrawn WHERE article = ?1)
		OR kind = 'day' AND what IN (SELECT day FROM withdrawn_pick WHERE article = ?1) ORDER BY at, id`, article)
	return all, err
}

// WithdrawnCount returns how many editions and articles are withdrawn.
func (s *Store) WithdrawnCount(ctx context.Context) (editions, articles int, err error) {
	err = s.rows(ctx, func(r *sql.Rows) error { return r.Scan(&editions, &articles) },
		"SELECT (SELECT count(*) FROM withdrawal WHERE kind = 'day'), (SELECT count(DISTINCT article) FROM withdrawn)")
	return editions, articles, err
}

// WithdrawnLinks calls visit with the id and the link of each withdrawn article, including those of withdrawn editions
// that may be shown again: the output may contain none of them.
func (s *Store) WithdrawnLinks(ctx context.Context, visit func(id, link string)) error {
	return s.rows(ctx, func(r *sql.Rows) error {
		var key, link string
		err := r.Scan(&key, &link)
		visit(broadsheet.Article{Key: key}.ID(), link)
		return err
	}, `SELECT a.key, a.link FROM article a WHERE a.id IN (SELECT article FROM withdrawn)
		OR a.id IN (SELECT article FROM withdrawn_pick) AND a.shown IS NULL`)
}

// PublishedDay is an edition that readers may see.
type PublishedDay struct {
	DayCount
	Revised int // how often a withdrawal changed it
}

// Published returns the editions that readers may see, oldest first, and the days of those that they may not see:
// withdrawn, or ahead of now by the rules, that is, their day has not come.
func (s *Store) Published(ctx context.Context, rules broadsheet.EditionRules, now time.Time) (out []PublishedDay, hidden []HiddenDay, err error) {
	days, err := s.Days(ctx)
	if err != nil {
		return nil, nil, err
	}
	ahead, revised := map[broadsheet.Day]bool{}, map[broadsheet.Day]int{}
	if err := s.rows(ctx, func(r *sql.Rows) error {
		var day string
		var at time.Time
		err := r.Scan(&day, timeColumn{&at})
		ahead[broadsheet.Day(day)] = rules.IsFuture(broadsheet.Day(day), at, now)
		return err
	}, "SELECT day, at FROM edition WHERE day > ?", string(rules.Day(now))); err != nil {
		return nil, nil, err
	}
	if err := s.rows(ctx, func(r *sql.Rows) error {
		var day string
		var times int
		err := r.Scan(&day, &times)
		revised[broadsheet.Day(day)] = times
		return err
	}, "SELECT day, times FROM revised"); err != nil {
		return nil, nil, err
	}
	for _, d := range days {
		if d.Picks == 0 || ahead[d.Day] {
			hidden = append(hidden, HiddenDay{d.Day, d.Number, d.Picks == 0, ahead[d.Day]})
			continue
		}
		out = append(out, PublishedDay{d, revised[d.Day]})
	}
	return out, hidden, nil
}

// HiddenDay is an edition that readers may not see.
type HiddenDay struct {
	Day       broadsheet.Day
	Number    int
	Withdrawn bool // it was withdrawn, or all of its articles were withdrawn
	Future    bool // its day has not come
}

// FirstEdition returns the day and the Edition.FirstID of the edition that was saved first. They identify the publication
// permanently. Empty: there is none yet.
func (s *Store) FirstEdition(ctx context.Context) (day broadsheet.Day, first string, err error) {
	var kept string
	if err = s.rows(ctx, func(r *sql.Rows) error { return r.Scan(&kept) }, "SELECT value FROM meta WHERE key = 'founder'"); err != nil {
		return "", "", err
	}
	if kept != "" {
		return broadsheet.Day(kept[:len("2026-11-24")]), kept[len("2026-11-24")+1:], nil
	}
	var p broadsheet.Pick // an older store, in which the meta value founder is missing
	err = s.rows(ctx, func(r *sql.Rows) error { return r.Scan((*string)(&day), &first, jsonColumn{&p}) }, founderQuery)
	if first == "" && day != "" {
		first = p.ID()
	}
	return day, first, err
}

const founderQuery = `SELECT e.day, e.first, coalesce((SELECT p.snapshot FROM pick p WHERE p.day = e.day ORDER BY p.position LIMIT 1), 'null')
	FROM edition e INDEXED BY edition_days ORDER BY e.day LIMIT 1`

// SetFirstEdition stores what FirstEdition returns.
func (s *Store) SetFirstEdition(ctx context.Context, day broadsheet.Day, first string) error {
	return s.write(ctx, time.Time{}, func(t *tx) error { return t.setMeta("founder", string(day)+" "+first) })
}

// saveFirstEdition stores what FirstEdition returns, unless it is stored already, before edition e is saved: e, or the first
// edition of an older store, in which it is missing.
func (t *tx) saveFirstEdition(e broadsheet.Edition) error {
	kept, err := t.meta("founder")
	if err != nil || kept != "" {
		return err
	}
	var p broadsheet.Pick
	day, first := string(e.Day), ""
	if _, err := t.row([]any{&day, &first, jsonColumn{&p}}, founderQuery); err != nil {
		return err
	}
	switch {
	case first != "":
	case p.Key != "":
		first = p.ID()
	default:
		first = e.FirstID()
	}
	return t.setMeta("founder", day+" "+first)
}

// FormatLinkHash returns the hash of a link as text, in base 36.
func FormatLinkHash(hash int64) string { return strconv.FormatUint(uint64(hash), 36) }

// ParseLinkHash parses what FormatLinkHash returned.
func ParseLinkHash(text string) (int64, error) {
	n, err := strconv.ParseUint(text, 36, 64)
	return int64(n), err
}
