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

// connLimiter is a net.Listener that limits the number of open connections and shares them fairly among clients. Below
// the limit no client is limited, so that a reverse proxy, which makes all requests from one address, may use all
// connections. At the limit, a new connection replaces an inactive one of the client that has the most: a client that
// opens thousands of connections only loses its own. (With netutil.LimitListener all other clients would have to wait
// for it.)
type connLimiter struct {
	net.Listener
	max int
	now func() time.Time // a monotonic clock

	mu    sync.Mutex
	conns map[*limitedConn]bool
	count map[netip.Prefix]int // connections by client
}

func newConnLimiter(l net.Listener, maxConns int, now func() time.Time) *connLimiter {
	return &connLimiter{Listener: l, max: maxConns, now: now, conns: map[*limitedConn]bool{}, count: map[netip.Prefix]int{}}
}

// stalledTime is the time without activity after which a connection may be replaced although a response is being
// written.
const stalledTime = 2 * time.Second

// limitedConn is a connection of a connLimiter.
type limitedConn struct {
	net.Conn
	limiter *connLimiter
	client  netip.Prefix
	active  atomic.Int64 // time of the last read or write, in nanoseconds since 1970 by the clock of the limiter
	serving atomic.Bool  // a request is being handled; else the server waits for one
}

// clientOf returns the client at an address: an IPv4 address, or a /64 network of IPv6, which is what one customer
// gets.
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
	p, _ := ip.Prefix(bits) // no error: bits is valid for the address
	return p
}

// Accept returns the next connection within the limit. A connection that cannot replace another gets a 503 response.
func (l *connLimiter) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) { // the limit of open files is lower than ours
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
		// The response fits into the socket buffer; if not, it is not worth waiting for.
		_ = c.SetDeadline(time.Now().Add(50 * time.Millisecond))
		_, _ = io.WriteString(c, "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
		_ = c.Close()
	}
}

// admit adds a connection, in place of another one if the limit is reached. It reports whether it did.
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

// victim returns the connection to close for a new one of the client newcomer: of the client with the most connections,
// the one with the longest inactivity. A connection with a request in progress is closed only if it stalls, or if its
// client has more connections than newcomer would have. It returns nil if there is none.
func (l *connLimiter) victim(newcomer netip.Prefix) *limitedConn {
	stalled := l.now().Add(-stalledTime).UnixNano()
	var victim *limitedConn
	better := func(c *limitedConn) bool {
		if victim == nil {
			return true
		}
		if a, b := c.isIdle(stalled), victim.isIdle(stalled); a != b {
			return a
		}
		if a, b := l.count[c.client], l.count[victim.client]; a != b {
			return a > b
		}
		return c.active.Load() < victim.active.Load()
	}
	for c := range l.conns {
		if (c.isIdle(stalled) || l.count[c.client] > l.count[newcomer]+1) && better(c) {
			victim = c
		}
	}
	return victim
}

// remove removes a connection, if it has not been removed already.
func (l *connLimiter) remove(c *limitedConn) {
	if !l.conns[c] {
		return
	}
	delete(l.conns, c)
	if l.count[c.client]--; l.count[c.client] == 0 {
		delete(l.count, c.client)
	}
}

// isIdle reports whether no response is lost if the connection is closed: no request is being handled, or there has
// been no activity since stalled.
func (c *limitedConn) isIdle(stalled int64) bool {
	return !c.serving.Load() || c.active.Load() < stalled
}

func (c *limitedConn) touch() { c.active.Store(c.limiter.now().UnixNano()) }

func (c *limitedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.serving.Load() { // a request that arrives byte by byte is no activity
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

// connKey is the context key of the connection of a request.
type connKey struct{}

// trackRequests makes a server mark the connections of its limiter on which a request is being handled.
func trackRequests(web *http.Server) {
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
