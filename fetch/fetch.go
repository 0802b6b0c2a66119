// Package fetch is the web: it asks sources what is new, reads articles' pages, and lets nothing but plain text pass.
//
// Every request goes through one door (door.go): its address is checked (guard.go), it waits for its host's turn
// (polite.go), its size and time are bounded, packed bodies are unpacked within a bound (unpack.go). robots.txt
// (robots.go) governs pages and sitemaps, not feeds. What is wrong is told in words (trouble.go).
package fetch

import (
	"context"
	"net/http"
	"net/url"
	"runtime"
	"time"

	"broadsheet"

	"golang.org/x/sync/semaphore"
)

// Options are what a Fetcher is made from. Zero values have sensible meanings.
type Options struct {
	Now         func() time.Time        // the time that the run believes in; nil: time.Now
	UserAgent   string                  // sent with every request; its name, up to "/", is what robots.txt knows us by
	Limits      broadsheet.Limits       // zero values: the defaults; a negative Gap: no gap
	Boilerplate *broadsheet.Boilerplate // what is never an article's own text; nil: the built-in patterns
	Transport   http.RoundTripper       // answers all requests in place of the network; no host is there to spare, so there is no gap
}

// Fetcher asks the web, politely, during one run: what it learns of hosts (who wants to be left alone, who does not
// answer, what robots.txt says) holds until the run's end. Its methods may be called from many goroutines at once;
// those that wait for a host take nothing from the others.
type Fetcher struct {
	door        *door
	now         func() time.Time
	started     time.Time
	body        int64
	boilerplate *broadsheet.Boilerplate
	desks       *semaphore.Weighted // places at which bodies are unpacked and parsed
	rooms       chan []byte         // memory to unpack into, one for each desk
}

// New makes a Fetcher for one run.
func New(o Options) *Fetcher {
	o.Limits = o.Limits.OrDefaults()
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Boilerplate == nil {
		o.Boilerplate = builtIn()
	}
	if o.UserAgent == "" {
		o.UserAgent = "broadsheet"
	}
	f := &Fetcher{
		door:        newDoor(o),
		now:         o.Now,
		started:     o.Now(),
		body:        o.Limits.Body,
		boilerplate: o.Boilerplate,
		desks:       semaphore.NewWeighted(desks),
		rooms:       make(chan []byte, desks),
	}
	for range desks {
		f.rooms <- nil
	}
	return f
}

// Close lets go of the connections that are kept for another request. The Fetcher asks nothing any more after it.
func (f *Fetcher) Close() {
	for _, t := range []http.RoundTripper{f.door.strict, f.door.trusted} {
		if t, ok := t.(*connPool); ok {
			t.CloseIdleConnections()
		}
	}
}

// desks are as many as processors; a large body takes them all, so that few large things are in memory at once.
var desks = int64(max(runtime.GOMAXPROCS(0), 1))

const (
	largeBody = 2 << 20
	largeRoom = 512 << 10 // what is larger is not kept for the next body
)

// Recall leaves a source's host alone for this run when it asked for that on an earlier visit and the time is not up:
// a Retry-After holds for the host, not for one of the sources there.
func (f *Fetcher) Recall(s broadsheet.Source, v broadsheet.Visit) {
	if !v.Held() || !f.started.Before(v.Next) {
		return
	}
	if u, err := webAddress(s.URL); err == nil && u.Host != "" {
		f.door.hosts.hold(u, hold{why: "answered " + statusText(v.Status) + " earlier", after: v.Next.Sub(f.started)})
	}
}

// Expect tells which addresses will be asked or read, so that a connection is kept where another request is coming, and
// nowhere else.
func (f *Fetcher) Expect(addresses ...string) {
	for _, address := range addresses {
		if u, err := webAddress(address); err == nil && u.Host != "" {
			f.door.hosts.expect(u)
		}
	}
}

// atDesk unpacks an answer's body and works on it, with few others at the same time. Until then only the packed body
// is in memory, and after it the body is gone: work must keep nothing of it. A body that turns out to be large is put
// back, and unpacked again when all desks are free.
func (f *Fetcher) atDesk(ctx context.Context, a *answer, work func(body []byte, cut bool) error) error {
	weight := int64(1)
	if len(a.packed) > largeBody {
		weight = desks
	}
	for {
		if err := f.desks.Acquire(ctx, weight); err != nil {
			return err
		}
		room := <-f.rooms
		body, cut, err := unpack(a.packed, a.header.Get("Content-Encoding"), f.body, room)
		if err == nil && len(body) > largeBody && weight < desks {
			f.rooms <- room
			f.desks.Release(weight)
			weight = desks
			continue
		}
		if cap(body) <= largeRoom && !same(body, a.packed) {
			room = body
		}
		defer f.desks.Release(weight)
		defer func() { f.rooms <- room }()
		if err != nil {
			return err
		}
		a.packed = nil
		return work(body, cut || a.cut != nil)
	}
}

// permitOf is what a source's entry in feeds.yaml allows.
func permitOf(s broadsheet.Source) permit {
	p := permit{places: map[string]bool{}, private: s.AllowPrivate, source: true}
	name := func(address string) {
		if u, err := webAddress(address); err == nil {
			p.places[place(u)] = true
		}
	}
	if s.URL != "" {
		name(s.URL)
	}
	for _, listed := range s.List {
		name(listed.URL)
	}
	return p
}

// sourceAddress parts a source's address from its credentials.
func sourceAddress(s broadsheet.Source) (*url.URL, *url.Userinfo, error) {
	u, err := webAddress(s.URL)
	if err != nil {
		return nil, nil, &trouble{maskedAddress(s.URL), err.Error(), err}
	}
	login := u.User
	u.User = nil
	return u, login, nil
}
