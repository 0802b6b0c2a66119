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

// longDate is the format of dates at the head of editions.
const longDate = "Monday, 2 January 2006"

// plainDate is the format of dates beside articles.
const plainDate = "2 January 2006"

// dayTime returns the start of a day in UTC; the zero time if day is not a date.
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

// thousands returns n with commas: 12,345.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// headline returns the sentence that says how many articles an edition has and from how many sources.
func headline(e broadsheet.Edition) string {
	recent, sources := 0, map[string]bool{}
	for _, p := range e.Picks {
		if !p.Backlog {
			recent++
			sources[p.Source] = true
		}
	}
	backlog := len(e.Picks) - recent
	switch {
	case len(e.Picks) == 0:
		return "Nothing new from " + count(e.Sources, "source")
	case recent == 0:
		return fmt.Sprintf("Nothing new from %s, %s from the backlog", count(e.Sources, "source"), count(backlog, "article"))
	}
	s := fmt.Sprintf("%s from %s of %s", count(recent, "new article"), thousands(len(sources)), count(max(e.Sources, len(sources)), "source"))
	if backlog > 0 {
		s += fmt.Sprintf(", %s from the backlog", thousands(backlog))
	}
	return s
}

// minutes returns the reading time of so many words as text, at 230 words a minute; empty if the number is not known.
func minutes(words int) string {
	if words <= 0 {
		return ""
	}
	return fmt.Sprintf("%d min read", max(1, (words+115)/230))
}

// direction returns the dir attribute for text in a language: "rtl" if the language's script is written from right to left;
// "auto" if the language does not imply that, but the text has letters of such a script; else empty.
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

// rightToLeft are the scripts that are written from right to left, by ISO 15924 code.
var rightToLeft = map[string]bool{
	"Arab": true, "Aran": true, "Hebr": true, "Syrc": true, "Thaa": true, "Nkoo": true, "Adlm": true, "Rohg": true,
	"Mand": true, "Samr": true,
}
