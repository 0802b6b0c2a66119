package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"broadsheet"

	"go.yaml.in/yaml/v3"
)

// Schema is the JSON Schema (draft 2020-12) of feeds.yaml, so that editors complete and check it. It knows what stands
// where; what must hold between the parts of a file (a topic that is none, a source that stands there twice) only
// ParseConfig knows.
func Schema() []byte {
	schema := mapSchema(topSettings, "sources")
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "feeds.yaml of Broadsheet"
	one := []any{addressForm("https://example.com/feed").schema}
	for _, kind := range kinds {
		var must []string
		for _, s := range mayHave[kind] {
			if slices.Contains(s.must, kind) {
				must = append(must, s.key)
			}
		}
		one = append(one, mapSchema(mayHave[kind], must...))
	}
	heading := mapSchema(groupSettings, "group", "sources")
	schema["$defs"] = object{"source": object{"anyOf": one}, "heading": heading}
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("settings.go: %v", err)) // nothing in it comes from outside
	}
	return append(text, '\n')
}

// mayHave are the keys that a source of each kind may have.
var mayHave = func() map[broadsheet.Kind][]field {
	may := map[broadsheet.Kind][]field{}
	for _, kind := range kinds {
		for _, s := range sourceSettings {
			if s.of == nil || slices.Contains(s.of, kind) {
				may[kind] = append(may[kind], s)
			}
		}
	}
	return may
}()

// sourcesSchema is the schema of a list of sources; where headings are given, of sources and headings.
func sourcesSchema(headings []field) object {
	item := object{"$ref": "#/$defs/source"}
	if headings != nil {
		item = object{"anyOf": []any{item, object{"$ref": "#/$defs/heading"}}}
	}
	return object{"type": "array", "minItems": 1, "items": item}
}

// mapSchema is the schema of a map with the keys of a table, and keys of the maintainer's own.
func mapSchema(settings []field, must ...string) object {
	properties := object{}
	for _, s := range settings {
		property := object{"description": s.doc}
		for k, v := range s.form.schema {
			property[k] = v
		}
		if s.unset != "" {
			property["default"] = plainValue(s.unset)
		}
		if s.eg != "" {
			property["examples"] = []any{plainValue(s.eg)}
		}
		properties[s.key] = property
	}
	schema := object{"type": "object", "properties": properties, "additionalProperties": false, "minProperties": 1,
		"patternProperties": object{"^x-": object{"description": "Your own: a place for anchors, never read."}}}
	if len(must) > 0 {
		schema["required"] = must
	}
	return schema
}

// plainValue is the value of a YAML text from our own tables.
func plainValue(text string) any {
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		panic(fmt.Sprintf("settings.go: %q: %v", text, err))
	}
	return v
}

// chapters are the tables in the order of the reference page.
func chapters() []chapter {
	return []chapter{
		{"The file", "", "Only `sources` must be there. Keys that begin with `x-` are your own, here and in every map below: a place for anchors (`x-defaults: &defaults {…}`), never read.", topSettings},
		{"`edition`", "edition", "", editionSettings},
		{"`selection`", "selection", "", selectionSettings},
		{"A topic", "topics.databases", "Under a topic's name stands a list of words, or a map of these keys. The same holds for `unwanted`. Topics that are their own words may be written as a list of names. A file without `topics` has those that its sources name.", topicSettings},
		{"A piece of boilerplate", "boilerplate[]", "An entry of `boilerplate` is a regular expression, or a map of these keys.", patternSettings},
		{"`stories`", "stories", "", storySettings},
		{"`limits`", "limits", "", limitSettings},
		{"`mail`", "mail", "`from` and `host` must be there. A password never stands in this file.", mailSettings},
		{"A source", "sources[]", "An entry of `sources` is the address of a feed, or a map of these keys with exactly one of `feed`, `page`, `sitemap` and `list`.", sourceSettings},
		{"A heading", "sources[]", "An entry of `sources` that holds sources itself; headings do not stand under headings.", groupSettings},
		{"An article of a list", "sources[].list[]", "An entry of `list` is an address, or a map of these keys.", listedSettings},
	}
}

// chapter is a table with what the reference page says of it.
type chapter struct {
	title, path, intro string
	settings           []field
}

// Reference is the reference page of feeds.yaml, in Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString("# feeds.yaml\n\nEvery key, from the table that the program itself reads by. This is enough:\n\n```yaml\nsources:\n  - https://example.com/feed\n```\n\n" +
		"`broadsheet schema` writes this as a JSON Schema, by which an editor completes and checks the file.\n")
	for _, c := range chapters() {
		fmt.Fprintf(&b, "\n## %s\n", c.title)
		if c.intro != "" {
			fmt.Fprintf(&b, "\n%s\n", c.intro)
		}
		for _, s := range c.settings {
			fmt.Fprintf(&b, "\n### %s\n\n%s\n\n*Value:* %s.", s.key, s.doc, s.form.want)
			if s.unset != "" {
				fmt.Fprintf(&b, " *Left out:* `%s`.", s.unset)
			}
			if s.of != nil && !slices.Contains(kinds, broadsheet.Kind(s.key)) {
				fmt.Fprintf(&b, " *Only for* %s.", kindsText(s.of))
			}
			if s.must != nil && !slices.Contains(kinds, broadsheet.Kind(s.key)) {
				fmt.Fprintf(&b, " *Must be there for* %s.", kindsText(s.must))
			}
			if s.eg != "" {
				fmt.Fprintf(&b, "\n\n```yaml\n%s\n```\n", example(s.key, s.eg))
			} else {
				b.WriteString("\n")
			}
		}
	}
	return b.String()
}

// kindsText is "a page", or "a feed, page or sitemap".
func kindsText(of []broadsheet.Kind) string {
	text := "a " + string(of[0])
	for i, kind := range of[1:] {
		if i == len(of)-2 {
			text += " or " + string(kind)
		} else {
			text += ", " + string(kind)
		}
	}
	return text
}
