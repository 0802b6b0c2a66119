package broadsheet

import "testing"

func TestBarred(t *testing.T) {
	const link = "https://blog.example/2026/uno.html"
	for name, test := range map[string]struct {
		a      Article
		barred bool
	}{
		"a title and no text":                  {Article{Title: "Uno", Link: link}, false},
		"no title, and a text":                 {Article{Excerpt: "Some words.", Text: "Some words.", Link: link}, false},
		"no title and no text":                 {Article{Link: link}, true},
		"no title, and a text not to be shown": {Article{Text: "Some words.", Link: link}, true},
		"its address as a title":               {Article{Title: link, Link: link}, true},
		"its address without the scheme":       {Article{Title: "Blog.example/2026/uno.html", Link: link}, true},
		"another address as a title":           {Article{Title: "http://www.example.com/", Link: link}, true},
		"its address as a title, and a text":   {Article{Title: link, Link: link, Excerpt: "Some words."}, false},
		"a name like an address":               {Article{Title: "Node.js", Link: "https://nodejs.example/"}, false},
		"404":                                  {Article{Title: "Uno", Excerpt: "Some words.", Text: "Some words.", Link: link, Dead: DeadMissing}, true},
		"410":                                  {Article{Title: "Uno", Excerpt: "Some words.", Link: link, Dead: DeadGone}, true},
		"no host":                              {Article{Title: "Uno", Excerpt: "Some words.", Link: link, Dead: DeadHost}, true},
		"a page inside":                        {Article{Title: "Uno", Excerpt: "Some words.", Link: link, Dead: DeadPrivate}, true},
		"not found, in words":                  {Article{Title: "Uno", Link: link, Dead: DeadInWords}, true},
		"not found, in words, and a text":      {Article{Title: "Uno", Text: "Some words.", Link: link, Dead: DeadInWords}, false},
		"parked":                               {Article{Title: "Uno", Link: link, Dead: DeadParked}, true},
		"a private link":                       {Article{Title: "Uno", Excerpt: "Some words.", Link: "http://localhost:4000/uno"}, true},
		"no link":                              {Article{Title: "Uno", Excerpt: "Some words."}, false},
	} {
		if why := Barred(test.a, Source{}); (why != "") != test.barred {
			t.Errorf("%s: barred %v: %s", name, !test.barred, why)
		}
	}
	inside := Article{Title: "Uno", Excerpt: "Some words.", Link: "http://localhost:4000/uno"}
	if why := Barred(inside, Source{AllowPrivate: true}); why != "" {
		t.Errorf("allow_private: %s", why)
	}
}
