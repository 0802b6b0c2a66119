package publish

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/language"

	"broadsheet"
	"broadsheet/internal/plain"
)

// clean returns text as plain.Sanitize does, without invalid bytes and replacement characters (U+FFFD). fetch has
// sanitized what comes from the web; the text of feeds.yaml has not been, and one character that XML forbids (XML 1.0
// section 2.2) would break the feed for every reader.
func clean(text string) string {
	return plain.Sanitize(strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\uFFFD", ""))
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

// count returns a number and its noun: "1 article", "1,200 articles".
func count(n int, noun string) string {
	return thousands(n) + " " + plain.Plural(n, noun, noun+"s")
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
