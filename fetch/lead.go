package fetch

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"broadsheet"
)

// sheet is what is known of a page when its text is sought.
type sheet struct {
	outline
	b           *broadsheet.Boilerplate
	titles      []string // the article's title, as letters, in the forms that the page gives it
	description string   // the page's own, as letters
}

// text gives the article's paragraphs within box, and how many words they have.
func (r *sheet) text(box int) ([]string, int) {
	from, to := r.boxes[box].from, r.boxes[box].to
	from = r.afterTitle(from, to)
	from = r.afterCredit(from, to)
	var kept []string
	words := 0
	for i := from; i < to; i++ {
		b := &r.blocks[i]
		if !r.belongs(b) || len(kept) == 0 && r.stands(i, to) {
			continue
		}
		text := b.text
		if b.shape == item {
			text = "• " + text
		}
		kept = append(kept, text)
		words += b.words
	}
	return kept, words
}

// belongs tells whether a block is of the running text.
func (r *sheet) belongs(b *block) bool {
	switch {
	case r.boxes[b.box].mark != unmarked || b.shape == heading || r.isTitle(b.text):
		return false
	case b.linked > 0.6 && b.words < 40:
		return false
	case b.strong > 0.95 && b.words < 15 && !ends(b.text): // a heading in all but name
		return false
	case b.shape == cell:
		return b.words >= 20 && ends(b.text)
	}
	return true
}

// afterTitle gives the block after the article's title, when most of the text follows it.
func (r *sheet) afterTitle(from, to int) int {
	all, before := 0, 0
	for i := from; i < to; i++ {
		all += r.own(i)
	}
	start := from
	for i := from; i < to; i++ {
		if before*2 > all {
			break
		}
		if b := &r.blocks[i]; b.shape == heading && (b.level == 1 || r.isTitle(b.text)) {
			start = i + 1
			if r.isTitle(b.text) && before > 0 {
				break
			}
		}
		before += r.own(i)
	}
	return start
}

// own gives a block's words of running text when it is not marked.
func (r *sheet) own(i int) int {
	if r.boxes[r.blocks[i].box].mark != unmarked {
		return 0
	}
	return r.blocks[i].prose()
}

// afterCredit gives the block after a line that names the author or the date, when no more than a standfirst stands
// before it and the article after it.
func (r *sheet) afterCredit(from, to int) int {
	left := 0
	for i := from; i < to; i++ {
		left += r.own(i)
	}
	before, start := 0, from
	for i := from; i < to && i < from+40; i++ {
		b := &r.blocks[i]
		if m := r.boxes[b.box].mark; m == credit || m == unmarked && b.words <= 25 && b.shape != heading && r.b.Credit(b.text) {
			if left-before >= 2*before && left-before >= 40 {
				start = i + 1
			}
		}
		if m := r.boxes[b.box].mark; m == unmarked && b.shape != heading && b.words >= 5 && !r.b.Credit(b.text) {
			before += b.words
		}
		if before > 60 {
			break
		}
	}
	return start
}

// stands tells whether block i is a standfirst: it is the page's own description and not one of the article's paragraphs.
func (r *sheet) stands(i, to int) bool {
	b := &r.blocks[i]
	said := letters(b.text)
	if len(said) < 20 || r.description == "" || !strings.HasPrefix(said, r.description) && !strings.HasPrefix(r.description, said) {
		return false
	}
	for j := i + 1; j < to; j++ {
		if next := &r.blocks[j]; r.own(j) > 0 && next.shape == paragraph {
			return r.parent(b.box) != r.parent(next.box)
		}
	}
	return false
}

func (r *sheet) parent(box int) int { return r.boxes[box].parent }

func (r *sheet) isTitle(text string) bool {
	if len(text) > 400 {
		return false
	}
	said := letters(text)
	for _, t := range r.titles {
		if t == said {
			return true
		}
	}
	return false
}

// letters gives the letters and digits of s in lower case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// ends tells whether text ends as a sentence does.
func ends(text string) bool {
	text = strings.TrimRight(text, "\"'”’»)]」』） ")
	last, _ := utf8.DecodeLastRuneInString(text)
	return strings.ContainsRune(".!?…。！？:：؟۔।", last)
}
