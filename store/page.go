package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/internal/schedule"
)

// Pending are articles whose pages are to be read now: never shown, not read, not put off beyond now. Those that the
// rules want come first, then those that have no text to be judged by; newest first, but spread over hosts, since each
// host is asked at its own pace.
func (s *Store) Pending(ctx context.Context, now time.Time, limit int) ([]broadsheet.Article, error) {
	const spread = 8 // looking that many times further ahead finds other hosts
	var pages []pendingPage
	err := s.rows(ctx, collect(&pages, func(p *pendingPage) []any {
		return []any{&p.article, &p.link, &p.need}
	}), pendingQuery, now.Unix(), limit*spread)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, p := range overHosts(pages, limit) {
		ids = append(ids, p.article)
	}
	inTurn, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	return s.articles(ctx, inTurnQuery, string(inTurn))
}

var (
	pendingQuery = `SELECT a.id, a.link, a.need FROM article a
		WHERE a.shown IS NULL AND a.need > 0 AND (a.page_next IS NULL OR a.page_next <= ?) AND ` + notWithdrawn("a.id") + `
		ORDER BY a.need DESC, a.published DESC, a.page_next, a.id LIMIT ?`
	inTurnQuery = "SELECT " + rowColumns + rowTables + "JOIN json_each(?) turn ON a.id = turn.value ORDER BY turn.key"
)

// pendingPage is the page of an article that needs it.
type pendingPage struct {
	article int64
	link    string
	need    int
}

// overHosts takes limit pages, those of higher need first, and lets hosts take turns within a need.
func overHosts(pages []pendingPage, limit int) []pendingPage {
	var out []pendingPage
	for len(pages) > 0 {
		n := slices.IndexFunc(pages, func(p pendingPage) bool { return p.need != pages[0].need })
		if n < 0 {
			n = len(pages)
		}
		out = append(out, schedule.InterleaveByHost(pages[:n], func(p pendingPage) string { return host(p.link) })...)
		pages = pages[n:]
	}
	return out[:min(limit, len(out))]
}

func host(link string) string {
	_, rest, _ := strings.Cut(link, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

// Reading is what came of reading an article's page.
type Reading struct {
	Key     string // Article.Key
	Page    broadsheet.Page
	Excerpt string
	Origin  broadsheet.Origin
	Err     string          // why it could not be read; empty: it was
	Retry   time.Time       // with Err: not to be read before, and later than that when it failed before; zero: not ever again
	Dead    broadsheet.Dead // with Err: why nobody can open it; empty: that is not known
}

// SetPages stores what pages told: the text and the excerpt, and title, authors, date, language and image where the
// feed had none. It ends their attempts.
func (s *Store) SetPages(ctx context.Context, now time.Time, readings ...Reading) error {
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

func (t *tx) setPage(r Reading) error {
	id, _, err := t.led(hash(r.Key))
	if err != nil {
		return err
	}
	if id == 0 {
		return ErrUnknown
	}
	if r.Err != "" {
		return t.unreadPage(id, r)
	}
	a, err := t.article(id)
	if err != nil {
		return err
	}
	if a.Text, err = t.text(id); err != nil {
		return err
	}
	was, title := a.Text, a.Title
	a.takePage(r, t.now)
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
	if err := t.clearAttempt(AttemptPage, id); err != nil || r.Page.Wall != "" {
		return err
	}
	return t.matchPage(a, r.Page, a.Text != was || a.Title != title)
}

// maxTries is how often a page is tried, each time after twice as long: from six hours they span eight days.
const maxTries = 6

// unreadSQL keeps why a page was not read. That it is dead, or is not any more, decides whether the rules want the article.
const unreadSQL = "UPDATE article SET page_tries = ?2, page_error = ?3, judged = iif(dead = ?4, judged, 0), dead = ?4"

// unreadPage puts a page off, or gives it up.
func (t *tx) unreadPage(id int64, r Reading) error {
	var tries int
	if _, err := t.row([]any{&tries}, "SELECT page_tries FROM article WHERE id = ?", id); err != nil {
		return err
	}
	if r.Retry.IsZero() || tries+1 >= maxTries {
		if _, err := t.exec(unreadSQL+", page = ?5, page_next = NULL, need = 0 WHERE id = ?1", id, tries+1, r.Err, string(r.Dead), givenUp); err != nil {
			return err
		}
		return t.clearAttempt(AttemptPage, id)
	}
	next := t.now.Add(max(0, r.Retry.Sub(t.now)) << tries)
	if _, err := t.exec(unreadSQL+", page_next = ?5 WHERE id = ?1", id, tries+1, r.Err, string(r.Dead), next.Unix()); err != nil {
		return err
	}
	return t.endAttempt(AttemptPage, id)
}

// forgetPage forgets what became of a page that could not be read, as the article's link leads to another one now. A
// source that tells of another link at each visit is not believed after so many tries.
func (t *tx) forgetPage(a *row) error {
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

// takePage fills an article from its page.
func (a *row) takePage(r Reading, now time.Time) {
	a.page, a.need, a.Dead = read, 0, broadsheet.Alive
	p := r.Page
	if p.Wall == "" {
		if !a.HasTitle() && p.Title != "" {
			a.Title = p.Title
		}
		for to, from := range map[*string]string{&a.Language: p.Language, &a.Image: p.Image} {
			if *to == "" {
				*to = from
			}
		}
		fill(&a.Authors, p.Authors, false)
		if told, ok := believed(p.Published, a.Seen); ok && !a.Dated && a.shown == "" {
			if a.Updated.Equal(a.Published) {
				a.Updated = told
			}
			a.Published, a.Dated = told, true
		}
		if len(p.Text) > len(a.Text) {
			a.Text = cut(p.Text, broadsheet.MaxText)
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
