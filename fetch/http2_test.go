package fetch

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/internal/config"
	"broadsheet/internal/http2test"

	"golang.org/x/net/http2"
)

func TestMain(m *testing.M) {
	log.SetOutput(io.Discard) // net/http logs much about such servers
	os.Exit(m.Run())
}

// fetcherTrusting returns a Fetcher that accepts the certificate of a test server, behind a proxy unless that is nil.
func fetcherTrusting(s *http2test.Server, l config.Limits, proxy func(*http.Request) (*url.URL, error)) *Fetcher {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.CA)
	f := fetcherWith(l)
	if l.Gap == 0 {
		l.Gap = -1
	}
	f.client = client.New(client.Options{Now: clockAtNoon, UserAgent: "test", Limits: l.WithDefaults(), RootCAs: roots, Proxy: proxy})
	return f
}

// http2Uses are the uses of HTTP requests: the path at which the server is faulty, and the call that requests it.
var http2Uses = []struct {
	name, path string
	call       func(f *Fetcher, host string) error
}{
	{"feed", "/feed", func(f *Fetcher, host string) error {
		_, err := fetchFeed(f, "https://"+host+"/feed")
		return err
	}},
	{"page", "/page", func(f *Fetcher, host string) error {
		_, err := f.ReadArticle(context.Background(), feedAt("https://"+host+"/feed"), "https://"+host+"/page")
		return err
	}},
	{"robots.txt", "/robots.txt", func(f *Fetcher, host string) error {
		_, err := f.ReadArticle(context.Background(), feedAt("https://"+host+"/feed"), "https://"+host+"/page")
		return err
	}},
	{"sitemap", "/map.xml", func(f *Fetcher, host string) error {
		_, _, err := f.FetchSource(context.Background(), broadsheet.Source{Kind: broadsheet.KindSitemap, URL: "https://" + host + "/map.xml", AllowPrivate: true}, broadsheet.Visit{})
		return err
	}},
	{"search", "/blog", func(f *Fetcher, host string) error {
		_, _, err := f.Discover(context.Background(), "https://"+host+"/blog", true)
		return err
	}},
	{"hub", "/hub", func(f *Fetcher, host string) error {
		client := f.client.WebhookClient(client.PermissionFor(feedAt("https://" + host + "/hub")))
		answer, err := client.Post("https://"+host+"/hub", "text/plain", strings.NewReader("news"))
		if err == nil {
			answer.Body.Close()
		}
		return err
	}},
}

// TestHTTP2_RequestIsSentOnce has servers with every fault that HTTP/2 allows. Each gets the request once, or twice if
// it shows that it did not process the first one, on as many connections, and the call ends.
func TestHTTP2_RequestIsSentOnce(t *testing.T) {
	faults := http2test.Faults()
	type test struct {
		fault http2test.Fault
		use   int
	}
	var tests []test
	for _, f := range faults {
		for use := range http2Uses {
			tests = append(tests, test{f, use})
		}
	}
	hosts := map[string]test{}
	var s *http2test.Server
	ready := make(chan struct{})
	s = http2test.Start(t, len(tests), func(c *http2test.Conn) {
		<-ready
		test := hosts[c.Host]
		if test.fault.OnConnect != nil {
			test.fault.OnConnect(c)
			return
		}
		for {
			stream, path, ok := c.Request()
			switch {
			case !ok:
				return
			case path == http2Uses[test.use].path:
				test.fault.OnRequest(c, stream)
				return
			default:
				c.Respond(stream, "404", "text/plain", "no")
			}
		}
	})
	for i, test := range tests {
		hosts[s.Host(i)] = test
	}
	close(ready)

	var all sync.WaitGroup
	parallel := make(chan struct{}, 32)
	for i, test := range tests {
		all.Go(func() {
			parallel <- struct{}{}
			defer func() { <-parallel }()
			use, host := http2Uses[test.use], s.Host(i)
			f := fetcherTrusting(s, config.Limits{Timeout: 2 * time.Second, Body: 1 << 20}, nil)
			defer f.Close()
			err := use.call(f, host)
			requests, connections := s.Requests(host, use.path), s.Connections(host)
			most := 1
			idle := (use.name == "page" || use.name == "sitemap") && test.fault.OnRequest != nil // since robots.txt was fetched
			if test.fault.Repeatable || idle && (strings.HasPrefix(test.fault.Name, "closes on") || strings.HasPrefix(test.fault.Name, "goes away")) {
				most = 2
			}
			opened := most
			var failure *client.Failure
			switch {
			case use.name == "robots.txt" && test.fault.OnRequest != nil:
				opened = 2 // some faults of robots.txt do not prevent the request for the page
			case use.name == "search" && errors.As(err, &failure) && (failure.Status != 0 || failure.Cause != nil):
				opened = 30 // discovery goes on with other addresses
			case idle:
				opened = 2
			}
			if requests > most || connections > opened {
				t.Errorf("%s, %s: %d requests on %d connections, wanted at most %d on %d; %v", use.name, test.fault.Name, requests, connections, most, opened, err)
			}
			if test.fault.WantError != "" && use.name != "search" && (err == nil || !strings.Contains(err.Error(), test.fault.WantError) && !lateOrReset(err)) {
				t.Errorf("%s, %s: %v; want %q", use.name, test.fault.Name, err, test.fault.WantError)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\x1b\n") {
				t.Errorf("%s, %s: %q", use.name, test.fault.Name, err)
			}
			t.Logf("%s, %s: %d requests, %d connections: %v", use.name, test.fault.Name, requests, connections, err)
		})
	}
	all.Wait()
}

// lateOrReset reports whether an error can be due to a busy machine: a timeout, or the other one of the system's two
// errors for the end of a connection.
func lateOrReset(err error) bool {
	return strings.Contains(err.Error(), "no whole answer within") || isTimeout(err) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// isTimeout reports whether any error in err's chain is a timeout. errors.As would stop at the *url.Error of an
// http.Client, which does not look behind our own error.
func isTimeout(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if t, ok := err.(interface{ Timeout() bool }); ok && t.Timeout() {
			return true
		}
	}
	return false
}

// TestHTTP2_RepeatWaitsForGap has a server that refuses all requests. The repeated request comes after the gap, like
// any other, and after two visits that failed the host is blocked.
func TestHTTP2_RepeatWaitsForGap(t *testing.T) {
	const gap = 300 * time.Millisecond
	var mu sync.Mutex
	var requests []time.Time
	s := http2test.Start(t, 1, func(c *http2test.Conn) {
		if stream, _, ok := c.Request(); ok {
			mu.Lock()
			requests = append(requests, time.Now())
			mu.Unlock()
			_ = c.WriteRSTStream(stream, http2.ErrCodeRefusedStream)
			c.Hang()
		}
	})
	f := fetcherTrusting(s, config.Limits{Gap: gap}, nil)
	defer f.Close()
	for i := range 4 {
		v, err := fetchFeed(f, "https://"+s.Host(0)+"/feed")
		if blocked := i >= 2; client.IsRateLimited(err) != blocked || !blocked && (v.Failures != 1 || !v.Next.After(noon)) {
			t.Errorf("visit %d: %v, %+v", i, err, v)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(requests) != 4 {
		t.Fatalf("%d requests", len(requests))
	}
	for i := range requests[1:] {
		if d := requests[i+1].Sub(requests[i]); d < gap-10*time.Millisecond {
			t.Errorf("request %d came %s after the one before", i+1, d)
		}
	}
}

// TestIdleConnectionClosed_RequestIsRepeated has an HTTP/1 server that closes each connection when a second request
// comes on it. The request is repeated on a new connection, and from then on each request has a new one.
func TestIdleConnectionClosed_RequestIsRepeated(t *testing.T) {
	var mu sync.Mutex
	onConn, requests := map[string]int{}, 0
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		requests++
		onConn[r.RemoteAddr]++
		again := onConn[r.RemoteAddr] > 1
		mu.Unlock()
		if again {
			raw("")(w, r)
			return
		}
		io.WriteString(w, feedBody)
	})
	f := fetcher()
	defer f.Close()
	for i := range 5 {
		if _, err := fetchFeed(f, s.URL); err != nil {
			t.Errorf("request %d: %v", i, err)
		}
	}
	if requests != 6 || len(onConn) != 5 {
		t.Errorf("%d requests on %d connections, want 6 on 5", requests, len(onConn))
	}
	// A POST may have been processed, and is not repeated.
	posts := 0
	hub := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if posts++; posts > 1 {
			raw("")(w, r)
		}
	})
	client := f.client.WebhookClient(client.PermissionFor(feedAt(hub.URL)))
	for range 2 {
		if answer, err := client.Post(hub.URL, "text/plain", strings.NewReader("x")); err == nil {
			answer.Body.Close()
		}
	}
	if posts != 2 {
		t.Errorf("a hub got %d requests, want 2", posts)
	}
}

// TestIdleConnection_LimitsReceivedBytes has a server that goes on sending after its response.
func TestIdleConnection_LimitsReceivedBytes(t *testing.T) {
	ended := make(chan struct{})
	s := http2test.Start(t, 1, func(c *http2test.Conn) {
		stream, _, _ := c.Request()
		c.Respond(stream, "200", "application/xml", feedBody)
		go c.Hang()
		c.Flood(http2test.Frame(http2.FramePriority, 0, 99, make([]byte, 5)))
		close(ended)
	})
	f := fetcherTrusting(s, config.Limits{}, nil)
	if _, err := fetchFeed(f, "https://"+s.Host(0)+"/feed"); err != nil {
		t.Fatal(err)
	}
	<-ended // the client closed the connection before Close
	f.Close()
}

// TestProxy_RequestIsSentOnce has a proxy that closes the connection, refuses, or leads to a server that refuses.
func TestProxy_RequestIsSentOnce(t *testing.T) {
	s := http2test.Start(t, 1, func(c *http2test.Conn) {
		if stream, _, ok := c.Request(); ok {
			_ = c.WriteRSTStream(stream, http2.ErrCodeRefusedStream)
			c.Hang()
		}
	})
	for name, test := range map[string]struct {
		address  string
		proxy    http.HandlerFunc
		requests int32 // to the proxy
		wantErr  string
	}{
		"closes the connection":            {"http://blog.example/feed", raw(""), 1, "hung up"},
		"closes the connection on CONNECT": {"https://blog.example/feed", raw(""), 1, "hung up"},
		"refuses CONNECT":                  {"https://blog.example/feed", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }, 1, "Bad Gateway"},
		"leads to a server that refuses":   {"https://" + s.Host(0) + "/feed", tunnel, 2, "refuses the request"},
		"answers":                          {"http://blog.example/feed", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, feedBody) }, 1, ""},
		"gets an absolute address": {"http://blog.example/feed", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, strings.Repeat(feedBody, len(r.URL.Host)/12))
		}, 1, ""},
	} {
		var requests atomic.Int32
		proxy := serve(t, func(w http.ResponseWriter, r *http.Request) { requests.Add(1); test.proxy(w, r) })
		at, _ := url.Parse(proxy.URL)
		f := fetcherTrusting(s, config.Limits{}, http.ProxyURL(at))
		_, err := fetchFeed(f, test.address)
		if requests.Load() != test.requests || (err == nil) != (test.wantErr == "") || err != nil && !strings.Contains(err.Error(), test.wantErr) {
			t.Errorf("a proxy that %s got %d requests, want %d: %v; want %q", name, requests.Load(), test.requests, err, test.wantErr)
		}
		f.Close()
	}
	if n := s.Requests(s.Host(0), "/feed"); n != 2 {
		t.Errorf("%d requests came through the tunnel, want 2", n)
	}
}

// tunnel handles CONNECT as a proxy does.
func tunnel(w http.ResponseWriter, r *http.Request) {
	to, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(502)
		return
	}
	defer to.Close()
	w.WriteHeader(200)
	from, rest, _ := w.(http.Hijacker).Hijack()
	defer from.Close()
	go func() { io.Copy(to, rest); to.Close() }()
	io.Copy(from, to)
}
