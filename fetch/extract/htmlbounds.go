package extract

import (
	"bytes"
	"io"

	"broadsheet/fetch/text"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Bounds of one page of HTML. html.Parse cannot be stopped, and some shapes cost it the square of their size, or nodes
// without number: attributes that are copied onto <html> and <body>, and formatting elements that are never closed and
// are opened anew in every paragraph. Articles stay far below all of these.
const (
	maxNodes      = 250_000 // of the tree, as far as the tags tell before it is made
	maxAttributes = 256     // of one tag; one with more loses them all
	maxRepeated   = 16      // <html> and <body> tags; the parser copies the attributes of further ones onto the first
)

// boundedHTML is what html.Parse reads in place of a page: the same tags and texts, looked at once beforehand. It leaves
// out what costs much and shows no text of an article, and it ends where the tree would have more than maxNodes.
//
// The elements in leftOut are replaced by an empty comment with all they hold. They show no text here, and inside them
// the parser has other rules for its tags (raw text, scopes) by which the count of nodes could be evaded.
type boundedHTML struct {
	page  []byte
	at    int             // what stands before it was read by z or passed over
	z     *html.Tokenizer // of the page from some place on
	ready []byte          // read and not handed on yet
	tag   []byte          // room for one tag

	nodes    int  // that the parser makes of what was read: at least as many as it does
	cut      bool // the page ends early
	repeated map[atom.Atom]int
	unclosed map[atom.Atom]bool // elements of leftOut that do not end: what they hold is kept
	open     openFormatting
}

func newBoundedHTML(page []byte) *boundedHTML {
	b := &boundedHTML{page: page, repeated: map[atom.Atom]int{}, unclosed: map[atom.Atom]bool{}}
	b.seek(0)
	return b
}

// seek goes on reading at a place of the page.
func (b *boundedHTML) seek(at int) {
	b.at, b.z = at, html.NewTokenizer(bytes.NewReader(b.page[at:]))
}

// next reads a token, and returns it as it is written: until the one after it.
func (b *boundedHTML) next() (html.TokenType, []byte) {
	kind := b.z.Next()
	raw := b.z.Raw()
	b.at += len(raw)
	return kind, raw
}

// Read hands on some tokens as a whole, or a part of a long one.
func (b *boundedHTML) Read(p []byte) (int, error) {
	for len(b.ready) < min(len(p), 2048) && !b.cut {
		kind, raw := b.next()
		if kind == html.ErrorToken {
			b.ready = append(b.ready, raw...)
			break
		}
		b.token(kind, raw)
		b.cut = b.nodes > maxNodes
	}
	if len(b.ready) == 0 {
		return 0, io.EOF
	}
	n := copy(p, b.ready)
	b.ready = append(b.ready[:0], b.ready[n:]...)
	return n, nil
}

// leftOut are elements that show no text of an article, whatever they hold; fallen are tags that mean nothing here.
var (
	leftOut = text.Atoms(atom.Svg, atom.Math, atom.Template, atom.Select, atom.Object, atom.Applet)
	fallen  = text.Atoms(atom.Marquee, atom.Frameset, atom.Frame)
)

// token hands on a token, or what stands in its place.
func (b *boundedHTML) token(kind html.TokenType, raw []byte) {
	switch kind {
	case html.StartTagToken, html.SelfClosingTagToken:
		b.startTag(kind, raw)
		return
	case html.EndTagToken:
		b.tag = append(b.tag[:0], raw...)
		name, _ := b.z.TagName()
		tag := atom.Lookup(name)
		if leftOut[tag] || fallen[tag] {
			b.placeholder()
			return
		}
		if b.nodes += b.open.end(tag); tag == atom.P || tag == atom.Br {
			b.nodes++ // they make an element where none is open
		}
		raw = b.tag
	default:
		b.nodes += 1 + b.open.reopened()
	}
	b.ready = append(b.ready, raw...)
}

// placeholder stands for a tag that is left out, so that what stood before and after it does not become one tag.
func (b *boundedHTML) placeholder() {
	b.nodes++
	b.ready = append(b.ready, "<!---->"...)
}

func (b *boundedHTML) startTag(kind html.TokenType, raw []byte) {
	b.tag = append(b.tag[:0], raw...) // reading the name and the attributes changes raw
	name, more := b.z.TagName()
	tag := atom.Lookup(name)
	switch {
	case leftOut[tag]:
		b.leaveOut(tag, kind == html.SelfClosingTagToken)
		return
	case fallen[tag]:
		b.placeholder()
		return
	case tag == atom.Html || tag == atom.Body:
		if b.repeated[tag]++; b.repeated[tag] > maxRepeated {
			b.placeholder()
			return
		}
	}
	attributes := 0
	if more && len(raw) > 64 {
		bare := append(append([]byte("<"), name...), '>')
		for ; more; attributes++ {
			_, _, more = b.z.TagAttr()
		}
		if attributes > maxAttributes {
			b.tag, attributes = bare, 0
		}
	}
	if b.nodes += 1 + attributes/2 + b.open.start(tag, b.tag); cellTags[tag] || rowTags[tag] {
		b.nodes += 2 // a cell may make a body and a row for itself
	}
	b.ready = append(b.ready, b.tag...)
}

// leaveOut passes over an element with all it holds, or over its tag alone where it never ends.
func (b *boundedHTML) leaveOut(tag atom.Atom, closed bool) {
	b.placeholder()
	foreign := tag == atom.Svg || tag == atom.Math // where <svg/> is an element that has ended, and <title> holds markup
	if closed && foreign {
		return
	}
	if b.unclosed[tag] {
		return
	}
	begin := b.at
	for depth := 1; depth > 0; {
		if foreign {
			b.z.NextIsNotRawText()
		}
		kind, _ := b.next()
		if kind == html.ErrorToken {
			b.unclosed[tag] = true
			b.seek(begin)
			return
		}
		if kind != html.StartTagToken && kind != html.EndTagToken {
			continue
		}
		if name, _ := b.z.TagName(); atom.Lookup(name) != tag {
			continue
		}
		if depth--; kind == html.StartTagToken {
			depth += 2
		}
	}
}

// openFormatting counts the formatting elements (HTML standard, "the list of active formatting elements") that the parser
// may open anew before a text or an element. It never counts fewer than there are, and of usual pages hardly more.
type openFormatting struct {
	open   []formatting
	marks  int          // how many elements of open are tables and cells
	tags   int          // start tags so far
	blocks []formatting // elements that may be open and are no formatting
}

// formatting is a formatting element, a table, a cell of one, or a block.
type formatting struct {
	tag  atom.Atom
	raw  string // its tag as written
	from int    // the number of its tag
}

var (
	formattingTags = text.Atoms(atom.A, atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.Nobr, atom.S, atom.Small, atom.Strike, atom.Strong, atom.Tt, atom.U)
	cellTags       = text.Atoms(atom.Td, atom.Th, atom.Caption)
	rowTags        = text.Atoms(atom.Tr, atom.Tbody, atom.Thead, atom.Tfoot, atom.Col, atom.Colgroup)
)

// reopened is how many elements may be opened anew.
func (o *openFormatting) reopened() int { return len(o.open) - o.marks }

// inner is where the formatting elements begin that are open in the innermost table or cell.
func (o *openFormatting) inner() int {
	for i := len(o.open) - 1; i >= 0; i-- {
		if !formattingTags[o.open[i].tag] {
			return i + 1
		}
	}
	return 0
}

// within is the innermost table or cell; 0: none.
func (o *openFormatting) within() atom.Atom {
	if i := o.inner(); i > 0 {
		return o.open[i-1].tag
	}
	return 0
}

// start takes a start tag, and returns how many elements it may open anew.
func (o *openFormatting) start(tag atom.Atom, raw []byte) int {
	n := o.reopened()
	o.tags++
	if formattingTags[tag] {
		o.begin(tag, raw)
		return n
	}
	o.block(tag)
	switch {
	case tag == atom.Table && o.within() != atom.Table: // one that begins right within another ends it
		o.mark(tag)
	case tag == atom.Th && o.within() == atom.Caption: // the parser ignores it
	case cellTags[tag]:
		o.endCell()
		if o.within() == atom.Table {
			o.mark(tag)
		}
	case rowTags[tag]:
		o.endCell()
	}
	return n
}

// begin opens a formatting element. A link ends the one before it, and of elements that are alike three stay open.
func (o *openFormatting) begin(tag atom.Atom, raw []byte) {
	alike := 0
	for i := len(o.open) - 1; i >= o.inner(); i-- {
		switch e := o.open[i]; {
		case e.tag != tag:
		case tag == atom.A:
			o.remove(i)
		case e.raw == string(raw):
			if alike++; alike >= 3 {
				o.remove(i)
			}
		}
	}
	o.open = append(o.open, formatting{tag, string(raw), o.tags})
}

func (o *openFormatting) remove(i int) { o.open = append(o.open[:i], o.open[i+1:]...) }

func (o *openFormatting) mark(tag atom.Atom) {
	o.open = append(o.open, formatting{tag: tag})
	o.marks++
}

// endCell ends the cell that is the innermost, with what is open in it.
func (o *openFormatting) endCell() {
	if i := o.inner(); i > 0 && cellTags[o.open[i-1].tag] {
		o.open = o.open[:i-1]
		o.marks--
	}
}

// block begins an element that is no formatting.
func (o *openFormatting) block(tag atom.Atom) {
	if void[tag] || tag == atom.Span || tag == 0 {
		return
	}
	if (tag == atom.P || tag == atom.Li) && o.inBlock(tag) { // it ends the one before it
		o.blocks = o.blocks[:len(o.blocks)-1]
	}
	o.blocks = append(o.blocks, formatting{tag: tag, from: o.tags})
}

// inBlock reports whether the last block is one of that name.
func (o *openFormatting) inBlock(tag atom.Atom) bool {
	return tag != 0 && len(o.blocks) > 0 && o.blocks[len(o.blocks)-1].tag == tag
}

// void are elements that end with their start tag.
var void = text.Atoms(atom.Area, atom.Base, atom.Basefont, atom.Bgsound, atom.Br, atom.Col, atom.Embed, atom.Frame, atom.Hr, atom.Image, atom.Img, atom.Input,
	atom.Keygen, atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Wbr)

// The end tag of a formatting element in which blocks are open copies it, and up to three of those within, for each of
// up to eight blocks. Beyond that it stays open.
const (
	mostCopied = 8
	misnested  = mostCopied * 4
)

// around is how many blocks are open in a formatting element: mostCopied for all that are as many or more.
func (o *openFormatting) around(e formatting) (n int) {
	for i := len(o.blocks) - 1; i >= 0 && o.blocks[i].from > e.from && n < mostCopied; i-- {
		n++
	}
	return n
}

// end takes an end tag, and returns how many elements it may make.
func (o *openFormatting) end(tag atom.Atom) int {
	if o.inBlock(tag) {
		o.blocks = o.blocks[:len(o.blocks)-1]
	}
	switch {
	case formattingTags[tag]:
		for i := len(o.open) - 1; i >= o.inner(); i-- {
			if e := o.open[i]; e.tag == tag {
				blocks := o.around(e)
				if blocks < mostCopied {
					o.remove(i)
				}
				return 4 * blocks
			}
		}
		return misnested
	case cellTags[tag]:
		if o.within() == tag {
			o.endCell()
		}
	case tag == atom.Tr && o.within() != atom.Caption:
		o.endCell()
	case tag == atom.Table:
		o.endCell()
		if i := o.inner(); i > 0 && o.open[i-1].tag == atom.Table { // what is open in it stays so
			o.remove(i - 1)
			o.marks--
		}
	}
	return 0
}
