//go:build scaling

package fetch

import (
	"fmt"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"broadsheet"

	"github.com/PuerkitoBio/goquery"
)

// What four times the input may cost, in time; and how long an input must take for that to be measured.
const (
	mostGrowth = 6.0
	measurable = 8 * time.Millisecond
	smallest   = 16 << 10
	largest    = 512 << 10
)

// took is the least processor time of several calls: another program that is busy does not count.
func took(do func()) time.Duration {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // collected is between the calls
	least := time.Duration(1<<63 - 1)
	for i, spent := 0, time.Duration(0); i < 3 || i < 10 && spent < 100*time.Millisecond; i++ {
		runtime.GC()
		began := processorTime()
		do()
		d := processorTime() - began
		least, spent = min(least, d), spent+d
		if d > 2*time.Second {
			break
		}
	}
	return least
}

func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// scales measures do with an input of some size and one of four times that. Three attempts: a machine may be busy.
func scales(t *testing.T, input func(size int) string, do func(string)) {
	t.Helper()
	size := smallest
	for ; size < largest; size *= 2 {
		text, began := input(size), processorTime()
		if do(text); processorTime()-began >= measurable {
			break
		}
	}
	one, four := input(size), input(4*size)
	growth, least := 0.0, time.Duration(0)
	for range 4 {
		a, b := took(func() { do(one) }), took(func() { do(four) })
		if growth, least = float64(b)/float64(a), b; growth <= mostGrowth {
			break
		}
	}
	fmt.Printf("%-60s %5.1f  (%v for %d KB)\n", t.Name(), growth, least.Round(10*time.Microsecond), len(four)>>10)
	if growth > mostGrowth && least > 3*measurable {
		t.Errorf("four times the input takes %.1f times as long: %v for %d bytes", growth, least, len(four))
	}
}

// many is a unit repeated up to a size; # in it becomes a number, another each time.
func many(unit string) func(int) string { return between("", unit, "") }

func between(head, unit, tail string) func(int) string {
	return func(size int) string {
		var b strings.Builder
		b.WriteString(head)
		for i := 0; b.Len() < size; i++ {
			b.WriteString(strings.ReplaceAll(unit, "#", fmt.Sprint(i)))
		}
		return b.String() + tail
	}
}

// nested is a unit repeated up to a size and then its end as often.
func nested(open, end string) func(int) string {
	return func(size int) string {
		n := size / (len(open) + len(end))
		return strings.Repeat(open, n) + "x" + strings.Repeat(end, n)
	}
}

var htmlShapes = map[string]func(int) string{
	"html attributes":       between("<html a=1>", "<html b#=2>", body),
	"body attributes":       between("<body a=1>", "<body b#=2>", body),
	"attributes of one tag": between("<div ", "a#=1 ", ">"+body),
	"one attribute again":   between("<div ", "a=1 ", ">"+body),
	"long attribute":        between(`<div class="`, "share- nav-# ", `">`+body),
	"formatting, new each":  between("", "<p><b a=#>x", body),
	"formatting in blocks":  many("<b a=#><p>x</b>"),
	"links in links":        many("<a href=#><p>x"),
	"nobr":                  many("<nobr a=#>x<p>"),
	"fonts in cells":        between("<table>", "<tr><td><font color=#>x", ""),
	"text in tables":        between("<table>", "<tr>x", ""),
	"tables in tables":      many("<table><tr><td>"),
	"divs":                  nested("<div>", "</div>"),
	"many nests":            many(strings.Repeat("<div>", 400) + "x" + strings.Repeat("</div>", 400)),
	"deep, then flat":       between(strings.Repeat("<div>", 450), "<i>x</i>", ""),
	"end tags":              between(strings.Repeat("<div>", 450), "</p></x></span>", ""),
	"lists":                 between("<ul>", "<li><p>x", ""),
	"siblings":              between("<ul>", "<li class=c#><a href=/#>Some title of it</a>", ""),
	"custom elements":       between(strings.Repeat("<x-a>", 300), "<b>x</b>", ""),
	"svg never closed":      many("<svg><title><b a=#>"),
	"svg":                   many("<svg><path d=#></svg><math><mi></math>"),
	"select":                many("<select><option>#"),
	"template":              many("<template><td>x"),
	"objects":               many("<object><b a=#>"),
	"frameset":              many("<frameset><frame>"),
	"line breaks":           many("<br><!-- # --> "),
	"comments":              many("<!-- # -->"),
	"comments never closed": many("<!--"),
	"angle brackets":        many("<"),
	"entities":              many("&amp;&#38;&notit;"),
	"scripts":               many("<script>if (a<b) '</scrip'</script>"),
	"script never closed":   between("<script>", "<!--<script>", ""),
	"noscript":              many("<noscript><p>x</noscript>"),
	"linked data":           many(`<script type="application/ld+json">[[[{"@graph":[{"x":#}]}]]]</script>`),
	"authors":               between(strings.Repeat("<p rel=author>", 400), "some words of it ", ""),
	"authors beside":        many("<i rel=author>A name that is longer than names are, so that it is none at all, I think, and goes on so</i>"),
	"headings":              many("<h1>a b c #</h1>"),
	"metas":                 many(`<meta name=n# content="x">`),
	"times":                 many("<time datetime=#>March 3, 2024</time>"),
	"one paragraph":         between("<p>", "The queue grows. ", ""),
	"one word":              between("<p>", "x", ""),
	"full stops":            between("<p>", ". ", ""),
	"marks":                 between("<p>", "\u0301\u200d", ""),
	"paragraphs":            many("<p>The queue number # grows by night, and nobody knows why it does so.</p>"),
	"bylines":               many("<p>By Jane Doe on March 3, 2024</p>"),
	"pictures":              many("<div><img src=#><p>A picture of it.</div>"),
}

func TestScalingOfPages(t *testing.T) {
	u, _ := url.Parse("https://example.com/post")
	for name, shape := range htmlShapes {
		t.Run(name, func(t *testing.T) {
			scales(t, shape, func(page string) {
				read := readPage([]byte(page), "text/html", u, "", builtIn())
				builtIn().Best("", "", read, nil)
			})
		})
	}
}

func TestScalingOfContents(t *testing.T) {
	for name, shape := range htmlShapes {
		t.Run(name, func(t *testing.T) {
			scales(t, shape, func(page string) {
				articleText(page, builtIn())
				paragraphs(page)
				plain(page)
			})
		})
	}
}

func TestScalingOfTitles(t *testing.T) {
	for name, unit := range map[string]string{"tags": "<b>", "never closed": "<style>", "entities": "&amp;lt;", "quotes": `<a b="`, "comments": "<!--", "mojibake": "Ã©", "marks": "e\u0301", "sections": "<![CDATA[x"} {
		t.Run(name, func(t *testing.T) {
			scales(t, many(unit), func(text string) { titleText(text); clean(text); Line(text, 100) })
		})
	}
}

func TestScalingOfPageLists(t *testing.T) {
	u, _ := url.Parse("https://example.com/")
	for name, shape := range htmlShapes {
		t.Run(name, func(t *testing.T) {
			scales(t, shape, func(page string) {
				parsePageList([]byte(page), "text/html", u, broadsheet.Source{Items: "*"})
				parsePageList([]byte(page), "text/html", u, broadsheet.Source{Items: ".none"}) // tells what there is
			})
		})
	}
}

// TestScalingOfSelectors has selectors that look at all siblings or ancestors of every element.
func TestScalingOfSelectors(t *testing.T) {
	u, _ := url.Parse("https://example.com/")
	for _, items := range []string{"h2 ~ li", "h2 ~ p ~ li", "li:nth-child(7n)", "li:nth-last-child(2)", "li:nth-of-type(3)", "li:last-of-type", ":has(h2)", "li:has(h2)",
		"div:contains(zebra)", ".a div div div div li", "h1 + li", "li:not(:has(a))", "*:nth-last-child(3n) ~ li", "li:only-child", ".a div div div div", ".a div > div ~ div div b", "div:matches(zebra)"} {
		for _, name := range []string{"siblings", "many nests", "lists", "deep, then flat", "divs"} {
			t.Run(items+" on "+name, func(t *testing.T) {
				scales(t, htmlShapes[name], func(page string) {
					parsePageList([]byte(page), "text/html", u, broadsheet.Source{Items: items, Link: items, Title: items, Date: items})
					readPage([]byte(page), "text/html", u, items, builtIn())
				})
			})
		}
	}
}

func TestScalingOfDiscovery(t *testing.T) {
	u, _ := url.Parse("https://example.com/")
	for name, shape := range htmlShapes {
		t.Run(name, func(t *testing.T) {
			scales(t, shape, func(page string) {
				at := &sight{url: u, mime: "text/html", body: []byte(page)}
				at.read([]byte(page))
				linkedFeeds(at)
				listsOn(goquery.NewDocumentFromNode(parseHTML(decode([]byte(page), "text/html"))), u)
				refresh([]byte(page), u)
			})
		})
	}
}

var feedShapes = map[string]func(int) string{
	"items":                between(`<rss><channel>`, "<item><title>No #</title><link>https://a.example/#</link><description>x</description></item>", "</channel></rss>"),
	"items never closed":   between(`<rss><channel>`, "<item><title>No #", ""),
	"one item, many links": between(`<feed><entry>`, "<link href='/#'/>", "</entry></feed>"),
	"one item, many tags":  between(`<rss><channel><item>`, "<category>c#</category>", "</item></channel></rss>"),
	"one item, authors":    between(`<feed><entry>`, "<author><name>N #</name></author>", "</entry></feed>"),
	"unknown fields":       between(`<rss><channel><item>`, "<x:y#>z</x:y#>", "</item></channel></rss>"),
	"fields never closed":  between(`<rss><channel><item>`, "<description>", ""),
	"other never closed":   between(`<rss><channel><item>`, "<x:f#>", ""),
	"nested fields":        between(`<feed><entry><content type="xhtml">`, "<div>", ""),
	"namespaces":           between(`<rss><channel>`, "<item xmlns:n#='http://n#/'><n#:x>1</n#:x></item>", "</channel></rss>"),
	"namespaces of one":    between(`<rss `, "xmlns:n#='http://n#/' ", "><channel><item><title>x</title></item></channel></rss>"),
	"attributes":           between(`<rss><channel><item><link `, "a#='1' ", "/></item></channel></rss>"),
	"open quotes":          between(`<rss><channel><item>`, `<a b="`, ""),
	"quotes and brackets":  between(`<rss><channel><item>`, `<a b=">`, ""),
	"equals":               between(`<rss><channel><item><a `, `=   " `, ""),
	"sections":             between(`<rss><channel><item><description>`, "<![CDATA[x]]>", "</description></item></channel></rss>"),
	"section never closed": between(`<rss><channel>`, "<item><title><![CDATA[", ""),
	"section ends":         between(`<rss><channel><item><description><![CDATA[`, "]]&gt;]]]", "]]></description></item></channel></rss>"),
	"entities":             between(`<rss><channel><item><title>`, "&amp;&amp;lt;&x;", "</title></item></channel></rss>"),
	"declarations":         between(`<!DOCTYPE rss [`, `<!ENTITY e# "xxxxxxxx">`, "]><rss><channel><item><title>&e1;</title></item></channel></rss>"),
	"doctypes":             between("", "<!DOCTYPE rss [<!ENTITY a 'x'>", ""),
	"doctypes, empty":      between("", "<!D>", ""),
	"doctypes in entries":  between("<feed>", "<!D [> ]><entry>", ""),
	"processing":           between("", "<?xml x", ""),
	"comments":             between("<rss>", "<!--", ""),
	"bases":                between("<feed>", "<entry xml:base='b#/'><link href='x'/></entry>", "</feed>"),
	"dates":                between("<rss><channel>", "<item><title>#</title><pubDate>Mon, 05/03/2019 (((( # PM</pubDate></item>", "</channel></rss>"),
	"roots":                between("", "<rss><channel>", ""),
	"channel ends":         between("<rss><channel>", "</channel><channel>", ""),
	"one long text":        between("<rss><channel><item><description>", "x &lt;p&gt; ", "</description></item></channel></rss>"),
	"control characters":   between("<rss><channel><item><title>", "\x01x", "</title></item></channel></rss>"),
	"html in content":      between("<feed><entry><content type='html'>", "&lt;b a=#&gt;&lt;p&gt;x", "</content></entry></feed>"),
	"media groups":         between("<rss><channel><item>", "<media:group><media:content url='#'/>", "</item></channel></rss>"),
	"base64":               between("<feed><entry><content mode='base64'>", "QUJD", "</content></entry></feed>"),
	"JSON items":           between(`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"x"}`, `,{"id":"#","title":"x","content_html":"<p>x"}`, "]}"),
	"JSON wrong types":     between(`{"items":[{"id":"x"}`, `,{"id":#,"title":[#],"tags":7}`, "]}"),
	"JSON keys of one":     between(`{"items":[{"id":7`, `,"k#":7`, "}]}"),
	"JSON keys of all":     between(`{"items":[]`, `,"k#":7`, "}"),
	"JSON one key":         between(`{"items":[]`, `,"title":7`, "}"),
	"JSON nests":           between("", "[", ""),
	"JSON objects":         between("", `{"items":`, ""),
	"JSON never closed":    between(`{"title":"`, `\u00e9\\`, ""),
}

func TestScalingOfFeeds(t *testing.T) {
	u, _ := url.Parse("https://example.com/feed")
	for name, shape := range feedShapes {
		t.Run(name, func(t *testing.T) {
			scales(t, shape, func(feed string) { parseFeed([]byte(feed), "", u) })
		})
	}
}

func TestScalingOfSitemaps(t *testing.T) {
	u, _ := url.Parse("https://example.com/sitemap.xml")
	for name, shape := range map[string]func(int) string{
		"addresses":          between("<urlset>", "<url><loc>https://example.com/#</loc><lastmod>2024-01-01</lastmod></url>", "</urlset>"),
		"loc never closed":   between("<urlset>", "<url><loc>https://example.com/#", ""),
		"one url":            between("<urlset><url>", "<loc>https://example.com/#</loc>", ""),
		"one url, open":      between("<urlset><url>", "<loc>x#", ""),
		"nested":             between("<urlset><url>", "<image:loc><news:title>", ""),
		"index":              between("<sitemapindex>", "<sitemap><loc>https://example.com/#.xml</loc></sitemap>", "</sitemapindex>"),
		"lines":              many("https://example.com/2024/01/02/#\n"),
		"blank lines":        between("https://example.com/1\n", "\n \n#\n", ""),
		"open tags":          between("<urlset>", "<url", ""),
		"open quotes":        between("<urlset>", `<url a="`, ""),
		"sections":           between("<urlset><url><title>", "<![CDATA[x]]>", ""),
		"carriage returns":   many("https://example.com/#\r"),
		"unknown, then urls": between("<urlset>", "<x><url></x></url>", ""),
	} {
		t.Run(name, func(t *testing.T) {
			scales(t, shape, func(text string) { parseSitemap([]byte(text), "", u) })
		})
	}
}

func TestScalingOfRobots(t *testing.T) {
	for name, unit := range map[string]string{
		"rules": "Disallow: /a#*b\n", "stars": "Disallow: /*a*a*a*a*a*a*a*a*b$\n", "agents": "User-agent: x#\n", "escapes": "Allow: /%41%zz%e9\n", "returns": "Disallow: /\r", "one line": "Disallow: ", "comments": "# x\n",
	} {
		t.Run(name, func(t *testing.T) {
			long, _ := url.Parse("https://example.com/" + strings.Repeat("a", 4000))
			scales(t, between("User-agent: *\n", unit, ""), func(text string) {
				parseRobots([]byte(text), "broadsheet").allow(long)
			})
		})
	}
	t.Run("one pattern", func(t *testing.T) {
		scales(t, between("User-agent: *\nDisallow: /", "*a", "b"), func(text string) {
			u, _ := url.Parse("https://example.com/" + strings.Repeat("a", 2000))
			parseRobots([]byte(text), "broadsheet").allow(u)
		})
	})
}

func TestScalingOfDates(t *testing.T) {
	for name, unit := range map[string]string{"brackets": "(", "pairs": "()", "digits": "1", "clocks": "12:30 ", "marks": "e\u0301", "words": "March ", "eastern": "年月", "zones": "+01:00 "} {
		t.Run(name, func(t *testing.T) {
			scales(t, many(unit), func(text string) {
				parseDate(text, dayFirst)
				for len(text) > 200 { // as long as a date may be
					parseDate(text[:200], dayFirst)
					text = text[200:]
				}
				dateInPath("https://example.com/" + text)
			})
			scales(t, many(unit), func(text string) { dateInPath("https://example.com/" + text); pageTime(text) })
		})
	}
}

func TestScalingOfCharsets(t *testing.T) {
	shapes := map[string]func(int) string{"bytes": many("\xff\xe9a"), "shifts": many("\x1b$B!\x0e"), "tildes": many("~{!!~}"), "zeroes": many("<\x00"), "UTF-16": between("\xff\xfe", "a\x00", ""),
		"cut characters": many("\xe2\x82"), "declarations": many("<meta charset=x#>"), "xml": between("<?xml ", "encoding = ", ""), "controls": many("\x01\xef\xbf\xbf")}
	for name, shape := range shapes {
		for _, label := range []string{"", "text/html; charset=iso-2022-jp", "text/html; charset=gb18030", "text/html; charset=hz-gb-2312", "text/html; charset=iso-2022-kr", "text/html; charset=utf-7"} {
			t.Run(name+" "+label, func(t *testing.T) {
				scales(t, shape, func(text string) { decode([]byte(text), label) })
			})
		}
	}
}

func TestScalingOfAddresses(t *testing.T) {
	base, _ := url.Parse("https://example.com/a/b/")
	for name, unit := range map[string]string{"dots": "../", "slashes": "/", "queries": "?a=#&", "parameters": "utm_x#=1&", "escapes": "%2e%2F", "labels": "a.", "blanks": " \t", "at": "user:pass@", "fragments": "##", "marks": "é"} {
		for _, head := range []string{"", "https://example.com/?", "http://"} {
			t.Run(name+" "+head, func(t *testing.T) {
				scales(t, between(head, unit, ""), func(text string) {
					safeLink(text, base)
					webAddress(text)
					broadsheet.LinkKey(text)
					broadsheet.Site(text)
				})
			})
		}
	}
}

// TestScalingOfTexts is of what is made of a text that came through: excerpt, fingerprint, language, words, score,
// secrets.
func TestScalingOfTexts(t *testing.T) {
	config, err := broadsheet.ParseConfig("feeds.yaml", broadsheet.DefaultFeeds)
	if err != nil {
		t.Fatal(err)
	}
	rules := broadsheet.NewRules(config)
	for name, unit := range map[string]string{
		"sentences": "The queue number # grows. ", "one word": "x", "stops": ". ", "lines": "x\n\n", "bylines": "By Jane Doe on March 3, 2024\n\n", "one sentence": "and then ",
		"no blanks": "東京", "Thai": "กขค", "marks": "e\u0301", "quotes": `"(['`, "the same": "buffalo ", "pleas": "Subscribe to our newsletter\n\n", "addresses": "https://a.example/# ", "dots": "...", "topics": "database cache queue ", "initials": "J. R. ",
	} {
		t.Run(name, func(t *testing.T) {
			scales(t, many(unit), func(text string) {
				builtIn().Excerpt("A title", text)
				broadsheet.PrintOf(text)
				broadsheet.NewWork("https://a.example/1", text[:min(len(text), 1000)], text, noon)
				broadsheet.Cut(text)
				broadsheet.Words(text)
				broadsheet.Letters(text)
				broadsheet.GoesOn(text)
				spoken("", text)
				broadsheet.RedactText(text)
				rules.Judge(broadsheet.Article{Title: text[:min(len(text), 1000)], Text: text, Link: "https://a.example/1"}, broadsheet.Source{})
				builtIn().Best("A title", "", broadsheet.Page{Text: text, Description: text}, []broadsheet.Sighting{{Summary: text, Content: text}})
			})
		})
	}
}
