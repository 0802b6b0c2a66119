// Package plain has functions for plain text that several packages need: character classes, sanitizing, cutting, and counts
// with their nouns. It imports no other package of this module.
package plain

import "unicode/utf8"

// IsIdeograph reports whether r is a character of Chinese or Japanese, which are written without spaces between words.
func IsIdeograph(r rune) bool {
	return r >= 0x3040 && r <= 0x30ff || r >= 0x3400 && r <= 0x9fff || r >= 0xf900 && r <= 0xfaff || r >= 0x20000 && r <= 0x3ffff
}

// IsUnspacedScript reports whether r belongs to a script of South-East Asia that has spaces between phrases, not between words.
func IsUnspacedScript(r rune) bool {
	return r >= 0x0e00 && r <= 0x0eff || r >= 0x1000 && r <= 0x109f || r >= 0x1780 && r <= 0x17ff
}

// IsASCII reports whether s has only ASCII characters.
func IsASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
