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

// Formatting of sources as YAML, as entries of feeds.yaml.

// entryLines returns the lines of a source as a block map, without the "- " before it; only its URL if nothing else is
// set.
func entryLines(s broadsheet.Source) []string {
	var lines []string
	for _, f := range fieldsByKind[s.Kind] {
		v := reflect.ValueOf(s).FieldByName(f.goName)
		if v.IsZero() || f.goName == "URL" && f.key != string(s.Kind) {
			continue
		}
		lines = append(lines, f.key+": "+formatValue(v.Interface()))
	}
	if bare, ok := strings.CutPrefix(strings.Join(lines, "\n"), "feed: "); ok && len(lines) == 1 {
		return []string{bare}
	}
	return lines
}

// groupLines returns the lines of a heading with sources under it.
func groupLines(group string, entries [][]string) []string {
	return append([]string{"group: " + formatValue(group), "sources:"}, listLines("  ", " ", entries)...)
}

// listLines returns the entries as a block list: "-" and gap before the first line of each entry, as much space before
// its other lines, and indent before all of them.
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

// formatValue formats a field of a source as YAML that is valid in a block and in brackets (flow style).
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
	case []broadsheet.ListEntry:
		var all []string
		for _, each := range v {
			all = append(all, formatListed(each))
		}
		return "[" + strings.Join(all, ", ") + "]"
	}
	return fmt.Sprint(v)
}

// formatListed formats an article of a list like formatValue.
func formatListed(l broadsheet.ListEntry) string {
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

// quoteIfNeeded formats a text as a maintainer would: in quotes only if YAML needs them.
func quoteIfNeeded(text string) string {
	var flow map[string][]any
	var block map[string]any // "a:" is a text within brackets, but not outside them
	if yaml.Unmarshal([]byte("k: ["+text+"]"), &flow) == nil && len(flow["k"]) == 1 && flow["k"][0] == text && len(flow) == 1 &&
		yaml.Unmarshal([]byte("k: "+text), &block) == nil && block["k"] == text && len(block) == 1 {
		return text
	}
	return quote(text)
}

// quote formats a text in double quotes. A JSON string is a valid YAML string.
func quote(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err) // a string can always be encoded
	}
	return strings.TrimSpace(b.String())
}

// flowEntries formats entries in flow style, separated by separator.
func flowEntries(entries [][]string, separator string) string {
	var all []string
	for _, lines := range entries {
		all = append(all, flowEntry(lines))
	}
	return strings.Join(all, separator)
}

// flowEntry converts the lines of an entry, as made by entryLines or groupLines, to flow style: {key: value, key:
// value}.
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
