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

// namedListener gives each connection the remote address that its dialler announced, so that many clients come from one
// machine.
type namedListener struct {
	net.Listener
	names chan string
}

type namedConn struct {
	net.Conn
	name netip.AddrPort
}

func (c namedConn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.name) }

func (l namedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return namedConn{c, netip.MustParseAddrPort(<-l.names)}, nil
}

// limitedServer is a server behind a limiter of a few connections. /large is more than the system's buffers hold, /hold
// waits until release is closed.
type limitedServer struct {
	*testing.T
	names   chan string
	address string
	held    chan struct{} // gets one for each request for /hold that has begun
	release chan struct{}
	limiter *connLimiter

	mu sync.Mutex
	at time.Time
}

func newLimitedServer(t *testing.T, most int) *limitedServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	noError(t, err)
	s := &limitedServer{T: t, names: make(chan string, 1000), address: l.Addr().String(), held: make(chan struct{}, 100), release: make(chan struct{}), at: time.Unix(1e9, 0)}
	s.limiter = newConnLimiter(namedListener{l, s.names}, most, func() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.at })
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
	limitConns(web)
	go func() { _ = web.Serve(s.limiter) }()
	t.Cleanup(func() { _ = web.Close() })
	return s
}

func (s *limitedServer) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = s.at.Add(d)
}

// dial opens a connection of a client and sends text.
func (s *limitedServer) dial(client, text string) net.Conn {
	s.Helper()
	s.names <- netip.AddrPortFrom(netip.MustParseAddr(client), 1).String()
	c, err := net.Dial("tcp", s.address)
	noError(s.T, err)
	s.Cleanup(func() { _ = c.Close() })
	_, err = io.WriteString(c, text)
	noError(s.T, err)
	return c
}

func get(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n" }

// status is what a client is answered.
func status(c net.Conn) string {
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	_, _ = io.Copy(io.Discard, r.Body)
	return fmt.Sprint(r.StatusCode)
}

// TestOneClientShutsNobodyOut lets one client open far more connections than there is room for, in every way in which one can
// be kept, and another be answered all the same, with its own kept connections untouched.
func TestOneClientShutsNobodyOut(t *testing.T) {
	for name, hog := range map[string]func(s *limitedServer, client string){
		"silent":          func(s *limitedServer, client string) { s.dial(client, "") },
		"half a header":   func(s *limitedServer, client string) { s.dial(client, "GET / HTTP/1.1\r\nHo") },
		"kept open":       func(s *limitedServer, client string) { status(s.dial(client, get("/"))) },
		"reading nothing": func(s *limitedServer, client string) { s.dial(client, get("/large")); <-s.held },
		"at work":         func(s *limitedServer, client string) { s.dial(client, get("/hold")); <-s.held },
	} {
		for _, attacker := range []string{"192.0.2.1", "2001:db8:1:2::%d"} {
			t.Run(name+" "+attacker, func(t *testing.T) {
				s := newLimitedServer(t, 8)
				defer close(s.release)
				mine := s.dial("192.0.2.9", get("/"))
				if got := status(mine); got != "200" {
					t.Fatal(got)
				}
				number, busy := 30, name == "at work" || name == "reading nothing"
				if busy {
					number = 7 // one more of the same client would be refused
				}
				for i := range number {
					client := attacker
					if strings.Contains(client, "%") {
						client = fmt.Sprintf(attacker, i+1) // all of one /64
					}
					hog(s, client)
				}
				for _, other := range []string{"192.0.2.2", "2001:db8:1:3::1", "192.0.2.3"} {
					if got := status(s.dial(other, get("/"))); got != "200" {
						t.Errorf("%s is answered %s", other, got)
					}
				}
				_, err := io.WriteString(mine, get("/"))
				if got := status(mine); !busy && (err != nil || got != "200") { // else it makes room: nothing is lost with it
					t.Errorf("the connection that another kept is gone: %v %s", err, got)
				}
			})
		}
	}
}

// TestProxyIsOneClient: a reverse proxy, from whose one address all readers come, has all the room there is. Where all of
// its connections are at work it is told to come back; one on which nothing moves makes room.
func TestProxyIsOneClient(t *testing.T) {
	s := newLimitedServer(t, 8)
	const proxy = "127.0.0.1"
	for range 20 {
		if got := status(s.dial(proxy, get("/"))); got != "200" {
			t.Fatal(got)
		}
	}
	var working []net.Conn
	for range 8 {
		working = append(working, s.dial(proxy, get("/hold")))
		<-s.held
	}
	if got := status(s.dial(proxy, get("/"))); got != "503" && !strings.Contains(got, "reset") { // it had not read what was sent
		t.Errorf("the ninth is answered %s", got)
	}
	s.pass(stalledTime + time.Second)
	if got := status(s.dial(proxy, get("/"))); got != "200" {
		t.Errorf("one that waits longer than the others is answered %s", got)
	}
	close(s.release)
	answered := 0
	for _, c := range working {
		if status(c) == "200" {
			answered++
		}
	}
	if answered != 7 {
		t.Errorf("%d of 8 were answered, and one place was needed", answered)
	}
}

// TestPlacesAreGivenBack: what has ended is not counted.
func TestPlacesAreGivenBack(t *testing.T) {
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
