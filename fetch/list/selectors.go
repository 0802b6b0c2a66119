package list

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"broadsheet"
	"broadsheet/fetch/date"
	"broadsheet/fetch/text"
	"broadsheet/internal/link"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// Limits of the search for lists on a page.
const (
	MinItems      = 3   // the fewest articles that make a list
	MaxProposals  = 3   // lists that are proposed
	maxCandidates = 60  // selectors of repeated elements that are tried
	maxItemNodes  = 400 // nodes in one element of a list; a larger element is not an item
	maxRated      = 100 // items by which a list is rated
)

// Propose returns page sources whose selectors may read the articles that a page lists, the best first and at most
// MaxProposals. It looks for repeated elements that contain links, and rates them by their titles, dates and addresses.
func Propose(page *goquery.Document, at *url.URL) []broadsheet.Source {
	base := at
	if href, ok := page.Find("base[href]").First().Attr("href"); ok {
		if u := text.ResolveLink(href, base); u != nil && u.Host != "" {
			base = u
		}
	}
	var all []proposal
	sizes := map[*html.Node]int{}
	countNodes(page.Get(0), sizes)
	for _, items := range repeatedSelectors(page, sizes) {
		p := proposal{source: broadsheet.Source{Kind: broadsheet.KindPage, URL: at.String(), Items: items}}
		p.items = page.Find(items)
		if slices.ContainsFunc(p.items.Nodes, func(n *html.Node) bool { return sizes[n] > maxItemNodes }) {
			continue
		}
		p.items = p.items.Slice(0, min(p.items.Length(), maxRated))
		p.refine()
		p.listed = readItems(p.items, base, p.source)
		p.score = p.rate(link.Site(base.String()))
		if p.score > 0 {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b proposal) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(len(a.source.Items), len(b.source.Items)))
	})
	var best []broadsheet.Source
	seen := map[string]bool{}
	for _, p := range all {
		if first := p.listed[0].link; !seen[first] && len(best) < MaxProposals && p.score >= all[0].score/4 {
			best = append(best, p.source)
			for _, l := range p.listed {
				seen[l.link] = true
			}
		}
	}
	return best
}

// proposal is one way to read a list.
type proposal struct {
	source broadsheet.Source
	items  *goquery.Selection
	listed []listing
	score  float64
}

// repeatedSelectors returns the selectors that match several elements of the page with a link, outside its navigation;
// the most frequent first.
func repeatedSelectors(page *goquery.Document, sizes map[*html.Node]int) []string {
	count := map[string]int{}
	page.Find("article, li, div, section, tr, a, h1, h2, h3, h4, dt, p").EachWithBreak(func(i int, e *goquery.Selection) bool {
		if sizes[e.Get(0)] <= maxItemNodes && (e.Is("a[href]") || e.Find("a[href]").Length() > 0) {
			for _, name := range selectorsOf(e) {
				count[name]++
			}
		}
		return i < 20_000
	})
	var all []string
	for name, n := range count {
		if n >= MinItems && n <= maxListed {
			all = append(all, name)
		}
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(count[b]-count[a], strings.Compare(a, b)) })
	return all[:min(len(all), maxCandidates)]
}

// countNodes counts the nodes in each element, so that large elements need not be searched again and again.
func countNodes(n *html.Node, sizes map[*html.Node]int) int {
	size := 1
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		size += countNodes(c, sizes)
	}
	sizes[n] = size
	return size
}

// selectorsOf returns selectors that match an element: its tag with each class, and its tag as a child of a parent that
// has a class or an id.
func selectorsOf(e *goquery.Selection) (all []string) {
	if e.Closest("nav, header nav, footer, aside, form").Length() > 0 {
		return nil
	}
	tag := goquery.NodeName(e)
	if tag == "article" {
		all = append(all, tag)
	}
	all = append(all, classSelectors(e, tag)...)
	parent := e.Parent()
	within := goquery.NodeName(parent)
	if id := parent.AttrOr("id", ""); isPlainName(id) {
		all = append(all, "#"+id+" > "+tag)
	}
	for _, name := range classSelectors(parent, within) {
		all = append(all, name+" > "+tag)
	}
	if within == "main" || within == "article" {
		all = append(all, within+" > "+tag)
	}
	if above := goquery.NodeName(parent.Parent()); (within == "ul" || within == "ol") && (above == "main" || above == "article") {
		all = append(all, above+" > "+within+" > "+tag)
	}
	return all
}

// classSelectors returns an element's tag with each of its first three classes that need no escaping.
func classSelectors(e *goquery.Selection, tag string) (all []string) {
	for _, class := range strings.Fields(e.AttrOr("class", "")) {
		if isPlainName(class) && len(all) < 3 {
			all = append(all, tag+"."+class)
		}
	}
	return all
}

// refine adds selectors for title and date if the defaults find none.
func (p *proposal) refine() {
	first := p.items.Slice(0, min(p.items.Length(), 12))
	n := first.Length()
	dated, headed := 0, 0
	first.Each(func(_ int, item *goquery.Selection) {
		if _, ok := date.Parse(dateOf(item, ""), date.DayFirst); ok {
			dated++
		}
		if NodeText(item.Find("h1, h2, h3, h4, h5, h6").First()) != "" {
			headed++
		}
	})
	if dated*2 < n {
		p.source.Date = commonSelector(first, func(e *goquery.Selection) bool {
			_, ok := date.Parse(dateText(e), date.DayFirst)
			return ok
		})
	}
	if headed*2 < n && first.Is("a") {
		p.source.Title = commonSelector(first, func(e *goquery.Selection) bool {
			text := NodeText(e)
			_, date := date.Parse(text, date.DayFirst)
			return !date && looksLikeTitle(text) && utf8.RuneCountInString(text) <= 160 && e.Children().Filter("div, p, span").Length() == 0
		})
	}
}

// dateText returns the text of an element that may be a date: its datetime attribute, or its text if that is short.
func dateText(e *goquery.Selection) string {
	if at, ok := e.Attr("datetime"); ok {
		return at
	}
	if text := NodeText(e); utf8.RuneCountInString(text) <= 40 {
		return text
	}
	return ""
}

// commonSelector returns a selector whose first match fits in at least three of four items; "" if there is none.
func commonSelector(items *goquery.Selection, fits func(*goquery.Selection) bool) string {
	count := map[string]int{}
	var order []string
	items.Each(func(_ int, item *goquery.Selection) {
		here := map[string]bool{}
		item.Find("*").EachWithBreak(func(i int, e *goquery.Selection) bool {
			tag := goquery.NodeName(e)
			for _, name := range append(classSelectors(e, tag), tag) {
				if here[name] {
					continue
				}
				here[name] = true // a selector finds the first element that it matches
				if fits(e) {
					if count[name]++; count[name] == 1 {
						order = append(order, name)
					}
				}
			}
			return i < 200
		})
	})
	best, most := "", 0
	for _, name := range order {
		if count[name] > most {
			best, most = name, count[name]
		}
	}
	if most*4 < items.Length()*3 {
		return ""
	}
	return best
}

// looksLikeTitle reports whether a text may be a title: it has a few words, or is as long in a script without spaces.
func looksLikeTitle(text string) bool {
	return len(strings.Fields(text)) >= 3 || utf8.RuneCountInString(text) >= 8 && len(text) > 2*utf8.RuneCountInString(text)
}

// rate returns the score of a list: how many different articles it has, how much their titles look like titles, whether
// they have dates, and whether they are on the site itself. 0 means that it is not a list of articles.
func (p *proposal) rate(site string) float64 {
	if len(p.listed) < MinItems {
		return 0
	}
	titles := map[string]bool{}
	var titleLike, long, dated, own float64
	for _, l := range p.listed {
		titles[l.title] = true
		if looksLikeTitle(l.title) {
			titleLike++
		}
		if utf8.RuneCountInString(l.title) > 160 {
			long++
		}
		if _, ok := date.Parse(l.date, date.DayFirst); ok {
			dated++
		} else if _, ok := date.FromPath(l.link); ok {
			dated++
		}
		if link.Site(l.link) == site {
			own++
		}
	}
	n := float64(len(p.listed))
	if titleLike/n < 0.5 {
		return 0
	}
	score := min(n, 40) * (titleLike / n) * (float64(len(titles)) / n) * (1 - long/n*0.8) * (1 + 2*dated/n) * (0.2 + 0.8*own/n)
	score *= 0.3 + 0.7*n/float64(p.items.Length()) // several elements per article: each is only a part of it
	if hasHeading(p.items) {
		score *= 1.3
	}
	if p.items.First().Is("article") {
		score *= 1.1
	}
	return score
}

// hasHeading reports whether the items have headings of their own, as articles do and links in passing do not.
func hasHeading(items *goquery.Selection) bool {
	first := items.First()
	return first.Find("h1, h2, h3, h4").Length() == 1 || first.Is("h1, h2, h3, h4")
}
