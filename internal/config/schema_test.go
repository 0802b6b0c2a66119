package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"broadsheet"

	"go.yaml.in/yaml/v3"
)

// What the tables say of feeds.yaml must hold: for the Go types, for the program that reads it, and for the schema and
// the page that are made of them.

// fieldTables are all tables with the Go types that they fill, and the fields of those that come from elsewhere.
var fieldTables = []struct {
	name    string
	fields  []field
	into    any
	derived []string
}{
	{"the file", topFields, Config{}, []string{"Groups", "Sources"}},
	{"edition", editionFields, broadsheet.EditionRules{}, nil},
	{"selection", selectionFields, Selection{}, nil},
	{"topic", topicFields, Topic{}, []string{"Name"}},
	{"boilerplate", patternFields, Pattern{}, nil},
	{"stories", storyFields, StoryRules{}, nil},
	{"limits", limitFields, Limits{}, nil},
	{"mail", mailFields, MailRules{}, nil},
	{"listed", listedFields, broadsheet.Listed{}, nil},
	{"heading", groupFields, groupKeys{}, nil},
	{"source", sourceFields, broadsheet.Source{}, []string{"Kind", "Group", "Unnamed", "Line"}},
}

func TestTablesFillTheTypesWhole(t *testing.T) {
	for _, table := range fieldTables {
		filled := slices.Clone(table.derived)
		for _, s := range table.fields {
			filled = append(filled, s.goName)
		}
		into := reflect.TypeOf(table.into)
		for i := range into.NumField() {
			if field := into.Field(i); field.IsExported() && !slices.Contains(filled, field.Name) {
				t.Errorf("%s: no key fills %s.%s", table.name, into.Name(), field.Name)
			}
		}
		for _, s := range table.fields {
			if _, known := into.FieldByName(s.goName); s.goName != "" && !known {
				t.Errorf("%s: %s fills %s, which %s has not", table.name, s.key, s.goName, into.Name())
			}
		}
	}
}

func TestDefaultsAndExamplesAreRight(t *testing.T) {
	for _, table := range fieldTables {
		for _, s := range table.fields {
			if !strings.HasSuffix(s.doc, ".") {
				t.Errorf("%s: %s: %q is no sentence", table.name, s.key, s.doc)
			}
			if s.typ.description == "" {
				t.Errorf("%s: %s: no words for what is wanted", table.name, s.key)
			}
			for _, text := range []string{s.defaultYAML, s.example} {
				if text == "" {
					continue
				}
				d := &decoder{}
				d.decodeField(s, parseLiteral(text), reflect.New(reflect.TypeOf(table.into)).Elem())
				for _, m := range d.errors {
					t.Errorf("%s: %s: %s is not what may stand there: %v", table.name, s.key, text, m)
				}
			}
		}
	}
	if got, want := mustParse(t, "sources: [https://a.example/]").Limits, (Limits{}).OrDefaults(); got != want {
		t.Errorf("the table's limits are %+v, those of the code %+v", got, want)
	}
}

// TestSchemaAgrees holds the schema to what ParseConfig says of the files of the other tests, as far as a schema can
// know.
func TestSchemaAgrees(t *testing.T) {
	var schema object
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	right := []string{
		"sources: [https://a.example/]",
		string(broadsheet.DefaultFeeds),
		"x-a: 1\ntitle: 7\nedition: {time: '06:00', size: 3}\ntopics: {a: [b], c: {words: [d], weight: 2}}\nboilerplate: [a, {re: b}]\nlimits: {body: 16MB, timeout: 3s}\n" +
			"sources:\n- {group: G, take: all, sources: [https://a.example/, {feed: https://b.example/, every: 1d}]}\n- {page: https://p.example/, items: a}\n- {sitemap: https://s.example/}\n- {list: [https://l.example/, {url: https://m.example/, note: n}], name: L}",
		"topics: [a, b]\nsources: [https://a.example/]",
		"mail: {from: a@a.example, host: localhost, tls: none}\nsources: [https://a.example/]",
	}
	for _, file := range right {
		if err := validate(schema, schema, decodeLiteral(file), "feeds.yaml"); err != nil {
			t.Errorf("%v in:\n%.300s", err, file)
		}
	}
	problem := []string{
		"title: x", "sources: []", "sources: https://a.example/", "sources: [ftp://a.example/]", "sources: [7]", "sources: [{}]", "titel: x\nsources: [https://a.example/]",
		"sources: [{feed: https://a.example/, items: a}]", "sources: [{page: https://a.example/}]", "sources: [{list: [https://a.example/]}]", "sources: [{feed: https://a.example/, take: some}]",
		"sources: [{group: G, sources: [{group: H, sources: [https://a.example/]}]}]", "edition: {size: 0}\nsources: [https://a.example/]", "edition: {size: twelve}\nsources: [https://a.example/]",
		"edition: {time: 6am}\nsources: [https://a.example/]", "topics: {a: b}\nsources: [https://a.example/]", "topics: {a: {label: b}}\nsources: [https://a.example/]", "limits: {timeout: 30}\nsources: [https://a.example/]",
		"stories: {join: [[https://a.example/]]}\nsources: [https://a.example/]",
		"mail: {from: a@a.example}\nsources: [https://a.example/]", "mail: {from: a, host: localhost}\nsources: [https://a.example/]",
		"mail: {from: a@a.example, host: localhost, user: u, password: p}\nsources: [https://a.example/]",
	}
	for _, file := range problem {
		if validate(schema, schema, decodeLiteral(file), "feeds.yaml") == nil {
			t.Errorf("the schema finds nothing wrong in:\n%s", file)
		}
		if _, err := Parse("feeds.yaml", []byte(file)); err == nil {
			t.Errorf("ParseConfig finds nothing wrong in:\n%s", file)
		}
	}
}

// validate checks a value by as much of JSON Schema as ours uses, and fails on what it does not know.
func validate(root, schema object, v any, path string) error {
	for word, is := range schema {
		var err error
		switch word {
		case "$schema", "$defs", "title", "description", "default", "examples", "format":
		case "properties", "patternProperties":
			m, _ := v.(object)
			for key, each := range m {
				sub, known := schema["properties"].(object)[key]
				if known && word == "properties" {
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
				switch sub, open := is.(object); {
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
			for _, key := range is.([]any) {
				if m, _ := v.(object); m[key.(string)] == nil {
					return fmt.Errorf("%s: no %s", path, key)
				}
			}
		case "type":
			if !slices.ContainsFunc(asList(is), func(name any) bool { return isA(v, name.(string)) }) {
				return fmt.Errorf("%s: %v is not %v", path, v, is)
			}
		case "enum":
			if !slices.Contains(is.([]any), v) {
				return fmt.Errorf("%s: %v is none of %v", path, v, is)
			}
		case "pattern":
			if text, is2 := v.(string); is2 && !matches(is.(string), text) {
				return fmt.Errorf("%s: %q does not match %s", path, text, is)
			}
		case "minimum", "maximum":
			if n, ok := asNumber(v); ok && (word == "minimum" && n < is.(float64) || word == "maximum" && n > is.(float64)) {
				return fmt.Errorf("%s: %v is out of range", path, n)
			}
		case "minItems":
			if list, ok := v.([]any); ok && float64(len(list)) < is.(float64) {
				return fmt.Errorf("%s: too short", path)
			}
		case "minProperties":
			if m, ok := v.(object); ok && float64(len(m)) < is.(float64) {
				return fmt.Errorf("%s: empty", path)
			}
		case "items":
			list, _ := v.([]any)
			for i, each := range list {
				if err := validate(root, is.(object), each, fmt.Sprintf("%s[%d]", path, i)); err != nil {
					return err
				}
			}
		case "anyOf":
			var all []string
			for _, sub := range is.([]any) {
				if err = validate(root, sub.(object), v, path); err == nil {
					break
				}
				all = append(all, err.Error())
			}
			if err != nil {
				return fmt.Errorf("%s: none of: %s", path, strings.Join(all, "; "))
			}
		case "$ref":
			name := strings.TrimPrefix(is.(string), "#/$defs/")
			if err := validate(root, root["$defs"].(object)[name].(object), v, path); err != nil {
				return err
			}
		default:
			return fmt.Errorf("this test does not know the word %q of the schema", word)
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
		_, is := v.(object)
		return is
	case "array":
		_, is := v.([]any)
		return is
	case "string":
		_, is := v.(string)
		return is
	case "boolean":
		_, is := v.(bool)
		return is
	case "number":
		return isNumber
	}
	return name == "integer" && isInt
}

// TestReferenceNamesEveryKey also reads the examples of the page as a maintainer would write them.
func TestReferenceNamesEveryKey(t *testing.T) {
	page := Reference()
	for _, c := range sections() {
		_, chapter, found := strings.Cut(page, "\n## "+c.title+"\n")
		if !found {
			t.Errorf("no chapter %s", c.title)
		}
		for _, s := range c.fields {
			_, part, found := strings.Cut(chapter, "\n### "+s.key+"\n")
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
			t.Errorf("%s has no chapter", table.name)
		}
	}
}
