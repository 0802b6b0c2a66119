package rules

import (
	"testing"

	"broadsheet"
)

func TestIneligible(t *testing.T) {
	const link = "https://blog.example/2026/uno.html"
	for name, test := range map[string]struct {
		a    broadsheet.Article
		want bool
	}{
		"a title and no text":                  {broadsheet.Article{Title: "Uno", Link: link}, false},
		"no title, and a text":                 {broadsheet.Article{Excerpt: "Some words.", Text: "Some words.", Link: link}, false},
		"no title and no text":                 {broadsheet.Article{Link: link}, true},
		"no title, and a text not to be shown": {broadsheet.Article{Text: "Some words.", Link: link}, true},
		"its address as a title":               {broadsheet.Article{Title: link, Link: link}, true},
		"its address without the scheme":       {broadsheet.Article{Title: "Blog.example/2026/uno.html", Link: link}, true},
		"another address as a title":           {broadsheet.Article{Title: "http://www.example.com/", Link: link}, true},
		"its address as a title, and a text":   {broadsheet.Article{Title: link, Link: link, Excerpt: "Some words."}, false},
		"a name like an address":               {broadsheet.Article{Title: "Node.js", Link: "https://nodejs.example/"}, false},
		"404":                                  {broadsheet.Article{Title: "Uno", Excerpt: "Some words.", Text: "Some words.", Link: link, Dead: broadsheet.DeadMissing}, true},
		"410":                                  {broadsheet.Article{Title: "Uno", Excerpt: "Some words.", Link: link, Dead: broadsheet.DeadGone}, true},
		"no host":                              {broadsheet.Article{Title: "Uno", Excerpt: "Some words.", Link: link, Dead: broadsheet.DeadHost}, true},
		"in a private network":                 {broadsheet.Article{Title: "Uno", Excerpt: "Some words.", Link: link, Dead: broadsheet.DeadPrivate}, true},
		"not found, by its text":               {broadsheet.Article{Title: "Uno", Link: link, Dead: broadsheet.DeadSoft404}, true},
		"not found, by its text, and a text":   {broadsheet.Article{Title: "Uno", Text: "Some words.", Link: link, Dead: broadsheet.DeadSoft404}, false},
		"parked":                               {broadsheet.Article{Title: "Uno", Link: link, Dead: broadsheet.DeadParked}, true},
		"a private link":                       {broadsheet.Article{Title: "Uno", Excerpt: "Some words.", Link: "http://localhost:4000/uno"}, true},
		"no link":                              {broadsheet.Article{Title: "Uno", Excerpt: "Some words."}, false},
	} {
		if why := Ineligible(test.a, broadsheet.Source{}); (why != "") != test.want {
			t.Errorf("%s: ineligible %v: %s", name, !test.want, why)
		}
	}
	inside := broadsheet.Article{Title: "Uno", Excerpt: "Some words.", Link: "http://localhost:4000/uno"}
	if why := Ineligible(inside, broadsheet.Source{AllowPrivate: true}); why != "" {
		t.Errorf("allow_private: %s", why)
	}
}
