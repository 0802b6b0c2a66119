package extract

import (
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func countNodes(n *html.Node) int {
	count := 1
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		count += countNodes(c)
	}
	return count
}

// sameTree reports whether two trees have the same nodes with the same attributes.
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

// FuzzBoundedHTML: the parser makes no more nodes than were counted, and of what has nothing to leave out it makes the
// same tree.
func FuzzBoundedHTML(f *testing.F) {
	for _, m := range []string{
		"<p>One <b>two</b><p><i>three", "<b><div><p>x</b>y", "<table><tr><td><b>x<td>y</table>z", "<b><table></b><p>x<p>y",
		"<a href=1>x<a href=2>y<p><a>z", "<b 1><b 1><b 1><b 1><p>x<p>y", "<p><b 1><b 2><b 3></p>x<p>y</p>z", "<span><b></span>x<span><i></span>y",
		"<svg><title><b></title></svg>x", "x <svg></svg>b>", "<select><option>x</select>", "<object><b></object><p>x", "<template><td></template>",
		"<html a=1><html b=2><body c=3><body d=4>x", "<table><b>x<tr>y<td>z", "<td><b>x</td><p>y", "<table><caption><b>x<td><i>y</caption>z", "</p></br>x",
		"<table><td><b><table><td><i></table>x<td>y", "<button><b><button>x", "<nobr><nobr>x", "<li><b><li>x<li>y", "<frameset><frame>", "<plaintext><b>x", "<b><p><i></b>x</i>",
	} {
		f.Add(m)
	}
	f.Fuzz(func(t *testing.T, markup string) {
		b := newBoundedHTML([]byte(markup))
		told, err := io.ReadAll(b)
		if err != nil {
			t.Fatal(err)
		}
		root, err := html.Parse(strings.NewReader(string(told)))
		if err != nil {
			return // nested too deep
		}
		if n := countNodes(root); n > b.nodes+8 {
			t.Errorf("%q makes %d nodes, counted %d", markup, n, b.nodes)
		}
		if strings.Contains(string(told), "<!---->") || b.cut {
			return
		}
		want, err := html.Parse(strings.NewReader(markup))
		if err == nil && string(told) != markup[:min(len(markup), len(told))] || err == nil && !sameTree(root, want) {
			t.Errorf("%q is read as %q", markup, told)
		}
	})
}

// TestAPageCostsABoundedNumberOfNodes has pages of which the parser would make far more, or copy attributes for minutes.
func TestAPageCostsABoundedNumberOfNodes(t *testing.T) {
	times := func(head, unit string) string {
		var b strings.Builder
		b.WriteString(head)
		for i := 0; b.Len() < maxPage; i++ {
			b.WriteString(strings.ReplaceAll(unit, "#", strconv.Itoa(i)))
		}
		return b.String()
	}
	for name, page := range map[string]string{
		"html":                 times("<html a=1>", "<html b#=2>"),
		"body":                 times("<body a=1>", "<body b#=2>"),
		"attributes":           times("<p ", "a# "),
		"list":                 times("<ul>", "<li><p>"),
		"formatting":           times(times("", "<p><b a=#>")[:3000], "<p>x"),
		"formatting in tables": times(times("<table><td>", "<p><i a=#>")[:3000], "<p>x"),
		"cells":                times("<table>", "<td>"),
		"misnested":            times("", "<b a=#><div>x</b>"),
	} {
		t.Run(name, func(t *testing.T) {
			nodes, attributes := 0, 0
			for n := range ParseHTML([]byte(page)).Descendants() {
				nodes++
				attributes = max(attributes, len(n.Attr))
			}
			if nodes > maxNodes+100 || attributes > maxRepeated+maxAttributes {
				t.Errorf("%d nodes, %d attributes of one", nodes, attributes)
			}
		})
	}
}

// TestWhatIsLeftOutOfAPageCostsNothingElse: no text of an article, and no tag where two texts meet.
func TestWhatIsLeftOutOfAPageCostsNothingElse(t *testing.T) {
	for page, want := range map[string]string{
		"<p>a<svg><title>b</title><style>c</style></svg>d": "ad",
		"<p>a<svg/>b":     "ab",
		"<p>a<svg>b<p>c":  "abc", // it never ends
		"<p>a<template>b": "ab",
		"<p>a<template><template></template>b</template>c": "ac",
		"<p>a <<svg></svg>b>c":                             "a <b>c",
		"<p>a&am<select></select>p;":                       "a&amp;",
		"<html><html><html><p>a<html b>b":                  "ab",
		"<p>a" + "<p " + strings.Repeat("a ", 3) + ">b":    "ab",
	} {
		var text strings.Builder
		for n := range ParseHTML([]byte(page)).Descendants() {
			if n.Type == html.TextNode {
				text.WriteString(n.Data)
			}
		}
		if want = html.UnescapeString(want); html.UnescapeString(text.String()) != want {
			t.Errorf("%s is %q, want %q", page, text.String(), want)
		}
	}
}

// TestOpenFormattingIsNeverUndercounted tries random sequences of the tags that the parser has rules of its own for, and
// lets paragraphs follow, in each of which the parser opens anew what it holds to be open.
func TestOpenFormattingIsNeverUndercounted(t *testing.T) {
	tags := strings.Fields(`<b> <b> </b> <i> </i> <a> </a> <nobr> </nobr> <font> </font> <p> </p> <div> </div> <li> <ul> </ul> <h1> </h1> <table> </table>
		<tr> </tr> <td> </td> <th> <caption> </caption> <tbody> </thead> <col> <span> </span> <button> </button> <form> </form> <svg> </svg> <title> </title>
		<style> </style> <select> <option> </select> <object> </object> <template> </template> <marquee> </marquee> <html> </body> </html> <br> </br> <img>
		<ruby> <rt> <dd> <input> <textarea> </textarea> <frameset> <head> x x x`)
	random := rand.New(rand.NewPCG(1, 2))
	sequences := 5_000
	if n, err := strconv.Atoi(os.Getenv("SEQUENCES")); err == nil {
		sequences = n
	}
	for range sequences {
		var page strings.Builder
		for n := range 5 + random.IntN(80) {
			tag := tags[random.IntN(len(tags))]
			if random.IntN(2) == 0 && !strings.HasPrefix(tag, "</") {
				tag = strings.Replace(tag, ">", " a="+strconv.Itoa(n)+">", 1)
			}
			page.WriteString(tag)
		}
		const few = 5
		var nodes [2]int
		var b *boundedHTML
		for i := range nodes {
			b = newBoundedHTML([]byte(page.String() + strings.Repeat("<p>x", few*(i+1))))
			root, err := html.Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			if nodes[i] = countNodes(root); nodes[i] > b.nodes+8 {
				t.Fatalf("%s makes %d nodes, counted %d", &page, nodes[i], b.nodes)
			}
		}
		if n := (nodes[1] - nodes[0]) - 2*few; n > few*b.open.reopened() {
			t.Fatalf("after %s a paragraph opens %.1f elements anew, counted %d", &page, float64(n)/few, b.open.reopened())
		}
	}
}
