package feeds

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"html"
	"regexp"

	"github.com/gorilla/feeds"
)

// The Atom types of gorilla/feeds have one link, no categories with a term, no source element and no language. The types here
// embed them and add these.

// atomFeed is an atom:feed of RFC 4287; if Archive is set, an archive document of RFC 5005 section 4.
type atomFeed struct {
	XMLName   xml.Name      `xml:"feed"`
	Xmlns     string        `xml:"xmlns,attr"`
	XmlnsFH   string        `xml:"xmlns:fh,attr,omitempty"`
	Lang      string        `xml:"xml:lang,attr,omitempty"`
	ID        string        `xml:"id"`
	Title     atomText      `xml:"title"`
	Subtitle  *atomText     `xml:"subtitle"`
	Updated   string        `xml:"updated"`
	Generator atomGenerator `xml:"generator"`
	Icon      string        `xml:"icon,omitempty"`
	Links     []atomLink    `xml:"link"`
	Author    feeds.AtomAuthor
	Archive   *struct{}    `xml:"fh:archive"`
	Entries   []*atomEntry `xml:"entry"`
}

// FeedXml implements feeds.XmlFeed.
func (f *atomFeed) FeedXml() any { return f }

type atomEntry struct {
	*feeds.AtomEntry
	Lang       string             `xml:"xml:lang,attr,omitempty"`
	Title      atomText           `xml:"title"`
	Authors    []feeds.AtomAuthor `xml:"author"`
	Links      []atomLink         `xml:"link"`
	Categories []atomCategory     `xml:"category"`
	Summary    *atomText          `xml:"summary"`
	Source     *atomSource        `xml:"source"`
}

type atomText struct {
	Type string `xml:"type,attr,omitempty"`
	Text string `xml:",chardata"`
}

type atomLink struct {
	feeds.AtomLink
	Title string `xml:"title,attr,omitempty"`
}

type atomCategory struct {
	Term   string `xml:"term,attr"`
	Scheme string `xml:"scheme,attr,omitempty"`
	Label  string `xml:"label,attr,omitempty"`
}

type atomGenerator struct {
	URI  string `xml:"uri,attr,omitempty"`
	Name string `xml:",chardata"`
}

type atomSource struct {
	ID      string     `xml:"id"`
	Title   atomText   `xml:"title"`
	Updated string     `xml:"updated"`
	Links   []atomLink `xml:"link"`
}

// markupLike matches what a feed reader that ignores the type of a text construct would take for HTML.
var markupLike = regexp.MustCompile(`<[A-Za-z/!?]|&#?\w+;`)

// textConstruct returns plain text as a text construct (RFC 4287 section 3.1). Text that looks like markup is encoded as HTML,
// escaped once more: that means the same, and no reader can take it for markup.
func textConstruct(text string) atomText {
	if markupLike.MatchString(text) {
		return atomText{"html", html.EscapeString(text)}
	}
	return atomText{"text", text}
}

func newAtomLink(rel, kind, href string) atomLink {
	return atomLink{AtomLink: feeds.AtomLink{Rel: rel, Type: kind, Href: href}}
}

const (
	typeAtom = "application/atom+xml"
	typeHTML = "text/html"
)

// Atom encodes a feed as Atom 1.0. style is the relative link to its style sheet, for browsers.
func (e Encoder) Atom(ch Channel, entries []Entry, style string) ([]byte, error) {
	return xmlDocument(e.atomFeed(ch, entries), style)
}

func (e Encoder) atomFeed(ch Channel, entries []Entry) *atomFeed {
	f := &atomFeed{
		Xmlns: "http://www.w3.org/2005/Atom", Lang: FeedLanguage(e.Language),
		ID: ch.ID, Title: textConstruct(ch.Title), Updated: Timestamp(ch.Updated),
		Generator: atomGenerator{URI: e.absolute("about/"), Name: "Broadsheet"},
		Icon:      e.absolute("icon.png"),
	}
	f.Author.Name = defuseMarkup(e.Title)
	if ch.Subtitle != "" {
		s := textConstruct(ch.Subtitle)
		f.Subtitle = &s
	}
	if e.Site != "" {
		f.Links = append(f.Links, newAtomLink("self", typeAtom, e.absolute(ch.Path)), newAtomLink("alternate", typeHTML, e.absolute(ch.PagePath)))
	}
	if e.Hub != "" && e.Site != "" {
		f.Links = append(f.Links, newAtomLink("hub", "", e.Hub))
	}
	if ch.IsArchive {
		f.XmlnsFH, f.Archive = "http://purl.org/syndication/history/1.0", &struct{}{}
	}
	for _, l := range ch.Links {
		f.Links = append(f.Links, newAtomLink(l.Rel, typeAtom, l.Href))
	}
	for _, entry := range entries {
		f.Entries = append(f.Entries, e.atomEntry(entry))
	}
	return f
}

func (e Encoder) atomEntry(from Entry) *atomEntry {
	a := &atomEntry{
		AtomEntry: &feeds.AtomEntry{Id: from.ID, Published: Timestamp(from.Published), Updated: Timestamp(from.Updated)},
		Title:     textConstruct(from.Title),
	}
	if from.Language != FeedLanguage(e.Language) {
		a.Lang = from.Language
	}
	for _, name := range from.Authors {
		a.Authors = append(a.Authors, feeds.AtomAuthor{AtomPerson: feeds.AtomPerson{Name: defuseMarkup(name)}})
	}
	if from.Link != "" {
		a.Links = append(a.Links, newAtomLink("alternate", typeHTML, from.Link))
	}
	for _, also := range from.Also {
		l := newAtomLink("related", typeHTML, also.Link)
		l.Title = also.Source
		a.Links = append(a.Links, l)
	}
	for _, t := range from.Topics {
		a.Categories = append(a.Categories, atomCategory{Term: t.Name, Scheme: e.absolute("topics/"), Label: t.Label})
	}
	content := from.Content
	if content == "" && from.Link == "" { // RFC 4287 section 4.1.2: without an alternate link there must be content
		content = cmp.Or(from.Excerpt, from.Title)
	}
	switch {
	case from.HTML != "":
		a.Content = &feeds.AtomContent{Type: "html", Content: from.HTML}
	case content != "":
		text := textConstruct(content)
		a.Content = &feeds.AtomContent{Type: text.Type, Content: text.Text}
	}
	if from.Excerpt != "" && (from.Link != "" || from.HTML != "") {
		text := textConstruct(from.Excerpt)
		a.Summary = &text
	}
	if from.SourceID == "" {
		return a
	}
	a.Source = &atomSource{ID: from.SourceID, Title: textConstruct(from.Source), Updated: Timestamp(from.Updated)}
	if from.SourceFeed != "" {
		a.Source.Links = append(a.Source.Links, newAtomLink("self", "", from.SourceFeed))
	}
	if from.SourceHome != "" {
		a.Source.Links = append(a.Source.Links, newAtomLink("alternate", typeHTML, from.SourceHome))
	}
	return a
}

// xmlDocument encodes a feed as an XML document with a link to its style sheet.
func xmlDocument(feed feeds.XmlFeed, style string) ([]byte, error) {
	var b bytes.Buffer
	if err := feeds.WriteXML(feed, &b); err != nil {
		return nil, err
	}
	header := []byte(xml.Header[:len(xml.Header)-1])
	stylesheet := []byte("\n<?xml-stylesheet type=\"text/css\" href=\"" + style + "\"?>\n")
	return append(bytes.Replace(b.Bytes(), header, append(header, stylesheet...), 1), '\n'), nil
}
