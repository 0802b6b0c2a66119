package extract

import (
	"fmt"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// Limits for a page on which a CSS selector is matched: like html.Parse, matching cannot be cancelled. Each descendant
// combinator (the space in "a b") looks at all ancestors of each element that the part after it matches, and each "~" or
// :nth-child at all siblings. On a page that is nested deeply, or has very many elements beside each other, that takes hours.
const (
	maxSiblings         = 2_000         // children of an element that are kept if a selector looks at siblings once
	maxRepeatedSiblings = 400           // the same if it does so more than once
	maxAncestorSteps    = 1_000_000_000 // ancestors that may be looked at for all elements of a page
)

// selectorCost is how often a selector looks at the surroundings of an element.
type selectorCost struct {
	ancestors int // number of descendant combinators: each looks at all ancestors
	siblings  int // number of sibling combinators and pseudo-classes: each looks at all siblings
}

// costOf returns the cost of a selector by its text. A combinator in quotes or brackets is none.
func costOf(selector string) (c selectorCost) {
	for _, pseudo := range []string{":nth-", "of-type", ":only-"} {
		c.siblings += strings.Count(selector, pseudo)
	}
	until := byte(0) // the character that ends the quotes or brackets; 0: outside of them
	last, space := byte(','), false
	for i := 0; i < len(selector); i++ {
		switch ch := selector[i]; {
		case until != 0:
			if ch == until {
				until = 0
			}
		case strings.IndexByte(htmlSpace, ch) >= 0:
			space = true
		default:
			if space && strings.IndexByte(">+~,(|", last) < 0 && strings.IndexByte(">+~,)|", ch) < 0 {
				c.ancestors++
			}
			switch last, space = ch, false; ch {
			case '~':
				c.siblings++
			case '[':
				until = ']'
			case '"', '\'':
				until = ch
			}
		}
	}
	return c
}

// PrepareForSelectors bounds the time of matching selectors on a page. If one looks at siblings, it removes children of
// elements that have very many, the last ones. It returns an error if the page is nested too deeply for a selector.
func PrepareForSelectors(page *html.Node, selectors ...string) error {
	siblings := 0
	for _, s := range selectors {
		c := costOf(s)
		siblings = max(siblings, c.siblings)
		if c.ancestors < 2 {
			continue
		}
		if steps, maxDepth := ancestorSteps(page, c.ancestors); steps > maxAncestorSteps {
			return fmt.Errorf("the selector %q has %d steps between blanks, and the page is nested %d deep, so that finding its elements could take hours; write it with fewer steps, or with \">\" between them", s, c.ancestors, maxDepth)
		}
	}
	switch {
	case siblings == 1:
		trimChildren(page, maxSiblings)
	case siblings > 1:
		trimChildren(page, maxRepeatedSiblings)
	}
	return nil
}

// ancestorSteps returns an upper bound of the ancestors that a selector with so many descendant combinators looks at for
// all elements of a page, and the depth of the deepest element.
func ancestorSteps(page *html.Node, combinators int) (steps float64, maxDepth int) {
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		choices := 1.0 // of one ancestor per combinator: the binomial coefficient "depth over combinators"
		for i := range combinators {
			choices *= float64(depth-i) / float64(i+1)
		}
		steps, maxDepth = steps+max(choices, 0), max(maxDepth, depth)
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.ElementNode {
				walk(c, depth+1)
			}
		}
	}
	walk(page, 0)
	return steps, maxDepth
}

// trimChildren removes the children of every element beyond its first limit ones.
func trimChildren(n *html.Node, limit int) {
	count := 0
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		if count++; count > limit {
			n.RemoveChild(c)
		} else {
			trimChildren(c, limit)
		}
		c = next
	}
}

// firstMatch returns the first element that a selector matches. It returns nil if there is none, if the selector is not
// valid, or if the page is nested too deeply for it.
func firstMatch(page *html.Node, selector string) *html.Node {
	if PrepareForSelectors(page, selector) != nil {
		return nil
	}
	if found := goquery.NewDocumentFromNode(page).Find(selector); found.Length() > 0 {
		return found.Get(0)
	}
	return nil
}
