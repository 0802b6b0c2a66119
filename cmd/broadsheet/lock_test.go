package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"broadsheet/cmd/internal/console"

	"github.com/gofrs/flock"
)

// TestLock_HeldByAnotherRun checks that a second run ends at once, and names the holder of the lock only if that is
// known for sure.
func TestLock_HeldByAnotherRun(t *testing.T) {
	gone := exec.Command(os.Args[0], "-test.run=^$")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	dead := gone.Process.Pid
	for name, test := range map[string]struct {
		note         string
		says, silent string
	}{
		"who holds it wrote so":    {fmt.Sprintf(`{"process": %d, "command": "serve", "since": "2026-11-24T06:00:00Z"}`, os.Getpid()), "(broadsheet serve, process", "next"},
		"the note is of one gone":  {fmt.Sprintf(`{"process": %d, "command": "run", "since": "2026-11-24T06:00:00Z"}`, dead), "another run holds", "process"},
		"no note":                  {"", "another run holds", "("},
		"a note that is no note":   {"process 1 since\x1b[31m", "another run holds", "\x1b"},
		"a note that tells a tale": {fmt.Sprintf(`{"process": %d, "command": "run\nbroadsheet: all is well", "since": "2026-11-24T06:00:00Z"}`, os.Getpid()), "another run holds", "\nbroadsheet: all"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db := filepath.Join(dir, "broadsheet.db")
			lock := flock.New(db + ".lock")
			if ok, err := lock.TryLock(); !ok || err != nil {
				t.Fatal(ok, err)
			}
			defer lock.Unlock()
			if test.note != "" {
				if err := os.WriteFile(db+".holder", []byte(test.note), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			var out, errs bytes.Buffer
			status := run(context.Background(), []string{"run", "--db", db, "--out", filepath.Join(dir, "public"), "--now", "2026-11-24T07:00:00Z"},
				env{stdout: &out, stderr: &errs, transport: newFakeWeb(nil, nil), clock: fixedClock})
			if status != console.ExitBusy || out.Len() > 0 {
				t.Errorf("exit %d, want %d; output %q", status, console.ExitBusy, out.String())
			}
			if !strings.Contains(errs.String(), test.says) || strings.Contains(errs.String(), test.silent) {
				t.Errorf("want %q and not %q in %q", test.says, test.silent, errs.String())
			}
			if _, err := os.Stat(db); err == nil {
				t.Error("the database was touched")
			}
		})
	}
}

// TestLock_Unavailable checks the message about a lock file that cannot be made.
func TestLock_Unavailable(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "a.db.lock"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	closed := filepath.Join(dir, "closed")
	if err := os.Mkdir(closed, 0o555); err != nil {
		t.Fatal(err)
	}
	for _, db := range []string{filepath.Join(dir, "a.db"), filepath.Join(dir, "file", "b.db"), filepath.Join(closed, "c.db")} {
		if filepath.Dir(db) == closed && os.Getuid() == 0 {
			continue // root may write anywhere
		}
		var errs bytes.Buffer
		status := run(context.Background(), []string{"run", "--db", db, "--out", filepath.Join(dir, "public")}, env{stderr: &errs, transport: newFakeWeb(nil, nil), clock: fixedClock})
		if status != console.ExitFailed || !strings.Contains(errs.String(), "--db") {
			t.Errorf("%s: exit %d, %q", db, status, errs.String())
		}
	}
}
