package list

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"broadsheet"
	"broadsheet/fetch/date"
	"broadsheet/fetch/text"
	"broadsheet/internal/plain"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// listing is one item of a list, as the page has it.
type listing struct {
	link, title, date string
	headed            bool // its title is a heading
}

// item is one article of a list: the elements that it consists of, usually one. before and after are the elements
// between it and its neighbours that have no link: the <dt> of a <dd>, the heading of a "Read more", the date that
// follows a heading.
type item struct {
	*goquery.Selection
	before, after []*html.Node
}

// maxBetween is how many elements between two items are looked at.
const maxBetween = 6

// itemsOf returns the items that each consist of one of the elements.
func itemsOf(elements *goquery.Selection) []item {
	items := make([]item, 0, elements.Length())
	isItem := make(map[*html.Node]bool, elements.Length())
	for _, n := range elements.Nodes {
		isItem[n] = true
	}
	for _, n := range elements.Nodes {
		items = append(items, newItem(isItem, n))
	}
	return items
}

// newItem returns the item of elements that are siblings, in the order of the page. isItem reports which elements belong to items.
func newItem(isItem map[*html.Node]bool, nodes ...*html.Node) item {
	first, last := nodes[0], nodes[len(nodes)-1]
	it := item{Selection: &goquery.Selection{Nodes: nodes}}
	for n := first.PrevSibling; n != nil && len(it.before) < maxBetween && !isItem[n] && !hasLink(n); n = n.PrevSibling {
		if n.Type == html.ElementNode {
			it.before = append(it.before, n)
		}
	}
	for n := last.NextSibling; n != nil && len(it.after) < maxBetween && !isItem[n] && (!hasLink(n) || !hasLink(first)); n = n.NextSibling {
		if n.Type == html.ElementNode {
			it.after = append(it.after, n)
		}
		if hasLink(n) {
			break
		}
	}
	return it
}

// maxLinkSearch is how many nodes of an element are searched for a link: what lies between two items is small.
const maxLinkSearch = 60

// hasLink reports whether an element is a link, or begins with nodes of which one is; a larger element counts as having one.
func hasLink(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	if isLink(n) {
		return true
	}
	seen := 0
	for d := range n.Descendants() {
		if seen++; isLink(d) || seen > maxLinkSearch {
			return true
		}
	}
	return false
}

// isLink reports whether a node is a link to another page.
func isLink(n *html.Node) bool {
	return n.DataAtom == atom.A && n.Type == html.ElementNode && !strings.HasPrefix(attribute(n, "href"), "#") && attribute(n, "href") != ""
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

// withLink returns a heading that has no link together with what follows it up to a link, such as a "Read more"; other
// items as they are.
func (it item) withLink() item {
	if !it.Is("h1, h2, h3, h4, h5, h6, dt") || it.Is("a[href]") || it.Find("a[href]").Length() > 0 {
		return it
	}
	return item{Selection: &goquery.Selection{Nodes: slices.Concat(it.Nodes, it.after)}, before: it.before}
}

// readItems reads the items in page order. Of two items with the same link the first is kept, with the title and the
// date of the second where it has none. A title that most items share is no title.
func readItems(items []item, base *url.URL, source broadsheet.Source) []listing {
	var none map[string]bool
	dateBefore := datesStandBefore(items, source.Date)
	for range 3 {
		listed := readOnce(items, base, source, none, dateBefore)
		shared := sharedTitle(listed)
		if shared == "" {
			return listed
		}
		if none == nil {
			none = map[string]bool{}
		}
		none[shared] = true
	}
	return readOnce(items, base, source, none, dateBefore)
}

// sharedTitle returns the title of more than half of three listings or more, folded; "" if there is none.
func sharedTitle(listed []listing) string {
	count := map[string]int{}
	for _, l := range listed {
		if folded := foldTitle(l.title); folded != "" && len(listed) >= MinItems {
			if count[folded]++; count[folded]*2 > len(listed) {
				return folded
			}
		}
	}
	return ""
}

func foldTitle(title string) string { return strings.ToLower(title) }

func readOnce(items []item, base *url.URL, source broadsheet.Source, none map[string]bool, dateBefore bool) []listing {
	var all []listing
	known, repeated := map[string]int{}, map[string]int{}
	for _, it := range items {
		it = it.withLink()
		anchor := linkOf(it.Selection, source.Link)
		address := text.SafeLink(anchor.AttrOr("href", ""), base)
		if i, twice := known[address]; address == "" || isOwnSection(address, base) || twice && all[i].title != "" && all[i].headed && all[i].date != "" {
			continue
		}
		if repeated[address]++; repeated[address] > maxRepeated {
			continue
		}
		l := readItem(it, anchor, address, source, none, dateBefore)
		if i, twice := known[l.link]; twice {
			if all[i].title == "" || l.headed && !all[i].headed {
				all[i].title, all[i].headed = l.title, l.headed
			}
			if all[i].date == "" {
				all[i].date = l.date
			}
			continue
		}
		known[l.link] = len(all)
		if all = append(all, l); len(all) >= maxListed {
			break
		}
	}
	return all
}

// isOwnSection reports whether an address is that of a part of the page itself. A fragment that begins with a slash or an
// exclamation mark is read by scripts, and is another page.
func isOwnSection(address string, base *url.URL) bool {
	page, fragment, ok := strings.Cut(address, "#")
	if !ok || base == nil || strings.HasPrefix(fragment, "/") || strings.HasPrefix(fragment, "!") {
		return false
	}
	own, _, _ := strings.Cut(base.String(), "#")
	return page == own
}

// maxRepeated is how many items with the same link are looked at.
const maxRepeated = 20

// readItem reads the title and the date of an item whose link is known.
func readItem(it item, anchor *goquery.Selection, address string, source broadsheet.Source, none map[string]bool, dateBefore bool) listing {
	l := listing{link: address}
	l.title, l.headed = titleReader{it, anchor, none}.title(source.Title)
	l.date = dateOf(it.Selection, source.Date)
	if source.Date == "" && !isDate(l.date) {
		l.date = firstDate(it, dateBefore)
	}
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
	if own := item.Filter("a[href]"); own.Length() > 0 {
		return own.First()
	}
	if heading := item.Find("h1 a[href], h2 a[href], h3 a[href], h4 a[href]").First(); heading.Length() > 0 {
		return heading
	}
	return item.Find("a[href]").First()
}

// splitItems returns an item for each element, or, of an element that holds several articles, one for each of them:
// with an explicit link selector, links of the same family are the links of different articles. So a selector that
// matches the container of a list, besides or instead of its items, reads all of them.
func splitItems(elements *goquery.Selection, base *url.URL, selector string) []item {
	if selector == "" {
		return itemsOf(elements)
	}
	plainItems := itemsOf(elements)
	var items []item
	split := 0
	for _, it := range plainItems {
		links := it.Find(selector).AddSelection(it.Filter(selector)).Filter("a[href]")
		if parts := partsOf(it, links, base); split < maxSplit && len(parts) > 1 {
			split++
			items = append(items, parts...)
		} else {
			items = append(items, it)
		}
	}
	return items
}

// maxSplit is how many elements are split: a selector that matches everything would otherwise split each ancestor of a list.
const maxSplit = 50

// partsOf returns the items of the articles that the links within an item lead to; nil if it is not clear that they lead
// to several articles.
func partsOf(it item, links *goquery.Selection, base *url.URL) []item {
	if links.Length() < 2 {
		return nil
	}
	family := ""
	var all []*html.Node
	for _, n := range links.Nodes {
		address := text.SafeLink(attribute(n, "href"), base)
		if address == "" {
			continue
		}
		of, _ := familyOf(address)
		if family != "" && of != family {
			return nil
		}
		family, all = of, append(all, n)
	}
	parts := segments(it.Nodes, all, base)
	if len(parts) < 2 {
		return nil
	}
	return parts
}

// titleReader finds the title of one item.
type titleReader struct {
	item
	anchor *goquery.Selection
	none   map[string]bool // texts that are no titles, folded
}

// title returns the title and whether it is a heading. selector is the one of feeds.yaml; it may be empty.
func (r titleReader) title(selector string) (title string, headed bool) {
	if selector != "" {
		if title = r.first(r.Find(selector).AddSelection(r.Filter(selector)), isAny); title != "" {
			return title, true
		}
	}
	if title = r.heading(r.Selection); looksLikeTitle(title) || title != "" && r.belongs(title) {
		return title, true
	}
	heading := title
	href := r.anchor.AttrOr("href", "")
	anchors := r.Find("a[href]").AddSelection(r.Filter("a[href]")).FilterFunction(func(_ int, a *goquery.Selection) bool { return a.AttrOr("href", "") == href })
	simple := anchors.FilterFunction(func(_ int, a *goquery.Selection) bool { return a.Find("div, p, ul, section, time").Length() == 0 })
	if title = r.first(simple, isTitleLike); title != "" {
		return title, false
	}
	if title = r.first(r.Find(titleClasses), isAny); title != "" {
		return title, false
	}
	if heading != "" {
		return heading, true
	}
	if title = r.block(); title != "" {
		return title, false
	}
	if title = r.heading(&goquery.Selection{Nodes: r.before}); title != "" {
		return title, true
	}
	if title = r.first(&goquery.Selection{Nodes: r.before}, isTitleLike); title != "" {
		return title, false
	}
	if title = r.first(r.Find("b, strong"), isAny); title != "" {
		return title, false
	}
	for _, name := range []string{"title", "aria-label"} {
		if title = r.clean(stripCall(text.Sanitize(anchors.FilterFunction(func(_ int, a *goquery.Selection) bool { return a.AttrOr(name, "") != "" }).First().AttrOr(name, "")))); title != "" {
			return title, false
		}
	}
	if title = r.first(simple, isAny); title != "" {
		return title, false
	}
	if title = r.first(anchors, isAny); title != "" {
		return title, false
	}
	return r.clean(text.Sanitize(anchors.Find("img[alt]").First().AttrOr("alt", ""))), false
}

// titleClasses matches the elements that sites call titles.
const titleClasses = `[itemprop~=headline], [itemprop~=name], [class*=title], [class*=Title], [class*=headline], [class*=Headline], [class*=heading], [class*=Heading]`

// heading returns the text of the item's heading. Of several it is that of the highest level, which a kicker or the
// name of an author are not.
func (r titleReader) heading(of *goquery.Selection) string {
	best, level := "", "h9"
	of.Find("h1, h2, h3, h4, h5, h6").AddSelection(of.Filter("h1, h2, h3, h4, h5, h6")).EachWithBreak(func(i int, h *goquery.Selection) bool {
		name := goquery.NodeName(h)
		if title := r.clean(NodeText(h)); title != "" && !isDate(title) && (name < level || name == level && !looksLikeTitle(best) && looksLikeTitle(title)) {
			best, level = title, name
		}
		return i < 12
	})
	return best
}

// belongs reports whether a heading with this text is part of the link or has the link in it, so that it is no heading
// of a group ("2024", "Featured").
func (r titleReader) belongs(title string) bool {
	if r.anchor.Closest("h1, h2, h3, h4, h5, h6").Length() > 0 || r.anchor.Find("h1, h2, h3, h4, h5, h6").Length() > 0 {
		return true
	}
	own := r.clean(NodeText(r.anchor))
	return own == "" || own == title
}

func isAny(string) bool { return true }

// isTitleLike reports whether a text is likely to be a title rather than a summary or a label.
func isTitleLike(text string) bool {
	return looksLikeTitle(text) && utf8.RuneCountInString(text) <= 200
}

// first returns the text of the first element that may be a title and fits.
func (r titleReader) first(of *goquery.Selection, fits func(string) bool) (title string) {
	of.EachWithBreak(func(i int, e *goquery.Selection) bool {
		if t := r.clean(NodeText(e)); t != "" && !isDate(t) && fits(t) {
			title = t
		}
		return title == "" && i < 30
	})
	return title
}

// block returns the first text of the item that stands in an element of its own and looks like a title.
func (r titleReader) block() (title string) {
	r.Find("*").EachWithBreak(func(i int, e *goquery.Selection) bool {
		if e.Children().Filter("div, p, span, a, ul, time").Length() == 0 {
			if t := r.clean(NodeText(e)); isTitleLike(t) && !isDate(t) {
				title = t
			}
		}
		return title == "" && i < 100
	})
	return title
}

// clean returns a text, or "" if it is no title: a call to action, or a text that most items share.
func (r titleReader) clean(title string) string {
	if isCall(title) || r.none[foldTitle(title)] {
		return ""
	}
	return plain.Shorten(title, text.MaxTitle)
}

// dateOf returns the date of an item as it is written: a machine-readable attribute if there is one, else the text.
func dateOf(item *goquery.Selection, selector string) string {
	if selector == "" {
		selector = "time"
	}
	found := item.Find(selector).AddSelection(item.Filter(selector)).First()
	for _, name := range []string{"datetime", "content", "data-date", "title"} {
		if value := found.AttrOr(name, ""); value != "" && isDate(value) {
			return value
		}
	}
	return NodeText(found)
}

func isDate(text string) bool {
	if len(text) > 200 {
		return false
	}
	_, ok := date.Parse(text, date.DayFirst)
	return ok
}

// maxDateLength is the length of the longest text that is taken for a date, in bytes.
const maxDateLength = 60

// firstDate returns the first short text of an item, or of what stands beside it, that is a date; "" if there is none.
func firstDate(it item, before bool) string {
	if found := dateIn(it.Nodes); found != "" {
		return found
	}
	if before {
		return dateIn(it.before)
	}
	return dateIn(it.after)
}

// datesStandBefore reports whether the dates of items that stand beside each other precede them: the first has one
// before it, or the last has none after it.
func datesStandBefore(items []item, selector string) bool {
	if selector != "" || len(items) == 0 {
		return false
	}
	return dateIn(items[0].before) != "" && dateIn(items[len(items)-1].after) == ""
}

func dateIn(nodes []*html.Node) string {
	seen := 0
	for _, n := range nodes {
		if found := dateWithin(n, &seen); found != "" {
			return found
		}
	}
	return ""
}

// dateWithin returns the first date in a node: a datetime attribute, or a text that is nothing else. seen counts the
// nodes that were looked at.
func dateWithin(n *html.Node, seen *int) string {
	if *seen++; *seen > 150 {
		return ""
	}
	if n.Type == html.ElementNode {
		if value := attribute(n, "datetime"); value != "" && isDate(value) {
			return value
		}
	}
	if n.Type == html.TextNode {
		if value := strings.Trim(n.Data, " \t\r\n\u00a0·•|—–-:,()[]"); len(value) >= 6 && len(value) <= maxDateLength && strings.ContainsAny(value, "0123456789") && isDate(value) {
			return value
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if found := dateWithin(c, seen); found != "" {
			return found
		}
	}
	return ""
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
