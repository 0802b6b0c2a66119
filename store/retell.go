package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"broadsheet/store/dedupe"

	"broadsheet"
	"broadsheet/internal/excerpt"
	"broadsheet/internal/link"
)

// retell lets a sighting change the article that it speaks of, and tells whether title or text really changed. Only
// the source that speaks for the article may change it; that is the one that told it first, until the site that the
// article stands on tells of it itself, or the maintainer lists it. Anyone may tell of another site's article, and nobody can retitle it.
func (t *tx) retell(id int64, src *sourceRow, e *entry) (changed bool, err error) {
	a, err := t.article(id)
	if err != nil {
		return false, err
	}
	if a.Text, err = t.text(id); err != nil {
		return false, err
	}
	was, wasText := *a, a.Text
	taken := t.takeOver(a, src, e)
	if taken {
		if err := errors.Join(t.count(was.source, -1, &was), t.count(a.source, 1, a)); err != nil {
			return false, err
		}
	}
	if a.source != src.id {
		if err := t.lead(e.link, id); err != nil {
			return false, err
		}
		if err := t.crossed(a, e.link); err != nil {
			return false, err
		}
		return false, t.overhear(a, body(e.FeedItem))
	}
	changed = t.revise(a, e, taken)
	if a.Text != wasText {
		if err := t.setText(id, a.Text); err != nil {
			return false, err
		}
	}
	if err := t.lead(e.link, id); err != nil {
		return false, err
	}
	if err := t.crossed(a, e.link); err != nil {
		return false, err
	}
	if a.same(&was) && a.Text == wasText {
		return changed, nil
	}
	if link.Key(a.Link) != link.Key(was.Link) {
		if err := t.forgetPage(a); err != nil {
			return false, err
		}
	}
	a.need = a.needs(was.need == 2)
	if err := t.update(a); err != nil || a.Text == wasText && a.Title == was.Title {
		return changed, err
	}
	return changed, t.match(a)
}

// takeOver lets the site that an article stands on speak for it, if another one did or its own source was taken out of
// feeds.yaml; and the maintainer's own list in any case: its rules are those that let the article in.
func (t *tx) takeOver(a *row, src *sourceRow, e *entry) bool {
	switch {
	case a.source == src.id || strings.HasPrefix(a.Source, "list:"):
		return false
	case src.source.Kind == broadsheet.KindList:
	case !owns(src.source.URL, e.Link) || a.listed && owns(a.Source, a.Link) && owns(a.Source, e.Link):
		return false
	case link.Key(e.Link) != "":
		a.Link = link.Display(e.Link)
	}
	a.source, a.Source = src.id, src.source.ID()
	return true
}

// revise takes over what the source that speaks for an article tells now.
func (t *tx) revise(a *row, e *entry, taken bool) (changed bool) {
	if e.Title != "" && e.Title != a.Title {
		same := folded(e.Title) == folded(a.Title)
		if same || a.Title == "" || taken || a.turn("title "+folded(a.Title), "title "+folded(e.Title)) {
			changed = changed || !same && a.Title != "" && !taken
			a.Title = e.Title
		}
	}
	if text := body(e.FeedItem); text != "" && a.page == unread && text != a.Text && folded(text) != folded(a.Text) {
		better := a.Text == "" || taken
		switch {
		case better || contained(a.Text, text) >= 0.9 && len(text) >= len(a.Text): // the same, and more of it
			a.Text = text
		case contained(a.Text, text) < 0.9 && len(text) >= len(a.Text)/2 && a.turn("text "+folded(a.Text), "text "+folded(text)):
			a.Text, changed = text, true
		}
		if a.Text == text {
			a.Words = max(a.Words, excerpt.Words(e.Content))
		}
	}
	if changed {
		a.Updated = t.now
	}
	if told, ok := believed(e.Published, a.Seen); ok && a.shown == "" && (told.Before(a.Published) || !a.Dated || taken) {
		if a.Updated.Equal(a.Published) {
			a.Updated = told
		}
		a.Published, a.Dated = told, true
	}
	secured := strings.HasPrefix(e.Link, "https:") && strings.HasPrefix(a.Link, "http:")
	if key := link.Key(e.Link); key != "" && (secured || key != link.Key(a.Link)) { // a front page is no article's
		a.Link = link.Display(e.Link)
	}
	a.whole = excerpt.HasFullText(e.FeedItem) || a.whole && !taken
	fill(&a.Authors, e.Authors, taken)
	fill(&a.Tags, e.Tags, true)
	for to, from := range map[*string]string{&a.Language: e.Language, &a.Image: e.Image} {
		if *to == "" || taken && from != "" {
			*to = from
		}
	}
	text, origin := t.excerpt(e.FeedItem)
	quoted := !a.NoSnippet || origin == broadsheet.OriginNote
	if text != "" && quoted && (taken || rank(origin) <= rank(a.Origin)) {
		a.Excerpt, a.Origin = text, origin
	}
	return changed
}

// contained returns the share of the shorter of two texts that the other one has too; 0 when it is too short to tell.
func contained(a, b string) float64 {
	return dedupe.ShingleText(a).Containment(dedupe.ShingleText(b))
}

func fill(to *[]string, from []string, over bool) {
	if len(from) > 0 && (over || len(*to) == 0) {
		*to = from
	}
}

// rank orders origins, best first.
func rank(o broadsheet.Origin) int {
	return slices.Index([]broadsheet.Origin{broadsheet.OriginNote, broadsheet.OriginPage, broadsheet.OriginContent,
		broadsheet.OriginSummary, broadsheet.OriginDescription, broadsheet.OriginNone}, o)
}

// maxTurns is how often a work's title or text may change. A source that shows another one at every visit (a title
// that is being tested, a counter in the text) is not believed after that.
const maxTurns = 16

// turn tells whether a change from one wording to another counts, and remembers the old one: a wording that was left
// is not news when it comes back.
func (a *row) turn(from, to string) bool {
	if len(a.former)/8 >= maxTurns || former(a.former, to) {
		return false
	}
	a.former = binary.BigEndian.AppendUint64(bytes.Clone(a.former), uint64(hash(from)))
	return true
}

func former(all []byte, wording string) bool {
	want := binary.BigEndian.AppendUint64(nil, uint64(hash(wording)))
	for h := range slices.Chunk(all, 8) {
		if bytes.Equal(h, want) {
			return true
		}
	}
	return false
}

// same tells whether nothing that is stored differs, text apart.
func (a *row) same(b *row) bool {
	return a.source == b.source && a.Link == b.Link && a.Title == b.Title && slices.Equal(a.Authors, b.Authors) &&
		a.Published.Equal(b.Published) && a.Dated == b.Dated && a.Updated.Equal(b.Updated) && a.Language == b.Language &&
		a.Image == b.Image && slices.Equal(a.Tags, b.Tags) && a.Excerpt == b.Excerpt && a.Origin == b.Origin &&
		a.Words == b.Words && a.whole == b.whole && bytes.Equal(a.former, b.former)
}

// owns tells whether a source's address and a link belong to one site: to one account, where many authors share a host.
func owns(source, address string) bool {
	site := link.Site(source)
	return site != "" && site == link.Site(address)
}
