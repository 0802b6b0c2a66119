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

// Page is what a template is given. Which of its parts are set depends on the kind of page; theme/README.md says which.
type Page struct {
	Site        Site
	Kind        string // "edition", "month", "year", "archive", "topic", …
	Title       string // of the page, without that of the publication
	Description string // one sentence, for search engines and previews
	Path        string // from the top: "2026/11/24/"
	Feed        string // path of the feed that tells the same, from the top; empty: none but the publication's

	Edition  *EditionView
	Older    []Link // posts of earlier days
	Months   []MonthView
	Years    []YearView
	Subject  *SubjectView
	Subjects []SubjectView
	Groups   []GroupView
}

// Site is the publication.
type Site struct {
	Title, Subtitle string
	URL             string // where it stands, ending in "/"; empty: not known
	Language        string // BCP 47
	Contact         string // address or URL of the maintainer; may be empty
	Topics          []Link
	Companies       []Link
}

// Link leads somewhere: Href is an absolute address, or a path from the top, for Page.To.
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
	Topics     []Link // of its picks, Note being how many
	Prev, Next *Link
	Before     *EditionView // front page only: shown below a thin edition
}

// MoreView is what a source had beyond its share.
type MoreView struct {
	Source string
	Count  int
	Links  []Link
}

// Card is an article as a page shows it.
type Card struct {
	ID        string // anchor
	Title     string
	Href      string
	Lang, Dir string // of title and excerpt; empty: as the page
	Source    string
	Authors   string
	Date      string // 21 November 2026
	Time      string // for <time datetime>
	Excerpt   string
	Minutes   string // 6 min read
	Topics    []Link // Href empty: the topic has no page
	Company   *Link
	Also      []Link
	Backlog   bool
	Lead      bool // the first of its edition
	Edition   *Link
}

// To is the relative link from the page to a path from the top. A path of a folder ends in "/"; where the output's
// address is not known it may be opened from a disk, so that the folder's index.html is named.
func (p *Page) To(path string) string {
	link := link.Relative(p.Path, path)
	if p.Kind == "404" {
		link = p.Site.root() + path // it is shown under any address
	}
	file, fragment, marked := strings.Cut(link, "#")
	if p.Site.URL == "" && strings.HasSuffix(file, "/") {
		file += "index.html"
	}
	if marked {
		file += "#" + fragment
	}
	return file
}

// Absolute is the address of a path from the top; empty when it is not known where the output will stand.
func (p *Page) Absolute(path string) string {
	if p.Site.URL == "" {
		return ""
	}
	return p.Site.URL + path
}

// Policy is the content security policy of the page: nothing that does not come from here.
func (p *Page) Policy() string {
	s := "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'"
	if p.Kind == "search" {
		s += "; script-src 'self'; connect-src 'self'"
	}
	return s
}

// Here is the attribute that marks the link to the page that one is on.
func (p *Page) Here(path string) template.HTMLAttr {
	if p.Path != path || p.Kind == "404" {
		return ""
	}
	return ` aria-current="page"`
}

// Count is a number and what it counts: "1 article", "9 articles".
func (p *Page) Count(n int, one string) string { return count(n, one) }

// ContactHref is where the maintainer is reached: an address of the web or of mail; empty where neither is given.
func (p *Page) ContactHref() string {
	if link := link.WebURI(p.Site.Contact); link != "" {
		return link
	}
	if mailAddress.FindString(p.Site.Contact) == p.Site.Contact && p.Site.Contact != "" {
		return "mailto:" + p.Site.Contact
	}
	return ""
}

// root is the path at which the output stands on its host, as far as is known.
func (s Site) root() string {
	u, err := url.Parse(s.URL)
	if err != nil || u.Path == "" {
		return "/"
	}
	return u.EscapedPath()
}

// Attrs is the dir attribute of all pages.
func (s Site) Attrs() template.HTMLAttr { return attrs("", direction(s.Language, "")) }

// CardOn is a card and the page that it stands on.
type CardOn struct {
	*Page
	Card  Card
	Deep  bool // its title is a heading of the third level
	Named bool // it says which edition it is from
}

// On is a card on the page, for the template "card".
func (p *Page) On(c Card) CardOn { return CardOn{Page: p, Card: c} }

// Under is a card under a heading of the page.
func (p *Page) Under(c Card) CardOn { return CardOn{Page: p, Card: c, Deep: true} }

// Dated is a card that says which edition it is from.
func (p *Page) Dated(c Card) CardOn { return CardOn{Page: p, Card: c, Named: true} }

func attrs(lang, dir string) template.HTMLAttr {
	var s string
	if lang != "" {
		s += ` lang="` + template.HTMLEscapeString(lang) + `"`
	}
	if dir != "" {
		s += ` dir="` + template.HTMLEscapeString(dir) + `"`
	}
	return template.HTMLAttr(s)
}

// Attrs are the lang and dir attributes of a card's title and excerpt.
func (c Card) Attrs() template.HTMLAttr { return attrs(c.Lang, c.Dir) }

// Attrs are the lang and dir attributes of a link's text.
func (l Link) Attrs() template.HTMLAttr { return attrs(l.Lang, l.Dir) }

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

// dayPath is the path of an edition's page.
func dayPath(day broadsheet.Day) string {
	return strings.ReplaceAll(string(day), "-", "/") + "/"
}

func dayLink(day broadsheet.Day) *Link {
	return &Link{Text: dayTime(day).Format(longDate), Href: dayPath(day)}
}

// thin is how many picks an edition must have to stand without the one before.
const thin = 3

// editionView is the edition at place i of the shelf's days. On the front page a thin one has the one before it below;
// on its own page it stands alone, as it was.
func (p *publisher) editionView(ctx context.Context, i int, front bool) (*EditionView, error) {
	days := p.source.Days
	e, err := p.edition(ctx, days[i].Day)
	if err != nil {
		return nil, err
	}
	v := p.bareView(e)
	if i > 0 {
		v.Prev = dayLink(days[i-1].Day)
	}
	if i+1 < len(days) {
		v.Next = dayLink(days[i+1].Day)
	}
	for back := i - 1; front && back >= 0 && len(e.Picks) < thin && v.Before == nil; back-- {
		before, err := p.edition(ctx, days[back].Day)
		if err != nil {
			return nil, err
		}
		if len(before.Picks) > 0 {
			v.Before = p.bareView(before)
		}
	}
	return v, nil
}

func (p *publisher) bareView(e broadsheet.Edition) *EditionView {
	v := &EditionView{Day: string(e.Day), Path: dayPath(e.Day), Date: dayTime(e.Day).Format(longDate), Number: e.Number, Headline: headline(e)}
	switch {
	case e.Waiting == 1:
		v.Waiting = "1 more article waits in the backlog"
	case e.Waiting > 1:
		v.Waiting = thousands(e.Waiting) + " more articles wait in the backlog"
	}
	counts := map[string]int{}
	for i, pick := range placed(e) {
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

func moreView(m broadsheet.More) MoreView {
	v := MoreView{Source: clean(m.SourceName)}
	for _, a := range m.Articles {
		if link := link.WebURI(a.Link); link != "" {
			text := cmp.Or(clean(a.Title), strings.TrimPrefix(link, "https://"))
			v.Links = append(v.Links, Link{Text: text, Href: link, Dir: direction("", text)})
		}
	}
	v.Count = len(v.Links)
	return v
}

func (p *publisher) card(pick Placed) Card {
	e := p.entry(pick)
	c := Card{
		ID: "a-" + strings.TrimPrefix(e.ID, "urn:uuid:"), Title: e.Title, Href: e.Link, Source: e.Source,
		Authors: byline(pick.Authors, e.Source), Excerpt: e.Excerpt, Minutes: minutes(pick.Words), Backlog: pick.Backlog,
		Edition: &Link{Text: dayTime(pick.Day).Format(plainDate), Href: dayPath(pick.Day)},
	}
	if pick.Dated && !pick.Published.IsZero() { // a date that was only assumed is none to show
		at := pick.Published.In(p.zone)
		c.Date, c.Time = at.Format(plainDate), feeds.Timestamp(pick.Published)
	}
	c.Lang, c.Dir = p.scripted(pick.Language, e.Title+e.Excerpt)
	for _, t := range e.Topics {
		c.Topics = append(c.Topics, Link{Text: t.Label, Href: t.Path})
	}
	if s := find(p.companies, pick.Company); s != nil {
		c.Company = &Link{Text: s.Label, Href: s.Path}
	}
	for _, a := range e.Also {
		c.Also = append(c.Also, Link{Text: a.Source, Href: a.Link})
	}
	return c
}

// scripted is lang and dir of an article's text, empty where the page's hold.
func (p *publisher) scripted(tag, text string) (lang, dir string) {
	if lang = feeds.LanguageTag(tag, ""); lang == p.config.Language {
		lang = ""
	}
	return lang, direction(tag, text)
}

// byline is the authors in words; empty when they say no more than the source's name does.
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

// older are the titles of the days before place i of the shelf's days, which are beside every edition;
// without those of the edition that stands below it already.
func (p *publisher) older(ctx context.Context, i int, below *EditionView) ([]Link, error) {
	const most = 10
	var links []Link
	for back := i - 1; back >= 0 && len(links) < most; back-- {
		e, err := p.edition(ctx, p.source.Days[back].Day)
		if err != nil {
			return nil, err
		}
		if below != nil && below.Day == string(e.Day) {
			continue
		}
		for _, pick := range e.Picks {
			if link := link.WebURI(pick.Link); link != "" && len(links) < most {
				l := Link{Text: title(pick), Href: link, Note: clean(pick.SourceName)}
				l.Lang, l.Dir = p.scripted(pick.Language, l.Text)
				links = append(links, l)
			}
		}
	}
	return links, nil
}

// lastSeen is a date in words; empty for the zero time.
func (p *publisher) dateOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(p.zone).Format(plainDate)
}
