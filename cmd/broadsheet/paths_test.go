package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"broadsheet/cmd/internal/console"
)

// TestPathsAndFiles calls the program with files and folders that the feeds.yaml parser alone cannot test; what the
// parser refuses is in internal/config/testdata/errors.txt. Nothing may be requested or published if the exit status
// is not 0.
func TestPathsAndFiles(t *testing.T) {
	const good = "sources:\n  - https://s.example/feed\n"
	file := func(text string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			must(t, os.WriteFile(filepath.Join(dir, "feeds.yaml"), []byte(text), 0o644))
		}
	}
	cases := []struct {
		name   string
		setup  func(t *testing.T, dir string)
		args   string // {} is the folder
		status int
		says   string
	}{
		{"all as usual", file(good), "", 0, ""},
		{"missing, and named", nil, "", 2, "feeds.yaml cannot be read"},
		{"a folder", func(t *testing.T, dir string) { must(t, os.Mkdir(filepath.Join(dir, "feeds.yaml"), 0o755)) }, "", 2, "directory"},
		{"a link", func(t *testing.T, dir string) {
			must(t, os.WriteFile(filepath.Join(dir, "real.yaml"), []byte(good), 0o644))
			must(t, os.Symlink("real.yaml", filepath.Join(dir, "feeds.yaml")))
		}, "", 0, ""},
		{"a link to nothing", func(t *testing.T, dir string) { must(t, os.Symlink("gone", filepath.Join(dir, "feeds.yaml"))) }, "", 2, "cannot be read"},
		{"a link to itself", func(t *testing.T, dir string) { must(t, os.Symlink("feeds.yaml", filepath.Join(dir, "feeds.yaml"))) }, "", 2, "cannot be read"},
		{"a device without end", nil, "--feeds /dev/zero", 2, "/dev/zero"},
		{"a device without content", nil, "--feeds /dev/null", 2, "/dev/null"},
		{"huge", file(good + strings.Repeat("# nothing\n", 1<<20)), "", 2, "feeds.yaml"},
		{"a byte order mark", file("\ufeff" + good), "", 0, ""},
		{"lines of Windows", file(strings.ReplaceAll(good, "\n", "\r\n")), "", 0, ""},
		{"lines of an old Mac", file(strings.ReplaceAll(good, "\n", "\r")), "", 0, ""},
		{"no end of the last line", file(strings.TrimSpace(good)), "", 0, ""},
		{"UTF-16", file("\xff\xfes\x00o\x00u\x00r\x00c\x00e\x00s\x00:\x00"), "", 2, "feeds.yaml"},
		{"Latin-1", file(good + "title: Z\xfcrich\n"), "", 2, "UTF-8"},
		{"a NUL within", file(good + "title: a\x00b\n"), "", 2, "feeds.yaml"},
		{"tabs", file("sources:\n\t- https://s.example/feed\n"), "", 2, "feeds.yaml:2"},
		{"two documents", file(good + "---\n" + good), "", 2, "feeds.yaml"},
		{"an alias bomb", file("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n" + good), "", 2, "feeds.yaml"},
		{"an alias of itself", file("sources: &a [*a]\n"), "", 2, "feeds.yaml"},
		{"nested without end", file("sources: " + strings.Repeat("[", 100000)), "", 2, "feeds.yaml"},
		{"merge keys", file("x: &x {every: 1h}\nsources:\n  - {feed: https://s.example/feed, <<: *x}\n"), "", 2, "feeds.yaml"},
		{"a tag of a language", file("sources: !!python/object:os.system [x]\n"), "", 2, "feeds.yaml"},
		{"JSON", file(`{"sources": ["https://s.example/feed"]}`), "", 0, ""},
		{"OPML", file(`<opml version="2.0"><body><outline xmlUrl="https://s.example/feed"/></body></opml>`), "", 2, "feeds.yaml"},
		{"an escape in a name", file("sources:\n  - {feed: https://s.example/feed, name: \"a\\e[31mb\"}\n"), "", 2, "feeds.yaml"},
		{"a script for a title", file("title: <script>alert(1)</script>\n" + good), "", 0, ""},
		{"a path for a topic", file("topics: {../../etc: [shard]}\n" + good), "", 0, ""},
		{"a theme that is not there", file("theme: nowhere\n" + good), "", 1, "theme"},
		{"a theme outside", file("theme: /etc\n" + good), "", 1, "theme"},
		{"spaces in all names", func(t *testing.T, dir string) {
			must(t, os.MkdirAll(filepath.Join(dir, "a folder"), 0o755))
			must(t, os.WriteFile(filepath.Join(dir, "a folder", "my feeds.yaml"), []byte(good), 0o644))
		}, "--feeds {}/a+folder/my+feeds.yaml --db {}/a+folder/my+data.db --out {}/a+folder/my+page", 0, ""},
		{"marks in all names", file(good), "--db {}/ä%20?x=1#y&z.db --out {}/ö%20?x#y", 0, ""},
		{"quotes in all names", file(good), "--db {}/a'b\"c;d.db --out {}/<b>'\"&", 0, ""},
		{"a name that begins with a dash", func(t *testing.T, dir string) {
			file(good)(t, dir)
			t.Cleanup(func() { // it is in the folder of this package
				for _, ending := range []string{"", ".lock", "-wal", "-shm"} {
					_ = os.Remove("-x.db" + ending)
				}
			})
		}, "--db=./-x.db --out={}/-out", 0, ""},
		{"folders that are made", file(good), "--db {}/a/b/c/x.db --out {}/d/e/f", 0, ""},
		{"output in nowhere", file(good), "--out /proc/nowhere/public", 1, "/proc/nowhere"},
		{"database in nowhere", file(good), "--db /proc/nowhere/x.db", 1, "/proc/nowhere"},
		{"output under a file", file(good), "--out {}/feeds.yaml/public", 1, "feeds.yaml"},
		{"database under a file", file(good), "--db {}/feeds.yaml/x.db", 1, "feeds.yaml"},
		{"database is the folder", file(good), "--db {}", 1, "director"},
		{"database is feeds.yaml", file(good), "--db {}/feeds.yaml", 1, "not a SQLite database"},
		{"database is a device", file(good), "--db /dev/null", 1, "/dev/null"},
		{"output is the database's folder", file(good), "--db {}/broadsheet.db --out {}", 0, ""},
		{"output ends with a slash", file(good), "--out {}/public/", 0, ""},
		{"output with dots", file(good), "--out {}/x/../public/./", 0, ""},
		{"output is a link", func(t *testing.T, dir string) {
			file(good)(t, dir)
			must(t, os.Mkdir(filepath.Join(dir, "real"), 0o755))
			must(t, os.Symlink("real", filepath.Join(dir, "public")))
		}, "", 0, ""},
		{"output is a link to nothing", func(t *testing.T, dir string) {
			file(good)(t, dir)
			must(t, os.Symlink("gone", filepath.Join(dir, "public")))
		}, "", 1, "public"},
		{"no name for the output", file(good), "--out=", 2, "--out"},
		{"no name for the database", file(good), "--db=", 2, "--db"},
		{"no name for the list", file(good), "--feeds=", 2, "--feeds"},
		{"a time that is none", file(good), "--now yesterday", 2, "not a time"},
		{"a time before time", file(good), "--now 0001-01-01T00:00:00Z", 2, "before 1970"},
		{"the end of times", file(good), "--now 9999-12-31T23:59:59Z", 0, ""},
		{"a flag that is none", file(good), "--force-publish", 2, "unknown flag"},
		{"an argument too many", file(good), "everything", 2, "takes no argument"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if c.setup != nil {
				c.setup(t, dir)
			}
			w := newFakeWeb(nil, nil)
			w.pages["https://s.example/feed"] = []byte(rssFeed("S", "https://s.example/", "", "", rssEntry("One", "https://s.example/1", "1", "", "", uniqueText("1"), "")))
			args := []string{"run"}
			for _, arg := range strings.Fields(c.args) {
				args = append(args, strings.ReplaceAll(strings.ReplaceAll(arg, "{}", dir), "+", " "))
			}
			for _, usual := range []string{"--feeds", "--db", "--out"} {
				if !strings.Contains(c.args, usual) {
					args = append(args, usual, filepath.Join(dir, map[string]string{"--feeds": "feeds.yaml", "--db": "data.db", "--out": "public"}[usual]))
				}
			}
			if !strings.Contains(c.args, "--now") {
				args = append(args, "--now", "2026-11-24T07:00:00Z")
			}
			var out bytes.Buffer
			status := run(context.Background(), args, env{stdout: &out, stderr: &out, transport: w, clock: fixedClock})
			if status != c.status || !strings.Contains(out.String(), c.says) {
				t.Errorf("exit %d, want %d with %q: %.600s", status, c.status, c.says, out.String())
			}
			checkPlain(t, "what is printed", out.String())
			if status == console.ExitUsage && len(w.requests) > 0 {
				t.Errorf("asked %q though the call is wrong", w.requests)
			}
			if outside, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), "*", "etc*")); len(outside) > 0 {
				t.Errorf("written outside of the output: %q", outside)
			}
			silent := strings.Contains(out.String(), "S: no new article since") // it is, by the end of times
			if c.status == 0 && out.Len() > 0 && !silent {
				t.Errorf("it is not quiet: %s", out.String())
			}
		})
	}
}
