package store

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed schema.sql
var schema string

//go:embed migrate2.sql
var version2 string

//go:embed migrate3.sql
var version3 string

// migrations are the SQL scripts that bring a file from each version to the next; PRAGMA user_version counts those that
// were applied. A migration that was released is never edited: a change of the schema is a new migration.
var migrations = []string{schema, version2, version3}

// applicationID marks the file as a Broadsheet database (SQLite header, offset 68): "BSHT".
const applicationID = 0x42534854

// create makes a new file at path if there is none, and returns an error if the one there cannot be a store. A new file
// is built under a temporary name and linked to path when it is complete, so that an empty file is never what a killed
// first run left behind: it is a damaged store. Of several processes that create it at the same time the first wins,
// and all open its file.
func create(ctx context.Context, path string) error {
	if err := regularFiles(path); err != nil {
		return err
	}
	head, err := header(path)
	if err == nil {
		if err = checkHeader(head); err == nil {
			removeUnfinished(path)
		}
		return err
	}
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	fresh := path + "." + strconv.FormatUint(rand.Uint64()|1<<63, 36) + ".new" // a unique name; see isUnfinished
	defer os.Remove(fresh)
	built := buildFile(ctx, fresh)
	if built == nil {
		err = os.Link(fresh, path) // unlike a rename it replaces no file
	}
	if _, there := os.Lstat(path); there == nil { // made by us, or by another process, which may have removed ours meanwhile
		removeUnfinished(path)
		return nil
	}
	if built == nil && err != nil {
		return os.Rename(fresh, path) // a file system without hard links
	}
	return built
}

// removeUnfinished removes the temporary files that killed runs left next to path while they were creating it. Nobody
// needs them once there is a file at path.
func removeUnfinished(path string) {
	all, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return
	}
	for _, f := range all {
		if f.Type().IsRegular() && isUnfinished(filepath.Base(path), f.Name()) {
			_ = os.Remove(filepath.Join(filepath.Dir(path), f.Name()))
		}
	}
}

// isUnfinished reports whether name is a temporary name that create gives to the file base (a number of 12 or 13
// letters and digits, at least one of them a digit: no person would name a copy like that), or that of a file that
// SQLite keeps next to it.
func isUnfinished(base, name string) bool {
	middle, ours := strings.CutPrefix(name, base+".")
	for _, end := range []string{"-journal", "-wal", "-shm"} {
		middle = strings.TrimSuffix(middle, end)
	}
	middle, isNew := strings.CutSuffix(middle, ".new")
	_, err := strconv.ParseUint(middle, 36, 64)
	return ours && isNew && err == nil && len(middle) >= 12 && strings.ContainsAny(middle, "0123456789")
}

// buildFile makes a complete new database at path, synced to the disk.
func buildFile(ctx context.Context, path string) error {
	if err := newFile(path); err != nil {
		return err
	}
	db, err := connect(path, 1, []string{"synchronous(FULL)"})
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := inTx(ctx, conn, func() error { return applyMigrations(ctx, conn, 0, migrations) }); err != nil {
		return err
	}
	return useWAL(ctx, conn) // now, while nobody else can have opened the file: it only changes the file's header
}

// newFile makes an empty file that only its owner may read: the texts may be paid content, and addresses of sources may
// contain passwords. SQLite gives the files that it keeps next to a database the database's mode. An existing file, or
// a link to one, is an error and not written to.
func newFile(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// regularFiles returns an error if there is something other than a regular file at path, or at one of the names next to
// it that SQLite uses: opening a named pipe would block forever. The database itself may be a symbolic link to a file.
func regularFiles(path string) error {
	for i, name := range []string{path, path + "-wal", path + "-shm", path + "-journal"} {
		stat := os.Lstat
		if i == 0 {
			stat = os.Stat
		}
		info, err := stat(name)
		if err == nil && !info.Mode().IsRegular() && !(i == 0 && info.IsDir()) {
			return &os.PathError{Op: "open", Path: name, Err: errNotRegular}
		}
	}
	return nil
}

// header returns the file's first 100 bytes, or all of them if there are fewer.
func header(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 100)
	n, err := f.ReadAt(head, 0)
	if n < len(head) && n > 0 || n == 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return head[:n], err
}

// checkHeader returns an error if a file that begins with head cannot be a store. It is called before SQLite opens the
// file: SQLite would take an empty file for a new database.
func checkHeader(head []byte) error {
	switch {
	case len(head) == 0:
		return errEmpty
	case len(head) < 100 || string(head[:16]) != "SQLite format 3\x00":
		return errNotSQLite
	case binary.BigEndian.Uint32(head[68:]) != applicationID:
		return errOtherProgram
	}
	return nil
}

// migrate applies the migrations that the file lacks, after making a copy next to it. It locks the file meanwhile:
// another process that opens it at the same time waits, and finds it done.
func migrate(ctx context.Context, conn *sql.Conn, path string, migrations []string) error {
	if version, err := versionOf(ctx, conn, migrations); err != nil || version == len(migrations) {
		return err
	}
	return inTx(ctx, conn, func() error {
		version, err := versionOf(ctx, conn, migrations)
		if err != nil || version == len(migrations) {
			return err
		}
		copied := fmt.Sprintf("%s.v%d", path, version)
		if err := copyTo(ctx, path, copied, ""); err != nil {
			return fmt.Errorf("no copy could be put at %s before bringing the file up to date, so it was left as it was: %w", copied, err)
		}
		return applyMigrations(ctx, conn, version, migrations)
	})
}

// versionOf returns how many of the migrations were applied to a file.
func versionOf(ctx context.Context, conn *sql.Conn, migrations []string) (version int, err error) {
	err = conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
	switch {
	case err != nil:
		return 0, err
	case version > len(migrations):
		return 0, fmt.Errorf("its version is %d and this program knows %d: use a newer broadsheet, "+
			"or the copy that was put beside it when it was brought up to date", version, len(migrations))
	case version < 1:
		return 0, errOtherProgram
	}
	return version, nil
}

// inTx runs do in one transaction that locks the file from its beginning.
func inTx(ctx context.Context, conn *sql.Conn, do func() error) error {
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := do()
	if err == nil {
		_, err = conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	}
	return err
}

// applyMigrations applies the migrations from version on.
func applyMigrations(ctx context.Context, conn *sql.Conn, version int, migrations []string) error {
	for ; version < len(migrations); version++ {
		if _, err := conn.ExecContext(ctx, fmt.Sprintf("%s;\nPRAGMA application_id = %d;\nPRAGMA user_version = %d",
			migrations[version], applicationID, version+1)); err != nil {
			return fmt.Errorf("bringing it from version %d to %d: %w; it was left as it was", version, version+1, err)
		}
	}
	return nil
}

// moveUnfiled moves signatures from the table unfiled to the table trace, where lookup finds them. An earlier version
// buffered them in unfiled, to write many at once later. When that version opens the file again, it reads unfiled only
// if the meta value 'filed' tells it that there are some.
func (s *Store) moveUnfiled(ctx context.Context) error {
	if n, err := s.count(ctx, "SELECT NOT EXISTS (SELECT 1 FROM meta WHERE key = 'filed') OR EXISTS (SELECT 1 FROM unfiled)"); err != nil || n == 0 {
		return err
	}
	return s.write(ctx, time.Time{}, func(t *tx) error {
		var numbers []int64 // key, article, key, article ...
		if err := t.rows(func(r *sql.Rows) error {
			var varints sql.RawBytes
			err := r.Scan(&varints)
			for len(varints) > 0 {
				number, n := binary.Varint(varints)
				if n <= 0 {
					return errDamagedSignatures
				}
				numbers, varints = append(numbers, number), varints[n:]
			}
			if len(numbers)%2 > 0 {
				return errDamagedSignatures
			}
			return err
		}, "SELECT traces FROM unfiled ORDER BY id"); err != nil {
			return err
		}
		for pair := range slices.Chunk(numbers, 2) {
			if err := t.addSignature(pair[1], pair[:1]); err != nil {
				return err
			}
		}
		if _, err := t.exec("DELETE FROM unfiled"); err != nil {
			return err
		}
		return t.setMeta("filed", "0")
	})
}
