package feed

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"broadsheet/fetch/text"
)

func TestParseSitemap(t *testing.T) {
	base, _ := url.Parse("https://a.example/sitemap.xml")
	const plainMap = `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc> https://a.example/1?a=1&amp;b=2 </loc><lastmod>2024-03-05</lastmod></url><url><loc>/2</loc></url></urlset>`
	for _, c := range []struct{ name, body, want string }{
		{"plain", plainMap, "https://a.example/1?a=1&b=2 2024-03-05 - | https://a.example/2 - - |"},
		{"cut off", plainMap[:len(plainMap)-30], "https://a.example/1?a=1&b=2 2024-03-05 - | salvaged"},
		{"news", `<urlset xmlns:news="x"><url><loc>https://a.example/1</loc><news:news><news:publication><news:name>N</news:name><news:language>en</news:language></news:publication><news:publication_date>2024-03-05T06:07:08Z</news:publication_date><news:title>A &amp;amp; B</news:title></news:news></url></urlset>`, "https://a.example/1 - 2024-03-05 A & B|"},
		{"image addresses are ignored", `<urlset xmlns:image="x"><url><image:image><image:loc>https://a.example/1.png</image:loc><image:title>P</image:title></image:image><loc>https://a.example/1</loc></url></urlset>`, "https://a.example/1 - - |"},
		{"under a prefix", `<s:urlset xmlns:s="x"><s:url><s:loc>https://a.example/1</s:loc></s:url></s:urlset>`, "https://a.example/1 - - |"},
		{"end tag missing", `<urlset><url><loc>https://a.example/1</loc><url><loc>https://a.example/2</loc></url></urlset>`, "https://a.example/1 - - | https://a.example/2 - - |"},
		{"entry without a web address", `<urlset><url><loc>javascript:x</loc></url><url></url><url><loc>https://a.example/1</loc></url></urlset>`, "https://a.example/1 - - |"},
		{"date in the address", `<urlset><url><loc>https://a.example/2024/03/05/x</loc></url></urlset>`, "https://a.example/2024/03/05/x - 2024-03-05 |"},
		{"index", `<sitemapindex><sitemap><loc>https://a.example/s1.xml.gz</loc><lastmod>2024-03-05</lastmod></sitemap><sitemap><loc>s2.xml</loc></sitemap></sitemapindex>`, "child https://a.example/s1.xml.gz child https://a.example/s2.xml"},
		{"text", "https://a.example/1\r\n# no\n\nhttps://a.example/2\n", "https://a.example/1 - - | https://a.example/2 - - |"},
		{"empty set", `<urlset></urlset>`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, err := ParseSitemap([]byte(c.body), "application/xml", base)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			day := func(at time.Time) string {
				if at.IsZero() {
					return "-"
				}
				return at.Format(time.DateOnly)
			}
			for _, s := range doc.Items {
				got = append(got, fmt.Sprintf("%s %s %s %s|", s.Link, day(s.Updated), day(s.Published), s.Title))
			}
			for _, child := range doc.Sitemaps {
				got = append(got, "child "+child)
			}
			if doc.Salvaged {
				got = append(got, "salvaged")
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %q, want %q", strings.Join(got, " "), c.want)
			}
		})
	}
}

func TestParseSitemap_NotASitemap(t *testing.T) {
	base, _ := url.Parse("https://a.example/sitemap.xml")
	for body, want := range map[string]string{
		"":                               "the answer is empty",
		"<html><body>x":                  "an HTML page, not a sitemap",
		"<rss><channel></channel></rss>": "a feed, not a sitemap",
		"<error/>":                       "XML whose first element is <error>",
		"Not found":                      `not a sitemap: it begins with "Not found"`,
	} {
		if _, err := ParseSitemap([]byte(body), "", base); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: got %v, want %q", body, err, want)
		}
	}
}

func TestParseSitemap_StopsAtLimit(t *testing.T) {
	base, _ := url.Parse("https://a.example/sitemap.xml")
	doc, err := ParseSitemap([]byte("<urlset>"+numbered("<url><loc>/%d</loc></url>", maxSitemapURLs+100)+"</urlset>"), "", base)
	if err != nil || len(doc.Items) != maxSitemapURLs || doc.Salvaged {
		t.Errorf("%d addresses, salvaged %v, %v", len(doc.Items), doc.Salvaged, err)
	}
}

func FuzzParseSitemap(f *testing.F) {
	f.Add([]byte(`<urlset><url><loc>https://a.example/1</loc><lastmod>2024</lastmod></url></urlset>`))
	f.Add([]byte("https://a.example/1\n/2"))
	f.Add([]byte("http:..")) // a host that is only dots
	f.Fuzz(func(t *testing.T, body []byte) {
		base, _ := url.Parse("https://a.example/sitemap.xml")
		doc, _ := ParseSitemap(body, "", base)
		for _, s := range doc.Items {
			if s.Link == "" || s.Link != text.SafeLink(s.Link, nil) {
				t.Fatalf("%q", s.Link)
			}
		}
	})
}
