package broadsheet

import "time"

// Hints are what an answer said of when to come back. Zero values mean that nothing was said.
type Hints struct {
	MaxAge     time.Duration  // Cache-Control max-age less Age, else Expires less Date (RFC 9111)
	TTL        time.Duration  // RSS <ttl>, in minutes there
	Period     time.Duration  // sy:updatePeriod divided by sy:updateFrequency
	PeriodName string         // "daily", as told
	SkipHours  []int          // hours of the day, GMT, not to come in
	SkipDays   []time.Weekday // days of the week, GMT, not to come on
	RetryAfter time.Duration  // of a 429, a 503 or any other error answer (RFC 9110 section 10.2.3)
}
