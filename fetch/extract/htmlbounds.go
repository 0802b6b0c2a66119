package extract

import (
	"bytes"
	"io"
	"slices"

	"broadsheet/fetch/text"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Limits of one HTML page. html.Parse cannot be cancelled, and some markup costs it time that grows with the square of
// its size, or an unlimited number of nodes: attributes that are copied to <html> and <body>, and formatting elements
// that are never closed, which it opens again in every paragraph. Articles stay far below all of these limits.
const (
	maxNodes      = 250_000 // of the tree, as estimated from the tags before it is built
	maxAttributes = 256     // of one tag; a tag with more loses them all
	maxRepeated   = 16      // <html> and <body> tags; the parser copies the attributes of all but the first to the first
)

// boundedHTML is a reader of a page for html.Parse. It passes on the tags and texts as they are written, except those
// that cost much and show no text of an article, and it ends where the tree would have more than maxNodes nodes.
//
// An empty comment replaces each element of removedElements with its content. These show no text of an article, and in
// them the parser has other rules for tags (raw text, scopes) by which a page could evade the estimate of nodes.
type boundedHTML struct {
	page  []byte
	pos   int             // offset in page up to which z has read
	z     *html.Tokenizer // of a suffix of page
	ready []byte          // read, but not returned by Read yet
	tag   []byte          // buffer for one tag

	nodes    int  // that the parser creates for what was read: never fewer than it really does
	cut      bool // there are too many nodes: the page ends here
	repeated map[atom.Atom]int
	unclosed map[atom.Atom]bool // elements of removedElements without an end tag: their content is kept
	open     openFormatting
}

func newBoundedHTML(page []byte) *boundedHTML {
	b := &boundedHTML{page: page, repeated: map[atom.Atom]int{}, unclosed: map[atom.Atom]bool{}}
	b.seek(0)
	return b
}

// seek continues reading at an offset of the page.
func (b *boundedHTML) seek(pos int) {
	b.pos, b.z = pos, html.NewTokenizer(bytes.NewReader(b.page[pos:]))
}

// next reads a token and returns its type and source. The source is valid until the next call.
func (b *boundedHTML) next() (html.TokenType, []byte) {
	kind := b.z.Next()
	raw := b.z.Raw()
	b.pos += len(raw)
	return kind, raw
}

// Read implements io.Reader. Its only error is io.EOF.
func (b *boundedHTML) Read(p []byte) (int, error) {
	for len(b.ready) < min(len(p), 2048) && !b.cut {
		kind, raw := b.next()
		if kind == html.ErrorToken {
			b.ready = append(b.ready, raw...)
			break
		}
		b.readToken(kind, raw)
		b.cut = b.nodes > maxNodes
	}
	if len(b.ready) == 0 {
		return 0, io.EOF
	}
	n := copy(p, b.ready)
	b.ready = append(b.ready[:0], b.ready[n:]...)
	return n, nil
}

var (
	removedElements = text.AtomSet(atom.Svg, atom.Math, atom.Template, atom.Select, atom.Object, atom.Applet) // with their content
	removedTags     = text.AtomSet(atom.Marquee, atom.Frameset, atom.Frame)                                   // without their content
)

// readToken passes on a token or its replacement, and counts the nodes that it makes.
func (b *boundedHTML) readToken(kind html.TokenType, raw []byte) {
	switch kind {
	case html.StartTagToken, html.SelfClosingTagToken:
		b.startTag(kind, raw)
		return
	case html.EndTagToken:
		b.tag = append(b.tag[:0], raw...)
		name, _ := b.z.TagName()
		tag := atom.Lookup(name)
		if removedElements[tag] || removedTags[tag] {
			b.writePlaceholder()
			return
		}
		if b.nodes += b.open.endTag(tag); tag == atom.P || tag == atom.Br {
			b.nodes++ // they create an element if none is open
		}
		raw = b.tag
	default:
		b.nodes += 1 + b.open.reconstructed()
	}
	b.ready = append(b.ready, raw...)
}

// writePlaceholder replaces what is removed by an empty comment, so that the texts before and after it do not join to a tag.
func (b *boundedHTML) writePlaceholder() {
	b.nodes++
	b.ready = append(b.ready, "<!---->"...)
}

func (b *boundedHTML) startTag(kind html.TokenType, raw []byte) {
	b.tag = append(b.tag[:0], raw...) // a copy: TagName and TagAttr change raw
	name, more := b.z.TagName()
	tag := atom.Lookup(name)
	switch {
	case removedElements[tag]:
		b.removeElement(tag, kind == html.SelfClosingTagToken)
		return
	case removedTags[tag]:
		b.writePlaceholder()
		return
	case tag == atom.Html || tag == atom.Body:
		if b.repeated[tag]++; b.repeated[tag] > maxRepeated {
			b.writePlaceholder()
			return
		}
	}
	attributes := 0
	if more && len(raw) > 64 { // a shorter tag has few
		bare := append(append([]byte("<"), name...), '>')
		for ; more; attributes++ {
			_, _, more = b.z.TagAttr()
		}
		if attributes > maxAttributes {
			b.tag, attributes = bare, 0
		}
	}
	// Two attributes count as one node.
	if b.nodes += 1 + attributes/2 + b.open.startTag(tag, b.tag); cellTags[tag] || rowTags[tag] {
		b.nodes += 2 // the parser may add a table body and a row around a cell
	}
	b.ready = append(b.ready, b.tag...)
}

// removeElement skips an element with its content, or its tag alone if it has no end tag.
func (b *boundedHTML) removeElement(tag atom.Atom, selfClosing bool) {
	b.writePlaceholder()
	foreign := tag == atom.Svg || tag == atom.Math // there <svg/> is a whole element, and <title> contains markup
	if selfClosing && foreign || b.unclosed[tag] {
		return
	}
	contentStart := b.pos
	for depth := 1; depth > 0; {
		if foreign {
			b.z.NextIsNotRawText()
		}
		kind, _ := b.next()
		if kind == html.ErrorToken {
			b.unclosed[tag] = true
			b.seek(contentStart)
			return
		}
		if kind != html.StartTagToken && kind != html.EndTagToken {
			continue
		}
		if name, _ := b.z.TagName(); atom.Lookup(name) != tag {
			continue
		}
		if kind == html.StartTagToken {
			depth++
		} else {
			depth--
		}
	}
}

// openFormatting estimates the list of active formatting elements (HTML Standard, 13.2.4.3): those that the parser opens
// again before a text or an element ("reconstruct the active formatting elements"). It never counts fewer than the parser
// has, and hardly more on usual pages.
type openFormatting struct {
	list    []openElement // formatting elements and markers
	markers int           // how many elements of list are markers
	tags    int           // start tags so far
	blocks  []openElement // elements that may be open and are not formatting elements
}

// openElement is a formatting element, a marker, or a block. The parser inserts a marker for a table cell or caption; here a
// table has one too. An end tag has no effect on formatting elements before the last marker.
type openElement struct {
	tag atom.Atom
	raw string // the source of its tag; of formatting elements only
	seq int    // the number of its start tag; not of markers
}

var (
	formattingTags = text.AtomSet(atom.A, atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.Nobr, atom.S, atom.Small, atom.Strike, atom.Strong, atom.Tt, atom.U)
	cellTags       = text.AtomSet(atom.Td, atom.Th, atom.Caption) // those with a marker
	rowTags        = text.AtomSet(atom.Tr, atom.Tbody, atom.Thead, atom.Tfoot, atom.Col, atom.Colgroup)
)

// reconstructed returns how many elements the parser may open again before a text or an element.
func (o *openFormatting) reconstructed() int { return len(o.list) - o.markers }

// afterLastMarker returns the index after the last marker in the list, or 0.
func (o *openFormatting) afterLastMarker() int {
	for i := len(o.list) - 1; i >= 0; i-- {
		if !formattingTags[o.list[i].tag] {
			return i + 1
		}
	}
	return 0
}

// lastMarker returns the tag of the last marker, that is the innermost table or cell, or 0.
func (o *openFormatting) lastMarker() atom.Atom {
	if i := o.afterLastMarker(); i > 0 {
		return o.list[i-1].tag
	}
	return 0
}

// startTag updates the lists for a start tag, and returns how many elements the parser may open again before it.
func (o *openFormatting) startTag(tag atom.Atom, raw []byte) int {
	n := o.reconstructed()
	o.tags++
	if formattingTags[tag] {
		o.pushFormatting(tag, raw)
		return n
	}
	o.pushBlock(tag)
	switch {
	case tag == atom.Table && o.lastMarker() != atom.Table: // a table directly in another one ends that
		o.pushMarker(tag)
	case tag == atom.Th && o.lastMarker() == atom.Caption: // ignored by the parser
	case cellTags[tag]:
		o.endCell()
		if o.lastMarker() == atom.Table {
			o.pushMarker(tag)
		}
	case rowTags[tag]:
		o.endCell()
	}
	return n
}

// pushFormatting opens a formatting element. A link ends the link before it, and of identical elements only the last
// three stay in the list ("Noah's Ark clause").
func (o *openFormatting) pushFormatting(tag atom.Atom, raw []byte) {
	identical := 0
	for i := len(o.list) - 1; i >= o.afterLastMarker(); i-- {
		switch e := o.list[i]; {
		case e.tag != tag:
		case tag == atom.A:
			o.remove(i)
		case e.raw == string(raw):
			if identical++; identical >= 3 {
				o.remove(i)
			}
		}
	}
	o.list = append(o.list, openElement{tag, string(raw), o.tags})
}

func (o *openFormatting) remove(i int) { o.list = slices.Delete(o.list, i, i+1) }

func (o *openFormatting) pushMarker(tag atom.Atom) {
	o.list = append(o.list, openElement{tag: tag})
	o.markers++
}

// endCell ends the innermost cell, with the formatting elements that are open in it.
func (o *openFormatting) endCell() {
	if i := o.afterLastMarker(); i > 0 && cellTags[o.list[i-1].tag] {
		o.list = o.list[:i-1]
		o.markers--
	}
}

// pushBlock opens an element that is not a formatting element.
func (o *openFormatting) pushBlock(tag atom.Atom) {
	if voidTags[tag] || tag == atom.Span || tag == 0 {
		return
	}
	if (tag == atom.P || tag == atom.Li) && o.lastBlockIs(tag) { // its start tag ends the one before it
		o.blocks = o.blocks[:len(o.blocks)-1]
	}
	o.blocks = append(o.blocks, openElement{tag: tag, seq: o.tags})
}

// lastBlockIs reports whether the last open block has that tag.
func (o *openFormatting) lastBlockIs(tag atom.Atom) bool {
	return tag != 0 && len(o.blocks) > 0 && o.blocks[len(o.blocks)-1].tag == tag
}

// voidTags are the elements without content and end tag.
var voidTags = text.AtomSet(atom.Area, atom.Base, atom.Basefont, atom.Bgsound, atom.Br, atom.Col, atom.Embed, atom.Frame, atom.Hr, atom.Image, atom.Img, atom.Input,
	atom.Keygen, atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Wbr)

// Limits of the adoption agency algorithm (HTML Standard, 13.2.6.4.7). The end tag of a formatting element in which
// blocks are open copies it, and up to three of the formatting elements in it, for each of up to eight blocks. With more
// blocks the element stays open.
const (
	maxAdoptions    = 8
	copiesPerBlock  = 4
	misnestedCopies = maxAdoptions * copiesPerBlock // for an end tag whose element is not in the list
)

// blocksIn returns how many blocks are open in a formatting element, at most maxAdoptions.
func (o *openFormatting) blocksIn(e openElement) (n int) {
	for i := len(o.blocks) - 1; i >= 0 && o.blocks[i].seq > e.seq && n < maxAdoptions; i-- {
		n++
	}
	return n
}

// endTag updates the lists for an end tag, and returns how many elements the parser may create for it.
func (o *openFormatting) endTag(tag atom.Atom) int {
	if o.lastBlockIs(tag) {
		o.blocks = o.blocks[:len(o.blocks)-1]
	}
	switch {
	case formattingTags[tag]:
		for i := len(o.list) - 1; i >= o.afterLastMarker(); i-- {
			if e := o.list[i]; e.tag == tag {
				blocks := o.blocksIn(e)
				if blocks < maxAdoptions {
					o.remove(i)
				}
				return copiesPerBlock * blocks
			}
		}
		return misnestedCopies
	case cellTags[tag]:
		if o.lastMarker() == tag {
			o.endCell()
		}
	case tag == atom.Tr && o.lastMarker() != atom.Caption:
		o.endCell()
	case tag == atom.Table:
		o.endCell()
		if i := o.afterLastMarker(); i > 0 && o.list[i-1].tag == atom.Table { // the elements that are open in it stay open
			o.remove(i - 1)
			o.markers--
		}
	}
	return 0
}
