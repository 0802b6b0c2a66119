package extract

import (
	"bytes"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// flatten rewrites a document that is nested too deep for html.Parse as one without nesting. It keeps texts, headings and
// metadata, turns the tags of blocks into <p>, and drops the other tags.
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
