// Package fetch asks sources what is new and reads the pages of articles. A Fetcher serves one run. Its packages do the work:
//
//	client    every request: addresses, limits, robots.txt, sizes, errors
//	feed      RSS, Atom, RDF, JSON Feed and sitemaps → items
//	list      web pages that list articles → items
//	extract   an article's page → its text and metadata
//	discover  a site → its feed
//	text      charsets and HTML → plain text
//	date      dates as people write them
package fetch

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/fetch/discover"
	"broadsheet/fetch/extract"
	"broadsheet/internal/config"
	"broadsheet/internal/excerpt"
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
	client      *client.Client
	now         func() time.Time
	started     time.Time
	boilerplate *excerpt.Boilerplate
}

// New makes a Fetcher for one run.
func New(o Options) *Fetcher {
	o.Limits = o.Limits.OrDefaults()
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Boilerplate == nil {
		o.Boilerplate = extract.BuiltIn()
	}
	if o.UserAgent == "" {
		o.UserAgent = "broadsheet"
	}
	return &Fetcher{
		client:      client.New(client.Options{Now: o.Now, UserAgent: o.UserAgent, Limits: o.Limits, Transport: o.Transport}),
		now:         o.Now,
		started:     o.Now(),
		boilerplate: o.Boilerplate,
	}
}

// Close lets go of the connections that are kept for another request. The Fetcher asks nothing any more after it.
func (f *Fetcher) Close() { f.client.Close() }

// Abandoned returns how many parses were left behind because they did not end.
func (f *Fetcher) Abandoned() int { return int(f.client.Abandoned.Load()) }

// ClockOffsets are how far the clocks of those who answered so far are ahead of ours, by who they are.
func (f *Fetcher) ClockOffsets() map[string]time.Duration { return f.client.ServerClocks.Offsets() }

// Client is a client whose requests pass the door like all others, for telling the web something, such as a hub that
// there is news. named is the address in feeds.yaml that it is for: its port may be asked, whatever it is. The client
// follows no redirect, and of an answer it gives status and header alone.
func (f *Fetcher) Client(named string) *http.Client {
	return f.client.WebhookClient(client.PermissionForAddress(named))
}

// Discover finds what can be read as a source at an address or near it: what stands there itself, the feeds that its
// page declares or links to, those at the usual places of its site, or of platforms whose addresses are known. Where a
// site has no feed, lists of articles on the page and sitemaps are found. Best first; others are further feeds that the
// page declares. An error says why nothing was found, and what to do.
func (f *Fetcher) Discover(ctx context.Context, address string, private bool) (found []discover.Found, others []string, err error) {
	return discover.Find(ctx, f.client, f.FetchSource, address, private)
}

// BlockUntil leaves a source's host alone for this run when it asked for that on an earlier visit and the time is not up:
// a Retry-After holds for the host, not for one of the sources there.
func (f *Fetcher) BlockUntil(s broadsheet.Source, v broadsheet.Visit) {
	if !v.Held() || !f.started.Before(v.Next) || f.started.Before(v.At) { // a visit of the future was made under a wrong clock
		return
	}
	if u, err := client.ParseURL(s.URL); err == nil && u.Host != "" {
		f.client.Limiter.Block(u, client.HostBlock{Reason: "answered " + client.StatusText(v.Status) + " earlier", RetryAfter: v.Next.Sub(f.started)})
	}
}

// PlanRequests tells which addresses will be asked or read, so that a connection is kept where another request is coming, and
// nowhere else.
func (f *Fetcher) PlanRequests(addresses ...string) {
	for _, address := range addresses {
		if u, err := client.ParseURL(address); err == nil && u.Host != "" {
			f.client.Limiter.PlanRequest(u)
		}
	}
}

// sourceAddress parts a source's address from its credentials.
func sourceAddress(s broadsheet.Source) (*url.URL, *url.Userinfo, error) {
	u, err := client.ParseURL(s.URL)
	if err != nil {
		return nil, nil, client.InvalidURL(s.URL, err)
	}
	login := u.User
	u.User = nil
	return u, login, nil
}
