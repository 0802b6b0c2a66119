package store

import (
	"cmp"
	"database/sql"
	"slices"
	"time"

	"broadsheet"
	"broadsheet/internal/link"
	"broadsheet/store/dedupe"
)

// member is an article of a story.
type member struct {
	row
	pageKeys []string       // keys of other addresses that its page redirects to or declares as canonical
	picked   broadsheet.Day // day on which it was shown itself; empty: never
}

// maxStory is how many articles a story may have: one that grows beyond is probably a template that many sites share.
const maxStory = 64

// joinStories stores the evidence that two articles are one work, and merges their stories unless the maintainer or the
// titles keep an article of one apart from an article of the other.
func (t *tx) joinStories(a, b int64, e dedupe.Evidence) error {
	members, err := t.members(a, b)
	if err != nil {
		return err
	}
	if len(members) > maxStory && e.Rule != ruleJoin {
		return nil
	}
	left, right := splitByStory(members, a, b)
	if len(right) == 0 { // one story already
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

// anyDistinct reports whether an article of one side is distinct from one of the other by title and link. Two that are
// alone in their stories were compared already.
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

// titleOnly returns the fingerprint of a member's title and link, without its text.
func (m *member) titleOnly() dedupe.Fingerprint {
	return dedupe.NewFingerprint(m.Link, m.Title, "", time.Time{})
}

// ruleJoin is the rule, in the table evidence, of articles that feeds.yaml joins.
const ruleJoin = "join"

func (t *tx) saveEvidence(a, b int64, e dedupe.Evidence) error {
	_, err := t.exec(`INSERT INTO evidence(article, other, rule, score, words, at) VALUES(?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, max(a, b), min(a, b), e.Rule, e.Score, e.Detail, t.now.Unix())
	return err
}

// splitByStory splits members into those of a's story and those of b's; right is empty when they are of one story.
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

// members returns all articles of the stories of two articles.
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

// setPageKeys sets pageKeys from the addresses that a member's page redirects to (final) or declares as canonical, if
// they are other addresses, and the canonical one is trusted.
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
	canon := canonical(members)
	var shown broadsheet.Day
	for _, m := range members {
		if m.shown != "" && (shown == "" || m.shown < shown) {
			shown = m.shown
		}
	}
	for _, m := range members {
		if m.story == canon.id && (m.shown != "" || shown == "") {
			continue
		}
		if m.shown == "" {
			m.shown = shown
		}
		if _, err := t.exec("UPDATE article SET story = ?, shown = nullif(?, '') WHERE id = ?", canon.id, string(m.shown), m.id); err != nil {
			return err
		}
	}
	return t.setEarliestDate(canon, members)
}

// setEarliestDate sets the canonical article's date to the earliest date of the story, if that is less than soonAfter
// before its own: a copy may have been seen earlier than its original, but one that claims to be years older is not
// believed.
func (t *tx) setEarliestDate(canon member, members []member) error {
	if canon.shown != "" || canon.picked != "" {
		return nil
	}
	first := canon.Published
	for _, m := range members {
		if m.Published.Before(first) && canon.Published.Sub(m.Published) < soonAfter && m.shown == "" {
			first = m.Published
		}
	}
	if first.Equal(canon.Published) {
		return nil
	}
	_, err := t.exec("UPDATE article SET published = ?2, updated = CASE updated WHEN published THEN ?2 ELSE updated END WHERE id = ?1",
		canon.id, first.Unix())
	return err
}

// chooseCanonical chooses the canonical article of a story again after the rules scored one of its articles: a
// maintainer may want the articles of a copy's source, and none of the original's.
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

// canonical returns the canonical article of a story: the one that was shown; else one that the rules want; then the
// original before a copy whose page names it, an own site before a platform, a source that reports its own site before
// one that reports others; then the earliest, and of those with the same date the one with the most text.
func canonical(members []member) member {
	named := map[string]bool{} // keys of articles that the page of another one names
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
			falseFirst(!link.OnSameSite(a.Source, a.Link), !link.OnSameSite(b.Source, b.Link)),
			compareDates(a, b),
			falseFirst(a.Words < b.Words/2, b.Words < a.Words/2),
			a.Seen.Compare(b.Seen))
	})
}

// compareDates orders the earlier one first. A date is easily made up: of two that are far apart, the one that was seen
// first comes first.
func compareDates(a, b member) int {
	gap := a.Published.Sub(b.Published)
	if gap.Abs() > soonAfter && !a.Seen.Equal(b.Seen) {
		return a.Seen.Compare(b.Seen)
	}
	return cmp.Compare(gap, 0)
}

// soonAfter is how long after the original copies appear at most, if their dates differ.
const soonAfter = 7 * 24 * time.Hour

// compareDays orders the earlier day first, and the empty one last.
func compareDays(a, b broadsheet.Day) int {
	if a == "" || b == "" {
		return falseFirst(a == "", b == "")
	}
	return cmp.Compare(a, b)
}

// falseFirst orders false before true.
func falseFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
