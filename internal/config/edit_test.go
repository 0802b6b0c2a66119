package config

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet"
)

// TestEdits runs the cases of testdata/edit.txt: a file, the edit on one line
// ("replace OLD NEW" or "append GROUP|KEY=VALUE|…"), and the edited file or the error.
func TestEdits(t *testing.T) {
	runCases(t, "testdata/edit.txt", func(t *testing.T, _ string, sections []string) string {
		after, err := edit([]byte(sections[0]), strings.TrimSpace(sections[1]))
		if err != nil {
			return "error: " + err.Error() + "\n"
		}
		return string(after)
	})
}

// edit makes the edit that a case describes.
func edit(file []byte, description string) ([]byte, error) {
	if words := strings.Fields(description); words[0] == "replace" {
		return ReplaceSourceURL(file, words[1], words[2])
	}
	parts := strings.Split(strings.TrimPrefix(description, "append "), "|")
	s := broadsheet.Source{Kind: broadsheet.KindFeed}
	for _, part := range parts[1:] {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "feed", "page", "sitemap":
			s.Kind, s.URL = broadsheet.Kind(key), value
		case "list":
			s.Kind, s.List = broadsheet.KindList, []broadsheet.ListEntry{{URL: value}, {URL: value + "/two", Note: "Second: better"}}
		case "name":
			s.Name = value
		case "items":
			s.Items = value
		case "topics":
			s.Topics = strings.Split(value, ",")
		case "every":
			s.Every, _ = time.ParseDuration(value)
		case "take":
			s.Take = broadsheet.Take(value)
		default:
			panic(key)
		}
	}
	return AppendSources(file, parts[0], s)
}

// TestEdits_PreserveBytes has the cases that a text file cannot show, such as line endings.
func TestEdits_PreserveBytes(t *testing.T) {
	for _, tt := range []struct{ name, before, description, after string }{
		{"Windows line endings and a byte description mark", "\ufeff# mine\r\nsources:\r\n- https://a.example/ # é 🗞\r\n- https://b.example/\r\n", "replace https://a.example/ https://c.example/feed",
			"\ufeff# mine\r\nsources:\r\n- https://c.example/feed # é 🗞\r\n- https://b.example/\r\n"},
		{"Windows line endings, appended", "sources:\r\n- https://a.example/\r\n\r\ntitle: x\r\n", "append |feed=https://c.example/|name=C",
			"sources:\r\n- https://a.example/\r\n- feed: https://c.example/\r\n  name: C\r\n\r\ntitle: x\r\n"},
		{"a byte description mark on the edited line", "\ufeffsources: [https://a.example/]", "replace https://a.example/ https://c.example/", "\ufeffsources: [https://c.example/]"},
		{"no line ending at the end", "sources:\n- https://a.example/", "append |feed=https://c.example/", "sources:\n- https://a.example/\n- https://c.example/"},
		{"empty file", "", "append |feed=https://c.example/", "sources:\n  - https://c.example/\n"},
		{"only comments", "# mine", "append Databases|feed=https://c.example/", "# mine\nsources:\n  - group: Databases\n    sources:\n      - https://c.example/\n"},
		{"no sources", "title: x\r\n", "append |feed=https://c.example/", "title: x\r\nsources:\r\n  - https://c.example/\r\n"},
		{"a name that ends with a colon", "sources:\n- https://a.example/\n", "append |feed=https://c.example/|name=C:", "sources:\n- https://a.example/\n- feed: https://c.example/\n  name: \"C:\"\n"},
		{"emoji before it on the same line", "sources: [{name: 🗞👩‍💻, feed: https://a.example/}]\n", "replace https://a.example/ https://c.example/", "sources: [{name: 🗞👩‍💻, feed: https://c.example/}]\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			after, err := edit([]byte(tt.before), tt.description)
			if err != nil || string(after) != tt.after {
				t.Errorf("got  %q, %v\nwant %q", after, err, tt.after)
			}
		})
	}
}

// FuzzEdits checks that an edit of any valid file makes exactly the intended change, or returns an error.
func FuzzEdits(f *testing.F) {
	f.Add("sources:\n- https://a.example/ # one\n", "Databases")
	f.Add("sources: [https://a.example/, {feed: 'https://b.example/', name: \"[x]\"}]\n", "")
	f.Add("sources:\n  - group: G\n    sources:\n    - feed: &a >-\n        https://a.example/\n", "G")
	f.Fuzz(func(t *testing.T, file, group string) {
		before, err := Parse("feeds.yaml", []byte(file))
		if err != nil {
			return
		}
		const added = "https://new.example/feed"
		if after, err := AppendSources([]byte(file), group, broadsheet.Source{Kind: broadsheet.KindFeed, URL: added, Name: "New: one"}); err == nil {
			c, err := Parse("feeds.yaml", after)
			if err != nil || len(c.Sources) != len(before.Sources)+1 {
				t.Errorf("%q became %q: %v", file, after, err)
			}
		}
		for i, s := range before.Sources {
			if s.Kind == broadsheet.KindList {
				continue
			}
			after, err := ReplaceSourceURL([]byte(file), s.URL, added)
			if err != nil {
				continue
			}
			c, err := Parse("feeds.yaml", after)
			if err != nil || c.Sources[i].URL != added || len(c.Sources) != len(before.Sources) {
				t.Errorf("%q became %q: %v", file, after, err)
			}
		}
	})
}

// TestAppendSources_SeveralSources covers each style of list, with a heading that exists and with one that does not.
func TestAppendSources_SeveralSources(t *testing.T) {
	added := []broadsheet.Source{{Kind: broadsheet.KindFeed, URL: "https://b.example/", Name: "B"}, {Kind: broadsheet.KindFeed, URL: "https://c.example/"}, {Kind: broadsheet.KindFeed, URL: "https://d.example/", Name: "D"}}
	for _, tt := range []struct{ before, group, after string }{
		{"sources:\n- https://a.example/\ntitle: x\n", "", "sources:\n- https://a.example/\n- feed: https://b.example/\n  name: B\n- https://c.example/\n- feed: https://d.example/\n  name: D\ntitle: x\n"},
		{"sources:\n- https://a.example/\n", "G", "sources:\n- https://a.example/\n- group: G\n  sources:\n    - feed: https://b.example/\n      name: B\n    - https://c.example/\n    - feed: https://d.example/\n      name: D\n"},
		{"sources: [https://a.example/]\n", "", "sources: [https://a.example/, {feed: https://b.example/, name: B}, https://c.example/, {feed: https://d.example/, name: D}]\n"},
		{"sources: [https://a.example/]\n", "G", "sources: [https://a.example/, {group: G, sources: [{feed: https://b.example/, name: B}, https://c.example/, {feed: https://d.example/, name: D}]}]\n"},
		{"sources: [\n  https://a.example/,\n]\n", "", "sources: [\n  https://a.example/,\n  {feed: https://b.example/, name: B},\n  https://c.example/,\n  {feed: https://d.example/, name: D},\n]\n"},
		{"", "", "sources:\n  - feed: https://b.example/\n    name: B\n  - https://c.example/\n  - feed: https://d.example/\n    name: D\n"},
	} {
		after, err := AppendSources([]byte(tt.before), tt.group, added...)
		if err != nil || string(after) != tt.after {
			t.Errorf("%q under %q:\ngot  %q, %v\nwant %q", tt.before, tt.group, after, err, tt.after)
		}
	}
}

// TestEdits_DefaultFeeds edits the feeds.yaml that the program ships with: a new address for sources of each form, and a
// new source under each heading, without one, and under a new one.
func TestEdits_DefaultFeeds(t *testing.T) {
	c, err := Parse("feeds.yaml", broadsheet.DefaultFeeds)
	if err != nil {
		t.Fatal(err)
	}
	groups := []string{"", "A new heading"}
	for _, s := range c.Sources {
		if !slices.Contains(groups, s.Group) {
			groups = append(groups, s.Group)
		} else if s.Kind == broadsheet.KindFeed || s.Kind == broadsheet.KindList {
			continue // the first of each heading, and all of the rarer kinds
		}
		if s.Kind == broadsheet.KindList {
			continue
		}
		after, err := ReplaceSourceURL(broadsheet.DefaultFeeds, s.URL, "https://new.example/feed")
		if err != nil || bytes.Count(after, []byte("\n")) != bytes.Count(broadsheet.DefaultFeeds, []byte("\n")) {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
	for _, group := range groups {
		after, err := AppendSources(broadsheet.DefaultFeeds, group, broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://new.example/feed", Name: "New"})
		if err != nil {
			t.Errorf("under %q: %v", group, err)
			continue
		}
		if got, err := Parse("feeds.yaml", after); err != nil || len(got.Sources) != len(c.Sources)+1 || len(got.Topics) != len(c.Topics) {
			t.Errorf("under %q: %v", group, err)
		}
	}
}
