package extract

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// tree gives the tree that html.Parse makes of markup, if all of it is written as it should be, as every other content is:
// every element ends, in the order they began, and none stands where another has to end for it. It costs a fraction,
// since the texts stay where they are. Nil: something is otherwise, and html.Parse has a rule for it.
func (t *grower) tree(markup string) *html.Node {
	if strings.IndexByte(markup, '\r') >= 0 || strings.IndexByte(markup, 0) >= 0 {
		return nil
	}
	t.rest = markup
	root := t.node(html.DocumentNode, 0, "")
	page := under(root, t.node(html.ElementNode, atom.Html, "html"))
	under(page, t.node(html.ElementNode, atom.Head, "head"))
	t.open = append(t.open, branch{node: under(page, t.node(html.ElementNode, atom.Body, "body"))})
	for t.rest != "" {
		if !t.text() || t.rest != "" && !t.tag() {
			return nil
		}
	}
	if len(t.open) > 1 {
		return nil
	}
	return root
}

// blanks are the white space of HTML.
const blanks = " \t\r\n\f"

// How far a tree may grow here. The limit of html.Parse is a depth of 512.
const (
	deepest  = 100
	mostSaid = 32 // attributes of one element
)

// grower makes a tree, which is good until clear is called.
type grower struct {
	rest  string           // what is not read yet
	open  []branch         // elements that have not ended, the body first
	attrs []html.Attribute // of all elements
	nodes [][]html.Node    // atOnce in each
	used  int              // how many of them are
}

// growers wait for the next tree, with the nodes of the last.
var growers = sync.Pool{New: func() any { return new(grower) }}

// How many nodes are made at once, and how many times as many are kept for the next tree.
const (
	atOnce   = 64
	mostKept = 32
)

// clear forgets the tree and makes ready for the next.
func (t *grower) clear() {
	for i := range min(len(t.nodes), (t.used+atOnce-1)/atOnce) {
		clear(t.nodes[i])
	}
	clear(t.attrs)
	clear(t.open)
	t.rest, t.used, t.attrs, t.open = "", 0, t.attrs[:0], t.open[:0]
	if len(t.nodes) > mostKept {
		clear(t.nodes[mostKept:])
		t.nodes = t.nodes[:mostKept]
	}
}

// branch is an element that has not ended.
type branch struct {
	node *html.Node
	way  way
}

func (t *grower) top() branch { return t.open[len(t.open)-1] }

func (t *grower) node(kind html.NodeType, name atom.Atom, data string) *html.Node {
	if t.used == atOnce*len(t.nodes) {
		t.nodes = append(t.nodes, make([]html.Node, atOnce))
	}
	n := &t.nodes[t.used/atOnce][t.used%atOnce]
	t.used++
	n.Type, n.DataAtom, n.Data = kind, name, data
	return n
}

// under makes n the last child of parent, and gives n.
func under(parent, n *html.Node) *html.Node {
	n.Parent, n.PrevSibling = parent, parent.LastChild
	if parent.FirstChild == nil {
		parent.FirstChild = n
	} else {
		parent.LastChild.NextSibling = n
	}
	parent.LastChild = n
	return n
}

// text reads up to the next tag. This and what else reads is false where the markup is not as it should be.
func (t *grower) text() bool {
	size := strings.IndexByte(t.rest, '<')
	if size < 0 {
		size = len(t.rest)
	}
	told, parent := t.rest[:size], t.top().node
	t.rest = t.rest[size:]
	if strings.IndexByte(told, '&') >= 0 {
		told = html.UnescapeString(told)
	}
	if t.open[0].node.FirstChild == nil {
		told = strings.TrimLeft(told, blanks)
	}
	if told == "" {
		return true
	}
	under(parent, t.node(html.TextNode, 0, told))
	return parent.DataAtom != atom.Pre || told[0] != '\n' && told[0] != '\r' // where the first one means nothing
}

func (t *grower) tag() bool {
	switch {
	case strings.HasPrefix(t.rest, "<!--"):
		return t.comment()
	case strings.HasPrefix(t.rest, "</"):
		return t.end()
	}
	return t.start()
}

func (t *grower) comment() bool {
	told, rest, ok := strings.Cut(t.rest[len("<!--"):], "-->")
	begun := t.open[0].node.FirstChild != nil // else it does not stand in the body
	if !ok || !begun || strings.ContainsAny(told, "<>!&") || strings.HasPrefix(told, "-") || strings.HasSuffix(told, "-") {
		return false
	}
	t.rest = rest
	under(t.top().node, t.node(html.CommentNode, 0, told))
	return true
}

func (t *grower) end() bool {
	name, rest, ok := strings.Cut(t.rest[len("</"):], ">")
	if !ok || len(t.open) == 1 || t.top().node.Data != name {
		return false
	}
	t.open, t.rest = t.open[:len(t.open)-1], rest
	return true
}

func (t *grower) start() bool {
	size := 1
	for size < len(t.rest) && (t.rest[size] >= 'a' && t.rest[size] <= 'z' || t.rest[size] >= '0' && t.rest[size] <= '9') {
		size++
	}
	name := t.rest[1:size]
	k, known := kinds[name]
	if !known || !t.may(k.way) {
		return false
	}
	t.rest = t.rest[size:]
	n := t.node(html.ElementNode, k.name, name)
	closed, ok := t.attributes(n)
	if !ok || closed && k.way != asVoid && k.way != asRule {
		return false
	}
	if k.way == inStyle || k.way == asLink { // html.Parse sorts them, to compare such elements
		slices.SortFunc(n.Attr, func(a, b html.Attribute) int { return cmp.Compare(a.Key, b.Key) })
	}
	under(t.top().node, n)
	switch k.way {
	case asVoid, asRule:
	case asFrame:
		t.rest, ok = strings.CutPrefix(t.rest, "</"+name+">")
		return ok
	default:
		t.open = append(t.open, branch{n, k.way})
	}
	return len(t.open) < deepest
}

// attributes reads the rest of a start tag; closed: it ends with a slash.
func (t *grower) attributes(n *html.Node) (closed, ok bool) {
	from := len(t.attrs)
	for {
		rest := strings.TrimLeft(t.rest, blanks)
		parted := len(rest) < len(t.rest)
		if t.rest, ok = strings.CutPrefix(rest, ">"); ok {
			break
		}
		if t.rest, ok = strings.CutPrefix(rest, "/>"); ok {
			closed = true
			break
		}
		if !parted || !t.attribute(rest, from) {
			return false, false
		}
	}
	n.Attr = t.attrs[from:len(t.attrs):len(t.attrs)]
	return closed, true
}

// attribute reads one attribute of those from a number on.
func (t *grower) attribute(rest string, from int) bool {
	size := 0
	for size < len(rest) && (rest[size] >= 'a' && rest[size] <= 'z' || rest[size] == '-' || rest[size] == '_' || rest[size] >= '0' && rest[size] <= '9') {
		size++
	}
	a, said := html.Attribute{Key: rest[:size]}, t.attrs[from:]
	again := slices.ContainsFunc(said, func(b html.Attribute) bool { return b.Key == a.Key })
	if rest = rest[size:]; size == 0 || rest == "" || again || len(said) == mostSaid {
		return false
	}
	t.rest = rest
	if rest[0] == '=' {
		if rest = rest[1:]; rest == "" || rest[0] != '"' && rest[0] != '\'' {
			return false
		}
		end := strings.IndexByte(rest[1:], rest[0]) + 1
		if end == 0 {
			return false
		}
		a.Val, t.rest = attributeValue(rest[1:end]), rest[end+1:]
	}
	t.attrs = append(t.attrs, a)
	return true
}

// attributeValue decodes a value, in which not all is an entity that is one in a text.
func attributeValue(told string) string {
	if strings.IndexByte(told, '&') < 0 {
		return told
	}
	z := html.NewTokenizer(strings.NewReader(`<a a="` + strings.ReplaceAll(told, `"`, "&quot;") + `">`))
	z.Next()
	z.TagName()
	_, value, _ := z.TagAttr()
	return string(value)
}

// way is how an element grows.
type way uint8

const (
	inText  way = iota // as part of a text
	inStyle            // as part of a text, which it gives a look
	asLink             // as part of a text, and not within another link
	asBlock            // not within a paragraph
	asTitle            // as a block, and not right within another title
	asItem             // as a block, in a list
	asTerm             // as a block, in a list of terms
	asVoid             // holding nothing, with no end tag
	asRule             // as void, and not within a paragraph
	asFrame            // holding no markup, and here nothing
)

// kind is an element's name and how it grows.
type kind struct {
	name atom.Atom
	way  way
}

// kinds are the elements that are read here.
var kinds = func() map[string]kind {
	all := map[string]kind{}
	for way, names := range map[way]string{
		inText:  "abbr acronym cite del dfn ins kbd mark q samp span sub sup time var",
		inStyle: "b big code em font i s small strike strong tt u",
		asLink:  "a",
		asBlock: "address article aside blockquote center div dl figcaption figure footer header main nav ol p pre section ul",
		asTitle: "h1 h2 h3 h4 h5 h6",
		asItem:  "li",
		asTerm:  "dd dt",
		asVoid:  "br img wbr",
		asRule:  "hr",
		asFrame: "iframe",
	} {
		for name := range strings.FieldsSeq(names) {
			all[name] = kind{atom.Lookup([]byte(name)), way}
		}
	}
	return all
}()

// may tells whether an element may begin here without another having to end for it.
func (t *grower) may(w way) bool {
	top := t.top()
	switch w {
	case asLink:
		return !slices.ContainsFunc(t.open, func(b branch) bool { return b.way == asLink })
	case asTitle:
		return top.way != asTitle && !t.inParagraph()
	case asItem:
		return top.node.DataAtom == atom.Ul || top.node.DataAtom == atom.Ol
	case asTerm:
		return top.node.DataAtom == atom.Dl
	case asBlock, asRule:
		return !t.inParagraph()
	}
	return true
}

func (t *grower) inParagraph() bool {
	return slices.ContainsFunc(t.open, func(b branch) bool { return b.node.DataAtom == atom.P })
}
