// Package link computes with URLs: the canonical key that two spellings of one address share, the form that readers
// see, the site that a link belongs to, whether its host is public, and which parts of it are secret. It works on the
// text alone: no DNS lookup, no request.
package link

import (
	"slices"
	"strings"
	"unicode/utf8"

	"broadsheet/internal/plain"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/unicode/norm"
)

// Key returns the canonical form of a link, which every spelling of the same address shares: without scheme, www,
// default port, default document, tracking parameters, and AMP or mobile variants, and with the target in place of a
// known redirector. A key is only compared, never fetched and never shown. It is empty for a link that is not a web
// address, and for a bare home page, which identifies a site and not an article. Key("https://"+key) == key.
func Key(link string) string {
	for {
		a, ok := split(link)
		if !ok {
			return ""
		}
		rules := redirectorsFor(a.host)
		target := a.target(rules)
		if target == "" {
			key := a.key()
			if rules == nil || key == "" {
				return key
			}
			// A redirector may be spelled in such a way that only its key matches the rule: /x/../url?q=…
			if a, ok = split("https://" + key); !ok {
				return key
			}
			if target = a.target(rules); target == "" {
				return key
			}
		}
		link = target // the loop ends, since target is a part of link and so shorter
	}
}

// address is a link split into its parts: host in canonical form (see canonicalHost), the others as they were written.
type address struct{ host, port, path, query, fragment string }

// split splits a link into its parts; ok is false if it is not a web address. It does not use net/url, which
// rejects addresses that browsers accept.
func split(link string) (a address, ok bool) {
	link = strings.TrimFunc(link, func(r rune) bool { return r <= ' ' })
	if strings.ContainsAny(link, "\t\r\n") {
		link = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(link)
	}
	rest, ok := cutScheme(link)
	if !ok {
		return a, false
	}
	rest, a.fragment, _ = strings.Cut(rest, "#")
	rest, a.query, _ = strings.Cut(rest, "?")
	host := rest
	if i := strings.IndexAny(rest, `/\`); i >= 0 {
		host, a.path = rest[:i], rest[i:]
	}
	host = host[strings.LastIndexByte(host, '@')+1:]
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host, a.port = host[:i], host[i+1:]
	}
	if a.port == "80" || a.port == "443" {
		a.port = ""
	}
	a.host = canonicalHost(host)
	return a, a.host != "" && strings.Trim(a.port, "0123456789") == ""
}

// cutScheme returns a link without "https://", "http://" or "//"; ok is false if it begins with none of them.
func cutScheme(link string) (rest string, ok bool) {
	for _, scheme := range [...]string{"https://", "http://"} {
		if len(link) > len(scheme) && strings.EqualFold(link[:len(scheme)], scheme) {
			return link[len(scheme):], true
		}
	}
	return strings.CutPrefix(link, "//")
}

// canonicalHost returns a host in lower-case ASCII (IDNA), without the labels of a variant of the site, and with an
// alias replaced by the name it stands for. It returns "" for an invalid host.
func canonicalHost(host string) string {
	if strings.IndexByte(host, '%') >= 0 {
		host = string(unescape(host))
	}
	if !plain.IsASCII(host) {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return ""
		}
		host = ascii
	}
	host = strings.Trim(strings.ToLower(host), ".")
	if strings.ContainsAny(host, " \"#%/<>?@\\^`{|}\t\r\n\x00\x7f") || host != "" && host[0] != '[' && strings.IndexByte(host, ':') >= 0 {
		return ""
	}
	for {
		trimmed := trimVariantLabel(host)
		if trimmed == host {
			break
		}
		host = trimmed
	}
	if name, ok := tables.aliases[host]; ok {
		return name
	}
	return host
}

// trimVariantLabel drops a first label www, m, mobile or amp from a host, or a second label m (en.m.wikipedia.org).
func trimVariantLabel(host string) string {
	first, rest, ok := strings.Cut(host, ".")
	if !ok || strings.IndexByte(rest, '.') <= 0 {
		return host
	}
	switch first {
	case "www":
		return rest
	case "m", "mobile", "amp":
		if suffix, _ := publicsuffix.PublicSuffix(rest); suffix != rest {
			return rest
		}
	}
	if site, ok := strings.CutPrefix(rest, "m."); ok && strings.IndexByte(site, '.') > 0 {
		return first + "." + site
	}
	return host
}

// redirectorsFor returns the rules by which addresses at a host, or at its parent domain, carry another address.
func redirectorsFor(host string) []redirector {
	if rules, ok := tables.redirectors[host]; ok {
		return rules
	}
	_, parent, _ := strings.Cut(host, ".")
	return tables.redirectors[parent]
}

// target returns the address that a redirector's address carries according to rules; "" if there is none.
func (a address) target(rules []redirector) string {
	for _, rule := range rules {
		if rule.path != "*" && !strings.HasPrefix(a.path, rule.path) {
			continue
		}
		if rule.inPath {
			return targetInPath(a.path[len(rule.path):], a.query, a.fragment)
		}
		for _, name := range rule.names {
			for pair := range strings.SplitSeq(a.query, "&") {
				if key, value, _ := strings.Cut(pair, "="); key == name {
					if target := string(unescape(value)); isWebLink(target) {
						return target
					}
				}
			}
		}
	}
	return ""
}

// targetInPath returns the address in rest, the path of a redirector without its prefix; "" if there is none.
func targetInPath(rest, query, fragment string) string {
	link := strings.TrimLeft(rest, `/\`)
	if unescaped := string(unescape(link)); isWebLink(unescaped) && !isWebLink(link) {
		link = unescaped
	}
	if scheme, tail, ok := strings.Cut(link, ":/"); ok && (scheme == "http" || scheme == "https") {
		link = "//" + strings.TrimLeft(tail, "/") // servers and proxies merge the two slashes into one
	} else {
		link = "//" + link
	}
	if a, ok := split(link); !ok || strings.IndexByte(a.host, '.') < 0 {
		return ""
	}
	if query != "" {
		link += "?" + query
	}
	if fragment != "" {
		link += "#" + fragment
	}
	return link
}

// isWebLink reports whether link is a web address with a scheme.
func isWebLink(link string) bool {
	if strings.HasPrefix(link, "//") {
		return false
	}
	a, ok := split(link)
	return ok && a.host != ""
}

// key joins the parts again, each in its canonical spelling.
func (a address) key() string {
	b := make([]byte, 0, 160)
	b = append(b, a.host...)
	if a.port != "" {
		b = append(append(b, ':'), a.port...)
	}
	hostEnd := len(b)
	b = appendPath(b, a.path)
	if a.query != "" {
		b = appendQuery(b, a.query)
	}
	if key := platformKey(a.host, string(b[hostEnd:])); key != "" {
		return key
	}
	b = appendFragment(b, a.fragment)
	if len(b) == hostEnd {
		return ""
	}
	return string(b)
}

// appendPath appends path without dot segments, empty segments, AMP variants, session IDs and default documents.
func appendPath(b []byte, path string) []byte {
	start := len(b)
	for path != "" {
		var segment string
		if i := strings.IndexAny(path, `/\`); i >= 0 {
			segment, path = path[:i], path[i+1:]
		} else {
			segment, path = path, ""
		}
		segment = trimSessionID(segment)
		canonical := isCanonicalSegment(segment)
		if !canonical {
			segment = string(norm.NFC.Bytes(unescape(segment)))
		}
		switch {
		case segment == "" || segment == ".":
		case segment == "..":
			b = dropSegment(b, start)
		case canonical:
			b = append(append(b, '/'), segment...)
		default:
			b = appendEscaped(append(b, '/'), segment, `%?#/\;`)
		}
	}
	return trimPathVariants(b, start)
}

// dropSegment removes the last path segment from b, whose path begins at start.
func dropSegment(b []byte, start int) []byte {
	for i := len(b) - 1; i >= start; i-- {
		if b[i] == '/' {
			return b[:i]
		}
	}
	return b
}

// trimSessionID drops ;jsessionid=… and ;phpsessid=… from a path segment.
func trimSessionID(segment string) string {
	if i := strings.IndexByte(segment, ';'); i >= 0 {
		if name := strings.ToLower(segment[i+1:]); strings.HasPrefix(name, "jsessionid=") || strings.HasPrefix(name, "phpsessid=") {
			return segment[:i]
		}
	}
	return segment
}

// trimPathVariants drops the parts that name a variant of a page from both ends of its path, which begins at start in
// b: /amp/x, x/amp, x.amp, x/index.html.
func trimPathVariants(b []byte, start int) []byte {
	for {
		n := len(b)
		path := string(b[start:])
		last := path[strings.LastIndexByte(path, '/')+1:]
		switch {
		case last == "amp" || last == "amp.html" || isDefaultDocument(last):
			b = b[:n-len(last)-1]
		case strings.HasSuffix(last, ".amp") && len(last) > 4:
			b = b[:n-4]
		case strings.HasSuffix(last, ".amp.html") && len(last) > 9:
			b = append(b[:n-9], ".html"...)
		case strings.HasPrefix(path, "/amp/"):
			b = append(b[:start], path[4:]...)
		default:
			return b
		}
	}
}

// isDefaultDocument reports whether a server returns this document for a request of its directory.
func isDefaultDocument(name string) bool {
	if len(name) < 6 || len(name) > 13 {
		return false
	}
	stem, extension, _ := strings.Cut(name, ".")
	if !strings.EqualFold(stem, "index") && !strings.EqualFold(stem, "default") {
		return false
	}
	switch strings.ToLower(extension) {
	case "html", "htm", "xhtml", "shtml", "php", "phtml", "asp", "aspx", "jsp", "jspx", "cfm", "cgi", "do", "md":
		return true
	}
	return false
}

// appendQuery appends the parameters that are not for tracking, sorted and without duplicates.
func appendQuery(b []byte, query string) []byte {
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name = string(norm.NFC.Bytes(unescapeQuery(name)))
		value = string(norm.NFC.Bytes(unescapeQuery(value)))
		if name == "" && value == "" || tables.isTracking(name, value) {
			continue
		}
		p := appendEscaped(nil, name, "%&=+#")
		if value != "" {
			p = appendEscaped(append(p, '='), value, "%&+#")
		}
		kept = append(kept, string(p))
	}
	slices.Sort(kept)
	separator := byte('?')
	for _, p := range slices.Compact(kept) {
		b = append(append(b, separator), p...)
		separator = '&'
	}
	return b
}

// appendFragment appends a fragment only where scripts use it for routing: #/x and #!x.
func appendFragment(b []byte, fragment string) []byte {
	if fragment == "" || fragment[0] != '/' && fragment[0] != '!' {
		return b
	}
	text := string(norm.NFC.Bytes(unescape(fragment)))
	text = strings.TrimRight(text, "/")
	if text == "" || text == "!" || text[0] != '/' && text[0] != '!' {
		return b
	}
	return appendEscaped(append(b, '#'), text, "%")
}

// platformKey returns the key for platforms where each of an article's addresses contains its ID; "" for any other.
// rest is the key from its path on.
func platformKey(host, rest string) string {
	id := ""
	switch {
	case host == "youtu.be":
		id, _, _ = strings.Cut(strings.TrimPrefix(rest, "/"), "?")
	case host == "youtube.com":
		if query, ok := strings.CutPrefix(rest, "/watch?"); ok {
			_, id, _ = strings.Cut("&"+query, "&v=")
			id, _, _ = strings.Cut(id, "&")
		}
	case host == "medium.com" || strings.HasSuffix(host, ".medium.com"):
		if id = mediumID(rest); id != "" {
			return "medium.com/p/" + id
		}
	}
	if id == "" || strings.Trim(id, videoIDCharacters) != "" {
		return ""
	}
	return "youtube.com/watch?v=" + id
}

const videoIDCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// mediumID returns the ID of a Medium article, the hexadecimal tail of its path's last segment; "" if there is none.
func mediumID(path string) string {
	path, _, _ = strings.Cut(path, "?")
	last := path[strings.LastIndexByte(path, '/')+1:]
	id := last[strings.LastIndexByte(last, '-')+1:]
	if len(id) < 10 || len(id) > 12 || len(id) == len(last) && !strings.HasSuffix(path, "/p/"+id) || strings.Trim(id, "0123456789abcdef") != "" {
		return ""
	}
	return id
}

// unescapeQuery is like unescape, and decodes "+" as a space.
func unescapeQuery(s string) []byte {
	if strings.IndexByte(s, '+') >= 0 {
		s = strings.ReplaceAll(s, "+", " ")
	}
	return unescape(s)
}

// unescape decodes every well-formed %XX and leaves the rest as it is, where url.PathUnescape returns an error.
func unescape(s string) []byte {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && hexValue(s[i+1]) < 16 && hexValue(s[i+2]) < 16 {
			b = append(b, hexValue(s[i+1])<<4|hexValue(s[i+2]))
			i += 2
		} else {
			b = append(b, s[i])
		}
	}
	return b
}

// hexValue returns the value of a hexadecimal digit; 16 if c is not one.
func hexValue(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}

// appendEscaped appends s; control characters, spaces, bytes that are not UTF-8 and the bytes in special are written as
// %XX.
func appendEscaped(b []byte, s, special string) []byte {
	const hex = "0123456789ABCDEF"
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || r <= ' ' || r == 0x7f || r < 0x80 && strings.IndexByte(special, byte(r)) >= 0 {
			b = append(b, '%', hex[s[i]>>4], hex[s[i]&15])
		} else {
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	return b
}

// isCanonicalSegment reports whether a path segment is in its canonical spelling already.
func isCanonicalSegment(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '%' || c == ';' {
			return false
		}
	}
	return true
}
