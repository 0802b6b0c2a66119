package feed

import (
	"encoding/base64"
	"html"
	"strings"
	"unicode/utf8"

	"broadsheet/fetch/text"
)

// span is the content of an element: its bytes are src[from:to].
type span struct {
	from, to          int
	hasTags, hasCDATA bool
}

// readContent moves past the end tag of the element that tag begins, and returns its content. If the end tag is missing,
// the content ends where the next field begins.
func (r *repairer) readContent(tag token) span {
	if tag.empty {
		return span{from: tag.to, to: tag.to}
	}
	name := tag.prefix + ":" + tag.local
	if r.unclosed[name] > tag.to || r.lookahead < 0 {
		return r.readContentUntilField(tag)
	}
	s := span{from: tag.to}
	depth := 0
	for {
		q := r.next()
		same := q.local == tag.local && q.prefix == tag.prefix
		switch {
		case q.kind == tokenCDATA:
			s.hasCDATA = true
		case q.kind == tokenEndTag && same && depth == 0:
			s.to = q.from
			return s
		case q.kind == tokenEndTag && same:
			depth--
		case q.kind == tokenStartTag && same && !q.empty:
			depth++
			s.hasTags = true
		case q.kind == tokenEOF, q.kind == tokenCut, r.isStructural(q):
			if r.unclosed == nil {
				r.unclosed = map[string]int{}
			}
			r.unclosed[name] = q.from
			r.lookahead -= q.from - tag.to
			r.pos = tag.to
			return r.readContentUntilField(tag)
		case q.kind == tokenStartTag, q.kind == tokenEndTag:
			s.hasTags = true
		}
	}
}

// isStructural reports whether a token is a tag that no field can contain: an entry begins or ends, or the feed ends.
func (r *repairer) isStructural(q token) bool {
	switch q.kind {
	case tokenStartTag:
		return q.local == "item" || q.local == "entry"
	case tokenEndTag:
		return rootNames[q.local]
	}
	return false
}

// readContentUntilField is readContent for an element that has no end tag, or whose end tag may not be searched for any
// more.
func (r *repairer) readContentUntilField(tag token) span {
	s := span{from: tag.to}
	depth := 0
	for {
		q := r.next()
		switch {
		case q.kind == tokenStartTag && !q.empty && !text.VoidElements[q.local]:
			depth++
		case q.kind == tokenEndTag && depth == 0, q.kind == tokenEndTag && q.local == tag.local && q.prefix == tag.prefix:
			s.to = q.from
			if r.isStructural(q) {
				r.pos = q.from
			}
			return s
		case q.kind == tokenEndTag:
			depth--
		}
		_, known := r.lookupField(q, q.prefix)
		if q.kind == tokenEOF || q.kind == tokenCut || r.isStructural(q) || q.kind == tokenStartTag && (known || q.prefix != "") {
			r.pos, s.to = q.from, q.from
			return s
		}
		s.hasCDATA = s.hasCDATA || q.kind == tokenCDATA
		s.hasTags = s.hasTags || q.kind == tokenStartTag || q.kind == tokenEndTag
	}
}

// eachToken calls visit with each token of a span.
func (r *repairer) eachToken(s span, visit func(q token)) {
	after := r.pos
	for r.pos = s.from; r.pos < s.to; {
		q := r.next()
		if q.kind == tokenCut {
			q.kind, q.to = tokenText, s.to
			r.pos = s.to
		}
		visit(q)
	}
	r.pos = after
}

// textOf returns the text of a span without its tags.
func (r *repairer) textOf(s span) string {
	if !s.hasTags && !s.hasCDATA {
		return strings.TrimSpace(r.withoutComments(s))
	}
	if content, ok := singleCDATA(r.src[s.from:s.to]); ok {
		return content
	}
	var out strings.Builder
	r.eachToken(s, func(q token) {
		switch q.kind {
		case tokenText:
			out.WriteString(r.unescape(r.src[q.from:q.to]))
		case tokenCDATA:
			out.WriteString(r.cdata(q))
		}
	})
	return strings.TrimSpace(out.String())
}

// singleCDATA returns the text of a span that is a single CDATA section. Most spans that have a section have nothing
// else.
func singleCDATA(s string) (text string, ok bool) {
	s = strings.TrimSpace(s)
	if text, ok = strings.CutPrefix(s, "<![CDATA["); ok {
		text, ok = strings.CutSuffix(text, "]]>")
	}
	return strings.TrimSpace(text), ok && !strings.Contains(text, "]]>")
}

// withoutComments returns the text of a span that has neither tags nor CDATA, without its comments.
func (r *repairer) withoutComments(s span) string {
	raw := r.src[s.from:s.to]
	if strings.IndexByte(raw, '<') < 0 {
		return r.unescape(raw)
	}
	var out strings.Builder
	r.eachToken(s, func(q token) {
		if q.kind == tokenText {
			out.WriteString(r.unescape(r.src[q.from:q.to]))
		}
	})
	return out.String()
}

// cdata returns the text of a CDATA section.
func (r *repairer) cdata(q token) string {
	return strings.TrimSuffix(r.src[q.from+len("<![CDATA["):q.to], "]]>")
}

// readHTML reads an element and returns its text as HTML, escaped once, whatever it is written as: text, escaped HTML,
// inline XHTML or base64 (RFC 4287 section 3.1, Atom 0.3, and RSS, which does not say).
func (r *repairer) readHTML(tag token, title bool) string {
	kind, mode := "", ""
	if r.format == formatAtom || tag.prefix != "" {
		kind, mode = strings.ToLower(r.attribute(tag, "type")), strings.ToLower(r.attribute(tag, "mode"))
	}
	s := r.readContent(tag)
	kind, _, _ = strings.Cut(kind, ";")
	html := kind == "html" || kind == "text/html" || kind == "application/html"
	xhtml := strings.Contains(kind, "xhtml")
	switch {
	case mode == "base64" || isBase64Type(kind):
		return decodeBase64(r.textOf(s), kind)
	case xhtml:
		return r.inlineMarkup(s)
	case html && s.hasTags:
		return r.unescapedMarkup(s)
	case html:
		return r.textOf(s)
	case s.hasTags && r.hasEscapedMarkup(s):
		return r.unescapedMarkup(s)
	case s.hasTags:
		return r.inlineMarkup(s)
	}
	value := r.textOf(s)
	switch {
	case r.format == formatRSS && title:
		return value // text.TitleText decides what is markup
	case r.format == formatRSS || mode == "escaped" && kind == "" || kind == "" && !title:
		if looksLikeMarkup(value) {
			return value
		}
	}
	return text.ToHTML(value)
}

// isBase64Type reports whether Atom content of this media type is encoded in base64.
func isBase64Type(kind string) bool {
	return strings.Contains(kind, "/") && !strings.HasPrefix(kind, "text/") && !strings.Contains(kind, "xml") && !strings.Contains(kind, "html") && !strings.Contains(kind, "json")
}

func decodeBase64(content, kind string) string {
	bare := strings.Join(strings.Fields(content), "")
	raw, err := base64.StdEncoding.DecodeString(bare)
	if err != nil {
		if raw, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(bare, "=")); err != nil {
			return text.ToHTML(content)
		}
	}
	if !utf8.Valid(raw) || strings.IndexByte(string(raw), 0) >= 0 {
		return ""
	}
	if strings.Contains(kind, "html") || looksLikeMarkup(string(raw)) {
		return string(raw)
	}
	return text.ToHTML(string(raw))
}

// hasEscapedMarkup reports whether a span with tags also has escaped markup. Then its text is markup too.
func (r *repairer) hasEscapedMarkup(s span) bool {
	found := false
	r.eachToken(s, func(q token) {
		switch q.kind {
		case tokenCDATA:
			found = found || strings.Contains(r.cdata(q), "<")
		case tokenText:
			found = found || strings.Contains(r.src[q.from:q.to], "&lt;/")
		}
	})
	return found
}

// unescapedMarkup returns a span as HTML: its text, which is escaped markup, and the tags in between.
func (r *repairer) unescapedMarkup(s span) string {
	var out strings.Builder
	r.eachToken(s, func(q token) {
		switch q.kind {
		case tokenText:
			out.WriteString(r.unescape(r.src[q.from:q.to]))
		case tokenCDATA:
			out.WriteString(r.cdata(q))
		default:
			writeTag(&out, q)
		}
	})
	return strings.TrimSpace(out.String())
}

// inlineMarkup returns a span of XHTML as HTML: prefixes are dropped and empty elements closed.
func (r *repairer) inlineMarkup(s span) string {
	var out strings.Builder
	r.eachToken(s, func(q token) {
		switch q.kind {
		case tokenText:
			out.WriteString(html.EscapeString(r.unescape(r.src[q.from:q.to])))
		case tokenCDATA:
			out.WriteString(html.EscapeString(r.cdata(q)))
		default:
			writeTag(&out, q)
		}
	})
	return strings.TrimSpace(out.String())
}

func writeTag(out *strings.Builder, q token) {
	switch q.kind {
	case tokenStartTag:
		out.WriteString("<" + q.local + q.attributes + ">")
		if q.empty && !text.VoidElements[q.local] {
			out.WriteString("</" + q.local + ">")
		}
	case tokenEndTag:
		out.WriteString("</" + q.local + ">")
	}
}

// looksLikeMarkup reports whether a text that may be plain or HTML is HTML: it has a tag that HTML knows, or an entity.
func looksLikeMarkup(s string) bool {
	if text.EntityPattern.MatchString(s) {
		return true
	}
	last := strings.LastIndexByte(s, '>')
	for rest := s[:last+1]; ; {
		at := strings.IndexByte(rest, '<')
		if at < 0 {
			return false
		}
		rest = rest[at+1:]
		name := strings.TrimPrefix(rest[:min(len(rest), 40)], "/")
		size := nameLength(name)
		if size > 0 && text.KnownElements[strings.ToLower(name[:size])] || strings.HasPrefix(rest, "!--") {
			return true
		}
	}
}
