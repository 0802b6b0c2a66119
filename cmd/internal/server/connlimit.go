package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// connLimiter is a listener that holds so many connections at most, and shares them fairly among clients. While there is
// room nobody is limited, so that a reverse proxy, from whose one address all readers come, may have it all. When it is
// full, whoever comes takes the place of a connection on which nothing happens, of the client that has most of them:
// one client that opens thousands loses its own. (netutil.LimitListener would let everybody wait for it.)
type connLimiter struct {
	net.Listener
	max int
	now func() time.Time // a clock that does not jump

	mu    sync.Mutex
	conns map[*limitedConn]bool
	count map[netip.Prefix]int // connections by client
}

func newConnLimiter(l net.Listener, most int, now func() time.Time) *connLimiter {
	return &connLimiter{Listener: l, max: most, now: now, conns: map[*limitedConn]bool{}, count: map[netip.Prefix]int{}}
}

// stalledTime is how long nothing happens on a connection whose request is being answered until another may have its place.
const stalledTime = 2 * time.Second

// limitedConn is a connection that counts.
type limitedConn struct {
	net.Conn
	limiter *connLimiter
	client  netip.Prefix
	last    atomic.Int64 // when something was read or written last: nanoseconds of the limiter's clock
	serving atomic.Bool  // a request is being answered; else it is waited for
}

// clientOf is whose connection it is: an address of IPv4, or the /64 of IPv6 that one customer has.
func clientOf(a net.Addr) netip.Prefix {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Prefix{}
	}
	ip := ap.Addr().Unmap().WithZone("")
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	p, _ := ip.Prefix(bits) // an address has that many
	return p
}

// Accept returns the next connection that has a place.
func (l *connLimiter) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) { // the system allows fewer than we do
			l.mu.Lock()
			victim := l.victim(netip.Prefix{})
			l.mu.Unlock()
			if victim != nil {
				_ = victim.Close()
			}
		}
		if err != nil {
			return nil, err
		}
		conn := &limitedConn{Conn: c, limiter: l, client: clientOf(c.RemoteAddr())}
		conn.touch()
		if l.admit(conn) {
			return conn, nil
		}
		_ = c.SetDeadline(time.Now().Add(50 * time.Millisecond)) // it fits into the system's buffer, or is not worth waiting for
		_, _ = io.WriteString(c, "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
		_ = c.Close()
	}
}

// admit gives a connection a place, if need be that of another; it reports whether there was one.
func (l *connLimiter) admit(c *limitedConn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.conns) >= l.max {
		victim := l.victim(c.client)
		if victim == nil {
			return false
		}
		l.remove(victim)
		_ = victim.Conn.Close()
	}
	l.conns[c] = true
	l.count[c.client]++
	return true
}

// victim is the connection whose place a newcomer takes: of the client with the most, the one on which nothing happened for
// the longest time. A connection that is being served is taken only where it stalls, or where its client has more than the
// newcomer would. nil: there is none.
func (l *connLimiter) victim(newcomer netip.Prefix) *limitedConn {
	stalled := l.now().Add(-stalledTime).UnixNano()
	var victim *limitedConn
	better := func(c *limitedConn) bool {
		if victim == nil {
			return true
		}
		if a, b := c.mayEnd(stalled), victim.mayEnd(stalled); a != b {
			return a
		}
		if a, b := l.count[c.client], l.count[victim.client]; a != b {
			return a > b
		}
		return c.last.Load() < victim.last.Load()
	}
	for c := range l.conns {
		if (c.mayEnd(stalled) || l.count[c.client] > l.count[newcomer]+1) && better(c) {
			victim = c
		}
	}
	return victim
}

// remove gives a place back.
func (l *connLimiter) remove(c *limitedConn) {
	if !l.conns[c] {
		return
	}
	delete(l.conns, c)
	if l.count[c.client]--; l.count[c.client] == 0 {
		delete(l.count, c.client)
	}
}

// mayEnd reports whether nothing is lost that is on its way.
func (c *limitedConn) mayEnd(stalled int64) bool { return !c.serving.Load() || c.last.Load() < stalled }

func (c *limitedConn) touch() { c.last.Store(c.limiter.now().UnixNano()) }

func (c *limitedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.serving.Load() { // what comes before a request is whole may come drop by drop
		c.touch()
	}
	return n, err
}

func (c *limitedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if n > 0 {
		c.touch()
	}
	return n, err
}

func (c *limitedConn) Close() error {
	c.limiter.mu.Lock()
	c.limiter.remove(c)
	c.limiter.mu.Unlock()
	return c.Conn.Close()
}

// connKey is the key of a request's connection in its context.
type connKey struct{}

// limitConns lets a server tell its limiter which connections are at work.
func limitConns(web *http.Server) {
	handler := web.Handler
	web.ConnContext = func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) }
	web.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connKey{}).(*limitedConn); ok {
			c.touch()
			c.serving.Store(true)
			defer c.serving.Store(false)
		}
		handler.ServeHTTP(w, r)
	})
}
