package client

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

func TestServerClocks(t *testing.T) {
	now := time.Date(2026, 12, 10, 7, 0, 0, 0, time.UTC)
	correct := now.AddDate(0, 0, -11)
	date := func(at time.Time, more ...string) http.Header {
		h := http.Header{"Date": {at.Format(http.TimeFormat)}}
		for i := 0; i < len(more); i += 2 {
			h.Set(more[i], more[i+1])
		}
		return h
	}
	c := newServerClocks(func() time.Time { return now })
	for _, a := range []struct {
		from   string
		status int
		header http.Header
	}{
		{"https://blog.one.example/feed", 200, date(correct.Add(-3*time.Hour), "Age", "10800")},
		{"https://www.one.example/", 404, date(correct.Add(-5*time.Hour), "Age", "x")}, // the same site, a response from a cache that omits its Age
		{"https://two.example/feed", 304, date(correct)},
		{"https://x.github.io/feed", 500, date(correct)},
		{"https://y.github.io/feed", 200, date(correct)},
		{"https://netflixtechblog.com/feed", 200, date(correct)},
		{"https://eng.lyft.com/feed", 200, date(correct)},
		{"http://three.example/feed", 302, date(now, "Location", "http://portal.hotel.example/login")},
		{"http://four.example/feed", 302, date(now, "Location", "http://portal.hotel.example/login")},
		{"http://five.example/feed", 511, date(now)},
		{"https://six.example/feed", 200, http.Header{"Date": {"yesterday"}}},
		{"https://seven.example/feed", 200, http.Header{}},
		{"http://127.0.0.1:8001/feed", 200, date(correct)},
		{"http://127.0.0.1:8002/feed", 200, date(correct)},
	} {
		u, err := url.Parse(a.from)
		if err != nil {
			t.Fatal(err)
		}
		c.record(HostGroup(a.from), u, a.status, a.header)
	}
	want := map[string]time.Duration{"one.example": -264 * time.Hour, "two.example": -264 * time.Hour, "github.io": -264 * time.Hour,
		"medium.com": -264 * time.Hour, "hotel.example": 0, "127.0.0.1": -264 * time.Hour}
	for operator, offset := range c.offsets {
		if want[operator] != offset {
			t.Errorf("%s: %s, want %s", operator, offset, want[operator])
		}
	}
	if len(c.offsets) != len(want) {
		t.Errorf("%v", c.offsets)
	}
}
