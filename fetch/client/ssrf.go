package client

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"broadsheet"
	"broadsheet/internal/link"

	"golang.org/x/net/idna"
)

// dialControl refuses to connect to an address that is not public. It is called with the address that the dialer is
// about to connect to, after DNS, so that neither a changing DNS answer (DNS rebinding) nor an unusual notation can
// lead to another one.
func dialControl(address string) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return Denied("its address " + strconv.Quote(address) + " is not understood")
	}
	if kind := link.SpecialAddress(ap.Addr()); kind != "" {
		return privateHostError(ap.Addr().String(), kind)
	}
	return nil
}

// privateHostError returns the error for a host that is not public.
func privateHostError(host, kind string) error {
	return &Failure{Reason: fmt.Sprintf("it is at %s, an address that is not public (%s)", host, kind), Permanent: true, private: host}
}

// metadataHosts are the metadata services of clouds, which give a machine's credentials to any program on it. All
// link-local addresses count as such too (isMetadataHost). None of them serves a feed.
var metadataHosts = map[string]bool{
	"metadata.google.internal": true, "metadata": true, "instance-data.ec2.internal": true,
	"100.100.100.200": true, "192.0.0.192": true, "fd00:ec2::254": true, "fd20:ce::254": true,
}

func isMetadataHost(host string) bool {
	a, err := netip.ParseAddr(host)
	return metadataHosts[host] || err == nil && a.Unmap().WithZone("").IsLinkLocalUnicast()
}

// Permission is what feeds.yaml says of requests for a source, beyond what holds for every address: to the ports that
// are named there, where it says so to private addresses, and with header fields of the source's own. It does not
// extend to what such a host redirects or links to.
type Permission struct {
	hostPorts map[string]bool // "host:port" of the addresses in feeds.yaml
	private   bool            // they may be at private addresses
	source    bool            // it belongs to a source, which could be given allow_private: true
	headers   sourceHeaders   // of the source
}

// trusts reports whether u's host may be at a private address.
func (p Permission) trusts(u *url.URL) bool { return p.private && p.hostPorts[HostPort(u)] }

// advise adds to the error for a private address how to allow it, if u is a source in feeds.yaml. Nothing is added for
// what a source redirects or links to, or for a metadata service: a maintainer who follows the message must not open
// these.
func (p Permission) advise(u *url.URL, err error) error {
	var f *Failure
	if !p.source || !p.hostPorts[HostPort(u)] || !errors.As(err, &f) || f.private == "" || isMetadataHost(f.private) || isMetadataHost(u.Hostname()) {
		return err
	}
	advised := *f
	advised.Reason += "; if a source of yours stands there, give that source allow_private: true"
	return &advised
}

// check returns an error if an address must not be requested, as far as the address alone shows it. Behind a proxy this
// is the only check, since the proxy resolves names; otherwise dialControl checks what a name resolves to.
func (p Permission) check(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return Denied(fmt.Sprintf("%q is not a web address: only http and https are asked", u.Scheme+":"))
	}
	if u.Hostname() == "" {
		return Denied("it names no host")
	}
	if p.trusts(u) {
		return nil
	}
	if err := checkHost(u.Hostname()); err != nil {
		return err
	}
	if port := u.Port(); port != "" && port != "80" && port != "443" && !p.hostPorts[HostPort(u)] {
		return Denied("port " + port + " is not asked, because no address in feeds.yaml names it")
	}
	return nil
}

// checkHost returns an error if a host is private by its name alone.
func checkHost(host string) error {
	switch kind := link.PrivateHostKind(host); kind {
	case "":
		return nil
	case link.OddNotation:
		return &Failure{Reason: "the host " + strconv.Quote(host) + " is " + kind, Permanent: true, private: host}
	default:
		return privateHostError(strings.TrimSuffix(host, "."), kind)
	}
}

// HostPort returns an address's host and port, with the scheme's default port if the address has none.
func HostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// originOf returns an address's origin: its scheme, host and port.
func originOf(u *url.URL) string { return u.Scheme + " " + HostPort(u) }

// SameOrigin reports whether two addresses have the same scheme, host and port.
func SameOrigin(a, b string) bool {
	x, errX := ParseURL(a)
	y, errY := ParseURL(b)
	return errX == nil && errY == nil && originOf(x) == originOf(y)
}

// ParseURL parses an address as browsers do. Its host is normalized to the form that is looked up (lower case, ASCII,
// full-width digits folded), so that the host that is checked is the one that is requested.
func ParseURL(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil {
		return nil, Denied("the address is not understood")
	}
	normalizeURL(u)
	return u, nil
}

// normalizeURL puts u into the one form that ParseURL returns and that is sent: it normalizes the scheme and the host,
// drops the fragment, and percent-encodes what a request cannot have as it is in path and query, such as letters
// outside ASCII. Bytes that are encoded already stay.
func normalizeURL(u *url.URL) {
	u.Scheme = strings.ToLower(u.Scheme)
	u.Fragment, u.RawFragment = "", ""
	percentEncode(u)
	host := u.Hostname()
	if a, err := netip.ParseAddr(host); err == nil {
		host = a.String()
	} else if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii
	} else {
		host = strings.ToLower(host) // not a valid IDN; some host names have an underscore
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

// ResolveURL returns the address that a document or a response at base names, in the form that ParseURL returns, and
// without credentials.
func ResolveURL(base *url.URL, address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	percentEncode(u) // before ResolveReference, which else decodes what is encoded in the path
	u = base.ResolveReference(u)
	u.User = nil
	normalizeURL(u)
	return u, nil
}

// percentEncode encodes the bytes of path and query that a request cannot have as they are.
func percentEncode(u *url.URL) {
	u.RawPath = encodeBytes(u.RawPath, "\"<>\\^`{|}")
	u.RawQuery = encodeBytes(u.RawQuery, "\"<>")
}

// encodeBytes encodes the bytes of s that are outside ASCII, control characters, spaces or among special.
func encodeBytes(s, special string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(special, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// PermissionForAddress returns the permission for an address in feeds.yaml that is not a source's: any port, but no
// private address.
func PermissionForAddress(address string) Permission {
	p := Permission{hostPorts: map[string]bool{}}
	if u, err := ParseURL(address); err == nil {
		p.hostPorts[HostPort(u)] = true
	}
	return p
}

// PermissionFor returns what a source's entry in feeds.yaml says of requests.
func PermissionFor(s broadsheet.Source) Permission {
	p := Permission{hostPorts: map[string]bool{}, private: s.AllowPrivate, source: true, headers: sourceHeadersOf(s)}
	add := func(address string) {
		if u, err := ParseURL(address); err == nil {
			p.hostPorts[HostPort(u)] = true
		}
	}
	if s.URL != "" {
		add(s.URL)
	}
	for _, listed := range s.List {
		add(listed.URL)
	}
	return p
}
