package text

import (
	"strings"
	"testing"
	"unicode/utf8"

	"broadsheet"

	"golang.org/x/text/unicode/norm"
)

func TestFromHTML(t *testing.T) {
	for _, c := range []struct{ name, markup, want string }{
		{"nothing", "", ""},
		{"text", "Queues  and\nlogs", "Queues and logs"},
		{"inline tags do not separate words", "a<b>b</b>c", "abc"},
		{"blocks separate words", "<p>One.</p><p>Two.</p>", "One. Two."},
		{"line breaks separate words", "One<br>Two<br/>Three", "One Two Three"},
		{"cells separate words", "<table><tr><td>1</td><td>2</td></tr></table>", "1 2"},
		{"entities once", "AT&amp;T &lt;b&gt; &amp;lt; &#8217; &#146; &nbsp; &eacute;", "AT&T <b> &lt; ’ ’ é"},
		{"bare ampersand", "R&D & more", "R&D & more"},
		{"script", "a<script>var x = '<p>no</p>'</script>b", "ab"},
		{"script with unusual end tag", "a<script>no</ScRiPt  x>b", "ab"},
		{"script that never ends", "a<script>alert(1)", "a"},
		{"style, noscript, template", "a<style>p{}</style>b<noscript><img>no</noscript>c<template>no</template>d", "abcd"},
		{"fallback content of iframe and object", "a<iframe src=x>b <b>c</b></iframe><object data=x>d</object><iframe src=y>e", "ab cde"},
		{"applet and video", "a<applet><param>no</applet>b<video>no video<b>x</b></video>c", "abc"},
		{"template that never ends hides nothing", "a<template>b", "ab"},
		{"comments", "a<!-- no --><!-->b<!--- no -->c", "abc"},
		{"attribute with a \">\"", `a<img alt="1 > 2">b`, "ab"},
		{"less than", "if a < b then b > a", "if a < b then b > a"},
		{"tag that never ends", "a <b", "a"},
		{"control characters in entities", "a&#27;[31mb&#0;c", "a[31mb\uFFFDc"},
		{"unknown elements", "a<o:p>b</o:p><my-box>c</my-box>", "abc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := FromHTML(c.markup); got != c.want {
				t.Errorf("%q became %q, want %q", c.markup, got, c.want)
			}
		})
	}
}

func TestParagraphs(t *testing.T) {
	for _, c := range []struct{ name, markup, want string }{
		{"blocks", "<h1>T</h1><p>One\ntwo.</p>\n<p>Three.</p>", "T\n\nOne two.\n\nThree."},
		{"one break is a space, two are a paragraph", "a<br>b<br> <br />c", "a b\n\nc"},
		{"blank lines of text without tags are kept", "a\n\n\nb", "a\n\nb"},
		{"blank lines beside tags are ignored", "<i>a</i>\n\nb", "a b"},
		{"lists", "<ul><li>a</li><li>b</li></ul>c", "a\n\nb\n\nc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Paragraphs(c.markup); got != c.want {
				t.Errorf("%q became %q, want %q", c.markup, got, c.want)
			}
		})
	}
}

func TestParagraphs_TruncatesBetweenCharacters(t *testing.T) {
	got := Paragraphs("<p>" + strings.Repeat("é ", broadsheet.MaxText) + "</p>")
	if len(got) > broadsheet.MaxText || len(got) < broadsheet.MaxText-8 || !utf8.ValidString(got) {
		t.Errorf("%d bytes, valid: %v", len(got), utf8.ValidString(got))
	}
}

func TestFromHTML_DeepNesting(t *testing.T) {
	if got := FromHTML(strings.Repeat("<div>", 100_000) + "deep"); got != "deep" {
		t.Errorf("got %q", got)
	}
}

func FuzzFromHTML(f *testing.F) {
	f.Add("<p>a &amp; b<script>x</script><!-- c --><b>")
	f.Add("â€™ \u202e <img src=x onerror=alert(1)> &#27; Vec<T>")
	f.Fuzz(func(t *testing.T, markup string) {
		for _, got := range []string{FromHTML(markup), TitleText(markup), Sanitize(markup)} {
			if !utf8.ValidString(got) || got != strings.TrimSpace(got) || strings.ContainsAny(got, "\n\x00\x1b\u202e\u200b") {
				t.Fatalf("%q became %q", markup, got)
			}
			if !norm.NFC.IsNormalString(got) {
				t.Fatalf("%q is not in normal form", got)
			}
		}
		if text := Paragraphs(markup); len(text) > broadsheet.MaxText || !utf8.ValidString(text) {
			t.Fatalf("%d bytes", len(text))
		}
	})
}
