package fetch

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"broadsheet/internal/config"

	"golang.org/x/sync/semaphore"
)

// door is where every request passes: its address is checked, it waits for its host, its size and time are bounded,
// and each redirect is a request like any other.
type door struct {
	strict  http.RoundTripper // connects to public addresses alone; shares no connection with trusted
	trusted http.RoundTripper // connects anywhere: to the environment's proxy, and to what a permit trusts
	proxy   func(*http.Request) (*url.URL, error)
	hosts   *hosts
	robots  *robots
	clock   *webClock
	agent   string
	limits  config.Limits
	bodies  chan struct{}       // places for bodies that are read or wait to be unpacked
	large   *semaphore.Weighted // bytes that bodies larger than smallBody may hold together

	slots     *semaphore.Weighted // parseSlots
	buffers   chan []byte         // memory to unpack into, one for each slot
	abandoned atomic.Int64        // parses that were left behind
}

// clientOptions are what a door is made from.
type clientOptions struct {
	Now       func() time.Time
	UserAgent string            // sent with every request; its name, up to "/", is what robots.txt knows us by
	Limits    config.Limits     // all of them are set
	Transport http.RoundTripper // answers all requests in place of the network; nil: the network

	Proxy   func(*http.Request) (*url.URL, error) // nil: that of the environment
	RootCAs *x509.CertPool                        // who may sign certificates; nil: whoever the system trusts
}

const (
	maxHeader = 256 << 10 // bytes of an answer's header
	smallBody = 1 << 20   // packed bytes that every answer in flight may hold at once
	allLarge  = 64 << 20  // packed bytes that those may hold together that need more
	maxBodies = 48        // bodies that are read or wait to be unpacked, but for slow ones
	slowBody  = time.Second
	sniffed   = 4 << 10 // bytes by which a wrong kind of body is known
)

func newDoor(o clientOptions) *door {
	if o.Proxy == nil {
		o.Proxy = http.ProxyFromEnvironment
	}
	d := &door{
		proxy:  o.Proxy,
		hosts:  newHosts(o.Limits.Hosts, o.Limits.Gap),
		clock:  newWebClock(o.Now),
		agent:  o.UserAgent,
		limits: o.Limits,
		bodies: make(chan struct{}, maxBodies),
		large:  semaphore.NewWeighted(allLarge),

		slots:   semaphore.NewWeighted(parseSlots),
		buffers: make(chan []byte, parseSlots),
	}
	for range parseSlots {
		d.buffers <- nil
	}
	d.robots = newRobots(d)
	if o.Transport != nil {
		d.hosts.gap = 0
		d.strict, d.trusted = o.Transport, o.Transport
		return d
	}
	d.trusted = newConnPool(o.Limits.Timeout/2, o.Limits.Body, d.proxy, o.RootCAs, nil)
	d.strict = newConnPool(o.Limits.Timeout/2, o.Limits.Body, nil, o.RootCAs, guard)
	return d
}

// close lets go of the connections that are kept for another request.
func (d *door) close() {
	for _, t := range []http.RoundTripper{d.strict, d.trusted} {
		if t, ok := t.(*connPool); ok {
			t.CloseIdleConnections()
		}
	}
}

// trip is one journey through the door: a request, and the redirects that follow from it.
type trip struct {
	to       *url.URL
	permit   permit
	header   http.Header // further header fields
	login    *url.Userinfo
	accept   string
	robots   bool  // robots.txt is to be asked before each request
	last     bool  // nothing more is wanted there soon: the connection need not be kept
	maxBytes int64 // of the body, packed
}

// answer is what came back at a journey's end. Whoever gets one must call leave when done with it.
type answer struct {
	url     *url.URL // where it was found in the end
	moved   string   // where an unbroken chain of permanent redirects from the start leads; empty: nowhere
	status  int
	header  http.Header
	packed  []byte // the body as it came
	cut     error  // why not the whole body was read; a tooLarge or a fault: we did not want it
	share   int64  // of door.large, taken until the answer is done with
	unqueue func() // gives back its place among the bodies; nil: it has none
	leave   func()
}

// open makes the journey. An error says in the maintainer's words what is wrong with which address.
func (d *door) open(ctx context.Context, t trip) (*answer, error) {
	clock := &clock{left: d.limits.Timeout}
	at, moved, permanent := t.to, "", true
	seen := map[string]bool{}
	for hop := 0; ; hop++ {
		seen[at.String()] = true
		a, err := d.ask(ctx, t, at, clock)
		var f *fault
		if hop > 0 && errors.As(err, &f) && f.private != "" {
			return nil, told(t.to, &fault{what: "it redirects to " + shown(at) + ", which is not followed: " + f.what, permanent: true, private: f.private})
		}
		if err != nil {
			return nil, told(at, err)
		}
		next, err := redirect(a)
		if next == nil && err == nil {
			a.moved = moved
			return a, nil
		}
		a.leave()
		switch {
		case err != nil:
			return nil, told(at, err)
		case hop >= d.limits.Redirects:
			return nil, told(t.to, &fault{what: "it redirects more than " + plural(d.limits.Redirects, "time") + ", lately to " + shown(next)})
		case seen[next.String()]:
			return nil, told(t.to, &fault{what: "it redirects in a circle, by way of " + shown(next) + "; a browser with cookies may get through, we do not"})
		}
		permanent = permanent && (a.status == http.StatusMovedPermanently || a.status == http.StatusPermanentRedirect)
		if permanent {
			moved = next.String()
		}
		at = next
	}
}

// redirect is where an answer sends us; nil: nowhere. What is in the address beside the place (credentials, a
// fragment) is dropped.
func redirect(a *answer) (*url.URL, error) {
	switch a.status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, nil
	}
	location := strings.TrimSpace(a.header.Get("Location"))
	if location == "" {
		return nil, &fault{what: statusText(a.status) + " without a word where to"}
	}
	to, err := a.url.Parse(location)
	if err != nil {
		return nil, &fault{what: "it redirects to " + quoted(location) + ", which is no address"}
	}
	to.User = nil
	tidyHost(to)
	if len(to.String()) > maxLink {
		return nil, &fault{what: "it redirects to an address of more than " + plural(maxLink, "letter")}
	}
	return to, nil
}

// ask makes one request of a journey. It is repeated once where the server did not process it.
func (d *door) ask(ctx context.Context, t trip, at *url.URL, clock *clock) (*answer, error) {
	if err := t.permit.check(at); err != nil {
		return nil, t.permit.advise(at, err)
	}
	if t.robots {
		if err := d.robots.allow(ctx, at, t.permit); err != nil {
			return nil, err
		}
	}
	a, err := d.attempt(ctx, t, at, clock, true)
	if errors.As(err, new(*unprocessed)) {
		a, err = d.attempt(ctx, t, at, clock, false)
	}
	return a, t.permit.advise(at, err)
}

// attempt sends one request when its host's turn has come. What a first attempt that the server did not process says of
// the host is left to the second one.
func (d *door) attempt(ctx context.Context, t trip, at *url.URL, clock *clock, first bool) (*answer, error) {
	turn, err := d.hosts.enter(ctx, at)
	if err != nil {
		return nil, err
	}
	var a *answer
	defer func() {
		if a == nil { // an error, or a panic on its way to whoever tells it
			turn.leave()
		}
	}()
	got, err := d.exchange(ctx, t, at, clock)
	if first && errors.As(err, new(*unprocessed)) {
		turn.asked()
		return nil, err
	}
	turn.answered(!silent(got, err))
	if !errors.As(err, new(*fault)) { // else it was our own decision not to ask
		turn.heard(got != nil)
	}
	if err != nil {
		return nil, err
	}
	a = got
	d.heed(at, a)
	turn.leaveHost()
	a.leave = func() {
		turn.leave()
		if a.unqueue != nil {
			a.unqueue()
		}
		d.large.Release(a.share)
		a.share = 0
	}
	return a, nil
}

// silent tells whether the server let us down: no answer, or one that did not come to its end in time.
func silent(a *answer, err error) bool {
	if err == nil {
		return errors.As(a.cut, new(*slow))
	}
	return !Stopped(err) && !errors.As(err, new(*fault))
}

// heed remembers what an answer says of its host.
func (d *door) heed(at *url.URL, a *answer) {
	d.hosts.learn(at, a.header)
	d.clock.heard(d.hosts.door(at), at, a.status, a.header)
	after := retryAfter(a.header, time.Now())
	if a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable && after > 0 {
		d.hosts.hold(at, hold{why: "answered " + statusText(a.status), after: after})
	}
}

// exchange sends one request and reads its answer, within the journey's time.
func (d *door) exchange(ctx context.Context, t trip, at *url.URL, clock *clock) (*answer, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	clock.start(func() { cancel(&slow{d.limits.Timeout}) })
	defer clock.stop()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, refusal("the address is not understood")
	}
	d.dress(req, t)
	resp, err := d.pick(req, t.permit).RoundTrip(req)
	if err != nil {
		return nil, cause(ctx, err)
	}
	defer resp.Body.Close()
	a := &answer{url: at, status: resp.StatusCode, header: resp.Header}
	if resp.StatusCode >= 300 {
		return a, nil // nobody looks at the body of a redirect or an error
	}
	if a.unqueue, err = d.queue(ctx, clock); err != nil {
		return nil, cause(ctx, err)
	}
	clock.start(func() { cancel(&slow{d.limits.Timeout}) })
	if a.packed, err = d.read(ctx, cancel, resp, a, t.maxBytes, clock); err != nil {
		a.cut = cause(ctx, err)
	}
	return a, nil
}

// queue waits for a place among the bodies that are read or wait to be unpacked, so that answers that all come at once are
// not all in memory; until then theirs is with the system. The clock stands. A body that is slow to come keeps its place
// for a second only: whoever dawdles must not hold the others up.
func (d *door) queue(ctx context.Context, clock *clock) (giveBack func(), err error) {
	clock.stop()
	select {
	case d.bodies <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	giveBack = sync.OnceFunc(func() { <-d.bodies })
	time.AfterFunc(slowBody, giveBack)
	return giveBack, nil
}

// dress gives a request its header. Credentials go to the origin that they were given for, and nowhere else.
func (d *door) dress(req *http.Request, t trip) {
	for name, values := range t.header {
		req.Header[name] = values
	}
	req.Header.Set("User-Agent", d.agent)
	req.Header.Set("Accept", t.accept)
	req.Header.Set("Accept-Encoding", acceptEncoding)
	req.URL.User = nil
	req.Close = t.last
	if t.login != nil && req.URL.Scheme == t.to.Scheme && place(req.URL) == place(t.to) {
		password, _ := t.login.Password()
		req.SetBasicAuth(t.login.Username(), password)
	}
}

// pick chooses the transport: the environment's proxy and what the permit trusts may be connected to wherever they
// are.
func (d *door) pick(req *http.Request, p permit) http.RoundTripper {
	if proxy, err := d.proxy(req); p.trusts(req.URL) || proxy != nil || err != nil {
		return d.trusted
	}
	return d.strict
}

// read reads a packed body. Large ones are read few at a time, so that memory stays bounded whatever is sent.
func (d *door) read(ctx context.Context, cancel context.CancelCauseFunc, resp *http.Response, a *answer, limit int64, clock *clock) ([]byte, error) {
	stalled := d.limits.Timeout / 2
	idle := time.AfterFunc(stalled, func() { cancel(&slow{stalled}) })
	defer idle.Stop()
	body := &patient{resp.Body, idle, stalled}

	var b bytes.Buffer
	b.Grow(int(min(max(resp.ContentLength, 0)+bytes.MinRead, 256<<10)))
	if err := fill(&b, body, sniffed); err != nil {
		return b.Bytes(), err
	}
	if kind := wrongKind(b.Bytes(), resp.Header.Get("Content-Encoding")); kind != "" {
		return nil, &fault{what: "it answered with " + kind, permanent: true}
	}
	if err := fill(&b, body, min(smallBody, limit)); err != nil || int64(b.Len()) < min(smallBody, limit) {
		return b.Bytes(), err
	}
	clock.stop()
	idle.Stop()
	room := limit + 1
	if resp.ContentLength > 0 {
		room = min(room, resp.ContentLength)
	}
	share := min(room, allLarge)
	if err := d.large.Acquire(ctx, share); err != nil {
		return b.Bytes(), err
	}
	a.share = share
	clock.start(func() { cancel(&slow{d.limits.Timeout}) })
	b.Grow(int(room) - b.Len() + bytes.MinRead) // at once: growing by doubling would need three times as much
	err := fill(&b, body, limit+1)
	if int64(b.Len()) > limit {
		return b.Bytes()[:limit], &tooLarge{limit}
	}
	return b.Bytes(), err
}

// fill reads until b holds size bytes, or r ends.
func fill(b *bytes.Buffer, r io.Reader, size int64) error {
	_, err := b.ReadFrom(io.LimitReader(r, size-int64(b.Len())))
	return err
}

// wrongKind names what a body is when its first bytes show that it is nothing we read; "" otherwise.
func wrongKind(head []byte, encoding string) string {
	const few = 1 << 10 // DetectContentType looks at no more
	if unpacked, _, err := unpack(head[:min(len(head), few)], encoding, sniffed*16, nil); err == nil {
		head = unpacked
	}
	kind := http.DetectContentType(head)
	for _, wrong := range []string{"image/", "video/", "audio/", "font/", "application/pdf", "application/zip", "application/x-rar", "application/wasm", "application/ogg"} {
		if strings.HasPrefix(kind, wrong) && kind != "image/svg+xml" {
			return kind
		}
	}
	return ""
}

// patient is a body that may not stall.
type patient struct {
	io.Reader
	idle  *time.Timer
	limit time.Duration
}

func (p *patient) Read(b []byte) (int, error) {
	p.idle.Reset(p.limit)
	return p.Reader.Read(b)
}

// clock measures the time that a journey spends with servers, its waiting for turns left out.
type clock struct {
	left  time.Duration
	since time.Time
	timer *time.Timer
}

func (c *clock) start(late func()) {
	c.since = time.Now()
	c.timer = time.AfterFunc(c.left, late)
}

func (c *clock) stop() {
	if c.timer.Stop() {
		c.left = max(c.left-time.Since(c.since), 0)
	}
}
