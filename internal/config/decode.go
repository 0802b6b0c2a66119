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

// field is one key of feeds.yaml. The tables of settings.go hold them all: reading the file, its JSON Schema and its
// reference page are made from them, so that none can say what another does not know.
type field struct {
	key   string
	field string // of the Go struct that the map fills
	form  valueType
	unset string            // the YAML that holds when the key is left out; empty: nothing
	doc   string            // what it means, in a sentence
	eg    string            // a value, as YAML
	of    []broadsheet.Kind // sources that may have it; nil: all
	must  []broadsheet.Kind // sources that must have it
}

// valueType is what may stand under a key.
type valueType struct {
	want   string // in words: "a whole number from 1 to 100"
	schema object // of JSON Schema
	inner  []field

	// read gives the Go value of n, or nil when n is wrong and that has been told.
	read func(d *decoder, key string, n *yaml.Node) any
}

// decoder is one pass over a feeds.yaml.
type decoder struct {
	mistakes Errors
	sources  []*sourceEntry
	lists    map[*yaml.Node]*yaml.Node // of a source's entry: what stands under its key list

	secrets []string // addresses whose paths are secret, right or wrong

	elsewhere         map[string]string // where a key belongs that is not known where it stands
	unwanted, stories *yaml.Node
	topicless         bool    // the file has no topics, so that those of its sources are all there are
	implied           []Topic // they are
}

func newDecoder() *decoder { return &decoder{lists: map[*yaml.Node]*yaml.Node{}} }

// told are the mistakes that were found, in the order of the file, without the secret paths that they quote.
func (d *decoder) told(file string) Errors {
	var pairs []string
	for _, secret := range d.secrets {
		if secret != "" {
			shown := link.RedactedPath(secret)
			pairs = append(pairs, quoted(secret), quoted(shown), secret, shown, strings.TrimSuffix(quoted(secret)[1:], `"`), shown)
		}
	}
	hide := strings.NewReplacer(pairs...)
	for i, m := range d.mistakes {
		d.mistakes[i].File, d.mistakes[i].What, d.mistakes[i].Do = file, hide.Replace(m.What), hide.Replace(m.Do)
	}
	return d.mistakes.inOrder()
}

// errorf tells a mistake.
func (d *decoder) errorf(n *yaml.Node, do, what string, args ...any) {
	d.mistakes = append(d.mistakes, Error{Line: n.Line, Col: n.Column, What: fmt.Sprintf(what, args...), Do: do})
}

// wrongType tells that n is not what may stand under the key.
func (d *decoder) wrongType(key string, n *yaml.Node, want, eg string) any {
	entry := strings.HasPrefix(key, anEntry)
	do := fmt.Sprintf("write %s, for example %s", want, example(key, eg))
	switch {
	case empty(n) && entry:
		d.errorf(n, "write "+want+", or remove the line", "%s is empty", key)
	case n.Tag != "" && !slices.Contains(plainTags, n.Tag):
		d.errorf(n, "remove the tag", "%s has the tag %s, which means nothing here", key, quoted(n.Tag))
	case empty(n):
		if key != "sources" {
			do += ", or remove the key"
		}
		d.errorf(n, do, "%s has no value", key)
	case n.Tag == "!!null":
		d.errorf(n, fmt.Sprintf("put it in quotes if you mean the word, or %s", do), "%s is %s, which in YAML means no value", key, n.Value)
	default:
		d.errorf(n, do, "%s is %s", key, described(n))
	}
	return nil
}

// anEntry begins what an entry of a list is called, which has no key of its own.
const anEntry = "an entry of "

func example(key, eg string) string {
	switch {
	case strings.HasPrefix(key, anEntry):
		return "- " + eg
	case strings.HasPrefix(eg, "\n"):
		return key + ":" + eg
	}
	return key + ": " + eg
}

// described says what a node is.
func described(n *yaml.Node) string {
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
	return quoted(n.Value)
}

// resolved follows aliases.
func resolved(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// plainTags are the tags that YAML itself gives to what is written without one.
var plainTags = []string{"!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq", "!!timestamp", "!!merge"}

// is tells whether n is of that kind and has a value; it tells the maintainer when a tag makes it something else.
func (d *decoder) is(kind yaml.Kind, n *yaml.Node) bool {
	return n.Kind == kind && n.Tag != "!!null" && slices.Contains(plainTags, n.Tag)
}

// entry is a key of a map with its value.
type entry struct {
	name       string
	key, value *yaml.Node
}

// entries are the keys of a map in order, those of its merge keys ("<<") last; a key of its own beats a merged one.
func (d *decoder) entries(n *yaml.Node) []entry {
	var found, merged []entry
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := resolved(n.Content[i]), n.Content[i+1]
		switch first := seen[key.Value]; {
		case key.Tag == "!!merge":
			merged = append(merged, d.merged(value)...)
		case key.Kind != yaml.ScalarNode || key.Tag == "!!null":
			d.errorf(n.Content[i], "write a plain word before the colon", "a key is %s", described(key))
		case first != nil:
			d.errorf(n.Content[i], "keep one of them", "the key %s stands here a second time, first in line %d", quoted(key.Value), first.Line)
		default:
			seen[key.Value] = n.Content[i]
			found = append(found, entry{key.Value, n.Content[i], resolved(value)})
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

// merged are the keys that a merge key brings: of a map, or of a list of maps of which the first wins.
func (d *decoder) merged(n *yaml.Node) []entry {
	at := n
	switch n = resolved(n); n.Kind {
	case yaml.MappingNode:
		return d.entries(n)
	case yaml.SequenceNode:
		var all []entry
		for _, item := range n.Content {
			if item = resolved(item); item.Kind != yaml.MappingNode {
				d.errorf(item, "write <<: *name, where &name marks a map", "<< merges maps, and this is %s", described(item))
				continue
			}
			all = append(all, d.entries(item)...)
		}
		return all
	}
	d.errorf(at, "write <<: *name, where &name marks a map", "<< merges maps, and this is %s", described(n))
	return nil
}

// isExtensionKey tells whether a key is the maintainer's own, a place for anchors that the program never reads.
func isExtensionKey(key string) bool { return strings.HasPrefix(key, "x-") }

// fill reads a map into a struct by the table, sets what the file leaves out to its default, and gives the values that it
// found by key. A nil n is a map that was left out.
func (d *decoder) fill(n *yaml.Node, settings []field, into reflect.Value) map[string]*yaml.Node {
	found := map[string]*yaml.Node{}
	var entries []entry
	if n != nil {
		entries = d.entries(n)
	}
	for _, e := range entries {
		i := slices.IndexFunc(settings, func(s field) bool { return s.key == e.name })
		switch {
		case i >= 0:
			found[e.name] = e.value
			d.set(settings[i], e.value, into)
		case !isExtensionKey(e.name):
			d.unknown(e, settings)
		}
	}
	for _, s := range settings {
		switch {
		case found[s.key] != nil:
		case s.unset != "":
			d.set(s, literal(s.unset), into)
		case s.form.inner != nil && s.of == nil && s.field != "":
			if field := into.FieldByName(s.field); field.Kind() == reflect.Struct {
				d.fill(nil, s.form.inner, field)
			}
		}
	}
	return found
}

// set reads one value into its field.
func (d *decoder) set(s field, n *yaml.Node, into reflect.Value) {
	if v := s.form.read(d, s.key, n); v != nil && s.field != "" {
		field := into.FieldByName(s.field)
		field.Set(reflect.ValueOf(v).Convert(field.Type()))
	}
}

// literal is the node of a YAML text from our own tables.
func literal(text string) *yaml.Node {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		panic(fmt.Sprintf("settings.go: %q: %v", text, err))
	}
	return document.Content[0]
}

// keyAliases are keys that people write from habit, and ours.
var keyAliases = map[string]string{
	"url": "feed", "rss": "feed", "atom": "feed", "xml": "feed", "href": "feed", "feed_url": "feed", "xmlurl": "feed", "feeds": "sources", "urls": "sources", "subscriptions": "sources",
	"interval": "every", "ttl": "every", "refresh": "every", "frequency": "every", "tags": "topics", "tag": "topics", "category": "topics", "categories": "topics",
	"selector": "excerpt", "content": "excerpt", "tz": "timezone", "zone": "timezone", "time_zone": "timezone", "link": "url", "site": "url", "base_url": "url",
	"description": "subtitle", "lang": "language", "email": "contact", "filter": "include", "only": "include", "skip": "exclude", "ignore": "exclude",
	"block": "exclude", "label": "name", "articles": "list", "item": "items", "keywords": "words", "phrases": "words", "limit": "size", "count": "size", "max": "size",
	"private": "allow_private", "score": "bonus", "boost": "bonus", "regex": "re", "regexp": "re", "pattern": "re", "folder": "group", "section": "group", "feed_title": "name", "title": "name",
}

// secrets are keys under which people write what must not be in a file that is shared.
var secrets = []string{"password", "passwd", "pass", "pwd", "secret", "token", "api_key", "apikey"}

// unknown tells of a key that is not known where it stands, and the one that was meant.
func (d *decoder) unknown(e entry, settings []field) {
	var known []string
	for _, s := range settings {
		known = append(known, s.key)
	}
	folded := strings.ReplaceAll(strings.ToLower(e.name), "-", "_")
	do := "write one of " + strings.Join(known, ", ")
	if len(d.mistakes) > 10*mistakesTold {
		known = nil // nobody will read so far, and looking for what was meant takes time
	}
	switch near := suggest(folded, known); {
	case slices.Contains(secrets, folded):
		do = "a password does not stand in this file, which others read: name an environment variable with password_env, or a file with password_file, under mail"
	case slices.Contains(known, keyAliases[folded]) && levenshtein(folded, near) > 1:
		do = "did you mean " + keyAliases[folded] + "?"
	case near != "":
		do = "did you mean " + near + "?"
	case d.elsewhere[e.name] != "":
		do = d.elsewhere[e.name]
	}
	d.errorf(e.key, do, "the key %s is not known here", quoted(e.name))
}

// keysElsewhere says of each key where it belongs.
func keysElsewhere() map[string]string {
	where := map[string]string{}
	add := func(settings []field, belongs string) {
		for _, s := range settings {
			if _, twice := where[s.key]; twice {
				continue
			}
			where[s.key] = "it belongs " + belongs
		}
	}
	add(topSettings, "to the file as a whole: begin it in the first column")
	add(editionSettings, "under edition")
	for _, s := range sourceSettings {
		if s.of != nil && where[s.key] == "" {
			where[s.key] = "it belongs to " + kindsText(s.of)
		}
	}
	add(sourceSettings, "to a source: put it under one of sources")
	add(groupSettings, "to a heading under sources")
	add(limitSettings, "under limits")
	add(selectionSettings, "under selection")
	add(storySettings, "under stories")
	add(mailSettings, "under mail")
	return where
}
