package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"broadsheet"

	"go.yaml.in/yaml/v3"
)

// Schema returns the JSON Schema (draft 2020-12) of feeds.yaml, by which editors complete and check the file. It covers
// the keys and their values. What involves several parts of a file (an unknown topic, a duplicate source) only Parse
// checks.
func Schema() []byte {
	schema := mapSchema(topFields, "sources")
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "feeds.yaml of Broadsheet"
	anyOf := []any{urlType("https://example.com/feed").schema}
	for _, kind := range allKinds {
		var required []string
		for _, f := range fieldsByKind[kind] {
			if slices.Contains(f.requiredFor, kind) {
				required = append(required, f.key)
			}
		}
		anyOf = append(anyOf, mapSchema(fieldsByKind[kind], required...))
	}
	heading := mapSchema(groupFields, "group", "sources")
	schema["$defs"] = object{"source": object{"anyOf": anyOf}, "heading": heading}
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("keys.go: %v", err)) // a bug in the tables: nothing in the schema is input
	}
	return append(text, '\n')
}

// fieldsByKind maps each kind of source to the keys that it may have.
var fieldsByKind = func() map[broadsheet.Kind][]field {
	byKind := map[broadsheet.Kind][]field{}
	for _, kind := range allKinds {
		for _, f := range sourceFields {
			if f.kinds == nil || slices.Contains(f.kinds, kind) {
				byKind[kind] = append(byKind[kind], f)
			}
		}
	}
	return byKind
}()

// sourcesSchema returns the schema of a list of sources; if headings is not nil, of sources and headings.
func sourcesSchema(headings []field) object {
	item := object{"$ref": "#/$defs/source"}
	if headings != nil {
		item = object{"anyOf": []any{item, object{"$ref": "#/$defs/heading"}}}
	}
	return object{"type": "array", "minItems": 1, "items": item}
}

// mapSchema returns the schema of a map with the keys of a table, of which some are required, and extension keys
// ("x-").
func mapSchema(fields []field, required ...string) object {
	properties := object{}
	for _, f := range fields {
		property := object{"description": f.doc}
		for k, v := range f.typ.schema {
			property[k] = v
		}
		if f.defaultYAML != "" {
			property["default"] = decodeLiteral(f.defaultYAML)
		}
		if f.example != "" {
			property["examples"] = []any{decodeLiteral(f.example)}
		}
		properties[f.key] = property
	}
	schema := object{"type": "object", "properties": properties, "additionalProperties": false, "minProperties": 1,
		"patternProperties": object{"^x-": object{"description": "Your own: a place for anchors, never read."}}}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

// decodeLiteral returns the value of a YAML text from the tables in keys.go. It panics on an error, like parseLiteral.
func decodeLiteral(text string) any {
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		panic(fmt.Sprintf("keys.go: %q: %v", text, err))
	}
	return v
}

// sections returns the sections of the reference page, in order.
func sections() []section {
	return []section{
		{"The file", "Only `sources` must be there. Keys that begin with `x-` are your own, here and in every map below: a place for anchors (`x-defaults: &defaults {…}`), never read.", topFields},
		{"`edition`", "", editionFields},
		{"`selection`", "", selectionFields},
		{"A topic", "Under a topic's name stands a list of words, or a map of these keys. The same holds for `unwanted`. Topics that are their own words may be written as a list of names. A file without `topics` has those that its sources name.", topicFields},
		{"A piece of boilerplate", "An entry of `boilerplate` is a regular expression, or a map of these keys.", patternFields},
		{"`stories`", "", storyFields},
		{"`limits`", "", limitFields},
		{"A host of `limits`", "Under a host's name in `hosts` stands a map of these keys.", hostLimitFields},
		{"`mail`", "`from` and `host` must be there. A password never stands in this file.", mailFields},
		{"A webhook", "`webhook` is an address, a map of these keys, or a list of these. Each edition is posted once, after it was published; what fails is tried again for a day. The body is JSON: `text` for Slack and Mattermost, `content` for Discord, and `id`, `title`, `day`, `number`, `url` and `picks` (each with `title`, `link`, `source` and `excerpt`) for programs.", webhookFields},
		{"A source", "An entry of `sources` is the address of a feed, or a map of these keys with exactly one of `feed`, `page`, `sitemap`, `list` and `file`.", sourceFields},
		{"A heading", "An entry of `sources` that holds sources itself; headings do not stand under headings.", groupFields},
		{"An article of a list", "An entry of `list` is an address, or a map of these keys.", listedFields},
	}
}

// section is a section of the reference page: a table of keys with a title and an introduction, in Markdown.
type section struct {
	title, intro string
	fields       []field
}

// Reference returns the reference page of feeds.yaml, in Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString("# feeds.yaml\n\nEvery key, from the table that the program itself reads by. This is enough:\n\n```yaml\nsources:\n  - https://example.com/feed\n```\n\n" +
		"`broadsheet schema` writes this as a JSON Schema, by which an editor completes and checks the file.\n")
	for _, c := range sections() {
		fmt.Fprintf(&b, "\n## %s\n", c.title)
		if c.intro != "" {
			fmt.Fprintf(&b, "\n%s\n", c.intro)
		}
		for _, f := range c.fields {
			fmt.Fprintf(&b, "\n### %s\n\n%s\n\n*Value:* %s.", f.key, f.doc, f.typ.description)
			if f.defaultYAML != "" {
				fmt.Fprintf(&b, " *Left out:* `%s`.", f.defaultYAML)
			}
			if f.kinds != nil && !slices.Contains(allKinds, broadsheet.Kind(f.key)) {
				fmt.Fprintf(&b, " *Only for* %s.", kindsText(f.kinds))
			}
			if f.requiredFor != nil && !slices.Contains(allKinds, broadsheet.Kind(f.key)) {
				fmt.Fprintf(&b, " *Must be there for* %s.", kindsText(f.requiredFor))
			}
			if f.example != "" {
				fmt.Fprintf(&b, "\n\n```yaml\n%s\n```\n", exampleYAML(f.key, f.example))
			} else {
				b.WriteString("\n")
			}
		}
	}
	return b.String()
}

// kindsText returns kinds of source as text: "a page", "a feed, page or sitemap".
func kindsText(kinds []broadsheet.Kind) string {
	text := "a " + string(kinds[0])
	for i, kind := range kinds[1:] {
		if i == len(kinds)-2 {
			text += " or " + string(kind)
		} else {
			text += ", " + string(kind)
		}
	}
	return text
}
