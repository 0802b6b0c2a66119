package publish

import (
	"context"
	"slices"

	"broadsheet/internal/link"
	"broadsheet/publish/feeds"
)

const (
	maxTopicPicks = 40  // most picks on the page and in the feeds of a topic or company
	topicEditions = 120 // number of newest editions that they are taken from
)

// picksOfTopic returns the newest picks of a topic or company, each with its current text.
func (p *publisher) picksOfTopic(ctx context.Context, t *topicPage) ([]EditionPick, error) {
	if err := p.loadRecentPicks(ctx); err != nil {
		return nil, err
	}
	found := p.recentByTopic[topicKey{t.Company, t.Name}]
	picks := slices.Clone(found[:min(maxTopicPicks, len(found))])
	for i := range picks {
		var err error
		if picks[i], err = p.withCurrentText(ctx, picks[i]); err != nil {
			return nil, err
		}
	}
	return picks, nil
}

// loadRecentPicks reads the newest editions into recentByTopic, once.
func (p *publisher) loadRecentPicks(ctx context.Context) error {
	if p.recentByTopic != nil {
		return nil
	}
	p.recentByTopic = map[topicKey][]EditionPick{}
	days := p.src.Days
	for i := len(days) - 1; i >= max(0, len(days)-topicEditions); i-- {
		e, err := p.edition(ctx, days[i].Day)
		if err != nil {
			return err
		}
		p.indexByTopic(placedPicks(e))
	}
	return nil
}

// topicKey identifies a topic or a company.
type topicKey struct {
	company bool
	name    string
}

// indexByTopic adds picks to recentByTopic.
func (p *publisher) indexByTopic(picks []EditionPick) {
	for _, pick := range picks {
		keys := []topicKey{{true, pick.Company}}
		for _, name := range pick.Topics {
			if k := (topicKey{false, name}); !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
		for _, k := range keys {
			p.recentByTopic[k] = append(p.recentByTopic[k], pick)
		}
	}
}

// topicFiles returns the page of a topic or company and, for a topic, its feeds.
func (p *publisher) topicFiles(ctx context.Context, t *topicPage) ([]outputFile, error) {
	picks, err := p.picksOfTopic(ctx, t)
	if err != nil {
		return nil, err
	}
	t.picks = len(picks)
	entries := p.entries(picks)
	ch := feeds.Channel{ID: p.feedID(t.Path + "atom.xml"), Title: p.config.Title + ": " + t.Label, PagePath: t.Path, Updated: lastUpdated(entries)}
	ch.Subtitle = t.Label + " in " + p.config.Title
	var inputs []any
	for i, e := range entries {
		inputs = append(inputs, e.ID, picks[i].Day, picks[i].Position, e.Updated.Unix(), e.SourceFeed, e.SourceHome)
	}
	hash := p.hashWithCompanies(hashOf(inputs...), companiesOf(picks))
	all := []outputFile{{path: t.Path + "index.html", inputHash: hash, make: func(context.Context) ([]byte, error) {
		return p.renderTopic(t, picks)
	}}}
	if t.Company {
		return all, nil
	}
	channel := func(file string) feeds.Channel { ch := ch; ch.Path = t.Path + file; return ch }
	return append(all,
		outputFile{path: t.Path + "atom.xml", inputHash: hash, make: func(context.Context) ([]byte, error) {
			return p.encoder().Atom(channel("atom.xml"), entries, link.Relative(t.Path, "feed.css"))
		}},
		outputFile{path: t.Path + "rss.xml", inputHash: hash, make: func(context.Context) ([]byte, error) {
			return p.encoder().RSS(channel("rss.xml"), entries, link.Relative(t.Path, "feed.css"))
		}},
		outputFile{path: t.Path + "feed.json", inputHash: hash, make: func(context.Context) ([]byte, error) {
			return p.encoder().JSON(channel("feed.json"), entries)
		}},
	), nil
}

func (p *publisher) renderTopic(t *topicPage, picks []EditionPick) ([]byte, error) {
	kind := "topic"
	if t.Company {
		kind = "company"
	}
	page := p.page(kind, t.Path, t.Label)
	page.Description = t.Label + " in " + p.config.Title + "."
	if !t.Company {
		page.Feed = t.Path + "atom.xml"
	}
	view := SubjectView{Label: t.Label, Path: t.Path, Kind: kind, Count: len(picks)}
	for _, pick := range picks {
		view.Cards = append(view.Cards, p.card(pick))
	}
	page.Subject = &view
	return p.theme.render("subject", page)
}

// renderTopicList renders the page that lists all topics or all companies.
func (p *publisher) renderTopicList(kind, path, title string, all []*topicPage) ([]byte, error) {
	page := p.page(kind, path, title)
	for _, t := range all {
		page.Subjects = append(page.Subjects, SubjectView{Label: t.Label, Path: t.Path, Kind: kind, Count: t.picks})
	}
	page.Description = title + " in " + p.config.Title + "."
	return p.theme.render("subjects", page)
}
