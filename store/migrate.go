package store

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

//go:embed schema.sql
var schema string

//go:embed migrate2.sql
var version2 string

// steps bring a file from each version to the next; its user_version counts those that it went through. A step that
// was released is never edited: a change of the schema is a new step.
var steps = []string{schema, version2}

// applicationID marks the file as a Broadsheet's (SQLite header, offset 68): "BSHT".
const applicationID = 0x42534854

// create makes a new file at path if there is none, and refuses one that cannot be a store. The new file is made
// beside its place and moved there when it is whole, so that an empty file is never the remains of a first run that
// was killed: it is a damaged store. Of several that make one at the same time the first wins, and all have it.
func create(ctx context.Context, path string) error {
	if err := regularFiles(path); err != nil {
		return err
	}
	head, err := header(path)
	if err == nil {
		if err = recognise(head); err == nil {
			removeUnfinished(path)
		}
		return err
	}
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	fresh := path + "." + strconv.FormatUint(rand.Uint64()|1<<63, 36) + ".new" // nobody else's, and see isUnfinished
	defer os.Remove(fresh)
	built := build(ctx, fresh)
	if built == nil {
		err = os.Link(fresh, path) // unlike a rename it takes nobody's place
	}
	if _, there := os.Lstat(path); there == nil { // made by us, or by another, who may have removed ours meanwhile
		removeUnfinished(path)
		return nil
	}
	if built == nil && err != nil {
		return os.Rename(fresh, path) // a file system without links
	}
	return built
}

// removeUnfinished removes what is left beside the file at path of those that were making one: a run that was killed
// leaves it. It is of no use to anybody once there is a file at path.
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

// isUnfinished reports whether a file's name is one that create gives to the file base while it is made (a number of 12 or 13
// letters and digits, at least one of them a digit: no person names a copy so), or that of what SQLite keeps beside it.
func isUnfinished(base, name string) bool {
	middle, ours := strings.CutPrefix(name, base+".")
	for _, end := range []string{"-journal", "-wal", "-shm"} {
		middle = strings.TrimSuffix(middle, end)
	}
	middle, isNew := strings.CutSuffix(middle, ".new")
	_, err := strconv.ParseUint(middle, 36, 64)
	return ours && isNew && err == nil && len(middle) >= 12 && strings.ContainsAny(middle, "0123456789")
}

// build makes a whole new file, synced to the disk.
func build(ctx context.Context, path string) error {
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
	if err := within(ctx, conn, func() error { return take(ctx, conn, 0, steps) }); err != nil {
		return err
	}
	return useWAL(ctx, conn) // now, while nobody else can have the file: all that it writes is the file's own header
}

// newFile makes an empty file that its owner alone may read: what sources said may be paid for, and their addresses hold
// passwords. SQLite gives the files beside a database the mode of the database. Nothing that is there is written to, be it
// a file or a link to one.
func newFile(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// regularFiles refuses a path at which, or beside which under a name that SQLite uses, something else stands than a file:
// to open a named pipe is to wait for ever. The database itself may be a link to one.
func regularFiles(path string) error {
	for i, name := range []string{path, path + "-wal", path + "-shm", path + "-journal"} {
		look := os.Lstat
		if i == 0 {
			look = os.Stat
		}
		info, err := look(name)
		if err == nil && !info.Mode().IsRegular() && !(i == 0 && info.IsDir()) {
			return &os.PathError{Op: "open", Path: name, Err: errNotRegular}
		}
	}
	return nil
}

// header reads the file's first 100 bytes, or as many as there are.
func header(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 100)
	n, err := f.ReadAt(head, 0)
	if n < len(head) && n > 0 || n == 0 && isEOF(err) {
		err = nil
	}
	return head[:n], err
}

// recognise tells whether a file that begins with head may be a store, before SQLite opens it: SQLite would take an
// empty file for a new one.
func recognise(head []byte) error {
	switch {
	case len(head) == 0:
		return errEmpty
	case len(head) < 100 || string(head[:16]) != "SQLite format 3\x00":
		return errForeign
	case binary.BigEndian.Uint32(head[68:]) != applicationID:
		return errOther
	}
	return nil
}

// migrate takes the steps that the file has not been through, after putting a copy of it beside it. It holds the file
// meanwhile: who opens it at the same time waits, and finds it done.
func migrate(ctx context.Context, conn *sql.Conn, path string, steps []string) error {
	if version, err := versionOf(ctx, conn, steps); err != nil || version == len(steps) {
		return err
	}
	return within(ctx, conn, func() error {
		version, err := versionOf(ctx, conn, steps)
		if err != nil || version == len(steps) {
			return err
		}
		copied := fmt.Sprintf("%s.v%d", path, version)
		if err := copyTo(ctx, path, copied, ""); err != nil {
			return fmt.Errorf("no copy could be put at %s before bringing the file up to date, so it was left as it was: %w", copied, err)
		}
		return take(ctx, conn, version, steps)
	})
}

// versionOf is how many of the steps a file has been through.
func versionOf(ctx context.Context, conn *sql.Conn, steps []string) (version int, err error) {
	err = conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
	switch {
	case err != nil:
		return 0, err
	case version > len(steps):
		return 0, fmt.Errorf("its version is %d and this program knows %d: use a newer broadsheet, "+
			"or the copy that was put beside it when it was brought up to date", version, len(steps))
	case version < 1:
		return 0, errOther
	}
	return version, nil
}

// within runs do in one transaction that holds the file from its beginning.
func within(ctx context.Context, conn *sql.Conn, do func() error) error {
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

// take takes the steps from version on.
func take(ctx context.Context, conn *sql.Conn, version int, steps []string) error {
	for ; version < len(steps); version++ {
		if _, err := conn.ExecContext(ctx, fmt.Sprintf("%s;\nPRAGMA application_id = %d;\nPRAGMA user_version = %d",
			steps[version], applicationID, version+1)); err != nil {
			return fmt.Errorf("bringing it from version %d to %d: %w; it was left as it was", version, version+1, err)
		}
	}
	return nil
}
