//go:build linux || darwin

package main

import (
	"database/sql"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"broadsheet/cmd/internal/console"
)

// A process with BROADSHEET_TEST_FILE_LIMIT cannot write a file beyond that number of bytes.
func init() {
	limit, err := strconv.ParseUint(os.Getenv("BROADSHEET_TEST_FILE_LIMIT"), 10, 63)
	if err != nil {
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
		panic(err)
	}
	l.Cur = limit
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
		panic(err)
	}
}

// TestDatabaseClose_FileSizeLimit lets a run write its write-ahead log, but not copy it into the database: the run
// says so, and nothing is lost.
func TestDatabaseClose_FileSizeLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it starts processes, which -short leaves out")
	}
	t.Parallel()
	dir := t.TempDir()
	db := filepath.Join(dir, "broadsheet.db")
	must(t, os.WriteFile(filepath.Join(dir, "feeds.yaml"), loopbackFeeds(t, 3), 0o644))
	now := []string{"--now", "2026-11-24T05:00:00Z"}
	if out, err := programCommand(dir, append([]string{"publish"}, now...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	raw, err := sql.Open("sqlite", db) // larger than the log
	must(t, err)
	_, err = raw.Exec("CREATE TABLE padding(x); INSERT INTO padding VALUES(zeroblob(4000000)); PRAGMA wal_checkpoint(TRUNCATE)")
	must(t, err)
	must(t, raw.Close())
	info, err := os.Stat(db)
	must(t, err)

	limited := programCommand(dir, append([]string{"fetch"}, now...)...)
	limited.Env = append(limited.Env, fmt.Sprint("BROADSHEET_TEST_FILE_LIMIT=", info.Size()))
	out, err := limited.CombinedOutput()
	if limited.ProcessState.ExitCode() != console.ExitFailed || !strings.Contains(string(out), "broadsheet.db") || !strings.Contains(string(out), "nothing that was stored is lost") {
		t.Errorf("%v: %s", err, out)
	}
	if after, err := os.Stat(db); err != nil || after.Size() > info.Size() {
		t.Fatalf("the limit did not hold: %d bytes, %v", after.Size(), err)
	}
	articles, err := programCommand(dir, "articles").CombinedOutput()
	if n := strings.Count(string(articles), "\n"); err != nil || n < 3 {
		t.Errorf("of what was fetched %d lines are there, %v: %s", n, err, articles)
	}
}
