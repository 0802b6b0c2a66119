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

// candidate is one way to read a list of a page, and what it reads.
type candidate struct {
	shape  broadsheet.PageList // its selectors, or the family of its addresses
	items  []item
	listed []listing
	score  float64
}

// Proposal is a list that was found on a page, and the source that reads it.
type Proposal struct {
	Source broadsheet.Source
	Result
}

// Propose returns the lists of articles on a page, the best first and at most MaxProposals. The source of the first finds
// its list itself (items: auto); those of the others have selectors.
func Propose(doc *goquery.Document, at *url.URL) []Proposal {
	p := asPage(doc, at)
	var best []Proposal
	seen := map[string]bool{}
	all := p.candidates(broadsheet.Source{})
	for i, c := range all {
		if seen[c.listed[0].link] || len(best) == MaxProposals || c.score < all[0].score/4 || i > 0 && !isSelector(c.shape.Items) {
			continue
		}
		proposal := Proposal{Source: broadsheet.Source{Kind: broadsheet.KindPage, URL: at.String(), Items: broadsheet.AutoItems}}
		if i > 0 {
			proposal.Source.Items, proposal.Source.Title, proposal.Source.Date = c.shape.Items, c.shape.Title, c.shape.Date
		}
		proposal.Document = p.document()
		proposal.Items = feedItems(c.listed, p.language)
		proposal.List = remember(c.shape, c.listed, broadsheet.PageList{}, p.site())
		best = append(best, proposal)
		for _, l := range c.listed {
			seen[l.link] = true
		}
	}
	return best
}

// isSelector reports whether the items of a shape can be written into feeds.yaml as a CSS selector.
func isSelector(items string) bool {
	return items != "" && items != headlineItems && items != linkedDataItems && !strings.HasPrefix(items, "$")
}

// candidates returns the ways in which the page's lists of articles may be read, the best first: by the selectors of
// repeated elements that contain links, by what the addresses of links have in common, by the headings that are links,
// and by what the page says of itself in JSON-LD. They are rated by their titles, dates and addresses. What source has
// of link, title and date is used as it is.
func (p *page) candidates(source broadsheet.Source) []candidate {
	var all []candidate
	add := func(shape broadsheet.PageList, items []item) {
		if c := p.newCandidate(shape, items, source); c.score > 0 {
			all = append(all, c)
		}
	}
	if source.Link == "" {
		sizes := map[*html.Node]int{}
		countNodes(p.Get(0), sizes)
		for _, selector := range p.repeatedSelectors(sizes) {
			elements := p.Find(selector)
			if slices.ContainsFunc(elements.Nodes, func(n *html.Node) bool { return sizes[n] > maxItemNodes }) {
				continue
			}
			add(broadsheet.PageList{Items: selector}, p.selectedItems(elements))
		}
	}
	links := p.linksOf(source.Link)
	for _, family := range p.families(links, MinItems) {
		add(broadsheet.PageList{Paths: family}, p.segmentsOf(links, family))
	}
	switch {
	case source.Link != "":
		add(broadsheet.PageList{}, p.segmentsOf(links, ""))
	default:
		add(broadsheet.PageList{Items: headlineItems}, p.segmentsOf(headlines(links), ""))
	}
	if listed := p.linkedData(); len(listed) > 0 && source.Link == "" {
		c := candidate{shape: broadsheet.PageList{Items: linkedDataItems}, listed: listed}
		if c.score = c.rate(p.site()); c.score > 0 {
			all = append(all, c)
		}
	}
	if len(all) == 0 { // a script may build the page from the JSON in it
		path, values := bestArray(p.embedded(embeddedJSON), p.base, source)
		c := candidate{shape: broadsheet.PageList{Items: path}, listed: readObjects(values, p.base, source)}
		if c.score = c.rate(p.site()); c.score > 0 {
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), strings.Compare(a.shape.Paths, b.shape.Paths), cmp.Compare(len(a.shape.Items), len(b.shape.Items)))
	})
	return all
}

// The shapes of lists that no selector describes, in the place of one.
const (
	headlineItems   = "headings"
	linkedDataItems = "ld+json"
)

// newCandidate reads the items of a shape and rates them.
func (p *page) newCandidate(shape broadsheet.PageList, items []item, source broadsheet.Source) candidate {
	c := candidate{shape: shape, items: items[:min(len(items), maxListed)]}
	read := broadsheet.Source{Link: source.Link, Title: cmp.Or(source.Title, shape.Title), Date: cmp.Or(source.Date, shape.Date)}
	if shape.Items != "" {
		refine(c.items, &read)
	}
	c.shape.Title, c.shape.Date = read.Title, read.Date
	c.listed = readItems(c.items, p.base, read)
	weight := 1.0
	if shape.Items == "" || shape.Items == headlineItems {
		c.listed = withoutLabels(c.listed)
		if _, specific := familyOf(c.firstLink()); !specific && source.Link == "" {
			if articles := articlesOnly(c.listed); len(articles) > 0 {
				c.listed = articles
			} else {
				weight = 0.8 // links in passing may be among them
			}
		}
	}
	c.score = weight * c.rate(p.site())
	return c
}

func (c candidate) firstLink() string {
	if len(c.listed) == 0 {
		return ""
	}
	return c.listed[0].link
}

// articlesOnly returns the listings that have a date or are headings, if most are; a page at the root of a site, such as
// "/about-us", has no other sign that it is no article.
func articlesOnly(listed []listing) []listing {
	articles := slices.DeleteFunc(slices.Clone(listed), func(l listing) bool { return !l.headed && !isDated(l) })
	if len(articles) < MinItems || len(articles)*3 < len(listed)*2 {
		return nil
	}
	return articles
}

func isDated(l listing) bool {
	_, ok := date.FromPath(l.link)
	return ok || isDate(l.date)
}

// withoutLabels returns the listings without those that look like links in passing (the names of sections and the like)
// if nearly all others look like articles.
func withoutLabels(listed []listing) []listing {
	var articles []listing
	for _, l := range listed {
		if l.headed || looksLikeTitle(l.title) || isDated(l) {
			articles = append(articles, l)
		}
	}
	if len(articles) < MinItems || len(articles)*3 < len(listed)*2 {
		return listed
	}
	return articles
}

// shaped reads the list that a remembered shape finds on the page; false: it finds none.
func (p *page) shaped(shape broadsheet.PageList, source broadsheet.Source) (candidate, bool) {
	var items []item
	switch {
	case shape.Items == linkedDataItems:
		c := candidate{shape: shape, listed: p.linkedData()}
		c.score = c.rate(p.site())
		return c, len(c.listed) > 0
	case strings.HasPrefix(shape.Items, "$"):
		c := candidate{shape: shape, listed: readObjects(find(p.embedded(embeddedJSON), shape.Items), p.base, source)}
		c.score = c.rate(p.site())
		return c, len(c.listed) > 0
	case shape.Items == headlineItems:
		items = p.segmentsOf(headlines(p.linksOf(source.Link)), "")
	case shape.Items != "":
		items = p.selectedItems(p.Find(shape.Items))
	default:
		items = p.segmentsOf(p.linksOf(source.Link), shape.Paths)
	}
	c := p.newCandidate(shape, items, source)
	return c, len(c.listed) > 0
}

// selectedItems returns the items that elements are, without those whose link is none of the page's content: a paragraph
// of an article, for example.
func (p *page) selectedItems(elements *goquery.Selection) []item {
	p.contentLinks()
	return slices.DeleteFunc(itemsOf(elements), func(it item) bool {
		anchor := linkOf(it.withLink().Selection, "")
		return anchor.Length() > 0 && !p.isContent[anchor.Get(0)]
	})
}

// linksOf returns the links of the page that may lead to articles: those that a selector matches; without one, those
// outside of its navigation.
func (p *page) linksOf(selector string) []*html.Node {
	if selector == "" {
		return p.contentLinks()
	}
	var all []*html.Node
	p.Find(selector).EachWithBreak(func(_ int, e *goquery.Selection) bool {
		if !e.Is("a[href]") {
			e = e.Find("a[href]").First()
		}
		if e.Length() > 0 {
			all = append(all, e.Get(0))
		}
		return len(all) < maxContentLinks
	})
	return all
}

// segmentsOf returns the items of the links of a family; of all links, if it is "".
func (p *page) segmentsOf(links []*html.Node, family string) []item {
	self := ""
	if p.base != nil {
		self = link.Key(p.base.String())
	}
	var some []*html.Node
	for _, n := range links {
		address := text.SafeLink(attribute(n, "href"), p.base)
		of, _ := familyOf(address)
		if address == "" || of == "" || link.Key(address) == self || family != "" && of != family || family == "" && link.Key(address) == "" {
			continue
		}
		some = append(some, n)
	}
	return segments([]*html.Node{p.Get(0)}, some, p.base)
}

// maxFamilies is how many families of addresses are tried.
const maxFamilies = 8

// shortList returns the list of a page that lists one or two articles only, as a new blog does: links of the site that are
// headings or have a date, and share a specific family or stand in an <article>.
func (p *page) shortList(source broadsheet.Source) (best candidate, ok bool) {
	links := p.linksOf(source.Link)
	shapes := []broadsheet.PageList{{Items: headlineItems}}
	for _, family := range p.families(links, 1) {
		shapes = append(shapes, broadsheet.PageList{Paths: family})
	}
	for _, shape := range shapes {
		c, found := p.shaped(shape, source)
		if !found || len(c.listed) <= len(best.listed) || len(c.items) != len(c.listed) {
			continue
		}
		sure := true
		for i, l := range c.listed {
			_, specific := familyOf(l.link)
			inArticle := c.items[i].Is("article") || c.items[i].Closest("article").Length() > 0
			sure = sure && l.title != "" && (l.headed || isDated(l)) && (specific || inArticle) && link.Site(l.link) == p.site()
		}
		if sure {
			best, ok = c, true
		}
	}
	return best, ok
}

// families returns the families of the links, those that say something and have most addresses first.
func (p *page) families(links []*html.Node, fewest int) []string {
	addresses, specific := map[string]map[string]bool{}, map[string]int{}
	for _, n := range links {
		address := text.SafeLink(attribute(n, "href"), p.base)
		family, says := familyOf(address)
		if family == "" || link.Site(address) != p.site() && !says {
			continue
		}
		if says {
			specific[family] = 1
		}
		if addresses[family] == nil {
			addresses[family] = map[string]bool{}
		}
		addresses[family][address] = true
	}
	var all []string
	for family, of := range addresses {
		if len(of) >= fewest {
			all = append(all, family)
		}
	}
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(specific[b]-specific[a], len(addresses[b])-len(addresses[a]), strings.Compare(a, b))
	})
	return all[:min(len(all), maxFamilies)]
}

// repeatedSelectors returns the selectors that match several elements of the page with a link, outside its navigation;
// the most frequent first.
func (p *page) repeatedSelectors(sizes map[*html.Node]int) []string {
	count := map[string]int{}
	p.Find("article, li, div, section, tr, a, h1, h2, h3, h4, dt, dd, p").EachWithBreak(func(i int, e *goquery.Selection) bool {
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
	if e.Closest("nav, header nav, footer, aside").Length() > 0 { // selectedItems looks at the rest
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

// refine adds selectors for title and date to a source if the defaults find none in most items.
func refine(items []item, source *broadsheet.Source) {
	items = items[:min(len(items), 12)]
	dated, headed, links := 0, 0, 0
	var nodes []*html.Node
	for _, it := range items {
		if isDate(dateOf(it.Selection, "")) {
			dated++
		}
		if NodeText(it.Find("h1, h2, h3, h4, h5, h6").First()) != "" {
			headed++
		}
		if it.Is("a") {
			links++
		}
		nodes = append(nodes, it.Nodes[0])
	}
	first := &goquery.Selection{Nodes: nodes}
	if source.Date == "" && dated*2 < len(items) {
		source.Date = commonSelector(first, func(e *goquery.Selection) bool { return isDate(dateText(e)) })
	}
	if source.Title == "" && headed*2 < len(items) && links*2 > len(items) {
		source.Title = commonSelector(first, func(e *goquery.Selection) bool {
			text := NodeText(e)
			return isTitleLike(text) && !isDate(text) && !isCall(text) && e.Children().Filter("div, p, span").Length() == 0
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
func (c *candidate) rate(site string) float64 {
	listed := c.listed[:min(len(c.listed), maxRated)]
	if len(listed) < MinItems {
		return 0
	}
	titles := map[string]bool{}
	var titleLike, long, dated, own float64
	for _, l := range listed {
		titles[l.title] = true
		if looksLikeTitle(l.title) || l.headed && l.title != "" {
			titleLike++
		}
		if utf8.RuneCountInString(l.title) > 160 {
			long++
		}
		if isDated(l) {
			dated++
		}
		if link.Site(l.link) == site {
			own++
		}
	}
	n := float64(len(listed))
	if titleLike/n < 0.5 && dated/n < 0.8 {
		return 0
	}
	score := min(n, 40) * (0.2 + 0.8*titleLike/n) * (float64(len(titles)) / n) * (1 - long/n*0.8) * (1 + 2*dated/n) * (0.2 + 0.8*own/n)
	if items := float64(min(len(c.items), maxRated)); items > n { // several elements per article: each is only a part of it
		score *= 0.3 + 0.7*n/items
	}
	headings, articles := 0.0, 0.0
	for _, it := range c.items[:min(len(c.items), 12)] {
		if it.Find("h1, h2, h3, h4").Length() == 1 || it.Is("h1, h2, h3, h4") {
			headings++
		}
		if it.Is("article") {
			articles++
		}
	}
	if rated := float64(min(len(c.items), 12)); rated > 0 {
		score *= (1 + 0.3*headings/rated) * (1 + 0.1*articles/rated)
	}
	return score
}
