package extract

import (
	"fmt"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// Matching a CSS selector cannot be stopped either. Each step between blanks ("a b c") looks at all ancestors of what the
// next one found, and each "~" or :nth-child at all siblings: a page that is nested deep, or has very many elements
// beside each other, makes that hours.
const (
	mostSiblings = 2_000         // children of one element that are looked at where a selector looks at siblings once
	fewSiblings  = 400           // and where it does so more often
	mostSteps    = 1_000_000_000 // ancestors that may be looked at for all elements of a page
)

// selectorCost says what a selector looks at for each element.
type selectorCost struct {
	ancestors int // in how many steps at all ancestors
	siblings  int // in how many at all siblings
}

// costOf reads it from the selector's text. What stands in quotes or brackets is no step.
func costOf(selector string) (c selectorCost) {
	for _, pseudo := range []string{":nth-", "of-type", ":only-"} {
		c.siblings += strings.Count(selector, pseudo)
	}
	until, last, blank := byte(0), byte(','), false
	for i := 0; i < len(selector); i++ {
		switch ch := selector[i]; {
		case until != 0:
			if ch == until {
				until = 0
			}
		case strings.IndexByte(htmlSpace, ch) >= 0:
			blank = true
		default:
			if blank && strings.IndexByte(">+~,(|", last) < 0 && strings.IndexByte(">+~,)|", ch) < 0 {
				c.ancestors++
			}
			switch last, blank = ch, false; ch {
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

// PrepareForSelectors makes a page ready to be searched with selectors: where one looks at siblings an element keeps the first of very
// many children. An error says that the page is nested too deep for a selector.
func PrepareForSelectors(page *html.Node, selectors ...string) error {
	siblings := 0
	for _, s := range selectors {
		c := costOf(s)
		siblings = max(siblings, c.siblings)
		if c.ancestors < 2 {
			continue
		}
		if steps, deepest := ancestorsOf(page, c.ancestors); steps > mostSteps {
			return fmt.Errorf("the selector %q has %d steps between blanks, and the page is nested %d deep, so that finding its elements could take hours; write it with fewer steps, or with \">\" between them", s, c.ancestors, deepest)
		}
	}
	switch {
	case siblings == 1:
		trimSiblings(page, mostSiblings)
	case siblings > 1:
		trimSiblings(page, fewSiblings)
	}
	return nil
}

// ancestorsOf is how many ancestors of all elements are looked at at most, in as many steps, and how deep the page is.
func ancestorsOf(page *html.Node, steps int) (all float64, deepest int) {
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		ways := 1.0 // to choose as many ancestors: depth over steps
		for i := range steps {
			ways *= float64(depth-i) / float64(i+1)
		}
		all, deepest = all+max(ways, 0), max(deepest, depth)
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.ElementNode {
				walk(c, depth+1)
			}
		}
	}
	walk(page, 0)
	return all, deepest
}

// trimSiblings leaves every element its first children, as many as most.
func trimSiblings(n *html.Node, most int) {
	count := 0
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		if count++; count > most {
			n.RemoveChild(c)
		} else {
			trimSiblings(c, most)
		}
		c = next
	}
}

// firstMatch is the first element that a selector names; nil: none, or none that could be looked for.
func firstMatch(page *html.Node, selector string) *html.Node {
	if PrepareForSelectors(page, selector) != nil {
		return nil
	}
	if found := goquery.NewDocumentFromNode(page).Find(selector); found.Length() > 0 {
		return found.Get(0)
	}
	return nil
}
