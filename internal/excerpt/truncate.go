package excerpt

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"broadsheet/internal/plain"
)

// How long an excerpt is, in words as Words counts them.
const (
	excerptWords = 55
	excerptLeast = 42 // a sentence that ends before is too early to stop
	excerptMost  = 66 // one that ends after is too late to wait for

	readMost = 2 << 10 // bytes that are looked at: no excerpt is as long
)

// ellipsis says that the text goes on.
const ellipsis = "…"

// Cut gives the beginning of text in one line, about 55 words by the measure of its script. It ends where a sentence
// ends, or else after a whole word, and says with … when text goes on.
func Cut(text string) string {
	text, goesOn := oneLine(text)
	if len(text) > readMost {
		text, goesOn = strings.ToValidUTF8(text[:readMost], ""), true
		if at := strings.LastIndexByte(text, ' '); at > 0 {
			text = text[:at]
		}
	}
	at := cutAt(text)
	if at < len(text) {
		goesOn = true
		text = text[:at]
	}
	return ended(text, goesOn)
}

// oneLine makes white space single and takes a mark that the text goes on off its end.
func oneLine(text string) (line string, goesOn bool) {
	line = singleSpaced(text)
	for {
		cut := line
		for _, mark := range []string{"[…]", "[...]", "[..]", "(…)", "(...)", "…", "...", ". . ."} {
			cut = strings.TrimRight(strings.TrimSuffix(cut, mark), " ")
		}
		if cut == line {
			break
		}
		line, goesOn = cut, true
	}
	return line, goesOn
}

// singleSpaced makes white space single.
func singleSpaced(text string) string {
	space := true
	for i := 0; i < len(text); {
		c := text[i]
		if c > ' ' && c < utf8.RuneSelf {
			i, space = i+1, false
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if r != ' ' && unicode.IsSpace(r) || r == ' ' && space {
			return strings.Join(strings.Fields(text), " ")
		}
		i, space = i+n, r == ' '
	}
	return strings.TrimSuffix(text, " ")
}

// ended ends a cut text: with … when it goes on, or when its last sentence is not whole.
func ended(text string, goesOn bool) string {
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRightFunc(text, closes))
	switch {
	case stops(last) && last != '…' && goesOn:
		return text + " " + ellipsis
	case stops(last) && last != '…':
		return text
	}
	text = strings.TrimRightFunc(text, func(r rune) bool { return hangs(r) || r == '…' })
	if text == "" {
		return ""
	}
	if last, _ := utf8.DecodeLastRuneInString(text); stops(last) {
		return text + " " + ellipsis
	}
	return text + ellipsis
}

// hangs tells whether r must not stand before an ellipsis.
func hangs(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(",;:–—-([{/•·|、，；：（「『“‘«¿¡&+=<>", r)
}

// cutAt gives the offset where text is to be cut; len(text): nowhere.
func cutAt(text string) int {
	if fits(text, excerptMost) {
		return len(text)
	}
	word, phrase, most := limits(text)
	best := 0
	for _, end := range sentenceEnds(text[:most]) {
		if m := measure(text[:end]); m >= excerptLeast && (best == 0 || math.Abs(m-excerptWords) < math.Abs(measure(text[:best])-excerptWords)) && end < most {
			best = end
		}
	}
	switch {
	case best > 0:
		return best
	case phrase > 0:
		return phrase
	}
	return word
}

// limits gives the offset of the last whole word within excerptWords; of the last phrase of a script that parts only
// phrases (0: there is none near); and that of the last whole word within excerptMost.
func limits(text string) (word, phrase, most int) {
	var m meter
	var last rune
	for i, r := range text {
		before := m.sum
		m.take(r)
		if breaks(last, r) && i > 0 {
			if before <= excerptWords {
				word = i
				if plain.IsUnspaced(last) && r == ' ' && before >= excerptLeast/2 {
					phrase = i
				}
			}
			if before <= excerptMost {
				most = i
			}
		}
		if m.sum > excerptMost+1 {
			break
		}
		last = r
	}
	if word == 0 { // one endless word: nothing but a hard end is left
		word = hardEnd(text)
	}
	if most < word {
		most = word
	}
	return word, phrase, most
}

// hardEnd gives an offset in a text that is one endless word.
func hardEnd(text string) int {
	end := min(len(text), 400)
	for end > 0 && end < len(text) && !utf8.RuneStart(text[end]) {
		end--
	}
	return end
}

// breaks tells whether text may be cut between two runes.
func breaks(a, b rune) bool {
	switch {
	case b == ' ':
		return true
	case a < utf8.RuneSelf && b < utf8.RuneSelf:
		return false
	case a == ' ' || unicode.IsMark(b) || closes(b) || stops(b) || strings.ContainsRune("、，；：·ー々ゝ゛゜ゃゅょっャュョッ", b):
		return false
	case strings.ContainsRune("（「『【《“‘([", a):
		return false
	case plain.IsIdeograph(a):
		return plain.IsIdeograph(b) || !unicode.IsLetter(b) && !unicode.IsDigit(b) || b < 0x250
	case plain.IsIdeograph(b):
		return true
	case plain.IsUnspaced(a) && plain.IsUnspaced(b): // not after a vowel that is written before its consonant, nor before one after it
		return !(a >= 0x0e40 && a <= 0x0e44) && b != 0x0e30 && b != 0x0e32 && b != 0x0e33 && b != 0x0e45 && b != 0x0e46
	}
	return false
}
