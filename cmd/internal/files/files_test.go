package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestReadBelow checks what is read below a folder, and that nothing outside of it is.
func TestReadBelow(t *testing.T) {
	t.Parallel()
	outside, dir := t.TempDir(), t.TempDir()
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to, path string) {
		t.Helper()
		if err := os.Symlink(to, path); err != nil {
			t.Skipf("skipped: no symbolic links here: %v", err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(filepath.Join(outside, "secret"), "secret")
	write(filepath.Join(dir, "sub", "feed.xml"), "a feed")
	link(filepath.Join("sub", "feed.xml"), filepath.Join(dir, "current.xml"))
	link(filepath.Join(outside, "secret"), filepath.Join(dir, "out.xml"))
	link(outside, filepath.Join(dir, "away"))
	link("/proc/self/environ", filepath.Join(dir, "environ"))
	for path, want := range map[string]error{
		"sub/feed.xml": nil, "current.xml": nil, "sub/../sub/feed.xml": nil,
		"none.xml": fs.ErrNotExist, "sub": ErrNotRegular, ".": ErrNotRegular, "sub/feed.xml/x": nil,
		"out.xml": ErrOutside, "away/secret": ErrOutside, "environ": ErrOutside, "../x": ErrOutside,
		filepath.Join(outside, "secret"): ErrOutside, "sub/../../" + filepath.Base(outside) + "/secret": ErrOutside,
	} {
		data, modified, err := ReadBelow(dir, path, 100)
		switch {
		case path == "sub/feed.xml/x":
			if err == nil {
				t.Errorf("%s: a file is no folder", path)
			}
		case !errors.Is(err, want):
			t.Errorf("%s: %v, want %v", path, err, want)
		case err == nil && (string(data) != "a feed" || modified.IsZero()):
			t.Errorf("%s: %q of %s", path, data, modified)
		case err != nil && len(data) > 0:
			t.Errorf("%s: %q was read", path, data)
		}
	}
	if _, _, err := ReadBelow(dir, "sub/feed.xml", 5); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a file larger than the limit: %v", err)
	}
	for _, folder := range []string{filepath.Join(dir, "none"), filepath.Join(dir, "sub", "feed.xml")} {
		if _, _, err := ReadBelow(folder, "feed.xml", 5); !errors.Is(err, ErrNoFolder) {
			t.Errorf("%s is no folder: %v", folder, err)
		}
	}
}
