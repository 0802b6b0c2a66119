package publish

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"

	"golang.org/x/sync/errgroup"
)

// tempDir is the folder inside the output where new files wait for their moment: on the same file system, so that a
// rename is all that is left to do, and known by name, so that what a killed run left there can be cleared away.
const tempDir = ".broadsheet-tmp"

// folder is the output. All paths are relative to it and cannot leave it, symbolic links included.
type folder struct {
	dir    string
	root   *os.Root
	staged []staged
}

type staged struct {
	path, temp string
	last       bool // not before all others are in place
}

func openFolder(dir string) (*folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, trouble(dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, trouble(dir, err)
	}
	f := &folder{dir: dir, root: root}
	if err := root.RemoveAll(tempDir); err != nil {
		root.Close()
		return nil, trouble(dir, err)
	}
	return f, nil
}

// close clears the tray away: whatever is left in it did not come to be published.
func (f *folder) close() {
	if len(f.staged) > 0 {
		f.root.RemoveAll(tempDir)
	}
	f.root.Close()
}

// has tells whether a regular file stands at p.
func (f *folder) has(p string) bool {
	at, err := os.Lstat(f.dir + string(filepath.Separator) + filepath.FromSlash(p))
	return err == nil && at.Mode().IsRegular()
}

// hasAll tells whether a sheet, or each that it binds, stands where it is to stand.
func (f *folder) hasAll(s outputFile) bool {
	if s.group == nil {
		return f.has(s.path)
	}
	return !slices.ContainsFunc(s.group, func(part outputFile) bool { return !f.has(part.path) })
}

// stage writes data beside the output, unless p already holds the same bytes.
func (f *folder) stage(p string, data []byte, last bool) error {
	name := filepath.Join(f.dir, filepath.FromSlash(p))
	if f.has(p) {
		if old, err := f.root.ReadFile(filepath.FromSlash(p)); err == nil && bytes.Equal(old, data) {
			return nil
		}
	} else if at, err := f.root.Lstat(filepath.FromSlash(p)); err == nil && at.IsDir() {
		return fmt.Errorf("%s: a folder stands where this file is to be written; move it away", name)
	}
	if len(f.staged) == 0 {
		if err := f.root.MkdirAll(tempDir, 0o755); err != nil {
			return trouble(name, err)
		}
	}
	temp := filepath.Join(tempDir, fmt.Sprintf("%06d", len(f.staged)))
	f.staged = append(f.staged, staged{p, temp, last})
	if err := f.write(temp, data); err != nil {
		return trouble(name, err)
	}
	return nil
}

func (f *folder) write(temp string, data []byte) error {
	file, err := f.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}

// settle waits until what was staged is on the disk. Many files are asked for at once, because a file system then
// writes its journal once for all of them: a first run has thousands.
func (f *folder) settle() error {
	var group errgroup.Group
	group.SetLimit(16)
	for _, s := range f.staged {
		group.Go(func() error {
			file, err := f.root.OpenFile(s.temp, os.O_RDWR, 0)
			if err == nil {
				err = errors.Join(file.Sync(), file.Close())
			}
			if err != nil {
				return trouble(filepath.Join(f.dir, filepath.FromSlash(s.path)), err)
			}
			return nil
		})
	}
	return group.Wait()
}

// commit puts what was staged in its place, the last sheets after all others are safely there.
func (f *folder) commit() ([]string, error) {
	if err := f.settle(); err != nil {
		return nil, err
	}
	var done []string
	first, last := f.parts()
	for _, part := range [][]staged{first, last} {
		touched := map[string]bool{}
		for _, s := range part {
			if err := f.rename(s); err != nil {
				return done, trouble(filepath.Join(f.dir, filepath.FromSlash(s.path)), err)
			}
			done = append(done, s.path)
			for d := path.Dir(s.path); d != "."; d = path.Dir(d) {
				touched[d] = true
			}
			touched["."] = true
		}
		for d := range touched {
			if err := f.sync(d); err != nil {
				return done, trouble(filepath.Join(f.dir, filepath.FromSlash(d)), err)
			}
		}
	}
	return slices.DeleteFunc(done, func(p string) bool { return p == manifestName }), nil
}

// parts are what was staged, in order, the last sheets apart.
func (f *folder) parts() (first, last []staged) {
	for _, s := range f.staged {
		if s.last {
			last = append(last, s)
		} else {
			first = append(first, s)
		}
	}
	return first, last
}

func (f *folder) rename(s staged) error {
	to := filepath.FromSlash(s.path)
	if err := f.root.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return f.root.Rename(s.temp, to)
}

// sync makes the renames in a folder last. Windows has no such call, and some network file systems refuse it.
func (f *folder) sync(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := f.root.Open(filepath.FromSlash(dir))
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}

// trouble names the file, the cause and what to do about it.
func trouble(name string, err error) error {
	var at *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &at):
		err = at.Err
	case errors.As(err, &link):
		err = link.Err
	}
	remedy := "mend it and run `broadsheet publish` again"
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		remedy = "free some space on its disk and run `broadsheet publish` again"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		remedy = "let this user write there, or name another folder with --out"
	case errors.Is(err, syscall.ENOTDIR):
		remedy = "a file stands where a folder is needed: move it away, or name another folder with --out"
	}
	return fmt.Errorf("%s: %w; %s", name, err, remedy)
}
