// Package edition composes one day's edition from the wanted articles that were never shown: a greedy selection by
// score, with limits per source and a quota for the backlog.
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

// Composer judges articles and composes editions by feeds.yaml, whose rules it has compiled. It is safe for use by many
// goroutines, but for SetSourceNames.
type Composer struct {
	Config config.Config
	Rules  *rules.Rules

	boilerplate *excerpt.Boilerplate
	sources     map[string]broadsheet.Source // by Source.ID
}

// NewComposer compiles the rules of conf.
func NewComposer(conf config.Config) *Composer {
	c := &Composer{
		Config: conf, Rules: rules.New(conf), boilerplate: excerpt.DefaultPatterns,
		sources: make(map[string]broadsheet.Source, len(conf.Sources)),
	}
	if b, err := excerpt.NewBoilerplate(conf.Boilerplate); err == nil { // config.Parse has reported any error
		c.boilerplate = b
	}
	for _, s := range conf.Sources {
		c.sources[s.ID()] = s
	}
	return c
}

// Source returns the source of feeds.yaml with this ID.
func (c *Composer) Source(id string) (broadsheet.Source, bool) {
	s, ok := c.sources[id]
	return s, ok
}

// maxName is how many runes the title of a feed may have to be used as its source's name: a longer one is not a name.
const maxName = 60

// SetSourceNames sets the names of the sources that feeds.yaml does not name to the titles of their feeds; titles is by
// Source.ID. A title that is the name of another source too would be ambiguous, so it is not used. It must not be
// called while other methods run.
func (c *Composer) SetSourceNames(titles map[string]string) {
	uses := map[string]int{} // by name in lower case
	for _, s := range c.Config.Sources {
		name := s.Name
		if title := titles[s.ID()]; s.Unnamed && title != "" {
			name = title
		}
		uses[strings.ToLower(name)]++
	}
	c.Config.Sources = slices.Clone(c.Config.Sources)
	for i, s := range c.Config.Sources {
		title := titles[s.ID()]
		if !s.Unnamed || title == "" || utf8.RuneCountInString(title) > maxName || uses[strings.ToLower(title)] > 1 {
			continue
		}
		s.Name = title
		c.Config.Sources[i], c.sources[s.ID()] = s, s
	}
}

// Judge returns whether an article may be in an edition, and why. An article whose source is no longer in feeds.yaml
// may not.
func (c *Composer) Judge(a broadsheet.Article) rules.Verdict {
	s, ok := c.sources[a.Source]
	if !ok {
		return rules.Verdict{Why: []broadsheet.Reason{{Rule: "source is not in feeds.yaml", Field: "source", Words: a.Source}}}
	}
	v := c.Rules.Judge(a, s)
	if why := rules.Ineligible(a, s); why != "" {
		v.Wanted = false
		v.Why = append(v.Why, broadsheet.Reason{Rule: "kept out: " + why})
	}
	return v
}

// Input is what an edition is composed from.
type Input struct {
	Fresh     []broadsheet.Candidate    // wanted for the first time since the last edition
	Backlog   []broadsheet.Candidate    // the best of each source; may repeat those of Fresh
	Waiting   int                       // how many wanted articles were never shown, including these
	LastShown map[string]broadsheet.Day // Source.ID → the last day on which an article of it was shown, if recent
	Editions  int                       // how many editions there were before
}

// Penalties that lower a candidate's rank, in points of score.
const (
	sameSource    = 3 // for each pick that the edition has from its source already
	sameTopic     = 1 // if a pick of the edition has its first topic already
	shownRecently = 2 // backlog only: if its source was shown in the last week
)

// recentDays is how many days back LastShown counts against a source's backlog.
const recentDays = 7

// Compose returns the edition of day, cut at the time at. It is a pure function of its arguments and the configuration:
// the same facts give the same edition, in whatever order they come. New articles come first, the best before the
// others; a thin day is filled up from the backlog; articles without a text come after all that have one. The picks
// still lack what Fill adds.
func (c *Composer) Compose(day broadsheet.Day, at time.Time, in Input) broadsheet.Edition {
	e := broadsheet.Edition{Day: day, Number: in.Editions + 1, At: at, Sources: len(c.Config.Sources)}
	r := c.Config.Edition
	fresh, freshBare, old, oldBare := c.candidates(at, in)

	score := func(p broadsheet.Pick) float64 { return p.Score }
	since := broadsheet.Day(at.In(r.Location).AddDate(0, 0, -recentDays).Format(broadsheet.DayFormat))
	oldScore := func(p broadsheet.Pick) float64 {
		if shown := in.LastShown[p.Source]; shown != "" && shown >= since {
			return p.Score - shownRecently
		}
		return p.Score
	}
	byTieBreak := func(x, y broadsheet.Pick) int {
		return cmp.Or(cmp.Compare(tieBreak(day, x.Key), tieBreak(day, y.Key)), cmp.Compare(x.Key, y.Key))
	}
	s := &selection{size: r.Size, perSource: r.PerSource, bySource: map[string]int{}, byTopic: map[string]bool{}}
	s.add(fresh, r.Size, score, newestFirst)
	s.add(old, quota(r, in), oldScore, byTieBreak)
	s.add(freshBare, r.Size, score, newestFirst)
	s.add(oldBare, quota(r, in), oldScore, byTieBreak)

	e.Picks = append(e.Picks, s.picks...)
	e.More = more(slices.Concat(fresh, freshBare), s)
	e.Waiting = max(0, in.Waiting-len(e.Picks))
	return e
}

// newestFirst orders picks by date, the newest first.
func newestFirst(x, y broadsheet.Pick) int {
	return cmp.Or(y.Published.Compare(x.Published), cmp.Compare(x.Key, y.Key))
}

// Fill sets everything that an edition shows of a pick, given the whole article with its text.
func (c *Composer) Fill(p *broadsheet.Pick, whole broadsheet.Article) {
	v := c.Judge(whole)
	p.Article, p.Topics, p.Company, p.Score, p.Why = whole, v.Topics, v.Company, v.Score, v.Why
	p.Excerpt, p.Text = c.boilerplate.Recompute(whole), "" // an edition keeps only what it shows
}

// quota returns how many picks an edition has at least while the backlog lasts: a share that makes the backlog last a
// year. The first edition is full, so that a new site shows what it can be.
func quota(r broadsheet.EditionRules, in Input) int {
	const year = 365
	switch {
	case r.Backlog > 0:
		return min(r.Backlog, r.Size)
	case in.Editions == 0:
		return r.Size
	default:
		return min(max(1, (in.Waiting+year-1)/year), r.Size)
	}
}

// DaysOfBacklog returns how many days the backlog fills editions if nothing new comes; waiting is how many wanted
// articles were never shown.
func DaysOfBacklog(r broadsheet.EditionRules, waiting int) (days int) {
	for waiting > 0 && r.Size > 0 {
		waiting -= quota(r, Input{Waiting: waiting, Editions: 1})
		days++
	}
	return days
}

// candidates returns the candidates as picks, each article once. fresh are those that are news at the time at, old the
// others; freshBare and oldBare are those of them that have no text.
func (c *Composer) candidates(at time.Time, in Input) (fresh, freshBare, old, oldBare []broadsheet.Pick) {
	seen := map[string]bool{} // by Key
	oldest := at.AddDate(0, 0, -c.Config.Edition.FreshDays)
	add := func(candidates []broadsheet.Candidate, mayBeNews bool) {
		for _, a := range candidates {
			if seen[a.Key] {
				continue
			}
			seen[a.Key] = true
			p := broadsheet.Pick{
				Article:    broadsheet.Article{Key: a.Key, Link: a.Link, Title: a.Title, Source: a.Source, Published: a.Published},
				SourceName: c.sources[a.Source].Name, Score: a.Score, Bare: a.Bare,
			}
			if a.Topic != "" {
				p.Topics = []string{a.Topic}
			}
			p.Backlog = !(mayBeNews && a.Published.After(oldest) && (a.Dated || !a.Inherited))
			switch {
			case p.Backlog && p.Bare:
				oldBare = append(oldBare, p)
			case p.Backlog:
				old = append(old, p)
			case p.Bare:
				freshBare = append(freshBare, p)
			default:
				fresh = append(fresh, p)
			}
		}
	}
	add(in.Fresh, true)
	add(in.Backlog, false)
	return fresh, freshBare, old, oldBare
}

// selection holds an edition's picks while it is composed.
type selection struct {
	size, perSource int // limits: of all picks, and of those from one source
	picks           []broadsheet.Pick
	bySource        map[string]int  // Source.ID → number of picks
	byTopic         map[string]bool // first topics of the picks
}

// add moves the best of candidates into the selection, one at a time, until it holds upTo picks. Each is chosen anew,
// because every pick changes the penalties of the others. tie orders candidates of equal score.
func (s *selection) add(candidates []broadsheet.Pick, upTo int, score func(broadsheet.Pick) float64, tie func(x, y broadsheet.Pick) int) {
	left := slices.Clone(candidates)
	slices.SortFunc(left, tie)
	for len(s.picks) < min(upTo, s.size) {
		best, bestScore := -1, 0.0
		for i, p := range left {
			if s.bySource[p.Source] >= s.perSource {
				continue
			}
			if x := score(p) - s.penalty(p); best < 0 || x > bestScore {
				best, bestScore = i, x
			}
		}
		if best < 0 {
			return
		}
		s.take(left[best])
		left = slices.Delete(left, best, best+1)
	}
}

// penalty returns the points that p loses because of the picks so far.
func (s *selection) penalty(p broadsheet.Pick) float64 {
	points := float64(sameSource * s.bySource[p.Source])
	if len(p.Topics) > 0 && s.byTopic[p.Topics[0]] {
		points += sameTopic
	}
	return points
}

// take adds one pick.
func (s *selection) take(p broadsheet.Pick) {
	s.picks = append(s.picks, p)
	s.bySource[p.Source]++
	if len(p.Topics) > 0 {
		s.byTopic[p.Topics[0]] = true
	}
}

// more returns, for each source in the edition, its new articles that the limit per source left out, the newest first.
func more(fresh []broadsheet.Pick, s *selection) []broadsheet.SourceOverflow {
	picked := map[string]bool{}
	for _, p := range s.picks {
		picked[p.Key] = true
	}
	left := slices.DeleteFunc(slices.Clone(fresh), func(p broadsheet.Pick) bool { return picked[p.Key] || s.bySource[p.Source] == 0 })
	slices.SortFunc(left, newestFirst)
	var all []broadsheet.SourceOverflow
	for _, p := range s.picks {
		if slices.ContainsFunc(all, func(m broadsheet.SourceOverflow) bool { return m.SourceName == p.SourceName }) {
			continue
		}
		m := broadsheet.SourceOverflow{SourceName: p.SourceName}
		for _, l := range left {
			if l.Source != p.Source {
				continue
			}
			if m.Total++; m.Total <= broadsheet.MaxOverflowArticles {
				m.Articles = append(m.Articles, broadsheet.SourceLink{SourceName: l.SourceName, Link: l.Link, Title: l.Title})
			}
		}
		if m.Total > 0 {
			all = append(all, m)
		}
	}
	return all
}

// tieBreak returns a hash of key and day, so that among equals in the backlog not always the same source comes first.
func tieBreak(day broadsheet.Day, key string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(day))
	h.Write([]byte{0})
	h.Write([]byte(key))
	return h.Sum64()
}
