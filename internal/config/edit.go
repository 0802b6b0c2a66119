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

// Edits of the text of feeds.yaml. They change only what they must: comments, order, quoting, line endings and a byte
// order mark stay as they are. After each edit the new text is decoded and compared with the old: if it does not mean
// exactly the intended change, the edit is refused with an error that says what to do by hand.

// ReplaceSourceURL returns the file with a new URL for the source whose URL is old. It returns Errors if the file is
// not valid, and another error if no source has that URL or if the edit cannot be made. data is not modified.
func ReplaceSourceURL(data []byte, old, replacement string) ([]byte, error) {
	before, err := parseForEdit(data)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(before.sources, func(s *sourceEntry) bool { return s.URL == old && old != "" })
	if i < 0 {
		return nil, fmt.Errorf("no source of feeds.yaml has the address %s", link.RedactAddress(old))
	}
	want := slices.Clone(before.config.Sources)
	want[i].URL = replacement

	node := before.sources[i].urlNode
	start := nodeOffset(data, node)
	line := data[start:min(len(data), start+lineLength(data[start:]))]
	at := bytes.Index(line, []byte(old))
	if at < 0 {
		return nil, fmt.Errorf("line %d: the address is not written as one piece; change it to %s by hand", node.Line, link.RedactAddress(replacement))
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
	return nil, fmt.Errorf("line %d: the address cannot be replaced alone; change it to %s by hand", node.Line, link.RedactAddress(replacement))
}

// AppendSources returns the file with sources added: after the last source under the heading group, or after the last
// one of the file if group is empty. A missing heading is added too. The file may have no sources yet. Each source
// needs its Kind; zero values are not written, so that the defaults of feeds.yaml apply. Either all sources are added
// or none: the file is decoded once for all of them. The errors are like those of ReplaceSourceURL. data is not
// modified.
func AppendSources(data []byte, group string, sources ...broadsheet.Source) ([]byte, error) {
	sources = slices.Clone(sources)
	entries := make([][]string, len(sources))
	for i := range sources {
		sources[i].Group, sources[i].Line = group, 0
		entries[i] = entryLines(sources[i])
	}
	before, err := parseForEdit(data)
	if err != nil {
		if after, ok := appendFirstSources(data, group, entries); ok {
			return verifyAppend(after, Config{}, sources)
		}
		return nil, err
	}
	list, hasHeading := before.sourceList(group)
	if list == nil {
		return nil, fmt.Errorf("the sources of feeds.yaml come from an anchor; add %s by hand", link.RedactAddress(sources[0].ID()))
	}
	if group != "" && !hasHeading {
		entries = [][]string{groupLines(group, entries)}
	}
	var candidates [][]byte
	if list.Style&yaml.FlowStyle != 0 {
		candidates = insertIntoFlowList(data, list, entries)
	} else {
		candidates = [][]byte{insertIntoBlockList(data, list, entries)}
	}
	var firstErr error
	for _, after := range candidates {
		if after, err = verifyAppend(after, before.config, sources); err == nil {
			return after, nil
		}
		if firstErr == nil {
			firstErr = err
		}
	}
	return nil, firstErr
}

// parsedFile is a decoded feeds.yaml with what an edit needs of it.
type parsedFile struct {
	config  Config
	sources []*sourceEntry
	root    *yaml.Node

	noTopics bool
}

// parseForEdit decodes a file that is to be edited, or an edited one. The error is of type Errors.
func parseForEdit(data []byte) (parsedFile, error) {
	d := &decoder{}
	c := d.decodeConfig(data)
	if len(d.errors) > 0 {
		return parsedFile{}, d.finalErrors("feeds.yaml")
	}
	root, _ := parseYAML(data)
	return parsedFile{c, d.sources, root, d.noTopics}, nil
}

// sameExceptSources reports whether two files mean the same, apart from their sources.
func (e parsedFile) sameExceptSources(other parsedFile) bool {
	a, b := e.config, other.config
	a.Sources, b.Sources = nil, nil
	if other.noTopics {
		a.Topics, b.Topics = nil, nil // they come from the sources, which are compared separately
	}
	return reflect.DeepEqual(a, b)
}

// sameSources reports whether the sources of got are those in want. Line numbers and names that are made of URLs may
// differ.
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

// verifyAppend returns the edited text, or an error if it does not mean the same as before with the added sources.
func verifyAppend(after []byte, before Config, added []broadsheet.Source) ([]byte, error) {
	got, err := parseForEdit(after)
	if err != nil {
		return nil, err
	}
	index := make(map[string]int, len(got.sources))
	for i, s := range got.sources {
		index[s.ID()] = i
	}
	isNew := make(map[string]bool, len(added))
	for _, s := range added {
		i, found := index[s.ID()]
		if !found || got.sources[i].Group != s.Group || !containsFields(got.sources[i].Source, s) {
			return nil, fmt.Errorf("%s cannot be added without changing more; add it by hand", link.RedactAddress(s.ID()))
		}
		isNew[s.ID()] = true
	}
	rest := got
	rest.sources, rest.config.Sources = nil, nil
	for i, s := range got.sources {
		if !isNew[s.ID()] {
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

// containsFields reports whether all fields that are set in s have the same value in got.
func containsFields(got, s broadsheet.Source) bool {
	a, b := reflect.ValueOf(got), reflect.ValueOf(s)
	for _, f := range sourceFields {
		if want := b.FieldByName(f.goName); !want.IsZero() && !reflect.DeepEqual(a.FieldByName(f.goName).Interface(), want.Interface()) {
			return false
		}
	}
	return true
}

// sourceList returns the node of the list of sources under the heading group and true, or the list of the file and
// false if there is no such heading. The list is nil if the file gets its sources by a merge key.
func (e parsedFile) sourceList(group string) (top *yaml.Node, hasHeading bool) {
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

// appendFirstSources returns the text with the first sources added at its end. It returns false if the text has sources
// already, or cannot be extended by appending a key.
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
