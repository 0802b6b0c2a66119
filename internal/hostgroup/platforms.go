package hostgroup

import (
	"strings"
	"time"
)

// Limits bound the requests to a host group. Zero values mean that there is no such bound.
type Limits struct {
	Gap     time.Duration // between two requests; negative: none at all
	PerHour int           // requests in an hour
}

// platform is a service that serves many sites and counts the requests to all of them together.
type platform struct {
	domains []string // of these sites; a site's own domain is listed where the platform serves it
	limits  Limits   // what is publicly known of how many requests it answers
}

// platforms are the well-known ones, by the name of their host group.
//
// Medium: public measurements of 2026. Of 25 requests made back to back it resets most, 8 to 10 seconds apart most
// pass, and after about 50 it answers 429. Reddit: github.com/bhpark1013/claudenews/pull/6, of 2026. One request uses up
// what an address without an account may ask, for 30 seconds. Substack: github.com/feedbin/feedbin/issues/649. It
// counts the requests to all its newsletters together; how many it answers is not known.
var platforms = map[string]platform{
	"medium.com": {
		limits: Limits{Gap: 8 * time.Second, PerHour: 40},
		domains: []string{"medium.com", "medium.engineering", "netflixtechblog.com", "instagram-engineering.com", "blog.hotstar.com",
			"eng.lyft.com", "open.nytimes.com", "tech.instacart.com", "engblog.nextdoor.com", "blog.flipkart.tech", "bytes.swiggy.com",
			"engineering.razorpay.com", "betterprogramming.pub", "levelup.gitconnected.com", "itnext.io", "plainenglish.io",
			"proandroiddev.com", "infosecwriteups.com", "uxdesign.cc", "pub.towardsai.net", "blog.devgenius.io", "blog.stackademic.com"},
	},
	"reddit.com":    {limits: Limits{Gap: 35 * time.Second}, domains: []string{"reddit.com"}},
	"substack.com":  {limits: Limits{Gap: 3 * time.Second}, domains: []string{"substack.com"}},
	"blogspot.com":  {domains: []string{"blogspot.com"}},
	"wordpress.com": {domains: []string{"wordpress.com"}},
}

// Of returns the name of the host group of a host name: that of a platform which serves it, or else the host name
// itself.
func Of(host string) string {
	for name, p := range platforms {
		for _, domain := range p.domains {
			if IsBelow(host, domain) {
				return name
			}
		}
	}
	return host
}

// BuiltIn returns what is known of how many requests a host group answers.
func BuiltIn(group string) Limits { return platforms[group].limits }

// IsBelow reports whether a host name is a domain or one of its subdomains.
func IsBelow(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}
