package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"broadsheet/cmd/internal/console"

	"github.com/gofrs/flock"
	"golang.org/x/tools/txtar"
)

// earlierVersions are the folders in testdata with a publication of an earlier version of the database.
var earlierVersions = []string{"version1", "version2"}

// newEarlierSite copies the publication of an earlier version into a folder of its own, with the web in its last state.
func newEarlierSite(t *testing.T, version string) *testSite {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/version1/made.txt") // both were made from it
	must(t, err)
	p := &testSite{T: t, dir: t.TempDir(), web: newFakeWeb(archive.Files, nil)}
	p.transport = p.web
	must(t, os.CopyFS(p.dir, os.DirFS(filepath.Join("testdata", version))))
	return p
}

// daysAfterEarlier are the days after its last edition, 2026-11-02.
var daysAfterEarlier = []string{"2026-11-03T07:00:00+01:00", "2026-11-04T07:00:00+01:00", "2026-11-05T07:00:00+01:00"}

// immutableFiles returns the output files that may never change: the edition.json files, and the archives of months
// that are over.
func (p *testSite) immutableFiles() map[string]string {
	p.Helper()
	kept := map[string]string{}
	for _, pattern := range []string{"public/2026/*/*/edition.json", "public/archive/2026-*.xml"} {
		found, err := filepath.Glob(p.in(pattern))
		must(p.T, err)
		for _, path := range found {
			text, err := os.ReadFile(path)
			must(p.T, err)
			name, err := filepath.Rel(p.dir, path)
			must(p.T, err)
			kept[name] = string(text)
		}
	}
	return kept
}

// entryIDs returns the ids of a feed's entries, in order, each with the time of its last change.
func (p *testSite) entryIDs(name string) (all []string) {
	p.Helper()
	text, err := os.ReadFile(p.in(name))
	must(p.T, err)
	for _, entry := range regexp.MustCompile(`(?s)<entry[ >].*?</entry>`).FindAllString(string(text), -1) {
		id := regexp.MustCompile(`<id>([^<]*)</id>`).FindStringSubmatch(entry)
		updated := regexp.MustCompile(`<updated>([^<]*)</updated>`).FindStringSubmatch(entry)
		all = append(all, id[1]+" "+updated[1])
	}
	return all
}

// pickTitles returns the titles of all picks of all editions, from their edition.json files.
func (p *testSite) pickTitles() (all []string) {
	p.Helper()
	for _, text := range p.immutableFiles() {
		var e struct {
			Picks []struct{ Title string }
		}
		if json.Unmarshal([]byte(text), &e) != nil {
			continue // an archive document
		}
		for _, a := range e.Picks {
			all = append(all, a.Title)
		}
	}
	slices.Sort(all)
	return all
}

// TestEarlierVersion_Continues goes on with the files of each earlier version: nothing that was published changes, and
// nothing is shown again, with its database or with one that is rebuilt from the output.
func TestEarlierVersion_Continues(t *testing.T) {
	for _, version := range earlierVersions {
		t.Run(version, func(t *testing.T) { testContinues(t, version) })
	}
}

func testContinues(t *testing.T, version string) {
	for name, prepare := range map[string]func(p *testSite){
		"its database": func(p *testSite) {},
		"its database lost": func(p *testSite) {
			p.removeDatabase()
			if status, printed := p.call("rebuild", "--now", daysAfterEarlier[0]); status != console.ExitDone || !strings.Contains(printed, "8 editions made known again, with 17 articles") {
				p.Fatalf("rebuild: exit %d\n%s", status, printed)
			}
		},
		"its record lost": func(p *testSite) { must(p.T, os.Remove(p.in("public/.broadsheet.json"))) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newEarlierSite(t, version)
			kept, entries, daily := p.immutableFiles(), p.entryIDs("public/atom.xml"), p.entryIDs("public/daily.xml")
			if len(kept) != 8+3 || len(entries) != 17 || len(daily) != 8 {
				t.Fatalf("%d files, %d articles, %d editions", len(kept), len(entries), len(daily))
			}
			prepare(p)
			// A second time on the day of the last edition: there is nothing to do.
			if status, printed := p.call("publish", "--now", "2026-11-02T08:00:00Z"); status != console.ExitDone {
				t.Fatalf("publish: exit %d\n%s", status, printed)
			}
			if got := p.entryIDs("public/atom.xml"); !slices.Equal(got, entries) {
				t.Errorf("entries of atom.xml were\n%s\nand are\n%s", strings.Join(entries, "\n"), strings.Join(got, "\n"))
			}
			if got := p.entryIDs("public/daily.xml"); !slices.Equal(got, daily) {
				t.Errorf("entries of daily.xml were\n%s\nand are\n%s", strings.Join(daily, "\n"), strings.Join(got, "\n"))
			}
			if got := p.immutableFiles(); !maps.Equal(got, kept) {
				t.Errorf("of %d files of editions and archives there are %d, or some changed", len(kept), len(got))
			}
			for n, now := range daysAfterEarlier {
				if status, printed := p.call("run", "--force", "--now", now); status != console.ExitDone {
					t.Fatalf("%s: exit %d\n%s", now, status, printed)
				}
				after := p.immutableFiles()
				for path, was := range kept {
					if after[path] != was {
						t.Errorf("%s: %s is another", now, path)
					}
				}
				if len(after) != len(kept)+n+1 {
					t.Errorf("%s: %d files of editions and archives, want %d", now, len(after), len(kept)+n+1)
				}
				for _, entry := range entries {
					if !slices.Contains(p.entryIDs("public/atom.xml"), entry) {
						t.Errorf("%s: %s is no more in atom.xml", now, entry)
					}
				}
				p.feedIDs() // fails if an article is listed twice
			}
			titles := p.pickTitles()
			if len(titles) <= 17 || len(titles) != len(slices.Compact(slices.Clone(titles))) {
				t.Errorf("of %d picks some were shown twice, or none came after the 17: %q", len(titles), titles)
			}
		})
	}
}

func TestEarlierVersion_Migration(t *testing.T) {
	for _, version := range earlierVersions {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			testMigration(t, version)
		})
	}
}

func testMigration(t *testing.T, version string) {
	p := newEarlierSite(t, version)
	was, err := os.ReadFile(p.in("broadsheet.db"))
	must(t, err)
	before, err := os.ReadFile(p.in("feeds.yaml"))
	must(t, err)
	if status, printed := p.call("status", "--now", daysAfterEarlier[0]); status != console.ExitDone || !strings.Contains(printed, "8 editions") || !strings.Contains(printed, "moved") {
		t.Errorf("status: exit %d\n%s", status, printed)
	}
	copied := p.in("broadsheet.db.v" + strings.TrimPrefix(version, "version"))
	if text, err := os.ReadFile(copied); err != nil || bytes.Equal(text[:100], make([]byte, 100)) {
		t.Errorf("no copy was put beside it: %v", err)
	}
	if now, _ := os.ReadFile(p.in("broadsheet.db")); bytes.Equal(now, was) {
		t.Error("it was not migrated")
	}
	if after, _ := os.ReadFile(p.in("feeds.yaml")); !bytes.Equal(after, before) {
		t.Error("feeds.yaml was changed")
	}
	must(t, os.Rename(copied, p.in("broadsheet.db"))) // back to that version, and migrated again
	if status, printed := p.call("status", "--now", daysAfterEarlier[0]); status != console.ExitDone || !strings.Contains(printed, "8 editions") {
		t.Errorf("status of the copy: exit %d\n%s", status, printed)
	}
}

// TestEarlierVersion_Commands calls the program as scripts do, with the flags and the exit statuses that they rely on.
func TestEarlierVersion_Commands(t *testing.T) {
	now := []string{"--now", "2026-11-02T08:00:00Z"}
	for _, call := range []struct {
		line   string
		status int
		says   string
	}{
		{"run --force", console.ExitDone, ""},
		{"run --quiet", console.ExitDone, ""},
		{"fetch --force", console.ExitDone, ""},
		{"publish", console.ExitDone, ""},
		{"status", console.ExitDone, "the next is due"},
		{"status --json", console.ExitDone, `"editions": 8`},
		{"status --fail-on gone", console.ExitDone, "Gnu"},
		{"status --fail-on failing", exitUnhealthy, "Gnu is failing"},
		{"status --fail-on nothing", console.ExitUsage, "is not known"},
		{"articles --format jsonl", console.ExitDone, `"title":"Compaction and the price of deleted rows"`},
		{"articles --format atom", console.ExitDone, "<entry"},
		{"why https://bee.example/again/compaction-and-the-price-of-deleted-rows", console.ExitDone, "2026-09-01"},
		{"preview", console.ExitDone, ""},
		{"check", console.ExitDone, ""},
		{"rebuild", console.ExitDone, "0 editions made known again"},
		{"rebuild nowhere", console.ExitFailed, "name the folder"},
		{"run --log-format json", console.ExitDone, ""},
		{"run extra", console.ExitUsage, "takes no argument"},
		{"nonsense", console.ExitUsage, "unknown command"},
	} {
		t.Run(call.line, func(t *testing.T) {
			t.Parallel()
			p := newEarlierSite(t, "version1")
			status, printed := p.call(append(strings.Fields(call.line), now...)...)
			if status != call.status || !strings.Contains(printed, call.says) {
				t.Errorf("exit %d, want %d and %q\n%s", status, call.status, call.says, printed)
			}
		})
	}
	t.Run("while another holds the lock", func(t *testing.T) {
		p := newEarlierSite(t, "version1")
		lock := flock.New(p.in("broadsheet.db.lock"))
		must(t, lock.Lock())
		defer lock.Unlock()
		if status, printed := p.call("run"); status != console.ExitBusy {
			t.Errorf("exit %d\n%s", status, printed)
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		p := newEarlierSite(t, "version1")
		ctx, stop := context.WithCancel(context.Background())
		stop()
		var out bytes.Buffer
		if status := run(ctx, []string{"run", "--feeds", p.in("feeds.yaml"), "--db", p.in("broadsheet.db"), "--out", p.in("public")},
			env{stdout: &out, stderr: &out, transport: p.web, clock: fixedClock}); status != console.ExitInterrupted {
			t.Errorf("exit %d\n%s", status, out.String())
		}
	})
}
