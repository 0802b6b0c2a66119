package text

import (
	"strings"

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

// CleanNames returns at most limit of the names or tags: without empty ones and duplicates, and each shortened.
func CleanNames(all []string, limit int) []string {
	var kept []string
	seen := map[string]bool{}
	for _, name := range all {
		name = plain.Shorten(name, maxName)
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

// OneLine returns text as one line of at most n characters, sanitized. It is for text that came by another way than a
// response, such as a list of feeds in a file.
func OneLine(text string, n int) string { return plain.Shorten(Sanitize(text), n) }
