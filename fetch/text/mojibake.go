package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// fixMojibake puts UTF-8 right that was read as windows-1252 once or twice on its way here ("â€™" for "’"). Only when the
// whole text can be read back so, every character beyond ASCII is part of it, and letters and signs come out of it:
// who writes about "Ã©" among other accents is left alone. A few characters of far scripts are chance ("é …" would be one)
// and many are a text.
func fixMojibake(text string) string {
	for range 2 {
		better, ok := reverseDoubleEncoding(text)
		if !ok {
			break
		}
		text = better
	}
	return text
}

// startsMojibake is a quick look at the first character beyond ASCII: it must be one that a byte UTF-8 begins with looks
// like, and another must follow it.
func startsMojibake(text string) bool {
	at := strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
	if at < 0 {
		return false
	}
	r, size := utf8.DecodeRuneInString(text[at:])
	return r >= 0xc2 && r <= 0xf4 && at+size < len(text) && text[at+size] >= utf8.RuneSelf
}

func reverseDoubleEncoding(text string) (string, bool) {
	if !startsMojibake(text) {
		return "", false
	}
	raw := make([]byte, 0, len(text))
	beyond := false
	for _, r := range text {
		switch b, ok := charmap.Windows1252.EncodeRune(r); {
		case r < utf8.RuneSelf:
			raw = append(raw, byte(r))
		case ok:
			raw, beyond = append(raw, b), true
		case r >= 0x80 && r < 0xa0: // bytes that windows-1252 leaves open, and latin1 proper
			raw, beyond = append(raw, byte(r)), true
		default:
			return "", false
		}
	}
	if !beyond || !utf8.Valid(raw) {
		return "", false
	}
	rare := 0
	for _, r := range string(raw) {
		if r >= 0x80 && r < 0xa0 || r >= utf8.RuneSelf && !unicode.IsGraphic(r) && !unicode.Is(unicode.Cf, r) {
			return "", false
		}
		if r >= 0x800 && !(r >= 0x2000 && r < 0x2c00) && !(r >= 0x1f000 && r < 0x20000) && r != 0xfeff {
			rare++
		}
	}
	return string(raw), rare == 0 || rare >= 4
}
