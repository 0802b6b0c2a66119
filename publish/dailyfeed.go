package publish

import (
	"context"

	"broadsheet/publish/feeds"
)

// dailyEditions is the number of editions in the daily feed.
const dailyEditions = 10

// dailyFeed returns the feed with one entry per edition, whose content is the digest: all of the edition as HTML.
func (p *publisher) dailyFeed(ctx context.Context) ([]byte, error) {
	ch := feeds.Channel{ID: p.feedID("daily.xml"), Title: p.config.Title + ", daily", Subtitle: p.config.Subtitle, Path: "daily.xml"}
	var entries []feeds.Entry
	for i := len(p.src.Days) - 1; i >= max(0, len(p.src.Days)-dailyEditions); i-- {
		e, err := p.edition(ctx, p.src.Days[i].Day)
		if err != nil {
			return nil, err
		}
		page := p.page("digest", "", "")
		page.Edition = p.standaloneView(e)
		content, err := p.theme.renderMain("digest", page)
		if err != nil {
			return nil, err
		}
		entry := feeds.Entry{
			ID: editionID(e), Published: e.At, Updated: e.At,
			Title: dayTime(e.Day).Format(longDate), Excerpt: headline(e) + ".", HTML: string(content),
		}
		if p.site != "" {
			entry.Link = p.site + dayPath(e.Day)
		}
		entries = append(entries, entry)
	}
	ch.Updated = lastUpdated(entries)
	return p.encoder().Atom(ch, entries, "feed.css")
}
