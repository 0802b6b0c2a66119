package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/tools/txtar"
)

// fakeWeb is an http.RoundTripper that answers from a text archive in place of the network. The archive has one
// section per address, named by the address, with the response: header lines, an empty line, the body. The first line
// may be a status ("404", "301"). In a section that begins with "!" the connection fails, with the rest of the line
// as the reason. An address without a section answers 403, so that it does not count as dead. The demo and the
// scenario tests use it.
type fakeWeb struct {
	mu       sync.Mutex
	pages    map[string][]byte
	now      func() time.Time
	requests []string // addresses of all requests, in order
	posts    []string // all posted bodies, each after its address
	statuses []int
}

// dateToken matches a date relative to the present, which is filled in when it is served: @{-3d rfc822} or @{-2h
// rfc3339}.
var dateToken = regexp.MustCompile(`@\{(-?\d+)([hd]) (rfc822|rfc3339|date)\}`)

// newFakeWeb returns a fakeWeb of the sections whose names are addresses.
func newFakeWeb(files []txtar.File, now func() time.Time) *fakeWeb {
	w := &fakeWeb{pages: map[string][]byte{}, now: now}
	for _, f := range files {
		if strings.Contains(f.Name, "://") {
			w.pages[f.Name] = f.Data
		}
	}
	return w
}

// RoundTrip responds as a server would, with 304 to a request whose If-None-Match is the section's ETag.
func (w *fakeWeb) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	address := r.URL.String()
	if r.Body != nil {
		if body, err := io.ReadAll(r.Body); err == nil {
			w.posts = append(w.posts, address+" "+string(body))
		}
	}
	data, ok := w.pages[address]
	switch {
	case !ok && r.URL.Path == "/robots.txt":
		data = []byte("404\n\nnot found\n")
	case !ok:
		data = []byte("403\n\nforbidden\n")
	}
	if reason, down := bytes.CutPrefix(data, []byte("!")); down {
		w.record(address, 0)
		return nil, errors.New(strings.TrimSpace(string(reason)))
	}
	response, err := w.respond(data, r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	w.record(address, response.StatusCode)
	return response, nil
}

func (w *fakeWeb) record(address string, status int) {
	w.requests = append(w.requests, address)
	w.statuses = append(w.statuses, status)
}

func (w *fakeWeb) respond(data []byte, r *http.Request) (*http.Response, error) {
	data = dateToken.ReplaceAllFunc(data, w.date)
	status := http.StatusOK
	if line, rest, ok := bytes.Cut(data, []byte("\n")); ok {
		if code, err := strconv.Atoi(string(bytes.TrimSpace(line))); err == nil {
			status, data = code, rest
		}
	}
	raw := append(fmt.Appendf(nil, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status)), data...)
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.Header.Get("Content-Encoding") == "gzip" { // the archive holds plain text, which is compressed on the wire
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = z.Write(body)
		_ = z.Close()
		body = packed.Bytes()
	}
	if etag := response.Header.Get("ETag"); etag != "" && etag == r.Header.Get("If-None-Match") {
		response.StatusCode, response.Status, body = http.StatusNotModified, "304 Not Modified", nil
	}
	response.ContentLength = int64(len(body))
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// date returns the date that a dateToken stands for.
func (w *fakeWeb) date(token []byte) []byte {
	m := dateToken.FindSubmatch(token)
	n, _ := strconv.Atoi(string(m[1]))
	unit := time.Hour
	if string(m[2]) == "d" {
		unit = 24 * time.Hour
	}
	at := w.now().UTC().Add(time.Duration(n) * unit)
	switch string(m[3]) {
	case "rfc822":
		return []byte(at.Format(time.RFC1123Z))
	case "date":
		return []byte(at.Format("2006-01-02"))
	default:
		return []byte(at.Format(time.RFC3339))
	}
}
