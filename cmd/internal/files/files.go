// Package files reads and writes files that somebody named on the command line or in feeds.yaml: never a pipe that nobody
// writes to, never half of a file.
package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

var (
	ErrNotRegular = errors.New("it is not a regular file")
	ErrTooLarge   = errors.New("it is too large")
)

// OpenInput opens a file that somebody named. A named pipe is not waited for; one that the shell has made (/dev/fd/63) or
// that is standard input is read.
func OpenInput(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|NonBlocking, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		err = &fs.PathError{Op: "read", Path: path, Err: errors.New("it is a directory")}
	case !info.Mode().IsRegular() && !strings.HasPrefix(filepath.Clean(path), "/dev/") && !strings.HasPrefix(filepath.Clean(path), "/proc/"):
		err = &fs.PathError{Op: "read", Path: path, Err: ErrNotRegular}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// ReadInput reads a file that somebody named, but at most so many bytes of it: it may be the wrong one.
func ReadInput(path string, most int64) ([]byte, error) {
	f, err := OpenInput(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("%w: more than %d MiB", ErrTooLarge, most>>20)}
	}
	return data, err
}

// ReadOwn reads a file that the program has written at a place of its own: nothing else, and no link.
func ReadOwn(path string, most int64) ([]byte, error) {
	if err := RegularOrNone(path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|NonBlocking|NoFollow, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}

// WriteOwn writes a file at a place of the program's own. What stands there, a link too, is taken away and not written to;
// a folder, a pipe or a device stays, and is an error.
func WriteOwn(path string, data []byte) error {
	if err := Replaceable(path); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// RegularOrNone refuses a path at which something else stands than a regular file.
func RegularOrNone(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		return &fs.PathError{Op: "open", Path: path, Err: ErrNotRegular}
	}
	return nil
}

// Replaceable refuses a path at which something stands that a file must not take the place of: a folder, a pipe, a device,
// or a link to one. A link to a file is replaced, and not followed: it may be another's.
func Replaceable(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() || strings.HasPrefix(filepath.Clean(path), "/dev/") {
		return &fs.PathError{Op: "write", Path: path, Err: ErrNotRegular}
	}
	return nil
}

// Cause leaves out the operation and path that a file error repeats.
func Cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// WriteAtomic writes a file next to its place and moves it there when it is on the disk.
func WriteAtomic(path string, data []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Chmod(f.Name(), mode)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// Replace replaces a file whole: who reads it meets the old one or the new one.
func Replace(path string, data []byte) error {
	err := Replaceable(path)
	if err == nil {
		err = WriteAtomic(path, data, 0o644) // node_exporter reads as another user
	}
	if errors.Is(err, ErrNotRegular) {
		return fmt.Errorf("%s cannot be written: %w; name a file, or a place where none is yet", path, Cause(err))
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w; is its folder there, and writable?", path, Cause(err))
	}
	return nil
}

// largeFeeds is more bytes than any feeds.yaml may have.
const largeFeeds = 8 << 20

// ReadFeeds reads a list of sources.
func ReadFeeds(path string) ([]byte, error) { return ReadInput(path, largeFeeds) }
