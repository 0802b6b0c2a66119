package rules

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// gapWords is how many words an inner * stands for at most; it stands for one at least.
const gapWords = 4

// phrases finds many phrases in a text in one pass over its words. A phrase is words parted by space, hyphen or slash;
// a word may end in * (any ending); a * alone between words is one to four words; # is a number and #.# a version.
// Scripts that are written without spaces are matched sign by sign, so that their phrases need no word boundary.
type phrases struct {
	words map[string]int    // whole words, by number
	stems map[string]int    // words that had a *, without it
	sizes [256]uint64       // which lengths the stems have that begin with this byte
	first map[int]*trieNode // by number of the first word
	spell []int             // by phrase: how many letters it names itself
}

// trieNode is where a phrase stands after some of its words.
type trieNode struct {
	next map[int]*trieNode // by number of the next word
	gap  *trieNode         // after an inner *
	ends []int             // phrases that are complete here
}

// found is a phrase and the words of the text that it matched.
type found struct {
	phrase      int
	first, last int  // words, both included
	spell       int  // letters that the phrase names itself; of two at the same words the longer knows more
	gap         bool // it has an inner *
}

// Numbers of the words that are not looked up.
const (
	wordNumber  = -1 // #
	wordVersion = -2 // #.#
)

func newPhrases() *phrases {
	return &phrases{words: map[string]int{}, stems: map[string]int{}, first: map[int]*trieNode{}}
}

// add makes the phrase findable under the number that is returned.
func (p *phrases) add(phrase string) int {
	number := len(p.spell)
	p.spell = append(p.spell, len(strings.ReplaceAll(phrase, "*", "")))
	var at *trieNode
	for _, piece := range strings.Fields(phraseBreaks.Replace(phrase)) {
		if piece == "*" {
			if at != nil {
				if at.gap == nil {
					at.gap = &trieNode{}
				}
				at = at.gap
			}
			continue
		}
		for _, word := range p.numbers(piece) {
			next := &p.first
			if at != nil {
				next = &at.next
			}
			if *next == nil {
				*next = map[int]*trieNode{}
			}
			if (*next)[word] == nil {
				(*next)[word] = &trieNode{}
			}
			at = (*next)[word]
		}
	}
	if at != nil {
		at.ends = append(at.ends, number)
	}
	return number
}

var phraseBreaks = strings.NewReplacer("-", " ", "/", " ")

// numbers are the words that a piece of a phrase between two spaces is made of; only its last may have the *.
func (p *phrases) numbers(piece string) []int {
	switch piece {
	case "#":
		return []int{wordNumber}
	case "#.#":
		return []int{wordVersion}
	}
	stem, any := strings.CutSuffix(piece, "*")
	text := fold(stem)
	words := cutWords(text, nil)
	var out []int
	for i, w := range words {
		if w.sentenceEnd {
			continue
		}
		word, table := text[w.start:w.end], p.words
		if any && i == len(words)-1 && !w.cjk {
			table = p.stems
			p.sizes[word[0]] |= 1 << min(len(word), 63)
		}
		number, ok := table[word]
		if !ok {
			number = len(p.words) + len(p.stems)
			table[word] = number
		}
		out = append(out, number)
	}
	return out
}

// find returns every phrase in the words of text, longer and surer ones included with what they contain.
func (p *phrases) find(text string, words []word) []found {
	known := make([]int, 0, len(words)/2+8) // numbers, word after word
	where := make([]int, 1, len(words)+1)
	for _, w := range words {
		known = p.known(known, text, w)
		where = append(where, len(known))
	}
	var out []found
	for i := range words {
		for _, number := range known[where[i]:where[i+1]] {
			if at := p.first[number]; at != nil {
				out = p.follow(out, at, i, i, words, known, where, false)
			}
		}
	}
	return out
}

// follow goes on from a place in a phrase that the word last led to.
func (p *phrases) follow(out []found, at *trieNode, first, last int, words []word, known, where []int, gap bool) []found {
	for _, phrase := range at.ends {
		out = append(out, found{phrase: phrase, first: first, last: last, gap: gap, spell: p.spell[phrase]})
	}
	step := func(from *trieNode, i int, gap bool) {
		for _, number := range known[where[i]:where[i+1]] {
			if next := from.next[number]; next != nil {
				out = p.follow(out, next, first, i, words, known, where, gap)
			}
		}
	}
	if at.next != nil && last+1 < len(words) {
		step(at, last+1, gap)
	}
	if at.gap != nil {
		for i := last + 1; i < len(words) && i <= last+gapWords+1 && !words[i].sentenceEnd; i++ {
			if i > last+1 {
				step(at.gap, i, true)
			}
		}
	}
	return out
}

// known appends the numbers of all that the phrases know of the word.
func (p *phrases) known(out []int, text string, w word) []int {
	if w.sentenceEnd {
		return out
	}
	s := text[w.start:w.end]
	if number, ok := p.words[s]; ok {
		out = append(out, number)
	}
	if bare, ok := strings.CutSuffix(s, "'s"); ok {
		if number, ok := p.words[bare]; ok {
			out = append(out, number)
		}
	}
	for sizes, n := p.sizes[s[0]], 1; n <= len(s) && sizes>>n != 0; n++ {
		if sizes>>n&1 == 1 {
			if number, ok := p.stems[s[:n]]; ok {
				out = append(out, number)
			}
		}
	}
	if w.digits {
		out = append(out, wordNumber)
	}
	if w.version {
		out = append(out, wordVersion)
	}
	return out
}

// longestMatches leaves out what lies within a longer phrase, or at the same words as one that names more of them: "machine
// learning" is not "learning", and "scala" is not "scal*".
func longestMatches(all []found) []found {
	slices.SortFunc(all, func(a, b found) int {
		if a.first != b.first {
			return a.first - b.first
		}
		if a.last != b.last {
			return b.last - a.last
		}
		return b.spell - a.spell
	})
	out := all[:0]
	var by found // the longest that began before
	by.last = -1
	for _, f := range all {
		switch {
		case f.gap:
		case f.first == by.first && f.last == by.last && f.spell == by.spell:
		case f.last <= by.last:
			continue
		default:
			by = f
		}
		out = append(out, f)
	}
	return out
}

// word is a word of a lowered text: letters, digits and what joins them. A break parts sentences; no phrase goes on
// over it.
type word struct {
	start, end  int
	sentenceEnd bool // not a word: the end of a sentence
	cjk         bool // one sign of a script that is written without spaces
	digits      bool // a number
	version     bool // a number with a dot in it, such as 1.2.3 or v1.2
}

// fold is the text as words are compared.
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

// cutWords appends the words of a lowered text.
func cutWords(text string, out []word) []word {
	out = slices.Grow(out, len(text)/6+1)
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			switch {
			case wordByte[c]:
				w := wordAt(text, i)
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
		case isSign(r):
			out = append(out, word{start: i, end: i + size, cjk: true})
			i += size
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			w := wordAt(text, i)
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

var wordByte = func() (t [utf8.RuneSelf]bool) {
	for c := range t {
		t[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
	}
	return t
}()

func digit(text string, i int) bool {
	return i >= 0 && i < len(text) && text[i] >= '0' && text[i] <= '9'
}

// wordAt is the word that begins at start.
func wordAt(text string, start int) word {
	w := word{start: start, digits: true}
	i, dots, letters := start, 0, 0
	for i < len(text) {
		c := text[i]
		switch {
		case c < utf8.RuneSelf && wordByte[c]:
			if c < '0' || c > '9' {
				letters++
			}
			i++
		case c == '.' && digit(text, i-1) && digit(text, i+1):
			dots++
			i++
		case c == '\'' && i > start && i+1 < len(text) && text[i+1] < utf8.RuneSelf && wordByte[text[i+1]]:
			letters++
			i++
		case (c == '+' || c == '#') && i > start && letters == 1 && !digit(text, i-1): // c++, c#
			i++
		case c < utf8.RuneSelf:
			w.end = i
			return w.counted(text, dots, letters)
		default:
			r, size := utf8.DecodeRuneInString(text[i:])
			if isSign(r) || !(unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)) {
				w.end = i
				return w.counted(text, dots, letters)
			}
			letters++
			i += size
		}
	}
	w.end = i
	return w.counted(text, dots, letters)
}

func (w word) counted(text string, dots, letters int) word {
	w.digits = letters == 0
	w.version = dots > 0 && (letters == 0 || letters == 1 && text[w.start] == 'v')
	return w
}

// isSign tells the scripts that are written without spaces, and Hangul, where particles cling to the word.
func isSign(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai)
}
