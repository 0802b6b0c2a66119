package link

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
)

// An address in a private network is neither requested nor shown: one rule, for fetch and for publish.

// specialBlocks are the address blocks that are not part of the public Internet: IANA's special-purpose registries of
// IPv4 and IPv6 (RFC 6890 and later additions), multicast, and those blocks of the registries that are globally
// reachable but host no web site. IPv6 outside 2000::/3 is rejected as a whole, see SpecialAddress.
var specialBlocks = []struct {
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

var globalUnicastIPv6 = netip.MustParsePrefix("2000::/3")

// SpecialAddress returns the kind of special-purpose address that a is, such as "loopback"; "" for an address of the
// public Internet.
func SpecialAddress(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	for _, s := range specialBlocks {
		if s.block.Contains(a) {
			return s.name
		}
	}
	if a.Is6() && !globalUnicastIPv6.Contains(a) {
		return "reserved"
	}
	return ""
}

// localSuffixes are the top-level names without public servers (RFC 2606, 6761, 6762, 7686, 8375, 9476; ICANN's
// "internal", and those that home and office networks use). "example" is not among them: it has no servers, but
// documents mention it.
var localSuffixes = []string{"localhost", "localdomain", "local", "internal", "home.arpa", "lan", "intranet", "corp", "home", "private",
	"test", "invalid", "onion", "alt"}

// Kinds of private hosts that are not IP addresses in plain notation.
const (
	OddNotation = "an address in an odd notation"
	localName   = "a local name"
	noDot       = "a name without a dot"
)

// PrivateHostKind returns the kind of a host that is in a private network or on the reader's own machine, as far as its
// text shows: a literal IP address, also in a notation that only some resolvers accept (0x7f.1, 2130706433, 127.1), or
// a name that exists only in local networks. The kind is one of SpecialAddress, or a constant such as OddNotation; ""
// for a public host.
func PrivateHostKind(host string) string {
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.IndexByte(host, '%') >= 0 {
		host = string(unescape(host))
	}
	if ascii, err := idna.Lookup.ToASCII(host); err == nil { // maps full-width digits and dots to ASCII, as browsers do
		host = ascii
	}
	host = strings.TrimRight(strings.ToLower(host), ".")
	if a, err := netip.ParseAddr(host); err == nil {
		return SpecialAddress(a)
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" || isNumericLabel(last) || strings.ContainsAny(host, ":%") {
		return OddNotation
	}
	for _, name := range localSuffixes {
		if strings.HasSuffix("."+host, "."+name) && (last != host || name == "localhost") {
			return localName
		}
	}
	if last == host {
		return noDot
	}
	return ""
}

// isNumericLabel reports whether the WHATWG's URL parser takes a host with this last label for an IPv4 address.
func isNumericLabel(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

// IsPrivate reports whether the host of a web address, or of the target that a known redirector's address carries, is
// in a private network or on the reader's own machine.
func IsPrivate(link string) bool {
	host, ok := rawHost(link)
	if !ok {
		return false
	}
	if PrivateHostKind(host) != "" {
		return true
	}
	a, ok := split(link)
	if !ok || redirectorsFor(a.host) == nil {
		return false
	}
	target, ok := rawHost("https://" + Key(link)) // the key of a redirector's address is that of its target
	return ok && PrivateHostKind(target) != ""
}

// rawHost returns the host of a web address as it is written; ok is false for any other link. It accepts addresses that
// net/url rejects.
func rawHost(link string) (host string, ok bool) {
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
