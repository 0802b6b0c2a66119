package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// Types of the values that define words: topics, companies, filters and boilerplate.

// wordType is a word or phrase to search for.
func wordType() valueType {
	return scalarType("a word or phrase", "kafka", object{"type": []string{"string", "number", "boolean"}}, func(text string) (any, string, string) {
		clean, problem, remedy := cleanLine(text, 200)
		if problem == "" && !strings.ContainsFunc(clean, func(r rune) bool { return r == '#' || unicode.IsLetter(r) || unicode.IsNumber(r) }) {
			problem, remedy = "would match anything", "write a word; a * at its end takes any ending"
		}
		return clean, problem, remedy
	})
}

// wordsType is a list of words and phrases.
func wordsType() valueType {
	return listType[string]("a list of words", wordType(), 1, "[kafka, event stream*]")
}

// filterType is an entry of include or exclude: a path pattern or a phrase.
func filterType() valueType {
	return scalarType("a path or phrase", "/blog/*", object{"type": []string{"string", "number", "boolean"}}, func(text string) (any, string, string) {
		clean, problem, remedy := cleanLine(text, 500)
		switch {
		case problem != "":
		case schemeRE.MatchString(clean) && strings.Contains(clean, "//"):
			path := "/*"
			if u, _, _ := parseURL(clean); u != nil && len(u.Path) > 1 {
				path = u.Path
			}
			problem, remedy = "is an address, and a path or a phrase is wanted", "write "+path+" for that path on the source's site"
		case strings.Trim(clean, "*") == "":
			problem, remedy = "would match anything", "write a path such as /blog/*, or a word"
		}
		return clean, problem, remedy
	})
}

// filtersType is the value of include or exclude.
func filtersType() valueType {
	return listType[string]("a list of paths and phrases", filterType(), 1, "[/blog/*, kafka]")
}

// decodeNamedMap decodes a map whose keys are names that the maintainer chooses. It calls each for every entry, in the
// order of the file. nameOf is what a name is called in messages ("topic").
func decodeNamedMap(d *decoder, key string, n *yaml.Node, example, nameOf string, each func(name string, e entry)) {
	if !isKind(yaml.MappingNode, n) || len(n.Content) == 0 {
		d.wrongType(key, n, "a map of names", example)
		return
	}
	seen := map[string]entry{}
	for _, e := range d.entries(n) {
		name, ok := d.decodeName(e.key, nameOf)
		if !ok {
			continue
		}
		folded := strings.ToLower(name)
		if before, duplicate := seen[folded]; duplicate {
			d.errorf(e.key, "keep one of them", "%s %s stands here a second time, first in line %d", nameOf, quoteForMessage(name), before.key.Line)
			continue
		}
		seen[folded] = e
		each(name, e)
	}
}

// decodeName returns a name that the maintainer chose, or false if it is invalid.
func (d *decoder) decodeName(n *yaml.Node, nameOf string) (string, bool) {
	clean, problem, remedy := cleanLine(n.Value, 100)
	if problem != "" {
		d.errorf(n, strings.TrimSuffix(remedy, ", or remove it"), "%s %s %s", nameOf, quoteForMessage(n.Value), problem)
		return "", false
	}
	return clean, true
}

const topicsExample = "{databases: [database*, postgres*]}"

// topicsType is a map of topics: under each name a list of words, or a map of label, weight and words. It can also be a
// list of names, for topics whose only word is their name.
func topicsType() valueType {
	words := object{"type": "array", "items": wordType().schema, "minItems": 1}
	full := mapSchema(topicFields, "words")
	schema := object{"anyOf": []any{
		object{"type": "object", "minProperties": 1, "additionalProperties": object{"anyOf": []any{words, full}}},
		object{"type": "array", "minItems": 1, "items": wordType().schema},
	}}
	return valueType{description: "a map of topics", schema: schema, fields: topicFields, decode: func(d *decoder, key string, n *yaml.Node) any {
		if isKind(yaml.SequenceNode, n) {
			return d.decodeTopicNames(key, n)
		}
		var topics []Topic
		decodeNamedMap(d, key, n, topicsExample, "topic", func(name string, e entry) {
			topics = append(topics, d.decodeTopic(name, e.value))
		})
		if topics == nil {
			return nil
		}
		return topics
	}}
}

// decodeTopicNames decodes topics that are written as a list of names. It returns a []Topic, or nil after an error.
func (d *decoder) decodeTopicNames(key string, n *yaml.Node) any {
	if slices.ContainsFunc(listItems(n), func(item *yaml.Node) bool { return item.Kind == yaml.MappingNode }) {
		return d.wrongType(key, n, "a map of names", topicsExample)
	}
	names, _ := listType[string]("a list of topics", wordType(), 1, "[databases, streaming]").decode(d, key, n).([]string)
	var topics []Topic
	for _, name := range names {
		topics = append(topics, Topic{Name: name, Label: name, Words: []string{name}, Weight: 1})
	}
	if topics == nil {
		return nil
	}
	return topics
}

// decodeTopic decodes the value under the name of a topic.
func (d *decoder) decodeTopic(name string, n *yaml.Node) Topic {
	topic := Topic{Name: name, Label: name, Weight: 1}
	switch {
	case isKind(yaml.SequenceNode, n):
		topic.Words, _ = wordsType().decode(d, name, n).([]string)
	case isKind(yaml.MappingNode, n):
		if found := d.decodeMap(n, topicFields, reflect.ValueOf(&topic).Elem()); found["words"] == nil {
			d.errorf(n, "write words: [kafka, event stream*]", "topic %s has no words", quoteForMessage(name))
		}
	default:
		d.wrongType(name, n, "a list of words", "[kafka, event stream*]")
	}
	return topic
}

// companiesType is a map from the names of companies to their hosts and URL prefixes.
func companiesType() valueType {
	const example = "{Netflix: [netflixtechblog.com, medium.com/netflix-techblog]}"
	linksType := listType[string]("a list of hosts and beginnings of addresses", companyLinkType("netflixtechblog.com"), 1, "[netflixtechblog.com, github.com/netflix]")
	schema := object{"type": "object", "minProperties": 1, "additionalProperties": linksType.schema}
	return valueType{description: "a map of companies", schema: schema, decode: func(d *decoder, key string, n *yaml.Node) any {
		var companies []Company
		owner := map[string]string{}
		decodeNamedMap(d, key, n, example, "company", func(name string, e entry) {
			links, _ := linksType.decode(d, name, e.value).([]string)
			companies = append(companies, Company{Name: name, Links: links})
			for i, link := range links {
				if other, taken := owner[link]; taken && len(links) == len(e.value.Content) {
					d.errorf(resolveAlias(e.value.Content[i]), "keep it under one company", "%s belongs to %s already", quoteForMessage(link), quoteForMessage(other))
				}
				owner[link] = name
			}
		})
		if companies == nil {
			return nil
		}
		return companies
	}}
}

// boilerplateType is a regular expression, or a map of id, where and re.
func boilerplateType() valueType {
	expression, full := regexpType(), mapType[BoilerplatePattern](patternFields, "{where: lead, re: '^welcome back'}")
	schema := object{"anyOf": []any{expression.schema, mapSchema(patternFields, "re")}}
	return valueType{description: full.description, schema: schema, fields: patternFields, decode: func(d *decoder, key string, n *yaml.Node) any {
		if n.Kind != yaml.MappingNode {
			if v := expression.decode(d, key, n); v != nil {
				return BoilerplatePattern{ID: fmt.Sprintf("line %d", n.Line), Where: "any", RE: v.(string)}
			}
			return nil
		}
		pattern, _ := full.decode(d, key, n).(BoilerplatePattern)
		if pattern.RE == "" && mapValue(n, "re") == nil {
			d.errorf(n, "write re: and a regular expression", "this piece of boilerplate has no expression")
		}
		if pattern.ID == "" {
			pattern.ID = fmt.Sprintf("line %d", n.Line)
		}
		return pattern
	}}
}

// mapValue returns the value of a key of a map, without resolving aliases and merge keys; nil if there is none.
func mapValue(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}
