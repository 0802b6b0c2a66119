package server

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeAddrListener gives each connection the remote address that its client sent to addrs, so that one machine can be
// many clients.
type fakeAddrListener struct {
	net.Listener
	addrs chan string
}

type fakeAddrConn struct {
	net.Conn
	addr netip.AddrPort
}

func (c fakeAddrConn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.addr) }

func (l fakeAddrListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return fakeAddrConn{c, netip.MustParseAddrPort(<-l.addrs)}, nil
}

// limitedServer is a server with a connLimiter. The response of /large is larger than the socket buffers, that of /hold
// is delayed until release is closed.
type limitedServer struct {
	*testing.T
	addrs   chan string
	address string
	held    chan struct{} // receives a value for each request for /hold or /large that is being handled
	release chan struct{}
	limiter *connLimiter

	mu sync.Mutex
	at time.Time
}

func newLimitedServer(t *testing.T, maxConns int) *limitedServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	noError(t, err)
	s := &limitedServer{T: t, addrs: make(chan string, 1000), address: l.Addr().String(), held: make(chan struct{}, 100),
		release: make(chan struct{}), at: time.Unix(1e9, 0)}
	now := func() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.at }
	s.limiter = newConnLimiter(fakeAddrListener{l, s.addrs}, maxConns, now)
	web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/large":
			for range 64 {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					return
				}
				select {
				case s.held <- struct{}{}:
				default:
				}
			}
		case "/hold":
			s.held <- struct{}{}
			<-s.release
		}
		_, _ = io.WriteString(w, "ok")
	})}
	trackRequests(web)
	go func() { _ = web.Serve(s.limiter) }()
	t.Cleanup(func() { _ = web.Close() })
	return s
}

// advance advances the clock of the limiter.
func (s *limitedServer) advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = s.at.Add(d)
}

// dial opens a connection of the client with an IP address and sends text.
func (s *limitedServer) dial(client, text string) net.Conn {
	s.Helper()
	s.addrs <- netip.AddrPortFrom(netip.MustParseAddr(client), 1).String()
	c, err := net.Dial("tcp", s.address)
	noError(s.T, err)
	s.Cleanup(func() { _ = c.Close() })
	_, err = io.WriteString(c, text)
	noError(s.T, err)
	return c
}

func get(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n" }

// status returns the status code of the response on a connection, or the error.
func status(c net.Conn) string {
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	_, _ = io.Copy(io.Discard, r.Body)
	return fmt.Sprint(r.StatusCode)
}

// TestConnLimiter_OneClientBlocksNoOther has one client open far more connections than the limit and keep them in every
// possible way. Other clients must get responses all the same, and keep their own idle connections.
func TestConnLimiter_OneClientBlocksNoOther(t *testing.T) {
	for name, hog := range map[string]func(s *limitedServer, client string){
		"silent":          func(s *limitedServer, client string) { s.dial(client, "") },
		"half a header":   func(s *limitedServer, client string) { s.dial(client, "GET / HTTP/1.1\r\nHo") },
		"idle":            func(s *limitedServer, client string) { status(s.dial(client, get("/"))) },
		"reading nothing": func(s *limitedServer, client string) { s.dial(client, get("/large")); <-s.held },
		"slow handler":    func(s *limitedServer, client string) { s.dial(client, get("/hold")); <-s.held },
	} {
		for _, attacker := range []string{"192.0.2.1", "2001:db8:1:2::%d"} {
			t.Run(name+" "+attacker, func(t *testing.T) {
				s := newLimitedServer(t, 8)
				defer close(s.release)
				mine := s.dial("192.0.2.9", get("/"))
				if got := status(mine); got != "200" {
					t.Fatal(got)
				}
				number, busy := 30, name == "slow handler" || name == "reading nothing"
				if busy {
					number = 7 // one more of the same client would be refused
				}
				for i := range number {
					client := attacker
					if strings.Contains(client, "%") {
						client = fmt.Sprintf(attacker, i+1) // all in one /64
					}
					hog(s, client)
				}
				for _, other := range []string{"192.0.2.2", "2001:db8:1:3::1", "192.0.2.3"} {
					if got := status(s.dial(other, get("/"))); got != "200" {
						t.Errorf("%s got %s", other, got)
					}
				}
				_, err := io.WriteString(mine, get("/"))
				if got := status(mine); !busy && (err != nil || got != "200") { // else it may be replaced, because it is idle
					t.Errorf("the idle connection of another client was closed: %v %s", err, got)
				}
			})
		}
	}
}

// TestConnLimiter_ReverseProxy checks that a reverse proxy, which makes all requests from one address, may use all
// connections. If requests are being handled on all of them, it gets 503; a stalled one is replaced.
func TestConnLimiter_ReverseProxy(t *testing.T) {
	s := newLimitedServer(t, 8)
	const proxy = "127.0.0.1"
	for range 20 {
		if got := status(s.dial(proxy, get("/"))); got != "200" {
			t.Fatal(got)
		}
	}
	var busy []net.Conn
	for range 8 {
		busy = append(busy, s.dial(proxy, get("/hold")))
		<-s.held
	}
	// The connection may also be reset, because the server had not read the request.
	if got := status(s.dial(proxy, get("/"))); got != "503" && !strings.Contains(got, "reset") {
		t.Errorf("the ninth request got %s", got)
	}
	s.advance(stalledTime + time.Second)
	if got := status(s.dial(proxy, get("/"))); got != "200" {
		t.Errorf("the request after the others have stalled got %s", got)
	}
	close(s.release)
	responses := 0
	for _, c := range busy {
		if status(c) == "200" {
			responses++
		}
	}
	if responses != 7 {
		t.Errorf("%d of 8 requests got a response; want all but the one whose connection was replaced", responses)
	}
}

// TestConnLimiter_ClosedConnsAreNotCounted checks that connections that have ended are not counted.
func TestConnLimiter_ClosedConnsAreNotCounted(t *testing.T) {
	s := newLimitedServer(t, 4)
	for i := range 50 {
		c := s.dial(fmt.Sprintf("192.0.2.%d", i%7), "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if got := status(c); got != "200" {
			t.Fatal(got)
		}
		_, _ = io.Copy(io.Discard, c) // until the server has closed it
	}
	s.limiter.mu.Lock()
	defer s.limiter.mu.Unlock()
	if len(s.limiter.conns) > 1 || len(s.limiter.count) > 1 {
		t.Errorf("%d connections of %d clients are counted", len(s.limiter.conns), len(s.limiter.count))
	}
}

func TestClientOf(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1:80": "192.0.2.1/32", "[::ffff:192.0.2.1]:80": "192.0.2.1/32", "[2001:db8:1:2:3::4]:80": "2001:db8:1:2::/64", "[::1]:80": "::/64", "[fe80::1]:9": "fe80::/64",
	} {
		if got := clientOf(net.TCPAddrFromAddrPort(netip.MustParseAddrPort(address))).String(); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
