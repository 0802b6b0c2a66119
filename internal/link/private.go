package link

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
)

// What leads into a private network is neither asked nor shown: one rule, for fetch and for publish.

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

// SpecialAddress says what kind of address a is when it is not one of the public Internet; "" when it is.
func SpecialAddress(a netip.Addr) string {
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

// localNames are the top-level names that lead to no public server (RFC 2606, 6761, 6762, 7686, 8375, 9476; ICANN's internal,
// and what home and office networks use). "example" is not among them: nothing stands there, but documents speak of it.
var localNames = []string{"localhost", "localdomain", "local", "internal", "home.arpa", "lan", "intranet", "corp", "home", "private",
	"test", "invalid", "onion", "alt"}

// What PrivateHost says of a host that is no plain address or name.
const (
	OddNotation = "an address in an odd notation"
	localName   = "a local name"
	withoutDot  = "a name without a dot"
)

// PrivateHost says why a host is in a private network, or on the reader's own machine, as far as the host alone shows it:
// literal addresses, also in notations that only some resolvers read (0x7f.1, 2130706433, 127.1), and names that
// only a local network knows. It is "" for a public host.
func PrivateHost(host string) string {
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.IndexByte(host, '%') >= 0 {
		host = string(unescape(host))
	}
	if ascii, err := idna.Lookup.ToASCII(host); err == nil { // full-width digits and dots are folded, as browsers do
		host = ascii
	}
	host = strings.TrimRight(strings.ToLower(host), ".")
	if a, err := netip.ParseAddr(host); err == nil {
		return SpecialAddress(a)
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" || numeric(last) || strings.ContainsAny(host, ":%") {
		return OddNotation
	}
	for _, name := range localNames {
		if strings.HasSuffix("."+host, "."+name) && (last != host || name == "localhost") {
			return localName
		}
	}
	if last == host {
		return withoutDot
	}
	return ""
}

// numeric reports whether a last label makes the whole host an IPv4 address for the WHATWG's URL parser.
func numeric(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

// PrivateLink reports whether a web address leads into a private network or to the reader's own machine (PrivateHost).
func PrivateLink(link string) bool {
	host, ok := hostOf(link)
	if !ok {
		return false
	}
	if PrivateHost(host) != "" {
		return true
	}
	a, ok := SplitLink(link)
	if !ok || redirectorsOf(a.Host) == nil {
		return false
	}
	target, ok := hostOf("https://" + Key(link)) // a redirector that carries the address it leads to
	return ok && PrivateHost(target) != ""
}

// hostOf is the host of a web address as it is written; ok is false when the link is none. It reads what net/url refuses.
func hostOf(link string) (host string, ok bool) {
	link = strings.TrimFunc(link, func(r rune) bool { return r <= ' ' })
	rest, ok := cutScheme(link)
	if !ok {
		return "", false
	}
	if end := strings.IndexAny(rest, `/\?#`); end >= 0 {
		rest = rest[:end]
	}
	host = rest[strings.LastIndexByte(rest, '@')+1:]
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') {
		host = host[:colon]
	}
	return host, host != ""
}
