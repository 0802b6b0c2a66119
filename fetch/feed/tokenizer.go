package feed

import (
	"html"
	"strings"
	"unicode/utf8"

	"broadsheet/fetch/text"
)

// tokenizer splits an XML document into tokens, however broken the document is. It never fails and reads each byte only
// a few times. What is not well-formed enough to be a tag is text.
//
// It is not golang.org/x/net/html's tokenizer, because that one reads forward only and follows browsers: a quote that is
// never closed runs to the next quote, often in a later entry, so that one bad entry swallows its neighbours
// (TestParse_BrokenEntryKeepsNeighbours). It also ends a DOCTYPE at the first ">", before the entities that are declared
// in it. The repairer goes back in the document wherever an end tag is missing, for which that tokenizer has to be
// created anew. With it in the place of readStartTag and readEndTag, the 318 real feeds give the same items, but
// repairing them takes 1.8 s in place of 0.9 s and 152 MB of allocations in place of 94 MB (BenchmarkParse/repair).
// encoding/xml stops at the first error.
type tokenizer struct {
	src          string
	pos          int
	entities     map[string]string // declared in the document's DOCTYPE, by name
	entityBudget int               // how many bytes they may still expand to
	noSubset     bool              // no "]" follows that could end the internal subset of a DOCTYPE
}

// tokenKind is the kind of a token.
type tokenKind int

const (
	tokenEOF      tokenKind = iota // the document ended
	tokenCut                       // the document ended within a tag, a comment or a CDATA section
	tokenText                      // characters and entities
	tokenCDATA                     // a CDATA section
	tokenStartTag                  // a start tag
	tokenEndTag                    // an end tag
	tokenOther                     // comments, processing instructions, declarations
)

// token is a piece of the document.
type token struct {
	kind          tokenKind
	from, to      int    // its bytes are src[from:to]
	prefix, local string // of a tag's name, in lower case
	attributes    string // of a start tag, as written
	empty         bool   // a start tag that closes itself: <br/>
}

// next returns the next token and moves past it.
func (t *tokenizer) next() token {
	tok := token{from: t.pos}
	switch {
	case t.pos >= len(t.src):
		tok.kind = tokenEOF
	case t.src[t.pos] != '<' || !t.readTag(&tok):
		tok.kind = tokenText
		at := strings.IndexByte(t.src[t.pos+1:], '<')
		if at < 0 {
			t.pos = len(t.src)
		} else {
			t.pos += 1 + at
		}
	}
	tok.to = t.pos
	return tok
}

// readTag reads a token that begins with "<". It returns false if it is text after all.
func (t *tokenizer) readTag(tok *token) bool {
	rest := t.src[t.pos:]
	switch {
	case strings.HasPrefix(rest, "<!--"):
		t.readUntil(tok, tokenOther, "-->")
	case strings.HasPrefix(rest, "<![CDATA["):
		t.readUntil(tok, tokenCDATA, "]]>")
	case strings.HasPrefix(rest, "<?"):
		t.readUntil(tok, tokenOther, ">")
	case strings.HasPrefix(rest, "<!"):
		t.readDeclaration(tok)
	case strings.HasPrefix(rest, "</"):
		return t.readEndTag(tok, rest)
	default:
		return t.readStartTag(tok, rest)
	}
	return true
}

// readUntil reads a token that ends with the given mark and nothing else.
func (t *tokenizer) readUntil(tok *token, k tokenKind, mark string) {
	at := strings.Index(t.src[t.pos:], mark)
	if at < 0 {
		tok.kind, t.pos = tokenCut, len(t.src)
		return
	}
	tok.kind, t.pos = k, t.pos+at+len(mark)
}

// readDeclaration skips a DOCTYPE and records the entities that it declares.
func (t *tokenizer) readDeclaration(tok *token) {
	rest := t.src[t.pos:]
	end := strings.IndexByte(rest, '>')
	subset := strings.IndexByte(rest[:max(end, 0)], '[')
	if subset < 0 || t.noSubset {
		t.readUntil(tok, tokenOther, ">")
		return
	}
	size := strings.IndexByte(rest[subset:], ']')
	if size < 0 {
		t.noSubset = true
		t.readUntil(tok, tokenOther, ">")
		return
	}
	t.declareEntities(rest[subset : subset+size])
	t.pos += subset + size
	t.readUntil(tok, tokenOther, ">")
}

func (t *tokenizer) readEndTag(tok *token, rest string) bool {
	size := nameLength(rest[2:])
	if size == 0 {
		return false
	}
	end := strings.IndexAny(rest[2+size:], "<>")
	switch {
	case end < 0:
		tok.kind, t.pos = tokenCut, len(t.src)
		return true
	case rest[2+size+end] == '<': // "</title<link>": the ">" is missing
		t.pos += 2 + size + end
	default:
		t.pos += 2 + size + end + 1
	}
	tok.kind = tokenEndTag
	tok.prefix, tok.local = splitName(rest[2 : 2+size])
	return true
}

func (t *tokenizer) readStartTag(tok *token, rest string) bool {
	size := nameLength(rest[1:])
	if size == 0 {
		return false
	}
	end := tagLength(rest[1+size:])
	if end < 0 {
		tok.kind, t.pos = tokenCut, len(t.src)
		return true
	}
	tok.kind = tokenStartTag
	tok.attributes = rest[1+size : 1+size+end]
	if strings.HasSuffix(tok.attributes, "/") {
		tok.attributes, tok.empty = tok.attributes[:len(tok.attributes)-1], true
	}
	tok.prefix, tok.local = splitName(rest[1 : 1+size])
	t.pos += 1 + size + end
	if t.pos < len(t.src) && t.src[t.pos] == '>' {
		t.pos++
	}
	return true
}

// tagLength returns the index of the ">" that ends a start tag, or -1 if there is none. A ">" within quotes does not
// count, unless an end tag follows within the same quotes: then the quotes were never closed. If a new tag begins first,
// the ">" is missing, and the index of that "<" is returned.
func tagLength(rest string) int {
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

// nameLength returns the length in bytes of the name that rest begins with; 0 if it begins with none.
func nameLength(rest string) int {
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

// attribute returns the decoded value of a start tag's attribute; "" if it has none. name is in lower case. A name
// without a colon also matches the attribute under any prefix.
func (t *tokenizer) attribute(tok token, name string) string {
	value := ""
	eachAttribute(tok.attributes, func(key, raw string) bool {
		key = strings.ToLower(key)
		_, local, _ := strings.Cut(key, ":")
		if key != name && local != name {
			return true
		}
		if value == "" || key == name {
			value = t.unescape(raw)
		}
		return key != name
	})
	return strings.TrimSpace(value)
}

// eachAttribute calls visit with the name and the raw value of each attribute until visit returns false.
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

// unescape decodes the entities in text once: those of XML, those of HTML, and those that the document declares.
// Anything else stays as it is.
func (t *tokenizer) unescape(text string) string {
	at := strings.IndexByte(text, '&')
	if at < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for at >= 0 {
		out = append(out, text[:at]...)
		text = text[at:]
		shown, size := t.entity(text)
		out = append(out, shown...)
		text = text[size:]
		at = strings.IndexByte(text, '&')
	}
	return string(append(out, text...))
}

// maxEntity is the longest entity that is decoded, in bytes, with its "&" and ";".
const maxEntity = 40

// entity decodes the entity that text begins with, and returns its length in bytes.
func (t *tokenizer) entity(text string) (shown string, size int) {
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
		if value, ok := t.entities[name]; ok {
			if t.entityBudget -= len(value); t.entityBudget < 0 {
				return "", stop + 1
			}
			return value, stop + 1
		}
	}
	span := text[:stop+1]
	shown = html.UnescapeString(span)
	if shown == span || strings.HasSuffix(shown, ";") && len(shown) > 1 { // no entity, or one that ends before the ";"
		return "&", 1
	}
	if r, _ := utf8.DecodeRuneInString(shown); r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
		return "", stop + 1
	}
	return shown, stop + 1
}

// Limits of what a document may declare: a few short entities. Nested entities are how entity bombs ("billion laughs")
// are made.
const (
	maxEntities     = 300
	maxEntityText   = 256
	maxEntitySpread = 64 << 10
)

// declareEntities records the entities of a DOCTYPE's internal subset whose values are plain text.
func (t *tokenizer) declareEntities(subset string) {
	t.entityBudget = maxEntitySpread
	for _, declaration := range strings.Split(subset, "<!ENTITY")[1:] {
		name, value, ok := strings.Cut(strings.TrimLeft(declaration, " \t\r\n"), " ")
		value = strings.TrimLeft(value, " \t\r\n")
		if !ok || name == "%" || value == "" || value[0] != '"' && value[0] != '\'' || len(t.entities) >= maxEntities {
			continue
		}
		stop := strings.IndexByte(value[1:], value[0])
		if stop < 0 || stop > maxEntityText {
			continue
		}
		plain := (&tokenizer{}).unescape(value[1 : 1+stop])
		if strings.Contains(plain, "<") || text.EntityPattern.MatchString(plain) {
			continue
		}
		if t.entities == nil {
			t.entities = map[string]string{}
		}
		t.entities[name] = plain
	}
}
