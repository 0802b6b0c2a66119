package broadsheet

import (
	"slices"
	"strings"
)

// tally adds up what the words of one article count for.
type tally struct {
	rules  *Rules
	weight []float64 // by group
}

// Each further phrase of a group in a field counts half of the one before: what an article is about it says in several
// words, and no more about it for that.
const further = 0.5

// aboutness is the score from which a topic is named: a match in the title, or in several places.
const aboutness = 2

// field adds the matches in one field, a reason for each group that has any.
func (t *tally) field(v *Verdict, name string, weight float64, text string, words []word) {
	if weight == 0 || len(words) == 0 {
		return
	}
	type matched struct {
		phrases []string
		value   float64
	}
	groups := map[int]*matched{}
	var order []int
	seen := map[int]bool{}
	for _, f := range surest(t.rules.phrases.find(text, words)) {
		if seen[f.phrase] {
			continue
		}
		seen[f.phrase] = true
		number := t.rules.of[f.phrase]
		g := t.rules.groups[number]
		if g.unwanted && name != "title" && name != "tags" {
			continue // what an article mentions is no reason to keep it out; what it is about is
		}
		m := groups[number]
		if m == nil {
			m = &matched{}
			groups[number] = m
			order = append(order, number)
		}
		share := 1.0
		for range m.phrases {
			share *= further
		}
		m.value += share
		m.phrases = append(m.phrases, text[words[f.first].start:words[f.last].end])
	}
	slices.Sort(order)
	for _, number := range order {
		g, m := t.rules.groups[number], groups[number]
		value := weight * g.Weight * m.value
		if g.unwanted {
			value = -value
		}
		t.weight[number] += value
		v.because(g.rule, name, strings.Join(m.phrases, ", "), value)
	}
}

// topics are the names of what the article is about, strongest first, without those it has.
func (t *tally) topics(have []string) []string {
	var about []int
	for i, g := range t.rules.groups {
		if !g.unwanted && t.weight[i] >= aboutness && !slices.Contains(have, g.Name) {
			about = append(about, i)
		}
	}
	slices.SortStableFunc(about, func(a, b int) int {
		switch {
		case t.weight[a] > t.weight[b]:
			return -1
		case t.weight[a] < t.weight[b]:
			return 1
		}
		return 0
	})
	var names []string
	for _, i := range about {
		names = append(names, t.rules.groups[i].Name)
	}
	return names
}
