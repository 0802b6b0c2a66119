package feed

import (
	"strings"
	"time"

	"broadsheet/fetch/date"
	"broadsheet/fetch/text"
	"broadsheet/internal/plain"
)

// field says how an element of an entry, or of the feed, is read.
type field struct {
	rss, atom string // name of the element that it is written as, by format
	read      func(r *repairer, tag token, element string)
	firstOnly bool // only the first one with a value counts
}

// entryFields are the fields of an entry, by namespace prefix and name. Feeds mix vocabularies freely, so elements of
// one format are also read in the other.
var entryFields map[string]field

// feedFields are the fields of the feed itself.
var feedFields map[string]field

func init() { // not initialized above, because the readers refer to the tables by way of readContent
	entryFields = map[string]field{
		"title":                 {"title", "title", readTitle, true},
		"link":                  {"link", "link", readLink, false},
		"id":                    {"extra:id", "extra:id", readPlain, true},
		"guid":                  {"guid", "extra:id", readGUID, true},
		"description":           {"description", "summary", readText, true},
		"summary":               {"atom:summary", "summary", readText, true},
		"content":               {"content:encoded", "content", readText, true},
		"encoded":               {"content:encoded", "content", readText, true},
		"fullitem":              {"content:encoded", "content", readText, true},
		"body":                  {"content:encoded", "content", readText, true},
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
		"enclosure":             {"enclosure", "extra:image", readImage, false},
		"comments":              {"comments", "extra:comments", readPlain, true},
		"source":                {"extra:sourceauthor", "extra:sourceauthor", readSource, false},
		"atom:link":             {"atom:link", "link", readLink, false},
		"atom:title":            {"atom:title", "title", readTitle, true},
		"atom:id":               {"extra:id", "extra:id", readPlain, true},
		"atom:summary":          {"atom:summary", "summary", readText, true},
		"atom:content":          {"content:encoded", "content", readText, true},
		"atom:published":        {"atom:published", "published", readDate, true},
		"atom:issued":           {"atom:published", "published", readDate, true},
		"atom:updated":          {"atom:updated", "updated", readDate, true},
		"atom:modified":         {"atom:updated", "updated", readDate, true},
		"atom:created":          {"dcterms:created", "dcterms:created", readDate, true},
		"atom:author":           {"author", "author", readPerson, false},
		"atom:category":         {"category", "category", readCategory, false},
		"atom:source":           {"extra:sourceauthor", "extra:sourceauthor", readSource, false},
		"dc:title":              {"dc:title", "dc:title", readTitle, true},
		"dc:creator":            {"dc:creator", "dc:creator", readPlain, false},
		"dc:author":             {"dc:creator", "dc:creator", readPlain, false},
		"dc:subject":            {"dc:subject", "dc:subject", readPlain, false},
		"dc:description":        {"dc:description", "dc:description", readText, true},
		"dc:date":               {"dc:date", "dc:date", readDate, true},
		"dc:language":           {"extra:language", "extra:language", readPlain, true},
		"dc:identifier":         {"dc:identifier", "dc:identifier", readPlain, true},
		"dcterms:creator":       {"dc:creator", "dc:creator", readPlain, false},
		"dcterms:created":       {"dcterms:created", "dcterms:created", readDate, true},
		"dcterms:issued":        {"dcterms:issued", "dcterms:issued", readDate, true},
		"dcterms:date":          {"dc:date", "dc:date", readDate, true},
		"dcterms:modified":      {"dcterms:modified", "dcterms:modified", readDate, true},
		"prism:publicationdate": {"dcterms:issued", "dcterms:issued", readDate, true},
		"content:encoded":       {"content:encoded", "content", readText, true},
		"xhtml:body":            {"content:encoded", "content", readText, true},
		"xhtml:div":             {"content:encoded", "content", readText, true},
		"itunes:title":          {"itunes:title", "itunes:title", readTitle, true},
		"itunes:author":         {"itunes:author", "itunes:author", readPlain, true},
		"itunes:summary":        {"itunes:summary", "itunes:summary", readText, true},
		"itunes:subtitle":       {"itunes:subtitle", "itunes:subtitle", readText, true},
		"itunes:image":          {"extra:image", "extra:image", readImage, false},
		"media:title":           {"media:title", "media:title", readTitle, true},
		"media:description":     {"media:description", "media:description", readText, true},
		"media:thumbnail":       {"extra:image", "extra:image", readImage, false},
		"media:content":         {"extra:image", "extra:image", readMedia, false},
		"media:group":           {"", "", readChildren, false},
		"media:credit":          {"media:credit", "media:credit", readPlain, false},
		"feedburner:origlink":   {"feedburner:origlink", "feedburner:origlink", readPlain, true},
	}
	feedFields = map[string]field{
		"title":              {"title", "title", readTitle, true},
		"link":               {"link", "link", readLink, false},
		"language":           {"extra:language", "extra:language", readPlain, true},
		"ttl":                {"ttl", "extra:ttl", readPlain, true},
		"skiphours":          {"skipHours", "extra:skiphours", readList, true},
		"skipdays":           {"skipDays", "extra:skipdays", readList, true},
		"author":             {"extra:author", "author", readFeedPerson, false},
		"atom:title":         {"atom:title", "title", readTitle, true},
		"atom:link":          {"atom:link", "link", readLink, false},
		"atom:author":        {"extra:author", "author", readFeedPerson, false},
		"dc:title":           {"dc:title", "dc:title", readTitle, true},
		"dc:language":        {"extra:language", "extra:language", readPlain, true},
		"itunes:author":      {"itunes:author", "itunes:author", readPlain, true},
		"sy:updateperiod":    {"sy:updateperiod", "sy:updateperiod", readPlain, true},
		"sy:updatefrequency": {"sy:updatefrequency", "sy:updatefrequency", readPlain, true},
	}
}

// readField reads an element of the feed or of an entry. An unknown element is skipped with all its content.
func (r *repairer) readField(tag token, space string) {
	f, known := r.lookupField(tag, space)
	if !known {
		r.readContent(tag)
		return
	}
	element := f.rss
	if r.format == formatAtom {
		element = f.atom
	}
	if r.fields++; f.firstOnly && r.seen[element] || r.fields > maxFields {
		r.readContent(tag)
		return
	}
	before := r.out().Len()
	f.read(r, tag, element)
	if f.firstOnly && r.out().Len() > before {
		r.seen[element] = true
	}
}

func (r *repairer) lookupField(tag token, space string) (field, bool) {
	name := tag.local
	if space == "atom" && r.format == formatAtom {
		space = ""
	}
	if space != "" {
		name = space + ":" + name
	}
	fields := feedFields
	if r.inEntry {
		fields = entryFields
	}
	f, ok := fields[name]
	return f, ok
}

func readTitle(r *repairer, tag token, element string) { r.write(element, r.readHTML(tag, true)) }

func readText(r *repairer, tag token, element string) {
	r.write(element, r.placeholders.replaceText(r.readHTML(tag, false)))
}

func readPlain(r *repairer, tag token, element string) {
	r.write(element, r.textOf(r.readContent(tag)))
}

func readGUID(r *repairer, tag token, element string) {
	r.write(element, r.textOf(r.readContent(tag)), "isPermaLink", strings.ToLower(r.attribute(tag, "ispermalink")))
}

// readDate writes a date as RFC 3339. A date that cannot be read, or whose day and month could be swapped, is written as
// it is: their order may become clear once all dates are known.
func readDate(r *repairer, tag token, element string) {
	value := r.textOf(r.readContent(tag))
	if at, ok := date.Parse(value, date.DayFirst); ok && !date.IsAmbiguous(value) {
		value = at.Format(time.RFC3339Nano)
	}
	value = plain.TruncateBytes(value, 200)
	r.write(element, value)
	switch tag.local {
	case "updated", "modified":
		r.current.updated = firstText([]string{r.current.updated, value})
	default:
		r.current.published = firstText([]string{r.current.published, value})
	}
}

// readLink writes the address of a link: the text of an RSS link, the href of an Atom link.
func readLink(r *repairer, tag token, element string) {
	base := r.baseOf(tag)
	href := r.attribute(tag, "href")
	value := r.textOf(r.readContent(tag))
	if href == "" {
		href = r.attribute(tag, "rdf:resource")
	}
	if r.format == formatRSS && element == "link" {
		if value != "" {
			value = text.SafeLink(value, base)
			r.current.link = firstText([]string{r.current.link, value})
			r.write(element, value)
			return
		}
		element = "atom:link"
	}
	if href == "" {
		href = value
	}
	if href = text.SafeLink(href, base); href != "" {
		r.current.link = firstText([]string{r.current.link, href})
		r.write(element, "", "href", href, "rel", strings.ToLower(r.attribute(tag, "rel")), "type", strings.ToLower(r.attribute(tag, "type")))
	}
}

func readCategory(r *repairer, tag token, element string) {
	term, label, scheme := r.attribute(tag, "term"), r.attribute(tag, "label"), r.attribute(tag, "scheme")
	value := r.textOf(r.readContent(tag))
	if value == "" {
		value = term
	}
	if r.format == formatRSS {
		r.write(element, value)
		return
	}
	if term == "" {
		term = value
	}
	r.write(element, "", "term", term, "label", label, "scheme", scheme)
}

// readPerson writes an author of the entry, who is given as text or in parts (name, email).
func readPerson(r *repairer, tag token, element string) {
	name, email := r.readNameAndEmail(tag)
	switch {
	case name+email == "":
	case r.format == formatAtom:
		r.writeNested(element, "name", name, "email", email)
	case r.seen[element]: // gofeed keeps one author of an item
		r.write("dc:creator", nameOrEmail(name, email))
	default:
		r.write(element, nameOrEmail(name, email))
		r.seen[element] = true
	}
}

func readFeedPerson(r *repairer, tag token, element string) {
	name, email := r.readNameAndEmail(tag)
	switch {
	case name+email == "":
	case r.format == formatAtom:
		r.writeNested(element, "name", name, "email", email)
	default:
		r.write(element, nameOrEmail(name, email))
	}
}

// readSource writes the authors of the feed that an entry was copied from.
func readSource(r *repairer, tag token, element string) {
	s := r.readContent(tag)
	if !s.hasTags {
		return
	}
	after := r.pos
	for r.pos = s.from; r.pos < s.to; {
		if q := r.next(); q.kind == tokenStartTag && q.local == "author" {
			r.write(element, nameOrEmail(r.readNameAndEmail(q)))
		}
	}
	r.pos = after
}

func nameOrEmail(name, email string) string {
	if name == "" {
		return email
	}
	return name
}

// readNameAndEmail reads the parts of an author. A text without parts is the name.
func (r *repairer) readNameAndEmail(tag token) (name, email string) {
	s := r.readContent(tag)
	if !s.hasTags {
		return r.textOf(s), ""
	}
	after := r.pos
	for r.pos = s.from; r.pos < s.to; {
		q := r.next()
		if q.kind != tokenStartTag {
			continue
		}
		switch q.local {
		case "name":
			name = r.textOf(r.readContent(q))
		case "email":
			email = r.textOf(r.readContent(q))
		}
	}
	r.pos = after
	if name+email == "" {
		name = r.textOf(s)
	}
	return name, email
}

func readImage(r *repairer, tag token, element string) {
	base, href := r.baseOf(tag), r.attribute(tag, "href")
	if href == "" {
		href = r.attribute(tag, "url")
	}
	kind := strings.ToLower(r.attribute(tag, "type"))
	r.readContent(tag)
	if tag.local == "enclosure" && !strings.HasPrefix(kind, "image/") {
		return
	}
	if tag.local == "enclosure" && r.format == formatRSS {
		r.write(element, "", "url", text.SafeLink(href, base), "type", kind)
		return
	}
	r.write(element, text.SafeLink(href, base))
}

// readMedia writes the address of an image. The children of the element are read as fields of the entry.
func readMedia(r *repairer, tag token, element string) {
	if strings.HasPrefix(strings.ToLower(r.attribute(tag, "type")), "image/") || strings.EqualFold(r.attribute(tag, "medium"), "image") {
		r.write(element, text.SafeLink(r.attribute(tag, "url"), r.baseOf(tag)))
	}
}

// readChildren does nothing, so that the element's children are read as fields of the entry.
func readChildren(*repairer, token, string) {}

// readList writes a list of hours or days (skipHours, skipDays).
func readList(r *repairer, tag token, element string) {
	s := r.readContent(tag)
	after := r.pos
	var parts []string
	for r.pos = s.from; r.pos < s.to && len(parts) < 2*48; {
		if q := r.next(); q.kind == tokenStartTag && (q.local == "hour" || q.local == "day") {
			parts = append(parts, q.local, r.textOf(r.readContent(q)))
		}
	}
	r.pos = after
	r.writeNested(element, parts...)
}

// writeNested writes an element with child elements (name, text, name, text, …).
func (r *repairer) writeNested(element string, parts ...string) {
	if len(parts) == 0 {
		return
	}
	r.out().WriteString("<" + element + ">")
	for i := 0; i+1 < len(parts); i += 2 {
		r.write(parts[i], parts[i+1])
	}
	r.out().WriteString("</" + element + ">")
}
