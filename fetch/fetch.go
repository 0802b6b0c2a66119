// Package fetch is the web: it asks sources what is new, reads articles' pages, and lets nothing but plain text pass.
//
// Every request goes through one door (door.go): its address is checked (guard.go), it waits for its host's turn
// (polite.go), its size and time are bounded, packed bodies are unpacked within a bound (unpack.go). robots.txt
// (robots.go) governs pages and sitemaps, not feeds. What is wrong is told in words (trouble.go).
package fetch

import (
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"broadsheet"
	"broadsheet/internal/config"
	"broadsheet/internal/excerpt"

	"golang.org/x/sync/semaphore"
)

// Options are what a Fetcher is made from. Zero values have sensible meanings.
type Options struct {
	Now         func() time.Time     // the time that the run believes in; nil: time.Now
	UserAgent   string               // sent with every request; its name, up to "/", is what robots.txt knows us by
	Limits      config.Limits        // zero values: the defaults; a negative Gap: no gap
	Boilerplate *excerpt.Boilerplate // what is never an article's own text; nil: the built-in patterns
	Transport   http.RoundTripper    // answers all requests in place of the network; no host is there to spare, so there is no gap
}

// Fetcher asks the web, politely, during one run: what it learns of hosts (who wants to be left alone, who does not
// answer, what robots.txt says) holds until the run's end. Its methods may be called from many goroutines at once;
// those that wait for a host take nothing from the others.
type Fetcher struct {
	door        *door
	now         func() time.Time
	started     time.Time
	body        int64
	boilerplate *excerpt.Boilerplate
	slots       *semaphore.Weighted // parseSlots
	buffers     chan []byte         // memory to unpack into, one for each slot
	abandoned   atomic.Int64        // parses that were left behind
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
		slots:       semaphore.NewWeighted(parseSlots),
		buffers:     make(chan []byte, parseSlots),
	}
	for range parseSlots {
		f.buffers <- nil
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

// Recall leaves a source's host alone for this run when it asked for that on an earlier visit and the time is not up:
// a Retry-After holds for the host, not for one of the sources there.
func (f *Fetcher) Recall(s broadsheet.Source, v broadsheet.Visit) {
	if !v.Held() || !f.started.Before(v.Next) || f.started.Before(v.At) { // a visit of the future was made under a wrong clock
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
