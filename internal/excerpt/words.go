package excerpt

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"broadsheet/internal/plain"
)

// The unit of length is an English word. Text in scripts without spaces between words, or with long words, is converted
// to it by how much a reader takes in: two Han or kana characters, five Thai letters, or three quarters of a Korean word
// (the text between two spaces) count as one.
const (
	wordsPerIdeograph  = 0.5
	wordsPerThaiLetter = 0.2 // and of the other scripts of plain.IsUnspacedScript
	wordsPerHangulWord = 1.3
)

// CountWords returns the length of text in English words; see wordsPerIdeograph for other scripts.
func CountWords(text string) int { return int(countWords(text) + 0.5) }

// CountWordsOrIdeographs returns the length of text in words, where each Han or kana character counts as one. It limits
// how much text may be skipped as not being part of the article.
func CountWordsOrIdeographs(text string) int { return int(countWordsOrIdeographs(text) + 0.5) }

// countWordsOrIdeographs counts each Han or kana character as a word: text that is skipped must be short.
func countWordsOrIdeographs(text string) float64 {
	n := countWords(text)
	for _, r := range text {
		if plain.IsIdeograph(r) {
			n += 1 - wordsPerIdeograph
		}
	}
	return n
}

// countWords returns the length of text in English words.
func countWords(text string) float64 { return countWordsUpTo(text, math.Inf(1)) }

// fits reports whether text has at most limit words.
func fits(text string, limit float64) bool { return countWordsUpTo(text, limit) <= limit }

// countWordsUpTo is countWords, but it stops reading once it has counted more than limit words, and returns that count.
func countWordsUpTo(text string, limit float64) float64 {
	var c wordCounter
	for _, r := range text {
		if r >= 'a' && r <= 'z' && c.inWord && c.letters < maxWordLetters { // most characters; BenchmarkExcerpt takes 1.09 times as long without
			c.letters++
			continue
		}
		if c.words > limit {
			break
		}
		c.add(r)
	}
	return c.words
}

// wordCounter counts the words of a text that it is given rune by rune.
type wordCounter struct {
	words   float64
	inWord  bool
	letters int // of the current word
}

// maxWordLetters is the number of letters after which a word counts as another one: URLs and noise are not single words.
const maxWordLetters = 24

// add counts r, the next rune of the text.
func (c *wordCounter) add(r rune) {
	switch {
	case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r >= 0xc0 && r < 0x250:
		c.addLetter()
	case r == '\'' || r == '-': // they do not separate words
		c.letters = 0
	case r < 0xc0:
		c.inWord, c.letters = false, 0
	case plain.IsIdeograph(r):
		c.words += wordsPerIdeograph
		c.inWord = false
	case plain.IsUnspacedScript(r):
		if unicode.IsLetter(r) {
			c.words += wordsPerThaiLetter
		}
		c.inWord = false
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		isFirst := !c.inWord
		c.addLetter()
		if isFirst {
			c.letters = 1
			if unicode.Is(unicode.Hangul, r) {
				c.words += wordsPerHangulWord - 1
			}
		}
	case unicode.IsMark(r) || r == '’' || r == 0x200c || r == 0x200d:
	default:
		c.inWord = false
	}
}

// addLetter counts a letter or digit of a script with spaces between words.
func (c *wordCounter) addLetter() {
	if c.letters++; c.letters > maxWordLetters {
		c.words, c.letters = c.words+1, 1
	}
	if !c.inWord {
		c.words++
		c.inWord = true
	}
}

// sentenceEnds returns the offsets just after each sentence of text, which has single spaces. The end of text is one of
// them only if the last sentence is complete.
func sentenceEnds(text string) []int {
	var ends []int
	for at := 0; ; {
		end, ok := nextSentenceEnd(text, at)
		if !ok {
			return ends
		}
		ends, at = append(ends, end), end
	}
}

// firstSentenceEnd returns the offset just after the first sentence of text, or the end of text if that comes first.
func firstSentenceEnd(text string) int {
	if end, ok := nextSentenceEnd(text, 0); ok {
		return end
	}
	return len(text)
}

// nextSentenceEnd returns the first of sentenceEnds after the offset from.
func nextSentenceEnd(text string, from int) (int, bool) {
	for i := from; i < len(text); {
		start := i
		r, n := utf8.DecodeRuneInString(text[i:])
		if i += n; !isSentenceTerminal(r) {
			continue
		}
		for i < len(text) {
			r, n := utf8.DecodeRuneInString(text[i:])
			if !isSentenceTerminal(r) && !isClosing(r) {
				break
			}
			i += n
		}
		if i == len(text) || isCJKTerminal(r) || text[i] == ' ' && canBeginSentence(text[i+1:]) && !(r == '.' && endsInAbbreviation(text[:start])) {
			return i, true
		}
	}
	return 0, false
}

// isSentenceTerminal reports whether r is a punctuation mark that ends a sentence.
func isSentenceTerminal(r rune) bool {
	switch r {
	case '.', '!', '?', '…', '؟', '۔', '।', '։':
		return true
	}
	return isCJKTerminal(r)
}

// isCJKTerminal reports whether r ends a sentence in Chinese or Japanese, where no space follows it.
func isCJKTerminal(r rune) bool { return r == '。' || r == '！' || r == '？' || r == '｡' }

// isClosing reports whether r may follow the mark that ends a sentence: a closing quotation mark or bracket.
func isClosing(r rune) bool { return strings.ContainsRune("\"'”’»)]}」』）】›*", r) }

// canBeginSentence reports whether rest, the text after a full stop and a space, can begin a sentence: it is not empty, and
// the first letter near its beginning, if there is one, is not in lower case.
func canBeginSentence(rest string) bool {
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

// abbreviations are words before a full stop that does not end a sentence. They have no final full stop here.
var abbreviations = map[string]bool{
	"mr": true, "mrs": true, "ms": true, "dr": true, "prof": true, "st": true, "jr": true, "sr": true, "rev": true, "gen": true, "sen": true,
	"rep": true, "gov": true, "capt": true, "lt": true, "col": true, "sgt": true, "vs": true, "cf": true, "eg": true, "ie": true,
	"e.g": true, "i.e": true, "no": true, "nr": true, "fig": true, "vol": true, "pp": true, "approx": true,
	"bzw": true, "ca": true, "z.b": true, "d.h": true, "u.a": true, "sog": true, "jan": true, "feb": true, "mar": true, "apr": true,
	"aug": true, "sept": true, "sep": true, "oct": true, "nov": true, "dec": true, "mt": true, "ft": true, "u.s": true, "u.k": true,
	"dept": true, "univ": true, "mme": true, "p.ej": true, "т.е": true, "т.д": true,
}

// endsInAbbreviation reports whether text, which a full stop follows, ends with an abbreviation or an initial.
func endsInAbbreviation(text string) bool {
	text = text[max(0, len(text)-16):]
	word := text[strings.LastIndexAny(text, " (\u00a0")+1:]
	if runes := []rune(word); len(runes) == 1 && unicode.IsUpper(runes[0]) {
		return true
	}
	return abbreviations[strings.ToLower(word)]
}
