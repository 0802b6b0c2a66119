package text

import (
	"strings"
	"unicode/utf8"

	"broadsheet/internal/plain"
)

// Limits of what is kept of a text from the web.
const (
	MaxTitle   = 300 // characters
	maxName    = 100 // characters of a person's name or a tag
	MaxAuthors = 12
	MaxTags    = 24
)

// Sanitize returns plain text from the web as one line that is safe to show, as plain.Sanitize does. Before that it repairs
// mojibake: UTF-8 that was read as windows-1252 on its way here.
func Sanitize(text string) string {
	if plain.IsSanitized(text) {
		return text
	}
	return plain.Sanitize(fixMojibake(strings.ToValidUTF8(text, "\uFFFD")))
}

// Shorten cuts text to at most n characters, at a space where possible, and marks the cut with "…".
func Shorten(text string, n int) string {
	if len(text) <= n || utf8.RuneCountInString(text) <= n {
		return text
	}
	runes := []rune(text)[:n-1]
	cut := string(runes)
	if at := strings.LastIndexByte(cut, ' '); at > len(cut)/2 {
		cut = cut[:at]
	}
	return strings.TrimRight(cut, " ,;:.–—-") + "…"
}

// CleanNames returns at most limit of the names or tags: without empty ones and duplicates, and each shortened.
func CleanNames(all []string, limit int) []string {
	var kept []string
	seen := map[string]bool{}
	for _, name := range all {
		name = Shorten(name, maxName)
		if key := strings.ToLower(name); name != "" && !seen[key] {
			seen[key] = true
			kept = append(kept, name)
		}
		if len(kept) == limit {
			break
		}
	}
	return kept
}

// Line returns text as one line of at most n characters, sanitized. It is for text that came by another way than a
// response, such as a list of feeds in a file.
func Line(text string, n int) string { return Shorten(Sanitize(text), n) }
