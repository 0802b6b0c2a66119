// Package publish writes editions as a static site, in a folder that any web host can serve: pages, feeds, archives and a
// search index. It also sends an edition by mail and reads a published site back.
//
// The output is a function of the input: the same editions, configuration and theme give the same bytes. A file whose
// bytes would not change is not touched; every other is replaced atomically. There is no clock here: all times come from
// editions and articles.
//
//	Write       the order of the steps (publish.go)
//	publisher   what all files of one Write share: configuration, theme, cached editions (publisher.go)
//	outputFile  a file of the output: its path, what it depends on, how it is rendered (files.go)
//	manifest    what the files of the last Write were rendered from, so that only changes are rendered (manifest.go)
//	outputDir   the folder: files are staged, compared, synced and renamed into place (atomicdir.go)
//	theme       templates and static files, built in or the maintainer's (theme.go)
//	Page        what a template is given (page.go, view.go)
//	topicPage   a topic or company that has a page (topic.go, topicpages.go)
//	Message     an edition as a mail (mail.go)
//
// The subpackage feeds encodes Atom, RSS and JSON Feed.
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

// EditionSource holds what is to be published, and the functions that read more of it. The functions may be called any
// number of times, and must return the same within one Write.
type EditionSource struct {
	// Days are all editions to publish, oldest first.
	Days []EditionRef

	// Edition returns the edition of one of Days.
	Edition func(ctx context.Context, day broadsheet.Day) (broadsheet.Edition, error)

	// CurrentArticle returns the article with a key as it is stored now, so that a corrected title reaches subscribers; the zero
	// Article when it has not changed since its edition. It may be nil.
	CurrentArticle func(ctx context.Context, key string) (broadsheet.Article, error)

	// Sources are the sources that feeds.yaml lists now, each with its health as text.
	Sources []SourceStatus

	// Secrets are removed from everything that is published; nil: the secrets of Sources.
	Secrets *link.Secrets

	// Hidden are the stored editions that are not among Days, oldest first.
	Hidden []HiddenEdition

	// IDRoot is the edition that the ids of the feeds are derived from, and that therefore never changes. Only its Day and
	// its First or Picks are read. The zero Edition: the first of Days.
	IDRoot broadsheet.Edition

	// Revisions is how often a withdrawal has changed the edition of a day. Days without a change are absent.
	Revisions map[broadsheet.Day]int

	// Withdrawals are all withdrawals in force, for the file at WithdrawnPath. WithdrawnLinks calls visit with the id and the
	// link of each article that no file may show.
	Withdrawals    []Withdrawal
	WithdrawnLinks func(ctx context.Context, visit func(id, link string)) error

	// Quarantined are the sources in quarantine, by Source.ID, for the file at WithdrawnPath.
	Quarantined []string

	// Health is what happened to sources, newest first, for the maintainer's feed.
	Health []health.Event
}

// EditionRef is an entry of the list of editions. Number and Picks must be those of the edition itself: an edition whose Day
// differs from that of the last Write is rendered again.
type EditionRef struct {
	Day    broadsheet.Day
	Number int // number of the edition
	Picks  int // number of its picks
}

// EditionPick is a pick with its edition and its position there.
type EditionPick struct {
	broadsheet.Pick
	Day         broadsheet.Day
	EditionTime time.Time // when its edition was composed
	Position    int       // position in the edition, from 0
}

// SourceStatus is a source of feeds.yaml and its state.
type SourceStatus struct {
	broadsheet.Source
	HomePage      string    // the site it belongs to; empty: not known
	LastPublished time.Time // when its last article was published; zero: none is known
	Health        string    // its state as text: "fine", "failing since 3 November: 404 not found"
	Failing       bool
	Articles      int // number of articles stored from it
}

// Write brings the site in dir up to date. It writes only files that change, each atomically: the pages of new editions
// first, the front page and the feeds last, so that the previous edition stays readable until the new one is complete.
//
// It returns the paths of the written files relative to dir, in that order; none if nothing has changed. An error before
// the first rename (a broken theme, a full disk) leaves dir as it was; after a later error, the next Write completes the
// work. Write removes the files of editions that have been withdrawn since. It leaves files in dir alone that it did not
// write.
func Write(ctx context.Context, dir string, config config.Config, src EditionSource) ([]string, error) {
	p, err := newPublisher(config, src)
	if err != nil {
		return nil, err
	}
	out, err := openOutputDir(dir)
	if err != nil {
		return nil, err
	}
	defer out.close()
	prev, next := out.readManifest(), newManifest(p.renderHash)
	next.Withdrawn = p.withdrawnHash
	files, err := p.files(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := p.update(ctx, out, f, prev, next, false); err != nil {
			return nil, err
		}
	}
	if err := out.stage(manifestName, next.bytes(), true); err != nil {
		return nil, err
	}
	stale, err := p.staleFiles(ctx, out, files, prev, next)
	if err != nil {
		return nil, err
	}
	written, err := out.commit()
	if err != nil {
		return written, err
	}
	return written, out.remove(stale)
}

// update renders and stages f if its inputs have changed since prev or if the file is missing, and records it in next.
// known reports whether f belongs to a group that has not changed.
func (p *publisher) update(ctx context.Context, out *outputDir, f outputFile, prev, next manifest, known bool) (err error) {
	hash, names := f.inputHash, prev.Companies[f.path]
	if f.companies != nil || f.group != nil {
		hash = p.hashWithCompanies(f.inputHash, names)
	}
	known = f.inputHash != "" && (known || (prev.RenderHash == p.renderHash || f.immutable) && prev.Files[f.path] == hash)
	switch {
	case known && out.hasAllFiles(f):
	case f.group != nil:
		parts := newManifest(p.renderHash)
		for _, part := range f.group {
			if err := p.update(ctx, out, part, prev, parts, known); err != nil {
				return err
			}
		}
		names = parts.allCompanies()
		hash = p.hashWithCompanies(f.inputHash, names)
	default:
		if hash, names, err = p.render(ctx, out, f); err != nil {
			return err
		}
	}
	next.add(f.path, hash, names)
	return nil
}

// render renders and stages f. It returns the hash of f's inputs and the companies that f links to.
func (p *publisher) render(ctx context.Context, out *outputDir, f outputFile) (hash string, names []string, err error) {
	data, err := f.make(ctx)
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", f.path, err)
	}
	if hash = f.inputHash; f.companies != nil {
		if names, err = f.companies(ctx); err != nil {
			return "", nil, fmt.Errorf("%s: %w", f.path, err)
		}
		hash = p.hashWithCompanies(f.inputHash, names)
	}
	return hash, names, out.stage(f.path, data, f.last)
}

// WriteArticles writes articles, published or not, to w as one Atom feed with their full texts. An entry's updated time is when
// the article last changed, not when an edition showed it.
func WriteArticles(w io.Writer, config config.Config, picks []broadsheet.Pick) error {
	src := EditionSource{}
	for _, s := range config.Sources {
		src.Sources = append(src.Sources, SourceStatus{Source: s})
	}
	p, err := newPublisher(config, src)
	if err != nil {
		return err
	}
	p.forMaintainer = true
	var entries []feeds.Entry
	for _, pick := range WithoutSecrets(broadsheet.Edition{Picks: picks}, p.secrets).Picks {
		e := p.entry(EditionPick{Pick: pick, EditionTime: pick.Updated})
		e.Content = clean(p.secrets.RedactKnown(pick.Text))
		entries = append(entries, e)
	}
	body, err := p.encoder().Atom(p.mainChannel("articles.atom", entries), entries, "feed.css")
	if err != nil {
		return err
	}
	_, err = w.Write(body)
	return err
}
