package store

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// remembered is what a mark is to propose, whatever became of the traces in between.
type remembered map[int64][]int64

func (r remembered) add(article int64, marks []int64) {
	for _, mark := range marks {
		all := append(r[mark], article)
		slices.Sort(all)
		slices.Reverse(all)
		all = slices.Compact(all)
		r[mark] = all[:min(len(all), mayPropose)]
	}
}

func (r remembered) check(t *testing.T, s *Store) {
	t.Helper()
	err := s.write(ctx, monday, func(x *tx) error {
		for mark, articles := range r {
			if len(articles) == 1 && mark%31 != 0 { // the rest would say no more
				continue
			}
			found, err := x.marked(mark)
			if err != nil {
				return err
			}
			if !slices.Equal(found, articles) {
				t.Fatalf("%d proposes %v, not %v", mark, found, articles)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func remember(t *testing.T, s *Store, article int64, marks []int64) {
	t.Helper()
	if err := s.write(ctx, monday, func(x *tx) error { return x.remember(article, marks) }); err != nil {
		t.Fatal(err)
	}
}

func number(t *testing.T, s *Store, query string) int {
	t.Helper()
	n, err := s.count(ctx, query)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// someMarks are as those of articles are: some that many have, most that none has, more of them small than large.
func someMarks(r *rand.Rand, n int) (marks []int64) {
	for range n {
		switch r.IntN(10) {
		case 0:
			marks = append(marks, r.Int64N(40)-20)
		case 1:
			marks = append(marks, -1-r.Int64N(1<<32))
		default:
			marks = append(marks, r.Int64N(1+r.Int64N(1<<32)))
		}
	}
	return marks
}

func TestWhatIsRememberedIsFoundWhetherFiledOrNot(t *testing.T) {
	path := at(t)
	s := open(t, path)
	r, model := rand.New(rand.NewPCG(1, 2)), remembered{}
	for i := range 40 {
		article, marks := r.Int64N(1000), someMarks(r, 5000)
		remember(t, s, article, marks)
		model.add(article, marks)
		if i%10 == 3 { // what is not kept is not remembered
			err := s.write(ctx, monday, func(x *tx) error {
				return errors.Join(x.remember(2000, someMarks(r, 5000)), errors.New("the disk is full"))
			})
			if err == nil {
				t.Fatal("kept")
			}
		}
		if i%10 == 7 { // the next run
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, path)
		}
	}
	if filed := number(t, s, "SELECT count(*) FROM trace"); filed < 20_000 {
		t.Errorf("only %d are filed", filed)
	}
	model.check(t, s)
}

func TestATurnOfFilingTakesInAllMarks(t *testing.T) {
	s := open(t, at(t))
	r, model := rand.New(rand.NewPCG(3, 4)), remembered{}
	for i := range int64(14) {
		marks := someMarks(r, mayWait/4)
		remember(t, s, i, marks)
		model.add(i, marks)
		if rows := number(t, s, "SELECT count(*) FROM unfiled"); rows > 20 {
			t.Fatalf("%d rows wait", rows)
		}
	}
	if least := number(t, s, "SELECT min(mark) FROM trace"); least > -1<<31 {
		t.Errorf("no mark below %d was filed", least)
	}
	if most := number(t, s, "SELECT max(mark) FROM trace"); most < 1<<31 {
		t.Errorf("no mark above %d was filed", most)
	}
	model.check(t, s)
}

func TestAnotherProgramRemembersInTheSameFile(t *testing.T) {
	path := at(t)
	one, other := open(t, path), open(t, path)
	r, model := rand.New(rand.NewPCG(5, 6)), remembered{}
	for i := range int64(6) {
		for j, s := range []*Store{one, other} {
			article, marks := 2*i+int64(j), someMarks(r, mayWait/8)
			remember(t, s, article, marks)
			model.add(article, marks)
		}
	}
	model.check(t, one)
	model.check(t, other)
}

func TestADamagedRowOfTracesIsAnErrorThatNamesTheFile(t *testing.T) {
	path := at(t)
	s := open(t, path)
	for _, damaged := range [][]byte{{0x80}, {2}, {2, 0x80}, slices.Repeat([]byte{0xff}, 20)} {
		if err := s.write(ctx, monday, func(x *tx) error {
			_, err := x.exec("INSERT OR REPLACE INTO unfiled(id, traces) VALUES(1, ?)", damaged)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		s.unfiled = nil
		err := s.write(ctx, monday, func(x *tx) error { return x.remember(1, []int64{1}) })
		if err == nil || !strings.Contains(err.Error(), filepath.Base(path)+": the file is damaged") {
			t.Errorf("% x: %v", damaged, err)
		}
	}
}
