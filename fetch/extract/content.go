package extract

import (
	"strings"
	"unicode/utf8"

	"broadsheet/internal/excerpt"

	"golang.org/x/net/html/atom"
)

// pageDoc is what is known of a page when its text is sought.
type pageDoc struct {
	outline
	b           *excerpt.Boilerplate
	titles      []string // the article's title, as letters, in the forms that the page gives it
	description string   // the page's own, as letters
}

// tooMuch of an article's beginning, in words, is not passed over.
const tooMuch = 50

// shortArticle is what an article has fewer words than when its excerpt may reach its end.
const shortArticle = 80

// text gives the article's paragraphs within box, and how many words they have.
func (r *pageDoc) text(box int) ([]string, int) {
	from, to := r.boxes[box].from, r.boxes[box].to
	from = r.afterTitle(from, to)
	from = r.afterCredit(from, to)
	from = r.atDescription(from, to)
	var kept []string
	words, left := 0, 0
	for i := from; i < to; i++ {
		b := &r.blocks[i]
		if !r.belongs(b) || len(kept) == 0 && r.stands(i, to) {
			left = max(left, i)
			continue
		}
		kept = append(kept, r.written(b))
		words += b.words
		left = 0
	}
	if len(kept) > 0 && words < shortArticle && left > 0 && r.goesOn(left) {
		kept[len(kept)-1] += " …"
	}
	return kept, words
}

// goesOn tells whether block i, the last of an article, is the article's though it is no text: a list of links, a table.
func (r *pageDoc) goesOn(i int) bool {
	b := &r.blocks[i]
	return r.boxes[b.box].mark == unmarked && !r.isTitle(b.text) && r.b.Chrome(b.text) == ""
}

// fallbackText gives what there is of a page that has hardly any running text: lists of links, tables and headings too, from
// the element that is named for an article's text where there is one.
func (r *pageDoc) fallbackText(box int) ([]string, int) {
	most := 0
	for i := range r.boxes {
		b := &r.boxes[i]
		if b.named == nameless || b.mark != unmarked {
			continue
		}
		words := 0
		for j := b.from; j < b.to; j++ {
			words += r.blocks[j].words
		}
		if words >= few && (most == 0 || words*10 > most*7) {
			box, most = i, words
		}
	}
	from, to := r.boxes[box].from, r.boxes[box].to
	from = r.afterTitle(from, to)
	var kept []string
	words := 0
	for i := from; i < to; i++ {
		if b := &r.blocks[i]; r.boxes[b.box].mark == unmarked && !r.isTitle(b.text) {
			kept = append(kept, r.written(b))
			words += b.words
		}
	}
	return kept, words
}

// written gives a block as a paragraph.
func (r *pageDoc) written(b *block) string {
	if b.shape == item && !r.wraps(b) {
		return "• " + b.text
	}
	return b.text
}

// wraps tells whether the list item or cell that a block stands in holds a good part of the article: then it is neither.
func (r *pageDoc) wraps(b *block) bool {
	for up := b.box; up >= 0; up = r.boxes[up].parent {
		if name := r.boxes[up].node.DataAtom; name == atom.Li || name == atom.Dd || name == atom.Dt || name == atom.Td {
			return float64(r.boxes[up].prose) > overruled*float64(r.boxes[0].prose)
		}
	}
	return false
}

// expandToTitle gives the box around box that has the article's beginning too, when a good part of it stands before box.
func (r *pageDoc) expandToTitle(box int) int {
	title := -1
	for i := range r.boxes[box].from {
		if r.entitles(i) {
			title = i
		}
	}
	if title < 0 {
		return box
	}
	for up := r.boxes[box].parent; up >= 0 && r.boxes[up].from > title-40; up = r.boxes[up].parent {
		before := 0
		for i := max(title+1, r.boxes[up].from); i < r.boxes[box].from; i++ {
			before += r.own(i)
		}
		if before >= tooMuch {
			return up
		}
	}
	return box
}

// belongs tells whether a block is of the running text.
func (r *pageDoc) belongs(b *block) bool {
	switch {
	case r.boxes[b.box].mark != unmarked || b.shape == heading || r.isTitle(b.text):
		return false
	case b.linked > 0.6 && (!ends(b.text) || float64(b.words)*(1-b.linked) < 5):
		return false
	case b.strong > 0.95 && b.words < 15 && !ends(b.text): // a heading in all but name
		return false
	case b.shape == paragraph && (b.slant > 0.95 || b.strong > 0.95) && b.words < 40 && b.linked > 0.3: // a way elsewhere between two paragraphs
		return false
	case b.shape == cell && !r.wraps(b):
		return b.words >= 20 && ends(b.text)
	}
	return true
}

// afterTitle gives the block after the article's title, when its text follows it.
func (r *pageDoc) afterTitle(from, to int) int {
	all := 0
	for i := from; i < to; i++ {
		all += r.own(i)
	}
	for i := range from {
		if r.entitles(i) {
			return from
		}
	}
	before, first, only := 0, -1, true
	for i := from; i < to; i++ {
		if r.entitles(i) && r.follows(i, before, all) {
			return i + 1
		}
		if b := &r.blocks[i]; b.shape == heading && b.level == 1 {
			if only = first < 0; only && before <= tooMuch { // where there are more, they are of sections
				first = i + 1
			}
		}
		before += r.own(i)
	}
	if !only || len(r.titles) == 0 {
		return from
	}
	return max(first, from)
}

// follows tells whether the article follows the title at block i, and what stands before is of the page: a section may
// be called as its article is.
func (r *pageDoc) follows(i, before, all int) bool {
	if b := &r.blocks[i]; b.shape == heading && b.level == 1 {
		return before*2 <= all || all-before >= few && before <= 3*tooMuch
	}
	return before*2 <= all && before <= 2*tooMuch
}

// entitles tells whether block i is where the article's title stands, and no link to it.
func (r *pageDoc) entitles(i int) bool {
	b := &r.blocks[i]
	return (b.shape == heading || b.linked < 0.5 && b.words >= 3) && r.isTitle(b.text)
}

// own gives a block's words of running text when it is not marked.
func (r *pageDoc) own(i int) int {
	if r.boxes[r.blocks[i].box].mark != unmarked {
		return 0
	}
	return r.blocks[i].prose()
}

// afterCredit gives the block after a line that names the author or the date, when no more than a standfirst stands
// before it and the article after it.
func (r *pageDoc) afterCredit(from, to int) int {
	left := 0
	for i := from; i < to; i++ {
		left += r.own(i)
	}
	before, start := 0, from
	for i := from; i < to && i < from+40; i++ {
		b := &r.blocks[i]
		if m := r.boxes[b.box].mark; m == credit || m == unmarked && b.words <= 25 && b.shape != heading && b.shape != cell && r.b.Credit(b.text) {
			if left-before >= 2*before && left-before >= 40 {
				start = i + 1
			}
		}
		if m := r.boxes[b.box].mark; m == unmarked && b.shape != heading && b.words >= 5 && !r.b.Credit(b.text) {
			before += excerpt.Extent(b.text)
		}
		if before > 60 {
			break
		}
	}
	return start
}

// atDescription gives the block that the page's description was taken from, when it is one of the article's paragraphs
// and little stands before it.
func (r *pageDoc) atDescription(from, to int) int {
	if len(r.description) < 40 {
		return from
	}
	head := r.description[:min(len(r.description), 60)]
	passed, beside := 0, -1
	for i := from; i < to && passed <= tooMuch; i++ {
		b := &r.blocks[i]
		if r.own(i) > 0 && b.shape == paragraph {
			if strings.HasPrefix(excerpt.Letters(b.text), head) && !r.stands(i, to) {
				if beside >= 0 && r.areSiblings(beside, b.box) {
					return from
				}
				return i
			}
			beside = b.box
		}
		if r.boxes[b.box].mark == unmarked && b.shape != heading {
			passed += excerpt.Extent(b.text)
		}
	}
	return from
}

// stands tells whether block i is a standfirst: it is the page's own description and not one of the article's paragraphs.
func (r *pageDoc) stands(i, to int) bool {
	b := &r.blocks[i]
	said := excerpt.Letters(b.text)
	if len(said) < 20 || !strings.HasPrefix(r.description, said) && !(len(said)*10 < len(r.description)*11 && strings.HasPrefix(said, r.description)) || r.description == "" {
		return false // one that is longer than the description was what that was cut from
	}
	for j := i + 1; j < to; j++ {
		if next := &r.blocks[j]; r.own(j) > 0 && next.shape == paragraph && !r.areSiblings(b.box, next.box) {
			return true
		} else if r.own(j) > 0 && next.shape == paragraph {
			return false
		}
	}
	return false
}

// areSiblings tells whether two boxes stand side by side, or would but for a wrapping of their own.
func (r *pageDoc) areSiblings(a, b int) bool {
	up, other := r.boxes[a].parent, r.boxes[b].parent
	if up == other || up < 0 || other < 0 {
		return up == other
	}
	return r.look(a) == r.look(b) && r.look(up) == r.look(other) || r.within(a, other)
}

func (r *pageDoc) look(box int) string {
	return r.boxes[box].node.Data + " " + attr(r.boxes[box].node, "class")
}

// within tells whether box a is somewhere in box b.
func (r *pageDoc) within(a, b int) bool {
	for ; a >= 0; a = r.boxes[a].parent {
		if a == b {
			return true
		}
	}
	return false
}

func (r *pageDoc) isTitle(text string) bool {
	if len(text) > 400 || len(r.titles) == 0 {
		return false
	}
	said := excerpt.Letters(text)
	for _, t := range r.titles {
		if t == said {
			return true
		}
	}
	return false
}

// ends tells whether text ends as a sentence does.
func ends(text string) bool {
	text = strings.TrimRight(text, "\"'”’»)]」』） ")
	last, _ := utf8.DecodeLastRuneInString(text)
	return strings.ContainsRune(".!?…。！？:：؟۔।", last)
}
