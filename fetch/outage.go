package fetch

import "broadsheet"

// minOutageHosts is how many hosts must fail to answer before the network is taken to be down, rather than these hosts.
// Where the sources have fewer hosts, all of them must.
const minOutageHosts = 3

// Outage reports whether the network seems to be down: requests were sent to at least three hosts in this run, or to
// all hosts of the sources if these are fewer, and none gave an HTTP response. An error status counts as a response,
// and so does a redirect or a robots.txt; sites on one shared host (client.HostGroup) are one host. The outage is
// certain if there were at least three hosts: fewer may be down themselves.
func (f *Fetcher) Outage(sources []broadsheet.Source) (outage, certain bool) {
	contacted, answered := f.client.Limiter.HostCounts()
	outage = answered == 0 && contacted > 0 && contacted >= min(minOutageHosts, f.client.Limiter.CountHosts(sources))
	return outage, outage && contacted >= minOutageHosts
}

// AnyHostAnswered reports whether any host gave an HTTP response in this run.
func (f *Fetcher) AnyHostAnswered() bool {
	_, answered := f.client.Limiter.HostCounts()
	return answered > 0
}
