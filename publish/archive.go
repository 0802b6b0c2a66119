package publish

import (
	"context"
	"time"

	"broadsheet/internal/link"
	"broadsheet/publish/feeds"
)

// archivePath is the path of a month's archive document.
func archivePath(month string) string { return "archive/" + month + ".xml" }

// archived are the months that are over, oldest first, without a gap: a later one has begun. A month without an edition
// is among them, so that the document before it can name the next one when it is made.
func archived(months []span) []span {
	var all []span
	for i := range len(months) - 1 {
		for at := months[i]; at.Key < months[i+1].Key; at = (span{Key: monthAfter(at.Key), from: at.to, to: at.to}) {
			all = append(all, at)
		}
	}
	return all
}

func monthAfter(key string) string {
	t, err := time.Parse("2006-01", key)
	if err != nil {
		return "9999-99" // no month comes after what is none
	}
	return t.AddDate(0, 1, 0).Format("2006-01")
}

// archiveDocument is a month that is over as RFC 5005 section 4 has it: what the feed that people subscribe to no longer
// holds can be read back, month by month, to the first edition. It tells articles as they stood when their edition was
// cut, and never changes: the link to the next month is in it before that month is over.
func (p *publisher) archiveDocument(ctx context.Context, m span, first bool) ([]byte, error) {
	var picks []Placed
	for i := m.to - 1; i >= m.from; i-- {
		e, err := p.edition(ctx, p.source.Days[i].Day)
		if err != nil {
			return nil, err
		}
		picks = append(picks, placed(e)...)
	}
	entries := p.entries(picks)
	ch := p.front(archivePath(m.Key), entries)
	ch.Page = folderPath(m.Key)
	if len(entries) == 0 {
		ch.Page, ch.Updated = "archive/", dayTime(p.source.Days[m.from].Day)
	}
	ch.Archive = true
	ch.Links = append(ch.Links, feeds.Link{Rel: "current", Href: p.near(ch.Path, "atom.xml")})
	if !first {
		before, _ := time.Parse("2006-01", m.Key)
		ch.Links = append(ch.Links, feeds.Link{Rel: "prev-archive", Href: p.near(ch.Path, archivePath(before.AddDate(0, -1, 0).Format("2006-01")))})
	}
	ch.Links = append(ch.Links, feeds.Link{Rel: "next-archive", Href: p.near(ch.Path, archivePath(monthAfter(m.Key)))})
	return p.encoder().Atom(ch, entries, link.Relative(ch.Path, "feed.css"))
}

// archiveFiles are the archive documents. Once written they stay, whatever becomes of the look of things.
func (p *publisher) archiveFiles(months []span) []outputFile {
	var all []outputFile
	for i, m := range archived(months) {
		all = append(all, outputFile{path: archivePath(m.Key), from: p.madeFrom(p.days(m)...), immutable: true, make: func(ctx context.Context) ([]byte, error) {
			return p.archiveDocument(ctx, m, i == 0)
		}})
	}
	return all
}

// near is the address of a path from the top, as a document at from names it: relative where ours is not known.
func (p *publisher) near(from, to string) string {
	if p.site == "" {
		return link.Relative(from, to)
	}
	return p.site + to
}
