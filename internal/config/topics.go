package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// Forms of the words that feeds.yaml defines: topics, companies, filters, boilerplate.

// wordForm is a word or phrase to look for.
func wordForm() valueType {
	return scalarForm("a word or phrase", "kafka", object{"type": []string{"string", "number", "boolean"}}, func(text string) (any, string, string) {
		clean, wrong, do := line(text, 200)
		if wrong == "" && !strings.ContainsFunc(clean, func(r rune) bool { return r == '#' || unicode.IsLetter(r) || unicode.IsNumber(r) }) {
			wrong, do = "would match anything", "write a word; a * at its end takes any ending"
		}
		return clean, wrong, do
	})
}

func wordsForm() valueType {
	return listForm[string]("a list of words", wordForm(), 1, "[kafka, event stream*]")
}

// filterForm is an entry of include or exclude.
func filterForm() valueType {
	return scalarForm("a path or phrase", "/blog/*", object{"type": []string{"string", "number", "boolean"}}, func(text string) (any, string, string) {
		clean, wrong, do := line(text, 500)
		switch {
		case wrong != "":
		case scheme.MatchString(clean) && strings.Contains(clean, "//"):
			path := "/*"
			if u, _, _ := webAddress(clean); u != nil && len(u.Path) > 1 {
				path = u.Path
			}
			wrong, do = "is an address, and a path or a phrase is wanted", "write "+path+" for that path on the source's site"
		case strings.Trim(clean, "*") == "":
			wrong, do = "would match anything", "write a path such as /blog/*, or a word"
		}
		return clean, wrong, do
	})
}

func filtersForm() valueType {
	return listForm[string]("a list of paths and phrases", filterForm(), 1, "[/blog/*, kafka]")
}

// namedForm is a map of names that the maintainer chooses, kept in order. T is made of a name and the value under it.
func namedForm(d *decoder, key string, n *yaml.Node, eg, nameOf string, each func(name string, e entry)) {
	if !d.is(yaml.MappingNode, n) || len(n.Content) == 0 {
		d.wrongType(key, n, "a map of names", eg)
		return
	}
	first := map[string]entry{}
	for _, e := range d.entries(n) {
		name, ok := d.name(e.key, nameOf)
		if !ok {
			continue
		}
		folded := strings.ToLower(name)
		if before, twice := first[folded]; twice {
			d.errorf(e.key, "keep one of them", "%s %s stands here a second time, first in line %d", nameOf, quoted(name), before.key.Line)
			continue
		}
		first[folded] = e
		each(name, e)
	}
}

// name reads a name that the maintainer chose.
func (d *decoder) name(n *yaml.Node, nameOf string) (string, bool) {
	clean, wrong, do := line(n.Value, 100)
	if wrong != "" {
		d.errorf(n, strings.TrimSuffix(do, ", or remove it"), "%s %s %s", nameOf, quoted(n.Value), wrong)
		return "", false
	}
	return clean, true
}

const topicsExample = "{databases: [database*, postgres*]}"

// topicsForm is a map of topics: the name, and its words or a map of label, weight and words. A list of names will do,
// for topics that are their own words.
func topicsForm() valueType {
	words := object{"type": "array", "items": wordForm().schema, "minItems": 1}
	full := mapSchema(topicSettings, "words")
	schema := object{"anyOf": []any{
		object{"type": "object", "minProperties": 1, "additionalProperties": object{"anyOf": []any{words, full}}},
		object{"type": "array", "minItems": 1, "items": wordForm().schema},
	}}
	return valueType{want: "a map of topics", schema: schema, inner: topicSettings, read: func(d *decoder, key string, n *yaml.Node) any {
		if d.is(yaml.SequenceNode, n) {
			return d.topicNames(key, n)
		}
		var topics []Topic
		namedForm(d, key, n, topicsExample, "topic", func(name string, e entry) {
			topics = append(topics, d.topic(name, e.value))
		})
		if topics == nil {
			return nil
		}
		return topics
	}}
}

// topicNames reads topics of which only the names are written.
func (d *decoder) topicNames(key string, n *yaml.Node) any {
	if slices.ContainsFunc(items(n), func(item *yaml.Node) bool { return item.Kind == yaml.MappingNode }) {
		return d.wrongType(key, n, "a map of names", topicsExample)
	}
	names, _ := listForm[string]("a list of topics", wordForm(), 1, "[databases, streaming]").read(d, key, n).([]string)
	var topics []Topic
	for _, name := range names {
		topics = append(topics, Topic{Name: name, Label: name, Words: []string{name}, Weight: 1})
	}
	if topics == nil {
		return nil
	}
	return topics
}

// topic reads what stands under a topic's name.
func (d *decoder) topic(name string, n *yaml.Node) Topic {
	topic := Topic{Name: name, Label: name, Weight: 1}
	switch {
	case d.is(yaml.SequenceNode, n):
		topic.Words, _ = wordsForm().read(d, name, n).([]string)
	case d.is(yaml.MappingNode, n):
		if found := d.fill(n, topicSettings, reflect.ValueOf(&topic).Elem()); found["words"] == nil {
			d.errorf(n, "write words: [kafka, event stream*]", "topic %s has no words", quoted(name))
		}
	default:
		d.wrongType(name, n, "a list of words", "[kafka, event stream*]")
	}
	return topic
}

// companiesForm is a map of companies to what is their own on the web.
func companiesForm() valueType {
	const eg = "{Netflix: [netflixtechblog.com, medium.com/netflix-techblog]}"
	places := listForm[string]("a list of hosts and beginnings of addresses", placeForm("netflixtechblog.com"), 1, "[netflixtechblog.com, github.com/netflix]")
	schema := object{"type": "object", "minProperties": 1, "additionalProperties": places.schema}
	return valueType{want: "a map of companies", schema: schema, read: func(d *decoder, key string, n *yaml.Node) any {
		var companies []Company
		owner := map[string]string{}
		namedForm(d, key, n, eg, "company", func(name string, e entry) {
			links, _ := places.read(d, name, e.value).([]string)
			companies = append(companies, Company{Name: name, Links: links})
			for i, link := range links {
				if other, taken := owner[link]; taken && len(links) == len(e.value.Content) {
					d.errorf(resolved(e.value.Content[i]), "keep it under one company", "%s belongs to %s already", quoted(link), quoted(other))
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

// boilerplateForm is an expression, or a map with more to say of it.
func boilerplateForm() valueType {
	expression, full := patternForm(), mapForm[Pattern](patternSettings, "{where: lead, re: '^welcome back'}")
	schema := object{"anyOf": []any{expression.schema, mapSchema(patternSettings, "re")}}
	return valueType{want: full.want, schema: schema, inner: patternSettings, read: func(d *decoder, key string, n *yaml.Node) any {
		if n.Kind != yaml.MappingNode {
			if v := expression.read(d, key, n); v != nil {
				return Pattern{ID: fmt.Sprintf("line %d", n.Line), Where: "any", RE: v.(string)}
			}
			return nil
		}
		pattern, _ := full.read(d, key, n).(Pattern)
		if pattern.RE == "" && valueOf(n, "re") == nil {
			d.errorf(n, "write re: and a regular expression", "this piece of boilerplate has no expression")
		}
		if pattern.ID == "" {
			pattern.ID = fmt.Sprintf("line %d", n.Line)
		}
		return pattern
	}}
}

// valueOf is what a map holds under a key; nil: nothing.
func valueOf(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}
