package main

import (
	"bytes"
	"database/sql"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestKilledAtAnyMoment kills runs without warning, again and again, and then lets one end: the database and the
// output must be those of one undisturbed run, and no reader may ever meet half a file. BROADSHEET_KILLS sets how
// often; otherwise it is four times, and twelve in long mode.
func TestKilledAtAnyMoment(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it starts processes, which -short leaves out")
	}
	t.Parallel()
	kills := 4
	if longMode {
		kills = 12
	}
	if n, err := strconv.Atoi(os.Getenv("BROADSHEET_KILLS")); err == nil {
		kills = n
	}
	feeds := loopbackFeeds(t, 24)
	args := []string{"--now", "2026-11-24T07:00:00Z"}
	start := func(t *testing.T) string {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "feeds.yaml"), feeds, 0o644); err != nil {
			t.Fatal(err)
		}
		return dir
	}

	undisturbed := start(t)
	began := time.Now()
	if out, err := programCommand(undisturbed, append(args, "run")...).CombinedOutput(); err != nil {
		t.Fatalf("undisturbed run: %v\n%s", err, out)
	}
	took := time.Since(began)
	want := outputOf(t, undisturbed)
	if !strings.Contains(want, "atom.xml") || strings.Count(want, `"key"`) < 100 {
		t.Fatalf("the undisturbed run gave too little to compare: %d bytes", len(want))
	}

	moments := rand.New(rand.NewSource(1))
	dir, killsInARow := start(t), 0
	for range kills {
		c := programCommand(dir, append(args, "run")...)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(moments.Int63n(int64(took))), func() { _ = c.Process.Kill() })
		err := c.Wait()
		timer.Stop()
		checkWholeFiles(t, filepath.Join(dir, "public"))
		resetCrashCounts(t, dir)
		if killsInARow++; err != nil && killsInARow < 4 {
			continue // killed: kill the next one as well
		}
		if out, err := programCommand(dir, append(args, "run")...).CombinedOutput(); err != nil {
			t.Fatalf("the run after %d kills: %v\n%s", killsInARow, err, out)
		}
		if got := outputOf(t, dir); got != want {
			t.Fatalf("after %d kills the result is another:\n%s", killsInARow, firstDifference(got, want))
		}
		dir, killsInARow = start(t), 0
	}
}

// resetCrashCounts keeps inputs that were being read during the kills from being given up: they did not cause them.
func resetCrashCounts(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, "broadsheet.db")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return // killed before the database was created
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("UPDATE attempt SET deaths = 0 WHERE running = 1"); err != nil {
		t.Fatal(err)
	}
}

// loopbackFeeds serves n feeds of five articles with their pages, each feed at an address of its own, and returns a
// feeds.yaml with them.
func loopbackFeeds(t *testing.T, n int) []byte {
	t.Helper()
	listener, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Skipf("skipped: no loopback server can be started here: %v", err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if i, ok := strings.CutPrefix(r.URL.Path, "/article/"); ok {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, "<!doctype html><title>%s at %s</title><article><h1>%s at %s</h1><p>%s</p></article>", i, r.Host, i, r.Host, fakeText(r.Host+i))
			return
		}
		if r.URL.Path != "/feed.xml" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/rss+xml")
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>%s</title>`, r.Host)
		for i := range 5 {
			fmt.Fprintf(w, `<item><title>Number %d of %s</title><link>http://%s/article/%d</link><pubDate>%s</pubDate><description>%s</description></item>`,
				i, r.Host, r.Host, i, time.Date(2026, 11, 23, i, 0, 0, 0, time.UTC).Format(time.RFC1123Z), fakeText(r.Host)[:60])
		}
		io.WriteString(w, `</channel></rss>`)
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	var b bytes.Buffer
	b.WriteString("edition: {size: 10}\nlimits: {gap: 1ms}\nsources:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - {feed: 'http://127.0.1.%d:%s/feed.xml', name: 'Feed %d', allow_private: true}\n", i+1, port, i)
	}
	return b.Bytes()
}

// fakeText returns a text that depends on the address.
func fakeText(seed string) string {
	words := strings.Fields("a queue of letters waited while the shard that owned it moved to another rack and every reader asked the old one first because its address was cached longer than the lease that had been given to it by the coordinator in the quiet hours")
	r := rand.New(rand.NewSource(int64(len(seed)) + int64(seed[len(seed)-1])*31 + int64(seed[8])*131))
	var b strings.Builder
	for i := range 90 {
		b.WriteString(words[r.Intn(len(words))])
		if i%14 == 13 {
			b.WriteString(".")
		}
		b.WriteString(" ")
	}
	return "The " + b.String() + "end."
}

// outputOf returns all that a run leaves to others: the stored articles, and every published file.
func outputOf(t *testing.T, dir string) string {
	t.Helper()
	stored, err := programCommand(dir, "articles").Output()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.Write(stored)
	root := filepath.Join(dir, "public")
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path)
		fmt.Fprintf(&b, "== %s\n%s\n", name, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// checkWholeFiles checks that every published file is complete: feeds are well-formed, pages have an end.
func checkWholeFiles(t *testing.T, root string) {
	t.Helper()
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		switch filepath.Ext(path) {
		case ".xml":
			decoder := xml.NewDecoder(bytes.NewReader(data))
			for {
				if _, err := decoder.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("a reader meets half a file: %s: %v", path, err)
				}
			}
		case ".html":
			if !bytes.Contains(data, []byte("</html>")) {
				t.Fatalf("a reader meets half a page: %s", path)
			}
		}
		return nil
	})
}

// firstDifference returns the first line that differs.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d:\n got %.600s\nwant %.600s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("got %d lines, want %d", len(g), len(w))
}
