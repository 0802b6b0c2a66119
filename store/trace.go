package store

import (
	"cmp"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"broadsheet/internal/link"
	"broadsheet/store/dedupe"
)

// A mark is a number that an article is found again by: a sample of its text (0 and up), or the hash of its title or of
// an address that its page names (below 0). Marks only propose; the rules of stories decide.
func titleMark(key string) int64   { return -1 - int64(uint32(hash("title "+key))) }
func addressMark(key string) int64 { return -1 - int64(uint32(hash("address "+key))) }

const (
	marksAsked = 16 // at most, of one article
	mayPropose = 8  // articles that have a mark, the newest: a common one must not make a run slow
	maxLike    = 12 // articles that are compared with one
)

// trace is a mark of an article.
type trace struct{ mark, article int64 }

func (a trace) compare(b trace) int {
	return cmp.Or(cmp.Compare(a.mark, b.mark), cmp.Compare(b.article, a.article))
}

// marksOf are the marks of an article's text and title.
func marksOf(w dedupe.Fingerprint) []int64 {
	var marks []int64
	for _, key := range w.TitleKeys() {
		marks = append(marks, titleMark(key))
	}
	for _, sample := range w.Shingles.MinHash() {
		marks = append(marks, int64(sample))
	}
	return marks
}

// like is an article that shares marks with another.
type like struct {
	id        int64
	texts     int  // shared samples of text
	titled    bool // the title is shared
	addressed bool // its page names the other's address
}

// traceQuery takes as many marks as its place says.
var traceQuery = func() (queries [marksAsked + 1]string) {
	one := fmt.Sprintf("SELECT * FROM (SELECT mark, article FROM trace WHERE mark = ? ORDER BY article DESC LIMIT %d)", mayPropose)
	for n := range queries {
		queries[n] = strings.Join(slices.Repeat([]string{one}, n), " UNION ALL ")
	}
	return queries
}()

// alikes are the articles that share the title of an article, two samples of its text, or name its address; best first.
func (t *tx) alikes(a *row, marks []int64) ([]like, error) {
	address := addressMark(link.Key(a.Link))
	traces, err := t.proposed(append([]int64{address}, marks[:min(len(marks), marksAsked-1)]...)...)
	if err != nil {
		return nil, err
	}
	found := map[int64]*like{}
	for _, one := range traces {
		l := found[one.article]
		if l == nil {
			l = &like{id: one.article}
			found[one.article] = l
		}
		switch {
		case one.mark == address:
			l.addressed = true
		case one.mark < 0:
			l.titled = true
		default:
			l.texts++
		}
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
	traces, err := t.proposed(mark)
	for _, one := range traces {
		ids = append(ids, one.article)
	}
	return ids, err
}

// proposed are the traces of marks, of each the newest: those that are filed and those that wait to be.
func (t *tx) proposed(marks ...int64) (traces []trace, err error) {
	u, err := t.gathered()
	if err != nil {
		return nil, err
	}
	traces = slices.Collect(u.of(marks...))
	if u.filed != "" {
		args := make([]any, len(marks))
		for i, mark := range marks {
			args[i] = mark
		}
		err = t.rows(func(r *sql.Rows) error {
			var one trace
			err := r.Scan(&one.mark, &one.article)
			traces = append(traces, one)
			return err
		}, traceQuery[len(marks)], args...)
	}
	return newest(traces), err
}

// newest are of each mark the newest traces, as many as it may propose.
func newest(traces []trace) []trace {
	slices.SortFunc(traces, trace.compare)
	var kept []trace
	for _, one := range slices.Compact(traces) {
		if n := len(kept); n < mayPropose || kept[n-mayPropose].mark != one.mark {
			kept = append(kept, one)
		}
	}
	return kept
}
