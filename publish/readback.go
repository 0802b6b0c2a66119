package publish

import (
	"encoding/xml"
	"fmt"
	"html"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/internal/link"
)

// FeedDocument is an Atom feed of a published site, read back: atom.xml or the archive document of a month.
type FeedDocument struct {
	Picks       []EditionPick // newest edition first; Place is not known, and At is the entry's updated time
	PrevArchive string        // path of the previous archive document; empty: there is none
}

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	Links   []atomLink  `xml:"http://www.w3.org/2005/Atom link"`
	Entries []atomEntry `xml:"http://www.w3.org/2005/Atom entry"`
}

type atomLink struct {
	Rel   string `xml:"rel,attr"`
	Href  string `xml:"href,attr"`
	Title string `xml:"title,attr"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

func (t atomText) plain() string {
	if t.Type == "html" {
		return html.UnescapeString(t.Text)
	}
	return t.Text
}

type atomEntry struct {
	ID         string     `xml:"http://www.w3.org/2005/Atom id"`
	Lang       string     `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	Title      atomText   `xml:"http://www.w3.org/2005/Atom title"`
	Published  time.Time  `xml:"http://www.w3.org/2005/Atom published"`
	Updated    time.Time  `xml:"http://www.w3.org/2005/Atom updated"`
	Links      []atomLink `xml:"http://www.w3.org/2005/Atom link"`
	Summary    atomText   `xml:"http://www.w3.org/2005/Atom summary"`
	Authors    []string   `xml:"http://www.w3.org/2005/Atom author>name"`
	Categories []struct {
		Term string `xml:"term,attr"`
	} `xml:"http://www.w3.org/2005/Atom category"`
	Source struct {
		ID    string   `xml:"http://www.w3.org/2005/Atom id"`
		Title atomText `xml:"http://www.w3.org/2005/Atom title"`
	} `xml:"http://www.w3.org/2005/Atom source"`
}

var archiveName = regexp.MustCompile(`(^|/)(\d{4}-\d\d\.xml)$`)

// ReadDocument decodes atom.xml or an archive document. It returns an error if text is not an Atom feed, or an entry's id is
// not one of Broadsheet's.
func ReadDocument(text []byte) (FeedDocument, error) {
	var f atomFeed
	if err := xml.Unmarshal(text, &f); err != nil {
		return FeedDocument{}, err
	}
	var d FeedDocument
	for _, l := range f.Links {
		if m := archiveName.FindStringSubmatch(l.Href); l.Rel == "prev-archive" && m != nil {
			d.PrevArchive = path.Join("archive", m[2]) // only a file of this site: the document cannot name any other place
		}
	}
	for _, e := range f.Entries {
		pick := e.pick(f.Lang)
		if !strings.HasPrefix(e.ID, "urn:uuid:") {
			return d, fmt.Errorf("the entry %q is not one of a Broadsheet", e.ID)
		}
		d.Picks = append(d.Picks, EditionPick{Pick: pick, EditionTime: e.Updated.UTC()})
	}
	return d, nil
}

// pick returns the pick that the entry was made from, as far as the entry has its fields.
func (e atomEntry) pick(language string) broadsheet.Pick {
	p := broadsheet.Pick{SourceName: e.Source.Title.plain()}
	p.Title, p.Excerpt, p.Source, p.Authors = e.Title.plain(), e.Summary.plain(), e.Source.ID, e.Authors
	p.Published, p.Updated, p.Dated, p.Language = e.Published.UTC(), e.Published.UTC(), true, e.Lang
	if p.Language == "" {
		p.Language = language
	}
	if slices.Equal(p.Authors, []string{p.SourceName}) {
		p.Authors = nil // it was there because Atom requires an author
	}
	for _, l := range e.Links {
		switch l.Rel {
		case "", "alternate":
			p.Link = l.Href
		case "related":
			p.Also = append(p.Also, broadsheet.SourceLink{SourceName: l.Title, Link: l.Href})
		}
	}
	for _, c := range e.Categories {
		p.Topics = append(p.Topics, c.Term)
	}
	p.Key = keyFor(e.ID, p)
	return p
}

// keyFor returns the key that an id was derived from, by trying the links of its entry. If none matches, since the entry no
// longer has that link, it returns the id in place of the key.
func keyFor(id string, p broadsheet.Pick) string {
	links := []string{p.Link}
	for _, a := range p.Also {
		links = append(links, a.Link)
	}
	for _, l := range links {
		if key := link.Key(l); key != "" && (broadsheet.Article{Key: key}).ID() == id {
			return key
		}
	}
	return id
}

// GroupEditions groups picks, newest edition first, into their editions, oldest first; zone is that of the editions' days. The
// picks of an edition have updated times a second apart, in their order; one whose article was updated later has kept its
// position.
func GroupEditions(picks []EditionPick, zone *time.Location) []broadsheet.Edition {
	const maxGap = time.Minute
	var all []broadsheet.Edition
	var last time.Time // updated time of the last pick whose article was not updated later
	for _, pick := range picks {
		day := broadsheet.Day(pick.EditionTime.In(zone).Format("2006-01-02"))
		switch {
		case len(all) > 0 && pick.EditionTime.After(last): // its article was updated later: the time says nothing about the edition
		case len(all) > 0 && last.Sub(pick.EditionTime) <= maxGap:
			last = pick.EditionTime
		case len(all) > 0 && all[len(all)-1].Day == day: // the article of the edition's first pick was updated later
			all[len(all)-1].At, last = pick.EditionTime, pick.EditionTime
		default:
			all, last = append(all, broadsheet.Edition{Day: day, At: pick.EditionTime}), pick.EditionTime
		}
		e := &all[len(all)-1]
		e.Picks = append(e.Picks, pick.Pick)
	}
	slices.Reverse(all)
	return all
}
