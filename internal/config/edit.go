package config

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"broadsheet"
	"broadsheet/internal/link"

	"go.yaml.in/yaml/v3"
)

// Edits of the text of feeds.yaml. They change nothing but what they must: comments, order, quoting, line ends and a
// byte order mark stay. Each is tried on the text and read back; one that would not bring exactly the change that was
// wanted is not made.

// ReplaceSourceURL puts a new address in the place of a source's old one. The file must be without mistakes.
func ReplaceSourceURL(data []byte, old, replacement string) ([]byte, error) {
	before, err := parseForEdit(data)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(before.sources, func(s *sourceEntry) bool { return s.URL == old && s.Kind != broadsheet.KindList })
	if i < 0 {
		return nil, fmt.Errorf("no source of feeds.yaml has the address %s", link.RedactAddress(old))
	}
	want := slices.Clone(before.config.Sources)
	want[i].URL = replacement

	where := before.sources[i].urlNode
	start := nodeOffset(data, where)
	line := data[start:min(len(data), start+lineLength(data[start:]))]
	at := bytes.Index(line, []byte(old))
	if at < 0 {
		return nil, fmt.Errorf("line %d: the address is not written as one piece; change it to %s by hand", where.Line, link.RedactAddress(replacement))
	}
	start += at
	for _, text := range []string{replacement, quote(replacement)} {
		after := slices.Concat(data[:start], []byte(text), data[start+len(old):])
		got, readErr := parseForEdit(after)
		switch {
		case readErr == nil && sameSources(want, got) && before.sameExceptSources(got):
			return after, nil
		case err == nil:
			err = readErr
		}
	}
	if err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("line %d: the address cannot be replaced alone; change it to %s by hand", where.Line, link.RedactAddress(replacement))
}

// AppendSources adds sources after the last one under a heading, or after the last of the file when group is empty. A
// heading that there is not is added too. A file that has no sources yet may be given. What a source does not say is
// left to feeds.yaml's defaults; Kind must be said. All are added or none: the file is read once for all of them.
func AppendSources(data []byte, group string, sources ...broadsheet.Source) ([]byte, error) {
	sources = slices.Clone(sources)
	entries := make([][]string, len(sources))
	for i := range sources {
		sources[i].Group, sources[i].Line = group, 0
		entries[i] = entryLines(sources[i])
	}
	before, err := parseForEdit(data)
	if err != nil {
		if first, is := appendFirstSources(data, group, entries); is {
			return verifyAppend(first, Config{}, sources)
		}
		return nil, err
	}
	list, headed := before.sourceList(group)
	if list == nil {
		return nil, fmt.Errorf("the sources of feeds.yaml come from an anchor; add %s by hand", link.RedactAddress(sources[0].ID()))
	}
	if group != "" && !headed {
		entries = [][]string{groupLines(group, entries)}
	}
	var tries [][]byte
	if list.Style&yaml.FlowStyle != 0 {
		tries = insertIntoFlowList(data, list, entries)
	} else {
		tries = [][]byte{insertIntoBlockList(data, list, entries)}
	}
	var refused error
	for _, after := range tries {
		if after, err = verifyAppend(after, before.config, sources); err == nil {
			return after, nil
		}
		if refused == nil {
			refused = err
		}
	}
	return nil, refused
}

// parsedFile is a feeds.yaml that was read in order to change it.
type parsedFile struct {
	config  Config
	sources []*sourceEntry
	root    *yaml.Node

	noTopics bool
}

func parseForEdit(data []byte) (parsedFile, error) {
	d := &decoder{}
	c := d.decodeConfig(data)
	if len(d.errors) > 0 {
		return parsedFile{}, d.finalErrors("feeds.yaml")
	}
	root, _ := parseYAML(data)
	return parsedFile{c, d.sources, root, d.noTopics}, nil
}

// sameExceptSources tells whether all but the sources means the same.
func (e parsedFile) sameExceptSources(other parsedFile) bool {
	a, b := e.config, other.config
	a.Sources, b.Sources = nil, nil
	if other.noTopics {
		a.Topics, b.Topics = nil, nil // those of the sources, which are compared by themselves
	}
	return reflect.DeepEqual(a, b)
}

// sameSources tells whether the sources are those wanted; lines and names made of addresses may differ.
func sameSources(want []broadsheet.Source, got parsedFile) bool {
	if len(want) != len(got.sources) {
		return false
	}
	for i, s := range got.sources {
		a, b := want[i], got.config.Sources[i]
		a.Line, b.Line = 0, 0
		if s.nameNode == nil {
			a.Name, b.Name = "", ""
		}
		if !reflect.DeepEqual(a, b) {
			return false
		}
	}
	return true
}

// verifyAppend tells whether the edited text means what was meant before, and the sources added.
func verifyAppend(after []byte, before Config, added []broadsheet.Source) ([]byte, error) {
	got, err := parseForEdit(after)
	if err != nil {
		return nil, err
	}
	at := make(map[string]int, len(got.sources))
	for i, s := range got.sources {
		at[s.ID()] = i
	}
	new := make(map[string]bool, len(added))
	for _, s := range added {
		i, is := at[s.ID()]
		if !is || got.sources[i].Group != s.Group || !containsFields(got.sources[i].Source, s) {
			return nil, fmt.Errorf("%s cannot be added without changing more; add it by hand", link.RedactAddress(s.ID()))
		}
		new[s.ID()] = true
	}
	rest := got
	rest.sources, rest.config.Sources = nil, nil
	for i, s := range got.sources {
		if !new[s.ID()] {
			rest.sources = append(rest.sources, s)
			rest.config.Sources = append(rest.config.Sources, got.config.Sources[i])
		}
	}
	first := len(before.Sources) == 0
	if !first && !sameSources(before.Sources, rest) {
		return nil, fmt.Errorf("%s cannot be added without changing other sources; add it by hand", link.RedactAddress(added[0].ID()))
	}
	rest.config.Groups = before.Groups
	if !first && !(parsedFile{config: before}).sameExceptSources(rest) {
		return nil, fmt.Errorf("%s cannot be added without changing more; add it by hand", link.RedactAddress(added[0].ID()))
	}
	return after, nil
}

// containsFields tells whether got has all that s says.
func containsFields(got, s broadsheet.Source) bool {
	a, b := reflect.ValueOf(got), reflect.ValueOf(s)
	for _, set := range sourceFields {
		if want := b.FieldByName(set.goName); !want.IsZero() && !reflect.DeepEqual(a.FieldByName(set.goName).Interface(), want.Interface()) {
			return false
		}
	}
	return true
}

// sourceList is the list of sources under a heading; that of the file when there is no such heading.
func (e parsedFile) sourceList(group string) (top *yaml.Node, headed bool) {
	if top = mapValue(e.root, "sources"); top == nil {
		return nil, false
	}
	top = resolveAlias(top)
	for _, item := range top.Content {
		if item = resolveAlias(item); item.Kind != yaml.MappingNode {
			continue
		}
		name, list := mapValue(item, "group"), mapValue(item, "sources")
		if group != "" && name != nil && list != nil && resolveAlias(name).Value == group {
			return resolveAlias(list), true
		}
	}
	return top, false
}

// appendFirstSources is a text that has no sources yet, with its first ones.
func appendFirstSources(data []byte, group string, entries [][]string) ([]byte, bool) {
	root, problem := parseYAML(data)
	if problem == nil && root.Tag != "!!null" && (root.Kind != yaml.MappingNode || root.Style&yaml.FlowStyle != 0 || mapValue(root, "sources") != nil) {
		return nil, false
	}
	if problem != nil && *problem != emptyFileError {
		return nil, false
	}
	if group != "" {
		entries = [][]string{groupLines(group, entries)}
	}
	text := "sources:\n" + strings.Join(listLines("  ", " ", entries), "\n") + "\n"
	end := lineEnding(data)
	text = strings.ReplaceAll(text, "\n", end)
	if len(bytes.TrimPrefix(data, []byte("\ufeff"))) > 0 && !bytes.HasSuffix(data, []byte("\n")) {
		text = end + text
	}
	return slices.Concat(data, []byte(text)), true
}
