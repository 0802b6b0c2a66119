package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"broadsheet"
	"broadsheet/internal/plain"
	"broadsheet/internal/schedule"
	"broadsheet/store"
)

// latestVisit returns when any source was last fetched; the zero time if none was.
func latestVisit(visits map[string]broadsheet.Visit) (latest time.Time) {
	for _, v := range visits {
		if v.At.After(latest) {
			latest = v.At
		}
	}
	return latest
}

// WrongClock describes a clock that differs from the clocks of web servers. The store keeps it as JSON.
type WrongClock struct {
	At     time.Time     `json:"at"`     // when it was found, by the wrong clock
	Offset time.Duration `json:"offset"` // how far the clocks of the servers were ahead of it
	Hosts  int           `json:"hosts"`  // number of hosts that agreed on the offset
}

// Keys of Store.Meta.
const (
	wrongClockKey   = "clock"       // WrongClock as JSON; empty: the clock is not known to be wrong
	clockSetBackKey = "clock ahead" // the time of the last run, if the clock was set back since; empty: nothing to repair
)

// ReadWrongClock returns what the store knows against the clock that shows now; ok is false if it knows nothing.
func ReadWrongClock(ctx context.Context, s *store.Store, now time.Time) (c WrongClock, ok bool, err error) {
	text, err := s.Meta(ctx, wrongClockKey)
	if err != nil || text == "" || json.Unmarshal([]byte(text), &c) != nil {
		return c, false, err
	}
	return c, schedule.StillWrong(c.At, c.Offset, now), nil
}

// Why returns what is wrong with the clock that shows now, as text.
func (c WrongClock) Why(now time.Time) string {
	return fmt.Sprintf("it is %s by the clock of this machine and %s by those of %s, so no edition is cut; set the clock, the next run after that cuts it",
		FormatMinute(now), FormatMinute(now.Add(c.Offset)), plain.Count(c.Hosts, "unrelated host"))
}

// clockStatus is whether the clock is right, by the clocks of web servers.
type clockStatus int

const (
	clockUnknown clockStatus = iota // too few hosts agree: the clock is compared with the last run
	clockRight
	clockWrong
)

// checkClock compares the clock with those of web servers. It warns of a wrong clock, on stderr only once until the
// clock is right or wrong by another offset. A time that was given with --now is not checked.
func (r *Run) checkClock(ctx context.Context) error {
	if r.FixedTime {
		return nil
	}
	now := r.Now()
	known, stillWrong, err := ReadWrongClock(ctx, r.Store, now)
	if err != nil {
		return err
	}
	offset, hosts, ok := schedule.AgreedOffset(r.Fetcher.ClockOffsets())
	switch {
	case ok && !schedule.WrongClock(offset):
		r.clock = clockRight
		return r.forgetWrongClock(ctx, now)
	case ok:
		r.clock = clockWrong
		found := WrongClock{At: now, Offset: offset, Hosts: hosts}
		r.warnOfClock(found.Why(now), stillWrong && (known.Offset-offset).Abs() < 24*time.Hour)
		text, err := json.Marshal(found)
		if err == nil {
			err = r.Store.SetMeta(ctx, wrongClockKey, string(text))
		}
		return err
	case stillWrong: // too few hosts responded
		r.clock = clockWrong
		r.warnOfClock(known.Why(now), true)
	}
	return nil
}

// warnOfClock reports what is wrong with the clock. printed: an earlier run printed it on stderr.
func (r *Run) warnOfClock(why string, printed bool) {
	r.report.warn(warning{name: "clock", kind: "clock", why: why, printed: printed})
}

// isClockTrusted reports whether an edition may be dated by the clock. If the clocks of web servers do not decide, it
// is compared with the last run; a clock that has jumped is trusted by the next run if it still shows such a time,
// because the sources have been fetched at the new time by then.
func (r *Run) isClockTrusted() bool {
	now, given := r.Now(), r.FixedTime
	switch {
	case r.clock != clockUnknown:
		return r.clock == clockRight
	case !schedule.ClockJumped(r.lastRun, now), given && now.Before(r.lastRun):
		return true
	}
	by := "by the clock of this machine"
	if given {
		by = "by --now"
	}
	r.warnOfClock(fmt.Sprintf("no edition is cut, because it is %s %s and was %s in the last run; set the clock, or, if it is right, let the next run cut it",
		FormatMinute(now), by, FormatMinute(r.lastRun)), false)
	return false
}

// publicTime returns the time that decides what readers see: the clock's if it is trusted, else that of the web servers
// or of the last run. A clock that is behind must not hide editions that are already published.
func (r *Run) publicTime(ctx context.Context) (time.Time, error) {
	if r.clock != clockRight && !r.FixedTime && schedule.ClockJumped(r.lastRun, r.Now()) {
		if _, wrong, err := ReadWrongClock(ctx, r.Store, r.Now()); err != nil || !wrong {
			return r.lastRun, err
		}
	}
	return r.Options.PublicTime(ctx, r.Store)
}

// PublicTime returns the time that decides what readers see, for a command that fetches nothing: the clock's,
// corrected if an earlier run found it wrong.
func (o Options) PublicTime(ctx context.Context, s *store.Store) (time.Time, error) {
	now := o.Now()
	if o.FixedTime {
		return now, nil
	}
	if known, wrong, err := ReadWrongClock(ctx, s, now); err != nil || wrong {
		return now.Add(known.Offset), err
	}
	return now, nil
}

// forgetWrongClock deletes what the store knows against the clock, which is right at now. If the clock was set back
// since an earlier run, it first repairs the times in the future that this run stored.
func (r *Run) forgetWrongClock(ctx context.Context, now time.Time) error {
	setBack, err := r.Store.Meta(ctx, clockSetBackKey)
	if err != nil {
		return err
	}
	if setBack != "" {
		if err := r.Store.RepairFuture(ctx, now); err != nil {
			return err
		}
		if r.Visits, err = LoadVisits(ctx, r.Composer, r.Store); err != nil {
			return err
		}
		if err := r.Store.SetMeta(ctx, clockSetBackKey, ""); err != nil {
			return err
		}
	}
	if wrong, err := r.Store.Meta(ctx, wrongClockKey); err != nil || wrong == "" {
		return err
	}
	return r.Store.SetMeta(ctx, wrongClockKey, "")
}

// recordClockSetBack stores that the clock of the last run was ahead of this one's, until a run knows which one is
// right.
func (r *Run) recordClockSetBack(ctx context.Context) error {
	if !r.lastRun.After(r.Now().Add(time.Hour)) || r.FixedTime {
		return nil
	}
	return r.Store.SetMeta(ctx, clockSetBackKey, r.lastRun.UTC().Format(time.RFC3339))
}

// FormatMinute formats a time for people, to the minute and in UTC.
func FormatMinute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }
