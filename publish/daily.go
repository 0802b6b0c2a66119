package publish

import (
	"context"

	"github.com/gorilla/feeds"
)

// dailies is how many editions the daily feed holds.
const dailies = 10

// daily is the feed with one entry an edition, whose content is the digest.
func (p *press) daily(ctx context.Context) ([]byte, error) {
	ch := channel{ID: p.feedID("daily.xml"), Title: p.config.Title + ", daily", Subtitle: p.config.Subtitle, Path: "daily.xml"}
	f := p.atomDocument(ch, nil)
	for i := len(p.shelf.Days) - 1; i >= max(0, len(p.shelf.Days)-dailies); i-- {
		e, err := p.edition(ctx, p.shelf.Days[i].Day)
		if err != nil {
			return nil, err
		}
		if len(f.Entries) == 0 {
			f.Updated = stamp(e.At)
		}
		page := p.page("digest", "", "")
		page.Edition = p.bareView(e)
		content, err := p.theme.part("digest", page)
		if err != nil {
			return nil, err
		}
		entry := &atomEntry{
			AtomEntry: &feeds.AtomEntry{
				Id: editionID(e), Published: stamp(e.At), Updated: stamp(e.At),
				Content: &feeds.AtomContent{Type: "html", Content: string(content)},
			},
			Title: plainText(dayTime(e.Day).Format(longDate)),
		}
		summary := plainText(headline(e) + ".")
		entry.Summary = &summary
		if p.site != "" {
			entry.Links = append(entry.Links, linkTo("alternate", typeHTML, p.site+dayPath(e.Day)))
		}
		f.Entries = append(f.Entries, entry)
	}
	return xmlDocument(f, "feed.css")
}
