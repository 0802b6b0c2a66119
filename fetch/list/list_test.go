package list

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"broadsheet"
)

func TestAListIsReadWithSelectorsOrByWhatItsItemsLookLike(t *testing.T) {
	base, _ := url.Parse("https://blog.example/engineering/")
	for _, c := range []struct {
		name, page string
		source     broadsheet.Source
		want       string // link|title|day, one a line
	}{
		{"defaults", `<html lang="en"><ul><li class="post"><time datetime="2024-03-05">5 days ago</time><a href="one"><img alt=""></a><h3><a href="one">All <b>about</b> queues</a></h3></li><li class="post"><a href="/two">Two</a></li></ul>`,
			broadsheet.Source{Items: "li.post"}, "https://blog.example/engineering/one|All about queues|2024-03-05\nhttps://blog.example/two|Two|"},
		{"selectors", `<div class="card"><a class="tag" href="/tag/x">Tag</a><span class="t">Queues</span><a class="go" href="one">Read</a><em>March 5, 2024</em></div>`,
			broadsheet.Source{Items: ".card", Link: "a.go", Title: ".t", Date: "em"}, "https://blog.example/engineering/one|Queues|2024-03-05"},
		{"the item is the link", `<a class="card" href="one"><h2>Queues</h2><p>About</p><time>2024/03/05</time></a>`,
			broadsheet.Source{Items: "a.card"}, "https://blog.example/engineering/one|Queues|2024-03-05"},
		{"link names a box", `<article><div class="box"><a href="one">Queues</a></div></article>`,
			broadsheet.Source{Items: "article", Link: ".box"}, "https://blog.example/engineering/one|Queues|"},
		{"base element", `<base href="https://b.example/x/"><article><a href="one">Queues</a></article>`,
			broadsheet.Source{Items: "article"}, "https://b.example/x/one|Queues|"},
		{"the same twice", `<article><a href="one"><img></a></article><article><a href="one">Queues</a><time>2024-03-05</time></article>`,
			broadsheet.Source{Items: "article"}, "https://blog.example/engineering/one|Queues|2024-03-05"},
		{"date in the address", `<article><a href="/2024/03/05/queues">Queues</a></article>`,
			broadsheet.Source{Items: "article"}, "https://blog.example/2024/03/05/queues|Queues|2024-03-05"},
		{"title in an attribute", `<article><a href="one" aria-label="Queues"><img></a></article>`,
			broadsheet.Source{Items: "article"}, "https://blog.example/engineering/one|Queues|"},
		{"what leads nowhere is left out", `<article><a href="javascript:x()">No</a></article><article><a href="one">Queues</a></article><article>None</article>`,
			broadsheet.Source{Items: "article"}, "https://blog.example/engineering/one|Queues|"},
		{"scripts in a title", `<article><a href="one">Que<script>alert(1)</script>ues <br>now</a></article>`,
			broadsheet.Source{Items: "article"}, "https://blog.example/engineering/one|Queues now|"},
		{"order of numbers by its neighbours", `<article><a href="1">A</a><time>03/05/2024</time></article><article><a href="2">B</a><time>03/25/2024</time></article>`,
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

func TestAListThatSelectorsMissSaysWhatThePageOffers(t *testing.T) {
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
