package fetch

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

// hosts keeps the manners of one run: one request at a time per host, a gap between two, none at all once a host asked
// to be left alone or stopped answering; and a bound on the requests in flight over all.
type hosts struct {
	mu      sync.Mutex
	known   map[string]*host
	learned map[string]string // host names that turned out to be another's front door
	coming  map[string]int    // how many addresses at a place are still to be asked; a place that nothing is known of is absent
	slots   chan struct{}
	gap     time.Duration
}

// host is what a run remembers of one host. All but turn is read and written under hosts.mu.
type host struct {
	turn   chan struct{} // holds a token while nobody is asking
	last   time.Time     // when its last answer was read to its end
	gap    time.Duration // longest that it asked for
	held   *hold         // not to be asked again in this run
	silent int           // requests in a row that it did not answer at all

	asked, answered bool // whether a request was sent to it in this run, and whether any HTTP answer came
}

// hold is why a host is left alone for the rest of a run, and for how long it asked for that; 0: it did not say.
type hold struct {
	why   string
	after time.Duration
}

// maxSilent is how many requests in a row a host may leave unanswered: the rest would only wait for the same timeout.
const maxSilent = 2

func newHosts(inFlight int, gap time.Duration) *hosts {
	return &hosts{known: map[string]*host{}, learned: map[string]string{}, coming: map[string]int{}, slots: make(chan struct{}, inFlight), gap: max(gap, 0)}
}

// frontDoors are hosts at which many sites stand behind one server that counts all their visitors as one. A site's own
// name among them is one that Medium answers.
var frontDoors = map[string][]string{
	"medium.com": {"medium.com", "medium.engineering", "netflixtechblog.com", "instagram-engineering.com", "blog.hotstar.com",
		"eng.lyft.com", "open.nytimes.com", "tech.instacart.com", "engblog.nextdoor.com", "blog.flipkart.tech", "bytes.swiggy.com",
		"engineering.razorpay.com", "betterprogramming.pub", "levelup.gitconnected.com", "itnext.io", "plainenglish.io",
		"proandroiddev.com", "infosecwriteups.com", "uxdesign.cc", "pub.towardsai.net", "blog.devgenius.io", "blog.stackademic.com"},
	"substack.com":  {"substack.com"},
	"blogspot.com":  {"blogspot.com"},
	"wordpress.com": {"wordpress.com"},
}

// Door names who answers at an address: a host, or the front door that it stands behind. Requests to one door are made
// one after the other.
func Door(address string) string {
	u, err := webAddress(address)
	if err != nil {
		return address
	}
	return doorOf(u.Hostname())
}

// doorOf is the name that a host's manners go by.
func doorOf(name string) string {
	for door, names := range frontDoors {
		for _, n := range names {
			if name == n || strings.HasSuffix(name, "."+n) {
				return door
			}
		}
	}
	return name
}

// name returns what u's host is known by. Another port is another server, but http and https are one. h.mu is held.
func (h *hosts) name(u *url.URL) string {
	name := strings.TrimSuffix(u.Hostname(), ".")
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		name += ":" + port
	}
	return h.front(name)
}

// at finds what is known of u's host.
func (h *hosts) at(u *url.URL) *host {
	h.mu.Lock()
	defer h.mu.Unlock()
	door := h.name(u)
	there := h.known[door]
	if there == nil {
		there = &host{turn: make(chan struct{}, 1), gap: h.gap}
		there.turn <- struct{}{}
		h.known[door] = there
	}
	return there
}

// door names who answers at u: its host, or the front door that it turned out to stand behind.
func (h *hosts) door(u *url.URL) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.front(strings.TrimSuffix(u.Hostname(), "."))
}

// front is the name that a host's manners go by, as far as is known; h.mu is held.
func (h *hosts) front(name string) string {
	if learned, ok := h.learned[name]; ok {
		return learned
	}
	return doorOf(name)
}

// learn notes from an answer that u's host is one of Medium's: it sends newcomers to medium.com and back, and its
// servers say who they are.
func (h *hosts) learn(u *url.URL, header http.Header) {
	to, err := u.Parse(header.Get("Location"))
	sent := err == nil && to.Hostname() == "medium.com" && strings.HasPrefix(to.Path, "/m/global-identity")
	if sent || header.Get("Medium-Fulfilled-By") != "" {
		h.mu.Lock()
		h.learned[u.Hostname()] = "medium.com"
		h.mu.Unlock()
	}
}

// expect notes that u is to be asked.
func (h *hosts) expect(u *url.URL) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.coming[place(u)]++
}

// last tells, when u is asked, that nothing is expected of its place after it.
func (h *hosts) last(u *url.URL) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := place(u)
	n := h.coming[at]
	h.coming[at] = max(n-1, 0)
	return n == 1
}

// enter waits until u's host may be asked and a slot is free, and takes both. Whoever waits for a host takes no slot
// from the others. It is refused at once when the host is held.
func (h *hosts) enter(ctx context.Context, u *url.URL) (*turn, error) {
	there := h.at(u)
	select {
	case <-there.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	t := &turn{host: there, all: h}
	wait, err := h.pause(there)
	if err == nil {
		err = sleep(ctx, wait)
	}
	if err != nil {
		t.leaveHost()
		return nil, err
	}
	select {
	case h.slots <- struct{}{}:
		t.slot = true
		return t, nil
	case <-ctx.Done():
		t.leaveHost()
		return nil, ctx.Err()
	}
}

// turn is the right to make one request. Its host is left as soon as the answer is read, its slot when the answer is
// done with, so that no more answers than slots are in memory.
type turn struct {
	host *host
	all  *hosts
	left bool
	slot bool
}

func (t *turn) leaveHost() {
	if !t.left {
		t.left = true
		t.host.turn <- struct{}{}
	}
}

func (t *turn) leave() {
	t.leaveHost()
	if t.slot {
		t.slot = false
		<-t.all.slots
	}
}

// asked notes that the host was asked: the gap begins.
func (t *turn) asked() {
	t.all.mu.Lock()
	defer t.all.mu.Unlock()
	t.host.last = time.Now()
}

// answered notes that the host was asked, and whether it answered.
func (t *turn) answered(answered bool) {
	t.asked()
	t.all.mu.Lock()
	defer t.all.mu.Unlock()
	t.host.silent++
	if answered {
		t.host.silent = 0
	}
	if t.host.silent >= maxSilent && t.host.held == nil {
		t.host.held = &hold{why: fmt.Sprintf("did not answer %d times in a row", maxSilent)}
	}
}

// heard notes that a request was sent to the host, and whether any HTTP answer came, whatever it says.
func (t *turn) heard(answered bool) {
	t.all.mu.Lock()
	defer t.all.mu.Unlock()
	t.host.asked = true
	t.host.answered = t.host.answered || answered
}

// hold leaves u's host alone for the rest of the run.
func (h *hosts) hold(u *url.URL, because hold) {
	there := h.at(u)
	h.mu.Lock()
	defer h.mu.Unlock()
	there.held = &because
}

// slower makes the gap at u's host at least d.
func (h *hosts) slower(u *url.URL, d time.Duration) {
	there := h.at(u)
	h.mu.Lock()
	defer h.mu.Unlock()
	there.gap = max(there.gap, d)
}

func (h *hosts) pause(there *host) (time.Duration, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if there.held != nil {
		return 0, there.held
	}
	return pause(there.last, time.Now(), there.gap), nil
}

// pause is how long to wait before a host that was last busy at last may be asked again. A host's first request
// never waits.
func pause(last, now time.Time, gap time.Duration) time.Duration {
	if last.IsZero() {
		return 0
	}
	return min(max(gap-now.Sub(last), 0), gap)
}

// sleep waits in real time, whatever time the run believes in: it is the host that must be spared.
func sleep(ctx context.Context, d time.Duration) error {
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

func (h *hold) Error() string { return h.why }

// count returns how many hosts a request was sent to in this run, and how many of them gave an HTTP answer.
func (h *hosts) count() (asked, answered int) {
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

// distinct returns how many hosts the sources have together. What is listed by hand is not asked as a source.
func (h *hosts) distinct(sources []broadsheet.Source) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	names := map[string]bool{}
	for _, s := range sources {
		if u, err := webAddress(s.URL); err == nil && u.Host != "" {
			names[h.name(u)] = true
		}
	}
	return len(names)
}
