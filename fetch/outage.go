package fetch

import "broadsheet"

// enoughHosts is how many hosts must be silent for the network to be at fault rather than they, where a paper has as many.
const enoughHosts = 3

// Outage reports whether the network seems to be down: in this run at least three hosts were asked, or all the hosts of
// sources where those are fewer, and none gave any HTTP answer. An error is an answer, and so is a redirect or a robots.txt;
// hosts behind one front door are one. It is certain where there were three: fewer may be down themselves.
func (f *Fetcher) Outage(sources []broadsheet.Source) (outage, certain bool) {
	asked, answered := f.client.Limiter.HostCounts()
	outage = answered == 0 && asked > 0 && asked >= min(enoughHosts, f.client.Limiter.CountHosts(sources))
	return outage, outage && asked >= enoughHosts
}

// Answered reports whether any host gave an HTTP answer in this run.
func (f *Fetcher) Answered() bool {
	_, answered := f.client.Limiter.HostCounts()
	return answered > 0
}
