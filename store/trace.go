package store

import (
	"cmp"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"broadsheet"
)

// A mark is a number that an article is found again by: a sample of its text (0 and up), or the hash of its title or of
// an address that its page names (below 0). Marks only propose; the rules of stories decide.
func titleMark(key string) int64   { return -1 - int64(uint32(hash("title "+key))) }
func addressMark(key string) int64 { return -1 - int64(uint32(hash("address "+key))) }

const (
	marksAsked = 16 // at most, of one article
	maxLike    = 12 // articles that are compared with one
)

// marksOf are the marks of an article's text and title.
func marksOf(w broadsheet.Work) []int64 {
	var marks []int64
	for _, key := range w.TitleKeys() {
		marks = append(marks, titleMark(key))
	}
	for _, sample := range w.Print.Samples() {
		marks = append(marks, int64(sample))
	}
	return marks
}

// remember lets an article be found by marks.
func (t *tx) remember(article int64, marks []int64) error {
	for part := range slices.Chunk(marks, len(rememberQuery)-1) {
		args := make([]any, 0, marksAsked+1)
		args = append(args, article)
		for _, mark := range part {
			args = append(args, mark)
		}
		if _, err := t.exec(rememberQuery[len(part)], args...); err != nil {
			return err
		}
	}
	return nil
}

// rememberQuery takes an article and as many marks as its place says.
var rememberQuery = func() (queries [marksAsked + 1]string) {
	for n := range queries {
		var values []string
		for i := range n {
			values = append(values, fmt.Sprintf("(?%d,?1)", i+2))
		}
		queries[n] = "INSERT OR IGNORE INTO trace(mark, article) VALUES" + strings.Join(values, ",")
	}
	return queries
}()

// like is an article that shares marks with another.
type like struct {
	id        int64
	texts     int  // shared samples of text
	titled    bool // the title is shared
	addressed bool // its page names the other's address
}

// likeQuery takes as many marks as its place says. A mark proposes the 8 newest articles that have it: a common one must
// not make a run slow.
var likeQuery = func() (queries [marksAsked + 1]string) {
	const one = "SELECT * FROM (SELECT mark, article FROM trace WHERE mark = ? ORDER BY article DESC LIMIT 8)"
	for n := range queries {
		queries[n] = strings.Join(slices.Repeat([]string{one}, n), " UNION ALL ")
	}
	return queries
}()

// alikes are the articles that share the title of an article, two samples of its text, or name its address; best first.
func (t *tx) alikes(a *row, marks []int64) ([]like, error) {
	address := addressMark(broadsheet.LinkKey(a.Link))
	args := []any{address}
	for _, mark := range marks[:min(len(marks), marksAsked-1)] {
		args = append(args, mark)
	}
	found := map[int64]*like{}
	if err := t.rows(func(r *sql.Rows) error {
		var mark, id int64
		err := r.Scan(&mark, &id)
		l := found[id]
		if l == nil {
			l = &like{id: id}
			found[id] = l
		}
		switch {
		case mark == address:
			l.addressed = true
		case mark < 0:
			l.titled = true
		default:
			l.texts++
		}
		return err
	}, likeQuery[len(args)], args...); err != nil {
		return nil, err
	}
	delete(found, a.id)
	var likes []like
	for _, l := range found {
		if l.weight() > 1 {
			likes = append(likes, *l)
		}
	}
	slices.SortFunc(likes, func(a, b like) int { return cmp.Or(b.weight()-a.weight(), cmp.Compare(b.id, a.id)) })
	return likes[:min(len(likes), maxLike)], nil
}

func (l *like) weight() int {
	n := l.texts
	if l.titled {
		n += 100
	}
	if l.addressed {
		n += 200
	}
	return n
}

// marked are the newest articles that have a mark.
func (t *tx) marked(mark int64) (ids []int64, err error) {
	err = t.rows(func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT article FROM trace WHERE mark = ? ORDER BY article DESC LIMIT 8", mark)
	return ids, err
}
