package publish

import (
	"strings"
	"testing"

	"broadsheet"
)

func TestWeblink(t *testing.T) {
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
		"https://a.example/x?u=https://b.example/": "https://a.example/x?u=https://b.example/",
	} {
		got := weblink(in)
		if got != want {
			t.Errorf("weblink(%q) = %q, want %q", in, got, want)
		}
		if again := weblink(got); got != "" && again != got {
			t.Errorf("weblink(%q) = %q, not itself", got, again)
		}
	}
}

func FuzzWeblink(f *testing.F) {
	for _, s := range hostileLinks {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := weblink(s)
		if got == "" {
			return
		}
		if !strings.HasPrefix(got, "http://") && !strings.HasPrefix(got, "https://") || !uriOnly.MatchString(got) || weblink(got) != got {
			t.Errorf("weblink(%q) = %q, and of that %q", s, got, weblink(got))
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
		if got := between(c.from, c.to); got != c.want {
			t.Errorf("between(%q, %q) = %q, want %q", c.from, c.to, got, c.want)
		}
	}
}

func TestSlug(t *testing.T) {
	taken := map[string]bool{}
	for _, c := range [][2]string{
		{"databases", "databases"}, {"Machine learning", "machine-learning"}, {"C++", "c-plus-plus"}, {"C#", "c-sharp"}, {"R&D", "r-and-d"},
		{"../../etc/passwd", "etc-passwd"}, {`..\x`, "x"}, {"a/b", "a-b"},
	} {
		if got := slug(c[0], taken); got != c[1] {
			t.Errorf("slug(%q) = %q, want %q", c[0], got, c[1])
		}
	}
	for _, name := range append(hostile[:len(hostile):len(hostile)], "COM1", "Databases", "a b", "数据库", "データベース", strings.Repeat("long ", 99)) {
		got := slug(name, taken)
		if got == "" || len(got) > 80 || reserved(got) || strings.Trim(got, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("slug(%q) = %q", name, got)
		}
	}
	if len(taken) != 8+len(hostile)+6 {
		t.Errorf("%d slugs are told apart, want %d", len(taken), 8+len(hostile)+6)
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		" a \n\t b ":                     "a b",
		"nul\x00esc\x1b[31m":             "nulesc[31m",
		"bad\xffutf":                     "badutf",
		"\ufeffa\ufffe\uffffb":           "ab",
		"\u202eabc\u202c\u2066d":         "abcd",
		"a\u2028b":                       "a b",
		"می\u200cخواهم":                  "می\u200cخواهم", // a zero-width non-joiner is part of how Persian is written
		"👩\u200d👧 🏴\U000e0067\U000e007f": "👩\u200d👧 🏴\U000e0067\U000e007f",
		"": "",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestHeadline(t *testing.T) {
	edition := func(sources int, picks ...string) broadsheet.Edition {
		e := broadsheet.Edition{Sources: sources}
		for _, p := range picks {
			source, old := strings.CutPrefix(p, "old ")
			e.Picks = append(e.Picks, broadsheet.Pick{Article: broadsheet.Article{Source: source}, Backlog: old})
		}
		return e
	}
	for _, c := range []struct {
		edition broadsheet.Edition
		want    string
	}{
		{edition(92, "a", "b", "a", "old c"), "3 new articles from 2 of 92 sources, 1 from the backlog"},
		{edition(92, "a"), "1 new article from 1 of 92 sources"},
		{edition(1, "a"), "1 new article from 1 of 1 source"},
		{edition(1200, "old a", "old b"), "Nothing new from 1,200 sources, 2 articles from the backlog"},
		{edition(92), "Nothing new from 92 sources"},
	} {
		if got := headline(c.edition); got != c.want {
			t.Errorf("headline is %q, want %q", got, c.want)
		}
	}
}

func TestDirection(t *testing.T) {
	for _, c := range []struct{ tag, text, want string }{
		{"ar", "x", "rtl"}, {"he-IL", "x", "rtl"}, {"fa", "Kafka", "rtl"}, {"ur", "", "rtl"}, {"ks-Deva", "x", ""}, {"az-Arab", "x", "rtl"},
		{"en", "Kafka", ""}, {"", "Kafka", ""}, {"", "كيف", "auto"}, {"en", "עברית", "auto"}, {"not a tag", "Kafka", ""}, {"", "", ""},
	} {
		if got := direction(c.tag, c.text); got != c.want {
			t.Errorf("direction(%q, %q) = %q, want %q", c.tag, c.text, got, c.want)
		}
	}
}

func TestMinutes(t *testing.T) {
	for words, want := range map[int]string{0: "", -1: "", 40: "1 min read", 230: "1 min read", 920: "4 min read", 2300: "10 min read"} {
		if got := minutes(words); got != want {
			t.Errorf("minutes(%d) = %q, want %q", words, got, want)
		}
	}
}
