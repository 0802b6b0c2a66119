package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"broadsheet"
	"broadsheet/internal/excerpt"
	"broadsheet/internal/link"
	"broadsheet/store/dedupe"
)

// updateArticle updates the article that an item is about, and reports whether title or text really changed. Only the
// source that owns the article may change it. That is the source that reported it first, until the site that published
// the article reports it itself, or the maintainer lists it. Any source may report another site's article, but not
// retitle it.
func (t *tx) updateArticle(id int64, src *sourceRow, e *item) (changed bool, err error) {
	a, err := t.article(id)
	if err != nil {
		return false, err
	}
	if a.Text, err = t.text(id); err != nil {
		return false, err
	}
	was, wasText := *a, a.Text
	newOwner := t.changeOwner(a, src, e)
	if a.Quarantined && was.source != src.id { // src is not in quarantine: see recordKnownItem
		newOwner = true
		if err := t.takeFromQuarantine(a, src); err != nil {
			return false, err
		}
	}
	if newOwner {
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
	changed = t.recordRevision(a, e, newOwner)
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

// changeOwner makes src the owner of an article, and reports whether it did. It does if the article is on src's site
// and either another site's source owns it or its owner was removed from feeds.yaml; and always if src is the
// maintainer's own list, since the rules of that list decide whether the article is in.
func (t *tx) changeOwner(a *row, src *sourceRow, e *item) bool {
	switch {
	case a.source == src.id || strings.HasPrefix(a.Source, "list:"):
		return false
	case src.source.Kind == broadsheet.KindList:
	case !link.OnSameSite(src.source.URL, e.Link) || a.listed && link.OnSameSite(a.Source, a.Link) && link.OnSameSite(a.Source, e.Link):
		return false
	case link.Key(e.Link) != "":
		a.Link = link.Display(e.Link)
	}
	a.source, a.Source = src.id, src.source.ID()
	return true
}

// recordRevision applies what the owner of an article reports now. It reports whether title or text really changed.
func (t *tx) recordRevision(a *row, e *item, newOwner bool) (changed bool) {
	if e.Title != "" && e.Title != a.Title {
		same := folded(e.Title) == folded(a.Title)
		if same || a.Title == "" || newOwner || a.acceptRevision("title "+folded(a.Title), "title "+folded(e.Title)) {
			changed = changed || !same && a.Title != "" && !newOwner
			a.Title = e.Title
		}
	}
	if text := longestText(e.FeedItem); text != "" && a.page == unread && text != a.Text && folded(text) != folded(a.Text) {
		better := a.Text == "" || newOwner
		switch {
		case better || containment(a.Text, text) >= 0.9 && len(text) >= len(a.Text): // the same text, and more of it
			a.Text = text
		case containment(a.Text, text) < 0.9 && len(text) >= len(a.Text)/2 && a.acceptRevision("text "+folded(a.Text), "text "+folded(text)):
			a.Text, changed = text, true
		}
		if a.Text == text {
			a.Words = max(a.Words, excerpt.CountWords(e.Content))
		}
	}
	if changed {
		a.Updated = t.now
	}
	if date, ok := plausibleDate(e.Published, a.Seen); ok && a.shown == "" && (date.Before(a.Published) || !a.Dated || newOwner) {
		if a.Updated.Equal(a.Published) {
			a.Updated = date
		}
		a.Published, a.Dated = date, true
	}
	secured := strings.HasPrefix(e.Link, "https:") && strings.HasPrefix(a.Link, "http:")
	if key := link.Key(e.Link); key != "" && (secured || key != link.Key(a.Link)) { // no article has a front page as its link
		a.Link = link.Display(e.Link)
	}
	a.fullText = excerpt.HasFullText(e.FeedItem) || a.fullText && !newOwner
	setIfEmpty(&a.Authors, e.Authors, newOwner)
	setIfEmpty(&a.Tags, e.Tags, true)
	for to, from := range map[*string]string{&a.Language: e.Language, &a.Image: e.Image} {
		if *to == "" || newOwner && from != "" {
			*to = from
		}
	}
	text, origin := t.excerpt(e.FeedItem)
	quoted := !a.NoSnippet || origin == broadsheet.OriginNote
	if text != "" && quoted && (newOwner || originRank(origin) <= originRank(a.Origin)) {
		a.Excerpt, a.Origin = text, origin
	}
	return changed
}

// containment returns which part of the shorter of two texts is in the other one too, from 0 to 1; 0 when it is too
// short to compare.
func containment(a, b string) float64 {
	return dedupe.ShingleText(a).Containment(dedupe.ShingleText(b))
}

// setIfEmpty sets *to to from, unless from is empty or, without over, *to is not.
func setIfEmpty(to *[]string, from []string, over bool) {
	if len(from) > 0 && (over || len(*to) == 0) {
		*to = from
	}
}

// originRank returns the rank of an origin, the best first: from 0.
func originRank(o broadsheet.Origin) int {
	return slices.Index([]broadsheet.Origin{broadsheet.OriginNote, broadsheet.OriginPage, broadsheet.OriginContent,
		broadsheet.OriginSummary, broadsheet.OriginDescription, broadsheet.OriginNone}, o)
}

// maxRevisions is how often an article's title or text may change. Further changes do not count: some sources report
// another one at every visit (a title in an A/B test, a counter in the text).
const maxRevisions = 16

// acceptRevision reports whether a change from one title or text to another counts, and stores the hash of the old one:
// a return to a former title or text is no change.
func (a *row) acceptRevision(from, to string) bool {
	if len(a.former)/8 >= maxRevisions || containsHash(a.former, to) {
		return false
	}
	a.former = binary.BigEndian.AppendUint64(bytes.Clone(a.former), uint64(hash(from)))
	return true
}

// containsHash reports whether the hash of text is among hashes, 8 bytes each.
func containsHash(hashes []byte, text string) bool {
	want := binary.BigEndian.AppendUint64(nil, uint64(hash(text)))
	for h := range slices.Chunk(hashes, 8) {
		if bytes.Equal(h, want) {
			return true
		}
	}
	return false
}

// equalStored reports whether a and b are equal in all that update stores. The text is not compared.
func (a *row) equalStored(b *row) bool {
	return a.source == b.source && a.Link == b.Link && a.Title == b.Title && slices.Equal(a.Authors, b.Authors) &&
		a.Published.Equal(b.Published) && a.Dated == b.Dated && a.Updated.Equal(b.Updated) && a.Language == b.Language &&
		a.Image == b.Image && slices.Equal(a.Tags, b.Tags) && a.Excerpt == b.Excerpt && a.Origin == b.Origin &&
		a.Words == b.Words && a.fullText == b.fullText && bytes.Equal(a.former, b.former)
}
