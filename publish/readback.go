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

// Document is a feed of ours, read back: the one that people subscribe to, or the archive of a month.
type Document struct {
	Picks   []Placed // as they stand in it, newest edition first; Place is not known, At is the entry's updated time
	Archive string   // path of the archive document before it, from the top; empty: there is none
}

type readFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	Links   []readLink  `xml:"http://www.w3.org/2005/Atom link"`
	Entries []readEntry `xml:"http://www.w3.org/2005/Atom entry"`
}

type readLink struct {
	Rel   string `xml:"rel,attr"`
	Href  string `xml:"href,attr"`
	Title string `xml:"title,attr"`
}

type readText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

func (t readText) plain() string {
	if t.Type == "html" {
		return html.UnescapeString(t.Text)
	}
	return t.Text
}

type readEntry struct {
	ID         string     `xml:"http://www.w3.org/2005/Atom id"`
	Lang       string     `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	Title      readText   `xml:"http://www.w3.org/2005/Atom title"`
	Published  time.Time  `xml:"http://www.w3.org/2005/Atom published"`
	Updated    time.Time  `xml:"http://www.w3.org/2005/Atom updated"`
	Links      []readLink `xml:"http://www.w3.org/2005/Atom link"`
	Summary    readText   `xml:"http://www.w3.org/2005/Atom summary"`
	Authors    []string   `xml:"http://www.w3.org/2005/Atom author>name"`
	Categories []struct {
		Term string `xml:"term,attr"`
	} `xml:"http://www.w3.org/2005/Atom category"`
	Source struct {
		ID    string   `xml:"http://www.w3.org/2005/Atom id"`
		Title readText `xml:"http://www.w3.org/2005/Atom title"`
	} `xml:"http://www.w3.org/2005/Atom source"`
}

var archiveName = regexp.MustCompile(`(^|/)(\d{4}-\d\d\.xml)$`)

// ReadDocument reads atom.xml or an archive document back.
func ReadDocument(text []byte) (Document, error) {
	var f readFeed
	if err := xml.Unmarshal(text, &f); err != nil {
		return Document{}, err
	}
	var d Document
	for _, l := range f.Links {
		if m := archiveName.FindStringSubmatch(l.Href); l.Rel == "prev-archive" && m != nil {
			d.Archive = path.Join("archive", m[2]) // ours alone: a link of the document leads to no other place
		}
	}
	for _, e := range f.Entries {
		pick := e.pick(f.Lang)
		if !strings.HasPrefix(e.ID, "urn:uuid:") {
			return d, fmt.Errorf("the entry %q is not one of a Broadsheet", e.ID)
		}
		d.Picks = append(d.Picks, Placed{Pick: pick, At: e.Updated.UTC()})
	}
	return d, nil
}

// pick is the entry as the pick that it was made from, as far as it tells.
func (e readEntry) pick(language string) broadsheet.Pick {
	p := broadsheet.Pick{SourceName: e.Source.Title.plain()}
	p.Title, p.Excerpt, p.Source, p.Authors = e.Title.plain(), e.Summary.plain(), e.Source.ID, e.Authors
	p.Published, p.Updated, p.Dated, p.Language = e.Published.UTC(), e.Published.UTC(), true, e.Lang
	if p.Language == "" {
		p.Language = language
	}
	if slices.Equal(p.Authors, []string{p.SourceName}) {
		p.Authors = nil // it stood there for want of one
	}
	for _, l := range e.Links {
		switch l.Rel {
		case "", "alternate":
			p.Link = l.Href
		case "related":
			p.Also = append(p.Also, broadsheet.Also{SourceName: l.Title, Link: l.Href})
		}
	}
	for _, c := range e.Categories {
		p.Topics = append(p.Topics, c.Term)
	}
	p.Key = keyFor(e.ID, p)
	return p
}

// keyFor finds the key that an id was made from among the links of its entry. Where the first link is not told any more
// the id is the key.
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

// Editions parts picks, newest edition first, into the editions that they were in, oldest first. An edition's picks have
// updated times a second apart, in their order; one whose article was updated later stands where it stood.
func Editions(picks []Placed, zone *time.Location) []broadsheet.Edition {
	const apart = time.Minute
	var all []broadsheet.Edition
	var last time.Time // updated time of the last pick that tells when its edition was cut
	for _, pick := range picks {
		day := broadsheet.Day(pick.At.In(zone).Format("2006-01-02"))
		switch {
		case len(all) > 0 && pick.At.After(last): // updated since: it tells nothing
		case len(all) > 0 && last.Sub(pick.At) <= apart:
			last = pick.At
		case len(all) > 0 && all[len(all)-1].Day == day: // the first of the edition was updated since
			all[len(all)-1].At, last = pick.At, pick.At
		default:
			all, last = append(all, broadsheet.Edition{Day: day, At: pick.At}), pick.At
		}
		e := &all[len(all)-1]
		e.Picks = append(e.Picks, pick.Pick)
	}
	slices.Reverse(all)
	return all
}
