// Package edition composes one day's edition from the articles that the rules want and that were never shown.
package edition

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"broadsheet"
	"broadsheet/internal/config"
	"broadsheet/internal/excerpt"
	"broadsheet/internal/rules"
)

// Composer is where the editor sits: feeds.yaml with its rules compiled. It is safe for use by many goroutines.
type Composer struct {
	Config config.Config
	Rules  *rules.Rules

	boilerplate *excerpt.Boilerplate
	sources     map[string]broadsheet.Source
}

// NewComposer compiles the rules of c once.
func NewComposer(c config.Config) *Composer {
	d := &Composer{Config: c, Rules: rules.NewRules(c), boilerplate: excerpt.DefaultPatterns, sources: make(map[string]broadsheet.Source, len(c.Sources))}
	if b, err := excerpt.NewBoilerplate(c.Boilerplate); err == nil { // what is wrong with it ParseConfig told
		d.boilerplate = b
	}
	for _, s := range c.Sources {
		d.sources[s.ID()] = s
	}
	return d
}

// Source finds a source of feeds.yaml by its ID.
func (d *Composer) Source(id string) (broadsheet.Source, bool) {
	s, ok := d.sources[id]
	return s, ok
}

// maxName caps, in runes, what a source may call itself: more is no name.
const maxName = 60

// SetSourceNames lets the sources that feeds.yaml does not name go by what they call themselves; titles is by Source.ID. A
// title that another source goes by as well tells nobody apart, so it is not used. It is not safe beside other calls.
func (d *Composer) SetSourceNames(titles map[string]string) {
	goBy := map[string]int{}
	for _, s := range d.Config.Sources {
		name := s.Name
		if title := titles[s.ID()]; s.Unnamed && title != "" {
			name = title
		}
		goBy[strings.ToLower(name)]++
	}
	d.Config.Sources = slices.Clone(d.Config.Sources)
	for i, s := range d.Config.Sources {
		title := titles[s.ID()]
		if !s.Unnamed || title == "" || utf8.RuneCountInString(title) > maxName || goBy[strings.ToLower(title)] > 1 {
			continue
		}
		s.Name = title
		d.Config.Sources[i], d.sources[s.ID()] = s, s
	}
}

// Judge says whether an article may enter an edition, and why. An article whose source is no longer in feeds.yaml may not.
func (d *Composer) Judge(a broadsheet.Article) rules.Verdict {
	s, ok := d.sources[a.Source]
	if !ok {
		return rules.Verdict{Why: []broadsheet.Reason{{Rule: "source is not in feeds.yaml", Field: "source", Words: a.Source}}}
	}
	v := d.Rules.Judge(a, s)
	if why := rules.Barred(a, s); why != "" {
		v.Wanted = false
		v.Why = append(v.Why, broadsheet.Reason{Rule: "kept out: " + why})
	}
	return v
}

// Input is what an edition is composed from.
type Input struct {
	Fresh     []broadsheet.Candidate    // first wanted since the last edition
	Backlog   []broadsheet.Candidate    // the best of each source; may repeat those of Fresh
	Waiting   int                       // how many wanted articles were never shown, these included
	LastShown map[string]broadsheet.Day // Source.ID → the last day one of its articles was shown, of late
	Editions  int                       // how many editions came before
}

// What pulls a candidate back, in points of score.
const (
	sameSource  = 3 // each pick that the edition has from its source already
	sameTopic   = 1 // a pick of the edition has its first topic already
	shownLately = 2 // backlog only: its source was shown in the last week
)

// lately is how many days back LastShown counts against a source's backlog.
const lately = 7

// Compose is the edition of day, cut at at. It depends on nothing else: the same facts give the same edition, in
// whatever order they come. New articles first, best first; a thin day is filled up from the backlog; what has no text comes
// after all that has. Its picks are to be filled in by Present.
func (d *Composer) Compose(day broadsheet.Day, at time.Time, stock Input) broadsheet.Edition {
	e := broadsheet.Edition{Day: day, Number: stock.Editions + 1, At: at, Sources: len(d.Config.Sources)}
	rules := d.Config.Edition
	fresh, old := d.candidates(at, stock)

	b := &selection{size: rules.Size, perSource: rules.PerSource, bySource: map[string]int{}, byTopic: map[string]bool{}}
	byRank := func(x, y broadsheet.Pick) int {
		return cmp.Or(y.Published.Compare(x.Published), cmp.Compare(x.Key, y.Key))
	}
	fresh, freshBare := partBare(fresh)
	old, oldBare := partBare(old)
	own := func(p broadsheet.Pick) float64 { return p.Score }
	b.add(fresh, rules.Size, own, byRank)

	since := broadsheet.Day(at.In(rules.Location).AddDate(0, 0, -lately).Format(broadsheet.DayFormat))
	score := func(p broadsheet.Pick) float64 {
		if shown := stock.LastShown[p.Source]; shown != "" && shown >= since {
			return p.Score - shownLately
		}
		return p.Score
	}
	byDraw := func(x, y broadsheet.Pick) int {
		return cmp.Or(cmp.Compare(tieBreak(day, x.Key), tieBreak(day, y.Key)), cmp.Compare(x.Key, y.Key))
	}
	b.add(old, quota(rules, stock), score, byDraw)
	b.add(freshBare, rules.Size, own, byRank)
	b.add(oldBare, quota(rules, stock), score, byDraw)

	e.Picks = append(e.Picks, b.picks...)
	e.More = more(slices.Concat(fresh, freshBare), b)
	e.Waiting = max(0, stock.Waiting-len(e.Picks))
	return e
}

// Fill gives a pick all that an edition shows of it, from the whole article with its text.
func (d *Composer) Fill(p *broadsheet.Pick, whole broadsheet.Article) {
	v := d.Judge(whole)
	p.Article, p.Topics, p.Company, p.Score, p.Why = whole, v.Topics, v.Company, v.Score, v.Why
	p.Excerpt, p.Text = d.boilerplate.Recut(whole), "" // an edition keeps what it shows
}

// quota is how many picks a day has at least, as long as the backlog lasts: a share that makes it last a year. The first
// edition is full: a newcomer's paper shows what it can be.
func quota(r broadsheet.EditionRules, stock Input) int {
	const year = 365
	switch {
	case r.Backlog > 0:
		return min(r.Backlog, r.Size)
	case stock.Editions == 0:
		return r.Size
	default:
		return min(max(1, (stock.Waiting+year-1)/year), r.Size)
	}
}

// DaysOfBacklog is how many days the backlog fills up editions when nothing new comes and waiting wanted articles were never shown.
func DaysOfBacklog(r broadsheet.EditionRules, waiting int) (days int) {
	for waiting > 0 && r.Size > 0 {
		waiting -= quota(r, Input{Waiting: waiting, Editions: 1})
		days++
	}
	return days
}

// candidates parts what may be picked into what is news at at and what is not, each article once.
func (d *Composer) candidates(at time.Time, stock Input) (fresh, old []broadsheet.Pick) {
	seen := map[string]bool{}
	oldest := at.AddDate(0, 0, -d.Config.Edition.FreshDays)
	each := func(candidates []broadsheet.Candidate, mayBeNews bool) {
		for _, c := range candidates {
			if seen[c.Key] {
				continue
			}
			seen[c.Key] = true
			p := broadsheet.Pick{Article: broadsheet.Article{Key: c.Key, Link: c.Link, Title: c.Title, Source: c.Source, Published: c.Published},
				SourceName: d.sources[c.Source].Name, Score: c.Score}
			p.Bare = c.Bare
			if c.Topic != "" {
				p.Topics = []string{c.Topic}
			}
			if mayBeNews && c.Published.After(oldest) && (c.Dated || !c.Inherited) {
				fresh = append(fresh, p)
				continue
			}
			p.Backlog = true
			old = append(old, p)
		}
	}
	each(stock.Fresh, true)
	each(stock.Backlog, false)
	return fresh, old
}

// partBare parts picks into those that have a text and those that do not.
func partBare(picks []broadsheet.Pick) (whole, bare []broadsheet.Pick) {
	for _, p := range picks {
		if p.Bare {
			bare = append(bare, p)
		} else {
			whole = append(whole, p)
		}
	}
	return whole, bare
}

// selection holds an edition's picks while it is composed.
type selection struct {
	size, perSource int
	picks           []broadsheet.Pick
	bySource        map[string]int
	byTopic         map[string]bool
}

// add takes the best of from, one after the other, until the basket holds upTo picks; what is already in it pulls its
// own kind back, so each is chosen anew.
func (b *selection) add(from []broadsheet.Pick, upTo int, score func(broadsheet.Pick) float64, tie func(x, y broadsheet.Pick) int) {
	left := slices.Clone(from)
	slices.SortFunc(left, tie)
	for len(b.picks) < min(upTo, b.size) {
		best, bestScore := -1, 0.0
		for i, p := range left {
			if b.bySource[p.Source] >= b.perSource {
				continue
			}
			if s := score(p) - b.penalty(p); best < 0 || s > bestScore {
				best, bestScore = i, s
			}
		}
		if best < 0 {
			return
		}
		b.take(left[best])
		left = slices.Delete(left, best, best+1)
	}
}

func (b *selection) penalty(p broadsheet.Pick) float64 {
	pull := float64(sameSource * b.bySource[p.Source])
	if len(p.Topics) > 0 && b.byTopic[p.Topics[0]] {
		pull += sameTopic
	}
	return pull
}

func (b *selection) take(p broadsheet.Pick) {
	b.picks = append(b.picks, p)
	b.bySource[p.Source]++
	if len(p.Topics) > 0 {
		b.byTopic[p.Topics[0]] = true
	}
}

// more lists, for each source in the edition, the new articles that its share left out, newest first.
func more(fresh []broadsheet.Pick, b *selection) []broadsheet.More {
	taken := map[string]bool{}
	for _, p := range b.picks {
		taken[p.Key] = true
	}
	left := slices.DeleteFunc(slices.Clone(fresh), func(p broadsheet.Pick) bool { return taken[p.Key] || b.bySource[p.Source] == 0 })
	slices.SortFunc(left, func(x, y broadsheet.Pick) int {
		return cmp.Or(y.Published.Compare(x.Published), cmp.Compare(x.Key, y.Key))
	})
	var all []broadsheet.More
	for _, p := range b.picks {
		if slices.ContainsFunc(all, func(m broadsheet.More) bool { return m.SourceName == p.SourceName }) {
			continue
		}
		m := broadsheet.More{SourceName: p.SourceName}
		for _, l := range left {
			if l.Source != p.Source {
				continue
			}
			if m.Total++; m.Total <= broadsheet.MaxMore {
				m.Articles = append(m.Articles, broadsheet.Also{SourceName: l.SourceName, Link: l.Link, Title: l.Title})
			}
		}
		if m.Total > 0 {
			all = append(all, m)
		}
	}
	return all
}

// tieBreak is a lot for key that changes by the day, so that ties in the backlog do not always fall to the same source.
func tieBreak(day broadsheet.Day, key string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(day))
	h.Write([]byte{0})
	h.Write([]byte(key))
	return h.Sum64()
}
