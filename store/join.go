package store

import (
	"cmp"
	"database/sql"
	"slices"
	"time"

	"broadsheet"
)

// member is an article of a story.
type member struct {
	id, story int64
	key, link string
	source    string // address of the source that speaks for it
	title     string
	published time.Time
	seen      time.Time
	inherited bool
	canonical string // key that its page names
	picked    string // day that it was shown itself; empty: never
	shown     string // day that it counts as shown
	work      broadsheet.Work
}

// maxStory is how many articles a story may have: one that keeps growing is a template that many sites share.
const maxStory = 64

// connect keeps the evidence that two articles are one work, and joins their stories unless a member of one is apart from
// a member of the other.
func (t *tx) connect(a, b int64, e broadsheet.Evidence) error {
	members, err := t.members(a, b)
	if err != nil {
		return err
	}
	if len(members) > maxStory && e.Rule != ruleJoin {
		return nil
	}
	left, right := stories(members, a, b)
	if len(right) == 0 { // one already
		return t.keepEvidence(a, b, e)
	}
	if split, err := t.split(left, right); err != nil || split {
		return err
	}
	if e.Rule != ruleJoin && anyApart(left, right) {
		return nil
	}
	if err := t.keepEvidence(a, b, e); err != nil {
		return err
	}
	return t.unite(members)
}

func anyApart(left, right []member) bool {
	for _, x := range left {
		for _, y := range right {
			if broadsheet.Apart(x.work, y.work) {
				return true
			}
		}
	}
	return false
}

const ruleJoin = "join"

func (t *tx) keepEvidence(a, b int64, e broadsheet.Evidence) error {
	_, err := t.exec(`INSERT INTO evidence(article, other, rule, score, words, at) VALUES(?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, max(a, b), min(a, b), e.Rule, e.Score, e.Words, t.now.Unix())
	return err
}

// stories parts members into those of a's story and those of b's; the second is empty when they are one.
func stories(members []member, a, b int64) (left, right []member) {
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
		var day, shown broadsheet.Day
		err := r.Scan(&m.id, &m.story, &m.key, &m.link, &m.source, &m.title, moment{&m.published}, moment{&m.seen}, &m.inherited,
			&m.canonical, dayColumn{&day}, dayColumn{&shown})
		m.picked, m.shown = string(day), string(shown)
		m.work = broadsheet.NewWork(m.link, m.title, "", time.Time{})
		m.canonical = broadsheet.LinkKey(m.canonical)
		all = append(all, m)
		return err
	}, memberQuery, a, b)
	return all, err
}

const memberColumns = `SELECT a.id, a.story, a.key, a.link, s.address, a.title, a.published, a.seen, a.inherited, a.canonical,
	(SELECT min(p.day) FROM pick p WHERE p.article = a.id), a.shown FROM article a JOIN source s ON s.id = a.source `

const memberQuery = `WITH h(id) AS (SELECT story FROM article WHERE id IN (?1, ?2)) ` +
	memberColumns + `WHERE a.id IN (SELECT id FROM h) UNION ALL ` +
	memberColumns + `WHERE a.story IN (SELECT id FROM h) AND a.story <> a.id`

// unite makes one story of members.
func (t *tx) unite(members []member) error {
	head := headOf(members)
	shown := ""
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
		if _, err := t.exec("UPDATE article SET story = ?, shown = nullif(?, '') WHERE id = ?", head.id, m.shown, m.id); err != nil {
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
	first := head.published
	for _, m := range members {
		if m.published.Before(first) && head.published.Sub(m.published) < aheadOfCopy && m.shown == "" {
			first = m.published
		}
	}
	if first.Equal(head.published) {
		return nil
	}
	_, err := t.exec("UPDATE article SET published = ?2, updated = CASE updated WHEN published THEN ?2 ELSE updated END WHERE id = ?1",
		head.id, first.Unix())
	return err
}

const aheadOfCopy = 7 * 24 * time.Hour

// headOf is the member that speaks for its story: the one that was shown; else the original before a copy that names it,
// a site of its own before a platform, a source that tells of its own site before one that tells of others; then the
// first.
func headOf(members []member) member {
	named := map[string]bool{}
	for _, m := range members {
		if m.canonical != "" && m.canonical != broadsheet.LinkKey(m.link) && broadsheet.CanonicalBelieved(m.link, "https://"+m.canonical) {
			named[m.canonical] = true
		}
	}
	return slices.MinFunc(members, func(a, b member) int {
		return cmp.Or(
			byDay(a.picked, b.picked),
			no(named[broadsheet.LinkKey(a.link)], named[broadsheet.LinkKey(b.link)]),
			yes(pointsAway(a), pointsAway(b)),
			yes(broadsheet.OnPlatform(a.link), broadsheet.OnPlatform(b.link)),
			no(owns(a.source, a.link), owns(b.source, b.link)),
			a.since().Compare(b.since()),
			a.seen.Compare(b.seen),
			cmp.Compare(a.id, b.id))
	})
}

func pointsAway(m member) bool {
	return m.canonical != "" && broadsheet.Site(m.link) != broadsheet.Site("https://"+m.canonical)
}

// since is when a work was there, as far as it can be believed: a date is easily made up, and one long before it was
// first told counts only for what a source had when it was new here.
func (m member) since() time.Time {
	if told := m.seen.Add(-aheadOfCopy); !m.inherited && m.published.Before(told) {
		return told
	}
	return m.published
}

// byDay puts the earlier day first, and none last.
func byDay(a, b string) int {
	if a == "" || b == "" {
		return no(a != "", b != "")
	}
	return cmp.Compare(a, b)
}

// no puts what is true first; yes puts it last.
func no(a, b bool) int { return yes(b, a) }

func yes(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
