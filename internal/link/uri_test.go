package link

import (
	"regexp"
	"strings"
	"testing"
)

func TestWebURI(t *testing.T) {
	for in, want := range map[string]string{
		"https://a.example":                        "https://a.example/",
		"HTTPS://A.Example:443/B?c=D#e":            "https://a.example/B?c=D#e",
		"http://a.example:8080/":                   "http://a.example:8080/",
		"https://a.example/ä b?q=ü&r=[1]#ß":        "https://a.example/%C3%A4%20b?q=%C3%BC&r=%5B1%5D#%C3%9F",
		"https://a.example/100%":                   "https://a.example/100%25",
		"https://a.example/%e4%b8%ad/%2F":          "https://a.example/%E4%B8%AD/%2F",
		"https://münchen.example/":                 "https://xn--mnchen-3ya.example/",
		"https://my_blog.example/":                 "https://my_blog.example/",
		"https://user:secret@a.example/":           "https://a.example/",
		"http://[2001:DB8::1]:80/x":                "http://[2001:db8::1]/x",
		" https://a.example/\n ":                   "https://a.example/",
		`https://a.example/"><script>`:             "https://a.example/%22%3E%3Cscript%3E",
		"javascript:alert(1)":                      "",
		"data:text/html,x":                         "",
		"ftp://a.example/":                         "",
		"//a.example/":                             "",
		"/a":                                       "",
		"https:///a":                               "",
		"https:a.example":                          "",
		"http://[fe80::1%25eth0]/":                 "",
		"":                                         "",
		"http://münchen.exampl.../":                "", // a label of the host is empty
		"http://münchen.exampl…/":                  "",
		"http://a..example/":                       "",
		"http://.example/":                         "",
		"http://a.example../":                      "",
		"http://a.example./":                       "http://a.example/",
		"http://例え。example。/":                      "http://xn--r8jz45g.example/",
		"https://a.example/x?u=https://b.example/": "https://a.example/x?u=https://b.example/",
	} {
		got := WebURI(in)
		if got != want {
			t.Errorf("WebURI(%q) = %q, want %q", in, got, want)
		}
		if again := WebURI(got); got != "" && again != got {
			t.Errorf("WebURI(%q) = %q, not itself", got, again)
		}
	}
}

func FuzzWebURI(f *testing.F) {
	for _, s := range []string{"javascript:alert(1)", "https://a.example/\">&<x", "http://[::1", "https://münchen.example/ä b?q=ü#ß", "HTTPS://u:p@A.example:443/%zz", "\x00https://a.example", "http://münchen.exampl.../\x9f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := WebURI(s)
		if got == "" {
			return
		}
		if !strings.HasPrefix(got, "http://") && !strings.HasPrefix(got, "https://") || !validURI.MatchString(got) || WebURI(got) != got {
			t.Errorf("WebURI(%q) = %q, and of that %q", s, got, WebURI(got))
		}
	})
}

func TestBetween(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"", "", "./"},
		{"", "atom.xml", "atom.xml"},
		{"", "2026/11/24/", "2026/11/24/"},
		{"2026/11/24/", "", "../../../"},
		{"2026/11/24/", "2026/11/23/", "../23/"},
		{"2026/11/24/", "2026/10/31/", "../../10/31/"},
		{"2026/11/24/", "2026/11/", "../"},
		{"2026/11/24/", "2026/11/24/", "./"},
		{"2026/11/", "2026/11/24/", "24/"},
		{"2026/11/24/", "topics/c/", "../../../topics/c/"},
		{"archive/2026-11.xml", "archive/2026-10.xml", "2026-10.xml"},
		{"archive/2026-11.xml", "atom.xml", "../atom.xml"},
		{"topics/c/", "topics/c/rss.xml", "rss.xml"},
		{"topics/c/", "topics/", "../"},
	} {
		if got := Relative(c.from, c.to); got != c.want {
			t.Errorf("between(%q, %q) = %q, want %q", c.from, c.to, got, c.want)
		}
	}
}

var validURI = regexp.MustCompile(`^[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*$`)
