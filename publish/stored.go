package publish

import (
	"io"

	"broadsheet"
	"broadsheet/internal/config"

	"github.com/gorilla/feeds"
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
	var entries []entry
	var texts []string
	for _, pick := range WithoutSecrets(broadsheet.Edition{Picks: picks}, p.secrets).Picks {
		e := p.entry(Placed{Pick: pick, At: pick.Updated})
		entries, texts = append(entries, e), append(texts, clean(p.secrets.Known(pick.Text)))
	}
	f := p.atomDocument(p.front("articles.atom", entries), entries)
	for i, text := range texts {
		if text == "" {
			continue
		}
		c := plainText(text)
		f.Entries[i].Content = &feeds.AtomContent{Type: c.Type, Content: c.Text}
	}
	body, err := xmlDocument(f, "feed.css")
	if err != nil {
		return err
	}
	_, err = w.Write(body)
	return err
}
