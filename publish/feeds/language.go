package feeds

import (
	"strings"

	"golang.org/x/text/language"
)

// LanguageTag returns a tag of BCP 47 in its usual spelling, or other when tag is not one.
func LanguageTag(tag, other string) string {
	t, err := language.Parse(strings.ReplaceAll(strings.TrimSpace(tag), "_", "-"))
	if err != nil || t == language.Und {
		return other
	}
	return t.String()
}

// FeedLanguage returns tag as feeds may carry it: the validators of feeds know the two-letter languages only.
func FeedLanguage(tag string) string {
	t := LanguageTag(tag, "")
	if base, _, _ := strings.Cut(t, "-"); len(base) != 2 {
		return ""
	}
	return t
}
