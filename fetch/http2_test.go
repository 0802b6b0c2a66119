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
	log.SetOutput(io.Discard) // net/http has much to say of such servers
	os.Exit(m.Run())
}

// trusting returns a fetcher that accepts the certificate of a test server, behind a proxy if one is given.
func trusting(s *http2test.Server, l config.Limits, proxy func(*http.Request) (*url.URL, error)) *Fetcher {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.CA)
	f := fetcherWith(l)
	if l.Gap == 0 {
		l.Gap = -1
	}
	f.client = client.New(client.Options{Now: clockAtNoon, UserAgent: "test", Limits: l.OrDefaults(), RootCAs: roots, Proxy: proxy})
	return f
}

// http2Uses are the ways on which requests are made: where the fault is, and the call that meets it.
var http2Uses = []struct {
	name, path string
	call       func(f *Fetcher, host string) error
}{
	{"feed", "/feed", func(f *Fetcher, host string) error {
		_, err := ask(f, "https://"+host+"/feed")
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

// TestOneRequestIsOneRequestOverHTTP2 has servers that do everything wrong that HTTP/2 lets them do. Whatever they do,
// they get the request once, or twice where they show that they did not process it, over as many connections, and it ends.
func TestOneRequestIsOneRequestOverHTTP2(t *testing.T) {
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
		if test.fault.Start != nil {
			test.fault.Start(c)
			return
		}
		for {
			stream, path, ok := c.Request()
			switch {
			case !ok:
				return
			case path == http2Uses[test.use].path:
				test.fault.Do(c, stream)
				return
			default:
				c.Answer(stream, "404", "text/plain", "no")
			}
		}
	})
	for i, test := range tests {
		hosts[s.Host(i)] = test
	}
	close(ready)

	var all sync.WaitGroup
	places := make(chan struct{}, 32)
	for i, test := range tests {
		all.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			use, host := http2Uses[test.use], s.Host(i)
			f := trusting(s, config.Limits{Timeout: 2 * time.Second, Body: 1 << 20}, nil)
			defer f.Close()
			err := use.call(f, host)
			requests, connections := s.Requests(host, use.path), s.Connections(host)
			most := 1
			idle := (use.name == "page" || use.name == "sitemap") && test.fault.Do != nil // since robots.txt was asked
			if test.fault.Repeat || idle && (strings.HasPrefix(test.fault.Name, "closes on") || strings.HasPrefix(test.fault.Name, "goes away")) {
				most = 2
			}
			opened := most
			var failure *client.Failure
			switch {
			case use.name == "robots.txt" && test.fault.Do != nil:
				opened = 2 // what is wrong with robots.txt may be no reason not to ask for the page
			case use.name == "search" && errors.As(err, &failure) && (failure.Status != 0 || failure.Cause != nil):
				opened = 30 // it goes on to other addresses
			case idle:
				opened = 2
			}
			if requests > most || connections > opened {
				t.Errorf("%s, %s: %d requests on %d connections, wanted at most %d on %d; %v", use.name, test.fault.Name, requests, connections, most, opened, err)
			}
			if test.fault.Want != "" && use.name != "search" && (err == nil || !strings.Contains(err.Error(), test.fault.Want) && !lateOrReset(err)) {
				t.Errorf("%s, %s: %v; want %q", use.name, test.fault.Name, err, test.fault.Want)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\x1b\n") {
				t.Errorf("%s, %s: %q", use.name, test.fault.Name, err)
			}
			t.Logf("%s, %s: %d requests, %d connections: %v", use.name, test.fault.Name, requests, connections, err)
		})
	}
	all.Wait()
}

// lateOrReset reports whether an error is that of a machine that is busy: a time passed, or the system told of the end of a
// connection in the other of its two ways.
func lateOrReset(err error) bool {
	var timeout net.Error
	return strings.Contains(err.Error(), "no whole answer within") || errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// TestARepeatWaitsForItsTurn has a server that refuses all requests: the second comes after the gap, as any request does,
// and after two requests that failed its host is left alone.
func TestARepeatWaitsForItsTurn(t *testing.T) {
	const gap = 300 * time.Millisecond
	var mu sync.Mutex
	var asked []time.Time
	s := http2test.Start(t, 1, func(c *http2test.Conn) {
		if stream, _, ok := c.Request(); ok {
			mu.Lock()
			asked = append(asked, time.Now())
			mu.Unlock()
			_ = c.WriteRSTStream(stream, http2.ErrCodeRefusedStream)
			c.Hang()
		}
	})
	f := trusting(s, config.Limits{Gap: gap}, nil)
	defer f.Close()
	for i := range 4 {
		v, err := ask(f, "https://"+s.Host(0)+"/feed")
		if left := i >= 2; client.IsRateLimited(err) != left || !left && (v.Failures != 1 || !v.Next.After(noon)) {
			t.Errorf("visit %d: %v, %+v", i, err, v)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(asked) != 4 {
		t.Fatalf("%d requests", len(asked))
	}
	for i := range asked[1:] {
		if d := asked[i+1].Sub(asked[i]); d < gap-10*time.Millisecond {
			t.Errorf("request %d came %s after the one before", i+1, d)
		}
	}
}

// TestAnIdleConnectionThatEndsIsNoFault has an HTTP/1 server that closes each connection when a second request comes on
// it: it is asked once more, on a new connection, and from then on each time on a new one.
func TestAnIdleConnectionThatEndsIsNoFault(t *testing.T) {
	var mu sync.Mutex
	onConn, requests := map[string]int{}, 0
	s := web(t, func(w http.ResponseWriter, r *http.Request) {
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
		if _, err := ask(f, s.URL); err != nil {
			t.Errorf("request %d: %v", i, err)
		}
	}
	if requests != 6 || len(onConn) != 5 {
		t.Errorf("%d requests on %d connections, want 6 on 5", requests, len(onConn))
	}
	// What may have been done is not told twice.
	told := 0
	hub := web(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if told++; told > 1 {
			raw("")(w, r)
		}
	})
	client := f.client.WebhookClient(client.PermissionFor(feedAt(hub.URL)))
	for range 2 {
		if answer, err := client.Post(hub.URL, "text/plain", strings.NewReader("x")); err == nil {
			answer.Body.Close()
		}
	}
	if told != 2 {
		t.Errorf("a hub was told %d times, not twice", told)
	}
}

// TestAnIdleConnectionIsNotListenedToForEver has a server that goes on sending when it has answered.
func TestAnIdleConnectionIsNotListenedToForEver(t *testing.T) {
	ended := make(chan struct{})
	s := http2test.Start(t, 1, func(c *http2test.Conn) {
		stream, _, _ := c.Request()
		c.Answer(stream, "200", "application/xml", feedBody)
		go c.Hang()
		c.Flood(http2test.Frame(http2.FramePriority, 0, 99, make([]byte, 5)))
		close(ended)
	})
	f := trusting(s, config.Limits{}, nil)
	if _, err := ask(f, "https://"+s.Host(0)+"/feed"); err != nil {
		t.Fatal(err)
	}
	<-ended // and not because of Close
	f.Close()
}

// TestOneRequestIsOneRequestThroughAProxy has a proxy that hangs up, refuses, or leads to a server that refuses.
func TestOneRequestIsOneRequestThroughAProxy(t *testing.T) {
	s := http2test.Start(t, 1, func(c *http2test.Conn) {
		if stream, _, ok := c.Request(); ok {
			_ = c.WriteRSTStream(stream, http2.ErrCodeRefusedStream)
			c.Hang()
		}
	})
	for name, test := range map[string]struct {
		address string
		proxy   http.HandlerFunc
		asked   int32 // of the proxy
		said    string
	}{
		"hangs up":                  {"http://blog.example/feed", raw(""), 1, "hung up"},
		"hangs up on CONNECT":       {"https://blog.example/feed", raw(""), 1, "hung up"},
		"refuses CONNECT":           {"https://blog.example/feed", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }, 1, "Bad Gateway"},
		"leads to one that refuses": {"https://" + s.Host(0) + "/feed", tunnel, 2, "refuses the request"},
		"answers":                   {"http://blog.example/feed", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, feedBody) }, 1, ""},
		"is asked for a whole address": {"http://blog.example/feed", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, strings.Repeat(feedBody, len(r.URL.Host)/12))
		}, 1, ""},
	} {
		var asked atomic.Int32
		proxy := web(t, func(w http.ResponseWriter, r *http.Request) { asked.Add(1); test.proxy(w, r) })
		at, _ := url.Parse(proxy.URL)
		f := trusting(s, config.Limits{}, http.ProxyURL(at))
		_, err := ask(f, test.address)
		if asked.Load() != test.asked || (err == nil) != (test.said == "") || err != nil && !strings.Contains(err.Error(), test.said) {
			t.Errorf("a proxy that %s was asked %d times, not %d: %v; want %q", name, asked.Load(), test.asked, err, test.said)
		}
		f.Close()
	}
	if n := s.Requests(s.Host(0), "/feed"); n != 2 {
		t.Errorf("through the tunnel came %d requests", n)
	}
}

// tunnel is a proxy's CONNECT.
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
