package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// fixMojibake repairs UTF-8 that was read as windows-1252 once or twice on its way here ("â€™" for "’"). It does so only
// if the whole text can be decoded that way, every character beyond ASCII takes part, and the result is letters and
// punctuation: a text about "Ã©" that has other accents stays as it is. A few characters of distant scripts are chance
// ("é …" would decode to one); many are a text.
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

// startsMojibake is a quick check of the first character beyond ASCII: it must look like the first byte of a UTF-8
// sequence, and another such character must follow it.
func startsMojibake(text string) bool {
	at := strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
	if at < 0 {
		return false
	}
	r, size := utf8.DecodeRuneInString(text[at:])
	return r >= 0xc2 && r <= 0xf4 && at+size < len(text) && text[at+size] >= utf8.RuneSelf
}

// reverseDoubleEncoding encodes text as windows-1252 and returns the result if that is plausible UTF-8.
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
		case r >= 0x80 && r < 0xa0: // bytes that windows-1252 does not define, and Latin-1 has
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
