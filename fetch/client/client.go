// Package client makes every request: it checks addresses against SSRF (ssrf.go), limits requests to a host (ratelimit.go),
// obeys robots.txt for pages and sitemaps (robots.go), bounds sizes and times, decompresses within a bound (decompress.go),
// limits how many bodies are parsed at once (parseslot.go), and describes failures to the maintainer (errors.go).
package client

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"broadsheet/internal/config"
	"broadsheet/internal/link"

	"golang.org/x/sync/semaphore"
)

// Client is where every request passes: its address is checked, it waits for its host, its size and time are bounded,
// and each redirect is a request like any other.
type Client struct {
	publicOnly http.RoundTripper // connects to public addresses alone; shares no connection with trusted
	anyAddress http.RoundTripper // connects anywhere: to the environment's proxy, and to what a permit trusts
	proxy      func(*http.Request) (*url.URL, error)
	Limiter    *HostLimiter
	Robots     *robots
	Clock      *ServerClocks
	agent      string
	Limits     config.Limits
	largeBytes *semaphore.Weighted // bytes that bodies larger than smallBody may hold together

	parseSlots *semaphore.Weighted // parseSlots
	Abandoned  atomic.Int64        // parses that were left behind
}

// Options are what a door is made from.
type Options struct {
	Now       func() time.Time
	UserAgent string            // sent with every request; its name, up to "/", is what robots.txt knows us by
	Limits    config.Limits     // all of them are set
	Transport http.RoundTripper // answers all requests in place of the network; nil: the network

	Proxy   func(*http.Request) (*url.URL, error) // nil: that of the environment
	RootCAs *x509.CertPool                        // who may sign certificates; nil: whoever the system trusts
}

const (
	maxHeader        = 256 << 10 // bytes of an answer's header
	smallBodyBytes   = 1 << 20   // packed bytes that every answer in flight may hold at once
	largeBodiesBytes = 64 << 20  // packed bytes that those may hold together that need more
	SniffBytes       = 4 << 10   // bytes by which a wrong kind of body is known
)

func New(o Options) *Client {
	if o.Proxy == nil {
		o.Proxy = http.ProxyFromEnvironment
	}
	d := &Client{
		proxy:      o.Proxy,
		Limiter:    newHostLimiter(o.Limits.Hosts, o.Limits.Gap),
		Clock:      newServerClocks(o.Now),
		agent:      o.UserAgent,
		Limits:     o.Limits,
		largeBytes: semaphore.NewWeighted(largeBodiesBytes),

		parseSlots: semaphore.NewWeighted(maxParses),
	}
	d.Robots = newRobots(d)
	if o.Transport != nil {
		d.Limiter.gap = 0
		d.publicOnly, d.anyAddress = o.Transport, o.Transport
		return d
	}
	d.anyAddress = newConnPool(o.Limits.Timeout/2, o.Limits.Body, d.proxy, o.RootCAs, nil)
	d.publicOnly = newConnPool(o.Limits.Timeout/2, o.Limits.Body, nil, o.RootCAs, dialControl)
	return d
}

// Close lets go of the connections that are kept for another request.
func (d *Client) Close() {
	for _, t := range []http.RoundTripper{d.publicOnly, d.anyAddress} {
		if t, ok := t.(*connPool); ok {
			t.CloseIdleConnections()
		}
	}
}

// Request is one journey through the door: a request, and the redirects that follow from it.
type Request struct {
	URL         *url.URL
	Permission  Permission
	Header      http.Header // further header fields
	Credentials *url.Userinfo
	Accept      string
	Robots      bool  // robots.txt is to be asked before each request
	LastToHost  bool  // nothing more is wanted there soon: the connection need not be kept
	MaxBytes    int64 // of the body, packed
}

// Response is what came back at a journey's end. Whoever gets one must call leave when done with it.
type Response struct {
	URL           *url.URL // where it was found in the end
	MovedTo       string   // where an unbroken chain of permanent redirects from the start leads; empty: nowhere
	Status        int
	Header        http.Header
	Body          []byte // the body as it came
	Incomplete    error  // why not the whole body was read; a tooLarge or a fault: we did not want it
	reservedBytes int64  // of door.large, taken until the answer is done with
	Release       func()
}

// Do makes the journey. An error says in the maintainer's words what is wrong with which address.
func (d *Client) Do(ctx context.Context, t Request) (*Response, error) {
	clock := &timeBudget{left: d.Limits.Timeout}
	at, moved, permanent := t.URL, "", true
	seen := map[string]bool{}
	for hop := 0; ; hop++ {
		seen[at.String()] = true
		a, err := d.request(ctx, t, at, clock)
		var f *Failure
		if hop > 0 && errors.As(err, &f) && f.private != "" {
			return nil, ErrorAt(t.URL, &Failure{Reason: "it redirects to " + DisplayURL(at) + ", which is not followed: " + f.Reason, Permanent: true, private: f.private})
		}
		if err != nil {
			return nil, ErrorAt(at, err)
		}
		next, err := redirectTarget(a)
		if next == nil && err == nil {
			a.MovedTo = moved
			return a, nil
		}
		a.Release()
		switch {
		case err != nil:
			return nil, ErrorAt(at, err)
		case hop >= d.Limits.Redirects:
			return nil, ErrorAt(t.URL, &Failure{Reason: "it redirects more than " + plural(d.Limits.Redirects, "time") + ", lately to " + DisplayURL(next)})
		case seen[next.String()]:
			return nil, ErrorAt(t.URL, &Failure{Reason: "it redirects in a circle, by way of " + DisplayURL(next) + "; a browser with cookies may get through, we do not"})
		}
		permanent = permanent && (a.Status == http.StatusMovedPermanently || a.Status == http.StatusPermanentRedirect)
		if permanent {
			moved = next.String()
		}
		at = next
	}
}

// redirectTarget is where an answer sends us; nil: nowhere. What is in the address beside the place (credentials, a
// fragment) is dropped.
func redirectTarget(a *Response) (*url.URL, error) {
	switch a.Status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, nil
	}
	location := strings.TrimSpace(a.Header.Get("Location"))
	if location == "" {
		return nil, &Failure{Reason: StatusText(a.Status) + " without a word where to"}
	}
	to, err := a.URL.Parse(location)
	if err != nil {
		return nil, &Failure{Reason: "it redirects to " + quoted(location) + ", which is no address"}
	}
	to.User = nil
	NormalizeHost(to)
	if len(to.String()) > link.MaxLength {
		return nil, &Failure{Reason: "it redirects to an address of more than " + plural(link.MaxLength, "letter")}
	}
	return to, nil
}

// request makes one request of a journey. It is repeated once where the server did not process it.
func (d *Client) request(ctx context.Context, t Request, at *url.URL, clock *timeBudget) (*Response, error) {
	if err := t.Permission.check(at); err != nil {
		return nil, t.Permission.advise(at, err)
	}
	if t.Robots {
		if err := d.Robots.Allow(ctx, at, t.Permission); err != nil {
			return nil, err
		}
	}
	a, err := d.attempt(ctx, t, at, clock, true)
	if errors.As(err, new(*unprocessed)) {
		a, err = d.attempt(ctx, t, at, clock, false)
	}
	return a, t.Permission.advise(at, err)
}

// attempt sends one request when its host's turn has come. What a first attempt that the server did not process says of
// the host is left to the second one.
func (d *Client) attempt(ctx context.Context, t Request, at *url.URL, clock *timeBudget, first bool) (*Response, error) {
	turn, err := d.Limiter.Acquire(ctx, at)
	if err != nil {
		return nil, err
	}
	var a *Response
	defer func() {
		if a == nil { // an error, or a panic on its way to whoever tells it
			turn.Release()
		}
	}()
	got, err := d.roundTrip(ctx, t, at, clock)
	if first && errors.As(err, new(*unprocessed)) {
		turn.asked()
		return nil, err
	}
	turn.answered(!isUnanswered(got, err))
	if !errors.As(err, new(*Failure)) { // else it was our own decision not to ask
		turn.heard(got != nil)
	}
	if err != nil {
		return nil, err
	}
	a = got
	d.applyRateLimitHeaders(at, a)
	turn.releaseHost()
	a.Release = func() {
		turn.Release()
		d.largeBytes.Release(a.reservedBytes)
		a.reservedBytes = 0
	}
	return a, nil
}

// isUnanswered tells whether the server let us down: no answer, or one that did not come to its end in time.
func isUnanswered(a *Response, err error) bool {
	if err == nil {
		return errors.As(a.Incomplete, new(*TimeoutError))
	}
	return !IsStopped(err) && !errors.As(err, new(*Failure))
}

// applyRateLimitHeaders remembers what an answer says of its host.
func (d *Client) applyRateLimitHeaders(at *url.URL, a *Response) {
	d.Limiter.detectSharedHost(at, a.Header)
	d.Clock.record(d.Limiter.door(at), at, a.Status, a.Header)
	after := retryAfter(a.Header, time.Now())
	if a.Status == http.StatusTooManyRequests || a.Status == http.StatusServiceUnavailable && after > 0 {
		d.Limiter.Block(at, HostBlock{Reason: "answered " + StatusText(a.Status), RetryAfter: after})
	}
}

// roundTrip sends one request and reads its answer, within the journey's time.
func (d *Client) roundTrip(ctx context.Context, t Request, at *url.URL, clock *timeBudget) (*Response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	clock.start(func() { cancel(&TimeoutError{d.Limits.Timeout}) })
	defer clock.stop()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, Denied("the address is not understood")
	}
	d.setHeaders(req, t)
	resp, err := d.transportFor(req, t.Permission).RoundTrip(req)
	if err != nil {
		return nil, requestError(ctx, err)
	}
	defer resp.Body.Close()
	a := &Response{URL: at, Status: resp.StatusCode, Header: resp.Header}
	if resp.StatusCode >= 300 {
		return a, nil // nobody looks at the body of a redirect or an error
	}
	if a.Body, err = d.readBody(ctx, cancel, resp, a, t.MaxBytes, clock); err != nil {
		a.Incomplete = requestError(ctx, err)
	}
	return a, nil
}

// setHeaders gives a request its header. Credentials go to the origin that they were given for, and nowhere else.
func (d *Client) setHeaders(req *http.Request, t Request) {
	for name, values := range t.Header {
		req.Header[name] = values
	}
	req.Header.Set("User-Agent", d.agent)
	req.Header.Set("Accept", t.Accept)
	req.Header.Set("Accept-Encoding", acceptEncoding)
	req.URL.User = nil
	req.Close = t.LastToHost
	if t.Credentials != nil && req.URL.Scheme == t.URL.Scheme && HostPort(req.URL) == HostPort(t.URL) {
		password, _ := t.Credentials.Password()
		req.SetBasicAuth(t.Credentials.Username(), password)
	}
}

// transportFor chooses the transport: the environment's proxy and what the permit trusts may be connected to wherever they
// are.
func (d *Client) transportFor(req *http.Request, p Permission) http.RoundTripper {
	if proxy, err := d.proxy(req); p.trusts(req.URL) || proxy != nil || err != nil {
		return d.anyAddress
	}
	return d.publicOnly
}

// readBody reads a packed body. Large ones are read few at a time, so that memory stays bounded whatever is sent.
func (d *Client) readBody(ctx context.Context, cancel context.CancelCauseFunc, resp *http.Response, a *Response, limit int64, clock *timeBudget) ([]byte, error) {
	stalled := d.Limits.Timeout / 2
	idle := time.AfterFunc(stalled, func() { cancel(&TimeoutError{stalled}) })
	defer idle.Stop()
	body := &idleTimeoutReader{resp.Body, idle, stalled}

	var b bytes.Buffer
	b.Grow(int(min(max(resp.ContentLength, 0)+bytes.MinRead, 256<<10)))
	if err := fill(&b, body, SniffBytes); err != nil {
		return b.Bytes(), err
	}
	if kind := BinaryType(b.Bytes(), resp.Header.Get("Content-Encoding")); kind != "" {
		return nil, &Failure{Reason: "it answered with " + kind, Permanent: true}
	}
	if err := fill(&b, body, min(smallBodyBytes, limit)); err != nil || int64(b.Len()) < min(smallBodyBytes, limit) {
		return b.Bytes(), err
	}
	clock.stop()
	idle.Stop()
	room := limit + 1
	if resp.ContentLength > 0 {
		room = min(room, resp.ContentLength)
	}
	share := min(room, largeBodiesBytes)
	if err := d.largeBytes.Acquire(ctx, share); err != nil {
		return b.Bytes(), err
	}
	a.reservedBytes = share
	clock.start(func() { cancel(&TimeoutError{d.Limits.Timeout}) })
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

// BinaryType names what a body is when its first bytes show that it is nothing we read; "" otherwise.
func BinaryType(head []byte, encoding string) string {
	const few = 1 << 10 // DetectContentType looks at no more
	if unpacked, _, err := Decompress(head[:min(len(head), few)], encoding, SniffBytes*16); err == nil {
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

// idleTimeoutReader is a body that may not stall.
type idleTimeoutReader struct {
	io.Reader
	idle  *time.Timer
	limit time.Duration
}

func (p *idleTimeoutReader) Read(b []byte) (int, error) {
	p.idle.Reset(p.limit)
	return p.Reader.Read(b)
}

// timeBudget measures the time that a journey spends with servers, its waiting for turns left out.
type timeBudget struct {
	left  time.Duration
	since time.Time
	timer *time.Timer
}

func (c *timeBudget) start(late func()) {
	c.since = time.Now()
	c.timer = time.AfterFunc(c.left, late)
}

func (c *timeBudget) stop() {
	if c.timer.Stop() {
		c.left = max(c.left-time.Since(c.since), 0)
	}
}
