package fetch

// How the element that holds the article is found, in shares of the page's running text.
const (
	overruled      = 0.40 // a marked element with more of it holds the article whatever it says
	overruledStill = 0.75 // nor is one that says it holds other people's words believed beyond this
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
		limit := overruled
		if b.mark >= others {
			limit = overruledStill
		}
		if float64(b.prose) > limit*float64(total) {
			b.mark = unmarked
		}
	}
	for i := range o.boxes { // a parent's mark holds for what is in it
		if b := &o.boxes[i]; b.parent >= 0 && b.mark != hidden {
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

// container gives the box that holds the article: down from box as long as one child has most of the text.
func (o *outline) container(box int) int {
	children := make([][]int, len(o.boxes))
	for i := range o.boxes {
		if p := o.boxes[i].parent; p >= 0 && o.boxes[i].prose > 0 {
			children[p] = append(children[p], i)
		}
	}
	for {
		next := -1
		for _, c := range children[box] {
			share := float64(o.boxes[c].prose) / float64(max(1, o.boxes[box].prose))
			if share >= goesDown || share >= goesDownNamed && o.boxes[c].named {
				if next < 0 || o.boxes[c].prose > o.boxes[next].prose {
					next = c
				}
			}
		}
		if next < 0 || len(children[next]) == 0 && o.boxes[next].to-o.boxes[next].from <= 1 {
			return box
		}
		box = next
	}
}

// prose gives how many words of running text a block has.
func (b *block) prose() int {
	if b.shape == heading || b.linked > 0.5 || b.words < 8 || !ends(b.text) && b.words < 25 {
		return 0
	}
	return min(b.words, 150)
}
