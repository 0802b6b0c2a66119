package broadsheet

import "time"

// How far a clock may be from where it was when the program last ran, and still be believed.
const (
	longestRest = 400 * 24 * time.Hour
	longestBack = 48 * time.Hour
)

// Jumped tells whether now cannot be believed yet, given when sources were last asked: it lies more than a year ahead,
// or days behind. A machine whose clock is set only after the program has run is more likely than one that slept so
// long, and an edition with a wrong date stays for ever. The zero time is never jumped from.
func Jumped(last, now time.Time) bool {
	return !last.IsZero() && (now.Sub(last) > longestRest || last.Sub(now) > longestBack)
}
