package feed

import (
	"strings"

	"broadsheet/fetch/date"
	"broadsheet/fetch/text"
)

// A field is an element of an entry or of the feed that something is read from.
type field struct {
	rss, atom string // what it is written as, in a document of that family
	read      func(m *repairer, p lexeme, as string)
	once      bool // only the first that says something counts
}

// entryFields are the fields of an entry by namespace and name. Vocabularies are mixed freely in practice, so that the
// names of one are known in the other.
var entryFields map[string]field

// feedFields are those of the feed itself.
var feedFields map[string]field

func init() { // the readers refer to the tables through inside
	entryFields = map[string]field{
		"title":                 {"title", "title", readTitle, true},
		"link":                  {"link", "link", readLink, false},
		"id":                    {"told:id", "told:id", readPlain, true},
		"guid":                  {"guid", "told:id", readGUID, true},
		"description":           {"description", "summary", readMarkup, true},
		"summary":               {"atom:summary", "summary", readMarkup, true},
		"content":               {"content:encoded", "content", readMarkup, true},
		"encoded":               {"content:encoded", "content", readMarkup, true},
		"fullitem":              {"content:encoded", "content", readMarkup, true},
		"body":                  {"content:encoded", "content", readMarkup, true},
		"author":                {"author", "author", readPerson, false},
		"creator":               {"dc:creator", "dc:creator", readPlain, false},
		"category":              {"category", "category", readCategory, false},
		"pubdate":               {"pubDate", "published", readDate, true},
		"published":             {"atom:published", "published", readDate, true},
		"issued":                {"atom:published", "published", readDate, true},
		"updated":               {"atom:updated", "updated", readDate, true},
		"modified":              {"atom:updated", "updated", readDate, true},
		"created":               {"dcterms:created", "dcterms:created", readDate, true},
		"date":                  {"dc:date", "dc:date", readDate, true},
		"enclosure":             {"enclosure", "told:image", readImage, false},
		"comments":              {"comments", "told:comments", readPlain, true},
		"source":                {"told:sourceauthor", "told:sourceauthor", readSource, false},
		"atom:link":             {"atom:link", "link", readLink, false},
		"atom:title":            {"atom:title", "title", readTitle, true},
		"atom:id":               {"told:id", "told:id", readPlain, true},
		"atom:summary":          {"atom:summary", "summary", readMarkup, true},
		"atom:content":          {"content:encoded", "content", readMarkup, true},
		"atom:published":        {"atom:published", "published", readDate, true},
		"atom:issued":           {"atom:published", "published", readDate, true},
		"atom:updated":          {"atom:updated", "updated", readDate, true},
		"atom:modified":         {"atom:updated", "updated", readDate, true},
		"atom:created":          {"dcterms:created", "dcterms:created", readDate, true},
		"atom:author":           {"author", "author", readPerson, false},
		"atom:category":         {"category", "category", readCategory, false},
		"atom:source":           {"told:sourceauthor", "told:sourceauthor", readSource, false},
		"dc:title":              {"dc:title", "dc:title", readTitle, true},
		"dc:creator":            {"dc:creator", "dc:creator", readPlain, false},
		"dc:author":             {"dc:creator", "dc:creator", readPlain, false},
		"dc:subject":            {"dc:subject", "dc:subject", readPlain, false},
		"dc:description":        {"dc:description", "dc:description", readMarkup, true},
		"dc:date":               {"dc:date", "dc:date", readDate, true},
		"dc:language":           {"told:language", "told:language", readPlain, true},
		"dc:identifier":         {"dc:identifier", "dc:identifier", readPlain, true},
		"dcterms:creator":       {"dc:creator", "dc:creator", readPlain, false},
		"dcterms:created":       {"dcterms:created", "dcterms:created", readDate, true},
		"dcterms:issued":        {"dcterms:issued", "dcterms:issued", readDate, true},
		"dcterms:date":          {"dc:date", "dc:date", readDate, true},
		"dcterms:modified":      {"dcterms:modified", "dcterms:modified", readDate, true},
		"prism:publicationdate": {"dcterms:issued", "dcterms:issued", readDate, true},
		"content:encoded":       {"content:encoded", "content", readMarkup, true},
		"xhtml:body":            {"content:encoded", "content", readMarkup, true},
		"xhtml:div":             {"content:encoded", "content", readMarkup, true},
		"itunes:title":          {"itunes:title", "itunes:title", readTitle, true},
		"itunes:author":         {"itunes:author", "itunes:author", readPlain, true},
		"itunes:summary":        {"itunes:summary", "itunes:summary", readMarkup, true},
		"itunes:subtitle":       {"itunes:subtitle", "itunes:subtitle", readMarkup, true},
		"itunes:image":          {"told:image", "told:image", readImage, false},
		"media:title":           {"media:title", "media:title", readTitle, true},
		"media:description":     {"media:description", "media:description", readMarkup, true},
		"media:thumbnail":       {"told:image", "told:image", readImage, false},
		"media:content":         {"told:image", "told:image", readMedia, false},
		"media:group":           {"", "", descend, false},
		"media:credit":          {"media:credit", "media:credit", readPlain, false},
		"feedburner:origlink":   {"feedburner:origlink", "feedburner:origlink", readPlain, true},
	}
	feedFields = map[string]field{
		"title":              {"title", "title", readTitle, true},
		"link":               {"link", "link", readLink, false},
		"language":           {"told:language", "told:language", readPlain, true},
		"ttl":                {"ttl", "told:ttl", readPlain, true},
		"skiphours":          {"skipHours", "told:skiphours", readList, true},
		"skipdays":           {"skipDays", "told:skipdays", readList, true},
		"author":             {"told:author", "author", readFeedPerson, false},
		"atom:title":         {"atom:title", "title", readTitle, true},
		"atom:link":          {"atom:link", "link", readLink, false},
		"atom:author":        {"told:author", "author", readFeedPerson, false},
		"dc:title":           {"dc:title", "dc:title", readTitle, true},
		"dc:language":        {"told:language", "told:language", readPlain, true},
		"itunes:author":      {"itunes:author", "itunes:author", readPlain, true},
		"sy:updateperiod":    {"sy:updateperiod", "sy:updateperiod", readPlain, true},
		"sy:updatefrequency": {"sy:updatefrequency", "sy:updatefrequency", readPlain, true},
	}
}

// field reads an element of the feed or of an entry, or passes over it with all it holds.
func (m *repairer) field(p lexeme, space string) {
	f, known := m.fieldOf(p, space)
	if !known {
		m.inside(p)
		return
	}
	as := f.rss
	if m.family == familyAtom {
		as = f.atom
	}
	if m.fields++; f.once && m.once[as] || m.fields > maxFields {
		m.inside(p)
		return
	}
	before := m.at().Len()
	f.read(m, p, as)
	if f.once && m.at().Len() > before {
		m.once[as] = true
	}
}

func (m *repairer) fieldOf(p lexeme, space string) (field, bool) {
	name := p.local
	if space == "atom" && m.family == familyAtom {
		space = ""
	}
	if space != "" {
		name = space + ":" + name
	}
	fields := feedFields
	if m.inEntry {
		fields = entryFields
	}
	f, ok := fields[name]
	return f, ok
}

func readTitle(m *repairer, p lexeme, as string) { m.write(as, m.markup(p, true)) }

func readMarkup(m *repairer, p lexeme, as string) {
	m.write(as, m.held.replaceText(m.markup(p, false)))
}

func readPlain(m *repairer, p lexeme, as string) { m.write(as, m.text(m.inside(p))) }

func readGUID(m *repairer, p lexeme, as string) {
	m.write(as, m.text(m.inside(p)), "isPermaLink", strings.ToLower(m.attribute(p, "ispermalink")))
}

// readDate writes a date that can be read as RFC 3339, and any other as it is: what order its numbers are in may be known
// when all have been seen.
func readDate(m *repairer, p lexeme, as string) {
	told := m.text(m.inside(p))
	if at, ok := date.Parse(told, date.DayFirst); ok && !date.Slashed.MatchString(told) {
		told = at.Format(timeForm)
	}
	m.write(as, text.TruncateBytes(told, 200))
}

// readLink writes the address of an RSS link, which is its text, or of an Atom link, which is its href.
func readLink(m *repairer, p lexeme, as string) {
	base := m.within(p)
	href := m.attribute(p, "href")
	told := m.text(m.inside(p))
	if href == "" {
		href = m.attribute(p, "rdf:resource")
	}
	if m.family == familyRSS && as == "link" {
		if told != "" {
			m.write(as, text.SafeLink(told, base))
			return
		}
		as = "atom:link"
	}
	if href == "" {
		href = told
	}
	if href = text.SafeLink(href, base); href != "" {
		m.write(as, "", "href", href, "rel", strings.ToLower(m.attribute(p, "rel")), "type", strings.ToLower(m.attribute(p, "type")))
	}
}

func readCategory(m *repairer, p lexeme, as string) {
	term, label, scheme := m.attribute(p, "term"), m.attribute(p, "label"), m.attribute(p, "scheme")
	told := m.text(m.inside(p))
	if told == "" {
		told = term
	}
	if m.family == familyRSS {
		m.write(as, told)
		return
	}
	if term == "" {
		term = told
	}
	m.write(as, "", "term", term, "label", label, "scheme", scheme)
}

// readPerson writes who wrote the entry, told as text or in parts.
func readPerson(m *repairer, p lexeme, as string) {
	name, email := m.person(p)
	switch {
	case name+email == "":
	case m.family == familyAtom:
		m.nested(as, "name", name, "email", email)
	case m.once[as]: // gofeed keeps one author of an item
		m.write("dc:creator", nameOrMail(name, email))
	default:
		m.write(as, nameOrMail(name, email))
		m.once[as] = true
	}
}

func readFeedPerson(m *repairer, p lexeme, as string) {
	name, email := m.person(p)
	switch {
	case name+email == "":
	case m.family == familyAtom:
		m.nested(as, "name", name, "email", email)
	default:
		m.write(as, nameOrMail(name, email))
	}
}

// readSource takes the authors of the feed that an entry was copied from.
func readSource(m *repairer, p lexeme, as string) {
	s := m.inside(p)
	if !s.tags {
		return
	}
	after := m.pos
	for m.pos = s.from; m.pos < s.to; {
		if q := m.next(); q.kind == lexStartTag && q.local == "author" {
			m.write(as, nameOrMail(m.person(q)))
		}
	}
	m.pos = after
}

func nameOrMail(name, email string) string {
	if name == "" {
		return email
	}
	return name
}

// person reads the parts of an author; a text without parts is the name.
func (m *repairer) person(p lexeme) (name, email string) {
	s := m.inside(p)
	if !s.tags {
		return m.text(s), ""
	}
	after := m.pos
	for m.pos = s.from; m.pos < s.to; {
		q := m.next()
		if q.kind != lexStartTag {
			continue
		}
		switch q.local {
		case "name":
			name = m.text(m.inside(q))
		case "email":
			email = m.text(m.inside(q))
		}
	}
	m.pos = after
	if name+email == "" {
		name = m.text(s)
	}
	return name, email
}

func readImage(m *repairer, p lexeme, as string) {
	base, href := m.within(p), m.attribute(p, "href")
	if href == "" {
		href = m.attribute(p, "url")
	}
	kind := strings.ToLower(m.attribute(p, "type"))
	m.inside(p)
	if p.local == "enclosure" && !strings.HasPrefix(kind, "image/") {
		return
	}
	if p.local == "enclosure" && m.family == familyRSS {
		m.write(as, "", "url", text.SafeLink(href, base), "type", kind)
		return
	}
	m.write(as, text.SafeLink(href, base))
}

// readMedia takes an image; what else a media:content holds is read as if it stood in the entry itself.
func readMedia(m *repairer, p lexeme, as string) {
	if strings.HasPrefix(strings.ToLower(m.attribute(p, "type")), "image/") || strings.EqualFold(m.attribute(p, "medium"), "image") {
		m.write(as, text.SafeLink(m.attribute(p, "url"), m.within(p)))
	}
}

func descend(*repairer, lexeme, string) {}

// readList writes a list of hours or days.
func readList(m *repairer, p lexeme, as string) {
	s := m.inside(p)
	after := m.pos
	var parts []string
	for m.pos = s.from; m.pos < s.to && len(parts) < 2*48; {
		if q := m.next(); q.kind == lexStartTag && (q.local == "hour" || q.local == "day") {
			parts = append(parts, q.local, m.text(m.inside(q)))
		}
	}
	m.pos = after
	m.nested(as, parts...)
}

// nested writes an element with elements in it (name, text, name, text, …).
func (m *repairer) nested(as string, parts ...string) {
	if len(parts) == 0 {
		return
	}
	m.at().WriteString("<" + as + ">")
	for i := 0; i+1 < len(parts); i += 2 {
		m.write(parts[i], parts[i+1])
	}
	m.at().WriteString("</" + as + ">")
}
