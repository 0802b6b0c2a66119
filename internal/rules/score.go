package rules

import (
	"cmp"
	"slices"
	"strings"
)

// tally adds up what the words of one article count for.
type tally struct {
	rules  *Rules
	weight []float64 // by group
}

// hit is a phrase's matches in one field.
type hit struct {
	phrase, times int
	words         string // of the first
}

// about is the share of the threshold from which a topic is named.
const about = 0.5

// field adds what the phrases in one field count for, and a reason for each group that has any. A phrase counts once,
// however often it is said; only in the body, where a single mention says little, it counts half when said once, two
// thirds when said twice, and so on.
func (t *tally) field(v *Verdict, name string, weight float64, text string, words []word) {
	type part struct {
		words []string
		value float64
	}
	parts := make([]part, len(t.rules.groups))
	for _, h := range t.rules.phrases.hits(text, words) {
		p := &parts[t.rules.of[h.phrase]]
		p.words = append(p.words, h.words)
		if name == "body" {
			p.value += float64(h.times) / float64(h.times+1)
		} else {
			p.value++
		}
	}
	for i, p := range parts {
		g := t.rules.groups[i]
		points := weight * g.Weight * p.value
		if points == 0 || g.unwanted && name == "body" {
			continue // words of no weight only hide shorter ones; and no article is about all that it mentions
		}
		if g.unwanted {
			points = -points
		}
		t.weight[i] += points
		v.because(g.rule, name, strings.Join(p.words, ", "), points)
	}
}

// hits counts the phrases in a field, in the order in which they come first.
func (p *phrases) hits(text string, words []word) (list []hit) {
	at := map[int]int{} // by phrase
	for _, f := range longestMatches(p.find(text, words)) {
		i, known := at[f.phrase]
		if !known {
			i = len(list)
			at[f.phrase] = i
			list = append(list, hit{phrase: f.phrase, words: text[words[f.first].start:words[f.last].end]})
		}
		list[i].times++
	}
	return list
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
