package feed

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"broadsheet/fetch/text"

	"golang.org/x/net/html"
)

// notFeedError says what came in place of a feed. first is the name of the document's first element, if it has any.
func notFeedError(content, first string, base *url.URL) (Document, error) {
	switch {
	case content == "":
		return Document{}, errors.New("the answer is empty; look whether the address still serves a feed")
	case first == "urlset" || first == "sitemapindex":
		return Document{}, errors.New("a sitemap, not a feed; name the source with sitemap in place of feed")
	case first == "opml":
		return Document{}, errors.New("a list of feeds (OPML), not a feed; import it, or name one of its feeds")
	case first == "html" || first == "head" || first == "body" || text.IndexFold(content[:min(len(content), 512)], "<!doctype html") >= 0:
		return htmlPage(content, base)
	case strings.HasPrefix(content, "<") && first != "":
		return Document{}, fmt.Errorf("XML whose first element is <%s>, not a feed; check the address", text.Sanitize(text.Shorten(first, 40)))
	}
	return Document{}, fmt.Errorf("not a feed: it begins with %q; check the address", text.Shorten(text.Sanitize(text.TruncateBytes(content, 400)), 60))
}

// htmlPage is the answer to an HTML page in place of a feed: the feeds that it declares, in its order.
func htmlPage(content string, base *url.URL) (Document, error) {
	title, declared := pageHead(content, base)
	doc := Document{Declared: declared}
	what := "an HTML page"
	if title != "" {
		what = fmt.Sprintf("an HTML page (%q)", text.Shorten(title, 80))
	}
	if len(declared) > 0 {
		return doc, &htmlPageError{fmt.Sprintf("%s, not a feed; the page declares %s: put that in its place", what, strings.Join(declared, " and ")), declared}
	}
	return doc, &htmlPageError{what + ", not a feed, and it declares none; look for the feed's address on the site, or read the list with page: and items:", nil}
}

// htmlPageError is an HTML page in place of a feed.
type htmlPageError struct {
	what     string
	declares []string
}

func (w *htmlPageError) Error() string { return w.what }

// DeclaredFeeds tells whether an error of Ask means that a web page came in place of a feed, and which feeds that page
// declares.
func DeclaredFeeds(err error) (feeds []string, page bool) {
	var w *htmlPageError
	if !errors.As(err, &w) {
		return nil, false
	}
	return w.declares, true
}

// feedTypes are the media types by which pages declare feeds.
var feedTypes = text.Words("application/rss+xml application/atom+xml application/rdf+xml application/feed+json application/json text/xml application/xml")

// pageHead reads the title of a page and the feeds that it declares with link rel=alternate.
func pageHead(content string, base *url.URL) (title string, declared []string) {
	z := html.NewTokenizer(strings.NewReader(text.TruncateBytes(content, maxField)))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return title, declared
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			switch string(name) {
			case "title":
				if title == "" && z.Next() == html.TextToken {
					title = text.Sanitize(text.TruncateBytes(string(z.Text()), 1000))
				}
			case "base":
				if at := text.ResolveLink(attributesOf(z, more)["href"], base); at != nil && at.Host != "" {
					base = at
				}
			case "link":
				if link := declaredFeed(attributesOf(z, more), base); link != "" && !slices.Contains(declared, link) && len(declared) < 10 {
					declared = append(declared, link)
				}
			}
		}
	}
}

func declaredFeed(link map[string]string, base *url.URL) string {
	kind, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(link["type"])), ";")
	if !slices.Contains(strings.Fields(strings.ToLower(link["rel"])), "alternate") || !feedTypes[strings.TrimSpace(kind)] {
		return ""
	}
	return text.SafeLink(link["href"], base)
}

func attributesOf(z *html.Tokenizer, more bool) map[string]string {
	all := map[string]string{}
	for more && len(all) < 20 {
		var key, value []byte
		key, value, more = z.TagAttr()
		if _, twice := all[string(key)]; !twice {
			all[string(bytes.ToLower(key))] = string(value)
		}
	}
	return all
}
