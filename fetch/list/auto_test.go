package list

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"broadsheet"
)

// listing of articles from one number to another, each by a pattern as in shapes_test.go.
func pageOf(before, item, after, path string, from, to int) string {
	var b strings.Builder
	b.WriteString("<!doctype html><title>Blog</title>" + before)
	for n := from; n <= to; n++ {
		b.WriteString(strings.NewReplacer("PATH", strings.ReplaceAll(path, "$", fmt.Sprint(n)), "TITLE", titleOfShape(n), "$", fmt.Sprint(n)).Replace(item))
	}
	return b.String() + after
}

const (
	oldItem    = `<div class="post"><h2><a href="PATH">TITLE</a></h2></div>`
	redesigned = `<li class="entry"><a class="x" href="PATH"><span class="big">TITLE</span></a></li>`
	// maintenance is a page with menus and posts of its own, in the markup of the old list
	maintenance = `<!doctype html><title>Back soon</title><h1>We are working on it</h1><div class="post"><h2><a href="/about/team">All about our team</a></h2></div>` +
		`<div class="post"><h2><a href="/about/jobs">Come and work with us</a></h2></div><div class="post"><h2><a href="/about/press">News for the press</a></h2></div>` +
		`<div class="post"><h2><a href="/about/contact">How to reach us here</a></h2></div>`
)

// TestRead_RemembersList follows a page from visit to visit: want is how many articles are read, and what is told.
func TestRead_RemembersList(t *testing.T) {
	type visit struct {
		page string
		want int
		told string // in Result.Changed; "": nothing is told
	}
	listPage := func(item, path string, from, to int) string {
		return pageOf(`<main><div class="l">`, item, `</div></main>`, path, from, to)
	}
	scripted := `<div id="app"></div><script id="__NEXT_DATA__" type="application/json">{"props": {"user": [{"name": "x"}], "posts": [` +
		strings.TrimPrefix(strings.TrimPrefix(pageOf("", `,{"url": "PATH", "title": "TITLE"}`, "", "/p/$", 1, 8), "<!doctype html><title>Blog</title>"), ",") + `]}}</script>`
	for name, visits := range map[string][]visit{
		"new articles":                      {{listPage(oldItem, "/p/$", 1, 8), 8, ""}, {listPage(oldItem, "/p/$", 4, 11), 8, ""}, {listPage(oldItem, "/p/$", 12, 19), 8, ""}},
		"a redesign":                        {{listPage(oldItem, "/p/$", 1, 8), 8, ""}, {listPage(redesigned, "/p/$", 3, 10), 8, ""}, {listPage(redesigned, "/p/$", 5, 12), 8, ""}},
		"a redesign with half":              {{listPage(oldItem, "/$", 1, 8), 8, ""}, {listPage(redesigned, "/$", 5, 12), 8, ""}},
		"a redesign with less than half":    {{listPage(oldItem, "/$-a", 1, 8), 8, ""}, {listPage(redesigned, "/$-a", 7, 14), 0, "of which 2 were there before"}},
		"a redesign that shows more":        {{listPage(oldItem, "/p/$", 1, 8), 8, ""}, {listPage(redesigned, "/p/$", 1, 24), 24, ""}},
		"maintenance in the same markup":    {{listPage(oldItem, "/p/$", 1, 8), 8, ""}, {maintenance, 0, `links such as "All about our team", of which 0 were there`}, {listPage(oldItem, "/p/$", 1, 9), 9, ""}},
		"maintenance, articles at the root": {{listPage(oldItem, "/post-$", 1, 8), 8, ""}, {strings.ReplaceAll(maintenance, "/about", ""), 0, "nothing of the page is read"}, {listPage(oldItem, "/post-$", 2, 9), 8, ""}},
		"an empty page":                     {{listPage(oldItem, "/p/$", 1, 8), 8, ""}, {"<title>x</title><div id=app></div>", 0, "no other is found"}, {listPage(oldItem, "/p/$", 1, 8), 8, ""}},
		"one article is left":               {{listPage(oldItem, "/p/$", 1, 8), 8, ""}, {listPage(oldItem, "/p/$", 1, 1), 0, "is gone"}},
		"another host":                      {{strings.ReplaceAll(listPage(oldItem, "HOST/p/$", 1, 8), "HOST", "https://www.blog.example"), 8, ""}, {listPage(redesigned, "/p/$", 1, 8), 8, ""}},
		"built by a script, then not":       {{scripted, 8, ""}, {scripted, 8, ""}, {listPage(oldItem, "/p/$", 1, 9), 9, ""}},
		"a new blog":                        {{listPage(oldItem, "/p/$", 1, 1), 1, ""}, {listPage(oldItem, "/p/$", 1, 2), 2, ""}, {listPage(redesigned, "/p/$", 3, 10), 8, ""}, {listPage(redesigned, "/p/$", 4, 12), 9, ""}},
		"a mixture of old and new":          {{listPage(oldItem, "/p/$", 1, 8), 8, ""}, {listPage(oldItem, "/p/$", 1, 1) + listPage(redesigned, "/p/$", 2, 9), 9, ""}},
	} {
		t.Run(name, func(t *testing.T) {
			at, _ := url.Parse("https://blog.example/")
			var last broadsheet.PageList
			for i, v := range visits {
				got, err := Read([]byte(v.page), "text/html", at, broadsheet.Source{Kind: broadsheet.KindPage}, last)
				if err != nil || len(got.Items) != v.want || !strings.Contains(got.Changed, v.told) || v.told == "" && got.Changed != "" {
					t.Fatalf("visit %d: %d articles, want %d; %q; %v; %+v", i+1, len(got.Items), v.want, got.Changed, err, got.List)
				}
				last = got.List
			}
		})
	}
}

// TestRead_ComparesSelectors checks that selectors which read something else than the page's list of articles are told.
func TestRead_ComparesSelectors(t *testing.T) {
	twelve := `<div class="menu-x"><p class="m"><a href="/a">Home page</a></p><p class="m"><a href="/b">About the team</a></p><p class="m"><a href="/c">Jobs</a></p></div>` +
		pageOf(`<div class="grid">`, `<a class="card" href="PATH"><h3>TITLE</h3></a>`, `</div>`, "/en/2026/11/$/x/", 10, 21)
	few := pageOf(`<div class="grid">`, `<a class="card" href="PATH"><h3>TITLE</h3></a>`, `</div>`, "/en/2026/11/$/x/", 10, 11)
	same := func(source broadsheet.Source) broadsheet.PageList {
		at, _ := url.Parse("https://blog.example/")
		got, err := Read([]byte(twelve), "text/html", at, source, broadsheet.PageList{})
		if err != nil {
			t.Fatal(err)
		}
		return got.List
	}
	card := broadsheet.Source{Kind: broadsheet.KindPage, Items: "a.card"}
	shipped := broadsheet.Source{Kind: broadsheet.KindPage, Items: `*:haschild(a[href*="/en/20"])`, Link: `a[href*="/en/20"]`}
	for _, c := range []struct {
		name   string
		page   string
		source broadsheet.Source
		last   broadsheet.PageList
		read   int
		told   string
	}{
		{"all", twelve, card, broadsheet.PageList{}, 12, ""},
		{"all again", twelve, card, same(card), 12, ""},
		{"the container of the links, and a link that tells them apart", twelve, shipped, broadsheet.PageList{}, 12, ""},
		{"the container", twelve, broadsheet.Source{Kind: broadsheet.KindPage, Items: ".grid"}, broadsheet.PageList{}, 1, "read 1 of the 12 articles"},
		{"the first", twelve, broadsheet.Source{Kind: broadsheet.KindPage, Items: ".grid > a:first-child"}, broadsheet.PageList{}, 1, "read 1 of the 12 articles"},
		{"a menu", twelve, broadsheet.Source{Kind: broadsheet.KindPage, Items: ".m"}, broadsheet.PageList{}, 3, "none of the 12 articles"},
		{"most of them are gone", few, card, same(card), 2, "read 2 articles where they read 12 before"},
		{"other links", strings.ReplaceAll(maintenance, `class="post"`, `class="card"`), broadsheet.Source{Kind: broadsheet.KindPage, Items: ".card"}, same(card), 4, "none was there before"},
		{"other labels", `<p class="card"><a href="/x">Home</a><p class="card"><a href="/y">About</a>`, broadsheet.Source{Kind: broadsheet.KindPage, Items: ".card"}, same(card), 0, "nothing of the page is read"},
		{"other addresses of articles", strings.ReplaceAll(twelve, "/en/2026/11/", "/posts/2026/"), card, same(card), 12, "none was there before"},
		{"a menu beside the articles", strings.NewReplacer(`class="card"`, `class="tile"`, `class="m"`, `class="card"`).Replace(twelve), broadsheet.Source{Kind: broadsheet.KindPage, Items: ".card"}, same(card), 0, "nothing of the page is read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, _ := url.Parse("https://blog.example/")
			got, err := Read([]byte(c.page), "text/html", at, c.source, c.last)
			if err != nil || len(got.Items) != c.read || !strings.Contains(got.Changed, c.told) || c.told == "" && got.Changed != "" {
				t.Errorf("%d articles, want %d; %q, want %q; %v", len(got.Items), c.read, got.Changed, c.told, err)
			}
		})
	}
}
