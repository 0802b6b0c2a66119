package text

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"broadsheet"

	"golang.org/x/text/unicode/norm"
)

func TestMarkupBecomesWhatAReaderSees(t *testing.T) {
	for _, c := range []struct{ name, markup, want string }{
		{"nothing", "", ""},
		{"text", "Queues  and\nlogs", "Queues and logs"},
		{"inline tags join", "a<b>b</b>c", "abc"},
		{"blocks part", "<p>One.</p><p>Two.</p>", "One. Two."},
		{"line breaks part", "One<br>Two<br/>Three", "One Two Three"},
		{"cells part", "<table><tr><td>1</td><td>2</td></tr></table>", "1 2"},
		{"entities once", "AT&amp;T &lt;b&gt; &amp;lt; &#8217; &#146; &nbsp; &eacute;", "AT&T <b> &lt; ’ ’ é"},
		{"bare ampersand", "R&D & more", "R&D & more"},
		{"script", "a<script>var x = '<p>no</p>'</script>b", "ab"},
		{"script with odd end", "a<script>no</ScRiPt  x>b", "ab"},
		{"script that never ends", "a<script>alert(1)", "a"},
		{"style, noscript, template", "a<style>p{}</style>b<noscript><img>no</noscript>c<template>no</template>d", "abcd"},
		{"what stands in for a frame or an object", "a<iframe src=x>b <b>c</b></iframe><object data=x>d</object><iframe src=y>e", "ab cde"},
		{"applet and video", "a<applet><param>no</applet>b<video>no video<b>x</b></video>c", "abc"},
		{"template that never ends hides nothing", "a<template>b", "ab"},
		{"comments", "a<!-- no --><!-->b<!--- no -->c", "abc"},
		{"attribute with a bracket", `a<img alt="1 > 2">b`, "ab"},
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

func TestParagraphsArePartedByABlankLine(t *testing.T) {
	for _, c := range []struct{ name, markup, want string }{
		{"blocks", "<h1>T</h1><p>One\ntwo.</p>\n<p>Three.</p>", "T\n\nOne two.\n\nThree."},
		{"one break is a blank, two are a paragraph", "a<br>b<br> <br />c", "a b\n\nc"},
		{"blank lines between tags do not count", "a\n\n\nb", "a\n\n\nb"},
		{"blank lines beside tags do not count", "<i>a</i>\n\nb", "a b"},
		{"lists", "<ul><li>a</li><li>b</li></ul>c", "a\n\nb\n\nc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "blank lines between tags do not count" {
				c.want = "a\n\nb" // text without any tag is plain text
			}
			if got := Paragraphs(c.markup); got != c.want {
				t.Errorf("%q became %q, want %q", c.markup, got, c.want)
			}
		})
	}
}

func TestTextIsKeptUpToACapThatCutsNoCharacter(t *testing.T) {
	got := Paragraphs("<p>" + strings.Repeat("é ", broadsheet.MaxText) + "</p>")
	if len(got) > broadsheet.MaxText || len(got) < broadsheet.MaxText-8 || !utf8.ValidString(got) {
		t.Errorf("%d bytes, valid: %v", len(got), utf8.ValidString(got))
	}
}

func TestDepthLosesNothing(t *testing.T) {
	if got := FromHTML(strings.Repeat("<div>", 100_000) + "deep"); got != "deep" {
		t.Errorf("got %q", got)
	}
}

func TestCleanTextHasNothingThatDeceives(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"ascii", "Queues and logs", "Queues and logs"},
		{"white space", " \tQueues\u00a0 and\u2028\u3000logs \n", "Queues and logs"},
		{"escape codes", "\x1b[31mred\x07", "[31mred"},
		{"C1 control sequence", "a\u009b31mb", "a›31mb"},
		{"windows-1252 as C1", "it\u0092s \u0093so\u0094 \u0081x", "it’s “so” x"},
		{"NUL and non-characters", "a\x00b\ufffec\uffffd\ufdd0e\U0001fffef", "abcdef"},
		{"bidi overrides", "invoice\u202egnp.exe\u2066x\u2069\u200e\u200f\u061c", "invoicegnp.exex"},
		{"zero width", "pay\u200bpal\u2060\ufeff\u00ad.example", "paypal.example"},
		{"joiner between latin letters", "pay\u200dpal\u200cx", "paypalx"},
		{"joiner in Persian and Hindi", "می\u200cخواهم क्\u200dष", "می\u200cخواهم क्\u200dष"},
		{"joiner in emoji", "👩\u200d💻 👨\u200d👩\u200d👧", "👩\u200d💻 👨\u200d👩\u200d👧"},
		{"hidden tags", "a\U000e0041\U000e0042b", "ab"},
		{"variation selectors, one at most", "❤\ufe0f\ufe0f\ufe0fx", "❤\ufe0fx"},
		{"variation selector on nothing", "\ufe0fx", "x"},
		{"flood of marks", "Z" + strings.Repeat("\u0335", 40) + "a", "Z" + strings.Repeat("\u0335", 4) + "a"},
		{"composed", "cafe\u0301", "café"},
		{"Vietnamese keeps its marks", "Việt", "Việt"},
		{"invalid bytes", "a\xffb\xed\xa0\x80", "a\uFFFDb\uFFFD"},
		{"UTF-8 read as windows-1252", "Itâ€™s a cafÃ©", "It’s a café"},
		{"twice", "Itâ€™s", "It’s"},
		{"among good characters it stays", "Ã© in naïve code", "Ã© in naïve code"},
		{"real accents", "Crème brûlée à l’été", "Crème brûlée à l’été"},
		{"hangul filler and braille blank", "a\u3164b\u2800c", "ab c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Sanitize(c.text); got != c.want {
				t.Errorf("%q became %q, want %q", c.text, got, c.want)
			}
		})
	}
}

// What clean passes by is what it would not change.
func TestWhatIsCleanIsLeftAsItIs(t *testing.T) {
	for r := rune(' '); r < 0x20000; r++ {
		for _, form := range []string{"a%cb", "%c", "é%c", "’%c", "%cé"} {
			text := fmt.Sprintf(form, r)
			if isClean(text) && sanitizeSlow(text) != text {
				t.Errorf("%+q (%U) is passed by, and would become %+q", text, r, sanitizeSlow(text))
			}
		}
	}
}

// Eight signs are looked at together, so each sign is tried at each place, between letters and beside a blank.
func TestWhatIsCleanIsSeenWhereverItStands(t *testing.T) {
	for at := range 20 {
		for c := range byte(0x80) {
			for _, plain := range []string{"abcdefghijklmnopqrst", "a b c d e f g h i j", " abcdefg hijklmn opqr", "abcdefg hijklmno pq "} {
				text := []byte(plain)
				text[min(at, len(text)-1)] = c
				if passed, kept := isClean(string(text)), sanitizeSlow(string(text)) == string(text); passed != kept {
					t.Errorf("%q: passed by %t, left as it is %t", text, passed, kept)
				}
			}
		}
	}
}

func TestATitleIsTheTextThatItsAuthorMeant(t *testing.T) {
	for _, c := range []struct{ name, markup, want string }{
		{"text", "Queues", "Queues"},
		{"ampersand", "AT&T & R&D", "AT&T & R&D"},
		{"escaped once", "AT&amp;T", "AT&T"},
		{"escaped twice", "AT&amp;amp;T &amp;#8217;", "AT&T ’"},
		{"markup", "<b>Bold</b> and <i>so on</i>", "Bold and so on"},
		{"markup with attributes", `<span class="x">₹</span>10<img src="x">`, "₹10"},
		{"generic", "Why Vec<T> and Map<String, List<Int>> differ", "Why Vec<T> and Map<String, List<Int>> differ"},
		{"generic escaped in markup", "Why Vec&lt;T&gt; is <em>fast</em>", "Why Vec<T> is fast"},
		{"about an element", "The <dialog> element and <b>", "The <dialog> element and <b>"},
		{"about scripts", "Why <script> blocks", "Why <script> blocks"},
		{"header", "#include <queue>", "#include <queue>"},
		{"comparison", "a < b && c > d", "a < b && c > d"},
		{"script", "safe<script>alert(1)</script> text", "safe text"},
		{"script from elsewhere", `safe<script src="x">alert(1)`, "safe"},
		{"handler on unknown element", "safe<x onclick=alert(1)>", "safe"},
		{"comment", "a<!-- b -->c<!-->d", "acd"},
		{"CDATA in text", "<![CDATA[a & b]]>", "a & b"},
		{"blocks part", "<p>One</p><p>Two</p>", "One Two"},
		{"break parts", "One<br/>Two", "One Two"},
		{"about an entity", "What &nbsp; is, and a & b", "What is, and a & b"},
		{"about an entity, escaped twice", "How &amp;nbsp; came to be", "How &nbsp; came to be"},
		{"address with something like an entity", "get /?a=1&copy=2", "get /?a=1&copy=2"},
		{"long", strings.Repeat("word ", 100), strings.TrimSpace(strings.Repeat("word ", 59)) + "…"},
		{"bidi in an entity", "a&#x202e;b", "ab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := TitleText(c.markup); got != c.want {
				t.Errorf("%q became %q, want %q", c.markup, got, c.want)
			}
		})
	}
}

func TestNamesAreFewShortAndDistinct(t *testing.T) {
	got := CleanNames([]string{"", "Kafka", "kafka", strings.Repeat("x", 200), "a", "b"}, 3)
	if len(got) != 3 || got[0] != "Kafka" || got[2] != "a" || utf8.RuneCountInString(got[1]) > maxName {
		t.Errorf("got %q", got)
	}
}

func FuzzPlain(f *testing.F) {
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
