package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// Limits of what is kept of a text from the web.
const (
	MaxTitle   = 300 // characters
	maxName    = 100 // characters of a person's name or a tag
	MaxAuthors = 12
	MaxTags    = 24
	maxMarks   = 4 // combining marks on one letter: what real scripts need, and no more
)

// Sanitize makes one line of text that is already plain: white space folded, in Unicode normal form C, without controls,
// escape codes, bidi overrides, invisible characters and non-characters. What was UTF-8 read as windows-1252 on its way
// here is put right.
func Sanitize(text string) string {
	if isClean(text) {
		return text
	}
	return sanitizeSlow(text)
}

// sanitizeSlow is clean for a text that is not.
func sanitizeSlow(text string) string {
	text = fixMojibake(strings.ToValidUTF8(text, "\uFFFD"))
	s := sanitizer{out: make([]byte, 0, len(text))}
	for i, r := range text {
		s.take(r, text[i+utf8.RuneLen(r):])
	}
	return norm.NFC.String(string(s.out))
}

// isClean tells the common case: characters that stay as they are, with single blanks inside only.
func isClean(text string) bool {
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
		accented := r >= 0xc0 && r <= 0xff && (i == len(text) || text[i] < utf8.RuneSelf) // else it may be UTF-8 misread
		if !accented && !isNFCStable(r) {
			return false
		}
		blank = false
	}
	return !blank || text == ""
}

// isNFCStable tells characters beyond latin1 that mean the same whatever stands beside them: they are in normal form C and
// nothing but a combining mark would change them.
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

// sanitizer lets the characters of a text pass that may.
type sanitizer struct {
	out   []byte
	last  rune // the last that passed; 0: none yet, or a blank is due
	blank bool // white space was seen since
	marks int  // combining marks since the last letter
}

func (s *sanitizer) take(r rune, rest string) {
	if r > ' ' && r < 0x7f {
		s.marks = 0
		s.put(r)
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
		if s.blank || !joins(s.last, rest) {
			return
		}
	case Invisible(r):
		return
	case unicode.Is(unicode.M, r):
		if s.marks++; s.blank || s.last == 0 || s.marks > maxMarks || selects(r) && selects(s.last) {
			return
		}
	default:
		s.marks = 0
	}
	s.put(r)
}

func (s *sanitizer) put(r rune) {
	if s.blank && len(s.out) > 0 {
		s.out = append(s.out, ' ')
	}
	s.blank = false
	s.last = r
	s.out = utf8.AppendRune(s.out, r)
}

// Invisible tells the characters that show nothing, or change how others are shown.
func Invisible(r rune) bool {
	switch {
	case r < 0x20, r == 0x7f, r >= 0x80 && r < 0xa0:
		return true
	case r < 0xad:
		return false
	case r == 0xad, r == 0x034f, r == 0x061c, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x180e, r == 0x3164, r == 0xffa0, r == 0xfffc:
		return true
	case r >= 0x180b && r <= 0x180d, r >= 0xfdd0 && r <= 0xfdef, r >= 0xe0000 && r <= 0xe0fff && !selects(r):
		return true
	case r&0xfffe == 0xfffe:
		return true
	}
	return unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// selects tells variation selectors: one after a character chooses its form, more hide a message.
func selects(r rune) bool { return r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0100 && r <= 0xe01ef }

// joins tells whether a zero-width joiner or non-joiner means something between last and what follows: in scripts
// whose letters join, and in emoji.
func joins(last rune, rest string) bool {
	next, _ := utf8.DecodeRuneInString(rest)
	return joining(last) && joining(next) || pictorial(last) && pictorial(next)
}

func joining(r rune) bool {
	return r >= 0x0600 && unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Nko, unicode.Devanagari, unicode.Bengali,
		unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam,
		unicode.Sinhala, unicode.Khmer, unicode.Myanmar, unicode.Tibetan, unicode.Mongolian)
}

func pictorial(r rune) bool {
	return r >= 0x1f000 && r < 0x20000 || r >= 0x2190 && r < 0x2c00 || r == 0xfe0f || unicode.Is(unicode.Sk, r)
}

// Shorten cuts text to at most n characters, at a word where there is one, and says so with "…".
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

// CleanNames cleans a list of names or tags: no empty one, none twice, at most limit.
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

// Line makes one line of a text from outside, at most so many characters long: the door for text that came by another
// way than a request, such as a list of feeds in a file.
func Line(text string, most int) string { return Shorten(Sanitize(text), most) }
