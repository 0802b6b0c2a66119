package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestHeaders_NeverPrinted has sources with header fields and User-Agents of their own at servers that repeat them
// wherever they can. It calls every command that shows sources, and looks for them in all that is printed, logged,
// reported and published.
func TestHeaders_NeverPrinted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	got := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, agent := r.Header.Get("X-Api-Key"), r.UserAgent()
		if key == "S3CRET-key-1" && agent == "S3CRET-agent/2 (x)" && r.Header.Get("Accept-Language") == "S3CRET, de" {
			got++
		}
		echo := key + " " + agent + " " + r.Header.Get("Authorization") + " " + r.Header.Get("Cookie")
		switch r.URL.Path {
		case "/robots.txt":
			http.NotFound(w, r)
		case "/403":
			http.Error(w, echo, http.StatusForbidden)
		case "/html":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, "<!doctype html><title>%s</title><meta http-equiv=refresh content='0; url=/next?echo=%s'><link rel=alternate type=application/rss+xml href='/%s/feed'>", echo, key, key)
		case "/loop":
			http.Redirect(w, r, "/loop?again="+key, http.StatusFound)
		case "/moved":
			http.Redirect(w, r, "http://localhost:1/"+key, http.StatusMovedPermanently)
		case "/old":
			http.Redirect(w, r, "/feed?"+key, http.StatusMovedPermanently)
		case "/text":
			fmt.Fprint(w, echo)
		case "/feed":
			fmt.Fprintf(w, "<rss version=\"2.0\"><channel><title>%s</title><link>http://%s/</link>", echo, r.Host)
			for i, title := range []string{"How a queue keeps its order", echo, "A cache that forgets in time"} {
				fmt.Fprintf(w, "<item><title>%s</title><link>http://%s/article/%d?k=%s</link><guid>%s-%[3]d</guid><author>%[4]s</author><category>%[4]s</category><description>%s</description></item>", title, r.Host, i, key, key, echo)
			}
			fmt.Fprint(w, "</channel></rss>")
		default:
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, "<!doctype html><html><head><title>%s</title></head><body><article><p>%s. The queue held eleven million jobs on the morning that its disk began to fail.</p></article></body></html>", echo, echo)
		}
	}))
	defer s.Close()
	feeds := "title: Paper\nurl: https://paper.example/\nlimits: {gap: 0}\nsources:\n"
	for i, path := range []string{"/feed", "/403", "/html", "/loop", "/moved", "/text"} {
		feeds += fmt.Sprintf("  - feed: %s%s\n    name: Source %d\n    allow_private: true\n    take: all\n    user_agent: S3CRET-agent/2 (x)\n    headers:\n      X-Api-Key: S3CRET-key-1\n"+
			"      Accept-Language: \"S3CRET, de\"\n      Authorization: Basic bWU6UzNDUkVULXBhc3N3b3Jk\n      Cookie: sid=S3CRET-cookie-1; b=S3CRETcookie2\n", s.URL, path, i)
	}
	feeds += fmt.Sprintf("  - {feed: %s/old, name: Flow, allow_private: true, user_agent: 'S3CRET it''s', headers: {X-Api-Key: S3CRET-flow-3, X-Quoted: \"S3CRET \\\"q\\\"\", DNT: S3CRET}}\n", s.URL)
	must(t, os.WriteFile(in("feeds.yaml"), []byte(feeds), 0o644))
	look := func(what, text string) {
		t.Helper()
		for _, secret := range []string{"S3CRET", "bWU6UzNDUkVULXBhc3N3b3Jk", "UzNDUkV"} {
			for _, form := range []string{text, strings.ReplaceAll(text, "=\r\n", "")} {
				if i := strings.Index(form, secret); i >= 0 {
					t.Errorf("%s tells a header: …%s…", what, form[max(0, i-120):min(len(form), i+60)])
					return
				}
			}
		}
	}
	at := time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	call := func(line string) string {
		t.Helper()
		var out, errs bytes.Buffer
		args := append(splitArgs(strings.ReplaceAll(line, "{}", dir)), "--db", in("x.db"), "--out", in("public"))
		if !strings.Contains(line, "--feeds") {
			args = append(args, "--feeds", in("feeds.yaml"))
		}
		run(context.Background(), args, env{stdout: &out, stderr: &errs, clock: func() time.Time { return at }})
		look("$ "+line+": stdout", out.String())
		look("$ "+line+": stderr", errs.String())
		return out.String() + errs.String()
	}
	for _, format := range []string{"text", "json"} {
		call("run --force --log-level debug --log-format " + format + " --report {}/report.json --metrics {}/metrics.prom")
		at = at.Add(24 * time.Hour)
	}
	call("run --force")
	if got < 10 {
		t.Errorf("%d requests had the header fields", got)
	}
	must(t, os.WriteFile(in("list.opml"), []byte(`<opml version="2.0"><body><outline type="rss" xmlUrl="https://x.example/feed"/></body></opml>`), 0o644))
	for _, line := range []string{"status", "status --json", "articles", "articles --json", "articles --format atom", "search queue", "search queue --json", "preview", "check", "check --json",
		"check --online", "check --online --json", "check --fix --dry-run", "check --online --fail-on broken,dead,moved,html", "export", "export --with-secrets", "mail --dry-run -", "reference", "schema",
		"import {}/list.opml --dry-run", "why " + s.URL + "/article/1", "try " + s.URL + "/article/0?k=S3CRET-key-1", "add " + s.URL + "/html --allow-private --dry-run --anyway", "backup {}/copy.db", "publish", "rebuild"} {
		call(line)
	}
	if printed := call("check --fix"); !strings.Contains(printed, "+++") || !strings.Contains(printed, s.URL+"/feed") {
		t.Errorf("the address that moved within its host is not followed: %s", printed)
	}
	text, err := os.ReadFile(in("feeds.yaml"))
	must(t, err)
	if strings.Contains(string(text), "localhost") || strings.Contains(string(text), "***") {
		t.Errorf("feeds.yaml: %s", text)
	}
	files := 0
	must(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), "x.db") || e.Name() == "copy.db" || e.Name() == "feeds.yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		files++
		look(path, string(text))
		return err
	}))
	if files < 10 {
		t.Errorf("%d files were published", files)
	}
}

// TestHeaders_NotCarriedToAnotherHost has a source with header fields that moved to another host.
func TestHeaders_NotCarriedToAnotherHost(t *testing.T) {
	t.Parallel()
	p := newTestSite(t)
	must(t, os.WriteFile(p.in("feeds.yaml"), []byte("title: A Paper\nsources:\n  - {feed: 'https://a.example/feed.xml', name: Key, headers: {X-Api-Key: abc12345}}\n"+
		"  - {feed: 'https://b.example/feed.xml', name: Agent, user_agent: Reader/1}\n  - {feed: 'https://c.example/feed.xml', name: Plain}\n"), 0o644))
	for _, host := range []string{"a", "b", "c"} {
		p.web.pages["https://"+host+".example/feed.xml"] = []byte("301\nLocation: https://new.example/" + host + ".xml\n\n")
		p.setFeed("new.example", 1, "https://new.example/1")
		p.web.pages["https://new.example/"+host+".xml"] = p.web.pages["https://new.example/feed.xml"]
	}
	_, printed := p.call("check", "--fix")
	text, err := os.ReadFile(p.in("feeds.yaml"))
	must(t, err)
	for name, want := range map[string]bool{"a": false, "b": false, "c": true} {
		if strings.Contains(string(text), "https://new.example/"+name+".xml") != want {
			t.Errorf("%s is followed: %v\n%s", name, !want, text)
		}
	}
	for _, want := range []string{"Key: left as it is: it moved to https://new.example/a.xml, another host", "Agent: left as it is: it moved to https://new.example/b.xml, another host"} {
		if !strings.Contains(printed, want) {
			t.Errorf("%q is not printed: %s", want, printed)
		}
	}
}
