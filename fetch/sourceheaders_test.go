package fetch

import (
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/internal/config"
)

// requestLog records the header of each request by its host, port and path.
type requestLog struct {
	mu  sync.Mutex
	all map[string]http.Header
}

func (l *requestLog) record(r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[string]http.Header{}
	}
	l.all[r.Host+r.URL.Path] = r.Header.Clone()
}

// serveAllLoopback serves at all addresses of the loopback network, and returns the port.
func serveAllLoopback(t *testing.T, handler http.HandlerFunc) (port string) {
	t.Helper()
	listener, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Skip("no loopback server can be started here: ", err)
	}
	s := httptest.NewUnstartedServer(handler)
	s.Listener.Close()
	s.Listener = listener
	s.Start()
	t.Cleanup(s.Close)
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return port
}

// TestSourceHeaders_SentToTheirOriginOnly has a source with header fields and a User-Agent of its own, and everything
// that its host redirects and links to.
func TestSourceHeaders_SentToTheirOriginOnly(t *testing.T) {
	var got requestLog
	var secure *httptest.Server
	port := ""
	handler := func(w http.ResponseWriter, r *http.Request) {
		got.record(r)
		host, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/to/"), "/")
		switch {
		case strings.HasPrefix(r.URL.Path, "/to/https"):
			http.Redirect(w, r, secure.URL+"/"+rest, http.StatusFound)
		case strings.HasPrefix(r.URL.Path, "/to/"):
			http.Redirect(w, r, "http://"+host+":"+port+"/"+rest, http.StatusFound)
		case r.URL.Path == "/robots.txt":
			io.WriteString(w, "User-agent: ownreader\nDisallow: /own\n\nUser-agent: *\nDisallow: /others\n")
		case strings.HasSuffix(r.URL.Path, ".xml"):
			fmt.Fprintf(w, "<sitemapindex><sitemap><loc>http://%s/child.txt</loc></sitemap></sitemapindex>", r.Host)
		case strings.HasSuffix(r.URL.Path, ".txt"):
			fmt.Fprintf(w, "http://%s/1\n", r.Host)
		case strings.HasPrefix(r.URL.Path, "/article"):
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, article)
		default:
			io.WriteString(w, feedBody)
		}
	}
	port = serveAllLoopback(t, handler)
	secure = httptest.NewUnstartedServer(http.HandlerFunc(handler))
	secure.EnableHTTP2 = true
	secure.StartTLS()
	defer secure.Close()
	otherPort := serve(t, handler).URL
	here, other := "http://127.0.0.1:"+port, "http://127.0.0.2:"+port
	source := func(kind broadsheet.Kind, address string) broadsheet.Source {
		return broadsheet.Source{Kind: kind, URL: address, AllowPrivate: true, UserAgent: "OwnReader/2.0 (tests)", Headers: broadsheet.Headers{"X-Api-Key": "sesame", "Accept": "application/x-own"},
			List: []broadsheet.ListEntry{{URL: here}, {URL: other}, {URL: otherPort}, {URL: secure.URL}}} // so that it may be asked
	}
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	limits := config.Limits{Gap: -1}
	newFetcher := func() *Fetcher {
		f := fetcher()
		f.client = client.New(client.Options{Now: clockAtNoon, UserAgent: "broadsheet/test", Limits: limits.WithDefaults(), RootCAs: roots})
		return f
	}
	read := func(kind broadsheet.Kind, address string) error {
		_, _, err := newFetcher().FetchSource(t.Context(), source(kind, address), broadsheet.Visit{})
		return err
	}
	open := func(feed, page string) error {
		_, err := newFetcher().ReadArticle(t.Context(), source(broadsheet.KindFeed, feed), page)
		return err
	}
	bare := func(address string) string { return address[strings.Index(address, "://")+3:] }
	for _, test := range []struct {
		name     string
		do       func() error
		sent     string // where the fields were sent, without the scheme
		not      string // where they were not sent
		wantFail string
	}{
		{"a feed", func() error { return read(broadsheet.KindFeed, here+"/feed") }, here + "/feed", "", ""},
		{"a redirect within the host", func() error { return read(broadsheet.KindFeed, here+"/to/127.0.0.1/feed") }, here + "/feed", "", ""},
		{"a redirect to another host", func() error { return read(broadsheet.KindFeed, here+"/to/127.0.0.2/feed") }, here + "/to/127.0.0.2/feed", other + "/feed", ""},
		{"there and back again", func() error { return read(broadsheet.KindFeed, here+"/to/127.0.0.2/to/127.0.0.1/feed") }, here + "/feed", other + "/to/127.0.0.1/feed", ""},
		{"a redirect to TLS", func() error { return read(broadsheet.KindFeed, here+"/to/https/feed") }, here + "/to/https/feed", secure.URL + "/feed", ""},
		{"a redirect from TLS", func() error { return read(broadsheet.KindFeed, secure.URL+"/to/127.0.0.1/feed") }, secure.URL + "/to/127.0.0.1/feed", here + "/feed", ""},
		{"a page and its robots.txt", func() error { return open(here+"/feed", here+"/article") }, here + "/article", "", ""},
		{"the robots.txt itself", func() error { return open(here+"/feed", here+"/article") }, here + "/robots.txt", "", ""},
		{"the robots.txt of another host", func() error { return open(here+"/feed", other+"/article") }, "", other + "/robots.txt", ""},
		{"a page of another host", func() error { return open(here+"/feed", other+"/article") }, "", other + "/article", ""},
		{"a page of another port", func() error { return open(here+"/feed", otherPort+"/article") }, "", otherPort + "/article", ""},
		{"a page with TLS", func() error { return open(here+"/feed", secure.URL+"/article") }, "", secure.URL + "/article", ""},
		{"a page that redirects to another host", func() error { return open(here+"/feed", here+"/to/127.0.0.2/article") }, "", other + "/article", ""},
		{"a sitemap and its children", func() error { return read(broadsheet.KindSitemap, here+"/map.xml") }, here + "/child.txt", "", ""},
		{"what robots.txt says of that name", func() error { return open(here+"/feed", here+"/own") }, "", "", "robots.txt"},
		{"what robots.txt says of all others", func() error { return open(here+"/feed", other+"/others") }, "", "", "robots.txt"},
		{"a name of its own is not all others", func() error { return read(broadsheet.KindSitemap, here+"/others.txt") }, here + "/others.txt", "", ""},
	} {
		got.all = nil
		err := test.do()
		if (err == nil) != (test.wantFail == "") || err != nil && (!strings.Contains(err.Error(), test.wantFail) || strings.Contains(err.Error(), "sesame")) {
			t.Errorf("%s: %v", test.name, err)
		}
		if test.sent != "" {
			if h := got.all[bare(test.sent)]; h.Get("X-Api-Key") != "sesame" || h.Get("User-Agent") != "OwnReader/2.0 (tests)" || h.Get("Accept") != "application/x-own" {
				t.Errorf("%s: the fields were not sent to %s: %v", test.name, test.sent, got.all)
			}
		}
		if test.not != "" {
			h, asked := got.all[bare(test.not)]
			if !asked || h.Get("X-Api-Key") != "" || h.Get("User-Agent") != "broadsheet/test" || h.Get("Accept") == "application/x-own" {
				t.Errorf("%s: sent to %s: %v", test.name, test.not, h)
			}
		}
	}
}

// TestSourceHeaders_OfEachSourceAtOneHost has two sources at one host, one with a User-Agent of its own, which
// robots.txt treats differently.
func TestSourceHeaders_OfEachSourceAtOneHost(t *testing.T) {
	var got requestLog
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got.record(r)
		if r.URL.Path == "/robots.txt" {
			io.WriteString(w, "User-agent: FriendBot\nAllow: /\n\nUser-agent: *\nDisallow: /\n")
			return
		}
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, article)
	})
	f := fetcher()
	for _, test := range []struct {
		agent   string
		allowed bool
	}{{"", false}, {"Mozilla/5.0 (compatible; FriendBot/2.1; +https://friend.example/bot)", true}, {"", false}, {"friendbot", true}, {"Unfriendly FriendBot", false}} {
		source := feedAt(s.URL + "/feed")
		source.UserAgent = broadsheet.PrivateText(test.agent)
		if _, err := f.ReadArticle(t.Context(), source, s.URL+"/article"); (err == nil) != test.allowed {
			t.Errorf("%q: %v", test.agent, err)
		}
	}
}

func TestSource_PrintsNoHeader(t *testing.T) {
	s := feedAt("https://a.example/")
	s.Headers, s.UserAgent = broadsheet.Headers{"X-Api-Key": "sesame"}, "sesame/1"
	for _, form := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if text := fmt.Sprintf(form, s) + fmt.Sprintf(form, s.Headers) + fmt.Sprintf(form, s.UserAgent); strings.Contains(text, "sesame") || strings.Contains(text, "736573616d65") {
			t.Errorf("%s: %s", form, text)
		}
	}
}
