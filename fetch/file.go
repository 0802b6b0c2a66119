package fetch

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/fetch/feed"
)

// Files reads the files of KindFile sources: path is relative and has slashes. It returns at most maxBytes, and when the
// file was last written to. Its error says, for the maintainer, what is wrong with the file.
type Files func(path string, maxBytes int64) (data []byte, modified time.Time, err error)

// writingTime is how long a program may take to write a file, and maxUnreadable for how long a file that is always being
// written is not told.
const (
	writingTime   = time.Minute
	maxUnreadable = 24 * time.Hour
)

// visitFile reads the feed of a KindFile source. There is no request: the body comes from a file, and from then on is
// read like the body of a response.
func (f *Fetcher) visitFile(ctx context.Context, s broadsheet.Source, last broadsheet.Visit, beforeParse func() error) (items []broadsheet.FeedItem, v broadsheet.Visit, err error) {
	at := &url.URL{Scheme: "file", Opaque: s.Path}
	defer client.RecoverAsError(client.DisplayURL(at), &err)
	v = last
	v.At, v.Status = f.now(), 0
	if f.files == nil {
		return nil, v, client.ErrorAt(at, client.Denied("no file is read, because feeds.yaml alone may read none of this machine; name the folder that it is below with --files"))
	}
	select { // one at a time, because a whole file is in memory before its size is known to the parse slots
	case f.fileSlot <- struct{}{}:
		defer func() { <-f.fileSlot }()
	case <-ctx.Done():
		return nil, v, ctx.Err()
	}
	body, modified, err := f.files(s.Path, f.client.Limits.Body)
	if err != nil {
		return nil, v, client.ErrorAt(at, &client.Failure{Reason: client.Printable(err.Error()), Cause: err})
	}
	lastHash, _, _ := strings.Cut(last.BodyHash, fingerprintSeparator)
	result, err := f.readFile(ctx, s, at, body, lastHash, beforeParse)
	switch {
	case client.IsStopped(err):
		return nil, v, err
	case (err != nil || result.incomplete) && isBeingWritten(last, modified, v.At):
		return nil, last, nil // the next run finds it whole
	case err != nil:
		return nil, v, client.ErrorAt(at, err)
	}
	return result.doc.Items, recordSuccess(v, &client.Response{URL: at, Header: http.Header{}}, result, ""), nil
}

// readFile parses the content of a file, unless it is the same as at the last visit.
func (f *Fetcher) readFile(ctx context.Context, s broadsheet.Source, at *url.URL, body []byte, lastHash string, beforeParse func() error) (result sourceResult, err error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return result, &client.Failure{Reason: "the file is empty"}
	}
	if kind := client.BinaryType(body[:min(len(body), client.SniffBytes)], ""); kind != "" {
		return result, &client.Failure{Reason: "the file holds " + kind + ", not a feed"}
	}
	if err := beforeParse(); err != nil {
		return result, err
	}
	resp := &client.Response{URL: at, Header: http.Header{}, Body: body, Release: func() {}}
	return f.readSource(ctx, s, resp, broadsheet.Visit{}, lastHash)
}

// isBeingWritten reports whether a file that cannot be read to its end was written to so lately that the program that
// writes it may not have finished. A file that was not read for a day is broken, even if it is new at each visit.
func isBeingWritten(last broadsheet.Visit, modified, now time.Time) bool {
	return last.Failures == 0 && !last.LastSuccess.IsZero() && now.Sub(last.LastSuccess) < maxUnreadable && now.Sub(modified).Abs() < writingTime
}

// parseFile parses a feed that has no address of its own: relative links are resolved against the address of the site
// that it says it belongs to, else against the one that it says is its own.
func parseFile(body []byte, at *url.URL) (feed.Document, error) {
	doc, err := feed.Parse(body, "", at)
	if err != nil {
		return doc, err
	}
	for _, address := range []string{doc.HomePage, doc.SelfLink} {
		if base, err := client.ParseURL(address); err == nil && base.Host != "" {
			return feed.Parse(body, "", base)
		}
	}
	return doc, nil
}
