// Package files reads and writes the files that are named on the command line or in feeds.yaml, without blocking on a
// named pipe and without leaving half of a file.
package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Errors of this package, wrapped in an fs.PathError.
var (
	ErrNotRegular = errors.New("it is not a regular file")
	ErrTooLarge   = errors.New("it is too large")
)

// OpenInput opens a file for reading. A directory is an error, and so is anything else that is not a regular file, such
// as a named pipe, unless it is below /dev or /proc: a pipe of the shell (/dev/fd/63) or stdin.
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

// ReadInput reads a file as OpenInput opens it. A file of more than maxBytes is ErrTooLarge: it may be the wrong one.
func ReadInput(path string, maxBytes int64) ([]byte, error) {
	f, err := OpenInput(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err == nil && int64(len(data)) > maxBytes {
		err = &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("%w: more than %d MiB", ErrTooLarge, maxBytes>>20)}
	}
	return data, err
}

// ReadNoFollow reads at most maxBytes of a file at a path that the program has chosen itself. A symbolic link is an error,
// as is anything else that is not a regular file.
func ReadNoFollow(path string, maxBytes int64) ([]byte, error) {
	if err := CheckRegular(path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|NonBlocking|NoFollow, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxBytes))
}

// Recreate creates a file at a path that the program has chosen itself. It removes a file or a symbolic link that
// exists there, rather than write to it; a directory, a pipe or a device is an error.
func Recreate(path string, data []byte) error {
	if err := CheckReplaceable(path); err != nil {
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

// CheckRegular returns an error if something exists at path that is not a regular file. It does not follow symbolic
// links.
func CheckRegular(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		return &fs.PathError{Op: "open", Path: path, Err: ErrNotRegular}
	}
	return nil
}

// CheckReplaceable returns an error if something exists at path that a file must not replace: a directory, a pipe, a device,
// a symbolic link to one, or anything below /dev. A symbolic link to a file may be replaced (it is not followed,
// because the file may belong to somebody else).
func CheckReplaceable(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() || strings.HasPrefix(filepath.Clean(path), "/dev/") {
		return &fs.PathError{Op: "write", Path: path, Err: ErrNotRegular}
	}
	return nil
}

// WithoutPath returns the error inside an fs.PathError, without operation and path, for messages that name the path already.
func WithoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// WriteAtomic writes a temporary file in the same directory and renames it to path when it is safely on disk.
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

// Replace replaces a file atomically: a reader gets the old content or the new one. The message of an error says what
// to do.
func Replace(path string, data []byte) error {
	err := CheckReplaceable(path)
	if err == nil {
		err = WriteAtomic(path, data, 0o644) // node_exporter, which reads the metrics, is another user
	}
	if errors.Is(err, ErrNotRegular) {
		return fmt.Errorf("%s cannot be written: %w; name a file, or a place where none is yet", path, WithoutPath(err))
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w; is its folder there, and writable?", path, WithoutPath(err))
	}
	return nil
}

// maxFeeds is how many bytes feeds.yaml may have.
const maxFeeds = 8 << 20

// ReadFeeds reads feeds.yaml, or another list of sources.
func ReadFeeds(path string) ([]byte, error) { return ReadInput(path, maxFeeds) }

// Errors of ReadBelow, beside fs.ErrNotExist, fs.ErrPermission, ErrNotRegular and ErrTooLarge.
var (
	ErrNoFolder = errors.New("the folder cannot be opened")
	ErrOutside  = errors.New("a symbolic link leads out of the folder")
)

// ReadBelow reads a file below a folder, at a path that somebody else has chosen: with slashes, and relative to the
// folder. It follows symbolic links only inside the folder, and opens nothing but a regular file, so that it does not
// wait for a named pipe. modified is when the file was last written to.
func ReadBelow(dir, path string, maxBytes int64) (data []byte, modified time.Time, err error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, modified, ErrNoFolder
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, modified, ErrNoFolder
	}
	defer root.Close()
	path = filepath.FromSlash(path)
	info, err := root.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, modified, ErrNotRegular // opening a device may have effects of its own
	}
	var f *os.File
	if err == nil {
		f, err = root.OpenFile(path, os.O_RDONLY|NonBlocking, 0)
	}
	if err != nil {
		if strings.Contains(err.Error(), "path escapes from parent") { // os has no name for this error
			err = ErrOutside
		}
		return nil, modified, err
	}
	defer f.Close()
	if info, err = f.Stat(); err == nil && !info.Mode().IsRegular() {
		err = ErrNotRegular // it was replaced in the meantime
	}
	if err != nil {
		return nil, modified, err
	}
	data, err = io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err == nil && int64(len(data)) > maxBytes {
		err = ErrTooLarge
	}
	if info, statErr := f.Stat(); statErr == nil { // after reading: it may have been written to meanwhile
		modified = info.ModTime()
	}
	return data, modified, err
}
