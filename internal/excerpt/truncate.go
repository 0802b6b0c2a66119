package excerpt

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"broadsheet/internal/plain"
)

// The length of an excerpt, in words as countWords counts them.
const (
	targetWords      = 55
	earliestEndWords = 42 // a sentence that ends before this makes the excerpt too short
	latestEndWords   = 66 // a sentence that ends after this makes it too long

	maxInputBytes = 2 << 10 // no more of a text is read: no excerpt is as long
)

// ellipsis marks that the text continues.
const ellipsis = "…"

// Truncate returns the beginning of text as one line of about 55 words, as the text's script counts them. It ends at the end of
// a sentence, or else after a whole word, with "…" if the text continues.
func Truncate(text string) string {
	text, truncated := trimEllipsis(text)
	if len(text) > maxInputBytes {
		text, truncated = strings.ToValidUTF8(text[:maxInputBytes], ""), true
		if at := strings.LastIndexByte(text, ' '); at > 0 {
			text = text[:at]
		}
	}
	if at := truncationOffset(text); at < len(text) {
		text, truncated = text[:at], true
	}
	return withEllipsis(text, truncated)
}

// trimEllipsis returns text as one line with single spaces and without an ellipsis at its end, and whether it had one.
func trimEllipsis(text string) (line string, truncated bool) {
	line = collapseSpace(text)
	for {
		trimmed := line
		for _, mark := range []string{"[…]", "[...]", "[..]", "(…)", "(...)", "…", "...", ". . ."} {
			trimmed = strings.TrimRight(strings.TrimSuffix(trimmed, mark), " ")
		}
		if trimmed == line {
			break
		}
		line, truncated = trimmed, true
	}
	return line, truncated
}

// collapseSpace returns text with single spaces for all white space, and none at either end.
func collapseSpace(text string) string {
	afterSpace := true
	for i := 0; i < len(text); {
		c := text[i]
		if c > ' ' && c < utf8.RuneSelf {
			i, afterSpace = i+1, false
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if r != ' ' && unicode.IsSpace(r) || r == ' ' && afterSpace {
			return strings.Join(strings.Fields(text), " ")
		}
		i, afterSpace = i+n, r == ' '
	}
	return strings.TrimSuffix(text, " ")
}

// withEllipsis returns text with "…" at its end if it is truncated. A text whose last sentence has no end counts as
// truncated, too.
func withEllipsis(text string, truncated bool) string {
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRightFunc(text, isClosing))
	switch {
	case isSentenceTerminal(last) && last != '…' && truncated:
		return text + " " + ellipsis
	case isSentenceTerminal(last) && last != '…':
		return text
	}
	text = strings.TrimRightFunc(text, func(r rune) bool { return cannotPrecedeEllipsis(r) || r == '…' })
	if text == "" {
		return ""
	}
	if last, _ := utf8.DecodeLastRuneInString(text); isSentenceTerminal(last) {
		return text + " " + ellipsis
	}
	return text + ellipsis
}

// cannotPrecedeEllipsis reports whether r is removed before an ellipsis: white space, separators, opening brackets.
func cannotPrecedeEllipsis(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(",;:–—-([{/•·|、，；：（「『“‘«¿¡&+=<>", r)
}

// truncationOffset returns the offset at which text must be truncated; len(text) if it is short enough. That is the end of
// a sentence closest to targetWords; if no sentence ends in range, the end of a phrase or else of a word.
func truncationOffset(text string) int {
	if fits(text, latestEndWords) {
		return len(text)
	}
	word, phrase, latest := breakOffsets(text)
	best, bestDistance := 0, math.Inf(1)
	for _, end := range sentenceEnds(text[:latest]) {
		words := countWords(text[:end])
		if distance := math.Abs(words - targetWords); words >= earliestEndWords && distance < bestDistance && end < latest {
			best, bestDistance = end, distance
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

// breakOffsets returns three offsets at which text can be truncated: after the last whole word within targetWords; after
// the last phrase within targetWords, in scripts that put spaces only between phrases (0: no phrase ends late enough);
// and after the last whole word within latestEndWords.
func breakOffsets(text string) (word, phrase, latest int) {
	var counter wordCounter
	var last rune
	for i, r := range text {
		before := counter.words
		counter.add(r)
		if canBreak(last, r) && i > 0 {
			if before <= targetWords {
				word = i
				if plain.IsUnspacedScript(last) && r == ' ' && before >= earliestEndWords/2 {
					phrase = i
				}
			}
			if before <= latestEndWords {
				latest = i
			}
		}
		if counter.words > latestEndWords+1 {
			break
		}
		last = r
	}
	if word == 0 {
		word = midWordOffset(text)
	}
	return word, phrase, max(latest, word)
}

// midWordOffset returns an offset of at most 400 in a text that is one endless word: the start of a character.
func midWordOffset(text string) int {
	end := min(len(text), 400)
	for end > 0 && end < len(text) && !utf8.RuneStart(text[end]) {
		end--
	}
	return end
}

// canBreak reports whether text can be truncated between the adjacent runes a and b.
func canBreak(a, b rune) bool {
	switch {
	case b == ' ':
		return true
	case a < utf8.RuneSelf && b < utf8.RuneSelf:
		return false
	case a == ' ' || unicode.IsMark(b) || isClosing(b) || isSentenceTerminal(b) || strings.ContainsRune("、，；：·ー々ゝ゛゜ゃゅょっャュョッ", b):
		return false
	case strings.ContainsRune("（「『【《“‘([", a):
		return false
	case plain.IsIdeograph(a):
		return plain.IsIdeograph(b) || !unicode.IsLetter(b) && !unicode.IsDigit(b) || b < 0x250
	case plain.IsIdeograph(b):
		return true
	case plain.IsUnspacedScript(a) && plain.IsUnspacedScript(b):
		// Not after a Thai vowel that is written before its consonant, nor before one that is written after it.
		return !(a >= 0x0e40 && a <= 0x0e44) && b != 0x0e30 && b != 0x0e32 && b != 0x0e33 && b != 0x0e45 && b != 0x0e46
	}
	return false
}
