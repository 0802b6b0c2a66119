package list

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/fetch/extract"
)

func TestParse(t *testing.T) {
	base, _ := url.Parse("https://blog.example/engineering/")
	for _, c := range []struct {
		name, page string
		source     broadsheet.Source
		want       string // link|title|day, one line an item
	}{
		{"defaults", `<html lang="en"><ul><li class="post"><time datetime="2024-03-05">5 days ago</time><a href="one"><img alt=""></a><h3><a href="one">All <b>about</b> queues</a></h3></li><li class="post"><a href="/two">Two</a></li></ul>`,
			broadsheet.Source{Items: "li.post"}, "https://blog.example/engineering/one|All about queues|2024-03-05\nhttps://blog.example/two|Two|"},
		{"selectors", `<div class="card"><a class="tag" href="/tag/x">Tag</a><span class="t">Queues</span><a class="go" href="one">Read</a><em>March 5, 2024</em></div>`,
			broadsheet.Source{Items: ".card", Link: "a.go", Title: ".t", Date: "em"}, "https://blog.example/engineering/one|Queues|2024-03-05"},
		{"the item is the link", `<a class="card" href="one"><h2>Queues</h2><p>About</p><time>2024/03/05</time></a>`,
			broadsheet.Source{Items: "a.card"}, "https://blog.example/engineering/one|Queues|2024-03-05"},
		{"link selects a parent of the link", `<article><div class="box"><a href="one">Queues</a></div></article>`,
			broadsheet.Source{Items: "article", Link: ".box"}, "https://blog.example/engineering/one|Queues|"},
		{"base element", `<base href="https://b.example/x/"><article><a href="one">Queues</a></article>`,
			broadsheet.Source{Items: "article"}, "https://b.example/x/one|Queues|"},
		{"the same twice", `<article><a href="one"><img></a></article><article><a href="one">Queues</a><time>2024-03-05</time></article>`,
			broadsheet.Source{Items: "article"}, "https://blog.example/engineering/one|Queues|2024-03-05"},
		{"date in the address", `<article><a href="/2024/03/05/queues">Queues</a></article>`,
			broadsheet.Source{Items: "article"}, "https://blog.example/2024/03/05/queues|Queues|2024-03-05"},
		{"title in an attribute", `<article><a href="one" aria-label="Queues"><img></a></article>`,
			broadsheet.Source{Items: "article"}, "https://blog.example/engineering/one|Queues|"},
		{"items without a web address are dropped", `<article><a href="javascript:x()">No</a></article><article><a href="one">Queues</a></article><article>None</article>`,
			broadsheet.Source{Items: "article"}, "https://blog.example/engineering/one|Queues|"},
		{"scripts in a title", `<article><a href="one">Que<script>alert(1)</script>ues <br>now</a></article>`,
			broadsheet.Source{Items: "article"}, "https://blog.example/engineering/one|Queues now|"},
		{"date order from other items", `<article><a href="1">A</a><time>03/05/2024</time></article><article><a href="2">B</a><time>03/25/2024</time></article>`,
			broadsheet.Source{Items: "article"}, "https://blog.example/engineering/1|A|2024-03-05\nhttps://blog.example/engineering/2|B|2024-03-25"},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, err := Parse([]byte(c.page), "text/html; charset=utf-8", base, c.source)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range doc.Items {
				day := ""
				if !s.Published.IsZero() {
					day = s.Published.Format(time.DateOnly)
				}
				got = append(got, s.Link+"|"+s.Title+"|"+day)
			}
			if strings.Join(got, "\n") != c.want {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), c.want)
			}
		})
	}
}

func TestParse_NothingMatches(t *testing.T) {
	base, _ := url.Parse("https://blog.example/")
	page := ""
	for i := range 5 {
		page += fmt.Sprintf(`<div class="post-card %d"><a href="/post/%d">All about queue number %d</a></div>`, i, i, i)
	}
	for _, c := range []struct{ name, page, items, want string }{
		{"wrong selector", page, "li.entry", `items: "li.entry" matches nothing on the page; these look like lists of articles: "div.post-card" (5)`},
		{"no links", page + "<li>x</li>", "li", `items: "li" matches 1 elements, but none has a link that link: finds; these look like`},
		{"built by a script", `<div id="app"></div><script>x</script>`, "li", "nothing on it looks like a list of articles: it may be built by a script"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.page), "", base, broadsheet.Source{Items: c.items})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestParse_CostlySelectorIsBounded checks that a selector which could take hours on a page is refused, and that one whose
// cost grows with the square of the items, or faster, is applied to fewer of them.
func TestParse_CostlySelectorIsBounded(t *testing.T) {
	deep := strings.Repeat(strings.Repeat("<div>", 400)+`<a href="/x">A title of it</a>`+strings.Repeat("</div>", 400), 20)
	long := "<ul>" + strings.Repeat(`<li><a href="/x">A title of it</a></li>`, 50_000) + "</ul>"
	u, _ := url.Parse("https://example.com/")
	for _, test := range []struct{ page, items, want string }{
		{deep, ".none div div div div a", "could take hours"},
		{deep, "div > a", ""},
		{deep, "div a", ""},
		{long, "li:nth-child(2n)", ""},
		{long, "h2 ~ li", "matches nothing"},
		{long, "h2 ~ p ~ li", "matches nothing"},
	} {
		_, err := Parse([]byte(test.page), "text/html", u, broadsheet.Source{Items: test.items})
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v", test.items, err)
		}
	}
	for selector, want := range map[string]int{"li ~ li": 2_000, "li ~ li ~ li": 400, "li": 50_000} {
		page := extract.ParseHTML([]byte(long))
		if err := extract.PrepareForSelectors(page, selector); err != nil {
			t.Error(err)
		}
		items := 0
		for n := range page.Descendants() {
			if n.Data == "li" {
				items++
			}
		}
		if items != want {
			t.Errorf("%s: %d items remain, want %d", selector, items, want)
		}
	}
}
