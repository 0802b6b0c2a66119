package plain

import (
	"strings"
	"unicode/utf8"
)

// TruncateBytes returns text cut to at most n bytes, between two characters. Text that is cut loses invalid UTF-8, too.
func TruncateBytes(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:max(n, 0)], "")
}

// Shorten returns text cut to at most n characters, n being at least 1: at a space if there is one in the second half, and
// with "…" in place of what was cut.
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
