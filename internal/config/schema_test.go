package config

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"broadsheet"

	"go.yaml.in/yaml/v3"
)

// TestSchema_AgreesWithParse checks that the schema accepts files that Parse accepts, and refuses files that both can
// refuse.
func TestSchema_AgreesWithParse(t *testing.T) {
	var schema object
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	right := []string{
		"sources: [https://a.example/]",
		string(broadsheet.DefaultFeeds),
		"x-a: 1\ntitle: 7\nedition: {time: '06:00', size: 3}\ntopics: {a: [b], c: {words: [d], weight: 2}}\nboilerplate: [a, {re: b}]\nlimits: {body: 16MB, timeout: 3s}\n" +
			"sources:\n- {group: G, take: all, sources: [https://a.example/, {feed: https://b.example/, every: 1d}]}\n- {page: https://p.example/, items: a}\n- {page: https://q.example/}\n- {page: https://r.example/, items: '$.posts[*]', link: '/blog/{fields.slug}', title: fields.title}\n- {sitemap: https://s.example/}\n- {list: [https://l.example/, {url: https://m.example/, note: n}], name: L}",
		"topics: [a, b]\nsources: [https://a.example/]",
		"mail: {from: a@a.example, host: localhost, tls: none}\nsources: [https://a.example/]",
		"webhook: https://a.example/\nsources: [https://a.example/]", "webhook: {url_env: A}\nsources: [{file: a/b.xml}]",
		"webhook: [https://a.example/, {url_file: a, allow_private: true}]\nsources: [https://a.example/]",
	}
	for _, file := range right {
		if err := validate(schema, schema, decodeLiteral(file), "feeds.yaml"); err != nil {
			t.Errorf("%v in:\n%.300s", err, file)
		}
	}
	problem := []string{
		"title: x", "sources: []", "sources: https://a.example/", "sources: [ftp://a.example/]", "sources: [7]", "sources: [{}]", "titel: x\nsources: [https://a.example/]",
		"sources: [{feed: https://a.example/, items: a}]", "sources: [{list: [https://a.example/]}]", "sources: [{feed: https://a.example/, take: some}]",
		"sources: [{group: G, sources: [{group: H, sources: [https://a.example/]}]}]", "edition: {size: 0}\nsources: [https://a.example/]", "edition: {size: twelve}\nsources: [https://a.example/]",
		"edition: {time: 6am}\nsources: [https://a.example/]", "topics: {a: b}\nsources: [https://a.example/]", "topics: {a: {label: b}}\nsources: [https://a.example/]", "limits: {timeout: 30}\nsources: [https://a.example/]",
		"stories: {join: [[https://a.example/]]}\nsources: [https://a.example/]",
		"mail: {from: a@a.example}\nsources: [https://a.example/]", "mail: {from: a, host: localhost}\nsources: [https://a.example/]",
		"webhook: []\nsources: [https://a.example/]", "webhook: a.example\nsources: [https://a.example/]", "webhook: {}\nsources: [https://a.example/]", "sources: [{file: /a}]",
		"mail: {from: a@a.example, host: localhost, user: u, password: p}\nsources: [https://a.example/]",
	}
	for _, file := range problem {
		if validate(schema, schema, decodeLiteral(file), "feeds.yaml") == nil {
			t.Errorf("the schema accepts:\n%s", file)
		}
		if _, err := Parse("feeds.yaml", []byte(file)); err == nil {
			t.Errorf("Parse accepts:\n%s", file)
		}
	}
}

// validate validates a value against the part of JSON Schema that ours uses. It returns an error for any other keyword.
// path is the position of v, for errors.
func validate(root, schema object, v any, path string) error {
	for keyword, want := range schema {
		var err error
		switch keyword {
		case "$schema", "$defs", "title", "description", "default", "examples", "format":
		case "properties", "patternProperties":
			m, _ := v.(object)
			for key, each := range m {
				sub, known := schema["properties"].(object)[key]
				if known && keyword == "properties" {
					err = validate(root, sub.(object), each, path+"."+key)
				}
				if err != nil {
					return err
				}
			}
		case "additionalProperties":
			m, _ := v.(object)
			properties, _ := schema["properties"].(object)
			for key, each := range m {
				switch sub, open := want.(object); {
				case properties[key] != nil || strings.HasPrefix(key, "x-"):
				case !open:
					return fmt.Errorf("%s: %s is not known", path, key)
				default:
					if err := validate(root, sub, each, path+"."+key); err != nil {
						return err
					}
				}
			}
		case "required":
			for _, key := range want.([]any) {
				if m, _ := v.(object); m[key.(string)] == nil {
					return fmt.Errorf("%s: no %s", path, key)
				}
			}
		case "type":
			if !slices.ContainsFunc(asList(want), func(name any) bool { return isA(v, name.(string)) }) {
				return fmt.Errorf("%s: %v is not %v", path, v, want)
			}
		case "enum":
			if !slices.Contains(want.([]any), v) {
				return fmt.Errorf("%s: %v is none of %v", path, v, want)
			}
		case "pattern":
			if text, ok := v.(string); ok && !matches(want.(string), text) {
				return fmt.Errorf("%s: %q does not match %s", path, text, want)
			}
		case "minimum", "maximum":
			if n, ok := asNumber(v); ok && (keyword == "minimum" && n < want.(float64) || keyword == "maximum" && n > want.(float64)) {
				return fmt.Errorf("%s: %v is out of range", path, n)
			}
		case "minItems":
			if list, ok := v.([]any); ok && float64(len(list)) < want.(float64) {
				return fmt.Errorf("%s: too short", path)
			}
		case "minProperties":
			if m, ok := v.(object); ok && float64(len(m)) < want.(float64) {
				return fmt.Errorf("%s: empty", path)
			}
		case "items":
			list, _ := v.([]any)
			for i, each := range list {
				if err := validate(root, want.(object), each, fmt.Sprintf("%s[%d]", path, i)); err != nil {
					return err
				}
			}
		case "anyOf":
			var all []string
			for _, sub := range want.([]any) {
				if err = validate(root, sub.(object), v, path); err == nil {
					break
				}
				all = append(all, err.Error())
			}
			if err != nil {
				return fmt.Errorf("%s: none of: %s", path, strings.Join(all, "; "))
			}
		case "$ref":
			name := strings.TrimPrefix(want.(string), "#/$defs/")
			if err := validate(root, root["$defs"].(object)[name].(object), v, path); err != nil {
				return err
			}
		default:
			return fmt.Errorf("this test does not know the keyword %q of the schema", keyword)
		}
	}
	return nil
}

func matches(pattern, text string) bool {
	return regexp.MustCompile(pattern).MatchString(text)
}

func asList(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

func asNumber(v any) (float64, bool) {
	switch n := v.(type) {
	case int:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

func isA(v any, name string) bool {
	_, isNumber := asNumber(v)
	_, isInt := v.(int)
	switch name {
	case "object":
		_, want := v.(object)
		return want
	case "array":
		_, want := v.([]any)
		return want
	case "string":
		_, want := v.(string)
		return want
	case "boolean":
		_, want := v.(bool)
		return want
	case "number":
		return isNumber
	}
	return name == "integer" && isInt
}

// TestReference_ListsEveryKey also parses the examples of the page as a maintainer would write them.
func TestReference_ListsEveryKey(t *testing.T) {
	page := Reference()
	for _, c := range sections() {
		_, text, found := strings.Cut(page, "\n## "+c.title+"\n")
		if !found {
			t.Errorf("no section %s", c.title)
		}
		for _, s := range c.fields {
			_, part, found := strings.Cut(text, "\n### "+s.key+"\n")
			if !found {
				t.Errorf("%s: no %s", c.title, s.key)
				continue
			}
			if s.example != "" && !strings.Contains(part, exampleYAML(s.key, s.example)) {
				t.Errorf("%s: %s has no example", c.title, s.key)
			}
			var v any
			if err := yaml.Unmarshal([]byte(exampleYAML(s.key, s.example)), &v); err != nil {
				t.Errorf("%s: %s: %v", c.title, s.key, err)
			}
		}
	}
	for _, table := range fieldTables {
		if !slices.ContainsFunc(sections(), func(c section) bool { return &c.fields[0] == &table.fields[0] }) {
			t.Errorf("%s has no section", table.name)
		}
	}
}
