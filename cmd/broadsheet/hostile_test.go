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

// TestHostileTextInEveryPlace lets each payload of testdata/hostile stand in each place that a source can fill, and
// holds everything that the program says to be plain text: pages, feeds, lists, and what is printed. Every article must
// still be published: an attack may not silence the source that it comes through either. In long mode each place has a
// publication of its own; otherwise several share one, an article with another payload in each of them.
func TestHostileTextInEveryPlace(t *testing.T) {
	groups := [][]string{{"feed title", "author", "summary", "link"}, {"entry title", "category", "content", "addresses"}, {"page"}}
	if longMode {
		groups = nil
		for place := range hostilePlaces {
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

// TestTextAboutMarkupIsShownAsTyped has titles that speak of markup: what protects from it must not eat them.
func TestTextAboutMarkupIsShownAsTyped(t *testing.T) {
	t.Parallel()
	const title = "<script> considered harmful, Vec<T> too"
	escaped := escapeMarkup.Replace(title)
	for name, body := range map[string]string{
		"rss":        rssFeed("S", "https://s.example/", "", "", rssEntry(escaped, "https://s.example/a", "1", "", "", hostileProse("a"), "")),
		"rss twice":  rssFeed("S", "https://s.example/", "", "", rssEntry(escapeMarkup.Replace(escaped), "https://s.example/a", "1", "", "", hostileProse("a"), "")),
		"rss cdata":  rssFeed("S", "https://s.example/", "", "", rssEntry("<![CDATA["+title+"]]>", "https://s.example/a", "1", "", "", hostileProse("a"), "")),
		"atom text":  atomFeed("S", "https://s.example/", "", "", strings.ReplaceAll(atomEntry(escaped, "https://s.example/a", "urn:x:1", "", "", hostileProse("a"), ""), `<title type="html">`, `<title>`)),
		"atom html":  atomFeed("S", "https://s.example/", "", "", atomEntry(escapeMarkup.Replace(escaped), "https://s.example/a", "urn:x:1", "", "", hostileProse("a"), "")),
		"json title": jsonFeed("S", "https://s.example/", "", "", jsonEntry(title, "https://s.example/a", "1", "", "", hostileProse("a"), "")),
	} {
		h := &hostile{T: t, dir: t.TempDir(), web: newWeb(nil, nil)}
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

// hostilePlaces put a payload into one place of a source. What they are given is the payload as the format carries it.
var hostilePlaces = map[string]func(*told, string){
	"feed title":  func(o *told, p string) { o.source = p },
	"entry title": func(o *told, p string) { o.title = p },
	"author":      func(o *told, p string) { o.author = p },
	"category":    func(o *told, p string) { o.category = p },
	"summary":     func(o *told, p string) { o.summary = p + " " + o.summary },
	"content":     func(o *told, p string) { o.content = p + " " + o.content },
	"link":        func(o *told, p string) { o.link = p },
	"page":        func(o *told, p string) { o.page, o.content, o.summary = p, "", "" },
	"addresses":   func(o *told, p string) { o.home, o.guid, o.image = p, p, p },
}

// told is what a source says of itself and of one article.
type told struct {
	source, home, image                                   string
	title, link, guid, author, category, summary, content string
	page                                                  string // stands in the article's page, as it is
}

// hostile is the program amid hostile sources.
type hostile struct {
	*testing.T
	dir     string
	web     *web
	printed bytes.Buffer // by all calls
	links   []string     // of the articles
}

func (h *hostile) in(name string) string { return filepath.Join(h.dir, name) }

func (h *hostile) write(name, text string) {
	h.Helper()
	if err := os.WriteFile(h.in(name), []byte(text), 0o644); err != nil {
		h.Fatal(err)
	}
}

// call runs the program and returns what it printed.
func (h *hostile) call(want int, args ...string) string {
	h.Helper()
	args = append(args, "--feeds", h.in("feeds.yaml"), "--db", h.in("broadsheet.db"), "--out", h.in("public"))
	if now := flag(args, "--now"); now != "" {
		at, _ := time.Parse(time.RFC3339, now)
		h.web.now = func() time.Time { return at }
	}
	var out, errs bytes.Buffer
	status := run(context.Background(), args, world{stdout: &out, stderr: &errs, transport: h.web, clock: fixedClock})
	if status != want {
		h.Fatalf("$ %s: exit %d, want %d: %.2000s", strings.Join(args, " "), status, want, errs.String())
	}
	fmt.Fprintf(&h.printed, "$ %s\n%s%s\n", strings.Join(args, " "), out.String(), errs.String())
	return out.String() + errs.String()
}

// publishHostile publishes one article for each payload, which is in the first of the places of its source. The others
// have payloads of other articles, so that each place gets each.
func publishHostile(t *testing.T, places ...string) *hostile {
	t.Helper()
	h := &hostile{T: t, dir: t.TempDir(), web: newWeb(nil, nil)}
	var feeds strings.Builder
	feeds.WriteString("url: https://daily.example/\nedition: {size: 200, per_source: 1, backlog: 200}\nlimits: {pages: 1000}\nsources:\n")
	all := payloads(t)
	for i := range all {
		site := fmt.Sprintf("https://s%d.example/", i)
		fmt.Fprintf(&feeds, "  - %sfeed\n", site)
		o := told{source: fmt.Sprintf("Source %d", i), home: site, title: fmt.Sprintf("How system %d was built", i),
			link: site + "post", guid: fmt.Sprintf("guid-%d", i), author: "Ann", category: "Storage",
			summary: hostileProse(site)[:200], content: hostileProse(site)}
		form := hostileForms[i%len(hostileForms)]
		for n, place := range places {
			payload := all[(i+n*len(hostileForms))%len(all)] // in the same form as where it is alone, but for the last ones
			if place != "page" {
				payload = form.carry(payload)
			}
			hostilePlaces[place](&o, payload)
		}
		h.links = append(h.links, o.link)
		h.web.pages[site+"feed"] = []byte(form.feed(o.source, o.home, o.image, o.category, form.entry(o.title, o.link, o.guid, o.author, o.summary, o.content, o.category)))
		h.web.pages[site+"post"] = []byte("Content-Type: text/html; charset=utf-8\n\n<!doctype html><title>Post</title><article><h1>" +
			o.title + "</h1><p>" + hostileProse(site)[:300] + "</p><p>" + o.page + " " + hostileProse(site)[300:] + "</p></article>")
	}
	h.write("feeds.yaml", feeds.String())
	h.call(0, "run", "--now", "2026-11-24T07:00:00Z", "--log-format", "text", "--log-level", "debug", "--report", h.in("report.json"), "--metrics", h.in("metrics.prom"))
	h.call(0, "publish", "--now", "2026-11-25T07:00:00Z")
	h.call(0, "run", "--force", "--now", "2026-11-25T08:00:00Z", "--log-format", "json")
	return h
}

// checkPrinted calls what prints, and holds all that was printed to be plain.
func (h *hostile) checkPrinted() {
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

// hostileForm is a format of feeds, and how a text is written in it by somebody who means harm.
type hostileForm struct {
	name  string
	carry func(string) string
	feed  func(title, home, image, category string, entries ...string) string
	entry func(title, link, id, author, summary, content, category string) string
}

var hostileForms = []hostileForm{
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

// quoteJSON quotes a text whose bytes need not be UTF-8, and leaves its "<" as they are.
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

// payloads are the attacks of testdata/hostile/payloads.txt: one a line, after "q " in Go's quotes, # begins a class.
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

// hostileProse is an honest text, other for each seed, so that no two articles are one story.
func hostileProse(seed string) string {
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
