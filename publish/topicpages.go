package publish

import (
	"context"
	"slices"

	"broadsheet/internal/link"
	"broadsheet/publish/feeds"
)

const (
	gathered = 40  // picks on the page and in the feed of a topic or company
	readBack = 120 // editions that are read for them
)

// gather are the newest picks of a topic or company, each as it is known now.
func (p *publisher) gather(ctx context.Context, s *topicPage) ([]Placed, error) {
	if err := p.readLatest(ctx); err != nil {
		return nil, err
	}
	found := p.back[subjectKey{s.Company, s.Name}]
	picks := slices.Clone(found[:min(gathered, len(found))])
	for i := range picks {
		var err error
		if picks[i], err = p.now(ctx, picks[i]); err != nil {
			return nil, err
		}
	}
	return picks, nil
}

// readLatest finds the picks of all topics and companies in the latest editions.
func (p *publisher) readLatest(ctx context.Context) error {
	if p.back != nil {
		return nil
	}
	p.back = map[subjectKey][]Placed{}
	days := p.source.Days
	for i := len(days) - 1; i >= max(0, len(days)-readBack); i-- {
		e, err := p.edition(ctx, days[i].Day)
		if err != nil {
			return err
		}
		p.shelve(placed(e))
	}
	return nil
}

type subjectKey struct {
	company bool
	name    string
}

func (p *publisher) shelve(picks []Placed) {
	for _, pick := range picks {
		keys := []subjectKey{{true, pick.Company}}
		for _, t := range pick.Topics {
			if k := (subjectKey{false, t}); !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
		for _, k := range keys {
			p.back[k] = append(p.back[k], pick)
		}
	}
}

// topicFiles are the page of a topic or company and, for a topic, its feeds.
func (p *publisher) topicFiles(ctx context.Context, s *topicPage) ([]outputFile, error) {
	picks, err := p.gather(ctx, s)
	if err != nil {
		return nil, err
	}
	s.count = len(picks)
	entries := p.entries(picks)
	ch := feeds.Channel{ID: p.feedID(s.Path + "atom.xml"), Title: p.config.Title + ": " + s.Label, Page: s.Path, Updated: newest(entries)}
	ch.Subtitle = s.Label + " in " + p.config.Title
	var from []any
	for i, e := range entries {
		from = append(from, e.ID, picks[i].Day, picks[i].Place, e.Updated.Unix(), e.SourceFeed, e.SourceHome)
	}
	print := p.leadsTo(fingerprint(from...), companiesOf(picks))
	all := []outputFile{{path: s.Path + "index.html", from: print, make: func(context.Context) ([]byte, error) {
		return p.subjectPage(s, picks)
	}}}
	if s.Company {
		return all, nil
	}
	at := func(file string) feeds.Channel { ch := ch; ch.Path = s.Path + file; return ch }
	return append(all,
		outputFile{path: s.Path + "atom.xml", from: print, make: func(context.Context) ([]byte, error) {
			return p.encoder().Atom(at("atom.xml"), entries, link.Relative(s.Path, "feed.css"))
		}},
		outputFile{path: s.Path + "rss.xml", from: print, make: func(context.Context) ([]byte, error) {
			return p.encoder().RSS(at("rss.xml"), entries, link.Relative(s.Path, "feed.css"))
		}},
		outputFile{path: s.Path + "feed.json", from: print, make: func(context.Context) ([]byte, error) { return p.encoder().JSON(at("feed.json"), entries) }},
	), nil
}

func (p *publisher) subjectPage(s *topicPage, picks []Placed) ([]byte, error) {
	kind := "topic"
	if s.Company {
		kind = "company"
	}
	page := p.page(kind, s.Path, s.Label)
	page.Description = s.Label + " in " + p.config.Title + "."
	if !s.Company {
		page.Feed = s.Path + "atom.xml"
	}
	view := SubjectView{Label: s.Label, Path: s.Path, Kind: kind, Count: len(picks)}
	for _, pick := range picks {
		view.Cards = append(view.Cards, p.card(pick))
	}
	page.Subject = &view
	return p.theme.render("subject", page)
}

// subjectsPage lists topics or companies.
func (p *publisher) subjectsPage(kind, path, title string, subjects []*topicPage) ([]byte, error) {
	page := p.page(kind, path, title)
	for _, s := range subjects {
		page.Subjects = append(page.Subjects, SubjectView{Label: s.Label, Path: s.Path, Kind: kind, Count: s.count})
	}
	page.Description = title + " in " + p.config.Title + "."
	return p.theme.render("subjects", page)
}
