package feeds

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// date returns a time on a day of November 2026 that is neither in UTC nor a whole second.
func date(day int) time.Time {
	return time.Date(2026, 11, day, 7, 0, 0, 999, time.FixedZone("CET", 3600))
}

// full sets every field of Entry; bare sets only those that must not be empty.
var (
	full = Entry{
		ID: "urn:uuid:1", Title: "Q & A: <b> or not", Link: "https://a.example/1?x=1&y=2", Published: date(23), Updated: date(24),
		Authors: []string{"Ida", "A <i>"}, Excerpt: "First lines.", Content: "All lines.", Language: "de-CH",
		Source: "R&D", SourceID: "https://a.example/feed", SourceFeed: "https://a.example/feed", SourceHome: "https://a.example/",
		Topics: []Topic{{Name: "db", Label: "Databases", Path: "topics/db/"}}, Also: []SourceLink{{Source: "B", Link: "https://b.example/1"}},
	}
	bare = Entry{ID: "urn:uuid:2", Title: "Bare", Published: date(22), Updated: date(22), Source: "A"}
)

// TestEncoder compares whole documents: a feed of a site with a hub, and one of which no address is known.
func TestEncoder(t *testing.T) {
	site := Encoder{Title: "News", Site: "https://news.example/", Language: "en", Hub: "https://hub.example/"}
	channel := Channel{ID: "urn:uuid:0", Title: "News", Subtitle: "Daily", PagePath: "topics/db/", Updated: date(24)}
	atomChannel, rssChannel, jsonChannel := channel, channel, channel
	atomChannel.Path, rssChannel.Path, jsonChannel.Path = "atom.xml", "rss.xml", "feed.json"
	archive := Channel{ID: "urn:uuid:0", Title: "News", IsArchive: true, Links: []Link{{"current", "../atom.xml"}}}
	none := Encoder{Title: "News", Language: "en"}
	for _, tt := range []struct {
		name   string
		encode func() ([]byte, error)
		want   string
	}{
		{"Atom", func() ([]byte, error) { return site.Atom(atomChannel, []Entry{full, bare}, "feed.css") }, wantAtom},
		{"Atom archive without entries and address", func() ([]byte, error) { return none.Atom(archive, nil, "../feed.css") }, wantArchive},
		{"RSS", func() ([]byte, error) { return site.RSS(rssChannel, []Entry{full, bare}, "feed.css") }, wantRSS},
		{"JSON", func() ([]byte, error) { return site.JSON(jsonChannel, []Entry{full, bare}) }, wantJSON},
		{"JSON without entries and address", func() ([]byte, error) { return none.JSON(archive, nil) }, wantEmptyJSON},
	} {
		got, err := tt.encode()
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if string(got) != strings.TrimPrefix(tt.want, "\n") {
			t.Errorf("%s:\n%s\nwant%s", tt.name, got, tt.want)
		}
		if strings.HasPrefix(tt.name, "JSON") {
			if !json.Valid(got) {
				t.Errorf("%s is not valid", tt.name)
			}
			continue
		}
		d := xml.NewDecoder(strings.NewReader(string(got)))
		for err = nil; err == nil; {
			_, err = d.Token()
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s is not well-formed: %v", tt.name, err)
		}
	}
}

const (
	wantAtom = `
<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/css" href="feed.css"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
  <id>urn:uuid:0</id>
  <title type="text">News</title>
  <subtitle type="text">Daily</subtitle>
  <updated>2026-11-24T06:00:00Z</updated>
  <generator uri="https://news.example/about/">Broadsheet</generator>
  <icon>https://news.example/icon.png</icon>
  <link href="https://news.example/atom.xml" rel="self" type="application/atom+xml"></link>
  <link href="https://news.example/topics/db/" rel="alternate" type="text/html"></link>
  <link href="https://hub.example/" rel="hub"></link>
  <author>
    <name>News</name>
  </author>
  <entry xml:lang="de-CH">
    <updated>2026-11-24T06:00:00Z</updated>
    <id>urn:uuid:1</id>
    <content type="text">All lines.</content>
    <published>2026-11-23T06:00:00Z</published>
    <title type="html">Q &amp;amp; A: &amp;lt;b&amp;gt; or not</title>
    <author>
      <name>Ida</name>
    </author>
    <author>
      <name>A &lt;` + "\u200b" + `i&gt;</name>
    </author>
    <link href="https://a.example/1?x=1&amp;y=2" rel="alternate" type="text/html"></link>
    <link href="https://b.example/1" rel="related" type="text/html" title="B"></link>
    <category term="db" scheme="https://news.example/topics/" label="Databases"></category>
    <summary type="text">First lines.</summary>
    <source>
      <id>https://a.example/feed</id>
      <title type="text">R&amp;D</title>
      <updated>2026-11-24T06:00:00Z</updated>
      <link href="https://a.example/feed" rel="self"></link>
      <link href="https://a.example/" rel="alternate" type="text/html"></link>
    </source>
  </entry>
  <entry>
    <updated>2026-11-22T06:00:00Z</updated>
    <id>urn:uuid:2</id>
    <content type="text">Bare</content>
    <published>2026-11-22T06:00:00Z</published>
    <title type="text">Bare</title>
  </entry>
</feed>
`
	wantArchive = `
<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/css" href="../feed.css"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0" xml:lang="en">
  <id>urn:uuid:0</id>
  <title type="text">News</title>
  <updated>2000-01-01T00:00:00Z</updated>
  <generator>Broadsheet</generator>
  <link href="../atom.xml" rel="current" type="application/atom+xml"></link>
  <author>
    <name>News</name>
  </author>
  <fh:archive></fh:archive>
</feed>
`
	wantRSS = `
<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/css" href="feed.css"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/">
  <channel>
    <title>News</title>
    <link>https://news.example/topics/db/</link>
    <description>Daily</description>
    <language>en</language>
    <pubDate>Tue, 24 Nov 2026 06:00:00 +0000</pubDate>
    <lastBuildDate>Tue, 24 Nov 2026 06:00:00 +0000</lastBuildDate>
    <generator>Broadsheet</generator>
    <docs>https://www.rssboard.org/rss-specification</docs>
    <atom:link href="https://news.example/rss.xml" rel="self" type="application/rss+xml"></atom:link>
    <atom:link href="https://hub.example/" rel="hub"></atom:link>
    <item>
      <title>Q &amp; A: &lt;` + "\u200b" + `b&gt; or not</title>
      <description>First lines.</description>
      <guid isPermaLink="false">urn:uuid:1</guid>
      <pubDate>Mon, 23 Nov 2026 06:00:00 +0000</pubDate>
      <link>https://a.example/1?x=1&amp;y=2</link>
      <dc:creator>Ida</dc:creator>
      <dc:creator>A &lt;` + "\u200b" + `i&gt;</dc:creator>
      <category domain="https://news.example/topics/">Databases</category>
      <source url="https://a.example/feed">R&amp;` + "\u200b" + `D</source>
    </item>
    <item>
      <title>Bare</title>
      <description>Bare</description>
      <guid isPermaLink="false">urn:uuid:2</guid>
      <pubDate>Sun, 22 Nov 2026 06:00:00 +0000</pubDate>
    </item>
  </channel>
</rss>
`
	wantJSON = `
{
 "version": "https://jsonfeed.org/version/1.1",
 "title": "News",
 "language": "en",
 "home_page_url": "https://news.example/topics/db/",
 "feed_url": "https://news.example/feed.json",
 "description": "Daily",
 "icon": "https://news.example/icon.png",
 "favicon": "https://news.example/icon.png",
 "authors": [
  {
   "name": "News",
   "url": "https://news.example/"
  }
 ],
 "hubs": [
  {
   "type": "WebSub",
   "url": "https://hub.example/"
  }
 ],
 "items": [
  {
   "id": "urn:uuid:1",
   "url": "https://a.example/1?x=1\u0026y=2",
   "title": "Q \u0026 A: \u003cb\u003e or not",
   "content_text": "First lines.",
   "date_published": "2026-11-23T06:00:00Z",
   "date_modified": "2026-11-24T06:00:00Z",
   "authors": [
    {
     "name": "Ida"
    },
    {
     "name": "A \u003ci\u003e"
    }
   ],
   "tags": [
    "Databases"
   ],
   "language": "de-CH",
   "_broadsheet": {
    "about": "https://news.example/about/",
    "source": "R\u0026D",
    "source_feed": "https://a.example/feed",
    "source_home": "https://a.example/",
    "also_at": [
     {
      "source": "B",
      "url": "https://b.example/1"
     }
    ]
   }
  },
  {
   "id": "urn:uuid:2",
   "title": "Bare",
   "content_text": "Bare",
   "date_published": "2026-11-22T06:00:00Z",
   "date_modified": "2026-11-22T06:00:00Z",
   "_broadsheet": {
    "about": "https://news.example/about/",
    "source": "A"
   }
  }
 ]
}
`
	wantEmptyJSON = `
{
 "version": "https://jsonfeed.org/version/1.1",
 "title": "News",
 "language": "en",
 "authors": [
  {
   "name": "News"
  }
 ],
 "items": []
}
`
)

// TestMarkup checks texts that look like markup: an Atom text construct is HTML then, elsewhere they are defused.
func TestMarkup(t *testing.T) {
	for _, tt := range []struct{ text, atomType, atomText, defused string }{
		{"plain", "text", "plain", "plain"},
		{"a < b && c > d", "text", "a < b && c > d", "a < b && c > d"},
		{"<b>", "html", "&lt;b&gt;", "<\u200bb>"},
		{"</b>", "html", "&lt;/b&gt;", "<\u200b/b>"},
		{"<!--", "html", "&lt;!--", "<\u200b!--"},
		{"&amp;", "html", "&amp;amp;", "&\u200bamp;"},
		{"&#60;", "html", "&amp;#60;", "&\u200b#60;"},
		{"R&D", "text", "R&D", "R&\u200bD"},
	} {
		if got := textConstruct(tt.text); got.Type != tt.atomType || got.Text != tt.atomText {
			t.Errorf("textConstruct(%q) = %q", tt.text, got)
		}
		if got := defuseMarkup(tt.text); got != tt.defused {
			t.Errorf("defuseMarkup(%q) = %q, want %q", tt.text, got, tt.defused)
		}
	}
}

func TestAtom_ContentWithoutLink(t *testing.T) {
	for _, tt := range []struct {
		entry            Entry
		content, summary string
	}{
		{Entry{Title: "T"}, "T", ""},
		{Entry{Title: "T", Excerpt: "E"}, "E", ""},
		{Entry{Title: "T", Excerpt: "E", Content: "C"}, "C", ""},
		{Entry{Title: "T", Excerpt: "E", HTML: "<p>H"}, "<p>H", "E"},
		{Entry{Title: "T", Excerpt: "E", Link: "https://a.example/"}, "", "E"},
	} {
		got := Encoder{}.atomEntry(tt.entry)
		content, summary := "", ""
		if got.Content != nil {
			content = got.Content.Content
		}
		if got.Summary != nil {
			summary = got.Summary.Text
		}
		if content != tt.content || summary != tt.summary {
			t.Errorf("%+v: content %q, summary %q", tt.entry, content, summary)
		}
	}
}

func TestLanguages(t *testing.T) {
	for _, tt := range []struct{ tag, tagWant, feedWant string }{
		{"en", "en", "en"}, {"EN_us", "en-US", "en-US"}, {" de-ch ", "de-CH", "de-CH"}, {"gsw", "gsw", ""},
		{"", "other", ""}, {"und", "other", ""}, {"not a tag", "other", ""},
	} {
		if got := LanguageTag(tt.tag, "other"); got != tt.tagWant {
			t.Errorf("LanguageTag(%q) = %q, want %q", tt.tag, got, tt.tagWant)
		}
		if got := FeedLanguage(tt.tag); got != tt.feedWant {
			t.Errorf("FeedLanguage(%q) = %q, want %q", tt.tag, got, tt.feedWant)
		}
	}
}

func TestTimes(t *testing.T) {
	if got := Timestamp(date(24)); got != "2026-11-24T06:00:00Z" {
		t.Errorf("Timestamp is %s", got)
	}
	if got := Timestamp(time.Time{}); got != "2000-01-01T00:00:00Z" {
		t.Errorf("Timestamp of the zero time is %s", got)
	}
	if got := rssTime(date(24)); got != "Tue, 24 Nov 2026 06:00:00 +0000" {
		t.Errorf("rssTime is %s", got)
	}
	if got := rssTime(time.Time{}); got != "" {
		t.Errorf("rssTime of the zero time is %q", got)
	}
}
