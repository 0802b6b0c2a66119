package excerpt

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"broadsheet/internal/plain"
)

// A word of English is the unit of length. Scripts that put no spaces between words, or long words between them, are
// brought to it by what a reader takes in: two Han or kana signs, five Thai letters or three quarters of a Korean
// phrase make one.
const (
	perIdeograph = 0.5
	perThai      = 0.2
	perHangul    = 1.3
)

// Words tells how long text is in words, by the measure of its script.
func Words(text string) int { return int(measure(text) + 0.5) }

// Extent tells how long text is in words, with a sign of Han or kana for a word: how much of it may be passed over.
func Extent(text string) int { return int(extent(text) + 0.5) }

// extent is how long text is with a sign of Han or kana for a word: what is passed over of it is short.
func extent(text string) float64 {
	n := measure(text)
	for _, r := range text {
		if plain.IsIdeograph(r) {
			n += 1 - perIdeograph
		}
	}
	return n
}

func measure(text string) float64 { return measureTo(text, math.Inf(1)) }

// fits tells whether text is no longer than most words.
func fits(text string, most float64) bool { return measureTo(text, most) <= most }

// measureTo is measure, but of a text that is longer than most words it gives something above most or equal to it, and
// does not read it to its end.
func measureTo(text string, most float64) float64 {
	var m meter
	for _, r := range text {
		if m.sum > most {
			break
		}
		m.take(r)
	}
	return m.sum
}

// meter counts words rune by rune.
type meter struct {
	sum    float64
	inWord bool
	length int // letters of the word
}

// longWord is the number of letters after which a word counts once more: addresses and noise are no words.
const longWord = 24

// take counts r.
func (m *meter) take(r rune) {
	switch {
	case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r >= 0xc0 && r < 0x250:
		m.letter()
	case r == '\'' || r == '-': // they part no words
		m.length = 0
	case r < 0xc0:
		m.inWord, m.length = false, 0
	case plain.IsIdeograph(r):
		m.sum += perIdeograph
		m.inWord = false
	case plain.IsUnspaced(r):
		if unicode.IsLetter(r) {
			m.sum += perThai
		}
		m.inWord = false
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		begins := !m.inWord
		m.letter()
		if begins {
			m.length = 1
			if unicode.Is(unicode.Hangul, r) {
				m.sum += perHangul - 1
			}
		}
	case unicode.IsMark(r) || r == '’' || r == 0x200c || r == 0x200d:
	default:
		m.inWord = false
	}
}

func (m *meter) letter() {
	if m.length++; m.length > longWord {
		m.sum, m.length = m.sum+1, 1
	}
	if !m.inWord {
		m.sum++
		m.inWord = true
	}
}

// sentenceEnds gives the offsets in text, one past each sentence's last mark, where sentences end; text has single
// spaces. The end of text is among them only if a mark stands there.
func sentenceEnds(text string) []int {
	var ends []int
	for at := 0; ; {
		end, ok := sentenceEnd(text, at)
		if !ok {
			return ends
		}
		ends, at = append(ends, end), end
	}
}

// firstSentence gives the offset where the first sentence of text ends, with it or within.
func firstSentence(text string) int {
	if end, ok := sentenceEnd(text, 0); ok {
		return end
	}
	return len(text)
}

// sentenceEnd gives the first of sentenceEnds after from.
func sentenceEnd(text string, from int) (int, bool) {
	for i := from; i < len(text); {
		start := i
		r, n := utf8.DecodeRuneInString(text[i:])
		if i += n; !stops(r) {
			continue
		}
		for i < len(text) {
			r, n := utf8.DecodeRuneInString(text[i:])
			if !stops(r) && !closes(r) {
				break
			}
			i += n
		}
		if i == len(text) || wideStop(r) || text[i] == ' ' && begins(text[i+1:]) && !(r == '.' && abbreviates(text[:start])) {
			return i, true
		}
	}
	return 0, false
}

func stops(r rune) bool {
	switch r {
	case '.', '!', '?', '…', '؟', '۔', '।', '։':
		return true
	}
	return wideStop(r)
}

func wideStop(r rune) bool { return r == '。' || r == '！' || r == '？' || r == '｡' }

func closes(r rune) bool { return strings.ContainsRune("\"'”’»)]}」』）】›*", r) }

// begins tells whether a sentence may begin with this text: with something, and not with a small letter.
func begins(rest string) bool {
	n := 0
	for _, r := range rest {
		switch {
		case unicode.IsLower(r):
			return false
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return true
		}
		if n++; n == 8 {
			break
		}
	}
	return rest != ""
}

// abbreviations end in a full stop that ends no sentence.
var abbreviations = map[string]bool{
	"mr": true, "mrs": true, "ms": true, "dr": true, "prof": true, "st": true, "jr": true, "sr": true, "rev": true, "gen": true, "sen": true,
	"rep": true, "gov": true, "capt": true, "lt": true, "col": true, "sgt": true, "vs": true, "cf": true, "eg": true, "ie": true,
	"e.g": true, "i.e": true, "no": true, "nr": true, "fig": true, "vol": true, "pp": true, "approx": true,
	"bzw": true, "ca": true, "z.b": true, "d.h": true, "u.a": true, "sog": true, "jan": true, "feb": true, "mar": true, "apr": true,
	"aug": true, "sept": true, "sep": true, "oct": true, "nov": true, "dec": true, "mt": true, "ft": true, "u.s": true, "u.k": true,
	"dept": true, "univ": true, "mme": true, "p.ej": true, "т.е": true, "т.д": true,
}

// abbreviates tells whether a full stop after text belongs to an abbreviation or an initial.
func abbreviates(text string) bool {
	text = text[max(0, len(text)-16):]
	word := text[strings.LastIndexAny(text, " (\u00a0")+1:]
	if runes := []rune(word); len(runes) == 1 && unicode.IsUpper(runes[0]) {
		return true
	}
	return abbreviations[strings.ToLower(word)]
}
