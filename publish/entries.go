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

// encoder returns the encoder of the site's feeds.
func (p *publisher) encoder() feeds.Encoder {
	return feeds.Encoder{Title: p.config.Title, Site: p.site, Language: p.config.Language, Hub: p.publicHub()}
}

// entry returns a pick as an entry of a feed: its text clean, its links valid, no required field empty.
func (p *publisher) entry(pick EditionPick) feeds.Entry {
	e := feeds.Entry{
		ID:        pick.ID(),
		Title:     title(pick.Pick),
		Link:      link.WebURI(pick.Link),
		Published: timeOr(pick.Published, pick.EditionTime),
		Updated:   updatedTime(pick),
		Excerpt:   clean(pick.Excerpt),
		Language:  feeds.FeedLanguage(pick.Language),
		Source:    cmp.Or(clean(pick.SourceName), hostName(pick.Link), "unknown source"),
		Topics:    p.feedTopics(pick.Topics),
	}
	for _, also := range cleanLinks(pick.Also) {
		e.Also = append(e.Also, feeds.SourceLink{Source: also.SourceName, Link: also.Link})
	}
	e.Authors = authors(pick.Authors, e.Source)
	e.SourceID = p.sourceURI(pick.Source)
	s, ok := p.sources[pick.Source]
	if ok && s.Kind == broadsheet.KindFeed {
		e.SourceFeed = p.publicAddress(s)
	}
	if ok {
		e.SourceHome = p.publicHome(s)
	}
	return e
}

// entries returns the entries of picks, in their order, each article once.
func (p *publisher) entries(picks []EditionPick) []feeds.Entry {
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

// updatedTime returns the updated time of a pick's entry: when its edition was composed, less a second for each position, so
// that no two entries share a time and sorting by it gives the edition's order; or when the article was updated after that.
func updatedTime(pick EditionPick) time.Time {
	t := pick.EditionTime.Add(-time.Duration(pick.Position) * time.Second)
	if pick.Updated.After(pick.EditionTime) {
		t = pick.Updated
	}
	return feeds.WholeSeconds(t)
}

// timeOr returns t, or other if t is zero, as feeds write it.
func timeOr(t, other time.Time) time.Time {
	if t.IsZero() {
		t = other
	}
	return feeds.WholeSeconds(t)
}

// title returns the title of a pick, or a substitute. It is never empty: a feed's entry must have a title, and a page's link
// must have a text.
func title(pick broadsheet.Pick) string {
	if t := clean(pick.Title); t != "" {
		return t
	}
	if words := strings.Fields(clean(pick.Excerpt)); len(words) > 0 {
		return strings.Join(words[:min(8, len(words))], " ") + " …"
	}
	return cmp.Or(strings.TrimPrefix(link.WebURI(pick.Link), "https://"), "Untitled")
}

// hostName returns the host of a web address without "www."; empty if address is not one.
func hostName(address string) string {
	u, err := url.Parse(link.WebURI(address))
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Hostname(), "www.")
}

var mailAddress = regexp.MustCompile(`\b([\w.+-]+)@[\w-]+(\.[\w-]+)+`)

// authors returns the names to show, without duplicates; the source's name if there is none. Mail addresses are cut to the
// part before the "@": nobody gave us permission to publish them.
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

// SourceURI returns the id of a source in everything that is published. It never changes: the source's address if that is
// public and a valid URI, else a URN derived from its ID.
func SourceURI(s broadsheet.Source) string {
	if link := link.WebURI(link.PublicURL(s)); link != "" && link == s.ID() {
		return link
	}
	return stableURN("source", s.ID())
}

// sourceURI returns the SourceURI of the source with an ID, whether feeds.yaml still lists it or not.
func (p *publisher) sourceURI(id string) string {
	s, listed := p.sources[id]
	if !listed {
		s.URL = id
		s.Secret = p.secrets.RedactKnown(id) != id // it was removed from feeds.yaml
	}
	return SourceURI(s.Source)
}

// stableURN returns a URN derived from parts (urn:uuid:…), for what has no address: the same parts give the same URN.
func stableURN(parts ...string) string {
	return broadsheet.Article{Key: "broadsheet " + strings.Join(parts, " ")}.ID()
}

// cleanLinks returns those links that are web addresses, with clean names and titles.
func cleanLinks(also []broadsheet.SourceLink) []broadsheet.SourceLink {
	var all []broadsheet.SourceLink
	for _, a := range also {
		if link := link.WebURI(a.Link); link != "" {
			name := cmp.Or(clean(a.SourceName), hostName(a.Link))
			all = append(all, broadsheet.SourceLink{SourceName: name, Link: link, Title: clean(a.Title)})
		}
	}
	return all
}

// feedTopics returns topics as categories of an entry, each with the path of its page if it has one.
func (p *publisher) feedTopics(names []string) []feeds.Topic {
	var all []feeds.Topic
	for _, name := range names {
		t := feeds.Topic{Name: clean(name), Label: clean(name)}
		if t.Name == "" {
			continue
		}
		if page := findTopic(p.topics, name); page != nil {
			t.Label, t.Path = page.Label, page.Path
		}
		all = append(all, t)
	}
	return all
}

// findTopic returns the page of the topic or company with a name; nil if feeds.yaml no longer lists it: it has no page then.
func findTopic(pages []*topicPage, name string) *topicPage {
	for _, t := range pages {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// minFeedPicks is the least number of picks in the main feeds: about a week's, so that no reader that polls once a day misses
// one.
const minFeedPicks = 60

// mainChannel returns the channel of a feed of the whole publication, at path.
func (p *publisher) mainChannel(path string, entries []feeds.Entry) feeds.Channel {
	return feeds.Channel{ID: p.feedID("atom.xml"), Title: p.config.Title, Subtitle: p.config.Subtitle, Path: path, Updated: lastUpdated(entries)}
}

// feedID returns the id of the feed at path. It never changes once there is an edition. Until then it is the feed's address,
// or a URN derived from the title if the address is not known.
func (p *publisher) feedID(path string) string {
	if p.feedRoot != "" {
		return stableURN("feed", p.feedRoot, path)
	}
	if p.site != "" {
		return p.site + path
	}
	return stableURN("feed", p.config.Title, path)
}

// findFeedRoot sets feedRoot and publicFeedRoot. The ids of the feeds are derived from the first edition, so that they stay
// the same when the site's address or title changes.
func (p *publisher) findFeedRoot(ctx context.Context) error {
	if len(p.src.Days) > 0 {
		first, err := p.edition(ctx, p.src.Days[0].Day)
		if err != nil {
			return err
		}
		p.publicFeedRoot = editionID(first)
	}
	p.feedRoot = p.publicFeedRoot
	if p.src.IDRoot.Day != "" {
		p.feedRoot = editionID(p.src.IDRoot)
	}
	return nil
}

// editionID returns the id of an edition's entry. It never changes, since an edition's day and original first pick do not.
func editionID(e broadsheet.Edition) string {
	return stableURN("edition", string(e.Day), e.FirstID())
}

// lastUpdated returns the latest updated time of entries, for the feed as a whole: the feed changes only when an entry does.
func lastUpdated(entries []feeds.Entry) time.Time {
	var t time.Time
	for _, e := range entries {
		if e.Updated.After(t) {
			t = e.Updated
		}
	}
	return t
}
