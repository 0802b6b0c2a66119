package extract

import (
	"bytes"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// flatten makes a document that is nested too deep for the parser one that is not: it keeps what carries text and what
// tells of the page, and turns the rest into breaks between paragraphs.
func flatten(body []byte) []byte {
	var flat bytes.Buffer
	z := html.NewTokenizer(bytes.NewReader(body))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return flat.Bytes()
		}
		raw := z.Raw()
		switch kind {
		case html.TextToken:
			flat.Write(raw)
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			raw := bytes.Clone(raw)
			name, _ := z.TagName()
			switch atom.Lookup(name) {
			case atom.Title, atom.Meta, atom.Link, atom.Script, atom.Style, atom.Noscript, atom.Textarea, atom.H1, atom.H2, atom.H3, atom.Pre:
				flat.Write(raw)
			case atom.Div, atom.P, atom.Li, atom.Td, atom.Section, atom.Article, atom.Blockquote, atom.Ul, atom.Table, atom.Tr:
				flat.WriteString("<p>")
			case atom.Br:
				flat.WriteString("<br>")
			}
		}
	}
}
