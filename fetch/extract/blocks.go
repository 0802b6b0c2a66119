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

// blockShape says what a block is, as far as its element tells.
type blockShape uint8

const (
	paragraph blockShape = iota
	heading
	item // of a list
	quote
	cell // of a table of data
)

// block is a run of text that no other block interrupts.
type block struct {
	text   string
	shape  blockShape
	level  int // of a heading
	box    int // the element it stands in
	words  int
	linked float64 // share of its letters that stand in links
	strong float64 // share in bold type
	slant  float64 // share in italics
}

// container is an element that blocks stand in.
type container struct {
	node     *html.Node
	parent   int // -1: none
	mark     role
	named    contentHint // how sure it is by its name that it holds an article's text
	prose    int         // words of running text in it
	from     int         // its blocks are blocks[from:to]
	pictured bool        // an image stands in it
	to       int
}

// maxBlocks caps what is looked at of a page: an article has fewer, and the time it takes is bounded.
const maxBlocks = 20_000

// outline is a document as boxes and blocks, in the order of the document.
type outline struct {
	boxes    []container
	blocks   []block
	scripted bool // it has scripts, that may be what makes its text
}

// outlineBuilder is an outline in the making.
type outlineBuilder struct {
	outline
	box   int
	shape blockShape
	level int
	link  int // depth of nested links, bold and italic elements
	bold  int
	slant int
	text  []byte
	space bool // white space is due before the next letter
	glue  bool // the next letter belongs to a drop cap
	count [4]int
	known map[*html.Node]bool // of custom elements: whether they begin a block
}

// buildOutline reads a document's outline below root.
func buildOutline(root *html.Node) outline {
	d := &outlineBuilder{box: -1}
	d.enter(root)
	return d.outline
}

// enter reads an element that makes a box.
func (d *outlineBuilder) enter(n *html.Node) {
	d.flush()
	was, shape, level := d.box, d.shape, d.level
	d.boxes = append(d.boxes, container{node: n, parent: d.box, mark: roleOf(n), named: contentHintOf(n), from: len(d.blocks)})
	d.box = len(d.boxes) - 1
	d.reshape(n)
	d.children(n)
	d.flush()
	d.boxes[d.box].to = len(d.blocks)
	if was >= 0 && d.boxes[d.box].pictured && n.DataAtom != atom.P {
		d.boxes[was].pictured = true
	}
	d.box, d.shape, d.level = was, shape, level
}

// reshape notes what an element makes of the blocks in it.
func (d *outlineBuilder) reshape(n *html.Node) {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		d.shape, d.level = heading, int(n.Data[1]-'0')
	case atom.Li, atom.Dd, atom.Dt:
		d.shape = item
	case atom.Blockquote:
		d.shape = quote
	case atom.Td, atom.Th:
		d.shape = cell
	default:
		if attr(n, "role") == "heading" {
			d.shape, d.level = heading, 2
		}
	}
}

func (d *outlineBuilder) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.Type {
		case html.TextNode:
			d.write(c.Data)
		case html.ElementNode:
			d.element(c)
		}
	}
}

func (d *outlineBuilder) element(n *html.Node) {
	switch n.DataAtom {
	case atom.Script, atom.Noscript:
		d.scripted = true
		return
	case atom.Style, atom.Template, atom.Iframe, atom.Object, atom.Embed, atom.Canvas, atom.Svg,
		atom.Audio, atom.Video, atom.Select, atom.Textarea, atom.Input, atom.Button, atom.Datalist, atom.Map, atom.Math, atom.Dialog,
		atom.Title, atom.Link, atom.Meta, atom.Label, atom.Legend, atom.Option, atom.Noembed, atom.Noframes, atom.Applet, atom.Rt, atom.Rp:
		return
	case atom.Pre, atom.Figcaption, atom.Caption, atom.Xmp, atom.Listing, atom.Summary:
		d.flush()
		return
	case atom.Br:
		if br(n.PrevSibling) {
			d.flush()
		} else {
			d.space = true
		}
		return
	case atom.Hr:
		d.flush()
		return
	case atom.Img, atom.Picture:
		if d.box >= 0 && !sign(n) {
			d.boxes[d.box].pictured = true
		}
		return
	case atom.Wbr:
		return
	}
	if d.blockish(n) && !dropCap(n) {
		d.enter(n)
		return
	}
	if unseen(n) {
		return
	}
	i, on := 0, true
	switch n.DataAtom {
	case atom.A:
		if permalink(n) {
			return
		}
	case atom.B, atom.Strong:
		i = 1
	case atom.I, atom.Em:
		i = 2
	case atom.Sup:
		if footnote(n) {
			return
		}
		on = false
	default:
		on = false
	}
	if on {
		d.nest(i, 1)
	}
	d.children(n)
	if on {
		d.nest(i, -1)
	}
	if dropCap(n) {
		d.space, d.glue = false, true
	}
}

func (d *outlineBuilder) nest(i, by int) {
	switch i {
	case 0:
		d.link += by
	case 1:
		d.bold += by
	case 2:
		d.slant += by
	}
}

// write adds text, its white space made single.
func (d *outlineBuilder) write(s string) {
	s = folded(s)
	words := strings.TrimPrefix(s, " ")
	d.space = d.space || len(words) < len(s) && !d.glue
	if words == "" {
		return
	}
	if d.space && len(d.text) > 0 {
		d.text = append(d.text, ' ')
	}
	s = strings.TrimSuffix(words, " ")
	d.space, d.glue = len(s) < len(words), false
	d.text = append(d.text, s...)
	letters := utf8.RuneCountInString(s) - strings.Count(s, " ")
	d.count[3] += letters
	for i, depth := range [3]int{d.link, d.bold, d.slant} {
		if depth > 0 {
			d.count[i] += letters
		}
	}
}

// htmlSpace is the white space of HTML ("ASCII whitespace" in its standard).
const htmlSpace = " \t\r\n\f"

// folded makes the white space of HTML single blanks; clean folds the other kinds, when it has read them.
func folded(s string) string {
	if strings.IndexByte(s, '\n') < 0 && strings.IndexByte(s, '\t') < 0 && strings.IndexByte(s, '\r') < 0 && strings.IndexByte(s, '\f') < 0 &&
		!strings.Contains(s, "  ") {
		return s
	}
	out := make([]byte, 0, len(s))
	blank := false
	for i := range len(s) {
		was := blank
		if blank = strings.IndexByte(htmlSpace, s[i]) >= 0; !blank {
			out = append(out, s[i])
		} else if !was {
			out = append(out, ' ')
		}
	}
	return string(out)
}

// flush ends the block that is being written.
func (d *outlineBuilder) flush() {
	content, n := string(d.text), d.count
	d.text = d.text[:0]
	d.space, d.glue, d.count = false, false, [4]int{}
	if n[3] == 0 || d.box < 0 || len(d.blocks) == maxBlocks {
		return
	}
	content = text.Sanitize(content)
	if content == "" {
		return
	}
	all := float64(n[3])
	d.blocks = append(d.blocks, block{
		text: content, shape: d.shape, level: d.level, box: d.box, words: excerpt.Words(content),
		linked: float64(n[0]) / all, strong: float64(n[1]) / all, slant: float64(n[2]) / all,
	})
}

// br tells whether nothing but white space stands between a line break and one before it.
func br(n *html.Node) bool {
	for n != nil && (n.Type == html.CommentNode || n.Type == html.TextNode && strings.TrimSpace(n.Data) == "") {
		n = n.PrevSibling
	}
	return n != nil && n.DataAtom == atom.Br
}

// blockish tells whether an element begins a block of its own, by its name or by what it holds.
func (d *outlineBuilder) blockish(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Center, atom.Dd, atom.Details, atom.Dir, atom.Div,
		atom.Dl, atom.Dt, atom.Fieldset, atom.Figure, atom.Footer, atom.Form, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6,
		atom.Header, atom.Hgroup, atom.Html, atom.Li, atom.Main, atom.Menu, atom.Nav, atom.Ol, atom.P, atom.Section, atom.Table,
		atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr, atom.Ul:
		return true
	case 0: // custom elements hold whole articles on some sites, and single words on others
		return strings.Contains(n.Data, "-") && d.holdsBlock(n)
	}
	return false
}

// holdsBlock tells whether an element of an element begins a block. It is asked of what is in n again when it is n's turn.
func (d *outlineBuilder) holdsBlock(n *html.Node) bool {
	if holds, known := d.known[n]; known {
		return holds
	}
	holds := false
	for c := n.FirstChild; c != nil && !holds; c = c.NextSibling {
		holds = c.Type == html.ElementNode && d.blockish(c)
	}
	if d.known == nil {
		d.known = map[*html.Node]bool{}
	}
	d.known[n] = holds
	return holds
}

// sign tells whether a picture stands for a letter.
func sign(n *html.Node) bool {
	class := attr(n, "class")
	return strings.Contains(class, "emoji") || strings.Contains(class, "smiley") || strings.Contains(class, "icon")
}

// dropCap tells whether an element holds the big first letter of a paragraph.
func dropCap(n *html.Node) bool {
	if !strings.Contains(strings.ToLower(attr(n, "class")), "drop") {
		return false
	}
	c := n.FirstChild
	return c != nil && c.NextSibling == nil && c.Type == html.TextNode && utf8.RuneCountInString(strings.TrimSpace(c.Data)) <= 2
}

// footnote tells whether a superscript only refers to a note.
func footnote(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && (c.DataAtom == atom.A || footnote(c)) {
			return true
		}
	}
	return false
}

// permalink tells whether a link is the anchor of a heading or a way back from a note.
func permalink(n *html.Node) bool {
	if !strings.HasPrefix(attr(n, "href"), "#") {
		return false
	}
	c := n.FirstChild
	return c != nil && c.NextSibling == nil && c.Type == html.TextNode && !strings.ContainsFunc(c.Data, func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r)
	})
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
