package publish

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"broadsheet"
)

const sitemapSpace = "http://www.sitemaps.org/schemas/sitemap/0.9"

// place is a URL of a sitemap, and when what it leads to last changed: a date.
type place struct {
	path string
	day  broadsheet.Day
}

func (p *publisher) sitemapOf(places []place) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"%s\">\n", sitemapSpace)
	for _, at := range places {
		fmt.Fprintf(&b, "<url><loc>%s</loc>%s</url>\n", html.EscapeString(p.site+at.path), lastmod(at.day))
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

// yearSitemap leads to a year's editions. One file could not hold them for ever, and the years that are over stay as
// they are.
func (p *publisher) yearSitemap(y span, months []span) []byte {
	days := p.days(y)
	places := []place{{folderPath(y.Key), days[len(days)-1].Day}}
	for _, m := range slices.Backward(months) {
		own := p.days(m)
		places = append(places, place{folderPath(m.Key), own[len(own)-1].Day})
		for _, d := range slices.Backward(own) {
			places = append(places, place{dayPath(d.Day), d.Day})
		}
	}
	return p.sitemapOf(places)
}

// pagesSitemap leads to the pages that are not editions.
func (p *publisher) pagesSitemap() []byte {
	var newest broadsheet.Day
	if n := len(p.source.Days); n > 0 {
		newest = p.source.Days[n-1].Day
	}
	places := []place{{"", newest}, {"archive/", newest}, {"about/", ""}, {"sources/", ""}, {"topics/", ""}, {"companies/", ""}}
	for _, s := range slices.Concat(p.topics, p.companies) {
		places = append(places, place{s.Path, ""})
	}
	return p.sitemapOf(places)
}

// sitemapIndex leads to all sitemaps.
func (p *publisher) sitemapIndex(years []span) []byte {
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

// robots lets everybody in: what stands here is titles, a few lines each, and links to where they come from.
func (p *publisher) robots() []byte {
	s := "User-agent: *\nAllow: /\n"
	if p.site != "" {
		s += "\nSitemap: " + p.site + "sitemap.xml\n"
	}
	return []byte(s)
}
