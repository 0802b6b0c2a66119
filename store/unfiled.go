package store

import (
	"cmp"
	"database/sql"
	"encoding/binary"
	"errors"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Marks have no order: put into the table that is sorted by them one by one, each would cost a page to be read and
// written, and more so the longer the table. So traces are gathered, in the order in which they come, and filed when they
// are many: a quarter of them at a time, from where the last ones ended, so that those filed together lie close together
// (the rolling merge of O'Neil et al., The Log-Structured Merge-Tree, 1996).
const (
	mayWait   = 1 << 16 // traces, in some 2 MB
	filedPart = 4
)

// unfiled are the traces that wait to be filed, without those that would not be proposed.
type unfiled struct {
	newest  map[int64]int64   // of a mark: the newest article that has it
	older   map[int64][]int64 // the other ones, newest first
	count   int
	filed   string // the mark that the last filed ones ended at; empty: none were
	version int64  // of the file, when these were all
}

// add takes a trace in, unless it is there, or would not be proposed.
func (u *unfiled) add(t trace) bool {
	newest, held := u.newest[t.mark]
	if !held {
		u.newest[t.mark] = t.article
		u.count++
		return true
	}
	all := append([]int64{newest}, u.older[t.mark]...)
	at, held := slices.BinarySearchFunc(all, t.article, func(a, b int64) int { return cmp.Compare(b, a) })
	if held || at == mayPropose {
		return false
	}
	all = slices.Insert(all, at, t.article)
	if len(all) > mayPropose {
		all = all[:mayPropose]
	} else {
		u.count++
	}
	u.newest[t.mark], u.older[t.mark] = all[0], all[1:]
	return true
}

// of are the traces of marks, in their order.
func (u *unfiled) of(marks ...int64) iter.Seq[trace] {
	return func(yield func(trace) bool) {
		for _, mark := range marks {
			newest, held := u.newest[mark]
			if held && !yield(trace{mark, newest}) {
				return
			}
			for _, article := range u.older[mark] {
				if !yield(trace{mark, article}) {
					return
				}
			}
		}
	}
}

// remove takes out some traces, all of their marks.
func (u *unfiled) remove(some []trace) {
	for _, t := range some {
		delete(u.newest, t.mark)
		delete(u.older, t.mark)
	}
	u.count -= len(some)
}

// packed are traces as a row of the table unfiled holds them: marks and articles in turns, as varints.
func packed(some iter.Seq[trace]) (b []byte) {
	for t := range some {
		b = binary.AppendVarint(b, t.mark)
		b = binary.AppendVarint(b, t.article)
	}
	return b
}

// unpack takes in what packed made.
func (u *unfiled) unpack(b []byte) error {
	if len(u.newest) == 0 {
		u.newest = make(map[int64]int64, len(b)/8) // about
	}
	for len(b) > 0 {
		mark, n := binary.Varint(b)
		article, m := binary.Varint(b[max(n, 0):])
		if n <= 0 || m <= 0 {
			return errors.New("the file is damaged, in its table unfiled: " + wayOut)
		}
		u.add(trace{mark, article})
		b = b[n+m:]
	}
	return nil
}

// gathered are the traces that wait, those of this transaction included. They stay in memory from one transaction to the
// next, unless another program has written to the file.
func (t *tx) gathered() (*unfiled, error) {
	if t.unfiled != nil {
		return t.unfiled, nil
	}
	var version int64
	if _, err := t.row([]any{&version}, "PRAGMA data_version"); err != nil {
		return nil, err
	}
	if t.s.unfiled == nil || t.s.unfiled.version != version {
		u := &unfiled{newest: map[int64]int64{}, older: map[int64][]int64{}, version: version}
		var err error
		if u.filed, err = t.meta("filed"); err != nil {
			return nil, err
		}
		if err := t.rows(func(r *sql.Rows) error {
			var traces sql.RawBytes
			err := r.Scan(&traces)
			return errors.Join(err, u.unpack(traces))
		}, "SELECT traces FROM unfiled ORDER BY id"); err != nil {
			return nil, err
		}
		t.s.unfiled = u
	}
	t.unfiled = t.s.unfiled
	return t.unfiled, nil
}

// remember lets an article be found by marks.
func (t *tx) remember(article int64, marks []int64) error {
	u, err := t.gathered()
	if err != nil {
		return err
	}
	for _, mark := range marks {
		if one := (trace{mark, article}); u.add(one) {
			t.traces = append(t.traces, one)
		}
	}
	return nil
}

// keepTraces writes what was remembered in this transaction, and files some when too many wait.
func (t *tx) keepTraces() error {
	if len(t.traces) == 0 {
		return nil
	}
	if _, err := t.exec("INSERT INTO unfiled(traces) VALUES(?)", packed(slices.Values(t.traces))); err != nil {
		return err
	}
	for t.unfiled.count > mayWait {
		if err := t.file(t.unfiled); err != nil {
			return err
		}
	}
	return nil
}

// file moves a part of the traces that wait into the table that is sorted, the next ones after those that were moved last.
func (t *tx) file(u *unfiled) error {
	last, _ := strconv.ParseInt(u.filed, 10, 64) // the first time from anywhere
	marks := slices.Sorted(maps.Keys(u.newest))
	from, to := part(marks, last)
	filed := slices.Collect(u.of(marks[from:to]...))
	for some := range slices.Chunk(filed, len(fileQuery)-1) {
		args := make([]any, 0, 2*len(some))
		for _, one := range some {
			args = append(args, one.mark, one.article)
		}
		if _, err := t.exec(fileQuery[len(some)], args...); err != nil {
			return err
		}
	}
	u.remove(filed)
	u.filed = strconv.FormatInt(marks[to-1], 10)
	if _, err := t.exec("DELETE FROM unfiled"); err != nil {
		return err
	}
	rest := slices.Delete(marks, from, to)
	if _, err := t.exec("INSERT INTO unfiled(traces) VALUES(?)", packed(u.of(rest...))); err != nil {
		return err
	}
	return t.setMeta("filed", u.filed)
}

// part is where among sorted marks the next ones after a mark are that are filed together; after the last one it goes on
// with the first.
func part(marks []int64, after int64) (from, to int) {
	from, _ = slices.BinarySearch(marks, after+1)
	if from == len(marks) {
		from = 0
	}
	return from, min(from+len(marks)/filedPart+1, len(marks))
}

// fileQuery takes as many traces as its place says.
var fileQuery = func() (queries [33]string) {
	for n := range queries {
		queries[n] = "INSERT OR IGNORE INTO trace(mark, article) VALUES" + strings.Join(slices.Repeat([]string{"(?,?)"}, n), ",")
	}
	return queries
}()
