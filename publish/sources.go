package publish

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"strings"

	"broadsheet"
	"broadsheet/internal/config"
	"broadsheet/internal/link"
	"broadsheet/publish/feeds"
)

type opml struct {
	XMLName xml.Name  `xml:"opml"`
	Version string    `xml:"version,attr"`
	Title   string    `xml:"head>title"`
	Docs    string    `xml:"head>docs"`
	Outline []outline `xml:"body>outline"`
}

// OPML writes the sources as OPML 2.0, by group, for whoever keeps the list: with the internal addresses that opml.xml
// leaves out, and the secret ones where whole says so.
func OPML(config config.Config, sources []Source, whole bool) ([]byte, error) {
	return (&publisher{config: config, source: EditionSource{Sources: sources}, secrets: secretsOf(sources), own: true, whole: whole}).opml()
}

type outline struct {
	Text     string    `xml:"text,attr"`
	Title    string    `xml:"title,attr,omitempty"`
	Type     string    `xml:"type,attr,omitempty"`
	XMLURL   string    `xml:"xmlUrl,attr,omitempty"`
	HTMLURL  string    `xml:"htmlUrl,attr,omitempty"`
	URL      string    `xml:"url,attr,omitempty"`
	Category string    `xml:"category,attr,omitempty"`
	Outline  []outline `xml:"outline"`
}

// opml tells the sources as OPML 2.0, by group: feeds as subscriptions, other sources as links.
func (p *publisher) opml() ([]byte, error) {
	d := opml{Version: "2.0", Title: p.config.Title, Docs: "https://opml.org/spec2.opml"}
	for _, g := range p.groups() {
		var lines []outline
		for _, s := range g.sources {
			if line, ok := p.outline(s); ok {
				lines = append(lines, line)
			}
		}
		switch {
		case len(lines) == 0:
		case g.name == "":
			d.Outline = append(d.Outline, lines...)
		default:
			d.Outline = append(d.Outline, outline{Text: g.name, Outline: lines})
		}
	}
	if len(d.Outline) == 0 {
		d.Outline = []outline{{Text: "No sources yet"}} // the body must hold something
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", " ")
	err := e.Encode(d)
	b.WriteByte('\n')
	return b.Bytes(), err
}

func (p *publisher) outline(s Source) (outline, bool) {
	link, name := p.address(s), sourceName(s)
	if link == "" {
		return outline{}, false
	}
	o := outline{Text: name, Title: name, HTMLURL: p.home(s)}
	var topics []string
	for _, t := range s.Topics {
		topics = append(topics, strings.ReplaceAll(clean(t), ",", " "))
	}
	o.Category = strings.Join(topics, ",")
	if s.Kind == broadsheet.KindFeed {
		o.Type, o.XMLURL = "rss", link
	} else {
		o.Type, o.URL = "link", cmp.Or(o.HTMLURL, link)
		o.HTMLURL = ""
	}
	return o, true
}

// address is the source's own as we may tell it; empty where it is nobody's business.
func (p *publisher) address(s Source) string {
	switch {
	case p.whole && link.WebURI(s.URL) != "":
		return s.URL
	case p.own && !s.Secret && link.RedactAddress(s.URL) == s.URL:
		return link.WebURI(s.URL)
	}
	return link.WebURI(link.PublicURL(s.Source))
}

// home is the address of the source's site as we may tell it.
func (p *publisher) home(s Source) string {
	home := s.HomePage
	if !p.own || s.Secret || link.RedactAddress(home) != home {
		home = link.PublicHome(s.Source, home)
	}
	if p.secrets.Known(home) != home && !p.whole {
		return ""
	}
	return link.WebURI(home)
}

func sourceName(s Source) string { return cmp.Or(clean(s.Name), host(s.URL), "a list") }

// group is a heading of feeds.yaml and what stands under it.
type group struct {
	name    string
	sources []Source
}

// groups are the sources by heading, in the order of feeds.yaml.
func (p *publisher) groups() []group {
	var all []group
	at := map[string]int{}
	add := func(name string) int {
		i, ok := at[name]
		if !ok {
			i = len(all)
			at[name], all = i, append(all, group{name: name})
		}
		return i
	}
	for _, name := range p.config.Groups {
		add(clean(name))
	}
	for _, s := range p.source.Sources {
		i := add(clean(s.Group))
		all[i].sources = append(all[i].sources, s)
	}
	return all
}

// kindNames are the kinds of source in a reader's words.
var kindNames = map[broadsheet.Kind]string{
	broadsheet.KindFeed: "feed", broadsheet.KindPage: "page", broadsheet.KindSitemap: "sitemap", broadsheet.KindList: "picked by hand",
}

// sourcesPage says what is read, and how each source fares.
func (p *publisher) sourcesPage() ([]byte, error) {
	page := p.page("sources", "sources/", "Sources")
	page.Feed = healthPath
	page.Description = "What " + p.config.Title + " reads: " + count(len(p.source.Sources), "source") + "."
	for _, g := range p.groups() {
		if len(g.sources) == 0 {
			continue
		}
		view := GroupView{Name: g.name}
		for _, s := range g.sources {
			view.Sources = append(view.Sources, p.sourceView(s))
		}
		page.Groups = append(page.Groups, view)
	}
	return p.theme.render("sources", page)
}

func (p *publisher) sourceView(s Source) SourceView {
	v := SourceView{
		Name: sourceName(s), Home: p.home(s), Feed: p.address(s), Kind: kindNames[s.Kind],
		Last: p.dateOf(s.Last), Articles: count(s.Articles, "article"), Health: clean(p.secrets.Known(link.PublicText(link.Redact(s.Source, s.Health)))), Failing: s.Failing,
	}
	if v.Last != "" {
		v.LastTime = feeds.Timestamp(s.Last)
	}
	for _, t := range p.topicsOf(s.Topics) {
		v.Topics = append(v.Topics, Link{Text: t.Label, Href: t.Path})
	}
	return v
}
