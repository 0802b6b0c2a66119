package feed

import (
	"io"
	"net/url"
	"strconv"
	"strings"

	"broadsheet/fetch/text"
	"broadsheet/internal/plain"
)

// Limits of one document, so that none costs more than it can be worth.
const (
	maxField  = 512 << 10 // bytes in one text
	maxFields = 1000      // in one entry, or in the feed itself
)

// repairedFeed is a feed rewritten so that gofeed reads it without loss. The original may be one that gofeed refuses or
// misreads.
type repairedFeed struct {
	format       format
	firstElement string // name of the document's first element, in lower case
	xml          io.Reader
	placeholders placeholderTexts
	entries      int  // in xml
	leftOut      int  // entries that are not in xml, because these are newer
	salvaged     bool // the document was cut off; xml has the complete entries
}

// placeholderTexts are the summaries and contents of a feed. gofeed has no use for them and would copy each a few times,
// so the document that it parses has the index of each text in its place. Without this a first run of the program takes
// 1.25 times the CPU.
type placeholderTexts []string

// replaceText stores a text and returns the placeholder that stands for it.
func (h *placeholderTexts) replaceText(content string) string {
	if content = dropForbidden(plain.TruncateBytes(content, maxField)); content == "" {
		return ""
	}
	*h = append(*h, content)
	return strconv.Itoa(len(*h) - 1)
}

// originalText returns the text that a placeholder stands for.
func (h placeholderTexts) originalText(number string) string {
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(h) {
		return ""
	}
	return h[n]
}

// format is the format of a document: it decides which of gofeed's parsers reads it.
type format int

const (
	formatUnknown format = iota
	formatRSS            // RSS 0.9x to 2.0, RDF
	formatAtom           // Atom 0.3 and 1.0
)

// repair rewrites a feed, however broken, as a well-formed document in the same format that has only what this package
// reads. In the result every text is HTML, escaped once, whatever type the feed gave it; every address is absolute;
// every date that can be read is in RFC 3339; every prefix is the usual one of its namespace. What gofeed has no field
// for (the raw id, the language of an entry) is written as elements with the prefix "extra". Summaries and contents are
// replaced by placeholders.
//
// An entry is written when its end tag is found, or the start of the next entry. An entry that is cut off is left out,
// and so are all but the newest MaxEntries.
func repair(src string, base *url.URL) repairedFeed {
	r := repairer{tokenizer: tokenizer{src: src}, namespaces: newNamespaces(), base: base, seen: map[string]bool{}, lookahead: 16 * len(src)}
	r.feedSeen = r.seen
	r.entries.drop = func(e repairedEntry) { clear(r.placeholders[e.firstText:e.endText]) }
	r.readDocument()
	entries, leftOut := r.entries.keep()
	return repairedFeed{format: r.format, firstElement: r.firstElement, xml: r.finish(entries), placeholders: r.placeholders,
		entries: len(entries), leftOut: leftOut, salvaged: r.salvaged}
}

// repairer holds the state of repair.
type repairer struct {
	tokenizer
	format     format
	namespaces namespaces

	base, feedBase *url.URL // base address at this point; of the feed, to restore after an entry
	inEntry        bool
	fields         int             // fields read so far of the current entry or feed
	seen, feedSeen map[string]bool // fields with firstOnly that have been written: of the current entry or feed; of the feed
	rdfAbout       string          // rdf:about of the current entry

	head, entry  strings.Builder           // the new document: before the entries; the current entry
	current      datedEntry[repairedEntry] // what is known of the current entry
	entries      newest[repairedEntry]     // the complete ones
	placeholders placeholderTexts

	done     bool // the end tag of the root was read
	salvaged bool

	unclosed     map[string]int // by element name: there is no end tag for it before this position
	lookahead    int            // how many more bytes may be searched in vain for end tags
	firstElement string         // name of the document's first element
	rootName     string         // name of the first element that belongs to a feed: its end tag ends the feed
}

// repairedEntry is an entry of the new document, and which of the placeholders are its own.
type repairedEntry struct {
	xml                string
	firstText, endText int
}

// readDocument reads the structure of the document: the root, the feed's own fields, and the entries.
func (r *repairer) readDocument() {
	for !r.done {
		switch tag := r.next(); tag.kind {
		case tokenEOF, tokenCut:
			r.salvaged = r.format != formatUnknown
			return
		case tokenStartTag:
			if r.firstElement == "" {
				r.firstElement = tag.local
			}
			if r.firstElement == "html" || r.firstElement == "head" || r.firstElement == "body" {
				return
			}
			r.handleStartTag(tag)
		case tokenEndTag:
			r.handleEndTag(tag)
		}
	}
}

func (r *repairer) handleStartTag(tag token) {
	space := r.namespaces.resolve(&r.tokenizer, tag)
	ours := space == "" || space == "atom" && tag.local != "channel" && r.format != formatRSS || space == "rdf" && tag.local == "rdf"
	switch {
	case ours && (tag.local == "item" || tag.local == "entry"):
		r.startEntry(tag)
	case ours && rootNames[tag.local]:
		r.handleRoot(tag)
	case r.format == formatUnknown:
	default:
		r.readField(tag, space)
	}
}

// handleRoot reads the attributes of an outer element that hold for everything in it.
func (r *repairer) handleRoot(tag token) {
	r.setFormat(tag.local)
	r.base = r.baseOf(tag)
	r.feedBase = r.base
	if lang := r.attribute(tag, "xml:lang"); lang != "" {
		r.write("extra:language", lang)
	}
	r.done = tag.empty && tag.local == r.rootName
}

// setFormat sets the format of the document by the name of its first feed element.
func (r *repairer) setFormat(local string) {
	switch {
	case r.format != formatUnknown:
		return
	case local == "feed" || local == "entry":
		r.format = formatAtom
	default:
		r.format = formatRSS
	}
	r.rootName = local
}

func (r *repairer) startEntry(tag token) {
	r.setFormat(tag.local)
	r.finishEntry() // an entry within an entry: its end tag is missing
	r.inEntry = true
	r.seen, r.fields = map[string]bool{}, 0
	r.current = datedEntry[repairedEntry]{entry: repairedEntry{firstText: len(r.placeholders)}}
	r.base = r.baseOf(tag)
	r.rdfAbout = r.attribute(tag, "rdf:about")
	if lang := r.attribute(tag, "xml:lang"); lang != "" {
		r.write("extra:language", lang)
	}
	if tag.empty {
		r.finishEntry()
	}
}

// finishEntry writes the current entry, if there is one.
func (r *repairer) finishEntry() {
	if !r.inEntry {
		return
	}
	if r.rdfAbout != "" {
		r.write("extra:about", r.rdfAbout)
	}
	r.current.entry.xml, r.current.entry.endText = r.entry.String(), len(r.placeholders)
	r.entries.add(r.current)
	r.entry.Reset()
	r.inEntry, r.base, r.seen, r.fields = false, r.feedBase, r.feedSeen, 0
}

func (r *repairer) handleEndTag(tag token) {
	if r.format == formatUnknown {
		return
	}
	switch tag.local {
	case "item", "entry":
		r.finishEntry()
	case "rss", "rdf", "feed":
		r.finishEntry()
		r.done = true
	case "channel":
		r.finishEntry()
	}
	r.done = r.done || tag.local == r.rootName
}

// baseOf returns the base address that holds within an element (xml:base).
func (r *repairer) baseOf(tag token) *url.URL {
	if !strings.Contains(tag.attributes, ":base") {
		return r.base
	}
	if base := text.ResolveLink(r.attribute(tag, "xml:base"), r.base); base != nil && base.IsAbs() && base.Host != "" {
		return base
	}
	return r.base
}

// finish returns the new document.
func (r *repairer) finish(entries []repairedEntry) io.Reader {
	opening, ending, openEntry, endEntry := "<rss version=\"2.0\"><channel>", "</channel></rss>", "<item>", "</item>"
	if r.format == formatAtom {
		opening, ending, openEntry, endEntry = "<feed>", "</feed>", "<entry>", "</entry>"
	}
	all := []io.Reader{strings.NewReader(opening), strings.NewReader(r.head.String())}
	for _, e := range entries {
		all = append(all, strings.NewReader(openEntry), strings.NewReader(e.xml), strings.NewReader(endEntry))
	}
	return io.MultiReader(append(all, strings.NewReader(ending))...)
}

// out returns the builder that elements are written to at this point.
func (r *repairer) out() *strings.Builder {
	if r.inEntry {
		return &r.entry
	}
	return &r.head
}

// write writes an element with a text and attributes (name, value, name, value, …). Attributes with an empty value are
// left out.
func (r *repairer) write(name, value string, attributes ...string) {
	if value == "" && len(attributes) == 0 {
		return
	}
	out := r.out()
	out.WriteByte('<')
	out.WriteString(name)
	for i := 0; i+1 < len(attributes); i += 2 {
		if attributes[i+1] != "" {
			out.WriteString(" " + attributes[i] + `="` + attributeEscaper.Replace(dropForbidden(attributes[i+1])) + `"`)
		}
	}
	out.WriteByte('>')
	writeCharacters(out, value)
	out.WriteString("</")
	out.WriteString(name)
	out.WriteByte('>')
}

var attributeEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\n", "&#10;", "\t", "&#9;", "\r", "&#13;")

// writeCharacters writes text, as CDATA if it has characters that mean something in XML.
func writeCharacters(out *strings.Builder, value string) {
	value = dropForbidden(plain.TruncateBytes(value, maxField))
	if !strings.ContainsAny(value, "<&]") {
		out.WriteString(value)
		return
	}
	out.WriteString("<![CDATA[")
	out.WriteString(strings.ReplaceAll(value, "]]>", "]]]]><![CDATA[>"))
	out.WriteString("]]>")
}

// dropForbidden removes the characters that XML forbids, which entities may have brought in.
func dropForbidden(value string) string {
	for i := 0; i < len(value); i++ {
		if text.MayBeForbidden[value[i]] {
			return string(text.DropForbidden([]byte(strings.ToValidUTF8(value, "\uFFFD"))))
		}
	}
	return value
}
