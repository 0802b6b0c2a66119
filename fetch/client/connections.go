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

// connPool is an http.RoundTripper that opens connections and keeps idle ones for the next request to the same origin.
// Its RoundTrip sends at most one request, while that of an http.Transport repeats requests without regard to our
// limits, over HTTP/2 as often as the server refuses them. The caller decides whether to repeat a request that failed
// as *unprocessed.
type connPool struct {
	transport        *http.Transport // opens connections; its own pool is not used
	proxy            func(*http.Request) (*url.URL, error)
	maxResponseBytes int64 // that may be received for one request, framing and encryption included

	mu      sync.Mutex
	idle    map[string][]*pooledConn // by origin
	closing map[string]bool          // origins that closed an idle connection as a request was sent: no connection to them is kept
	closed  bool
}

const (
	maxBytesBeforeResponse = 2 << 20 // that may be received before a response's header is complete
	maxBytesWhileIdle      = 64 << 10
	maxStreamBuffer        = 1 << 20          // HTTP/2: bytes of a response that are received before they are read
	idleConnTimeout        = 30 * time.Second // how long an idle connection is kept
	maxAddresses           = 8                // of one host that are tried, one after the other, for one request
)

// newConnPool returns a pool. control, unless it is nil, is called before each connection with the address (IP:port),
// and its error prevents the connection. roots may be nil: the system's.
func newConnPool(timeout time.Duration, maxBody int64, proxy func(*http.Request) (*url.URL, error), roots *x509.CertPool, control func(address string) error) *connPool {
	p := &connPool{proxy: proxy, maxResponseBytes: 2*maxBody + maxBytesBeforeResponse, idle: map[string][]*pooledConn{}, closing: map[string]bool{}}
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
		DisableCompression:     true, // Decompress does it, within a bound
		MaxResponseHeaderBytes: maxHeaderBytes,
		WriteBufferSize:        1 << 10, // a request is small
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{MaxReceiveBufferPerStream: maxStreamBuffer},
	}
	return p
}

// dial holds what the callbacks of http.Transport need to open one connection. It reaches them in the context.
type dial struct {
	proxy     *url.URL
	conn      *limitedConn
	addresses atomic.Int32 // tried so far
}

type dialKey struct{}

func dialOf(ctx context.Context) *dial { return ctx.Value(dialKey{}).(*dial) }

// pooledConn is a connection that carries one request at a time.
type pooledConn struct {
	*http.ClientConn
	conn   *limitedConn
	origin string
	reused bool        // it has carried a request before
	expiry *time.Timer // closes it; runs while it is idle
}

// Close closes the network connection first, so that closing TLS and HTTP/2 cannot block on a server that does not
// read.
func (c *pooledConn) Close() {
	c.conn.Close()
	_ = c.ClientConn.Close()
}

// RoundTrip sends req once. The caller must close the response's body, which makes the connection available to another
// request. When req's context ends the connection is closed, which also ends all reads and writes that wait for the
// server.
func (p *connPool) RoundTrip(req *http.Request) (*http.Response, error) {
	c, err := p.acquire(req)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(req.Context(), func() { c.conn.Close() })
	var responding atomic.Bool
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{GotFirstResponseByte: func() { responding.Store(true) }})
	resp, err := c.RoundTrip(req.WithContext(ctx))
	if err != nil {
		stop()
		c.Close()
		closedWhileIdle := c.reused && !responding.Load()
		if closedWhileIdle {
			p.stopKeeping(c.origin)
		}
		if req.Context().Err() == nil && notProcessed(err, req.Method, closedWhileIdle) {
			return nil, &unprocessed{err}
		}
		return nil, err
	}
	c.conn.allow(p.maxResponseBytes)
	resp.Body = &pooledBody{resp.Body, sync.OnceFunc(func() {
		if stop() && !req.Close {
			p.release(c)
		} else {
			c.Close()
		}
	})}
	return resp, nil
}

// pooledBody is a response's body that releases its connection when it is closed.
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
	origin := originOf(req.URL)
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
	d.conn.allow(maxBytesBeforeResponse)
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
		p.remove(c)
		if c.Available() > 0 {
			c.conn.allow(maxBytesBeforeResponse)
			return c
		}
		go c.Close()
	}
	return nil
}

// remove removes an idle connection from the pool. It reports whether it was there. p.mu must be held.
func (p *connPool) remove(c *pooledConn) bool {
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

// release keeps a connection for the next request if it can carry one, and closes it otherwise.
func (p *connPool) release(c *pooledConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.closing[c.origin] || c.Available() == 0 {
		go c.Close()
		return
	}
	c.reused = true
	c.conn.allow(maxBytesWhileIdle)
	c.expiry = time.AfterFunc(idleConnTimeout, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.remove(c) {
			go c.Close()
		}
	})
	p.idle[c.origin] = append(p.idle[c.origin], c)
}

// stopKeeping makes every further request to an origin use a new connection.
func (p *connPool) stopKeeping(origin string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closing[origin] = true
}

// CloseIdleConnections closes all idle connections, and the pool: connections in use are closed when their request
// ends.
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

// limitedConn is a connection with a limit on the bytes that may be received: a server can send without end bytes that
// are no response, such as control frames of HTTP/2.
type limitedConn struct {
	net.Conn              // nil until it is open
	left     atomic.Int64 // bytes that may still be received
}

// allow sets the limit to n more bytes.
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

// flooded is the error of a server that sent more bytes than limitedConn allows.
type flooded struct{}

func (*flooded) Error() string { return "it sent more than an answer may have" }

// unprocessed is the error of a request that the server did not process, so that it may be sent once more.
type unprocessed struct{ error }

func (u *unprocessed) Unwrap() error { return u.error }

// notProcessed reports whether an error shows that the server did not process a request (RFC 9113, section 8.7). For an
// idempotent request it is enough that it was sent on an idle connection just as that was closed (RFC 9112, section
// 9.3.1): wasIdle reports that the connection was idle before, and ended without a byte of a response.
func notProcessed(err error, method string, wasIdle bool) bool {
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
	return wasIdle && ended && (method == http.MethodGet || method == http.MethodHead)
}

// streamError has the fields of the unexported error that net/http returns for an HTTP/2 stream: its As method fills
// any struct that has them.
type streamError struct {
	StreamID uint32
	Code     uint32
	Cause    error // nil: our side found the error; else the server sent RST_STREAM
}

const refusedStream = 7 // REFUSED_STREAM, RFC 9113, section 7

func (e streamError) Error() string { return "HTTP/2 stream error" }
