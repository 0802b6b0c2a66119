package feed

import (
	"io"
	"net/url"
	"strconv"
	"strings"

	"broadsheet/fetch/text"
)

// Limits of one document, so that none costs more than it can be worth.
const (
	maxEntries = 5000      // told by one document; the first are kept, which in feeds are the newest
	maxField   = 512 << 10 // bytes of one text
	maxFields  = 1000      // of one entry, or of the feed itself
)

// repairedFeed is a feed that gofeed reads without loss, made from one that it would refuse or read wrong.
type repairedFeed struct {
	Family       family
	First        string // name of its first element, in small letters
	XML          io.Reader
	placeholders placeholderTexts
	Entries      int
	Salvaged     bool // the document ended before it was complete; what is whole is in XML
}

// placeholderTexts are the texts of a feed that are articles or speak of them, in which there is nothing for gofeed to see: what it
// would copy a few times waits here, and the document has the number of each in its place.
type placeholderTexts []string

// replaceText takes a text and gives the number that stands for it.
func (h *placeholderTexts) replaceText(content string) string {
	if content = allowed(text.TruncateBytes(content, maxField)); content == "" {
		return ""
	}
	*h = append(*h, content)
	return strconv.Itoa(len(*h) - 1)
}

// originalText gives the text that a number stands for.
func (h placeholderTexts) originalText(number string) string {
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(h) {
		return ""
	}
	return h[n]
}

// family says which of gofeed's parsers reads the document.
type family int

const (
	familyNone family = iota
	familyRSS         // RSS 0.9x to 2.0, RDF
	familyAtom        // Atom 0.3 and 1.0
)

// repair rewrites a feed, tolerant of whatever is wrong with it, as a well-formed one in the same vocabulary that has
// only what is read from it here. Every text in it is markup, escaped once, whatever type it was told in; every address
// is absolute; every date that can be read is RFC 3339; every prefix is the usual one of its namespace. What gofeed has
// no place for (an id untouched, the language of an entry) is told in elements of the prefix "told". Summaries and contents
// are held, and stand in it as numbers.
//
// An entry is written when its end is found, or the beginning of the next one: what is cut off is left out.
func repair(src string, base *url.URL) repairedFeed {
	m := repairer{tagScanner: tagScanner{src: src}, spaces: newNamespaces(), base: base, once: map[string]bool{}, lookahead: 16 * len(src)}
	m.feedOnce = m.once
	m.body.Grow(len(src) / 8) // most of a feed is texts, which are held
	m.document()
	return repairedFeed{Family: m.family, First: m.first, XML: m.finish(), placeholders: m.held, Entries: m.entries, Salvaged: m.salvaged}
}

// repairer is a document being mended.
type repairer struct {
	tagScanner
	family family
	spaces namespaces

	base, feedBase *url.URL // in force here; of the feed, for after an entry
	inEntry        bool
	fields         int             // read so far of what is being read
	once, feedOnce map[string]bool // fields told already that count once: of what is being read; of the feed
	about          string          // rdf:about of the entry

	head, body, entry strings.Builder // of the new document: before the entries, entries that are whole, this one
	held              placeholderTexts

	entries  int
	done     bool // the root ended
	salvaged bool

	unclosed  map[string]int // by name: no end tag of it stands before this position
	lookahead int            // how many bytes may still be looked at in vain for an end tag
	first     string         // name of the first element
	outermost string         // name of the first that is of a feed: its end is the end
}

// document goes over the structure: the root, what is said of the feed, and the entries.
func (m *repairer) document() {
	for !m.done && m.entries < maxEntries {
		switch p := m.next(); p.kind {
		case lexEnd, lexCut:
			m.salvaged = m.family != familyNone
			return
		case lexStartTag:
			if m.first == "" {
				m.first = p.local
			}
			if m.first == "html" || m.first == "head" || m.first == "body" {
				return
			}
			m.start(p)
		case lexEndTag:
			m.stop(p)
		}
	}
}

func (m *repairer) start(p lexeme) {
	space := m.spaces.of(&m.tagScanner, p)
	ours := space == "" || space == "atom" && p.local != "channel" && m.family != familyRSS || space == "rdf" && p.local == "rdf"
	switch {
	case ours && (p.local == "item" || p.local == "entry"):
		m.begin(p)
	case ours && rootNames[p.local]:
		m.root(p)
	case m.family == familyNone:
	default:
		m.field(p, space)
	}
}

// root takes what the outer elements say of all that is in them.
func (m *repairer) root(p lexeme) {
	m.join(p.local)
	m.base = m.within(p)
	m.feedBase = m.base
	if lang := m.attribute(p, "xml:lang"); lang != "" {
		m.write("told:language", lang)
	}
	m.done = p.empty && p.local == m.outermost
}

// join decides the family of the document by its first element that has one.
func (m *repairer) join(local string) {
	switch {
	case m.family != familyNone:
		return
	case local == "feed" || local == "entry":
		m.family = familyAtom
	default:
		m.family = familyRSS
	}
	m.outermost = local
}

func (m *repairer) begin(p lexeme) {
	m.join(p.local)
	m.commit() // an entry within an entry: the end tag was forgotten
	m.inEntry = true
	m.once, m.fields = map[string]bool{}, 0
	m.base = m.within(p)
	m.about = m.attribute(p, "rdf:about")
	if lang := m.attribute(p, "xml:lang"); lang != "" {
		m.write("told:language", lang)
	}
	if p.empty {
		m.commit()
	}
}

// commit writes the entry that is open, if one is.
func (m *repairer) commit() {
	if !m.inEntry {
		return
	}
	if m.about != "" {
		m.write("told:about", m.about)
	}
	m.body.WriteString(m.entryTag(false))
	m.body.WriteString(m.entry.String())
	m.body.WriteString(m.entryTag(true))
	m.entry.Reset()
	m.inEntry, m.base, m.once, m.fields = false, m.feedBase, m.feedOnce, 0
	m.entries++
}

func (m *repairer) entryTag(closing bool) string {
	name := "item>"
	if m.family == familyAtom {
		name = "entry>"
	}
	if closing {
		return "</" + name
	}
	return "<" + name
}

func (m *repairer) stop(p lexeme) {
	if m.family == familyNone {
		return
	}
	switch p.local {
	case "item", "entry":
		m.commit()
	case "rss", "rdf", "feed":
		m.commit()
		m.done = true
	case "channel":
		m.commit()
	}
	m.done = m.done || p.local == m.outermost
}

// within is the base address in force in an element.
func (m *repairer) within(p lexeme) *url.URL {
	if !strings.Contains(p.attributes, ":base") {
		return m.base
	}
	if base := text.ResolveLink(m.attribute(p, "xml:base"), m.base); base != nil && base.IsAbs() && base.Host != "" {
		return base
	}
	return m.base
}

// finish puts the new document together.
func (m *repairer) finish() io.Reader {
	opening, ending := "<rss version=\"2.0\"><channel>", "</channel></rss>"
	if m.family == familyAtom {
		opening, ending = "<feed>", "</feed>"
	}
	var all []io.Reader
	for _, part := range []string{opening, m.head.String(), m.body.String(), ending} {
		all = append(all, strings.NewReader(part))
	}
	return io.MultiReader(all...)
}

// at is where is written now.
func (m *repairer) at() *strings.Builder {
	if m.inEntry {
		return &m.entry
	}
	return &m.head
}

// write writes an element with a text and attributes (name, value, name, value, …), of which empty ones are left out.
func (m *repairer) write(name, value string, attributes ...string) {
	if value == "" && len(attributes) == 0 {
		return
	}
	out := m.at()
	out.WriteByte('<')
	out.WriteString(name)
	for i := 0; i+1 < len(attributes); i += 2 {
		if attributes[i+1] != "" {
			out.WriteString(" " + attributes[i] + `="` + inAttribute.Replace(allowed(attributes[i+1])) + `"`)
		}
	}
	out.WriteByte('>')
	writeCharacters(out, value)
	out.WriteString("</")
	out.WriteString(name)
	out.WriteByte('>')
}

var inAttribute = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\n", "&#10;", "\t", "&#9;", "\r", "&#13;")

// writeCharacters writes characters, as CDATA where they have marks of XML.
func writeCharacters(out *strings.Builder, value string) {
	value = allowed(text.TruncateBytes(value, maxField))
	if !strings.ContainsAny(value, "<&]") {
		out.WriteString(value)
		return
	}
	out.WriteString("<![CDATA[")
	out.WriteString(strings.ReplaceAll(value, "]]>", "]]]]><![CDATA[>"))
	out.WriteString("]]>")
}

// allowed drops the characters that XML forbids, which entities may have brought in.
func allowed(value string) string {
	for i := 0; i < len(value); i++ {
		if text.Suspicious[value[i]] {
			return string(text.DropForbidden([]byte(strings.ToValidUTF8(value, "\uFFFD"))))
		}
	}
	return value
}
