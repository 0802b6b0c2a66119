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

// TestServeDoesNotWaitForAPipe asks for what stands among the files and is none: a named pipe, whose opening waits for a
// writer, a socket, links to them, and a file that may not be read. Each is answered as if it were not there, and at once.
func TestServeDoesNotWaitForAPipe(t *testing.T) {
	web, out := folderServer(t, map[string]string{"index.html": "x", "locked.html": "secret", "locked/index.html": "secret"})
	in := func(name string) string { return filepath.Join(out, filepath.FromSlash(name)) }
	noError(t, os.MkdirAll(in("d"), 0o755))
	for _, name := range []string{"pipe", "pipe.html", "d/index.html", "404.html"} {
		noError(t, syscall.Mkfifo(in(name), 0o644))
	}
	noError(t, os.Symlink("pipe", in("link.xml")))
	t.Cleanup(func() { // lets a server that waits go on, so that the test can fail
		for _, name := range []string{"404.html", "pipe", "pipe.html", "d/index.html", "index.html"} {
			if f, err := os.OpenFile(in(name), os.O_WRONLY|files.NonBlocking, 0); err == nil {
				_ = f.Close()
			}
			_ = os.Remove(in(name))
		}
	})
	// The name of a socket may have some 100 bytes, and a test's folder may have more.
	t.Chdir(out)
	socket, err := net.Listen("unix", "socket")
	noError(t, err)
	defer socket.Close()
	targets := []string{"/pipe", "/pipe.html", "/d/", "/d", "/d/index.html", "/404.html", "/link.xml", "/socket", "/socket/", "/pipe/x"}
	if os.Geteuid() != 0 { // who is root may read them
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
	noError(t, os.Remove(in("index.html"))) // and a pipe is no publication
	noError(t, syscall.Mkfifo(in("index.html"), 0o644))
	r, err := client.Get(web.URL + "/")
	noError(t, err)
	_ = r.Body.Close()
	if r.StatusCode < 400 {
		t.Errorf("%d for a pipe in the place of the front page", r.StatusCode)
	}
}
