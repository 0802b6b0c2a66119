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

// OPML returns the sources as OPML 2.0, by group, for the maintainer: with the internal addresses that opml.xml omits, and
// with secret addresses if withSecrets is set.
func OPML(config config.Config, sources []SourceStatus, withSecrets bool) ([]byte, error) {
	p := &publisher{
		config: config, src: EditionSource{Sources: sources}, secrets: secretsOf(sources), forMaintainer: true, showSecrets: withSecrets,
	}
	return p.opml()
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

// opml returns the sources as OPML 2.0, by group: feeds as subscriptions, other sources as links.
func (p *publisher) opml() ([]byte, error) {
	doc := opml{Version: "2.0", Title: p.config.Title, Docs: "https://opml.org/spec2.opml"}
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
			doc.Outline = append(doc.Outline, lines...)
		default:
			doc.Outline = append(doc.Outline, outline{Text: g.name, Outline: lines})
		}
	}
	if len(doc.Outline) == 0 {
		doc.Outline = []outline{{Text: "No sources yet"}} // OPML requires an outline in the body
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", " ")
	err := e.Encode(doc)
	b.WriteByte('\n')
	return b.Bytes(), err
}

// outline returns a source as an element of the OPML document; false if its address must not be published.
func (p *publisher) outline(s SourceStatus) (outline, bool) {
	address, name := p.publicAddress(s), sourceName(s)
	if address == "" {
		return outline{}, false
	}
	o := outline{Text: name, Title: name, HTMLURL: p.publicHome(s)}
	var topics []string
	for _, t := range s.Topics {
		topics = append(topics, strings.ReplaceAll(clean(t), ",", " "))
	}
	o.Category = strings.Join(topics, ",")
	if s.Kind == broadsheet.KindFeed {
		o.Type, o.XMLURL = "rss", address
	} else {
		o.Type, o.URL = "link", cmp.Or(o.HTMLURL, address)
		o.HTMLURL = ""
	}
	return o, true
}

// publicAddress returns the address of a source as the output may contain it; empty if it must not.
func (p *publisher) publicAddress(s SourceStatus) string {
	switch {
	case p.showSecrets && link.WebURI(s.URL) != "":
		return s.URL
	case p.forMaintainer && !s.Secret && link.RedactAddress(s.URL) == s.URL:
		return link.WebURI(s.URL)
	}
	return link.WebURI(link.PublicURL(s.Source))
}

// publicHome returns the address of a source's site as the output may contain it; empty if it must not.
func (p *publisher) publicHome(s SourceStatus) string {
	home := s.HomePage
	if !p.forMaintainer || s.Secret || link.RedactAddress(home) != home {
		home = link.PublicHome(s.Source, home)
	}
	if p.secrets.RedactKnown(home) != home && !p.showSecrets {
		return ""
	}
	return link.WebURI(home)
}

func sourceName(s SourceStatus) string { return cmp.Or(clean(s.Name), hostName(s.URL), "a list") }

// group is a heading of feeds.yaml with the sources under it.
type group struct {
	name    string
	sources []SourceStatus
}

// groups returns the sources by heading, in the order of feeds.yaml.
func (p *publisher) groups() []group {
	var all []group
	index := map[string]int{}
	add := func(name string) int {
		i, ok := index[name]
		if !ok {
			i = len(all)
			index[name], all = i, append(all, group{name: name})
		}
		return i
	}
	for _, name := range p.config.Groups {
		add(clean(name))
	}
	for _, s := range p.src.Sources {
		i := add(clean(s.Group))
		all[i].sources = append(all[i].sources, s)
	}
	return all
}

// kindNames are the kinds of source as pages show them.
var kindNames = map[broadsheet.Kind]string{
	broadsheet.KindFeed: "feed", broadsheet.KindPage: "page", broadsheet.KindSitemap: "sitemap", broadsheet.KindList: "picked by hand",
	broadsheet.KindFile: "file",
}

// renderSources renders the page that lists the sources with their health.
func (p *publisher) renderSources() ([]byte, error) {
	page := p.page("sources", "sources/", "Sources")
	page.Feed = healthPath
	page.Description = "What " + p.config.Title + " reads: " + count(len(p.src.Sources), "source") + "."
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

func (p *publisher) sourceView(s SourceStatus) SourceView {
	v := SourceView{
		Name: sourceName(s), Home: p.publicHome(s), Feed: p.publicAddress(s), Kind: kindNames[s.Kind],
		Last: p.formatDate(s.LastPublished), Articles: count(s.Articles, "article"), Failing: s.Failing,
		Health: clean(p.secrets.RedactKnown(link.PublicText(link.Redact(s.Source, s.Health)))),
	}
	if v.Last != "" {
		v.LastTime = feeds.Timestamp(s.LastPublished)
	}
	for _, t := range p.feedTopics(s.Topics) {
		v.Topics = append(v.Topics, Link{Text: t.Label, Href: t.Path})
	}
	return v
}
