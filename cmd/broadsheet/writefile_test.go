package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestDiff_UnifiedFormat(t *testing.T) {
	lines := func(from, to int) string {
		var b strings.Builder
		for i := from; i <= to; i++ {
			b.WriteString(strings.Repeat("x", i) + "\n")
		}
		return b.String()
	}
	for _, c := range []struct{ name, was, is, want string }{
		{"nothing", "a\n", "a\n", ""},
		{"a line changed", "a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
		{"a file made", "", "a\n", "@@ -0,0 +1 @@\n+a\n"},
		{"lines added at the end", "a\n", "a\nb\nc\n", "@@ -1 +1,3 @@\n a\n+b\n+c\n"},
		{"no line end", "a\nb", "a\nb\nc", "@@ -1,2 +1,3 @@\n a\n-b\n\\ No newline at end of file\n+b\n+c\n\\ No newline at end of file\n"},
		{"line ends of Windows stay", "a\r\nb\r\n", "a\r\nc\r\n", "@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n"},
		{"far apart", lines(1, 12), "A\n" + lines(2, 11) + "B\n", "@@ -1,4 +1,4 @@\n-x\n+A\n xx\n xxx\n xxxx\n@@ -9,4 +9,4 @@\n xxxxxxxxx\n xxxxxxxxxx\n xxxxxxxxxxx\n-xxxxxxxxxxxx\n+B\n"},
	} {
		want := c.want
		if want != "" {
			want = "--- f\n+++ f\n" + want
		}
		if got := diff("f", []byte(c.was), []byte(c.is)); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, want)
		}
	}
}

func TestRewriteFile_KeepsModeAndLink(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "real.yaml"), filepath.Join(dir, "feeds.yaml")
	if err := os.WriteFile(path, []byte("was"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real.yaml", link); err != nil {
		t.Skip("no links here: ", err)
	}
	if err := rewriteFile(link, []byte("was"), []byte("is")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); string(got) != "is" || err != nil {
		t.Errorf("the file holds %q, %v", got, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is no link any more: %v", err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v, %v", info.Mode(), err)
	}
	if err := rewriteFile(path, []byte("was"), []byte("other")); !errors.Is(err, errEditConflict) {
		t.Errorf("a file that was changed meanwhile: %v", err)
	}
	if err := rewriteFile(path, nil, []byte("other")); !errors.Is(err, errEditConflict) {
		t.Errorf("a file that was made meanwhile: %v", err)
	}
	left, _ := os.ReadDir(dir)
	if got, _ := os.ReadFile(path); string(got) != "is" || len(left) != 2 {
		t.Errorf("then it holds %q, and the folder %d files", got, len(left))
	}
}
