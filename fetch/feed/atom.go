package feed

import (
	"strings"

	"broadsheet"
	"broadsheet/fetch/text"

	"github.com/mmcdole/gofeed/atom"
)

// convertAtom converts a repaired Atom feed, as gofeed parsed it.
func convertAtom(feed *atom.Feed, texts placeholderTexts) Document {
	x := feed.Extensions
	doc := Document{
		Title:    text.TitleText(firstText([]string{feed.Title}, extensions(x, "dc title"))),
		HomePage: atomLinks(feed.Links).alternate(),
		SelfLink: atomLinks(feed.Links).withRel("self"),
		Hints:    hints(firstText(extensions(x, "extra ttl")), extensions(x, "sy updateperiod"), extensions(x, "sy updatefrequency"), nil, nil),
	}
	language := firstText(extensions(x, "extra language"))
	authors := firstNonEmpty(atomPersons(feed.Authors), extensions(x, "itunes author"))
	var all []rawItem
	for _, entry := range feed.Entries {
		all = append(all, convertAtomEntry(entry, texts, doc.HomePage, language, authors))
	}
	doc.addItems(all, language)
	return doc
}

func convertAtomEntry(entry *atom.Entry, texts placeholderTexts, home, language string, authors []string) rawItem {
	x := entry.Extensions
	item := rawItem{
		FeedItem: broadsheet.FeedItem{
			GUID:     firstText(extensions(x, "extra id"), extensions(x, "extra about")),
			Summary:  texts.originalText(firstText([]string{entry.Summary}, extensions(x, "dc description", "itunes summary", "media description"))),
			Authors:  firstNonEmpty(atomPersons(entry.Authors), extensions(x, "dc creator"), extensions(x, "extra sourceauthor"), authors),
			Tags:     extensions(x, "dc subject"),
			Language: firstText(extensions(x, "extra language"), []string{language}),
			Image:    firstText(extensions(x, "extra image")),
		},
		titles:    append([]string{entry.Title}, extensions(x, "dc title", "media title", "itunes title")...),
		published: append([]string{entry.Published}, extensions(x, "dcterms issued", "dcterms created", "dc date")...),
		updated:   append([]string{entry.Updated}, extensions(x, "dcterms modified")...),
	}
	if entry.Content != nil {
		item.Content = texts.originalText(entry.Content.Value)
	}
	for _, category := range entry.Categories {
		if !strings.HasSuffix(category.Scheme, "#kind") { // Blogger's internal mark
			item.Tags = append(item.Tags, firstText([]string{category.Term, category.Label}))
		}
	}
	all := atomLinks(entry.Links)
	for _, l := range entry.Links {
		if l.Rel == "enclosure" && strings.HasPrefix(l.Type, "image/") {
			item.Image = firstText([]string{item.Image, l.Href})
		}
	}
	item.Link = firstText([]string{text.SafeLink(firstText(extensions(x, "feedburner origlink")), nil), all.alternate(), text.SafeLink(item.GUID, nil), all.fallback()})
	item.setVia(all.withRel("related"), home)
	return item
}

func atomLinks(all []*atom.Link) links {
	var found links
	for _, l := range all {
		found = append(found, entryLink{l.Href, l.Rel, l.Type})
	}
	return found
}

// atomPersons returns people's names, or mail addresses where they have no name.
func atomPersons(all []*atom.Person) []string {
	var found []string
	for _, p := range all {
		found = append(found, nameOrEmail(p.Name, p.Email))
	}
	return found
}
