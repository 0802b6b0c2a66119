package client

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"broadsheet"
)

// HintsOf returns what the header of a response says about when to fetch again.
func HintsOf(h http.Header, now time.Time) broadsheet.Hints {
	return broadsheet.Hints{MaxAge: maxAge(h), RetryAfter: retryAfter(h, now)}
}

// maxHint caps the delay that a header may give, so that no sum of times overflows.
const maxHint = 366 * 24 * time.Hour

// retryAfter returns the delay in Retry-After, which is in seconds or a date (RFC 9110 section 10.2.3). A date is
// compared with the server's own Date, so that neither clock need be right. 0 means that there is none, or that the
// time is past.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if d, ok := seconds(value); ok {
		return d
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return clampHint(at.Sub(now))
}

// maxAge returns how long a response stays fresh: Cache-Control max-age less Age, else Expires less Date (RFC 9111
// sections 4.2.1 and 4.2.3). 0 means that the header does not say, or that the response is stale already.
func maxAge(h http.Header) time.Duration {
	cacheControl := strings.ToLower(strings.Join(h.Values("Cache-Control"), ","))
	lifetime, found := time.Duration(0), false
	for _, directive := range strings.Split(cacheControl, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.TrimSpace(name) {
		case "no-cache", "no-store":
			return 0
		case "max-age":
			if d, ok := seconds(strings.Trim(strings.TrimSpace(value), `"`)); ok && !found {
				lifetime, found = d, true
			}
		}
	}
	if found {
		age, _ := seconds(strings.TrimSpace(h.Get("Age")))
		return clampHint(lifetime - age)
	}
	expires, err := http.ParseTime(h.Get("Expires"))
	if err != nil {
		return 0
	}
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return clampHint(expires.Sub(date))
}

// seconds parses a delay in whole seconds, at most maxHint; digits that overflow an integer are maxHint too.
func seconds(s string) (time.Duration, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > int64(maxHint/time.Second) {
		return maxHint, true
	}
	return time.Duration(n) * time.Second, true
}

func clampHint(d time.Duration) time.Duration { return min(max(d, 0), maxHint) }
