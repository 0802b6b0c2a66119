// Package excerpt chooses what of an article's text is shown: it recognises boilerplate, picks the best of the texts that
// are known, and truncates it to about 55 words.
package excerpt

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"broadsheet"
)

// How much text makes what, in words.
const (
	lineMost     = 28 // a line of chrome is not longer
	standMost    = 60 // nor is a standfirst
	passedMost   = 45 // nor is more passed over in search of a real paragraph
	enough       = 90 // that many of the article's own words are collected before they are cut
	gateWords    = 30 // an excerpt of fewer is taken only when there is nothing better
	leastWords   = 6  // one of fewer is none
	leadMost     = 40 // paragraphs are looked at for a beginning
	leftLeast    = 8  // what is left of a paragraph that had chrome in it is worth keeping from here on
	leastOpening = 3  // a line of fewer begins nothing
	titleLeast   = 3  // a title of fewer is not looked for at the head of a sentence
	sameOpening  = 6  // two paragraphs that begin with as many same words tell the same
)

// Excerpt gives about 55 words of the article's own beginning in one line, without what stands on a page around it.
// Text has paragraphs parted by blank lines; one that begins with "•" is an item of a list. It is empty when nothing
// in text is an article's.
func (b *Boilerplate) Excerpt(title, text string) string {
	text = strings.ToValidUTF8(text[:min(len(text), broadsheet.MaxText)], "")
	paragraphs := strings.Split(text, "\n\n")
	strict := b.own(title, paragraphs, false)
	own := strings.Join(strict, " ")
	if measure(own) < gateWords {
		if lenient := b.own(title, paragraphs, true); len(lenient) > len(strict) {
			own = strings.Join(lenient, " ")
		}
	}
	return gate(Cut(strings.TrimPrefix(own, "• ")))
}

// gate lets an excerpt pass that says something.
func gate(excerpt string) string {
	letters, all := 0, 0
	for _, r := range excerpt {
		if unicode.IsLetter(r) || unicode.IsMark(r) {
			letters++
		}
		if r != ' ' {
			all++
		}
	}
	if measure(excerpt) < leastWords || letters*10 < all*6 {
		return ""
	}
	return excerpt
}

// own gives the article's first paragraphs, chrome left out. A lenient reader takes short lines and items of lists for
// a beginning too: there are articles that have nothing else.
func (b *Boilerplate) own(title string, paragraphs []string, lenient bool) []string {
	var own []string
	words, passed, summed := 0.0, 0.0, false
	for i, p := range paragraphs {
		p = singleSpaced(p)
		if len(own) == 0 {
			if i > leadMost {
				break
			}
			if p = b.opening(title, p); p == "" {
				continue
			}
			if !summed && extent(p) <= standMost && repeated(p, paragraphs[i+1:]) {
				summed = true
				continue
			}
			if lenient && measure(p) < leastOpening {
				continue
			}
			if !lenient && !real(p) {
				n := extent(p)
				if strings.HasPrefix(p, "•") { // a list before any paragraph is more often of the contents than of the article
					n /= 2
				}
				if passed += n; passed > passedMost {
					return b.own(title, paragraphs, true)
				}
				continue
			}
		} else {
			if b.standfirst(own, p, paragraphs[i+1:]) {
				own, words = nil, 0
				continue
			}
			if p = b.further(b.passage(p)); p == "" || !lenient && !runs(p) {
				continue
			}
		}
		own = append(own, p)
		if words += measure(p); words > enough {
			break
		}
	}
	return own
}

// opening gives what is the article's of a paragraph that would be its first.
func (b *Boilerplate) opening(title, p string) string {
	l := b.passage(withoutTitle(title, p))
	for range 3 {
		cut := b.cutPrefix(l)
		if cut == l.text {
			break
		}
		l = b.passage(withoutTitle(title, cut))
	}
	short := fits(l.text, lineMost)
	if short && b.chrome(l) != "" {
		return b.leftover(l.text)
	}
	if (short || extent(l.text) <= standMost) && b.notice(l) {
		return b.leftover(l.text)
	}
	for l.text != "" {
		end := firstSentence(l.text)
		sentence, rest := l.text[:end], l.text[end:]
		if long := !fits(sentence, lineMost); !long && b.Chrome(sentence) == "" || long && !b.ways(sentence, rest) {
			break
		}
		l = b.passage(strings.TrimSpace(rest))
	}
	return b.further(l)
}

// ways tells whether a long first sentence has ways about the page run into it, and enough follows without it.
func (b *Boilerplate) ways(sentence, rest string) bool {
	if !fits(sentence, standMost) || measure(rest) < gateWords {
		return false
	}
	l := b.passage(sentence)
	c := first(b.lead, l)
	return c != nil && c.find(l)[0] == 0
}

// leftover gives what is left of a short paragraph when its sentences of chrome are gone, when that still is something.
func (b *Boilerplate) leftover(p string) string {
	ends := sentenceEnds(p)
	if len(ends) < 2 {
		return ""
	}
	start := 0
	for _, end := range ends {
		if b.Chrome(strings.TrimSpace(p[start:end])) == "" {
			break
		}
		start = end
	}
	if rest := strings.TrimSpace(p[start:]); start > 0 && measure(rest) >= leftLeast && real(rest) && b.Chrome(rest) == "" {
		return rest
	}
	return ""
}

// further gives a paragraph without the sentences that are pleas.
func (b *Boilerplate) further(l passage) string {
	if !b.plea(l) {
		return l.text
	}
	var kept []string
	start := 0
	for _, end := range append(sentenceEnds(l.text), len(l.text)) {
		if sentence := strings.TrimSpace(l.text[start:end]); sentence != "" && !b.Plea(sentence) {
			kept = append(kept, sentence)
		}
		start = end
	}
	if rest := strings.Join(kept, " "); measure(rest) >= leftLeast && real(rest) {
		return rest
	}
	return ""
}

// standfirst tells whether what was taken for the beginning stood above the author's line, and the article follows.
func (b *Boilerplate) standfirst(own []string, p string, rest []string) bool {
	if len(own) > 1 || extent(own[0]) > standMost || !fits(p, lineMost) || !b.Credit(p) {
		return false
	}
	words := 0.0
	for _, r := range rest {
		if words += measure(r); words > gateWords*1.3 {
			return true
		}
	}
	return false
}

// real tells whether a paragraph is one that an article may begin with, and no heading, label or item.
func real(p string) bool {
	if strings.HasPrefix(p, "•") {
		return false
	}
	n := measureTo(p, 12)
	return n >= 12 || n >= 5 && endsSentence(p) && wordy(p)
}

// runs tells whether a paragraph belongs to running text.
func runs(p string) bool {
	n := measureTo(p, 8)
	return strings.HasPrefix(p, "•") && n >= 1 || n >= 8 || n >= 3 && endsSentence(p)
}

// wordy tells whether p has words, not one long word.
func wordy(p string) bool { return len(p) < 40 || measure(p) > float64(len(p))/40 }

func endsSentence(p string) bool {
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRightFunc(p, closes))
	return stops(last) || last == ':' || last == '：'
}

// withoutTitle gives a paragraph without the article's title at its head.
func withoutTitle(title, p string) string {
	t, words := Letters(title), measure(title)
	if t == "" || words < 1 {
		return p
	}
	rest, ok := afterLetters(p, t)
	switch {
	case !ok:
		return p
	case Letters(rest) == "":
		return ""
	case words < titleLeast:
		return p
	}
	rest = strings.TrimLeft(rest, " :|•·—–-.!?\"”»)]")
	if next, _ := utf8.DecodeRuneInString(rest); !unicode.IsUpper(next) && !unicode.Is(unicode.Lo, next) { // the sentence goes on from the title's words
		return p
	}
	return rest
}

// Letters gives the letters and digits of s in lower case: what is left of a text when it is compared without regard to
// how it is written.
func Letters(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			out = append(out, byte(r))
		case r >= 'A' && r <= 'Z':
			out = append(out, byte(r)+'a'-'A')
		case r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			out = utf8.AppendRune(out, unicode.ToLower(r))
		}
	}
	return string(out)
}

// afterLetters gives what follows in p after the letters want.
func afterLetters(p, want string) (rest string, ok bool) {
	for i, r := range p {
		if want == "" {
			return p[i:], !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		w, n := utf8.DecodeRuneInString(want)
		if unicode.ToLower(r) != w {
			return "", false
		}
		want = want[n:]
	}
	return "", want == ""
}

// repeated tells whether one of the next paragraphs begins with the same words: then p was a summary of them.
func repeated(p string, next []string) bool {
	head := opens(p)
	if head == "" {
		return false
	}
	for _, n := range next[:min(len(next), 8)] {
		if opens(n) == head {
			return true
		}
	}
	return false
}

// opens gives the first words of p; empty when there are too few.
func opens(p string) string {
	words := make([]string, 0, sameOpening)
	for w := range strings.FieldsSeq(p) {
		if words = append(words, w); len(words) == sameOpening {
			return Letters(strings.Join(words, ""))
		}
	}
	return ""
}
