package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestHostileText_EveryField puts each payload of testdata/hostile into each field that a source can fill, and checks
// that all output of the program is plain text: pages, feeds, lists, and what is printed. Every article must still be
// published: an attack must not silence the source that it comes through either. In long mode each field has a
// publication of its own; otherwise several fields share one, where an article has another payload in each of them.
func TestHostileText_EveryField(t *testing.T) {
	groups := [][]string{{"feed title", "author", "summary", "link"}, {"entry title", "category", "content", "addresses"}, {"page"}}
	if longMode {
		groups = nil
		for place := range hostileFields {
			groups = append(groups, []string{place})
		}
	}
	for _, places := range groups {
		t.Run(strings.Join(places, ", "), func(t *testing.T) {
			t.Parallel()
			h := publishHostile(t, places...)
			checkOutput(t, h.in("public"))
			if got := len(publishedIDs(t, h.in("public"))); got != len(payloads(t)) {
				t.Errorf("%d articles are published of %d", got, len(payloads(t)))
			}
			h.checkPrinted()
		})
	}
}

// TestHostileText_TitlesAboutMarkup has titles about markup, which sanitising must not remove.
func TestHostileText_TitlesAboutMarkup(t *testing.T) {
	t.Parallel()
	const title = "<script> considered harmful, Vec<T> too"
	escaped := escapeMarkup.Replace(title)
	for name, body := range map[string]string{
		"rss":        rssFeed("S", "https://s.example/", "", "", rssEntry(escaped, "https://s.example/a", "1", "", "", uniqueText("a"), "")),
		"rss twice":  rssFeed("S", "https://s.example/", "", "", rssEntry(escapeMarkup.Replace(escaped), "https://s.example/a", "1", "", "", uniqueText("a"), "")),
		"rss cdata":  rssFeed("S", "https://s.example/", "", "", rssEntry("<![CDATA["+title+"]]>", "https://s.example/a", "1", "", "", uniqueText("a"), "")),
		"atom text":  atomFeed("S", "https://s.example/", "", "", strings.ReplaceAll(atomEntry(escaped, "https://s.example/a", "urn:x:1", "", "", uniqueText("a"), ""), `<title type="html">`, `<title>`)),
		"atom html":  atomFeed("S", "https://s.example/", "", "", atomEntry(escapeMarkup.Replace(escaped), "https://s.example/a", "urn:x:1", "", "", uniqueText("a"), "")),
		"json title": jsonFeed("S", "https://s.example/", "", "", jsonEntry(title, "https://s.example/a", "1", "", "", uniqueText("a"), "")),
	} {
		h := &hostileSite{T: t, dir: t.TempDir(), web: newFakeWeb(nil, nil)}
		h.web.pages["https://s.example/feed"] = []byte(body)
		h.write("feeds.yaml", "sources:\n  - https://s.example/feed\n")
		h.call(0, "run", "--now", "2026-11-24T07:00:00Z")
		checkOutput(t, h.in("public"))
		page, err := os.ReadFile(h.in("public/index.html"))
		if err != nil || !bytes.Contains(page, []byte(">&lt;script&gt; considered harmful, Vec&lt;T&gt; too<")) {
			t.Errorf("%s: the title is not shown as typed (%v)", name, err)
		}
	}
}

// hostileFields put a payload, as encoded for the format, into one field of a source.
var hostileFields = map[string]func(*hostileSource, string){
	"feed title":  func(o *hostileSource, p string) { o.source = p },
	"entry title": func(o *hostileSource, p string) { o.title = p },
	"author":      func(o *hostileSource, p string) { o.author = p },
	"category":    func(o *hostileSource, p string) { o.category = p },
	"summary":     func(o *hostileSource, p string) { o.summary = p + " " + o.summary },
	"content":     func(o *hostileSource, p string) { o.content = p + " " + o.content },
	"link":        func(o *hostileSource, p string) { o.link = p },
	"page":        func(o *hostileSource, p string) { o.page, o.content, o.summary = p, "", "" },
	"addresses":   func(o *hostileSource, p string) { o.home, o.guid, o.image = p, p, p },
}

// hostileSource is a source with one article.
type hostileSource struct {
	source, home, image                                   string
	title, link, guid, author, category, summary, content string
	page                                                  string // inserted into the article's page as it is
}

// hostileSite is the program with hostile sources.
type hostileSite struct {
	*testing.T
	dir     string
	web     *fakeWeb
	printed bytes.Buffer // by all calls
	links   []string     // of the articles
}

func (h *hostileSite) in(name string) string { return filepath.Join(h.dir, name) }

func (h *hostileSite) write(name, text string) {
	h.Helper()
	if err := os.WriteFile(h.in(name), []byte(text), 0o644); err != nil {
		h.Fatal(err)
	}
}

// call runs the program, checks its exit status, and returns what it printed.
func (h *hostileSite) call(want int, args ...string) string {
	h.Helper()
	args = append(args, "--feeds", h.in("feeds.yaml"), "--db", h.in("broadsheet.db"), "--out", h.in("public"))
	if now := flagValue(args, "--now"); now != "" {
		at, _ := time.Parse(time.RFC3339, now)
		h.web.now = func() time.Time { return at }
	}
	var out, errs bytes.Buffer
	status := run(context.Background(), args, env{stdout: &out, stderr: &errs, transport: h.web, clock: fixedClock})
	if status != want {
		h.Fatalf("$ %s: exit %d, want %d: %.2000s", strings.Join(args, " "), status, want, errs.String())
	}
	fmt.Fprintf(&h.printed, "$ %s\n%s%s\n", strings.Join(args, " "), out.String(), errs.String())
	return out.String() + errs.String()
}

// publishHostile publishes one article for each payload, which is in the first of the given fields of its source. The
// other fields have payloads of other articles, so that each field gets each payload.
func publishHostile(t *testing.T, places ...string) *hostileSite {
	t.Helper()
	h := &hostileSite{T: t, dir: t.TempDir(), web: newFakeWeb(nil, nil)}
	var feeds strings.Builder
	feeds.WriteString("url: https://daily.example/\nedition: {size: 200, per_source: 1, backlog: 200}\nlimits: {pages: 1000}\nsources:\n")
	all := payloads(t)
	for i := range all {
		site := fmt.Sprintf("https://s%d.example/", i)
		fmt.Fprintf(&feeds, "  - %sfeed\n", site)
		o := hostileSource{source: fmt.Sprintf("Source %d", i), home: site, title: fmt.Sprintf("How system %d was built", i),
			link: site + "post", guid: fmt.Sprintf("guid-%d", i), author: "Ann", category: "Storage",
			summary: uniqueText(site)[:200], content: uniqueText(site)}
		form := hostileFormats[i%len(hostileFormats)]
		for n, place := range places {
			payload := all[(i+n*len(hostileFormats))%len(all)] // in the same format as where it is alone, but for the last ones
			if place != "page" {
				payload = form.encode(payload)
			}
			hostileFields[place](&o, payload)
		}
		h.links = append(h.links, o.link)
		h.web.pages[site+"feed"] = []byte(form.feed(o.source, o.home, o.image, o.category, form.entry(o.title, o.link, o.guid, o.author, o.summary, o.content, o.category)))
		h.web.pages[site+"post"] = []byte("Content-Type: text/html; charset=utf-8\n\n<!doctype html><title>Post</title><article><h1>" +
			o.title + "</h1><p>" + uniqueText(site)[:300] + "</p><p>" + o.page + " " + uniqueText(site)[300:] + "</p></article>")
	}
	h.write("feeds.yaml", feeds.String())
	h.call(0, "run", "--now", "2026-11-24T07:00:00Z", "--log-format", "text", "--log-level", "debug", "--report", h.in("report.json"), "--metrics", h.in("metrics.prom"))
	h.call(0, "publish", "--now", "2026-11-25T07:00:00Z")
	h.call(0, "run", "--force", "--now", "2026-11-25T08:00:00Z", "--log-format", "json")
	return h
}

// checkPrinted calls the commands that print, and checks that all output is plain text.
func (h *hostileSite) checkPrinted() {
	h.Helper()
	checkLines(h.T, "articles", h.call(0, "articles"))
	checkXML(h.T, "articles.atom", []byte(h.call(0, "articles", "--format", "atom")))
	var status any
	if err := json.Unmarshal([]byte(h.call(0, "status", "--json", "--now", "2026-11-25T09:00:00Z")), &status); err != nil {
		h.Errorf("status: %v", err)
	}
	h.call(0, "status", "--now", "2026-11-25T09:00:00Z")
	h.call(0, "preview", "--now", "2026-11-26T09:00:00Z")
	for i := 0; i < len(h.links); i += 23 {
		if strings.HasPrefix(h.links[i], "http") {
			h.call(0, "why", h.links[i])
		}
	}
	for _, name := range []string{"report.json", "metrics.prom"} {
		text, err := os.ReadFile(h.in(name))
		if err != nil {
			h.Error(err)
		}
		checkPlain(h.T, name, string(text))
	}
	checkPlain(h.T, "what was printed", h.printed.String())
	for line := range strings.Lines(h.printed.String()) {
		if strings.HasPrefix(line, "broadsheet: 0 failing") || strings.HasPrefix(line, "Bcc:") || strings.HasPrefix(line, "Set-Cookie:") {
			h.Errorf("a forged line was printed: %q", line)
		}
	}
}

// hostileFormat is a feed format, with the encoding in which an attacker would write a text.
type hostileFormat struct {
	name   string
	encode func(string) string
	feed   func(title, home, image, category string, entries ...string) string
	entry  func(title, link, id, author, summary, content, category string) string
}

var hostileFormats = []hostileFormat{
	{"RSS, escaped", escapeMarkup.Replace, rssFeed, rssEntry},
	{"RSS, CDATA", func(p string) string { return "<![CDATA[" + p + "]]>" }, rssFeed, rssEntry},
	{"Atom, escaped", escapeMarkup.Replace, atomFeed, atomEntry},
	{"JSON Feed", strings.Clone, jsonFeed, jsonEntry},
	{"RSS, as it is", strings.Clone, rssFeed, rssEntry},
}

var escapeMarkup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

func rssFeed(title, home, image, category string, entries ...string) string {
	return "Content-Type: application/rss+xml\n\n<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>" +
		title + "</title><link>" + home + "</link><image><url>" + image + "</url></image><category>" + category + "</category>" + strings.Join(entries, "\n") + "</channel></rss>"
}

func rssEntry(title, link, id, author, summary, content, category string) string {
	return "<item><title>" + title + "</title><link>" + link + "</link><guid isPermaLink=\"false\">" + id + "</guid><dc:creator>" + author + "</dc:creator><category>" + category +
		"</category><pubDate>Mon, 23 Nov 2026 09:00:00 GMT</pubDate><description>" + summary + "</description><content:encoded>" + content + "</content:encoded></item>"
}

func atomFeed(title, home, image, category string, entries ...string) string {
	return "Content-Type: application/atom+xml\n\n<feed xmlns=\"http://www.w3.org/2005/Atom\"><title type=\"html\">" + title + "</title><id>" + home + "</id><link href=\"" + home +
		"\"/><logo>" + image + "</logo><category term=\"" + category + "\"/>" + strings.Join(entries, "\n") + "</feed>"
}

func atomEntry(title, link, id, author, summary, content, category string) string {
	return "<entry><title type=\"html\">" + title + "</title><link href=\"" + link + "\"/><id>" + id + "</id><author><name>" + author + "</name><uri>" + link +
		"</uri></author><category term=\"" + category + "\"/><updated>2026-11-23T09:00:00Z</updated><summary type=\"html\">" + summary + "</summary><content type=\"html\">" + content + "</content></entry>"
}

func jsonFeed(title, home, image, category string, entries ...string) string {
	return "Content-Type: application/feed+json\n\n{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":" + quoteJSON(title) + ",\"home_page_url\":" + quoteJSON(home) +
		",\"icon\":" + quoteJSON(image) + ",\"items\":[" + strings.Join(entries, ",") + "]}"
}

func jsonEntry(title, link, id, author, summary, content, category string) string {
	return "{\"id\":" + quoteJSON(id) + ",\"url\":" + quoteJSON(link) + ",\"title\":" + quoteJSON(title) + ",\"authors\":[{\"name\":" + quoteJSON(author) + "}],\"tags\":[" + quoteJSON(category) +
		"],\"date_published\":\"2026-11-23T09:00:00Z\",\"summary\":" + quoteJSON(summary) + ",\"content_html\":" + quoteJSON(content) + "}"
}

// quoteJSON quotes a text that need not be UTF-8, and leaves "<" unescaped.
func quoteJSON(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case c < ' ':
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// payloads returns the attacks of testdata/hostile/payloads.txt: one per line, after "q " in Go's quotes; # begins a
// class.
func payloads(t testing.TB) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/hostile/payloads.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") || line == "" {
			continue
		}
		if quoted, ok := strings.CutPrefix(line, "q "); ok {
			if line, err = strconv.Unquote(quoted); err != nil {
				t.Fatalf("%s: %v", quoted, err)
			}
		}
		all = append(all, line)
	}
	return all
}

// uniqueText returns a harmless text, different for each seed, so that no two articles are duplicates.
func uniqueText(seed string) string {
	words := strings.Fields("queue letter shard rack reader address cache lease coordinator hour disk region replica leader follower log packet router thread page index table column batch window clock limit budget alarm")
	sum := fnv.New64a()
	sum.Write([]byte(seed))
	r := rand.New(rand.NewSource(int64(sum.Sum64())))
	var b strings.Builder
	for range 12 {
		fmt.Fprintf(&b, "The %s of the %s moved its %s to another %s before the %s of %d %ss was full. ", words[r.Intn(len(words))], words[r.Intn(len(words))],
			words[r.Intn(len(words))], words[r.Intn(len(words))], words[r.Intn(len(words))], r.Intn(10000), words[r.Intn(len(words))])
	}
	return b.String()
}
