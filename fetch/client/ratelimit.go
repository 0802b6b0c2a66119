package client

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"broadsheet"
	"broadsheet/internal/config"
	"broadsheet/internal/hostgroup"
)

// HostLimiter limits the requests of one run: how many are in flight over all, one at a time to a host group, a gap
// between two to the same group, and how many in an hour. A group that asked for a pause, or that stopped answering, is
// blocked: it gets no further request in the run. What outlasts the run is in a hostgroup.State per group. limits.go
// shows its limits beside the others.
type HostLimiter struct {
	now    func() time.Time
	limits config.Limits
	noGap  bool // there is no network, whose hosts need be spared

	mu           sync.Mutex
	hosts        map[string]*hostState // by the name that key returns
	groups       map[string]string     // host names that turned out to belong to a shared host, and its name
	planned      map[string]int        // by host and port: how many requests are still planned; absent: nothing is known
	requestSlots chan struct{}         // holds an element for each request in flight
}

// hostState is what a run knows of one host group. All but slot, name and limits is guarded by HostLimiter.mu.
type hostState struct {
	slot   chan struct{} // holds an element while a request to the group is in flight; capacity 1
	name   string
	limits hostgroup.Limits

	known           hostgroup.State // what outlasts the run
	stored, changed bool            // whether known is stored, and whether it was changed since

	last       time.Time     // when its last response was read to the end
	crawlDelay time.Duration // the gap that its robots.txt asks for
	block      *HostBlock    // why it gets no more requests in this run; nil: it may get them
	unanswered int           // requests in a row without any response

	requests, resets, resetsInRow int // requests of this run, and connections that were broken off

	contacted, answered bool // whether a request was sent in this run, and whether any HTTP response came
}

// HostBlock is the error of a request that was not made, because the host group is blocked or has had as many requests
// as it may get, or that the group refused. It says nothing of the address: a later request may be answered.
type HostBlock struct {
	Reason  string    // follows "its host"
	Refused bool      // the request was made, and the response says that there were too many
	Status  int       // HTTP status of that response
	First   bool      // with Refused: the first one since the group answered a request, which was more than an hour ago
	Before  time.Time // with Refused: when the group last answered a request before; zero: never, as far as it is known
}

func (b *HostBlock) Error() string { return b.Reason }

const (
	// maxUnanswered is how many requests in a row may get no response before the host is blocked in this run: further
	// ones would only wait for the same timeout.
	maxUnanswered = 2
	// maxResets is how many connections in a row may be broken off before the host is blocked. It is more than
	// maxUnanswered, since some hosts break off every other connection, and nobody waits for it.
	maxResets = 5
	// manyResets is how many connections a host must break off in a run, and more than a quarter of all, before the gap
	// between two requests to it is lengthened.
	manyResets = 3
)

func newHostLimiter(limits config.Limits, now func() time.Time) *HostLimiter {
	return &HostLimiter{
		now: now, limits: limits,
		hosts: map[string]*hostState{}, groups: map[string]string{}, planned: map[string]int{},
		requestSlots: make(chan struct{}, limits.Requests),
	}
}

// HostGroup returns the name of the shared host that serves an address, or else its host name. Requests to one host
// group are made one after the other.
func HostGroup(address string) string {
	u, err := ParseURL(address)
	if err != nil {
		return address
	}
	return hostgroup.Of(u.Hostname())
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

// state returns the state of u's host group, which is created if need be. l.mu must be held.
func (l *HostLimiter) state(u *url.URL) *hostState { return l.stateOf(l.key(u)) }

func (l *HostLimiter) stateOf(group string) *hostState {
	host := l.hosts[group]
	if host == nil {
		host = &hostState{slot: make(chan struct{}, 1), name: group, limits: l.limitsOf(group)}
		l.hosts[group] = host
	}
	return host
}

// limitsOf returns the limits of a host group: those that feeds.yaml sets for it, else the gap that it sets for all, else
// those that the group is known to need.
func (l *HostLimiter) limitsOf(group string) hostgroup.Limits {
	var limits hostgroup.Limits
	name, _, _ := strings.Cut(group, ":")
	for _, domain := range slices.Sorted(maps.Keys(l.limits.Hosts.ByName)) {
		if set := l.limits.Hosts.ByName[domain]; hostgroup.IsBelow(name, domain) || l.groupOf(domain) == group {
			limits = hostgroup.Limits{Gap: cmp.Or(set.Gap, limits.Gap), PerHour: cmp.Or(set.PerHour, limits.PerHour)}
		}
	}
	builtIn := hostgroup.BuiltIn(group)
	limits.Gap = max(cmp.Or(limits.Gap, l.limits.Gap, builtIn.Gap, config.DefaultGap), 0)
	limits.PerHour = cmp.Or(limits.PerHour, builtIn.PerHour)
	return limits
}

// Group returns the name of the host group of an address: HostGroup, with the groups that were detected in this run or
// before, and those that feeds.yaml sets limits for.
func (l *HostLimiter) Group(address string) string {
	u, err := ParseURL(address)
	if err != nil {
		return address
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.groupOf(strings.TrimSuffix(u.Hostname(), "."))
}

// groupOf returns the name of the host group of a host name. l.mu must be held.
func (l *HostLimiter) groupOf(name string) string {
	if group, ok := l.groups[name]; ok {
		return group
	}
	if group := hostgroup.Of(name); group != name {
		return group
	}
	group := name
	for domain := range l.limits.Hosts.ByName {
		if hostgroup.IsBelow(name, domain) && (group == name || len(domain) > len(group)) {
			group = domain
		}
	}
	return group
}

// SetStates sets what earlier runs learnt of host groups, by name.
func (l *HostLimiter) SetStates(states map[string]hostgroup.State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, state := range states {
		for _, member := range state.Members {
			l.groups[member] = name
		}
	}
	for name, state := range states {
		host := l.stateOf(name)
		state.Settle(l.now())
		host.known, host.stored = state, true
	}
}

// ChangedStates returns what is to be stored of the host groups whose state was changed since the last call, by name. The
// zero State stands for one that need no longer be stored.
func (l *HostLimiter) ChangedStates() map[string]hostgroup.State {
	l.mu.Lock()
	defer l.mu.Unlock()
	states := map[string]hostgroup.State{}
	for name, host := range l.hosts {
		keep := host.known.IsWorthKeeping(host.limits)
		switch {
		case host.changed && keep:
			states[name] = host.known
		case host.changed && host.stored:
			states[name] = hostgroup.State{}
		default:
			continue
		}
		host.changed, host.stored = false, keep
	}
	return states
}

// FreeAt returns the earliest time from now on at which the host group of an address may get a request.
func (l *HostLimiter) FreeAt(address string) time.Time {
	name := l.Group(address)
	l.mu.Lock()
	defer l.mu.Unlock()
	host := l.stateOf(name)
	return host.known.FreeAt(l.now(), host.limits)
}

// PerHour returns how many requests the host group of an address may get in an hour, as far as it is known; 0: any number.
func (l *HostLimiter) PerHour(address string) int {
	name := l.Group(address)
	l.mu.Lock()
	defer l.mu.Unlock()
	host := l.stateOf(name)
	return host.known.PerHour(host.limits)
}

// BreaksOffMany is hostgroup.State.BreaksOffMany of the host group of an address.
func (l *HostLimiter) BreaksOffMany(address string) bool {
	name := l.Group(address)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stateOf(name).known.BreaksOffMany(l.now())
}

// recordAnswer records that u's host group answered a request, other than by refusing it. The header may show that
// Medium serves the host: it redirects new visitors to medium.com and back, and its servers name themselves in a header
// field.
func (l *HostLimiter) recordAnswer(u *url.URL, header http.Header) {
	l.mu.Lock()
	defer l.mu.Unlock()
	target, err := u.Parse(header.Get("Location"))
	redirected := err == nil && target.Hostname() == "medium.com" && strings.HasPrefix(target.Path, "/m/global-identity")
	if redirected || header.Get("Medium-Fulfilled-By") != "" {
		l.addMember("medium.com", u.Hostname())
	}
	host := l.state(u)
	host.known.RecordAnswer(l.now())
	host.changed = true
}

// addMember records that a host belongs to a group.
func (l *HostLimiter) addMember(group, name string) {
	if l.groupOf(name) == group {
		return
	}
	l.groups[name] = group
	host := l.stateOf(group)
	host.known.AddMember(name)
	host.changed = true
}

// refuse records that u's host group refused a request and blocks it. retryAfter is the delay that it asked for; 0: none.
func (l *HostLimiter) refuse(u *url.URL, status int, retryAfter time.Duration) *HostBlock {
	l.mu.Lock()
	defer l.mu.Unlock()
	host := l.state(u)
	block := &HostBlock{Reason: "answered " + StatusText(status), Refused: true, Status: status, Before: host.known.Answered}
	host.known.RecordRefusal(l.now(), host.limits, retryAfter, host.name, block.Reason)
	block.First = host.known.Refusals == 1 && block.Before.Before(l.now().Add(-time.Hour))
	host.changed = true
	return block
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

// order says how a request belongs together with others, which are of use only if they are answered too.
type order int

const (
	alone     order = iota
	begins          // another one follows, as a page follows its host's robots.txt
	continues       // it follows another one, such as a redirect
)

// Acquire blocks until a request to u's host is allowed, and takes the host's slot and a request slot. It takes the
// host's slot first, so that requests that wait for a slow host take no request slots from the others. It fails at once
// with a *HostBlock if the host is blocked, or if it has had as many requests as it may get in an hour; a request that
// continues another one is allowed nevertheless.
func (l *HostLimiter) Acquire(ctx context.Context, u *url.URL, order order) (*slot, error) {
	l.mu.Lock()
	host := l.state(u)
	l.mu.Unlock()
	select {
	case host.slot <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s := &slot{limiter: l, host: host, holdsHost: true}
	for {
		wait, err := l.delay(host, order)
		if err == nil {
			err = sleepContext(ctx, wait)
		}
		if err != nil {
			s.Release()
			return nil, err
		}
		if wait <= 0 {
			break
		}
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

// result is what became of a request.
type result int

const (
	answered   result = iota
	unanswered        // no response came, or none in time
	reset             // the connection was broken off before a response came
)

// recordResult records what became of a request. It blocks a host that no longer answers, and lengthens the gap of one
// that breaks off many connections.
func (s *slot) recordResult(r result) {
	s.limiter.mu.Lock()
	defer s.limiter.mu.Unlock()
	host, now := s.host, s.limiter.now()
	host.requests++
	switch r {
	case answered:
		host.unanswered, host.resetsInRow = 0, 0
	case unanswered:
		if host.unanswered++; host.unanswered >= maxUnanswered && host.block == nil {
			host.block = &HostBlock{Reason: fmt.Sprintf("did not answer %d times in a row", maxUnanswered)}
		}
	case reset:
		host.resets++
		host.resetsInRow++
		if host.resets == manyResets && host.resets*4 > host.requests {
			host.known.RecordResets(now, host.limits)
			host.changed = true
		}
		if host.resetsInRow == maxResets {
			host.known.RecordFailure(now, host.name, fmt.Sprintf("broke off %d connections in a row", maxResets))
			host.changed = true
		}
	}
}

// recordContact records that a request was sent to the host, and whether any HTTP response came, whatever its status. A
// connection that is broken off counts as one if the host is known to do so: it is not the network that is down.
func (s *slot) recordContact(answered, reset bool) {
	s.limiter.mu.Lock()
	defer s.limiter.mu.Unlock()
	s.host.contacted = true
	s.host.answered = s.host.answered || answered || reset && s.host.known.BreaksOffMany(s.limiter.now())
}

// setCrawlDelay makes the gap between requests to u's host at least d.
func (l *HostLimiter) setCrawlDelay(u *url.URL, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	host := l.state(u)
	host.crawlDelay = max(host.crawlDelay, d)
}

// maxBlockWait is for how long a run waits for a group that will be free again: a cron job that starts some seconds
// earlier than an hour ago should not lose its run.
const maxBlockWait = 2 * time.Minute

// delay returns how long to wait before the next request to a host and before asking again; 0: it may be made now. It
// returns a *HostBlock if there will be none in this run.
func (l *HostLimiter) delay(host *hostState, order order) (time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if host.block != nil {
		return 0, host.block
	}
	budget, now := host.known.Budget, l.now()
	var b *hostgroup.Block
	switch order {
	case alone:
		b = host.known.Allow(now, host.limits, 0)
	case begins:
		b = host.known.Allow(now, host.limits, 1)
	case continues:
		b = host.known.Blocked(now)
	}
	host.changed = host.changed || host.known.Budget != budget
	if b != nil {
		wait := b.Until.Sub(now)
		isRealTime := time.Until(now).Abs() < time.Second // else the clock stands still while we wait
		if wait > maxBlockWait || host.known.Refusals > 1 || !isRealTime {
			return 0, &HostBlock{Reason: b.Reason}
		}
		return max(wait, time.Millisecond), nil
	}
	gap := max(host.limits.Gap, host.known.Gap)
	if l.noGap {
		gap = 0
	}
	return gapLeft(host.last, time.Now(), max(gap, host.crawlDelay)), nil
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
