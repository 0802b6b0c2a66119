package client

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	for _, test := range []struct {
		value, date string
		want        time.Duration
	}{
		{"", "", 0},
		{"120", "", 2 * time.Minute},
		{" 120 ", "", 2 * time.Minute},
		{"0", "", 0},
		{"-5", "", 0},
		{"1.5", "", 0},
		{"soon", "", 0},
		{"99999999999999999999", "", maxHint},
		{"9223372036854775807", "", maxHint},
		{"Tue, 24 Nov 2026 13:00:00 GMT", "", time.Hour},
		{"Tuesday, 24-Nov-26 13:00:00 GMT", "", time.Hour},
		{"Tue Nov 24 13:00:00 2026", "", time.Hour},
		{"Tue, 24 Nov 2026 11:00:00 GMT", "", 0},
		{"Sun, 24 Nov 2126 11:00:00 GMT", "", maxHint},
		{"Tue, 24 Nov 2026 13:00:00 GMT", "Tue, 24 Nov 2026 12:50:00 GMT", 10 * time.Minute}, // the server's clock decides
	} {
		h := http.Header{}
		h.Set("Retry-After", test.value)
		h.Set("Date", test.date)
		if got := retryAfter(h, testTime); got != test.want {
			t.Errorf("%q: %v, want %v", test.value, got, test.want)
		}
	}
}

func TestMaxAge(t *testing.T) {
	const date = "Tue, 24 Nov 2026 12:00:00 GMT"
	for _, test := range []struct {
		name   string
		header http.Header
		want   time.Duration
	}{
		{"nothing", http.Header{}, 0},
		{"max-age", http.Header{"Cache-Control": {"public, max-age=3600"}}, time.Hour},
		{"in capitals, quoted", http.Header{"Cache-Control": {`Max-Age="3600"`}}, time.Hour},
		{"in a second header line", http.Header{"Cache-Control": {"public", "max-age=60"}}, time.Minute},
		{"twice: the first counts", http.Header{"Cache-Control": {"max-age=60, max-age=3600"}}, time.Minute},
		{"with an age", http.Header{"Cache-Control": {"max-age=3600"}, "Age": {"600"}}, 50 * time.Minute},
		{"stale already", http.Header{"Cache-Control": {"max-age=3600"}, "Age": {"7200"}}, 0},
		{"no-cache", http.Header{"Cache-Control": {"max-age=3600, no-cache"}}, 0},
		{"no-store", http.Header{"Cache-Control": {"no-store"}, "Expires": {"Tue, 24 Nov 2026 13:00:00 GMT"}, "Date": {date}}, 0},
		{"for shared caches only", http.Header{"Cache-Control": {"s-maxage=3600"}}, 0},
		{"invalid", http.Header{"Cache-Control": {"max-age=-1"}}, 0},
		{"huge", http.Header{"Cache-Control": {"max-age=99999999999999999999"}}, maxHint},
		{"Expires", http.Header{"Expires": {"Tue, 24 Nov 2026 13:00:00 GMT"}, "Date": {date}}, time.Hour},
		{"max-age wins over Expires", http.Header{"Cache-Control": {"max-age=60"}, "Expires": {"Tue, 24 Nov 2026 13:00:00 GMT"}, "Date": {date}}, time.Minute},
		{"Expires without Date", http.Header{"Expires": {"Tue, 24 Nov 2026 13:00:00 GMT"}}, 0},
		{"expired", http.Header{"Expires": {"Thu, 01 Jan 1970 00:00:00 GMT"}, "Date": {date}}, 0},
		{"Expires 0", http.Header{"Expires": {"0"}, "Date": {date}}, 0},
	} {
		if got := maxAge(test.header); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func FuzzHints(f *testing.F) {
	f.Add("120", "max-age=60, no-cache", "5", "Tue, 24 Nov 2026 13:00:00 GMT", "Tue, 24 Nov 2026 12:00:00 GMT")
	f.Fuzz(func(t *testing.T, after, cacheControl, age, expires, date string) {
		h := HintsOf(http.Header{"Retry-After": {after}, "Cache-Control": {cacheControl}, "Age": {age}, "Expires": {expires}, "Date": {date}}, testTime)
		if h.RetryAfter < 0 || h.RetryAfter > maxHint || h.MaxAge < 0 || h.MaxAge > maxHint {
			t.Errorf("%+v", h)
		}
	})
}

var testTime = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
