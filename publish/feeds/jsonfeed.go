package feeds

import (
	"bytes"
	"cmp"
	"encoding/json"

	"github.com/gorilla/feeds"
)

// jsonFeed is the JSON Feed of gorilla/feeds with an items array that is required: an empty one is written too.
type jsonFeed struct {
	*feeds.JSONFeed
	Items []*jsonItem `json:"items"`
}

// jsonItem adds the language, which version 1.1 has, and a custom extension for what JSON Feed has no field for.
type jsonItem struct {
	*feeds.JSONItem
	Language   string         `json:"language,omitempty"`
	Broadsheet *jsonExtension `json:"_broadsheet,omitempty"`
}

type jsonExtension struct {
	About  string     `json:"about,omitempty"`
	Source string     `json:"source"`
	Feed   string     `json:"source_feed,omitempty"`
	Home   string     `json:"source_home,omitempty"`
	Also   []jsonAlso `json:"also_at,omitempty"`
}

type jsonAlso struct {
	Source string `json:"source"`
	URL    string `json:"url"`
}

// JSON encodes a feed as JSON Feed 1.1.
func (e Encoder) JSON(ch Channel, entries []Entry) ([]byte, error) {
	f := jsonFeed{
		JSONFeed: &feeds.JSONFeed{
			Version: "https://jsonfeed.org/version/1.1", Title: ch.Title, Description: ch.Subtitle,
			HomePageUrl: e.absolute(ch.PagePath), FeedUrl: e.absolute(ch.Path), Language: e.Language,
			Icon: e.absolute("icon.png"), Favicon: e.absolute("icon.png"),
			Authors: []*feeds.JSONAuthor{{Name: e.Title, Url: e.absolute("")}},
		},
		Items: []*jsonItem{},
	}
	if e.Hub != "" && e.Site != "" {
		f.Hubs = []*feeds.JSONHub{{Type: "WebSub", Url: e.Hub}}
	}
	for _, entry := range entries {
		f.Items = append(f.Items, e.jsonItem(entry))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", " ")
	err := enc.Encode(f)
	return b.Bytes(), err
}

func (e Encoder) jsonItem(from Entry) *jsonItem {
	published, updated := WholeSeconds(from.Published), WholeSeconds(from.Updated)
	i := &jsonItem{
		JSONItem: &feeds.JSONItem{
			Id: from.ID, Url: from.Link, Title: from.Title, ContentText: cmp.Or(from.Excerpt, from.Title),
			PublishedDate: &published, ModifiedDate: &updated,
		},
		Broadsheet: &jsonExtension{About: e.absolute("about/"), Source: from.Source, Feed: from.SourceFeed, Home: from.SourceHome},
	}
	if from.Language != FeedLanguage(e.Language) {
		i.Language = from.Language
	}
	for _, name := range from.Authors {
		i.Authors = append(i.Authors, &feeds.JSONAuthor{Name: name})
	}
	for _, t := range from.Topics {
		i.Tags = append(i.Tags, t.Label)
	}
	for _, a := range from.Also {
		i.Broadsheet.Also = append(i.Broadsheet.Also, jsonAlso{a.Source, a.Link})
	}
	return i
}
