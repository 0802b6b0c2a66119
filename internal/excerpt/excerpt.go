// Package excerpt makes an article's excerpt: it recognises boilerplate, chooses the best of the texts that are known, and
// truncates it to about 55 words.
package excerpt

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"broadsheet"
)

// Limits by which the parts of a text are classified: in words, except maxOpeningParagraphs.
const (
	maxLineWords      = 28 // a line of boilerplate is not longer
	maxSubtitleWords  = 60 // a subtitle or a summary above the article is not longer
	maxSkippedWords   = 45 // no more is skipped in search of a paragraph that the article may begin with
	enoughWords       = 90 // paragraphs are collected until they have more than that; then the excerpt is truncated
	goodExcerptWords  = 30 // a shorter excerpt is chosen only if there is nothing better
	minExcerptWords   = 6  // a shorter excerpt is dropped
	minRemainderWords = 8  // what remains of a paragraph without its boilerplate is dropped if it is shorter
	minOpeningWords   = 3  // an article does not begin with a shorter line
	minTitleWords     = 3  // a shorter title is not removed from the beginning of a sentence
	comparedWords     = 6  // two paragraphs that begin with that many equal words say the same

	maxOpeningParagraphs = 40 // the article begins within the first of them, or it has no excerpt
)

// Excerpt returns the beginning of an article as one line of about 55 words, without the boilerplate around it. In text,
// blank lines separate paragraphs, and a paragraph that begins with "•" is an item of a list. No more than
// broadsheet.MaxText bytes of it are read. The excerpt is empty if no part of text is recognised as the article.
func (b *Boilerplate) Excerpt(title, text string) string {
	text = strings.ToValidUTF8(text[:min(len(text), broadsheet.MaxText)], "")
	paragraphs := strings.Split(text, "\n\n")
	strict := b.bodyParagraphs(title, paragraphs, false)
	body := strings.Join(strict, " ")
	if countWords(body) < goodExcerptWords {
		if lenient := b.bodyParagraphs(title, paragraphs, true); len(lenient) > len(strict) {
			body = strings.Join(lenient, " ")
		}
	}
	excerpt := Truncate(strings.TrimPrefix(body, "• "))
	if !isUsable(excerpt) {
		return ""
	}
	return excerpt
}

// isUsable reports whether an excerpt has enough words, and at least 60 % of its characters, not counting spaces, are
// letters.
func isUsable(excerpt string) bool {
	letters, all := 0, 0
	for _, r := range excerpt {
		if unicode.IsLetter(r) || unicode.IsMark(r) {
			letters++
		}
		if r != ' ' {
			all++
		}
	}
	return countWords(excerpt) >= minExcerptWords && letters*10 >= all*6
}

// bodyParagraphs returns the first paragraphs of the article's body, without boilerplate. If lenient, the body may also
// begin with a short line or an item of a list: some articles have nothing else.
func (b *Boilerplate) bodyParagraphs(title string, paragraphs []string, lenient bool) []string {
	var body []string
	words, skipped, summarySkipped := 0.0, 0.0, false
	for i, p := range paragraphs {
		p = collapseSpace(p)
		if len(body) == 0 {
			if i > maxOpeningParagraphs {
				break
			}
			if p = b.cleanOpening(title, p); p == "" {
				continue
			}
			if !summarySkipped && countWordsOrIdeographs(p) <= maxSubtitleWords && isRepeated(p, paragraphs[i+1:]) {
				summarySkipped = true
				continue
			}
			if lenient && countWords(p) < minOpeningWords {
				continue
			}
			if !lenient && !isParagraph(p) {
				n := countWordsOrIdeographs(p)
				if strings.HasPrefix(p, "•") { // a list before any paragraph is more often of the contents than of the article
					n /= 2
				}
				if skipped += n; skipped > maxSkippedWords {
					return b.bodyParagraphs(title, paragraphs, true)
				}
				continue
			}
		} else {
			if b.isSubtitle(body, p, paragraphs[i+1:]) {
				body, words = nil, 0
				continue
			}
			if p = b.withoutCallsToAction(b.scan(p)); p == "" || !lenient && !isProse(p) {
				continue
			}
		}
		body = append(body, p)
		if words += countWords(p); words > enoughWords {
			break
		}
	}
	return body
}

// cleanOpening returns a paragraph that may be the article's first, without the title, without boilerplate that runs into
// it, and without its sentences of boilerplate. It is empty if nothing remains.
func (b *Boilerplate) cleanOpening(title, p string) string {
	t := b.scan(trimTitle(title, p))
	for range 3 {
		rest := b.trimPrefix(t)
		if rest == t.text {
			break
		}
		t = b.scan(trimTitle(title, rest))
	}
	short := fits(t.text, maxLineWords)
	if short && b.matchLead(t) != "" {
		return b.afterBoilerplate(t.text)
	}
	if (short || countWordsOrIdeographs(t.text) <= maxSubtitleWords) && b.editorNote(t) {
		return b.afterBoilerplate(t.text)
	}
	for t.text != "" {
		end := firstSentenceEnd(t.text)
		sentence, rest := t.text[:end], t.text[end:]
		if long := !fits(sentence, maxLineWords); !long && b.MatchLead(sentence) == "" || long && !b.startsWithBoilerplate(sentence, rest) {
			break
		}
		t = b.scan(strings.TrimSpace(rest))
	}
	return b.withoutCallsToAction(t)
}

// startsWithBoilerplate reports whether boilerplate such as navigation runs into a long first sentence, and the rest of
// the paragraph is long enough without that sentence.
func (b *Boilerplate) startsWithBoilerplate(sentence, rest string) bool {
	if !fits(sentence, maxSubtitleWords) || countWords(rest) < goodExcerptWords {
		return false
	}
	t := b.scan(sentence)
	p := firstMatch(b.lead, t)
	return p != nil && p.find(t)[0] == 0
}

// afterBoilerplate returns a short paragraph without its first sentences of boilerplate, or nothing if what remains is not
// a paragraph that an article may begin with.
func (b *Boilerplate) afterBoilerplate(p string) string {
	ends := sentenceEnds(p)
	if len(ends) < 2 {
		return ""
	}
	start := 0
	for _, end := range ends {
		if b.MatchLead(strings.TrimSpace(p[start:end])) == "" {
			break
		}
		start = end
	}
	if rest := strings.TrimSpace(p[start:]); start > 0 && countWords(rest) >= minRemainderWords && isParagraph(rest) && b.MatchLead(rest) == "" {
		return rest
	}
	return ""
}

// withoutCallsToAction returns a paragraph without the sentences that are calls to action or other boilerplate.
func (b *Boilerplate) withoutCallsToAction(paragraph candidateText) string {
	text := paragraph.text
	if !b.callToAction(paragraph) {
		return text
	}
	var kept []string
	start := 0
	for _, end := range append(sentenceEnds(text), len(text)) {
		if sentence := strings.TrimSpace(text[start:end]); sentence != "" && !b.IsCallToAction(sentence) {
			kept = append(kept, sentence)
		}
		start = end
	}
	if rest := strings.Join(kept, " "); countWords(rest) >= minRemainderWords && isParagraph(rest) {
		return rest
	}
	return ""
}

// isSubtitle reports whether body, collected as the beginning of the article, is only its subtitle: the next paragraph p is
// the byline, and the article follows in rest.
func (b *Boilerplate) isSubtitle(body []string, p string, rest []string) bool {
	if len(body) > 1 || countWordsOrIdeographs(body[0]) > maxSubtitleWords || !fits(p, maxLineWords) || !b.IsByline(p) {
		return false
	}
	words := 0.0
	for _, r := range rest {
		if words += countWords(r); words > goodExcerptWords*1.3 {
			return true
		}
	}
	return false
}

// isParagraph reports whether an article may begin with p: it is not a heading, a label or an item of a list.
func isParagraph(p string) bool {
	if strings.HasPrefix(p, "•") {
		return false
	}
	n := countWordsUpTo(p, 12)
	return n >= 12 || n >= 5 && endsSentence(p) && hasWords(p)
}

// isProse reports whether p belongs to the article's running text, once that has begun. Items of lists do.
func isProse(p string) bool {
	n := countWordsUpTo(p, 8)
	return strings.HasPrefix(p, "•") && n >= 1 || n >= 8 || n >= 3 && endsSentence(p)
}

// hasWords reports whether p consists of words, and not of one endless string.
func hasWords(p string) bool { return len(p) < 40 || countWords(p) > float64(len(p))/40 }

// endsSentence reports whether p ends with a full stop, a colon or the like.
func endsSentence(p string) bool {
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRightFunc(p, isClosing))
	return isSentenceTerminal(last) || last == ':' || last == '：'
}

// trimTitle returns a paragraph without the article's title at its beginning.
func trimTitle(title, p string) string {
	letters, words := LettersAndDigits(title), countWords(title)
	if letters == "" || words < 1 {
		return p
	}
	rest, ok := cutLetters(p, letters)
	switch {
	case !ok:
		return p
	case LettersAndDigits(rest) == "":
		return ""
	case words < minTitleWords:
		return p
	}
	rest = strings.TrimLeft(rest, " :|•·—–-.!?\"”»)]")
	// Before a lower-case letter, the title's words are the beginning of a sentence.
	if next, _ := utf8.DecodeRuneInString(rest); !unicode.IsUpper(next) && !unicode.Is(unicode.Lo, next) {
		return p
	}
	return rest
}

// LettersAndDigits returns the letters and digits of s in lower case. Texts are compared in this form if spaces,
// punctuation and case must not matter.
func LettersAndDigits(s string) string {
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

// cutLetters returns the rest of p after letters, which are letters and digits in lower case. What is between them in p is
// ignored, and so is case. It is not ok if p does not begin with letters, or if they end within a word of p.
func cutLetters(p, letters string) (rest string, ok bool) {
	for i, r := range p {
		if letters == "" {
			return p[i:], !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		want, n := utf8.DecodeRuneInString(letters)
		if unicode.ToLower(r) != want {
			return "", false
		}
		letters = letters[n:]
	}
	return "", letters == ""
}

// isRepeated reports whether one of the next paragraphs begins with the same words as p: then p is a summary of the
// article, not its beginning.
func isRepeated(p string, next []string) bool {
	opening := openingWords(p)
	if opening == "" {
		return false
	}
	for _, n := range next[:min(len(next), 8)] {
		if openingWords(n) == opening {
			return true
		}
	}
	return false
}

// openingWords returns the letters and digits of the first comparedWords words of p, in lower case; empty if p has fewer
// words.
func openingWords(p string) string {
	words := make([]string, 0, comparedWords)
	for w := range strings.FieldsSeq(p) {
		if words = append(words, w); len(words) == comparedWords {
			return LettersAndDigits(strings.Join(words, ""))
		}
	}
	return ""
}
