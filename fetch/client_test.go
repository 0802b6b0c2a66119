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
	"broadsheet/fetch/client"
	"broadsheet/internal/config"
)

// fetchFeed fetches the feed at address for the first time.
func fetchFeed(f *Fetcher, address string) (broadsheet.Visit, error) {
	_, v, err := f.FetchSource(context.Background(), feedAt(address), broadsheet.Visit{})
	return v, err
}

func TestFetchSource_Redirects(t *testing.T) {
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
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
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
		v, err := fetchFeed(fetcher(), s.URL+test.path)
		moved := strings.TrimPrefix(v.MovedTo, s.URL)
		if moved != test.moved || (err == nil) != (test.problem == "") || err != nil && !strings.Contains(err.Error(), test.problem) {
			t.Errorf("%s: moved %q, %v; want %q, %q", test.path, moved, err, test.moved, test.problem)
		}
		if (v.MovedTo == "") != v.MovedSince.IsZero() {
			t.Errorf("%s: moved %q since %v", test.path, v.MovedTo, v.MovedSince)
		}
	}
}

func TestFetchSource_RefusesRedirectToPrivateHost(t *testing.T) {
	inside := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Error("the other host got a request") })
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, inside.URL+r.URL.Path, http.StatusFound)
	})
	if _, err := fetchFeed(fetcher(), s.URL); err == nil {
		t.Error("the redirect was followed")
	}
	// An idle connection that another source is allowed to use must not be used either.
	f := fetcher()
	own := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, feedBody) })
	if _, err := fetchFeed(f, own.URL); err != nil {
		t.Fatal(err)
	}
	detour := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, own.URL, http.StatusFound) })
	if _, err := fetchFeed(f, detour.URL); err == nil {
		t.Error("the redirect was followed on another source's connection")
	}
}

func TestFetchSource_SendsCredentialsToTheirOriginOnly(t *testing.T) {
	var mu sync.Mutex
	sent := map[string]string{}
	note := func(where string, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		sent[where] = r.Header.Get("Authorization")
		for name := range r.Header {
			if name == "Cookie" && where != "/here" || name == "Referer" {
				t.Errorf("%s got %s: %s", where, name, r.Header.Get(name))
			}
		}
	}
	other := serve(t, func(w http.ResponseWriter, r *http.Request) { note("other", r); io.WriteString(w, feedBody) })
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
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
	// The source names the other host as well, so that the redirect to it is followed.
	source.List = []broadsheet.ListEntry{{URL: other.URL}}
	items, v, err := f.FetchSource(context.Background(), source, broadsheet.Visit{})
	if err != nil {
		t.Fatal(err)
	}
	const basic = "Basic cmVhZGVyOm9wZW4gc2VzYW1l"
	if sent["/feed"] != basic || sent["/here"] != basic || sent["other"] != "" {
		t.Errorf("sent %v", sent)
	}
	if result := fmt.Sprint(items, v); strings.Contains(strings.ReplaceAll(result, source.ID(), ""), "sesame") {
		t.Errorf("the result has the password: %v", result)
	}
	s.Close()
	if _, _, err := f.FetchSource(context.Background(), source, broadsheet.Visit{}); err == nil || strings.Contains(err.Error(), "sesame") {
		t.Errorf("the error has the password: %v", err)
	}
}

// TestFetchSource_DescribesBadResponse has a server for each way in which a response can be bad.
func TestFetchSource_DescribesBadResponse(t *testing.T) {
	small := config.Limits{Timeout: time.Minute, Body: 256 << 10} // on a busy machine a response can take long
	tests := []struct {
		name, want string
		serve      http.HandlerFunc
	}{
		{"not found", "404 Not Found; look for its new address", http.NotFound},
		{"forbidden", "403 Forbidden; it refuses programs", status(403)},
		{"a login", "401 Unauthorized; it wants a password", status(401)},
		{"server error", "500 Internal Server Error; the server is in trouble", status(500)},
		{"an unknown status", "it answered 799", status(799)},
		{"an empty body", "with nothing at all", status(200)},
		{"304 to an unconditional request", "304 Not Modified though", status(304)},
		{"an endless body", "larger than 256 KiB; if that is as it should be, raise limits: body", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(bytes.Repeat([]byte("<item>"), 1000)); err != nil {
					return
				}
			}
		}},
		{"an image", "it answered with image/png", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/xml")
			w.Write(append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 8<<10)...))
		}},
		{"a compressed PDF", "it answered with application/pdf", func(w http.ResponseWriter, r *http.Request) {
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
		{"connection closed", "hung up without an answer", raw("")},
		{"another protocol", "no HTTP is spoken there (malformed HTTP", raw("220 mail.example ESMTP \x1b[31mred\r\n")},
		{"endless early hints", "larger than 256 KiB", rawEndless("HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, test.serve)
			v, err := fetchFeed(fetcherWith(small), s.URL+"/feed")
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), s.URL+"/feed: ") {
				t.Errorf("%v; want %q", err, test.want)
			}
			if v.Err != fmt.Sprint(err) || v.Failures != 1 || !v.FailingSince.Equal(noon) || !v.Next.After(noon) || v.ETag != "" {
				t.Errorf("visit %+v", v)
			}
			if strings.ContainsAny(v.Err, "\x1b\r\n") {
				t.Errorf("%q has control characters", v.Err)
			}
		})
	}
}

// slowBodyTransport answers with a body that comes one byte at a time, each after a pause.
type slowBodyTransport struct{ pause time.Duration }

func (t slowBodyTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: slowBody{t.pause, r.Context()}, ContentLength: -1, Request: r}, nil
}

type slowBody struct {
	pause time.Duration
	ctx   context.Context
}

func (s slowBody) Read(b []byte) (int, error) {
	select {
	case <-time.After(s.pause):
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	}
	return copy(b, " "), nil
}

func (slowBody) Close() error { return nil }

// TestFetchSource_Timeout has hosts that do not answer in time, on synctest's clock, so that it does not matter how
// busy the machine is.
func TestFetchSource_Timeout(t *testing.T) {
	const timeout = 30 * time.Second
	for name, test := range map[string]struct {
		transport http.RoundTripper
		want      string
		limit     time.Duration
	}{
		"no response":        {silentTransport{}, "no whole answer within 30s; asked again later (limits: timeout)", timeout},
		"one byte at a time": {slowBodyTransport{time.Second}, "no whole answer within 30s; asked again later (limits: timeout)", 2 * timeout}, // the header, then the body
		"a body that stalls": {slowBodyTransport{time.Hour}, "no whole answer within 15s; asked again later (limits: timeout)", timeout / 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			f := New(Options{Now: clockAtNoon, Transport: test.transport, Limits: config.Limits{Timeout: timeout}})
			v, err := fetchFeed(f, "https://slow.example/feed")
			if err == nil || !strings.HasSuffix(err.Error(), test.want) || v.Failures != 1 || !v.Next.After(noon) {
				t.Errorf("%s: %v, want %q; visit %+v", name, err, test.want, v)
			}
			if took := time.Since(start); took > test.limit {
				t.Errorf("%s: it took %s, want %s at most", name, took, test.limit)
			}
		})
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
}

// raw writes text in place of an HTTP response, and closes the connection.
func raw(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			io.WriteString(conn, text)
			conn.Close()
		}
	}
}

// rawEndless writes text again and again in place of an HTTP response.
func rawEndless(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		for err == nil {
			_, err = io.WriteString(conn, text)
		}
		conn.Close()
	}
}

func TestFetchSource_DescribesConnectionError(t *testing.T) {
	selfSigned := httptest.NewTLSServer(http.NotFoundHandler())
	defer selfSigned.Close()
	plain := serve(t, http.NotFound)
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS10}
	old.StartTLS()
	defer old.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for address, want := range map[string]string{
		selfSigned.URL:                          "self-signed: nobody known here signed it",
		"https" + plain.URL[len("http"):]:       "no TLS is spoken there",
		old.URL:                                 "the server may be too old",
		"http://" + closed.Addr().String():      "connection refused",
		"http://no-such-host.invalid/feed":      `"no-such-host.invalid"`,
		"http://reader:sesame@127.0.0.1:1/feed": "http://127.0.0.1:1/feed: connection refused",
	} {
		_, err := fetchFeed(fetcher(), address)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: %v; want %q", address, err, want)
		}
	}
}

// TestFetchSource_WrongContentLength has servers that send less or more than their Content-Length.
func TestFetchSource_WrongContentLength(t *testing.T) {
	for name, length := range map[string]int{"too long": len(feedBody) * 2, "too short for its last tag": len(feedBody) - len("</rss>")} {
		s := serve(t, raw(fmt.Sprintf("HTTP/1.1 200 OK\r\nETag: \"x\"\r\nContent-Type: application/rss+xml\r\nContent-Length: %d\r\n\r\n%s", length, feedBody)))
		items, v, err := fetcher().FetchSource(context.Background(), feedAt(s.URL), broadsheet.Visit{})
		if length > len(feedBody) {
			if err != nil || len(items) != 2 || !v.Partial || v.ETag != "" || v.BodyHash != "" {
				t.Errorf("%s: %d items, %v, %+v", name, len(items), err, v)
			}
		}
	}
}

// TestFetchSource_BombAllocatesLittle fetches a small body that decompresses to 30 MiB, with a limit of 4 MiB.
func TestFetchSource_BombAllocatesLittle(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	block := bytes.Repeat([]byte("<item>"), 1<<17)
	for range 40 {
		z.Write(block)
	}
	z.Close()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(bomb.Bytes())
	})
	f := fetcherWith(config.Limits{Body: 4 << 20})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 10 {
		if _, err := fetchFeed(f, s.URL); err == nil || !strings.Contains(err.Error(), "larger than 4 MiB") {
			t.Error(err)
		}
	}
	runtime.ReadMemStats(&after)
	if used := (after.TotalAlloc - before.TotalAlloc) / 10; used > 30<<20 {
		t.Errorf("%d MiB were allocated for each", used>>20)
	}
}

// TestFetchSource_NetworkTimeoutIsFailure has the timeouts of package net, which match context.DeadlineExceeded. A
// source that cannot be dialled in time must count as failed all the same, not be passed over as if the run had ended.
func TestFetchSource_NetworkTimeoutIsFailure(t *testing.T) {
	for name, err := range map[string]error{
		"dial": &net.OpError{Op: "dial", Net: "tcp", Err: context.DeadlineExceeded},
		"name": &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "i/o timeout", Name: "slow.example", IsTimeout: true, UnwrapErr: context.DeadlineExceeded}},
	} {
		t.Run(name, func(t *testing.T) {
			f := New(Options{Now: clockAtNoon, Transport: roundTripFunc(func(*http.Request) (*http.Response, error) { return nil, err })})
			_, v, got := f.FetchSource(context.Background(), broadsheet.Source{Kind: broadsheet.KindFeed, URL: "https://slow.example/feed"}, broadsheet.Visit{})
			if got == nil || client.IsStopped(got) || v.Failures != 1 || v.Next.IsZero() {
				t.Errorf("err %v, stopped %v, visit %+v", got, client.IsStopped(got), v)
			}
			if got != nil && strings.Contains(got.Error(), "run was stopped") {
				t.Errorf("described as %q", got)
			}
		})
	}
	if err := fmt.Errorf("wrapped: %w", context.DeadlineExceeded); !client.IsStopped(err) {
		t.Error("IsStopped does not report the run's own deadline")
	}
}
