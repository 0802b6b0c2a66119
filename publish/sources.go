package publish

import (
	"broadsheet"
	"broadsheet/internal/link"
	"broadsheet/publish/feeds"
)

// kindNames are the kinds of source in a reader's words.
var kindNames = map[broadsheet.Kind]string{
	broadsheet.KindFeed: "feed", broadsheet.KindPage: "page", broadsheet.KindSitemap: "sitemap", broadsheet.KindList: "picked by hand",
}

// sourcesPage says what is read, and how each source fares.
func (p *press) sourcesPage() ([]byte, error) {
	page := p.page("sources", "sources/", "Sources")
	page.Feed = healthPath
	page.Description = "What " + p.config.Title + " reads: " + count(len(p.shelf.Sources), "source") + "."
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

func (p *press) sourceView(s Source) SourceView {
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
