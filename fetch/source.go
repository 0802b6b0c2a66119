package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/fetch/feed"
	"broadsheet/fetch/list"
	"broadsheet/internal/link"
	"broadsheet/internal/rules"
	"broadsheet/internal/schedule"
)

const (
	acceptPage    = "text/html, application/xhtml+xml, */*;q=0.1"
	acceptSitemap = "application/xml, text/xml, */*;q=0.1"

	// stickyAfter is how long validators are believed: some servers answer 304 for ever.
	stickyAfter = 8 * 24 * time.Hour
)

// FetchSource asks a source what is new since its last visit. The visit that it returns is complete and to be recorded,
// together with the sightings, whether err is nil or not. No sightings and no error means that nothing changed.
// When the run was stopped (Stopped) the visit is the last one, as if the source had not been asked.
func (f *Fetcher) FetchSource(ctx context.Context, s broadsheet.Source, last broadsheet.Visit) ([]broadsheet.FeedItem, broadsheet.Visit, error) {
	return f.fetchSource(ctx, s, last, func() error { return nil })
}

// FetchSourceWithin is Ask for many sources at once: an answer takes a place in room before it is unpacked, so that there are no
// more than those places in memory. The place is free again when done is called, which must be when whatever was told
// has been handed on.
func (f *Fetcher) FetchSourceWithin(ctx context.Context, room chan struct{}, s broadsheet.Source, last broadsheet.Visit) (told []broadsheet.FeedItem, v broadsheet.Visit, done func(), err error) {
	entered := false
	told, v, err = f.fetchSource(ctx, s, last, func() error {
		select {
		case room <- struct{}{}:
			entered = true
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	return told, v, func() {
		if entered {
			entered = false
			<-room
		}
	}, err
}

// fetchSource is Ask; enter is called before an answer is unpacked.
func (f *Fetcher) fetchSource(ctx context.Context, s broadsheet.Source, last broadsheet.Visit, enter func() error) ([]broadsheet.FeedItem, broadsheet.Visit, error) {
	if s.Kind == broadsheet.KindList {
		return f.listed(s, last)
	}
	found, v, h, err := f.visit(ctx, s, last, enter)
	from := f.started // not the moment of the visit: the next run, a period later, comes to it sooner or later than this one
	switch {
	case client.IsStopped(err):
		return nil, last, err
	case client.IsRateLimited(err):
		return nil, f.rateLimitedVisit(s, last, err), err
	case err != nil:
		v.Failures, v.Err = last.Failures+1, err.Error()
		if v.Failing.IsZero() {
			v.Failing = v.At
		}
		from = f.now()
	default:
		v.Failures, v.Failing, v.Err = 0, time.Time{}, ""
		v.Success, v.Gone = v.At, false
	}
	v.Next, v.Reason = schedule.NextVisit(s, v, h, from)
	for i := range found {
		found[i].Source = s.ID()
	}
	return found, v, err
}

// listed gives the articles of a list: they are in feeds.yaml, nothing needs asking.
func (f *Fetcher) listed(s broadsheet.Source, v broadsheet.Visit) ([]broadsheet.FeedItem, broadsheet.Visit, error) {
	var found []broadsheet.FeedItem
	v.Unlinked, v.UnlinkedHost = 0, ""
	for _, l := range s.List {
		if !s.AllowPrivate && link.PrivateLink(l.URL) { // there is nothing left of it
			if v.Unlinked++; v.Unlinked == 1 {
				v.UnlinkedHost = hostAndPort(l.URL)
			}
			continue
		}
		found = append(found, broadsheet.FeedItem{Source: s.ID(), GUID: l.URL, Link: l.URL, Title: l.Title, Note: l.Note})
	}
	v.At = f.now()
	v.Success, v.Title = v.At, s.Name
	v.Next, v.Reason = schedule.NextVisit(s, v, broadsheet.Hints{}, f.started)
	return found, v, nil
}

// rateLimitedVisit is the visit of a source whose host is left alone: nothing happened, but it is not due before the host is.
func (f *Fetcher) rateLimitedVisit(s broadsheet.Source, v broadsheet.Visit, err error) broadsheet.Visit {
	var h *client.HostBlock
	if errors.As(err, &h) && h.RetryAfter > 0 {
		next := f.started.Add(min(h.RetryAfter, 48*time.Hour))
		if next.After(v.Next) {
			v.Next, v.Reason = next, "its host "+h.Reason
		}
	}
	return v
}

// visit makes one visit. The visit that it returns lacks only what follows from err.
func (f *Fetcher) visit(ctx context.Context, s broadsheet.Source, last broadsheet.Visit, enter func() error) (found []broadsheet.FeedItem, v broadsheet.Visit, h broadsheet.Hints, err error) {
	defer client.RecoverAsError(client.RedactURL(s.URL), &err)
	v = last
	v.At, v.Status = f.now(), 0
	u, login, err := sourceAddress(s)
	if err != nil {
		return nil, v, h, err
	}
	v.ETag, v.LastModified = validator(v.ETag), validator(v.LastModified)
	lastHash, lastManner, _ := strings.Cut(last.BodyHash, fingerprintSeparator)
	if lastManner != parserFingerprint(s) {
		v.ETag, v.LastModified, lastHash = "", "", ""
	}
	if v.Validated.Add(stickyAfter).Before(v.At) || v.Validated.After(v.At) {
		v.ETag, v.LastModified = "", ""
	}
	a, err := f.client.Do(ctx, client.Request{
		URL: u, Permission: client.PermissionFor(s), Credentials: login, Header: conditions(v), Accept: acceptOf(s.Kind),
		Robots: s.Kind != broadsheet.KindFeed, MaxBytes: f.client.Limits.Body,
		LastToHost: f.client.Limiter.IsLastPlanned(u) && s.Kind == broadsheet.KindFeed,
	})
	if err != nil {
		return nil, v, h, err
	}
	defer a.Release()
	v.Status = a.Status
	h = client.HintsOf(a.Header, v.At)
	if a.Status != http.StatusOK && a.Status != http.StatusNotModified {
		v.Gone = a.Status == http.StatusGone
		return nil, v, h, client.ErrorAt(a.URL, client.StatusError(a))
	}
	var got sourceResult
	if a.Status == http.StatusOK {
		if err = enter(); err != nil {
			return nil, v, h, err
		}
		got, err = f.readSource(ctx, s, a, lastHash)
		if err != nil {
			return nil, v, h, err
		}
		v = recordSuccess(v, a.Header, got, parserFingerprint(s))
	} else if v, err = recordNotModified(v, a); err != nil {
		return nil, v, h, err
	}
	v.Moved, v.MovedSince = moved(last, s.URL, a.MovedTo, v.At)
	maxAge := h.MaxAge
	h = v.Hints
	h.MaxAge = maxAge
	return got.doc.Items, v, h, nil
}

// maxValidator is how long an ETag or a Last-Modified may be, in bytes: one of 200 KB would be stored, and sent back at each
// visit, where most servers refuse it.
const maxValidator = 1024

// validator is an ETag or a Last-Modified as it was told; "" where it is too long to be kept.
func validator(told string) string {
	if len(told) > maxValidator {
		return ""
	}
	return told
}

// conditions ask for an answer only when it differs from the last whole one. Validators are repeated as they came.
func conditions(v broadsheet.Visit) http.Header {
	h := http.Header{}
	if v.ETag != "" {
		h.Set("If-None-Match", v.ETag)
	}
	if v.LastModified != "" {
		h.Set("If-Modified-Since", v.LastModified)
	}
	return h
}

// recordNotModified is the visit after a 304, which may bring new validators but need not.
func recordNotModified(v broadsheet.Visit, a *client.Response) (broadsheet.Visit, error) {
	if !v.Conditional() {
		return v, client.ErrorAt(a.URL, &client.Failure{Reason: "it answered 304 Not Modified though the question was not conditional"})
	}
	if tag := validator(a.Header.Get("ETag")); tag != "" {
		v.ETag = tag
	}
	if modified := validator(a.Header.Get("Last-Modified")); modified != "" {
		v.LastModified = modified
	}
	return v, nil
}

// recordSuccess is the visit after a 200: both validators are replaced together, and only those of a whole body are kept,
// so that what was cut off is asked for again.
func recordSuccess(v broadsheet.Visit, header http.Header, got sourceResult, manner string) broadsheet.Visit {
	v.ETag, v.LastModified, v.Validated, v.BodyHash = "", "", time.Time{}, ""
	v.Salvaged = got.cut
	if !got.cut {
		v.BodyHash = got.hash
		if manner != "" {
			v.BodyHash += fingerprintSeparator + manner
		}
		if !got.index {
			v.ETag, v.LastModified, v.Validated = validator(header.Get("ETag")), validator(header.Get("Last-Modified")), v.At
		}
	}
	if !got.same {
		v.Title, v.HomePage, v.Hints = got.doc.Title, got.doc.HomePage, got.doc.Hints
		v.Unlinked, v.UnlinkedHost = got.doc.Unlinked, got.doc.UnlinkedHost
	}
	return v
}

// fingerprintSeparator parts the hash of a body from the manner in which it was read.
const fingerprintSeparator = "-"

// parserFingerprint tells by what of its entry in feeds.yaml a source's body is read: a body that was read by other selectors or
// patterns is to be read again, though it is the same.
func parserFingerprint(s broadsheet.Source) string {
	var by []string
	switch s.Kind {
	case broadsheet.KindPage:
		by = []string{s.Items, s.Link, s.Title, s.Date}
	case broadsheet.KindSitemap:
		by = slices.Concat(s.Include, []string{""}, s.Exclude)
	default:
		return ""
	}
	sum := sha256.Sum256([]byte(string(s.Kind) + "\x00" + strings.Join(by, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// moved is where a permanent redirect leads and since when it was seen to lead there.
func moved(last broadsheet.Visit, address, to string, now time.Time) (string, time.Time) {
	switch to {
	case "", address:
		return "", time.Time{}
	case last.Moved:
		return last.Moved, last.MovedSince
	}
	return to, now
}

func acceptOf(k broadsheet.Kind) string {
	switch k {
	case broadsheet.KindPage:
		return acceptPage
	case broadsheet.KindSitemap:
		return acceptSitemap
	}
	return feed.Accept
}

// sourceResult is what came of a source's body.
type sourceResult struct {
	doc   feed.Document
	hash  string // of all bodies that were read
	same  bool   // it is the body of last time: nothing was parsed
	cut   bool   // not all of it could be read
	index bool   // a sitemap index: its validators say nothing of its children
}

// readSource reads the body of a source's answer, and of the sitemaps that it names.
func (f *Fetcher) readSource(ctx context.Context, s broadsheet.Source, a *client.Response, lastHash string) (sourceResult, error) {
	got, err := f.readBody(ctx, s, a, lastHash)
	a.Release()
	if err == nil && len(got.doc.Children) > 0 {
		err = f.readChildren(ctx, s, a.URL, &got)
		got.index = true
	}
	if got.hash == lastHash && !got.cut {
		got.same, got.doc.Items = true, nil
	}
	return got, err
}

// readBody reads one body. That of last time is not parsed.
func (f *Fetcher) readBody(ctx context.Context, s broadsheet.Source, a *client.Response, lastHash string) (got sourceResult, err error) {
	if a.Incomplete != nil && client.IsUnwanted(a.Incomplete) {
		return got, client.ErrorAt(a.URL, a.Incomplete)
	}
	got, err = client.WithParseSlot(ctx, f.client, a, func(body []byte, cut bool) (got sourceResult, err error) {
		sum := sha256.Sum256(body)
		got.hash, got.cut = hex.EncodeToString(sum[:]), cut
		if got.hash == lastHash && !cut {
			got.same = true
			return got, nil
		}
		if len(bytes.TrimSpace(body)) == 0 {
			return got, &client.Failure{Reason: "it answered with nothing at all"}
		}
		if kind := client.BinaryType(body[:min(len(body), client.SniffBytes)], ""); kind != "" {
			return got, &client.Failure{Reason: "it answered with " + kind}
		}
		got.doc, err = parse(s, body, a)
		got.cut = got.cut || got.doc.Salvaged
		return got, err
	})
	switch {
	case err == nil, client.IsStopped(err):
		return got, err
	case a.Incomplete != nil:
		return got, client.ErrorAt(a.URL, a.Incomplete)
	}
	return got, client.ErrorAt(a.URL, err)
}

// parse reads a source's body as its kind asks for.
func parse(s broadsheet.Source, body []byte, a *client.Response) (doc feed.Document, err error) {
	contentType := a.Header.Get("Content-Type")
	switch s.Kind {
	case broadsheet.KindPage:
		doc, err = list.Parse(body, contentType, a.URL, s)
	case broadsheet.KindSitemap:
		doc, err = feed.ParseSitemap(body, contentType, a.URL)
		settlePrivateLinks(&doc, s, a.URL)
		doc.Items = slices.DeleteFunc(doc.Items, func(t broadsheet.FeedItem) bool { return !rules.Keeps(s, t.Link, t.Title, t.Tags) })
	default:
		doc, err = feed.Parse(body, contentType, a.URL)
	}
	if s.Kind != broadsheet.KindSitemap {
		settlePrivateLinks(&doc, s, a.URL)
	}
	switch {
	case err == nil:
		return doc, nil
	case len(doc.Declared) > 0:
		err = &client.Failure{Reason: "it is a web page, not a feed; that page declares " + client.Printable(strings.Join(doc.Declared, ", ")) + ": put the right one into feeds.yaml", Cause: err}
	default:
		err = &client.Failure{Reason: client.Printable(err.Error()), Cause: err}
	}
	return doc, err
}
