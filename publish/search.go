package publish

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
)

// The search index is split into one file a month (a shard), so that publishing changes only one, and a search that finds
// enough in the latest months loads no more. A shard is a JSON array of articles, newest edition first. An article is an
// array too: title, link, source, day, excerpt, topics, lang, dir. Empty values at its end are left out.

// searchShardPath returns the path of the shard of a month ("2026-11").
func searchShardPath(month string) string { return "search/" + month + ".json" }

func (p *publisher) searchShard(ctx context.Context, m period) ([]byte, error) {
	all := [][]string{}
	for i := m.to - 1; i >= m.from; i-- {
		e, err := p.edition(ctx, p.src.Days[i].Day)
		if err != nil {
			return nil, err
		}
		for _, pick := range placedPicks(e) {
			all = append(all, p.searchEntry(pick))
		}
	}
	return compactJSON(all)
}

func (p *publisher) searchEntry(pick EditionPick) []string {
	e := p.entry(pick)
	var topics []byte
	for _, t := range e.Topics {
		topics = append(append(topics, t.Label...), ", "...)
	}
	lang, dir := p.langAndDir(pick.Language, e.Title+e.Excerpt)
	line := []string{e.Title, e.Link, e.Source, string(pick.Day), e.Excerpt, string(bytes.TrimSuffix(topics, []byte(", "))), lang, dir}
	for len(line) > 5 && line[len(line)-1] == "" {
		line = line[:len(line)-1]
	}
	return line
}

// searchIndex returns the list of the shards, newest month first, with the number of articles in each.
func (p *publisher) searchIndex(months []period) ([]byte, error) {
	type shard struct {
		Month    string `json:"month"`
		Articles int    `json:"articles"`
	}
	all := []shard{}
	for _, m := range slices.Backward(months) {
		all = append(all, shard{m.Key, p.countPicks(m)})
	}
	return compactJSON(all)
}

// compactJSON encodes a list as a JSON array with one element a line, so that a day changes few lines.
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
