package rules

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxGap is how many words a * between two words matches at most; it matches at least one.
const maxGap = 4

// phrases finds many phrases in a text in one pass over its words: a trie of words. For a text of 8 KB and the phrases
// of the built-in topics it takes 0.2 ms; strings.Contains for one phrase after another takes ten times as long,
// without word boundaries and wildcards. A phrase consists of words separated by spaces, hyphens or slashes. A word may
// end in *, which matches any ending; a * alone between two words matches one to four words; # matches a number and #.#
// a version. Scripts that are written without spaces are matched character by character, so that their phrases need no
// word boundary.
type phrases struct {
	words       map[string]int // whole word → its ID
	stems       map[string]int // word that had a *, without it → its ID
	stemLengths [256]uint64    // by first byte: bit n is set if there is a stem of n bytes; stems over 63 bytes never match
	root        trieNode
	lengths     []int // by phrase: its length in bytes, without any *
}

// trieNode is the state after the first words of a phrase.
type trieNode struct {
	next     map[int]*trieNode // by ID of the next word
	gap      *trieNode         // after a * between words
	complete []int             // phrases that end here
}

// match is a phrase and the words of the text that it matches.
type match struct {
	phrase      int
	first, last int  // words, both included
	length      int  // of the phrase; of two that match the same words, the longer is more specific
	hasGap      bool // a * between words took part
}

// IDs of the words that stand for a class of words. All other IDs are from 0 on.
const (
	numberID  = -1 // #
	versionID = -2 // #.#
)

// newPhrases returns an empty set of phrases.
func newPhrases() *phrases {
	return &phrases{words: map[string]int{}, stems: map[string]int{}}
}

// add adds a phrase and returns its index: 0 for the first, 1 for the second, and so on.
func (p *phrases) add(phrase string) int {
	index := len(p.lengths)
	p.lengths = append(p.lengths, len(strings.ReplaceAll(phrase, "*", "")))
	node := &p.root
	for _, field := range strings.Fields(phraseSeparators.Replace(phrase)) {
		if field == "*" {
			if node != &p.root {
				if node.gap == nil {
					node.gap = &trieNode{}
				}
				node = node.gap
			}
			continue
		}
		for _, id := range p.wordIDs(field) {
			if node.next == nil {
				node.next = map[int]*trieNode{}
			}
			if node.next[id] == nil {
				node.next[id] = &trieNode{}
			}
			node = node.next[id]
		}
	}
	if node != &p.root {
		node.complete = append(node.complete, index)
	}
	return index
}

var phraseSeparators = strings.NewReplacer("-", " ", "/", " ")

// wordIDs returns the IDs of the words in one field of a phrase, and assigns new ones. A field may have several words,
// as in "node.js"; a * at its end belongs to the last.
func (p *phrases) wordIDs(field string) []int {
	switch field {
	case "#":
		return []int{numberID}
	case "#.#":
		return []int{versionID}
	}
	stem, anyEnding := strings.CutSuffix(field, "*")
	text := fold(stem)
	words := splitWords(text)
	var ids []int
	for i, w := range words {
		if w.sentenceEnd {
			continue
		}
		word, table := text[w.start:w.end], p.words
		if anyEnding && i == len(words)-1 && !w.cjk {
			table = p.stems
			p.stemLengths[word[0]] |= 1 << min(len(word), 63)
		}
		id, ok := table[word]
		if !ok {
			id = len(p.words) + len(p.stems)
			table[word] = id
		}
		ids = append(ids, id)
	}
	return ids
}

// find returns every match in the words of text, also those that lie within a longer one (see longestMatches).
func (p *phrases) find(text string, words []word) []match {
	ids := make([]int, 0, len(words)/2+8) // the IDs that match each word, one word after another
	ends := make([]int, 1, len(words)+1)  // the IDs of word i are ids[ends[i]:ends[i+1]]
	for _, w := range words {
		ids = p.matchWord(ids, text, w)
		ends = append(ends, len(ids))
	}
	var out []match
	for i := range words {
		for _, id := range ids[ends[i]:ends[i+1]] {
			if node := p.root.next[id]; node != nil {
				out = p.follow(out, node, i, i, words, ids, ends, false)
			}
		}
	}
	return out
}

// follow appends the matches that begin with the words first to last, which lead to node. hasGap reports whether a gap
// is among these words. ids and ends are those of find.
func (p *phrases) follow(out []match, node *trieNode, first, last int, words []word, ids, ends []int, hasGap bool) []match {
	for _, phrase := range node.complete {
		out = append(out, match{phrase: phrase, first: first, last: last, hasGap: hasGap, length: p.lengths[phrase]})
	}
	step := func(from *trieNode, i int, hasGap bool) {
		for _, id := range ids[ends[i]:ends[i+1]] {
			if next := from.next[id]; next != nil {
				out = p.follow(out, next, first, i, words, ids, ends, hasGap)
			}
		}
	}
	if node.next != nil && last+1 < len(words) {
		step(node, last+1, hasGap)
	}
	if node.gap != nil {
		for i := last + 1; i < len(words) && i <= last+maxGap+1 && !words[i].sentenceEnd; i++ {
			if i > last+1 {
				step(node.gap, i, true)
			}
		}
	}
	return out
}

// matchWord appends the IDs of all words and stems of the phrases that match w: itself, without 's, its beginnings, and
// the classes of numbers and versions.
func (p *phrases) matchWord(ids []int, text string, w word) []int {
	if w.sentenceEnd {
		return ids
	}
	s := text[w.start:w.end]
	if id, ok := p.words[s]; ok {
		ids = append(ids, id)
	}
	if owner, ok := strings.CutSuffix(s, "'s"); ok {
		if id, ok := p.words[owner]; ok {
			ids = append(ids, id)
		}
	}
	for lengths, n := p.stemLengths[s[0]], 1; n <= len(s) && lengths>>n != 0; n++ {
		if lengths>>n&1 == 1 {
			if id, ok := p.stems[s[:n]]; ok {
				ids = append(ids, id)
			}
		}
	}
	if w.isNumber {
		ids = append(ids, numberID)
	}
	if w.isVersion {
		ids = append(ids, versionID)
	}
	return ids
}

// longestMatches drops the matches within a longer one, and those of the same words as a more specific phrase: "machine
// learning" is not "learning", and "scala" is not "scal*". It keeps every match with a gap. It reorders all and reuses
// its memory.
func longestMatches(all []match) []match {
	slices.SortFunc(all, func(a, b match) int {
		if a.first != b.first {
			return a.first - b.first
		}
		if a.last != b.last {
			return b.last - a.last
		}
		return b.length - a.length
	})
	out := all[:0]
	longest := match{last: -1} // the match without a gap, among those before, that reaches farthest
	for _, m := range all {
		switch {
		case m.hasGap:
		case m.first == longest.first && m.last == longest.last && m.length == longest.length:
		case m.last <= longest.last:
			continue
		default:
			longest = m
		}
		out = append(out, m)
	}
	return out
}

// word is the position of a word in a folded text: letters, digits and the characters that join them. The end of a
// sentence is a word of its own, so that no phrase continues across it.
type word struct {
	start, end  int
	sentenceEnd bool // not a word: the end of a sentence
	cjk         bool // one character of a script that is written without spaces
	isNumber    bool // a number
	isVersion   bool // a number with a dot in it, such as 1.2.3 or v1.2
}

// fold returns text in the form in which words are compared: in lower case, with ' for ’.
func fold(text string) string {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		switch {
		case r >= 'A' && r <= 'Z':
			out = append(out, byte(r)+'a'-'A')
		case r < utf8.RuneSelf:
			out = append(out, byte(r))
		case r == '’':
			out = append(out, '\'')
		default:
			out = utf8.AppendRune(out, unicode.ToLower(r))
		}
	}
	return string(out)
}

// splitWords returns the words of a folded text, and the ends of its sentences.
func splitWords(text string) []word {
	out := make([]word, 0, len(text)/6+1)
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			switch {
			case isWordByte[c]:
				w := scanWord(text, i)
				out, i = append(out, w), w.end
			case c == '\n' || c == '!' || c == '?' || c == '.' && (i+1 == len(text) || text[i+1] == ' '):
				if len(out) > 0 && !out[len(out)-1].sentenceEnd {
					out = append(out, word{start: i, end: i + 1, sentenceEnd: true})
				}
				i++
			default:
				i++
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case isUnspaced(r):
			out = append(out, word{start: i, end: i + size, cjk: true})
			i += size
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			w := scanWord(text, i)
			out, i = append(out, w), w.end
		case r == '。' || r == '！' || r == '？':
			out = append(out, word{start: i, end: i + size, sentenceEnd: true})
			i += size
		default:
			i += size
		}
	}
	return out
}

// isWordByte reports whether an ASCII character belongs to a word: letters, digits and the underscore.
var isWordByte = func() (t [utf8.RuneSelf]bool) {
	for c := range t {
		t[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
	}
	return t
}()

// isDigitAt reports whether the byte at i, which may be outside of text, is a digit.
func isDigitAt(text string, i int) bool {
	return i >= 0 && i < len(text) && text[i] >= '0' && text[i] <= '9'
}

// scanWord returns the word that begins at start.
func scanWord(text string, start int) word {
	w := word{start: start, isNumber: true}
	i, dots, letters := start, 0, 0
	for i < len(text) {
		c := text[i]
		switch {
		case c < utf8.RuneSelf && isWordByte[c]:
			if c < '0' || c > '9' {
				letters++
			}
			i++
		case c == '.' && isDigitAt(text, i-1) && isDigitAt(text, i+1):
			dots++
			i++
		case c == '\'' && i > start && i+1 < len(text) && text[i+1] < utf8.RuneSelf && isWordByte[text[i+1]]:
			letters++
			i++
		case (c == '+' || c == '#') && i > start && letters == 1 && !isDigitAt(text, i-1): // c++, c#
			i++
		case c < utf8.RuneSelf:
			w.end = i
			return w.classify(text, dots, letters)
		default:
			r, size := utf8.DecodeRuneInString(text[i:])
			if isUnspaced(r) || !(unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)) {
				w.end = i
				return w.classify(text, dots, letters)
			}
			letters++
			i += size
		}
	}
	w.end = i
	return w.classify(text, dots, letters)
}

// classify returns w with isNumber and isVersion set, given how many dots and other characters than digits it has.
func (w word) classify(text string, dots, letters int) word {
	w.isNumber = letters == 0
	w.isVersion = dots > 0 && (letters == 0 || letters == 1 && text[w.start] == 'v')
	return w
}

// isUnspaced reports whether r belongs to a script that is written without spaces, or to Hangul, where particles are
// attached to the word.
func isUnspaced(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai)
}
