package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/files"

	"github.com/gofrs/flock"
)

// lockHolder names the process that holds the lock, for the message to a run that cannot get it. The lock does not
// depend on it. It is in a file of its own, because on Windows a locked file cannot be read.
type lockHolder struct {
	Process int       `json:"process"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

// locked calls work while it holds the lock that lets only one run work at a time: a kernel lock on a file beside the
// database, which a killed run cannot leave behind.
func (a *app) locked(work func() error) error {
	path := a.db + ".lock"
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("the folder of the database, %s, cannot be made: %w; name another place with --db", filepath.Dir(path), files.WithoutPath(err))
	}
	if err := files.CheckRegular(path); err != nil {
		return lockError(path, files.WithoutPath(err))
	}
	lock := flock.New(path, flock.SetPermissions(0o666), flock.SetFlag(os.O_CREATE|os.O_RDONLY|files.NonBlocking|files.NoFollow))
	ok, err := lock.TryLock()
	if err != nil {
		return lockError(path, files.WithoutPath(err))
	}
	note := a.db + ".holder"
	if !ok {
		return &console.ExitError{Status: console.ExitBusy, Err: fmt.Errorf("another run holds %s%s; nothing was done", path, describeHolder(note, a.now()))}
	}
	defer func() { _ = lock.Unlock() }()
	text, err := json.Marshal(lockHolder{Process: os.Getpid(), Command: a.commandName, Since: a.now().UTC().Truncate(time.Second)})
	if err == nil {
		err = files.Recreate(note, append(text, '\n'))
	}
	if err == nil {
		defer func() { _ = os.Remove(note) }() // before the lock is released
	}
	return work()
}

// lockError returns an error that says why the file cannot be locked, and what to do.
func lockError(path string, err error) error {
	remedy := "name another place for the database with --db"
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		remedy = "let this user write in its folder, since a run writes there, or name another place with --db"
	case errors.Is(err, files.ErrNotRegular), errors.Is(err, syscall.ELOOP):
		remedy = "move away what stands there, or name another place for the database with --db"
	case errors.Is(err, syscall.ENOSPC):
		remedy = "free some space on its disk"
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, syscall.ENOSYS):
		remedy = "its file system knows no locks: put the database on a local disk with --db"
	}
	return fmt.Errorf("%s cannot be locked: %w; %s", path, err, remedy)
}

// describeHolder describes the holder of the lock, in brackets. It returns "" if the process of the note is gone: a
// killed run leaves its note, and the next holder may have no permission to write its own.
func describeHolder(note string, now time.Time) string {
	var h lockHolder
	text, err := files.ReadNoFollow(note, 4<<10)
	if err == nil {
		err = json.Unmarshal(text, &h)
	}
	if err != nil || !files.ProcessAlive(h.Process) {
		return ""
	}
	at := "since " + h.Since.UTC().Format(time.RFC3339)
	if d := now.Sub(h.Since).Round(time.Second); d > 0 && d < 48*time.Hour {
		at = fmt.Sprintf("for %s, %s", d, at)
	}
	return console.Printable(fmt.Sprintf(" (broadsheet %s, process %d, %s)", h.Command, h.Process, at))
}
