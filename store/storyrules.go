package store

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"broadsheet/internal/config"
	"broadsheet/internal/link"
	"broadsheet/store/dedupe"
)

// storyRules are the maintainer's rules for stories, which override the evidence: groups of links, as hashes of their
// keys.
type storyRules struct{ join, split [][]int64 }

// SetStoryRules applies the stories section of feeds.yaml to stored and future articles, until it is called with other rules.
// The articles of a rule that was removed are grouped by the evidence again.
func (s *Store) SetStoryRules(ctx context.Context, now time.Time, rules config.StoryRules) error {
	text, err := json.Marshal(rules)
	if err != nil {
		return err
	}
	return s.write(ctx, now, func(t *tx) error {
		before, err := t.meta("stories")
		if err != nil || before == string(text) || before == "" && len(rules.Join)+len(rules.Split) == 0 {
			return err
		}
		old, err := t.storyRules()
		if err != nil {
			return err
		}
		s.rules = nil // to be read again, whether or not this transaction commits
		if err := t.setMeta("stories", string(text)); err != nil {
			return err
		}
		rules := hashRules(rules)
		return t.regroup(slices.Concat(old.join, old.split, rules.join, rules.split), rules)
	})
}

// storyRules returns the rules that SetStoryRules stored last.
func (t *tx) storyRules() (*storyRules, error) {
	if t.s.rules != nil {
		return t.s.rules, nil
	}
	text, err := t.meta("stories")
	if err != nil {
		return nil, err
	}
	var rules config.StoryRules
	if text != "" {
		if err := json.Unmarshal([]byte(text), &rules); err != nil {
			return nil, err
		}
	}
	t.s.rules = hashRules(rules)
	return t.s.rules, nil
}

// hashRules returns rules with their links as hashes of keys.
func hashRules(rules config.StoryRules) *storyRules {
	of := func(groups [][]string) (out [][]int64) {
		for _, links := range groups {
			var hashes []int64
			for _, address := range links {
				if key := link.Key(address); key != "" {
					hashes = append(hashes, hash(key))
				}
			}
			out = append(out, hashes)
		}
		return out
	}
	return &storyRules{of(rules.Join), of(rules.Split)}
}

// applyManualRules joins an article to those that a join rule names together with it.
func (t *tx) applyManualRules(a *row) error {
	rules, err := t.storyRules()
	if err != nil || len(rules.join) == 0 {
		return err
	}
	own := hash(link.Key(a.Link))
	for _, group := range rules.join {
		if !slices.Contains(group, own) && !slices.Contains(group, hash(a.Key)) {
			continue
		}
		ids, err := t.articlesByLinks(group)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if id == a.id {
				continue
			}
			if err := t.joinStories(a.id, id, manualEvidence); err != nil {
				return err
			}
		}
	}
	return nil
}

// manualEvidence is the evidence of a join rule.
var manualEvidence = dedupe.Evidence{Rule: ruleJoin, Score: 1, Detail: "feeds.yaml says so"}

// articlesByLinks returns the articles that the hashes of link keys are mapped to, each once.
func (t *tx) articlesByLinks(hashes []int64) (ids []int64, err error) {
	for _, h := range hashes {
		id, _, err := t.articleByLink(h)
		if err != nil {
			return nil, err
		}
		if id != 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// separatedByRule reports whether a split rule names an article of one side and one of the other.
func (t *tx) separatedByRule(left, right []member) (bool, error) {
	rules, err := t.storyRules()
	if err != nil {
		return false, err
	}
	for _, group := range rules.split {
		ids, err := t.articlesByLinks(group)
		if err != nil {
			return false, err
		}
		if containsAny(left, ids) && containsAny(right, ids) {
			return true, nil
		}
	}
	return false, nil
}

// containsAny reports whether one of members has one of ids.
func containsAny(members []member, ids []int64) bool {
	return slices.ContainsFunc(members, func(m member) bool { return slices.Contains(ids, m.id) })
}

// regroup dissolves the stories of the articles in groups and builds them again from the evidence and rules.
func (t *tx) regroup(groups [][]int64, rules *storyRules) error {
	members := map[int64]member{}
	for _, group := range groups {
		ids, err := t.articlesByLinks(group)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if _, ok := members[id]; ok {
				continue
			}
			story, err := t.members(id, id)
			if err != nil {
				return err
			}
			for _, m := range story {
				members[m.id] = m
			}
		}
	}
	edges, err := t.evidenceEdges(members)
	if err != nil {
		return err
	}
	for _, m := range members { // each is alone, and was shown only if it was picked itself
		if _, err := t.exec("UPDATE article SET story = id, shown = nullif(?, '') WHERE id = ?", string(m.picked), m.id); err != nil {
			return err
		}
	}
	for _, e := range edges {
		if err := t.joinStories(e.a, e.b, e.Evidence); err != nil {
			return err
		}
	}
	for _, group := range rules.join {
		ids, err := t.articlesByLinks(group)
		if err != nil {
			return err
		}
		for i := 1; i < len(ids); i++ {
			if err := t.joinStories(ids[0], ids[i], manualEvidence); err != nil {
				return err
			}
		}
	}
	return nil
}

// evidenceEdge is the evidence that two articles are one work.
type evidenceEdge struct {
	a, b int64
	at   int64
	dedupe.Evidence
}

// evidenceEdges returns the evidence among members, oldest first. It deletes what only a join rule had added.
func (t *tx) evidenceEdges(members map[int64]member) ([]evidenceEdge, error) {
	var edges []evidenceEdge
	for id := range members {
		if _, err := t.exec("DELETE FROM evidence WHERE article = ? AND rule = ?", id, ruleJoin); err != nil {
			return nil, err
		}
		if err := t.rows(collect(&edges, func(e *evidenceEdge) []any {
			return []any{&e.a, &e.b, &e.Rule, &e.Score, &e.Detail, &e.at}
		}), "SELECT article, other, rule, score, words, at FROM evidence WHERE article = ?", id); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(edges, func(x, y evidenceEdge) int {
		return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	return edges, nil
}
