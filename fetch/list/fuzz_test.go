package list

import (
	"net/url"
	"testing"

	"broadsheet"
)

// FuzzRead checks that a page which is read twice is the same page: all its articles are read again, and nothing is told.
// path is a path in JSON; without one the program finds the list.
func FuzzRead(f *testing.F) {
	for _, s := range shapes {
		f.Add([]byte(s.write(paths["dated"])), "", "")
	}
	f.Add([]byte(listPage(listPages["nested elements"])), "", "")
	f.Add([]byte(`{"posts": [{"slug": "a", "title": "A b c"}, {"slug": "b"}, {"slug": "c", "date": 1795500000}]}`), "$.posts", "/blog/{slug}")
	f.Add([]byte(`[{"url": "/a", "title": {"rendered": "A &amp; b c"}}, {"url": "/b", "title": "B c d"}, {"url": "/c", "title": "C d e"}]`), "", "")
	f.Add([]byte(`<script type="application/json">{"a": [{"b": {"url": "/x"}}]}</script><script type="application/ld+json">{"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": {"@id": "/a", "name": "A b c"}}]}</script>`), "$.a[*].b", "")
	base, _ := url.Parse("https://site.example/blog/")
	f.Fuzz(func(t *testing.T, body []byte, path, link string) {
		source := broadsheet.Source{Kind: broadsheet.KindPage}
		if path != "" {
			source.Items, source.Link = "$"+path, link
		}
		first, err := Read(body, "text/html", base, source, broadsheet.PageList{})
		if err != nil {
			return
		}
		again, err := Read(body, "text/html", base, source, first.List)
		if err != nil || again.Changed != "" || first.Changed == "" && len(again.Items) != len(first.Items) {
			t.Fatalf("%d articles, then %d, %q, %v\n%+v", len(first.Items), len(again.Items), again.Changed, err, first.List)
		}
	})
}
