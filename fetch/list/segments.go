package list

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"broadsheet/fetch/text"
	"broadsheet/internal/link"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A list can be found by the addresses of its links alone, whatever its markup: the articles of most sites share a
// pattern, their family, such as /2026/11/05/… or /blog/…. The item of an article is then the largest part of the page
// that has links to it and to no other article.

// segments returns the items of the links within roots that lead to articles, in page order: for each address the
// largest elements that hold no link to another one. Elements of one address that stand beside each other are one item.
func segments(roots, links []*html.Node, base *url.URL) []item {
	address := map[*html.Node]int{} // by link: the number of its address, from 1
	number := map[string]int{}
	for _, n := range links {
		to := text.SafeLink(attribute(n, "href"), base)
		if to == "" {
			continue
		}
		if number[to] == 0 {
			number[to] = len(number) + 1
		}
		address[n] = number[to]
	}
	s := segmenter{address: address, of: map[*html.Node]int{}}
	for _, root := range roots {
		s.count(root)
	}
	for _, root := range roots {
		s.collect(root)
	}
	isItem := map[*html.Node]bool{}
	for _, nodes := range s.found {
		for _, n := range nodes {
			isItem[n] = true
		}
	}
	items := make([]item, 0, len(s.found))
	for _, nodes := range s.found {
		items = append(items, newItem(isItem, nodes...))
	}
	return items
}

// several marks an element that holds links to several articles.
const several = -1

// segmenter divides a tree into the items of its links.
type segmenter struct {
	address map[*html.Node]int
	of      map[*html.Node]int // by element: the number of the only address that it links to, 0 for none, or several
	found   [][]*html.Node
}

func (s *segmenter) count(n *html.Node) int {
	of := s.address[n]
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch below := s.count(c); {
		case below == 0 || below == of:
		case of == 0:
			of = below
		default:
			of = several
		}
	}
	s.of[n] = of
	return of
}

func (s *segmenter) collect(n *html.Node) {
	switch {
	case s.of[n] == 0:
		return
	case s.of[n] != several && n.DataAtom != atom.Body && n.DataAtom != atom.Html && n.Type == html.ElementNode:
		if last := len(s.found) - 1; last >= 0 {
			if before := s.found[last]; s.of[before[0]] == s.of[n] && before[0].Parent == n.Parent {
				s.found[last] = append(before, between(before[len(before)-1], n)...)
				return
			}
		}
		s.found = append(s.found, []*html.Node{n})
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		s.collect(c)
	}
}

// between returns the elements after one node up to another that follows it.
func between(from, to *html.Node) (all []*html.Node) {
	for n := from.NextSibling; n != nil; n = n.NextSibling {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
		if n == to {
			break
		}
	}
	return all
}

// outside matches the parts of a page that hold no list of articles.
const outside = "nav, footer, aside, form, [role=navigation], [role=contentinfo], [role=search]"

// outsideClasses are the classes by which sites mark such parts where they use no element for them.
var outsideClasses = text.WordSet("nav navbar navigation menu main-menu site-nav site-header site-footer footer breadcrumb breadcrumbs pagination pager sidebar")

// contentLinks returns the links of the page to other web pages that may be articles: neither those of its navigation nor
// those within the sentences of an article.
func (p *page) contentLinks() []*html.Node {
	if p.isContent != nil {
		return p.content
	}
	w := linkWalk{skip: map[*html.Node]bool{}}
	p.Find(outside).Each(func(_ int, e *goquery.Selection) {
		ofArticle := e.Is("footer") && e.Closest("article").Length() > 0
		wholePage := e.Is("form") && e.Find("h1, h2, h3, article, main").Length() > 0
		if !ofArticle && !wholePage {
			w.skip[e.Get(0)] = true
		}
	})
	w.walk(p.Get(0))
	p.content, p.isContent = w.found, make(map[*html.Node]bool, len(w.found))
	for _, n := range w.found {
		p.isContent[n] = true
	}
	return w.found
}

// linkWalk collects links.
type linkWalk struct {
	skip   map[*html.Node]bool
	found  []*html.Node
	before int // bytes of text in the present paragraph before the present node, without that of links
}

const (
	maxContentLinks = 5000 // of a page that are looked at
	maxBeforeLink   = 32   // bytes before a link in a paragraph: a date or the like, not half a sentence
)

func (w *linkWalk) walk(n *html.Node) {
	if w.skip[n] || isOutside(n) || len(w.found) >= maxContentLinks {
		return
	}
	switch {
	case isLink(n):
		if w.before <= maxBeforeLink || isCall(NodeText(&goquery.Selection{Nodes: []*html.Node{n}})) {
			w.found = append(w.found, n)
		}
		return
	case n.DataAtom == atom.P:
		w.before = 0
		defer func() { w.before = 0 }()
	case n.Type == html.TextNode && n.Parent != nil && inParagraph(n.Parent):
		w.before += len(strings.TrimSpace(n.Data))
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.walk(c)
	}
}

// inParagraph reports whether an element is a paragraph or formatting right within one.
func inParagraph(n *html.Node) bool {
	return n.DataAtom == atom.P || n.Parent != nil && n.Parent.DataAtom == atom.P
}

func isOutside(n *html.Node) bool {
	if n.Type != html.ElementNode || n.DataAtom == atom.Body || n.DataAtom == atom.Main || n.DataAtom == atom.Html {
		return false
	}
	for _, class := range strings.Fields(attribute(n, "class")) {
		if outsideClasses[strings.ToLower(class)] {
			return true
		}
	}
	return false
}

var (
	digits    = regexp.MustCompile(`^\d{1,8}$`)
	isFile    = regexp.MustCompile(`(?i)\.(svg|png|jpe?g|gif|webp|avif|zip|gz|mp[34]|css|js|xml)$`)
	startDate = regexp.MustCompile(`^(19|20)\d\d-\d\d-\d\d-`)
)

// indexes are the names of folders whose pages list articles and are none.
var indexes = text.WordSet("page tag tags category categories author authors topic topics label labels search")

// familyOf returns what the address of an article shares with those of the others of its site: host and path with the
// last part, and the numbers in the others, replaced; "" for a page that lists articles itself. specific reports whether
// that says something: /about and /how-it-works share the family of all pages at the root of a site.
func familyOf(address string) (family string, specific bool) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", false
	}
	host := strings.TrimPrefix(strings.ToLower(u.Host), "www.")
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if parts[0] == "" || len(parts) == 1 && u.RawQuery != "" {
		var names []string
		for name := range u.Query() {
			names = append(names, name)
		}
		slices.Sort(names)
		return host + "/" + parts[0] + "?" + strings.Join(names, "&"), len(names) > 0
	}
	last := len(parts) - 1
	if last > 0 && indexes[strings.ToLower(parts[last-1])] || indexes[strings.ToLower(parts[last])] || isFile.MatchString(parts[last]) {
		return "", false
	}
	startsWithDate := startDate.MatchString(parts[last])
	specific = last > 0 || startsWithDate
	for i, part := range parts[:last] {
		if digits.MatchString(part) {
			parts[i] = "#"
		}
	}
	parts[last] = "*"
	if startsWithDate {
		parts[last] = "#-*"
	}
	return host + "/" + strings.Join(parts, "/"), specific
}

// addressKey returns what identifies the article of a link as long as its site keeps its paths: the path alone for a
// link of the page's own site, so that a new host changes nothing.
func addressKey(address, site string) string {
	key := link.Key(address)
	if own := link.Site(address); own == site || strings.HasSuffix(own, "."+site) || strings.HasSuffix(site, "."+own) {
		if _, path, ok := strings.Cut(key, "/"); ok {
			return "/" + path
		}
	}
	return key
}

// headlines returns the links that are headings, or hold or stand in one.
func headlines(links []*html.Node) (all []*html.Node) {
	for _, n := range links {
		a := &goquery.Selection{Nodes: []*html.Node{n}}
		if a.Closest("h1, h2, h3, h4").Length() > 0 || a.Find("h1, h2, h3, h4").Length() > 0 {
			all = append(all, n)
		}
	}
	return all
}
