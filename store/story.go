package store

import (
	"time"

	"broadsheet"
	"broadsheet/internal/link"
	"broadsheet/store/dedupe"
)

// match joins an article to the story that it is part of, and adds it to the index of signatures, where later articles
// find it. It is called when an article is new, and when its title or text changed.
func (t *tx) match(a *row) error {
	if err := t.matchFingerprint(a, a.fingerprint(a.Text)); err != nil {
		return err
	}
	return t.applyManualRules(a)
}

// matchFingerprint joins an article to the stories of similar ones, and adds it to the index of signatures.
func (t *tx) matchFingerprint(a *row, fp dedupe.Fingerprint) error {
	keys := signature(fp)
	found, err := t.candidates(a, keys)
	if err != nil {
		return err
	}
	if err := t.mergeSameWork(a, fp, found); err != nil {
		return err
	}
	return t.addSignature(a.id, keys)
}

// storeAlternateText stores a longer text of an article that a source other than its owner reported, and matches the
// article by that text. The text is only compared, and never shown.
func (t *tx) storeAlternateText(a *row, text string) error {
	fp := a.fingerprint(text)
	fp.FromOtherSource = true
	if len(fp.Shingles) == 0 || len(fp.Shingles) < 2*len(dedupe.ShingleText(a.Text)) {
		return nil
	}
	alternate, err := t.alternateText(a.id)
	if err != nil || len(fp.Shingles) <= len(dedupe.ShingleText(alternate)) {
		return err
	}
	if _, err := t.exec("INSERT OR REPLACE INTO heard(article, body) VALUES(?, ?)", a.id, text); err != nil {
		return err
	}
	return t.matchFingerprint(a, fp)
}

// matchPage joins an article to its story after its page was read: by the address that the page redirected to, by the
// one that it declares as canonical, and, if changed, by its new title or text.
func (t *tx) matchPage(a *row, page broadsheet.Page, changed bool) error {
	own, final, canonical := link.Key(a.Link), link.Key(page.URL), link.Key(page.Canonical)
	redirected := final != "" && final != own
	named := canonical != own && canonical != final && link.TrustCanonical(a.Link, page.Canonical)
	if redirected || named {
		fp := a.fingerprint(a.Text)
		if redirected {
			if err := t.mergeByAddress(a, fp, final, "redirect"); err != nil {
				return err
			}
		}
		if named {
			if err := t.mergeByAddress(a, fp, canonical, "canonical"); err != nil {
				return err
			}
		}
	}
	if !changed {
		return nil
	}
	return t.match(a)
}

// mergeByAddress joins an article to the one at an address that its page names, and to those whose pages name that
// address too. An address that the pages of several different works name is no evidence.
func (t *tx) mergeByAddress(a *row, fp dedupe.Fingerprint, key, rule string) error {
	ids, err := t.lookup(addressHashKey(key))
	if err != nil {
		return err
	}
	if id, _, err := t.articleByLink(hash(key)); err != nil {
		return err
	} else if id != 0 && id != a.id {
		ids = append(ids, id)
	}
	others := 0
	for _, id := range ids {
		if id == a.id {
			continue
		}
		_, o, err := t.fingerprintOf(id)
		if err != nil {
			return err
		}
		e, ok := dedupe.SameAddress(fp, o)
		if !ok {
			if others++; others > 1 {
				return nil
			}
			continue
		}
		e.Rule = rule
		if err := t.joinStories(a.id, id, e); err != nil {
			return err
		}
	}
	return t.addSignature(a.id, []int64{addressHashKey(key)})
}

// mergeByLink joins an article that was recognised by its GUID to the article that its link is mapped to.
func (t *tx) mergeByLink(a *row, link int64) error {
	id, _, err := t.articleByLink(link)
	if err != nil || id == 0 || id == a.id {
		return err
	}
	_, o, err := t.fingerprintOf(id)
	if err != nil {
		return err
	}
	e, ok := dedupe.SameAddress(a.fingerprint(a.Text), o)
	if !ok {
		return nil
	}
	return t.joinStories(a.id, id, e)
}

// mergeSameWork joins an article to those candidates that are the same work.
func (t *tx) mergeSameWork(a *row, fp dedupe.Fingerprint, found []candidate) error {
	var seen []comparison
	at := func(i int) (comparison, error) {
		for len(seen) <= i {
			story, o, err := t.fingerprintOf(found[len(seen)].id)
			if err != nil {
				return comparison{}, err
			}
			seen = append(seen, comparison{story, o})
		}
		return seen[i], nil
	}
	for i, c := range found {
		b, err := at(i)
		if err != nil {
			return err
		}
		if b.story == a.story {
			continue
		}
		e, ok := dedupe.SameText(fp, b.fingerprint, nil)
		if ok && len(found) > 3 {
			if _, err := at(len(found) - 1); err != nil {
				return err
			}
			e, ok = dedupe.SameText(fp, b.fingerprint, commonShingles(seen, a.story, b.story))
		}
		if !ok && c.namesAddress {
			e, ok = dedupe.SameAddress(fp, b.fingerprint)
		}
		if !ok {
			continue
		}
		if err := t.joinStories(a.id, c.id, e); err != nil {
			return err
		}
		if a.story, err = t.storyOf(a.id); err != nil {
			return err
		}
	}
	return nil
}

// comparison is a candidate's fingerprint, and its story.
type comparison struct {
	story       int64
	fingerprint dedupe.Fingerprint
}

// commonShingles returns a function that reports whether a shingle is in three or more stories besides the two that are
// compared: a site's preamble, a template. Nil when there are fewer than three others.
func commonShingles(all []comparison, a, b int64) func(uint32) bool {
	storiesWith := map[uint32][]int64{}
	stories := map[int64]bool{}
	for _, c := range all {
		if c.story == a || c.story == b {
			continue
		}
		stories[c.story] = true
		for _, shingle := range c.fingerprint.Shingles {
			if by := storiesWith[shingle]; len(by) == 0 || by[len(by)-1] != c.story {
				storiesWith[shingle] = append(by, c.story)
			}
		}
	}
	if len(stories) < 3 {
		return nil
	}
	return func(shingle uint32) bool { return len(storiesWith[shingle]) >= 3 }
}

// fingerprint returns what package dedupe compares of an article with that text.
func (a *row) fingerprint(text string) dedupe.Fingerprint {
	var published time.Time
	if a.Dated {
		published = a.Published
	}
	return dedupe.NewFingerprint(a.Link, a.Title, text, published)
}

// fingerprintOf returns an article's story and fingerprint. If its own text is short, the fingerprint is of the
// alternate text, if that is longer.
func (t *tx) fingerprintOf(id int64) (story int64, fp dedupe.Fingerprint, err error) {
	var a row
	if _, err := t.row([]any{&a.Link, &a.Title, timeColumn{&a.Published}, &a.Dated, &a.story, &a.Text}, `SELECT a.link, a.title,
		a.published, a.dated, a.story, coalesce(x.body, '') FROM article a LEFT JOIN text x ON x.article = a.id WHERE a.id = ?`, id); err != nil {
		return 0, fp, err
	}
	if fp = a.fingerprint(a.Text); !fp.TooShort() {
		return a.story, fp, nil
	}
	alternate, err := t.alternateText(id)
	if o := dedupe.ShingleText(alternate); len(o) > len(fp.Shingles) {
		fp.Shingles, fp.FromOtherSource = o, true
	}
	return a.story, fp, err
}

func (t *tx) alternateText(id int64) (body string, err error) {
	_, err = t.row([]any{&body}, "SELECT body FROM heard WHERE article = ?", id)
	return body, err
}

func (t *tx) storyOf(id int64) (story int64, err error) {
	_, err = t.row([]any{&story}, "SELECT story FROM article WHERE id = ?", id)
	return story, err
}
