// Package labels reads labelled sets of articles: JSON Lines that say for each article whether it is wanted.
package labels

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"broadsheet"
	"broadsheet/cmd/internal/files"
	"broadsheet/internal/config"
)

// Article is one line of a labelled set.
type Article struct {
	URL    string `json:"url"`
	Title  string `json:"title"`
	Tags   Tags   `json:"tags"`
	Text   string `json:"text"`
	Source string `json:"source"`
	Feed   string `json:"feed"`
	Label  string `json:"label"`
	Sure   *bool  `json:"sure"`
}

// Tags is a list of words. In JSON it may also be one string, separated by commas.
type Tags []string

func (t *Tags) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*t = nil
		for tag := range strings.SplitSeq(text, ",") {
			if tag = strings.TrimSpace(tag); tag != "" {
				*t = append(*t, tag)
			}
		}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(t))
}

// SourceByName returns the source with the given name or address. An unknown one is returned without rules of its own.
func SourceByName(conf config.Config, name string) broadsheet.Source {
	for _, s := range conf.Sources {
		if name != "" && (s.Name == name || s.URL == name) {
			return s
		}
	}
	return broadsheet.Source{Kind: broadsheet.KindFeed, URL: name, Name: name, Take: broadsheet.TakeMatching}
}

// Read parses a file with one JSON object per line and calls each with every one; "-" is standard input. It stops at
// the first error, its own or that of each.
func Read[T any](path string, each func(T) error) error {
	in := io.Reader(os.Stdin)
	if path != "-" {
		f, err := files.OpenInput(path)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 64<<20)
	for n := 1; lines.Scan(); n++ {
		if len(strings.TrimSpace(lines.Text())) == 0 {
			continue
		}
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			return fmt.Errorf("%s:%d: not a JSON object as expected: %w", path, n, err)
		}
		if err := each(v); err != nil {
			return err
		}
	}
	return lines.Err()
}
