package publish

import (
	"strings"
	"testing"

	"broadsheet"
	"broadsheet/internal/config"
)

// hostile are texts that may break a page, a feed or a path.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</title></main><svg/onload=alert(1)>`,
	`<!-- --!><iframe srcdoc="x">`, `]]>`, `<![CDATA[x]]>`, `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>&b;`,
	`&lt;b&gt; &amp;amp; &#60; &#x0; &nbsp;`, "nul\x00bell\x07escape\x1b]8;;http://evil.example\x07", "c1\u0085\u009b31m", "bad\xff\xfeutf\xed\xa0\x808",
	"\ufffe\uffff\U0001ffff\ufdd0", "\u202ekcab\u2066inside\u202a", "\u2028line\u2029paragraph\ufeff", "{{.Site}} ${x} `x` {% x %}",
	`javascript:alert(1)`, `data:text/html,<script>alert(1)</script>`, `../../etc/passwd`, `..\..\windows`, `con`, `a/b:c*d?e"f<g>h|i`,
	strings.Repeat("very long ", 400), "emoji 👩‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "   ", "", "e\u0301\u0316\u0317", "someone@evil.example",
}

// hostileLinks are texts that may be given as addresses.
var hostileLinks = []string{
	"javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "//evil.example/x", "/relative", "relative",
	"http://", "http:///x", "https://user:secret@host.example/x", "https://host.example/%zz\" onclick=\"x", "https://host.example/<script>", "https://host.example:99999/x",
	"https://ex ample.com/", "https://münchen.example/straße?q=ä#ö", "HTTPS://HOST.EXAMPLE:443/A b", "http://[::1]/", "http://[fe80::1%25eth0]/", "https://host.example/a\nb\tc\x00d",
	"https://host.example/\xff\xfe", "https://host.example#", "https://my_host.example/", "https://host.example/?a=[1]&b={2}|3^4`5", "", "https://-bad-.example./x\\y",
}

// hostileEditions returns an edition that has, for each hostile text, an article of which every field is that text.
func hostileEditions() ([]broadsheet.Edition, config.Config, []SourceStatus) {
	e := broadsheet.Edition{Day: "2026-11-24", Number: 1, At: at("2026-11-24T05:00:00Z"), Sources: len(hostile)}
	conf := testConfig()
	var sources []SourceStatus
	for i, h := range hostile {
		link := hostileLinks[i%len(hostileLinks)]
		p := broadsheet.Pick{SourceName: h, Topics: []string{h, h}, Company: h, Also: []broadsheet.SourceLink{{SourceName: h, Link: link, Title: h}}}
		p.Article = broadsheet.Article{
			Key: "k" + h + strings.Repeat("x", i), Link: link, Source: link, Title: h, Authors: []string{h, h}, Published: e.At, Updated: e.At,
			Language: h, Image: h, Tags: []string{h}, Excerpt: h, Words: i * 100, Text: h,
		}
		e.Picks = append(e.Picks, p)
		e.More = append(e.More, broadsheet.SourceOverflow{SourceName: h, Articles: []broadsheet.SourceLink{{SourceName: h, Link: link, Title: h}}})
		conf.Topics = append(conf.Topics, config.Topic{Name: h, Label: h})
		conf.Groups = append(conf.Groups, h)
		s := broadsheet.Source{Kind: broadsheet.KindFeed, URL: link, Name: h, Group: h, Topics: []string{h}, Company: h}
		sources = append(sources, SourceStatus{Source: s, HomePage: link, Health: h, Failing: i%2 == 0})
	}
	for i, link := range hostileLinks {
		p := broadsheet.Pick{SourceName: "Links", Also: []broadsheet.SourceLink{{Link: link}}}
		p.Article = broadsheet.Article{Key: "link" + link, Link: link, Source: link, Title: "Link", Published: e.At, Updated: e.At}
		e.Picks = append(e.Picks, p)
		sources = append(sources, SourceStatus{Source: broadsheet.Source{Kind: broadsheet.KindPage, URL: link, Name: hostile[i]}, HomePage: link})
	}
	return []broadsheet.Edition{e}, conf, sources
}

func TestWrite_HostileArticles(t *testing.T) {
	editions, config, sources := hostileEditions()
	src := editionSourceOf(editions)
	src.Sources = sources
	checkHostile(t, config, src)
}

func TestWrite_HostileConfig(t *testing.T) {
	config := testConfig()
	config.Topics, config.Companies = nil, nil
	src := editionSourceOf(testEditions()[4:5])
	for i, h := range hostile {
		config.Title, config.Subtitle, config.Contact, config.Language = "A "+h, h, h, h
		config.URL = ""
		if i%2 == 0 {
			config.URL = "https://daily.example/"
		}
		checkHostile(t, config, src)
	}
}

func checkHostile(t *testing.T, config config.Config, src EditionSource) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, config, src)
	files, _ := readTree(t, dir)
	checkAll(t, files, config.URL)
	for name, text := range files {
		if strings.Contains(text, "secret") {
			t.Errorf("%s tells a password", name)
		}
	}
}

func TestWrite_MarkupIsShownAsText(t *testing.T) {
	for _, s := range []string{`<script>alert(1)</script>`, `&lt;b&gt; &amp;amp; &#60;`, `]]>`, "{{.Site}}"} {
		e := broadsheet.Edition{Day: "2026-11-24", At: at("2026-11-24T05:00:00Z"), Picks: []broadsheet.Pick{{SourceName: s, Article: broadsheet.Article{Key: "k", Link: "https://a.example/", Title: s, Excerpt: s}}}}
		dir := t.TempDir()
		write(t, dir, testConfig(), editionSourceOf([]broadsheet.Edition{e}))
		files, _ := readTree(t, dir)
		if got := elementText(t, files["index.html"], "h2"); got != s {
			t.Errorf("the page says %q for %q", got, s)
		}
		entry := parseXML(t, "atom.xml", []byte(files["atom.xml"])).all("entry")[0]
		title := entry.all("title")[0]
		got := title.Text
		if title.Attr["type"] == "html" {
			got = elementText(t, "<h2>"+title.Text+"</h2>", "h2")
		}
		if got != s {
			t.Errorf("the feed says %q for %q", got, s)
		}
		item := parseXML(t, "rss.xml", []byte(files["rss.xml"])).all("channel")[0].all("item")[0]
		if got := strings.ReplaceAll(item.text("title"), "\u200b", ""); got != s {
			t.Errorf("the RSS says %q for %q", got, s)
		}
	}
}
