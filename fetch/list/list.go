// Package list parses web pages that list articles, with the CSS selectors of feeds.yaml, and proposes such selectors.
package list

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"sort"
	"strings"

	"broadsheet"
	"broadsheet/fetch/date"
	"broadsheet/fetch/extract"
	"broadsheet/fetch/feed"
	"broadsheet/fetch/text"
	"broadsheet/internal/plain"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// maxListed is how many articles are read from one page.
const maxListed = 1000

// Parse parses an HTML page with the CSS selectors of a page source. Items selects the elements of the articles. Within
// one, Link selects the element whose href is the article's address (default: the first link), Title the one whose text
// is the title (default: the first heading, else the link), and Date the one that has the date (default: time). Relative
// addresses are resolved against the page's base element, else against base.
//
// If Items matches nothing, or nothing with a link, the error says what the page offers instead.
func Parse(body []byte, contentType string, base *url.URL, source broadsheet.Source) (feed.Document, error) {
	page := goquery.NewDocumentFromNode(extract.ParseHTML(text.Decode(body, contentType)))
	doc := feed.Document{Title: text.Sanitize(page.Find("head title").First().Text())}
	if href, ok := page.Find("base[href]").First().Attr("href"); ok {
		if at := text.ResolveLink(href, base); at != nil && at.Host != "" {
			base = at
		}
	}
	if base != nil {
		doc.HomePage = text.SafeLink(base.String(), nil)
	}
	if err := extract.PrepareForSelectors(page.Get(0), source.Items, source.Link, source.Title, source.Date); err != nil {
		return doc, err
	}
	items := page.Find(source.Items)
	if items.Length() == 0 {
		return doc, fmt.Errorf("items: %q matches nothing on the page; %s", source.Items, describeLists(page, base))
	}
	language := feed.NormalizeLanguage(page.Find("html").AttrOr("lang", ""))
	listed := readItems(items, base, source)
	dates := make([]string, len(listed))
	for i, l := range listed {
		dates[i] = l.date
	}
	order := date.DetectOrder(dates, language)
	for _, l := range listed {
		at, _ := date.Parse(l.date, order)
		if at.IsZero() {
			at, _ = date.FromPath(l.link)
		}
		doc.Items = append(doc.Items, broadsheet.FeedItem{GUID: l.link, Link: l.link, Title: l.title, Published: at, Language: language})
	}
	if len(doc.Items) == 0 {
		return doc, fmt.Errorf("items: %q matches %d elements, but none has a link that link: finds; %s", source.Items, items.Length(), describeLists(page, base))
	}
	return doc, nil
}

// listing is one item of a list, as the page has it.
type listing struct{ link, title, date string }

// readItems reads the items in page order. Of two items with the same link the first is kept, with the title and the
// date of the second where it has none.
func readItems(items *goquery.Selection, base *url.URL, source broadsheet.Source) []listing {
	var all []listing
	known := map[string]int{}
	items.EachWithBreak(func(_ int, item *goquery.Selection) bool {
		l := readItem(item, base, source)
		if l.link == "" {
			return true
		}
		if i, twice := known[l.link]; twice {
			if all[i].title == "" {
				all[i].title = l.title
			}
			if all[i].date == "" {
				all[i].date = l.date
			}
			return true
		}
		known[l.link] = len(all)
		all = append(all, l)
		return len(all) < maxListed
	})
	return all
}

func readItem(item *goquery.Selection, base *url.URL, source broadsheet.Source) listing {
	anchor := linkOf(item, source.Link)
	l := listing{link: text.SafeLink(anchor.AttrOr("href", ""), base), title: NodeText(titleOf(item, anchor, source.Title))}
	if l.title == "" {
		l.title = plain.Shorten(text.Sanitize(anchor.AttrOr("title", anchor.AttrOr("aria-label", ""))), text.MaxTitle)
	}
	l.date = dateOf(item, source.Date)
	return l
}

// linkOf returns the element whose href leads to the article.
func linkOf(item *goquery.Selection, selector string) *goquery.Selection {
	if selector != "" {
		found := item.Find(selector).AddSelection(item.Filter(selector)).First()
		if found.Is("[href]") || found.Length() == 0 {
			return found
		}
		item = found
	}
	if item.Is("a[href]") {
		return item
	}
	if heading := item.Find("h1 a[href], h2 a[href], h3 a[href], h4 a[href]").First(); heading.Length() > 0 {
		return heading
	}
	return item.Find("a[href]").First()
}

func titleOf(item, anchor *goquery.Selection, selector string) *goquery.Selection {
	if selector != "" {
		return item.Find(selector).AddSelection(item.Filter(selector)).First()
	}
	if heading := item.Find("h1, h2, h3, h4, h5, h6").First(); NodeText(heading) != "" {
		return heading
	}
	return anchor
}

// dateOf returns the date of an item as it is written: a machine-readable attribute if there is one, else the text.
func dateOf(item *goquery.Selection, selector string) string {
	if selector == "" {
		selector = "time"
	}
	found := item.Find(selector).AddSelection(item.Filter(selector)).First()
	for _, name := range []string{"datetime", "content", "data-date", "title"} {
		if value := found.AttrOr(name, ""); value != "" {
			if _, ok := date.Parse(value, date.DayFirst); ok {
				return value
			}
		}
	}
	return NodeText(found)
}

// NodeText returns the text of an element as one line, with spaces between its blocks.
func NodeText(found *goquery.Selection) string {
	if found.Length() == 0 {
		return ""
	}
	var markup bytes.Buffer
	if html.Render(&markup, found.Get(0)) != nil {
		return ""
	}
	return plain.Shorten(text.FromHTML(markup.String()), text.MaxTitle)
}

// describeLists says what on the page looks like a list of articles: the largest groups of elements with the same tag
// and class that contain a link of a few words.
func describeLists(page *goquery.Document, base *url.URL) string {
	count := map[string]int{}
	page.Find("article, li, div, section, tr").EachWithBreak(func(i int, item *goquery.Selection) bool {
		if name := selectorOf(item); name != "" {
			link := linkOf(item, "")
			if text.SafeLink(link.AttrOr("href", ""), base) != "" && len(strings.Fields(NodeText(link))) >= 3 && item.Find("a[href]").Length() <= 6 {
				count[name]++
			}
		}
		return i < 5000
	})
	var likely []string
	for name, n := range count {
		if n >= 3 {
			likely = append(likely, name)
		}
	}
	if len(likely) == 0 {
		return "nothing on it looks like a list of articles: it may be built by a script, or another address has it"
	}
	sort.Slice(likely, func(i, j int) bool {
		if count[likely[i]] != count[likely[j]] {
			return count[likely[i]] > count[likely[j]]
		}
		return likely[i] < likely[j]
	})
	for i, name := range likely {
		likely[i] = fmt.Sprintf("%q (%d)", name, count[name])
	}
	return "these look like lists of articles: " + strings.Join(likely[:min(len(likely), 3)], ", ")
}

// selectorOf returns a selector for elements like item: its tag and first class. It returns "" if there is no class,
// because a bare li or div selects too much.
func selectorOf(item *goquery.Selection) string {
	tag := goquery.NodeName(item)
	for _, class := range strings.Fields(item.AttrOr("class", "")) {
		if isPlainName(class) {
			return tag + "." + class
		}
	}
	if tag == "article" {
		return tag
	}
	return ""
}

// plainName matches the classes and ids that need no escaping in a selector.
var plainName = regexp.MustCompile(`^[A-Za-z_\x{80}-\x{10ffff}][A-Za-z0-9_\x{80}-\x{10ffff}-]*$`)

func isPlainName(name string) bool { return len(name) <= 40 && plainName.MatchString(name) }
