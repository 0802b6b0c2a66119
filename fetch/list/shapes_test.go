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
	{name: "read more in a footer", before: `<div>`, item: `<article><h2>TITLE</h2><time>DATE</time><p>Words.</p><footer><a href="PATH">Read more</a></footer></article>`, after: `</div>`},
	{name: "all within a form", before: `<form id="aspnetForm"><div class="l">`, item: `<div class="e"><h3><a href="PATH">TITLE</a></h3><span>LONGDATE</span></div>`, after: `</div></form>`},
	{name: "years as headings", before: `<h2>2026</h2><ul>`, item: `<li><a href="PATH">TITLE</a> <i>LONGDATE</i></li>`, after: `</ul><h2>2025</h2>`},
	{name: "a kicker that is a heading", before: `<div class="g">`, item: `<div class="c"><h3>Engineering at scale</h3><a href="PATH">TITLE</a><p>LONGDATE</p></div>`, after: `</div>`},
	{name: "cards with several links", before: `<div class="g">`, item: `<div class="c"><a href="PATH"><figure><img src="x" alt="A picture of it"></figure></a><div><a class="cat" href="/blog/category/x">Engineering blog posts</a><a href="PATH"><span>TITLE</span></a><span>LONGDATE</span><a href="/blog/author/jane">Jane van der Doe</a></div></div>`, after: `</div>`},
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

// TestRead_SelectorsOfContainers checks that a selector which matches the container of a list on some pages, and the
// items on others, reads all articles if link tells them apart: it once was the one that the program shipped for Twitch.
func TestRead_SelectorsOfContainers(t *testing.T) {
	at, _ := url.Parse("https://site.example/en/tags/engineering/")
	for _, s := range shapes {
		got, err := Read([]byte(s.write(paths["dated"])), "text/html", at, broadsheet.Source{Kind: broadsheet.KindPage,
			Items: `*:haschild(a[href*="/en/20"])`, Link: `a[href*="/en/20"]`}, broadsheet.PageList{})
		titled := 0
		for _, it := range got.Items {
			if strings.HasPrefix(it.Title, "How part") {
				titled++
			}
		}
		if err != nil || len(got.Items) != articlesOfShape || titled != articlesOfShape || got.Changed != "" {
			t.Errorf("%s: %d articles, %d with their title, %q, %v", s.name, len(got.Items), titled, got.Changed, err)
		}
	}
}

// TestRead_NothingElse checks that what stands beside a list is not read with it.
func TestRead_NothingElse(t *testing.T) {
	const (
		tabs   = `<div class="tabs"><a href="/blog/engineering">Engineering</a><a href="/blog/product">Product</a><a href="/blog/all">All posts</a></div>`
		pages  = `<div class="more"><a href="/blog/page/2">Older posts of this blog</a><a href="/blog/page/3">Even older posts of it</a><a href="/blog/page/4">The oldest posts of all</a></div>`
		tags   = `<ul class="tags"><li><a href="/blog/tag/data">All about our data</a></li><li><a href="/blog/tag/web">All about the web</a></li><li><a href="/blog/tag/ops">All about our ops</a></li></ul>`
		teaser = `<div class="promo"><h2><a href="/jobs">We are hiring engineers</a></h2><p>Come and work with us.</p></div>`
		prose  = `<h2><a href="/blog/how-part-$-works">TITLE</a></h2><p>In this article we look at what came of <a href="/blog/earlier-$">the part before this one</a>, and why. As was told <a href="/blog/other-$">in another article of ours</a>, it is slow.</p><p>LONGDATE</p>`
	)
	at, _ := url.Parse("https://site.example/blog/")
	for name, s := range map[string]shape{
		"tabs, pages and tags": {before: tabs + `<div class="l">`, item: `<div class="e"><h3><a href="PATH">TITLE</a></h3><p>LONGDATE</p></div>`, after: `</div>` + pages + tags},
		"plain cards":          {before: tabs + `<div class="l">`, item: `<a class="c" href="PATH"><b>TITLE</b></a>`, after: `</div>` + pages + tags},
		"a teaser":             {before: teaser + `<div class="l">`, item: `<article class="e"><h3><a href="PATH">TITLE</a></h3><time>DATE</time></article>`, after: `</div>` + teaser},
		"links in prose":       {before: `<main>`, item: prose, after: `</main>`},
		"comments and shares":  {before: `<div class="l">`, item: `<div class="e"><h3><a href="PATH">TITLE</a></h3><a href="PATH#comments">3 comments</a><a href="https://x.example/share?u=$">Share</a></div>`, after: `</div>`},
	} {
		got, err := Read([]byte(s.write(paths["a slug"])), "text/html", at, broadsheet.Source{Kind: broadsheet.KindPage}, broadsheet.PageList{})
		if err != nil || len(got.Items) != articlesOfShape {
			t.Errorf("%s: %d articles, %v, %+v", name, len(got.Items), err, got.List)
		}
		for _, it := range got.Items {
			if !strings.HasPrefix(it.Title, "How part") {
				t.Errorf("%s: %s %q is read", name, it.Link, it.Title)
			}
		}
	}
}

// TestRead_Titles checks what is a title and what is not, within items that a selector matches.
func TestRead_Titles(t *testing.T) {
	at, _ := url.Parse("https://site.example/blog/")
	for _, c := range []struct{ name, item, title, want string }{
		{"a call to action beside it", `<li><b>Queues explained</b> <a href="PATH">Read more</a></li>`, "", "Queues explained"},
		{"a call to action alone", `<li><a href="PATH">Learn more →</a></li>`, "", ""},
		{"in German", `<li><a href="PATH">Weiterlesen …</a></li>`, "", ""},
		{"in Japanese", `<li><a href="PATH">続きを読む »</a></li>`, "", ""},
		{"in French", `<li><a href="PATH">Lire la suite</a></li>`, "", ""},
		{"a selector that finds one", `<li><h3>Queues explained here</h3><a class="t" href="PATH">Continue reading</a></li>`, ".t", "Queues explained here"},
		{"what all items share", `<li><h3>From our engineers' desk</h3><a href="PATH">How it works $</a></li>`, "", "How it works 1"},
		{"a selector of what all items share", `<li><i>Part of our series</i><a href="PATH">How it works $</a></li>`, "i", "How it works 1"},
		{"a label for screen readers", `<li><a href="PATH" aria-label="Read more about How it works">Read more</a></li>`, "", "How it works"},
		{"the picture's text", `<li><a href="PATH"><img src="x" alt="How it works"></a></li>`, "", "How it works"},
		{"a short one", `<li><h3><a href="PATH">Raft</a></h3></li>`, "", "Raft"},
		{"a reading time", `<li><a href="PATH">5 min read</a></li>`, "", ""},
		{"a title that begins like a call", `<li><a href="PATH">Read more books in $</a></li>`, "", "Read more books in 1"},
	} {
		page := ""
		for n := 1; n <= 5; n++ {
			item := c.item
			if n > 1 && !strings.Contains(item, "$") && !strings.Contains(item, "desk") {
				item = `<li><h3>Another title ` + fmt.Sprint(n) + `</h3><a class="t" href="PATH">Open</a></li>`
			}
			page += strings.NewReplacer("PATH", fmt.Sprint("/p/", n), "$", fmt.Sprint(n)).Replace(item)
		}
		got, err := Read([]byte("<ul>"+page+"</ul>"), "text/html", at, broadsheet.Source{Kind: broadsheet.KindPage, Items: "li", Title: c.title}, broadsheet.PageList{})
		if err != nil || len(got.Items) != 5 || got.Items[0].Title != c.want {
			t.Errorf("%s: %v %+v, want %q", c.name, err, got.Items, c.want)
		}
	}
}
