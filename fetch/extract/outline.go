package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"broadsheet/fetch/text"
	"broadsheet/internal/excerpt"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// blockKind is the kind of a block, by the elements around it.
type blockKind uint8

const (
	paragraph blockKind = iota
	heading
	listItem
	quote
	tableCell
)

// block is a run of text that no other block interrupts.
type block struct {
	text        string // sanitized, never empty
	kind        blockKind
	level       int // of a heading, 1 to 6
	container   int // the innermost one around it, as an index of outline.containers
	words       int
	linkShare   float64 // share of its letters that are in links
	boldShare   float64 // share in bold type
	italicShare float64 // share in italics
}

// container is an element that blocks are in, directly or in containers of its own.
type container struct {
	node       *html.Node
	parent     int // index of the container around it; -1: none
	role       role
	hint       contentHint
	proseWords int  // words of prose in it, counted by resolveRoles
	hasImage   bool // an image is in it
	start, end int  // its blocks are blocks[start:end]
}

// maxBlocks limits how many blocks are read of a page: an article has fewer, and it bounds the time that a page takes.
const maxBlocks = 20_000

// outline is a document as containers and blocks, both in document order. Container 0 is the document itself.
type outline struct {
	containers []container
	blocks     []block
	hasScripts bool // scripts may create the text that the page shows
}

// outlineBuilder builds an outline. Its fields are the state at the place in the document that has been reached.
type outlineBuilder struct {
	outline
	container int // the innermost one; -1: none yet
	kind      blockKind
	level     int

	linkDepth, boldDepth, italicDepth int // how many of these elements are open

	text         []byte // of the block so far
	pendingSpace bool   // white space was read and is written before the next letter
	joinNext     bool   // a drop cap was read: white space after it is not written

	letters, linked, bold, italic int // letters of the block so far: all, and those in each kind of element

	// containsBlockOf caches containsBlock, which without it would visit nested custom elements again for each one
	// around them: time that grows with the square of the depth.
	containsBlockOf map[*html.Node]bool
}

// buildOutline returns the outline of a document.
func buildOutline(root *html.Node) outline {
	b := &outlineBuilder{container: -1, containsBlockOf: map[*html.Node]bool{}}
	b.readContainer(root)
	return b.outline
}

// readContainer reads an element that makes a container.
func (b *outlineBuilder) readContainer(n *html.Node) {
	b.endBlock()
	parent, kind, level := b.container, b.kind, b.level
	b.containers = append(b.containers, container{
		node: n, parent: parent, role: roleOf(n), hint: contentHintOf(n), start: len(b.blocks),
	})
	b.container = len(b.containers) - 1
	b.setKind(n)
	b.readChildren(n)
	b.endBlock()
	b.containers[b.container].end = len(b.blocks)
	if parent >= 0 && b.containers[b.container].hasImage && n.DataAtom != atom.P {
		b.containers[parent].hasImage = true
	}
	b.container, b.kind, b.level = parent, kind, level
}

// setKind sets the kind of the blocks in an element, where the element determines it.
func (b *outlineBuilder) setKind(n *html.Node) {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		b.kind, b.level = heading, int(n.Data[1]-'0')
	case atom.Li, atom.Dd, atom.Dt:
		b.kind = listItem
	case atom.Blockquote:
		b.kind = quote
	case atom.Td, atom.Th:
		b.kind = tableCell
	default:
		if attr(n, "role") == "heading" {
			b.kind, b.level = heading, 2
		}
	}
}

func (b *outlineBuilder) readChildren(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.Type {
		case html.TextNode:
			b.write(c.Data)
		case html.ElementNode:
			b.readElement(c)
		}
	}
}

// readElement reads an element in a container: a container of its own, inline text, or nothing that is read as text.
func (b *outlineBuilder) readElement(n *html.Node) {
	switch n.DataAtom {
	case atom.Script, atom.Noscript:
		b.hasScripts = true
		return
	case atom.Style, atom.Template, atom.Iframe, atom.Object, atom.Embed, atom.Canvas, atom.Svg,
		atom.Audio, atom.Video, atom.Select, atom.Textarea, atom.Input, atom.Button, atom.Datalist, atom.Map, atom.Math, atom.Dialog,
		atom.Title, atom.Link, atom.Meta, atom.Label, atom.Legend, atom.Option, atom.Noembed, atom.Noframes, atom.Applet, atom.Rt, atom.Rp,
		atom.Wbr:
		return
	case atom.Pre, atom.Figcaption, atom.Caption, atom.Xmp, atom.Listing, atom.Summary, atom.Hr:
		b.endBlock()
		return
	case atom.Br:
		if followsBreak(n) {
			b.endBlock()
		} else {
			b.pendingSpace = true
		}
		return
	case atom.Img, atom.Picture:
		if b.container >= 0 && !isIcon(n) {
			b.containers[b.container].hasImage = true
		}
		return
	}
	dropCap := isDropCap(n)
	if b.startsBlock(n) && !dropCap {
		b.readContainer(n)
		return
	}
	if isHidden(n) {
		return
	}
	depth := new(int) // of elements that make no difference
	switch n.DataAtom {
	case atom.A:
		if isAnchorLink(n) {
			return
		}
		depth = &b.linkDepth
	case atom.B, atom.Strong:
		depth = &b.boldDepth
	case atom.I, atom.Em:
		depth = &b.italicDepth
	case atom.Sup:
		if isNoteReference(n) {
			return
		}
	}
	*depth++
	b.readChildren(n)
	*depth--
	if dropCap {
		b.pendingSpace, b.joinNext = false, true
	}
}

// write appends text to the block, with its white space collapsed.
func (b *outlineBuilder) write(s string) {
	s = collapseSpace(s)
	words := strings.TrimPrefix(s, " ")
	b.pendingSpace = b.pendingSpace || len(words) < len(s) && !b.joinNext
	if words == "" {
		return
	}
	if b.pendingSpace && len(b.text) > 0 {
		b.text = append(b.text, ' ')
	}
	s = strings.TrimSuffix(words, " ")
	b.pendingSpace, b.joinNext = len(s) < len(words), false
	b.text = append(b.text, s...)
	letters := utf8.RuneCountInString(s) - strings.Count(s, " ")
	b.letters += letters
	if b.linkDepth > 0 {
		b.linked += letters
	}
	if b.boldDepth > 0 {
		b.bold += letters
	}
	if b.italicDepth > 0 {
		b.italic += letters
	}
}

// htmlSpace is the white space of HTML ("ASCII whitespace" in its standard).
const htmlSpace = " \t\r\n\f"

// collapseSpace replaces each run of HTML's white space by a single space. The other white space of Unicode is left to
// text.Sanitize, which reads the whole block.
func collapseSpace(s string) string {
	if !strings.ContainsAny(s, "\t\r\n\f") && !strings.Contains(s, "  ") {
		return s // most texts; without this, BenchmarkArticleText takes 1.11 times as long
	}
	out := make([]byte, 0, len(s))
	inSpace := false
	for i := range len(s) {
		wasInSpace := inSpace
		if inSpace = strings.IndexByte(htmlSpace, s[i]) >= 0; !inSpace {
			out = append(out, s[i])
		} else if !wasInSpace {
			out = append(out, ' ')
		}
	}
	return string(out)
}

// endBlock ends the block that is being written, and keeps it if it has text.
func (b *outlineBuilder) endBlock() {
	content, all := string(b.text), float64(b.letters)
	linked, bold, italic := float64(b.linked), float64(b.bold), float64(b.italic)
	b.text = b.text[:0]
	b.pendingSpace, b.joinNext = false, false
	b.letters, b.linked, b.bold, b.italic = 0, 0, 0, 0
	if all == 0 || b.container < 0 || len(b.blocks) == maxBlocks {
		return
	}
	content = text.Sanitize(content)
	if content == "" {
		return
	}
	b.blocks = append(b.blocks, block{
		text: content, kind: b.kind, level: b.level, container: b.container, words: excerpt.CountWords(content),
		linkShare: linked / all, boldShare: bold / all, italicShare: italic / all,
	})
}

// followsBreak reports whether only white space is between a line break and another one before it: two of them separate
// paragraphs.
func followsBreak(n *html.Node) bool {
	p := n.PrevSibling
	for p != nil && (p.Type == html.CommentNode || p.Type == html.TextNode && strings.TrimSpace(p.Data) == "") {
		p = p.PrevSibling
	}
	return p != nil && p.DataAtom == atom.Br
}

// startsBlock reports whether an element starts a block of its own, by its name or by the elements in it.
func (b *outlineBuilder) startsBlock(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Center, atom.Dd, atom.Details, atom.Dir, atom.Div,
		atom.Dl, atom.Dt, atom.Fieldset, atom.Figure, atom.Footer, atom.Form, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6,
		atom.Header, atom.Hgroup, atom.Html, atom.Li, atom.Main, atom.Menu, atom.Nav, atom.Ol, atom.P, atom.Section, atom.Table,
		atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr, atom.Ul:
		return true
	case 0: // custom elements contain whole articles on some sites, and single words on others
		return strings.Contains(n.Data, "-") && b.containsBlock(n)
	}
	return false
}

// containsBlock reports whether a child of a custom element starts a block.
func (b *outlineBuilder) containsBlock(n *html.Node) bool {
	if contains, ok := b.containsBlockOf[n]; ok {
		return contains
	}
	contains := false
	for c := n.FirstChild; c != nil && !contains; c = c.NextSibling {
		contains = c.Type == html.ElementNode && b.startsBlock(c)
	}
	b.containsBlockOf[n] = contains
	return contains
}

// isIcon reports whether an image takes the place of a letter, such as an emoji.
func isIcon(n *html.Node) bool {
	class := attr(n, "class")
	return strings.Contains(class, "emoji") || strings.Contains(class, "smiley") || strings.Contains(class, "icon")
}

// isDropCap reports whether an element contains the large first letter of a paragraph.
func isDropCap(n *html.Node) bool {
	if !strings.Contains(strings.ToLower(attr(n, "class")), "drop") {
		return false
	}
	c := n.FirstChild
	return c != nil && c.NextSibling == nil && c.Type == html.TextNode && utf8.RuneCountInString(strings.TrimSpace(c.Data)) <= 2
}

// isNoteReference reports whether a superscript contains a link, as the number of a footnote does.
func isNoteReference(n *html.Node) bool {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.DataAtom == atom.A {
			return true
		}
	}
	return false
}

// isAnchorLink reports whether a link is the anchor of a heading ("#") or leads back from a footnote ("↩").
func isAnchorLink(n *html.Node) bool {
	if !strings.HasPrefix(attr(n, "href"), "#") {
		return false
	}
	c := n.FirstChild
	return c != nil && c.NextSibling == nil && c.Type == html.TextNode && !strings.ContainsFunc(c.Data, func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r)
	})
}

// attr returns the value of an element's attribute, or "".
func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
