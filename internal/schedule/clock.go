package schedule

import (
	"slices"
	"time"
)

// Rules to decide whether the machine's clock is right. No edition is composed while it may be wrong, because the date
// of an edition stays forever.
//
// The clocks of web servers (the Date header of their responses) decide first. If at least three unrelated hosts agree
// within an hour, they alone decide: a clock that differs from them by less than a day is right, whatever it showed
// before, and any other clock is wrong until it is set.
//
// Without such an agreement (few hosts, no network, or a time given with --now), the clock is compared with the last
// run. If it is more than 400 days ahead of that run, or more than 48 hours behind it, only the next run trusts it, if
// it still shows such a time. A time that was given with --now is trusted at once when it is behind.
const (
	minAgreeingHosts = 3
	maxHostSpread    = time.Hour
	maxClockError    = 24 * time.Hour

	maxForwardJump  = 400 * 24 * time.Hour
	maxBackwardJump = 48 * time.Hour
)

// AgreedOffset returns how far the clocks of most hosts are ahead of ours, and the number of these hosts: the largest
// group that agrees within an hour. byHost holds the offset of each host. ok is false if the group has fewer than three
// hosts, or if as many others agree on another time.
func AgreedOffset(byHost map[string]time.Duration) (offset time.Duration, hosts int, ok bool) {
	all := make([]time.Duration, 0, len(byHost))
	for _, d := range byHost {
		all = append(all, d)
	}
	slices.Sort(all)
	from, to := largestCluster(all)
	others := slices.Concat(all[:from], all[to:])
	if a, b := largestCluster(others); to-from < minAgreeingHosts || b-a >= to-from {
		return 0, 0, false
	}
	return all[(from+to)/2], to - from, true
}

// largestCluster returns the bounds of the largest group of offsets within an hour, the first one if there are several.
// The offsets must be sorted.
func largestCluster(all []time.Duration) (from, to int) {
	first := 0
	for i := range all {
		for all[i]-all[first] > maxHostSpread {
			first++
		}
		if i+1-first > to-from {
			from, to = first, i+1
		}
	}
	return from, to
}

// WrongClock reports whether our clock is wrong, given how far the agreed clock of the web is ahead of it.
func WrongClock(offset time.Duration) bool { return offset.Abs() >= maxClockError }

// StillWrong reports whether a clock that was wrong by offset when it showed then is still wrong at now: it has only
// moved on since, and was not set.
func StillWrong(then time.Time, offset time.Duration, now time.Time) bool {
	if offset > 0 { // it was behind: setting it moves it ahead by at least that much
		return !now.Before(then) && now.Before(then.Add(offset-maxHostSpread))
	}
	return !now.Before(then)
}

// ClockJumped reports whether now cannot be trusted yet, given the time of the last fetch: now is more than a year
// ahead of it, or days behind it. A machine whose clock is set only after the program has run is more likely than one
// that was off for so long. If last is the zero time, nothing has jumped.
func ClockJumped(last, now time.Time) bool {
	return !last.IsZero() && (now.Sub(last) > maxForwardJump || last.Sub(now) > maxBackwardJump)
}
