package feed

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"broadsheet/fetch/text"
	"broadsheet/internal/plain"

	"golang.org/x/net/html"
)

// notFeedError returns an error that says what came in place of a feed. first is the name of the document's first
// element; "" if it has none.
func notFeedError(content, first string, base *url.URL) (Document, error) {
	switch {
	case content == "":
		return Document{}, errors.New("the answer is empty; look whether the address still serves a feed")
	case first == "urlset" || first == "sitemapindex":
		return Document{}, errors.New("a sitemap, not a feed; name the source with sitemap in place of feed")
	case first == "opml":
		return Document{}, errors.New("a list of feeds (OPML), not a feed; import it, or name one of its feeds")
	case first == "html" || first == "head" || first == "body" || text.IndexFold(content[:min(len(content), 512)], "<!doctype html") >= 0:
		return htmlPageInstead(content, base)
	case strings.HasPrefix(content, "<") && first != "":
		return Document{}, fmt.Errorf("XML whose first element is <%s>, not a feed; check the address", text.Sanitize(plain.Shorten(first, 40)))
	}
	return Document{}, fmt.Errorf("not a feed: it begins with %q; check the address", plain.Shorten(text.Sanitize(plain.TruncateBytes(content, 400)), 60))
}

// htmlPageInstead returns the error for an HTML page in place of a feed, and the feeds that the page declares, in its
// order.
func htmlPageInstead(content string, base *url.URL) (Document, error) {
	title, declared, refresh := pageHead(content, base)
	doc := Document{DeclaredFeeds: declared, RefreshTo: refresh}
	what := "an HTML page"
	if title != "" {
		what = fmt.Sprintf("an HTML page (%q)", plain.Shorten(title, 80))
	}
	switch {
	case refresh != "" && len(declared) > 0:
		return doc, &htmlPageError{fmt.Sprintf("%s, not a feed; the page leads on to %s (meta refresh) and declares %s: put the feed in its place", what, refresh, strings.Join(declared, " and ")), declared, refresh}
	case refresh != "":
		return doc, &htmlPageError{fmt.Sprintf("%s, not a feed; the page leads on to %s (meta refresh): put that in its place if it is the feed", what, refresh), nil, refresh}
	case len(declared) > 0:
		return doc, &htmlPageError{fmt.Sprintf("%s, not a feed; the page declares %s: put that in its place", what, strings.Join(declared, " and ")), declared, ""}
	}
	return doc, &htmlPageError{what + ", not a feed, and it declares none; look for the feed's address on the site, or read the list with page: and items:", nil, ""}
}

// htmlPageError says that an HTML page came in place of a feed.
type htmlPageError struct {
	what     string
	declares []string
	refresh  string // where the page's meta refresh leads
}

func (e *htmlPageError) Error() string { return e.what }

// DeclaredFeeds reports whether err, from fetching a feed, means that an HTML page came in its place, and returns the
// addresses of the feeds that the page declares, with that to which it leads on by a meta refresh before them.
func DeclaredFeeds(err error) (feeds []string, page bool) {
	var e *htmlPageError
	if !errors.As(err, &e) {
		return nil, false
	}
	if e.refresh != "" && !slices.Contains(e.declares, e.refresh) {
		return append([]string{e.refresh}, e.declares...), true
	}
	return e.declares, true
}

// feedTypes are the media types with which pages declare feeds.
var feedTypes = text.WordSet("application/rss+xml application/atom+xml application/rdf+xml application/feed+json application/json text/xml application/xml")

// pageHead returns the title of a page, the feeds that it declares with link rel=alternate, and where its meta refresh
// leads.
func pageHead(content string, base *url.URL) (title string, declared []string, refresh string) {
	own := text.SafeLink(base.String(), nil)
	z := html.NewTokenizer(strings.NewReader(plain.TruncateBytes(content, maxField)))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return title, declared, refresh
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			switch string(name) {
			case "title":
				if title == "" && z.Next() == html.TextToken {
					title = text.Sanitize(plain.TruncateBytes(string(z.Text()), 1000))
				}
			case "base":
				if at := text.ResolveLink(attributesOf(z, more)["href"], base); at != nil && at.Host != "" {
					base = at
				}
			case "meta":
				attributes := attributesOf(z, more)
				if strings.EqualFold(strings.TrimSpace(attributes["http-equiv"]), "refresh") && refresh == "" {
					if target := text.SafeLink(text.RefreshTarget(attributes["content"]), base); target != own {
						refresh = target
					}
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
