package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"broadsheet/cmd/internal/console"
)

// TestRun_NoLeaks makes runs with many errors in one process, as serve does for months: they must leave no more
// goroutines, open files or temporary files than the runs before.
func TestRun_NoLeaks(t *testing.T) {
	feeds := loopbackFeeds(t, 12)
	feeds = append(feeds, "  - {feed: 'http://127.0.9.9:1/feed.xml', name: Refused, allow_private: true}\n  - {feed: 'http://127.0.1.1:1/', name: Refused too, allow_private: true}\n"...)
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(in("feeds.yaml"), feeds, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	day := 0
	once := func() {
		day++
		var out bytes.Buffer
		args := []string{"run", "--force", "--feeds", in("feeds.yaml"), "--db", in("b.db"), "--out", in("public"), "--now", fmt.Sprintf("2026-11-%02dT07:00:00Z", day)}
		if status := run(context.Background(), args, env{stdout: &out, stderr: &out, clock: fixedClock}); status != console.ExitDone {
			t.Fatalf("exit %d: %s", status, out.String())
		}
	}
	once()
	files, goroutines := openFiles(t), runtime.NumGoroutine()
	for range 5 {
		once()
	}
	settled := func() bool { return openFiles(t) <= files && runtime.NumGoroutine() <= goroutines }
	for end := time.Now().Add(time.Minute); !settled() && time.Now().Before(end); {
		runtime.Gosched()
	}
	if !settled() {
		t.Errorf("after five more runs: %d open files and %d goroutines, before %d and %d", openFiles(t), runtime.NumGoroutine(), files, goroutines)
	}
	for _, root := range []string{dir, os.Getenv("TMPDIR")} {
		_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && (strings.Contains(d.Name(), ".tmp") || strings.HasPrefix(d.Name(), "broadsheet-")) {
				t.Errorf("left behind: %s", path)
			}
			return nil
		})
	}
}

// openFiles returns how many files and connections this process has open, or 0 where that cannot be known.
func openFiles(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(all)
}
