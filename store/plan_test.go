package store

import (
	"database/sql"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"broadsheet"
)

// What grows with the years. A daily query that reads all of one of these makes each day slower than the last.
var grows = regexp.MustCompile(`INDEX sighting_told \(source=\?\)$|^SCAN (a|h|x|t|l|article|text|link|sighting|pick|p|e|edition|event|trace|evidence|heard)\b`)

// What may be read from end to end: what waits, to count it; whose pages wait, until there are enough; the list of days.
// And what is read no further than its first row.
var bounded = map[string]string{
	waitingQuery: "article_fresh", pendingQuery: "article_unread", daysQuery: "edition_days",
	toldQuery: "sighting_told", founderQuery: "edition_days",
}

// What must come in order by itself, so that it is read no further than asked for.
var ordered = []string{pendingQuery, unjudgedQuery, daysQuery, articlesQuery}

func TestDailyQueriesUseIndexes(t *testing.T) {
	s := open(t, at(t))
	record(t, s, monday, blog, many(50)...)
	record(t, s, monday.Add(day), blog, append(many(50), tell("1", "https://blog.example.com/a", "How a queue keeps its order"))...)
	other := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://other.example.org/feed"}
	record(t, s, monday.Add(day), other, many(3)...)
	judged(t, s)
	pending, err := s.Pending(ctx, monday.Add(day), 2)
	if err != nil || len(pending) != 2 {
		t.Fatal(pending, err)
	}
	page := broadsheet.Page{URL: pending[0].Link, Text: "Some text."}
	if err := s.SetPages(ctx, monday.Add(day), Reading{Key: pending[0].Key, Page: page},
		Reading{Key: pending[1].Key, Err: "gone", Retry: monday.Add(2 * day)}); err != nil {
		t.Fatal(err)
	}
	judged(t, s)
	publish(t, s, "2026-11-24")

	queries := slices.Sorted(maps.Keys(s.prepared))
	if len(queries) < 15 {
		t.Errorf("only %d statements were prepared: the day is not a whole one", len(queries))
	}
	queries = append(queries, freshQuery, backlogQuery, waitingQuery, lastShownQuery, alsoQuery, unjudgedQuery, pendingQuery, inTurnQuery, daysQuery, picksQuery, articlesQuery)
	for _, query := range queries {
		for _, step := range plan(t, s, query) {
			index := bounded[query]
			sorts := strings.HasPrefix(step, "USE TEMP B-TREE FOR") && slices.Contains(ordered, query)
			if sorts || grows.MatchString(step) && (index == "" || !strings.Contains(step, "INDEX "+index)) {
				t.Errorf("%s\n\tin %s", step, strings.Join(strings.Fields(query), " "))
			}
		}
	}
}

// plan is how SQLite goes about a query, step by step.
func plan(t *testing.T, s *Store, query string) (steps []string) {
	t.Helper()
	switch query {
	case "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK":
		return nil
	}
	args := make([]any, strings.Count(query, "?"))
	if numbered := regexp.MustCompile(`\?\d+`).FindAllString(query, -1); len(numbered) > 0 {
		args = args[:len(slices.Compact(slices.Sorted(slices.Values(numbered))))]
	}
	err := s.rows(ctx, func(r *sql.Rows) error {
		var step string
		err := r.Scan(new(int), new(int), new(int), &step)
		steps = append(steps, step)
		return err
	}, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return steps
}
