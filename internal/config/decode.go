package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"broadsheet"
	"broadsheet/internal/link"

	"go.yaml.in/yaml/v3"
)

// field describes one key of feeds.yaml. The tables in keys.go hold all of them. The decoder, the JSON Schema and the
// reference page all work from these tables, so that they cannot contradict each other.
type field struct {
	key         string
	goName      string // name of the field in the Go struct that is decoded into; empty: decode stores the value itself
	typ         valueType
	defaultYAML string            // the default value, as YAML; empty: the zero value
	doc         string            // what the key means, in one sentence
	example     string            // an example of a value, as YAML
	kinds       []broadsheet.Kind // source fields: the kinds of source that may have the key; nil: all
	requiredFor []broadsheet.Kind // source fields: the kinds of source that must have the key
}

// valueType describes the values that a key accepts.
type valueType struct {
	description string  // for messages and the reference page: "a whole number from 1 to 100"
	schema      object  // the JSON Schema of a value
	fields      []field // the keys of a map, or of a list's entries when these are maps

	// decode returns the Go value of n. If n is invalid, it records the error in d and returns nil.
	decode func(d *decoder, key string, n *yaml.Node) any
}

// decoder decodes one feeds.yaml. It collects errors instead of stopping at the first one, so that the maintainer sees
// all of them at once. The zero value is ready to use.
type decoder struct {
	errors  Errors
	sources []*sourceEntry // the sources decoded so far

	secretURLs []string // URLs of secret sources, valid or not: their paths must not appear in an error

	keyLocations              map[string]string // by key: where it belongs, for keys in the wrong place
	unwantedNode, storiesNode *yaml.Node        // the values of the keys unwanted and stories; nil: there is none
	noTopics                  bool              // the file has no key topics: its topics are those that its sources name
	impliedTopics             []Topic           // these topics
}

// finalErrors returns the errors found, in the order of the file, without the secret paths that they quote. file is the
// name of the file as the maintainer knows it.
func (d *decoder) finalErrors(file string) Errors {
	var pairs []string
	for _, secret := range d.secretURLs {
		if secret != "" {
			shown := link.RedactedPath(secret)
			pairs = append(pairs, quoteForMessage(secret), quoteForMessage(shown), secret, shown, strings.TrimSuffix(quoteForMessage(secret)[1:], `"`), shown)
		}
	}
	hide := strings.NewReplacer(pairs...)
	for i, m := range d.errors {
		d.errors[i].File, d.errors[i].Problem, d.errors[i].Remedy = file, hide.Replace(m.Problem), hide.Replace(m.Remedy)
	}
	return d.errors.sortAndCompact()
}

// errorf records an error at the position of n: remedy says what to do, format and args what is wrong.
func (d *decoder) errorf(n *yaml.Node, remedy, format string, args ...any) {
	d.errors = append(d.errors, Error{Line: n.Line, Col: n.Column, Problem: fmt.Sprintf(format, args...), Remedy: remedy})
}

// wrongType records that n is not a value that the key accepts, and returns nil for decode to return. description and
// example describe the values that it accepts.
func (d *decoder) wrongType(key string, n *yaml.Node, description, example string) any {
	entry := strings.HasPrefix(key, entryPrefix)
	remedy := fmt.Sprintf("write %s, for example %s", description, exampleYAML(key, example))
	switch {
	case isEmpty(n) && entry:
		d.errorf(n, "write "+description+", or remove the line", "%s is empty", key)
	case n.Tag != "" && !slices.Contains(implicitTags, n.Tag):
		d.errorf(n, "remove the tag", "%s has the tag %s, which means nothing here", key, quoteForMessage(n.Tag))
	case isEmpty(n):
		if key != "sources" {
			remedy += ", or remove the key"
		}
		d.errorf(n, remedy, "%s has no value", key)
	case n.Tag == "!!null":
		d.errorf(n, fmt.Sprintf("put it in quotes if you mean the word, or %s", remedy), "%s is %s, which in YAML means no value", key, n.Value)
	default:
		d.errorf(n, remedy, "%s is %s", key, describe(n))
	}
	return nil
}

// entryPrefix begins the name of a list entry in messages, in place of a key, which it has not.
const entryPrefix = "an entry of "

// exampleYAML returns an example of a key with its value, or of a list entry, as YAML.
func exampleYAML(key, example string) string {
	switch {
	case strings.HasPrefix(key, entryPrefix):
		return "- " + example
	case strings.HasPrefix(example, "\n"):
		return key + ":" + example
	}
	return key + ": " + example
}

// describe returns what n is, for a message: its kind, or a quoted scalar.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode && len(n.Content) == 0:
		return "an empty list"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode && len(n.Content) == 0:
		return "an empty map"
	case n.Kind == yaml.MappingNode:
		return "a map of keys"
	}
	return quoteForMessage(n.Value)
}

// resolveAlias returns the node that n is an alias of, or n itself.
func resolveAlias(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// implicitTags are the tags that a YAML parser gives to nodes without an explicit tag.
var implicitTags = []string{"!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq", "!!timestamp", "!!merge"}

// isKind reports whether n is of that kind and has a value. An explicit tag makes a node something else. If it returns
// false, wrongType finds the reason.
func isKind(kind yaml.Kind, n *yaml.Node) bool {
	return n.Kind == kind && n.Tag != "!!null" && slices.Contains(implicitTags, n.Tag)
}

// entry is a key of a map with its value. Aliases in value are resolved.
type entry struct {
	name       string
	key, value *yaml.Node
}

// entries returns the entries of a map in order, with those of its merge keys ("<<") last. A key of the map itself
// takes precedence over a merged one. Duplicate keys are errors.
func (d *decoder) entries(n *yaml.Node) []entry {
	var found, merged []entry
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := resolveAlias(n.Content[i]), n.Content[i+1]
		switch first := seen[key.Value]; {
		case key.Tag == "!!merge":
			merged = append(merged, d.mergedEntries(value)...)
		case key.Kind != yaml.ScalarNode || key.Tag == "!!null":
			d.errorf(n.Content[i], "write a plain word before the colon", "a key is %s", describe(key))
		case first != nil:
			d.errorf(n.Content[i], "keep one of them", "the key %s stands here a second time, first in line %d", quoteForMessage(key.Value), first.Line)
		default:
			seen[key.Value] = n.Content[i]
			found = append(found, entry{key.Value, n.Content[i], resolveAlias(value)})
		}
	}
	for _, e := range merged {
		if seen[e.name] == nil {
			seen[e.name] = e.key
			found = append(found, e)
		}
	}
	return found
}

// mergedEntries returns the entries that a merge key brings in: those of a map, or of a list of maps, in which the
// first map takes precedence.
func (d *decoder) mergedEntries(n *yaml.Node) []entry {
	at := n
	switch n = resolveAlias(n); n.Kind {
	case yaml.MappingNode:
		return d.entries(n)
	case yaml.SequenceNode:
		var all []entry
		for _, item := range n.Content {
			if item = resolveAlias(item); item.Kind != yaml.MappingNode {
				d.errorf(item, "write <<: *name, where &name marks a map", "<< merges maps, and this is %s", describe(item))
				continue
			}
			all = append(all, d.entries(item)...)
		}
		return all
	}
	d.errorf(at, "write <<: *name, where &name marks a map", "<< merges maps, and this is %s", describe(n))
	return nil
}

// isExtensionKey reports whether a key belongs to the maintainer, such as a place for anchors: the program never reads
// it.
func isExtensionKey(key string) bool { return strings.HasPrefix(key, "x-") }

// decodeMap decodes the map n into the struct dst by a table of fields and sets missing keys to their defaults. It
// returns the values that are present, by key. If n is nil, the map is missing in the file: all fields get their
// defaults.
func (d *decoder) decodeMap(n *yaml.Node, fields []field, dst reflect.Value) map[string]*yaml.Node {
	found := map[string]*yaml.Node{}
	var entries []entry
	if n != nil {
		entries = d.entries(n)
	}
	for _, e := range entries {
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == e.name })
		switch {
		case i >= 0:
			found[e.name] = e.value
			d.decodeField(fields[i], e.value, dst)
		case !isExtensionKey(e.name):
			d.unknownKey(e, fields)
		}
	}
	for _, f := range fields {
		switch {
		case found[f.key] != nil:
		case f.defaultYAML != "":
			d.decodeField(f, parseLiteral(f.defaultYAML), dst)
		case f.typ.fields != nil && f.kinds == nil && f.goName != "":
			if inner := dst.FieldByName(f.goName); inner.Kind() == reflect.Struct {
				d.decodeMap(nil, f.typ.fields, inner)
			}
		}
	}
	return found
}

// decodeField decodes the value n of key f into its field of the struct dst.
func (d *decoder) decodeField(f field, n *yaml.Node, dst reflect.Value) {
	if v := f.typ.decode(d, f.key, n); v != nil && f.goName != "" {
		dstField := dst.FieldByName(f.goName)
		dstField.Set(reflect.ValueOf(v).Convert(dstField.Type()))
	}
}

// parseLiteral parses a YAML text from the tables in keys.go. It panics on an error, which would be a bug in the
// tables.
func parseLiteral(text string) *yaml.Node {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		panic(fmt.Sprintf("keys.go: %q: %v", text, err))
	}
	return document.Content[0]
}

// keyAliases maps keys that people write from habit, such as those of other programs, to ours.
var keyAliases = map[string]string{
	"url": "feed", "rss": "feed", "atom": "feed", "xml": "feed", "href": "feed", "feed_url": "feed", "xmlurl": "feed", "feeds": "sources", "urls": "sources", "subscriptions": "sources",
	"interval": "every", "ttl": "every", "refresh": "every", "frequency": "every", "tags": "topics", "tag": "topics", "category": "topics", "categories": "topics",
	"selector": "excerpt", "content": "excerpt", "tz": "timezone", "zone": "timezone", "time_zone": "timezone", "link": "url", "site": "url", "base_url": "url",
	"description": "subtitle", "lang": "language", "email": "contact", "filter": "include", "only": "include", "skip": "exclude", "ignore": "exclude",
	"block": "exclude", "label": "name", "articles": "list", "item": "items", "keywords": "words", "phrases": "words", "limit": "size", "count": "size", "max": "size",
	"private": "allow_private", "path": "file", "header": "headers", "http_headers": "headers", "useragent": "user_agent", "ua": "user_agent", "agent": "user_agent", "score": "bonus", "boost": "bonus", "regex": "re", "regexp": "re", "pattern": "re", "folder": "group", "section": "group", "feed_title": "name", "title": "name",
}

// secretKeys are keys under which people write secrets, which must not be in a file that others read.
var secretKeys = []string{"password", "passwd", "pass", "pwd", "secret", "token", "api_key", "apikey"}

// unknownKey records that a key is not known in this place, and suggests the key that was probably meant.
func (d *decoder) unknownKey(e entry, fields []field) {
	var known []string
	for _, f := range fields {
		known = append(known, f.key)
	}
	folded := strings.ReplaceAll(strings.ToLower(e.name), "-", "_")
	remedy := "write one of " + strings.Join(known, ", ")
	if len(d.errors) > 10*maxErrorsShown {
		known = nil // nobody reads that many errors, and a suggestion takes time
	}
	switch match := suggest(folded, known); {
	case slices.Contains(secretKeys, folded):
		remedy = "a password does not stand in this file, which others read: name an environment variable with password_env, or a file with password_file, under mail"
	case slices.Contains(known, keyAliases[folded]) && levenshtein(folded, match) > 1:
		remedy = "did you mean " + keyAliases[folded] + "?"
	case match != "":
		remedy = "did you mean " + match + "?"
	case d.keyLocations[e.name] != "":
		remedy = d.keyLocations[e.name]
	}
	d.errorf(e.key, remedy, "the key %s is not known here", quoteForMessage(e.name))
}

// keyLocations returns for each key the place where it belongs, as text.
func keyLocations() map[string]string {
	locations := map[string]string{}
	add := func(fields []field, belongs string) {
		for _, f := range fields {
			if _, known := locations[f.key]; known {
				continue
			}
			locations[f.key] = "it belongs " + belongs
		}
	}
	add(topFields, "to the file as a whole: begin it in the first column")
	add(editionFields, "under edition")
	for _, f := range sourceFields {
		if f.kinds != nil && locations[f.key] == "" {
			locations[f.key] = "it belongs to " + kindsText(f.kinds)
		}
	}
	add(sourceFields, "to a source: put it under one of sources")
	add(groupFields, "to a heading under sources")
	add(limitFields, "under limits")
	add(hostLimitFields, "under the name of a host under hosts, under limits")
	add(selectionFields, "under selection")
	add(storyFields, "under stories")
	add(mailFields, "under mail")
	add(webhookFields, "under webhook")
	return locations
}
