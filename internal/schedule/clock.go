package schedule

import (
	"slices"
	"time"
)

// When a clock is believed. An edition is cut under no other: its date stays for ever.
//
// First the web is asked. Where at least three unrelated hosts agree within an hour, they decide alone: a clock that is less
// than a day apart from them is right, whatever it said before, and any other is wrong until it is set.
//
// Where the web does not tell, as with few hosts, or without a network, or when the time was given with --now, the clock is
// compared with the last run: one that lies more than 400 days ahead of it, or more than 48 hours behind it, is believed by
// the next run if it is still so. A time that was given is believed at once when it lies behind.
const (
	leastWitnesses = 3
	witnessSpread  = time.Hour
	wrongBy        = 24 * time.Hour

	longestRest = 400 * 24 * time.Hour
	longestBack = 48 * time.Hour
)

// AgreedOffset is how far the clocks of most hosts are ahead of ours, and how many these are: the greatest number of them
// that agree within an hour, at least three. It is not ok where there are fewer, or as many others agree on another time.
func AgreedOffset(byHost map[string]time.Duration) (offset time.Duration, hosts int, ok bool) {
	all := make([]time.Duration, 0, len(byHost))
	for _, d := range byHost {
		all = append(all, d)
	}
	slices.Sort(all)
	from, to := densest(all)
	others := slices.Concat(all[:from], all[to:])
	if a, b := densest(others); to-from < leastWitnesses || b-a >= to-from {
		return 0, 0, false
	}
	return all[(from+to)/2], to - from, true
}

// densest are the bounds of the first of the largest groups within an hour of sorted offsets.
func densest(all []time.Duration) (from, to int) {
	first := 0
	for i := range all {
		for all[i]-all[first] > witnessSpread {
			first++
		}
		if i+1-first > to-from {
			from, to = first, i+1
		}
	}
	return from, to
}

// WrongClock reports whether a clock that the web's is ahead of by offset is wrong.
func WrongClock(offset time.Duration) bool { return offset.Abs() >= wrongBy }

// StillWrong reports whether a clock that was found wrong by offset, when it showed then, must be so at now: it goes on from
// there, and was not set since.
func StillWrong(then time.Time, offset time.Duration, now time.Time) bool {
	if offset > 0 { // behind: setting it takes it at least so far ahead
		return !now.Before(then) && now.Before(then.Add(offset-witnessSpread))
	}
	return !now.Before(then)
}

// ClockJumped reports whether now cannot be believed yet, given when sources were last asked: it lies more than a year ahead,
// or days behind. A machine whose clock is set only after the program has run is more likely than one that slept so
// long. The zero time is never jumped from.
func ClockJumped(last, now time.Time) bool {
	return !last.IsZero() && (now.Sub(last) > longestRest || last.Sub(now) > longestBack)
}
