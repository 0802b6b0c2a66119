package publish

import (
	"context"
	"maps"
	"slices"
)

// sheet is one file of the output.
type sheet struct {
	path string
	from string // fingerprint of what it is made from; empty: it is made every time
	last bool   // it is what readers ask for first, so it comes after what it leads to
	make func(context.Context) ([]byte, error)
}

// sheets are all files of the output, in the order in which they are put in place.
func (p *press) sheets(ctx context.Context) ([]sheet, error) {
	var all []sheet
	for _, name := range slices.Sorted(maps.Keys(p.theme.files)) {
		all = append(all, fixed(name, p.theme.files[name]))
	}
	for i := range p.shelf.Days {
		all = append(all, p.daySheet(i))
	}
	front, err := p.frontSheets(ctx)
	return append(all, front...), err
}

func fixed(path string, data []byte) sheet {
	return sheet{path: path, make: func(context.Context) ([]byte, error) { return data, nil }}
}

// daySheet is the page of the edition at place i of the shelf's days. An edition never changes, so that the page does
// only when its neighbours do.
func (p *press) daySheet(i int) sheet {
	days := p.shelf.Days
	from := []any{days[i]}
	if i > 0 {
		from = append(from, "after", days[i-1])
	}
	if i+1 < len(days) {
		from = append(from, "before", days[i+1].Day)
	}
	return sheet{path: dayPath(days[i].Day) + "index.html", from: fingerprint(from...), make: func(ctx context.Context) ([]byte, error) {
		return p.editionPage(ctx, i, false)
	}}
}

func (p *press) editionPage(ctx context.Context, i int, front bool) ([]byte, error) {
	path := dayPath(p.shelf.Days[i].Day)
	if front {
		path = ""
	}
	page := p.page("edition", path, dayTime(p.shelf.Days[i].Day).Format(longDate))
	page.Front = front
	var err error
	if page.Edition, err = p.editionView(ctx, i); err != nil {
		return nil, err
	}
	page.Description = page.Edition.Headline
	if page.Older, err = p.older(ctx, i); err != nil {
		return nil, err
	}
	return p.theme.render("edition", page)
}

// frontSheets are what readers ask for first.
func (p *press) frontSheets(ctx context.Context) ([]sheet, error) {
	index := sheet{path: "index.html", last: true, make: func(ctx context.Context) ([]byte, error) {
		if len(p.shelf.Days) == 0 {
			page := p.page("edition", "", "")
			page.Front = true
			return p.theme.render("edition", page)
		}
		return p.editionPage(ctx, len(p.shelf.Days)-1, true)
	}}
	atom := sheet{path: "atom.xml", last: true, make: func(ctx context.Context) ([]byte, error) {
		picks, err := p.latest(ctx, subscribed)
		if err != nil {
			return nil, err
		}
		for i := range picks {
			if picks[i], err = p.now(ctx, picks[i]); err != nil {
				return nil, err
			}
		}
		entries := p.entries(picks)
		return xmlDocument(p.atomDocument(p.front("atom.xml", entries), entries), "feed.css")
	}}
	return []sheet{index, atom}, nil
}
