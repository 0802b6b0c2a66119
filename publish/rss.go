package publish

import (
	"encoding/xml"
	"html"
	"strings"
	"time"

	"github.com/gorilla/feeds"
)

// The RSS of gorilla/feeds has no atom:link, one category, and an author that must be a mail address; what follows
// embeds its types and adds what is missing.

type rssDocument struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Atom    string     `xml:"xmlns:atom,attr"`
	DC      string     `xml:"xmlns:dc,attr"`
	Channel rssChannel `xml:"channel"`
}

// FeedXml makes it a feeds.XmlFeed.
func (d *rssDocument) FeedXml() any { return d }

type rssChannel struct {
	*feeds.RssFeed
	Links []rssLink  `xml:"atom:link"`
	Items []*rssItem `xml:"item"`
}

type rssLink struct {
	Href string `xml:"href,attr"`
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
}

type rssItem struct {
	*feeds.RssItem
	Link       string        `xml:"link,omitempty"`
	Creators   []string      `xml:"dc:creator"`
	Categories []rssCategory `xml:"category"`
	Source     *rssSource    `xml:"source"`
}

type rssCategory struct {
	Domain string `xml:"domain,attr,omitempty"`
	Name   string `xml:",chardata"`
}

type rssSource struct {
	URL  string `xml:"url,attr"`
	Name string `xml:",chardata"`
}

// rssTime is RFC 822 with a year of four digits.
func rssTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return utc(t).Format(time.RFC1123Z)
}

// rss tells entries as RSS 2.0.
func (p *press) rss(ch channel, entries []entry) ([]byte, error) {
	f := &feeds.RssFeed{
		Title: unmarked(ch.Title), Description: unmarked(pathOr(ch.Subtitle, ch.Title)), Link: p.absolute(ch.Page),
		Language: strings.ToLower(feedLanguage(p.config.Language)), LastBuildDate: rssTime(ch.Updated), PubDate: rssTime(ch.Updated),
		Generator: "Broadsheet", Docs: "https://www.rssboard.org/rss-specification",
	}
	d := &rssDocument{
		Version: "2.0", Atom: "http://www.w3.org/2005/Atom", DC: "http://purl.org/dc/elements/1.1/",
		Channel: rssChannel{RssFeed: f},
	}
	if p.site == "" {
		f.Link = ch.ID // a channel must have a link, and an address that is made up would lead somewhere else
	} else {
		d.Channel.Links = append(d.Channel.Links, rssLink{p.absolute(ch.Path), "self", "application/rss+xml"})
		if hub := p.hub(); hub != "" {
			d.Channel.Links = append(d.Channel.Links, rssLink{hub, "hub", ""})
		}
	}
	for _, e := range entries {
		d.Channel.Items = append(d.Channel.Items, p.rssItem(e))
	}
	return xmlDocument(d, between(ch.Path, "feed.css"))
}

func (p *press) rssItem(e entry) *rssItem {
	i := &rssItem{
		RssItem: &feeds.RssItem{
			Title: unmarked(e.Title), PubDate: rssTime(e.Published), Description: html.EscapeString(pathOr(e.Excerpt, e.Title)),
			Guid: &feeds.RssGuid{Id: e.ID, IsPermaLink: "false"},
		},
		Link: e.Link,
	}
	for _, name := range e.Authors {
		i.Creators = append(i.Creators, unmarked(name))
	}
	for _, t := range e.Topics {
		i.Categories = append(i.Categories, rssCategory{p.absolute("topics/"), unmarked(t.Label)})
	}
	if e.SourceFeed != "" {
		i.Source = &rssSource{e.SourceFeed, unmarked(e.Source)}
	}
	return i
}
