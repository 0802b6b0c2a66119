package main

import (
	"context"
	"errors"
	"fmt"

	"broadsheet"
	"broadsheet/fetch"
	"broadsheet/fetch/discover"
	"broadsheet/internal/config"
	"broadsheet/internal/link"
	"broadsheet/store"
)

const (
	maxComparedItems  = 40 // articles of a source that are looked up
	maxFetchedSources = 5  // sources that are fetched to compare
)

// checkDuplicate returns an error if another source already has the found one's address, or most of its articles.
func (a *app) checkDuplicate(ctx context.Context, f *fetch.Fetcher, c config.Config, found discover.Result, anyway bool) error {
	if err := checkNotListed(c, found.Source.ID()); err != nil || anyway {
		return err
	}
	keys := map[string]bool{}
	for _, t := range found.Items[:min(len(found.Items), maxComparedItems)] {
		if key := link.Key(t.Link); key != "" {
			keys[key] = true
		}
	}
	if len(keys) == 0 {
		return nil
	}
	shared, known, err := a.countStored(ctx, keys)
	if err != nil {
		return err
	}
	left := maxFetchedSources
	for _, s := range c.Sources {
		n := shared[s.ID()]
		if !known[s.ID()] && left > 0 && maybeSameSource(s, found) {
			left--
			n = countFetched(ctx, f, s, keys)
		}
		if 5*n >= 3*len(keys) {
			return fmt.Errorf("%s is there already under another address: %d of its %d latest articles are told by %q in line %d; to add it all the same, say --anyway",
				link.Redact(found.Source, found.Source.ID()), n, len(keys), s.Name, s.Line)
		}
	}
	return nil
}

// countStored returns how many of the articles each source has listed, by the database, and which sources the
// database has read.
func (a *app) countStored(ctx context.Context, keys map[string]bool) (shared map[string]int, known map[string]bool, err error) {
	shared, known = map[string]int{}, map[string]bool{}
	s, err := a.open(ctx)
	if errors.Is(err, errNoDatabase) {
		return shared, known, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	visits, err := s.Visits(ctx)
	if err != nil {
		return nil, nil, err
	}
	for id, v := range visits {
		known[id] = !v.LastSuccess.IsZero()
	}
	for key := range keys {
		d, err := s.ArticleDetail(ctx, key)
		if errors.Is(err, store.ErrUnknown) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		by := map[string]bool{}
		for _, t := range d.Items {
			by[t.Source] = true
		}
		for id := range by {
			shared[id]++
		}
	}
	return shared, known, nil
}

// maybeSameSource reports whether a source may be the same as the one found: it is on the same site, or on that of
// its articles.
func maybeSameSource(s broadsheet.Source, found discover.Result) bool {
	site := link.Site(s.URL)
	if site == "" || site == link.Site(found.Source.URL) || site == link.Site(found.HomePage) {
		return site != ""
	}
	return len(found.Items) > 0 && site == link.Site(found.Items[0].Link)
}

// countFetched fetches a source and returns how many of the articles it lists.
func countFetched(ctx context.Context, f *fetch.Fetcher, s broadsheet.Source, keys map[string]bool) int {
	items, _, err := f.FetchSource(ctx, s, broadsheet.Visit{})
	if err != nil {
		return 0
	}
	both := map[string]bool{}
	for _, t := range items {
		if key := link.Key(t.Link); keys[key] {
			both[key] = true
		}
	}
	return len(both)
}
