package publish

import (
	"cmp"
	"net/url"
	"regexp"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/internal/link"
)

// entry is a pick as every feed tells it: clean, complete, its links valid.
type entry struct {
	ID         string
	Title      string
	Link       string // empty: the article has no address that may be linked to
	Published  time.Time
	Updated    time.Time // differs from entry to entry, and moves only when the work changes
	Authors    []string  // never empty
	Excerpt    string    // may be empty
	Language   string    // as feeds may carry it; may be empty
	Source     string    // as shown
	SourceID   string    // valid URI
	SourceFeed string    // address of the source's feed; empty: it has none, or is not listed any more
	SourceHome string    // address of the source's site; may be empty
	Topics     []*subject
	Also       []broadsheet.Also
}

func (p *press) entry(pick Placed) entry {
	e := entry{
		ID:        pick.ID(),
		Title:     title(pick.Pick),
		Link:      weblink(pick.Link),
		Published: told(pick.Published, pick.At),
		Updated:   updated(pick),
		Excerpt:   clean(pick.Excerpt),
		Language:  feedLanguage(pick.Language),
		Source:    cmp.Or(clean(pick.SourceName), host(pick.Link), "unknown source"),
		Also:      alsoAt(pick.Also),
		Topics:    p.topicsOf(pick.Topics),
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
func (p *press) entries(picks []Placed) []entry {
	var all []entry
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
	return utc(t)
}

func told(t, other time.Time) time.Time {
	if t.IsZero() {
		t = other
	}
	return utc(t)
}

// utc is t in the form that all feeds use: whole seconds of UTC.
func utc(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// title is never empty: a feed's entry must have one, and a page's link needs words.
func title(pick broadsheet.Pick) string {
	if t := clean(pick.Title); t != "" {
		return t
	}
	if words := strings.Fields(clean(pick.Excerpt)); len(words) > 0 {
		return strings.Join(words[:min(8, len(words))], " ") + " …"
	}
	return cmp.Or(strings.TrimPrefix(weblink(pick.Link), "https://"), "Untitled")
}

func host(link string) string {
	u, err := url.Parse(weblink(link))
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
	if link := weblink(link.PublicURL(s)); link != "" && link == s.ID() {
		return link
	}
	return urn("source", s.ID())
}

// sourceURI is SourceURI of the source that is known by id, whether it is still listed or not.
func (p *press) sourceURI(id string) string {
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
		if link := weblink(a.Link); link != "" {
			name := cmp.Or(clean(a.SourceName), host(a.Link))
			all = append(all, broadsheet.Also{SourceName: name, Link: link, Title: clean(a.Title)})
		}
	}
	return all
}

func (p *press) topicsOf(names []string) []*subject {
	var all []*subject
	for _, name := range names {
		if clean(name) == "" {
			continue
		}
		s := find(p.topics, name)
		if s == nil {
			s = &subject{Name: name, Label: clean(name)}
		}
		all = append(all, s)
	}
	return all
}

// find is the listed subject of that name; nil when feeds.yaml does not have it any more: it has no page then.
func find(subjects []*subject, name string) *subject {
	for _, s := range subjects {
		if s.Name == name {
			return s
		}
	}
	return nil
}
