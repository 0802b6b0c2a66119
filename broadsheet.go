// Package broadsheet holds the words and the rules of a newspaper made by a cron job.
//
// A maintainer lists sources in feeds.yaml. `broadsheet run` asks them what is new, records what they said in
// SQLite, reads the pages of new articles for an excerpt, and publishes one edition a day as static files.
//
// # The house
//
//	broadsheet (here)  the words and the rules: pure, no I/O, no clock, no goroutine
//	fetch              the web: requests, politeness, parsing, page -> text
//	store              the file: schema, transactions, queries
//	publish            the output: formats, templates, safe writing, mail
//	cmd/broadsheet     the order of events, flags, progress, exit status
//
// fetch, store and publish import this package and never each other; only cmd imports all (layout_test.go holds it).
//
// # One article's way
//
//	ParseConfig → Visit.Due → Fetcher.Ask → Store.Record → Store.Pending → Fetcher.Read → Compose → publish.Write
//
// A source is asked and tells of articles: each telling is a Sighting, a fact that is kept. Store.Record finds out
// which article a sighting speaks of (LinkKey and the rules of story.go), and writes facts and bookmark in one
// transaction. Each later stage asks the store what is left to do, so that a run may die anywhere. What is an opinion
// (scores, topics, excerpts, the edition) is computed here, by pure functions, from facts, feeds.yaml and the time.
//
// # Where things are
//
//	article.go  edition*.go  schedule*.go  health.go  what the words mean, and when things happen
//	config*.go   feeds.yaml: its keys, its mistakes, its edits
//	link*.go     what makes two addresses the same
//	story*.go    what makes two articles the same work
//	excerpt*.go  what of a text is shown
//	topic*.go    what is wanted, and why
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
