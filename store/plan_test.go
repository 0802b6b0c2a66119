package store

import (
	"database/sql"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"broadsheet"
)

// growingScan matches steps of a query plan that read all of something that grows over the years. A daily query with
// such a step becomes slower each day.
var growingScan = regexp.MustCompile(`INDEX sighting_told \(source=\?\)$|^SCAN (a|h|x|t|l|article|text|link|sighting|pick|p|e|edition|event|trace|evidence|heard)\b`)

// allowedScans are the queries that may scan an index from end to end, with that index: to count what may be shown; to
// find enough pages to fetch; to list the days. Or that stop at its first row.
var allowedScans = map[string]string{
	waitingQuery: "article_fresh", daysQuery: "edition_days",
	hasItemsQuery: "sighting_told", founderQuery: "edition_days",
}

// mustNotSort are the queries whose rows must come in order from an index, so that no more of them are read than
// needed.
var mustNotSort = []string{pendingQuery, pendingNewQuery, unscoredQuery, daysQuery, articlesQuery}

func TestQueryPlans_DailyQueriesUseIndexes(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog, manyItems(50)...)
	record(t, s, monday.Add(day), blog, append(manyItems(50), feedItem("1", "https://blog.example.com/a", "How a queue keeps its order"))...)
	other := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://other.example.org/feed"}
	record(t, s, monday.Add(day), other, manyItems(3)...)
	scoreAll(t, s)
	pending, err := s.PendingNew(ctx, monday.Add(day), time.Time{}, time.Time{}, 2)
	if err != nil || len(pending) != 2 {
		t.Fatal(pending, err)
	}
	page := broadsheet.Page{URL: pending[0].Link, Text: "Some text."}
	if err := s.SetPages(ctx, monday.Add(day), PageResult{Key: pending[0].Key, Page: page},
		PageResult{Key: pending[1].Key, Err: "gone", RetryAt: monday.Add(2 * day)}); err != nil {
		t.Fatal(err)
	}
	scoreAll(t, s)
	publish(t, s, "2026-11-24")

	queries := slices.Sorted(maps.Keys(s.prepared))
	if len(queries) < 15 {
		t.Errorf("only %d statements were prepared: the day is not a whole one", len(queries))
	}
	queries = append(queries, freshQuery, backlogQuery, waitingQuery, lastShownQuery, alsoQuery, unscoredQuery, pendingQuery, pendingNewQuery, pendingOfQuery, pacedQuery, inOrderQuery, daysQuery, picksQuery, articlesQuery)
	for _, query := range queries {
		for _, step := range queryPlan(t, s, query) {
			index := allowedScans[query]
			sorts := strings.HasPrefix(step, "USE TEMP B-TREE FOR") && slices.Contains(mustNotSort, query)
			if sorts || growingScan.MatchString(step) && (index == "" || !strings.Contains(step, "INDEX "+index)) {
				t.Errorf("%s\n\tin %s", step, strings.Join(strings.Fields(query), " "))
			}
		}
	}
}

// queryPlan returns the steps of SQLite's plan for a query.
func queryPlan(t *testing.T, s *Store, query string) (steps []string) {
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
