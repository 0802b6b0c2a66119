package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExportSaysWhichAddressesAreNobodysBusiness: the list is the maintainer's own, so it is whole, but passwords are
// left out and it warns.
func TestExportSaysWhichAddressesAreNobodysBusiness(t *testing.T) {
	feeds := filepath.Join(t.TempDir(), "feeds.yaml")
	text := "sources:\n  - https://paid.example/feed?token=T0KEN\n  - https://me:PASS@login.example/feed\n  - https://open.example/feed\n"
	if err := os.WriteFile(feeds, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	var out, warned bytes.Buffer
	status := run(t.Context(), []string{"export", "--feeds", feeds, "--db", feeds + ".db"}, world{stdout: &out, stderr: &warned, clock: fixedClock})
	if status != 0 || !strings.Contains(out.String(), "T0KEN") || strings.Contains(out.String()+warned.String(), "PASS") {
		t.Errorf("status %d\n%s", status, out.String())
	}
	if !strings.Contains(warned.String(), "2 sources of it at a secret or internal address") {
		t.Errorf("it warns %q", warned.String())
	}
}
