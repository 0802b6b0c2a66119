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

// updateArticle lets a sighting change the article that it speaks of, and tells whether title or text really changed. Only
// the source that speaks for the article may change it; that is the one that told it first, until the site that the
// article stands on tells of it itself, or the maintainer lists it. Anyone may tell of another site's article, and nobody can retitle it.
func (t *tx) updateArticle(id int64, src *sourceRow, e *item) (changed bool, err error) {
	a, err := t.article(id)
	if err != nil {
		return false, err
	}
	if a.Text, err = t.text(id); err != nil {
		return false, err
	}
	was, wasText := *a, a.Text
	taken := t.changeOwner(a, src, e)
	if taken {
		if err := errors.Join(t.count(was.source, -1, &was), t.count(a.source, 1, a)); err != nil {
			return false, err
		}
	}
	if a.source != src.id {
		if err := t.addLink(e.linkHash, id); err != nil {
			return false, err
		}
		if err := t.mergeByLink(a, e.linkHash); err != nil {
			return false, err
		}
		return false, t.storeAlternateText(a, longestText(e.FeedItem))
	}
	changed = t.recordRevision(a, e, taken)
	if a.Text != wasText {
		if err := t.setText(id, a.Text); err != nil {
			return false, err
		}
	}
	if err := t.addLink(e.linkHash, id); err != nil {
		return false, err
	}
	if err := t.mergeByLink(a, e.linkHash); err != nil {
		return false, err
	}
	if a.equalStored(&was) && a.Text == wasText {
		return changed, nil
	}
	if link.Key(a.Link) != link.Key(was.Link) {
		if err := t.resetPage(a); err != nil {
			return false, err
		}
	}
	a.need = a.pageNeed(was.need == 2)
	if err := t.update(a); err != nil || a.Text == wasText && a.Title == was.Title {
		return changed, err
	}
	return changed, t.match(a)
}

// changeOwner lets the site that an article stands on speak for it, if another one did or its own source was taken out of
// feeds.yaml; and the maintainer's own list in any case: its rules are those that let the article in.
func (t *tx) changeOwner(a *row, src *sourceRow, e *item) bool {
	switch {
	case a.source == src.id || strings.HasPrefix(a.Source, "list:"):
		return false
	case src.source.Kind == broadsheet.KindList:
	case !sameSite(src.source.URL, e.Link) || a.listed && sameSite(a.Source, a.Link) && sameSite(a.Source, e.Link):
		return false
	case link.Key(e.Link) != "":
		a.Link = link.Display(e.Link)
	}
	a.source, a.Source = src.id, src.source.ID()
	return true
}

// recordRevision takes over what the source that speaks for an article tells now.
func (t *tx) recordRevision(a *row, e *item, taken bool) (changed bool) {
	if e.Title != "" && e.Title != a.Title {
		same := folded(e.Title) == folded(a.Title)
		if same || a.Title == "" || taken || a.acceptRevision("title "+folded(a.Title), "title "+folded(e.Title)) {
			changed = changed || !same && a.Title != "" && !taken
			a.Title = e.Title
		}
	}
	if text := longestText(e.FeedItem); text != "" && a.page == unread && text != a.Text && folded(text) != folded(a.Text) {
		better := a.Text == "" || taken
		switch {
		case better || containment(a.Text, text) >= 0.9 && len(text) >= len(a.Text): // the same, and more of it
			a.Text = text
		case containment(a.Text, text) < 0.9 && len(text) >= len(a.Text)/2 && a.acceptRevision("text "+folded(a.Text), "text "+folded(text)):
			a.Text, changed = text, true
		}
		if a.Text == text {
			a.Words = max(a.Words, excerpt.Words(e.Content))
		}
	}
	if changed {
		a.Updated = t.now
	}
	if told, ok := plausibleDate(e.Published, a.Seen); ok && a.shown == "" && (told.Before(a.Published) || !a.Dated || taken) {
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
	setIfEmpty(&a.Authors, e.Authors, taken)
	setIfEmpty(&a.Tags, e.Tags, true)
	for to, from := range map[*string]string{&a.Language: e.Language, &a.Image: e.Image} {
		if *to == "" || taken && from != "" {
			*to = from
		}
	}
	text, origin := t.excerpt(e.FeedItem)
	quoted := !a.NoSnippet || origin == broadsheet.OriginNote
	if text != "" && quoted && (taken || originRank(origin) <= originRank(a.Origin)) {
		a.Excerpt, a.Origin = text, origin
	}
	return changed
}

// containment returns the share of the shorter of two texts that the other one has too; 0 when it is too short to tell.
func containment(a, b string) float64 {
	return dedupe.ShingleText(a).Containment(dedupe.ShingleText(b))
}

func setIfEmpty(to *[]string, from []string, over bool) {
	if len(from) > 0 && (over || len(*to) == 0) {
		*to = from
	}
}

// originRank orders origins, best first.
func originRank(o broadsheet.Origin) int {
	return slices.Index([]broadsheet.Origin{broadsheet.OriginNote, broadsheet.OriginPage, broadsheet.OriginContent,
		broadsheet.OriginSummary, broadsheet.OriginDescription, broadsheet.OriginNone}, o)
}

// maxRevisions is how often a work's title or text may change. A source that shows another one at every visit (a title
// that is being tested, a counter in the text) is not believed after that.
const maxRevisions = 16

// acceptRevision tells whether a change from one wording to another counts, and remembers the old one: a wording that was left
// is not news when it comes back.
func (a *row) acceptRevision(from, to string) bool {
	if len(a.former)/8 >= maxRevisions || containsHash(a.former, to) {
		return false
	}
	a.former = binary.BigEndian.AppendUint64(bytes.Clone(a.former), uint64(hash(from)))
	return true
}

func containsHash(all []byte, wording string) bool {
	want := binary.BigEndian.AppendUint64(nil, uint64(hash(wording)))
	for h := range slices.Chunk(all, 8) {
		if bytes.Equal(h, want) {
			return true
		}
	}
	return false
}

// equalStored tells whether nothing that is stored differs, text apart.
func (a *row) equalStored(b *row) bool {
	return a.source == b.source && a.Link == b.Link && a.Title == b.Title && slices.Equal(a.Authors, b.Authors) &&
		a.Published.Equal(b.Published) && a.Dated == b.Dated && a.Updated.Equal(b.Updated) && a.Language == b.Language &&
		a.Image == b.Image && slices.Equal(a.Tags, b.Tags) && a.Excerpt == b.Excerpt && a.Origin == b.Origin &&
		a.Words == b.Words && a.whole == b.whole && bytes.Equal(a.former, b.former)
}

// sameSite tells whether a source's address and a link belong to one site: to one account, where many authors share a host.
func sameSite(source, address string) bool {
	site := link.Site(source)
	return site != "" && site == link.Site(address)
}
