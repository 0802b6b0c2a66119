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

// tempDir is the folder inside the output that holds new files until they are renamed into place. It is on the same file
// system, so that a rename is enough, and its name is fixed, so that the next run can remove what a killed one left there.
const tempDir = ".broadsheet-tmp"

// outputDir is the folder of the output. All paths are relative to it and cannot leave it, not even through symbolic links.
type outputDir struct {
	dir    string
	root   *os.Root
	staged []stagedFile
}

// stagedFile is a file in tempDir that is to be renamed to path.
type stagedFile struct {
	path, temp string
	last       bool // renamed after all others, since readers request it first
}

func openOutputDir(dir string) (*outputDir, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fileError(dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fileError(dir, err)
	}
	f := &outputDir{dir: dir, root: root}
	if err := root.RemoveAll(tempDir); err != nil {
		root.Close()
		return nil, fileError(dir, err)
	}
	return f, nil
}

// close removes the temporary folder with the files in it that were not published.
func (f *outputDir) close() {
	if len(f.staged) > 0 {
		f.root.RemoveAll(tempDir)
	}
	f.root.Close()
}

// hasFile reports whether there is a regular file at p.
func (f *outputDir) hasFile(p string) bool {
	at, err := os.Lstat(f.dir + string(filepath.Separator) + filepath.FromSlash(p))
	return err == nil && at.Mode().IsRegular()
}

// hasAllFiles reports whether a file, or each file of a group, is in the output.
func (f *outputDir) hasAllFiles(file outputFile) bool {
	if file.group == nil {
		return f.hasFile(file.path)
	}
	return !slices.ContainsFunc(file.group, func(part outputFile) bool { return !f.hasFile(part.path) })
}

// stage writes data to a temporary file for p, unless p already has the same bytes.
func (f *outputDir) stage(p string, data []byte, last bool) error {
	name := filepath.Join(f.dir, filepath.FromSlash(p))
	if f.hasFile(p) {
		if old, err := f.root.ReadFile(filepath.FromSlash(p)); err == nil && bytes.Equal(old, data) {
			return nil
		}
	} else if at, err := f.root.Lstat(filepath.FromSlash(p)); err == nil && at.IsDir() {
		return fmt.Errorf("%s: a folder stands where this file is to be written; move it away", name)
	}
	if len(f.staged) == 0 {
		if err := f.root.MkdirAll(tempDir, 0o755); err != nil {
			return fileError(name, err)
		}
	}
	temp := filepath.Join(tempDir, fmt.Sprintf("%06d", len(f.staged)))
	f.staged = append(f.staged, stagedFile{p, temp, last})
	if err := f.write(temp, data); err != nil {
		return fileError(name, err)
	}
	return nil
}

func (f *outputDir) write(temp string, data []byte) error {
	file, err := f.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}

// syncStaged waits until the staged files are on the disk (fsync). It syncs many at once, because a file system then writes
// its journal once for all of them: a first run has thousands.
func (f *outputDir) syncStaged() error {
	var group errgroup.Group
	group.SetLimit(16)
	for _, s := range f.staged {
		group.Go(func() error {
			file, err := f.root.OpenFile(s.temp, os.O_RDWR, 0)
			if err == nil {
				err = errors.Join(file.Sync(), file.Close())
			}
			if err != nil {
				return fileError(filepath.Join(f.dir, filepath.FromSlash(s.path)), err)
			}
			return nil
		})
	}
	return group.Wait()
}

// commit renames the staged files into place, those marked last after all others are safely there. It returns the paths of
// the renamed files without the manifest's; on an error, of those that were renamed before it.
func (f *outputDir) commit() ([]string, error) {
	if err := f.syncStaged(); err != nil {
		return nil, err
	}
	var renamed []string
	first, last := f.inOrder()
	for _, batch := range [][]stagedFile{first, last} {
		touched := map[string]bool{}
		for _, s := range batch {
			if err := f.rename(s); err != nil {
				return renamed, fileError(filepath.Join(f.dir, filepath.FromSlash(s.path)), err)
			}
			renamed = append(renamed, s.path)
			for d := path.Dir(s.path); d != "."; d = path.Dir(d) {
				touched[d] = true
			}
			touched["."] = true
		}
		for d := range touched {
			if err := f.syncDir(d); err != nil {
				return renamed, fileError(filepath.Join(f.dir, filepath.FromSlash(d)), err)
			}
		}
	}
	return slices.DeleteFunc(renamed, func(p string) bool { return p == manifestName }), nil
}

// inOrder returns the staged files in the order of staging, those marked last separately.
func (f *outputDir) inOrder() (first, last []stagedFile) {
	for _, s := range f.staged {
		if s.last {
			last = append(last, s)
		} else {
			first = append(first, s)
		}
	}
	return first, last
}

func (f *outputDir) rename(s stagedFile) error {
	to := filepath.FromSlash(s.path)
	if err := f.root.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return f.root.Rename(s.temp, to)
}

// syncDir makes the renames in a folder durable (fsync). Windows has no such call, and some network file systems refuse it.
func (f *outputDir) syncDir(dir string) error {
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

// fileError returns an error that names the file, the cause and the remedy.
func fileError(name string, err error) error {
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
