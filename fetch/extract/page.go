// Package extract finds the article on a web page: its text, and its metadata.
package extract

import (
	"net/url"
	"strings"
	"sync"

	"broadsheet"
	"broadsheet/fetch/text"
	"broadsheet/internal/excerpt"

	"golang.org/x/net/html"
)

// maxPage caps how much of a page is read as HTML, in bytes: an article is not longer.
const maxPage = 3 << 20

// few is the number of words below which a page's text is looked for with less care.
const few = 30

// ReadHTML tells what a page says: its article's text, and of it. Selector names the element that holds the text;
// empty, or naming none, it is found.
func ReadHTML(body []byte, contentType, link, selector string, b *excerpt.Boilerplate) broadsheet.Page {
	u, err := url.Parse(link)
	if err != nil {
		u = new(url.URL)
	}
	return ReadPage(body, contentType, u, selector, b)
}

// ReadPage tells what the page at u says.
func ReadPage(body []byte, contentType string, u *url.URL, selector string, b *excerpt.Boilerplate) broadsheet.Page {
	root := ParseHTML(text.Decode(body, contentType))
	page, titles := readMeta(root, u)
	r := &pageDoc{outline: buildOutline(root), b: b, titles: titles, description: excerpt.Letters(page.Description)}
	box := r.chosen(root, selector)
	if box < 0 {
		r.weigh()
		box = r.expandToTitle(r.container(0))
	}
	kept, words := r.text(box)
	if words < few {
		kept, words = r.fallbackText(box)
	}
	page.Words = words
	page.Text = join(kept)
	page.Language = spoken(page.Language, page.Title+" "+page.Text)
	page.Wall = blockPage(page, r)
	return page
}

// ArticleText gives the paragraphs of a feed's content, chrome left out.
func ArticleText(markup string, b *excerpt.Boilerplate) string {
	root := ParseHTML([]byte(markup[:min(len(markup), maxPage)]))
	r := &pageDoc{outline: buildOutline(root), b: b}
	r.weigh()
	kept, _ := r.text(0)
	text := join(kept)
	for i := max(0, len(r.blocks)-3); i < len(r.blocks) && text != ""; i++ {
		if excerpt.GoesOn(r.blocks[i].text) && !strings.HasSuffix(text, "…") {
			return text + " …" // so that Whole knows
		}
	}
	return text
}

// chosen gives the box of the element that a maintainer's selector names; -1: none.
func (r *pageDoc) chosen(root *html.Node, selector string) int {
	if selector == "" {
		return -1
	}
	found := firstMatch(root, selector)
	for i := range r.boxes {
		if r.boxes[i].node != found {
			continue
		}
		for up := i; up >= 0; up = r.boxes[up].parent {
			r.boxes[up].mark = unmarked
		}
		r.weigh()
		for up := i; up >= 0; up = r.boxes[up].parent {
			r.boxes[up].mark = unmarked
		}
		return i
	}
	return -1
}

// ParseHTML parses the first maxPage bytes of a page, as far as boundedHTML lets them pass. It never returns nil.
func ParseHTML(body []byte) *html.Node {
	markup := body[:min(len(body), maxPage)]
	root, err := html.Parse(newBoundedHTML(markup))
	if err != nil { // nested too deep
		root, err = html.Parse(newBoundedHTML(flatten(markup)))
	}
	if err != nil { // only a reader can fail now, and this one does not
		root = &html.Node{Type: html.DocumentNode}
	}
	return root
}

// join makes paragraphs one text of at most broadsheet.MaxText bytes.
func join(paragraphs []string) string {
	var out strings.Builder
	for _, p := range paragraphs {
		if out.Len()+len(p)+2 > broadsheet.MaxText {
			if out.Len() == 0 {
				out.WriteString(text.TruncateBytes(p, broadsheet.MaxText))
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

// BuiltIn is the boilerplate that needs no feeds.yaml.
var BuiltIn = sync.OnceValue(func() *excerpt.Boilerplate {
	b, err := excerpt.NewBoilerplate(nil)
	if err != nil {
		panic(err) // the built-in patterns are tested
	}
	return b
})
