package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// privateServer is a server on every address of this machine, to which no request may be made.
type privateServer struct {
	port     string
	mu       sync.Mutex
	requests []string
}

func newPrivateServer(t *testing.T) *privateServer {
	t.Helper()
	in := &privateServer{}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in.mu.Lock()
		defer in.mu.Unlock()
		in.requests = append(in.requests, r.Method+" "+r.Host+r.URL.Path)
		fmt.Fprint(w, `<rss version="2.0"><channel><title>Secret</title></channel></rss>`)
	})
	listener, err := net.Listen("tcp", "[::]:0")
	if err != nil {
		listener, err = net.Listen("tcp", "0.0.0.0:0")
	}
	if err != nil {
		t.Skipf("skipped: no loopback server can be started here: %v", err)
	}
	server := &http.Server{Handler: handler}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	_, in.port, _ = net.SplitHostPort(listener.Addr().String())
	return in
}

func (in *privateServer) checkNotRequested(t *testing.T, what string) {
	t.Helper()
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, a := range in.requests {
		t.Errorf("%s: the server inside was asked %s", what, a)
	}
	in.requests = nil
}

// privateAddresses are hosts that are not public, in all notations.
var privateAddresses = strings.Fields(`
	127.0.0.1 127.0.0.1. 127.1 127.0.1 0x7f.1 0x7f000001 0177.0.0.1 0177.1 2130706433 017700000001 127.0.0.1.0x 0 0.0.0.0 127.255.255.254
	127.0.0.01 0x7f.0x0.0x0.0x1 １２７.０.０.１ ①②⑦.0.0.1
	localhost LOCALHOST localhost. a.localhost a.b.localhost. ｌocalhost localhost.localdomain ip6-localhost printer.local x.internal x.home.arpa intranet
	[::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [::ffff:0:127.0.0.1] [fe80::1] [fe80::1%25lo] [64:ff9b::7f00:1] [64:ff9b:1::7f00:1]
	[2002:7f00:1::] [fc00::1] [fd00:ec2::254] [fec0::1] [ff02::1] [100::1] [100:0:0:1::1] [2001::1] [2001:2::1] [2001:10::1] [2001:20::1] [2001:db8::1] [2620:4f:8000::1] [3fff::1] [5f00::1] [4000::1]
	0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.254 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.254 192.0.0.1 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1
	192.168.0.1 192.175.48.1 198.18.0.1 198.19.255.254 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
	user@127.0.0.1 user:secret@127.1 blog.example@127.0.0.1`)

// TestSSRF_PrivateAddressesNotRequested gives the program private addresses in every notation, as feeds, pages and
// sitemaps of feeds.yaml, and to add, try and check. None may be requested.
func TestSSRF_PrivateAddressesNotRequested(t *testing.T) {
	t.Parallel()
	in := newPrivateServer(t)
	p := newNetworkSite(t)
	var b strings.Builder
	b.WriteString("limits: {timeout: 2s, gap: 1ms}\nsources:\n")
	for i, host := range privateAddresses {
		kind := []string{"feed", "sitemap", "page"}[i%3]
		fmt.Fprintf(&b, "  - {name: 'S%d', %s: 'http://%s:%s/x%d'%s}\n", i, kind, host, in.port, i, map[string]string{"page": ", items: li"}[kind])
	}
	p.write("feeds.yaml", b.String())
	printed := p.run(0, "run", "--force")
	in.checkNotRequested(t, "feeds.yaml")
	status := p.run(0, "status")
	for i, host := range privateAddresses {
		if !regexp.MustCompile(fmt.Sprintf(`(?m)^S%d +failing `, i)).MatchString(status) {
			t.Errorf("nothing is said of %s", host)
		}
	}
	if strings.Contains(printed+status, "secret@") {
		t.Error("a password is told")
	}
	p.run(0, "check", "--online")
	in.checkNotRequested(t, "check --online")
	for i := 0; i < len(privateAddresses); i += 5 {
		address := "http://" + privateAddresses[i] + ":" + in.port + "/"
		p.run(1, "try", address)
		p.run(1, "add", "--dry-run", address)
		in.checkNotRequested(t, "try and add "+address)
	}
}

// TestSSRF_PrivateAddressesNotPublished publishes a feed whose entries link to each of them. No file may contain one.
func TestSSRF_PrivateAddressesNotPublished(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var feed strings.Builder
	feed.WriteString("Content-Type: application/rss+xml\n\n<rss version=\"2.0\"><channel><title>Links</title><link>https://links.example/</link>\n")
	for i, host := range privateAddresses {
		fmt.Fprintf(&feed, "<item><title>Article %d of many</title><link>http://%s:%d/behind-the-door</link><comments>http://%[2]s/behind-the-door</comments>"+
			"<enclosure url=\"http://%[2]s/behind-the-door.png\" type=\"image/png\"/><pubDate>Mon, 23 Nov 2026 09:00:00 GMT</pubDate>"+
			"<description>Text %[1]d tells of a machine of number %[1]d, of what it was asked, and of what it answered when it was asked it.</description></item>\n", i, host, 1000+i)
	}
	feed.WriteString("</channel></rss>")
	web := newFakeWeb(nil, nil)
	web.pages["https://links.example/feed.xml"] = []byte(feed.String())
	feeds := filepath.Join(dir, "feeds.yaml")
	if err := os.WriteFile(feeds, []byte("edition: {size: 200, per_source: 200}\nsources: [{feed: 'https://links.example/feed.xml', take: all}]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	args := []string{"run", "--now", "2026-11-24T07:00:00Z", "--feeds", feeds, "--db", filepath.Join(dir, "b.db"), "--out", filepath.Join(dir, "public")}
	if status := run(context.Background(), args, env{stdout: &printed, stderr: &printed, transport: web}); status != 0 {
		t.Fatalf("exit %d: %s", status, printed.String())
	}
	if want := fmt.Sprintf("%d articles told without a link", len(privateAddresses)); !strings.Contains(printed.String(), want) {
		t.Errorf("want %q in %s", want, printed.String())
	}
	shown := false
	err := filepath.WalkDir(filepath.Join(dir, "public"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte("behind-the-door")) {
			t.Errorf("%s tells of an address inside", path)
		}
		shown = shown || bytes.Contains(text, []byte("Article 7 of many"))
		return err
	})
	if err != nil || !shown {
		t.Errorf("the articles are shown without their links: %v, %v", shown, err)
	}
}

// TestSSRF_LinksAndRedirects has a server that refers to a private address in every way that it can: redirects,
// links, feeds, sitemaps, canonical and base addresses, images.
func TestSSRF_LinksAndRedirects(t *testing.T) {
	t.Parallel()
	in := newPrivateServer(t)
	p := newNetworkSite(t)
	var to string
	guide := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		here := "http://" + r.Host
		switch r.URL.Path {
		case "/redirect", "/robots.txt":
			http.Redirect(w, r, to, http.StatusFound)
		case "/hop":
			http.Redirect(w, r, "/redirect", http.StatusMovedPermanently)
		case "/feed":
			fmt.Fprintf(w, `<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>S</title><link>%s</link><atom:link rel="next" href="%[1]s"/><atom:link rel="self" href="%[1]s"/><atom:link rel="hub" href="%[1]s"/><image><url>%[1]s</url></image>
				<item><title>One</title><link>%[1]s</link></item><item><title>Two</title><link>%[2]s/redirect</link></item><item><title>Three</title><link>%[2]s/page</link><enclosure url="%[1]s" type="image/png"/></item></channel></rss>`, to, here)
		case "/map":
			fmt.Fprintf(w, `<sitemapindex><sitemap><loc>%s</loc></sitemap><sitemap><loc>%s/redirect</loc></sitemap></sitemapindex>`, to, here)
		case "/html":
			fmt.Fprintf(w, `<html><link rel=alternate type="application/rss+xml" href="%s"><meta http-equiv=refresh content="0;url=%[1]s"><a href="%[1]s">feed</a>`, to)
		default:
			fmt.Fprintf(w, `<html><head><base href="%s"><link rel=canonical href="%[1]s"><meta property="og:url" content="%[1]s"><meta http-equiv=refresh content="0;url=%[1]s"></head><img src="%[1]s">`, to)
		}
	}))
	defer guide.Close()
	port := guide.URL[strings.LastIndexByte(guide.URL, ':')+1:]
	for i, host := range []string{"127.0.0.1", "[::1]", "127.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "127.0.0.2"} {
		to = "http://" + host + ":" + in.port + "/secret"
		if i%2 == 1 {
			to = "http://" + host + "/secret" // the default port, which is not refused
		}
		at := "127.0.0.1:" + port
		p.write("feeds.yaml", fmt.Sprintf("limits: {timeout: 1m, gap: 1ms}\nsources:\n"+
			"  - {feed: 'http://%[1]s/redirect', allow_private: true}\n  - {feed: 'http://%[1]s/hop', allow_private: true}\n  - {feed: 'http://%[1]s/feed', allow_private: true}\n"+
			"  - {sitemap: 'http://%[1]s/map', allow_private: true}\n  - {page: 'http://%[1]s/html', items: a, allow_private: true}\n  - {feed: 'http://%[1]s/html?2', allow_private: true}\n", at))
		p.run(0, "run", "--force")
		in.checkNotRequested(t, "a run with "+to)
		p.run(1, "add", "--allow-private", "--dry-run", "http://"+at+"/html")
		in.checkNotRequested(t, "add with "+to)
	}
}

// TestSSRF_Hub publishes with a hub at a private address: the edition is published, and the hub is not requested.
func TestSSRF_Hub(t *testing.T) {
	t.Parallel()
	in := newPrivateServer(t)
	for _, host := range []string{"127.0.0.1", "127.1", "localhost", "[::1]"} {
		p := newNetworkSite(t)
		p.write("feeds.yaml", "url: https://daily.example/\nhub: http://"+host+":"+in.port+"/\nlimits: {timeout: 2s}\nsources:\n  - name: Ours\n"+
			"    list: [{url: 'https://a.example/1', title: One, note: 'An article that somebody picked, and described in a few words of his own.'}]\n    excerpt: p\n")
		p.run(0, "fetch")
		p.run(0, "publish")
		in.checkNotRequested(t, "hub at "+host)
		if _, err := os.Stat(filepath.Join(p.dir, "public", "atom.xml")); err != nil {
			t.Error(err)
		}
	}
}

// TestSSRF_DNS has a name server that answers with private addresses, at once or the second time.
func TestSSRF_DNS(t *testing.T) {
	in := newPrivateServer(t)
	p := newNetworkSite(t)
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Skipf("skipped: no name server can be started here: %v", err)
	}
	defer conn.Close()
	answers := map[string][][4]byte{}
	var b strings.Builder
	b.WriteString("limits: {timeout: 1m, gap: 1ms}\nsources:\n")
	for i, a := range [][][4]byte{{{127, 0, 0, 1}}, {{10, 0, 0, 1}, {127, 0, 0, 1}}, {{192, 0, 2, 1}, {127, 0, 0, 1}, {127, 0, 0, 1}}, {{169, 254, 169, 254}}, {{0, 0, 0, 0}}, {{100, 64, 0, 1}}, {{198, 18, 0, 1}}} {
		name := fmt.Sprintf("n%d.example.", i)
		answers[name] = a
		fmt.Fprintf(&b, "  - {name: N%d, feed: 'http://%s:%s/feed'}\n", i, strings.TrimSuffix(name, "."), in.port)
	}
	go answerNames(conn, answers)
	system := net.DefaultResolver
	defer func() { net.DefaultResolver = system }()
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	p.write("feeds.yaml", b.String())
	for range 3 {
		p.run(0, "run", "--force")
		in.checkNotRequested(t, "names")
		printed := p.run(0, "status")
		if n := strings.Count(printed, "not public"); n != len(answers) {
			t.Errorf("%d of %d names are refused:\n%s", n, len(answers), printed)
		}
	}
}

// answerNames answers DNS queries, with each name's addresses in turn.
func answerNames(conn net.PacketConn, answers map[string][][4]byte) {
	packet, times := make([]byte, 1500), map[string]int{}
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
		q := m.Questions[0]
		if all := answers[q.Name.String()]; q.Type == dnsmessage.TypeA && len(all) > 0 {
			address := all[times[q.Name.String()]%len(all)]
			times[q.Name.String()]++
			m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}, Body: &dnsmessage.AResource{A: address}}}
		}
		if answer, err := m.Pack(); err == nil {
			_, _ = conn.WriteTo(answer, from)
		}
	}
}

// TestProxyFromEnvironment checks that the proxy is used for public addresses, and not for private ones.
func TestProxyFromEnvironment(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it starts processes, which -short leaves out")
	}
	t.Parallel()
	in := newPrivateServer(t) // serves as the proxy
	dir := t.TempDir()
	text := "limits: {timeout: 1m, gap: 1ms}\nsources:\n  - http://blog.example/feed\n  - http://10.0.0.1/feed\n  - http://127.1/feed\n  - http://printer.local/feed\n  - http://metadata.google.internal/feed\n"
	if err := os.WriteFile(filepath.Join(dir, "feeds.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c := programCommand(dir, "fetch")
	c.Env = append(c.Env, "NO_PROXY=", "no_proxy=", "HTTP_PROXY=http://127.0.0.1:"+in.port, "http_proxy=http://127.0.0.1:"+in.port)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if len(in.requests) != 1 || in.requests[0] != "GET blog.example/feed" {
		t.Errorf("the proxy was asked for %q", in.requests)
	}
}

// networkSite is the program on the real network.
type networkSite struct {
	*testing.T
	dir string
}

func newNetworkSite(t *testing.T) *networkSite { return &networkSite{t, t.TempDir()} }

func (o *networkSite) write(name, text string) {
	o.Helper()
	if err := os.WriteFile(filepath.Join(o.dir, name), []byte(text), 0o644); err != nil {
		o.Fatal(err)
	}
}

// run calls the program, checks its exit status, and returns its output, which must be plain text.
func (o *networkSite) run(want int, args ...string) string {
	o.Helper()
	var out bytes.Buffer
	args = append(args, "--feeds", filepath.Join(o.dir, "feeds.yaml"), "--db", filepath.Join(o.dir, "broadsheet.db"), "--out", filepath.Join(o.dir, "public"))
	if status := run(context.Background(), args, env{stdout: &out, stderr: &out, clock: fixedClock}); status != want {
		o.Errorf("$ %q: exit %d, want %d: %s", args[:2], status, want, out.String())
	}
	checkPlain(o.T, "what is printed", out.String())
	return out.String()
}
