package extract

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// same tells whether two trees are the same, to their attributes.
func sameTree(a, b *html.Node) bool {
	if a.Type != b.Type || a.DataAtom != b.DataAtom || a.Data != b.Data || len(a.Attr) != len(b.Attr) || (a.Parent == nil) != (b.Parent == nil) {
		return false
	}
	for i := range a.Attr {
		if a.Attr[i] != b.Attr[i] {
			return false
		}
	}
	x, y := a.FirstChild, b.FirstChild
	for ; x != nil && y != nil; x, y = x.NextSibling, y.NextSibling {
		if !sameTree(x, y) || x.Parent != a || (x.PrevSibling == nil) != (y.PrevSibling == nil) {
			return false
		}
	}
	return x == nil && y == nil
}

func printed(n *html.Node) string {
	var out strings.Builder
	html.Render(&out, n)
	return out.String()
}

// FuzzTree: what is read here is what html.Parse reads.
func FuzzTree(f *testing.F) {
	for _, m := range []string{
		"", " ", "words", "  <p>One &amp; two &lt;3</p>\n<p>Three</p>",
		`<div class="a b" id='x' hidden><p>A <a href="/?a=1&amp;b=2&copy=3">link</a>, <b><i>bold</i></b><br/>line<br>line</p><hr /></div>`,
		"<ul>\n<li>one<ul><li>in it</li></ul></li>\n<li>two</li></ul><ol><li><p>x</p></li></ol><dl><dt>a</dt><dd>b</dd></dl>",
		"<p>a<!--more-->b</p><!-- wp:paragraph {\"x\":1} --><pre><code>a\n\nb</code></pre>",
		`<figure><img src="a.png" alt="" width=1 /><figcaption>c</figcaption></figure><h2>H</h2><iframe src="x" allowfullscreen></iframe>`,
		"<p>one<p>two", "<b><p>x</b></p>", "<a>x<a>y</a></a>", "<table><tr><td>x</td></tr></table>", "<pre>\nx</pre>", "<p>a\r\nb</p>", "<!-- a --><p>b</p>",
		"<b a=1 z='2' b=\"3\"></b>", "<h1><h2></h2></h1>", "<li>x</li>", "<p><div></div></p>", "<br/ ><p/ x>", "<span><div><p></p></div></span>",
		"<b z='2' b=\"3\"><b z='2' b=\"3\"><b z='2' b=\"3\"><b z='2' b=\"3\">x</b></b></b>y</b>", "<p class='a' class='b'>x</p>", "<p>a < b</p>", "<i>x</i >",
	} {
		f.Add(m)
	}
	var g grower
	f.Fuzz(func(t *testing.T, markup string) {
		g.clear()
		got := g.tree(markup)
		if got == nil {
			return
		}
		want, err := html.Parse(strings.NewReader(markup))
		if err != nil || !sameTree(got, want) {
			t.Errorf("%q is\n%s, and html.Parse makes it\n%s (%v)", markup, printed(got), printed(want), err)
		}
	})
}
