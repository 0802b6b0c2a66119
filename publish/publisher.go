package publish

import (
	"cmp"
	"context"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"broadsheet/publish/feeds"

	"broadsheet"
	"broadsheet/internal/config"
	"broadsheet/internal/link"
)

// publisher is what all sheets of one Write share.
type publisher struct {
	config         config.Config
	source         EditionSource
	theme          *theme
	zone           *time.Location
	secrets        *link.Secrets
	own            bool   // what is made is for the maintainer alone
	whole          bool   // and holds secrets
	site           string // config.URL, valid and ending in "/"; empty: not known
	feedRoot       string // what the publication is known by, for life; empty: it has no edition yet
	publicFeedRoot string // the same by the editions that are out alone
	withdrawn      string // changes with what is withdrawn; empty: nothing ever was
	renderHash     string // changes when all sheets must be made anew
	topics         []*topicPage
	companies      []*topicPage
	sources        map[string]Source // by ID
	private        map[string]bool   // IDs and names of the sources that have allow_private
	editions       map[broadsheet.Day]broadsheet.Edition
	editionCache   []broadsheet.Day // what editions holds, oldest first
	current        map[string]broadsheet.Article
	back           map[subjectKey][]Placed // picks of the latest editions; nil: not read
}

// format is raised when the program writes the same editions differently, so that old pages are made anew.
const format = 5

func newPublisher(config config.Config, shelf EditionSource) (*publisher, error) {
	if err := checkDays(shelf.Days); err != nil {
		return nil, err
	}
	t, err := loadTheme(config.Theme)
	if err != nil {
		return nil, err
	}
	p := &publisher{
		config: config, source: shelf, theme: t,
		zone:     cmp.Or(config.Edition.Location, time.UTC),
		site:     siteURL(config.URL),
		sources:  map[string]Source{},
		private:  map[string]bool{},
		editions: map[broadsheet.Day]broadsheet.Edition{},
		current:  map[string]broadsheet.Article{},
	}
	p.config.Title = cmp.Or(clean(config.Title), "Broadsheet")
	p.config.Subtitle = clean(config.Subtitle)
	p.config.Language = feeds.LanguageTag(config.Language, "en")
	for _, s := range shelf.Sources {
		p.sources[s.ID()] = s
		p.allow(s.Source)
	}
	for _, s := range config.Sources {
		p.allow(s)
	}
	if p.secrets = shelf.Secrets; p.secrets == nil {
		p.secrets = secretsOf(shelf.Sources)
	}
	p.topics = topicPages(config)
	p.companies = companyPages(config, shelf.Sources)
	p.withdrawn = withdrawnPrint(shelf)
	p.renderHash = p.renderHashOf()
	return p, nil
}

// renderHashOf is the fingerprint of all that old pages are made from beside their editions.
func (p *publisher) renderHashOf() string {
	c := p.config
	parts := []any{format, revision(), p.theme.print, c.Title, c.Subtitle, p.site, c.Language, c.Contact, c.Hub, p.zone}
	parts = append(parts, len(p.companies) > 0)
	if secrets := p.secrets.Fingerprint(); secrets != "" {
		parts = append(parts, secrets)
	}
	subjects := p.topics
	if p.theme.dir != "" { // a maintainer's own templates may name every company on every page
		subjects = slices.Concat(subjects, p.companies)
	}
	for _, s := range subjects {
		parts = append(parts, s.Name, s.Label, s.Path)
	}
	if p.withdrawn != "" { // old pages name articles of the days before them
		parts = append(parts, p.withdrawn)
	}
	return fingerprint(parts...)
}

// withdrawnPrint is the fingerprint of what is withdrawn, and of which editions that changed; empty: nothing ever was.
func withdrawnPrint(shelf EditionSource) string {
	if len(shelf.Withdrawals)+len(shelf.Revised) == 0 {
		return ""
	}
	var parts []any
	for _, w := range shelf.Withdrawals {
		parts = append(parts, w.Kind, w.At.Unix(), w.Day, w.ID, w.Source, len(w.Articles))
	}
	for _, day := range slices.Sorted(maps.Keys(shelf.Revised)) {
		parts = append(parts, day, shelf.Revised[day])
	}
	return fingerprint(parts...)
}

// madeFrom returns the fingerprint of what a file of some editions is made from that stays as it was written: what was
// written before there was a secret may hold it, and a withdrawal changes an edition.
func (p *publisher) madeFrom(days ...Day) string {
	parts := []any{days}
	if secrets := p.secrets.Fingerprint(); secrets != "" {
		parts = append(parts, secrets)
	}
	for _, d := range days {
		if n := p.source.Revised[d.Day]; n > 0 {
			parts = append(parts, d.Day, n)
		}
	}
	return fingerprint(parts...)
}

// revision is the program's own, when it is known.
func revision() string {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	r := b.Main.Version
	for _, s := range b.Settings {
		if s.Key == "vcs.revision" {
			r += " " + s.Value
		}
	}
	return r
}

func secretsOf(sources []Source) *link.Secrets {
	var all []broadsheet.Source
	for _, s := range sources {
		all = append(all, s.Source)
	}
	return link.SecretsOf(all)
}

// WithoutSecrets returns an edition as it may be published: no link and no text of it holds a secret. Its keys and sources
// stay, since its identities are made from them.
func WithoutSecrets(e broadsheet.Edition, secrets *link.Secrets) broadsheet.Edition {
	e.Picks = slices.Clone(e.Picks)
	for i := range e.Picks {
		p := &e.Picks[i]
		p.Link = secrets.Link(p.Link, p.Source)
		p.Title, p.Excerpt = secrets.Known(p.Title), secrets.Known(p.Excerpt)
		p.Also = publicLinks(p.Also, p.Source, secrets)
	}
	e.More = slices.Clone(e.More)
	for i := range e.More {
		e.More[i].Articles = publicLinks(e.More[i].Articles, "", secrets)
	}
	return e
}

func publicLinks(all []broadsheet.Also, source string, secrets *link.Secrets) []broadsheet.Also {
	all = slices.Clone(all)
	for i := range all {
		all[i].Link, all[i].Title = secrets.Link(all[i].Link, source), secrets.Known(all[i].Title)
	}
	return all
}

// atHand is how many editions are kept in memory, so that a month's sheets and the latest feeds read each but once.
const atHand = 64

// edition is the edition of a day, its picks without their full texts.
func (p *publisher) edition(ctx context.Context, day broadsheet.Day) (broadsheet.Edition, error) {
	if e, ok := p.editions[day]; ok {
		return e, nil
	}
	e, err := p.source.Edition(ctx, day)
	if err != nil {
		return e, err
	}
	e = p.withoutPrivate(WithoutSecrets(e, p.secrets))
	for i := range e.Picks {
		e.Picks[i].Text = ""
	}
	if len(p.editionCache) == atHand {
		delete(p.editions, p.editionCache[0])
		p.editionCache = p.editionCache[1:]
	}
	p.editions[day], p.editionCache = e, append(p.editionCache, day)
	return e, nil
}

// latest are the picks of the newest editions, newest edition first, until there are enough.
func (p *publisher) latest(ctx context.Context, enough int) ([]Placed, error) {
	var picks []Placed
	for i := len(p.source.Days) - 1; i >= 0 && len(picks) < enough; i-- {
		e, err := p.edition(ctx, p.source.Days[i].Day)
		if err != nil {
			return nil, err
		}
		picks = append(picks, placed(e)...)
	}
	return picks[:min(enough, len(picks))], nil
}

// subscription are the picks that people subscribe to: the newest, and all of the month that no archive document holds
// yet, so that the feed and its archives together have no gap (RFC 5005 section 4).
func (p *publisher) subscription(ctx context.Context, months []span) ([]Placed, error) {
	enough := subscribed
	if n := len(months); n > 0 {
		open := 0
		for _, d := range p.days(months[n-1]) {
			open += d.Picks
		}
		enough = max(enough, open)
	}
	return p.latest(ctx, enough)
}

func placed(e broadsheet.Edition) []Placed {
	var picks []Placed
	places := e.Places()
	for i, pick := range e.Picks {
		picks = append(picks, Placed{Pick: pick, Day: e.Day, At: e.At, Place: places[i]})
	}
	return picks
}

// now is the pick as its article is known now. What has changed counts only when the article says that it has been
// updated since, so that nothing changes in a reader's eyes without a new updated time.
func (p *publisher) now(ctx context.Context, pick Placed) (Placed, error) {
	if p.source.Current == nil {
		return pick, nil
	}
	a, ok := p.current[pick.Key]
	if !ok {
		var err error
		if a, err = p.source.Current(ctx, pick.Key); err != nil {
			return pick, err
		}
		p.current[pick.Key] = a
	}
	if a.Key == "" || !a.Updated.After(pick.Updated) || !a.Updated.After(pick.At) {
		return pick, nil
	}
	pick.Updated = a.Updated
	pick.Title = cmp.Or(p.secrets.Known(a.Title), pick.Title)
	pick.Excerpt = cmp.Or(p.secrets.Known(a.Excerpt), pick.Excerpt)
	return pick, nil
}

func siteURL(url string) string {
	url = link.WebURI(url)
	if url != "" && url[len(url)-1] != '/' {
		url += "/"
	}
	return url
}
