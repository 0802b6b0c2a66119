package client

import (
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"
)

// ServerClocks notes how far the Date of each answer is from our clock, by who answered.
type ServerClocks struct {
	now func() time.Time

	mu      sync.Mutex
	offsets map[string]time.Duration
}

func newServerClocks(now func() time.Time) *ServerClocks {
	return &ServerClocks{now: now, offsets: map[string]time.Duration{}}
}

// maxCachedAge is how old an answer of a cache may be to tell the time; its Age is not believed beyond.
const maxCachedAge = 400 * 24 * time.Hour

// record notes an answer, whatever its status. A redirect to elsewhere counts for where it leads, so that a captive portal,
// which answers in everybody's name, is one host; and one that says that it is one is none. Of several answers of one host
// the latest time counts: a cache that does not tell an answer's Age is only ever behind.
func (c *ServerClocks) record(door string, at *url.URL, status int, header http.Header) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil || status == http.StatusNetworkAuthenticationRequired {
		return
	}
	if age, err := strconv.ParseInt(strings.TrimSpace(header.Get("Age")), 10, 64); err == nil && age > 0 && age < int64(maxCachedAge/time.Second) {
		date = date.Add(time.Duration(age) * time.Second)
	}
	if status >= 300 && status < 400 && status != http.StatusNotModified {
		if to, err := at.Parse(header.Get("Location")); err == nil && to.Hostname() != "" && to.Hostname() != at.Hostname() {
			door = hostGroupOf(to.Hostname())
		}
	}
	offset := date.Sub(c.now())
	who := operatorOf(door)
	c.mu.Lock()
	defer c.mu.Unlock()
	if before, ok := c.offsets[who]; !ok || offset > before {
		c.offsets[who] = offset
	}
}

// operatorOf is who runs a host: its registered domain, that of the service where many sites share one, or its number.
func operatorOf(host string) string {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	if net.ParseIP(name) != nil {
		return name
	}
	if suffix, official := publicsuffix.PublicSuffix(name); !official && strings.Contains(suffix, ".") {
		return suffix
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(name); err == nil {
		return domain
	}
	return name
}

// Offsets are how far the clocks of those who answered so far are ahead of ours, by who they are.
func (c *ServerClocks) Offsets() map[string]time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.offsets)
}
