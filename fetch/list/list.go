// Package list reads web pages that list articles: with the CSS selectors of feeds.yaml, with a path into a JSON
// document, or by finding the list itself (items: auto), and it proposes such selectors.
package list

import (
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
	"broadsheet/internal/link"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// maxListed is how many articles are read from one page.
const maxListed = 1000

// Result is what a page lists.
type Result struct {
	feed.Document
	List    broadsheet.PageList // what to remember of the list until the next visit
	Changed string              // why the list is not the one that it was, or is not what the selectors read; empty: all is well
}

// Read reads the articles that a page lists. last is what was remembered of its list at the last visit.
//
// With CSS selectors, Items selects the elements of the articles. Within one, Link selects the element whose href is the
// article's address (default: that of the heading, else the first link), Title the one whose text is the title, and Date
// the one that has the date. If Items is a path ($.posts), the page is a JSON document, or has one embedded, and the
// others are paths within an item. Otherwise the list is found by the program itself, and read only if it is the list
// that is remembered. Relative addresses are resolved against the page's base element, else against base.
//
// If Items matches nothing, or nothing with a link, the error says what the page offers instead.
func Read(body []byte, contentType string, base *url.URL, source broadsheet.Source, last broadsheet.PageList) (Result, error) {
	content := text.Decode(body, contentType)
	if isJSON(content) {
		return readJSONDocument(content, base, source, last)
	}
	p := newPage(content, base)
	switch {
	case source.FindsItems():
		return p.readAuto(source, last)
	case source.ItemsPath():
		return p.readEmbedded(source, last)
	}
	return p.readSelected(source, last)
}

// Parse reads the articles that a page lists, of which nothing is remembered.
func Parse(body []byte, contentType string, base *url.URL, source broadsheet.Source) (feed.Document, error) {
	result, err := Read(body, contentType, base, source, broadsheet.PageList{})
	return result.Document, err
}

// page is a parsed web page.
type page struct {
	*goquery.Document
	base     *url.URL // relative addresses are resolved against it
	language string

	content   []*html.Node        // see contentLinks
	isContent map[*html.Node]bool // the same
}

func newPage(content []byte, base *url.URL) *page {
	return asPage(goquery.NewDocumentFromNode(extract.ParseHTML(content)), base)
}

func asPage(doc *goquery.Document, base *url.URL) *page {
	p := &page{Document: doc, base: base, language: feed.NormalizeLanguage(doc.Find("html").AttrOr("lang", ""))}
	if href, ok := doc.Find("base[href]").First().Attr("href"); ok {
		if at := text.ResolveLink(href, base); at != nil && at.Host != "" {
			p.base = at
		}
	}
	return p
}

// site returns the site that the page belongs to.
func (p *page) site() string {
	if p.base == nil {
		return ""
	}
	return link.Site(p.base.String())
}

// document returns the page's own title and address, without items.
func (p *page) document() feed.Document {
	doc := feed.Document{Title: text.Sanitize(p.Find("head title").First().Text())}
	if p.base != nil {
		doc.HomePage = text.SafeLink(p.base.String(), nil)
	}
	return doc
}

// readSelected reads a page with the selectors of its source, and compares what they find with the list that the program
// itself finds on the page and with the list that was there before.
func (p *page) readSelected(source broadsheet.Source, last broadsheet.PageList) (Result, error) {
	result := Result{Document: p.document(), List: last}
	if err := extract.PrepareForSelectors(p.Get(0), source.Items, source.Link, source.Title, source.Date); err != nil {
		return result, err
	}
	items := p.Find(source.Items)
	if items.Length() == 0 {
		return result, fmt.Errorf("items: %q matches nothing on the page; %s", source.Items, p.describeLists())
	}
	listed := readItems(splitItems(items, p.base, source.Link), p.base, source)
	if len(listed) == 0 {
		return result, fmt.Errorf("items: %q matches %d elements, but none has a link that link: finds; %s", source.Items, items.Length(), p.describeLists())
	}
	var isOther bool
	found := p.candidates(broadsheet.Source{})
	if result.Changed, isOther = compareSelected(listed, found, last, p.site()); !isOther {
		result.Items = feedItems(listed, p.language)
	}
	if result.Changed == "" || len(last.Links) == 0 {
		result.List = remember(broadsheet.PageList{}, listed, last, p.site())
	}
	return result, nil
}

// feedItems converts listings to items.
func feedItems(listed []listing, language string) []broadsheet.FeedItem {
	dates := make([]string, len(listed))
	for i, l := range listed {
		dates[i] = l.date
	}
	order := date.DetectOrder(dates, language)
	items := make([]broadsheet.FeedItem, 0, len(listed))
	for _, l := range listed {
		at, _ := date.Parse(l.date, order)
		if at.IsZero() {
			at, _ = date.FromPath(l.link)
		}
		items = append(items, broadsheet.FeedItem{GUID: l.link, Link: l.link, Title: l.title, Published: at, Language: language})
	}
	return items
}

// describeLists says what on the page looks like a list of articles: the largest groups of elements with the same tag
// and class that contain a link of a few words.
func (p *page) describeLists() string {
	count := map[string]int{}
	p.Find("article, li, div, section, tr").EachWithBreak(func(i int, item *goquery.Selection) bool {
		if name := selectorOf(item); name != "" {
			link := linkOf(item, "")
			if text.SafeLink(link.AttrOr("href", ""), p.base) != "" && len(strings.Fields(NodeText(link))) >= 3 && item.Find("a[href]").Length() <= 6 {
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
	return "these look like lists of articles: " + strings.Join(likely[:min(len(likely), 3)], ", ") + "; or leave items: out, and the program finds the list itself"
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
