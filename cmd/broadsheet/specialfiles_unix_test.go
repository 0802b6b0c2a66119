//go:build unix

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// specialFileCalls are calls of the program and, for each, the files that it opens or writes.
var specialFileCalls = []struct {
	args  string // {} is the folder
	files []string
}{
	{"run --report {}/report.json --metrics {}/m.prom", []string{"broadsheet.db.lock", "broadsheet.db.holder", "report.json", "m.prom", "broadsheet.db", "broadsheet.db-wal", "broadsheet.db-shm", "feeds.yaml",
		"public/.broadsheet.json", "public/index.html", "public/atom.xml", "public/.broadsheet-tmp", "public/2026/11/24/index.html"}},
	{"check", []string{"feeds.yaml"}},
	{"add https://new.example/feed", []string{"feeds.yaml"}},
	{"check --fix", []string{"feeds.yaml"}},
	{"import {}/list.opml", []string{"feeds.yaml", "list.opml"}},
	{"try {}/page.html", []string{"page.html"}},
	{"rules test {}/labels.jsonl", []string{"labels.jsonl"}},
	{"backup {}/copy.db", []string{"copy.db", "copy.db.part"}},
	{"rebuild", []string{"broadsheet.db.lock", "public/atom.xml", "public/2026/11/24/edition.json"}},
	{"mail --dry-run {}/letter.eml", []string{"letter.eml"}},
	{"mail", []string{"password", "broadsheet.db.holder"}},
	{"run --files {}/files", []string{"files/feed.xml", "files"}},
}

// specialFiles is a folder with the program's files, in which it has run once.
type specialFiles struct {
	*testing.T
	dir string
}

const specialFilesFeeds = "url: https://p.example/\nmail: {from: d@p.example, to: [r@p.example], host: 127.0.0.1, port: 1, user: d, password_file: %PASS%}\nsources:\n  - https://s.example/feed\n  - file: feed.xml\n"

func (s *specialFiles) in(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

func (s *specialFiles) writeFeeds() {
	must(s.T, os.WriteFile(s.in("feeds.yaml"), []byte(strings.ReplaceAll(specialFilesFeeds, "%PASS%", s.in("password"))), 0o644))
}

// call runs the program, and fails if it does not end.
func (s *specialFiles) call(line string) (status int, printed string) {
	s.Helper()
	w := newFakeWeb(nil, nil)
	for _, host := range []string{"s", "new"} {
		w.pages["https://"+host+".example/feed"] = []byte(rssFeed(host, "https://"+host+".example/", "", "", rssEntry("One", "https://"+host+".example/1", "1", "", "", uniqueText(host), "")))
	}
	var out bytes.Buffer
	args := append(strings.Fields(strings.ReplaceAll(line, "{}", s.dir)), "--feeds", s.in("feeds.yaml"), "--db", s.in("broadsheet.db"), "--out", s.in("public"), "--now", "2026-11-24T07:00:00Z")
	ended := make(chan int, 1)
	go func() {
		ended <- run(context.Background(), args, env{stdout: &out, stderr: &out, transport: w})
	}()
	select {
	case status := <-ended:
		return status, out.String()
	case <-time.After(2 * time.Minute): // it waits for the pipe; nothing else here takes a second
		s.Fatalf("$ %s does not end", line)
		return 0, ""
	}
}

// TestSpecialFiles puts a named pipe, a link to another user's file, a link to a pipe and a folder in the place of
// each file that the program opens or writes. The program must end, and must not change the other user's file.
func TestSpecialFiles(t *testing.T) {
	first := &specialFiles{t, t.TempDir()} // copied for each case
	for name, text := range map[string]string{"list.opml": `<opml version="2.0"><body><outline type="rss" xmlUrl="https://x.example/feed"/></body></opml>`,
		"page.html": "<title>x</title><p>y", "labels.jsonl": "", "password": "pw\n"} {
		must(t, os.WriteFile(first.in(name), []byte(text), 0o600))
	}
	first.writeFeeds()
	if status, printed := first.call("run"); status != 0 {
		t.Fatal(status, printed)
	}
	for _, c := range specialFileCalls {
		for _, name := range c.files {
			for _, kind := range []string{"pipe", "link to a file", "link to a pipe", "folder"} {
				t.Run(strings.ReplaceAll(c.args, "{}/", "")+" "+name+" "+kind, func(t *testing.T) {
					t.Parallel()
					s := &specialFiles{t, t.TempDir()}
					in := s.in
					must(t, os.CopyFS(s.dir, os.DirFS(first.dir)))
					s.writeFeeds()
					const content = "another's"
					must(t, os.WriteFile(in("victim"), []byte(content), 0o600))
					must(t, os.RemoveAll(in(name)))
					must(t, os.MkdirAll(filepath.Dir(in(name)), 0o755))
					switch kind {
					case "pipe":
						must(t, syscall.Mkfifo(in(name), 0o600))
					case "link to a file":
						must(t, os.Symlink(in("victim"), in(name)))
					case "link to a pipe":
						must(t, syscall.Mkfifo(in("pipe"), 0o600))
						must(t, os.Symlink(in("pipe"), in(name)))
					case "folder":
						must(t, os.Mkdir(in(name), 0o755))
						must(t, os.WriteFile(filepath.Join(in(name), "kept"), []byte(content), 0o600))
					}
					status, printed := s.call(c.args)
					if status != 0 && printed == "" {
						t.Errorf("exit %d without a word", status)
					}
					for _, place := range []string{"victim", name + "/kept"} {
						text, err := os.ReadFile(in(place))
						if expected := place == "victim" || kind == "folder" && name != "public/.broadsheet-tmp"; expected && (err != nil || string(text) != content) {
							t.Errorf("%s was touched: %v %q (exit %d: %s)", place, err, text, status, printed)
						}
					}
				})
			}
		}
	}
}
