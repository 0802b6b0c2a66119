package schedule

import (
	"strconv"
	"testing"
	"time"
)

func TestAgreedOffset(t *testing.T) {
	const day, min = 24 * time.Hour, time.Minute
	for name, c := range map[string]struct {
		offsets []time.Duration
		want    time.Duration
		hosts   int
		ok      bool
	}{
		"no host":                               {nil, 0, 0, false},
		"two":                                   {[]time.Duration{day, day}, 0, 0, false},
		"three":                                 {[]time.Duration{-11 * day, -11*day + min, -11*day - min}, -11 * day, 3, true},
		"three, an hour apart":                  {[]time.Duration{0, 30 * min, 60 * min}, 30 * min, 3, true},
		"three, more than an hour apart":        {[]time.Duration{0, 30 * min, 61 * min}, 0, 0, false},
		"three and some outliers":               {[]time.Duration{0, min, 2 * min, -3 * day, -9 * day, 40 * day, 50 * day}, min, 3, true},
		"three against three":                   {[]time.Duration{0, 0, 0, 11 * day, 11 * day, 11 * day}, 0, 0, false},
		"four against three":                    {[]time.Duration{0, 0, 0, 0, 11 * day, 11 * day, 11 * day}, 0, 4, true},
		"two pairs":                             {[]time.Duration{0, 0, 11 * day, 11 * day}, 0, 0, false},
		"three and stale responses from caches": {[]time.Duration{-2 * day, -5 * time.Hour, 0, 0, 0}, 0, 3, true},
		"three agree, one is five hours off":    {[]time.Duration{0, 0, 0, 5 * time.Hour}, 0, 3, true},
	} {
		by := map[string]time.Duration{}
		for i, d := range c.offsets {
			by[strconv.Itoa(i)] = d
		}
		if got, hosts, ok := AgreedOffset(by); got != c.want || hosts != c.hosts || ok != c.ok {
			t.Errorf("%s: %s of %d, %t; want %s of %d, %t", name, got, hosts, ok, c.want, c.hosts, c.ok)
		}
	}
}

func TestStillWrong(t *testing.T) {
	then := time.Date(2026, 12, 10, 7, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		offset, since time.Duration
		wrong         bool
	}{
		"ahead, an hour later":  {-11 * day, time.Hour, true},
		"ahead, a month later":  {-11 * day, 30 * day, true},
		"ahead, set back":       {-11 * day, -11 * day, false},
		"behind, an hour later": {11 * day, time.Hour, true},
		"behind, set":           {11 * day, 11 * day, false},
		"behind, more time has passed than it was behind": {11 * day, 12 * day, false},
		"behind, set back once more":                      {11 * day, -day, false},
	} {
		if got := StillWrong(then, c.offset, then.Add(c.since)); got != c.wrong {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestWrongClock(t *testing.T) {
	if WrongClock(24*time.Hour-time.Second) || !WrongClock(-24*time.Hour) {
		t.Error("a clock is wrong if it differs by a day or more")
	}
}

func TestClockJumped(t *testing.T) {
	now := time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		last   time.Time
		jumped bool
	}{
		{time.Time{}, false},
		{now, false},
		{now.AddDate(-1, 0, 0), false},
		{now.AddDate(-2, 0, 0), true},
		{now.AddDate(-500, 0, 0), true}, // more than a time.Duration can hold
		{now.AddDate(0, 0, 1), false},
		{now.AddDate(0, 0, 3), true},
		{now.AddDate(8000, 0, 0), true},
	} {
		if got := ClockJumped(c.last, now); got != c.jumped {
			t.Errorf("from %s: %t", c.last, got)
		}
	}
}
