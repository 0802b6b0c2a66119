package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"broadsheet/cmd/internal/files"

	"github.com/aymanbagabas/go-udiff"
)

// errEditConflict is returned when a file changed after its edit began.
var errEditConflict = errors.New("was changed while the edit was made, so nothing was written; try again")

// diff returns the change from oldText to newText in the unified format that patch(1) reads, or "" if there is none.
func diff(name string, oldText, newText []byte) string {
	return udiff.Unified(name, name, string(oldText), string(newText))
}

// rewriteFile atomically replaces the content of a file and keeps its mode. oldText is the content that it must still
// have; nil: it must not exist. A symbolic link to the file stays a link.
func rewriteFile(path string, oldText, data []byte) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	mode := fs.FileMode(0o644)
	if err := files.CheckReplaceable(path); err != nil {
		return fmt.Errorf("%s cannot be changed: %w", path, files.WithoutPath(err))
	}
	now, err := files.ReadFeeds(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && oldText == nil:
	case err != nil:
		return fmt.Errorf("%s: %w", path, files.WithoutPath(err))
	case oldText == nil || !bytes.Equal(now, oldText):
		return fmt.Errorf("%s %w", path, errEditConflict)
	}
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	err = files.WriteAtomic(path, data, mode)
	if err != nil {
		return fmt.Errorf("%s is as it was: %w; is its folder writable?", path, files.WithoutPath(err))
	}
	return nil
}
