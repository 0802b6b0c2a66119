// Package jsonpath finds values in a decoded JSON document by a path, such as $.props.pageProps.posts[*].node: the part
// of RFC 9535 that takes time proportional to what it finds. A path is a sequence of
//
//	.name or ['name']   the member of an object
//	[2], [-1]           an element of an array, counted from 0, or from the end
//	[*] or .*           all elements or members
//
// after a $, or, relative to a value, without it: author.name, ['a b'].c.
package jsonpath

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Path is a parsed path.
type Path []step

// step is one part of a path: a name, an index, or all.
type step struct {
	name  string
	index int
	kind  stepKind
}

type stepKind int

const (
	stepName stepKind = iota
	stepIndex
	stepAll
)

// Bounds of a path and of what it finds.
const (
	maxSteps = 50
	MaxFound = 20_000
)

// Parse parses a path. An error says what is wrong with it.
func Parse(text string) (Path, error) {
	rest := strings.TrimSpace(text)
	if after, ok := strings.CutPrefix(rest, "$"); ok {
		rest = after
	} else if rest != "" && rest[0] != '[' && rest[0] != '.' {
		rest = "." + rest
	}
	var path Path
	for rest != "" {
		if len(path) == maxSteps {
			return nil, fmt.Errorf("has more than %d steps", maxSteps)
		}
		next, after, err := parseStep(rest)
		if err != nil {
			return nil, err
		}
		path, rest = append(path, next), after
	}
	return path, nil
}

// parseStep parses the first step of a path.
func parseStep(text string) (step, string, error) {
	switch {
	case strings.HasPrefix(text, ".."):
		return step{}, "", fmt.Errorf("has \"..\", which is not supported: write the whole path")
	case strings.HasPrefix(text, ".*"):
		return step{kind: stepAll}, text[2:], nil
	case text[0] == '.':
		end := strings.IndexAny(text[1:], ".[")
		if end < 0 {
			end = len(text) - 1
		}
		if name := text[1 : 1+end]; name != "" && !strings.ContainsAny(name, " ]'\"*") {
			return step{name: name}, text[1+end:], nil
		}
		return step{}, "", fmt.Errorf("has no name at %q", text)
	case text[0] != '[':
		return step{}, "", fmt.Errorf("has %q where a . or a [ is needed", text)
	}
	if text = text[1:]; text != "" && (text[0] == '\'' || text[0] == '"') {
		end := strings.Index(text[1:], text[:1]+"]")
		if end < 0 {
			return step{}, "", fmt.Errorf("has a quote without its end at %q", text)
		}
		return step{name: text[1 : 1+end]}, text[1+end+2:], nil
	}
	inner, rest, ok := strings.Cut(text, "]")
	if !ok {
		return step{}, "", fmt.Errorf("has a [ without its ]")
	}
	if inner == "*" {
		return step{kind: stepAll}, rest, nil
	}
	index, err := strconv.Atoi(inner)
	if err != nil {
		return step{}, "", fmt.Errorf("has %q in brackets: write a number, * or a name in quotes", inner)
	}
	return step{kind: stepIndex, index: index}, rest, nil
}

// Find returns the values that the path leads to from v, at most MaxFound. Those of an object are sorted by their names.
func (p Path) Find(v any) []any {
	found := []any{v}
	for _, s := range p {
		var next []any
		for _, value := range found {
			next = append(next, s.apply(value)...)
			if len(next) > MaxFound {
				next = next[:MaxFound]
				break
			}
		}
		found = next
	}
	return found
}

func (s step) apply(v any) []any {
	switch v := v.(type) {
	case map[string]any:
		if s.kind == stepAll {
			var all []any
			for _, name := range slices.Sorted(maps.Keys(v)) {
				all = append(all, v[name])
			}
			return all
		}
		if value, ok := v[s.name]; ok && s.kind == stepName {
			return []any{value}
		}
	case []any:
		if s.kind == stepAll {
			return v
		}
		i := s.index
		if i < 0 {
			i += len(v)
		}
		if s.kind == stepIndex && i >= 0 && i < len(v) {
			return []any{v[i]}
		}
	}
	return nil
}
