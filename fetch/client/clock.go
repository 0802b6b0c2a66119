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

	"broadsheet/internal/hostgroup"

	"golang.org/x/net/publicsuffix"
)

// ServerClocks records how far the Date header of each response is from our clock, by the operator of the host.
type ServerClocks struct {
	now func() time.Time

	mu      sync.Mutex
	offsets map[string]time.Duration // by operator
}

func newServerClocks(now func() time.Time) *ServerClocks {
	return &ServerClocks{now: now, offsets: map[string]time.Duration{}}
}

// maxCachedAge is the longest Age of a cached response that is believed.
const maxCachedAge = 400 * 24 * time.Hour

// record records a response from a host group, whatever its status. A redirect to another host counts for that host: a
// captive portal answers in the name of every host, but redirects all to itself, and so counts once. A response whose
// status says that it comes from a captive portal (511) is ignored. Of several responses from one operator the latest
// time counts: a cache that omits a response's Age can only be behind.
func (c *ServerClocks) record(group string, u *url.URL, status int, header http.Header) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil || status == http.StatusNetworkAuthenticationRequired {
		return
	}
	if age, err := strconv.ParseInt(strings.TrimSpace(header.Get("Age")), 10, 64); err == nil && age > 0 && age < int64(maxCachedAge/time.Second) {
		date = date.Add(time.Duration(age) * time.Second)
	}
	if status >= 300 && status < 400 && status != http.StatusNotModified {
		if target, err := u.Parse(header.Get("Location")); err == nil && target.Hostname() != "" && target.Hostname() != u.Hostname() {
			group = hostgroup.Of(target.Hostname())
		}
	}
	offset := date.Sub(c.now())
	operator := operatorOf(group)
	c.mu.Lock()
	defer c.mu.Unlock()
	if before, ok := c.offsets[operator]; !ok || offset > before {
		c.offsets[operator] = offset
	}
}

// operatorOf returns a name for who runs a host: its registered domain, or the domain of the service that hosts many
// sites (github.io), or its IP address.
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

// Offsets returns how far the clocks of servers are ahead of ours, by operator, from the responses so far.
func (c *ServerClocks) Offsets() map[string]time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.offsets)
}
