package extract

import "golang.org/x/net/html/atom"

// How the element that holds the article is found, in shares of the page's running text.
const (
	overruled      = 0.40 // a marked element with more of it holds the article whatever it says
	overruledStill = 0.75 // nor is one that says it holds other people's words believed beyond this
	headMost       = 80   // words: the head of an article has no more, or has its beginning too
	goesDown       = 0.70 // the article is within an element that has as much
	goesDownNamed  = 0.45 // or as much, when it is named for it
)

// weigh counts the running text of every box, and takes marks away from the boxes that hold the article all the same.
func (o *outline) weigh() {
	for i := range o.boxes {
		o.boxes[i].prose = 0
	}
	total := 0
	for i := range o.blocks {
		n := o.blocks[i].prose()
		total += n
		for b := o.blocks[i].box; b >= 0 && n > 0; b = o.boxes[b].parent {
			o.boxes[b].prose += n
		}
	}
	for i := range o.boxes {
		b := &o.boxes[i]
		if b.mark == unmarked && o.captions(b) {
			b.mark = chrome
		}
		limit := overruled
		if b.mark >= others {
			limit = overruledStill
		}
		if float64(b.prose) > limit*float64(total) || b.mark == header && b.prose > headMost {
			b.mark = unmarked
		}
	}
	for i := range o.boxes { // a parent's mark holds for what is in it
		if b := &o.boxes[i]; b.parent >= 0 && b.mark != concealed {
			if up := o.boxes[b.parent].mark; up > b.mark || up != unmarked && b.mark == unmarked {
				b.mark = up
			}
		}
	}
	for i := range o.boxes {
		o.boxes[i].prose = 0
	}
	for i := range o.blocks {
		n := o.blocks[i].prose()
		if o.boxes[o.blocks[i].box].mark != unmarked {
			continue
		}
		for b := o.blocks[i].box; b >= 0 && n > 0; b = o.boxes[b].parent {
			o.boxes[b].prose += n
		}
	}
}

// captions tells whether a box holds a picture and little else: what it says is of the picture, or leads elsewhere.
func (o *outline) captions(b *container) bool {
	if !b.pictured || b.to-b.from > 2 || b.named > nameless || b.node.DataAtom == atom.P || b.node.DataAtom == atom.Td {
		return false
	}
	words := 0
	for i := b.from; i < b.to; i++ {
		words += o.blocks[i].words
	}
	return words <= 40
}

// container gives the box that holds the article: down from box as long as one child has most of the text.
func (o *outline) container(box int) int {
	children := make([][]int, len(o.boxes))
	for i := range o.boxes {
		if p := o.boxes[i].parent; p >= 0 && o.boxes[i].prose > 0 && holds(o.boxes[i].node.DataAtom) {
			children[p] = append(children[p], i)
		}
	}
	for {
		next := -1
		for _, c := range children[box] {
			share := float64(o.boxes[c].prose) / float64(max(1, o.boxes[box].prose))
			if share >= goesDown || share >= goesDownNamed && o.boxes[c].named > nameless {
				if next < 0 || o.boxes[c].prose > o.boxes[next].prose {
					next = c
				}
			}
		}
		if next < 0 {
			return o.preferred(o.whole(box))
		}
		box = next
	}
}

// whole gives the box around a table, when box is one or a part of one: no cell of it has the article.
func (o *outline) whole(box int) int {
	for {
		switch o.boxes[box].node.DataAtom {
		case atom.Table, atom.Tbody, atom.Thead, atom.Tr:
			if up := o.boxes[box].parent; up >= 0 {
				box = up
				continue
			}
		}
		return box
	}
}

// preferred gives the box that is named for an article's text in place of one that is not and has little: it may be
// that the article has no running text and a sidebar has.
func (o *outline) preferred(box int) int {
	if o.boxes[box].prose > 150 {
		return box
	}
	for up := box; up >= 0; up = o.boxes[up].parent {
		if o.boxes[up].named == sure {
			return box
		}
	}
	best, most := box, few
	for i := range o.boxes {
		b := &o.boxes[i]
		if b.named != sure || b.mark != unmarked || b.from >= b.to || b.from <= o.boxes[box].from && b.to >= o.boxes[box].to {
			continue
		}
		words := 0
		for j := b.from; j < b.to; j++ {
			words += int(float64(o.blocks[j].words) * (1 - o.blocks[j].linked))
		}
		if words >= most {
			best, most = i, words
		}
	}
	return best
}

// holds tells whether an element may hold an article and not only a part of it.
func holds(name atom.Atom) bool {
	switch name {
	case atom.P, atom.Ul, atom.Ol, atom.Dl, atom.Li, atom.Dd, atom.Dt, atom.Blockquote:
		return false
	}
	return true
}

// prose gives how many words of running text a block has.
func (b *block) prose() int {
	if b.shape == heading || b.linked > 0.5 || b.words < 8 || !ends(b.text) && b.words < 25 {
		return 0
	}
	return min(b.words, 150)
}
