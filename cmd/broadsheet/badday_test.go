package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// badPaper is a newspaper with a few sources, each of which has a new article every day; what is wrong with the day is the
// test's to say.
type badPaper struct {
	*testing.T
	dir     string
	db, out string // where they are, when elsewhere than in dir
	web     *web
	down    bool // no source answers
}

const paperFeeds = "edition: {size: 40, per_source: 20, backlog: 40}\nsources:\n  - {feed: https://a.example/feed, name: A}\n  - {feed: https://b.example/feed, name: B}\n  - {feed: https://c.example/feed, name: C}\n"

func newBadPaper(t *testing.T) *badPaper {
	t.Helper()
	dir := t.TempDir()
	p := &badPaper{T: t, dir: dir, db: filepath.Join(dir, "data", "broadsheet.db"), out: filepath.Join(dir, "public"), web: newWeb(nil, nil)}
	p.write("feeds.yaml", paperFeeds)
	return p
}

func (p *badPaper) write(name, text string) {
	p.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
		p.Fatal(err)
	}
}

// copyFrom lets the paper be where another one is, on its disks.
func (p *badPaper) copyFrom(other *badPaper) {
	p.Helper()
	must(p.T, os.Remove(filepath.Join(p.dir, "feeds.yaml")))
	must(p.T, os.CopyFS(p.dir, os.DirFS(other.dir)))
}

var firstDay = time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)

// day lets the web be as it is n days after the first, and calls the program at some time of its own; it returns the
// status and what was printed.
func (p *badPaper) day(n int, at time.Time, args ...string) (int, string) {
	p.Helper()
	for _, site := range []string{"a", "b", "c"} {
		var b strings.Builder
		for i := max(0, n-5); i <= n; i++ {
			link := fmt.Sprintf("https://%s.example/%d", site, i)
			b.WriteString(rssEntry(fmt.Sprintf("Number %d of %s", i, site), link, link, "", firstDay.AddDate(0, 0, i).Add(-time.Hour).Format(time.RFC1123Z), hostileProse(link), ""))
		}
		p.web.pages["https://"+site+".example/feed"] = []byte(strings.ReplaceAll(rssFeed("S", "https://"+site+".example/", "", "", b.String()), "Mon, 23 Nov 2026 09:00:00 GMT", firstDay.Add(-time.Hour).Format(time.RFC1123Z)))
		if p.down {
			p.web.pages["https://"+site+".example/feed"] = []byte("!no route to host")
		}
	}
	var out bytes.Buffer
	if len(args) == 0 {
		args = []string{"run"}
	}
	args = append(args, "--now", at.Format(time.RFC3339), "--feeds", filepath.Join(p.dir, "feeds.yaml"), "--db", p.db, "--out", p.out)
	p.web.now = func() time.Time { return at }
	status := run(context.Background(), args, world{stdout: &out, stderr: &out, transport: p.web, clock: fixedClock})
	return status, out.String()
}

// well is a day on which nothing may go wrong.
func (p *badPaper) well(n int, at time.Time, args ...string) string {
	p.Helper()
	status, said := p.day(n, at, args...)
	if status != 0 {
		p.Fatalf("day %d: exit %d: %s", n, status, said)
	}
	return said
}

// published is every file of the output but the program's own notes.
func (p *badPaper) published() map[string]string {
	p.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(p.out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") || strings.Contains(path, "foreign") || strings.Contains(path, "filler") {
			return err
		}
		data, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, p.out)] = string(data)
		return err
	})
	if err != nil {
		p.Fatal(err)
	}
	return files
}

// undisturbed is what the output is when the days are well.
func undisturbed(t *testing.T, days int) map[string]string {
	t.Helper()
	p := newBadPaper(t)
	for n := range days {
		p.well(n, firstDay.AddDate(0, 0, n))
	}
	return p.published()
}

// mounted mounts a small file system of its own on dir, or skips.
func mounted(t *testing.T, dir string) (remount func(options string)) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("skipped: only root may mount a small disk")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=3m", "broadsheet-test", dir).CombinedOutput(); err != nil {
		t.Skipf("skipped: nothing can be mounted here: %s", out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", dir).Run() })
	return func(options string) {
		if out, err := exec.Command("mount", "-o", "remount,"+options, dir).CombinedOutput(); err != nil {
			t.Fatalf("%s: %s", options, out)
		}
	}
}

// fill leaves no room on the disk of dir.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for size := 1 << 16; size > 0; size /= 16 {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
	}
	f.Close()
	return func() { os.Remove(path) }
}

// TestBadDays publishes on a first day, lets something go wrong on the second, and mends it on the third: what is out
// stays as it was, the message names the file and what to do, and in the end all is as if nothing had been.
func TestBadDays(t *testing.T) {
	days := []struct {
		name   string
		breaks func(p *badPaper) (mend func())
		status int
		says   []string
	}{
		{"output is full", func(p *badPaper) func() { return fill(p.T, p.out) }, 1, []string{"no space left", "public", "free some space"}},
		{"output is read-only", func(p *badPaper) func() {
			remount := p.disk(p.out)
			remount("ro")
			return func() { remount("rw") }
		}, 1, []string{"read-only", "public", "--out"}},
		{"output is a file", func(p *badPaper) func() {
			must(p.T, os.Rename(p.out, p.out+".away"))
			must(p.T, os.WriteFile(p.out, []byte("x"), 0o644))
			return func() { must(p.T, os.Remove(p.out)); must(p.T, os.Rename(p.out+".away", p.out)) }
		}, 1, []string{"public", "--out"}},
		{"a folder stands for a page", func(p *badPaper) func() {
			page := filepath.Join(p.out, "index.html")
			text, err := os.ReadFile(page)
			must(p.T, err)
			must(p.T, os.Remove(page))
			must(p.T, os.MkdirAll(filepath.Join(page, "foreign"), 0o755))
			return func() { must(p.T, os.RemoveAll(page)); must(p.T, os.WriteFile(page, text, 0o644)) }
		}, 1, []string{"index.html", "move it away"}},
		{"database's disk is full", func(p *badPaper) func() { return fill(p.T, filepath.Dir(p.db)) }, 1, []string{"broadsheet.db", "disk"}},
		{"database is read-only", func(p *badPaper) func() {
			remount := p.disk(filepath.Dir(p.db))
			remount("ro")
			return func() { remount("rw") }
		}, 1, []string{"broadsheet.db", "read-only", "--db"}},
		{"database is garbage", ruined(func(p *badPaper, _ []byte) []byte { return bytes.Repeat([]byte("garbage "), 9999) }), 1, []string{"broadsheet.db", "backup"}},
		{"database is empty", ruined(func(*badPaper, []byte) []byte { return nil }), 1, []string{"broadsheet.db", "empty", "backup"}},
		{"database is cut", ruined(func(_ *badPaper, was []byte) []byte { return was[:len(was)/3] }), 1, []string{"broadsheet.db", "damaged", "backup"}},
		{"database has lost a page", ruined(func(_ *badPaper, was []byte) []byte {
			return bytes.Join([][]byte{was[:4096], bytes.Repeat([]byte{0xa5}, len(was)-8192), was[len(was)-4096:]}, nil)
		}), 1, []string{"broadsheet.db", "damaged", "backup"}},
		{"database is newer", ruined(func(_ *badPaper, was []byte) []byte {
			now := bytes.Clone(was)
			copy(now[60:], []byte{0, 0, 9, 9})
			return now
		}), 1, []string{"broadsheet.db", "newer broadsheet"}},
		{"database is a folder", func(p *badPaper) func() {
			must(p.T, os.Rename(p.db, p.db+".away"))
			must(p.T, os.Mkdir(p.db, 0o755))
			return func() { must(p.T, os.Remove(p.db)); must(p.T, os.Rename(p.db+".away", p.db)) }
		}, 1, []string{"broadsheet.db", "directory"}},
		{"feeds.yaml is empty", feedsAre(""), 2, []string{"feeds.yaml"}},
		{"feeds.yaml is blank", feedsAre(" \n\n# nothing\n"), 2, []string{"feeds.yaml"}},
		{"feeds.yaml has no sources", feedsAre("sources: []\n"), 2, []string{"feeds.yaml"}},
		{"feeds.yaml is half saved", feedsAre(paperFeeds[:len(paperFeeds)-20]), 2, []string{"feeds.yaml"}},
		{"feeds.yaml is zeros", feedsAre(strings.Repeat("\x00", 4096)), 2, []string{"feeds.yaml"}},
		{"feeds.yaml is another file", feedsAre("<html>not found</html>"), 2, []string{"feeds.yaml"}},
	}
	want := undisturbed(t, 3)
	first := newBadPaper(t) // copied for each case
	first.well(0, firstDay)
	for _, d := range days {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			p := newBadPaper(t)
			if strings.Contains(d.name, "full") || strings.Contains(d.name, "read-only") {
				p.disk(p.out)
				p.disk(filepath.Dir(p.db))
			}
			p.copyFrom(first)
			before := p.published()
			mend := d.breaks(p)
			status, said := p.day(1, firstDay.AddDate(0, 0, 1))
			if status != d.status {
				t.Errorf("exit %d, want %d: %s", status, d.status, said)
			}
			for _, text := range d.says {
				if !strings.Contains(said, text) {
					t.Errorf("%q is not in %s", text, said)
				}
			}
			if strings.Contains(said, "goroutine") {
				t.Errorf("a panic: %s", said)
			}
			mend()
			if after := p.published(); !maps.Equal(after, before) {
				t.Errorf("what was published has changed: %s", firstDifference(fmt.Sprint(after), fmt.Sprint(before)))
			}
			p.well(1, firstDay.AddDate(0, 0, 1))
			p.well(2, firstDay.AddDate(0, 0, 2))
			same(t, p.published(), want)
		})
	}
}

func same(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s is another: %s", name, firstDifference(got[name], want[name]))
			return
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// disk puts a folder of the paper on a small disk of its own, once.
func (p *badPaper) disk(dir string) func(string) {
	p.Helper()
	if exec.Command("mountpoint", "-q", dir).Run() == nil {
		return func(options string) {
			if out, err := exec.Command("mount", "-o", "remount,"+options, dir).CombinedOutput(); err != nil {
				p.Fatalf("%s: %s", options, out)
			}
		}
	}
	return mounted(p.T, dir)
}

// ruined makes the database's bytes others, and afterwards what they were; what is ruined may not be changed.
func ruined(ruin func(p *badPaper, was []byte) []byte) func(*badPaper) func() {
	return func(p *badPaper) func() {
		was, err := os.ReadFile(p.db)
		must(p.T, err)
		now := ruin(p, was)
		must(p.T, os.WriteFile(p.db, now, 0o644))
		return func() {
			if left, _ := os.ReadFile(p.db); !bytes.Equal(left, now) {
				p.Error("the damaged database was changed")
			}
			_ = os.Remove(p.db + "-wal")
			_ = os.Remove(p.db + "-shm")
			must(p.T, os.WriteFile(p.db, was, 0o644))
		}
	}
}

// feedsAre makes feeds.yaml another text for a day.
func feedsAre(text string) func(*badPaper) func() {
	return func(p *badPaper) func() {
		p.write("feeds.yaml", text)
		return func() { p.write("feeds.yaml", paperFeeds) }
	}
}
