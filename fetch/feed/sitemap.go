package feed

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/fetch/date"
	"broadsheet/fetch/text"
	"broadsheet/internal/plain"
)

// maxSitemapURLs is how many addresses of a sitemap are read. It is also the limit that sitemaps.org sets.
const maxSitemapURLs = 50_000

// ParseSitemap parses a sitemap, a sitemap index or a text file of addresses. Of an index the Document lists the
// sitemaps, in its order. The title and the date in the Google News extension become the item's. lastmod is when the
// page was updated, not when it was published.
func ParseSitemap(body []byte, contentType string, base *url.URL) (Document, error) {
	r := sitemapReader{repairer: repairer{tokenizer: tokenizer{src: string(text.Decode(body, contentType))}, namespaces: newNamespaces(), base: base, lookahead: 16 * len(body)}}
	root := r.readRoot()
	switch root {
	case "urlset", "sitemapindex":
		r.doc.Salvaged = !r.readEntries()
		return r.doc, nil
	case "":
		return parseTextSitemap(r.src, base)
	case "rss", "rdf", "feed":
		return Document{}, errors.New("a feed, not a sitemap; name the source with feed in place of sitemap")
	case "html":
		return Document{}, errors.New("an HTML page, not a sitemap; look into the site's robots.txt for the sitemap's address, or read the page as a source of kind page")
	}
	return Document{}, fmt.Errorf("XML whose first element is <%s>, not a sitemap; check the address", text.Sanitize(plain.Shorten(root, 40)))
}

// sitemapReader reads the entries of a sitemap.
type sitemapReader struct {
	repairer
	doc Document
}

// readRoot moves past the start tag of the first element and returns its name; "" if there is none.
func (r *sitemapReader) readRoot() string {
	for {
		switch q := r.next(); q.kind {
		case tokenStartTag:
			return q.local
		case tokenEOF, tokenCut:
			return ""
		}
	}
}

// readEntries reads the complete entries. It returns false if the sitemap ends before it is closed.
func (r *sitemapReader) readEntries() bool {
	for len(r.doc.Items)+len(r.doc.Sitemaps) < maxSitemapURLs {
		q := r.next()
		switch {
		case q.kind == tokenEOF || q.kind == tokenCut:
			return false
		case q.kind == tokenEndTag && (q.local == "urlset" || q.local == "sitemapindex"):
			return true
		case q.kind == tokenStartTag && q.local == "url":
			if !r.readURL() {
				return false
			}
		case q.kind == tokenStartTag && q.local == "sitemap":
			if !r.readChild() {
				return false
			}
		}
	}
	return true
}

// readElements calls take with each element of an entry, up to its end tag or the start of the next entry. It returns
// false if the entry is cut off.
func (r *sitemapReader) readElements(name string, take func(q token, space string)) bool {
	for {
		q := r.next()
		switch {
		case q.kind == tokenEOF || q.kind == tokenCut:
			return false
		case q.kind == tokenEndTag && q.local == name:
			return true
		case q.kind == tokenStartTag && q.local == name:
			r.pos = q.from
			return true
		case q.kind == tokenStartTag:
			take(q, q.prefix)
		}
	}
}

func (r *sitemapReader) readURL() bool {
	var s broadsheet.FeedItem
	closed := r.readElements("url", func(q token, space string) {
		switch {
		case q.local == "loc" && space != "image" && space != "video" && s.Link == "":
			s.Link = text.SafeLink(r.textOf(r.readContent(q)), r.base)
		case q.local == "lastmod":
			s.Updated, _ = date.Parse(r.textOf(r.readContent(q)), date.DayFirst)
		case q.local == "publication_date":
			s.Published, _ = date.Parse(r.textOf(r.readContent(q)), date.DayFirst)
		case q.local == "title" && space != "image" && space != "video":
			s.Title = text.TitleText(r.textOf(r.readContent(q)))
		case q.local == "language" && space == "news":
			s.Language = NormalizeLanguage(r.textOf(r.readContent(q)))
		}
	})
	if !closed || s.Link == "" {
		return closed
	}
	s.GUID = s.Link
	if s.Published.IsZero() {
		s.Published, _ = date.FromPath(s.Link)
	}
	r.doc.Items = append(r.doc.Items, s)
	return true
}

func (r *sitemapReader) readChild() bool {
	link, lastmod := "", time.Time{}
	closed := r.readElements("sitemap", func(q token, _ string) {
		switch {
		case q.local == "loc" && link == "":
			link = text.SafeLink(r.textOf(r.readContent(q)), r.base)
		case q.local == "lastmod":
			lastmod, _ = date.Parse(r.textOf(r.readContent(q)), date.DayFirst)
		}
	})
	if closed && link != "" {
		r.doc.Sitemaps, r.doc.Lastmods = append(r.doc.Sitemaps, link), append(r.doc.Lastmods, lastmod)
	}
	return closed
}

// parseTextSitemap parses a text file with one address on each line.
func parseTextSitemap(content string, base *url.URL) (Document, error) {
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
				return Document{}, fmt.Errorf("not a sitemap: it begins with %q; check the address", plain.Shorten(text.Sanitize(plain.TruncateBytes(content, 400)), 60))
			}
			continue
		}
		at, _ := date.FromPath(link)
		if doc.Items = append(doc.Items, broadsheet.FeedItem{GUID: link, Link: link, Published: at}); len(doc.Items) >= maxSitemapURLs {
			break
		}
	}
	if len(doc.Items) == 0 {
		return Document{}, errors.New("the answer is empty; look into the site's robots.txt for the sitemap's address")
	}
	return doc, nil
}
