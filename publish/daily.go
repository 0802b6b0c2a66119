package publish

import (
	"context"

	"broadsheet/publish/feeds"
)

// dailies is how many editions the daily feed holds.
const dailies = 10

// daily is the feed with one entry an edition, whose content is the digest.
func (p *publisher) daily(ctx context.Context) ([]byte, error) {
	ch := feeds.Channel{ID: p.feedID("daily.xml"), Title: p.config.Title + ", daily", Subtitle: p.config.Subtitle, Path: "daily.xml"}
	var entries []feeds.Entry
	for i := len(p.source.Days) - 1; i >= max(0, len(p.source.Days)-dailies); i-- {
		e, err := p.edition(ctx, p.source.Days[i].Day)
		if err != nil {
			return nil, err
		}
		page := p.page("digest", "", "")
		page.Edition = p.bareView(e)
		content, err := p.theme.part("digest", page)
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
	ch.Updated = newest(entries)
	return p.encoder().Atom(ch, entries, "feed.css")
}
