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

// HostLimiter keeps the manners of one run: one request at a time per host, a gap between two, none at all once a host asked
// to be left alone or stopped answering; and a bound on the requests in flight over all.
type HostLimiter struct {
	mu      sync.Mutex
	known   map[string]*hostState
	groupOf map[string]string // host names that turned out to be another's front door
	planned map[string]int    // how many addresses at a place are still to be asked; a place that nothing is known of is absent
	slots   chan struct{}
	gap     time.Duration
}

// hostState is what a run remembers of one host. All but turn is read and written under hosts.mu.
type hostState struct {
	token      chan struct{} // holds a token while nobody is asking
	last       time.Time     // when its last answer was read to its end
	gap        time.Duration // longest that it asked for
	block      *HostBlock    // not to be asked again in this run
	unanswered int           // requests in a row that it did not answer at all

	asked, answered bool // whether a request was sent to it in this run, and whether any HTTP answer came
}

// HostBlock is why a host is left alone for the rest of a run, and for how long it asked for that; 0: it did not say.
type HostBlock struct {
	Reason     string
	RetryAfter time.Duration
}

// maxUnanswered is how many requests in a row a host may leave unanswered: the rest would only wait for the same timeout.
const maxUnanswered = 2

func newHostLimiter(inFlight int, gap time.Duration) *HostLimiter {
	return &HostLimiter{known: map[string]*hostState{}, groupOf: map[string]string{}, planned: map[string]int{}, slots: make(chan struct{}, inFlight), gap: max(gap, 0)}
}

// sharedHosts are hosts at which many sites stand behind one server that counts all their visitors as one. A site's own
// name among them is one that Medium answers.
var sharedHosts = map[string][]string{
	"medium.com": {"medium.com", "medium.engineering", "netflixtechblog.com", "instagram-engineering.com", "blog.hotstar.com",
		"eng.lyft.com", "open.nytimes.com", "tech.instacart.com", "engblog.nextdoor.com", "blog.flipkart.tech", "bytes.swiggy.com",
		"engineering.razorpay.com", "betterprogramming.pub", "levelup.gitconnected.com", "itnext.io", "plainenglish.io",
		"proandroiddev.com", "infosecwriteups.com", "uxdesign.cc", "pub.towardsai.net", "blog.devgenius.io", "blog.stackademic.com"},
	"substack.com":  {"substack.com"},
	"blogspot.com":  {"blogspot.com"},
	"wordpress.com": {"wordpress.com"},
}

// HostGroup names who answers at an address: a host, or the front door that it stands behind. Requests to one door are made
// one after the other.
func HostGroup(address string) string {
	u, err := ParseURL(address)
	if err != nil {
		return address
	}
	return hostGroupOf(u.Hostname())
}

// hostGroupOf is the name that a host's manners go by.
func hostGroupOf(name string) string {
	for door, names := range sharedHosts {
		for _, n := range names {
			if name == n || strings.HasSuffix(name, "."+n) {
				return door
			}
		}
	}
	return name
}

// name returns what u's host is known by. Another port is another server, but http and https are one. h.mu is held.
func (h *HostLimiter) name(u *url.URL) string {
	name := strings.TrimSuffix(u.Hostname(), ".")
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		name += ":" + port
	}
	return h.front(name)
}

// stateOf finds what is known of u's host.
func (h *HostLimiter) stateOf(u *url.URL) *hostState {
	h.mu.Lock()
	defer h.mu.Unlock()
	door := h.name(u)
	there := h.known[door]
	if there == nil {
		there = &hostState{token: make(chan struct{}, 1), gap: h.gap}
		there.token <- struct{}{}
		h.known[door] = there
	}
	return there
}

// door names who answers at u: its host, or the front door that it turned out to stand behind.
func (h *HostLimiter) door(u *url.URL) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.front(strings.TrimSuffix(u.Hostname(), "."))
}

// front is the name that a host's manners go by, as far as is known; h.mu is held.
func (h *HostLimiter) front(name string) string {
	if learned, ok := h.groupOf[name]; ok {
		return learned
	}
	return hostGroupOf(name)
}

// detectSharedHost notes from an answer that u's host is one of Medium's: it sends newcomers to medium.com and back, and its
// servers say who they are.
func (h *HostLimiter) detectSharedHost(u *url.URL, header http.Header) {
	to, err := u.Parse(header.Get("Location"))
	sent := err == nil && to.Hostname() == "medium.com" && strings.HasPrefix(to.Path, "/m/global-identity")
	if sent || header.Get("Medium-Fulfilled-By") != "" {
		h.mu.Lock()
		h.groupOf[u.Hostname()] = "medium.com"
		h.mu.Unlock()
	}
}

// PlanRequest notes that u is to be asked.
func (h *HostLimiter) PlanRequest(u *url.URL) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.planned[HostPort(u)]++
}

// IsLastPlanned tells, when u is asked, that nothing is expected of its place after it.
func (h *HostLimiter) IsLastPlanned(u *url.URL) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := HostPort(u)
	n := h.planned[at]
	h.planned[at] = max(n-1, 0)
	return n == 1
}

// Acquire waits until u's host may be asked and a slot is free, and takes both. Whoever waits for a host takes no slot
// from the others. It is refused at once when the host is held.
func (h *HostLimiter) Acquire(ctx context.Context, u *url.URL) (*slot, error) {
	there := h.stateOf(u)
	select {
	case <-there.token:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	t := &slot{host: there, all: h}
	wait, err := h.waitForGap(there)
	if err == nil {
		err = sleepContext(ctx, wait)
	}
	if err != nil {
		t.releaseHost()
		return nil, err
	}
	select {
	case h.slots <- struct{}{}:
		t.slot = true
		return t, nil
	case <-ctx.Done():
		t.releaseHost()
		return nil, ctx.Err()
	}
}

// slot is the right to make one request. Its host is left as soon as the answer is read, its slot when the answer is
// done with, so that no more answers than slots are in memory.
type slot struct {
	host *hostState
	all  *HostLimiter
	left bool
	slot bool
}

func (t *slot) releaseHost() {
	if !t.left {
		t.left = true
		t.host.token <- struct{}{}
	}
}

func (t *slot) Release() {
	t.releaseHost()
	if t.slot {
		t.slot = false
		<-t.all.slots
	}
}

// asked notes that the host was asked: the gap begins.
func (t *slot) asked() {
	t.all.mu.Lock()
	defer t.all.mu.Unlock()
	t.host.last = time.Now()
}

// answered notes that the host was asked, and whether it answered.
func (t *slot) answered(answered bool) {
	t.asked()
	t.all.mu.Lock()
	defer t.all.mu.Unlock()
	t.host.unanswered++
	if answered {
		t.host.unanswered = 0
	}
	if t.host.unanswered >= maxUnanswered && t.host.block == nil {
		t.host.block = &HostBlock{Reason: fmt.Sprintf("did not answer %d times in a row", maxUnanswered)}
	}
}

// heard notes that a request was sent to the host, and whether any HTTP answer came, whatever it says.
func (t *slot) heard(answered bool) {
	t.all.mu.Lock()
	defer t.all.mu.Unlock()
	t.host.asked = true
	t.host.answered = t.host.answered || answered
}

// Block leaves u's host alone for the rest of the run.
func (h *HostLimiter) Block(u *url.URL, because HostBlock) {
	there := h.stateOf(u)
	h.mu.Lock()
	defer h.mu.Unlock()
	there.block = &because
}

// slower makes the gap at u's host at least d.
func (h *HostLimiter) slower(u *url.URL, d time.Duration) {
	there := h.stateOf(u)
	h.mu.Lock()
	defer h.mu.Unlock()
	there.gap = max(there.gap, d)
}

func (h *HostLimiter) waitForGap(there *hostState) (time.Duration, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if there.block != nil {
		return 0, there.block
	}
	return gapLeft(there.last, time.Now(), there.gap), nil
}

// gapLeft is how long to wait before a host that was last busy at last may be asked again. A host's first request
// never waits.
func gapLeft(last, now time.Time, gap time.Duration) time.Duration {
	if last.IsZero() {
		return 0
	}
	return min(max(gap-now.Sub(last), 0), gap)
}

// sleepContext waits in real time, whatever time the run believes in: it is the host that must be spared.
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

func (h *HostBlock) Error() string { return h.Reason }

// Counts returns how many hosts a request was sent to in this run, and how many of them gave an HTTP answer.
func (h *HostLimiter) Counts() (asked, answered int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, there := range h.known {
		if there.asked {
			asked++
		}
		if there.answered {
			answered++
		}
	}
	return asked, answered
}

// Distinct returns how many hosts the sources have together. What is listed by hand is not asked as a source.
func (h *HostLimiter) Distinct(sources []broadsheet.Source) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	names := map[string]bool{}
	for _, s := range sources {
		if u, err := ParseURL(s.URL); err == nil && u.Host != "" {
			names[h.name(u)] = true
		}
	}
	return len(names)
}
