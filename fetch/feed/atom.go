package feed

import (
	"strings"

	"broadsheet/fetch/text"

	"github.com/mmcdole/gofeed/atom"
)

// convertAtom puts an Atom feed, mended before gofeed read it, into the words of this house.
func convertAtom(feed *atom.Feed, texts placeholderTexts) Document {
	x := feed.Extensions
	doc := Document{
		Title:    text.TitleText(first([]string{feed.Title}, extensions(x, "dc title"))),
		HomePage: atomLinks(feed.Links).alternate(),
		Self:     atomLinks(feed.Links).rel("self"),
		Hints:    hints(first(extensions(x, "told ttl")), extensions(x, "sy updateperiod"), extensions(x, "sy updatefrequency"), nil, nil),
	}
	language := first(extensions(x, "told language"))
	authors := or(atomPersons(feed.Authors), extensions(x, "itunes author"))
	var all []rawItem
	for _, entry := range feed.Entries {
		all = append(all, convertAtomEntry(entry, texts, doc.HomePage, language, authors))
	}
	doc.convertItems(all, language)
	return doc
}

func convertAtomEntry(entry *atom.Entry, texts placeholderTexts, home, language string, authors []string) rawItem {
	x := entry.Extensions
	t := rawItem{
		guid:      first(extensions(x, "told id"), extensions(x, "told about")),
		titles:    append([]string{entry.Title}, extensions(x, "dc title", "media title", "itunes title")...),
		summary:   texts.originalText(first([]string{entry.Summary}, extensions(x, "dc description", "itunes summary", "media description"))),
		authors:   or(or(atomPersons(entry.Authors), extensions(x, "dc creator")), or(extensions(x, "told sourceauthor"), authors)),
		tags:      extensions(x, "dc subject"),
		language:  first(extensions(x, "told language"), []string{language}),
		image:     first(extensions(x, "told image")),
		published: append([]string{entry.Published}, extensions(x, "dcterms issued", "dcterms created", "dc date")...),
		updated:   append([]string{entry.Updated}, extensions(x, "dcterms modified")...),
	}
	if entry.Content != nil {
		t.content = texts.originalText(entry.Content.Value)
	}
	for _, category := range entry.Categories {
		if !strings.HasSuffix(category.Scheme, "#kind") { // Blogger's note to itself
			t.tags = append(t.tags, first([]string{category.Term, category.Label}))
		}
	}
	all := atomLinks(entry.Links)
	for _, l := range entry.Links {
		if l.Rel == "enclosure" && strings.HasPrefix(l.Type, "image/") {
			t.image = first([]string{t.image, l.Href})
		}
	}
	t.link = first([]string{text.SafeLink(first(extensions(x, "feedburner origlink")), nil), all.alternate(), text.SafeLink(t.guid, nil), all.any()})
	if own := all.rel("related"); own != "" && own != t.link && sameHost(own, home) && !sameHost(t.link, home) {
		t.via = own
	}
	return t
}

func atomLinks(all []*atom.Link) links {
	var found links
	for _, l := range all {
		found = append(found, entryLink{l.Href, l.Rel, l.Type})
	}
	return found
}

// atomPersons are the names of people, or their addresses where they have none.
func atomPersons(all []*atom.Person) []string {
	var found []string
	for _, p := range all {
		found = append(found, nameOrMail(p.Name, p.Email))
	}
	return found
}
