package client

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"broadsheet"
)

// HintsOf reads from an answer's header when to come back.
func HintsOf(h http.Header, now time.Time) broadsheet.Hints {
	return broadsheet.Hints{MaxAge: maxAge(h), RetryAfter: retryAfter(h, now)}
}

// longest bounds what a header may say, so that no sum of times overflows.
const longest = 366 * 24 * time.Hour

// retryAfter reads Retry-After, in seconds or as a date (RFC 9110 section 10.2.3). A date counts from the server's own
// Date, so that neither clock need be right; 0 means that nothing was said, or the time is past.
func retryAfter(h http.Header, now time.Time) time.Duration {
	said := strings.TrimSpace(h.Get("Retry-After"))
	if d, ok := seconds(said); ok {
		return d
	}
	at, err := http.ParseTime(said)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return within(at.Sub(now))
}

// maxAge is how long an answer stays fresh: Cache-Control max-age less Age, else Expires less Date (RFC 9111 sections
// 4.2.1 and 4.2.3). 0 means that nothing was said, or that it is stale already.
func maxAge(h http.Header) time.Duration {
	cacheControl := strings.ToLower(strings.Join(h.Values("Cache-Control"), ","))
	said, found := time.Duration(0), false
	for _, directive := range strings.Split(cacheControl, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.TrimSpace(name) {
		case "no-cache", "no-store":
			return 0
		case "max-age":
			if d, ok := seconds(strings.Trim(strings.TrimSpace(value), `"`)); ok && !found {
				said, found = d, true
			}
		}
	}
	if found {
		age, _ := seconds(strings.TrimSpace(h.Get("Age")))
		return within(said - age)
	}
	expires, err := http.ParseTime(h.Get("Expires"))
	if err != nil {
		return 0
	}
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return within(expires.Sub(date))
}

// seconds reads a delay in whole seconds; digits that no integer holds are a very long delay.
func seconds(s string) (time.Duration, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > int64(longest/time.Second) {
		return longest, true
	}
	return time.Duration(n) * time.Second, true
}

func within(d time.Duration) time.Duration { return min(max(d, 0), longest) }
