// Package broadsheet has the nouns of an aggregator that publishes one edition a day: Source, Visit, FeedItem, Article,
// Edition, Pick.
//
// A maintainer lists sources in feeds.yaml. `broadsheet run` asks them what is new, records their items in SQLite, reads the
// pages of new articles for an excerpt, and publishes one edition a day as static files.
//
// # One article's way, from feeds.yaml to atom.xml
//
//	internal/config         feeds.yaml → sources and rules
//	internal/schedule       which sources are due, by their own rhythm
//	internal/hostgroup      how many requests the hosts behind them answer
//	fetch                   source → items, link → page (client, feed, list, extract, discover, text, date)
//	internal/hijack         whether a source is still what it was
//	store, store/dedupe     items → articles; which are the same work
//	internal/rules          which articles are wanted, and why
//	internal/excerpt        what of an article's text is shown
//	internal/edition        articles → the day's edition
//	publish, publish/feeds  editions → pages and feeds
//
// cmd/internal/pipeline calls these in this order; cmd/broadsheet is the command line, cmd/internal/server runs all day.
// internal/health says how a source fares; it, internal/link, internal/plain and internal/jsonpath are used by several of them.
//
// A source reports articles: each report is a FeedItem, a fact that is kept. Store.Record finds the article that an item is
// about, and writes items and visit in one transaction. Each later stage asks the store what is left to do, so that a run may
// die anywhere. What is judged (scores, topics, excerpts, the edition) is computed by pure functions from these facts,
// feeds.yaml and the time.
//
// # Who imports whom
//
// fetch, store and publish never import each other; internal/* imports none of them; only cmd imports all. This package,
// internal/*, store/dedupe and publish/feeds do no I/O and have no clock. layout_test.go checks it.
//
// # Two seams
//
// What meets the world takes an http.RoundTripper that may stand in for the network, and a Now func() time.Time; tests
// need nothing else.
package broadsheet

import (
	_ "embed"
)

// DefaultFeeds is the feeds.yaml that the program ships with; it is used where there is none.
//
//go:embed feeds.yaml
var DefaultFeeds []byte
