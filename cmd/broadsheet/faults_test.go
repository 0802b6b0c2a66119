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

// dailySite is a publication with a few sources, each of which has a new article every day. The tests let something
// go wrong.
type dailySite struct {
	*testing.T
	dir     string
	db, out string // paths of the database and the output
	web     *fakeWeb
	down    bool // no source answers
}

const dailyFeeds = "edition: {size: 40, per_source: 20, backlog: 40}\nsources:\n  - {feed: https://a.example/feed, name: A}\n  - {feed: https://b.example/feed, name: B}\n  - {feed: https://c.example/feed, name: C}\n"

func newDailySite(t *testing.T) *dailySite {
	t.Helper()
	dir := t.TempDir()
	p := &dailySite{T: t, dir: dir, db: filepath.Join(dir, "data", "broadsheet.db"), out: filepath.Join(dir, "public"), web: newFakeWeb(nil, nil)}
	p.write("feeds.yaml", dailyFeeds)
	return p
}

func (p *dailySite) write(name, text string) {
	p.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
		p.Fatal(err)
	}
}

// copyFrom copies the files of another site, onto this one's disks.
func (p *dailySite) copyFrom(other *dailySite) {
	p.Helper()
	must(p.T, os.Remove(filepath.Join(p.dir, "feeds.yaml")))
	must(p.T, os.CopyFS(p.dir, os.DirFS(other.dir)))
}

var startDay = time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)

// run moves the web to n days after the first, and calls the program at a time that may differ. It returns the exit
// status and the output.
func (p *dailySite) run(n int, at time.Time, args ...string) (int, string) {
	p.Helper()
	for _, site := range []string{"a", "b", "c"} {
		var b strings.Builder
		for i := max(0, n-5); i <= n; i++ {
			link := fmt.Sprintf("https://%s.example/%d", site, i)
			b.WriteString(rssEntry(fmt.Sprintf("Number %d of %s", i, site), link, link, "", startDay.AddDate(0, 0, i).Add(-time.Hour).Format(time.RFC1123Z), uniqueText(link), ""))
		}
		p.web.pages["https://"+site+".example/feed"] = []byte(strings.ReplaceAll(rssFeed("S", "https://"+site+".example/", "", "", b.String()), "Mon, 23 Nov 2026 09:00:00 GMT", startDay.Add(-time.Hour).Format(time.RFC1123Z)))
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
	status := run(context.Background(), args, env{stdout: &out, stderr: &out, transport: p.web, clock: fixedClock})
	return status, out.String()
}

// mustRun is run on a day on which nothing may go wrong.
func (p *dailySite) mustRun(n int, at time.Time, args ...string) string {
	p.Helper()
	status, printed := p.run(n, at, args...)
	if status != 0 {
		p.Fatalf("day %d: exit %d: %s", n, status, printed)
	}
	return printed
}

// publishedFiles returns the output files, except the program's own hidden ones, by path.
func (p *dailySite) publishedFiles() map[string]string {
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

// undisturbedOutput returns the output of a site on which nothing goes wrong.
func undisturbedOutput(t *testing.T, days int) map[string]string {
	t.Helper()
	p := newDailySite(t)
	for n := range days {
		p.mustRun(n, startDay.AddDate(0, 0, n))
	}
	return p.publishedFiles()
}

// mountSmallDisk mounts a file system of 3 MB on dir, or skips the test.
func mountSmallDisk(t *testing.T, dir string) (remount func(options string)) {
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

// fillDisk fills the disk of dir. free makes room again.
func fillDisk(t *testing.T, dir string) (free func()) {
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

// TestDiskAndFileFaults publishes on a first day, breaks something on the second, and repairs it on the third:
// published files stay as they were, the message names the file and what to do, and in the end the output is as if
// nothing had happened.
func TestDiskAndFileFaults(t *testing.T) {
	days := []struct {
		name   string
		breaks func(p *dailySite) (repair func())
		status int
		says   []string
	}{
		{"output is full", func(p *dailySite) func() { return fillDisk(p.T, p.out) }, 1, []string{"no space left", "public", "free some space"}},
		{"output is read-only", func(p *dailySite) func() {
			remount := p.mountDisk(p.out)
			remount("ro")
			return func() { remount("rw") }
		}, 1, []string{"read-only", "public", "--out"}},
		{"output is a file", func(p *dailySite) func() {
			must(p.T, os.Rename(p.out, p.out+".away"))
			must(p.T, os.WriteFile(p.out, []byte("x"), 0o644))
			return func() { must(p.T, os.Remove(p.out)); must(p.T, os.Rename(p.out+".away", p.out)) }
		}, 1, []string{"public", "--out"}},
		{"a folder stands for a page", func(p *dailySite) func() {
			page := filepath.Join(p.out, "index.html")
			text, err := os.ReadFile(page)
			must(p.T, err)
			must(p.T, os.Remove(page))
			must(p.T, os.MkdirAll(filepath.Join(page, "foreign"), 0o755))
			return func() { must(p.T, os.RemoveAll(page)); must(p.T, os.WriteFile(page, text, 0o644)) }
		}, 1, []string{"index.html", "move it away"}},
		{"database's disk is full", func(p *dailySite) func() { return fillDisk(p.T, filepath.Dir(p.db)) }, 1, []string{"broadsheet.db", "disk"}},
		{"database is read-only", func(p *dailySite) func() {
			remount := p.mountDisk(filepath.Dir(p.db))
			remount("ro")
			return func() { remount("rw") }
		}, 1, []string{"broadsheet.db", "read-only", "--db"}},
		{"database is garbage", corruptDatabase(func(p *dailySite, _ []byte) []byte { return bytes.Repeat([]byte("garbage "), 9999) }), 1, []string{"broadsheet.db", "backup"}},
		{"database is empty", corruptDatabase(func(*dailySite, []byte) []byte { return nil }), 1, []string{"broadsheet.db", "empty", "backup"}},
		{"database is cut", corruptDatabase(func(_ *dailySite, was []byte) []byte { return was[:len(was)/3] }), 1, []string{"broadsheet.db", "damaged", "backup"}},
		{"database has lost a page", corruptDatabase(func(_ *dailySite, was []byte) []byte {
			return bytes.Join([][]byte{was[:4096], bytes.Repeat([]byte{0xa5}, len(was)-8192), was[len(was)-4096:]}, nil)
		}), 1, []string{"broadsheet.db", "damaged", "backup"}},
		{"database is newer", corruptDatabase(func(_ *dailySite, was []byte) []byte {
			now := bytes.Clone(was)
			copy(now[60:], []byte{0, 0, 9, 9})
			return now
		}), 1, []string{"broadsheet.db", "newer broadsheet"}},
		{"database is a folder", func(p *dailySite) func() {
			must(p.T, os.Rename(p.db, p.db+".away"))
			must(p.T, os.Mkdir(p.db, 0o755))
			return func() { must(p.T, os.Remove(p.db)); must(p.T, os.Rename(p.db+".away", p.db)) }
		}, 1, []string{"broadsheet.db", "directory"}},
		{"feeds.yaml is empty", replaceFeeds(""), 2, []string{"feeds.yaml"}},
		{"feeds.yaml is blank", replaceFeeds(" \n\n# nothing\n"), 2, []string{"feeds.yaml"}},
		{"feeds.yaml has no sources", replaceFeeds("sources: []\n"), 2, []string{"feeds.yaml"}},
		{"feeds.yaml is half saved", replaceFeeds(dailyFeeds[:len(dailyFeeds)-20]), 2, []string{"feeds.yaml"}},
		{"feeds.yaml is zeros", replaceFeeds(strings.Repeat("\x00", 4096)), 2, []string{"feeds.yaml"}},
		{"feeds.yaml is another file", replaceFeeds("<html>not found</html>"), 2, []string{"feeds.yaml"}},
	}
	want := undisturbedOutput(t, 3)
	first := newDailySite(t) // copied for each case
	first.mustRun(0, startDay)
	for _, d := range days {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			p := newDailySite(t)
			if strings.Contains(d.name, "full") || strings.Contains(d.name, "read-only") {
				p.mountDisk(p.out)
				p.mountDisk(filepath.Dir(p.db))
			}
			p.copyFrom(first)
			before := p.publishedFiles()
			repair := d.breaks(p)
			status, printed := p.run(1, startDay.AddDate(0, 0, 1))
			if status != d.status {
				t.Errorf("exit %d, want %d: %s", status, d.status, printed)
			}
			for _, text := range d.says {
				if !strings.Contains(printed, text) {
					t.Errorf("%q is not in %s", text, printed)
				}
			}
			if strings.Contains(printed, "goroutine") {
				t.Errorf("a panic: %s", printed)
			}
			repair()
			if after := p.publishedFiles(); !maps.Equal(after, before) {
				t.Errorf("what was published has changed: %s", firstDifference(fmt.Sprint(after), fmt.Sprint(before)))
			}
			p.mustRun(1, startDay.AddDate(0, 0, 1))
			p.mustRun(2, startDay.AddDate(0, 0, 2))
			checkSameFiles(t, p.publishedFiles(), want)
		})
	}
}

func checkSameFiles(t *testing.T, got, want map[string]string) {
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

// mountDisk mounts a small disk on a folder of the site, unless there is one.
func (p *dailySite) mountDisk(dir string) func(string) {
	p.Helper()
	if exec.Command("mountpoint", "-q", dir).Run() == nil {
		return func(options string) {
			if out, err := exec.Command("mount", "-o", "remount,"+options, dir).CombinedOutput(); err != nil {
				p.Fatalf("%s: %s", options, out)
			}
		}
	}
	return mountSmallDisk(p.T, dir)
}

// corruptDatabase replaces the database's bytes for a day, and then restores them. The program must not change a
// corrupt database.
func corruptDatabase(ruin func(p *dailySite, was []byte) []byte) func(*dailySite) func() {
	return func(p *dailySite) func() {
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

// replaceFeeds replaces the text of feeds.yaml for a day.
func replaceFeeds(text string) func(*dailySite) func() {
	return func(p *dailySite) func() {
		p.write("feeds.yaml", text)
		return func() { p.write("feeds.yaml", dailyFeeds) }
	}
}
