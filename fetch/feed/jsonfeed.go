package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"broadsheet"
	"broadsheet/fetch/text"

	feeds "github.com/mmcdole/gofeed/json"
)

// parseJSONFeed parses JSON Feed 1.0 and 1.1. Items are decoded one by one, so that a bad item does not cost the others,
// and a document that is cut off still gives its complete items.
func parseJSONFeed(content []byte, base *url.URL) (Document, error) {
	feed, entries, whole := decodeJSONFeed(content)
	items, leftOut := entries.keep()
	if feed == nil {
		if whole {
			return Document{}, errors.New("JSON, but not a JSON Feed: it has no items; check the address")
		}
		return Document{}, errors.New("JSON that is cut off or broken before its first item; look whether the address still serves a feed")
	}
	if !whole && len(items) == 0 {
		return Document{}, errors.New("the feed is cut off before its first item is complete; the next visit may get more")
	}
	doc := Document{Title: text.TitleText(feed.Title), HomePage: text.SafeLink(feed.HomePageURL, base), SelfLink: text.SafeLink(feed.FeedURL, base), Salvaged: !whole, LeftOut: leftOut}
	var all []rawItem
	for _, item := range items {
		all = append(all, convertJSONItem(item, feed, base))
	}
	doc.addItems(all, feed.Language)
	return doc, nil
}

// decodeJSONFeed decodes the feed's own fields and its items into gofeed's types. whole is false if the document is cut
// off.
func decodeJSONFeed(text []byte) (feed *feeds.Feed, items *newest[*feeds.Item], whole bool) {
	items = &newest[*feeds.Item]{}
	d := json.NewDecoder(bytes.NewReader(text))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return nil, items, err == nil
	}
	head := map[string]json.RawMessage{}
	found := false
	for d.More() {
		token, err := d.Token()
		key, ok := token.(string)
		if err != nil || !ok {
			return decodeJSONHead(head, found), items, false
		}
		if key == "items" {
			found = true
			if err = decodeJSONItems(d, items); err != nil {
				return decodeJSONHead(head, true), items, false
			}
			continue
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return decodeJSONHead(head, found), items, false
		}
		head[strings.ToLower(key)] = value
	}
	_, err := d.Token()
	return decodeJSONHead(head, found), items, err == nil
}

func decodeJSONItems(d *json.Decoder, items *newest[*feeds.Item]) error {
	token, err := d.Token()
	if err != nil || token != json.Delim('[') {
		return fmt.Errorf("items: %v, %w", token, err)
	}
	for d.More() {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		if item := decodeJSONItem(raw); item != nil {
			items.add(datedEntry[*feeds.Item]{entry: item, published: item.DatePublished, updated: item.DateModified, link: firstText([]string{item.URL, item.ExternalURL})})
		}
	}
	_, err = d.Token()
	return err
}

// decodeJSONItem decodes one item. A field of the wrong type is dropped, not the item.
func decodeJSONItem(raw json.RawMessage) *feeds.Item {
	item := &feeds.Item{}
	if json.Unmarshal(raw, item) == nil {
		return item
	}
	var all map[string]json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		return nil
	}
	item = &feeds.Item{}
	for key, value := range all {
		if one, err := json.Marshal(map[string]json.RawMessage{key: value}); err == nil {
			part := *item
			if json.Unmarshal(one, &part) == nil {
				part.ID = firstText([]string{item.ID, part.ID})
				*item = part
			}
		}
	}
	return item
}

// decodeJSONHead decodes the feed's own fields. It returns nil if nothing shows that the document is a feed.
func decodeJSONHead(head map[string]json.RawMessage, found bool) *feeds.Feed {
	var version string
	_ = json.Unmarshal(head["version"], &version)
	if !found && !strings.Contains(version, "jsonfeed.org") {
		return nil
	}
	feed := &feeds.Feed{}
	for key, value := range head {
		if one, err := json.Marshal(map[string]json.RawMessage{key: value}); err == nil {
			part := *feed
			if json.Unmarshal(one, &part) == nil {
				*feed = part
			}
		}
	}
	return feed
}

func convertJSONItem(item *feeds.Item, feed *feeds.Feed, base *url.URL) rawItem {
	raw := rawItem{
		FeedItem: broadsheet.FeedItem{
			GUID:     item.ID,
			Link:     firstText([]string{text.SafeLink(item.ExternalURL, base), text.SafeLink(item.URL, base), text.SafeLink(item.ID, nil)}),
			Authors:  firstNonEmpty(jsonAuthors(item.Authors, item.Author), jsonAuthors(feed.Authors, feed.Author)),
			Summary:  text.ToHTML(item.Summary),
			Content:  item.ContentHTML,
			Tags:     item.Tags,
			Language: firstText([]string{item.Language, feed.Language}),
			Image:    firstText([]string{text.SafeLink(item.Image, base), text.SafeLink(item.BannerImage, base)}),
		},
		titles:    []string{item.Title},
		published: []string{item.DatePublished},
		updated:   []string{item.DateModified},
	}
	if raw.Content == "" {
		raw.Content = text.ToHTML(item.ContentText)
	}
	if own := text.SafeLink(item.URL, base); own != raw.Link {
		raw.Via = own
	}
	return raw
}

func jsonAuthors(all []*feeds.Author, one *feeds.Author) []string {
	var found []string
	for _, a := range append(all, one) {
		if a != nil && a.Name != "" {
			found = append(found, a.Name)
		}
	}
	return found
}
