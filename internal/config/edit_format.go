package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"broadsheet"

	"go.yaml.in/yaml/v3"
)

// A source as the text of an entry of feeds.yaml.

// entryLines are the lines of a source's map without the "- " before it; a bare address when there is no more to say.
func entryLines(s broadsheet.Source) []string {
	var lines []string
	for _, set := range fieldsByKind[s.Kind] {
		v := reflect.ValueOf(s).FieldByName(set.goName)
		if v.IsZero() || set.goName == "URL" && set.key != string(s.Kind) {
			continue
		}
		lines = append(lines, set.key+": "+formatValue(v.Interface()))
	}
	if bare, ok := strings.CutPrefix(strings.Join(lines, "\n"), "feed: "); ok && len(lines) == 1 {
		return []string{bare}
	}
	return lines
}

// groupLines put a heading above the lines of sources.
func groupLines(group string, entries [][]string) []string {
	return append([]string{"group: " + formatValue(group), "sources:"}, listLines("  ", " ", entries)...)
}

// listLines puts "- " before the first line of each entry and as much space before the others.
func listLines(indent, gap string, entries [][]string) []string {
	var all []string
	for _, lines := range entries {
		for i, line := range lines {
			if i == 0 {
				all = append(all, indent+"-"+gap+line)
			} else {
				all = append(all, indent+" "+gap+line)
			}
		}
	}
	return all
}

// formatValue writes a value of a source as YAML, in a form that may stand in brackets too.
func formatValue(v any) string {
	switch v := v.(type) {
	case string:
		return quoteIfNeeded(v)
	case broadsheet.Take:
		return string(v)
	case time.Duration:
		return durationText(v)
	case []string:
		var all []string
		for _, text := range v {
			all = append(all, quoteIfNeeded(text))
		}
		return "[" + strings.Join(all, ", ") + "]"
	case []broadsheet.Listed:
		var all []string
		for _, each := range v {
			all = append(all, formatListed(each))
		}
		return "[" + strings.Join(all, ", ") + "]"
	}
	return fmt.Sprint(v)
}

func formatListed(l broadsheet.Listed) string {
	if l.Title == "" && l.Note == "" {
		return quoteIfNeeded(l.URL)
	}
	text := "{url: " + quoteIfNeeded(l.URL)
	if l.Title != "" {
		text += ", title: " + quoteIfNeeded(l.Title)
	}
	if l.Note != "" {
		text += ", note: " + quoteIfNeeded(l.Note)
	}
	return text + "}"
}

// quoteIfNeeded writes a text as a maintainer would: in quotes only where it needs them.
func quoteIfNeeded(text string) string {
	var flow map[string][]any
	var block map[string]any // "a:" is a text in brackets, and none outside
	if yaml.Unmarshal([]byte("k: ["+text+"]"), &flow) == nil && len(flow["k"]) == 1 && flow["k"][0] == text && len(flow) == 1 &&
		yaml.Unmarshal([]byte("k: "+text), &block) == nil && block["k"] == text && len(block) == 1 {
		return text
	}
	return quote(text)
}

// quote writes a text in double quotes: JSON's are YAML's too.
func quote(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err) // a string can always be encoded
	}
	return strings.TrimSpace(b.String())
}

// flowEntries writes entries in braces, each parted from the next.
func flowEntries(entries [][]string, between string) string {
	var all []string
	for _, lines := range entries {
		all = append(all, flowEntry(lines))
	}
	return strings.Join(all, between)
}

// flowEntry writes the lines of an entry in braces.
func flowEntry(lines []string) string {
	if len(lines) == 1 && !strings.HasPrefix(lines[0], "list: ") {
		return lines[0]
	}
	if at := slices.Index(lines, "sources:"); at >= 0 {
		var under [][]string
		for _, line := range lines[at+1:] {
			if strings.HasPrefix(line, "  - ") {
				under = append(under, nil)
			}
			under[len(under)-1] = append(under[len(under)-1], line[4:])
		}
		lines = append(slices.Clone(lines[:at]), "sources: ["+flowEntries(under, ", ")+"]")
	}
	return "{" + strings.Join(lines, ", ") + "}"
}
