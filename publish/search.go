package publish

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
)

// The search index is in parts, one a month, so that publishing changes one part and a search that finds what it looks
// for in the latest months loads no more. Each is a list of articles, newest first, an article being a list:
// title, link, source, day, excerpt, topics, lang, dir; trailing empty values are left out.

func shardPath(month string) string { return "search/" + month + ".json" }

func (p *publisher) shard(ctx context.Context, m span) ([]byte, error) {
	all := [][]string{}
	for i := m.to - 1; i >= m.from; i-- {
		e, err := p.edition(ctx, p.source.Days[i].Day)
		if err != nil {
			return nil, err
		}
		for _, pick := range placed(e) {
			all = append(all, p.searchLine(pick))
		}
	}
	return compactJSON(all)
}

func (p *publisher) searchLine(pick Placed) []string {
	e := p.entry(pick)
	var topics []byte
	for _, t := range e.Topics {
		topics = append(append(topics, t.Label...), ", "...)
	}
	lang, dir := p.scripted(pick.Language, e.Title+e.Excerpt)
	line := []string{e.Title, e.Link, e.Source, string(pick.Day), e.Excerpt, string(bytes.TrimSuffix(topics, []byte(", "))), lang, dir}
	for len(line) > 5 && line[len(line)-1] == "" {
		line = line[:len(line)-1]
	}
	return line
}

// shardList names the parts of the index, newest first, and how many articles each has.
func (p *publisher) shardList(months []span) ([]byte, error) {
	type part struct {
		Month    string `json:"month"`
		Articles int    `json:"articles"`
	}
	all := []part{}
	for _, m := range slices.Backward(months) {
		n := 0
		for _, d := range p.days(m) {
			n += d.Picks
		}
		all = append(all, part{m.Key, n})
	}
	return compactJSON(all)
}

// compactJSON is v with a line for each of its elements, so that a day's change is a small one.
func compactJSON[T any](all []T) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	b.WriteByte('[')
	for i, v := range all {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := enc.Encode(v); err != nil {
			return nil, err
		}
	}
	b.WriteString("]\n")
	return b.Bytes(), nil
}
