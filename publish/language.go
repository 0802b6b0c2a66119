package publish

import (
	"unicode"

	"golang.org/x/text/language"
)

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
