package publish

import (
	"cmp"
	"context"
	"html/template"
	"net/url"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/internal/link"
	"broadsheet/publish/feeds"
)

// Page is the data of a template. Which of its fields are set depends on the kind of page; theme/README.md says which.
// Maintainers’ templates use the fields and methods of Page and of the types below, so that renaming one breaks themes.
type Page struct {
	Site        Site
	Kind        string // "edition", "month", "year", "archive", "topic", …
	Title       string // of the page, without that of the publication
	Description string // one sentence, for search engines and previews
	Path        string // relative to the top of the site: "2026/11/24/"
	Feed        string // path of the feed with the same articles; empty: only the main feeds have them

	Edition  *EditionView
	Older    []Link // posts of earlier days
	Months   []MonthView
	Years    []YearView
	Subject  *SubjectView
	Subjects []SubjectView
	Groups   []GroupView
}

// Site is the publication as a whole.
type Site struct {
	Title, Subtitle string
	URL             string // its address, ending in "/"; empty: not known
	Language        string // BCP 47
	Contact         string // address or URL of the maintainer; may be empty
	Topics          []Link
	Companies       []Link
}

// Link is a link with its text. Href is an absolute address, or a path from the top of the site, for Page.To.
type Link struct {
	Text, Href string
	Note       string
	Lang, Dir  string
}

// EditionView is an edition as a page shows it.
type EditionView struct {
	Day        string // 2026-11-24
	Path       string
	Date       string // Tuesday, 24 November 2026
	Number     int
	Headline   string // 9 new articles from 7 of 92 sources, 3 from the backlog
	Waiting    string // "341 articles wait in the backlog"; empty: none do
	Cards      []Card
	More       []MoreView
	Topics     []Link // of its picks; Note is the number of picks
	Prev, Next *Link
	Before     *EditionView // front page only: shown below a thin edition
}

// MoreView is the articles of a source that were over its limit per edition (per_source).
type MoreView struct {
	Source string
	Count  int
	Links  []Link
}

// Card is an article as a page shows it.
type Card struct {
	ID        string // fragment identifier
	Title     string
	Href      string
	Lang, Dir string // of title and excerpt; empty: as the page
	Source    string
	Authors   string
	Date      string // 21 November 2026
	Time      string // the same, for <time datetime>
	Excerpt   string
	Minutes   string // 6 min read
	Topics    []Link // Href empty: the topic has no page
	Company   *Link
	Also      []Link
	Backlog   bool
	Lead      bool // the first of its edition
	Edition   *Link
}

// To returns the relative link from the page to a path from the top of the site. The path of a folder ends in "/". If the
// site's address is not known, the site may be opened from a disk, so that the link names the folder's index.html.
func (p *Page) To(path string) string {
	link := link.Relative(p.Path, path)
	if p.Kind == "404" {
		link = p.Site.root() + path // this page is shown at any address
	}
	file, fragment, hasFragment := strings.Cut(link, "#")
	if p.Site.URL == "" && strings.HasSuffix(file, "/") {
		file += "index.html"
	}
	if hasFragment {
		file += "#" + fragment
	}
	return file
}

// Absolute returns the address of a path from the top of the site; empty if the site's address is not known.
func (p *Page) Absolute(path string) string {
	if p.Site.URL == "" {
		return ""
	}
	return p.Site.URL + path
}

// Policy returns the content security policy of the page: nothing is loaded from other sites.
func (p *Page) Policy() string {
	s := "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'"
	if p.Kind == "search" {
		s += "; script-src 'self'; connect-src 'self'"
	}
	return s
}

// Here returns the attribute that marks a link to path as the current page; empty if the page has another path.
func (p *Page) Here(path string) template.HTMLAttr {
	if p.Path != path || p.Kind == "404" {
		return ""
	}
	return ` aria-current="page"`
}

// Count returns a number and its noun: "1 article", "9 articles".
func (p *Page) Count(n int, noun string) string { return count(n, noun) }

// ContactHref returns a link to the maintainer: a web address or a mailto URI; empty if Site.Contact is neither.
func (p *Page) ContactHref() string {
	if address := link.WebURI(p.Site.Contact); address != "" {
		return address
	}
	if mailAddress.FindString(p.Site.Contact) == p.Site.Contact && p.Site.Contact != "" {
		return "mailto:" + p.Site.Contact
	}
	return ""
}

// root returns the path of the site on its host; "/" if the address is not known.
func (s Site) root() string {
	u, err := url.Parse(s.URL)
	if err != nil || u.Path == "" {
		return "/"
	}
	return u.EscapedPath()
}

// Attrs returns the dir attribute of every page.
func (s Site) Attrs() template.HTMLAttr { return langDirAttrs("", direction(s.Language, "")) }

// CardOn is a card with the page that it is shown on: the data of the template "card".
type CardOn struct {
	*Page
	Card  Card
	Deep  bool // its title is an h3 in place of an h2
	Named bool // it shows which edition it is from
}

// On returns a card of the page, for the template "card".
func (p *Page) On(c Card) CardOn { return CardOn{Page: p, Card: c} }

// Under returns a card below an h2 of the page, for the template "card".
func (p *Page) Under(c Card) CardOn { return CardOn{Page: p, Card: c, Deep: true} }

// Dated returns a card that shows which edition it is from, for the template "card".
func (p *Page) Dated(c Card) CardOn { return CardOn{Page: p, Card: c, Named: true} }

func langDirAttrs(lang, dir string) template.HTMLAttr {
	var s string
	if lang != "" {
		s += ` lang="` + template.HTMLEscapeString(lang) + `"`
	}
	if dir != "" {
		s += ` dir="` + template.HTMLEscapeString(dir) + `"`
	}
	return template.HTMLAttr(s)
}

// Attrs returns the lang and dir attributes of the card's title and excerpt.
func (c Card) Attrs() template.HTMLAttr { return langDirAttrs(c.Lang, c.Dir) }

// Attrs returns the lang and dir attributes of the link's text.
func (l Link) Attrs() template.HTMLAttr { return langDirAttrs(l.Lang, l.Dir) }

func (p *publisher) page(kind, path, title string) *Page {
	return &Page{Site: p.siteView(), Kind: kind, Path: path, Title: title, Description: cmp.Or(p.config.Subtitle, p.config.Title)}
}

func (p *publisher) siteView() Site {
	s := Site{Title: p.config.Title, Subtitle: p.config.Subtitle, URL: p.site, Language: p.config.Language, Contact: clean(p.config.Contact)}
	for _, t := range p.topics {
		s.Topics = append(s.Topics, Link{Text: t.Label, Href: t.Path})
	}
	for _, c := range p.companies {
		s.Companies = append(s.Companies, Link{Text: c.Label, Href: c.Path})
	}
	return s
}

// dayPath returns the path of the folder of an edition: "2026/11/24/".
func dayPath(day broadsheet.Day) string {
	return strings.ReplaceAll(string(day), "-", "/") + "/"
}

func dayLink(day broadsheet.Day) *Link {
	return &Link{Text: dayTime(day).Format(longDate), Href: dayPath(day)}
}

// minFrontPicks is the least number of picks with which an edition is alone on the front page.
const minFrontPicks = 3

// editionView returns the edition with index i in p.src.Days. On the front page, an edition with fewer than minFrontPicks
// picks has the last one before it that has picks below; on its own page it is alone.
func (p *publisher) editionView(ctx context.Context, i int, front bool) (*EditionView, error) {
	days := p.src.Days
	e, err := p.edition(ctx, days[i].Day)
	if err != nil {
		return nil, err
	}
	v := p.standaloneView(e)
	if i > 0 {
		v.Prev = dayLink(days[i-1].Day)
	}
	if i+1 < len(days) {
		v.Next = dayLink(days[i+1].Day)
	}
	for j := i - 1; front && j >= 0 && len(e.Picks) < minFrontPicks && v.Before == nil; j-- {
		before, err := p.edition(ctx, days[j].Day)
		if err != nil {
			return nil, err
		}
		if len(before.Picks) > 0 {
			v.Before = p.standaloneView(before)
		}
	}
	return v, nil
}

// standaloneView returns an edition without links to its neighbours.
func (p *publisher) standaloneView(e broadsheet.Edition) *EditionView {
	v := &EditionView{Day: string(e.Day), Path: dayPath(e.Day), Date: dayTime(e.Day).Format(longDate), Number: e.Number, Headline: headline(e)}
	switch {
	case e.Waiting == 1:
		v.Waiting = "1 more article waits in the backlog"
	case e.Waiting > 1:
		v.Waiting = thousands(e.Waiting) + " more articles wait in the backlog"
	}
	counts := map[string]int{}
	for i, pick := range placedPicks(e) {
		c := p.card(pick)
		c.Lead = i == 0
		v.Cards = append(v.Cards, c)
		for _, name := range pick.Topics {
			counts[name]++
		}
	}
	for _, t := range p.topics {
		if n := counts[t.Name]; n > 0 {
			v.Topics = append(v.Topics, Link{Text: t.Label, Href: t.Path, Note: thousands(n)})
		}
	}
	for _, m := range e.More {
		v.More = append(v.More, moreView(m))
	}
	return v
}

func moreView(m broadsheet.SourceOverflow) MoreView {
	v := MoreView{Source: clean(m.SourceName)}
	for _, a := range m.Articles {
		if address := link.WebURI(a.Link); address != "" {
			text := cmp.Or(clean(a.Title), strings.TrimPrefix(address, "https://"))
			v.Links = append(v.Links, Link{Text: text, Href: address, Dir: direction("", text)})
		}
	}
	v.Count = len(v.Links)
	return v
}

func (p *publisher) card(pick EditionPick) Card {
	e := p.entry(pick)
	c := Card{
		ID: "a-" + strings.TrimPrefix(e.ID, "urn:uuid:"), Title: e.Title, Href: e.Link, Source: e.Source,
		Authors: byline(pick.Authors, e.Source), Excerpt: e.Excerpt, Minutes: minutes(pick.Words), Backlog: pick.Backlog,
		Edition: &Link{Text: dayTime(pick.Day).Format(plainDate), Href: dayPath(pick.Day)},
	}
	if pick.Dated && !pick.Published.IsZero() { // an assumed date is not shown
		at := pick.Published.In(p.zone)
		c.Date, c.Time = at.Format(plainDate), feeds.Timestamp(pick.Published)
	}
	c.Lang, c.Dir = p.langAndDir(pick.Language, e.Title+e.Excerpt)
	for _, t := range e.Topics {
		c.Topics = append(c.Topics, Link{Text: t.Label, Href: t.Path})
	}
	if s := findTopic(p.companies, pick.Company); s != nil {
		c.Company = &Link{Text: s.Label, Href: s.Path}
	}
	for _, a := range e.Also {
		c.Also = append(c.Also, Link{Text: a.Source, Href: a.Link})
	}
	return c
}

// langAndDir returns the lang and dir attributes of an article's text, each empty if it is the page's.
func (p *publisher) langAndDir(tag, text string) (lang, dir string) {
	if lang = feeds.LanguageTag(tag, ""); lang == p.config.Language {
		lang = ""
	}
	return lang, direction(tag, text)
}

// byline returns the authors as text: "A, B and C"; empty if the only name is the source's.
func byline(names []string, source string) string {
	all := authors(names, source)
	if len(all) == 1 && strings.EqualFold(all[0], source) {
		return ""
	}
	if len(all) > 4 {
		return strings.Join(all[:3], ", ") + " and others"
	}
	if len(all) == 1 {
		return all[0]
	}
	return strings.Join(all[:len(all)-1], ", ") + " and " + all[len(all)-1]
}

// recentPosts returns links to the articles of the editions before the one with index i in p.src.Days, which are shown beside
// it; without those of the edition that is shown below it already.
func (p *publisher) recentPosts(ctx context.Context, i int, below *EditionView) ([]Link, error) {
	const limit = 10
	var links []Link
	for j := i - 1; j >= 0 && len(links) < limit; j-- {
		e, err := p.edition(ctx, p.src.Days[j].Day)
		if err != nil {
			return nil, err
		}
		if below != nil && below.Day == string(e.Day) {
			continue
		}
		for _, pick := range e.Picks {
			if address := link.WebURI(pick.Link); address != "" && len(links) < limit {
				l := Link{Text: title(pick), Href: address, Note: clean(pick.SourceName)}
				l.Lang, l.Dir = p.langAndDir(pick.Language, l.Text)
				links = append(links, l)
			}
		}
	}
	return links, nil
}

// formatDate returns a date as text; empty for the zero time.
func (p *publisher) formatDate(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(p.zone).Format(plainDate)
}
