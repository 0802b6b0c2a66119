package publish

import (
	"context"
	"time"

	"broadsheet/internal/link"
	"broadsheet/publish/feeds"
)

// archivePath returns the path of the archive document of a month ("2026-11").
func archivePath(month string) string { return "archive/" + month + ".xml" }

// closedMonths returns the months that are over, since an edition of a later month exists: oldest first, without a gap.
// Months without an edition are among them, so that the document before such a month can link to the next one at once.
func closedMonths(months []period) []period {
	var all []period
	for i := range len(months) - 1 {
		for at := months[i]; at.Key < months[i+1].Key; at = (period{Key: nextMonth(at.Key), from: at.to, to: at.to}) {
			all = append(all, at)
		}
	}
	return all
}

// nextMonth returns the key of the month after key ("2026-12" → "2027-01").
func nextMonth(key string) string {
	t, err := time.Parse("2006-01", key)
	if err != nil {
		return "9999-99" // key is not a month; this sorts after all months
	}
	return t.AddDate(0, 1, 0).Format("2006-01")
}

// archiveDocument returns the archive document (RFC 5005 section 4) of a month that is over. By its documents a reader can
// go back, month by month, to the first edition. A document has the articles as they were when their edition was composed,
// and never changes: it links to the next month's document before that month is over. first reports whether there is no
// earlier one.
func (p *publisher) archiveDocument(ctx context.Context, m period, first bool) ([]byte, error) {
	var picks []EditionPick
	for i := m.to - 1; i >= m.from; i-- {
		e, err := p.edition(ctx, p.src.Days[i].Day)
		if err != nil {
			return nil, err
		}
		picks = append(picks, placedPicks(e)...)
	}
	entries := p.entries(picks)
	ch := p.mainChannel(archivePath(m.Key), entries)
	ch.PagePath = periodPath(m.Key)
	if len(entries) == 0 {
		ch.PagePath, ch.Updated = "archive/", dayTime(p.src.Days[m.from].Day)
	}
	ch.IsArchive = true
	ch.Links = append(ch.Links, feeds.Link{Rel: "current", Href: p.href(ch.Path, "atom.xml")})
	if !first {
		month, _ := time.Parse("2006-01", m.Key)
		ch.Links = append(ch.Links, feeds.Link{Rel: "prev-archive", Href: p.href(ch.Path, archivePath(month.AddDate(0, -1, 0).Format("2006-01")))})
	}
	ch.Links = append(ch.Links, feeds.Link{Rel: "next-archive", Href: p.href(ch.Path, archivePath(nextMonth(m.Key)))})
	return p.encoder().Atom(ch, entries, link.Relative(ch.Path, "feed.css"))
}

// archiveDocumentFiles returns the archive documents. Once written they stay, whatever else changes.
func (p *publisher) archiveDocumentFiles(months []period) []outputFile {
	var all []outputFile
	for i, m := range closedMonths(months) {
		all = append(all, outputFile{path: archivePath(m.Key), inputHash: p.editionsHash(p.days(m)...), immutable: true, make: func(ctx context.Context) ([]byte, error) {
			return p.archiveDocument(ctx, m, i == 0)
		}})
	}
	return all
}

// href returns the link from the document at one path to another path: absolute, or relative if the site's address is not
// known.
func (p *publisher) href(from, to string) string {
	if p.site == "" {
		return link.Relative(from, to)
	}
	return p.site + to
}
