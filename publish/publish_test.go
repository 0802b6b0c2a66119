package publish

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/config"
	"broadsheet/internal/link"
)

// readTree returns the contents of every file in a folder, and when each was last written.
func readTree(t testing.TB, dir string) (files map[string]string, times map[string]time.Time) {
	t.Helper()
	files, times = map[string]string{}, map[string]time.Time{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		at, err := e.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		files[filepath.ToSlash(rel)], times[filepath.ToSlash(rel)] = string(data), at.ModTime()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files, times
}

func TestWrite_NothingNewWritesNothing(t *testing.T) {
	dir, src := t.TempDir(), editionSourceOf(testEditions())
	if len(write(t, dir, testConfig(), src)) == 0 {
		t.Fatal("the first time wrote nothing")
	}
	old := at("2026-01-01T00:00:00Z")
	files, _ := readTree(t, dir)
	for name := range files {
		if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if again := write(t, dir, testConfig(), src); len(again) > 0 {
		t.Errorf("the second time wrote %q", again)
	}
	after, times := readTree(t, dir)
	if !maps.Equal(files, after) {
		t.Error("bytes differ")
	}
	for name, at := range times {
		if !at.Equal(old) {
			t.Errorf("%s was touched", name)
		}
	}
}

func TestWrite_IncrementalEqualsFull(t *testing.T) {
	slowly, atOnce := t.TempDir(), t.TempDir()
	all := testEditions()
	for n := range all {
		write(t, slowly, testConfig(), editionSourceOf(all[:n+1]))
	}
	write(t, atOnce, testConfig(), editionSourceOf(all))
	a, _ := readTree(t, slowly)
	b, _ := readTree(t, atOnce)
	for name := range b {
		if a[name] != b[name] {
			t.Errorf("%s differs:\n%s\n--- and all at once\n%s", name, a[name], b[name])
		}
	}
}

func TestWrite_NewEditionChangesOnlyDependentFiles(t *testing.T) {
	dir, all := t.TempDir(), testEditions()
	last := len(all) - 1
	write(t, dir, testConfig(), editionSourceOf(all[:last]))
	changed := write(t, dir, testConfig(), editionSourceOf(all))
	for _, name := range changed {
		ok := strings.HasPrefix(name, "2026/11/24/") || name == "2026/11/23/index.html" || name == "2026/11/index.html" || name == "2026/index.html" ||
			strings.HasPrefix(name, "topics/") || strings.HasPrefix(name, "companies/") || strings.HasPrefix(name, "search/") ||
			name == "archive/2026-11.xml" || name == "archive/index.html" || strings.HasPrefix(name, "sitemap") || !strings.Contains(name, "/")
		if !ok {
			t.Errorf("%s was written again", name)
		}
	}
	for _, name := range []string{"archive/2026-10.xml", "style.css", "opml.xml", "companies/nobody-yet/index.html", "sources/index.html"} {
		if slices.Contains(changed, name) {
			t.Errorf("%s was written again", name)
		}
	}
	front := []string{"index.html", "opml.xml", "daily.xml", "rss.xml", "feed.json", "atom.xml"}
	day := slices.Index(changed, "2026/11/24/index.html")
	for _, name := range front {
		if i := slices.Index(changed, name); i >= 0 && i < day || i < 0 && name != "opml.xml" {
			t.Errorf("%s is at %d of %q, the edition's page at %d", name, i, changed, day)
		}
	}
}

func TestWrite_ClosedMonthArchiveNeverChanges(t *testing.T) {
	dir, all := t.TempDir(), testEditions()
	write(t, dir, testConfig(), editionSourceOf(all[:3]))
	closed, _ := readTree(t, dir)
	for n := 4; n <= len(all); n++ {
		write(t, dir, testConfig(), editionSourceOf(all[:n]))
		now, _ := readTree(t, dir)
		if now["archive/2026-10.xml"] != closed["archive/2026-10.xml"] {
			t.Fatalf("edition %d changed the archive of a month that is over", n)
		}
	}
}

// TestWrite_ReadsFewEditionsForOneMore checks that publishing one more edition after 400 others reads few of those.
func TestWrite_ReadsFewEditionsForOneMore(t *testing.T) {
	day, n, reads := dayTime("2017-01-01"), 400, 0
	one := testEditions()[5]
	src := EditionSource{Sources: testSources()}
	for i := range n {
		src.Days = append(src.Days, EditionRef{broadsheet.Day(day.AddDate(0, 0, i).Format(time.DateOnly)), i + 1, 2})
	}
	src.Edition = func(_ context.Context, d broadsheet.Day) (broadsheet.Edition, error) {
		reads++
		e := broadsheet.Edition{Day: d, At: dayTime(d).Add(6 * time.Hour), Sources: 92, Picks: slices.Clone(one.Picks[:2])}
		for i := range e.Picks {
			e.Picks[i].Key += string(d)
			e.Picks[i].Published, e.Picks[i].Updated = e.At, e.At
		}
		return e, nil
	}
	config, dir := testConfig(), t.TempDir()
	days := src.Days
	src.Days = days[:n-1]
	write(t, dir, config, src)
	reads = 0
	src.Days = days
	changed := write(t, dir, config, src)
	if reads > 2*topicEditions || len(changed) > 60 {
		t.Errorf("one more edition read %d of %d and wrote %d files", reads, n, len(changed))
	}
}

func TestWrite_TitleChangeRewritesAllPages(t *testing.T) {
	dir, src, config := t.TempDir(), editionSourceOf(testEditions()), testConfig()
	write(t, dir, config, src)
	config.Title = "Another name"
	write(t, dir, config, src)
	files, _ := readTree(t, dir)
	for name, text := range files {
		if strings.HasSuffix(name, ".html") && !strings.Contains(text, "Another name") {
			t.Errorf("%s still has the old name", name)
		}
	}
}

func TestWrite_RestoresLostFilesAndManifest(t *testing.T) {
	dir, src := t.TempDir(), editionSourceOf(testEditions())
	write(t, dir, testConfig(), src)
	before, _ := readTree(t, dir)
	for _, name := range []string{"2026/10/30/index.html", "search/2026-10.json", "topics/video/rss.xml", "preview.png"} {
		os.Remove(filepath.Join(dir, name))
	}
	os.WriteFile(filepath.Join(dir, manifestName), []byte(`{"look": 3`), 0o644)
	write(t, dir, testConfig(), src)
	if after, _ := readTree(t, dir); !maps.Equal(before, after) {
		t.Error("what was lost has not come back as it was")
	}
}

func TestWrite_RestoresLostFileOfClosedMonth(t *testing.T) {
	dir, src := t.TempDir(), editionSourceOf(testEditions())
	write(t, dir, testConfig(), src)
	for _, lost := range []string{"2026/10/30/index.html", "2026/10/30/edition.json", "2026/10/index.html"} {
		if err := os.Remove(filepath.Join(dir, lost)); err != nil {
			t.Fatal(err)
		}
		if changed := write(t, dir, testConfig(), src); !slices.Equal(changed, []string{lost}) {
			t.Errorf("%s was lost, and %q written", lost, changed)
		}
	}
}

func TestWrite_KeepsForeignFilesRemovesLeftovers(t *testing.T) {
	dir := t.TempDir()
	foreign := map[string]string{"CNAME": "daily.example", "2026/notes.txt": "mine", ".well-known/security.txt": "Contact: me"}
	for name, text := range foreign {
		os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755)
		os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)
	}
	os.MkdirAll(filepath.Join(dir, tempDir), 0o755)
	os.WriteFile(filepath.Join(dir, tempDir, "000001"), []byte("half a page"), 0o644)
	write(t, dir, testConfig(), editionSourceOf(testEditions()))
	files, _ := readTree(t, dir)
	for name, text := range foreign {
		if files[name] != text {
			t.Errorf("%s is now %q", name, files[name])
		}
	}
	if _, err := os.Stat(filepath.Join(dir, tempDir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there: %v", tempDir, err)
	}
}

// TestWrite_FailureKeepsPublishedEdition checks that on any error the published edition stays complete, that the error names
// its cause, and that the next Write completes the work.
func TestWrite_FailureKeepsPublishedEdition(t *testing.T) {
	all := testEditions()
	broken := t.TempDir()
	os.WriteFile(filepath.Join(broken, "edition.html"), []byte(`{{define "main"}}{{.Editoin.Date}}{{end}}`), 0o644)
	cases := []struct {
		name   string
		breaks func(dir string, config *config.Config, src *EditionSource)
		want   string
	}{
		{"theme does not know the field", func(_ string, c *config.Config, _ *EditionSource) { c.Theme = broken }, "Editoin"},
		{"theme is missing", func(_ string, c *config.Config, _ *EditionSource) { c.Theme = filepath.Join(broken, "none") }, "take `theme:` out"},
		{"an edition cannot be read", func(_ string, _ *config.Config, s *EditionSource) {
			s.Edition = func(context.Context, broadsheet.Day) (broadsheet.Edition, error) {
				return broadsheet.Edition{}, errors.New("disk I/O error")
			}
		}, "disk I/O error"},
		{"a day is no date", func(_ string, _ *config.Config, s *EditionSource) {
			s.Days = append(s.Days, EditionRef{Day: "../../../etc"})
		}, "not a date"},
		{"a folder stands in the way", func(dir string, _ *config.Config, _ *EditionSource) {
			os.Remove(filepath.Join(dir, "rss.xml"))
			os.Mkdir(filepath.Join(dir, "rss.xml"), 0o755)
		}, "rss.xml: a folder stands"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, testConfig(), editionSourceOf(all[:5]))
			config, src := testConfig(), editionSourceOf(all)
			c.breaks(dir, &config, &src)
			before, _ := readTree(t, dir)
			changed, err := Write(t.Context(), dir, config, src)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %q in it", err, c.want)
			}
			if len(changed) > 0 {
				t.Errorf("wrote %q", changed)
			}
			if after, _ := readTree(t, dir); !maps.Equal(before, after) {
				t.Error("the published edition has changed")
			}
			os.Remove(filepath.Join(dir, "rss.xml"))
			write(t, dir, testConfig(), editionSourceOf(all))
			whole := t.TempDir()
			write(t, whole, testConfig(), editionSourceOf(all))
			a, _ := readTree(t, dir)
			if b, _ := readTree(t, whole); !maps.Equal(a, b) {
				t.Error("the next run has not completed the work")
			}
		})
	}
}

// TestWrite_CompletesAfterKillBetweenRenames checks that a run that is killed between two renames leaves only complete files,
// and that the next Write completes the work.
func TestWrite_CompletesAfterKillBetweenRenames(t *testing.T) {
	all := testEditions()
	whole := t.TempDir()
	write(t, whole, testConfig(), editionSourceOf(all))
	want, _ := readTree(t, whole)
	for at := 0; ; at++ {
		dir := t.TempDir()
		write(t, dir, testConfig(), editionSourceOf(all[:5]))
		out, err := openOutputDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			if err := out.stage(name, []byte(want[name]), name == "index.html" || name == manifestName); err != nil {
				t.Fatal(err)
			}
		}
		first, last := out.inOrder()
		order := slices.Concat(first, last)
		dies := at < len(order)
		for _, s := range order[:min(at, len(order))] {
			if err := out.rename(s); err != nil {
				t.Fatal(err)
			}
		}
		out.root.Close() // the temporary folder stays, as after a kill
		write(t, dir, testConfig(), editionSourceOf(all))
		if got, _ := readTree(t, dir); !maps.Equal(got, want) {
			t.Fatalf("killed after %d renames, the next run does not complete the work", at)
		}
		if !dies {
			return
		}
		at += 8
	}
}

func TestWrite_ReadOnlyFolderError(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write anywhere")
	}
	dir := t.TempDir()
	os.Chmod(dir, 0o555)
	defer os.Chmod(dir, 0o755)
	_, err := Write(t.Context(), dir, testConfig(), editionSourceOf(testEditions()))
	if err == nil || !strings.Contains(err.Error(), "--out") {
		t.Errorf("error is %v", err)
	}
}

func TestWrite_OutputIsAFileError(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "public")
	os.WriteFile(dir, nil, 0o644)
	if _, err := Write(t.Context(), dir, testConfig(), editionSourceOf(nil)); err == nil || !strings.Contains(err.Error(), "public: ") {
		t.Errorf("error is %v", err)
	}
}

// TestWrite_ReplacesSymbolicLink checks that a symbolic link in the output is replaced, not followed.
func TestWrite_ReplacesSymbolicLink(t *testing.T) {
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "precious")
	os.WriteFile(outside, []byte("precious"), 0o644)
	if err := os.Symlink(outside, filepath.Join(dir, "index.html")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	write(t, dir, testConfig(), editionSourceOf(testEditions()))
	if text, _ := os.ReadFile(outside); string(text) != "precious" {
		t.Errorf("written through the link: %q", text)
	}
}

func TestWrite_IndependentOfLocalTimeZone(t *testing.T) {
	defer func(z *time.Location) { time.Local = z }(time.Local)
	var was map[string]string
	for _, zone := range []*time.Location{time.UTC, time.FixedZone("far east", 14*3600), time.FixedZone("far west", -12*3600)} {
		time.Local = zone
		dir, editions := t.TempDir(), testEditions()
		for i := range editions {
			editions[i].At = editions[i].At.In(zone)
			for j := range editions[i].Picks {
				editions[i].Picks[j].Published = editions[i].Picks[j].Published.In(zone)
			}
		}
		write(t, dir, testConfig(), editionSourceOf(editions))
		files, _ := readTree(t, dir)
		if was != nil && !maps.Equal(was, files) {
			t.Errorf("other bytes in %s", zone)
		}
		was = files
	}
}

func TestFrontPage_NoDuplicateLinks(t *testing.T) {
	editions := testEditions()
	last := len(editions) - 1
	editions[last].Picks = editions[last].Picks[:1]
	dir := t.TempDir()
	write(t, dir, testConfig(), editionSourceOf(editions))
	files, _ := readTree(t, dir)
	if !strings.Contains(files["index.html"], `class="before"`) || !strings.Contains(files["index.html"], "Recent posts") {
		t.Fatal("the front page has no earlier edition, or no recent posts")
	}
	for _, e := range editions {
		for _, pick := range e.Picks {
			if link := link.WebURI(pick.Link); strings.Count(files["index.html"], `href="`+link+`"`) > 1 {
				t.Errorf("%s stands twice", link)
			}
		}
	}
}
