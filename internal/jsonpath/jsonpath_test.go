package jsonpath

import (
	"encoding/json"
	"strings"
	"testing"
)

const document = `{"posts": [{"node": {"a b": "x", "n": 1}}, {"node": {"a b": "y", "n": 2}}], "by": {"b": 2, "a": 1}, "a.b": 3}`

func TestFind(t *testing.T) {
	var v any
	if err := json.Unmarshal([]byte(document), &v); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"$":                       "[" + compact(v) + "]",
		"$.posts[*].node['a b']":  `["x","y"]`,
		`posts[*].node["a b"]`:    `["x","y"]`,
		"posts[-1].node.n":        `[2]`,
		"posts[2]":                `null`,
		"posts.0":                 `null`,
		"$.by.*":                  `[1,2]`,
		"by[*]":                   `[1,2]`,
		"['a.b']":                 `[3]`,
		"$['posts'][0]['node'].n": `[1]`,
		"nothing.at.all":          `null`,
		"posts[*].node.n.deeper":  `null`,
	} {
		p, err := Parse(path)
		if got := compact(p.Find(v)); err != nil || got != want {
			t.Errorf("%s finds %s, want %s (%v)", path, got, want, err)
		}
	}
}

func TestParse_Errors(t *testing.T) {
	for path, want := range map[string]string{
		"$..x": "write the whole path", "$.": "no name", "$.a[": "without its ]", "$.a[x]": "a number, * or a name in quotes",
		"$['a]": "quote without its end", "$x": "a . or a [", "a b": "no name", strings.Repeat(".a", 60): "more than 50 steps",
	} {
		if _, err := Parse(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

func compact(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

func FuzzFind(f *testing.F) {
	f.Add("$.posts[*].node['a b']", document)
	f.Fuzz(func(t *testing.T, path, document string) {
		var v any
		p, err := Parse(path)
		if err == nil && json.Unmarshal([]byte(document), &v) == nil && len(p.Find(v)) > MaxFound {
			t.Error("too many values")
		}
	})
}
