package rules

import (
	"cmp"
	"slices"
	"strings"
)

// tally adds up the points of one article, group by group.
type tally struct {
	rules  *Rules
	points []float64 // by group
}

// phraseHit is all matches of one phrase in one field.
type phraseHit struct {
	phrase int // its index
	count  int
	text   string // the text of the first match
}

// topicShare is the share of the threshold that a topic's points must reach for the article to have that topic.
const topicShare = 0.5

// scoreField adds the points of one field, and a reason for each group with any. A phrase counts once, however often it
// occurs. Only in the body, where a single mention means little, it counts one half for one occurrence, two thirds for
// two, and so on.
func (t *tally) scoreField(v *Verdict, name string, weight float64, text string, words []word) {
	type groupHits struct {
		texts []string
		value float64
	}
	byGroup := make([]groupHits, len(t.rules.groups))
	for _, h := range t.rules.phrases.hits(text, words) {
		g := &byGroup[t.rules.groupOf[h.phrase]]
		g.texts = append(g.texts, h.text)
		if name == "body" {
			g.value += float64(h.count) / float64(h.count+1)
		} else {
			g.value++
		}
	}
	for i, hits := range byGroup {
		g := t.rules.groups[i]
		points := weight * g.Weight * hits.value
		if points == 0 || g.unwanted && name == "body" {
			continue // phrases of weight 0 only hide shorter ones; and an article is not about everything that it mentions
		}
		if g.unwanted {
			points = -points
		}
		t.points[i] += points
		v.addReason(g.rule, name, strings.Join(hits.texts, ", "), points)
	}
}

// hits returns the phrases in a field with the number of their matches, in the order of their first matches.
func (p *phrases) hits(text string, words []word) (list []phraseHit) {
	index := map[int]int{} // phrase → its place in list
	for _, m := range longestMatches(p.find(text, words)) {
		i, ok := index[m.phrase]
		if !ok {
			i = len(list)
			index[m.phrase] = i
			list = append(list, phraseHit{phrase: m.phrase, text: text[words[m.first].start:words[m.last].end]})
		}
		list[i].count++
	}
	return list
}

// topics returns the names of the topics that the article is about, the one with most points first, without those in
// have.
func (t *tally) topics(have []string) []string {
	var groups []int
	enough := topicShare * t.rules.selection.Threshold
	for i, g := range t.rules.groups {
		if points := t.points[i]; !g.unwanted && points > 0 && points >= enough && !slices.Contains(have, g.Name) {
			groups = append(groups, i)
		}
	}
	slices.SortStableFunc(groups, func(a, b int) int { return cmp.Compare(t.points[b], t.points[a]) })
	var names []string
	for _, i := range groups {
		names = append(names, t.rules.groups[i].Name)
	}
	return names
}
