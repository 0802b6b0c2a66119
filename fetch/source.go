package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/fetch/feed"
	"broadsheet/fetch/list"
	"broadsheet/fetch/text"
	"broadsheet/internal/link"
	"broadsheet/internal/rules"
	"broadsheet/internal/schedule"
)

const (
	acceptPage    = "text/html, application/xhtml+xml, */*;q=0.1"
	acceptSitemap = "application/xml, text/xml, */*;q=0.1"

	// maxValidatorAge is how long validators are used after the 200 that they came with: some servers answer 304 for ever.
	maxValidatorAge = 8 * 24 * time.Hour
)

// FetchSource fetches a source, with a conditional request if last allows one. The caller must store the visit that it
// returns, together with the items, whether err is nil or not. No items and no error means that nothing changed. If the
// run was stopped (client.IsStopped) it returns last, as if there had been no request.
func (f *Fetcher) FetchSource(ctx context.Context, s broadsheet.Source, last broadsheet.Visit) ([]broadsheet.FeedItem, broadsheet.Visit, error) {
	return f.fetchSource(ctx, s, last, func() error { return nil })
}

// FetchSourceWithin is FetchSource for a caller that fetches many sources at once and is slower to store their items
// than they are to arrive. It puts an element into room before it parses a body, so that no more than cap(room) parsed
// bodies are in memory; the others wait compressed. The caller must call done, which takes the element out, when it has
// passed the items on. First runs of 2,000 synthetic feeds with 30 full articles each peaked at 105 and 173 MiB with a
// room of 16, and at 157 and 210 MiB without, each pair on the same busy machine.
func (f *Fetcher) FetchSourceWithin(ctx context.Context, room chan struct{}, s broadsheet.Source, last broadsheet.Visit) (items []broadsheet.FeedItem, v broadsheet.Visit, done func(), err error) {
	entered := false
	items, v, err = f.fetchSource(ctx, s, last, func() error {
		select {
		case room <- struct{}{}:
			entered = true
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	return items, v, func() {
		if entered {
			entered = false
			<-room
		}
	}, err
}

// fetchSource is FetchSource; it calls beforeParse before it parses a body, and fails if that does.
func (f *Fetcher) fetchSource(ctx context.Context, s broadsheet.Source, last broadsheet.Visit, beforeParse func() error) ([]broadsheet.FeedItem, broadsheet.Visit, error) {
	if s.Kind == broadsheet.KindList {
		return f.listItems(s, last)
	}
	var items []broadsheet.FeedItem
	var v broadsheet.Visit
	var hints broadsheet.Hints
	var err error
	if s.Kind == broadsheet.KindFile {
		items, v, err = f.visitFile(ctx, s, last, beforeParse)
	} else {
		items, v, hints, err = f.visit(ctx, s, last, beforeParse)
	}
	if status := refusedAgain(last, err); status != 0 {
		v.Status, err = status, &client.Failure{Status: status, Reason: client.RedactURL(s.URL) + ": it answered " + client.StatusText(status) +
			" again, while its host answers others; asked again later"}
	}
	from := f.started // not the time of the visit: the next run, a period later, may reach the source earlier in its course than this one
	switch {
	case client.IsStopped(err):
		return nil, last, err
	case client.IsRateLimited(err):
		return nil, f.rateLimitedVisit(last, err), err
	case err != nil:
		v.Failures, v.Err = last.Failures+1, err.Error()
		v.Denied = client.IsDeniedByRobots(err)
		if v.FailingSince.IsZero() {
			v.FailingSince = v.At
		}
		from = f.now()
	default:
		v.Failures, v.FailingSince, v.Err, v.Denied = 0, time.Time{}, "", false
		v.LastSuccess, v.Gone = v.At, false
	}
	v.Next, v.Reason = schedule.NextVisit(s, v, hints, from)
	for i := range items {
		items[i].Source = s.ID()
	}
	return items, v, err
}

// listItems returns the articles of a list. They are in feeds.yaml, so that no request is needed.
func (f *Fetcher) listItems(s broadsheet.Source, v broadsheet.Visit) ([]broadsheet.FeedItem, broadsheet.Visit, error) {
	var items []broadsheet.FeedItem
	v.PrivateLinks, v.PrivateLinkHost = 0, ""
	for _, l := range s.List {
		if !s.AllowPrivate && link.IsPrivate(l.URL) { // without its link nothing is left of it
			if v.PrivateLinks++; v.PrivateLinks == 1 {
				v.PrivateLinkHost = hostAndPort(l.URL)
			}
			continue
		}
		items = append(items, broadsheet.FeedItem{Source: s.ID(), GUID: l.URL, Link: l.URL, Title: l.Title, Note: l.Note})
	}
	v.At = f.now()
	v.LastSuccess, v.Title = v.At, s.Name
	v.Next, v.Reason = schedule.NextVisit(s, v, broadsheet.Hints{}, f.started)
	return items, v, nil
}

// rateLimitedVisit returns the visit of a source that its host gave no answer, because the host group is blocked or has
// had as many requests as it may get: v itself. The source keeps its own schedule, so it stays due, and Next tells since
// when. One that was asked and refused is noted as asked, so that it is the turn of the others of its group.
func (f *Fetcher) rateLimitedVisit(v broadsheet.Visit, err error) broadsheet.Visit {
	var block *client.HostBlock
	errors.As(err, &block)
	if block.Refused {
		v.At, v.Status = f.now(), block.Status
	}
	if v.Next.IsZero() {
		v.Next, v.Reason = f.started, "its host "+block.Reason
	}
	return v
}

// refusedAgain returns the status with which a host refused a source, if it did so at the last visit too and answered
// others since; else 0. Then it is this source that is refused, and it backs off, since each refusal blocks its group.
func refusedAgain(last broadsheet.Visit, err error) int {
	var block *client.HostBlock
	if errors.As(err, &block) && block.Refused && last.Status == block.Status && block.Before.After(last.At) {
		return block.Status
	}
	return 0
}

// UnansweredVisit returns the visit of a source whose host group broke off the connection, as it did to others of the
// group in this run: like one that was refused.
func (f *Fetcher) UnansweredVisit(last broadsheet.Visit) broadsheet.Visit {
	last.At = f.now()
	if last.Next.IsZero() {
		last.Next, last.Reason = f.started, "its host broke off the connection"
	}
	return last
}

// visit makes one visit. fetchSource adds to the visit that it returns what follows from err.
func (f *Fetcher) visit(ctx context.Context, s broadsheet.Source, last broadsheet.Visit, beforeParse func() error) (items []broadsheet.FeedItem, v broadsheet.Visit, hints broadsheet.Hints, err error) {
	defer client.RecoverAsError(client.RedactURL(s.URL), &err)
	v = last
	v.At, v.Status = f.now(), 0
	u, credentials, err := parseURL(s.URL)
	if err != nil {
		return nil, v, hints, err
	}
	v.ETag, v.LastModified = validatorToKeep(v.ETag), validatorToKeep(v.LastModified)
	lastHash, lastFingerprint, _ := strings.Cut(last.BodyHash, fingerprintSeparator)
	if lastFingerprint != parserFingerprint(s) {
		v.ETag, v.LastModified, lastHash = "", "", ""
	}
	if v.ValidatorsAt.Add(maxValidatorAge).Before(v.At) || v.ValidatorsAt.After(v.At) {
		v.ETag, v.LastModified = "", ""
	}
	resp, err := f.client.Do(ctx, client.Request{
		URL: u, Permission: client.PermissionFor(s), Credentials: credentials, Accept: acceptOf(s.Kind),
		Validators: conditionalHeader(v), ValidatorsURL: v.ValidatorsURL,
		Robots: s.Kind != broadsheet.KindFeed, MaxBytes: f.client.Limits.Body,
		LastToHost: f.client.Limiter.IsLastPlanned(u) && s.Kind == broadsheet.KindFeed,
	})
	if err != nil {
		return nil, v, hints, err
	}
	defer resp.Release()
	v.Status = resp.Status
	hints = client.HintsOf(resp.Header, v.At)
	if !resp.OK() && resp.Status != http.StatusNotModified {
		v.Gone = resp.Status == http.StatusGone
		return nil, v, hints, client.ErrorAt(resp.URL, client.StatusError(resp))
	}
	var result sourceResult
	if resp.OK() {
		if err = beforeParse(); err != nil {
			return nil, v, hints, err
		}
		result, err = f.readSource(ctx, s, resp, last, lastHash)
		if err != nil {
			return nil, v, hints, err
		}
		v = recordSuccess(v, resp, result, parserFingerprint(s))
	} else if v, err = recordNotModified(v, resp); err != nil {
		return nil, v, hints, err
	}
	v.MovedTo, v.MovedSince = moved(last, s.URL, resp.MovedTo, v.At)
	v.Hints.MaxAge = hints.MaxAge
	return result.doc.Items, v, v.Hints, nil
}

// maxValidatorBytes is the maximum length of an ETag or a Last-Modified: one of 200 KB would be stored, and sent at
// each visit to a server, of which most refuse it.
const maxValidatorBytes = 1024

// validatorToKeep returns the value of an ETag or a Last-Modified as it was received; "" if it is too long to be kept.
func validatorToKeep(value string) string {
	if len(value) > maxValidatorBytes {
		return ""
	}
	return value
}

// conditionalHeader returns the header fields that make a request conditional: the server need not send the last
// complete body again. Validators are sent as they were received, and to the address only that gave them: to another
// one, such as the new target of a redirect, they mean nothing, or something else.
func conditionalHeader(v broadsheet.Visit) http.Header {
	h := http.Header{}
	if v.ETag != "" {
		h.Set("If-None-Match", v.ETag)
	}
	if v.LastModified != "" {
		h.Set("If-Modified-Since", v.LastModified)
	}
	return h
}

// recordNotModified returns the visit after a 304, which may bring new validators.
func recordNotModified(v broadsheet.Visit, resp *client.Response) (broadsheet.Visit, error) {
	if !resp.Conditional {
		return v, client.ErrorAt(resp.URL, &client.Failure{Reason: "it answered 304 Not Modified though the question was not conditional"})
	}
	if tag := validatorToKeep(resp.Header.Get("ETag")); tag != "" {
		v.ETag = tag
	}
	if modified := validatorToKeep(resp.Header.Get("Last-Modified")); modified != "" {
		v.LastModified = modified
	}
	return v, nil
}

// recordSuccess returns the visit after a 200. Both validators are replaced together, and only those of a complete body
// are kept, so that the next request gets again what was cut off.
func recordSuccess(v broadsheet.Visit, resp *client.Response, result sourceResult, fingerprint string) broadsheet.Visit {
	v.ETag, v.LastModified, v.ValidatorsURL, v.ValidatorsAt, v.BodyHash = "", "", "", time.Time{}, ""
	v.Partial = result.incomplete
	if !result.incomplete {
		v.BodyHash = result.hash
		if fingerprint != "" {
			v.BodyHash += fingerprintSeparator + fingerprint
		}
		if !result.isIndex {
			v.ETag, v.LastModified = validatorToKeep(resp.Header.Get("ETag")), validatorToKeep(resp.Header.Get("Last-Modified"))
			v.ValidatorsURL, v.ValidatorsAt = resp.URL.String(), v.At
		}
	}
	if result.isIndex {
		v.Sitemaps = result.sitemaps
	}
	if !result.unchanged {
		if !result.isIndex {
			v.Sitemaps = broadsheet.Sitemaps{}
		}
		v.Title, v.HomePage, v.Hints = result.doc.Title, result.doc.HomePage, result.doc.Hints
		v.PrivateLinks, v.PrivateLinkHost = result.doc.Unlinked, result.doc.UnlinkedHost
		v.LeftOut = result.doc.LeftOut
		v.List, v.ListChanged = result.list, result.listChanged
		v.Entries, v.Undated = result.doc.Entries, result.doc.Undated
	}
	return v
}

// fingerprintSeparator separates the hash of a body from the parser fingerprint in Visit.BodyHash.
const fingerprintSeparator = "-"

// pageReader is the version of the code that reads lists of pages. It is part of the fingerprint, so that a page that an
// earlier version read is read again.
const pageReader = "2"

// parserFingerprint returns a hash of the settings in feeds.yaml with which a source is requested and its body is parsed;
// "" if there are none. A body that was parsed with other selectors or patterns is parsed again, though it is the same.
func parserFingerprint(s broadsheet.Source) string {
	var settings []string
	switch s.Kind {
	case broadsheet.KindPage:
		settings = []string{s.Items, s.Link, s.Title, s.Date, pageReader}
	case broadsheet.KindSitemap:
		settings = slices.Concat(s.Include, []string{""}, s.Exclude)
	}
	if len(s.Headers) > 0 || s.UserAgent != "" { // with others the server may give another document
		settings = append(settings, "", string(s.UserAgent))
		for _, name := range slices.Sorted(maps.Keys(s.Headers)) {
			settings = append(settings, name, s.Headers[name])
		}
	}
	if settings == nil {
		return ""
	}
	sum := sha256.Sum256([]byte(string(s.Kind) + "\x00" + strings.Join(settings, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// moved returns the target of a permanent redirect, and when that target was first seen.
func moved(last broadsheet.Visit, address, target string, now time.Time) (string, time.Time) {
	switch target {
	case "", address:
		return "", time.Time{}
	case last.MovedTo:
		return last.MovedTo, last.MovedSince
	}
	return target, now
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

// sourceResult is the result of parsing a source's body.
type sourceResult struct {
	doc         feed.Document
	list        broadsheet.PageList // of a page, what to remember of its list
	listChanged string              // and why it is not what it was
	sitemaps    broadsheet.Sitemaps // of a sitemap index, what was read so far
	hash        string              // SHA-256 of all bodies that were read, in hex
	unchanged   bool                // the body is the same as at the last visit, and was not parsed
	incomplete  bool                // the body, or a sitemap that it names, could not be read to its end
	isIndex     bool                // it is a sitemap index: its validators say nothing about the sitemaps that it names
}

// readSource parses the body of a source's response, and fetches and parses the sitemaps that it names.
func (f *Fetcher) readSource(ctx context.Context, s broadsheet.Source, resp *client.Response, last broadsheet.Visit, lastHash string) (sourceResult, error) {
	result, err := f.readBody(ctx, s, resp, last.List, lastHash)
	resp.Release()
	if err == nil && len(result.doc.Sitemaps) > 0 {
		result.isIndex = true
		return result, f.readChildren(ctx, s, resp.URL, last, lastHash, &result)
	}
	if result.hash == lastHash && !result.incomplete {
		result.unchanged, result.doc.Items = true, nil
	}
	return result, err
}

// readBody parses one body, unless it is the same as at the last visit.
func (f *Fetcher) readBody(ctx context.Context, s broadsheet.Source, resp *client.Response, list broadsheet.PageList, lastHash string) (result sourceResult, err error) {
	if resp.Incomplete != nil && client.IsUnwanted(resp.Incomplete) {
		return result, client.ErrorAt(resp.URL, resp.Incomplete)
	}
	result, err = client.WithParseSlot(ctx, f.client, resp, func(body []byte, incomplete bool) (result sourceResult, err error) {
		sum := sha256.Sum256(body)
		result.hash, result.incomplete = hex.EncodeToString(sum[:]), incomplete
		if result.hash == lastHash && !incomplete {
			result.unchanged = true
			return result, nil
		}
		if len(bytes.TrimSpace(body)) == 0 {
			return result, &client.Failure{Reason: "it answered with nothing at all"}
		}
		if kind := client.BinaryType(body[:min(len(body), client.SniffBytes)], ""); kind != "" {
			return result, &client.Failure{Reason: "it answered with " + kind}
		}
		err = result.parse(s, body, resp, list)
		result.incomplete = result.incomplete || result.doc.Salvaged
		if result.incomplete { // the rest of the list may be missing
			result.list, result.listChanged = list, ""
		}
		return result, err
	})
	switch {
	case err == nil, client.IsStopped(err):
		return result, err
	case resp.Incomplete != nil:
		return result, client.ErrorAt(resp.URL, resp.Incomplete)
	}
	return result, client.ErrorAt(resp.URL, err)
}

// parse parses a body by the kind of its source. remembered is what is known of the list of a page.
func (r *sourceResult) parse(s broadsheet.Source, body []byte, resp *client.Response, remembered broadsheet.PageList) (err error) {
	contentType := resp.Header.Get("Content-Type")
	switch s.Kind {
	case broadsheet.KindPage:
		var read list.Result
		if remembered.Settings != parserFingerprint(s) {
			remembered = broadsheet.PageList{}
		}
		read, err = list.Read(body, contentType, resp.URL, s, remembered)
		r.doc, r.list, r.listChanged = read.Document, read.List, read.Changed
		r.list.Settings = parserFingerprint(s)
	case broadsheet.KindSitemap:
		r.doc, err = feed.ParseSitemap(body, contentType, resp.URL)
		r.doc.CountEntries()
		replacePrivateLinks(&r.doc, s, resp.URL)
		r.doc.Items = slices.DeleteFunc(r.doc.Items, func(t broadsheet.FeedItem) bool { return !rules.PassesFilter(s, t.Link, t.Title, t.Tags) })
	case broadsheet.KindFile:
		r.doc, err = parseFile(body, resp.URL)
	default:
		r.doc, err = feed.Parse(body, contentType, resp.URL)
	}
	if s.Kind != broadsheet.KindSitemap {
		r.doc.CountEntries()
		replacePrivateLinks(&r.doc, s, resp.URL)
	}
	doc := &r.doc
	if _, page := feed.DeclaredFeeds(err); page && doc.RefreshTo == "" {
		doc.RefreshTo = text.SafeLink(text.RefreshTarget(resp.Header.Get("Refresh")), resp.URL)
	}
	switch {
	case err == nil:
		return nil
	case doc.RefreshTo != "":
		declares := ""
		if len(doc.DeclaredFeeds) > 0 {
			declares = ", and declares " + client.Printable(strings.Join(doc.DeclaredFeeds, ", "))
		}
		return &client.Failure{Reason: "it is a web page, not a feed; that page leads on to " + client.Printable(doc.RefreshTo) + " (meta refresh)" + declares + ": put the feed's address into feeds.yaml", Cause: err}
	case len(doc.DeclaredFeeds) > 0:
		return &client.Failure{Reason: "it is a web page, not a feed; that page declares " + client.Printable(strings.Join(doc.DeclaredFeeds, ", ")) + ": put the right one into feeds.yaml", Cause: err}
	}
	return &client.Failure{Reason: client.Printable(err.Error()), Cause: err}
}
