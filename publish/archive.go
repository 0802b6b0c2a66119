package publish

import "context"

// archivePath is the path of a month's archive document.
func archivePath(month string) string { return "archive/" + month + ".xml" }

// archiveDocument is a month as RFC 5005 section 4 has it: what the feed that people subscribe to no longer holds can
// be read back, month by month, to the first edition. It tells articles as they stood when their edition was cut, and
// never changes once a later month has begun.
func (p *press) archiveDocument(ctx context.Context, months []span, at int) ([]byte, error) {
	m := months[at]
	var picks []Placed
	for i := m.to - 1; i >= m.from; i-- {
		e, err := p.edition(ctx, p.shelf.Days[i].Day)
		if err != nil {
			return nil, err
		}
		picks = append(picks, placed(e)...)
	}
	entries := p.entries(picks)
	ch := p.front(archivePath(m.Key), entries)
	ch.Page = folderPath(m.Key)
	f := p.atomDocument(ch, entries)
	f.XmlnsFH, f.Archive = "http://purl.org/syndication/history/1.0", &struct{}{}
	f.Links = append(f.Links, link("current", typeAtom, p.near(ch.Path, "atom.xml")))
	if at > 0 {
		f.Links = append(f.Links, link("prev-archive", typeAtom, p.near(ch.Path, archivePath(months[at-1].Key))))
	}
	if at+1 < len(months) {
		f.Links = append(f.Links, link("next-archive", typeAtom, p.near(ch.Path, archivePath(months[at+1].Key))))
	}
	return xmlDocument(f, between(ch.Path, "feed.css"))
}

// near is the address of a path from the top, as a document at from names it: relative where ours is not known.
func (p *press) near(from, to string) string {
	if p.site == "" {
		return between(from, to)
	}
	return p.site + to
}
