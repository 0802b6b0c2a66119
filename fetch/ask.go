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

// Ask asks a source what is new since its last visit. The visit that it returns is complete and to be recorded,
// together with the sightings, whether err is nil or not. No sightings and no error means that nothing changed.
// When the run was stopped (Stopped) the visit is the last one, as if the source had not been asked.
func (f *Fetcher) Ask(ctx context.Context, s broadsheet.Source, last broadsheet.Visit) ([]broadsheet.FeedItem, broadsheet.Visit, error) {
	return f.ask(ctx, s, last, func() error { return nil })
}

// AskWithin is Ask for many sources at once: an answer takes a place in room before it is unpacked, so that there are no
// more than those places in memory. The place is free again when done is called, which must be when whatever was told
// has been handed on.
func (f *Fetcher) AskWithin(ctx context.Context, room chan struct{}, s broadsheet.Source, last broadsheet.Visit) (told []broadsheet.FeedItem, v broadsheet.Visit, done func(), err error) {
	entered := false
	told, v, err = f.ask(ctx, s, last, func() error {
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

// ask is Ask; enter is called before an answer is unpacked.
func (f *Fetcher) ask(ctx context.Context, s broadsheet.Source, last broadsheet.Visit, enter func() error) ([]broadsheet.FeedItem, broadsheet.Visit, error) {
	if s.Kind == broadsheet.KindList {
		return f.listed(s, last)
	}
	found, v, h, err := f.visit(ctx, s, last, enter)
	from := f.started // not the moment of the visit: the next run, a period later, comes to it sooner or later than this one
	switch {
	case Stopped(err):
		return nil, last, err
	case Held(err):
		return nil, f.notAsked(s, last, err), err
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

// notAsked is the visit of a source whose host is left alone: nothing happened, but it is not due before the host is.
func (f *Fetcher) notAsked(s broadsheet.Source, v broadsheet.Visit, err error) broadsheet.Visit {
	var h *hold
	if errors.As(err, &h) && h.after > 0 {
		next := f.started.Add(min(h.after, 48*time.Hour))
		if next.After(v.Next) {
			v.Next, v.Reason = next, "its host "+h.why
		}
	}
	return v
}

// visit makes one visit. The visit that it returns lacks only what follows from err.
func (f *Fetcher) visit(ctx context.Context, s broadsheet.Source, last broadsheet.Visit, enter func() error) (found []broadsheet.FeedItem, v broadsheet.Visit, h broadsheet.Hints, err error) {
	defer stumbled(maskedAddress(s.URL), &err)
	v = last
	v.At, v.Status = f.now(), 0
	u, login, err := sourceAddress(s)
	if err != nil {
		return nil, v, h, err
	}
	v.ETag, v.LastModified = validator(v.ETag), validator(v.LastModified)
	lastHash, lastManner, _ := strings.Cut(last.BodyHash, mannerMark)
	if lastManner != mannerOf(s) {
		v.ETag, v.LastModified, lastHash = "", "", ""
	}
	if v.Validated.Add(stickyAfter).Before(v.At) || v.Validated.After(v.At) {
		v.ETag, v.LastModified = "", ""
	}
	a, err := f.door.open(ctx, trip{
		to: u, permit: permitOf(s), login: login, header: conditions(v), accept: acceptOf(s.Kind),
		robots: s.Kind != broadsheet.KindFeed, maxBytes: f.door.limits.Body,
		last: f.door.hosts.last(u) && s.Kind == broadsheet.KindFeed,
	})
	if err != nil {
		return nil, v, h, err
	}
	defer a.leave()
	v.Status = a.status
	h = hintsOf(a.header, v.At)
	if a.status != http.StatusOK && a.status != http.StatusNotModified {
		v.Gone = a.status == http.StatusGone
		return nil, v, h, told(a.url, statusFault(a))
	}
	var got harvest
	if a.status == http.StatusOK {
		if err = enter(); err != nil {
			return nil, v, h, err
		}
		got, err = f.readSource(ctx, s, a, lastHash)
		if err != nil {
			return nil, v, h, err
		}
		v = remember(v, a.header, got, mannerOf(s))
	} else if v, err = unchanged(v, a); err != nil {
		return nil, v, h, err
	}
	v.Moved, v.MovedSince = moved(last, s.URL, a.moved, v.At)
	maxAge := h.MaxAge
	h = v.Hints
	h.MaxAge = maxAge
	return got.doc.Told, v, h, nil
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

// unchanged is the visit after a 304, which may bring new validators but need not.
func unchanged(v broadsheet.Visit, a *answer) (broadsheet.Visit, error) {
	if !v.Conditional() {
		return v, told(a.url, &fault{what: "it answered 304 Not Modified though the question was not conditional"})
	}
	if tag := validator(a.header.Get("ETag")); tag != "" {
		v.ETag = tag
	}
	if modified := validator(a.header.Get("Last-Modified")); modified != "" {
		v.LastModified = modified
	}
	return v, nil
}

// remember is the visit after a 200: both validators are replaced together, and only those of a whole body are kept,
// so that what was cut off is asked for again.
func remember(v broadsheet.Visit, header http.Header, got harvest, manner string) broadsheet.Visit {
	v.ETag, v.LastModified, v.Validated, v.BodyHash = "", "", time.Time{}, ""
	v.Salvaged = got.cut
	if !got.cut {
		v.BodyHash = got.hash
		if manner != "" {
			v.BodyHash += mannerMark + manner
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

// mannerMark parts the hash of a body from the manner in which it was read.
const mannerMark = "-"

// mannerOf tells by what of its entry in feeds.yaml a source's body is read: a body that was read by other selectors or
// patterns is to be read again, though it is the same.
func mannerOf(s broadsheet.Source) string {
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
	return acceptFeed
}

// harvest is what came of a source's body.
type harvest struct {
	doc   document
	hash  string // of all bodies that were read
	same  bool   // it is the body of last time: nothing was parsed
	cut   bool   // not all of it could be read
	index bool   // a sitemap index: its validators say nothing of its children
}

// readSource reads the body of a source's answer, and of the sitemaps that it names.
func (f *Fetcher) readSource(ctx context.Context, s broadsheet.Source, a *answer, lastHash string) (harvest, error) {
	got, err := f.readBody(ctx, s, a, lastHash)
	a.leave()
	if err == nil && len(got.doc.Children) > 0 {
		err = f.readChildren(ctx, s, a.url, &got)
		got.index = true
	}
	if got.hash == lastHash && !got.cut {
		got.same, got.doc.Told = true, nil
	}
	return got, err
}

// readBody reads one body. That of last time is not parsed.
func (f *Fetcher) readBody(ctx context.Context, s broadsheet.Source, a *answer, lastHash string) (got harvest, err error) {
	if a.cut != nil && unwanted(a.cut) {
		return got, told(a.url, a.cut)
	}
	got, err = withParseSlot(ctx, f.door, a, func(body []byte, cut bool) (got harvest, err error) {
		sum := sha256.Sum256(body)
		got.hash, got.cut = hex.EncodeToString(sum[:]), cut
		if got.hash == lastHash && !cut {
			got.same = true
			return got, nil
		}
		if len(bytes.TrimSpace(body)) == 0 {
			return got, &fault{what: "it answered with nothing at all"}
		}
		if kind := wrongKind(body[:min(len(body), sniffed)], ""); kind != "" {
			return got, &fault{what: "it answered with " + kind}
		}
		got.doc, err = parse(s, body, a)
		got.cut = got.cut || got.doc.Salvaged
		return got, err
	})
	switch {
	case err == nil, Stopped(err):
		return got, err
	case a.cut != nil:
		return got, told(a.url, a.cut)
	}
	return got, told(a.url, err)
}

// parse reads a source's body as its kind asks for.
func parse(s broadsheet.Source, body []byte, a *answer) (doc document, err error) {
	contentType := a.header.Get("Content-Type")
	switch s.Kind {
	case broadsheet.KindPage:
		doc, err = parsePageList(body, contentType, a.url, s)
	case broadsheet.KindSitemap:
		doc, err = parseSitemap(body, contentType, a.url)
		settlePrivateLinks(&doc, s, a.url)
		doc.Told = slices.DeleteFunc(doc.Told, func(t broadsheet.FeedItem) bool { return !rules.Keeps(s, t.Link, t.Title, t.Tags) })
	default:
		doc, err = parseFeed(body, contentType, a.url)
	}
	if s.Kind != broadsheet.KindSitemap {
		settlePrivateLinks(&doc, s, a.url)
	}
	switch {
	case err == nil:
		return doc, nil
	case len(doc.Declared) > 0:
		err = &fault{what: "it is a web page, not a feed; that page declares " + legible(strings.Join(doc.Declared, ", ")) + ": put the right one into feeds.yaml", cause: err}
	default:
		err = &fault{what: legible(err.Error()), cause: err}
	}
	return doc, err
}
