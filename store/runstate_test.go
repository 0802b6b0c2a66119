package store

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/internal/hostgroup"
)

// TestRepairFuture stores times of a clock that was nine years ahead: once the clock is right, none of them may hold
// anything back.
func TestRepairFuture(t *testing.T) {
	s := open(t, dbPath(t))
	record(t, s, monday, blog, broadsheet.FeedItem{GUID: "1", Link: "https://blog.example.com/1", Title: "How a queue keeps its order"})
	ahead := monday.AddDate(9, 0, 0)
	for _, query := range []string{
		fmt.Sprintf("UPDATE article SET page_paced = %d", ahead.Unix()),
		fmt.Sprintf("UPDATE source SET arrivals = json_array(%d, %d), postings = json_array(%[1]d, %[2]d), arrived = %[2]d", monday.Unix(), ahead.Unix()),
		fmt.Sprintf("UPDATE profile SET data = json_set(data, '$.Read', '%s', '$.Since', '%[1]s')", ahead.Format(time.RFC3339)),
	} {
		if err := s.write(ctx, ahead, func(t *tx) error {
			_, err := t.exec(query)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	now := monday.Add(time.Hour)
	if err := s.RepairFuture(ctx, now); err != nil {
		t.Fatal(err)
	}
	for what, query := range map[string]string{
		"a page of the backlog": "SELECT count(*) FROM article WHERE page_paced > ?",
		"an arrival":            "SELECT count(*) FROM source, json_each(arrivals) WHERE value > ?",
		"a posting":             "SELECT count(*) FROM source, json_each(postings) WHERE value > ?",
		"a profile":             "SELECT count(*) FROM profile WHERE max(unixepoch(data ->> '$.Read'), ifnull(unixepoch(data ->> '$.Since'), 0)) > ?",
	} {
		if n, err := s.count(ctx, query, now.Unix()); err != nil || n > 0 {
			t.Errorf("%s is still in the future: %v", what, err)
		}
	}
	for what, query := range map[string]string{
		"arrivals": "SELECT count(*) FROM source, json_each(arrivals)",
		"profiles": "SELECT count(*) FROM profile",
	} {
		if n := count(t, s, query); n != 1 {
			t.Errorf("%d %s are left, want 1", n, what)
		}
	}
}

func TestHostStates(t *testing.T) {
	path := dbPath(t)
	s := open(t, path)
	medium := hostgroup.State{Members: []string{"own.example"}, Budget: 6, Ceiling: 8, Refused: monday, BlockedUntil: monday, Refusals: 2, Reason: "answered 429"}
	medium.RecordAnswer(monday)
	states := map[string]hostgroup.State{"medium.com": medium, "a.example": {Budget: 1}}
	if err := s.SetHostStates(ctx, monday, states); err != nil {
		t.Fatal(err)
	}
	if err := s.SetHostStates(ctx, monday, map[string]hostgroup.State{"a.example": {}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := open(t, path).HostStates(ctx)
	if want := map[string]hostgroup.State{"medium.com": medium}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}
