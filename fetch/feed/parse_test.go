package feed

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/fetch/text"
)

// parseOne parses a feed that came from https://feeds.example/dir/feed.xml and returns it with its only entry.
func parseOne(t *testing.T, body, contentType string) (Document, broadsheet.FeedItem) {
	t.Helper()
	base, _ := url.Parse("https://feeds.example/dir/feed.xml")
	doc, err := Parse([]byte(body), contentType, base)
	if err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	if len(doc.Items) != 1 {
		t.Fatalf("%d entries\n%s", len(doc.Items), body)
	}
	return doc, doc.Items[0]
}

// inRSS, inRDF, inAtom and inAtom03 return a feed that has one entry with the given content.
func inRSS(item string) string {
	return `<?xml version="1.0"?><rss version="2.0"><channel><title>C</title><link>https://c.example/</link><item>` + item + `</item></channel></rss>`
}

func inRDF(item string) string {
	return `<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
		<channel rdf:about="https://c.example/"><title>C</title><link>https://c.example/</link><items><rdf:Seq><rdf:li rdf:resource="https://c.example/1"/></rdf:Seq></items></channel>
		<item rdf:about="https://c.example/1">` + item + `</item></rdf:RDF>`
}

func inAtom(entry string) string {
	return `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>C</title><link href="https://c.example/"/><entry>` + entry + `</entry></feed>`
}

func inAtom03(entry string) string {
	return `<?xml version="1.0"?><feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>C</title><entry>` + entry + `</entry></feed>`
}

// withTitles adds a title to the entry of each case, because an entry without any text or link is dropped.
func withTitles(cases []feedCase) []feedCase {
	for i, c := range cases {
		if !strings.Contains(c.feed, "<title>T</title>") {
			c.feed = strings.Replace(strings.Replace(c.feed, "</item>", "<title>T</title></item>", 1), "</entry>", "<title>T</title></entry>", 1)
		}
		cases[i] = c
	}
	return cases
}

// feedCase is a feed with one entry, and the value expected from it.
type feedCase struct{ name, feed, want string }

// check parses the feed of each case and compares what read returns for its entry.
func check(t *testing.T, cases []feedCase, read func(broadsheet.FeedItem) string) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Helper()
			_, s := parseOne(t, c.feed, "application/xml")
			if got := read(s); got != c.want {
				t.Errorf("got %q, want %q from\n%s", got, c.want, c.feed)
			}
		})
	}
}

func TestParse_Title(t *testing.T) {
	check(t, []feedCase{
		{"RSS", inRSS(`<title>Queues</title>`), "Queues"},
		{"RSS, ampersand", inRSS(`<title>AT&amp;T</title>`), "AT&T"},
		{"RSS, ampersand escaped twice", inRSS(`<title>AT&amp;amp;T</title>`), "AT&T"},
		{"RSS, bare ampersand", inRSS(`<title>R&D at AT&T</title>`), "R&D at AT&T"},
		{"RSS, CDATA", inRSS(`<title><![CDATA[R&D <b>now</b>]]></title>`), "R&D now"},
		{"RSS, CDATA escaped", inRSS(`<title><![CDATA[R&amp;D]]></title>`), "R&D"},
		{"RSS, CDATA and characters", inRSS(`<title>A &amp; <![CDATA[B & C]]> d</title>`), "A & B & C d"},
		{"RSS, escaped markup", inRSS(`<title>&lt;b&gt;Queues&lt;/b&gt; now</title>`), "Queues now"},
		{"RSS, markup not escaped", inRSS(`<title>All <b>queues</b> now</title>`), "All queues now"},
		{"RSS, markup not closed", inRSS(`<title>All <br> queues</title><link>https://c.example/1</link>`), "All queues"},
		{"RSS, generics", inRSS(`<title>Why Vec&lt;T&gt;</title>`), "Why Vec<T>"},
		{"RSS, HTML entity", inRSS(`<title>Caf&eacute;&nbsp;&hellip;</title>`), "Café …"},
		{"RSS, entity that does not exist", inRSS(`<title>A &nosuch; B</title>`), "A &nosuch; B"},
		{"RSS, character references of windows-1252", inRSS(`<title>It&#146;s &#x97; so</title>`), "It’s — so"},
		{"RSS, declared entity", `<!DOCTYPE rss [<!ENTITY co "Example &amp; Co"><!ENTITY bomb "&co;&co;">]>` + inRSS(`<title>&co; &bomb;</title>`), "Example & Co &bomb;"},
		{"RSS, control characters", inRSS("<title>Que\x01ues&#27;[1m&#x0;</title>"), "Queues[1m\uFFFD"},
		{"RSS, comment within", inRSS(`<title>All<!-- no --> queues</title>`), "All queues"},
		{"RSS, Dublin Core", inRSS(`<dc:title>Queues</dc:title>`), "Queues"},
		{"RSS, the entry's title before an image's", inRSS(`<media:title xmlns:media="http://search.yahoo.com/mrss/">Picture</media:title><title>Queues</title><image><title>Logo</title></image>`), "Queues"},
		{"RSS, an image's title if there is no other", inRSS(`<media:group><media:title>Picture</media:title></media:group>`), "Picture"},
		{"RSS, upper case", strings.ToUpper(inRSS(`<title>QUEUES</title>`)), "QUEUES"},
		{"RSS, title without an end tag", inRSS(`<title>Queues<link>https://c.example/1</link><description>D</description>`), "Queues"},
		{"RSS, misspelled end tag", inRSS(`<title>Queues</titel><link>https://c.example/1</link>`), "Queues"},
		{"RSS, wrong default namespace", strings.Replace(inRSS(`<title>Queues</title>`), `version="2.0"`, `xmlns="http://www.example.org/bogus"`, 1), "Queues"},
		{"RSS under a prefix", `<r:rss xmlns:r="http://purl.org/rss/2.0/"><r:channel><r:item><r:title>Queues</r:title></r:item></r:channel></r:rss>`, "Queues"},
		{"RSS, items outside the channel", `<rss><channel><title>C</title></channel><item><title>Queues</title></item></rss>`, "Queues"},
		{"RSS without a channel", `<rss><item><title>Queues</title></item></rss>`, "Queues"},
		{"channel without RSS", `<channel><title>C</title><item><title>Queues</title></item></channel>`, "Queues"},
		{"RDF", inRDF(`<title>Queues</title>`), "Queues"},
		{"RDF, undeclared namespaces", `<rdf:RDF><channel><title>C</title></channel><item><title>Queues</title></item></rdf:RDF>`, "Queues"},
		{"RSS 0.90", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://channel.netscape.com/rdf/simple/0.9/"><channel><title>C</title></channel><item><title>Queues</title></item></rdf:RDF>`, "Queues"},
		{"Atom, text by default", inAtom(`<title>AT&amp;T</title>`), "AT&T"},
		{"Atom, generics as text", inAtom(`<title type="text">Why Vec&lt;T&gt; &lt;b&gt;is&lt;/b&gt;</title>`), "Why Vec<T> <b>is</b>"},
		{"Atom, html", inAtom(`<title type="html">&lt;b&gt;AT&amp;amp;T&lt;/b&gt; &amp;lt;now&amp;gt;</title>`), "AT&T <now>"},
		{"Atom, html in CDATA", inAtom(`<title type="html"><![CDATA[<b>AT&amp;T</b>]]></title>`), "AT&T"},
		{"Atom, generics in html", inAtom(`<title type="html"><![CDATA[Dictionary<String, AnyObject>]]></title>`), "Dictionary<String, AnyObject>"},
		{"Atom, xhtml", inAtom(`<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Less: <em> &lt; </em> &amp;amp;</div></title>`), "Less: < &amp;"},
		{"Atom, xhtml under a prefix", inAtom(`<title type="xhtml" xmlns:x="http://www.w3.org/1999/xhtml"><x:div>All <x:b>queues</x:b></x:div></title>`), "All queues"},
		{"Atom, media type", inAtom(`<title type="text/html">&lt;b&gt;Queues&lt;/b&gt;</title>`), "Queues"},
		{"Atom, plain media type", inAtom(`<title type="text/plain">a &lt; b</title>`), "a < b"},
		{"Atom, base64", inAtom03(`<title type="text/html" mode="base64">PGI+UXVldWVzPC9iPg==</title>`), "Queues"},
		{"Atom 0.3, escaped", inAtom03(`<title type="text/html" mode="escaped">&lt;b&gt;Queues&lt;/b&gt; &amp;amp; logs</title>`), "Queues & logs"},
		{"Atom 0.3, escaped in CDATA", inAtom03(`<title type="text/html" mode="escaped"><![CDATA[<b>Queues</b>]]></title>`), "Queues"},
		{"Atom 0.3, inline", inAtom03(`<title type="application/xhtml+xml" mode="xml"><div xmlns="http://www.w3.org/1999/xhtml">All <b>queues</b></div></title>`), "All queues"},
		{"Atom under a prefix", `<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:title>Queues</a:title></a:entry></a:feed>`, "Queues"},
		{"Atom under an unusual prefix", `<x:feed xmlns:x="http://www.w3.org/2005/Atom"><x:entry><x:title>Queues</x:title></x:entry></x:feed>`, "Queues"},
		{"Atom without a namespace", `<feed><entry><title>Queues</title></entry></feed>`, "Queues"},
		{"a single Atom entry", `<entry xmlns="http://www.w3.org/2005/Atom"><title>Queues</title></entry>`, "Queues"},
		{"Atom, title of the source is not the entry's", inAtom(`<source><title>Other</title></source><title>Queues</title>`), "Queues"},
		{"script in a title", inRSS(`<title>safe&lt;script&gt;alert(1)&lt;/script&gt; text</title>`), "safe text"},
		{"script in CDATA of Atom", inAtom(`<title type="html"><![CDATA[safe<script type="x">alert(1)</script> text]]></title>`), "safe text"},
		{"white space", inRSS("<title>\n\t All\n\t queues\n</title>"), "All queues"},
		{"no title", inRSS(`<link>https://c.example/1</link>`), ""},
	}, func(s broadsheet.FeedItem) string { return s.Title })
}

func TestParse_Link(t *testing.T) {
	check(t, []feedCase{
		{"RSS", inRSS(`<link>https://a.example/1</link>`), "https://a.example/1"},
		{"RSS, white space", inRSS("<link>\n https://a.example/1\n</link>"), "https://a.example/1"},
		{"RSS, ampersand", inRSS(`<link>https://a.example/?a=1&amp;b=2</link>`), "https://a.example/?a=1&b=2"},
		{"RSS, bare ampersand", inRSS(`<link>https://a.example/?a=1&copy=2</link>`), "https://a.example/?a=1&copy=2"},
		{"RSS, CDATA", inRSS(`<link><![CDATA[https://a.example/?a=1&b=2]]></link>`), "https://a.example/?a=1&b=2"},
		{"RSS, the first of two", inRSS(`<link>https://a.example/1</link><link>https://a.example/2</link>`), "https://a.example/1"},
		{"RSS, permalink", inRSS(`<guid>https://a.example/1</guid>`), "https://a.example/1"},
		{"RSS, explicit permalink", inRSS(`<guid isPermaLink="true">https://a.example/1</guid>`), "https://a.example/1"},
		{"RSS, not a permalink", inRSS(`<title>T</title><guid isPermaLink="false">https://a.example/1</guid>`), ""},
		{"RSS, guid that is not an address", inRSS(`<guid>abc-1</guid>`), ""},
		{"RSS, link preferred to permalink", inRSS(`<guid isPermaLink="true">https://a.example/guid</guid><link>https://a.example/1</link>`), "https://a.example/1"},
		{"RSS, empty link", inRSS(`<link/><guid>https://a.example/1</guid>`), "https://a.example/1"},
		{"RSS, Atom link", inRSS(`<atom:link xmlns:atom="http://www.w3.org/2005/Atom" href="https://a.example/1"/>`), "https://a.example/1"},
		{"RSS, Atom link to itself is the last resort", inRSS(`<guid>https://a.example/1</guid><atom:link rel="self" href="https://a.example/1.xml"/>`), "https://a.example/1"},
		{"RSS, link with href", inRSS(`<link href="https://a.example/1"/>`), "https://a.example/1"},
		{"RSS, FeedBurner's original link", inRSS(`<link>https://feeds.feedburner.com/~r/x/1</link><feedburner:origLink xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0">https://a.example/1</feedburner:origLink>`), "https://a.example/1"},
		{"RSS, link without an end tag", inRSS(`<title>T</title><link>https://a.example/1<guid isPermaLink="false">x</guid>`), "https://a.example/1"},
		{"RSS, javascript", inRSS(`<title>T</title><link>javascript:alert(1)</link>`), ""},
		{"RDF", inRDF(`<link>https://a.example/1</link>`), "https://a.example/1"},
		{"RDF, about", inRDF(`<title>T</title>`), "https://c.example/1"},
		{"Atom", inAtom(`<link href="https://a.example/1"/>`), "https://a.example/1"},
		{"Atom, rel", inAtom(`<link rel="alternate" type="text/html" href="https://a.example/1"/>`), "https://a.example/1"},
		{"Atom, alternate among others", inAtom(`<link rel="enclosure" href="https://a.example/1.mp3"/><link rel="self" href="https://a.example/1.atom"/><link rel="alternate" href="https://a.example/1"/>`), "https://a.example/1"},
		{"Atom, HTML preferred among alternates", inAtom(`<link rel="alternate" type="application/json" href="https://a.example/1.json"/><link rel="alternate" type="text/html" href="https://a.example/1"/>`), "https://a.example/1"},
		{"Atom, first of several", inAtom(`<link href="https://a.example/1"/><link href="https://a.example/2"/>`), "https://a.example/1"},
		{"Atom, self only", inAtom(`<link rel="self" href="https://a.example/1"/>`), "https://a.example/1"},
		{"Atom, id that is an address", inAtom(`<id>https://a.example/1</id>`), "https://a.example/1"},
		{"Atom, text in place of href", inAtom(`<link>https://a.example/1</link>`), "https://a.example/1"},
		{"Atom 0.3", inAtom03(`<link rel="alternate" type="text/html" href="https://a.example/1"/>`), "https://a.example/1"},
		{"Atom, link of the source is not the entry's", inAtom(`<source><link href="https://b.example/"/></source><link href="https://a.example/1"/>`), "https://a.example/1"},
		{"Atom, attributes in single quotes", inAtom(`<link rel = 'alternate' href = 'https://a.example/1' />`), "https://a.example/1"},
	}, func(s broadsheet.FeedItem) string { return s.Link })
}

func TestParse_BaseAddress(t *testing.T) {
	check(t, []feedCase{
		{"the document's own address", inRSS(`<link>1.html</link>`), "https://feeds.example/dir/1.html"},
		{"from the root", inAtom(`<link href="/1.html"/>`), "https://feeds.example/1.html"},
		{"base of the feed", strings.Replace(inAtom(`<link href="1.html"/>`), `<feed `, `<feed xml:base="https://b.example/x/" `, 1), "https://b.example/x/1.html"},
		{"base of the feed, a document", strings.Replace(inAtom(`<link href="1.html"/>`), `<feed `, `<feed xml:base="https://b.example/x/y" `, 1), "https://b.example/x/1.html"},
		{"base of the entry", strings.Replace(inAtom(`<link href="1.html"/>`), `<entry>`, `<entry xml:base="https://b.example/x/">`, 1), "https://b.example/x/1.html"},
		{"base within base", strings.Replace(strings.Replace(inAtom(`<link href="1.html"/>`), `<feed `, `<feed xml:base="https://b.example/x/" `, 1), `<entry>`, `<entry xml:base="y/">`, 1), "https://b.example/x/y/1.html"},
		{"base of the link", inAtom(`<link xml:base="https://b.example/x/" href="1.html"/>`), "https://b.example/x/1.html"},
		{"relative base", inAtom(`<link xml:base="/x/" href="1.html"/>`), "https://feeds.example/x/1.html"},
		{"base that is not a web address", inAtom(`<link xml:base="javascript:" href="1.html"/>`), "https://feeds.example/dir/1.html"},
		{"base of another element is ignored", inAtom(`<summary xml:base="https://b.example/">s</summary><link href="1.html"/>`), "https://feeds.example/dir/1.html"},
		{"base in RSS", strings.Replace(inRSS(`<link>1.html</link>`), `<rss `, `<rss xml:base="https://b.example/x/" `, 1), "https://b.example/x/1.html"},
		{"base of the channel", strings.Replace(inRSS(`<link>1.html</link>`), `<channel>`, `<channel xml:base="https://b.example/x/">`, 1), "https://b.example/x/1.html"},
		{"base of the item", strings.Replace(inRSS(`<link>1.html</link>`), `<item>`, `<item xml:base="https://b.example/x/">`, 1), "https://b.example/x/1.html"},
		{"base of an earlier entry is ignored", `<feed><entry xml:base="https://b.example/"></entry><entry><link href="1.html"/></entry></feed>`, "https://feeds.example/dir/1.html"},
		{"non-ASCII letters in the base", inAtom(`<link xml:base="https://b.example/é/" href="1.html"/>`), "https://b.example/%C3%A9/1.html"},
		{"scheme-relative", inRSS(`<link>//b.example/1.html</link>`), "https://b.example/1.html"},
	}, func(s broadsheet.FeedItem) string { return s.Link })
}

func TestParse_GUIDIsUnchanged(t *testing.T) {
	check(t, []feedCase{
		{"RSS", inRSS(`<guid isPermaLink="false">abc 1</guid>`), "abc 1"},
		{"RSS, address", inRSS(`<guid>HTTP://A.example/1?b=%7e</guid>`), "HTTP://A.example/1?b=%7e"},
		{"RSS, white space around", inRSS("<guid>\n abc\n</guid>"), "abc"},
		{"RSS, CDATA", inRSS(`<guid><![CDATA[a&b]]></guid>`), "a&b"},
		{"RSS, escaped", inRSS(`<guid>a&amp;b</guid>`), "a&b"},
		{"RSS, relative", inRSS(`<guid>item/1</guid>`), "item/1"},
		{"RSS, none", inRSS(`<title>T</title>`), ""},
		{"RSS with Atom elements", inRSS(`<atom:id xmlns:atom="http://www.w3.org/2005/Atom">x:1</atom:id><title>T</title>`), "x:1"},
		{"RDF", inRDF(`<title>T</title>`), "https://c.example/1"},
		{"Atom", inAtom(`<id>tag:a.example,2024:1</id>`), "tag:a.example,2024:1"},
		{"Atom, not normalised", inAtom(`<id>HTTP://A.example/a b</id>`), "HTTP://A.example/a b"},
		{"Atom, not resolved", strings.Replace(inAtom(`<id>1</id>`), `<feed `, `<feed xml:base="https://b.example/" `, 1), "1"},
		{"Atom 0.3", inAtom03(`<id>urn:x:1</id>`), "urn:x:1"},
	}, func(s broadsheet.FeedItem) string { return s.GUID })
}

func TestParse_Dates(t *testing.T) {
	const day = "2024-03-05T06:07:08Z"
	check(t, withTitles([]feedCase{
		{"RSS", inRSS(`<pubDate>Tue, 05 Mar 2024 06:07:08 GMT</pubDate>`), day + " "},
		{"RSS, Dublin Core", inRSS(`<dc:date>2024-03-05T06:07:08Z</dc:date>`), day + " "},
		{"RSS, Dublin Core declared", inRSS(`<d:date xmlns:d="http://purl.org/dc/elements/1.1/">2024-03-05T06:07:08Z</d:date>`), day + " "},
		{"RSS, issued", inRSS(`<dcterms:issued>2024-03-05T06:07:08Z</dcterms:issued><title/>`), day + " "},
		{"RSS, created", inRSS(`<dcterms:created>2024-03-05T06:07:08Z</dcterms:created>`), day + " "},
		{"RSS, modified", inRSS(`<dcterms:modified>2024-03-05T06:07:08Z</dcterms:modified>`), day + " " + day},
		{"RSS with Atom elements", inRSS(`<atom:updated>2024-03-05T06:07:08Z</atom:updated><pubDate>Mon, 04 Mar 2024 00:00:00 GMT</pubDate>`), "2024-03-04T00:00:00Z " + day},
		{"RSS, pubDate before others", inRSS(`<dc:date>2020-01-01</dc:date><pubDate>Tue, 05 Mar 2024 06:07:08 GMT</pubDate>`), day + " "},
		{"RSS, unreadable pubDate", inRSS(`<pubDate>soon</pubDate><dc:date>2024-03-05T06:07:08Z</dc:date>`), day + " "},
		{"RDF", inRDF(`<dc:date>2024-03-05T06:07:08Z</dc:date>`), day + " "},
		{"Atom", inAtom(`<published>2024-03-05T06:07:08Z</published><updated>2024-03-06T00:00:00Z</updated>`), day + " 2024-03-06T00:00:00Z"},
		{"Atom, updated alone", inAtom(`<updated>2024-03-05T06:07:08Z</updated>`), day + " " + day},
		{"Atom 0.3", inAtom03(`<issued>2024-03-05T06:07:08Z</issued><modified>2024-03-06T00:00:00Z</modified>`), day + " 2024-03-06T00:00:00Z"},
		{"Atom 0.3, created", inAtom03(`<created>2024-03-05T06:07:08Z</created>`), day + " "},
		{"Atom, date in the form of RSS", inAtom(`<updated>Tue, 05 Mar 2024 06:07:08 GMT</updated>`), day + " " + day},
		{"date in the address if there is no other", inRSS(`<link>https://a.example/2024/03/05/x</link>`), "2024-03-05T00:00:00Z "},
		{"unreadable", inRSS(`<title>T</title><pubDate>next Tuesday</pubDate>`), " "},
		{"the feed's date is not the entry's", strings.Replace(inRSS(`<title>T</title>`), `<item>`, `<pubDate>Tue, 05 Mar 2024 06:07:08 GMT</pubDate><item>`, 1), " "},
	}), func(s broadsheet.FeedItem) string {
		format := func(at time.Time) string {
			if at.IsZero() {
				return ""
			}
			return at.Format(time.RFC3339)
		}
		return format(s.Published) + " " + format(s.Updated)
	})
}

func TestParse_DateOrderFromOtherEntries(t *testing.T) {
	base, _ := url.Parse("https://a.example/")
	doc, err := Parse([]byte(`<rss><channel><item><title>1</title><pubDate>03/05/2024 10:00</pubDate></item><item><title>2</title><pubDate>03/25/2024 10:00</pubDate></item></channel></rss>`), "", base)
	if err != nil || doc.Items[0].Published.Month() != time.March || doc.Items[0].Published.Day() != 5 {
		t.Errorf("%v, %v", doc.Items, err)
	}
}

func TestParse_SummaryAndContent(t *testing.T) {
	check(t, []feedCase{
		{"RSS", inRSS(`<description>Logs are queues.</description>`), "Logs are queues.|"},
		{"RSS, escaped", inRSS(`<description>&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two &amp;amp; three.&lt;/p&gt;</description>`), "One.\n\nTwo & three.|"},
		{"RSS, CDATA", inRSS(`<description><![CDATA[<p>One.</p><p>Two.</p>]]></description>`), "One.\n\nTwo.|"},
		{"RSS, not escaped", inRSS(`<description><p>One.</p><p>Two &lt; three.</p></description>`), "One.\n\nTwo < three.|"},
		{"RSS, plain text with angle brackets", inRSS(`<description>if a &lt; b then List&lt;String&gt;</description>`), "if a < b then List<String>|"},
		{"RSS, blank line", inRSS("<description>One.\n\nTwo.</description>"), "One.\n\nTwo.|"},
		{"RSS, content", inRSS(`<description>About.</description><content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/"><![CDATA[<p>Logs are queues.</p>]]></content:encoded>`), "About.|Logs are queues."},
		{"RSS, the same twice", inRSS(`<description>Logs are queues.</description><content:encoded>Logs are queues.</content:encoded>`), "|Logs are queues."},
		{"RSS, the same twice, once with markup", inRSS(`<description>Logs are queues.</description><content:encoded>&lt;p&gt;Logs are queues.&lt;/p&gt;</content:encoded>`), "|Logs are queues."},
		{"RSS, content undeclared", inRSS(`<content:encoded>Logs are queues.</content:encoded>`), "|Logs are queues."},
		{"RSS, XHTML body", inRSS(`<body xmlns="http://www.w3.org/1999/xhtml"><p>Logs are <em>queues</em>.</p></body>`), "|Logs are queues."},
		{"RSS, XHTML body under a prefix", inRSS(`<xhtml:body xmlns:xhtml="http://www.w3.org/1999/xhtml"><xhtml:p>Logs are queues.</xhtml:p></xhtml:body>`), "|Logs are queues."},
		{"RSS, Dublin Core", inRSS(`<dc:description>Logs are queues.</dc:description>`), "Logs are queues.|"},
		{"RSS, iTunes", inRSS(`<itunes:summary>Logs are queues.</itunes:summary>`), "Logs are queues.|"},
		{"RSS, Atom summary", inRSS(`<atom:summary type="html" xmlns:atom="http://www.w3.org/2005/Atom">&lt;b&gt;Logs&lt;/b&gt; are queues.</atom:summary>`), "Logs are queues.|"},
		{"RSS, media description", inRSS(`<title>T</title><media:group><media:description>Logs are queues.</media:description></media:group>`), "Logs are queues.|"},
		{"RSS, script", inRSS(`<description>safe&lt;script&gt;alert(1)&lt;/script&gt; text</description>`), "safe text|"},
		{"RSS, not a doctype", inRSS(`<description>&lt;!' said she. "Logs"</description>`), `<!' said she. "Logs"|`},
		{"Atom summary, text", inAtom(`<summary>Logs &amp; queues.</summary>`), "Logs & queues.|"},
		{"Atom summary, text with angle brackets", inAtom(`<summary type="text">List&lt;b&gt;</summary>`), "List<b>|"},
		{"Atom summary, html", inAtom(`<summary type="html">&lt;p&gt;Logs&lt;/p&gt;</summary>`), "Logs|"},
		{"Atom content, html", inAtom(`<content type="html">&lt;p&gt;Logs &amp;amp; queues.&lt;/p&gt;</content>`), "|Logs & queues."},
		{"Atom content, xhtml", inAtom(`<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Logs<br/>and queues.</p><script/></div></content>`), "|Logs and queues."},
		{"Atom content, type missing", inAtom(`<content>&lt;p&gt;Logs.&lt;/p&gt;</content>`), "|Logs."},
		{"Atom content, plain", inAtom(`<content type="text">a &lt;b&gt; c</content>`), "|a <b> c"},
		{"Atom content, image", inAtom(`<title>T</title><content type="image/png">iVBORw0KGgoAAAANSUhEUgAA</content>`), "|"},
		{"Atom content, elsewhere", inAtom(`<title>T</title><content type="text/html" src="https://a.example/1"/>`), "|"},
		{"Atom 0.3, escaped", inAtom03(`<content type="text/html" mode="escaped">&lt;p&gt;Logs.&lt;/p&gt;</content>`), "|Logs."},
		{"Atom 0.3, inline", inAtom03(`<content type="application/xhtml+xml"><div><p>Logs.</p></div></content>`), "|Logs."},
		{"Atom 0.3, base64", inAtom03(`<content type="application/octet-stream" mode="base64">TG9ncyBhcmUgPGI+cXVldWVzPC9iPi4=</content>`), "|Logs are queues."},
		{"Atom 0.3, summary", inAtom03(`<summary mode="escaped" type="text/html">&lt;b&gt;Logs&lt;/b&gt;</summary>`), "Logs|"},
		{"Atom with RSS's description", inAtom(`<description>Logs.</description>`), "Logs.|"},
		{"the first of two contents", inAtom(`<content>Logs.</content><content>Queues.</content>`), "|Logs."},
	}, func(s broadsheet.FeedItem) string { return s.Summary + "|" + s.Content })
}

func TestParse_Authors(t *testing.T) {
	check(t, withTitles([]feedCase{
		{"name", inRSS(`<author>Jane Doe</author>`), "Jane Doe"},
		{"mail and name", inRSS(`<author>jane@a.example (Jane Doe)</author>`), "Jane Doe"},
		{"name and mail", inRSS(`<author>Jane Doe (jane@a.example)</author>`), "Jane Doe"},
		{"angle brackets", inRSS(`<author>Jane Doe &lt;jane@a.example&gt;</author>`), "Jane Doe"},
		{"brackets and mailto", inRSS(`<author>Jane Doe &lt;mailto:jane@a.example&gt;</author>`), "Jane Doe"},
		{"name beside mail", inRSS(`<author>Jane Doe jane@a.example</author>`), "Jane Doe"},
		{"mail alone", inRSS(`<author>jane@a.example</author>`), "jane@a.example"},
		{"noreply mail and name", inRSS(`<author>noreply@blogger.com (Jane Doe)</author>`), "Jane Doe"},
		{"noreply mail alone", inRSS(`<title>T</title><author>noreply@blogger.com</author>`), ""},
		{"escaped twice", inRSS(`<author>Jane &amp;amp; John</author>`), "Jane & John"},
		{"creator", inRSS(`<dc:creator>Jane Doe</dc:creator>`), "Jane Doe"},
		{"creators", inRSS(`<dc:creator>Jane Doe</dc:creator><dc:creator><![CDATA[John Roe]]></dc:creator>`), "Jane Doe, John Roe"},
		{"two authors", inRSS(`<author>Jane Doe</author><author>John Roe</author>`), "Jane Doe, John Roe"},
		{"author given twice", inRSS(`<author>jane@a.example (Jane Doe)</author><dc:creator>Jane Doe</dc:creator>`), "Jane Doe"},
		{"mail as author, name as creator", inRSS(`<author>jane@a.example</author><dc:creator>Jane Doe</dc:creator>`), "Jane Doe"},
		{"itunes", inRSS(`<title>T</title><itunes:author>Jane Doe</itunes:author>`), "Jane Doe"},
		{"itunes of the channel", strings.Replace(inRSS(`<title>T</title>`), `<item>`, `<itunes:author>Jane Doe</itunes:author><item>`, 1), "Jane Doe"},
		{"name and email elements in RSS", inRSS(`<author><name>Jane Doe</name><email>jane@a.example</email></author>`), "Jane Doe"},
		{"Atom author in RSS", inRSS(`<atom:author xmlns:atom="http://www.w3.org/2005/Atom"><atom:name>Jane Doe</atom:name></atom:author>`), "Jane Doe"},
		{"Atom", inAtom(`<author><name>Jane Doe</name><uri>https://a.example</uri></author>`), "Jane Doe"},
		{"Atom, two", inAtom(`<author><name>Jane Doe</name></author><author><name>John Roe</name></author>`), "Jane Doe, John Roe"},
		{"Atom, mail alone", inAtom(`<author><email>jane@a.example</email></author>`), "jane@a.example"},
		{"Atom, as text", inAtom(`<author>Jane Doe</author>`), "Jane Doe"},
		{"Atom, of the feed", strings.Replace(inAtom(`<title>T</title>`), `<entry>`, `<author><name>Jane Doe</name></author><entry>`, 1), "Jane Doe"},
		{"Atom, of the source", strings.Replace(inAtom(`<source><author><name>John Roe</name></author></source>`), `<entry>`, `<author><name>Jane Doe</name></author><entry>`, 1) + "<!-- x -->", "John Roe"},
		{"Atom, contributors are no authors", inAtom(`<contributor><name>X</name></contributor><author><name>Jane Doe</name></author>`), "Jane Doe"},
		{"Atom 0.3", inAtom03(`<author><name>Jane Doe</name><url>https://a.example</url></author>`), "Jane Doe"},
		{"markup", inRSS(`<author>&lt;a href="x"&gt;Jane&lt;/a&gt;&lt;script&gt;x&lt;/script&gt;</author>`), "Jane"},
	}), func(s broadsheet.FeedItem) string { return strings.Join(s.Authors, ", ") })
}

func TestParse_TagsLanguageImageVia(t *testing.T) {
	check(t, withTitles([]feedCase{
		{"RSS tags", inRSS(`<category>Queues</category><category domain="x"><![CDATA[R&D]]></category><dc:subject>Logs</dc:subject>`), "Logs,Queues,R&D|||"},
		{"Atom tags", inAtom(`<category term="queues" label="Queues"/><category term="http://x/kind#post" scheme="http://x#kind"/>`), "queues|||"},
		{"language of the feed", strings.Replace(inRSS(`<title>T</title>`), `<item>`, `<language>pt_BR</language><item>`, 1), "|pt-BR||"},
		{"xml:lang", strings.Replace(inAtom(`<title>T</title>`), `<feed `, `<feed xml:lang="de" `, 1), "|de||"},
		{"xml:lang of the entry", strings.Replace(inAtom(`<title>T</title>`), `<entry>`, `<entry xml:lang="fr">`, 1), "|fr||"},
		{"language of the entry", inRSS(`<dc:language>en-GB</dc:language>`), "|en-GB||"},
		{"language that is not a BCP 47 tag", inRSS(`<title>T</title><dc:language>English, mostly</dc:language>`), "|||"},
		{"image", inRSS(`<enclosure url="/a.png" type="image/png"/><title>T</title>`), "||https://feeds.example/a.png|"},
		{"audio enclosure is no image", inRSS(`<enclosure url="/a.mp3" type="audio/mpeg"/><title>T</title>`), "|||"},
		{"thumbnail", inRSS(`<media:thumbnail url="https://a.example/a.png"/><title>T</title>`), "||https://a.example/a.png|"},
		{"media", inRSS(`<media:content medium="image" url="https://a.example/a.png"><media:title>X</media:title></media:content><title>T</title>`), "||https://a.example/a.png|"},
		{"itunes", inRSS(`<itunes:image href="https://a.example/a.png"/><title>T</title>`), "||https://a.example/a.png|"},
		{"link post in RSS", inRSS(`<link>https://else.example/x</link><guid>https://c.example/post</guid>`), "|||https://c.example/post"},
		{"link post of a forum", inRSS(`<link>https://else.example/x</link><guid isPermaLink="false">7</guid><comments>https://c.example/s/7</comments>`), "|||https://c.example/s/7"},
		{"link post in Atom", inAtom(`<link href="https://else.example/x"/><link rel="related" href="https://c.example/post"/>`), "|||https://c.example/post"},
		{"not a link post", inRSS(`<link>https://c.example/1</link><guid>https://c.example/?p=1</guid>`), "|||"},
	}), func(s broadsheet.FeedItem) string {
		return fmt.Sprintf("%s|%s|%s|%s", strings.Join(s.Tags, ","), s.Language, s.Image, s.Via)
	})
}

func TestParse_FeedFieldsAndHints(t *testing.T) {
	doc, _ := parseOne(t, `<rss><channel><title>A &amp;amp; B</title><link>/home</link><ttl> 90 </ttl>
		<sy:updatePeriod>Daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>
		<skipHours><hour>3</hour><hour>24</hour><hour>x</hour></skipHours><skipDays><day>Sunday</day><day>saturday</day></skipDays>
		<image><title>Logo</title><link>https://logo.example</link></image><item><title>T</title></item></channel></rss>`, "")
	h := doc.Hints
	if doc.Title != "A & B" || doc.HomePage != "https://feeds.example/home" || h.TTL != 90*time.Minute || h.Period != 6*time.Hour || h.PeriodName != "daily" ||
		fmt.Sprint(h.SkipHours) != "[3 0]" || fmt.Sprint(h.SkipDays) != "[Sunday Saturday]" || doc.Salvaged {
		t.Errorf("got %+v", doc)
	}
	doc, _ = parseOne(t, `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><title type="html">A &amp;amp; B</title>
		<link rel="self" href="https://c.example/feed"/><link href="https://c.example/"/><sy:updatePeriod>weekly</sy:updatePeriod><entry><title>T</title></entry></feed>`, "")
	if doc.Title != "A & B" || doc.HomePage != "https://c.example/" || doc.Hints.Period != 7*24*time.Hour {
		t.Errorf("got %+v", doc)
	}
}

func TestParse_TruncatedFeedKeepsCompleteEntries(t *testing.T) {
	whole := map[string]string{
		"RSS":  `<?xml version="1.0"?><rss><channel><title>C</title><item><title>one</title><link>https://a.example/1</link></item><item><title>two</title><description><![CDATA[<b>x</b>]]></description></item></channel></rss>`,
		"RDF":  `<rdf:RDF xmlns="http://purl.org/rss/1.0/"><channel><title>C</title></channel><item><title>one</title></item><item><title>two</title></item></rdf:RDF>`,
		"Atom": `<feed xmlns="http://www.w3.org/2005/Atom"><title>C</title><entry><title>one</title><link href="x"/></entry><entry><title>two</title><content type="xhtml"><div><p>x</p></div></content></entry></feed>`,
		"JSON": `{"version":"https://jsonfeed.org/version/1.1","title":"C","items":[{"id":"1","title":"one"},{"id":"2","title":"two","content_html":"<p>x</p>"}]}`,
	}
	base, _ := url.Parse("https://a.example/")
	for name, body := range whole {
		ends := []int{strings.Index(body, "one"), strings.Index(body, "two")}
		ending := map[string]string{"RSS": "</item>", "RDF": "</item>", "Atom": "</entry>", "JSON": "}"}[name]
		for i := range ends {
			ends[i] += strings.Index(body[ends[i]:], ending) + len(ending)
		}
		for size := 1; size <= len(body); size++ {
			doc, err := Parse([]byte(body[:size]), "", base)
			want := 0
			for _, end := range ends {
				if size >= end {
					want++
				}
			}
			if len(doc.Items) != want || want > 0 && err != nil || want == 0 && err == nil || doc.Salvaged != (want > 0 && size < len(body)) {
				t.Fatalf("%s cut to %q: %d entries, salvaged %v, %v, want %d", name, body[:size], len(doc.Items), doc.Salvaged, err, want)
			}
		}
		doc, err := Parse([]byte(body+"\n\x00<!-- junk --> <p>junk"), "", base)
		if name != "JSON" && (err != nil || doc.Salvaged || len(doc.Items) != 2) {
			t.Errorf("%s with junk after its end: %d entries, salvaged %v, %v", name, len(doc.Items), doc.Salvaged, err)
		}
	}
}

func TestParse_BrokenEntryKeepsNeighbours(t *testing.T) {
	base, _ := url.Parse("https://a.example/")
	for name, bad := range map[string]string{
		"no end tag":                         `<item><title>bad</title>`,
		"start tag without an end":           `<item><title>bad</title><description><p>a <b c</description></item>`,
		"quote without an end":               `<item><title>bad</title><link href="x></link></item>`,
		"quote that ends later":              `<item><title>bad</title><enclosure url="x type="y" /></item>`,
		"bad nesting":                        `<item><title>bad</title><description><p><b></p></b></div></description></item>`,
		"end tag without bracket":            `<item><title>bad</title<link>x</link></item>`,
		"stray end tags":                     `</b></p><item></foo><title>bad</title></bar></item></b>`,
		"title without an end":               `<item><title>bad<link>x</link></item>`,
		"bare ampersands and angle brackets": `<item><title>bad</title><description>a & b < c &&& <3 <- </description></item>`,
		"invalid bytes":                      "<item><title>bad</title><description>\xff\xfe\x00\x08</description></item>",
		"declarations inside":                `<item><title>bad</title><?xml version="1.0"?><!DOCTYPE x></item>`,
		"unknown elements":                   `<item><x:y xmlns:x="z"><title>no</title><item2/></x:y><title>bad</title></item>`,
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := Parse([]byte(`<rss version="2.0"><channel><title>C</title><item><title>first</title></item>`+bad+`<item><title>last</title></item></channel></rss>`), "", base)
			if err != nil || len(doc.Items) != 3 || doc.Items[0].Title != "first" || doc.Items[1].Title != "bad" || doc.Items[2].Title != "last" || doc.Salvaged {
				t.Errorf("%v, salvaged %v: %+v", err, doc.Salvaged, doc.Items)
			}
		})
	}
}

func TestParse_SkipsJunkBeforeFeed(t *testing.T) {
	for name, before := range map[string]string{
		"white space":     "\n\n  \t",
		"comments":        "<!-- " + strings.Repeat("x ", 9000) + "-->",
		"instructions":    `<?xml version="1.0"?><?xml-stylesheet href="x" type="text/xsl"?>`,
		"text":            "Warning: something on line 3\n",
		"DOCTYPE":         `<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">`,
		"entities":        `<!DOCTYPE rss [<!ENTITY % all SYSTEM "http://x.example/all.dtd"> %all; <!ENTITY x SYSTEM "file:///etc/passwd">]>`,
		"byte order mark": "\ufeff\ufeff",
	} {
		t.Run(name, func(t *testing.T) {
			_, s := parseOne(t, before+inRSS(`<title>&x;Queues</title>`), "")
			if s.Title != "&x;Queues" {
				t.Errorf("got %q", s.Title)
			}
		})
	}
}

func TestParse_NotAFeed(t *testing.T) {
	base, _ := url.Parse("https://a.example/blog/")
	page := `<!DOCTYPE html><html><head><title>Just a moment&hellip;</title>`
	for _, c := range []struct{ name, body, want, declared string }{
		{"nothing", "", "the answer is empty", ""},
		{"white space", " \n ", "the answer is empty", ""},
		{"page", page + `</head><body><p>Hello</p>`, `an HTML page ("Just a moment…"), not a feed, and it declares none`, ""},
		{"page with feeds", page + `<base href="/x/"><link rel="alternate" type="application/rss+xml" href="feed"><link rel=alternate type="application/atom+xml; charset=utf-8" href="https://b.example/atom"><link rel="stylesheet" href="s">`,
			"the page declares https://a.example/x/feed and https://b.example/atom", "https://a.example/x/feed https://b.example/atom"},
		{"XHTML page", `<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><link rel="alternate" type="application/rss+xml" href="f"/></head></html>`, "an HTML page, not a feed; the page declares", "https://a.example/blog/f"},
		{"page in upper case", `<HTML><BODY>x<ITEM></ITEM></BODY></HTML>`, "an HTML page", ""},
		{"sitemap", `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>`, "a sitemap, not a feed", ""},
		{"OPML", `<opml version="2.0"><body/></opml>`, "a list of feeds (OPML)", ""},
		{"other XML", `<?xml version="1.0"?><error><code>1</code></error>`, "XML whose first element is <error>", ""},
		{"JSON", `{"error":"no such blog"}`, "JSON, but not a JSON Feed", ""},
		{"JSON list", `[1,2]`, "JSON, but not a JSON Feed", ""},
		{"text", "Service \x1b[31munavailable", `not a feed: it begins with "Service [31munavailable"`, ""},
		{"bytes", "\x89PNG\r\n\x1a\n\x00\x00", "not a feed", ""},
		{"cut off in the first entry", `<rss><channel><title>C</title><item><title>T`, "cut off after 44 bytes", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, err := Parse([]byte(c.body), "text/html", base)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Join(doc.DeclaredFeeds, " ") != c.declared {
				t.Errorf("got %v, declared %v, want %q", err, doc.DeclaredFeeds, c.want)
			}
		})
	}
	if doc, err := Parse([]byte(`<rss><channel><title>C</title></channel></rss>`), "", base); err != nil || doc.Title != "C" {
		t.Errorf("a feed without entries is a feed: %v", err)
	}
}

func TestParse_JSONFeed(t *testing.T) {
	doc, s := parseOne(t, `{"version":"https://jsonfeed.org/version/1.1","title":"A & B","home_page_url":"/","language":"en","authors":[{"name":"Jane Doe"}],"icon":7,
		"items":[{"id":17,"url":"/1","external_url":"https://else.example/x","title":"Queues & <b>logs</b>","content_text":"a < b\n\nc","summary":"S <i>","date_published":"2024-03-05T06:07:08Z","date_modified":"2024-03-06T06:07","tags":["q",""],"image":"/a.png","author":"not an object"}]}`, "application/feed+json")
	if doc.Title != "A & B" || doc.HomePage != "https://feeds.example/" {
		t.Errorf("got %+v", doc)
	}
	want := broadsheet.FeedItem{GUID: "17", Link: "https://else.example/x", Via: "https://feeds.example/1", Title: "Queues & logs", Authors: []string{"Jane Doe"},
		Published: time.Date(2024, 3, 5, 6, 7, 8, 0, time.UTC), Updated: time.Date(2024, 3, 6, 6, 7, 0, 0, time.UTC), Tags: []string{"q"}, Language: "en",
		Image: "https://feeds.example/a.png", Summary: "S <i>", Content: "a < b\n\nc"}
	if got, wanted := fmt.Sprintf("%+v", s), fmt.Sprintf("%+v", want); got != wanted {
		t.Errorf("got  %s\nwant %s", got, wanted)
	}
}

func TestParse_HostileFeedIsBounded(t *testing.T) {
	base, _ := url.Parse("https://a.example/")
	for name, body := range map[string]string{
		"a million entries":     `<rss><channel>` + strings.Repeat("<item><title>x</title></item>", 300_000),
		"depth":                 inRSS("<description>" + strings.Repeat("<p>", 500_000) + "</description>"),
		"depth unclosed":        "<rss><channel><item>" + strings.Repeat("<x>", 500_000),
		"names unclosed":        "<rss><channel><item>" + numbered("<p:x%d>", 100_000),
		"titles unclosed":       "<rss><channel><item>" + strings.Repeat("<title>", 300_000),
		"attributes":            inRSS("<link " + numbered(`a%d="x" `, 200_000) + "/>"),
		"prefixes":              inRSS("<link " + numbered(`xmlns:a%d="http://purl.org/dc/terms/" `, 100_000) + "/>"),
		"quotes":                inRSS("<link " + strings.Repeat(`a="<`, 300_000) + "/>"),
		"angle brackets":        inRSS("<description>" + strings.Repeat("<", 1_000_000) + "</description>"),
		"known tags unfinished": inRSS("<description><![CDATA[" + strings.Repeat("<b ", 500_000) + "]]></description>"),
		"ampersands":            inRSS("<title>" + strings.Repeat("&", 1_000_000) + "</title>"),
		"comments":              inRSS("<title>" + strings.Repeat("<!--", 500_000) + "</title>"),
		"sections":              inRSS("<title>" + strings.Repeat("<![CDATA[", 300_000) + "</title>"),
		"entities":              `<!DOCTYPE x [<!ENTITY a "` + strings.Repeat("x", 200) + `">]>` + inRSS("<description>"+strings.Repeat("&a;", 1_000_000)+"</description>"),
		"entities of entities":  `<!DOCTYPE x [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>` + inRSS("<title>"+strings.Repeat("&c;", 1000)+"</title>"),
		"applets":               inRSS("<description><![CDATA[" + strings.Repeat("<applet>", 300_000) + "]]></description>"),
		"authors":               inAtom(strings.Repeat("<author><name>x</name></author>", 100_000)),
		"authors unclosed":      inAtom(strings.Repeat("<author><name>x", 100_000)),
		"JSON depth":            `{"items":[` + strings.Repeat("[", 100_000),
		"combining marks":       inRSS("<title>Z" + strings.Repeat("\u0301", 500_000) + "</title>"),
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := Parse([]byte(body), "", base)
			if len(doc.Items) > broadsheet.MaxEntries {
				t.Errorf("%d entries", len(doc.Items))
			}
			size := 0
			for _, s := range doc.Items {
				size += len(s.Title) + len(s.Summary) + len(s.Content) + len(s.GUID) + len(s.Link)
				if len(s.Authors) > text.MaxAuthors {
					t.Errorf("%d authors", len(s.Authors))
				}
			}
			if size > 256<<10 {
				t.Errorf("%d bytes are kept, %v", size, err)
			}
		})
	}
}

func numbered(form string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, form, i)
	}
	return b.String()
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(inRSS(`<title>A &amp; <b>B</b></title><guid>x</guid><pubDate>Tue, 05 Mar 2024 06:07:08 GMT</pubDate><media:content url="x"/>`)), "")
	f.Add([]byte(inAtom(`<title type="xhtml"><div>x</div></title><author><name>y</name></author><content mode="base64">eA==</content>`)), "text/xml; charset=utf-16")
	f.Add([]byte(inRDF(`<title><![CDATA[]]]]><![CDATA[>]]></title>`)), "")
	f.Add([]byte(`{"items":[{"id":1,"title":"x"},{"author":3}],"version":"https://jsonfeed.org/version/1"}`), "")
	f.Add([]byte(`<!]x[><rss><channel><item><title>"]" before "["</title></item></channel></rss>`), "")
	f.Add([]byte(`<html><head><link rel=alternate type=application/rss+xml href=x>`), "text/html")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		base, _ := url.Parse("https://a.example/")
		doc, err := Parse(body, contentType, base)
		if err != nil && strings.Contains(err.Error(), "report this") {
			t.Fatalf("gofeed refused a repaired feed: %v", err)
		}
		for _, s := range doc.Items {
			if s.Link != "" && s.Link != text.SafeLink(s.Link, nil) || s.Title != text.Sanitize(s.Title) || strings.ContainsAny(s.Summary+s.Content, "\x00\x1b\u202e") {
				t.Fatalf("unsafe: %+v", s)
			}
		}
	})
}
