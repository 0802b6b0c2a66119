package extract

import "golang.org/x/net/html/atom"

// Limits for finding the container of the article. A share is of the words of prose.
const (
	maxBoilerplateShare = 0.40 // of the page, in a container with a role: one with more contains the article all the same
	maxOtherTextShare   = 0.75 // the same for otherText and hidden: comments are often longer than the article
	maxHeaderWords      = 80   // a header with more contains the beginning of the article too
	childShare          = 0.70 // of its container: the article is in a child that has as much
	hintedChildShare    = 0.45 // the same for a child with a content hint
)

// resolveRoles counts the words of prose in every container. It takes the role away from those that contain the article
// all the same, and lets the others pass theirs on to the containers in them. The words that it leaves in proseWords are
// those outside of any role.
func (o *outline) resolveRoles() {
	for i := range o.containers {
		o.containers[i].proseWords = 0
	}
	total := 0
	for i := range o.blocks {
		total += o.blocks[i].proseWords()
		o.addProse(&o.blocks[i])
	}
	for i := range o.containers {
		c := &o.containers[i]
		if c.role == noRole && o.isImageCaption(c) {
			c.role = boilerplate
		}
		limit := maxBoilerplateShare
		if c.role >= otherText {
			limit = maxOtherTextShare
		}
		if float64(c.proseWords) > limit*float64(total) || c.role == header && c.proseWords > maxHeaderWords {
			c.role = noRole
		}
	}
	for i := range o.containers {
		if c := &o.containers[i]; c.parent >= 0 {
			c.role = max(c.role, o.containers[c.parent].role)
		}
	}
	for i := range o.containers {
		o.containers[i].proseWords = 0
	}
	for i := range o.blocks {
		if b := &o.blocks[i]; o.containers[b.container].role == noRole {
			o.addProse(b)
		}
	}
}

// addProse adds a block's words of prose to the containers around it.
func (o *outline) addProse(b *block) {
	words := b.proseWords()
	for c := b.container; c >= 0 && words > 0; c = o.containers[c].parent {
		o.containers[c].proseWords += words
	}
}

// isImageCaption reports whether a container has an image and little text, which then describes the image or is a link
// to somewhere else.
func (o *outline) isImageCaption(c *container) bool {
	if !c.hasImage || c.end-c.start > 2 || c.hint > noHint || c.node.DataAtom == atom.P || c.node.DataAtom == atom.Td {
		return false
	}
	words := 0
	for i := c.start; i < c.end; i++ {
		words += o.blocks[i].words
	}
	return words <= 40
}

// articleContainer returns the container of the article: it descends from container c as long as one child has most of
// the prose.
func (o *outline) articleContainer(c int) int {
	children := make([][]int, len(o.containers))
	for i := range o.containers {
		if p := o.containers[i].parent; p >= 0 && o.containers[i].proseWords > 0 && canHoldArticle(o.containers[i].node.DataAtom) {
			children[p] = append(children[p], i)
		}
	}
	for {
		next := -1
		for _, child := range children[c] {
			share := float64(o.containers[child].proseWords) / float64(max(1, o.containers[c].proseWords))
			if share >= childShare || share >= hintedChildShare && o.containers[child].hint > noHint {
				if next < 0 || o.containers[child].proseWords > o.containers[next].proseWords {
					next = child
				}
			}
		}
		if next < 0 {
			return o.preferHinted(o.aroundTable(c))
		}
		c = next
	}
}

// aroundTable returns the container around a table if container c is the table or its rows, else c: then no single cell
// has the article.
func (o *outline) aroundTable(c int) int {
	for {
		switch o.containers[c].node.DataAtom {
		case atom.Table, atom.Tbody, atom.Thead, atom.Tr:
			if parent := o.containers[c].parent; parent >= 0 {
				c = parent
				continue
			}
		}
		return c
	}
}

// preferHinted returns the container with a strong hint if c has none and little prose, else c: perhaps the article has no
// prose, and a sidebar has.
func (o *outline) preferHinted(c int) int {
	if o.containers[c].proseWords > 150 {
		return c
	}
	for i := c; i >= 0; i = o.containers[i].parent {
		if o.containers[i].hint == strongHint {
			return c
		}
	}
	best, bestWords := c, fewWords
	for i := range o.containers {
		hinted := &o.containers[i]
		if hinted.hint != strongHint || hinted.role != noRole || hinted.start >= hinted.end ||
			hinted.start <= o.containers[c].start && hinted.end >= o.containers[c].end {
			continue
		}
		words := 0
		for j := hinted.start; j < hinted.end; j++ {
			words += int(float64(o.blocks[j].words) * (1 - o.blocks[j].linkShare))
		}
		if words >= bestWords {
			best, bestWords = i, words
		}
	}
	return best
}

// canHoldArticle reports whether an element may contain an article, and not only a part of one.
func canHoldArticle(name atom.Atom) bool {
	switch name {
	case atom.P, atom.Ul, atom.Ol, atom.Dl, atom.Li, atom.Dd, atom.Dt, atom.Blockquote:
		return false
	}
	return true
}

// proseWords returns the number of words of a block if it is prose (sentences, not links, labels or headings), else 0. A
// block counts for at most 150 words.
func (b *block) proseWords() int {
	if b.kind == heading || b.linkShare > 0.5 || b.words < 8 || !endsSentence(b.text) && b.words < 25 {
		return 0
	}
	return min(b.words, 150)
}
