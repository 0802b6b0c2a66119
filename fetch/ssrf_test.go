package fetch

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"broadsheet"
)

// TestPrivateAddressError checks the errors for addresses that are not public: they advise allow_private if a source in
// feeds.yaml has the address, but not for a redirect's target or a cloud's metadata service, where that would be
// dangerous.
func TestPrivateAddressError(t *testing.T) {
	target := ""
	redirector := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, target, http.StatusFound) })
	for address, advised := range map[string]bool{
		"http://10.0.0.7/feed": true, "http://localhost/feed": true, "http://intranet/": true, "http://[fd12::1]/": true, "http://blog.local/": true,
		"http://169.254.169.254/latest/meta-data/": false, "http://169.254.170.2/": false, "http://[fe80::1]/": false, "http://[::ffff:169.254.169.254]/": false,
		"http://metadata.google.internal/": false, "http://metadata/": false, "http://[fd00:ec2::254]/": false, "http://100.100.100.200/": false, "http://192.0.0.192/": false,
	} {
		_, _, err := fetcher().FetchSource(context.Background(), broadsheet.Source{Kind: broadsheet.KindFeed, URL: address}, broadsheet.Visit{})
		if err == nil || !strings.Contains(err.Error(), "not public") || strings.Contains(err.Error(), "allow_private: true") != advised {
			t.Errorf("%s: %v; want advice: %v", address, err, advised)
		}
		target = address
		_, err = fetchFeed(fetcher(), redirector.URL)
		if err == nil || !strings.Contains(err.Error(), "it redirects to") || !strings.Contains(err.Error(), "not public") || strings.Contains(err.Error(), "allow_private") {
			t.Errorf("redirected to %s: %v", address, err)
		}
		_, err = fetcher().WebhookClient(address).Get(address)
		if err == nil || strings.Contains(err.Error(), "allow_private") {
			t.Errorf("a hub at %s: %v", address, err)
		}
	}
}

// TestDNSRebinding has a name server whose first answer is not loopback, and whose later ones are.
func TestDNSRebinding(t *testing.T) {
	var requests atomic.Int64
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	defer inside.Close()
	port := netip.MustParseAddrPort(inside.Listener.Addr().String()).Port()

	var lookups atomic.Int64
	names := nameServer(t, func() [4]byte {
		if lookups.Add(1) == 1 {
			return [4]byte{192, 0, 2, 1} // a documentation address: a test must not contact a real one
		}
		return [4]byte{127, 0, 0, 1}
	})
	system := net.DefaultResolver
	defer func() { net.DefaultResolver = system }()
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", names)
	}}
	source := broadsheet.Source{Kind: broadsheet.KindFeed, URL: "http://rebinding.example:" + strconv.Itoa(int(port)) + "/feed"}
	for range 3 {
		_, _, err := fetcher().FetchSource(context.Background(), source, broadsheet.Visit{})
		if err == nil || !strings.Contains(err.Error(), "allow_private") {
			t.Errorf("not refused: %v", err)
		}
	}
	if requests.Load() > 0 {
		t.Error("the server on loopback got a request")
	}
}

// nameServer starts a DNS server that answers every question for an IPv4 address, and returns its address.
func nameServer(t *testing.T, address func() [4]byte) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		packet := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(packet)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(packet[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response, m.Additionals = true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 0},
					Body:   &dnsmessage.AResource{A: address()},
				}}
			}
			if answer, err := m.Pack(); err == nil {
				conn.WriteTo(answer, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}
