package store

import (
	"context"
	"fmt"
	"time"

	"broadsheet"
	"broadsheet/internal/excerpt"
	"broadsheet/internal/link"
)

// Answer is what a visit to a source brought: the visit to remember, and what was told.
type Answer struct {
	Source broadsheet.Source
	Visit  broadsheet.Visit
	Told   []broadsheet.FeedItem
	Held   bool      // it was not asked, as its host wants to be left alone: the visit only says when to come again
	Cut    []Excerpt // of each that was told, if they were cut beforehand: of a new source all are wanted; nil: Store.Excerpt is asked
}

// Excerpt is an article's excerpt and where it is from.
type Excerpt struct {
	Text   string
	Origin broadsheet.Origin
}

// Outcome counts what an answer's sightings were.
type Outcome struct {
	Source  string // Source.ID
	Fresh   int    // of articles not known before
	Known   int    // of known ones, told as before
	Changed int    // of known ones, with another title or text
	Rebound int    // of known ones, told under another guid or link than before
	Refused int    // of articles not known before, for which the source has no room left; they are not stored
	Event   string // Event.What of what the visit told of the source's health; empty: nothing that is to be told now
}

// Record stores what visits found and the visits themselves in one transaction: all answers, or none. It sets the
// First and Last of sightings from now, and ends the attempts.
func (s *Store) Record(ctx context.Context, now time.Time, answers ...Answer) ([]Outcome, error) {
	outcomes := make([]Outcome, len(answers))
	err := s.write(ctx, now, func(t *tx) error {
		for i, a := range answers {
			var err error
			if outcomes[i], err = t.answer(ctx, a); err != nil {
				return fmt.Errorf("recording %s: %w", a.Source.ID(), err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return outcomes, nil
}

func (t *tx) answer(ctx context.Context, a Answer) (Outcome, error) {
	out := Outcome{Source: a.Source.ID()}
	src, err := t.source(a.Source)
	if err != nil {
		return out, err
	}
	told := entries(a.Source, a.Told)
	for i := range a.Cut {
		told[i].cut = &a.Cut[i]
	}
	if err := t.sightings(ctx, src, told, &out); err != nil {
		return out, err
	}
	if err := t.count(src.id, 1, src.fresh...); err != nil {
		return out, err
	}
	if err := t.keepRoom(src); err != nil {
		return out, err
	}
	if len(a.Told) > 0 {
		a.Visit.Refused = out.Refused
	}
	if out.Refused > 0 { // what was refused is to be told again
		a.Visit.ETag, a.Visit.LastModified, a.Visit.BodyHash = "", "", ""
	}
	if err := t.changes(src, a.Visit, &out); err != nil {
		return out, err
	}
	end := t.endAttempt
	if !a.Held && a.Visit.Failures == 0 {
		end = t.clearAttempt
	}
	if err := end(AttemptSource, src.id); err != nil {
		return out, err
	}
	return out, t.setVisit(src.id, a.Visit)
}

// sightings stores what a document told: of known articles first, since what is left may be known ones in disguise.
func (t *tx) sightings(ctx context.Context, src *sourceRow, told []entry, out *Outcome) error {
	present := map[int64]bool{} // articles that it tells of under a guid or link that is known
	var unmatched []*entry
	before := src.told
	for i := range told {
		if err := ctx.Err(); err != nil {
			return err
		}
		id, err := t.sighting(src, &told[i], out)
		if err != nil {
			return err
		}
		if id == 0 {
			unmatched = append(unmatched, &told[i])
		}
		present[id] = true
	}
	if before {
		if err := t.recognise(src, unmatched, present); err != nil {
			return err
		}
	}
	stored := map[int64]bool{} // the names of what was stored since: it may have been the same
	for _, e := range unmatched {
		if err := ctx.Err(); err != nil {
			return err
		}
		if e.known != 0 || stored[e.guid] || stored[e.link] || stored[e.plain] {
			id, err := t.sighting(src, e, out)
			if err != nil {
				return err
			}
			if id != 0 {
				continue
			}
		}
		if !src.takesRoom(e) {
			out.Refused++
			continue
		}
		out.Fresh++
		if err := t.add(src, e); err != nil {
			return err
		}
		for _, name := range []int64{e.guid, e.link, e.plain} {
			stored[name] = name != 0
		}
	}
	return nil
}

// sighting stores one sighting of a known article, and returns 0 when it is of none.
func (t *tx) sighting(src *sourceRow, e *entry, out *Outcome) (int64, error) {
	id, before, err := t.find(src, e)
	if err != nil || id == 0 {
		return 0, err
	}
	e.article = id
	if before != nil && before.told == e.told {
		out.Known++
		return id, t.again(before)
	}
	if (before == nil || !before.as(e)) && !src.takesRoom(e) { // a new name of what is known takes room too
		out.Known++
		if before != nil {
			err = t.again(before)
		}
		return id, err
	}
	changed, err := t.retell(id, src, e)
	if err != nil {
		return 0, err
	}
	switch {
	case changed:
		out.Changed++
	case e.known != 0 || before != nil && !before.as(e):
		out.Rebound++
	default:
		out.Known++
	}
	return id, t.keep(src, e, id, before)
}

// add stores a new article and lets it find its story.
func (t *tx) add(src *sourceRow, e *entry) error {
	a := &row{source: src.id, whole: excerpt.HasFullText(e.FeedItem)}
	a.Article = broadsheet.Article{
		Key: e.key, Link: link.Display(e.Link), Source: src.source.ID(), Title: e.Title, Authors: e.Authors, Seen: t.now,
		Inherited: src.first.IsZero(), Language: e.Language, Image: e.Image, Tags: e.Tags, Words: excerpt.Words(e.Content), Text: body(e.FeedItem),
	}
	a.Published, a.Dated = believed(e.Published, t.now)
	a.Updated = a.Published
	if e.cut != nil {
		a.Excerpt, a.Origin = e.cut.Text, e.cut.Origin
	} else {
		a.Excerpt, a.Origin = t.excerpt(e.FeedItem)
	}
	generation := 0
	if by := t.s.scorer; by != nil {
		generation = by.generation
		by.score(a)
	}
	a.need = a.needs(a.wanted)
	if err := t.insert(a, generation); err != nil {
		return err
	}
	src.fresh = append(src.fresh, a)
	e.article = a.id
	if err := t.lead(e.link, a.id); err != nil {
		return err
	}
	if err := t.share(e, src.id); err != nil {
		return err
	}
	if a.Text != "" {
		if err := t.setText(a.id, a.Text); err != nil {
			return err
		}
	}
	if err := t.keep(src, e, a.id, nil); err != nil {
		return err
	}
	return t.match(a)
}

// share marks the link of e as one that leads to no single work. Another source's article keeps its link: naming it
// twice must not take it away.
func (t *tx) share(e *entry, source int64) error {
	if !e.sharedLink {
		return nil
	}
	_, err := t.exec(`INSERT INTO link(hash, shared) VALUES(?1, 1) ON CONFLICT DO UPDATE SET shared = 1
		WHERE shared = 0 AND (SELECT source FROM article WHERE id = link.article) = ?2`, e.plain, source)
	return err
}

// body is the fullest text of a sighting.
func body(s broadsheet.FeedItem) string {
	text := s.Content
	if len(s.Summary) > len(text) {
		text = s.Summary
	}
	return cut(text, broadsheet.MaxText)
}

// cut shortens text to at most n bytes, between two letters.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && text[n]&0xc0 == 0x80 {
		n--
	}
	return text[:n]
}

func (t *tx) excerpt(told ...broadsheet.FeedItem) (string, broadsheet.Origin) {
	if t.s.Excerpt == nil {
		return "", broadsheet.OriginNone
	}
	return t.s.Excerpt(told)
}

// needs says how much an article's page is needed: 2 when its excerpt is wanted, 1 when too little is known to judge
// it by, 0 when it was read or the source gave the whole text.
func (a *row) needs(wanted bool) int {
	switch {
	case a.page != unread || a.Link == "":
		return 0
	case a.HasTitle() && (a.Origin == broadsheet.OriginNote || a.Origin == broadsheet.OriginContent && a.whole):
		return 0
	case wanted:
		return 2
	case !a.HasTitle() || a.Text == "" && a.Excerpt == "" || a.Dead != broadsheet.Alive: // it may come back
		return 1
	}
	return 0
}

// believed is the date to go by: told, not before 1990 and not ahead of when it was seen. A date up to a day ahead is
// taken for a wrong time zone.
func believed(told, seen time.Time) (time.Time, bool) {
	switch {
	case told.Year() < 1990 || told.After(seen.Add(24*time.Hour)):
		return seen, false
	case told.After(seen):
		return seen, true
	}
	return told, true
}
