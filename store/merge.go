package store

import (
	"cmp"
	"database/sql"
	"slices"
	"time"

	"broadsheet/internal/link"
	"broadsheet/store/dedupe"

	"broadsheet"
)

// member is an article of a story.
type member struct {
	row
	pageKeys []string       // keys that its page leads to or calls its own, besides its own
	picked   broadsheet.Day // that it was shown itself; empty: never
}

// maxStory is how many articles a story may have: one that keeps growing is a template that many sites share.
const maxStory = 64

// joinStories keeps the evidence that two articles are one work, and joins their stories unless a member of one is apart from
// a member of the other.
func (t *tx) joinStories(a, b int64, e dedupe.Evidence) error {
	members, err := t.members(a, b)
	if err != nil {
		return err
	}
	if len(members) > maxStory && e.Rule != ruleJoin {
		return nil
	}
	left, right := splitByStory(members, a, b)
	if len(right) == 0 { // one already
		return t.saveEvidence(a, b, e)
	}
	if split, err := t.separatedByRule(left, right); err != nil || split {
		return err
	}
	if e.Rule != ruleJoin && anyDistinct(left, right) {
		return nil
	}
	if err := t.saveEvidence(a, b, e); err != nil {
		return err
	}
	if err := t.withdrawTogether(left, right); err != nil {
		return err
	}
	return t.mergeStories(members)
}

// anyDistinct tells whether a member of the one side is apart from one of the other; of two that are alone the rules have
// made sure.
func anyDistinct(left, right []member) bool {
	if len(left)+len(right) == 2 {
		return false
	}
	works := make([]dedupe.Fingerprint, len(right))
	for i, m := range right {
		works[i] = m.titleOnly()
	}
	for _, m := range left {
		x := m.titleOnly()
		if slices.ContainsFunc(works, func(y dedupe.Fingerprint) bool { return dedupe.Distinct(x, y) }) {
			return true
		}
	}
	return false
}

// titleOnly returns what its title and link tell apart.
func (m *member) titleOnly() dedupe.Fingerprint {
	return dedupe.NewFingerprint(m.Link, m.Title, "", time.Time{})
}

const ruleJoin = "join"

func (t *tx) saveEvidence(a, b int64, e dedupe.Evidence) error {
	_, err := t.exec(`INSERT INTO evidence(article, other, rule, score, words, at) VALUES(?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, max(a, b), min(a, b), e.Rule, e.Score, e.Words, t.now.Unix())
	return err
}

// splitByStory parts members into those of a's story and those of b's; the second is empty when they are one.
func splitByStory(members []member, a, b int64) (left, right []member) {
	var x, y int64
	for _, m := range members {
		if m.id == a {
			x = m.story
		}
		if m.id == b {
			y = m.story
		}
	}
	for _, m := range members {
		switch m.story {
		case x:
			left = append(left, m)
		case y:
			right = append(right, m)
		}
	}
	return left, right
}

// members are all articles of the stories of two articles.
func (t *tx) members(a, b int64) (all []member, err error) {
	err = t.rows(func(r *sql.Rows) error {
		var m member
		var final, canonical string
		err := r.Scan(append(m.fields(), (*string)(&m.picked), &final, &canonical)...)
		m.setPageKeys(final, canonical)
		all = append(all, m)
		return err
	}, memberQuery, a, b)
	return all, err
}

// setPageKeys keeps the addresses that a member's page leads to or calls its own, if they are another's and believed.
func (m *member) setPageKeys(final, canonical string) {
	own := link.Key(m.Link)
	if key := link.Key(final); key != "" && key != own {
		m.pageKeys = append(m.pageKeys, key)
	}
	if key := link.Key(canonical); key != own && link.TrustCanonical(m.Link, canonical) {
		m.pageKeys = append(m.pageKeys, key)
	}
}

const memberColumns = "SELECT " + rowColumns +
	", coalesce((SELECT min(p.day) FROM pick p WHERE p.article = a.id), ''), a.final, a.canonical" + rowTables

const memberQuery = `WITH head(id) AS (SELECT story FROM article WHERE id IN (?1, ?2)) ` +
	memberColumns + `WHERE a.id IN (SELECT id FROM head) UNION ALL ` +
	memberColumns + `WHERE a.story IN (SELECT id FROM head) AND a.story <> a.id`

// mergeStories makes one story of members.
func (t *tx) mergeStories(members []member) error {
	head := canonical(members)
	var shown broadsheet.Day
	for _, m := range members {
		if m.shown != "" && (shown == "" || m.shown < shown) {
			shown = m.shown
		}
	}
	for _, m := range members {
		if m.story == head.id && (m.shown != "" || shown == "") {
			continue
		}
		if m.shown == "" {
			m.shown = shown
		}
		if _, err := t.exec("UPDATE article SET story = ?, shown = nullif(?, '') WHERE id = ?", head.id, string(m.shown), m.id); err != nil {
			return err
		}
	}
	return t.firstDate(head, members)
}

// firstDate gives the article that speaks for a story the story's first date, if it was told one soon before its own:
// a copy may have been seen earlier than its original, but one that claims to be years older is not believed.
func (t *tx) firstDate(head member, members []member) error {
	if head.shown != "" || head.picked != "" {
		return nil
	}
	first := head.Published
	for _, m := range members {
		if m.Published.Before(first) && head.Published.Sub(m.Published) < soonAfter && m.shown == "" {
			first = m.Published
		}
	}
	if first.Equal(head.Published) {
		return nil
	}
	_, err := t.exec("UPDATE article SET published = ?2, updated = CASE updated WHEN published THEN ?2 ELSE updated END WHERE id = ?1",
		head.id, first.Unix())
	return err
}

// chooseCanonical lets another member speak for an article's story, if the rules do not want the one that does: a maintainer may
// take what a copy's source tells, and nothing of the original's.
func (t *tx) chooseCanonical(a *row) error {
	if a.story == a.id {
		if several, err := t.row([]any{new(int)}, "SELECT 1 FROM article WHERE story = ? AND story <> id LIMIT 1", a.id); err != nil || !several {
			return err
		}
	}
	members, err := t.members(a.id, a.id)
	if err != nil || canonical(members).id == members[0].story {
		return err
	}
	return t.mergeStories(members)
}

// canonical is the member that speaks for its story: the one that was shown; else one that is wanted; then the original
// before a copy that names it, a site of its own before a platform, a source that tells of its own site before one that tells of others; then the
// first, and of those of one date the one with the most text.
func canonical(members []member) member {
	named := map[string]bool{}
	for _, m := range members {
		for _, key := range m.pageKeys {
			named[key] = true
		}
	}
	slices.SortFunc(members, func(a, b member) int { return cmp.Compare(a.id, b.id) })
	return slices.MinFunc(members, func(a, b member) int {
		return cmp.Or(
			compareDays(a.picked, b.picked),
			falseFirst(!a.wanted, !b.wanted),
			falseFirst(!named[link.Key(a.Link)], !named[link.Key(b.Link)]),
			falseFirst(len(a.pageKeys) > 0, len(b.pageKeys) > 0),
			falseFirst(link.OnPlatform(a.Link), link.OnPlatform(b.Link)),
			falseFirst(!sameSite(a.Source, a.Link), !sameSite(b.Source, b.Link)),
			compareDates(a, b),
			falseFirst(a.Words < b.Words/2, b.Words < a.Words/2),
			a.Seen.Compare(b.Seen))
	})
}

// compareDates puts the earlier one first. A date is easily made up: of two that are far apart, the one that was seen first is
// believed.
func compareDates(a, b member) int {
	gap := a.Published.Sub(b.Published)
	if gap.Abs() > soonAfter && !a.Seen.Equal(b.Seen) {
		return a.Seen.Compare(b.Seen)
	}
	return cmp.Compare(gap, 0)
}

// soonAfter is how long after the original its copies come, if they bear another date.
const soonAfter = 7 * 24 * time.Hour

// compareDays puts the earlier day first, and none last.
func compareDays(a, b broadsheet.Day) int {
	if a == "" || b == "" {
		return falseFirst(a == "", b == "")
	}
	return cmp.Compare(a, b)
}

// falseFirst puts what is true last.
func falseFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
