package broadsheet

import (
	"cmp"
	"slices"
	"strings"
)

// tally adds up what the words of one article count for.
type tally struct {
	rules  *Rules
	weight []float64 // by group
	hits   []hit     // by phrase, of the field at hand
}

// hit is a phrase's matches in one field.
type hit struct {
	times int
	words string // of the first
}

// about is the share of the threshold from which a topic is named.
const about = 0.5

// field adds what the phrases in one field count for, and a reason for each group that has any. A phrase counts once,
// however often it is said; only in the body, where a single mention says little, it counts half when said once, two
// thirds when said twice, and so on.
func (t *tally) field(v *Verdict, name string, weight float64, text string, words []word) {
	clear(t.hits)
	matched := make([]*strings.Builder, len(t.rules.groups))
	value := make([]float64, len(t.rules.groups))
	var order []int
	for _, f := range surest(t.rules.phrases.find(text, words)) {
		h := &t.hits[f.phrase]
		if h.times++; h.times == 1 {
			h.words = text[words[f.first].start:words[f.last].end]
			order = append(order, f.phrase)
		}
	}
	for _, phrase := range order {
		number, h := t.rules.of[phrase], t.hits[phrase]
		if t.rules.groups[number].unwanted && name == "body" {
			continue // an article is not about all that it mentions
		}
		share := 1.0
		if name == "body" {
			share = float64(h.times) / float64(h.times+1)
		}
		if matched[number] == nil {
			matched[number] = &strings.Builder{}
		} else {
			matched[number].WriteString(", ")
		}
		matched[number].WriteString(h.words)
		value[number] += share
	}
	for number, words := range matched {
		if words == nil {
			continue
		}
		g := t.rules.groups[number]
		if g.Weight == 0 || weight == 0 {
			continue // it is there to hide shorter phrases
		}
		points := weight * g.Weight * value[number]
		if g.unwanted {
			points = -points
		}
		t.weight[number] += points
		v.because(g.rule, name, words.String(), points)
	}
}

// topics are the names of what the article is about, strongest first, without those it has.
func (t *tally) topics(have []string) []string {
	var of []int
	enough := about * t.rules.selection.Threshold
	for i, g := range t.rules.groups {
		if w := t.weight[i]; !g.unwanted && w > 0 && w >= enough && !slices.Contains(have, g.Name) {
			of = append(of, i)
		}
	}
	slices.SortStableFunc(of, func(a, b int) int { return cmp.Compare(t.weight[b], t.weight[a]) })
	var names []string
	for _, i := range of {
		names = append(names, t.rules.groups[i].Name)
	}
	return names
}
