// Package fetch fetches sources and the pages of articles. A Fetcher serves one run. The packages below it do the work:
//
//	client    HTTP requests: SSRF protection, limits, robots.txt, sizes, errors
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
	"broadsheet/internal/config"
	"broadsheet/internal/excerpt"
	"broadsheet/internal/hostgroup"
)

// Options configure a Fetcher. All zero values are valid.
type Options struct {
	Now         func() time.Time     // the run's clock; nil: time.Now
	UserAgent   string               // sent with every request; the part before "/" is our product token in robots.txt
	Limits      config.Limits        // zero values: the defaults; a negative Gap: no gap but those of single hosts
	Boilerplate *excerpt.Boilerplate // text that is never an article's own; nil: the built-in patterns
	Files       Files                // reads the files of KindFile sources; nil: none may be read
	Transport   http.RoundTripper    // replaces the network, and disables the gap between requests, since no host need be spared
}

// Fetcher makes the requests of one run. What it learns about hosts (which asked for a pause, which do not answer, what
// their robots.txt says) holds until the end of the run. Its methods are safe for concurrent use; a call that waits for
// a slow host does not hold up the others.
type Fetcher struct {
	client      *client.Client
	now         func() time.Time
	started     time.Time
	boilerplate *excerpt.Boilerplate
	files       Files
	fileSlot    chan struct{} // taken while a file is read
}

// New returns a Fetcher for one run. The caller must call Close.
func New(o Options) *Fetcher {
	o.Limits = o.Limits.WithDefaults()
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Boilerplate == nil {
		o.Boilerplate = excerpt.DefaultPatterns
	}
	if o.UserAgent == "" {
		o.UserAgent = "broadsheet"
	}
	return &Fetcher{
		client:      client.New(client.Options{Now: o.Now, UserAgent: o.UserAgent, Limits: o.Limits, Transport: o.Transport}),
		now:         o.Now,
		started:     o.Now(),
		boilerplate: o.Boilerplate,
		files:       o.Files,
		fileSlot:    make(chan struct{}, 1),
	}
}

// Close closes idle connections. The Fetcher must not be used after it.
func (f *Fetcher) Close() { f.client.Close() }

// AbandonedParses returns how many parses were abandoned because they did not end.
func (f *Fetcher) AbandonedParses() int { return int(f.client.Abandoned.Load()) }

// ClockOffsets returns how far the clocks of the servers that responded are ahead of ours, by who operates them: a
// registered domain, the domain of a service that hosts many sites, or an IP address.
func (f *Fetcher) ClockOffsets() map[string]time.Duration { return f.client.ServerClocks.Offsets() }

// WebhookClient returns an http.Client for notifying other services, such as a WebSub hub of a new edition. Its requests pass
// the same checks and limits as all others. address is the one in feeds.yaml that it is for: requests to its port are
// allowed, whatever port it is. The client follows no redirect, and its responses have a status and a header, but no
// body.
func (f *Fetcher) WebhookClient(address string) *http.Client {
	return f.client.WebhookClient(client.PermissionForAddress(address))
}

// PrivateWebhookClient is WebhookClient for an address that feeds.yaml allows to be in a private network.
func (f *Fetcher) PrivateWebhookClient(address string) *http.Client {
	return f.client.WebhookClient(client.PermissionFor(broadsheet.Source{URL: address, AllowPrivate: true}))
}

// Discover finds the sources at an address or near it, as discover.Find does. private allows an address in a private
// network.
func (f *Fetcher) Discover(ctx context.Context, address string, private bool) (found []discover.Result, others []string, err error) {
	return discover.Find(ctx, f.client, f.FetchSource, address, private)
}

// HostGroup returns the name of the host group of an address, with the groups that were detected in this run or an
// earlier one: all hosts whose requests one operator counts together.
func (f *Fetcher) HostGroup(address string) string { return f.client.Limiter.Group(address) }

// SetHostStates sets what earlier runs learnt of host groups, by name. It must be called before the first request.
func (f *Fetcher) SetHostStates(states map[string]hostgroup.State) {
	f.client.Limiter.SetStates(states)
}

// ChangedHostStates returns what is to be stored of the host groups whose state was changed since the last call, by name.
// The zero State stands for one that need no longer be stored.
func (f *Fetcher) ChangedHostStates() map[string]hostgroup.State {
	return f.client.Limiter.ChangedStates()
}

// BreaksOffMany reports whether the host group of an address has lately broken off many connections and answered other
// requests, so that a connection that it breaks off says nothing of the source.
func (f *Fetcher) BreaksOffMany(address string) bool { return f.client.Limiter.BreaksOffMany(address) }

// HostFreeAt returns the earliest time from now on at which the host group of an address may get a request.
func (f *Fetcher) HostFreeAt(address string) time.Time { return f.client.Limiter.FreeAt(address) }

// HostPerHour returns how many requests the host group of an address may get in an hour, as far as it is known; 0: any
// number.
func (f *Fetcher) HostPerHour(address string) int { return f.client.Limiter.PerHour(address) }

// PlanRequests records which addresses will be requested, so that a connection is kept if another request to its host
// will follow, and closed otherwise.
func (f *Fetcher) PlanRequests(addresses ...string) {
	for _, address := range addresses {
		if u, err := client.ParseURL(address); err == nil && u.Host != "" {
			f.client.Limiter.PlanRequest(u)
		}
	}
}

// parseURL splits an address into a URL without credentials, and its credentials, which are nil if it has none.
func parseURL(address string) (*url.URL, *url.Userinfo, error) {
	u, err := client.ParseURL(address)
	if err != nil {
		return nil, nil, client.InvalidURL(address, err)
	}
	credentials := u.User
	u.User = nil
	return u, credentials, nil
}
