package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrUnknown is the answer to a question about something that the store does not hold.
var ErrUnknown = errors.New("not in the store")

// ErrPublished refuses a second edition for a day that has one: published is published.
var ErrPublished = errors.New("its edition is already published, and stays as it is")

const wayOut = "restore it from a copy made by `broadsheet backup`, or move it away: `broadsheet rebuild` then makes a new one from what was published, or, where nothing was, the next run does"

var (
	errEmpty      = errors.New("is empty, which a store never is: the disk may have been full, or a copy was cut off; " + wayOut)
	errForeign    = errors.New("is not a SQLite database: it is damaged, or another file; " + wayOut)
	errNotRegular = errors.New("is not a regular file; move it away, or name another place with --db")

	errOther = errors.New("is a SQLite database of another program: name another file with --db")
)

// isBusy reports whether err is SQLite's answer that another connection holds the file.
func isBusy(err error) bool {
	var trouble *sqlite.Error
	return errors.As(err, &trouble) && trouble.Code()&0xff == sqlite3.SQLITE_BUSY
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) }

// explain names the file in an error and says what to do about it.
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

func remedy(err error) string {
	var trouble *sqlite.Error
	if !errors.As(err, &trouble) {
		if errors.Is(err, os.ErrPermission) {
			return "let this user read and write it and its folder, or name another file with --db"
		}
		return ""
	}
	switch trouble.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return "the file is damaged: " + wayOut
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
