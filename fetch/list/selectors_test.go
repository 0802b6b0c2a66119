package list

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"broadsheet/fetch/extract"
	"broadsheet/fetch/text"

	"github.com/PuerkitoBio/goquery"
)

// listPages are lists of articles as sites write them. What is in braces is repeated, with $ as its number.
var listPages = map[string]string{
	"articles with headings":      `<main>{<article><h2><a href="/p/$">TITLE</a></h2><time datetime="2026-11-0$">Nov $</time><p>Words. <a href="/by/x">Somebody</a></p></article>}</main>`,
	"a category before the title": `<div id="posts">{<div class="post"><a href="/topic">Engineering</a><h3><a href="/p/$">TITLE</a></h3><p>Words.</p></div>}</div>`,
	"cards that are links":        `<section>{<a class="card" href="/p/$"><img src="x"><p class="kicker">Data</p><p class="headline">TITLE</p><p class="date">November $, 2026</p></a>}</section>`,
	"a plain list":                `<main><ul>{<li><span>2026-11-0$</span> <a href="/p/$">TITLE</a></li>}</ul></main>`,
	"a table":                     `<table class="archive">{<tr class="row"><td class="d">2026-11-0$</td><td><a href="/p/$">TITLE</a></td></tr>}</table>`,
	"nested elements":             `<div class="list">{<div class="box"><div class="inner"><h2><a href="/p/$">TITLE</a></h2></div></div>}</div>`,
	"generated class names":       `<main>{<div class="sc-aXZPE hkQn"><div class="css-1x2y3z"><a href="/p/$"><h3>TITLE</h3></a></div></div>}</main>`,
	"image links first":           `<div class="grid">{<div class="tile"><a href="/p/$"><img alt="" src="x"></a><a class="t" href="/p/$">TITLE</a></div>}</div>`,
}

// listPage returns a page with navigation, a footer and the list of a pattern in listPages.
func listPage(pattern string) string {
	before, rest, _ := strings.Cut(pattern, "{")
	item, after, _ := strings.Cut(rest, "}")
	var b strings.Builder
	b.WriteString(`<!doctype html><title>Blog</title><nav><ul class="menu"><li class="m"><a href="/jobs">Come and work with us</a></li><li class="m"><a href="/about">All about our company</a></li>` +
		`<li class="m"><a href="/press">News for the press</a></li><li class="m"><a href="/contact">How to reach us</a></li></ul></nav>` + before)
	for n := 1; n <= 6; n++ {
		b.WriteString(strings.NewReplacer("$", fmt.Sprint(n), "TITLE", fmt.Sprintf("How part %d of it works", n)).Replace(item))
	}
	b.WriteString(after + `<footer><div class="f"><a href="/x">Terms of use here</a></div><div class="f"><a href="/y">Privacy of our users</a></div><div class="f"><a href="/z">Cookies that we set</a></div></footer>`)
	return b.String()
}

func TestPropose_SelectorsReadTheList(t *testing.T) {
	base, _ := url.Parse("https://site.example/blog/")
	for name, pattern := range listPages {
		body := []byte(listPage(pattern))
		proposed := Propose(goquery.NewDocumentFromNode(extract.ParseHTML(body)), base)
		if len(proposed) == 0 {
			t.Errorf("%s: nothing is proposed", name)
			continue
		}
		doc, err := Parse(body, "text/html", base, proposed[0].Source)
		if err != nil || len(doc.Items) != 6 {
			t.Errorf("%s: %+v reads %d articles, %v", name, proposed[0].Source, len(doc.Items), err)
			continue
		}
		for i, item := range doc.Items {
			if want := fmt.Sprintf("How part %d of it works", i+1); item.Title != want {
				t.Errorf("%s: %+v reads the title %q, want %q", name, proposed[0].Source, item.Title, want)
				break
			}
		}
		if dated := strings.Contains(pattern, "2026"); dated && doc.Items[0].Published.Format("2006-01-02") != "2026-11-01" {
			t.Errorf("%s: %+v reads the date %v", name, proposed[0].Source, doc.Items[0].Published)
		}
	}
}

func TestPropose_IgnoresNavigation(t *testing.T) {
	base, _ := url.Parse("https://site.example/")
	page := goquery.NewDocumentFromNode(extract.ParseHTML([]byte(listPage("<p>Nothing here.</p>{}"))))
	if got := Propose(page, base); len(got) > 0 {
		t.Errorf("proposed %+v", got)
	}
}

// TestPropose_CanBeRead proposes further lists of a page whose articles are best found by their headings: each proposal can
// be read as it is written into feeds.yaml.
func TestPropose_CanBeRead(t *testing.T) {
	base, _ := url.Parse("https://site.example/")
	body := []byte(`<li class="m"><a href=t>t r mpany</a></li><li class="m"><a href="/press">News for the press</a></li><li class="m"><a href="/contact">How to reach us</a></li></ul></nav>
		<div id="posts"><div class="post"><a href="/topic">Engineering</a><h3><a href="/p/1">How part 1 of it works a></h3><p>Words.</p></dij>
		<div class="post"><a href="/topic">Engineering</a><h3><a href="/p/2">How part 2 of it works</a></h3><p>Words.</p></div><div class="post"><a href="/topic">Engineering</a><h3><a href="/p/3">`)
	page := goquery.NewDocumentFromNode(extract.ParseHTML(body))
	for _, proposed := range Propose(page, base) {
		if _, err := Parse(body, "text/html", base, proposed.Source); err != nil {
			t.Errorf("%+v: %v", proposed.Source, err)
		}
	}
}

func FuzzPropose(f *testing.F) {
	for _, pattern := range listPages {
		f.Add([]byte(listPage(pattern)))
		f.Add([]byte("{{ banner }}" + listPage(pattern)))
	}
	base, _ := url.Parse("https://site.example/")
	f.Fuzz(func(t *testing.T, body []byte) {
		page := goquery.NewDocumentFromNode(extract.ParseHTML(text.Decode(body, "text/html")))
		for _, proposed := range Propose(page, base) {
			if _, err := Parse(body, "text/html", base, proposed.Source); err != nil {
				t.Fatalf("%+v: %v", proposed.Source, err)
			}
		}
	})
}
