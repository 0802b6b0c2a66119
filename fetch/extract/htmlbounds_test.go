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

// countNodes returns the number of nodes of a tree.
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

// FuzzBoundedHTML checks that the parser creates no more nodes than were counted, and that it builds the same tree from a
// page in which nothing is removed.
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
		passed, err := io.ReadAll(b)
		if err != nil {
			t.Fatal(err)
		}
		root, err := html.Parse(strings.NewReader(string(passed)))
		if err != nil {
			return // nested too deep
		}
		if n := countNodes(root); n > b.nodes+8 {
			t.Errorf("%q has %d nodes, counted %d", markup, n, b.nodes)
		}
		if strings.Contains(string(passed), "<!---->") || b.cut {
			return
		}
		want, err := html.Parse(strings.NewReader(markup))
		if err == nil && string(passed) != markup[:min(len(markup), len(passed))] || err == nil && !sameTree(root, want) {
			t.Errorf("%q is read as %q", markup, passed)
		}
	})
}

// TestParseHTML_BoundedNodes parses pages from which html.Parse would create far more nodes, or copy attributes for minutes.
func TestParseHTML_BoundedNodes(t *testing.T) {
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

// TestParseHTML_RemovedElements checks that nothing but the removed elements is lost, and that the texts around them do not
// join to a tag or a character reference.
func TestParseHTML_RemovedElements(t *testing.T) {
	for page, want := range map[string]string{
		"<p>a<svg><title>b</title><style>c</style></svg>d": "ad",
		"<p>a<svg/>b":     "ab",
		"<p>a<svg>b<p>c":  "abc", // without an end tag
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
			t.Errorf("%s: text %q, want %q", page, text.String(), want)
		}
	}
}

// TestOpenFormatting_NeverUndercounts tries random sequences of the tags that the parser has special rules for. Paragraphs
// follow, in each of which the parser opens the active formatting elements again.
func TestOpenFormatting_NeverUndercounts(t *testing.T) {
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
		const paragraphs = 5
		var nodes [2]int
		var b *boundedHTML
		for i := range nodes {
			b = newBoundedHTML([]byte(page.String() + strings.Repeat("<p>x", paragraphs*(i+1))))
			root, err := html.Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			if nodes[i] = countNodes(root); nodes[i] > b.nodes+8 {
				t.Fatalf("%s has %d nodes, counted %d", &page, nodes[i], b.nodes)
			}
		}
		if n := (nodes[1] - nodes[0]) - 2*paragraphs; n > paragraphs*b.open.reconstructed() {
			t.Fatalf("after %s a paragraph opens %.1f elements again, counted %d", &page, float64(n)/paragraphs, b.open.reconstructed())
		}
	}
}
