package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"broadsheet"
)

// HostLimiter limits the requests of one run: how many are in flight over all, one at a time to a host, and a gap
// between two to the same host. A host that asked for a pause, or that stopped answering, is blocked: it gets no
// further request in the run. limits.go shows its limits beside the others.
type HostLimiter struct {
	mu           sync.Mutex
	hosts        map[string]*hostState // by the name that key returns
	groups       map[string]string     // host names that turned out to belong to a shared host, and its name
	planned      map[string]int        // by host and port: how many requests are still planned; absent: nothing is known
	requestSlots chan struct{}         // holds an element for each request in flight
	gap          time.Duration
}

// hostState is what a run knows of one host. All but slot is guarded by HostLimiter.mu.
type hostState struct {
	slot       chan struct{} // holds an element while a request to the host is in flight; capacity 1
	last       time.Time     // when its last response was read to the end
	gap        time.Duration // between two requests: the limiter's, or a longer one that the host asked for
	block      *HostBlock    // why it gets no more requests in this run; nil: it may get them
	unanswered int           // requests in a row without any response

	contacted, answered bool // whether a request was sent in this run, and whether any HTTP response came
}

// HostBlock is the error of a request to a blocked host: why the host is blocked for the rest of the run, and the delay
// that it asked for; 0: none.
type HostBlock struct {
	Reason     string
	RetryAfter time.Duration
}

func (b *HostBlock) Error() string { return b.Reason }

// maxUnanswered is how many requests in a row may get no response before the host is blocked: further ones would only
// wait for the same timeout.
const maxUnanswered = 2

func newHostLimiter(maxRequests int, gap time.Duration) *HostLimiter {
	return &HostLimiter{
		hosts: map[string]*hostState{}, groups: map[string]string{}, planned: map[string]int{},
		requestSlots: make(chan struct{}, maxRequests), gap: max(gap, 0),
	}
}

// sharedHosts are hosts that serve many sites, and count the requests to all of them together. The values are the
// domains of these sites; a site's own domain is listed where Medium serves it.
var sharedHosts = map[string][]string{
	"medium.com": {"medium.com", "medium.engineering", "netflixtechblog.com", "instagram-engineering.com", "blog.hotstar.com",
		"eng.lyft.com", "open.nytimes.com", "tech.instacart.com", "engblog.nextdoor.com", "blog.flipkart.tech", "bytes.swiggy.com",
		"engineering.razorpay.com", "betterprogramming.pub", "levelup.gitconnected.com", "itnext.io", "plainenglish.io",
		"proandroiddev.com", "infosecwriteups.com", "uxdesign.cc", "pub.towardsai.net", "blog.devgenius.io", "blog.stackademic.com"},
	"substack.com":  {"substack.com"},
	"blogspot.com":  {"blogspot.com"},
	"wordpress.com": {"wordpress.com"},
}

// HostGroup returns the name of the shared host that serves an address, or else its host name. Requests to one host
// group are made one after the other.
func HostGroup(address string) string {
	u, err := ParseURL(address)
	if err != nil {
		return address
	}
	return hostGroupOf(u.Hostname())
}

// hostGroupOf returns the shared host that a host name belongs to, or else the name itself.
func hostGroupOf(name string) string {
	for group, domains := range sharedHosts {
		for _, domain := range domains {
			if name == domain || strings.HasSuffix(name, "."+domain) {
				return group
			}
		}
	}
	return name
}

// key returns the key of u's host in hosts. Another port is another server, but http and https are one. l.mu must be
// held.
func (l *HostLimiter) key(u *url.URL) string {
	name := strings.TrimSuffix(u.Hostname(), ".")
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		name += ":" + port
	}
	return l.groupOf(name)
}

// state returns the state of u's host, which is created if need be.
func (l *HostLimiter) state(u *url.URL) *hostState {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := l.key(u)
	host := l.hosts[key]
	if host == nil {
		host = &hostState{slot: make(chan struct{}, 1), gap: l.gap}
		l.hosts[key] = host
	}
	return host
}

// group is HostGroup of u, with the shared hosts that were detected in this run.
func (l *HostLimiter) group(u *url.URL) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.groupOf(strings.TrimSuffix(u.Hostname(), "."))
}

// groupOf is hostGroupOf with the shared hosts that were detected in this run. l.mu must be held.
func (l *HostLimiter) groupOf(name string) string {
	if group, ok := l.groups[name]; ok {
		return group
	}
	return hostGroupOf(name)
}

// detectSharedHost detects from the header of a response that Medium serves u's host: it redirects new visitors to
// medium.com and back, and its servers name themselves in a header field.
func (l *HostLimiter) detectSharedHost(u *url.URL, header http.Header) {
	target, err := u.Parse(header.Get("Location"))
	redirected := err == nil && target.Hostname() == "medium.com" && strings.HasPrefix(target.Path, "/m/global-identity")
	if redirected || header.Get("Medium-Fulfilled-By") != "" {
		l.mu.Lock()
		l.groups[u.Hostname()] = "medium.com"
		l.mu.Unlock()
	}
}

// PlanRequest records that u will be requested later.
func (l *HostLimiter) PlanRequest(u *url.URL) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.planned[HostPort(u)]++
}

// IsLastPlanned takes the request of u from the planned ones. It reports whether it was the last one to its host and
// port.
func (l *HostLimiter) IsLastPlanned(u *url.URL) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	hostPort := HostPort(u)
	n := l.planned[hostPort]
	l.planned[hostPort] = max(n-1, 0)
	return n == 1
}

// Acquire blocks until a request to u's host is allowed, and takes the host's slot and a request slot. It takes the
// host's slot first, so that requests that wait for a slow host take no request slots from the others. It fails at once
// with a *HostBlock if the host is blocked.
func (l *HostLimiter) Acquire(ctx context.Context, u *url.URL) (*slot, error) {
	host := l.state(u)
	select {
	case host.slot <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s := &slot{limiter: l, host: host, holdsHost: true}
	wait, err := l.delay(host)
	if err == nil {
		err = sleepContext(ctx, wait)
	}
	if err != nil {
		s.Release()
		return nil, err
	}
	select {
	case l.requestSlots <- struct{}{}:
		s.holdsRequest = true
		return s, nil
	case <-ctx.Done():
		s.Release()
		return nil, ctx.Err()
	}
}

// slot is the right to send one request. The host's slot is released as soon as the response is read; the request slot
// when the caller is done with the response, so that no more responses than request slots are in memory.
type slot struct {
	limiter                 *HostLimiter
	host                    *hostState
	holdsHost, holdsRequest bool
}

func (s *slot) releaseHost() {
	if s.holdsHost {
		s.holdsHost = false
		<-s.host.slot
	}
}

// Release gives back all that the slot still holds. Calling it again does nothing.
func (s *slot) Release() {
	s.releaseHost()
	if s.holdsRequest {
		s.holdsRequest = false
		<-s.limiter.requestSlots
	}
}

// recordRequest records that a request was made now: the gap begins.
func (s *slot) recordRequest() {
	s.limiter.mu.Lock()
	defer s.limiter.mu.Unlock()
	s.host.last = time.Now()
}

// recordResult records that a request was made, and whether the host answered it. It blocks a host that no longer
// answers.
func (s *slot) recordResult(answered bool) {
	s.recordRequest()
	s.limiter.mu.Lock()
	defer s.limiter.mu.Unlock()
	s.host.unanswered++
	if answered {
		s.host.unanswered = 0
	}
	if s.host.unanswered >= maxUnanswered && s.host.block == nil {
		s.host.block = &HostBlock{Reason: fmt.Sprintf("did not answer %d times in a row", maxUnanswered)}
	}
}

// recordContact records that a request was sent to the host, and whether any HTTP response came, whatever its status.
func (s *slot) recordContact(answered bool) {
	s.limiter.mu.Lock()
	defer s.limiter.mu.Unlock()
	s.host.contacted = true
	s.host.answered = s.host.answered || answered
}

// Block blocks u's host for the rest of the run.
func (l *HostLimiter) Block(u *url.URL, block HostBlock) {
	host := l.state(u)
	l.mu.Lock()
	defer l.mu.Unlock()
	host.block = &block
}

// extendGap makes the gap between requests to u's host at least d.
func (l *HostLimiter) extendGap(u *url.URL, d time.Duration) {
	host := l.state(u)
	l.mu.Lock()
	defer l.mu.Unlock()
	host.gap = max(host.gap, d)
}

// delay returns how long to wait before the next request to a host, or its HostBlock.
func (l *HostLimiter) delay(host *hostState) (time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if host.block != nil {
		return 0, host.block
	}
	return gapLeft(host.last, time.Now(), host.gap), nil
}

// gapLeft returns how long to wait before the next request to a host whose last one ended at last. The first request
// never waits. A clock that was set back makes it wait no longer than gap.
func gapLeft(last, now time.Time, gap time.Duration) time.Duration {
	if last.IsZero() {
		return 0
	}
	return min(max(gap-now.Sub(last), 0), gap)
}

// sleepContext sleeps in real time, not by Options.Now: the gap spares the host.
func sleepContext(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// HostCounts returns how many hosts a request was sent to in this run, and how many of them gave an HTTP response.
func (l *HostLimiter) HostCounts() (contacted, answered int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, host := range l.hosts {
		if host.contacted {
			contacted++
		}
		if host.answered {
			answered++
		}
	}
	return contacted, answered
}

// CountHosts returns how many different hosts the sources have. A list has none, since it is not requested.
func (l *HostLimiter) CountHosts(sources []broadsheet.Source) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	keys := map[string]bool{}
	for _, s := range sources {
		if u, err := ParseURL(s.URL); err == nil && u.Host != "" {
			keys[l.key(u)] = true
		}
	}
	return len(keys)
}
