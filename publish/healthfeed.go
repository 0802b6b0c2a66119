package publish

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"broadsheet/internal/health"
	"broadsheet/internal/link"
	"broadsheet/publish/feeds"
)

// healthPath is the path of the maintainer's feed.
const healthPath = "health.xml"

// healthFeed returns the Atom feed of what happened to sources, for the maintainer: an entry when a state begins, none while
// it lasts.
func (p *publisher) healthFeed() ([]byte, error) {
	ch := feeds.Channel{ID: p.feedID(healthPath), Title: p.config.Title + ": health of its sources", Path: healthPath, PagePath: "sources/"}
	ch.Subtitle = "What breaks, moves, recovers or falls silent, once each"
	var entries []feeds.Entry
	same := 0 // a second more for each further event of the same time, so that no two entries share an updated time
	for i, e := range slices.Backward(p.src.Health) {
		if same++; i+1 == len(p.src.Health) || !e.At.Equal(p.src.Health[i+1].At) {
			same = 0
		}
		entry := p.healthEntry(e)
		entry.Updated = e.At.Add(time.Duration(same) * time.Second)
		entries, ch.Updated = append(entries, entry), entry.Updated
	}
	slices.Reverse(entries)
	return p.encoder().Atom(ch, entries, "feed.css")
}

// healthText returns the text of an event without private addresses, paths of files and secrets.
func (p *publisher) healthText(e health.Event) string {
	if s, listed := p.sources[e.Source]; listed && (s.AllowPrivate || s.Secret) || strings.HasPrefix(e.Source, "file:") {
		return "broadsheet status says more"
	}
	if e.Kind == "unlinked" {
		return "broadsheet status says which"
	}
	if e.Kind == "moved" {
		if address := link.WebURI(strings.TrimPrefix(e.Text, "to ")); link.IsPublic(address) && p.secrets.RedactText(address) == address && p.secrets.RedactKnown(e.Source) == e.Source {
			return "It moved to " + address
		}
		return "It moved; broadsheet status says where"
	}
	return link.PublicText(p.secrets.RedactText(e.Text))
}

func (p *publisher) healthEntry(e health.Event) feeds.Entry {
	title, advice := health.Message(e.Kind)
	name := clean(e.Name)
	if name == "" {
		name = hostName(e.Source)
	}
	var sentences []string
	if text := clean(p.healthText(e)); text != "" {
		sentences = append(sentences, text+".")
	}
	if advice != "" {
		sentences = append(sentences, strings.ToUpper(advice[:1])+advice[1:]+".")
	}
	entry := feeds.Entry{
		ID: stableURN("health", e.Source, e.Kind, strconv.FormatInt(e.At.Unix(), 10)), Published: e.At, Updated: e.At,
		Title: fmt.Sprintf(title, name), Content: cmp.Or(strings.Join(sentences, " "), "There is nothing more to say."),
	}
	if p.site != "" {
		entry.Link = p.site + "sources/"
	}
	return entry
}
