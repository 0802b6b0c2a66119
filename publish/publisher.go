package publish

import (
	"cmp"
	"context"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"broadsheet"
	"broadsheet/internal/config"
	"broadsheet/internal/link"
	"broadsheet/publish/feeds"
)

// publisher holds what all files of one Write share.
type publisher struct {
	config          config.Config
	src             EditionSource
	theme           *theme
	zone            *time.Location
	secrets         *link.Secrets
	forMaintainer   bool   // the output is for the maintainer only, so that internal addresses stay in it
	showSecrets     bool   // secret addresses stay in it too
	site            string // config.URL, valid and ending in "/"; empty: not known where the site will be served
	feedRoot        string // id of the first edition ever, which the ids of all feeds are derived from; empty: no edition yet
	publicFeedRoot  string // the same, derived from the editions that are public
	withdrawnHash   string // hash of all withdrawals; empty: there has never been one
	renderHash      string // hash of what every page depends on; when it changes, all but the immutable files are rendered again
	topics          []*topicPage
	companies       []*topicPage
	sources         map[string]SourceStatus // by ID
	allowPrivate    map[string]bool         // IDs, names and URIs of the sources that have allow_private
	editionCache    map[broadsheet.Day]broadsheet.Edition
	cachedDays      []broadsheet.Day // the days in editionCache, first read first
	currentArticles map[string]broadsheet.Article
	recentByTopic   map[topicKey][]EditionPick // picks of the newest editions, by topic or company; nil: not read yet
}

// renderVersion is raised when the program writes other bytes for the same editions, so that old pages are rendered again.
const renderVersion = 5

func newPublisher(config config.Config, src EditionSource) (*publisher, error) {
	if err := checkDays(src.Days); err != nil {
		return nil, err
	}
	t, err := loadTheme(config.Theme)
	if err != nil {
		return nil, err
	}
	p := &publisher{
		config: config, src: src, theme: t,
		zone:            cmp.Or(config.Edition.Location, time.UTC),
		site:            siteURL(config.URL),
		sources:         map[string]SourceStatus{},
		allowPrivate:    map[string]bool{},
		editionCache:    map[broadsheet.Day]broadsheet.Edition{},
		currentArticles: map[string]broadsheet.Article{},
	}
	p.config.Title = cmp.Or(clean(config.Title), "Broadsheet")
	p.config.Subtitle = clean(config.Subtitle)
	p.config.Language = feeds.LanguageTag(config.Language, "en")
	for _, s := range src.Sources {
		p.sources[s.ID()] = s
		p.allowLinksOf(s.Source)
	}
	for _, s := range config.Sources {
		p.allowLinksOf(s)
	}
	if p.secrets = src.Secrets; p.secrets == nil {
		p.secrets = secretsOf(src.Sources)
	}
	p.topics = topicPages(config)
	p.companies = companyPages(config, src.Sources)
	p.withdrawnHash = withdrawalsHash(src)
	p.renderHash = p.computeRenderHash()
	return p, nil
}

// computeRenderHash returns the hash of everything that old pages depend on beside their editions.
func (p *publisher) computeRenderHash() string {
	c := p.config
	parts := []any{renderVersion, programRevision(), p.theme.hash, c.Title, c.Subtitle, p.site, c.Language, c.Contact, c.Hub, p.zone}
	parts = append(parts, len(p.companies) > 0)
	if secrets := p.secrets.Fingerprint(); secrets != "" {
		parts = append(parts, secrets)
	}
	subjects := p.topics
	if p.theme.dir != "" { // a maintainer's own templates may list all companies on every page
		subjects = slices.Concat(subjects, p.companies)
	}
	for _, s := range subjects {
		parts = append(parts, s.Name, s.Label, s.Path)
	}
	if p.withdrawnHash != "" { // old pages show articles of the days before them
		parts = append(parts, p.withdrawnHash)
	}
	return hashOf(parts...)
}

// withdrawalsHash returns the hash of all withdrawals and of the editions that they changed; empty if there has never been
// a withdrawal.
func withdrawalsHash(src EditionSource) string {
	if len(src.Withdrawals)+len(src.Revisions) == 0 {
		return ""
	}
	var parts []any
	for _, w := range src.Withdrawals {
		parts = append(parts, w.Kind, w.At.Unix(), w.Day, w.ID, w.Source, len(w.Articles))
	}
	for _, day := range slices.Sorted(maps.Keys(src.Revisions)) {
		parts = append(parts, day, src.Revisions[day])
	}
	return hashOf(parts...)
}

// editionsHash returns the hash of the inputs of an immutable file about editions. Secrets are part of it, since a file that
// was written before an address became secret may contain it, and so are withdrawals, since they change an edition.
func (p *publisher) editionsHash(days ...EditionRef) string {
	parts := []any{days}
	if secrets := p.secrets.Fingerprint(); secrets != "" {
		parts = append(parts, secrets)
	}
	for _, d := range days {
		if n := p.src.Revisions[d.Day]; n > 0 {
			parts = append(parts, d.Day, n)
		}
	}
	return hashOf(parts...)
}

// programRevision returns the version and the VCS revision of the program, if they are known.
func programRevision() string {
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

func secretsOf(sources []SourceStatus) *link.Secrets {
	var all []broadsheet.Source
	for _, s := range sources {
		all = append(all, s.Source)
	}
	return link.NewSecrets(all)
}

// WithoutSecrets returns e as it may be published: without secrets in its links and texts. Keys and sources stay, since ids
// are derived from them. e itself is not changed.
func WithoutSecrets(e broadsheet.Edition, secrets *link.Secrets) broadsheet.Edition {
	e.Picks = slices.Clone(e.Picks)
	for i := range e.Picks {
		p := &e.Picks[i]
		p.Link = secrets.PublicLink(p.Link, p.Source)
		p.Title, p.Excerpt = secrets.RedactKnown(p.Title), secrets.RedactKnown(p.Excerpt)
		p.Authors, p.Tags = redactTexts(p.Authors, secrets), redactTexts(p.Tags, secrets)
		p.Also = redactLinks(p.Also, p.Source, secrets)
	}
	e.More = slices.Clone(e.More)
	for i := range e.More {
		e.More[i].Articles = redactLinks(e.More[i].Articles, "", secrets)
	}
	return e
}

// redactTexts returns a copy of all without secrets.
func redactTexts(all []string, secrets *link.Secrets) []string {
	all = slices.Clone(all)
	for i := range all {
		all[i] = secrets.RedactKnown(all[i])
	}
	return all
}

// redactLinks returns a copy of all without secrets. source is the ID of the source that the links come from.
func redactLinks(all []broadsheet.SourceLink, source string, secrets *link.Secrets) []broadsheet.SourceLink {
	all = slices.Clone(all)
	for i := range all {
		all[i].Link, all[i].Title = secrets.PublicLink(all[i].Link, source), secrets.RedactKnown(all[i].Title)
	}
	return all
}

// editionCacheSize is how many editions are kept in memory, so that the files of a month and the feeds read each only once.
const editionCacheSize = 64

// edition returns the edition of a day, its picks without their full texts, from a cache that evicts the oldest read.
func (p *publisher) edition(ctx context.Context, day broadsheet.Day) (broadsheet.Edition, error) {
	if e, ok := p.editionCache[day]; ok {
		return e, nil
	}
	e, err := p.src.Edition(ctx, day)
	if err != nil {
		return e, err
	}
	e = p.withoutPrivate(WithoutSecrets(e, p.secrets))
	for i := range e.Picks {
		e.Picks[i].Text = ""
	}
	if len(p.cachedDays) == editionCacheSize {
		delete(p.editionCache, p.cachedDays[0])
		p.cachedDays = p.cachedDays[1:]
	}
	p.editionCache[day], p.cachedDays = e, append(p.cachedDays, day)
	return e, nil
}

// latestPicks returns the first n picks of the newest editions, newest edition first.
func (p *publisher) latestPicks(ctx context.Context, n int) ([]EditionPick, error) {
	var picks []EditionPick
	for i := len(p.src.Days) - 1; i >= 0 && len(picks) < n; i-- {
		e, err := p.edition(ctx, p.src.Days[i].Day)
		if err != nil {
			return nil, err
		}
		picks = append(picks, placedPicks(e)...)
	}
	return picks[:min(n, len(picks))], nil
}

// feedPicks returns the picks of the main feeds: the newest, and all of the current month, which has no archive document
// yet, so that the feed and its archives together have no gap (RFC 5005 section 4).
func (p *publisher) feedPicks(ctx context.Context, months []period) ([]EditionPick, error) {
	n := minFeedPicks
	if len(months) > 0 {
		n = max(n, p.countPicks(months[len(months)-1]))
	}
	return p.latestPicks(ctx, n)
}

// placedPicks returns the picks of an edition with their positions.
func placedPicks(e broadsheet.Edition) []EditionPick {
	var picks []EditionPick
	places := e.Positions()
	for i, pick := range e.Picks {
		picks = append(picks, EditionPick{Pick: pick, Day: e.Day, EditionTime: e.At, Position: places[i]})
	}
	return picks
}

// withCurrentText returns the pick with title, excerpt and updated time of its article as it is stored now. A change counts
// only if the article's updated time is later than the pick and its edition, so that no entry of a feed changes without a
// new updated time.
func (p *publisher) withCurrentText(ctx context.Context, pick EditionPick) (EditionPick, error) {
	if p.src.CurrentArticle == nil {
		return pick, nil
	}
	a, ok := p.currentArticles[pick.Key]
	if !ok {
		var err error
		if a, err = p.src.CurrentArticle(ctx, pick.Key); err != nil {
			return pick, err
		}
		p.currentArticles[pick.Key] = a
	}
	if a.Key == "" || !a.Updated.After(pick.Updated) || !a.Updated.After(pick.EditionTime) {
		return pick, nil
	}
	pick.Updated = a.Updated
	pick.Title = cmp.Or(p.secrets.RedactKnown(a.Title), pick.Title)
	pick.Excerpt = cmp.Or(p.secrets.RedactKnown(a.Excerpt), pick.Excerpt)
	return pick, nil
}

// siteURL returns a web address with a "/" at its end; empty if url is not one.
func siteURL(url string) string {
	url = link.WebURI(url)
	if url != "" && url[len(url)-1] != '/' {
		url += "/"
	}
	return url
}
