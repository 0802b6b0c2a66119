package plain

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// maxMarks is the most combining marks that a letter keeps: as many as real scripts need.
const maxMarks = 4

// Sanitize returns text as one line that is safe to show: valid UTF-8 in Unicode normal form C, white space collapsed to
// single spaces, without control characters, escape codes, bidi overrides, invisible characters and non-characters. Invalid
// bytes become U+FFFD, C1 controls the windows-1252 characters that they nearly always stand for.
func Sanitize(text string) string {
	if IsSanitized(text) {
		return text
	}
	return sanitizeSlow(text)
}

// sanitizeSlow is Sanitize without the shortcut.
func sanitizeSlow(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	s := sanitizer{out: make([]byte, 0, len(text))}
	for i, r := range text {
		s.add(r, text[i+utf8.RuneLen(r):])
	}
	return norm.NFC.String(string(s.out))
}

// IsSanitized reports whether Sanitize would not change text, for the common case: it may return false for text that would
// stay as it is. Text for which it returns true is no mojibake either (UTF-8 misread as windows-1252). Without this shortcut
// a first run of the program takes 1.14 times the CPU.
func IsSanitized(text string) bool {
	blank := true
	for i := 0; i < len(text); {
		c := text[i]
		if c > ' ' && c <= '~' {
			blank = false
			i++
			continue
		}
		if c < utf8.RuneSelf {
			if c != ' ' || blank {
				return false
			}
			blank = true
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		i += size
		accented := r >= 0xc0 && r <= 0xff && (i == len(text) || text[i] < utf8.RuneSelf) // else it may be mojibake
		if !accented && !isNFCStable(r) {
			return false
		}
		blank = false
	}
	return !blank || text == ""
}

// isNFCStable reports whether a character beyond Latin-1 stays the same whatever precedes or follows it: it is in normal
// form C, and only a combining mark after it would change that.
func isNFCStable(r rune) bool {
	switch {
	case r < 0x2010:
		return r >= 0x100 && r < 0x250 || r >= 0x388 && r < 0x3cf || r >= 0x400 && r < 0x483 || r >= 0x48a && r < 0x530
	case r < 0x3000:
		return r <= 0x2027 || r == 0x20ac || r == 0x2122 || r >= 0x2190 && r < 0x2200
	}
	return r >= 0x3001 && r < 0x302a || r >= 0x3041 && r < 0x3097 || r >= 0x30a1 && r < 0x3100 ||
		r >= 0x4e00 && r < 0xa000 || r >= 0xac00 && r < 0xd7a4 || r >= 0xff01 && r < 0xff61
}

// sanitizer builds the sanitized text from the characters that are kept.
type sanitizer struct {
	out   []byte
	last  rune // the last character of out; 0: none yet
	blank bool // white space was seen after it
	marks int  // combining marks since the last letter
}

// add writes r if it is to be kept. rest is the text after it.
func (s *sanitizer) add(r rune, rest string) {
	if r > ' ' && r < 0x7f {
		s.marks = 0
		s.write(r)
		return
	}
	if r >= 0x80 && r < 0xa0 { // C1 controls are nearly always windows-1252 that was declared as latin1
		if r = charmap.Windows1252.DecodeByte(byte(r)); r == utf8.RuneError {
			return
		}
	}
	switch {
	case unicode.IsSpace(r) || r == 0x2800:
		s.blank = true
		return
	case r == 0x200c || r == 0x200d:
		if s.blank || !isMeaningfulJoiner(s.last, rest) {
			return
		}
	case IsInvisible(r):
		return
	case unicode.Is(unicode.M, r):
		if s.marks++; s.blank || s.last == 0 || s.marks > maxMarks || isVariationSelector(r) && isVariationSelector(s.last) {
			return
		}
	default:
		s.marks = 0
	}
	s.write(r)
}

// write appends r, after a space if there was white space before it.
func (s *sanitizer) write(r rune) {
	if s.blank && len(s.out) > 0 {
		s.out = append(s.out, ' ')
	}
	s.blank = false
	s.last = r
	s.out = utf8.AppendRune(s.out, r)
}

// IsInvisible reports whether a character shows nothing or changes how others are shown: controls, bidi overrides, zero-width
// characters, fillers, tags and non-characters.
func IsInvisible(r rune) bool {
	switch {
	case r < 0x20, r == 0x7f, r >= 0x80 && r < 0xa0:
		return true
	case r < 0xad:
		return false
	case r == 0xad, r == 0x034f, r == 0x061c, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x180e, r == 0x3164, r == 0xffa0, r == 0xfffc:
		return true
	case r >= 0x180b && r <= 0x180d, r >= 0xfdd0 && r <= 0xfdef, r >= 0xe0000 && r <= 0xe0fff && !isVariationSelector(r):
		return true
	case r&0xfffe == 0xfffe:
		return true
	}
	return unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// isVariationSelector reports whether r selects a variant of the character before it. Only one in a row is kept: several can
// hide a message.
func isVariationSelector(r rune) bool {
	return r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0100 && r <= 0xe01ef
}

// isMeaningfulJoiner reports whether a zero-width joiner or non-joiner between last and rest means something: in scripts
// whose letters join, and in emoji.
func isMeaningfulJoiner(last rune, rest string) bool {
	next, _ := utf8.DecodeRuneInString(rest)
	return isJoiningScript(last) && isJoiningScript(next) || isPictograph(last) && isPictograph(next)
}

// isJoiningScript reports whether r belongs to a script in which joiners change how letters are shown.
func isJoiningScript(r rune) bool {
	return r >= 0x0600 && unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Nko, unicode.Devanagari, unicode.Bengali,
		unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam,
		unicode.Sinhala, unicode.Khmer, unicode.Myanmar, unicode.Tibetan, unicode.Mongolian)
}

// isPictograph reports whether r may be part of an emoji: a pictograph or symbol, its variation selector, or a skin tone.
func isPictograph(r rune) bool {
	return r >= 0x1f000 && r < 0x20000 || r >= 0x2190 && r < 0x2c00 || r == 0xfe0f || unicode.Is(unicode.Sk, r)
}
