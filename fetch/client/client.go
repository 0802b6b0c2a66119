// Package client makes every HTTP request of a run. It protects against SSRF (ssrf.go), limits requests and memory
// (limits.go, ratelimit.go, parseslot.go), obeys robots.txt for pages and sitemaps (robots.go), sends the header fields
// of a source to its origin alone (sourceheaders.go), keeps cookies within one redirect chain (cookies.go), bounds the
// size and duration of responses, decompresses them within a bound (decompress.go), and describes failures to the
// maintainer (errors.go).
package client

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"broadsheet/internal/config"
	"broadsheet/internal/link"
	"broadsheet/internal/plain"

	"golang.org/x/sync/semaphore"
)

// Client sends all HTTP requests of one run. For each request, and for each redirect as for a request of its own, it
// checks the address, waits until the host may be contacted, and bounds size and time. Its methods are safe for
// concurrent use.
type Client struct {
	publicTransport http.RoundTripper // connects to public addresses only; shares no connection with anyTransport
	anyTransport    http.RoundTripper // connects to any address: the environment's proxy, and hosts that a Permission trusts
	proxy           func(*http.Request) (*url.URL, error)
	userAgent       string

	Limits       config.Limits
	Limiter      *HostLimiter
	Robots       *robots
	ServerClocks *ServerClocks
	Abandoned    atomic.Int64 // parses that did not end, see WithParseSlot

	parseSlots     *semaphore.Weighted // see limits.go
	largeBodyBytes *semaphore.Weighted // see limits.go
}

// Options configure a Client.
type Options struct {
	Now       func() time.Time
	UserAgent string            // sent with every request; the part before "/" is our product token in robots.txt
	Limits    config.Limits     // every field must be set
	Transport http.RoundTripper // replaces the network, and disables the gap between requests; nil: the network

	Proxy   func(*http.Request) (*url.URL, error) // nil: from the environment
	RootCAs *x509.CertPool                        // trusted certificate authorities; nil: those of the system
}

const (
	maxHeaderBytes = 256 << 10 // of a response
	SniffBytes     = 4 << 10   // bytes at the beginning of a body that show whether it is of a wrong type
)

// New returns a Client for one run.
func New(o Options) *Client {
	if o.Proxy == nil {
		o.Proxy = http.ProxyFromEnvironment
	}
	c := &Client{
		proxy:          o.Proxy,
		userAgent:      o.UserAgent,
		Limits:         o.Limits,
		Limiter:        newHostLimiter(o.Limits, o.Now),
		ServerClocks:   newServerClocks(o.Now),
		parseSlots:     semaphore.NewWeighted(maxParses),
		largeBodyBytes: semaphore.NewWeighted(maxLargeBodyBytes),
	}
	c.Robots = newRobots(c)
	if o.Transport != nil {
		c.Limiter.noGap = true
		c.publicTransport, c.anyTransport = o.Transport, o.Transport
		return c
	}
	c.anyTransport = newConnPool(o.Limits.Timeout/2, o.Limits.Body, c.proxy, o.RootCAs, nil)
	c.publicTransport = newConnPool(o.Limits.Timeout/2, o.Limits.Body, nil, o.RootCAs, dialControl)
	return c
}

// Close closes idle connections, and every other one when its request ends.
func (c *Client) Close() {
	for _, t := range []http.RoundTripper{c.publicTransport, c.anyTransport} {
		if t, ok := t.(*connPool); ok {
			t.CloseIdleConnections()
		}
	}
}

// Request is a GET request, together with the redirects that follow from it.
type Request struct {
	URL         *url.URL
	Permission  Permission
	Validators  http.Header // header fields that make the request conditional; sent to ValidatorsURL only
	Credentials *url.Userinfo
	Accept      string
	Robots      bool  // check robots.txt before each request
	Begins      bool  // another request to this host follows at once, so that both must be allowed
	LastToHost  bool  // no other request to this host is planned, so its connection need not be kept
	MaxBytes    int64 // of the body, still compressed

	ValidatorsURL string   // the address, after redirects, that gave the validators
	Cookies       *Cookies // set on the way here, where the chain began with other requests; nil: it begins with this one
}

// Response is the final response to a Request, after redirects. The caller must call Release when done with it.
type Response struct {
	URL         *url.URL // after redirects
	MovedTo     string   // where an unbroken chain of permanent redirects from Request.URL leads; empty: nowhere
	Status      int
	Conditional bool // the request had the validators
	Header      http.Header
	Body        []byte // as received, still compressed; WithParseSlot sets it to nil
	Incomplete  error  // why the body was not read to its end; a *tooLarge or a *Failure if we did not want more of it
	Release     func() // gives back what the response holds of the limits; calling it again does nothing

	reservedBytes int64 // of Client.largeBodyBytes, until Release
}

// OK reports whether the response is a document: 203 means that a proxy changed it (RFC 9110, section 15.3.4).
func (r *Response) OK() bool {
	return r.Status == http.StatusOK || r.Status == http.StatusNonAuthoritativeInfo
}

// Do sends a request and follows its redirects. Its errors describe to the maintainer what is wrong with which address.
// A response with a status that is no success is not an error.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	budget := &timeBudget{left: c.Limits.Timeout}
	u, movedTo, permanent := r.URL, "", true
	if r.Cookies == nil {
		r.Cookies = &Cookies{}
	}
	seen := map[string]bool{} // requests, by their address and cookies
	for hop := 0; ; hop++ {
		seen[u.String()+"\n"+r.Cookies.header(u)] = true
		resp, err := c.request(ctx, r, u, budget, hop)
		var f *Failure
		if hop > 0 && errors.As(err, &f) && f.private != "" {
			return nil, ErrorAt(r.URL, &Failure{
				Reason:    "it redirects to " + DisplayURL(u) + ", which is not followed: " + f.Reason,
				Permanent: true, private: f.private,
			})
		}
		if err != nil {
			return nil, ErrorAt(u, err)
		}
		r.Cookies.store(u, resp.Header)
		next, err := redirectTarget(resp)
		if next == nil && err == nil {
			resp.MovedTo = movedTo
			return resp, nil
		}
		resp.Release()
		switch {
		case err != nil:
			return nil, ErrorAt(u, err)
		case hop >= c.Limits.Redirects:
			return nil, ErrorAt(r.URL, &Failure{Reason: "it redirects more than " + plain.Count(c.Limits.Redirects, "time") + ", lately to " + DisplayURL(next)})
		case seen[next.String()+"\n"+r.Cookies.header(next)]:
			return nil, ErrorAt(r.URL, &Failure{Reason: "it redirects in a circle, by way of " + DisplayURL(next)})
		}
		permanent = permanent && (resp.Status == http.StatusMovedPermanently || resp.Status == http.StatusPermanentRedirect)
		if permanent {
			movedTo = next.String()
		}
		u = next
	}
}

// redirectTarget returns the address that a response redirects to, or nil if it is no redirect. Credentials and
// fragment of the address are dropped.
func redirectTarget(resp *Response) (*url.URL, error) {
	switch resp.Status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, nil
	}
	location := strings.TrimSpace(resp.Header.Get("Location"))
	if location == "" {
		return nil, &Failure{Reason: StatusText(resp.Status) + " without a word where to"}
	}
	target, err := ResolveURL(resp.URL, location)
	if err != nil {
		return nil, &Failure{Reason: "it redirects to " + quoted(location) + ", which is no address"}
	}
	if len(target.String()) > link.MaxLength {
		return nil, &Failure{Reason: "it redirects to an address of more than " + plain.Count(link.MaxLength, "letter")}
	}
	return target, nil
}

// request sends one request of a redirect chain, after hop others. It repeats the request once if the server did not
// process it.
func (c *Client) request(ctx context.Context, r Request, u *url.URL, budget *timeBudget, hop int) (*Response, error) {
	if err := r.Permission.check(u); err != nil {
		return nil, r.Permission.advise(u, err)
	}
	order := alone
	if r.Begins {
		order = begins
	}
	if hop > 0 {
		order = continues
	}
	if r.Robots {
		loaded, err := c.Robots.Allow(ctx, u, r.Permission)
		if err != nil {
			return nil, err
		}
		if loaded {
			order = continues
		}
	}
	resp, err := c.attempt(ctx, r, u, budget, order, true)
	if errors.As(err, new(*unprocessed)) {
		resp, err = c.attempt(ctx, r, u, budget, order, false)
	}
	return resp, r.Permission.advise(u, err)
}

// attempt sends one request as soon as the limiter allows it. If the server did not process the first attempt, only the
// second one counts for what is known of the host. A response that refuses the request because there were too many is a
// *HostBlock: it says nothing of the address.
func (c *Client) attempt(ctx context.Context, r Request, u *url.URL, budget *timeBudget, order order, first bool) (*Response, error) {
	slot, err := c.Limiter.Acquire(ctx, u, order)
	if err != nil {
		return nil, err
	}
	var resp *Response
	defer func() {
		if resp == nil { // an error, or a panic that the caller turns into one
			slot.Release()
		}
	}()
	got, err := c.roundTrip(ctx, r, u, budget)
	if wasSent(err) {
		slot.recordRequest()
	}
	if first && errors.As(err, new(*unprocessed)) {
		return nil, err
	}
	slot.recordResult(resultOf(got, err))
	if !errors.As(err, new(*Failure)) { // a Failure is our own decision not to connect
		slot.recordContact(got != nil, IsReset(err))
	}
	if err != nil {
		return nil, err
	}
	if err := c.applyRateLimitHeaders(u, got); err != nil {
		c.largeBodyBytes.Release(got.reservedBytes)
		return nil, err
	}
	resp = got
	slot.releaseHost()
	resp.Release = func() {
		slot.Release()
		c.largeBodyBytes.Release(resp.reservedBytes)
		resp.reservedBytes = 0
	}
	return resp, nil
}

// wasSent reports whether a request may have reached its host, so that the gap before the next one begins. It did not if
// the host's name could not be looked up or we may not connect to its address: without a network a run would wait for
// nothing, for minutes with a shared host of many sources.
func wasSent(err error) bool {
	return !errors.As(err, new(*net.DNSError)) && !errors.As(err, new(*Failure))
}

// resultOf returns what became of a request. A body that did not end in time is no answer. What is not the server's
// doing, or takes no time, counts as one: a request that we stopped or denied, a name that does not exist.
func resultOf(resp *Response, err error) result {
	var dns *net.DNSError
	switch {
	case err == nil && !errors.As(resp.Incomplete, new(*TimeoutError)), IsStopped(err), errors.As(err, new(*Failure)),
		errors.As(err, &dns) && dns.IsNotFound:
		return answered
	case IsReset(err):
		return reset
	}
	return unanswered
}

// applyRateLimitHeaders records what a response says about its host. It returns a *HostBlock, and blocks the host, if the
// response refuses the request because there were too many: a 429, or a 403 or a server error that says when to try
// again.
func (c *Client) applyRateLimitHeaders(u *url.URL, resp *Response) error {
	after := retryAfter(resp.Header, time.Now())
	refused := resp.Status == http.StatusTooManyRequests || after > 0 && (resp.Status == http.StatusForbidden || resp.Status >= 500)
	if !refused {
		c.Limiter.recordAnswer(u, resp.Header)
	}
	c.ServerClocks.record(c.Limiter.Group(u.String()), u, resp.Status, resp.Header)
	if refused {
		return c.Limiter.refuse(u, resp.Status, after)
	}
	return nil
}

// roundTrip sends one request and reads the response, within the time budget.
func (c *Client) roundTrip(ctx context.Context, r Request, u *url.URL, budget *timeBudget) (*Response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	budget.start(func() { cancel(&TimeoutError{c.Limits.Timeout}) })
	defer budget.stop()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, Denied("the address is not understood")
	}
	conditional := c.setHeaders(req, r)
	httpResp, err := c.transportFor(req, r.Permission).RoundTrip(req)
	if err != nil {
		return nil, requestError(ctx, err)
	}
	defer httpResp.Body.Close()
	resp := &Response{URL: u, Status: httpResp.StatusCode, Header: httpResp.Header, Conditional: conditional}
	if httpResp.StatusCode >= 300 {
		return resp, nil // the body of a redirect or an error is never used
	}
	if resp.Body, err = c.readBody(ctx, cancel, httpResp, resp, r.MaxBytes, budget); err != nil {
		resp.Incomplete = requestError(ctx, err)
	}
	return resp, nil
}

// setHeaders sets a request's header fields. Credentials, the source's own header fields and validators are sent only
// to where they belong. It reports whether validators are.
func (c *Client) setHeaders(req *http.Request, r Request) (conditional bool) {
	if conditional = len(r.Validators) > 0 && r.ValidatorsURL == req.URL.String(); conditional {
		maps.Copy(req.Header, r.Validators)
	}
	req.Header.Set("Accept", r.Accept)
	maps.Copy(req.Header, r.Permission.headers.at(req.URL))
	req.Header.Set("User-Agent", c.userAgentFor(req.URL, r.Permission))
	req.Header.Set("Accept-Encoding", acceptEncoding)
	if cookies := r.Cookies.header(req.URL); cookies != "" {
		if own := req.Header.Get("Cookie"); own != "" {
			cookies = own + "; " + cookies
		}
		req.Header.Set("Cookie", cookies)
	}
	req.URL.User = nil
	req.Close = r.LastToHost
	if r.Credentials != nil && req.URL.Scheme == r.URL.Scheme && HostPort(req.URL) == HostPort(r.URL) {
		password, _ := r.Credentials.Password()
		req.SetBasicAuth(r.Credentials.Username(), password)
	}
	return conditional
}

// transportFor returns the transport for a request. The environment's proxy, and hosts that the permission trusts, may
// be at any address.
func (c *Client) transportFor(req *http.Request, p Permission) http.RoundTripper {
	if proxy, err := c.proxy(req); p.trusts(req.URL) || proxy != nil || err != nil {
		return c.anyTransport
	}
	return c.publicTransport
}

// readBody reads a body that is still compressed. A large one first reserves its bytes (largeBodyBytes), so that memory
// stays bounded whatever servers send; the time budget is paused while it waits for them.
func (c *Client) readBody(ctx context.Context, cancel context.CancelCauseFunc, httpResp *http.Response, resp *Response, limit int64, budget *timeBudget) ([]byte, error) {
	idleTimeout := c.Limits.Timeout / 2
	idle := time.AfterFunc(idleTimeout, func() { cancel(&TimeoutError{idleTimeout}) })
	defer idle.Stop()
	body := &idleTimeoutReader{httpResp.Body, idle, idleTimeout}

	var b bytes.Buffer
	b.Grow(int(min(max(httpResp.ContentLength, 0)+bytes.MinRead, 256<<10)))
	if err := readUntil(&b, body, SniffBytes); err != nil {
		return b.Bytes(), err
	}
	if kind := BinaryType(b.Bytes(), httpResp.Header.Get("Content-Encoding")); kind != "" {
		return nil, &Failure{Reason: "it answered with " + kind, Permanent: true}
	}
	if err := readUntil(&b, body, min(smallBodyBytes, limit)); err != nil || int64(b.Len()) < min(smallBodyBytes, limit) {
		return b.Bytes(), err
	}
	budget.stop()
	idle.Stop()
	capacity := limit + 1
	if httpResp.ContentLength > 0 {
		capacity = min(capacity, httpResp.ContentLength)
	}
	reserved := min(capacity, maxLargeBodyBytes)
	if err := c.largeBodyBytes.Acquire(ctx, reserved); err != nil {
		return b.Bytes(), err
	}
	resp.reservedBytes = reserved
	budget.start(func() { cancel(&TimeoutError{c.Limits.Timeout}) })
	b.Grow(int(capacity) - b.Len() + bytes.MinRead) // all at once: growing by doubling would need three times as much
	err := readUntil(&b, body, limit+1)
	if int64(b.Len()) > limit {
		return b.Bytes()[:limit], &tooLarge{limit}
	}
	return b.Bytes(), err
}

// readUntil reads until b holds size bytes, or r ends.
func readUntil(b *bytes.Buffer, r io.Reader, size int64) error {
	_, err := b.ReadFrom(io.LimitReader(r, size-int64(b.Len())))
	return err
}

// BinaryType returns the media type of a body if its first bytes show a binary format that cannot be a feed or a page,
// such as an image or a PDF file; "" otherwise. encoding is the body's Content-Encoding.
func BinaryType(head []byte, encoding string) string {
	const enough = 1 << 10 // DetectContentType needs at most 512 bytes
	if decoded, _, err := Decompress(head[:min(len(head), enough)], encoding, SniffBytes*16); err == nil {
		head = decoded
	}
	kind := http.DetectContentType(head)
	for _, binary := range []string{"image/", "video/", "audio/", "font/", "application/pdf", "application/zip", "application/x-rar", "application/wasm", "application/ogg"} {
		if strings.HasPrefix(kind, binary) && kind != "image/svg+xml" {
			return kind
		}
	}
	return ""
}

// idleTimeoutReader restarts a timer at each read, so that a body on which nothing arrives for too long is cut off.
type idleTimeoutReader struct {
	io.Reader
	idle    *time.Timer
	timeout time.Duration
}

func (r *idleTimeoutReader) Read(b []byte) (int, error) {
	r.idle.Reset(r.timeout)
	return r.Reader.Read(b)
}

// timeBudget is the time that is left for a request and its redirects. Waiting for our own limits does not count: only
// the time spent with servers does.
type timeBudget struct {
	left  time.Duration
	since time.Time
	timer *time.Timer
}

// start begins to count, and calls expired when nothing is left.
func (b *timeBudget) start(expired func()) {
	b.since = time.Now()
	b.timer = time.AfterFunc(b.left, expired)
}

// stop stops counting. Calling it again does nothing.
func (b *timeBudget) stop() {
	if b.timer.Stop() {
		b.left = max(b.left-time.Since(b.since), 0)
	}
}
