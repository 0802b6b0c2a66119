package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"
	"unicode"

	"broadsheet"
)

// The full-text index (SQLite FTS5) is brought up to date when it is searched, never while articles are recorded: that
// would cost many times as much as the recording. It holds all articles up to the highest id in it; those whose title
// or text changed since are listed in the table reworded. It may be dropped at any time; the next search builds it
// again.
const searchTable = `CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5(title, tags, body, content='', contentless_delete=1,
	tokenize="porter unicode61 remove_diacritics 2")`

// searchBatch is how many articles are indexed per transaction, which bounds how long a run has to wait for it.
const searchBatch = 500

// Index adds at most limit articles (0: all) to the full-text index and returns how many it added.
func (s *Store) Index(ctx context.Context, now time.Time, limit int) (indexed int, err error) {
	for limit == 0 || indexed < limit {
		size := searchBatch
		if limit > 0 {
			size = min(size, limit-indexed)
		}
		n := 0
		err := s.write(ctx, now, func(t *tx) (err error) {
			n, err = t.index(size)
			return err
		})
		if indexed += n; err != nil || n < size {
			return indexed, err
		}
	}
	return indexed, nil
}

// index adds at most limit articles that are missing from the index or changed, and returns how many.
func (t *tx) index(limit int) (int, error) {
	if _, err := t.exec(searchTable); err != nil {
		return 0, err
	}
	type document struct {
		id                int64
		title, tags, body string
	}
	var docs []document
	for _, which := range []string{changedQuery, unindexedQuery} {
		if err := t.rows(collect(&docs, func(d *document) []any { return []any{&d.id, &d.title, &d.tags, &d.body} }), which, limit-len(docs)); err != nil {
			return 0, err
		}
	}
	for _, d := range docs {
		if _, err := t.exec("INSERT OR REPLACE INTO search(rowid, title, tags, body) VALUES(?, ?, ?, ?)",
			d.id, spaceUnspaced(d.title), spaceUnspaced(d.tags), spaceUnspaced(d.body)); err != nil {
			return 0, err
		}
		if _, err := t.exec("DELETE FROM reworded WHERE article = ?", d.id); err != nil {
			return 0, err
		}
	}
	return len(docs), nil
}

const (
	lastIndexed    = "coalesce((SELECT rowid FROM search ORDER BY rowid DESC LIMIT 1), 0)"
	indexedColumns = "SELECT a.id, a.title, coalesce(a.tags, ''), coalesce(x.body, a.excerpt) FROM article a LEFT JOIN text x ON x.article = a.id "
	changedQuery   = indexedColumns + "WHERE a.id IN (SELECT article FROM reworded WHERE article <= " + lastIndexed + " ORDER BY article LIMIT ?)"
	unindexedQuery = indexedColumns + "WHERE a.id > " + lastIndexed + " ORDER BY a.id LIMIT ?"
)

// Hit is an article that a search found, without its text.
type Hit struct {
	broadsheet.Article
	Snippet string // the part of its text around the first of the words of the query
	Shown   broadsheet.Day
}

// ErrEmptyQuery is returned for a query without words.
var ErrEmptyQuery = errors.New("there is no word to look for")

// Search returns the articles that contain all words of a query, best first by BM25 (title, then tags, then text),
// recent ones preferred; or newest first. At most limit are returned, and one per story. In the query, "two words" in
// quotes are a phrase, -word excludes, word* is a prefix, and one OR other matches either. No query is a syntax error;
// one without words is ErrEmptyQuery. The index is brought up to date first.
func (s *Store) Search(ctx context.Context, now time.Time, words string, newest bool, limit int) ([]Hit, error) {
	query, first := ftsQuery(words)
	if query == "" {
		return nil, ErrEmptyQuery
	}
	if _, err := s.Index(ctx, now, 0); err != nil {
		return nil, err
	}
	order := "bm25(search, 8, 4, 1) * (1.0 + 1.0 / (1.0 + max(0, ?2 - a.published) / 31557600.0)), a.published DESC"
	if newest {
		order = "a.published DESC, ?2"
	}
	var hits []Hit
	stories := map[string]bool{}
	err := s.rows(ctx, func(r *sql.Rows) error {
		var a row
		if err := r.Scan(append(a.fields(), &a.Text)...); err != nil || stories[a.Story] || len(hits) == limit {
			return err
		}
		stories[a.Story] = true
		h := Hit{Article: a.Article, Shown: a.shown}
		if !a.NoSnippet {
			h.Snippet = snippet(a.Text, first)
		}
		if h.Snippet == "" {
			h.Snippet = a.Excerpt
		}
		h.Text = ""
		hits = append(hits, h)
		return nil
	}, "SELECT "+rowColumns+", coalesce(x.body, '')"+rowTables+`JOIN search ON search.rowid = a.id LEFT JOIN text x ON x.article = a.id
		WHERE search MATCH ?1 ORDER BY `+order+" LIMIT ?3", query, now.Unix(), 2*limit)
	return hits, err
}

// maxQueryWords is how many words of a query are used.
const maxQueryWords = 32

// ftsQuery returns a query as an FTS5 expression, and the words that a snippet should show. Every word becomes a quoted
// string, so that nothing in it is taken for FTS5 syntax.
func ftsQuery(query string) (expression string, shown []string) {
	var wanted [][]string
	var unwanted []string
	either := false
	for _, word := range queryWords(query) {
		if word == "OR" {
			either = len(wanted) > 0
			continue
		}
		word, not := strings.CutPrefix(word, "-")
		word, stem := strings.CutSuffix(word, "*")
		word = strings.TrimSpace(spaceUnspaced(strings.Trim(word, `"`)))
		if !strings.ContainsFunc(word, isTokenRune) {
			continue
		}
		term := `"` + strings.ReplaceAll(word, `"`, " ") + `"`
		if stem {
			term += "*"
		}
		switch {
		case not:
			unwanted = append(unwanted, term)
		case either:
			wanted[len(wanted)-1] = append(wanted[len(wanted)-1], term)
		default:
			wanted = append(wanted, []string{term})
		}
		if !not {
			shown = append(shown, word)
		}
		either = false
	}
	if len(wanted) == 0 {
		return "", nil
	}
	var all []string
	for _, terms := range wanted {
		all = append(all, "("+strings.Join(terms, " OR ")+")")
	}
	expression = strings.Join(all, " AND ")
	if len(unwanted) > 0 {
		expression = "(" + expression + ") NOT (" + strings.Join(unwanted, " OR ") + ")"
	}
	return expression, shown
}

// queryWords splits a query at white space; text in double quotes stays together.
func queryWords(query string) (all []string) {
	quoted := false
	for _, word := range strings.FieldsFunc(strings.ToValidUTF8(query, " "), func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && unicode.IsSpace(r) || unicode.IsControl(r)
	}) {
		if len(all) < maxQueryWords {
			all = append(all, word)
		}
	}
	return all
}

// isTokenRune reports whether a character is part of words for FTS5's tokenizer unicode61.
func isTokenRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.N, r) || unicode.Is(unicode.Co, r)
}

// spaceUnspaced puts spaces around each character of scripts that are written without them, since the tokenizer splits
// words at spaces.
func spaceUnspaced(text string) string {
	if !strings.ContainsFunc(text, isUnspaced) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if isUnspaced(r) {
			b.WriteByte(' ')
			b.WriteRune(r)
			b.WriteByte(' ')
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isUnspaced reports whether a character belongs to a script that is written without spaces between words.
func isUnspaced(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// snippetSize is how many characters of a text are shown before a word; from the word on, twice as many are.
const snippetSize = 110

// snippet returns the part of a text around the first of some words; "" when it contains none.
func snippet(text string, words []string) string {
	folded := strings.ToLower(text)
	if len(folded) != len(text) {
		folded = text // the offsets would not be the same
	}
	at := -1
	for _, word := range words {
		word = strings.ToLower(strings.Join(strings.Fields(word), " "))
		if strings.ContainsFunc(word, isUnspaced) {
			word = strings.ReplaceAll(word, " ", "")
		}
		i := wordAt(folded, word)
		if stem := word[:max(len(word)-3, 0)]; i < 0 && len(word) > 6 {
			i = wordAt(folded, strings.ToValidUTF8(stem, "")) // the index stems words: a search for "hashing" finds "hashes"
		}
		if i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	if at < 0 {
		return ""
	}
	before, after := []rune(text[:at]), []rune(text[at:])
	head, tail := "", ""
	if len(before) > snippetSize {
		before, head = before[len(before)-snippetSize:], "… "
	}
	if len(after) > 2*snippetSize {
		after, tail = after[:2*snippetSize], " …"
	}
	lead, rest := string(before), string(after)
	if i := strings.IndexFunc(lead, unicode.IsSpace); head != "" && i >= 0 {
		lead = lead[i:]
	}
	if i := strings.LastIndexFunc(rest, unicode.IsSpace); tail != "" && i > 0 {
		rest = rest[:i]
	}
	return head + strings.Join(strings.Fields(lead+rest), " ") + tail
}

// wordAt returns the offset at which a word begins in a text; -1: nowhere.
func wordAt(text, word string) int {
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return -1
		}
		i += from
		if i == 0 || !isTokenRune(rune(text[i-1])) || text[i] >= 0x80 {
			return i
		}
		from = i + 1
	}
}
