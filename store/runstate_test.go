package store

import (
	"reflect"
	"testing"

	"broadsheet/internal/hostgroup"
)

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
