package hostgroup

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestOf(t *testing.T) {
	for host, want := range map[string]string{
		"medium.com": "medium.com", "a-blog.medium.com": "medium.com", "netflixtechblog.com": "medium.com", "open.nytimes.com": "medium.com",
		"notmedium.com": "notmedium.com", "medium.com.example": "medium.com.example", "nytimes.com": "nytimes.com",
		"a.substack.com": "substack.com", "old.reddit.com": "reddit.com",
	} {
		if got := Of(host); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
	if BuiltIn("medium.com").PerHour == 0 || BuiltIn("medium.com").Gap < 8*time.Second || BuiltIn("own.example") != (Limits{}) {
		t.Error("limits of the platforms")
	}
}

// window answers n requests in any hour.
type window struct {
	n     int
	times []time.Time
}

func (w *window) answers(now time.Time) bool {
	open := 0
	for _, at := range w.times {
		if now.Sub(at) < time.Hour {
			open++
		}
	}
	if open >= w.n {
		return false
	}
	w.times = append(w.times, now)
	return true
}

// TestState_LearnsBudget asks hosts that answer so many requests in any hour, in runs that each want 40. Nearly all that
// the host answers must be used, with few refusals.
func TestState_LearnsBudget(t *testing.T) {
	for _, test := range []struct {
		n            int
		every        time.Duration
		runs         int
		answered     float64 // share of those that the host would answer, at least
		mostRefusals int
	}{
		{8, time.Hour, 168, 0.98, 5},
		{5, time.Hour, 72, 0.98, 4},
		{1, time.Hour, 168, 0.9, 12},
		{2, time.Hour, 168, 0.9, 12},
		{30, time.Hour, 168, 0.95, 5},
		{8, 24 * time.Hour, 60, 0.95, 12},
		{8, 61 * time.Minute, 168, 0.98, 5},
	} {
		var s State
		host := window{n: test.n}
		answered, refused := 0, 0
		for run := range test.runs {
			now := noon.Add(time.Duration(run) * test.every)
			s.Settle(now)
			for range 40 {
				if s.Allow(now, Limits{}, 0) != nil {
					break
				}
				if host.answers(now) {
					answered++
					s.RecordAnswer(now)
				} else {
					refused++
					s.RecordRefusal(now, Limits{}, 0, "medium.com", "answered 429 Too Many Requests")
				}
			}
		}
		if share := float64(answered) / float64(test.n*test.runs); share < test.answered || refused > test.mostRefusals {
			t.Errorf("%d an hour, %d runs every %v: %.2f of the possible answers, %d refusals: %+v", test.n, test.runs, test.every, share, refused, s)
		}
	}
}

func TestState_Blocks(t *testing.T) {
	refuse := func(s *State, now time.Time, after time.Duration) {
		s.RecordRefusal(now, Limits{}, after, "medium.com", "answered 429 Too Many Requests")
	}
	var s State
	for i, want := range []time.Duration{1, 2, 4, 8, 12, 12} {
		refuse(&s, noon, 0)
		if wait := s.BlockedUntil.Sub(noon); wait > want*time.Hour*9/10 || wait < want*time.Hour*8/10 {
			t.Errorf("refusal %d: blocked for %v", i+1, wait)
		}
	}
	if b := s.Allow(noon.Add(time.Hour), Limits{}, 0); b == nil || b.Reason != "answered 429 Too Many Requests" || !b.Until.Equal(s.BlockedUntil) {
		t.Errorf("blocked: %+v", b)
	}
	s.RecordAnswer(noon.Add(time.Minute))
	if s.Allow(noon.Add(time.Minute), Limits{}, 0) != nil || s.Refusals != 0 {
		t.Errorf("an answer does not clear the block: %+v", s)
	}
	s = State{}
	refuse(&s, noon, 3600*time.Second)
	if s.Allow(noon.Add(3599*time.Second), Limits{}, 0) == nil || s.Allow(noon.Add(3600*time.Second), Limits{}, 0) != nil {
		t.Errorf("Retry-After is not kept to the second: %+v", s)
	}
	if refuse(&s, noon, 30*24*time.Hour); !s.BlockedUntil.Equal(noon.Add(48 * time.Hour)) {
		t.Errorf("blocked for a month: %v", s.BlockedUntil)
	}
}

func TestState_PerHour(t *testing.T) {
	var s State
	limits := Limits{PerHour: 2}
	for i := range 2 {
		if b := s.Allow(noon.Add(time.Duration(i)*time.Minute), limits, 0); b != nil {
			t.Fatalf("request %d: %+v", i, b)
		}
		s.RecordAnswer(noon.Add(time.Duration(i) * time.Minute))
	}
	now := noon.Add(10 * time.Minute)
	if b := s.Allow(now, limits, 0); b == nil || b.Reason != "has answered 2 requests, as many as it may be asked in an hour" || !b.Until.Equal(noon.Add(time.Hour)) {
		t.Errorf("a third request: %+v", b)
	}
	if free := s.FreeAt(now, limits); !free.Equal(noon.Add(time.Hour)) || s.Allow(free, limits, 0) != nil || s.FreeAt(free, limits) != free {
		t.Errorf("free at %v", free)
	}
	if s.Allow(now, Limits{}, 0) != nil {
		t.Error("a bound though there is none")
	}
	if s.Allow(now, Limits{PerHour: 3}, 0) != nil || s.Allow(now, Limits{PerHour: 3}, 1) == nil || s.Allow(now, Limits{PerHour: 4}, 1) != nil {
		t.Error("one request is left of three, and two of four")
	}
	if s.Allow(noon.Add(2*time.Hour), Limits{PerHour: 1}, 1) != nil {
		t.Error("a request that needs another one never gets its turn")
	}
}

// A refusal after the first requests may mean that they came too quickly, and then one at a longer gap is answered.
func TestState_LearnsGap(t *testing.T) {
	var s State
	for _, want := range []time.Duration{250, 500, 1000, 2000} {
		s.RecordAnswer(noon)
		s.RecordRefusal(noon, Limits{}, 0, "a.example", "answered 429 Too Many Requests")
		if s.Gap != want*time.Millisecond || s.Budget != 0 {
			t.Errorf("gap %v, want %v ms; budget %d", s.Gap, want, s.Budget)
		}
		s.Answers = nil
	}
	s = State{}
	for _, want := range []time.Duration{2, 4, 4} {
		if s.RecordResets(noon, Limits{Gap: time.Second}); s.Gap != want*time.Second {
			t.Errorf("after resets: gap %v, want %v", s.Gap, want*time.Second)
		}
	}
	if s.Settle(noon.Add(3 * 24 * time.Hour)); s.Gap != 2*time.Second {
		t.Errorf("after three days without trouble: %v", s.Gap)
	}
	if s.Settle(noon.Add(365 * 24 * time.Hour)); s.Gap != 0 {
		t.Errorf("after a year: %v", s.Gap)
	}
}

func TestState_BreaksOffMany(t *testing.T) {
	s := State{Answered: noon}
	if s.BreaksOffMany(noon) {
		t.Error("it broke off none")
	}
	s.RecordResets(noon, Limits{})
	if !s.BreaksOffMany(noon) || s.BreaksOffMany(noon.Add(25*time.Hour)) {
		t.Error("only while it answers other requests")
	}
}

func TestState_FutureIsForgotten(t *testing.T) {
	s := State{Members: []string{"own.example"}, Budget: 4, BudgetChanged: noon, Ceiling: 6, Refused: noon, Refusals: 3, BlockedUntil: noon.Add(time.Hour)}
	s.Settle(noon.AddDate(-1, 0, 0))
	if s.Budget != 4 || len(s.Members) != 1 || s.Allow(noon.AddDate(-1, 0, 0), Limits{}, 0) != nil {
		t.Errorf("%+v", s)
	}
}

func TestState_JSON(t *testing.T) {
	s := State{Members: []string{"own.example"}, Budget: 4, Ceiling: 6, Refused: noon, Reason: "why", Gap: time.Second}
	s.RecordAnswer(noon)
	s.AddMember("a.example")
	s.AddMember("own.example")
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var got State
	if err := json.Unmarshal(text, &got); err != nil || !reflect.DeepEqual(got, s) {
		t.Errorf("%s: %+v, %v", text, got, err)
	}
	if text, _ := json.Marshal(State{}); string(text) != "{}" || !(State{}).IsZero() || got.IsZero() {
		t.Errorf("the zero state: %s", text)
	}
}
