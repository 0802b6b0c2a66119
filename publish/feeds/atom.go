package feeds

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"html"
	"regexp"

	"github.com/gorilla/feeds"
)

// The Atom of gorilla/feeds has one link, no categories with a term, no source element and no language; what follows
// embeds its types and adds these.

// atomFeed is an atom:feed of RFC 4287, and an archive document of RFC 5005 section 4 where Archive is set.
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

// FeedXml makes it a feeds.XmlFeed.
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

// markupLike finds what a careless reader would take for HTML.
var markupLike = regexp.MustCompile(`<[A-Za-z/!?]|&#?\w+;`)

// textConstruct is a text construct (RFC 4287 section 3.1) for text. Text that speaks about markup is told as HTML,
// escaped once more: that means the same, and cannot be taken for markup by anybody.
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

// Atom encodes a feed as Atom 1.0. style is the relative link to the style sheet that browsers show it with.
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
		f.Links = append(f.Links, newAtomLink("self", typeAtom, e.absolute(ch.Path)), newAtomLink("alternate", typeHTML, e.absolute(ch.Page)))
	}
	if e.Hub != "" && e.Site != "" {
		f.Links = append(f.Links, newAtomLink("hub", "", e.Hub))
	}
	if ch.Archive {
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

// xmlDocument is a feed's bytes, with the style that a browser shows it in: style is the relative link to it.
func xmlDocument(feed feeds.XmlFeed, style string) ([]byte, error) {
	var b bytes.Buffer
	if err := feeds.WriteXML(feed, &b); err != nil {
		return nil, err
	}
	head := []byte(xml.Header[:len(xml.Header)-1])
	sheet := []byte("\n<?xml-stylesheet type=\"text/css\" href=\"" + style + "\"?>\n")
	return append(bytes.Replace(b.Bytes(), head, append(head, sheet...), 1), '\n'), nil
}
