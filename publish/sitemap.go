package publish

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"broadsheet"
)

const sitemapSpace = "http://www.sitemaps.org/schemas/sitemap/0.9"

// sitemapURL is a page in a sitemap.
type sitemapURL struct {
	path string
	day  broadsheet.Day // when the page last changed; empty: not known
}

// sitemap encodes a sitemap (sitemaps.org protocol 0.9).
func (p *publisher) sitemap(urls []sitemapURL) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"%s\">\n", sitemapSpace)
	for _, u := range urls {
		fmt.Fprintf(&b, "<url><loc>%s</loc>%s</url>\n", html.EscapeString(p.site+u.path), lastmod(u.day))
	}
	b.WriteString("</urlset>\n")
	return []byte(b.String())
}

func lastmod(day broadsheet.Day) string {
	if day == "" {
		return ""
	}
	return "<lastmod>" + string(day) + "</lastmod>"
}

// yearSitemap returns the sitemap of a year's editions. There is one a year because a sitemap has a maximum size, and so that
// the sitemaps of past years do not change.
func (p *publisher) yearSitemap(y period, months []period) []byte {
	days := p.days(y)
	urls := []sitemapURL{{periodPath(y.Key), days[len(days)-1].Day}}
	for _, m := range slices.Backward(months) {
		own := p.days(m)
		urls = append(urls, sitemapURL{periodPath(m.Key), own[len(own)-1].Day})
		for _, d := range slices.Backward(own) {
			urls = append(urls, sitemapURL{dayPath(d.Day), d.Day})
		}
	}
	return p.sitemap(urls)
}

// pagesSitemap returns the sitemap of the pages that are not editions.
func (p *publisher) pagesSitemap() []byte {
	var newest broadsheet.Day
	if n := len(p.src.Days); n > 0 {
		newest = p.src.Days[n-1].Day
	}
	urls := []sitemapURL{{"", newest}, {"archive/", newest}, {"about/", ""}, {"sources/", ""}, {"topics/", ""}, {"companies/", ""}}
	for _, s := range slices.Concat(p.topics, p.companies) {
		urls = append(urls, sitemapURL{s.Path, ""})
	}
	return p.sitemap(urls)
}

// sitemapIndex returns the index of all sitemaps.
func (p *publisher) sitemapIndex(years []period) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex xmlns=\"%s\">\n", sitemapSpace)
	fmt.Fprintf(&b, "<sitemap><loc>%s</loc></sitemap>\n", html.EscapeString(p.site+"sitemap-pages.xml"))
	for _, y := range slices.Backward(years) {
		days := p.days(y)
		fmt.Fprintf(&b, "<sitemap><loc>%s</loc>%s</sitemap>\n", html.EscapeString(p.site+"sitemap-"+y.Key+".xml"), lastmod(days[len(days)-1].Day))
	}
	b.WriteString("</sitemapindex>\n")
	return []byte(b.String())
}

// robotsTxt returns a robots.txt that allows everything: the site has only titles, a few lines of each article, and links to
// the originals.
func (p *publisher) robotsTxt() []byte {
	s := "User-agent: *\nAllow: /\n"
	if p.site != "" {
		s += "\nSitemap: " + p.site + "sitemap.xml\n"
	}
	return []byte(s)
}
