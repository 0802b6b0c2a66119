package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"broadsheet"

	"go.yaml.in/yaml/v3"
)

// sourceEntry is a decoded source with the nodes that are needed to check it against the rest of the file.
type sourceEntry struct {
	broadsheet.Source
	urlNode    *yaml.Node   // its URL; for a list: its name; for a file: its path
	nameNode   *yaml.Node   // its name; nil: the file gives it none
	listNode   *yaml.Node   // list: its articles
	topicNodes []*yaml.Node // its topics and those of its heading
}

// groupKeys holds the settings of a heading (an entry of sources that contains sources), which all of these inherit.
type groupKeys struct {
	Group  string
	Topics []string
	Take   broadsheet.Take
	Bonus  float64
	Every  time.Duration

	topicNodes []*yaml.Node
}

const sourcesExample = "[https://example.com/feed]"

// sourcesType is the list of sources. headings are the keys of a heading. They are nil for the list under a heading,
// which cannot contain further headings; decodeGroup decodes that list, once the settings of the heading are known.
func sourcesType(headings []field) valueType {
	return valueType{description: "a list of sources", schema: sourcesSchema(headings), decode: func(d *decoder, key string, n *yaml.Node) any {
		if headings != nil {
			d.forEachSource(key, n, func(item *yaml.Node) {
				if d.hasKey(item, "group") || d.hasKey(item, "sources") {
					d.decodeGroup(item, headings)
				} else {
					d.decodeSource(item, groupKeys{})
				}
			})
		}
		return nil
	}}
}

// forEachSource calls each for every entry of a list of sources.
func (d *decoder) forEachSource(key string, n *yaml.Node, each func(item *yaml.Node)) {
	if !isKind(yaml.SequenceNode, n) || len(n.Content) == 0 {
		d.wrongType(key, n, "a list of sources", sourcesExample)
		return
	}
	for _, item := range n.Content {
		each(resolveAlias(item))
	}
}

// hasKey reports whether n is a map with that key.
func (d *decoder) hasKey(n *yaml.Node, key string) bool {
	return n.Kind == yaml.MappingNode && slices.ContainsFunc(d.entries(n), func(e entry) bool { return e.name == key })
}

// decodeGroup decodes a heading and the sources under it.
func (d *decoder) decodeGroup(n *yaml.Node, headings []field) {
	var h groupKeys
	found := d.decodeMap(n, headings, reflect.ValueOf(&h).Elem())
	h.topicNodes = listItems(found["topics"])
	if found["group"] == nil {
		d.errorf(n, "write group: and a name before it", "these sources have no heading")
	}
	if found["sources"] == nil {
		d.errorf(n, "write sources: and a list of them under it", "the heading has no sources")
		return
	}
	d.forEachSource("sources", found["sources"], func(item *yaml.Node) {
		if d.hasKey(item, "group") || d.hasKey(item, "sources") {
			d.errorf(item, "move it out, beside the heading that it stands under", "a heading stands under a heading")
			return
		}
		d.decodeSource(item, h)
	})
}

// listItems returns the entries of a list, with aliases resolved; nil if n is not a list.
func listItems(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	var all []*yaml.Node
	for _, item := range n.Content {
		all = append(all, resolveAlias(item))
	}
	return all
}

// allKinds lists the kinds of source in the order in which messages and the reference page show them.
var allKinds = []broadsheet.Kind{broadsheet.KindFeed, broadsheet.KindPage, broadsheet.KindSitemap, broadsheet.KindList, broadsheet.KindFile}

// decodeSource decodes one source, which inherits the settings of the heading above it, and adds it to d.sources.
func (d *decoder) decodeSource(n *yaml.Node, group groupKeys) {
	s := &sourceEntry{Source: broadsheet.Source{Kind: broadsheet.KindFeed, Line: n.Line, Group: group.Group}, urlNode: n}
	var found map[string]*yaml.Node
	switch {
	case isKind(yaml.MappingNode, n) && len(n.Content) > 0:
		if found = d.decodeSourceMap(n, s); found == nil {
			return
		}
	case isKind(yaml.ScalarNode, n):
		if _, problem, remedy := parseURL(n.Value); problem != "" {
			d.errorf(n, remedy, "source %s %s", quoteForMessage(n.Value), problem)
			return
		}
		s.URL = strings.TrimSpace(n.Value)
	default:
		d.wrongType(entryPrefix+"sources", n, "an address, or a map with feed:, page:, sitemap:, list: or file:", "{feed: https://example.com/feed}")
		return
	}
	if s.Kind == broadsheet.KindList {
		s.listNode = found["list"]
	}
	d.checkHeaders(s, found)
	s.inherit(group, found)
	d.sources = append(d.sources, s)
}

// decodeSourceMap decodes a source that is written as a map into s and returns its values by key. It returns nil if the
// map is so wrong that the source cannot be checked further.
func (d *decoder) decodeSourceMap(n *yaml.Node, s *sourceEntry) map[string]*yaml.Node {
	var kindEntries []entry // the keys that say what kind of source it is: there must be exactly one
	for _, e := range d.entries(n) {
		if slices.Contains(allKinds, broadsheet.Kind(e.name)) {
			kindEntries = append(kindEntries, e)
		}
	}
	for _, e := range d.entries(n) {
		if e.name == "secret" && e.value.Value != "false" {
			for _, kind := range kindEntries {
				d.secretURLs = append(d.secretURLs, kind.value.Value)
			}
		}
	}
	if len(kindEntries) == 0 {
		found := d.decodeMap(n, sourceFields, reflect.ValueOf(&s.Source).Elem())
		d.checkItemParts(s.Source, found)
		if !slices.ContainsFunc(d.entries(n), func(e entry) bool { return slices.Contains(allKinds, broadsheet.Kind(keyAliases[e.name])) }) {
			d.errorf(n, "write feed:, page:, sitemap:, list: or file: and what is to be read", "this source names nothing to read")
		}
		return nil
	}
	if len(kindEntries) > 1 {
		for _, other := range kindEntries[1:] {
			d.errorf(other.key, "keep one of them; what has both is two sources", "a source is either %s or %s", kindEntries[0].name, other.name)
		}
		d.decodeMap(n, sourceFields, reflect.ValueOf(&s.Source).Elem())
		return nil
	}
	s.Kind, s.urlNode = broadsheet.Kind(kindEntries[0].name), kindEntries[0].value
	fields := fieldsByKind[s.Kind]
	found := d.decodeMap(n, fields, reflect.ValueOf(&s.Source).Elem())
	s.nameNode = found["name"]
	for _, f := range fields {
		if slices.Contains(f.requiredFor, s.Kind) && found[f.key] == nil {
			d.errorf(n, fmt.Sprintf("write for example %s", exampleYAML(f.key, f.example)), "this %s has no %s", s.Kind, f.key)
		}
	}
	d.checkItemParts(s.Source, found)
	if s.Kind == broadsheet.KindList && s.nameNode != nil {
		s.urlNode = s.nameNode
	}
	if s.ID() == (broadsheet.Source{Kind: s.Kind}).ID() {
		return nil // an error is recorded already, and without Source.ID there is nothing more to check
	}
	return found
}

// inherit adds the settings of the heading that the source does not set itself. found holds the values that it sets.
func (s *sourceEntry) inherit(group groupKeys, found map[string]*yaml.Node) {
	s.topicNodes = append(listItems(found["topics"]), group.topicNodes...)
	for _, topic := range group.Topics {
		if !slices.Contains(s.Topics, topic) {
			s.Topics = append(s.Topics, topic)
		}
	}
	if found["take"] == nil {
		s.Take = group.Take
	}
	if found["bonus"] == nil {
		s.Bonus = group.Bonus
	}
	if found["every"] == nil && s.Kind != broadsheet.KindList {
		s.Every = group.Every
	}
}

// listedType is an article of a list: a URL, or a map of url, title and note.
func listedType() valueType {
	bare := urlType("https://example.com/article")
	full := mapType[broadsheet.ListEntry](listedFields, "{url: https://example.com/article, title: How it works}")
	schema := object{"anyOf": []any{bare.schema, mapSchema(listedFields, "url")}}
	return valueType{description: "an address", schema: schema, fields: listedFields, decode: func(d *decoder, key string, n *yaml.Node) any {
		if n.Kind != yaml.MappingNode {
			if v := bare.decode(d, key, n); v != nil {
				return broadsheet.ListEntry{URL: v.(string)}
			}
			return nil
		}
		listed, _ := full.decode(d, key, n).(broadsheet.ListEntry)
		if !d.hasKey(n, "url") {
			d.errorf(n, "write url: and its address", "this article has no address")
		}
		return listed
	}}
}
