package feeds

import (
	"cmp"
	"encoding/xml"
	"html"
	"strings"
	"time"

	"github.com/gorilla/feeds"
)

// The RSS types of gorilla/feeds have no atom:link, one category, and an author that must be a mail address. The types here
// embed them and add what is missing.

type rssDocument struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Atom    string     `xml:"xmlns:atom,attr"`
	DC      string     `xml:"xmlns:dc,attr"`
	Channel rssChannel `xml:"channel"`
}

// FeedXml implements feeds.XmlFeed.
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

// rssTime returns t in the format of RFC 822 with a year of four digits; empty for the zero time.
func rssTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return WholeSeconds(t).Format(time.RFC1123Z)
}

// RSS encodes a feed as RSS 2.0. style is the relative link to its style sheet, for browsers.
func (e Encoder) RSS(ch Channel, entries []Entry, style string) ([]byte, error) {
	f := &feeds.RssFeed{
		Title: defuseMarkup(ch.Title), Description: defuseMarkup(cmp.Or(ch.Subtitle, ch.Title)), Link: e.absolute(ch.PagePath),
		Language: strings.ToLower(FeedLanguage(e.Language)), LastBuildDate: rssTime(ch.Updated), PubDate: rssTime(ch.Updated),
		Generator: "Broadsheet", Docs: "https://www.rssboard.org/rss-specification",
	}
	d := &rssDocument{
		Version: "2.0", Atom: "http://www.w3.org/2005/Atom", DC: "http://purl.org/dc/elements/1.1/",
		Channel: rssChannel{RssFeed: f},
	}
	if e.Site == "" {
		f.Link = ch.ID // a channel must have a link, and an invented address would be somebody else's
	} else {
		d.Channel.Links = append(d.Channel.Links, rssLink{e.absolute(ch.Path), "self", "application/rss+xml"})
		if e.Hub != "" {
			d.Channel.Links = append(d.Channel.Links, rssLink{e.Hub, "hub", ""})
		}
	}
	for _, entry := range entries {
		d.Channel.Items = append(d.Channel.Items, e.rssItem(entry))
	}
	return xmlDocument(d, style)
}

func (e Encoder) rssItem(from Entry) *rssItem {
	i := &rssItem{
		RssItem: &feeds.RssItem{
			Title: defuseMarkup(from.Title), PubDate: rssTime(from.Published), Description: html.EscapeString(cmp.Or(from.Excerpt, from.Title)),
			Guid: &feeds.RssGuid{Id: from.ID, IsPermaLink: "false"},
		},
		Link: from.Link,
	}
	for _, name := range from.Authors {
		i.Creators = append(i.Creators, defuseMarkup(name))
	}
	for _, t := range from.Topics {
		i.Categories = append(i.Categories, rssCategory{e.absolute("topics/"), defuseMarkup(t.Label)})
	}
	if from.SourceFeed != "" {
		i.Source = &rssSource{from.SourceFeed, defuseMarkup(from.Source)}
	}
	return i
}
