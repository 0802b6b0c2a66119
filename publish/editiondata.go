package publish

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"broadsheet/publish/feeds"

	"broadsheet"
	"broadsheet/internal/link"
)

// An edition as data: all that its page shows. It is there for programs, and so that a lost database can be rebuilt from
// what was published to the last word. Names stay.

type editionData struct {
	Day     broadsheet.Day `json:"day"`
	Number  int            `json:"number"`
	Cut     time.Time      `json:"cut"`
	Sources int            `json:"sources"`           // how many were listed
	Waiting int            `json:"waiting,omitempty"` // articles left in the backlog
	Picks   []pickData     `json:"picks"`
	More    []moreData     `json:"more,omitempty"`

	First     string `json:"first,omitempty"`     // id of the first pick that it was cut with, where that was withdrawn
	Withdrawn []int  `json:"withdrawn,omitempty"` // places, from 0, of picks that were withdrawn
}

type pickData struct {
	ID        string     `json:"id"`
	Key       string     `json:"key,omitempty"` // what the id is made from, where that is an address
	Title     string     `json:"title"`
	Link      string     `json:"link,omitempty"`
	Source    string     `json:"source"` // SourceURI
	Name      string     `json:"source_name"`
	Authors   []string   `json:"authors,omitempty"`
	Published time.Time  `json:"published"`
	Dated     bool       `json:"dated,omitempty"` // it was told, not assumed
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

// editionDataSheet is the edition at place i of the shelf's days as data.
func (p *publisher) editionDataSheet(i int) outputFile {
	day := p.source.Days[i]
	return outputFile{path: EditionPath(day.Day), from: p.madeFrom(day), immutable: true, make: func(ctx context.Context) ([]byte, error) {
		e, err := p.edition(ctx, day.Day)
		if err != nil {
			return nil, err
		}
		text, err := json.MarshalIndent(p.dataOf(e), "", " ")
		return append(text, '\n'), err
	}}
}

// EditionPath is where an edition stands as data, from the top of the output.
func EditionPath(day broadsheet.Day) string { return dayPath(day) + "edition.json" }

func (p *publisher) dataOf(e broadsheet.Edition) editionData {
	d := editionData{Day: e.Day, Number: e.Number, Cut: feeds.UTC(e.At), Sources: e.Sources, Waiting: e.Waiting, Picks: []pickData{}}
	if d.Withdrawn = e.Withdrawn; len(e.Picks) == 0 || e.FirstID() != e.Picks[0].ID() {
		d.First = e.FirstID()
	}
	for _, pick := range e.Picks {
		d.Picks = append(d.Picks, pickData{
			ID: pick.ID(), Key: p.publicKey(pick), Title: clean(pick.Title), Link: link.WebURI(pick.Link), Source: p.sourceURI(pick.Source), Name: clean(pick.SourceName),
			Authors: cleanAll(pick.Authors), Published: feeds.UTC(pick.Published), Dated: pick.Dated, Updated: feeds.UTC(pick.Updated), Seen: feeds.UTC(pick.Seen),
			Language: feeds.LanguageTag(pick.Language, ""), Tags: cleanAll(pick.Tags), Excerpt: clean(pick.Excerpt), Origin: string(pick.Origin), Words: pick.Words,
			Topics: cleanAll(pick.Topics), Company: clean(pick.Company), Score: pick.Score, Backlog: pick.Backlog, Also: alsoDataOf(pick.Also),
		})
	}
	for _, m := range e.More {
		d.More = append(d.More, moreData{clean(m.SourceName), m.Total, alsoDataOf(m.Articles)})
	}
	return d
}

func alsoDataOf(also []broadsheet.Also) []alsoData {
	var all []alsoData
	for _, a := range also {
		if link := link.WebURI(a.Link); link != "" {
			all = append(all, alsoData{clean(a.SourceName), link, clean(a.Title)})
		}
	}
	return all
}

// publicKey is a pick's key where it is an address that may be told and holds no secret; empty for any other: its id stands
// for it.
func (p *publisher) publicKey(pick broadsheet.Pick) string {
	key := plainKey(pick.Key)
	link := "https://" + key
	if key == "" || !p.mayLink(link, pick.Source) || p.secrets.Stored(link) != link {
		return ""
	}
	return key
}

// plainKey is a key that is an address and nothing more; empty for any other.
func plainKey(key string) string {
	if link.Key("https://"+key) != key {
		return ""
	}
	return key
}

// cleanAll cleans each, and cuts mail addresses to what stands before the "@".
func cleanAll(words []string) []string {
	var all []string
	for _, w := range words {
		all = append(all, clean(mailAddress.ReplaceAllString(w, "$1")))
	}
	return all
}

// ReadEdition reads an edition that was published as data. Its sources are SourceURIs.
func ReadEdition(text []byte) (broadsheet.Edition, error) {
	var d editionData
	if err := json.Unmarshal(text, &d); err != nil {
		return broadsheet.Edition{}, err
	}
	e := broadsheet.Edition{Day: d.Day, Number: d.Number, At: d.Cut, Sources: d.Sources, Waiting: d.Waiting, First: d.First, Withdrawn: d.Withdrawn}
	for _, p := range d.Picks {
		a := broadsheet.Article{Key: p.Key, Link: p.Link, Source: p.Source, Title: p.Title, Authors: p.Authors, Published: p.Published, Dated: p.Dated,
			Updated: p.Updated, Seen: p.Seen, Language: p.Language, Tags: p.Tags, Excerpt: p.Excerpt, Origin: broadsheet.Origin(p.Origin), Words: p.Words}
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
		e.More = append(e.More, broadsheet.More{SourceName: m.Name, Total: m.Total, Articles: alsoFrom(m.Articles)})
	}
	return e, nil
}

func alsoFrom(also []alsoData) []broadsheet.Also {
	var all []broadsheet.Also
	for _, a := range also {
		all = append(all, broadsheet.Also{SourceName: a.Name, Link: a.Link, Title: a.Title})
	}
	return all
}
