package publish

import (
	"bytes"
	"encoding/xml"
	"html"
	"regexp"
	"time"

	"github.com/gorilla/feeds"

	"broadsheet"
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

// looksLikeMarkup finds what a careless reader would take for HTML.
var looksLikeMarkup = regexp.MustCompile(`<[A-Za-z/!?]|&#?\w+;`)

// plainText is a text construct (RFC 4287 section 3.1) for text. Text that speaks about markup is told as HTML,
// escaped once more: that means the same, and cannot be taken for markup by anybody.
func plainText(text string) atomText {
	if looksLikeMarkup.MatchString(text) {
		return atomText{"html", html.EscapeString(text)}
	}
	return atomText{"text", text}
}

func linkTo(rel, kind, href string) atomLink {
	return atomLink{AtomLink: feeds.AtomLink{Rel: rel, Type: kind, Href: href}}
}

const (
	typeAtom = "application/atom+xml"
	typeHTML = "text/html"
)

// atomDocument is the frame of a feed that stands at path, with its entries.
func (p *press) atomDocument(ch channel, entries []entry) *atomFeed {
	f := &atomFeed{
		Xmlns: "http://www.w3.org/2005/Atom", Lang: feedLanguage(p.config.Language),
		ID: ch.ID, Title: plainText(ch.Title), Updated: stamp(ch.Updated),
		Generator: atomGenerator{URI: p.absolute("about/"), Name: "Broadsheet"},
		Icon:      p.absolute("icon.png"),
	}
	f.Author.Name = unmarked(p.config.Title)
	if ch.Subtitle != "" {
		s := plainText(ch.Subtitle)
		f.Subtitle = &s
	}
	if p.site != "" {
		f.Links = append(f.Links, linkTo("self", typeAtom, p.absolute(ch.Path)), linkTo("alternate", typeHTML, p.absolute(ch.Page)))
	}
	if hub := p.hub(); hub != "" && p.site != "" {
		f.Links = append(f.Links, linkTo("hub", "", hub))
	}
	for _, e := range entries {
		f.Entries = append(f.Entries, p.atomEntry(e))
	}
	return f
}

func (p *press) atomEntry(e entry) *atomEntry {
	a := &atomEntry{
		AtomEntry: &feeds.AtomEntry{Id: e.ID, Published: stamp(e.Published), Updated: stamp(e.Updated)},
		Title:     plainText(e.Title),
		Source:    &atomSource{ID: e.SourceID, Title: plainText(e.Source), Updated: stamp(e.Updated)},
	}
	if e.Language != feedLanguage(p.config.Language) {
		a.Lang = e.Language
	}
	for _, name := range e.Authors {
		a.Authors = append(a.Authors, feeds.AtomAuthor{AtomPerson: feeds.AtomPerson{Name: unmarked(name)}})
	}
	if e.Link != "" {
		a.Links = append(a.Links, linkTo("alternate", typeHTML, e.Link))
	}
	for _, also := range e.Also {
		a.Links = append(a.Links, related(also))
	}
	for _, t := range e.Topics {
		a.Categories = append(a.Categories, atomCategory{Term: clean(t.Name), Scheme: p.absolute("topics/"), Label: t.Label})
	}
	switch text := plainText(e.Excerpt); {
	case e.Link == "": // RFC 4287 section 4.1.2: without an alternate link there must be content
		text = plainText(pathOr(e.Excerpt, e.Title))
		a.Content = &feeds.AtomContent{Type: text.Type, Content: text.Text}
	case e.Excerpt != "":
		a.Summary = &text
	}
	if e.SourceFeed != "" {
		a.Source.Links = append(a.Source.Links, linkTo("self", "", e.SourceFeed))
	}
	if e.SourceHome != "" {
		a.Source.Links = append(a.Source.Links, linkTo("alternate", typeHTML, e.SourceHome))
	}
	return a
}

func related(also broadsheet.Also) atomLink {
	l := linkTo("related", typeHTML, also.Link)
	l.Title = also.SourceName
	return l
}

// stamp is a time of RFC 3339. A feed without entries has no time; what stands there must be one nevertheless.
func stamp(t time.Time) string {
	if t.IsZero() {
		t = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return utc(t).Format(time.RFC3339)
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
