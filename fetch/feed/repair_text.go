package feed

import (
	"encoding/base64"
	"html"
	"strings"
	"time"
	"unicode/utf8"

	"broadsheet/fetch/text"
)

// timeForm is how dates are written in a mended feed.
const timeForm = time.RFC3339Nano

// span is what an element holds: where it stands, and whether it has tags or CDATA sections.
type span struct {
	from, to       int
	tags, sections bool
}

// inside goes to the end of the element that p begins, and tells what it holds. Where its end tag is missing it ends at
// the first field that begins after it.
func (m *repairer) inside(p lexeme) span {
	if p.empty {
		return span{from: p.to, to: p.to}
	}
	name := p.prefix + ":" + p.local
	if m.unclosed[name] > p.to || m.lookahead < 0 {
		return m.untilField(p)
	}
	s := span{from: p.to}
	depth := 0
	for {
		q := m.next()
		same := q.local == p.local && q.prefix == p.prefix
		switch {
		case q.kind == lexCDATA:
			s.sections = true
		case q.kind == lexEndTag && same && depth == 0:
			s.to = q.from
			return s
		case q.kind == lexEndTag && same:
			depth--
		case q.kind == lexStartTag && same && !q.empty:
			depth++
			s.tags = true
		case q.kind == lexEnd, q.kind == lexCut, m.structural(q):
			if m.unclosed == nil {
				m.unclosed = map[string]int{}
			}
			m.unclosed[name] = q.from
			m.lookahead -= q.from - p.to
			m.pos = p.to
			return m.untilField(p)
		case q.kind == lexStartTag, q.kind == lexEndTag:
			s.tags = true
		}
	}
}

// structural tells a tag that no field can hold: an entry begins or ends, or the feed ends.
func (m *repairer) structural(q lexeme) bool {
	switch q.kind {
	case lexStartTag:
		return q.local == "item" || q.local == "entry"
	case lexEndTag:
		return rootNames[q.local]
	}
	return false
}

// untilField is the span of an element that has no end tag, or none that may be looked for.
func (m *repairer) untilField(p lexeme) span {
	s := span{from: p.to}
	depth := 0
	for {
		q := m.next()
		switch {
		case q.kind == lexStartTag && !q.empty && !text.EmptyElements[q.local]:
			depth++
		case q.kind == lexEndTag && depth == 0, q.kind == lexEndTag && q.local == p.local && q.prefix == p.prefix:
			s.to = q.from
			if m.structural(q) {
				m.pos = q.from
			}
			return s
		case q.kind == lexEndTag:
			depth--
		}
		_, known := m.fieldOf(q, q.prefix)
		if q.kind == lexEnd || q.kind == lexCut || m.structural(q) || q.kind == lexStartTag && (known || q.prefix != "") {
			m.pos, s.to = q.from, q.from
			return s
		}
		s.sections = s.sections || q.kind == lexCDATA
		s.tags = s.tags || q.kind == lexStartTag || q.kind == lexEndTag
	}
}

// each goes over the marks of a span.
func (m *repairer) each(s span, visit func(q lexeme)) {
	after := m.pos
	for m.pos = s.from; m.pos < s.to; {
		q := m.next()
		if q.kind == lexCut {
			q.kind, q.to = lexText, s.to
			m.pos = s.to
		}
		visit(q)
	}
	m.pos = after
}

// text is the characters that a span holds, without its tags.
func (m *repairer) text(s span) string {
	if !s.tags && !s.sections {
		return strings.TrimSpace(m.withoutComments(s))
	}
	if told, ok := onlySection(m.src[s.from:s.to]); ok {
		return told
	}
	var out strings.Builder
	m.each(s, func(q lexeme) {
		switch q.kind {
		case lexText:
			out.WriteString(m.unescaped(m.src[q.from:q.to]))
		case lexCDATA:
			out.WriteString(m.section(q))
		}
	})
	return strings.TrimSpace(out.String())
}

// onlySection is the text of a span that is one CDATA section: most that have one have nothing else.
func onlySection(told string) (text string, ok bool) {
	told = strings.TrimSpace(told)
	if text, ok = strings.CutPrefix(told, "<![CDATA["); ok {
		text, ok = strings.CutSuffix(text, "]]>")
	}
	return strings.TrimSpace(text), ok && !strings.Contains(text, "]]>")
}

func (m *repairer) withoutComments(s span) string {
	told := m.src[s.from:s.to]
	if strings.IndexByte(told, '<') < 0 {
		return m.unescaped(told)
	}
	var out strings.Builder
	m.each(s, func(q lexeme) {
		if q.kind == lexText {
			out.WriteString(m.unescaped(m.src[q.from:q.to]))
		}
	})
	return out.String()
}

// section is the text of a CDATA section.
func (m *repairer) section(q lexeme) string {
	return strings.TrimSuffix(m.src[q.from+len("<![CDATA["):q.to], "]]>")
}

// markup is the text of an element as markup, escaped once, whatever it was told as: text, escaped HTML, inline XHTML or
// base64 (RFC 4287 section 3.1, Atom 0.3, RSS where nobody knows).
func (m *repairer) markup(p lexeme, title bool) string {
	kind, mode := "", ""
	if m.family == familyAtom || p.prefix != "" {
		kind, mode = strings.ToLower(m.attribute(p, "type")), strings.ToLower(m.attribute(p, "mode"))
	}
	s := m.inside(p)
	kind, _, _ = strings.Cut(kind, ";")
	html := kind == "html" || kind == "text/html" || kind == "application/html"
	xhtml := strings.Contains(kind, "xhtml")
	switch {
	case mode == "base64" || binaryMedia(kind):
		return fromBase64(m.text(s), kind)
	case xhtml:
		return m.inline(s)
	case html && s.tags:
		return m.escapedInline(s)
	case html:
		return m.text(s)
	case s.tags && m.escapedWithin(s):
		return m.escapedInline(s)
	case s.tags:
		return m.inline(s)
	}
	told := m.text(s)
	switch {
	case m.family == familyRSS && title:
		return told // titleText sees for itself
	case m.family == familyRSS || mode == "escaped" && kind == "" || kind == "" && !title:
		if looksLikeMarkup(told) {
			return told
		}
	}
	return text.AsMarkup(told)
}

// binaryMedia tells the media types that Atom content is encoded in base64 for.
func binaryMedia(kind string) bool {
	return strings.Contains(kind, "/") && !strings.HasPrefix(kind, "text/") && !strings.Contains(kind, "xml") && !strings.Contains(kind, "html") && !strings.Contains(kind, "json")
}

func fromBase64(content, kind string) string {
	bare := strings.Join(strings.Fields(content), "")
	raw, err := base64.StdEncoding.DecodeString(bare)
	if err != nil {
		if raw, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(bare, "=")); err != nil {
			return text.AsMarkup(content)
		}
	}
	if !utf8.Valid(raw) || strings.IndexByte(string(raw), 0) >= 0 {
		return ""
	}
	if strings.Contains(kind, "html") || looksLikeMarkup(string(raw)) {
		return string(raw)
	}
	return text.AsMarkup(string(raw))
}

// escapedWithin tells whether a span that has tags has escaped markup as well, so that its text is markup.
func (m *repairer) escapedWithin(s span) bool {
	found := false
	m.each(s, func(q lexeme) {
		switch q.kind {
		case lexCDATA:
			found = found || strings.Contains(m.section(q), "<")
		case lexText:
			found = found || strings.Contains(m.src[q.from:q.to], "&lt;/")
		}
	})
	return found
}

// escapedInline is a span whose text is escaped markup, with the tags that stand between.
func (m *repairer) escapedInline(s span) string {
	var out strings.Builder
	m.each(s, func(q lexeme) {
		switch q.kind {
		case lexText:
			out.WriteString(m.unescaped(m.src[q.from:q.to]))
		case lexCDATA:
			out.WriteString(m.section(q))
		default:
			writeTag(&out, q)
		}
	})
	return strings.TrimSpace(out.String())
}

// inline is a span of XHTML as HTML: prefixes dropped, empty elements closed.
func (m *repairer) inline(s span) string {
	var out strings.Builder
	m.each(s, func(q lexeme) {
		switch q.kind {
		case lexText:
			out.WriteString(html.EscapeString(m.unescaped(m.src[q.from:q.to])))
		case lexCDATA:
			out.WriteString(html.EscapeString(m.section(q)))
		default:
			writeTag(&out, q)
		}
	})
	return strings.TrimSpace(out.String())
}

func writeTag(out *strings.Builder, q lexeme) {
	switch q.kind {
	case lexStartTag:
		out.WriteString("<" + q.local + q.attributes + ">")
		if q.empty && !text.EmptyElements[q.local] {
			out.WriteString("</" + q.local + ">")
		}
	case lexEndTag:
		out.WriteString("</" + q.local + ">")
	}
}

// looksLikeMarkup tells whether a text that may be either is markup: it has a tag that HTML knows, or an entity.
func looksLikeMarkup(told string) bool {
	if text.Entity.MatchString(told) {
		return true
	}
	last := strings.LastIndexByte(told, '>')
	for rest := told[:last+1]; ; {
		at := strings.IndexByte(rest, '<')
		if at < 0 {
			return false
		}
		rest = rest[at+1:]
		name := strings.TrimPrefix(rest[:min(len(rest), 40)], "/")
		size := NameSize(name)
		if size > 0 && text.KnownElements[strings.ToLower(name[:size])] || strings.HasPrefix(rest, "!--") {
			return true
		}
	}
}
