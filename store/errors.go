package store

import (
	"context"
	"errors"
	"fmt"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrUnknown is returned for something that is not stored.
var ErrUnknown = errors.New("not in the store")

// ErrPublished is returned for a second edition of a day: a published edition is not replaced.
var ErrPublished = errors.New("its edition is already published, and stays as it is")

const recoveryHint = "restore it from a copy made by `broadsheet backup`, or move it away: `broadsheet rebuild` then makes a new one from what was published, or, where nothing was, the next run does"

var (
	errEmpty        = errors.New("is empty, which a store never is: the disk may have been full, or a copy was cut off; " + recoveryHint)
	errNotSQLite    = errors.New("is not a SQLite database: it is damaged, or another file; " + recoveryHint)
	errNotRegular   = errors.New("is not a regular file; move it away, or name another place with --db")
	errOtherProgram = errors.New("is a SQLite database of another program: name another file with --db")

	errDamagedSignatures = errors.New("the file is damaged, in its table unfiled: " + recoveryHint)
)

// isBusy reports whether err is SQLite's report that another connection has locked the file.
func isBusy(err error) bool {
	var sqliteErr *sqlite.Error
	return errors.As(err, &sqliteErr) && sqliteErr.Code()&0xff == sqlite3.SQLITE_BUSY
}

// explain adds the file's path to an error, and what to do about it. An error that has them already, or that is not
// about the file, is returned as it is.
func explain(path string, err error) error {
	var known *explained
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, ErrUnknown) || errors.Is(err, ErrPublished) {
		return err
	}
	var at *os.PathError
	if errors.Is(err, errNotRegular) && errors.As(err, &at) {
		path, err = at.Path, at.Err
	}
	return &explained{path, err}
}

// explained is an error about the file at path.
type explained struct {
	path string
	err  error
}

func (e *explained) Unwrap() error { return e.err }

func (e *explained) Error() string {
	text := fmt.Sprintf("%s: %v", e.path, e.err)
	if remedy := remedy(e.err); remedy != "" {
		text += "; " + remedy
	}
	return text
}

// remedy returns what a user can do about err; empty: nothing that is known.
func remedy(err error) string {
	var sqliteErr *sqlite.Error
	if !errors.As(err, &sqliteErr) {
		if errors.Is(err, os.ErrPermission) {
			return "let this user read and write it and its folder, or name another file with --db"
		}
		return ""
	}
	switch sqliteErr.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return "the file is damaged: " + recoveryHint
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return "let this user write it and its folder (SQLite keeps two files beside it), or name another file with --db"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return "another program is writing to it: wait until that has ended"
	case sqlite3.SQLITE_FULL:
		return "the disk is full: make room, nothing that was stored is lost"
	case sqlite3.SQLITE_IOERR:
		return "the disk did not read or write: look at its health and its room, nothing that was stored is lost"
	}
	return ""
}
