package link

import (
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// MaxLength is how long an address may be, in bytes: more than any server answers to.
const MaxLength = 4096

// Site is whose pages a link belongs to: the registered domain ("example.com" for blog.example.com), or the account
// where many authors share a host ("medium.com/@x", "github.com/x", "x.github.io"). Empty for what is no web address.
func Site(link string) string {
	a, ok := SplitLink(link)
	if !ok {
		return ""
	}
	if n := webWords.accounts[a.Host]; n > 0 {
		path := string(appendPath(nil, a.path))
		if account, ok := strings.CutPrefix(path, "/feed/"); ok { // an account's feed is the account's
			path = "/" + account
		}
		return strings.ToLower(headOf(a.Host+path, n))
	}
	if home := headOf(a.path, 1); strings.HasPrefix(home, "/~") && len(home) > len("/~r") { // /~r is FeedBurner's
		return a.Host + home
	}
	if _, parent, ok := strings.Cut(a.Host, "."); ok && webWords.subdomains[parent] {
		return a.Host
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(a.Host); err == nil {
		return domain
	}
	return withPort(a)
}

// withPort keeps servers apart that share a number: an address without a name has no registered domain.
func withPort(a address) string {
	if a.port == "" {
		return a.Host
	}
	return a.Host + ":" + a.port
}

// headOf is a host with the first n segments of its path.
func headOf(path string, n int) string {
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

// OnPlatform tells whether a link stands where works of other sites are told again under a canonical link.
func OnPlatform(link string) bool {
	a, ok := SplitLink(link)
	_, parent, _ := strings.Cut(a.Host, ".")
	return ok && (webWords.platforms[a.Host] || webWords.platforms[parent])
}

// TrustCanonical tells whether a page at link may name canonical as its own address: within its own site, or from a
// platform that lets an author name the original. Any other page could claim any other site's article.
func TrustCanonical(link, canonical string) bool {
	own := Site(link)
	return own != "" && Key(canonical) != "" && (own == Site(canonical) || OnPlatform(link))
}

func IsPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n > 0 && n < 1<<16
}

// SameSite reports whether two addresses are of one host or site.
func SameSite(a, b *url.URL) bool {
	site := Site(a.String())
	return a.Hostname() == b.Hostname() || site != "" && site == Site(b.String())
}
