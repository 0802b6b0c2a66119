package publish

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"broadsheet"
)

// clean is s on one line as every format can carry it: without what XML 1.0 section 2.2 forbids, without controls,
// without the marks that turn the direction of the text around them, its spaces single. fetch has cleaned what comes
// from the web; what stands in feeds.yaml has come another way, and a broken document is a broken feed for everybody.
func clean(s string) string {
	return strings.Join(strings.Fields(strings.Map(printable, s)), " ")
}

func printable(r rune) rune {
	switch {
	case r == utf8.RuneError, r&0xfffe == 0xfffe, r >= 0xfdd0 && r <= 0xfdef:
		return -1
	case r == '\u2028', r == '\u2029', unicode.IsSpace(r):
		return ' '
	case r < ' ', r >= 0x7f && r <= 0x9f, r == '\ufeff', r >= 0xfff9 && r <= 0xfffb:
		return -1
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r >= 0xe0000 && r <= 0xe001f:
		return -1
	}
	return r
}

// longDate is a date as it stands at the head of an edition.
const longDate = "Monday, 2 January 2006"

// plainDate is a date as it stands beside an article.
const plainDate = "2 January 2006"

// dayTime is the first moment of a day, in UTC; the zero time when day is not a date.
func dayTime(day broadsheet.Day) time.Time {
	t, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return time.Time{}
	}
	return t
}

// count is a number and what it counts: "1 article", "9 articles".
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%s %ss", thousands(n), one)
}

// thousands is n with commas: 12,345.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for at := len(s) - 3; at > 0 && s[at-1] != '-'; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

// headline says in true numbers what an edition holds.
func headline(e broadsheet.Edition) string {
	fresh, sources := 0, map[string]bool{}
	for _, p := range e.Picks {
		if !p.Backlog {
			fresh++
			sources[p.Source] = true
		}
	}
	old := len(e.Picks) - fresh
	switch {
	case len(e.Picks) == 0:
		return "Nothing new from " + count(e.Sources, "source")
	case fresh == 0:
		return fmt.Sprintf("Nothing new from %s, %s from the backlog", count(e.Sources, "source"), count(old, "article"))
	}
	s := fmt.Sprintf("%s from %s of %s", count(fresh, "new article"), thousands(len(sources)), count(max(e.Sources, len(sources)), "source"))
	if old > 0 {
		s += fmt.Sprintf(", %s from the backlog", thousands(old))
	}
	return s
}

// minutes is the reading time in words, at 230 words a minute; empty when the length is not known.
func minutes(words int) string {
	if words <= 0 {
		return ""
	}
	return fmt.Sprintf("%d min read", max(1, (words+115)/230))
}

// direction is the dir attribute for text of a language: "rtl" where its script is written from right to left; "auto"
// where the language does not say so but letters of such a script stand in it; else empty.
func direction(tag, text string) string {
	if t, err := language.Parse(tag); err == nil && t != language.Und {
		if s, confidence := t.Script(); confidence > language.Low && rightToLeft[s.String()] {
			return "rtl"
		}
	}
	for _, r := range text {
		if unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam) {
			return "auto"
		}
	}
	return ""
}

var rightToLeft = map[string]bool{
	"Arab": true, "Aran": true, "Hebr": true, "Syrc": true, "Thaa": true, "Nkoo": true, "Adlm": true, "Rohg": true,
	"Mand": true, "Samr": true,
}
