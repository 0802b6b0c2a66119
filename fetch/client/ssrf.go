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

// dialControl sees the very address that is about to be connected to, so that no DNS answer, however it changes, and no notation
// leads to an address that is not public.
func dialControl(address string) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return Denied("its address " + strconv.Quote(address) + " is not understood")
	}
	if kind := link.SpecialAddress(ap.Addr()); kind != "" {
		return privateAddress(ap.Addr().String(), kind)
	}
	return nil
}

// privateAddress refuses a host that is not public.
func privateAddress(host, kind string) error {
	return &Failure{Reason: fmt.Sprintf("it is at %s, an address that is not public (%s)", host, kind), Permanent: true, private: host}
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

// Permission is what a maintainer's own words in feeds.yaml allow beyond what every address may: the places (host:port)
// that are named there, and whether these may be private. It does not reach what such a place redirects or links to.
type Permission struct {
	hostPorts map[string]bool
	private   bool
	source    bool // it is a source's, which allow_private: true could be given to
}

// trusts tells whether u is at a place that may be private.
func (p Permission) trusts(u *url.URL) bool { return p.private && p.hostPorts[HostPort(u)] }

// advise adds the way out to the refusal of a private address, where there is one: u is named in feeds.yaml, as a source.
// What a source redirects or links to is not, and must not be opened by whoever follows a message.
func (p Permission) advise(u *url.URL, err error) error {
	var f *Failure
	if !p.source || !p.hostPorts[HostPort(u)] || !errors.As(err, &f) || f.private == "" || isMetadataHost(f.private) || isMetadataHost(u.Hostname()) {
		return err
	}
	advised := *f
	advised.Reason += "; if a source of yours stands there, give that source allow_private: true"
	return &advised
}

// check refuses an address that must not be asked, as far as the address alone shows it. Where a proxy is used this
// is all there is, as the proxy looks names up; otherwise guard sees what names stand for.
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

// checkHost refuses hosts that are private by their name alone.
func checkHost(host string) error {
	switch kind := link.PrivateHost(host); kind {
	case "":
		return nil
	case link.OddNotation:
		return &Failure{Reason: "the host " + strconv.Quote(host) + " is " + kind, Permanent: true, private: host}
	default:
		return privateAddress(strings.TrimSuffix(host, "."), kind)
	}
}

// HostPort is an address's host and port, the port always said.
func HostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// ParseURL reads an address as browsers do, with its host in the one form that is looked up (lower case, ASCII,
// full-width digits folded), so that what is checked is what is asked.
func ParseURL(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil {
		return nil, Denied("the address is not understood")
	}
	NormalizeHost(u)
	return u, nil
}

func NormalizeHost(u *url.URL) {
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

// PermissionForAddress is what an address in feeds.yaml allows that is no source's: its port, whatever it is.
func PermissionForAddress(address string) Permission {
	p := Permission{hostPorts: map[string]bool{}}
	if u, err := ParseURL(address); err == nil {
		p.hostPorts[HostPort(u)] = true
	}
	return p
}

// PermissionFor is what a source's entry in feeds.yaml allows.
func PermissionFor(s broadsheet.Source) Permission {
	p := Permission{hostPorts: map[string]bool{}, private: s.AllowPrivate, source: true}
	name := func(address string) {
		if u, err := ParseURL(address); err == nil {
			p.hostPorts[HostPort(u)] = true
		}
	}
	if s.URL != "" {
		name(s.URL)
	}
	for _, listed := range s.List {
		name(listed.URL)
	}
	return p
}
