package publish

import (
	"strings"
	"unicode"

	"golang.org/x/text/language"
)

// languageTag is BCP 47 in its usual spelling, or other when tag is not one.
func languageTag(tag, other string) string {
	t, err := language.Parse(strings.ReplaceAll(strings.TrimSpace(tag), "_", "-"))
	if err != nil || t == language.Und {
		return other
	}
	return t.String()
}

// feedLanguage is tag as feeds may carry it: the validators of feeds know the two-letter languages only.
func feedLanguage(tag string) string {
	t := languageTag(tag, "")
	if base, _, _ := strings.Cut(t, "-"); len(base) != 2 {
		return ""
	}
	return t
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
