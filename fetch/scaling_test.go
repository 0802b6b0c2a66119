//go:build scaling

package fetch

import (
	"net/url"
	"testing"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/fetch/date"
	"broadsheet/fetch/extract"
	"broadsheet/fetch/feed"
	"broadsheet/fetch/list"
	"broadsheet/fetch/text"
	"broadsheet/internal/config"
	"broadsheet/internal/excerpt"
	"broadsheet/internal/link"
	"broadsheet/internal/rules"
	"broadsheet/internal/scaletest"
	"broadsheet/store/dedupe"
)

func TestScalingOfPages(t *testing.T) {
	u, _ := url.Parse("https://example.com/post")
	for name, shape := range scaletest.HTMLShapes {
		t.Run(name, func(t *testing.T) {
			scaletest.Linear(t, shape, func(page string) {
				read := extract.ReadPage([]byte(page), "text/html", u, "", excerpt.DefaultPatterns)
				excerpt.DefaultPatterns.Choose("", "", read, nil)
			})
		})
	}
}

func TestScalingOfContents(t *testing.T) {
	for name, shape := range scaletest.HTMLShapes {
		t.Run(name, func(t *testing.T) {
			scaletest.Linear(t, shape, func(page string) {
				extract.ArticleText(page, excerpt.DefaultPatterns)
				text.Paragraphs(page)
				text.FromHTML(page)
			})
		})
	}
}

func TestScalingOfTitles(t *testing.T) {
	for name, unit := range map[string]string{"tags": "<b>", "never closed": "<style>", "entities": "&amp;lt;", "quotes": `<a b="`, "comments": "<!--", "mojibake": "Ã©", "marks": "e\u0301", "sections": "<![CDATA[x"} {
		t.Run(name, func(t *testing.T) {
			scaletest.Linear(t, scaletest.Repeat(unit), func(title string) { text.TitleText(title); text.Sanitize(title); text.OneLine(title, 100) })
		})
	}
}

func TestScalingOfPageLists(t *testing.T) {
	u, _ := url.Parse("https://example.com/")
	for name, shape := range scaletest.HTMLShapes {
		t.Run(name, func(t *testing.T) {
			scaletest.Linear(t, shape, func(page string) {
				list.Parse([]byte(page), "text/html", u, broadsheet.Source{Items: "*"})
				list.Parse([]byte(page), "text/html", u, broadsheet.Source{Items: ".none"}) // tells what there is
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
				scaletest.Linear(t, scaletest.HTMLShapes[name], func(page string) {
					list.Parse([]byte(page), "text/html", u, broadsheet.Source{Items: items, Link: items, Title: items, Date: items})
					extract.ReadPage([]byte(page), "text/html", u, items, excerpt.DefaultPatterns)
				})
			})
		}
	}
}

func TestScalingOfRefreshes(t *testing.T) {
	for name, shape := range scaletest.HTMLShapes {
		t.Run(name, func(t *testing.T) {
			scaletest.Linear(t, shape, func(page string) { metaRefresh([]byte(page)) })
		})
	}
}

var feedShapes = map[string]func(int) string{
	"items":                scaletest.Between(`<rss><channel>`, "<item><title>No #</title><link>https://a.example/#</link><description>x</description></item>", "</channel></rss>"),
	"items never closed":   scaletest.Between(`<rss><channel>`, "<item><title>No #", ""),
	"one item, many links": scaletest.Between(`<feed><entry>`, "<link href='/#'/>", "</entry></feed>"),
	"one item, many tags":  scaletest.Between(`<rss><channel><item>`, "<category>c#</category>", "</item></channel></rss>"),
	"one item, authors":    scaletest.Between(`<feed><entry>`, "<author><name>N #</name></author>", "</entry></feed>"),
	"unknown fields":       scaletest.Between(`<rss><channel><item>`, "<x:y#>z</x:y#>", "</item></channel></rss>"),
	"fields never closed":  scaletest.Between(`<rss><channel><item>`, "<description>", ""),
	"other never closed":   scaletest.Between(`<rss><channel><item>`, "<x:f#>", ""),
	"nested fields":        scaletest.Between(`<feed><entry><content type="xhtml">`, "<div>", ""),
	"namespaces":           scaletest.Between(`<rss><channel>`, "<item xmlns:n#='http://n#/'><n#:x>1</n#:x></item>", "</channel></rss>"),
	"namespaces of one":    scaletest.Between(`<rss `, "xmlns:n#='http://n#/' ", "><channel><item><title>x</title></item></channel></rss>"),
	"attributes":           scaletest.Between(`<rss><channel><item><link `, "a#='1' ", "/></item></channel></rss>"),
	"open quotes":          scaletest.Between(`<rss><channel><item>`, `<a b="`, ""),
	"quotes and brackets":  scaletest.Between(`<rss><channel><item>`, `<a b=">`, ""),
	"equals":               scaletest.Between(`<rss><channel><item><a `, `=   " `, ""),
	"sections":             scaletest.Between(`<rss><channel><item><description>`, "<![CDATA[x]]>", "</description></item></channel></rss>"),
	"section never closed": scaletest.Between(`<rss><channel>`, "<item><title><![CDATA[", ""),
	"section ends":         scaletest.Between(`<rss><channel><item><description><![CDATA[`, "]]&gt;]]]", "]]></description></item></channel></rss>"),
	"entities":             scaletest.Between(`<rss><channel><item><title>`, "&amp;&amp;lt;&x;", "</title></item></channel></rss>"),
	"declarations":         scaletest.Between(`<!DOCTYPE rss [`, `<!ENTITY e# "xxxxxxxx">`, "]><rss><channel><item><title>&e1;</title></item></channel></rss>"),
	"doctypes":             scaletest.Between("", "<!DOCTYPE rss [<!ENTITY a 'x'>", ""),
	"doctypes, empty":      scaletest.Between("", "<!D>", ""),
	"doctypes in entries":  scaletest.Between("<feed>", "<!D [> ]><entry>", ""),
	"processing":           scaletest.Between("", "<?xml x", ""),
	"comments":             scaletest.Between("<rss>", "<!--", ""),
	"bases":                scaletest.Between("<feed>", "<entry xml:base='b#/'><link href='x'/></entry>", "</feed>"),
	"dates":                scaletest.Between("<rss><channel>", "<item><title>#</title><pubDate>Mon, 05/03/2019 (((( # PM</pubDate></item>", "</channel></rss>"),
	"roots":                scaletest.Between("", "<rss><channel>", ""),
	"channel ends":         scaletest.Between("<rss><channel>", "</channel><channel>", ""),
	"one long text":        scaletest.Between("<rss><channel><item><description>", "x &lt;p&gt; ", "</description></item></channel></rss>"),
	"control characters":   scaletest.Between("<rss><channel><item><title>", "\x01x", "</title></item></channel></rss>"),
	"html in content":      scaletest.Between("<feed><entry><content type='html'>", "&lt;b a=#&gt;&lt;p&gt;x", "</content></entry></feed>"),
	"media groups":         scaletest.Between("<rss><channel><item>", "<media:group><media:content url='#'/>", "</item></channel></rss>"),
	"base64":               scaletest.Between("<feed><entry><content mode='base64'>", "QUJD", "</content></entry></feed>"),
	"JSON items":           scaletest.Between(`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"x"}`, `,{"id":"#","title":"x","content_html":"<p>x"}`, "]}"),
	"JSON wrong types":     scaletest.Between(`{"items":[{"id":"x"}`, `,{"id":#,"title":[#],"tags":7}`, "]}"),
	"JSON keys of one":     scaletest.Between(`{"items":[{"id":7`, `,"k#":7`, "}]}"),
	"JSON keys of all":     scaletest.Between(`{"items":[]`, `,"k#":7`, "}"),
	"JSON one key":         scaletest.Between(`{"items":[]`, `,"title":7`, "}"),
	"JSON nests":           scaletest.Between("", "[", ""),
	"JSON objects":         scaletest.Between("", `{"items":`, ""),
	"JSON never closed":    scaletest.Between(`{"title":"`, `\u00e9\\`, ""),
}

func TestScalingOfFeeds(t *testing.T) {
	u, _ := url.Parse("https://example.com/feed")
	for name, shape := range feedShapes {
		t.Run(name, func(t *testing.T) {
			scaletest.Linear(t, shape, func(body string) { feed.Parse([]byte(body), "", u) })
		})
	}
}

func TestScalingOfSitemaps(t *testing.T) {
	u, _ := url.Parse("https://example.com/sitemap.xml")
	for name, shape := range map[string]func(int) string{
		"addresses":          scaletest.Between("<urlset>", "<url><loc>https://example.com/#</loc><lastmod>2024-01-01</lastmod></url>", "</urlset>"),
		"loc never closed":   scaletest.Between("<urlset>", "<url><loc>https://example.com/#", ""),
		"one url":            scaletest.Between("<urlset><url>", "<loc>https://example.com/#</loc>", ""),
		"one url, open":      scaletest.Between("<urlset><url>", "<loc>x#", ""),
		"nested":             scaletest.Between("<urlset><url>", "<image:loc><news:title>", ""),
		"index":              scaletest.Between("<sitemapindex>", "<sitemap><loc>https://example.com/#.xml</loc></sitemap>", "</sitemapindex>"),
		"lines":              scaletest.Repeat("https://example.com/2024/01/02/#\n"),
		"blank lines":        scaletest.Between("https://example.com/1\n", "\n \n#\n", ""),
		"open tags":          scaletest.Between("<urlset>", "<url", ""),
		"open quotes":        scaletest.Between("<urlset>", `<url a="`, ""),
		"sections":           scaletest.Between("<urlset><url><title>", "<![CDATA[x]]>", ""),
		"carriage returns":   scaletest.Repeat("https://example.com/#\r"),
		"unknown, then urls": scaletest.Between("<urlset>", "<x><url></x></url>", ""),
	} {
		t.Run(name, func(t *testing.T) {
			scaletest.Linear(t, shape, func(text string) { feed.ParseSitemap([]byte(text), "", u) })
		})
	}
}

func TestScalingOfDates(t *testing.T) {
	for name, unit := range map[string]string{"brackets": "(", "pairs": "()", "digits": "1", "clocks": "12:30 ", "marks": "e\u0301", "words": "March ", "eastern": "年月", "zones": "+01:00 "} {
		t.Run(name, func(t *testing.T) {
			scaletest.Linear(t, scaletest.Repeat(unit), func(text string) {
				date.Parse(text, date.DayFirst)
				for len(text) > 200 { // as long as a date may be
					date.Parse(text[:200], date.DayFirst)
					text = text[200:]
				}
				date.FromPath("https://example.com/" + text)
			})
			scaletest.Linear(t, scaletest.Repeat(unit), func(text string) { date.FromPath("https://example.com/" + text) })
		})
	}
}

func TestScalingOfCharsets(t *testing.T) {
	shapes := map[string]func(int) string{"bytes": scaletest.Repeat("\xff\xe9a"), "shifts": scaletest.Repeat("\x1b$B!\x0e"), "tildes": scaletest.Repeat("~{!!~}"), "zeroes": scaletest.Repeat("<\x00"), "UTF-16": scaletest.Between("\xff\xfe", "a\x00", ""),
		"cut characters": scaletest.Repeat("\xe2\x82"), "declarations": scaletest.Repeat("<meta charset=x#>"), "xml": scaletest.Between("<?xml ", "encoding = ", ""), "controls": scaletest.Repeat("\x01\xef\xbf\xbf")}
	for name, shape := range shapes {
		for _, label := range []string{"", "text/html; charset=iso-2022-jp", "text/html; charset=gb18030", "text/html; charset=hz-gb-2312", "text/html; charset=iso-2022-kr", "text/html; charset=utf-7"} {
			t.Run(name+" "+label, func(t *testing.T) {
				scaletest.Linear(t, shape, func(body string) { text.Decode([]byte(body), label) })
			})
		}
	}
}

func TestScalingOfAddresses(t *testing.T) {
	base, _ := url.Parse("https://example.com/a/b/")
	for name, unit := range map[string]string{"dots": "../", "slashes": "/", "queries": "?a=#&", "parameters": "utm_x#=1&", "escapes": "%2e%2F", "labels": "a.", "blanks": " \t", "at": "user:pass@", "fragments": "##", "marks": "é"} {
		for _, head := range []string{"", "https://example.com/?", "http://"} {
			t.Run(name+" "+head, func(t *testing.T) {
				scaletest.Linear(t, scaletest.Between(head, unit, ""), func(address string) {
					text.SafeLink(address, base)
					client.ParseURL(address)
					link.Key(address)
					link.Site(address)
				})
			})
		}
	}
}

// TestScalingOfTexts is of what is made of a text that came through: excerpt, fingerprint, language, words, score,
// secrets.
func TestScalingOfTexts(t *testing.T) {
	conf, err := config.Parse("feeds.yaml", broadsheet.DefaultFeeds)
	if err != nil {
		t.Fatal(err)
	}
	judge := rules.New(conf)
	for name, unit := range map[string]string{
		"sentences": "The queue number # grows. ", "one word": "x", "stops": ". ", "lines": "x\n\n", "bylines": "By Jane Doe on March 3, 2024\n\n", "one sentence": "and then ",
		"no blanks": "東京", "Thai": "กขค", "marks": "e\u0301", "quotes": `"(['`, "the same": "buffalo ", "pleas": "Subscribe to our newsletter\n\n", "addresses": "https://a.example/# ", "dots": "...", "topics": "database cache queue ", "initials": "J. R. ",
	} {
		t.Run(name, func(t *testing.T) {
			scaletest.Linear(t, scaletest.Repeat(unit), func(text string) {
				excerpt.DefaultPatterns.Excerpt("A title", text)
				dedupe.ShingleText(text)
				dedupe.NewFingerprint("https://a.example/1", text[:min(len(text), 1000)], text, noon)
				excerpt.Truncate(text)
				excerpt.CountWords(text)
				excerpt.LettersAndDigits(text)
				excerpt.LeadsElsewhere(text)
				link.RedactText(text)
				judge.Judge(broadsheet.Article{Title: text[:min(len(text), 1000)], Text: text, Link: "https://a.example/1"}, broadsheet.Source{})
				excerpt.DefaultPatterns.Choose("A title", "", broadsheet.Page{Text: text, Description: text}, []broadsheet.FeedItem{{Summary: text, Content: text}})
			})
		})
	}
}
