package main

import (
	"fmt"
	"time"

	"broadsheet"
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

// clockTrouble tells that no edition was cut, as the clock cannot be believed. The sources have been asked at the new
// time, so that the next run believes it when it is still so.
func clockTrouble(asked, now time.Time) trouble {
	return trouble{name: "clock", what: "clock", why: fmt.Sprintf("no edition is cut, because it is %s by the clock of this machine and was %s in the last run; "+
		"set the clock, or, if it is right, let the next run cut it", minute(now), minute(asked))}
}
