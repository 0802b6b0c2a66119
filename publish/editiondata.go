package publish

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/internal/link"
	"broadsheet/publish/feeds"
)

// Each edition is also published as JSON, with everything that its page shows: for programs, and so that a lost database can
// be rebuilt completely from what was published. The names of its fields never change.

type editionData struct {
	Day     broadsheet.Day `json:"day"`
	Number  int            `json:"number"`
	Cut     time.Time      `json:"cut"`
	Sources int            `json:"sources"`           // number of sources in feeds.yaml then
	Waiting int            `json:"waiting,omitempty"` // articles left in the backlog
	Picks   []pickData     `json:"picks"`
	More    []moreData     `json:"more,omitempty"`

	First     string `json:"first,omitempty"`     // id of its original first pick, if that was withdrawn
	Withdrawn []int  `json:"withdrawn,omitempty"` // positions, from 0, of the picks that were withdrawn
}

type pickData struct {
	ID        string     `json:"id"`
	Key       string     `json:"key,omitempty"` // what the id is derived from, if that is an address
	Title     string     `json:"title"`
	Link      string     `json:"link,omitempty"`
	Source    string     `json:"source"` // SourceURI
	Name      string     `json:"source_name"`
	Authors   []string   `json:"authors,omitempty"`
	Published time.Time  `json:"published"`
	Dated     bool       `json:"dated,omitempty"` // the source gave the date; it was not assumed
	Updated   time.Time  `json:"updated"`
	Seen      time.Time  `json:"seen"`
	Language  string     `json:"language,omitempty"`
	Tags      []string   `json:"tags,omitempty"`
	Excerpt   string     `json:"excerpt,omitempty"`
	Origin    string     `json:"excerpt_from,omitempty"`
	Words     int        `json:"words,omitempty"`
	Topics    []string   `json:"topics,omitempty"`
	Company   string     `json:"company,omitempty"`
	Score     float64    `json:"score,omitempty"`
	Backlog   bool       `json:"backlog,omitempty"`
	Also      []alsoData `json:"also,omitempty"`
}

type alsoData struct {
	Name  string `json:"source_name,omitempty"`
	Link  string `json:"link"`
	Title string `json:"title,omitempty"`
}

type moreData struct {
	Name     string     `json:"source_name"`
	Total    int        `json:"total"`
	Articles []alsoData `json:"articles,omitempty"`
}

// editionDataFile returns the JSON file of the edition with index i in p.src.Days.
func (p *publisher) editionDataFile(i int) outputFile {
	day := p.src.Days[i]
	return outputFile{path: EditionPath(day.Day), inputHash: p.editionsHash(day), immutable: true, make: func(ctx context.Context) ([]byte, error) {
		e, err := p.edition(ctx, day.Day)
		if err != nil {
			return nil, err
		}
		text, err := json.MarshalIndent(p.editionDataOf(e), "", " ")
		return append(text, '\n'), err
	}}
}

// EditionPath returns the path of an edition's JSON file, relative to the output: "2026/11/24/edition.json".
func EditionPath(day broadsheet.Day) string { return dayPath(day) + "edition.json" }

func (p *publisher) editionDataOf(e broadsheet.Edition) editionData {
	d := editionData{Day: e.Day, Number: e.Number, Cut: feeds.WholeSeconds(e.At), Sources: e.Sources, Waiting: e.Waiting, Picks: []pickData{}}
	if d.Withdrawn = e.Withdrawn; len(e.Picks) == 0 || e.FirstID() != e.Picks[0].ID() {
		d.First = e.FirstID()
	}
	for _, pick := range e.Picks {
		d.Picks = append(d.Picks, pickData{
			ID: pick.ID(), Key: p.publicKey(pick), Title: clean(pick.Title), Link: link.WebURI(pick.Link),
			Source: p.sourceURI(pick.Source), Name: clean(pick.SourceName), Authors: cleanAll(pick.Authors),
			Published: feeds.WholeSeconds(pick.Published), Dated: pick.Dated, Updated: feeds.WholeSeconds(pick.Updated), Seen: feeds.WholeSeconds(pick.Seen),
			Language: feeds.LanguageTag(pick.Language, ""), Tags: cleanAll(pick.Tags), Excerpt: clean(pick.Excerpt),
			Origin: string(pick.Origin), Words: pick.Words, Topics: cleanAll(pick.Topics), Company: clean(pick.Company),
			Score: pick.Score, Backlog: pick.Backlog, Also: alsoDataOf(pick.Also),
		})
	}
	for _, m := range e.More {
		d.More = append(d.More, moreData{clean(m.SourceName), m.Total, alsoDataOf(m.Articles)})
	}
	return d
}

func alsoDataOf(also []broadsheet.SourceLink) []alsoData {
	var all []alsoData
	for _, a := range also {
		if link := link.WebURI(a.Link); link != "" {
			all = append(all, alsoData{clean(a.SourceName), link, clean(a.Title)})
		}
	}
	return all
}

// publicKey returns a pick's key if it is a public address without secrets; empty for any other: the id is published in its
// place.
func (p *publisher) publicKey(pick broadsheet.Pick) string {
	key := addressKey(pick.Key)
	address := "https://" + key
	if key == "" || !p.mayLink(address, pick.Source) || p.secrets.RedactStored(address) != address {
		return ""
	}
	return key
}

// addressKey returns key if it is the key of an address; empty for any other.
func addressKey(key string) string {
	if link.Key("https://"+key) != key {
		return ""
	}
	return key
}

// cleanAll cleans each text, and cuts mail addresses to the part before the "@".
func cleanAll(words []string) []string {
	var all []string
	for _, w := range words {
		all = append(all, clean(mailAddress.ReplaceAllString(w, "$1")))
	}
	return all
}

// ReadEdition decodes the JSON file of an edition (EditionPath). The sources of its picks are SourceURIs. It returns an error
// if the text is not JSON or an id does not belong to its key.
func ReadEdition(text []byte) (broadsheet.Edition, error) {
	var d editionData
	if err := json.Unmarshal(text, &d); err != nil {
		return broadsheet.Edition{}, err
	}
	e := broadsheet.Edition{Day: d.Day, Number: d.Number, At: d.Cut, Sources: d.Sources, Waiting: d.Waiting, OriginalFirstID: d.First, Withdrawn: d.Withdrawn}
	for _, p := range d.Picks {
		a := broadsheet.Article{
			Key: p.Key, Link: p.Link, Source: p.Source, Title: p.Title, Authors: p.Authors, Published: p.Published, Dated: p.Dated,
			Updated: p.Updated, Seen: p.Seen, Language: p.Language, Tags: p.Tags, Excerpt: p.Excerpt,
			Origin: broadsheet.Origin(p.Origin), Words: p.Words,
		}
		if a.Key == "" && strings.HasPrefix(p.ID, "urn:uuid:") {
			a.Key = p.ID
		}
		if a.ID() != p.ID {
			return e, fmt.Errorf("%s does not come from the key %q", p.ID, p.Key)
		}
		e.Picks = append(e.Picks, broadsheet.Pick{Article: a, SourceName: p.Name, Topics: p.Topics, Company: p.Company, Score: p.Score,
			Backlog: p.Backlog, Also: alsoFrom(p.Also)})
	}
	for _, m := range d.More {
		e.More = append(e.More, broadsheet.SourceOverflow{SourceName: m.Name, Total: m.Total, Articles: alsoFrom(m.Articles)})
	}
	return e, nil
}

func alsoFrom(also []alsoData) []broadsheet.SourceLink {
	var all []broadsheet.SourceLink
	for _, a := range also {
		all = append(all, broadsheet.SourceLink{SourceName: a.Name, Link: a.Link, Title: a.Title})
	}
	return all
}
