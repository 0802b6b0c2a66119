package publish

import (
	"context"
	"maps"
	"slices"

	"broadsheet/publish/feeds"
)

// outputFile is one file of the output.
type outputFile struct {
	path      string
	from      string                                  // fingerprint of what it is made from; empty: it is made every time
	immutable bool                                    // once written it stays as it is, also when the look of things changes
	names     func(context.Context) ([]string, error) // the companies whose pages it leads to; nil: none
	group     []outputFile                            // it is no file: the sheets that it stands for, of which none changes alone
	last      bool                                    // it is what readers ask for first, so it comes after what it leads to
	make      func(context.Context) ([]byte, error)
}

// files are all files of the output, in the order in which they are put in place: what pages are shown with, each
// edition, what gathers them, and what readers ask for first.
func (p *publisher) files(ctx context.Context) ([]outputFile, error) {
	if err := p.findFeedRoot(ctx); err != nil {
		return nil, err
	}
	months, years := p.spans(len("2026-11")), p.spans(len("2026"))
	all := p.pictureSheets()
	for _, name := range slices.Sorted(maps.Keys(p.theme.files)) {
		all = append(all, fixed(name, p.theme.files[name]))
	}
	all = append(all, p.withdrawnSheets()...)
	for i, m := range months {
		all = append(all, p.ofMonth(m, i+1 < len(months))...)
	}
	all = append(all, p.archiveFiles(months)...)
	for _, y := range years {
		all = append(all, p.yearSheets(y, months)...)
	}
	for _, s := range slices.Concat(p.topics, p.companies) {
		own, err := p.topicFiles(ctx, s)
		if err != nil {
			return nil, err
		}
		all = append(all, own...)
	}
	all = append(all, p.plainSheets(months, years)...)
	feeds, err := p.feedFiles(ctx, months)
	return append(append(all, p.indexSheet()), feeds...), err
}

// ofMonth are the sheets of a month and of its days. Those of a month that is over are bound: nothing but a new look, or
// what becomes of a company, changes them any more, so that an archive of years costs little to look through.
func (p *publisher) ofMonth(m span, over bool) []outputFile {
	var pages, data []outputFile
	for at := m.from; at < m.to; at++ {
		pages, data = append(pages, p.daySheet(at)), append(data, p.editionDataSheet(at))
	}
	pages = append(pages, p.monthSheets(m, over)...)
	if !over {
		return slices.Concat(pages, data)
	}
	days := p.source.Days[max(0, m.from-1):min(m.to+1, len(p.source.Days))] // a day's page names its neighbours
	return []outputFile{
		{path: folderPath(m.Key), from: fingerprint(days), group: pages},
		{path: folderPath(m.Key) + "*/edition.json", from: p.madeFrom(p.days(m)...), immutable: true, group: data},
	}
}

func fixed(path string, data []byte) outputFile {
	return outputFile{path: path, make: func(context.Context) ([]byte, error) { return data, nil }}
}

// made is a sheet that is made every time, because it is made from what changes every time.
func made(path string, last bool, make func() ([]byte, error)) outputFile {
	return outputFile{path: path, last: last, make: func(context.Context) ([]byte, error) { return make() }}
}

// daySheet is the page of the edition at place i of the shelf's days. An edition never changes, so that the page does
// only when its neighbours do.
func (p *publisher) daySheet(i int) outputFile {
	days := p.source.Days
	from := []any{days[i]}
	if i > 0 {
		from = append(from, "after", days[i-1])
	}
	if i+1 < len(days) {
		from = append(from, "before", days[i+1].Day)
	}
	make := func(ctx context.Context) ([]byte, error) { return p.editionPage(ctx, i, dayPath(days[i].Day)) }
	names := func(ctx context.Context) ([]string, error) {
		e, err := p.edition(ctx, days[i].Day)
		return companiesOf(placed(e)), err
	}
	return outputFile{path: dayPath(days[i].Day) + "index.html", from: fingerprint(from...), make: make, names: names}
}

// companiesOf are the companies that picks are about, each once, in the order of the alphabet.
func companiesOf(picks []Placed) []string {
	var names []string
	for _, pick := range picks {
		if pick.Company != "" {
			names = append(names, pick.Company)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// leadsTo is the fingerprint of what a sheet is made from, the pages of the companies that it names among it.
func (p *publisher) leadsTo(from string, names []string) string {
	parts := []any{from}
	for _, name := range names {
		if s := find(p.companies, name); s != nil {
			parts = append(parts, s.Label, s.Path)
		}
	}
	return fingerprint(parts...)
}

func (p *publisher) indexSheet() outputFile {
	return outputFile{path: "index.html", last: true, make: func(ctx context.Context) ([]byte, error) {
		if len(p.source.Days) == 0 {
			return p.theme.render("edition", p.page("edition", "", ""))
		}
		return p.editionPage(ctx, len(p.source.Days)-1, "")
	}}
}

func (p *publisher) editionPage(ctx context.Context, i int, path string) ([]byte, error) {
	page := p.page("edition", path, dayTime(p.source.Days[i].Day).Format(longDate))
	var err error
	if page.Edition, err = p.editionView(ctx, i, path == ""); err != nil {
		return nil, err
	}
	page.Description = page.Edition.Headline + "."
	if page.Older, err = p.older(ctx, i, page.Edition.Before); err != nil {
		return nil, err
	}
	return p.theme.render("edition", page)
}

// plainSheets are the pages that gather and explain, and the files for those who come without a browser.
func (p *publisher) plainSheets(months, years []span) []outputFile {
	all := []outputFile{
		made("topics/index.html", false, func() ([]byte, error) { return p.subjectsPage("topics", "topics/", "Topics", p.topics) }),
		made("companies/index.html", false, func() ([]byte, error) {
			return p.subjectsPage("companies", "companies/", "Companies", p.companies)
		}),
		made("sources/index.html", false, p.sourcesPage),
		made("about/index.html", false, func() ([]byte, error) { return p.theme.render("about", p.page("about", "about/", "About")) }),
		made("404.html", false, func() ([]byte, error) { return p.theme.render("404", p.page("404", "", "Not found")) }),
		made("search/index.html", false, func() ([]byte, error) {
			page := p.page("search", "search/", "Search")
			page.Months = p.monthViews(months)
			return p.theme.render("search", page)
		}),
		made("search/index.json", true, func() ([]byte, error) { return p.shardList(months) }),
		p.archiveSheet(months),
		fixed("robots.txt", p.robots()),
	}
	if p.site != "" {
		all = append(all, fixed("sitemap-pages.xml", p.pagesSitemap()), fixed("sitemap.xml", p.sitemapIndex(years)))
	}
	return all
}

// feedFiles are the feeds of the whole publication.
func (p *publisher) feedFiles(ctx context.Context, months []span) ([]outputFile, error) {
	picks, err := p.subscription(ctx, months)
	if err != nil {
		return nil, err
	}
	for i := range picks {
		if picks[i], err = p.now(ctx, picks[i]); err != nil {
			return nil, err
		}
	}
	entries := p.entries(picks)
	return []outputFile{
		made("opml.xml", true, p.opml),
		made(healthPath, true, p.health),
		{path: "daily.xml", last: true, make: p.daily},
		made("rss.xml", true, func() ([]byte, error) { return p.encoder().RSS(p.front("rss.xml", entries), entries, "feed.css") }),
		made("feed.json", true, func() ([]byte, error) { return p.encoder().JSON(p.front("feed.json", entries), entries) }),
		made("atom.xml", true, func() ([]byte, error) {
			ch := p.front("atom.xml", entries)
			if over := archived(months); len(over) > 0 {
				ch.Links = append(ch.Links, feeds.Link{Rel: "prev-archive", Href: p.near("atom.xml", archivePath(over[len(over)-1].Key))})
			}
			return p.encoder().Atom(ch, entries, "feed.css")
		}),
	}, nil
}
