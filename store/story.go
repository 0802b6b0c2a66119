package store

import "broadsheet"

// match lets a new article join the story that it is part of. The rules of stories come here.
func (t *tx) match(a *row, told broadsheet.Sighting) error { return nil }

// matchPage does so again when its page was read.
func (t *tx) matchPage(a *row, page broadsheet.Page) error { return nil }

// join makes article b part of the story of article a: what is shown of one is shown of both.
func (t *tx) join(a, b int64, evidence string) error {
	head, err := t.article(a)
	if err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE article SET evidence = ?3 WHERE id = ?2`, head.story, b, evidence); err != nil {
		return err
	}
	_, err = t.exec(`UPDATE article SET story = ?1 WHERE story = (SELECT story FROM article WHERE id = ?2)`, head.story, b)
	if err != nil {
		return err
	}
	_, err = t.exec(`UPDATE article SET shown = (SELECT min(shown) FROM article WHERE story = ?1 OR id = ?1)
		WHERE (story = ?1 OR id = ?1) AND shown IS NULL`, head.story)
	return err
}
