package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// notAFeed says what came in place of a feed. first is the name of the document's first element, if it has any.
func notAFeed(text, first string, base *url.URL) (document, error) {
	switch {
	case text == "":
		return document{}, errors.New("the answer is empty; look whether the address still serves a feed")
	case first == "urlset" || first == "sitemapindex":
		return document{}, errors.New("a sitemap, not a feed; name the source with sitemap in place of feed")
	case first == "opml":
		return document{}, errors.New("a list of feeds (OPML), not a feed; import it, or name one of its feeds")
	case first == "html" || first == "head" || first == "body" || indexFold(text[:min(len(text), 512)], "<!doctype html") >= 0:
		return htmlPage(text, base)
	case strings.HasPrefix(text, "<") && first != "":
		return document{}, fmt.Errorf("XML whose first element is <%s>, not a feed; check the address", clean(shorten(first, 40)))
	}
	return document{}, fmt.Errorf("not a feed: it begins with %q; check the address", shorten(clean(cutBytes(text, 400)), 60))
}

// htmlPage is the answer to an HTML page in place of a feed: the feeds that it declares, in its order.
func htmlPage(text string, base *url.URL) (document, error) {
	title, declared := pageHead(text, base)
	doc := document{Declared: declared}
	what := "an HTML page"
	if title != "" {
		what = fmt.Sprintf("an HTML page (%q)", shorten(title, 80))
	}
	if len(declared) > 0 {
		return doc, &webPage{fmt.Sprintf("%s, not a feed; the page declares %s: put that in its place", what, strings.Join(declared, " and ")), declared}
	}
	return doc, &webPage{what + ", not a feed, and it declares none; look for the feed's address on the site, or read the list with page: and items:", nil}
}

// webPage is an HTML page in place of a feed.
type webPage struct {
	what     string
	declares []string
}

func (w *webPage) Error() string { return w.what }

// Declared tells whether an error of Ask means that a web page came in place of a feed, and which feeds that page
// declares.
func Declared(err error) (feeds []string, page bool) {
	var w *webPage
	if !errors.As(err, &w) {
		return nil, false
	}
	return w.declares, true
}

// feedTypes are the media types by which pages declare feeds.
var feedTypes = words("application/rss+xml application/atom+xml application/rdf+xml application/feed+json application/json text/xml application/xml")

// pageHead reads the title of a page and the feeds that it declares with link rel=alternate.
func pageHead(text string, base *url.URL) (title string, declared []string) {
	z := html.NewTokenizer(strings.NewReader(cutBytes(text, maxField)))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return title, declared
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			switch string(name) {
			case "title":
				if title == "" && z.Next() == html.TextToken {
					title = clean(cutBytes(string(z.Text()), 1000))
				}
			case "base":
				if at := resolved(attributesOf(z, more)["href"], base); at != nil && at.Host != "" {
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
	return safeLink(link["href"], base)
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
