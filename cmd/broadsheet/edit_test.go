package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"broadsheet/internal/config"
)

func TestDiffShowsWhatPatchUnderstands(t *testing.T) {
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

func TestAFileIsRewrittenWholeWithItsModeAndThroughItsLink(t *testing.T) {
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
	if err := rewriteFile(path, []byte("was"), []byte("other")); !errors.Is(err, errChanged) {
		t.Errorf("a file that was changed meanwhile: %v", err)
	}
	if err := rewriteFile(path, nil, []byte("other")); !errors.Is(err, errChanged) {
		t.Errorf("a file that was made meanwhile: %v", err)
	}
	left, _ := os.ReadDir(dir)
	if got, _ := os.ReadFile(path); string(got) != "is" || len(left) != 2 {
		t.Errorf("then it holds %q, and the folder %d files", got, len(left))
	}
}

func TestOPMLOfAllSortsIsRead(t *testing.T) {
	utf16 := []byte("\xff\xfe")
	for _, r := range `<opml version="2.0"><body><outline text="Ж" xmlUrl="https://a.example/"/></body></opml>` {
		utf16 = append(utf16, byte(r), byte(r>>8))
	}
	for _, c := range []struct{ name, list, want string }{
		{"OPML 1", `<opml version="1.0"><head/><body><outline text="A" type="rss" xmlUrl="https://a.example/"/></body></opml>`, "A https://a.example/"},
		{"by url alone", `<opml><body><outline text="A" type="RSS" url="https://a.example/"/></body></opml>`, "A https://a.example/"},
		{"upper case, bare ampersands", `<OPML><BODY><OUTLINE TITLE='A & B' XMLURL='https://a.example/?x=1&y=2'/></BODY></OPML>`, "A & B https://a.example/?x=1&y=2"},
		{"nested", `<opml><body><outline text="X"><outline text="Y"><outline xmlUrl="https://a.example/"/></outline></outline><outline xmlUrl="https://b.example/"/></body></opml>`, "X/Y https://a.example/\n https://b.example/"},
		{"a feed that holds feeds", `<opml><body><outline text="X" xmlUrl="https://x.example/"><outline text="Y" xmlUrl="https://a.example/"/></outline></body></opml>`, "X https://x.example/\nY https://a.example/"},
		{"windows-1252", "<?xml version='1.0' encoding='windows-1252'?><opml><body><outline text='Caf\xe9' xmlUrl='https://a.example/'/></body></opml>", "Café https://a.example/"},
		{"UTF-16", string(utf16), "Ж https://a.example/"},
		{"UTF-8 called something else", "<?xml version='1.0' encoding='iso-8859-1'?><opml><body><outline text='Café' xmlUrl='https://a.example/'/></body></opml>", "Café https://a.example/"},
		{"feed scheme", `<opml><body><outline text="A" xmlUrl="feed:https://a.example/"/></body></opml>`, "A https://a.example/"},
		{"a document type without more", `<!DOCTYPE opml SYSTEM "opml.dtd"><opml><body><outline text="A" xmlUrl="https://a.example/"/></body></opml>`, "A https://a.example/"},
	} {
		feeds, _, err := readOPML([]byte(c.list))
		var got []string
		for _, f := range feeds {
			got = append(got, strings.Join(append(f.folders, f.name), "/")+" "+f.address)
		}
		joined := strings.ReplaceAll(strings.Join(got, "\n"), "X/Y/ ", "X/Y ")
		if err != nil || joined != c.want {
			t.Errorf("%s: %q, %v, want %q", c.name, joined, err, c.want)
		}
	}
}

func TestHostileOPMLIsRefused(t *testing.T) {
	for name, list := range map[string]string{
		"entities":   `<!DOCTYPE opml [<!ENTITY a "x">]><opml/>`,
		"too deep":   "<opml><body>" + strings.Repeat(`<outline text="x">`, 100) + strings.Repeat("</outline>", 100) + "</body></opml>",
		"too many":   "<opml><body>" + strings.Repeat(`<outline text="x"/>`, maxOutlines+1) + "</body></opml>",
		"cut off":    `<opml><body><outline text="x"`,
		"no OPML":    `<rss/>`,
		"nothing":    "",
		"bytes":      "\x00\x01\x02",
		"only ended": "</opml>",
	} {
		if _, _, err := readOPML([]byte(list)); err == nil {
			t.Errorf("%s: it is read", name)
		}
	}
}

func FuzzOPMLIsReadOrRefused(f *testing.F) {
	f.Add([]byte(`<opml><body><outline text="&#7;a" xmlUrl="https://a.example/"/></body></opml>`))
	f.Fuzz(func(t *testing.T, list []byte) {
		feeds, _, err := readOPML(list)
		if err != nil {
			return
		}
		text, _, _ := addAll(starting(nil), config.Config{}, feeds[:min(len(feeds), 5)])
		if bytes.ContainsRune(text, 0) {
			t.Fatalf("%q", text)
		}
	})
}
