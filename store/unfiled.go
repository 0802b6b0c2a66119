package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"slices"
	"time"
)

var errDamagedUnfiled = errors.New("the file is damaged, in its table unfiled: " + wayOut)

// moveUnfiled puts the signatures that an earlier version kept in the table unfiled, to write many at once later, where
// lookup finds them. An earlier version that opens the file afterwards looks there if 'filed' says that there are some.
func (s *Store) moveUnfiled(ctx context.Context) error {
	if n, err := s.count(ctx, "SELECT NOT EXISTS (SELECT 1 FROM meta WHERE key = 'filed') OR EXISTS (SELECT 1 FROM unfiled)"); err != nil || n == 0 {
		return err
	}
	return s.write(ctx, time.Time{}, func(t *tx) error {
		var numbers []int64 // mark, article, mark, article ...
		if err := t.rows(func(r *sql.Rows) error {
			var varints sql.RawBytes
			err := r.Scan(&varints)
			for len(varints) > 0 {
				number, n := binary.Varint(varints)
				if n <= 0 {
					return errDamagedUnfiled
				}
				numbers, varints = append(numbers, number), varints[n:]
			}
			if len(numbers)%2 > 0 {
				return errDamagedUnfiled
			}
			return err
		}, "SELECT traces FROM unfiled ORDER BY id"); err != nil {
			return err
		}
		for trace := range slices.Chunk(numbers, 2) {
			if err := t.addSignature(trace[1], trace[:1]); err != nil {
				return err
			}
		}
		if _, err := t.exec("DELETE FROM unfiled"); err != nil {
			return err
		}
		return t.setMeta("filed", "0")
	})
}
