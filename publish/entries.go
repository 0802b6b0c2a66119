package publish

import (
	"cmp"
	"context"
	"net/url"
	"regexp"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/internal/link"
	"broadsheet/publish/feeds"
)

// encoder returns what writes the publication's feeds.
func (p *publisher) encoder() feeds.Encoder {
	return feeds.Encoder{Title: p.config.Title, Site: p.site, Language: p.config.Language, Hub: p.hub()}
}

// entry returns a pick as every feed tells it: clean, complete, its links valid.
func (p *publisher) entry(pick Placed) feeds.Entry {
	e := feeds.Entry{
		ID:        pick.ID(),
		Title:     title(pick.Pick),
		Link:      link.WebURI(pick.Link),
		Published: told(pick.Published, pick.At),
		Updated:   updated(pick),
		Excerpt:   clean(pick.Excerpt),
		Language:  feeds.FeedLanguage(pick.Language),
		Source:    cmp.Or(clean(pick.SourceName), host(pick.Link), "unknown source"),
		Topics:    p.topicsOf(pick.Topics),
	}
	for _, also := range alsoAt(pick.Also) {
		e.Also = append(e.Also, feeds.Also{Source: also.SourceName, Link: also.Link})
	}
	e.Authors = authors(pick.Authors, e.Source)
	e.SourceID = p.sourceURI(pick.Source)
	s, ok := p.sources[pick.Source]
	if ok && s.Kind == broadsheet.KindFeed {
		e.SourceFeed = p.address(s)
	}
	if ok {
		e.SourceHome = p.home(s)
	}
	return e
}

// entries are picks as feeds tell them, in their order, each article once.
func (p *publisher) entries(picks []Placed) []feeds.Entry {
	var all []feeds.Entry
	seen := map[string]bool{}
	for _, pick := range picks {
		if e := p.entry(pick); !seen[e.ID] {
			seen[e.ID] = true
			all = append(all, e)
		}
	}
	return all
}

// updated is when the entry last changed in a reader's eyes: when its edition was cut, a second less for each place, so
// that no two entries share it and sorting by it gives the edition's order; or when the work was updated after that.
func updated(pick Placed) time.Time {
	t := pick.At.Add(-time.Duration(pick.Place) * time.Second)
	if pick.Updated.After(pick.At) {
		t = pick.Updated
	}
	return feeds.UTC(t)
}

func told(t, other time.Time) time.Time {
	if t.IsZero() {
		t = other
	}
	return feeds.UTC(t)
}

// title is never empty: a feed's entry must have one, and a page's link needs words.
func title(pick broadsheet.Pick) string {
	if t := clean(pick.Title); t != "" {
		return t
	}
	if words := strings.Fields(clean(pick.Excerpt)); len(words) > 0 {
		return strings.Join(words[:min(8, len(words))], " ") + " …"
	}
	return cmp.Or(strings.TrimPrefix(link.WebURI(pick.Link), "https://"), "Untitled")
}

func host(address string) string {
	u, err := url.Parse(link.WebURI(address))
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Hostname(), "www.")
}

var mailAddress = regexp.MustCompile(`\b([\w.+-]+)@[\w-]+(\.[\w-]+)+`)

// authors are the names to show, mail addresses cut to what stands before the "@": nobody gave us leave to print them.
func authors(names []string, source string) []string {
	var all []string
	seen := map[string]bool{}
	for _, name := range names {
		name = clean(mailAddress.ReplaceAllString(name, "$1"))
		if name != "" && !seen[strings.ToLower(name)] {
			seen[strings.ToLower(name)] = true
			all = append(all, name)
		}
	}
	if len(all) == 0 {
		return []string{source}
	}
	return all
}

// SourceURI is what a source is called in all that is published, for life: its address where that may be told and is a
// valid URI, else a name made from what it is known by.
func SourceURI(s broadsheet.Source) string {
	if link := link.WebURI(link.PublicURL(s)); link != "" && link == s.ID() {
		return link
	}
	return urn("source", s.ID())
}

// sourceURI is SourceURI of the source that is known by id, whether it is still listed or not.
func (p *publisher) sourceURI(id string) string {
	s, listed := p.sources[id]
	if !listed {
		s.URL = id
		s.Secret = p.secrets.Known(id) != id // it was taken out of feeds.yaml
	}
	return SourceURI(s.Source)
}

// urn is a name for what has no address, always the same for the same parts.
func urn(parts ...string) string {
	return broadsheet.Article{Key: "broadsheet " + strings.Join(parts, " ")}.ID()
}

func alsoAt(also []broadsheet.Also) []broadsheet.Also {
	var all []broadsheet.Also
	for _, a := range also {
		if link := link.WebURI(a.Link); link != "" {
			name := cmp.Or(clean(a.SourceName), host(a.Link))
			all = append(all, broadsheet.Also{SourceName: name, Link: link, Title: clean(a.Title)})
		}
	}
	return all
}

func (p *publisher) topicsOf(names []string) []feeds.Topic {
	var all []feeds.Topic
	for _, name := range names {
		t := feeds.Topic{Name: clean(name), Label: clean(name)}
		if t.Name == "" {
			continue
		}
		if s := find(p.topics, name); s != nil {
			t.Label, t.Path = s.Label, s.Path
		}
		all = append(all, t)
	}
	return all
}

// find is the listed subject of that name; nil when feeds.yaml does not have it any more: it has no page then.
func find(subjects []*topicPage, name string) *topicPage {
	for _, s := range subjects {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// subscribed is how many picks the feed that people subscribe to holds at least: about a week, so that no reader that asks
// once a day misses one.
const subscribed = 60

// front is the channel of the whole publication, at path.
func (p *publisher) front(path string, entries []feeds.Entry) feeds.Channel {
	return feeds.Channel{ID: p.feedID("atom.xml"), Title: p.config.Title, Subtitle: p.config.Subtitle, Path: path, Updated: newest(entries)}
}

// feedID is a feed's identity: for life, once there is an edition. Until then it is its address, or a name made from the
// title where that is not known.
func (p *publisher) feedID(path string) string {
	if p.feedRoot != "" {
		return urn("feed", p.feedRoot, path)
	}
	if p.site != "" {
		return p.site + path
	}
	return urn("feed", p.config.Title, path)
}

// findFeedRoot finds what the publication is known by whatever becomes of its address and its title: its first edition.
func (p *publisher) findFeedRoot(ctx context.Context) error {
	if len(p.source.Days) > 0 {
		first, err := p.edition(ctx, p.source.Days[0].Day)
		if err != nil {
			return err
		}
		p.publicFeedRoot = editionID(first)
	}
	p.feedRoot = p.publicFeedRoot
	if p.source.Founder.Day != "" {
		p.feedRoot = editionID(p.source.Founder)
	}
	return nil
}

// editionID is an edition's identity, for life: its day and its first pick never change.
func editionID(e broadsheet.Edition) string {
	return urn("edition", string(e.Day), e.FirstID())
}

// newest is the latest updated time, so that no news is no change.
func newest(entries []feeds.Entry) time.Time {
	var t time.Time
	for _, e := range entries {
		if e.Updated.After(t) {
			t = e.Updated
		}
	}
	return t
}
