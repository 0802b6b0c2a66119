package feed

import (
	"html"
	"strings"
	"unicode/utf8"

	"broadsheet/fetch/text"
)

// tagScanner walks over the tags of an XML document, whatever is wrong with it. It never fails and never looks at a
// byte more than a few times; what it cannot make sense of is text.
type tagScanner struct {
	src      string
	pos      int
	entities map[string]string // that the document declares for itself
	budget   int               // how many bytes those may still expand to
	noSubset bool              // no "]" is left that could end a declaration's internal subset
}

// lexKind says what a lexeme is.
type lexKind int

const (
	lexEnd      lexKind = iota // of the document
	lexCut                     // of the document, within a tag, a comment or a CDATA section
	lexText                    // characters and entities
	lexCDATA                   // a CDATA section
	lexStartTag                // a start tag
	lexEndTag                  // an end tag
	lexOther                   // comments, processing instructions, declarations
)

// lexeme is a piece of the document.
type lexeme struct {
	kind          lexKind
	from, to      int    // where it stands
	prefix, local string // of a tag's name, in small letters
	attributes    string // of a start tag, as written
	empty         bool   // a start tag that is its own end
}

// next is the next lexeme.
func (s *tagScanner) next() lexeme {
	m := lexeme{from: s.pos}
	switch {
	case s.pos >= len(s.src):
		m.kind = lexEnd
	case s.src[s.pos] != '<' || !s.tag(&m):
		m.kind = lexText
		at := strings.IndexByte(s.src[s.pos+1:], '<')
		if at < 0 {
			s.pos = len(s.src)
		} else {
			s.pos += 1 + at
		}
	}
	m.to = s.pos
	return m
}

// tag reads what begins with "<"; false: it is text.
func (s *tagScanner) tag(m *lexeme) bool {
	rest := s.src[s.pos:]
	switch {
	case strings.HasPrefix(rest, "<!--"):
		s.until(m, lexOther, "-->")
	case strings.HasPrefix(rest, "<![CDATA["):
		s.until(m, lexCDATA, "]]>")
	case strings.HasPrefix(rest, "<?"):
		s.until(m, lexOther, ">")
	case strings.HasPrefix(rest, "<!"):
		s.declaration(m)
	case strings.HasPrefix(rest, "</"):
		return s.endTag(m, rest)
	default:
		return s.startTag(m, rest)
	}
	return true
}

// until goes to the end of what only a mark of its own ends.
func (s *tagScanner) until(m *lexeme, k lexKind, mark string) {
	at := strings.Index(s.src[s.pos:], mark)
	if at < 0 {
		m.kind, s.pos = lexCut, len(s.src)
		return
	}
	m.kind, s.pos = k, s.pos+at+len(mark)
}

// declaration passes over a DOCTYPE and takes the entities that it declares.
func (s *tagScanner) declaration(m *lexeme) {
	rest := s.src[s.pos:]
	close := strings.IndexByte(rest, '>')
	subset := strings.IndexByte(rest[:max(close, 0)], '[')
	if subset < 0 || s.noSubset {
		s.until(m, lexOther, ">")
		return
	}
	size := strings.IndexByte(rest[subset:], ']')
	if size < 0 {
		s.noSubset = true
		s.until(m, lexOther, ">")
		return
	}
	s.declare(rest[subset : subset+size])
	s.pos += subset + size
	s.until(m, lexOther, ">")
}

func (s *tagScanner) endTag(m *lexeme, rest string) bool {
	size := NameSize(rest[2:])
	if size == 0 {
		return false
	}
	close := strings.IndexAny(rest[2+size:], "<>")
	switch {
	case close < 0:
		m.kind, s.pos = lexCut, len(s.src)
		return true
	case rest[2+size+close] == '<': // "</title<link>": the bracket was forgotten
		s.pos += 2 + size + close
	default:
		s.pos += 2 + size + close + 1
	}
	m.kind = lexEndTag
	m.prefix, m.local = splitName(rest[2 : 2+size])
	return true
}

func (s *tagScanner) startTag(m *lexeme, rest string) bool {
	size := NameSize(rest[1:])
	if size == 0 {
		return false
	}
	close := tagEnd(rest[1+size:])
	if close < 0 {
		m.kind, s.pos = lexCut, len(s.src)
		return true
	}
	m.kind = lexStartTag
	m.attributes = rest[1+size : 1+size+close]
	if strings.HasSuffix(m.attributes, "/") {
		m.attributes, m.empty = m.attributes[:len(m.attributes)-1], true
	}
	m.prefix, m.local = splitName(rest[1 : 1+size])
	s.pos += 1 + size + close
	if s.pos < len(s.src) && s.src[s.pos] == '>' {
		s.pos++
	}
	return true
}

// tagEnd is where the ">" stands that ends a start tag: not one within quotes, unless the quotes hold an end tag and so
// were never closed. Where a new tag begins first the ">" was forgotten. -1: it does not end.
func tagEnd(rest string) int {
	quote := byte(0)
	first := -1 // the first ">" within quotes
	for i := 0; i < len(rest); i++ {
		c := rest[i]
		switch {
		case quote == 0 && (c == '"' || c == '\'') && i > 0 && afterEquals(rest[:i]):
			quote, first = c, -1
		case quote == 0 && (c == '>' || c == '<'):
			return i
		case quote == 0:
		case c == quote:
			quote = 0
		case c == '>' && first < 0:
			first = i
		case c == '<' && strings.HasPrefix(rest[i:], "</") && first >= 0:
			return first
		}
	}
	if quote != 0 {
		return first
	}
	return -1
}

func afterEquals(text string) bool {
	text = strings.TrimRight(text, " \t\r\n")
	return strings.HasSuffix(text, "=")
}

// NameSize is how many bytes a tag's name has; 0: no name stands here.
func NameSize(rest string) int {
	for i := 0; i < len(rest); i++ {
		c := rest[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= utf8.RuneSelf
		if letter || i > 0 && (c >= '0' && c <= '9' || c == '-' || c == '.' || c == ':') {
			continue
		}
		return i
	}
	return len(rest)
}

func splitName(name string) (prefix, local string) {
	name = strings.ToLower(name)
	if prefix, local, ok := strings.Cut(name, ":"); ok {
		return prefix, local
	}
	return "", name
}

// attribute is the value of a start tag's attribute, by its name in small letters, decoded; a name without a colon also
// finds it under any prefix. "": there is none.
func (s *tagScanner) attribute(m lexeme, name string) string {
	value := ""
	eachAttribute(m.attributes, func(key, raw string) bool {
		key = strings.ToLower(key)
		_, local, _ := strings.Cut(key, ":")
		if key != name && local != name {
			return true
		}
		if value == "" || key == name {
			value = s.unescaped(raw)
		}
		return key != name
	})
	return strings.TrimSpace(value)
}

// eachAttribute calls visit with the name and the value, as written, of every attribute until it returns false.
func eachAttribute(rest string, visit func(name, value string) bool) {
	for {
		rest = strings.TrimLeft(rest, " \t\r\n/\"'")
		size := strings.IndexAny(rest, "= \t\r\n/")
		if size < 0 || rest == "" {
			return
		}
		name := rest[:size]
		rest = strings.TrimLeft(rest[size:], " \t\r\n")
		if !strings.HasPrefix(rest, "=") {
			continue // an attribute without a value
		}
		rest = strings.TrimLeft(rest[1:], " \t\r\n")
		value := ""
		if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
			stop := strings.IndexByte(rest[1:], rest[0])
			if stop < 0 {
				stop = len(rest) - 1
			}
			value, rest = rest[1:1+stop], rest[min(2+stop, len(rest)):]
		} else {
			stop := strings.IndexAny(rest, " \t\r\n")
			if stop < 0 {
				stop = len(rest)
			}
			value, rest = rest[:stop], rest[stop:]
		}
		if name != "" && !visit(name, value) {
			return
		}
	}
}

// unescaped decodes the entities of characters between tags, once: those of XML and HTML, and what the document declares
// for itself. What is none stays as it stands.
func (s *tagScanner) unescaped(text string) string {
	at := strings.IndexByte(text, '&')
	if at < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for at >= 0 {
		out = append(out, text[:at]...)
		text = text[at:]
		shown, size := s.entity(text)
		out = append(out, shown...)
		text = text[size:]
		at = strings.IndexByte(text, '&')
	}
	return string(append(out, text...))
}

// maxEntity is how long the name of an entity may be, with its marks.
const maxEntity = 40

// entity is what the entity at the beginning of text stands for, and how long it is.
func (s *tagScanner) entity(text string) (shown string, size int) {
	stop := strings.IndexByte(text[:min(len(text), maxEntity)], ';')
	if stop < 2 || strings.ContainsAny(text[1:stop], " \t\r\n<&") {
		return "&", 1
	}
	switch name := text[1:stop]; name {
	case "amp":
		return "&", stop + 1
	case "lt":
		return "<", stop + 1
	case "gt":
		return ">", stop + 1
	default:
		if value, ok := s.entities[name]; ok {
			if s.budget -= len(value); s.budget < 0 {
				return "", stop + 1
			}
			return value, stop + 1
		}
	}
	span := text[:stop+1]
	shown = html.UnescapeString(span)
	if shown == span || strings.HasSuffix(shown, ";") && len(shown) > 1 { // not one, or one that ends before the ";"
		return "&", 1
	}
	if r, _ := utf8.DecodeRuneInString(shown); r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
		return "", stop + 1
	}
	return shown, stop + 1
}

// Limits of what a document may declare for itself: a few short texts. Entities within entities are how bombs are made.
const (
	maxEntities     = 300
	maxEntityText   = 256
	maxEntitySpread = 64 << 10
)

// declare takes the entities of a DOCTYPE's internal subset whose values are plain text.
func (s *tagScanner) declare(subset string) {
	s.budget = maxEntitySpread
	for _, declaration := range strings.Split(subset, "<!ENTITY")[1:] {
		name, value, ok := strings.Cut(strings.TrimLeft(declaration, " \t\r\n"), " ")
		value = strings.TrimLeft(value, " \t\r\n")
		if !ok || name == "%" || value == "" || value[0] != '"' && value[0] != '\'' || len(s.entities) >= maxEntities {
			continue
		}
		stop := strings.IndexByte(value[1:], value[0])
		if stop < 0 || stop > maxEntityText {
			continue
		}
		plain := (&tagScanner{}).unescaped(value[1 : 1+stop])
		if strings.Contains(plain, "<") || text.Entity.MatchString(plain) {
			continue
		}
		if s.entities == nil {
			s.entities = map[string]string{}
		}
		s.entities[name] = plain
	}
}
