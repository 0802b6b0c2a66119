package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// secretFeeds is a feeds.yaml whose addresses have secrets of every kind. Each contains S3CRET.
const secretFeeds = `title: Paper
url: https://paper.example/
hub: https://hub.example/?api_key=S3CRET-hub
mail: {from: d@paper.example, to: [r@paper.example], host: mail.paper.example}
webhook: ["https://hooks.example/services/T0/B0/S3CRET-0123456789", "https://robot:S3CRET-robot@hooks.example/?key=S3CRET-query-0123"]
edition: {size: 30, per_source: 9}
sources:
  - https://me:S3CRET-password@login.example/feed
  - https://paid.example/feed?token=S3CRET-token
  - https://paid.example/feed?token=S3CRET-other
  - {feed: "https://bucket.example/feed?X-Amz-Credential=S3CRET%2Fus&X-Amz-Signature=S3CRET-signed", name: Bucket}
  - {feed: https://hidden.example/S3CRETpath/feed.xml, secret: true}
  - {page: https://hidden.example/S3CRETlist/all, secret: true, name: Hidden list, items: article, link: a}
  - {feed: https://moved.example/S3CRETold/feed.xml, secret: true, name: Moved away}
  - {feed: https://gone.example/feed;token=S3CRET-gone, name: Gone}
  - {feed: "https://down.example/feed?key=S3CRET-down", name: Down}
  - {feed: "https://moving.example/feed?jwt=S3CRET-moving", name: Moving}
  - {feed: "https://circle.example/feed?session=S3CRET-circle", name: Circle}
  - {feed: "https://html.example/feed?client_secret=S3CRET-html", name: Html}
  - {feed: "https://cut.example/feed?pwd=S3CRET-cut", name: Cut}
  - {sitemap: "https://map.example/sitemap.xml?auth=S3CRET-map", name: Map}
`

// secretWeb is the web of secretFeeds. The servers repeat the secrets in their responses.
func secretWeb(now func() time.Time) *fakeWeb {
	w := newFakeWeb(nil, now)
	entry := func(n, link string) string {
		return rssEntry("How number "+n+" works", link, n, "", "", uniqueText(n), "")
	}
	feed := func(home string, entries ...string) []byte { return []byte(rssFeed("", home, "", "", entries...)) }
	w.pages["https://new.example/page?client_secret=S3CRET-html"] = []byte("Content-Type: text/html\n\n<!doctype html><html><head><title>x</title>" +
		"<link rel=alternate type=application/rss+xml href='/real?token=S3CRET-declared'></head><body><p>Hello</body></html>")
	w.pages["https://new.example/real?token=S3CRET-declared"] = feed("https://new.example/", entry("declared", "https://new.example/1"))
	for address, answer := range map[string][]byte{
		// A login is sent as a header, so that the requested address has none.
		"https://login.example/feed":                                                             feed("https://me:S3CRET-password@login.example/", entry("login", "https://me:S3CRET-password@login.example/1")),
		"https://paid.example/feed?token=S3CRET-token":                                           feed("https://paid.example/?token=S3CRET-token", entry("paid", "https://paid.example/1?token=S3CRET-token"), entry("quoted", "https://paid.example/2?u=S3CRET-token&p=1")),
		"https://paid.example/feed?token=S3CRET-other":                                           feed("https://paid.example/", entry("S3CRET-other", "https://paid.example/3?access_token=S3CRET-fresh")),
		"https://bucket.example/feed?X-Amz-Credential=S3CRET%2Fus&X-Amz-Signature=S3CRET-signed": feed("https://bucket.example/", entry("bucket", "https://bucket.example/1?X-Amz-Signature=S3CRET-each")),
		"https://hidden.example/S3CRETpath/feed.xml":                                             feed("https://hidden.example/S3CRETpath/", entry("hidden", "https://hidden.example/S3CRETpath/1"), entry("open", "https://hidden.example/open/1")),
		"https://hidden.example/S3CRETlist/all":                                                  []byte("404\n\nno S3CRETlist here\n"),
		"https://moved.example/S3CRETold/feed.xml":                                               []byte("301\nLocation: https://moved.example/S3CRETnew/feed.xml\n\n"),
		"https://moved.example/S3CRETnew/feed.xml":                                               feed("https://moved.example/", entry("new", "https://moved.example/1")),
		"https://gone.example/feed;token=S3CRET-gone":                                            []byte("410\n\n"),
		"https://down.example/feed?key=S3CRET-down":                                              []byte("!read https://down.example/feed?key=S3CRET-down: reset"),
		"https://moving.example/feed?jwt=S3CRET-moving":                                          []byte("301\nLocation: https://moving.example/new?jwt=S3CRET-next\n\n"),
		"https://moving.example/new?jwt=S3CRET-next":                                             feed("https://moving.example/", entry("moving", "https://moving.example/1")),
		"https://circle.example/feed?session=S3CRET-circle":                                      []byte("302\nLocation: https://circle.example/feed?session=S3CRET-circle\n\n"),
		"https://html.example/feed?client_secret=S3CRET-html": []byte("Content-Type: text/html\n\n<!doctype html><html><head><title>x</title>" +
			"<link rel=alternate type=application/rss+xml href='/real?token=S3CRET-declared'></head><body><p>Hello</body></html>"),
		"https://html.example/real?token=S3CRET-declared": feed("https://html.example/", entry("declared", "https://html.example/1")),
		"https://cut.example/feed?pwd=S3CRET-cut":         bytes.TrimSuffix(feed("https://cut.example/", entry("cut", "https://cut.example/1")), []byte("</channel></rss>")),
		"https://map.example/sitemap.xml?auth=S3CRET-map": []byte("Content-Type: application/xml\n\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"><url><loc>https://map.example/1?auth=S3CRET-map</loc></url></urlset>"),
		"https://hub.example/?api_key=S3CRET-hub":         []byte("500\n\n"),
	} {
		w.pages[address] = answer
	}
	return w
}

// TestSecrets_NotPrintedOrPublished calls every command that shows sources, in every format, and looks for the
// secrets of feeds.yaml in all that is printed, logged, reported and published. What is written into feeds.yaml keeps
// them.
func TestSecrets_NotPrintedOrPublished(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	at := time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	w := secretWeb(func() time.Time { return at })
	must(t, os.WriteFile(in("feeds.yaml"), []byte(secretFeeds), 0o644))
	must(t, os.WriteFile(in("list.opml"), []byte(`<opml version="2.0"><body><outline type="rss" xmlUrl="https://paid.example/feed?token=S3CRET-token"/>`+
		`<outline type="rss" xmlUrl="https://x.example/feed?sig=S3CRET-listed"/><outline type="rss" text="Bad" xmlUrl="htps://x.example/feed?sig=S3CRET-bad"/></body></opml>`), 0o644))
	must(t, os.WriteFile(in("labels.jsonl"), []byte(`{"url": "https://paid.example/1?token=S3CRET-token", "title": "x", "label": "system"}`+"\n"), 0o644))
	checked, calls := 0, 0
	look := func(what, text string) {
		t.Helper()
		checked++
		for _, form := range []string{text, strings.ReplaceAll(text, "=\n", ""), strings.ReplaceAll(text, "=\r\n", "")} { // quoted-printable
			if i := strings.Index(form, "S3CRET"); i >= 0 {
				t.Errorf("%s tells a secret: …%s…", what, form[max(0, i-120):min(len(form), i+60)])
				return
			}
		}
	}
	call := func(line string) string {
		t.Helper()
		calls++
		var out, errs bytes.Buffer
		args := append(splitArgs(strings.ReplaceAll(line, "{}", dir)), "--db", in("x.db"), "--out", in("public"))
		if !strings.Contains(line, "--feeds") {
			args = append(args, "--feeds", in("feeds.yaml"))
		}
		now := func() time.Time { return at }
		run(context.Background(), args, env{stdout: &out, stderr: &errs, transport: w, clock: now})
		look("$ "+line+": stdout", out.String())
		look("$ "+line+": stderr", errs.String())
		if strings.Contains(out.String()+errs.String(), "panic") {
			t.Errorf("$ %s: %s", line, errs.String())
		}
		return out.String() + errs.String()
	}
	for range 3 { // until failing sources count as broken
		call("run --force --report {}/report.json --metrics {}/metrics.prom")
		for _, format := range []string{"text", "json"} {
			call("run --force --log-level debug --log-format " + format)
		}
		call("fetch --force -q")
		at = at.Add(24 * time.Hour)
	}
	call("publish")
	for _, line := range []string{"status", "status --json", "status --fail-on gone,failing,moved,salvaged", "articles", "articles --format atom", "search works", "search works --json", "search S3CRET",
		"preview", "preview --days 3", "check", "check --json", "check --online", "check --online --json", "check --online --fail-on broken,dead,moved,html", "check --fix --dry-run",
		"export", "mail --dry-run -", "mail --dry-run {}/letter.eml", "mail", "rules test {}/labels.jsonl", "rules test {}/labels.jsonl", "reference", "schema", "import {}/list.opml --dry-run",
		"why https://paid.example/1", "why https://paid.example/2?u=S3CRET-token&p=1", "why https://hidden.example/S3CRETpath/1", "why https://nowhere.example/?token=S3CRET-asked",
		"articles --source https://nowhere.example/?token=S3CRET-asked", "try https://paid.example/1?token=S3CRET-token", "try https://hidden.example/S3CRETpath/1",
		"add https://paid.example/feed?token=S3CRET-token", "add https://me:S3CRET-asked@nowhere.example/", "add https://html.example/feed?client_secret=S3CRET-html --dry-run --anyway",
		"add https://moved.example/S3CRETnew/feed.xml --secret --dry-run --anyway", "add https://nowhere.example/S3CRETasked --secret", "backup {}/copy.db", "rebuild https://nowhere.example/?token=S3CRET-asked",
		"run --report {}/x/report.json", "rebuild"} {
		call(line)
	}
	if got := call("add https://new.example/page?client_secret=S3CRET-html"); !strings.Contains(got, "token=***") {
		t.Errorf("the address that was found is not shown: %s", got)
	}
	call("check --fix")
	call("import {}/list.opml")
	text, err := os.ReadFile(in("feeds.yaml"))
	must(t, err)
	for _, want := range []string{"https://new.example/real?token=S3CRET-declared", "https://moving.example/new?jwt=S3CRET-next", "https://moved.example/S3CRETnew/feed.xml",
		"https://x.example/feed?sig=S3CRET-listed", "https://me:S3CRET-password@login.example/feed"} {
		if !strings.Contains(string(text), want) || strings.Contains(string(text), "***") {
			t.Errorf("feeds.yaml does not hold %s as it is:\n%s", want, text)
		}
	}
	for _, wrong := range []string{"sources: [\"https://a.example/feed?token=S3CRET x\"]", "sources: [me:S3CRET@a.example/feed]", "sources:\n  - {feed: a.example/S3CRET, secret: true, nmae: x}\n",
		"sources: [https://a.example/?key=S3CRET, https://a.example/?key=S3CRET]"} {
		must(t, os.WriteFile(in("wrong.yaml"), []byte(wrong), 0o644))
		call("check --feeds {}/wrong.yaml")
		call("check --json --feeds {}/wrong.yaml")
		call("run --feeds {}/wrong.yaml")
	}
	// Sources that were removed are still in the database, and one was secret.
	must(t, os.WriteFile(in("feeds.yaml"), []byte("title: Paper\nurl: https://paper.example/\nsources: [https://open.example/feed]\n"), 0o644))
	for _, line := range []string{"run", "status --json", "articles", "articles --format atom", "search works", "why https://hidden.example/open/1", "why https://moved.example/1", "why https://paid.example/1", "preview"} {
		call(line)
	}
	files := 0
	must(t, filepath.WalkDir(in("public"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files++
		look(path, string(text))
		return err
	}))
	for _, name := range []string{"report.json", "metrics.prom", "letter.eml"} {
		text, err := os.ReadFile(in(name))
		must(t, err)
		look(name, string(text))
	}
	if files < 20 || !strings.Contains(fmt.Sprint(len(w.posts) > 0), "true") {
		t.Errorf("%d files were published, the hub was told %d times: the story does not say what it should", files, len(w.posts))
	}
	t.Logf("%d calls, %d texts", calls, checked)
}

// TestSecrets_SourceStillWorks checks that requests are made with the secrets, and that redacted links lead
// somewhere.
func TestSecrets_SourceStillWorks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	at := time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	w := secretWeb(func() time.Time { return at })
	must(t, os.WriteFile(in("feeds.yaml"), []byte(secretFeeds), 0o644))
	call := func(args ...string) string {
		var out, errs bytes.Buffer
		args = append(args, "--db", in("x.db"), "--out", in("public"), "--feeds", in("feeds.yaml"))
		run(context.Background(), args, env{stdout: &out, stderr: &errs, transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			if name, password, ok := r.BasicAuth(); r.URL.Host == "login.example" && (!ok || name != "me" || password != "S3CRET-password") {
				t.Errorf("the login was not sent: %q %q", name, password)
			}
			return w.RoundTrip(r)
		}), clock: func() time.Time { return at }})
		return out.String()
	}
	call("run")
	var st statusReport
	must(t, json.Unmarshal([]byte(call("status", "--json")), &st))
	shown := map[string]string{}
	for _, s := range st.Sources {
		shown[s.Name] = s.Source
	}
	for name, want := range map[string]string{"login.example": "https://***@login.example/feed", "hidden.example": "https://hidden.example/***",
		"Bucket": "https://bucket.example/feed?X-Amz-Credential=***&X-Amz-Signature=***"} {
		if shown[name] != want {
			t.Errorf("%s is shown as %q, want %q (%v)", name, shown[name], want, shown)
		}
	}
	page, err := os.ReadFile(in("public/sources/index.html"))
	must(t, err)
	for _, want := range []string{"hidden.example", `href="https://bucket.example/"`, "Moved away"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page of the sources does not say %s", want)
		}
	}
	feed, err := os.ReadFile(in("public/atom.xml"))
	must(t, err)
	for _, want := range []string{`href="https://paid.example/1"`, `href="https://paid.example/2?p=1"`, `href="https://hidden.example/open/1"`, `href="https://bucket.example/1"`} {
		if !strings.Contains(string(feed), want) {
			t.Errorf("atom.xml does not lead to %s", want)
		}
	}
}
