package feed

import (
	"strings"

	"broadsheet/fetch/text"

	ext "github.com/mmcdole/gofeed/extensions"
	"github.com/mmcdole/gofeed/rss"
)

// convertRSS puts a feed of the RSS family, mended before gofeed read it, into the words of this house.
func convertRSS(feed *rss.Feed, texts placeholderTexts) Document {
	x := feed.Extensions
	doc := Document{
		Title:    text.TitleText(first([]string{feed.Title}, extensions(x, "atom title", "dc title"))),
		HomePage: first(feed.Links, []string{rssLinks(x["atom"]["link"]).alternate()}),
		Self:     rssLinks(x["atom"]["link"]).rel("self"),
		Hints:    hints(feed.TTL, extensions(x, "sy updateperiod"), extensions(x, "sy updatefrequency"), feed.SkipHours, feed.SkipDays),
	}
	language := first(extensions(x, "told language"))
	authors := extensions(x, "told author", "itunes author")
	var all []rawItem
	for _, item := range feed.Items {
		all = append(all, convertRSSItem(item, texts, doc.HomePage, language, authors))
	}
	doc.convertItems(all, language)
	return doc
}

func convertRSSItem(item *rss.Item, texts placeholderTexts, home, language string, authors []string) rawItem {
	x := item.Extensions
	t := rawItem{
		titles:    extensions(x, "atom title", "dc title", "media title", "itunes title"),
		summary:   texts.originalText(first([]string{item.Description}, extensions(x, "atom summary", "dc description", "itunes summary", "media description", "itunes subtitle"))),
		content:   texts.originalText(item.Content),
		authors:   extensions(x, "dc creator"),
		tags:      extensions(x, "dc subject"),
		language:  first(extensions(x, "told language"), []string{language}),
		image:     first(extensions(x, "told image")),
		published: append([]string{item.PubDate}, extensions(x, "atom published", "dcterms issued", "dcterms created", "dc date")...),
		updated:   extensions(x, "atom updated", "dcterms modified"),
	}
	t.titles = append([]string{item.Title}, t.titles...)
	if item.Author != "" {
		t.authors = append([]string{item.Author}, t.authors...)
	}
	if len(t.authors) == 0 {
		t.authors = or(extensions(x, "itunes author", "media credit", "told sourceauthor"), authors)
	}
	for _, category := range item.Categories {
		t.tags = append(t.tags, category.Value)
	}
	for _, enclosure := range item.Enclosures {
		t.image = first([]string{t.image, enclosure.URL})
	}
	t.setIDAndLink(item, home)
	return t
}

// setIDAndLink finds out the item's own id and where it leads. In that order: the address before FeedBurner counted clicks,
// the first link, an Atom link to an alternate, a guid that is a permalink, the RDF address, and what else there is.
func (t *rawItem) setIDAndLink(item *rss.Item, home string) {
	x := item.Extensions
	permalink := ""
	if item.GUID != nil {
		t.guid = item.GUID.Value
		if item.GUID.IsPermalink != "false" {
			permalink = text.SafeLink(item.GUID.Value, nil)
		}
	}
	about := first(extensions(x, "told about"))
	t.guid = first([]string{t.guid}, extensions(x, "told id"), []string{about}, extensions(x, "dc identifier"))
	links := rssLinks(x["atom"]["link"])
	t.link = first(
		[]string{text.SafeLink(first(extensions(x, "feedburner origlink")), nil)}, item.Links, []string{links.alternate(), permalink, text.SafeLink(about, nil)},
		[]string{text.SafeLink(first(extensions(x, "told id")), nil), links.any()},
	)
	own := first([]string{permalink, text.SafeLink(item.Comments, nil)})
	if own != t.link && sameHost(own, home) && !sameHost(t.link, home) {
		t.via = own
	}
}

// extensions are what an item tells in fields that gofeed files by prefix, each named here by prefix and name.
func extensions(x ext.Extensions, fields ...string) []string {
	var all []string
	for _, f := range fields {
		prefix, name, _ := strings.Cut(f, " ")
		for _, e := range x[prefix][name] {
			if e.Value != "" {
				all = append(all, e.Value)
			}
		}
	}
	return all
}

func rssLinks(all []ext.Extension) links {
	var found links
	for _, e := range all {
		found = append(found, entryLink{e.Attrs["href"], e.Attrs["rel"], e.Attrs["type"]})
	}
	return found
}
