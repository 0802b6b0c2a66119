package schedule

import (
	"testing"
	"time"

	"broadsheet"
)

func TestJumped(t *testing.T) {
	now := time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		last   time.Time
		jumped bool
	}{
		{time.Time{}, false},
		{now, false},
		{now.AddDate(-1, 0, 0), false},
		{now.AddDate(-2, 0, 0), true},
		{now.AddDate(-500, 0, 0), true}, // more than a Duration can say
		{now.AddDate(0, 0, 1), false},
		{now.AddDate(0, 0, 3), true},
		{now.AddDate(8000, 0, 0), true},
	} {
		if got := ClockJumped(c.last, now); got != c.jumped {
			t.Errorf("from %s: %t", c.last, got)
		}
	}
}

func TestAVisitFromTheFutureIsDue(t *testing.T) {
	now := time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	asked := broadsheet.Visit{At: now.AddDate(10, 0, 0), Next: now.AddDate(10, 0, 1)}
	if !asked.Due(now) {
		t.Error("what was asked while the clock was wrong is not asked for ten years")
	}
	if asked.Gone = true; asked.Due(now) {
		t.Error("what is gone is asked")
	}
	if (broadsheet.Visit{At: now.Add(-time.Hour), Next: now.Add(time.Hour)}).Due(now) {
		t.Error("asked too soon")
	}
}
