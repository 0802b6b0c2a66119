package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/internal/plain"
	"broadsheet/internal/schedule"
)

// PendingNew returns new articles whose pages should be fetched now, at most limit: never shown, not read, not postponed
// beyond now, published after oldest, and either not inherited, or dated and first seen or first wanted after since. Those that
// the rules want come first, then those without a text that they could be scored by; newest first, but alternating
// between hosts, since each host has its own rate limit.
func (s *Store) PendingNew(ctx context.Context, now, since, oldest time.Time, limit int) ([]broadsheet.Article, error) {
	wanted, err := s.pending(ctx, pendingNewQuery, 2, now, limit, oldest.Unix(), since.Unix())
	if err != nil || len(wanted) == limit {
		return wanted, err
	}
	unscored, err := s.pending(ctx, pendingNewQuery, 1, now, limit-len(wanted), oldest.Unix(), since.Unix())
	return append(wanted, unscored...), err
}

// PendingUnscored returns articles, of whatever age, whose pages should be fetched now because they have no text that
// they could be scored by; at most limit, newest first, but alternating between hosts.
func (s *Store) PendingUnscored(ctx context.Context, now time.Time, limit int) ([]broadsheet.Article, error) {
	return s.pending(ctx, pendingQuery, 1, now, limit)
}

// PendingOf returns those of the articles with the given keys whose pages should be fetched now, in that order.
func (s *Store) PendingOf(ctx context.Context, now time.Time, keys []string) ([]broadsheet.Article, error) {
	hashes := make([]int64, len(keys))
	for i, key := range keys {
		hashes[i] = hash(key)
	}
	list, err := json.Marshal(hashes)
	if err != nil {
		return nil, err
	}
	return s.articles(ctx, pendingOfQuery, string(list), now.Unix())
}

// CountPaced returns how many pages were tried after since as ones of the backlog (PageResult.Paced).
func (s *Store) CountPaced(ctx context.Context, since time.Time) (int, error) {
	return s.count(ctx, pacedQuery, since.Unix())
}

// pending returns the articles of a query whose pages should be fetched, at most limit.
func (s *Store) pending(ctx context.Context, query string, need int, now time.Time, limit int, args ...any) ([]broadsheet.Article, error) {
	const spread = 8 // to find other hosts, so many times limit are read
	var pages []pendingPage
	err := s.rows(ctx, collect(&pages, func(p *pendingPage) []any {
		return []any{&p.article, &p.link, &p.published, &p.key}
	}), query, append([]any{need, now.Unix(), limit * spread}, args...)...)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(pages, func(x, y pendingPage) int { // whatever the order in which the articles were stored
		return cmp.Or(cmp.Compare(y.published, x.published), cmp.Compare(x.key, y.key))
	})
	pages = schedule.InterleaveByHost(pages, func(p pendingPage) string { return host(p.link) })
	var ids []int64
	for _, p := range pages[:min(limit, len(pages))] {
		ids = append(ids, p.article)
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	return s.articles(ctx, inOrderQuery, string(list))
}

var (
	readable = "a.shown IS NULL AND a.need > 0 AND (a.page_next IS NULL OR a.page_next <= ?2) AND " + notWithdrawn("a.id")

	unreadWith   = "SELECT a.id, a.link, a.published, a.key FROM article a WHERE a.need = ?1 AND " + readable
	inOrder      = " ORDER BY a.published DESC, a.page_next, a.id LIMIT ?3"
	pendingQuery = unreadWith + inOrder

	pendingNewQuery = unreadWith + " AND a.published > ?4 AND (NOT a.inherited OR a.dated AND (a.seen > ?5 OR a.wanted_at > ?5))" + inOrder

	inOrderQuery   = "SELECT " + rowColumns + rowTables + "JOIN json_each(?) turn ON a.id = turn.value ORDER BY turn.key"
	pendingOfQuery = "SELECT " + rowColumns + rowTables + "JOIN link l ON l.article = a.id JOIN json_each(?1) turn ON l.hash = turn.value WHERE " +
		readable + " ORDER BY turn.key"
	pacedQuery = "SELECT count(*) FROM article WHERE page_paced > ?"
)

// pendingPage is the page of an article that should be fetched.
type pendingPage struct {
	article   int64
	link, key string
	published int64
}

func host(link string) string {
	_, rest, _ := strings.Cut(link, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

// PageResult is the result of fetching and parsing an article's page.
type PageResult struct {
	Key     string // Article.Key
	Page    broadsheet.Page
	Excerpt string
	Origin  broadsheet.Origin
	Err     string                // why it could not be read; empty: it was read
	RetryAt time.Time             // with Err: earliest time of the next try; earlier failures postpone it; zero: never
	Paced   bool                  // it counts as one of the backlog, of which a limited number is read a day
	Dead    broadsheet.DeadReason // with Err: why nobody can open it; empty: perhaps somebody can
}

// SetPages stores the results of fetching pages: the text and the excerpt, and title, authors, date, language and image
// where the feed had none. It also ends their attempts.
func (s *Store) SetPages(ctx context.Context, now time.Time, readings ...PageResult) error {
	return s.write(ctx, now, func(t *tx) error {
		for _, r := range readings {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := t.setPage(r); err != nil {
				return fmt.Errorf("the page of %s: %w", r.Key, err)
			}
		}
		return nil
	})
}

// setPage stores the result of fetching one page, and joins its article to its story.
func (t *tx) setPage(r PageResult) error {
	id, _, err := t.articleByLink(hash(r.Key))
	if err != nil {
		return err
	}
	if id == 0 {
		return ErrUnknown
	}
	if r.Paced {
		if _, err := t.exec("UPDATE article SET page_paced = ? WHERE id = ?", t.now.Unix(), id); err != nil {
			return err
		}
	}
	if r.Err != "" {
		return t.postponePage(id, r)
	}
	a, err := t.article(id)
	if err != nil {
		return err
	}
	if a.Text, err = t.text(id); err != nil {
		return err
	}
	was, title := a.Text, a.Title
	a.applyPage(r)
	if a.Text != was {
		if err := t.setText(id, a.Text); err != nil {
			return err
		}
	}
	if err := t.update(a); err != nil {
		return err
	}
	if _, err := t.exec("UPDATE article SET page = ?, page_next = NULL, page_error = '', dead = '', final = ?, canonical = ? WHERE id = ?",
		read, r.Page.URL, r.Page.Canonical, id); err != nil {
		return err
	}
	if err := t.clearAttempt(AttemptPage, id); err != nil || r.Page.BlockPage != "" {
		return err
	}
	return t.matchPage(a, r.Page, a.Text != was || a.Title != title)
}

// maxTries is how often a page is tried, with a wait that doubles each time: starting at six hours, it spans eight
// days.
const maxTries = 6

// postponeSQL stores why a page was not read. The rules have to score the article again when its page is found dead, or
// is not dead any more: hence judged.
const postponeSQL = "UPDATE article SET page_tries = ?2, page_error = ?3, judged = iif(dead = ?4, judged, 0), dead = ?4"

// postponePage schedules the next try of a page that could not be read, or gives it up.
func (t *tx) postponePage(id int64, r PageResult) error {
	var tries int
	if _, err := t.row([]any{&tries}, "SELECT page_tries FROM article WHERE id = ?", id); err != nil {
		return err
	}
	if r.RetryAt.IsZero() || tries+1 >= maxTries {
		if _, err := t.exec(postponeSQL+", page = ?5, page_next = NULL, need = 0 WHERE id = ?1", id, tries+1, r.Err, string(r.Dead), givenUp); err != nil {
			return err
		}
		return t.clearAttempt(AttemptPage, id)
	}
	next := t.now.Add(max(0, r.RetryAt.Sub(t.now)) << tries)
	if _, err := t.exec(postponeSQL+", page_next = ?5 WHERE id = ?1", id, tries+1, r.Err, string(r.Dead), next.Unix()); err != nil {
		return err
	}
	return t.endAttempt(AttemptPage, id)
}

// resetPage resets a page that could not be read to unread, because the article's link leads to another page now. After
// maxTries it does not: a source may report another link at each visit.
func (t *tx) resetPage(a *row) error {
	if a.page == read || a.page == unread && a.Dead == broadsheet.Alive {
		return nil
	}
	result, err := t.exec("UPDATE article SET page = ?, page_next = NULL, page_error = '', dead = '' WHERE id = ? AND page_tries < ?", unread, a.id, maxTries)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	a.page, a.Dead = unread, broadsheet.Alive
	return nil
}

// applyPage fills an article from its page.
func (a *row) applyPage(r PageResult) {
	a.page, a.need, a.Dead = read, 0, broadsheet.Alive
	p := r.Page
	if p.BlockPage == "" {
		if !a.HasTitle() && p.Title != "" {
			a.Title = p.Title
		}
		for to, from := range map[*string]string{&a.Language: p.Language, &a.Image: p.Image} {
			if *to == "" {
				*to = from
			}
		}
		setIfEmpty(&a.Authors, p.Authors, false)
		if date, ok := plausibleDate(p.Published, a.Seen); ok && !a.Dated && a.shown == "" {
			if a.Updated.Equal(a.Published) {
				a.Updated = date
			}
			a.Published, a.Dated = date, true
		}
		if len(p.Text) > len(a.Text) {
			a.Text = plain.TruncateBytes(p.Text, broadsheet.MaxText)
		}
		if p.Words > a.Words {
			a.Words = p.Words
		}
	}
	if r.Excerpt != "" {
		a.Excerpt, a.Origin = r.Excerpt, r.Origin
	}
	if a.NoSnippet = p.NoSnippet; a.NoSnippet && a.Origin != broadsheet.OriginNote {
		a.Excerpt, a.Origin = "", broadsheet.OriginNone
	}
}
