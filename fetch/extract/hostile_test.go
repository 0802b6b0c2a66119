package extract

import (
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"broadsheet/internal/excerpt"

	"broadsheet"
)

// hostilePages are made to cost much time, or to make the text of an article disappear.
var hostilePages = map[string]string{
	"nested too deep":          strings.Repeat("<div>", 600) + body,
	"nested 100,000 deep":      strings.Repeat("<div><span>", 50_000) + body,
	"formatting never closed":  strings.Repeat("<b><i><a href=x>", 300) + body,
	"formatting in paragraphs": strings.Repeat("<p><b><i><u>x", 3_000) + "<h1>Queues</h1>" + body,
	"tables in tables":         strings.Repeat("<table><tr><td>", 150) + body,
	"lists in lists":           strings.Repeat("<ul><li>", 200) + body,
	"paragraphs":               strings.Repeat("<p>x y z.</p>", 100_000),
	"headings":                 "<title>a b c</title>" + strings.Repeat("<h1>a b c</h1>", 50_000) + body,
	"one long word":            "<p>" + strings.Repeat("x", 2<<20),
	"one long paragraph":       "<p>" + strings.Repeat("The queue grows. ", 100_000),
	"one long attribute":       `<div class="` + strings.Repeat("share-", 300_000) + `">` + body,
	"many attributes":          "<div " + strings.Repeat("a=b ", 100_000) + ">" + body,
	"full stops":               "<p>" + strings.Repeat(". ", 500_000),
	"dates":                    strings.Repeat("<p>March 3, 2024 by Jane Doe</p>", 20_000) + body,
	"html attributes":          strings.Repeat("<html a=1><html b=2>", 100_000) + body,
	"authors in authors":       strings.Repeat("<p rel=author>", 400) + strings.Repeat("words of it ", 100_000) + body,
	"doctypes":                 strings.Repeat("<!DOCTYPE rss [<!ENTITY a 'x'>", 50_000),
	"tags never closed":        strings.Repeat("<", 1<<20),
	"comments never closed":    strings.Repeat("<!--", 200_000),
	"entities":                 "<p>" + strings.Repeat("&amp;", 300_000),
	"nothing":                  "",
	"not UTF-8":                "<p>\xff\xfe\x00" + body,
}

func TestReadPage_HostilePages(t *testing.T) {
	u, _ := url.Parse("https://example.com/post")
	for name, page := range hostilePages {
		t.Run(name, func(t *testing.T) {
			read := ReadPage([]byte(page), "text/html", u, "", excerpt.DefaultPatterns)
			shown, _ := excerpt.DefaultPatterns.Choose("", "", read, nil)
			checkInvariants(t, read, shown)
		})
	}
}

func TestReadPage_KeepsDeeplyNestedText(t *testing.T) {
	for _, name := range []string{"nested too deep", "nested 100,000 deep", "lists in lists", "tables in tables", "formatting never closed"} {
		checkExcerptBegins(t, "<title>Queues</title><body>"+hostilePages[name], begins)
	}
}

// checkInvariants checks what must be true of any page: its texts are clean and bounded, and its links are http(s) URLs.
func checkInvariants(t *testing.T, read broadsheet.Page, excerpt string) {
	t.Helper()
	for field, text := range map[string]string{"title": read.Title, "description": read.Description, "text": read.Text, "excerpt": excerpt} {
		if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
			t.Errorf("%s is not clean text: %.100q", field, text)
		}
	}
	if excerpt != strings.Join(strings.Fields(excerpt), " ") {
		t.Errorf("white space is not collapsed in %q", excerpt)
	}
	if len(read.Text) > broadsheet.MaxText+8 {
		t.Errorf("%d bytes of text", len(read.Text))
	}
	for _, link := range []string{read.Canonical, read.Image} {
		if link != "" && !strings.HasPrefix(link, "http://") && !strings.HasPrefix(link, "https://") {
			t.Errorf("link %q is not an http(s) URL", link)
		}
	}
}

func FuzzReadPage(f *testing.F) {
	for _, page := range hostilePages {
		f.Add(page[:min(len(page), 2000)])
	}
	f.Add(`<meta property=og:title content="Queues"><article><h1>Queues</h1>` + body)
	f.Add(`<script type=application/ld+json>{"@type":"Article","headline":["a",{"name":1}]}</script><ul><li>` + body)
	u, _ := url.Parse("https://example.com/post")
	f.Fuzz(func(t *testing.T, page string) {
		read := ReadPage([]byte(page), "text/html", u, "", excerpt.DefaultPatterns)
		shown, _ := excerpt.DefaultPatterns.Choose("", "", read, nil)
		checkInvariants(t, read, shown)
		ArticleText(page, excerpt.DefaultPatterns)
	})
}

func BenchmarkReadPage(b *testing.B) {
	page := []byte(`<html><head><title>Queues at night - Example</title></head><body><nav>` + strings.Repeat(`<a href=/a class="nav-link nav-item">Some other page</a> `, 100) + `</nav><article class="post hentry"><h1>Queues at night</h1><p>By Jane Doe</p>` + strings.Repeat(body+`<h2>Why</h2><ul><li>One reason is good.</li><li>Another is better.</li></ul><pre><code>func main() {}</code></pre>`, 20) + `</article><footer>` + strings.Repeat(`<div class=related><a href=/b>Another article that you may like</a></div>`, 50) + `</footer></body></html>`)
	u, _ := url.Parse("https://example.com/post")
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		read := ReadPage(page, "text/html", u, "", excerpt.DefaultPatterns)
		excerpt.DefaultPatterns.Choose("", "", read, nil)
	}
}

// BenchmarkArticleText reads the content of a feed item as blog programs write it.
func BenchmarkArticleText(b *testing.B) {
	content := strings.Repeat(body+`<h2>Why</h2><ul><li>One reason is <em>good</em>.</li><li>Another is <a href="/b">better</a>.</li></ul><figure><img src="a.png" alt="" width="640" /></figure><pre><code>func main() {}</code></pre>`, 8)
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		ArticleText(content, excerpt.DefaultPatterns)
	}
}
