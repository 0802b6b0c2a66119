package fetch

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// special are the address blocks that are not the public Internet: IANA's special-purpose registries of IPv4 and IPv6
// (RFC 6890 and what was added since), multicast, and the blocks of the registries that are only seemingly public,
// since no web site stands there. IPv6 outside 2000::/3 is refused as a whole, see forbidden.
var special = []struct {
	block netip.Prefix
	name  string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "this network"},
	{netip.MustParsePrefix("10.0.0.0/8"), "private"},
	{netip.MustParsePrefix("100.64.0.0/10"), "carrier-grade NAT"},
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local"},
	{netip.MustParsePrefix("172.16.0.0/12"), "private"},
	{netip.MustParsePrefix("192.0.0.0/24"), "IETF protocol assignments"},
	{netip.MustParsePrefix("192.0.2.0/24"), "documentation"},
	{netip.MustParsePrefix("192.31.196.0/24"), "AS112"},
	{netip.MustParsePrefix("192.52.193.0/24"), "AMT"},
	{netip.MustParsePrefix("192.88.99.0/24"), "6to4 relay"},
	{netip.MustParsePrefix("192.168.0.0/16"), "private"},
	{netip.MustParsePrefix("192.175.48.0/24"), "AS112"},
	{netip.MustParsePrefix("198.18.0.0/15"), "benchmarking"},
	{netip.MustParsePrefix("198.51.100.0/24"), "documentation"},
	{netip.MustParsePrefix("203.0.113.0/24"), "documentation"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved"},
	{netip.MustParsePrefix("::1/128"), "loopback"},
	{netip.MustParsePrefix("::/96"), "IPv4-compatible"},
	{netip.MustParsePrefix("64:ff9b::/96"), "NAT64"},
	{netip.MustParsePrefix("64:ff9b:1::/48"), "NAT64"},
	{netip.MustParsePrefix("100::/64"), "discard-only"},
	{netip.MustParsePrefix("100:0:0:1::/64"), "dummy prefix"},
	{netip.MustParsePrefix("2001::/23"), "IETF protocol assignments"}, // Teredo, ORCHID, benchmarking, …
	{netip.MustParsePrefix("2001:db8::/32"), "documentation"},
	{netip.MustParsePrefix("2002::/16"), "6to4"},
	{netip.MustParsePrefix("2620:4f:8000::/48"), "AS112"},
	{netip.MustParsePrefix("3fff::/20"), "documentation"},
	{netip.MustParsePrefix("5f00::/16"), "segment routing"},
	{netip.MustParsePrefix("fc00::/7"), "private"},
	{netip.MustParsePrefix("fe80::/10"), "link-local"},
	{netip.MustParsePrefix("fec0::/10"), "site-local"},
	{netip.MustParsePrefix("ff00::/8"), "multicast"},
}

var globalUnicast6 = netip.MustParsePrefix("2000::/3")

// forbidden says what kind of address a is when it is not a public one; "" when it is.
func forbidden(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	for _, s := range special {
		if s.block.Contains(a) {
			return s.name
		}
	}
	if a.Is6() && !globalUnicast6.Contains(a) {
		return "reserved"
	}
	return ""
}

// guard sees the very address that is about to be connected to, so that no DNS answer, however it changes, and no
// notation leads to an address that is not public.
func guard(address string) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return refusal("its address " + strconv.Quote(address) + " is not understood")
	}
	if kind := forbidden(ap.Addr()); kind != "" {
		return privateAddress(ap.Addr().String(), kind)
	}
	return nil
}

// privateAddress refuses a host that is not public.
func privateAddress(host, kind string) error {
	return &fault{what: fmt.Sprintf("it is at %s, an address that is not public (%s)", host, kind), permanent: true, private: host}
}

// metadataHosts are where clouds give their machines' credentials to whoever asks from inside, beside all that is
// link-local. No feed stands there.
var metadataHosts = map[string]bool{
	"metadata.google.internal": true, "metadata": true, "instance-data.ec2.internal": true,
	"100.100.100.200": true, "192.0.0.192": true, "fd00:ec2::254": true, "fd20:ce::254": true,
}

func isMetadataHost(host string) bool {
	a, err := netip.ParseAddr(host)
	return metadataHosts[host] || err == nil && a.Unmap().WithZone("").IsLinkLocalUnicast()
}

// permit is what a maintainer's own words in feeds.yaml allow beyond what every address may: the places (host:port)
// that are named there, and whether these may be private. It does not reach what such a place redirects or links to.
type permit struct {
	places  map[string]bool
	private bool
	source  bool // it is a source's, which allow_private: true could be given to
}

// trusts tells whether u is at a place that may be private.
func (p permit) trusts(u *url.URL) bool { return p.private && p.places[place(u)] }

// advise adds the way out to the refusal of a private address, where there is one: u is named in feeds.yaml, as a source.
// What a source redirects or links to is not, and must not be opened by whoever follows a message.
func (p permit) advise(u *url.URL, err error) error {
	var f *fault
	if !p.source || !p.places[place(u)] || !errors.As(err, &f) || f.private == "" || isMetadataHost(f.private) || isMetadataHost(u.Hostname()) {
		return err
	}
	advised := *f
	advised.what += "; if a source of yours stands there, give that source allow_private: true"
	return &advised
}

// check refuses an address that must not be asked, as far as the address alone shows it. Where a proxy is used this
// is all there is, as the proxy looks names up; otherwise guard sees what names stand for.
func (p permit) check(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return refusal(fmt.Sprintf("%q is not a web address: only http and https are asked", u.Scheme+":"))
	}
	if u.Hostname() == "" {
		return refusal("it names no host")
	}
	if port := u.Port(); port != "" && port != "80" && port != "443" && !p.places[place(u)] {
		return refusal("port " + port + " is not asked, because no address in feeds.yaml names it")
	}
	if p.trusts(u) {
		return nil
	}
	return checkHost(u.Hostname())
}

// localNames are the top-level names that never lead to the public Internet (RFC 6761, 6762, 8375, 7686; ICANN 2024).
var localNames = []string{"localhost", "local", "internal", "home.arpa", "onion"}

// checkHost refuses hosts that are private by their name alone: literal addresses, also in the notations that only
// some resolvers read (0x7f.1, 2130706433, 127.1), and names that only a local network knows.
func checkHost(host string) error {
	host = strings.TrimSuffix(host, ".")
	if a, err := netip.ParseAddr(host); err == nil {
		if kind := forbidden(a); kind != "" {
			return privateAddress(host, kind)
		}
		return nil
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" || numeric(last) || strings.ContainsAny(host, ":%") {
		return refusal("the host " + strconv.Quote(host) + " is an address in an odd notation")
	}
	for _, name := range localNames {
		if host == name || strings.HasSuffix(host, "."+name) {
			return privateAddress(host, "a local name")
		}
	}
	if last == host {
		return privateAddress(host, "a name without a dot")
	}
	return nil
}

// numeric tells whether a last label makes the whole host an IPv4 address for the WHATWG's URL parser.
func numeric(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
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
