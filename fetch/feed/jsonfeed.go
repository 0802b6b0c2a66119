package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"broadsheet/fetch/text"

	feeds "github.com/mmcdole/gofeed/json"
)

// parseJSONFeed reads JSON Feed 1.0 and 1.1. Its items are read one by one, so that one that is wrong does not cost the
// others, and a document that is cut off gives those that are whole.
func parseJSONFeed(content []byte, base *url.URL) (Document, error) {
	feed, items, whole := jsonParts(content)
	if feed == nil {
		if whole {
			return Document{}, errors.New("JSON, but not a JSON Feed: it has no items; check the address")
		}
		return Document{}, errors.New("JSON that is cut off or broken before its first item; look whether the address still serves a feed")
	}
	if !whole && len(items) == 0 {
		return Document{}, errors.New("the feed is cut off before its first item is complete; the next visit may get more")
	}
	doc := Document{Title: text.TitleText(feed.Title), HomePage: text.SafeLink(feed.HomePageURL, base), Self: text.SafeLink(feed.FeedURL, base), Salvaged: !whole}
	var all []rawItem
	for _, item := range items {
		all = append(all, convertJSONItem(item, feed, base))
	}
	doc.convertItems(all, feed.Language)
	return doc, nil
}

// jsonParts lets gofeed read what is said of the feed, and each item; whole is false when the document breaks off.
func jsonParts(text []byte) (feed *feeds.Feed, items []*feeds.Item, whole bool) {
	d := json.NewDecoder(bytes.NewReader(text))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return nil, nil, err == nil
	}
	head := map[string]json.RawMessage{}
	found := false
	for d.More() {
		token, err := d.Token()
		key, ok := token.(string)
		if err != nil || !ok {
			return jsonHead(head, found || len(items) > 0), items, false
		}
		if key == "items" {
			found = true
			if items, err = jsonItems(d); err != nil {
				return jsonHead(head, true), items, false
			}
			continue
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return jsonHead(head, found), items, false
		}
		head[strings.ToLower(key)] = value
	}
	_, err := d.Token()
	return jsonHead(head, found), items, err == nil
}

func jsonItems(d *json.Decoder) ([]*feeds.Item, error) {
	token, err := d.Token()
	if err != nil || token != json.Delim('[') {
		return nil, fmt.Errorf("items: %v, %w", token, err)
	}
	var items []*feeds.Item
	for d.More() {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return items, err
		}
		if item := jsonItem(raw); item != nil && len(items) < maxEntries {
			items = append(items, item)
		}
	}
	_, err = d.Token()
	return items, err
}

// jsonItem lets gofeed read one item. A value of the wrong type costs itself, not the item.
func jsonItem(raw json.RawMessage) *feeds.Item {
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
				part.ID = first([]string{item.ID, part.ID})
				*item = part
			}
		}
	}
	return item
}

// jsonHead lets gofeed read what is said of the feed; nil: nothing shows that it is one.
func jsonHead(head map[string]json.RawMessage, found bool) *feeds.Feed {
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
	t := rawItem{
		guid:      item.ID,
		link:      first([]string{text.SafeLink(item.ExternalURL, base), text.SafeLink(item.URL, base), text.SafeLink(item.ID, nil)}),
		titles:    []string{item.Title},
		summary:   text.AsMarkup(item.Summary),
		content:   item.ContentHTML,
		tags:      item.Tags,
		language:  first([]string{item.Language, feed.Language}),
		image:     first([]string{text.SafeLink(item.Image, base), text.SafeLink(item.BannerImage, base)}),
		published: []string{item.DatePublished},
		updated:   []string{item.DateModified},
		authors:   or(jsonAuthors(item.Authors, item.Author), jsonAuthors(feed.Authors, feed.Author)),
	}
	if t.content == "" {
		t.content = text.AsMarkup(item.ContentText)
	}
	if own := text.SafeLink(item.URL, base); own != "" && own != t.link {
		t.via = own
	}
	return t
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
