package publish

import (
	"context"
	"maps"
	"slices"

	"broadsheet/publish/feeds"
)

// outputFile is a file of the output, or a group of files.
type outputFile struct {
	path      string
	inputHash string // hash of what it is rendered from; empty: it is rendered every time
	immutable bool   // once written it stays, also when the render hash changes
	last      bool   // readers request it first, so it is renamed into place after the files that it links to

	make      func(context.Context) ([]byte, error)   // renders it
	companies func(context.Context) ([]string, error) // returns the companies whose pages it links to; nil: none
	group     []outputFile                            // the files of a group, which change together; it is not a file itself
}

// files returns all files of the output, in the order in which they are renamed into place: images and static files, each
// edition, the pages that collect articles, and what readers request first.
func (p *publisher) files(ctx context.Context) ([]outputFile, error) {
	if err := p.findFeedRoot(ctx); err != nil {
		return nil, err
	}
	months, years := p.periods(len("2026-11")), p.periods(len("2026"))
	all := p.imageFiles()
	for _, name := range slices.Sorted(maps.Keys(p.theme.files)) {
		all = append(all, static(name, p.theme.files[name]))
	}
	all = append(all, p.withdrawnFiles()...)
	for i, m := range months {
		all = append(all, p.monthFiles(m, i+1 < len(months))...)
	}
	all = append(all, p.archiveDocumentFiles(months)...)
	for _, y := range years {
		all = append(all, p.yearFiles(y, months)...)
	}
	for _, s := range slices.Concat(p.topics, p.companies) {
		own, err := p.topicFiles(ctx, s)
		if err != nil {
			return nil, err
		}
		all = append(all, own...)
	}
	all = append(all, p.overviewFiles(months, years)...)
	feeds, err := p.feedFiles(ctx, months)
	return append(append(all, p.frontPageFile()), feeds...), err
}

// monthFiles returns the files of a month and of its editions. Those of a month that is over form groups: only a new render
// hash, or a change of a company, changes them any more, so that checking an archive of years costs little.
func (p *publisher) monthFiles(m period, over bool) []outputFile {
	var pages, data []outputFile
	for at := m.from; at < m.to; at++ {
		pages, data = append(pages, p.dayFile(at)), append(data, p.editionDataFile(at))
	}
	pages = append(pages, p.monthPageFiles(m, over)...)
	if !over {
		return slices.Concat(pages, data)
	}
	days := p.src.Days[max(0, m.from-1):min(m.to+1, len(p.src.Days))] // an edition's page links to its neighbours
	return []outputFile{
		{path: periodPath(m.Key), inputHash: hashOf(days), group: pages},
		{path: periodPath(m.Key) + "*/edition.json", inputHash: p.editionsHash(p.days(m)...), immutable: true, group: data},
	}
}

// static returns a file with given bytes.
func static(path string, data []byte) outputFile {
	return outputFile{path: path, make: func(context.Context) ([]byte, error) { return data, nil }}
}

// generated returns a file that is rendered every time, because what it is rendered from changes every time.
func generated(path string, last bool, make func() ([]byte, error)) outputFile {
	return outputFile{path: path, last: last, make: func(context.Context) ([]byte, error) { return make() }}
}

// dayFile returns the page of the edition with index i in p.src.Days. An edition never changes, so its page changes only
// when its neighbours do.
func (p *publisher) dayFile(i int) outputFile {
	days := p.src.Days
	inputs := []any{days[i]}
	if i > 0 {
		inputs = append(inputs, "after", days[i-1])
	}
	if i+1 < len(days) {
		inputs = append(inputs, "before", days[i+1].Day)
	}
	make := func(ctx context.Context) ([]byte, error) { return p.renderEdition(ctx, i, dayPath(days[i].Day)) }
	names := func(ctx context.Context) ([]string, error) {
		e, err := p.edition(ctx, days[i].Day)
		return companiesOf(placedPicks(e)), err
	}
	return outputFile{path: dayPath(days[i].Day) + "index.html", inputHash: hashOf(inputs...), make: make, companies: names}
}

// companiesOf returns the companies that picks are about, each once, in alphabetical order.
func companiesOf(picks []EditionPick) []string {
	var names []string
	for _, pick := range picks {
		if pick.Company != "" {
			names = append(names, pick.Company)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// hashWithCompanies returns the hash of a file's inputs including the labels and paths of the companies that it links to.
func (p *publisher) hashWithCompanies(hash string, names []string) string {
	parts := []any{hash}
	for _, name := range names {
		if page := findTopic(p.companies, name); page != nil {
			parts = append(parts, page.Label, page.Path)
		}
	}
	return hashOf(parts...)
}

func (p *publisher) frontPageFile() outputFile {
	return outputFile{path: "index.html", last: true, make: func(ctx context.Context) ([]byte, error) {
		if len(p.src.Days) == 0 {
			return p.theme.render("edition", p.page("edition", "", ""))
		}
		return p.renderEdition(ctx, len(p.src.Days)-1, "")
	}}
}

// renderEdition renders the edition with index i in p.src.Days as the page at path; empty: the front page.
func (p *publisher) renderEdition(ctx context.Context, i int, path string) ([]byte, error) {
	page := p.page("edition", path, dayTime(p.src.Days[i].Day).Format(longDate))
	var err error
	if page.Edition, err = p.editionView(ctx, i, path == ""); err != nil {
		return nil, err
	}
	page.Description = page.Edition.Headline + "."
	if page.Older, err = p.recentPosts(ctx, i, page.Edition.Before); err != nil {
		return nil, err
	}
	return p.theme.render("edition", page)
}

// overviewFiles returns the pages about the site as a whole, and the files for search engines.
func (p *publisher) overviewFiles(months, years []period) []outputFile {
	all := []outputFile{
		generated("topics/index.html", false, func() ([]byte, error) { return p.renderTopicList("topics", "topics/", "Topics", p.topics) }),
		generated("companies/index.html", false, func() ([]byte, error) {
			return p.renderTopicList("companies", "companies/", "Companies", p.companies)
		}),
		generated("sources/index.html", false, p.renderSources),
		generated("about/index.html", false, func() ([]byte, error) { return p.theme.render("about", p.page("about", "about/", "About")) }),
		generated("404.html", false, func() ([]byte, error) { return p.theme.render("404", p.page("404", "", "Not found")) }),
		generated("search/index.html", false, func() ([]byte, error) {
			page := p.page("search", "search/", "Search")
			page.Months = p.monthViews(months)
			return p.theme.render("search", page)
		}),
		generated("search/index.json", true, func() ([]byte, error) { return p.searchIndex(months) }),
		p.archivePageFile(months),
		static("robots.txt", p.robotsTxt()),
	}
	if p.site != "" {
		all = append(all, static("sitemap-pages.xml", p.pagesSitemap()), static("sitemap.xml", p.sitemapIndex(years)))
	}
	return all
}

// feedFiles returns the feeds of the whole publication, and the list of sources (opml.xml).
func (p *publisher) feedFiles(ctx context.Context, months []period) ([]outputFile, error) {
	picks, err := p.feedPicks(ctx, months)
	if err != nil {
		return nil, err
	}
	for i := range picks {
		if picks[i], err = p.withCurrentText(ctx, picks[i]); err != nil {
			return nil, err
		}
	}
	entries := p.entries(picks)
	return []outputFile{
		generated("opml.xml", true, p.opml),
		generated(healthPath, true, p.healthFeed),
		{path: "daily.xml", last: true, make: p.dailyFeed},
		generated("rss.xml", true, func() ([]byte, error) { return p.encoder().RSS(p.mainChannel("rss.xml", entries), entries, "feed.css") }),
		generated("feed.json", true, func() ([]byte, error) { return p.encoder().JSON(p.mainChannel("feed.json", entries), entries) }),
		generated("atom.xml", true, func() ([]byte, error) {
			ch := p.mainChannel("atom.xml", entries)
			if closed := closedMonths(months); len(closed) > 0 {
				last := closed[len(closed)-1]
				ch.Links = append(ch.Links, feeds.Link{Rel: "prev-archive", Href: p.href("atom.xml", archivePath(last.Key))})
			}
			return p.encoder().Atom(ch, entries, "feed.css")
		}),
	}, nil
}
