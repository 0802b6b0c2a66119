package feed

import (
	"strings"

	"broadsheet"
	"broadsheet/fetch/text"

	ext "github.com/mmcdole/gofeed/extensions"
	"github.com/mmcdole/gofeed/rss"
)

// convertRSS converts a repaired feed of the RSS family, as gofeed parsed it.
func convertRSS(feed *rss.Feed, texts placeholderTexts) Document {
	x := feed.Extensions
	doc := Document{
		Title:    text.TitleText(firstText([]string{feed.Title}, extensions(x, "atom title", "dc title"))),
		HomePage: firstText(feed.Links, []string{rssLinks(x["atom"]["link"]).alternate()}),
		SelfLink: rssLinks(x["atom"]["link"]).withRel("self"),
		Hints:    hints(feed.TTL, extensions(x, "sy updateperiod"), extensions(x, "sy updatefrequency"), feed.SkipHours, feed.SkipDays),
	}
	language := firstText(extensions(x, "extra language"))
	authors := extensions(x, "extra author", "itunes author")
	var all []rawItem
	for _, item := range feed.Items {
		all = append(all, convertRSSItem(item, texts, doc.HomePage, language, authors))
	}
	doc.addItems(all, language)
	return doc
}

func convertRSSItem(item *rss.Item, texts placeholderTexts, home, language string, authors []string) rawItem {
	x := item.Extensions
	raw := rawItem{
		FeedItem: broadsheet.FeedItem{
			Summary:  texts.originalText(firstText([]string{item.Description}, extensions(x, "atom summary", "dc description", "itunes summary", "media description", "itunes subtitle"))),
			Content:  texts.originalText(item.Content),
			Authors:  extensions(x, "dc creator"),
			Tags:     extensions(x, "dc subject"),
			Language: firstText(extensions(x, "extra language"), []string{language}),
			Image:    firstText(extensions(x, "extra image")),
		},
		titles:    append([]string{item.Title}, extensions(x, "atom title", "dc title", "media title", "itunes title")...),
		published: append([]string{item.PubDate}, extensions(x, "atom published", "dcterms issued", "dcterms created", "dc date")...),
		updated:   extensions(x, "atom updated", "dcterms modified"),
	}
	if item.Author != "" {
		raw.Authors = append([]string{item.Author}, raw.Authors...)
	}
	raw.Authors = firstNonEmpty(raw.Authors, extensions(x, "itunes author", "media credit", "extra sourceauthor"), authors)
	for _, category := range item.Categories {
		raw.Tags = append(raw.Tags, category.Value)
	}
	for _, enclosure := range item.Enclosures {
		raw.Image = firstText([]string{raw.Image, enclosure.URL})
	}
	raw.setIDAndLink(item, home)
	return raw
}

// setIDAndLink sets the item's id and link. The link is, in this order: the address before FeedBurner redirected it to
// count clicks, the first link, an Atom link of type alternate, a guid that is a permalink, the rdf:about address, and
// whatever else there is.
func (r *rawItem) setIDAndLink(item *rss.Item, home string) {
	x := item.Extensions
	permalink := ""
	if item.GUID != nil {
		r.GUID = item.GUID.Value
		if item.GUID.IsPermalink != "false" {
			permalink = text.SafeLink(item.GUID.Value, nil)
		}
	}
	about := firstText(extensions(x, "extra about"))
	r.GUID = firstText([]string{r.GUID}, extensions(x, "extra id"), []string{about}, extensions(x, "dc identifier"))
	links := rssLinks(x["atom"]["link"])
	r.Link = firstText(
		[]string{text.SafeLink(firstText(extensions(x, "feedburner origlink")), nil)}, item.Links, []string{links.alternate(), permalink, text.SafeLink(about, nil)},
		[]string{text.SafeLink(firstText(extensions(x, "extra id")), nil), links.fallback()},
	)
	r.setVia(firstText([]string{permalink, text.SafeLink(item.Comments, nil)}), home)
}

// extensions returns the values of an item's extension elements. Each field is a prefix and a name, such as "dc
// creator".
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
