package publish

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"broadsheet/internal/health"
	"broadsheet/internal/link"
	"broadsheet/publish/feeds"
)

// healthPath is the path of the maintainer's feed.
const healthPath = "health.xml"

// healthMessages has, for each kind of event, the title of its entry (%s: the source) and what the maintainer can do.
var healthMessages = map[string][2]string{
	"broke":       {"%s does not answer", "Nothing is lost: it is asked again, more and more rarely. When it stays so, look whether its address in feeds.yaml is still right."},
	"recovered":   {"%s is well again", "There is nothing to do."},
	"moved":       {"%s has moved", "Put the new address into feeds.yaml; until then it is followed."},
	"gone":        {"%s is gone", "It says that it will not come back. Take it out of feeds.yaml, or look for its new address."},
	"stale":       {"%s has fallen silent", "It answers, but nothing new comes. Look whether it goes on under another address."},
	"unlinked":    {"%s links into a private network", "No reader could open those links, so they are not shown. Tell the site, or give the source allow_private: true if its readers are in that network."},
	"full":        {"%s tells of more than there is room for", "Nothing that is known is lost. Look whether it makes up new entries at every visit; if so, take it out of feeds.yaml."},
	"quarantined": {"%s may be somebody else's now", "What it tells is kept, and nothing of it is shown. Look at it. If it is what you want: broadsheet trust. If not, take it out of feeds.yaml; what was published of it goes with: broadsheet withdraw."},
	"trusted":     {"%s is out of quarantine", "It is shown again. There is nothing to do."},
	"rebound":     {"%s gave its articles new names", "They were recognised, and nothing is shown twice. There is nothing to do."},
}

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

// healthText returns the text of an event without private addresses and secrets.
func (p *publisher) healthText(e health.Event) string {
	if s, listed := p.sources[e.Source]; listed && (s.AllowPrivate || s.Secret) {
		return "broadsheet status says more"
	}
	if e.Kind == "unlinked" {
		return "broadsheet status says which"
	}
	if e.Kind == "moved" {
		if address := link.WebURI(e.Text); link.IsPublic(address) && p.secrets.RedactText(address) == address && p.secrets.RedactKnown(e.Source) == e.Source {
			return "It moved to " + address
		}
		return "It moved; broadsheet status says where"
	}
	return link.PublicText(p.secrets.RedactText(e.Text))
}

func (p *publisher) healthEntry(e health.Event) feeds.Entry {
	said, ok := healthMessages[e.Kind]
	if !ok {
		said = [2]string{"%s: " + e.Kind, ""}
	}
	name := clean(e.Name)
	if name == "" {
		name = hostName(e.Source)
	}
	text := clean(p.healthText(e))
	if text != "" {
		text += ". "
	}
	entry := feeds.Entry{
		ID: stableURN("health", e.Source, e.Kind, strconv.FormatInt(e.At.Unix(), 10)), Published: e.At, Updated: e.At,
		Title: fmt.Sprintf(said[0], name), Content: cmp.Or(text+said[1], "There is nothing more to say."),
	}
	if p.site != "" {
		entry.Link = p.site + "sources/"
	}
	return entry
}
