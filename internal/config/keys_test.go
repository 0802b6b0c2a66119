package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"broadsheet"
)

// fieldTables are all tables of keys.go with the Go types that they are decoded into. derived are the fields of these
// types that no key sets.
var fieldTables = []struct {
	name    string
	fields  []field
	goType  any
	derived []string
}{
	{"the file", topFields, Config{}, []string{"Groups", "Sources"}},
	{"edition", editionFields, broadsheet.EditionRules{}, nil},
	{"selection", selectionFields, Scoring{}, nil},
	{"topic", topicFields, Topic{}, []string{"Name"}},
	{"boilerplate", patternFields, BoilerplatePattern{}, nil},
	{"stories", storyFields, StoryRules{}, nil},
	{"limits", limitFields, Limits{}, nil},
	{"limits of a host", hostLimitFields, HostLimit{}, nil},
	{"mail", mailFields, MailSettings{}, nil},
	{"webhook", webhookFields, Webhook{}, nil},
	{"listed", listedFields, broadsheet.ListEntry{}, nil},
	{"heading", groupFields, groupKeys{}, nil},
	{"source", sourceFields, broadsheet.Source{}, []string{"Kind", "Group", "Unnamed", "Line"}},
}

func TestFieldTables_CoverAllStructFields(t *testing.T) {
	for _, table := range fieldTables {
		set := slices.Clone(table.derived)
		for _, f := range table.fields {
			set = append(set, f.goName)
		}
		goType := reflect.TypeOf(table.goType)
		for i := range goType.NumField() {
			if field := goType.Field(i); field.IsExported() && !slices.Contains(set, field.Name) {
				t.Errorf("%s: no key sets %s.%s", table.name, goType.Name(), field.Name)
			}
		}
		for _, f := range table.fields {
			if _, known := goType.FieldByName(f.goName); f.goName != "" && !known {
				t.Errorf("%s: %s sets %s, which %s does not have", table.name, f.key, f.goName, goType.Name())
			}
		}
	}
}

func TestFieldTables_DefaultsAndExamplesDecode(t *testing.T) {
	for _, table := range fieldTables {
		for _, f := range table.fields {
			if !strings.HasSuffix(f.doc, ".") {
				t.Errorf("%s: %s: %q is not a sentence", table.name, f.key, f.doc)
			}
			if f.typ.description == "" {
				t.Errorf("%s: %s: no description of the type", table.name, f.key)
			}
			for _, text := range []string{f.defaultYAML, f.example} {
				if text == "" {
					continue
				}
				d := &decoder{}
				d.decodeField(f, parseLiteral(text), reflect.New(reflect.TypeOf(table.goType)).Elem())
				for _, m := range d.errors {
					t.Errorf("%s: %s: %s does not decode: %v", table.name, f.key, text, m)
				}
			}
		}
	}
	if got, want := mustParse(t, "sources: [https://a.example/]").Limits, (Limits{}).WithDefaults(); !reflect.DeepEqual(got, want) {
		t.Errorf("the defaults in the table are %+v, those of OrDefaults %+v", got, want)
	}
}
