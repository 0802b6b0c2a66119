package text

import (
	"net/url"
	"regexp"
	"strings"

	"broadsheet/internal/link"
	"broadsheet/internal/plain"

	"golang.org/x/net/idna"
)

// SafeLink resolves an address against base (nil: none) and returns it if it is an absolute http or https address;
// otherwise "". The result has no credentials, white space, control characters or other characters that an address
// cannot have, and is at most link.MaxLength bytes long.
func SafeLink(address string, base *url.URL) string {
	u := ResolveLink(address, base)
	if u == nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	host := asciiHost(u)
	if host == "" {
		return ""
	}
	u.User, u.Host = nil, host
	out := escapeUnsafe(u.String())
	if len(out) > link.MaxLength {
		return ""
	}
	return out
}

// ResolveLink parses an address as tolerantly as browsers do and resolves it against base (nil: none). It returns nil if
// that is not an address.
func ResolveLink(address string, base *url.URL) *url.URL {
	address = cleanAddress(address)
	if address == "" || len(address) > link.MaxLength {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil {
		if u, err = url.Parse(strayPercent.ReplaceAllString(address, "%25$1")); err != nil {
			return nil
		}
	}
	u.Scheme = strings.ToLower(u.Scheme)
	if u.IsAbs() || base == nil {
		return u
	}
	return base.ResolveReference(u)
}

// strayPercent matches a percent sign that is not part of an escape.
var strayPercent = regexp.MustCompile(`%([^0-9A-Fa-f]|[0-9A-Fa-f][^0-9A-Fa-f]|.?$)`)

var (
	bareHost    = regexp.MustCompile(`^www\.[\w-]+\.[\w.-]+(?:[/?#:]|$)`)
	webScheme   = regexp.MustCompile(`(?i)^(https?:)[/\\]*([^/\\])`)
	networkPath = regexp.MustCompile(`^[/\\]{2}`)
)

// cleanAddress removes the characters that browsers remove from an address, and adds missing slashes and a missing
// scheme.
func cleanAddress(link string) string {
	if isPlainAddress(link) {
		return link
	}
	link = strings.Map(func(r rune) rune {
		if r == ' ' {
			return r
		}
		if plain.IsInvisible(r) || r == '\u2028' || r == '\u2029' || r == 0xfffd {
			return -1
		}
		return r
	}, strings.ToValidUTF8(link, ""))
	link = strings.TrimSpace(link)
	switch {
	case webScheme.MatchString(link):
		link = webScheme.ReplaceAllString(link, "$1//$2")
		end := strings.IndexAny(link, "?#")
		if end < 0 {
			end = len(link)
		}
		link = strings.ReplaceAll(link[:end], `\`, "/") + link[end:]
	case networkPath.MatchString(link):
		link = "//" + link[2:]
	case bareHost.MatchString(link):
		link = "http://" + link
	}
	return link
}

// isPlainAddress reports whether an address can stay as it is, as most can.
func isPlainAddress(link string) bool {
	rest, ok := strings.CutPrefix(link, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(link, "http://")
	}
	if !ok || rest == "" || rest[0] == '/' {
		return false
	}
	for i := range len(rest) {
		if c := rest[i]; c <= ' ' || c > '~' || c == '\\' {
			return false
		}
	}
	return true
}

// asciiHost returns the host of u as DNS knows it, with its port unless that is the scheme's default; "" if there is
// none.
func asciiHost(u *url.URL) string {
	host := u.Hostname()
	if strings.Contains(host, ":") { // an IPv6 literal, which url.Parse has checked
		host = "[" + host + "]"
	} else {
		ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(host, "."))
		if err != nil && asciiHostName.MatchString(host) { // names with "_" are invalid in IDNA, yet resolve
			ascii, err = strings.ToLower(strings.TrimSuffix(host, ".")), nil
		}
		if err != nil || ascii == "" || ascii[0] == '.' || strings.HasSuffix(ascii, ".") || strings.Contains(ascii, "..") {
			return ""
		}
		host = ascii
	}
	port := u.Port()
	if port == "" || port == "80" && u.Scheme == "http" || port == "443" && u.Scheme == "https" {
		return host
	}
	return host + ":" + port
}

var asciiHostName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// escapeUnsafe escapes the characters that net/url leaves in a query or fragment although RFC 3986 does not allow them.
func escapeUnsafe(link string) string {
	const hex = "0123456789ABCDEF"
	stays := func(c byte) bool { return c > ' ' && c < 0x7f && strings.IndexByte("\"<>\\^`{|}", c) < 0 }
	n := 0
	for n < len(link) && stays(link[n]) {
		n++
	}
	if n == len(link) {
		return link
	}
	out := []byte(link[:n])
	for _, c := range []byte(link[n:]) {
		if stays(c) {
			out = append(out, c)
		} else {
			out = append(out, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(out)
}

// RefreshTarget returns the address in the value of a Refresh header, which pages also write as <meta
// http-equiv="refresh" content="0; url=…">; "" if it names none. It reads what browsers read.
func RefreshTarget(content string) string {
	found := refresh.FindStringSubmatch(content)
	if found == nil {
		return ""
	}
	target := strings.TrimSpace(found[1])
	if target != "" && (target[0] == '"' || target[0] == '\'') {
		target, _, _ = strings.Cut(target[1:], target[:1])
	}
	return target
}

// refresh matches a number of seconds, and the address after it.
var refresh = regexp.MustCompile(`(?is)^\s*[0-9.]+\s*[;,\s]\s*(?:url\s*=)?(.*)$`)
