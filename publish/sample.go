package publish

import (
	"context"
	"fmt"
	"time"

	"broadsheet"
	"broadsheet/internal/config"
)

// sample is a publication of two editions in which each thing that a template may be given is there once.
func sample() (config.Config, Shelf) {
	source := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://blog.example/feed", Name: "A blog", Group: "Blogs", Topics: []string{"topic"}, Company: "company"}
	config := config.Config{
		Title: "Sample", Subtitle: "A sample", URL: "https://sample.example/", Contact: "editor@sample.example",
		Topics: []config.Topic{{Name: "topic"}}, Sources: []broadsheet.Source{source},
	}
	at := time.Date(2026, 1, 1, 6, 0, 0, 0, time.UTC)
	also := broadsheet.Also{SourceName: "Another", Link: "https://other.example/", Title: "The same"}
	article := broadsheet.Article{
		Key: "blog.example/a", Link: "https://blog.example/a", Source: source.URL, Title: "An article", Authors: []string{"Somebody"},
		Published: at, Dated: true, Updated: at, Language: "ar", Excerpt: "Its first lines.", Words: 900,
	}
	pick := broadsheet.Pick{Article: article, SourceName: source.Name, Topics: source.Topics, Company: source.Company, Backlog: true, Also: []broadsheet.Also{also}}
	edition := func(_ context.Context, day broadsheet.Day) (broadsheet.Edition, error) {
		more := []broadsheet.More{{SourceName: source.Name, Articles: []broadsheet.Also{also}}}
		return broadsheet.Edition{Day: day, Number: 1, At: at, Picks: []broadsheet.Pick{pick}, More: more, Sources: 1, Waiting: 1}, nil
	}
	return config, Shelf{
		Days: []Day{{"2026-01-01", 1, 1}, {"2026-01-02", 2, 1}}, Edition: edition,
		Hidden:  []Hidden{{Day: "2026-01-03", Withdrawn: true}},
		Sources: []Source{{Source: source, HomePage: "https://blog.example/", Last: at, Health: "fine", Articles: 1}},
	}
}

// rehearse makes every sheet of a sample with the theme of dir, and throws it away.
func rehearse(ctx context.Context, dir string) error {
	config, shelf := sample()
	config.Theme = dir
	for _, s := range []Shelf{shelf, {}} {
		p, err := newPress(config, s)
		if err != nil {
			return err
		}
		sheets, err := p.sheets(ctx)
		if err != nil {
			return err
		}
		for _, s := range sheets {
			if _, err := s.make(ctx); err != nil {
				return fmt.Errorf("%s: %w", s.path, err)
			}
		}
	}
	_, err := NewLetter(config, broadsheet.Edition{Day: "2026-01-01"}, "a@sample.example", "b@sample.example", "")
	return err
}
