package text

import (
	"bytes"
	"html"
	"strings"

	tokens "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"broadsheet"
	"broadsheet/internal/plain"
)

// Every text and address from the web passes the functions of this file, sanitize.go, title.go or link.go.

// FromHTML converts HTML to one line of plain text: what a reader would see, sanitized.
func FromHTML(markup string) string { return Sanitize(visibleText(markup, broadsheet.MaxText, " ")) }

// Paragraphs converts HTML to plain text of at most MaxText bytes, sanitized, with blank lines between its blocks.
func Paragraphs(markup string) string {
	return sanitizeParagraphs(visibleText(markup, 2*broadsheet.MaxText, "\n\n"))
}

// sanitizeParagraphs sanitizes text that is already plain, keeps its blank lines, and truncates it to MaxText bytes.
func sanitizeParagraphs(text string) string {
	var out strings.Builder
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if paragraph = Sanitize(paragraph); paragraph == "" {
			continue
		}
		if out.Len() > 0 {
			out.WriteString("\n\n")
		}
		if out.Len()+len(paragraph) > broadsheet.MaxText {
			out.WriteString(plain.TruncateBytes(paragraph, broadsheet.MaxText-out.Len()))
			break
		}
		out.WriteString(paragraph)
	}
	return strings.TrimSpace(out.String())
}

// visibleText returns the text of HTML that a browser would show, up to about limit bytes, with gap at the start and end
// of block elements. It reads one tag after the other and builds no tree, so that deep nesting costs nothing and nothing
// makes it fail.
func visibleText(markup string, limit int, gap string) string {
	if !strings.ContainsAny(markup, "<&") {
		return markup[:min(len(markup), limit)]
	}
	v := textExtractor{z: tokens.NewTokenizer(strings.NewReader(markup)), rest: markup}
	for len(v.out) < limit {
		kind := v.next()
		if kind == tokens.ErrorToken {
			break
		}
		if kind == tokens.TextToken {
			v.addText()
			continue
		}
		if kind != tokens.StartTagToken && kind != tokens.EndTagToken && kind != tokens.SelfClosingTagToken {
			continue
		}
		name, _ := v.z.TagName()
		switch tag := atom.Lookup(name); {
		case kind == tokens.StartTagToken && (hiddenElements[tag] || hiddenRawElements[tag]):
			v.skipHidden(tag)
		case tag == atom.Br && kind != tokens.EndTagToken:
			v.out = append(bytes.TrimRight(v.out, " "), '\n')
		case blockElements[tag]:
			v.addGap(gap)
		case tag == atom.Td || tag == atom.Th || tag == atom.Option:
			v.addGap(" ")
		}
	}
	return string(v.out)
}

// textExtractor is the state of visibleText.
type textExtractor struct {
	z        *tokens.Tokenizer
	rest     string // what has not been read yet
	out      []byte
	unclosed map[atom.Atom]bool // hidden elements that have no end tag in rest
}

func (v *textExtractor) next() tokens.TokenType {
	kind := v.z.Next()
	v.rest = v.rest[min(len(v.z.Raw()), len(v.rest)):]
	return kind
}

// addGap adds a gap unless the output is empty or ends with one: a thousand tags in a row make one gap.
func (v *textExtractor) addGap(gap string) {
	if len(v.out) > 0 && !bytes.HasSuffix(v.out, []byte(gap)) {
		v.out = append(v.out, gap...)
	}
}

// addText adds a text token. Line breaks in it count as spaces.
func (v *textExtractor) addText() {
	for _, c := range v.z.Text() {
		if c == '\n' || c == '\r' {
			c = ' '
		}
		v.out = append(v.out, c)
	}
}

// skipHidden skips a hidden element with all its content, or its start tag alone if it has no end tag.
func (v *textExtractor) skipHidden(tag atom.Atom) {
	if hiddenRawElements[tag] { // the tokenizer returns the content of such an element as one text
		if v.next() == tokens.TextToken {
			if tag == atom.Iframe || tag == atom.Noframes { // its content is HTML, for browsers that do not know the element
				v.out = append(v.out, visibleText(string(v.z.Raw()), broadsheet.MaxText, " ")...)
			}
			v.next()
		}
		return
	}
	if v.unclosed[tag] || IndexFold(v.rest, "</"+tag.String()) < 0 {
		if v.unclosed == nil {
			v.unclosed = map[atom.Atom]bool{}
		}
		v.unclosed[tag] = true
		return
	}
	for {
		switch v.next() {
		case tokens.ErrorToken:
			return
		case tokens.EndTagToken:
			if name, _ := v.z.TagName(); atom.Lookup(name) == tag {
				return
			}
		}
	}
}

// IndexFold is strings.Index without regard to case, for a needle in lower-case ASCII.
func IndexFold(text, needle string) int {
	for i := 0; i+len(needle) <= len(text); i++ {
		next := strings.IndexByte(text[i:], needle[0])
		if next < 0 || i+next+len(needle) > len(text) {
			return -1
		}
		i += next
		if strings.EqualFold(text[i:i+len(needle)], needle) {
			return i
		}
	}
	return -1
}

var (
	// hiddenRawElements are elements whose content is not text of the article, and that browsers do not parse as HTML.
	hiddenRawElements = AtomSet(atom.Script, atom.Style, atom.Noscript, atom.Iframe, atom.Noembed, atom.Noframes, atom.Title)
	// hiddenElements are further elements whose content is not shown, or only where the element itself is not supported.
	hiddenElements = AtomSet(atom.Template, atom.Applet, atom.Video, atom.Audio, atom.Canvas, atom.Datalist)
	// blockElements are the elements that begin and end on a line of their own.
	blockElements = AtomSet(
		atom.P, atom.Div, atom.Li, atom.Ul, atom.Ol, atom.Dl, atom.Dt, atom.Dd, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6,
		atom.Blockquote, atom.Pre, atom.Table, atom.Tr, atom.Caption, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Main,
		atom.Aside, atom.Nav, atom.Figure, atom.Figcaption, atom.Hr, atom.Form, atom.Fieldset, atom.Address, atom.Center, atom.Details,
		atom.Summary, atom.Hgroup, atom.Menu, atom.Legend, atom.Body,
	)
)

// AtomSet returns a set of atoms.
func AtomSet(all ...atom.Atom) map[atom.Atom]bool {
	m := make(map[atom.Atom]bool, len(all))
	for _, a := range all {
		m[a] = true
	}
	return m
}

// ToHTML converts plain text to HTML. Blank lines become paragraphs.
func ToHTML(text string) string {
	return strings.ReplaceAll(html.EscapeString(text), "\n\n", "<p>")
}
