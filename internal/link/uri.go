package link

import (
	"cmp"
	"net/netip"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/idna"
)

// WebURI is link as a valid URI of RFC 3986 in ASCII, its host in punycode; empty when it is not an http or https
// address with a host: nothing else is ever linked to.
func WebURI(link string) string {
	link = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(strings.TrimSpace(link), ""))
	u, err := url.Parse(escapeStrayPercents(link))
	if err != nil || u.Hostname() == "" || u.Opaque != "" {
		return ""
	}
	u.Scheme = strings.ToLower(u.Scheme)
	if u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	host, ok := asciiHost(u.Hostname())
	if !ok {
		return ""
	}
	port := u.Port()
	if u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		port = ""
	}
	if port != "" {
		host += ":" + port
	}
	b := u.Scheme + "://" + host + cmp.Or(escapeURI(u.EscapedPath(), pathMarks), "/")
	if u.RawQuery != "" {
		b += "?" + escapeURI(u.RawQuery, queryMarks)
	}
	if f := u.EscapedFragment(); f != "" {
		b += "#" + escapeURI(f, queryMarks)
	}
	return b // without user and password, which are nobody's business
}

func asciiHost(host string) (string, bool) {
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.Zone() != "" {
			return "", false
		}
		if ip.Is6() {
			return "[" + ip.String() + "]", true
		}
		return ip.String(), true
	}
	host = strings.ToLower(host)
	if name := strings.TrimSuffix(host, "."); plainHost(name) {
		return name, true
	}
	host, err := idna.Lookup.ToASCII(host) // it makes a "." of the full stops of other scripts, and three of "…"
	host = strings.TrimSuffix(host, ".")
	return host, err == nil && plainHost(host)
}

// plainHost reports whether host is a DNS name in lower-case ASCII, none of its labels empty (RFC 1034, section 3.1).
// "_" is no letter of host names, yet such names resolve.
func plainHost(host string) bool {
	for label := range strings.SplitSeq(host, ".") {
		if label == "" {
			return false
		}
	}
	for _, r := range host {
		if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_') {
			return false
		}
	}
	return true
}

// The characters beside letters, digits and "%" that stand as they are in a path, and in a query or fragment.
const (
	pathMarks  = "-._~!$&'()*+,;=:@/"
	queryMarks = pathMarks + "?"
)

// escapeURI percent-encodes what RFC 3986 does not let stand, and writes hex digits in capitals.
func escapeURI(s, marks string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte(marks, c) >= 0:
			b.WriteByte(c)
		case c == '%' && hexPair(s, i+1):
			b.WriteString(strings.ToUpper(s[i : i+3]))
			i += 2
		default:
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}

// escapeStrayPercents encodes each "%" that begins no escape, so that url.Parse takes the link.
func escapeStrayPercents(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		b.WriteByte(s[i])
		if s[i] == '%' && !hexPair(s, i+1) {
			b.WriteString("25")
		}
	}
	return b.String()
}

func hexPair(s string, at int) bool {
	isHex := func(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }
	return at+1 < len(s) && isHex(s[at]) && isHex(s[at+1])
}

// Relative is the relative link that leads from one page of the output to another. Both are paths from the top; a page
// that is a folder ends in "/", the front page is "". Relative links work under any address and from a disk.
func Relative(from, to string) string {
	to, fragment, _ := strings.Cut(to, "#")
	up := strings.Repeat("../", strings.Count(from, "/"))
	shared := 0 // leading folders that both have
	f, t := strings.Split(path.Dir(from+"x"), "/"), strings.Split(path.Dir(to+"x"), "/")
	for shared < len(f) && shared < len(t) && f[shared] == t[shared] && f[shared] != "." {
		up = strings.TrimPrefix(up, "../")
		to = strings.TrimPrefix(to, f[shared]+"/")
		shared++
	}
	link := up + to
	if link == "" {
		link = "./"
	}
	if fragment != "" {
		link += "#" + fragment
	}
	return link
}
