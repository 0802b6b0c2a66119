package feeds

import (
	"strings"

	"golang.org/x/text/language"
)

// LanguageTag returns a BCP 47 language tag in its canonical spelling, or fallback if tag is not one.
func LanguageTag(tag, fallback string) string {
	t, err := language.Parse(strings.ReplaceAll(strings.TrimSpace(tag), "_", "-"))
	if err != nil || t == language.Und {
		return fallback
	}
	return t.String()
}

// FeedLanguage returns the canonical spelling of tag if its language has two letters, else an empty string: the feed
// validators accept no others.
func FeedLanguage(tag string) string {
	t := LanguageTag(tag, "")
	if base, _, _ := strings.Cut(t, "-"); len(base) != 2 {
		return ""
	}
	return t
}
