//go:build unix

package server

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"broadsheet/cmd/internal/files"
)

// TestServeFile_IrregularFiles requests what is not a regular file, or cannot be read: a named pipe (opening it blocks
// until there is a writer), a socket, links to them, and a file without read permission. Each gets 404, without delay.
func TestServeFile_IrregularFiles(t *testing.T) {
	web, out := newFolderServer(t, map[string]string{"index.html": "x", "locked.html": "secret", "locked/index.html": "secret"})
	in := func(name string) string { return filepath.Join(out, filepath.FromSlash(name)) }
	noError(t, os.MkdirAll(in("d"), 0o755))
	for _, name := range []string{"pipe", "pipe.html", "d/index.html", "404.html"} {
		noError(t, syscall.Mkfifo(in(name), 0o644))
	}
	noError(t, os.Symlink("pipe", in("link.xml")))
	t.Cleanup(func() { // unblocks a server that waits, so that the test fails instead of hanging
		for _, name := range []string{"404.html", "pipe", "pipe.html", "d/index.html", "index.html"} {
			if f, err := os.OpenFile(in(name), os.O_WRONLY|files.NonBlocking, 0); err == nil {
				_ = f.Close()
			}
			_ = os.Remove(in(name))
		}
	})
	// The path of a socket is limited to some 100 bytes; the path of a test's folder may be longer.
	t.Chdir(out)
	socket, err := net.Listen("unix", "socket")
	noError(t, err)
	defer socket.Close()
	targets := []string{"/pipe", "/pipe.html", "/d/", "/d", "/d/index.html", "/404.html", "/link.xml", "/socket", "/socket/", "/pipe/x"}
	if os.Geteuid() != 0 { // root may read them
		noError(t, os.Chmod(in("locked.html"), 0))
		noError(t, os.Chmod(in("locked"), 0))
		defer os.Chmod(in("locked"), 0o755)
		targets = append(targets, "/locked.html", "/locked/", "/locked/index.html")
	}
	client := http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, target := range targets {
		r, err := client.Get(web.URL + target)
		if err != nil {
			t.Fatalf("%s: %v", target, err)
		}
		_ = r.Body.Close()
		if want := http.StatusNotFound; r.StatusCode != want && target != "/d" {
			t.Errorf("%s: %d, want %d", target, r.StatusCode, want)
		}
	}
	noError(t, os.Remove(in("index.html"))) // a pipe does not count as a published site
	noError(t, syscall.Mkfifo(in("index.html"), 0o644))
	r, err := client.Get(web.URL + "/")
	noError(t, err)
	_ = r.Body.Close()
	if r.StatusCode < 400 {
		t.Errorf("%d for a pipe as the front page", r.StatusCode)
	}
}
