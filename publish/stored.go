package publish

import (
	"io"

	"broadsheet"
	"broadsheet/internal/config"
	"broadsheet/publish/feeds"
)

// Articles writes articles, published or not, as one Atom feed with their full texts. Updated is when each work last
// changed, not when an edition showed it.
func Articles(w io.Writer, config config.Config, picks []broadsheet.Pick) error {
	shelf := Shelf{}
	for _, s := range config.Sources {
		shelf.Sources = append(shelf.Sources, Source{Source: s})
	}
	p, err := newPress(config, shelf)
	if err != nil {
		return err
	}
	p.own = true
	var entries []feeds.Entry
	for _, pick := range WithoutSecrets(broadsheet.Edition{Picks: picks}, p.secrets).Picks {
		e := p.entry(Placed{Pick: pick, At: pick.Updated})
		e.Content = clean(p.secrets.Known(pick.Text))
		entries = append(entries, e)
	}
	body, err := p.encoder().Atom(p.front("articles.atom", entries), entries, "feed.css")
	if err != nil {
		return err
	}
	_, err = w.Write(body)
	return err
}
