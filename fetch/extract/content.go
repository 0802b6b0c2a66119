package extract

import (
	"slices"
	"strings"
	"unicode/utf8"

	"broadsheet/internal/excerpt"

	"golang.org/x/net/html/atom"
)

// pageDoc is a page whose article text is being extracted.
type pageDoc struct {
	outline
	b           *excerpt.Boilerplate
	titles      []string // the variants of the article's title on the page, in the form of excerpt.LettersAndDigits
	description string   // the page's own, in that form
}

// maxSkippedWords limits how many words of prose are left out before a supposed beginning of the article.
const maxSkippedWords = 50

// shortArticleWords is the number of words below which an excerpt may reach the end of the article.
const shortArticleWords = 80

// bodyText returns the paragraphs of the article in container c, and how many words they have.
func (d *pageDoc) bodyText(c int) (paragraphs []string, words int) {
	start, end := d.containers[c].start, d.containers[c].end
	start = d.afterTitle(start, end)
	start = d.afterByline(start, end)
	start = d.startAtDescription(start, end)
	omitted := 0 // the last block after the text that is not part of it; 0: none
	for i := start; i < end; i++ {
		b := &d.blocks[i]
		if !d.isBodyText(b) || len(paragraphs) == 0 && d.isSummary(i, end) {
			omitted = i
			continue
		}
		paragraphs = append(paragraphs, d.paragraphOf(b))
		words += b.words
		omitted = 0
	}
	if len(paragraphs) > 0 && words < shortArticleWords && omitted > 0 && d.isArticlePart(omitted) {
		paragraphs[len(paragraphs)-1] += " …"
	}
	return paragraphs, words
}

// isArticlePart reports whether block i, which follows the text, is part of the article without being prose: a list of
// links or a table.
func (d *pageDoc) isArticlePart(i int) bool {
	b := &d.blocks[i]
	return d.containers[b.container].role == noRole && !d.isTitle(b.text) && d.b.MatchLead(b.text) == ""
}

// fallbackText returns the paragraphs of a page that has hardly any prose, and how many words they have. Here lists of
// links, tables and headings count as text. They are those of a container with a content hint if there is one with
// enough words, else those of container c.
func (d *pageDoc) fallbackText(c int) (paragraphs []string, words int) {
	most := 0
	for i := range d.containers {
		hinted := &d.containers[i]
		if hinted.hint == noHint || hinted.role != noRole {
			continue
		}
		n := 0
		for j := hinted.start; j < hinted.end; j++ {
			n += d.blocks[j].words
		}
		if n >= fewWords && (most == 0 || n*10 > most*7) { // a later one needs 70 % of the words of the one before
			c, most = i, n
		}
	}
	start, end := d.containers[c].start, d.containers[c].end
	for i := d.afterTitle(start, end); i < end; i++ {
		if b := &d.blocks[i]; d.containers[b.container].role == noRole && !d.isTitle(b.text) {
			paragraphs = append(paragraphs, d.paragraphOf(b))
			words += b.words
		}
	}
	return paragraphs, words
}

// paragraphOf returns the text of a block as a paragraph: a list item begins with a bullet.
func (d *pageDoc) paragraphOf(b *block) string {
	if b.kind == listItem && !d.isLayout(b) {
		return "• " + b.text
	}
	return b.text
}

// isLayout reports whether the list item or table cell that a block is in contains much of the page's prose: then the
// list or table only serves the layout.
func (d *pageDoc) isLayout(b *block) bool {
	for c := b.container; c >= 0; c = d.containers[c].parent {
		switch d.containers[c].node.DataAtom {
		case atom.Li, atom.Dd, atom.Dt, atom.Td:
			return float64(d.containers[c].proseWords) > maxBoilerplateShare*float64(d.containers[0].proseWords)
		}
	}
	return false
}

// expandToTitle returns a container around c that also has the beginning of the article, if a good part of the article is
// between its title and c. Otherwise it returns c.
func (d *pageDoc) expandToTitle(c int) int {
	title := -1
	for i := range d.containers[c].start {
		if d.isTitleBlock(i) {
			title = i
		}
	}
	if title < 0 {
		return c
	}
	for up := d.containers[c].parent; up >= 0 && d.containers[up].start > title-40; up = d.containers[up].parent {
		before := 0
		for i := max(title+1, d.containers[up].start); i < d.containers[c].start; i++ {
			before += d.bodyWords(i)
		}
		if before >= maxSkippedWords {
			return up
		}
	}
	return c
}

// isBodyText reports whether a block is part of the article's text.
func (d *pageDoc) isBodyText(b *block) bool {
	switch {
	case d.containers[b.container].role != noRole || b.kind == heading || d.isTitle(b.text):
		return false
	case b.linkShare > 0.6 && (!endsSentence(b.text) || float64(b.words)*(1-b.linkShare) < 5):
		return false
	case b.boldShare > 0.95 && b.words < 15 && !endsSentence(b.text): // a heading without a heading element
		return false
	case b.kind == paragraph && (b.italicShare > 0.95 || b.boldShare > 0.95) && b.words < 40 && b.linkShare > 0.3:
		return false // a link to something related, between two paragraphs
	case b.kind == tableCell && !d.isLayout(b):
		return b.words >= 20 && endsSentence(b.text)
	}
	return true
}

// afterTitle returns the index after the article's title, if that is among the blocks from start to end and the text
// follows it. Otherwise it returns start.
func (d *pageDoc) afterTitle(start, end int) int {
	all := 0
	for i := start; i < end; i++ {
		all += d.bodyWords(i)
	}
	for i := range start {
		if d.isTitleBlock(i) {
			return start
		}
	}
	before, afterH1, onlyH1 := 0, -1, true
	for i := start; i < end; i++ {
		if d.isTitleBlock(i) && d.articleFollows(i, before, all) {
			return i + 1
		}
		if b := &d.blocks[i]; b.kind == heading && b.level == 1 {
			if onlyH1 = afterH1 < 0; onlyH1 && before <= maxSkippedWords { // several are headings of sections
				afterH1 = i + 1
			}
		}
		before += d.bodyWords(i)
	}
	if !onlyH1 || len(d.titles) == 0 {
		return start
	}
	return max(afterH1, start)
}

// articleFollows reports whether the article follows the title in block i, by the words of prose before it and in all:
// the heading of a section may equal the article's title.
func (d *pageDoc) articleFollows(i, before, all int) bool {
	if b := &d.blocks[i]; b.kind == heading && b.level == 1 {
		return before*2 <= all || all-before >= fewWords && before <= 3*maxSkippedWords
	}
	return before*2 <= all && before <= 2*maxSkippedWords
}

// isTitleBlock reports whether block i is the article's title, and not a link with the title as its text.
func (d *pageDoc) isTitleBlock(i int) bool {
	b := &d.blocks[i]
	return (b.kind == heading || b.linkShare < 0.5 && b.words >= 3) && d.isTitle(b.text)
}

// bodyWords returns the number of words of prose in block i, or 0 if its container has a role.
func (d *pageDoc) bodyWords(i int) int {
	if d.containers[d.blocks[i].container].role != noRole {
		return 0
	}
	return d.blocks[i].proseWords()
}

// afterByline returns the index after the line with the author or the date, if no more than a summary is before it and
// the article after it. Otherwise it returns start.
func (d *pageDoc) afterByline(start, end int) int {
	all := 0
	for i := start; i < end; i++ {
		all += d.bodyWords(i)
	}
	before, begin := 0, start
	for i := start; i < end && i < start+40; i++ {
		b := &d.blocks[i]
		r := d.containers[b.container].role
		if r == byline || r == noRole && b.words <= 25 && b.kind != heading && b.kind != tableCell && d.b.IsByline(b.text) {
			if all-before >= 2*before && all-before >= 40 {
				begin = i + 1
			}
		}
		if r == noRole && b.kind != heading && b.words >= 5 && !d.b.IsByline(b.text) {
			before += excerpt.CountWordsOrIdeographs(b.text)
		}
		if before > 60 {
			break
		}
	}
	return begin
}

// startAtDescription returns the index of the block that the page's description was taken from, if that is one of the
// article's paragraphs and few words are before it. Otherwise it returns start.
func (d *pageDoc) startAtDescription(start, end int) int {
	if len(d.description) < 40 {
		return start
	}
	head := d.description[:min(len(d.description), 60)]
	skipped, last := 0, -1 // last: the container of the last paragraph that was skipped
	for i := start; i < end && skipped <= maxSkippedWords; i++ {
		b := &d.blocks[i]
		if d.bodyWords(i) > 0 && b.kind == paragraph {
			if strings.HasPrefix(excerpt.LettersAndDigits(b.text), head) && !d.isSummary(i, end) {
				if last >= 0 && d.areSiblings(last, b.container) {
					return start
				}
				return i
			}
			last = b.container
		}
		if d.containers[b.container].role == noRole && b.kind != heading {
			skipped += excerpt.CountWordsOrIdeographs(b.text)
		}
	}
	return start
}

// isSummary reports whether block i is a summary above the article: it repeats the page's description, and it is not a
// sibling of the article's paragraphs.
func (d *pageDoc) isSummary(i, end int) bool {
	b := &d.blocks[i]
	letters := excerpt.LettersAndDigits(b.text)
	if len(letters) < 20 || d.description == "" {
		return false
	}
	// A paragraph that is much longer than the description is the one that the description was cut from.
	little := len(letters)*10 < len(d.description)*11
	if !strings.HasPrefix(d.description, letters) && !(little && strings.HasPrefix(letters, d.description)) {
		return false
	}
	for j := i + 1; j < end; j++ {
		if next := &d.blocks[j]; d.bodyWords(j) > 0 && next.kind == paragraph {
			return !d.areSiblings(b.container, next.container)
		}
	}
	return false
}

// areSiblings reports whether two containers have the same parent, or would have it without a wrapper around each of them.
func (d *pageDoc) areSiblings(a, b int) bool {
	parentA, parentB := d.containers[a].parent, d.containers[b].parent
	if parentA == parentB || parentA < 0 || parentB < 0 {
		return parentA == parentB
	}
	return d.tagAndClass(a) == d.tagAndClass(b) && d.tagAndClass(parentA) == d.tagAndClass(parentB) || d.isWithin(a, parentB)
}

func (d *pageDoc) tagAndClass(c int) string {
	return d.containers[c].node.Data + " " + attr(d.containers[c].node, "class")
}

// isWithin reports whether container a is b, or somewhere in b.
func (d *pageDoc) isWithin(a, b int) bool {
	for ; a >= 0; a = d.containers[a].parent {
		if a == b {
			return true
		}
	}
	return false
}

// isTitle reports whether a text is the article's title, apart from punctuation and case.
func (d *pageDoc) isTitle(text string) bool {
	return len(text) <= 400 && len(d.titles) > 0 && slices.Contains(d.titles, excerpt.LettersAndDigits(text))
}

// endsSentence reports whether the text ends with the punctuation of a sentence, in any script.
func endsSentence(text string) bool {
	text = strings.TrimRight(text, "\"'”’»)]」』） ")
	last, _ := utf8.DecodeLastRuneInString(text)
	return strings.ContainsRune(".!?…。！？:：؟۔।", last)
}
