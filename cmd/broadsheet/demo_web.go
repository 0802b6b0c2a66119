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

// web is a whole web in one text file: a section for each address, named by it, holding what the server there
// answers: header lines, an empty line, the body. The first line may be a status ("404", "301"); a section that begins
// with "!" is an address where the connection fails, with the rest of the line as the reason. The demo and the
// scenarios run against one; it stands in for the network as an http.RoundTripper. An address that it does not name is
// forbidden, and not known to be dead.
type web struct {
	mu     sync.Mutex
	pages  map[string][]byte
	now    func() time.Time
	asked  []string // every request, in order
	told   []string // what was posted: the address and the body
	status []int
}

// dateToken is a date in the text of a web, told from the present: @{-3d rfc822} or @{-2h rfc3339}.
var dateToken = regexp.MustCompile(`@\{(-?\d+)([hd]) (rfc822|rfc3339|date)\}`)

// newWeb reads the sections of an archive whose names are addresses.
func newWeb(files []txtar.File, now func() time.Time) *web {
	w := &web{pages: map[string][]byte{}, now: now}
	for _, f := range files {
		if strings.Contains(f.Name, "://") {
			w.pages[f.Name] = f.Data
		}
	}
	return w
}

// RoundTrip answers a request as the server at its address would: with an ETag, and 304 to whom it is known.
func (w *web) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	address := r.URL.String()
	if r.Body != nil {
		if body, err := io.ReadAll(r.Body); err == nil {
			w.told = append(w.told, address+" "+string(body))
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
		w.note(address, 0)
		return nil, errors.New(strings.TrimSpace(string(reason)))
	}
	response, err := w.answer(data, r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	w.note(address, response.StatusCode)
	return response, nil
}

func (w *web) note(address string, status int) {
	w.asked = append(w.asked, address)
	w.status = append(w.status, status)
}

func (w *web) answer(data []byte, r *http.Request) (*http.Response, error) {
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
	if response.Header.Get("Content-Encoding") == "gzip" { // the archive holds plain text; the wire does not
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

// date writes out one dateToken.
func (w *web) date(token []byte) []byte {
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
