//go:build unix

package store

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"broadsheet"
)

// TestOpen_FilesAreReadableByTheOwnerOnly checks the mode of a new database and of the files next to it, and that an
// existing one keeps its own.
func TestOpen_FilesAreReadableByTheOwnerOnly(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	dir := t.TempDir()
	path := filepath.Join(dir, "x.db")
	modes := func() map[string]os.FileMode {
		t.Helper()
		all := map[string]os.FileMode{}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			info, err := e.Info()
			if err != nil {
				t.Fatal(err)
			}
			all[e.Name()] = info.Mode().Perm()
		}
		return all
	}
	write := func() *Store {
		t.Helper()
		s, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)
		if err := s.SetSources(t.Context(), now, []broadsheet.Source{{Kind: broadsheet.KindFeed, URL: "https://a.example/feed", Name: now.String()}}); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := write()
	if err := s.Backup(t.Context(), filepath.Join(dir, "copy.db")); err != nil {
		t.Fatal(err)
	}
	for name, mode := range modes() {
		if mode != 0o600 {
			t.Errorf("%s has mode %o", name, mode)
		}
	}
	if len(modes()) < 4 { // the database, its log, the log's index, the copy
		t.Errorf("not all files are there: %v", modes())
	}
	s.Close()
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	s = write()
	if got := modes(); got["x.db"] != 0o640 || got["x.db-wal"] != 0o640 {
		t.Errorf("an existing database did not keep its mode: %v", got)
	}
	s.Close()
}

// TestOpen_RefusesNamedPipesAndSymlinks puts named pipes, which would block forever when opened, and symbolic links in
// place of a database and its files.
func TestOpen_RefusesNamedPipesAndSymlinks(t *testing.T) {
	for _, name := range []string{"x.db", "x.db-wal", "x.db-shm", "x.db-journal"} {
		dir := t.TempDir()
		path := filepath.Join(dir, "x.db")
		if name != "x.db" {
			s, err := Open(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			s.Close()
		}
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), name+": is not a regular file") {
			t.Errorf("%s: %v", name, err)
		}
		victim := filepath.Join(dir, "victim")
		if err := os.WriteFile(victim, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if name == "x.db" {
			continue
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(victim, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), path); err == nil {
			t.Errorf("%s as a link is followed", name)
		}
		if text, _ := os.ReadFile(victim); string(text) != "mine" {
			t.Errorf("%s as a link was written to: %q", name, text)
		}
	}
}
