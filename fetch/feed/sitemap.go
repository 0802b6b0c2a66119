package feed

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"broadsheet"
	"broadsheet/fetch/date"
	"broadsheet/fetch/text"
)

// maxMapped is how many addresses of a sitemap are read (sitemaps.org sets the same).
const maxMapped = 50_000

// ParseSitemap reads a sitemap, a sitemap index or a text file of addresses. The sitemaps that an index names are in Children, in its order. What an address is said to be about (Google News) becomes its title and its
// date; lastmod is when it was updated, which is not when it was published.
func ParseSitemap(body []byte, contentType string, base *url.URL) (Document, error) {
	m := mapper{repairer: repairer{tagScanner: tagScanner{src: string(text.Decode(body, contentType))}, spaces: newNamespaces(), base: base, lookahead: 16 * len(body)}}
	root := m.start()
	switch root {
	case "urlset", "sitemapindex":
		m.doc.Salvaged = !m.entries()
		return m.doc, nil
	case "":
		return textSitemap(m.src, base)
	case "rss", "rdf", "feed":
		return Document{}, errors.New("a feed, not a sitemap; name the source with feed in place of sitemap")
	case "html":
		return Document{}, errors.New("an HTML page, not a sitemap; look into the site's robots.txt for the sitemap's address, or read the page as a source of kind page")
	}
	return Document{}, fmt.Errorf("XML whose first element is <%s>, not a sitemap; check the address", text.Sanitize(text.Shorten(root, 40)))
}

// mapper reads the entries of a sitemap.
type mapper struct {
	repairer
	doc Document
}

// start passes over what stands before the first element, and returns its name.
func (m *mapper) start() string {
	for {
		switch q := m.next(); q.kind {
		case lexStartTag:
			return q.local
		case lexEnd, lexCut:
			return ""
		}
	}
}

// entries reads the entries that are whole; false: the sitemap ends before it is closed.
func (m *mapper) entries() bool {
	for len(m.doc.Items)+len(m.doc.Children) < maxMapped {
		q := m.next()
		switch {
		case q.kind == lexEnd || q.kind == lexCut:
			return false
		case q.kind == lexEndTag && (q.local == "urlset" || q.local == "sitemapindex"):
			return true
		case q.kind == lexStartTag && q.local == "url":
			if !m.url() {
				return false
			}
		case q.kind == lexStartTag && q.local == "sitemap":
			if !m.child() {
				return false
			}
		}
	}
	return true
}

// parts reads the elements of one entry up to its end tag, or the next entry's; false: it is cut off.
func (m *mapper) parts(name string, take func(q lexeme, space string)) bool {
	for {
		q := m.next()
		switch {
		case q.kind == lexEnd || q.kind == lexCut:
			return false
		case q.kind == lexEndTag && q.local == name:
			return true
		case q.kind == lexStartTag && q.local == name:
			m.pos = q.from
			return true
		case q.kind == lexStartTag:
			take(q, q.prefix)
		}
	}
}

func (m *mapper) url() bool {
	var s broadsheet.FeedItem
	closed := m.parts("url", func(q lexeme, space string) {
		switch {
		case q.local == "loc" && space != "image" && space != "video" && s.Link == "":
			s.Link = text.SafeLink(m.text(m.inside(q)), m.base)
		case q.local == "lastmod":
			s.Updated, _ = date.Parse(m.text(m.inside(q)), date.DayFirst)
		case q.local == "publication_date":
			s.Published, _ = date.Parse(m.text(m.inside(q)), date.DayFirst)
		case q.local == "title" && space != "image" && space != "video":
			s.Title = text.TitleText(m.text(m.inside(q)))
		case q.local == "language" && space == "news":
			s.Language = LanguageOf(m.text(m.inside(q)))
		}
	})
	if !closed || s.Link == "" {
		return closed
	}
	s.GUID = s.Link
	if s.Published.IsZero() {
		s.Published, _ = date.InPath(s.Link)
	}
	m.doc.Items = append(m.doc.Items, s)
	return true
}

func (m *mapper) child() bool {
	link := ""
	closed := m.parts("sitemap", func(q lexeme, _ string) {
		if q.local == "loc" && link == "" {
			link = text.SafeLink(m.text(m.inside(q)), m.base)
		}
	})
	if closed && link != "" {
		m.doc.Children = append(m.doc.Children, link)
	}
	return closed
}

// textSitemap reads one address a line.
func textSitemap(content string, base *url.URL) (Document, error) {
	var doc Document
	for line := range strings.Lines(content) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		link := ""
		if strings.HasPrefix(line, "http") || strings.HasPrefix(line, "/") {
			link = text.SafeLink(line, base)
		}
		if link == "" {
			if len(doc.Items) == 0 {
				return Document{}, fmt.Errorf("not a sitemap: it begins with %q; check the address", text.Shorten(text.Sanitize(text.TruncateBytes(content, 400)), 60))
			}
			continue
		}
		at, _ := date.InPath(link)
		if doc.Items = append(doc.Items, broadsheet.FeedItem{GUID: link, Link: link, Published: at}); len(doc.Items) >= maxMapped {
			break
		}
	}
	if len(doc.Items) == 0 {
		return Document{}, errors.New("the answer is empty; look into the site's robots.txt for the sitemap's address")
	}
	return doc, nil
}
