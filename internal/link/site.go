package link

import (
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// MaxLength is how long an address may be, in bytes: more than any server answers to.
const MaxLength = 4096

// Site returns the site that a link belongs to: the registrable domain ("example.com" for blog.example.com), or the
// account where many authors share a host ("medium.com/@x", "github.com/x", "x.github.io"). It returns "" for a link
// that is not a web address.
func Site(link string) string {
	a, ok := split(link)
	if !ok {
		return ""
	}
	if n := tables.accounts[a.host]; n > 0 {
		path := string(appendPath(nil, a.path))
		if account, ok := strings.CutPrefix(path, "/feed/"); ok { // the feed belongs to the account that it is named after
			path = "/" + account
		}
		return strings.ToLower(firstSegments(a.host+path, n))
	}
	if home := firstSegments(a.path, 1); strings.HasPrefix(home, "/~") && len(home) > len("/~r") { // /~r is FeedBurner's
		return a.host + home
	}
	if _, parent, ok := strings.Cut(a.host, "."); ok && tables.subdomains[parent] {
		return a.host
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(a.host); err == nil {
		return domain
	}
	return hostPort(a)
}

// Host returns the host of a link as it is in its key: in lower-case ASCII, without www and the like. It returns "" if
// the link is not a web address.
func Host(link string) string {
	a, _ := split(link)
	return a.host
}

// hostPort returns the host with its port, which keeps servers at one IP address apart: such an address has no
// registrable domain.
func hostPort(a address) string {
	if a.port == "" {
		return a.host
	}
	return a.host + ":" + a.port
}

// firstSegments returns path, which may begin with a host, up to the end of its first n segments.
func firstSegments(path string, n int) string {
	at := 0
	for range n + 1 {
		i := strings.IndexByte(path[at:], '/')
		if i < 0 {
			return path
		}
		at += i + 1
	}
	return path[:at-1]
}

// OnPlatform reports whether a link leads to a platform where authors republish articles of other sites with a
// canonical link to the original.
func OnPlatform(link string) bool {
	a, ok := split(link)
	_, parent, _ := strings.Cut(a.host, ".")
	return ok && (tables.platforms[a.host] || tables.platforms[parent])
}

// TrustCanonical reports whether to believe a page at link that declares canonical as its address (rel=canonical): one
// within its own site, or any from a platform that lets an author name the original. Any other page could claim any
// other site's article.
func TrustCanonical(link, canonical string) bool {
	site := Site(link)
	return site != "" && Key(canonical) != "" && (site == Site(canonical) || OnPlatform(link))
}

// IsPort reports whether text is a valid port number, from 1 to 65535.
func IsPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n > 0 && n < 1<<16
}

// SameSite reports whether two addresses are of one host or site.
func SameSite(a, b *url.URL) bool {
	return a.Hostname() == b.Hostname() || OnSameSite(a.String(), b.String())
}

// OnSameSite reports whether two addresses are of one site (see Site), as far as that can be told.
func OnSameSite(a, b string) bool {
	site := Site(a)
	return site != "" && site == Site(b)
}
