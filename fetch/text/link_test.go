package text

import (
	"net/url"
	"strings"
	"testing"
)

func TestSafeLink(t *testing.T) {
	base, _ := url.Parse("https://blog.example/posts/index.xml")
	for _, c := range []struct{ name, link, want string }{
		{"absolute", "https://a.example/x?y=1#z", "https://a.example/x?y=1#z"},
		{"no path", "http://a.example", "http://a.example"},
		{"relative", "one.html", "https://blog.example/posts/one.html"},
		{"from the root", "/one", "https://blog.example/one"},
		{"scheme-relative", "//cdn.example/x", "https://cdn.example/x"},
		{"query alone", "?p=1", "https://blog.example/posts/index.xml?p=1"},
		{"white space around and inside", " \n https://a.example/\tx\n ", "https://a.example/x"},
		{"space inside", "https://a.example/x y?q=a b", "https://a.example/x%20y?q=a%20b"},
		{"scheme in upper case", "HTTPS://A.example/X", "https://a.example/X"},
		{"stray percent", "https://a.example/100%", "https://a.example/100%25"},
		{"backslashes", `http:\\a.example\x`, "http://a.example/x"},
		{"one slash", "http:/a.example/x", "http://a.example/x"},
		{"no scheme", "www.a.example/x", "http://www.a.example/x"},
		{"credentials", "https://user:secret@a.example/x", "https://a.example/x"},
		{"default port", "https://a.example:443/x", "https://a.example/x"},
		{"port", "https://a.example:8443/x", "https://a.example:8443/x"},
		{"quotes and brackets", `https://a.example/?q="<b>"`, "https://a.example/?q=%22%3Cb%3E%22"},
		{"non-ASCII path", "https://a.example/café?q=é", "https://a.example/caf%C3%A9?q=%C3%A9"},
		{"non-ASCII host", "https://bücher.example/", "https://xn--bcher-kva.example/"},
		{"host with underscore", "https://my_blog.example/", "https://my_blog.example/"},
		{"bidi", "https://a.example/\u202egnp", "https://a.example/gnp"},
		{"IPv6", "http://[2001:db8::1]:80/x", "http://[2001:db8::1]/x"},
		{"javascript", "javascript:alert(1)", ""},
		{"javascript, hidden", " java\nscript:alert(1)", ""},
		{"data", "data:text/html,x", ""},
		{"mail", "mailto:a@b.example", ""},
		{"file", "file:///etc/passwd", ""},
		{"urn", "urn:uuid:1", ""},
		{"no host", "https:///", ""},
		{"empty", "  ", ""},
		{"endless", "https://a.example/" + strings.Repeat("x", 5000), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := SafeLink(c.link, base); got != c.want {
				t.Errorf("%q became %q, want %q", c.link, got, c.want)
			}
		})
	}
	if got := SafeLink("one.html", nil); got != "" {
		t.Errorf("relative to nothing became %q", got)
	}
}

func FuzzSafeLink(f *testing.F) {
	f.Add("https://a.example/x?y=%", "https://b.example/")
	f.Add("\x01jav\tascript:x", "")
	f.Fuzz(func(t *testing.T, link, from string) {
		base, _ := url.Parse(from)
		got := SafeLink(link, base)
		if got == "" {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
			t.Fatalf("%q became %q", link, got)
		}
		for _, c := range []byte(got) {
			if c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' {
				t.Fatalf("%q became %q", link, got)
			}
		}
		if again := SafeLink(got, nil); again != got {
			t.Fatalf("%q, then %q", got, again)
		}
	})
}
