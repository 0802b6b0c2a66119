//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestUmask_UnreadableOutput checks that a run warns once if no other user can read the output, and the mode of the
// database. The umask is that of the whole process, so this test must not run in parallel.
func TestUmask_UnreadableOutput(t *testing.T) {
	for name, c := range map[string]struct {
		umask  int
		folder os.FileMode // mode of the output folder before the first run; 0: there is none
		said   bool
	}{
		"as usual":                       {0o022, 0, false},
		"cron's":                         {0o077, 0, true},
		"cron's, in a public folder":     {0o077, 0o755, true},
		"of a private group":             {0o027, 0, true},
		"cron's, in a private folder":    {0o077, 0o700, false},
		"as usual, in a private folder":  {0o022, 0o700, false},
		"as usual, in a group's folder":  {0o022, 0o750, false},
		"others may write, for all that": {0, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			in := func(name string) string { return filepath.Join(dir, name) }
			must(t, os.WriteFile(in("feeds.yaml"), []byte("sources:\n  - https://s.example/feed\n"), 0o644))
			w := newFakeWeb(nil, nil)
			if c.folder != 0 {
				must(t, os.Mkdir(in("public"), c.folder))
				must(t, os.Chmod(in("public"), c.folder))
			}
			defer syscall.Umask(syscall.Umask(c.umask))
			at, warnings := time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC), 0
			for day := range 3 {
				w.pages["https://s.example/feed"] = []byte(rssFeed("S", "https://s.example/", "", "", rssEntry(fmt.Sprint("Number ", day), fmt.Sprint("https://s.example/", day), fmt.Sprint(day), "", "", uniqueText(fmt.Sprint(day)), "")))
				var out bytes.Buffer
				status := run(context.Background(), []string{"run", "--force", "-q", "--feeds", in("feeds.yaml"), "--db", in("x.db"), "--out", in("public"), "--now", at.Add(time.Duration(day) * 24 * time.Hour).Format(time.RFC3339)},
					env{stdout: &out, stderr: &out, transport: w})
				if status != 0 {
					t.Errorf("exit %d: %s", status, out.String())
				}
				if strings.Contains(out.String(), "umask 022") {
					warnings++
				}
				if warnings == 0 && out.Len() > 0 {
					t.Errorf("it is not quiet: %s", out.String())
				}
			}
			if warnings > 1 || (warnings == 1) != c.said {
				t.Errorf("said %d times", warnings)
			}
			if info, err := os.Stat(in("x.db")); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the database: %v %v", info.Mode(), err)
			}
		})
	}
}
