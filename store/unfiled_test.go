package store

import (
	"encoding/binary"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// setUnfiled leaves a store as an earlier version did.
func setUnfiled(t *testing.T, s *Store, rows ...[]byte) {
	t.Helper()
	if err := s.write(ctx, monday, func(x *tx) error {
		if _, err := x.exec("DELETE FROM meta WHERE key = 'filed'"); err != nil {
			return err
		}
		for _, row := range rows {
			if _, err := x.exec("INSERT INTO unfiled(traces) VALUES(?)", row); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func varints(numbers ...int64) (b []byte) {
	for _, n := range numbers {
		b = binary.AppendVarint(b, n)
	}
	return b
}

func TestSignaturesThatAnEarlierVersionLeftUnfiledAreFound(t *testing.T) {
	path := at(t)
	s := open(t, path)
	addSignature(t, s, 1, 5)
	setUnfiled(t, s, varints(5, 2, -1<<32, 2), varints(5, 3, 1<<32, 3, 5, 1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	wantLookup(t, s, 5, 3, 2, 1)
	wantLookup(t, s, -1<<32, 2)
	wantLookup(t, s, 1<<32, 3)
	if n := number(t, s, "SELECT count(*) FROM unfiled"); n > 0 {
		t.Errorf("%d rows are left", n)
	}
	if n := number(t, s, "SELECT count(*) FROM meta WHERE key = 'filed'"); n != 1 {
		t.Error("an earlier version would not look for what is filed")
	}
}

func TestADamagedRowOfUnfiledIsAnErrorThatNamesTheFile(t *testing.T) {
	for _, damaged := range [][]byte{{0x80}, {2}, {2, 0x80}, slices.Repeat([]byte{0xff}, 20)} {
		path := at(t)
		s := open(t, path)
		setUnfiled(t, s, damaged, varints(5, 2))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if s, err := Open(ctx, path); err == nil {
			s.Close()
			t.Errorf("% x is taken", damaged)
		} else if !strings.Contains(err.Error(), filepath.Base(path)+": the file is damaged") {
			t.Errorf("% x: %v", damaged, err)
		}
	}
}
