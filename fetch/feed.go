package fetch

import (
	"bytes"
	"fmt"
	"net/url"

	"broadsheet"

	"github.com/mmcdole/gofeed"
)

// parseFeed reads an RSS, Atom, RDF or JSON feed. contentType is the answer's header, base the address it came from.
func parseFeed(body []byte, contentType string, base *url.URL) (document, error) {
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(decode(body, contentType)))
	if err != nil {
		return document{}, fmt.Errorf("not a feed that can be read: %w; check the address", err)
	}
	doc := document{Title: plain(feed.Title), HomePage: safeLink(feed.Link, base)}
	for _, item := range feed.Items {
		told := broadsheet.Sighting{
			GUID:     item.GUID,
			Link:     safeLink(item.Link, base),
			Title:    plain(item.Title),
			Tags:     item.Categories,
			Language: feed.Language,
			Summary:  plain(item.Description),
			Content:  plain(item.Content),
		}
		for _, a := range item.Authors {
			told.Authors = append(told.Authors, clean(a.Name))
		}
		if item.PublishedParsed != nil {
			told.Published = *item.PublishedParsed
		}
		if item.UpdatedParsed != nil {
			told.Updated = *item.UpdatedParsed
		}
		doc.Told = append(doc.Told, told)
	}
	return doc, nil
}
