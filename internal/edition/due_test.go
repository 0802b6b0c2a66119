package edition

import (
	"testing"
	"time"

	"broadsheet"
)

func TestDue(t *testing.T) {
	zone := func(name string) *time.Location {
		l, err := time.LoadLocation(name)
		if err != nil {
			t.Skipf("no time zone %s on this machine", name)
		}
		return l
	}
	for _, c := range []struct {
		name, clock, zone, now string
		want                   broadsheet.Day // empty: not due
	}{
		{"a minute early", "06:00", "UTC", "2026-11-24T05:59:59Z", ""},
		{"on time", "06:00", "UTC", "2026-11-24T06:00:00Z", "2026-11-24"},
		{"late at night", "06:00", "UTC", "2026-11-24T23:59:59Z", "2026-11-24"},
		{"the day in the zone", "06:00", "Asia/Tokyo", "2026-11-23T21:00:00Z", "2026-11-24"},
		{"the hour in the zone", "06:00", "Asia/Tokyo", "2026-11-23T20:59:59Z", ""},
		{"a time that daylight saving skips is an hour later", "02:30", "Europe/Berlin", "2026-03-29T01:30:00Z", "2026-03-29"},
		{"and not earlier", "02:30", "Europe/Berlin", "2026-03-29T00:29:59Z", ""},
		{"of a time that occurs twice, the first counts", "02:30", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25"},
	} {
		t.Run(c.name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, c.now)
			if err != nil {
				t.Fatal(err)
			}
			r := broadsheet.EditionRules{Time: c.clock, Location: zone(c.zone)}
			none, all := func(broadsheet.Day) bool { return false }, func(broadsheet.Day) bool { return true }
			day, ok := r.Due(now, false, none)
			if day != c.want || ok != (c.want != "") {
				t.Errorf("due = %q, %v; want %q", day, ok, c.want)
			}
			if _, again := r.Due(now, false, all); again {
				t.Error("due though it is published")
			}
			if next := r.Next(now, none); !next.After(now) {
				t.Errorf("the next edition, %s, is not after now", next)
			}
			first, ok := r.Due(now, true, none)
			if first != r.Day(now) || !ok {
				t.Errorf("the first edition is due = %q, %v; want %q at once", first, ok, r.Day(now))
			}
		})
	}
}

// TestDue_FirstEditionAtAnyHour starts a site at every half hour of a day, in four zones, also on a leap day and on
// days when the clocks change. The first edition is due at once, under the date in the zone, and the next is tomorrow's
// at its time, neither earlier nor later.
func TestDue_FirstEditionAtAnyHour(t *testing.T) {
	for _, name := range []string{"UTC", "Pacific/Kiritimati", "America/Los_Angeles", "Europe/Berlin"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Skipf("no time zone %s on this machine", name)
		}
		for _, date := range []string{"2026-11-24", "2028-02-29", "2026-12-31", "2026-03-29", "2026-10-25"} {
			midnight, _ := time.ParseInLocation(broadsheet.DayFormat, date, zone)
			for at := midnight; at.Format(broadsheet.DayFormat) == date; at = at.Add(30 * time.Minute) {
				for _, clock := range []string{"00:00", "02:30", "06:00", "23:59"} {
					r := broadsheet.EditionRules{Time: clock, Location: zone}
					day, ok := r.Due(at.UTC(), true, func(broadsheet.Day) bool { return false })
					if !ok || string(day) != date {
						t.Fatalf("%s at %s: due = %q, %v", name, at, day, ok)
					}
					out := func(d broadsheet.Day) bool { return d == day }
					next, tomorrow := r.Next(at.UTC(), out), r.Day(time.Date(at.Year(), at.Month(), at.Day()+1, 12, 0, 0, 0, zone))
					if !next.Equal(r.DueTime(tomorrow)) {
						t.Fatalf("%s at %s: the next edition is due at %s, want that of %s at %s", name, at, next, tomorrow, clock)
					}
					if _, again := r.Due(next.Add(-time.Second), false, out); again {
						t.Fatalf("%s at %s: another edition is due before %s", name, at, next)
					}
					if day, ok := r.Due(next, false, out); !ok || day != tomorrow {
						t.Fatalf("%s at %s: due at %s = %q, %v", name, at, next, day, ok)
					}
				}
			}
		}
	}
}

// TestNext_Terminates calls Next at the end of the year 9999, after which no date has the form of a Day.
func TestNext_Terminates(t *testing.T) {
	r := broadsheet.EditionRules{Time: "06:00", Location: time.UTC}
	r.Next(time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC), func(broadsheet.Day) bool { return false })
}
