package rules

import (
	"strings"
	"testing"

	"broadsheet"
)

func TestFilter(t *testing.T) {
	for _, c := range []struct {
		name             string
		include, exclude []string
		link, title      string
		tags             []string
		kept             bool
		by               string
	}{
		{name: "no patterns", link: "https://a.example/x", kept: true},
		{name: "path prefix", include: []string{"/blog/*"}, link: "https://a.example/blog/2024/x?y=1", kept: true, by: "/blog/*"},
		{name: "path outside", include: []string{"/blog/*"}, link: "https://a.example/about", kept: false},
		{name: "a path pattern matches the whole path", include: []string{"/blog"}, link: "https://a.example/blog/x", kept: false},
		{name: "inner star", include: []string{"/*/engineering/*"}, link: "https://a.example/en/engineering/kafka", kept: true, by: "/*/engineering/*"},
		{name: "two stars, in order", include: []string{"/*b*a"}, link: "https://a.example/ab", kept: false},
		{name: "an empty path is the root", include: []string{"/"}, link: "https://a.example", kept: true, by: "/"},
		{name: "an escaped path", include: []string{"/blog/été"}, link: "https://a.example/blog/%C3%A9t%C3%A9", kept: true, by: "/blog/été"},
		{name: "exclude wins", include: []string{"/blog/*"}, exclude: []string{"/blog/jobs/*"}, link: "https://a.example/blog/jobs/1", kept: false, by: "/blog/jobs/*"},
		{name: "phrase in the title", include: []string{"event sourcing"}, title: "On Event  Sourcing, again", kept: true, by: "event sourcing"},
		{name: "phrase matches whole words", exclude: []string{"java"}, title: "JavaScript at scale", kept: true},
		{name: "trailing star matches any ending", exclude: []string{"java*"}, title: "JavaScript at scale", kept: false, by: "java*"},
		{name: "phrase in a tag", exclude: []string{"hiring"}, title: "Hello", tags: []string{"Life", "Hiring"}, kept: false, by: "hiring"},
		{name: "a phrase does not continue across tags", include: []string{"distributed systems"}, tags: []string{"distributed", "systems"}, kept: false},
		{name: "include path or phrase", include: []string{"/eng/*", "kafka"}, link: "https://a.example/news", title: "Kafka at rest", kept: true, by: "kafka"},
		{name: "an invalid link has no path", include: []string{"/x*"}, link: "://", kept: false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := broadsheet.Source{Include: c.include, Exclude: c.exclude}
			kept, by := Filter(s, c.link, c.title, c.tags)
			if kept != c.kept || by != c.by || PassesFilter(s, c.link, c.title, c.tags) != c.kept {
				t.Errorf("kept %v by %q, want %v by %q", kept, by, c.kept, c.by)
			}
		})
	}
}

// TestPassesFilter_TakesBoundedTime matches a path and a pattern for which a backtracking matcher would take exponential time.
func TestPassesFilter_TakesBoundedTime(t *testing.T) {
	s := broadsheet.Source{Include: []string{"/" + strings.Repeat("a*", 20) + "b"}}
	if PassesFilter(s, "https://a.example/"+strings.Repeat("a", 20_000), "", nil) {
		t.Error("matched, and there is no b")
	}
}
