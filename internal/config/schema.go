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
	schema := mapSchema(topFields, "sources")
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "feeds.yaml of Broadsheet"
	one := []any{urlType("https://example.com/feed").schema}
	for _, kind := range allKinds {
		var must []string
		for _, s := range fieldsByKind[kind] {
			if slices.Contains(s.requiredFor, kind) {
				must = append(must, s.key)
			}
		}
		one = append(one, mapSchema(fieldsByKind[kind], must...))
	}
	heading := mapSchema(groupFields, "group", "sources")
	schema["$defs"] = object{"source": object{"anyOf": one}, "heading": heading}
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("settings.go: %v", err)) // nothing in it comes from outside
	}
	return append(text, '\n')
}

// fieldsByKind are the keys that a source of each kind may have.
var fieldsByKind = func() map[broadsheet.Kind][]field {
	may := map[broadsheet.Kind][]field{}
	for _, kind := range allKinds {
		for _, s := range sourceFields {
			if s.kinds == nil || slices.Contains(s.kinds, kind) {
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
func mapSchema(fields []field, must ...string) object {
	properties := object{}
	for _, s := range fields {
		property := object{"description": s.doc}
		for k, v := range s.typ.schema {
			property[k] = v
		}
		if s.defaultYAML != "" {
			property["default"] = decodeLiteral(s.defaultYAML)
		}
		if s.example != "" {
			property["examples"] = []any{decodeLiteral(s.example)}
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

// decodeLiteral is the value of a YAML text from our own tables.
func decodeLiteral(text string) any {
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		panic(fmt.Sprintf("settings.go: %q: %v", text, err))
	}
	return v
}

// sections are the tables in the order of the reference page.
func sections() []section {
	return []section{
		{"The file", "", "Only `sources` must be there. Keys that begin with `x-` are your own, here and in every map below: a place for anchors (`x-defaults: &defaults {…}`), never read.", topFields},
		{"`edition`", "edition", "", editionFields},
		{"`selection`", "selection", "", selectionFields},
		{"A topic", "topics.databases", "Under a topic's name stands a list of words, or a map of these keys. The same holds for `unwanted`. Topics that are their own words may be written as a list of names. A file without `topics` has those that its sources name.", topicFields},
		{"A piece of boilerplate", "boilerplate[]", "An entry of `boilerplate` is a regular expression, or a map of these keys.", patternFields},
		{"`stories`", "stories", "", storyFields},
		{"`limits`", "limits", "", limitFields},
		{"`mail`", "mail", "`from` and `host` must be there. A password never stands in this file.", mailFields},
		{"A source", "sources[]", "An entry of `sources` is the address of a feed, or a map of these keys with exactly one of `feed`, `page`, `sitemap` and `list`.", sourceFields},
		{"A heading", "sources[]", "An entry of `sources` that holds sources itself; headings do not stand under headings.", groupFields},
		{"An article of a list", "sources[].list[]", "An entry of `list` is an address, or a map of these keys.", listedFields},
	}
}

// section is a table with what the reference page says of it.
type section struct {
	title, path, intro string
	fields             []field
}

// Reference is the reference page of feeds.yaml, in Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString("# feeds.yaml\n\nEvery key, from the table that the program itself reads by. This is enough:\n\n```yaml\nsources:\n  - https://example.com/feed\n```\n\n" +
		"`broadsheet schema` writes this as a JSON Schema, by which an editor completes and checks the file.\n")
	for _, c := range sections() {
		fmt.Fprintf(&b, "\n## %s\n", c.title)
		if c.intro != "" {
			fmt.Fprintf(&b, "\n%s\n", c.intro)
		}
		for _, s := range c.fields {
			fmt.Fprintf(&b, "\n### %s\n\n%s\n\n*Value:* %s.", s.key, s.doc, s.typ.description)
			if s.defaultYAML != "" {
				fmt.Fprintf(&b, " *Left out:* `%s`.", s.defaultYAML)
			}
			if s.kinds != nil && !slices.Contains(allKinds, broadsheet.Kind(s.key)) {
				fmt.Fprintf(&b, " *Only for* %s.", kindsText(s.kinds))
			}
			if s.requiredFor != nil && !slices.Contains(allKinds, broadsheet.Kind(s.key)) {
				fmt.Fprintf(&b, " *Must be there for* %s.", kindsText(s.requiredFor))
			}
			if s.example != "" {
				fmt.Fprintf(&b, "\n\n```yaml\n%s\n```\n", exampleYAML(s.key, s.example))
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
