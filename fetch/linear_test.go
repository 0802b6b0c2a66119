package fetch

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"broadsheet"
	"broadsheet/internal/lineartest"
)

// TestTimeIsLinear holds every parser that meets the web to a time that grows with its input: four times as much takes
// six times as long at most. It is skipped where no BROADSHEET_LINEAR asks
// for it.
func TestTimeIsLinear(t *testing.T) {
	at, _ := url.Parse("https://example.org/blog/")
	b := builtIn()
	page := broadsheet.Source{Kind: broadsheet.KindPage, URL: at.String(), Items: "li", Link: "a", Title: "a", Date: "time"}
	parsers := []struct {
		name   string
		n      int // bytes of the smaller input
		shapes lineartest.Shapes
		parse  func(text string)
	}{
		{"article page", 250_000, hostileHTML, func(text string) { readPage([]byte(text), "text/html", at, "", b) }},
		{"article page with a selector", 250_000, hostileHTML, func(text string) { readPage([]byte(text), "text/html", at, "article p", b) }},
		{"content of a feed", 250_000, hostileHTML, func(text string) { articleText(text, b) }},
		{"title", 100_000, hostileHTML, func(text string) { titleText(text) }},
		{"summary", 100_000, hostileHTML, func(text string) { paragraphs(text) }},
		{"page list", 250_000, hostileHTML, func(text string) { parsePageList([]byte(text), "text/html", at, page) }},
		{"proposing selectors", 250_000, hostileHTML, func(text string) { listsOn(&sight{url: at, body: []byte(text), mime: "text/html"}) }},
		{"feeds that a page declares", 250_000, hostileHTML, func(text string) { pageHead(text, at) }},
		{"meta refresh", 60_000, hostileHTML, func(text string) { refresh([]byte(text), at) }},
		{"RSS", 200_000, hostileXML("<rss version='2.0'><channel>", "item"), func(text string) { parseFeed([]byte(text), "text/xml", at) }},
		{"Atom", 200_000, hostileXML("<feed xmlns='http://www.w3.org/2005/Atom'>", "entry"), func(text string) { parseFeed([]byte(text), "text/xml", at) }},
		{"JSON Feed", 200_000, hostileJSON, func(text string) { parseFeed([]byte(text), "application/json", at) }},
		{"sitemap", 200_000, hostileXML("<urlset>", "url"), func(text string) { parseSitemap([]byte(text), "text/xml", at) }},
		{"charset", 400_000, hostileBytes, func(text string) { decode([]byte(text), "text/xml") }},
		{"line", 200_000, hostileBytes, func(text string) { clean(text) }},
		{"robots.txt", 100_000, hostileRobots, func(text string) {
			rules := parseRobots([]byte(text), "broadsheet")
			rules.allow(at)
		}},
		{"date", 100_000, hostileDates, func(text string) { parseDate(text, 0) }},
		{"link", 100_000, hostileLinks, func(text string) { safeLink(text, at) }},
	}
	for _, p := range parsers {
		lineartest.Run(t, p.name, p.n, p.shapes, p.parse)
	}
}

var manyAttributes = func() string {
	var b strings.Builder
	for i := range 40 {
		fmt.Fprintf(&b, " a%d=x", i)
	}
	return b.String()
}()

var hostileHTML = lineartest.Shapes{
	"html attributes": lineartest.Count("", "<html b%d=1>", ""),
	"body attributes": lineartest.Count("<body>", "<body b%d=1>", ""),
	"formatting left open": func(n int) string {
		return lineartest.Count("<p>", "<b a=%d>", "</p>")(min(n/2, 4000)) + strings.Repeat("<p>x</p>", n/8)
	},
	"links left open":        lineartest.Count("", "<a href=/%d><div>a word or two", ""),
	"attributes":             lineartest.Count("", "<p><b"+manyAttributes+" z=%d>x</p>", ""),
	"one tag":                lineartest.Count("<p ", "a%d ", ">"),
	"one long class":         lineartest.Count("<div class='", "c%d ", "'>x</div>"),
	"nested blocks":          lineartest.Repeat("", "<div>", "x"),
	"nested lists":           lineartest.Repeat("", "<ul><li>", "x"),
	"list of paragraphs":     lineartest.Repeat("<ul>", "<li><p>", ""),
	"list of words":          lineartest.Count("<ul>", "<li><a href=/%d>a few words of a title</a>", ""),
	"table of text":          lineartest.Repeat("<table>", "a<tr>", ""),
	"stray end tags":         lineartest.Repeat("", "word</x>", ""),
	"misnested":              lineartest.Repeat("", "<b><i><p>text</b></i>", ""),
	"comments":               lineartest.Repeat("", "<!-- ", ""),
	"comments, closed":       lineartest.Repeat("", "<!---->", ""),
	"script in script":       lineartest.Repeat("<script>", "<!--<script>", ""),
	"JSON-LD":                lineartest.Repeat("<script type=application/ld+json>", `[{"@type":"Article","headline":`, "</script>"),
	"entities":               lineartest.Repeat("", "&amp;lt;&ampx;&#x26;", ""),
	"open brackets":          lineartest.Repeat("", "<", ""),
	"quotes left open":       lineartest.Repeat("", "<a href='>", ""),
	"foreign content":        lineartest.Repeat("", "<svg><p>", ""),
	"headings":               lineartest.Count("", "<h2>heading %d</h2>", ""),
	"meta":                   lineartest.Count("", "<meta property=og:title content='title %d'>", ""),
	"alternates":             lineartest.Count("", "<link rel=alternate type=application/rss+xml href=/%d>", ""),
	"refreshes":              lineartest.Repeat("", "<meta http-equiv=refresh content='0; url=x", ""),
	"words":                  lineartest.Repeat("<p>", "word ", ""),
	"one word":               lineartest.Repeat("<p>", "w", ""),
	"sentences":              lineartest.Repeat("<article>", "<p>This is a sentence of the article that has some words. And another one follows.", ""),
	"bylines":                lineartest.Repeat("<article>", "<p>By A. Writer, 5 min read. Subscribe to our newsletter. Share this:", ""),
	"blanks":                 lineartest.Repeat("<p>", "\n \t", "x"),
	"options":                lineartest.Repeat("<select>", "<option>a<div>", ""),
	"preformatted":           lineartest.Repeat("<pre>", "line\n\n", ""),
	"Chinese":                lineartest.Repeat("<p>", "分布式系统的设计", ""),
	"combining":              lineartest.Repeat("<p>e", "\u0301\u0302", ""),
	"repeated paragraphs":    lineartest.Repeat("<article>", "<p>The same words stand in each of these paragraphs, one after another", ""),
	"hidden":                 lineartest.Repeat("", "<div hidden>x", ""),
	"templates":              lineartest.Repeat("", "<template><p>x</template>", ""),
	"images":                 lineartest.Repeat("<p>", "<img alt='x'>", ""),
	"breaks":                 lineartest.Repeat("<p>", "a<br><br>", ""),
	"definition lists":       lineartest.Repeat("<dl>", "<dt>term<dd>what it is", ""),
	"nested tables":          lineartest.Repeat("", "<table><tr><td>", "x"),
	"processing instruction": lineartest.Repeat("", "<?x", ""),
	"NUL":                    lineartest.Repeat("", "a\x00</x>", ""),
}

func hostileXML(root, entry string) lineartest.Shapes {
	open, close := "<"+entry+">", "</"+entry+">"
	return lineartest.Shapes{
		"entries":            lineartest.Count(root, open+"<title>Title %d</title><link>https://example.org/%[1]d</link><loc>https://example.org/%[1]d</loc>"+close, ""),
		"one entry":          lineartest.Repeat(root+open, "<title>x</title>", close),
		"entries left open":  lineartest.Repeat(root, open, ""),
		"nested entries":     lineartest.Repeat(root, open+"<x>", ""),
		"nested unknown":     lineartest.Repeat(root+open, "<x>", ""),
		"text left open":     lineartest.Repeat(root+open+"<description>", "text &lt;p&gt; ", ""),
		"titles left open":   lineartest.Repeat(root+open, "<title>", ""),
		"fields left open":   lineartest.Repeat(root, open+"<title>a<description>b", ""),
		"CDATA left open":    lineartest.Repeat(root+open, "<![CDATA[", ""),
		"CDATA":              lineartest.Repeat(root+open+"<title>", "<![CDATA[a]]>", "</title>"),
		"comments left open": lineartest.Repeat(root, "<!--", ""),
		"attributes":         lineartest.Count(root+"<"+entry, " a%d='1'", ">"),
		"namespaces":         lineartest.Count(root, "<"+entry+" xmlns:n%d='urn:x'>", ""),
		"one tag":            lineartest.Repeat(root+"<", "x", ""),
		"brackets":           lineartest.Repeat(root, "<", ""),
		"ends":               lineartest.Repeat(root, "</"+entry+">", ""),
		"authors":            lineartest.Count(root+open, "<author><name>A %d</name></author>", close),
		"categories":         lineartest.Count(root+open, "<category term='c%d'>c</category>", close),
		"links":              lineartest.Count(root+open, "<link href='/%d' rel='x'/>", close),
		"media":              lineartest.Repeat(root+open, "<media:group><media:content url='x'>", ""),
		"doctype":            func(n int) string { return lineartest.Count("<!DOCTYPE x [", "<!ENTITY e%d 'text'>", "]>")(n) + root },
		"entity uses":        lineartest.Repeat("<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'>]>"+root+open+"<title>", "&a;", "</title>"),
		"xhtml":              lineartest.Repeat(root+open+"<content type='xhtml'>", "<div>a", ""),
		"quotes":             lineartest.Repeat(root, "<a b='>", ""),
	}
}

var hostileJSON = lineartest.Shapes{
	"items":       lineartest.Count(`{"version":"https://jsonfeed.org/version/1","items":[`, `{"id":"%d","title":"t"},`, `{}]}`),
	"nested":      lineartest.Repeat(`{"items":`, `[`, ``),
	"nested maps": lineartest.Repeat(``, `{"items":`, ``),
	"keys":        lineartest.Count(`{"version":"1"`, `,"k%d":1`, `}`),
	"item keys":   lineartest.Count(`{"version":"https://jsonfeed.org/version/1","items":[{"id":"1"`, `,"k%d":1`, `}]}`),
	"escapes":     lineartest.Repeat(`{"title":"`, `\u0041\"`, `"}`),
	"cut off":     lineartest.Count(`{"version":"https://jsonfeed.org/version/1","items":[`, `{"id":"%d"},`, ``),
	"commas":      lineartest.Repeat(`{"items":[`, `,`, `]}`),
	"authors":     lineartest.Count(`{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","authors":[`, `{"name":"a%d"},`, `{}]}]}`),
	"wrong types": lineartest.Repeat(`{"version":"https://jsonfeed.org/version/1","items":[`, `{"id":1,"title":{},"tags":[[]]},`, `{}]}`),
}

var hostileBytes = lineartest.Shapes{
	"latin1":         lineartest.Repeat("", "caf\xe9 ", ""),
	"Shift_JIS":      lineartest.Repeat("<?xml encoding='shift_jis'?>", "\x83\x65\x83\x58", ""),
	"stray bytes":    lineartest.Repeat("", "п\xd0 ", ""),
	"high bytes":     lineartest.Repeat("", "\xff\xfe", "x"),
	"mojibake":       lineartest.Repeat("", "â€™", ""),
	"mojibake twice": lineartest.Repeat("", "Ã¢â‚¬â„¢", ""),
	"marks":          lineartest.Repeat("e", "\u0301", ""),
	"joiners":        lineartest.Repeat("a", "\u200d", ""),
	"Hangul":         lineartest.Repeat("", "\u1100\u1161\u11a8", ""),
	"controls":       lineartest.Repeat("", "a\x1b[31m", ""),
	"declaration":    lineartest.Repeat("<?xml ", "encoding ", "?>"),
	"meta":           lineartest.Repeat("", "<meta ", ""),
}

var hostileRobots = lineartest.Shapes{
	"rules":      lineartest.Count("User-agent: *\n", "Disallow: /%d\n", ""),
	"stars":      lineartest.Repeat("User-agent: *\nDisallow: /", "*a", "$"),
	"groups":     lineartest.Count("", "User-agent: a%d\n", "Disallow: /"),
	"line":       lineartest.Repeat("Disallow: ", "x", ""),
	"many stars": lineartest.Repeat("User-agent: *\n", "Disallow: /*b*l*o*g*x$\n", ""),
}

var hostileDates = lineartest.Shapes{
	"digits":   lineartest.Repeat("", "1", ""),
	"months":   lineartest.Repeat("", "January ", ""),
	"brackets": lineartest.Repeat("", "(", ""),
	"numbers":  lineartest.Repeat("", "1/2/", ""),
	"colons":   lineartest.Repeat("", "1:", ""),
	"zones":    lineartest.Repeat("1 January 2020 10:00 ", "GMT+", ""),
	"letters":  lineartest.Repeat("", "é", ""),
	"slashes":  lineartest.Count("", "%d-", ""),
}

var hostileLinks = lineartest.Shapes{
	"dots":      lineartest.Repeat("/", "../", ""),
	"percents":  lineartest.Repeat("/", "%", ""),
	"query":     lineartest.Count("/?", "a%d=1&", ""),
	"host":      lineartest.Repeat("https://", "a.", "/"),
	"at":        lineartest.Repeat("https://", "@", "example.org/"),
	"nested":    lineartest.Repeat("https://www.google.com/url?q=", "https://www.google.com/url?q=", "https://example.org/"),
	"tabs":      lineartest.Repeat("https://exa", "\t\n", "mple.org/"),
	"unicode":   lineartest.Repeat("https://example.org/", "ü", ""),
	"long host": lineartest.Repeat("https://", "ü", ".example/"),
}
