package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"broadsheet"
	"broadsheet/internal/config"
)

// ask asks a feed at address once, as for the first time.
func ask(f *Fetcher, address string) (broadsheet.Visit, error) {
	_, v, err := f.FetchSource(context.Background(), feedAt(address), broadsheet.Visit{})
	return v, err
}

func TestRedirectsAreFollowed(t *testing.T) {
	routes := map[string]struct {
		status int
		to     string
	}{
		"/moved":       {301, "/new"},
		"/moved-308":   {308, "/new"},
		"/chain":       {301, "/moved"},
		"/for-now":     {302, "/new"},
		"/see":         {303, "/new"},
		"/mixed":       {301, "/for-now"},
		"/mixed-later": {307, "/moved"},
		"/fragment":    {301, "/new#part"},
		"/spaced":      {302, "  /new  "},
		"/lost":        {302, ""},
		"/odd":         {302, "http://[::bad"},
		"/far":         {301, "/new?" + strings.Repeat("x", 5000)},
		"/ftp":         {302, "ftp://files.example/"},
		"/circle":      {302, "/circle-2"},
		"/circle-2":    {302, "/circle"},
		"/self":        {301, "/self"},
		"/to-error":    {301, "/gone"},
	}
	s := web(t, func(w http.ResponseWriter, r *http.Request) {
		if route, ok := routes[r.URL.Path]; ok {
			w.Header()["Location"] = []string{route.to}
			w.WriteHeader(route.status)
			return
		}
		if n := 0; strings.HasPrefix(r.URL.Path, "/long/") {
			fmt.Sscanf(r.URL.Path, "/long/%d", &n)
			if n > 0 {
				http.Redirect(w, r, fmt.Sprintf("/long/%d", n-1), http.StatusFound)
				return
			}
		}
		if r.URL.Path == "/gone" {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, feedBody)
	})
	tests := []struct{ path, moved, problem string }{
		{"/new", "", ""},
		{"/moved", "/new", ""},
		{"/moved-308", "/new", ""},
		{"/chain", "/new", ""},
		{"/for-now", "", ""},
		{"/see", "", ""},
		{"/mixed", "/for-now", ""},
		{"/mixed-later", "", ""},
		{"/fragment", "/new", ""},
		{"/spaced", "", ""},
		{"/long/10", "", ""},
		{"/long/11", "", "more than 10 times"},
		{"/lost", "", "without a word where to"},
		{"/odd", "", "which is no address"},
		{"/far", "", "an address of more than 4096 letters"},
		{"/ftp", "", "only http and https"},
		{"/circle", "", "in a circle"},
		{"/self", "", "in a circle"},
		{"/to-error", "", "404 Not Found"},
	}
	for _, test := range tests {
		v, err := ask(fetcher(), s.URL+test.path)
		moved := strings.TrimPrefix(v.Moved, s.URL)
		if moved != test.moved || (err == nil) != (test.problem == "") || err != nil && !strings.Contains(err.Error(), test.problem) {
			t.Errorf("%s: moved %q, %v; want %q, %q", test.path, moved, err, test.moved, test.problem)
		}
		if (v.Moved == "") != v.MovedSince.IsZero() {
			t.Errorf("%s: moved %q since %v", test.path, v.Moved, v.MovedSince)
		}
	}
}

func TestARedirectToAnotherPrivateHostIsRefused(t *testing.T) {
	inside := web(t, func(w http.ResponseWriter, r *http.Request) { t.Error("the other host was asked") })
	s := web(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, inside.URL+r.URL.Path, http.StatusFound)
	})
	if _, err := ask(fetcher(), s.URL); err == nil {
		t.Error("it was followed")
	}
	// A connection that another source may use is no way in either.
	f := fetcher()
	own := web(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, feedBody) })
	if _, err := ask(f, own.URL); err != nil {
		t.Fatal(err)
	}
	detour := web(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, own.URL, http.StatusFound) })
	if _, err := ask(f, detour.URL); err == nil {
		t.Error("another source's permission was used")
	}
}

func TestCredentialsStayWithTheirHost(t *testing.T) {
	var mu sync.Mutex
	sent := map[string]string{}
	note := func(where string, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		sent[where] = r.Header.Get("Authorization")
		for name := range r.Header {
			if name == "Cookie" || name == "Referer" {
				t.Errorf("%s was told %s: %s", where, name, r.Header.Get(name))
			}
		}
	}
	other := web(t, func(w http.ResponseWriter, r *http.Request) { note("other", r); io.WriteString(w, feedBody) })
	s := web(t, func(w http.ResponseWriter, r *http.Request) {
		note(r.URL.Path, r)
		w.Header().Set("Set-Cookie", "id=1")
		switch r.URL.Path {
		case "/feed":
			http.Redirect(w, r, "/here", http.StatusFound)
		case "/here":
			http.Redirect(w, r, other.URL, http.StatusFound)
		}
	})
	source := feedAt(strings.Replace(s.URL, "http://", "http://reader:open%20sesame@", 1) + "/feed")
	f := fetcher()
	// The other host is one that the source names as well, so that only the credentials are in question.
	source.List = []broadsheet.Listed{{URL: other.URL}}
	found, v, err := f.FetchSource(context.Background(), source, broadsheet.Visit{})
	if err != nil {
		t.Fatal(err)
	}
	const basic = "Basic cmVhZGVyOm9wZW4gc2VzYW1l"
	if sent["/feed"] != basic || sent["/here"] != basic || sent["other"] != "" {
		t.Errorf("sent %v", sent)
	}
	if told := fmt.Sprint(found, v); strings.Contains(strings.ReplaceAll(told, source.ID(), ""), "sesame") {
		t.Errorf("the password is told: %v", told)
	}
	s.Close()
	if _, _, err := f.FetchSource(context.Background(), source, broadsheet.Visit{}); err == nil || strings.Contains(err.Error(), "sesame") {
		t.Errorf("the password is told: %v", err)
	}
}

// TestWhatIsWrongIsToldInWords has a server for each way in which one can fail.
func TestWhatIsWrongIsToldInWords(t *testing.T) {
	small := config.Limits{Timeout: time.Minute, Body: 256 << 10} // a machine that is busy needs long for an answer
	tests := []struct {
		story, said string
		serve       http.HandlerFunc
	}{
		{"nothing there", "404 Not Found; look for its new address", http.NotFound},
		{"forbidden", "403 Forbidden; it refuses programs", status(403)},
		{"a password", "401 Unauthorized; it wants a password", status(401)},
		{"in trouble", "500 Internal Server Error; the server is in trouble", status(500)},
		{"an unknown status", "it answered 799", status(799)},
		{"nothing at all", "with nothing at all", status(200)},
		{"not asked conditionally", "304 Not Modified though", status(304)},
		{"without an end", "larger than 256 KiB; if that is as it should be, raise limits: body", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(bytes.Repeat([]byte("<item>"), 1000)); err != nil {
					return
				}
			}
		}},
		{"a picture", "it answered with image/png", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/xml")
			w.Write(append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 8<<10)...))
		}},
		{"a packed document", "it answered with application/pdf", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.WriteString(z, "%PDF-1.7 "+strings.Repeat("obj ", 5000))
			z.Close()
		}},
		{"a flood of headers", "its header is larger than 256 KiB", func(w http.ResponseWriter, r *http.Request) {
			for i := range 10_000 {
				w.Header().Set(fmt.Sprintf("X-Flood-%d", i), strings.Repeat("x", 100))
			}
		}},
		{"hung up", "hung up without an answer", raw("")},
		{"another protocol", "no HTTP is spoken there (malformed HTTP", raw("220 mail.example ESMTP \x1b[31mred\r\n")},
		{"early hints without end", "larger than 256 KiB", rawEndless("HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n")},
	}
	for _, test := range tests {
		t.Run(test.story, func(t *testing.T) {
			s := web(t, test.serve)
			v, err := ask(fetcherWith(small), s.URL+"/feed")
			if err == nil || !strings.Contains(err.Error(), test.said) || !strings.HasPrefix(err.Error(), s.URL+"/feed: ") {
				t.Errorf("%v; want %q", err, test.said)
			}
			if v.Err != fmt.Sprint(err) || v.Failures != 1 || !v.Failing.Equal(noon) || !v.Next.After(noon) || v.ETag != "" {
				t.Errorf("visit %+v", v)
			}
			if strings.ContainsAny(v.Err, "\x1b\r\n") {
				t.Errorf("a terminal would obey %q", v.Err)
			}
		})
	}
}

// dribble is a host that sends a body a letter at a time, each after a pause.
type dribble struct{ pause time.Duration }

func (d dribble) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: dribbled{d.pause, r.Context()}, ContentLength: -1, Request: r}, nil
}

type dribbled struct {
	pause time.Duration
	ctx   context.Context
}

func (d dribbled) Read(b []byte) (int, error) {
	select {
	case <-time.After(d.pause):
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
	return copy(b, " "), nil
}

func (dribbled) Close() error { return nil }

// TestWhoTakesTooLongIsToldOf has hosts that do not answer in time, on a clock that moves by itself: how busy the machine
// is does not matter.
func TestWhoTakesTooLongIsToldOf(t *testing.T) {
	const limit = 30 * time.Second
	for story, test := range map[string]struct {
		host http.RoundTripper
		said string
		took time.Duration
	}{
		"no answer":          {deaf{}, "no whole answer within 30s; asked again later (limits: timeout)", limit},
		"a letter at a time": {dribble{time.Second}, "no whole answer within 30s; asked again later (limits: timeout)", 2 * limit}, // the answer, then the body
		"a body that stalls": {dribble{time.Hour}, "no whole answer within 15s; asked again later (limits: timeout)", limit / 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			f := New(Options{Now: clockAtNoon, Transport: test.host, Limits: config.Limits{Timeout: limit}})
			v, err := ask(f, "https://slow.example/feed")
			if err == nil || !strings.HasSuffix(err.Error(), test.said) || v.Failures != 1 || !v.Next.After(noon) {
				t.Errorf("%s: %v, want %q; visit %+v", story, err, test.said, v)
			}
			if took := time.Since(began); took > test.took {
				t.Errorf("%s: it took %s, want %s at most", story, took, test.took)
			}
		})
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
}

// raw writes text in place of an answer, and hangs up.
func raw(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			io.WriteString(conn, text)
			conn.Close()
		}
	}
}

func rawEndless(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		for err == nil {
			_, err = io.WriteString(conn, text)
		}
		conn.Close()
	}
}

func TestWhatIsWrongWithAConnectionIsToldInWords(t *testing.T) {
	selfSigned := httptest.NewTLSServer(http.NotFoundHandler())
	defer selfSigned.Close()
	plain := web(t, http.NotFound)
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS10}
	old.StartTLS()
	defer old.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for address, said := range map[string]string{
		selfSigned.URL:                          "signed by nobody known here",
		"https" + plain.URL[len("http"):]:       "no TLS is spoken there",
		old.URL:                                 "the server may be too old",
		"http://" + closed.Addr().String():      "connection refused",
		"http://no-such-host.invalid/feed":      `"no-such-host.invalid"`,
		"http://reader:sesame@127.0.0.1:1/feed": "http://127.0.0.1:1/feed: connection refused",
	} {
		_, err := ask(fetcher(), address)
		if err == nil || !strings.Contains(err.Error(), said) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: %v; want %q", address, err, said)
		}
	}
}

// TestALyingLengthCostsNothing has servers that announce more or less than they send.
func TestALyingLengthCostsNothing(t *testing.T) {
	for story, length := range map[string]int{"too long": len(feedBody) * 2, "too short for its last tag": len(feedBody) - len("</rss>")} {
		s := web(t, raw(fmt.Sprintf("HTTP/1.1 200 OK\r\nETag: \"x\"\r\nContent-Type: application/rss+xml\r\nContent-Length: %d\r\n\r\n%s", length, feedBody)))
		found, v, err := fetcher().FetchSource(context.Background(), feedAt(s.URL), broadsheet.Visit{})
		if length > len(feedBody) {
			if err != nil || len(found) != 2 || !v.Salvaged || v.ETag != "" || v.BodyHash != "" {
				t.Errorf("%s: %d found, %v, %+v", story, len(found), err, v)
			}
		}
	}
}

// TestMemoryStaysBoundedUnderBombs has many sources send bombs at once.
func TestMemoryStaysBoundedUnderBombs(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	block := bytes.Repeat([]byte("<item>"), 1<<17)
	for range 40 {
		z.Write(block)
	}
	z.Close()
	s := web(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(bomb.Bytes())
	})
	f := fetcherWith(config.Limits{Body: 4 << 20})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 10 {
		if _, err := ask(f, s.URL); err == nil || !strings.Contains(err.Error(), "larger than 4 MiB") {
			t.Error(err)
		}
	}
	runtime.ReadMemStats(&after)
	if used := (after.TotalAlloc - before.TotalAlloc) / 10; used > 30<<20 {
		t.Errorf("%d MiB were needed for each", used>>20)
	}
}
