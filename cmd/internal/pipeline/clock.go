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

// lastAsked is when any source was asked last; the zero time: none was.
func lastAsked(visits map[string]broadsheet.Visit) (last time.Time) {
	for _, v := range visits {
		if v.At.After(last) {
			last = v.At
		}
	}
	return last
}

// clockState is what the store keeps of a clock that the web found wrong.
type clockState struct {
	At     time.Time     `json:"at"`     // by that clock
	Offset time.Duration `json:"offset"` // how far the web's was ahead
	Hosts  int           `json:"hosts"`  // that agreed
}

// Keys of Store.Meta.
const (
	clockNote = "clock"       // clockState, as JSON; empty: nothing is known against the clock
	aheadNote = "clock ahead" // when the clock was set back, the time that it came from; empty: nothing to repair
)

// ReadClock is what is known against the clock at now; not ok: nothing.
func ReadClock(ctx context.Context, s *store.Store, now time.Time) (c clockState, ok bool, err error) {
	text, err := s.Meta(ctx, clockNote)
	if err != nil || text == "" || json.Unmarshal([]byte(text), &c) != nil {
		return c, false, err
	}
	return c, schedule.StillWrong(c.At, c.Offset, now), nil
}

// Why says what is wrong with the clock, at now.
func (c clockState) Why(now time.Time) string {
	return fmt.Sprintf("it is %s by the clock of this machine and %s by those of %s, so no edition is cut; set the clock, the next run after that cuts it",
		Minute(now), Minute(now.Add(c.Offset)), plain.Count(c.Hosts, "unrelated host"))
}

// What the web says of the clock.
const (
	clockUnknown = iota // nothing: the last run decides
	clockRight
	clockWrong
)

// judgeClock finds out what the web says of the clock, and tells of one that is wrong: on stderr once, until it is right or
// wrong in another way. A time that was given with --now is nobody's to judge.
func (r *Run) judgeClock(ctx context.Context) error {
	if r.FixedTime {
		return nil
	}
	now := r.Now()
	known, standing, err := ReadClock(ctx, r.Store, now)
	if err != nil {
		return err
	}
	offset, hosts, ok := schedule.AgreedOffset(r.Fetcher.ClockOffsets())
	switch {
	case ok && !schedule.WrongClock(offset):
		r.clock = clockRight
		return r.clockIsRight(ctx, now)
	case ok:
		r.clock = clockWrong
		found := clockState{At: now, Offset: offset, Hosts: hosts}
		r.tellClock(found.Why(now), standing && (known.Offset-offset).Abs() < 24*time.Hour)
		text, err := json.Marshal(found)
		if err == nil {
			err = r.Store.SetMeta(ctx, clockNote, string(text))
		}
		return err
	case standing: // nobody was asked, or too few
		r.clock = clockWrong
		r.tellClock(known.Why(now), true)
	}
	return nil
}

// tellClock lets the report tell what is wrong with the clock; said: an earlier run said so on stderr.
func (r *Run) tellClock(why string, said bool) {
	r.report.trouble = append(r.report.trouble, trouble{name: "clock", what: "clock", why: why, said: said})
}

// clockBelieved reports whether an edition may be cut by the clock. Where the web does not tell, it is compared with the
// last run's, and the sources have been asked at the new time, so that the next run believes it when it is still so.
func (r *Run) clockBelieved() bool {
	now, given := r.Now(), r.FixedTime
	switch {
	case r.clock != clockUnknown:
		return r.clock == clockRight
	case !schedule.ClockJumped(r.asked, now), given && now.Before(r.asked):
		return true
	}
	by := "by the clock of this machine"
	if given {
		by = "by --now"
	}
	r.tellClock(fmt.Sprintf("no edition is cut, because it is %s %s and was %s in the last run; set the clock, or, if it is right, let the next run cut it",
		Minute(now), by, Minute(r.asked)), false)
	return false
}

// readersTime is the time by which is decided what readers see: ours where the clock is believed, else that of the web, or
// of the last run. A clock that is behind must not take editions away that are out.
func (r *Run) readersTime(ctx context.Context) (time.Time, error) {
	if r.clock != clockRight && !r.FixedTime && schedule.ClockJumped(r.asked, r.Now()) {
		if _, wrong, err := ReadClock(ctx, r.Store, r.Now()); err != nil || !wrong {
			return r.asked, err
		}
	}
	return r.Options.ReadersTime(ctx, r.Store)
}

// ReadersTime is our time, unless the web has found the clock wrong: then it is the web's.
func (o Options) ReadersTime(ctx context.Context, s *store.Store) (time.Time, error) {
	now := o.Now()
	if o.FixedTime {
		return now, nil
	}
	if known, wrong, err := ReadClock(ctx, s, now); err != nil || wrong {
		return now.Add(known.Offset), err
	}
	return now, nil
}

// clockIsRight forgets what was known against the clock, and repairs what was noted under one that was ahead.
func (r *Run) clockIsRight(ctx context.Context, now time.Time) error {
	for note, repair := range map[string]bool{clockNote: false, aheadNote: true} {
		text, err := r.Store.Meta(ctx, note)
		if err != nil || text == "" {
			if err != nil {
				return err
			}
			continue
		}
		if repair {
			if err := r.Store.RepairFuture(ctx, now); err != nil {
				return err
			}
			if r.Visits, err = LoadVisits(ctx, r.Composer, r.Store); err != nil {
				return err
			}
		}
		if err := r.Store.SetMeta(ctx, note, ""); err != nil {
			return err
		}
	}
	return nil
}

// noteJumpBack keeps that the last run's clock was ahead of this one's, until a run knows which of the two is right.
func (r *Run) noteJumpBack(ctx context.Context) error {
	if !r.asked.After(r.Now().Add(time.Hour)) || r.FixedTime {
		return nil
	}
	return r.Store.SetMeta(ctx, aheadNote, r.asked.UTC().Format(time.RFC3339))
}

func Minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }
