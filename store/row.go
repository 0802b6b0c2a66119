package store

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"broadsheet"
)

// row is a row of the table article. Its Text is in a table of its own, and read separately.
type row struct {
	broadsheet.Article
	id       int64
	source   int64          // id of the source that owns it, which alone may change it
	story    int64          // id of the canonical article of its story
	former   []byte         // hashes of former titles and texts, 8 bytes each: a return to one is no change
	fullText bool           // its source reported the full text
	page     int            // state of its page: unread, read or givenUp
	need     int            // how much its page is needed: see pageNeed
	listed   bool           // its source is in feeds.yaml
	shown    broadsheet.Day // on which it, or another article of its story, was shown; empty: never

	quarantined int // 0, or one of the values in quarantine.go

	// Result of the rules when they last scored it.
	score  float64
	wanted bool   // it may be in an edition
	topic  string // its first topic; empty: none
}

// States of an article's page.
const (
	unread = iota
	read
	givenUp
)

const rowColumns = `a.id, a.key, a.link, a.source, s.address, a.title, a.authors, a.published, a.dated, a.updated, a.seen,
	a.inherited, a.language, a.image, a.tags, a.excerpt, a.origin, a.no_snippet, a.dead, a.quarantined > 0, a.quarantined, a.words, a.whole, a.former, a.story, h.key, a.page, a.need, s.listed,
	coalesce(a.shown, ''), a.score, a.wanted, a.topic`

// rowTables joins the tables of rowColumns. The article's text needs another join.
const rowTables = ` FROM article a JOIN source s ON s.id = a.source JOIN article h ON h.id = a.story `

// fields returns pointers to the fields of rowColumns.
func (a *row) fields() []any {
	return []any{&a.id, &a.Key, &a.Link, &a.source, &a.Source, &a.Title, listColumn{&a.Authors}, timeColumn{&a.Published}, &a.Dated,
		timeColumn{&a.Updated}, timeColumn{&a.Seen}, &a.Inherited, &a.Language, &a.Image, listColumn{&a.Tags}, &a.Excerpt,
		(*string)(&a.Origin), &a.NoSnippet, (*string)(&a.Dead), &a.Quarantined, &a.quarantined, &a.Words, &a.fullText, &a.former, &a.story, &a.Story, &a.page, &a.need, &a.listed,
		(*string)(&a.shown), &a.score, &a.wanted, &a.topic}
}

// article returns the row with an id, without its text.
func (t *tx) article(id int64) (*row, error) {
	a := &row{}
	ok, err := t.row(a.fields(), "SELECT "+rowColumns+rowTables+"WHERE a.id = ?", id)
	if err == nil && !ok {
		err = fmt.Errorf("article %d is missing", id)
	}
	return a, err
}

// text returns the longest known text of an article.
func (t *tx) text(id int64) (body string, err error) {
	_, err = t.row([]any{&body}, "SELECT body FROM text WHERE article = ?", id)
	return body, err
}

func (t *tx) setText(id int64, body string) error {
	if body == "" {
		_, err := t.exec("DELETE FROM text WHERE article = ?", id)
		return err
	}
	_, err := t.exec("INSERT OR REPLACE INTO text(article, body) VALUES(?, ?)", id, body)
	return err
}

// insert stores a new article, alone in its story, with its score by the given version of the rules (0: not scored),
// and sets its id.
func (t *tx) insert(a *row, rulesVersion int) error {
	result, err := t.exec(`INSERT INTO article(key, link, source, title, authors, published, dated, updated, seen, inherited,
		language, image, tags, excerpt, origin, words, whole, former, page, need, story, judged, score, wanted, topic, wanted_at, quarantined)
		VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
			(SELECT coalesce(max(id), 0) + 1 FROM article), ?21, ?22, ?23, ?24, iif(?23, ?25, NULL), ?26)`,
		a.Key, a.Link, a.source, a.Title, listColumn{&a.Authors}, unixOrNil(a.Published), a.Dated, unixOrNil(a.Updated), unixOrNil(a.Seen), a.Inherited,
		a.Language, a.Image, listColumn{&a.Tags}, a.Excerpt, string(a.Origin), a.Words, a.fullText, a.former, a.page, a.need,
		rulesVersion, a.score, a.wanted, a.topic, t.now.Unix(), a.quarantined)
	if err != nil {
		return err
	}
	if a.id, err = result.LastInsertId(); err != nil {
		return err
	}
	a.story, a.Story = a.id, a.Key
	return nil
}

// count adds articles to the statistics of the source that owns them (by 1), or subtracts them (by -1).
func (t *tx) count(source int64, by int, articles ...*row) error {
	if len(articles) == 0 {
		return nil
	}
	var newest, oldest *int64
	for _, a := range articles {
		if !a.Dated {
			continue
		}
		at := a.Published.Unix()
		if newest == nil || at > *newest {
			newest = &at
		}
		if oldest == nil || at < *oldest {
			oldest = &at
		}
	}
	_, err := t.exec(`UPDATE source SET articles = articles + ?2, newest = coalesce(max(newest, ?3), newest, ?3),
		oldest = coalesce(min(oldest, ?4), oldest, ?4) WHERE id = ?1`, source, by*len(articles), newest, oldest)
	return err
}

// update stores the columns of an article that may change, and marks it to be scored and indexed again.
func (t *tx) update(a *row) error {
	_, err := t.exec(`UPDATE article SET link = ?, source = ?, title = ?, authors = ?, published = ?, dated = ?, updated = ?,
		language = ?, image = ?, tags = ?, excerpt = ?, origin = ?, no_snippet = ?, words = ?, whole = ?, former = ?, need = ?, judged = 0 WHERE id = ?`,
		a.Link, a.source, a.Title, listColumn{&a.Authors}, unixOrNil(a.Published), a.Dated, unixOrNil(a.Updated),
		a.Language, a.Image, listColumn{&a.Tags}, a.Excerpt, string(a.Origin), a.NoSnippet, a.Words, a.fullText, a.former, a.need, a.id)
	if err == nil {
		_, err = t.exec("INSERT OR IGNORE INTO reworded(article) VALUES(?)", a.id)
	}
	return err
}

// addLink maps the hash of a link key to an article, unless it is mapped to one already.
func (t *tx) addLink(hash, article int64) error {
	_, err := t.exec("INSERT INTO link(hash, article) VALUES(?1, ?2) ON CONFLICT DO UPDATE SET article = ?2 WHERE article IS NULL", hash, article)
	return err
}

// articleByLink returns the article that the hash of a link key is mapped to, 0 for none, and whether several works
// were reported under that key.
func (t *tx) articleByLink(hash int64) (article int64, shared bool, err error) {
	var n sql.NullInt64
	_, err = t.row([]any{&n, &shared}, "SELECT article, shared FROM link WHERE hash = ?", hash)
	return n.Int64, shared, err
}

// timeColumn scans a column that holds a time: seconds since 1970 in UTC, NULL for the zero time.
type timeColumn struct{ t *time.Time }

func (m timeColumn) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*m.t = time.Time{}
	case int64:
		*m.t = time.Unix(v, 0).UTC()
	default:
		return fmt.Errorf("a time is %T", v)
	}
	return nil
}

// unixOrNil returns the value of a timeColumn for t.
func unixOrNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}

// timesColumn is the column of a list of times: a JSON array of seconds since 1970.
type timesColumn struct{ times *[]time.Time }

func (c timesColumn) Scan(v any) error {
	var seconds []int64
	if err := (jsonColumn{&seconds}).Scan(v); err != nil {
		return err
	}
	*c.times = nil
	for _, s := range seconds {
		*c.times = append(*c.times, time.Unix(s, 0).UTC())
	}
	return nil
}

func (c timesColumn) Value() (driver.Value, error) {
	seconds := make([]int64, len(*c.times))
	for i, t := range *c.times {
		seconds[i] = t.Unix()
	}
	return jsonColumn{seconds}.Value()
}

// listColumn is the column of a list of strings: a JSON array, NULL when it is empty.
type listColumn struct{ words *[]string }

func (l listColumn) Scan(v any) error {
	*l.words = nil
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(v), l.words)
	}
	return fmt.Errorf("a list is %T", v)
}

func (l listColumn) Value() (driver.Value, error) {
	if len(*l.words) == 0 {
		return nil, nil
	}
	return jsonColumn{*l.words}.Value()
}

// jsonColumn is the column of a value that is never queried by its parts: its JSON text.
type jsonColumn struct{ value any }

func (c jsonColumn) Scan(v any) error {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("a value is %T", v)
	}
	return json.Unmarshal([]byte(s), c.value)
}

func (c jsonColumn) Value() (driver.Value, error) {
	b, err := json.Marshal(c.value)
	return string(b), err
}
