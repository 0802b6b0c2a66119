package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// connPool is a RoundTripper that opens connections and keeps idle ones for the next request to the same origin. One
// RoundTrip sends at most one request: an http.Transport's own RoundTrip repeats a request below all our limits, over
// HTTP/2 as often as the server refuses it. The caller decides whether an *unprocessed request is repeated.
type connPool struct {
	transport *http.Transport // opens connections; its own pool is not used
	proxy     func(*http.Request) (*url.URL, error)
	maxAnswer int64 // bytes that may be received for one request, framing and encryption counted

	mu      sync.Mutex
	idle    map[string][]*pooledConn // by origin
	closing map[string]bool          // origins that closed a connection under a request: none is kept there any more
	closed  bool
}

const (
	maxBeforeAnswer = 2 << 20 // bytes that may be received before an answer's header is complete
	maxWhileIdle    = 64 << 10
	maxStreamBuffer = 1 << 20          // HTTP/2: bytes of an answer that are received before they are read
	idleConnTimeout = 30 * time.Second // how long an idle connection is kept
	maxAddresses    = 8                // of one host that are connected to, one after the other, for one request
)

// newConnPool makes a pool. control, if any, may refuse an address that is about to be connected to.
func newConnPool(timeout time.Duration, maxBody int64, proxy func(*http.Request) (*url.URL, error), roots *x509.CertPool, control func(address string) error) *connPool {
	p := &connPool{proxy: proxy, maxAnswer: 2*maxBody + maxBeforeAnswer, idle: map[string][]*pooledConn{}, closing: map[string]bool{}}
	dialer := &net.Dialer{Timeout: timeout, ControlContext: func(ctx context.Context, _, address string, _ syscall.RawConn) error {
		if dialOf(ctx).addresses.Add(1) > maxAddresses {
			return errors.New("too many addresses do not answer")
		}
		if control != nil {
			return control(address)
		}
		return nil
	}}
	p.transport = &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) { return dialOf(r.Context()).proxy, nil },
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			limited := dialOf(ctx).conn
			limited.Conn = conn
			return limited, nil
		},
		TLSClientConfig:        &tls.Config{RootCAs: roots, ClientSessionCache: tls.NewLRUClientSessionCache(0)},
		TLSHandshakeTimeout:    timeout,
		DisableCompression:     true, // unpack does it, within a bound
		MaxResponseHeaderBytes: maxHeader,
		WriteBufferSize:        1 << 10, // a request is small
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{MaxReceiveBufferPerStream: maxStreamBuffer},
	}
	return p
}

// dial is what the opening of one connection needs to know; the context brings it, past http.Transport.
type dial struct {
	proxy     *url.URL
	conn      *limitedConn
	addresses atomic.Int32 // connected to so far
}

type dialKey struct{}

func dialOf(ctx context.Context) *dial { return ctx.Value(dialKey{}).(*dial) }

// pooledConn is a connection that carries one request at a time.
type pooledConn struct {
	*http.ClientConn
	conn   *limitedConn
	origin string
	reused bool
	expiry *time.Timer // runs while it is idle
}

// Close cuts the connection below TLS and HTTP/2, neither of which can then wait for a server that does not read.
func (c *pooledConn) Close() {
	c.conn.Close()
	_ = c.ClientConn.Close()
}

// RoundTrip sends req once. The body must be closed; the connection can carry another request after that. Whatever
// happens, the connection ends with req's context, and so do all reads and writes that wait for the server.
func (p *connPool) RoundTrip(req *http.Request) (*http.Response, error) {
	c, err := p.acquire(req)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(req.Context(), func() { c.conn.Close() })
	var answered atomic.Bool
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{GotFirstResponseByte: func() { answered.Store(true) }})
	resp, err := c.RoundTrip(req.WithContext(ctx))
	if err != nil {
		stop()
		c.Close()
		if c.reused && !answered.Load() {
			p.keepNone(c.origin)
		}
		if req.Context().Err() == nil && notProcessed(err, req.Method, c.reused && !answered.Load()) {
			return nil, &unprocessed{err}
		}
		return nil, err
	}
	c.conn.allow(p.maxAnswer)
	resp.Body = &pooledBody{resp.Body, sync.OnceFunc(func() {
		if stop() && !req.Close {
			p.release(c)
		} else {
			c.Close()
		}
	})}
	return resp, nil
}

// pooledBody gives its connection back when it is closed.
type pooledBody struct {
	io.ReadCloser
	release func()
}

func (b *pooledBody) Close() error {
	err := b.ReadCloser.Close()
	b.release()
	return err
}

// acquire returns an idle connection for a request, or opens one.
func (p *connPool) acquire(req *http.Request) (*pooledConn, error) {
	d := &dial{conn: &limitedConn{}}
	origin := req.URL.Scheme + " " + HostPort(req.URL)
	if p.proxy != nil {
		var err error
		if d.proxy, err = p.proxy(req); err != nil {
			return nil, err
		}
	}
	if d.proxy != nil && req.URL.Scheme == "http" {
		origin = "" // such a proxy takes requests for all hosts on one connection
	}
	if d.proxy != nil {
		origin += " " + d.proxy.String()
	}
	if c := p.takeIdle(origin); c != nil {
		return c, nil
	}
	d.conn.allow(maxBeforeAnswer)
	conn, err := p.transport.NewClientConn(context.WithValue(req.Context(), dialKey{}, d), req.URL.Scheme, HostPort(req.URL))
	if err != nil {
		d.conn.Close()
		return nil, err
	}
	return &pooledConn{ClientConn: conn, conn: d.conn, origin: origin}, nil
}

// takeIdle returns an idle connection that the server has not closed; nil if there is none.
func (p *connPool) takeIdle(origin string) *pooledConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.idle[origin]) > 0 {
		c := p.idle[origin][0]
		p.forget(c)
		if c.Available() > 0 {
			c.conn.allow(maxBeforeAnswer)
			return c
		}
		go c.Close()
	}
	return nil
}

// forget takes an idle connection out of the pool. It reports whether it was there. p.mu must be held.
func (p *connPool) forget(c *pooledConn) bool {
	all := p.idle[c.origin]
	for i := range all {
		if all[i] == c {
			c.expiry.Stop()
			p.idle[c.origin] = append(all[:i:i], all[i+1:]...)
			if len(all) == 1 {
				delete(p.idle, c.origin)
			}
			return true
		}
	}
	return false
}

// release keeps a connection for the next request, if it can carry one.
func (p *connPool) release(c *pooledConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.closing[c.origin] || c.Available() == 0 {
		go c.Close()
		return
	}
	c.reused = true
	c.conn.allow(maxWhileIdle)
	c.expiry = time.AfterFunc(idleConnTimeout, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.forget(c) {
			go c.Close()
		}
	})
	p.idle[c.origin] = append(p.idle[c.origin], c)
}

// keepNone makes every further request to an origin use a connection of its own.
func (p *connPool) keepNone(origin string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closing[origin] = true
}

// CloseIdleConnections closes the pool: connections in use are closed when their request ends.
func (p *connPool) CloseIdleConnections() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, all := range p.idle {
		for _, c := range all {
			c.expiry.Stop()
			c.Close()
		}
	}
	clear(p.idle)
}

// limitedConn is a connection from which only so many bytes may be received: a server can send bytes without end that are
// no answer, such as HTTP/2's control frames.
type limitedConn struct {
	net.Conn // nil until it is open
	left     atomic.Int64
}

// allow lets n more bytes be received from now on.
func (c *limitedConn) allow(n int64) { c.left.Store(n) }

func (c *limitedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.left.Add(-int64(n)) < 0 {
		return 0, &flooded{}
	}
	return n, err
}

func (c *limitedConn) Close() error {
	if c.Conn == nil {
		return nil
	}
	return c.Conn.Close()
}

// flooded says that a server sent far more than an answer has.
type flooded struct{}

func (*flooded) Error() string { return "it sent more than an answer may have" }

// unprocessed says that the server did not process a request, so that it may be sent once more.
type unprocessed struct{ error }

func (u *unprocessed) Unwrap() error { return u.error }

// notProcessed reports whether an error shows that a request was not processed (RFC 9113, section 8.7), or, of one that
// does no harm when it is made twice, that it met the end of a connection that had been idle (RFC 9112, section 9.3.1).
// idle says that such a connection ended without a byte of an answer.
func notProcessed(err error, method string, idle bool) bool {
	var stream streamError
	if errors.As(err, &stream) {
		return stream.Code == refusedStream
	}
	text := err.Error()
	if strings.Contains(text, "graceful shutdown GOAWAY") || strings.Contains(text, "server closed idle connection") {
		return true
	}
	ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE) || strings.Contains(text, "client conn not usable") || strings.Contains(text, "client conn is closed")
	return idle && ended && (method == http.MethodGet || method == http.MethodHead)
}

// streamError is what net/http's own HTTP/2 errors of one stream can be read as: they fill any struct of these fields.
type streamError struct {
	StreamID uint32
	Code     uint32
	Cause    error // nil: we found the fault; else the server sent RST_STREAM
}

const refusedStream = 7 // REFUSED_STREAM, RFC 9113, section 7

func (e streamError) Error() string { return "HTTP/2 stream error" }
