package text

import (
	"strings"
	"testing"
)

func TestTitleText(t *testing.T) {
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
		{"C++ header", "#include <queue>", "#include <queue>"},
		{"comparison", "a < b && c > d", "a < b && c > d"},
		{"script", "safe<script>alert(1)</script> text", "safe text"},
		{"external script", `safe<script src="x">alert(1)`, "safe"},
		{"handler on unknown element", "safe<x onclick=alert(1)>", "safe"},
		{"comment", "a<!-- b -->c<!-->d", "acd"},
		{"CDATA in text", "<![CDATA[a & b]]>", "a & b"},
		{"blocks separate words", "<p>One</p><p>Two</p>", "One Two"},
		{"line break separates words", "One<br/>Two", "One Two"},
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
