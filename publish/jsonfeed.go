package publish

import (
	"bytes"
	"encoding/json"

	"github.com/gorilla/feeds"
)

// jsonFeed is the JSON Feed 1.1 of gorilla/feeds, whose items may be none without being left out.
type jsonFeed struct {
	*feeds.JSONFeed
	Items []*jsonItem `json:"items"`
}

// jsonItem adds the language, which version 1.1 has, and an extension of our own for what no field is made for.
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

// json tells entries as JSON Feed 1.1.
func (p *press) json(ch channel, entries []entry) ([]byte, error) {
	f := jsonFeed{
		JSONFeed: &feeds.JSONFeed{
			Version: "https://jsonfeed.org/version/1.1", Title: ch.Title, Description: ch.Subtitle,
			HomePageUrl: p.absolute(ch.Page), FeedUrl: p.absolute(ch.Path), Language: p.config.Language,
			Icon: p.absolute("icon.png"), Favicon: p.absolute("icon.png"),
			Authors: []*feeds.JSONAuthor{{Name: p.config.Title, Url: p.absolute("")}},
		},
		Items: []*jsonItem{},
	}
	if hub := p.hub(); hub != "" && p.site != "" {
		f.Hubs = []*feeds.JSONHub{{Type: "WebSub", Url: hub}}
	}
	for _, e := range entries {
		f.Items = append(f.Items, p.jsonItem(e))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", " ")
	err := enc.Encode(f)
	return b.Bytes(), err
}

func (p *press) jsonItem(e entry) *jsonItem {
	i := &jsonItem{
		JSONItem: &feeds.JSONItem{
			Id: e.ID, Url: e.Link, Title: e.Title, ContentText: pathOr(e.Excerpt, e.Title),
			PublishedDate: &e.Published, ModifiedDate: &e.Updated,
		},
		Broadsheet: &jsonExtension{About: p.absolute("about/"), Source: e.Source, Feed: e.SourceFeed, Home: e.SourceHome},
	}
	if e.Language != feedLanguage(p.config.Language) {
		i.Language = e.Language
	}
	for _, name := range e.Authors {
		i.Authors = append(i.Authors, &feeds.JSONAuthor{Name: name})
	}
	for _, t := range e.Topics {
		i.Tags = append(i.Tags, t.Label)
	}
	for _, a := range e.Also {
		i.Broadsheet.Also = append(i.Broadsheet.Also, jsonAlso{a.SourceName, a.Link})
	}
	return i
}
