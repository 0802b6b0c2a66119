package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExport_Secrets checks that addresses with secrets are exported only with --with-secrets, and that a warning
// says so.
func TestExport_Secrets(t *testing.T) {
	feeds := filepath.Join(t.TempDir(), "feeds.yaml")
	text := "sources:\n  - https://paid.example/feed?token=T0KEN\n  - https://me:PASS@login.example/feed\n  - https://open.example/feed\n"
	if err := os.WriteFile(feeds, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		flag  string
		in    bool
		warns string
	}{
		{"--log-format=", false, "2 sources that have secrets in their addresses are left out"},
		{"--with-secrets", true, "2 sources of it have secrets in their addresses"},
	} {
		var out, warned bytes.Buffer
		status := run(t.Context(), []string{"export", "--feeds", feeds, "--db", feeds + ".db", c.flag}, env{stdout: &out, stderr: &warned, clock: fixedClock})
		if status != 0 || strings.Contains(out.String(), "T0KEN") != c.in || strings.Contains(out.String(), "me:PASS@") != c.in || !strings.Contains(out.String(), "open.example/feed") {
			t.Errorf("%s: status %d\n%s", c.flag, status, out.String())
		}
		if !strings.Contains(warned.String(), c.warns) || strings.Contains(warned.String(), "T0KEN") {
			t.Errorf("%s: it warns %q", c.flag, warned.String())
		}
	}
}
