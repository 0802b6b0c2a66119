// Package publish turns editions into a folder that any static host serves: pages, feeds, archives, search.
//
// It is a pure function of what it is given, and careful with what it finds: the same editions make the same bytes,
// a file whose bytes would not change is not touched, and every other is replaced whole. There is no clock here: all
// times come from editions and articles.
//
//	Write        the order of events
//	press        what all sheets share: configuration, theme, editions at hand
//	sheet        one file of the output: its path, what it depends on, how it is made
//	folder       staging, comparing, renaming
package publish

import (
	"context"
	"fmt"
	"io"
	"time"

	"broadsheet"
	"broadsheet/internal/config"
	"broadsheet/internal/health"
	"broadsheet/internal/link"
	"broadsheet/publish/feeds"
)

// EditionSource is where the publisher reads what has been published. Its functions may be called any number of times, and
// answer the same within one Write.
type EditionSource struct {
	// Days are all editions, oldest first.
	Days []Day

	// Edition is the edition of a day of Days.
	Edition func(ctx context.Context, day broadsheet.Day) (broadsheet.Edition, error)

	// Current is the article as it is known now, so that a corrected title reaches those who subscribe; the zero Article
	// when it is as it stood in its pick. Optional.
	Current func(ctx context.Context, key string) (broadsheet.Article, error)

	// Sources are as listed now, with their health in words.
	Sources []Source

	// Secrets are kept out of all that is published; nil: those of Sources.
	Secrets *link.Secrets

	// Hidden are the editions that are stored and not among Days, oldest first.
	Hidden []Hidden

	// Founder is the edition that the publication is known by for life, of which Day and First or Picks are looked at; the
	// zero Edition: the first of Days.
	Founder broadsheet.Edition

	// Revised is how often a withdrawal changed the edition of a day; days without a change are absent.
	Revised map[broadsheet.Day]int

	// Withdrawals are all that stand, for WithdrawnPath, and WithdrawnLinks visits the articles that nothing may show.
	Withdrawals    []Withdrawal
	WithdrawnLinks func(ctx context.Context, visit func(id, link string)) error

	// Health is what happened to sources, newest first: the feed for the maintainer.
	Health []health.Event
}

// Day is an edition on the shelf. Number and Picks must be those of the edition: a day whose Day differs from the last
// time is made anew.
type Day struct {
	Day    broadsheet.Day
	Number int
	Picks  int
}

// Placed is a pick and the place that it has: the edition and the position in it, the first being 0.
type Placed struct {
	broadsheet.Pick
	Day   broadsheet.Day
	At    time.Time // when its edition was cut
	Place int
}

// Source is a source and how it fares.
type Source struct {
	broadsheet.Source
	HomePage string    // the site it belongs to; empty: not known
	Last     time.Time // when its last article was published; zero: none is known
	Health   string    // in words: "fine", "failing since 3 November: 404 not found"
	Failing  bool
	Articles int // how many articles are known from it
}

// Write makes dir the publication: what has changed is written, each file whole, the pages of new editions first and
// the front page and the feeds last, so that the edition before stays readable until the new one is complete. It
// returns the paths that were written, in that order; none when nothing has changed. On an error that comes before the
// last moment (a broken theme, a full disk) nothing has changed; on one that comes later the next Write completes it.
// What was made of editions that were withdrawn since is taken away. Files in dir that are not the publication's own are
// left alone.
func Write(ctx context.Context, dir string, config config.Config, shelf EditionSource) ([]string, error) {
	p, err := newPublisher(config, shelf)
	if err != nil {
		return nil, err
	}
	out, err := openFolder(dir)
	if err != nil {
		return nil, err
	}
	defer out.close()
	was, now := out.record(), newManifest(p.renderHash)
	now.Withdrawn = p.withdrawn
	sheets, err := p.files(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range sheets {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := p.update(ctx, out, s, was, now, false); err != nil {
			return nil, err
		}
	}
	if err := out.stage(manifestName, now.bytes(), true); err != nil {
		return nil, err
	}
	stale, err := p.stale(ctx, out, sheets, was, now)
	if err != nil {
		return nil, err
	}
	done, err := out.commit()
	if err != nil {
		return done, err
	}
	return done, out.remove(stale)
}

// update brings a sheet up to date, if it is not known to be, and notes in now what it is made from.
func (p *publisher) update(ctx context.Context, out *folder, s outputFile, was, now manifest, known bool) (err error) {
	from, names := s.from, was.Companies[s.path]
	if s.names != nil || s.group != nil {
		from = p.leadsTo(s.from, names)
	}
	known = s.from != "" && (known || (was.Look == p.renderHash || s.immutable) && was.Sheets[s.path] == from)
	switch {
	case known && out.hasAll(s):
	case s.group != nil:
		parts := newManifest(p.renderHash)
		for _, part := range s.group {
			if err := p.update(ctx, out, part, was, parts, known); err != nil {
				return err
			}
		}
		names = parts.companies()
		from = p.leadsTo(s.from, names)
	default:
		if from, names, err = p.render(ctx, out, s); err != nil {
			return err
		}
	}
	now.remember(s.path, from, names)
	return nil
}

// render makes a sheet, and says from what and which companies it names.
func (p *publisher) render(ctx context.Context, out *folder, s outputFile) (from string, names []string, err error) {
	data, err := s.make(ctx)
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", s.path, err)
	}
	if from = s.from; s.names != nil {
		if names, err = s.names(ctx); err != nil {
			return "", nil, fmt.Errorf("%s: %w", s.path, err)
		}
		from = p.leadsTo(s.from, names)
	}
	return from, names, out.stage(s.path, data, s.last)
}

// Articles writes articles, published or not, as one Atom feed with their full texts. Updated is when each work last
// changed, not when an edition showed it.
func Articles(w io.Writer, config config.Config, picks []broadsheet.Pick) error {
	shelf := EditionSource{}
	for _, s := range config.Sources {
		shelf.Sources = append(shelf.Sources, Source{Source: s})
	}
	p, err := newPublisher(config, shelf)
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
