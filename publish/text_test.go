package publish

import (
	"strings"
	"testing"

	"broadsheet"
)

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
		if got == "" || len(got) > 80 || isReservedName(got) || strings.Trim(got, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("slug(%q) = %q", name, got)
		}
	}
	if len(taken) != 8+len(hostile)+6 {
		t.Errorf("%d different slugs, want %d", len(taken), 8+len(hostile)+6)
	}
}

// TestClean checks what clean adds to plain.Sanitize, which has tests of its own: no U+FFFD stays. The other cases are
// text of feeds.yaml that must come out as a feed can hold it.
func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"bad\xffutf":             "badutf",
		"bad\ufffdutf":           "badutf",
		"a \xff b \ufffd":        "a b",
		" a \n\t b ":             "a b",
		"nul\x00esc\x1b[31m":     "nulesc[31m",
		"c1\u0085\u009b31m":      "c1…›31m", // C1 controls become the windows-1252 characters that they nearly always stand for
		"\ufeffa\ufffe\uffffb":   "ab",
		"\u202eabc\u202c\u2066d": "abcd",
		"a\u2028b":               "a b",
		"می\u200cخواهم":          "می\u200cخواهم", // a zero-width non-joiner is part of how Persian is written
		"👩\u200d👧":               "👩\u200d👧",
		"🏴\U000e0067\U000e007f":  "🏴", // tag characters can hide text
		"e\u0301":                "é",
		"":                       "",
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
