// Package plain holds what several packages need of plain text: classes of characters and ways to clean and cut it.
package plain

import "unicode/utf8"

// IsIdeograph tells whether r is a sign of Chinese or Japanese, which part no words.
func IsIdeograph(r rune) bool {
	return r >= 0x3040 && r <= 0x30ff || r >= 0x3400 && r <= 0x9fff || r >= 0xf900 && r <= 0xfaff || r >= 0x20000 && r <= 0x3ffff
}

// IsUnspaced tells whether r belongs to a script of South East Asia that puts spaces between phrases, not words.
func IsUnspaced(r rune) bool {
	return r >= 0x0e00 && r <= 0x0eff || r >= 0x1000 && r <= 0x109f || r >= 0x1780 && r <= 0x17ff
}

func IsASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
