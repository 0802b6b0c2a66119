package fetch

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"broadsheet"

	"golang.org/x/net/idna"
)

// guard is a net.Dialer's Control: it sees the very address that is about to be connected to, so that no DNS answer,
// however it changes, and no notation leads to an address that is not public.
func guard(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return refusal("its address " + strconv.Quote(address) + " is not understood")
	}
	if kind := broadsheet.SpecialAddress(ap.Addr()); kind != "" {
		return privateAddress(ap.Addr().String(), kind)
	}
	return nil
}

// privateAddress is the refusal of what stands in a private network.
func privateAddress(address, kind string) error {
	return &fault{what: fmt.Sprintf("it is at %s, an address that is not public (%s); if a source of yours stands there, give that source allow_private: true", address, kind),
		permanent: true, private: true}
}

// permit is what a maintainer's own words in feeds.yaml allow beyond what every address may: the places (host:port)
// that are named there, and whether these may be private. It does not reach what such a place redirects or links to.
type permit struct {
	places  map[string]bool
	private bool
}

// trusts tells whether u is at a place that may be private.
func (p permit) trusts(u *url.URL) bool { return p.private && p.places[place(u)] }

// check refuses an address that must not be asked, as far as the address alone shows it. Where a proxy is used this
// is all there is, as the proxy looks names up; otherwise guard sees what names stand for.
func (p permit) check(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return refusal(fmt.Sprintf("%q is not a web address: only http and https are asked", u.Scheme+":"))
	}
	if u.Hostname() == "" {
		return refusal("it names no host")
	}
	if p.trusts(u) {
		return nil
	}
	if err := checkHost(u.Hostname()); err != nil {
		return err
	}
	if port := u.Port(); port != "" && port != "80" && port != "443" && !p.places[place(u)] {
		return refusal("port " + port + " is not asked, because no address in feeds.yaml names it")
	}
	return nil
}

// checkHost refuses hosts that are private by their name alone.
func checkHost(host string) error {
	switch kind := broadsheet.PrivateHost(host); kind {
	case "":
		return nil
	case broadsheet.OddNotation:
		return &fault{what: "the host " + strconv.Quote(host) + " is " + kind, permanent: true, private: true}
	default:
		return privateAddress(strings.TrimSuffix(host, "."), kind)
	}
}

// place is an address's host and port, the port always said.
func place(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// webAddress reads an address as browsers do, with its host in the one form that is looked up (lower case, ASCII,
// full-width digits folded), so that what is checked is what is asked.
func webAddress(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil {
		return nil, refusal("the address is not understood")
	}
	tidyHost(u)
	return u, nil
}

func tidyHost(u *url.URL) {
	u.Scheme = strings.ToLower(u.Scheme)
	u.Fragment, u.RawFragment = "", ""
	host := u.Hostname()
	if a, err := netip.ParseAddr(host); err == nil {
		host = a.String()
	} else if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii
	} else {
		host = strings.ToLower(host) // an underscore, say: some hosts have one
	}
	switch port := u.Port(); {
	case port != "":
		u.Host = net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		u.Host = "[" + host + "]"
	default:
		u.Host = host
	}
}
