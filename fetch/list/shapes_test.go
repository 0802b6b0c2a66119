package list

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"broadsheet"
)

// shape is a page that lists twelve articles in one of the ways in which sites do. In item and featured, $ is the number of
// the article, PATH its address, TITLE its title, DATE its date (2026-11-01 is the first's) and LONGDATE the same in words.
type shape struct {
	name, before, featured, item, after string
	undated                             bool
}

var shapes = []shape{
	{name: "cards that are links", before: `<div class="grid">`, item: `<a class="card" href="PATH"><img src="i"><span class="tag">Data</span><h3>TITLE</h3><p>Some words about it.</p><time datetime="DATE">x</time></a>`, after: `</div>`},
	{name: "cards that are links, without headings", before: `<div class="grid">`, item: `<a class="card" href="PATH"><div class="kicker">Data</div><div class="t">TITLE</div><div class="d">LONGDATE</div></a>`, after: `</div>`},
	{name: "cards that are links, without classes", before: `<main><div>`, item: `<a href="PATH"><div>Data</div><div>TITLE</div><div>LONGDATE</div></a>`, after: `</div></main>`},
	{name: "nested cards", before: `<section class="posts">`, item: `<div class="col"><div class="card"><div class="body"><h2 class="h"><a href="PATH">TITLE</a></h2><p>Words</p><span class="date">LONGDATE</span></div></div></div>`, after: `</section>`},
	{name: "a featured card of another markup", before: `<main>`, featured: `<section class="hero"><a href="PATH"><img alt="" src="x"></a><div><h1>TITLE</h1><time datetime="DATE">x</time><a class="btn" href="PATH">Read more</a></div></section><div class="grid">`,
		item: `<a class="card" href="PATH"><h3>TITLE</h3><time datetime="DATE">x</time></a>`, after: `</div></main>`},
	{name: "a table", before: `<table>`, item: `<tr><td>DATE</td><td><a href="PATH">TITLE</a></td><td>An Author</td></tr>`, after: `</table>`},
	{name: "image link, title link and read more", before: `<div class="list">`, item: `<div class="post"><a href="PATH"><img alt="" src="x"></a><a href="PATH">TITLE</a><span>LONGDATE</span><p>Words about the matter.</p><a href="PATH">Read more →</a></div>`, after: `</div>`},
	{name: "read more is the only link", before: `<div class="list">`, item: `<div class="post"><h3>TITLE</h3><p class="date">LONGDATE</p><p>Words about the matter.</p><a href="PATH">Weiterlesen »</a></div>`, after: `</div>`},
	{name: "read more first", before: `<div class="list">`, item: `<div class="post"><a class="more" href="PATH">Continue reading</a><p class="name">TITLE</p><time>DATE</time></div>`, after: `</div>`},
	{name: "flat links to the same address", before: `<div id="list">`, item: `<a href="PATH"><img alt="" src="x"></a><h3><a href="PATH">TITLE</a></h3><p>LONGDATE</p><p>Words.</p><a href="PATH">Learn more</a>`, after: `</div>`},
	{name: "a definition list, dates first", before: `<dl>`, item: `<dt>DATE</dt><dd><a href="PATH">TITLE</a></dd>`, after: `</dl>`},
	{name: "a definition list, titles first", before: `<dl>`, item: `<dt><a href="PATH">TITLE</a></dt><dd>LONGDATE</dd>`, after: `</dl>`},
	{name: "headings followed by text", before: `<main>`, item: `<h2><a href="PATH">TITLE</a></h2><p class="date">LONGDATE</p><p>Words.</p>`, after: `</main>`},
	{name: "headings followed by links", before: `<main>`, item: `<h2>TITLE</h2><p>LONGDATE</p><p>Words.</p><p><a href="PATH">Read the article</a></p>`, after: `</main>`},
	{name: "a plain list", before: `<ul>`, item: `<li>DATE <a href="PATH">TITLE</a></li>`, after: `</ul>`},
	{name: "paragraphs of links", before: `<div><div>`, item: `<p><a href="PATH">TITLE</a> (LONGDATE)</p>`, after: `</div></div>`},
	{name: "tags and authors beside", before: `<div class="l">`, item: `<div class="e"><a href="/tag/data">Data</a> <a href="/author/x">An Author Name</a><h4><a href="PATH">TITLE</a></h4><time datetime="DATE">x</time></div>`, after: `</div>`},
	{name: "an empty link over the card", before: `<div class="g">`, item: `<article class="c"><a class="overlay" href="PATH" aria-label="Read more about TITLE"></a><div class="x"><span>LONGDATE</span></div></article>`, after: `</div>`},
	{name: "generated class names", before: `<main>`, item: `<div class="sc-$"><div class="css-$x"><a href="PATH"><h3>TITLE</h3></a><p>LONGDATE</p></div></div>`, after: `</main>`},
	{name: "custom elements", before: `<post-list>`, item: `<post-card><a href="PATH">TITLE</a><post-date>LONGDATE</post-date></post-card>`, after: `</post-list>`},
	{name: "the heading is a kicker", before: `<div class="g">`, item: `<div class="c"><h6>ENGINEERING BLOG TEAM</h6><a href="PATH"><h3>TITLE</h3></a><span>LONGDATE</span></div>`, after: `</div>`},
}

// paths are the ways in which sites address their articles; $ is the number.
var paths = map[string]string{
	"dated":        "/en/2026/11/0$/how-part-$-works/",
	"a slug":       "/blog/how-part-$-works",
	"at the root":  "/how-part-$-works",
	"relative":     "how-part-$-works.html",
	"in the query": "/post.php?id=$",
}

const articlesOfShape = 9

// write returns the page, with the navigation and the footer that sites have.
func (s shape) write(path string) string {
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="en"><title>The Blog</title><header><nav><ul class="menu"><li><a href="/jobs">Come and work with us</a></li><li><a href="/about">All about our company</a></li><li><a href="/press">News for the press</a></li></ul></nav></header><h1>Engineering</h1>` + s.before)
	for n := 1; n <= articlesOfShape; n++ {
		markup := s.item
		if n == 1 && s.featured != "" {
			markup = s.featured
		}
		b.WriteString(strings.NewReplacer("PATH", strings.ReplaceAll(path, "$", fmt.Sprint(n)), "TITLE", titleOfShape(n), "LONGDATE", fmt.Sprintf("November %d, 2026", n), "DATE", fmt.Sprintf("2026-11-0%d", n), "$", fmt.Sprint(n)).Replace(markup) + "\n")
	}
	b.WriteString(s.after + `<footer><div class="f"><a href="/terms">Terms of use here</a></div><div class="f"><a href="/privacy">Privacy of our users</a></div><div class="f"><a href="/cookies">Cookies that we set</a></div></footer>`)
	return b.String()
}

func titleOfShape(n int) string { return fmt.Sprintf("How part %d of the engine works", n) }

// TestRead_FindsItems checks that all articles of a page are read, each with its title and date, and nothing else.
func TestRead_FindsItems(t *testing.T) {
	at, _ := url.Parse("https://site.example/blog/")
	read, titled, all := 0, 0, 0
	for _, s := range shapes {
		for name, path := range paths {
			t.Run(s.name+", "+name, func(t *testing.T) {
				all += articlesOfShape
				got, err := Read([]byte(s.write(path)), "text/html", at, broadsheet.Source{Kind: broadsheet.KindPage}, broadsheet.PageList{})
				if err != nil {
					t.Fatal(err)
				}
				seen := map[string]broadsheet.FeedItem{}
				for _, it := range got.Items {
					seen[it.Link] = it
				}
				for n := 1; n <= articlesOfShape; n++ {
					want, _ := at.Parse(strings.ReplaceAll(path, "$", fmt.Sprint(n)))
					it, ok := seen[want.String()]
					if !ok {
						t.Errorf("%s is missing (list %+v)", want, got.List)
						continue
					}
					read++
					if it.Title != titleOfShape(n) {
						t.Errorf("%s has the title %q", want, it.Title)
					} else {
						titled++
					}
					if day := it.Published.Format("2006-01-02"); day != fmt.Sprintf("2026-11-0%d", n) {
						t.Errorf("%s has the date %s", want, day)
					}
				}
				if len(got.Items) != articlesOfShape {
					t.Errorf("%d articles are read, of %d: %+v", len(got.Items), articlesOfShape, got.List)
				}
			})
		}
	}
	t.Logf("%d of %d articles are read, %d with the right title", read, all, titled)
}
