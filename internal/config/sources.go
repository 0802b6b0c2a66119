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

// sourceEntry is a source with what of it must be checked against the rest of the file.
type sourceEntry struct {
	broadsheet.Source
	at     *yaml.Node // the entry as a whole
	where  *yaml.Node // its address; a list's name
	named  *yaml.Node // its name; nil: it has none of its own
	topics []*yaml.Node
}

// groupKeys are the keys of a heading, an entry of sources that holds sources: what it says for all of them.
type groupKeys struct {
	Group  string
	Topics []string
	Take   broadsheet.Take
	Bonus  float64
	Every  time.Duration

	topics []*yaml.Node
}

const sourcesExample = "[https://example.com/feed]"

// sourcesForm is the list of sources. headings are the keys of a heading; nil: the list stands under one already, which
// reads it when the heading's own keys are known.
func sourcesForm(headings []field) valueType {
	return valueType{want: "a list of sources", schema: sourcesSchema(headings), read: func(d *decoder, key string, n *yaml.Node) any {
		if headings != nil {
			d.eachSource(key, n, func(item *yaml.Node) {
				if d.has(item, "group") || d.has(item, "sources") {
					d.group(item, headings)
				} else {
					d.source(item, groupKeys{})
				}
			})
		}
		return nil
	}}
}

// eachSource calls for each entry of a list of sources.
func (d *decoder) eachSource(key string, n *yaml.Node, each func(item *yaml.Node)) {
	if !d.is(yaml.SequenceNode, n) || len(n.Content) == 0 {
		d.wrongType(key, n, "a list of sources", sourcesExample)
		return
	}
	for _, item := range n.Content {
		each(resolved(item))
	}
}

// has tells whether n is a map with that key.
func (d *decoder) has(n *yaml.Node, key string) bool {
	return n.Kind == yaml.MappingNode && slices.ContainsFunc(d.entries(n), func(e entry) bool { return e.name == key })
}

// group reads a heading and the sources under it.
func (d *decoder) group(n *yaml.Node, headings []field) {
	var h groupKeys
	found := d.fill(n, headings, reflect.ValueOf(&h).Elem())
	h.topics = items(found["topics"])
	if found["group"] == nil {
		d.errorf(n, "write group: and a name before it", "these sources have no heading")
	}
	if found["sources"] == nil {
		d.errorf(n, "write sources: and a list of them under it", "the heading has no sources")
		return
	}
	d.eachSource("sources", found["sources"], func(item *yaml.Node) {
		if d.has(item, "group") || d.has(item, "sources") {
			d.errorf(item, "move it out, beside the heading that it stands under", "a heading stands under a heading")
			return
		}
		d.source(item, h)
	})
}

// items are the entries of a list; nil for what is none.
func items(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	var all []*yaml.Node
	for _, item := range n.Content {
		all = append(all, resolved(item))
	}
	return all
}

// kinds in the order in which a maintainer is told of them.
var kinds = []broadsheet.Kind{broadsheet.KindFeed, broadsheet.KindPage, broadsheet.KindSitemap, broadsheet.KindList}

// source reads one source.
func (d *decoder) source(n *yaml.Node, under groupKeys) {
	s := &sourceEntry{Source: broadsheet.Source{Kind: broadsheet.KindFeed, Line: n.Line, Group: under.Group}, at: n, where: n}
	var found map[string]*yaml.Node
	switch {
	case d.is(yaml.MappingNode, n) && len(n.Content) > 0:
		if found = d.sourceMap(n, s); found == nil {
			return
		}
	case d.is(yaml.ScalarNode, n):
		if _, wrong, do := webAddress(n.Value); wrong != "" {
			d.errorf(n, do, "source %s %s", quoted(n.Value), wrong)
			return
		}
		s.URL = strings.TrimSpace(n.Value)
	default:
		d.wrongType(anEntry+"sources", n, "an address, or a map with feed:, page:, sitemap: or list:", "{feed: https://example.com/feed}")
		return
	}
	if s.Kind == broadsheet.KindList {
		d.lists[n] = found["list"]
	}
	s.inherit(under, found)
	d.sources = append(d.sources, s)
}

// sourceMap reads a source that is written as a map; nil: it is none.
func (d *decoder) sourceMap(n *yaml.Node, s *sourceEntry) map[string]*yaml.Node {
	var is []entry
	for _, e := range d.entries(n) {
		if slices.Contains(kinds, broadsheet.Kind(e.name)) {
			is = append(is, e)
		}
	}
	for _, e := range d.entries(n) {
		if e.name == "secret" && e.value.Value != "false" {
			for _, address := range is {
				d.secrets = append(d.secrets, address.value.Value)
			}
		}
	}
	if len(is) == 0 {
		d.fill(n, sourceSettings, reflect.ValueOf(&s.Source).Elem())
		if !slices.ContainsFunc(d.entries(n), func(e entry) bool { return slices.Contains(kinds, broadsheet.Kind(keyAliases[e.name])) }) {
			d.errorf(n, "write feed:, page:, sitemap: or list: and an address", "this source names nothing to read")
		}
		return nil
	}
	if len(is) > 1 {
		for _, other := range is[1:] {
			d.errorf(other.key, "keep one of them; what has both is two sources", "a source is either %s or %s", is[0].name, other.name)
		}
		d.fill(n, sourceSettings, reflect.ValueOf(&s.Source).Elem())
		return nil
	}
	s.Kind, s.where = broadsheet.Kind(is[0].name), is[0].value
	mine := mayHave[s.Kind]
	found := d.fill(n, mine, reflect.ValueOf(&s.Source).Elem())
	s.named = found["name"]
	for _, setting := range mine {
		if slices.Contains(setting.must, s.Kind) && found[setting.key] == nil {
			d.errorf(n, fmt.Sprintf("write for example %s", example(setting.key, setting.eg)), "this %s has no %s", s.Kind, setting.key)
		}
	}
	if s.Kind == broadsheet.KindList && s.named != nil {
		s.where = s.named
	}
	if s.URL == "" && s.Kind != broadsheet.KindList || s.Name == "" && s.Kind == broadsheet.KindList {
		return nil // that has been told, and without an identity there is no more to check
	}
	return found
}

// inherit takes from the heading what the source does not say itself.
func (s *sourceEntry) inherit(under groupKeys, found map[string]*yaml.Node) {
	s.topics = append(items(found["topics"]), under.topics...)
	for _, topic := range under.Topics {
		if !slices.Contains(s.Topics, topic) {
			s.Topics = append(s.Topics, topic)
		}
	}
	if found["take"] == nil {
		s.Take = under.Take
	}
	if found["bonus"] == nil {
		s.Bonus = under.Bonus
	}
	if found["every"] == nil && s.Kind != broadsheet.KindList {
		s.Every = under.Every
	}
}

// listedForm is an entry of a list: an address, or a map with more to say of it.
func listedForm() valueType {
	address := addressForm("https://example.com/article")
	full := mapForm[broadsheet.Listed](listedSettings, "{url: https://example.com/article, title: How it works}")
	schema := object{"anyOf": []any{address.schema, mapSchema(listedSettings, "url")}}
	return valueType{want: "an address", schema: schema, inner: listedSettings, read: func(d *decoder, key string, n *yaml.Node) any {
		if n.Kind != yaml.MappingNode {
			if v := address.read(d, key, n); v != nil {
				return broadsheet.Listed{URL: v.(string)}
			}
			return nil
		}
		listed, _ := full.read(d, key, n).(broadsheet.Listed)
		if !d.has(n, "url") {
			d.errorf(n, "write url: and its address", "this article has no address")
		}
		return listed
	}}
}
