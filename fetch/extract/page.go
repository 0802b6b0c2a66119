// Package extract finds the article on a web page: its text and its metadata. It reads the content of a feed item in the
// same way.
//
// ReadPage parses the page with bounded cost (ParseHTML) and reads its metadata (readMetadata). It reduces the page to an
// outline of containers and blocks of text (buildOutline), in which each container has a role by its tag, its role
// attribute and its classes (roleOf). It finds the container that holds the article (articleContainer) and keeps the
// blocks in it that are body text (bodyText). Finally it checks whether the page is something other than the article,
// such as a captcha or a login form (blockPage).
package extract

import (
	"net/url"
	"strings"

	"broadsheet"
	"broadsheet/fetch/text"
	"broadsheet/internal/excerpt"
	"broadsheet/internal/plain"

	"golang.org/x/net/html"
)

// maxPage limits how much of a page is read as HTML, in bytes: no article is longer.
const maxPage = 3 << 20

// fewWords is the number of words below which the text that was found is not taken for a whole article, so that a less
// strict search is tried.
const fewWords = 30

// ReadHTML is ReadPage for a link that is not parsed yet. With a link that is not a URL, relative addresses of the page
// are dropped.
func ReadHTML(body []byte, contentType, link, selector string, b *excerpt.Boilerplate) broadsheet.Page {
	u, err := url.Parse(link)
	if err != nil {
		u = new(url.URL)
	}
	return ReadPage(body, contentType, u, selector, b)
}

// ReadPage returns the text and the metadata of the article on a page. The body is as received, in any charset;
// contentType is its Content-Type header; u is its URL, after redirects. The CSS selector names the element that holds
// the text; if it is empty or matches nothing, that element is found by its text, tags and classes. The body may be
// reused afterwards.
func ReadPage(body []byte, contentType string, u *url.URL, selector string, b *excerpt.Boilerplate) broadsheet.Page {
	root := ParseHTML(text.Decode(body, contentType))
	page, titles := readMetadata(root, u)
	doc := &pageDoc{outline: buildOutline(root), b: b, titles: titles, description: excerpt.LettersAndDigits(page.Description)}
	c := doc.selected(root, selector)
	if c < 0 {
		doc.resolveRoles()
		c = doc.expandToTitle(doc.articleContainer(0))
	}
	paragraphs, words := doc.bodyText(c)
	if words < fewWords {
		paragraphs, words = doc.fallbackText(c)
	}
	page.Words = words
	page.Text = join(paragraphs)
	page.Language = detectLanguage(page.Language, page.Title+" "+page.Text)
	page.BlockPage = blockPage(page, doc)
	return page
}

// ArticleText returns the paragraphs of a feed item's content without boilerplate, separated by blank lines. It ends
// with " …" if the content ends with a link to the rest of the article.
func ArticleText(markup string, b *excerpt.Boilerplate) string {
	root := ParseHTML([]byte(markup[:min(len(markup), maxPage)]))
	doc := &pageDoc{outline: buildOutline(root), b: b}
	doc.resolveRoles()
	paragraphs, _ := doc.bodyText(0)
	text := join(paragraphs)
	for i := max(0, len(doc.blocks)-3); i < len(doc.blocks) && text != ""; i++ {
		if excerpt.LeadsElsewhere(doc.blocks[i].text) && !strings.HasSuffix(text, "…") {
			return text + " …" // this marks the text as incomplete
		}
	}
	return text
}

// selected returns the container of the first element that matches a selector of feeds.yaml, or -1. That element and those
// around it lose their roles, because the maintainer has chosen it.
func (d *pageDoc) selected(root *html.Node, selector string) int {
	if selector == "" {
		return -1
	}
	found := firstMatch(root, selector)
	for i := range d.containers {
		if d.containers[i].node != found {
			continue
		}
		d.clearRoles(i)
		d.resolveRoles()
		d.clearRoles(i) // resolveRoles lets them inherit roles again
		return i
	}
	return -1
}

// clearRoles takes the roles away from container c and those around it.
func (d *pageDoc) clearRoles(c int) {
	for ; c >= 0; c = d.containers[c].parent {
		d.containers[c].role = noRole
	}
}

// ParseHTML parses the first maxPage bytes of a page in UTF-8, without the parts that boundedHTML leaves out. It never
// returns nil. The tree does not refer to the body.
func ParseHTML(body []byte) *html.Node {
	body = body[:min(len(body), maxPage)]
	root, err := html.Parse(newBoundedHTML(body))
	if err != nil { // nested too deep
		root, err = html.Parse(newBoundedHTML(flatten(body)))
	}
	if err != nil { // cannot happen: only a reader's error is left, and boundedHTML returns none
		root = &html.Node{Type: html.DocumentNode}
	}
	return root
}

// join joins paragraphs with blank lines to a text of at most broadsheet.MaxText bytes.
func join(paragraphs []string) string {
	var out strings.Builder
	for _, p := range paragraphs {
		if out.Len()+len(p)+2 > broadsheet.MaxText {
			if out.Len() == 0 {
				out.WriteString(plain.TruncateBytes(p, broadsheet.MaxText))
			}
			break
		}
		if out.Len() > 0 {
			out.WriteString("\n\n")
		}
		out.WriteString(p)
	}
	return out.String()
}
