// Package link decides what makes two addresses the same, what of an address is shown, which site it belongs to, whether
// it leads to a public host, and what in it is secret. It asks nobody: no DNS, no request.
package link

import (
	_ "embed"
	"slices"
	"strings"
	"unicode/utf8"

	"broadsheet/internal/plain"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/unicode/norm"
)

// Key is what a link has in common with every other spelling of the same address: no scheme, www, default port,
// default document, tracking parameter, AMP or mobile variant, and the target in place of a known redirector. It is only
// ever compared, never fetched and never shown. It is empty for what is no web address and for a bare home page, which
// names a site and not an article. LinkKey("https://"+key) is key.
func Key(link string) string {
	for {
		a, ok := SplitLink(link)
		if !ok {
			return ""
		}
		rules := redirectorsOf(a.Host)
		target := a.target(rules)
		if target == "" {
			key := a.key()
			if rules == nil || key == "" {
				return key
			}
			// A redirector may be spelled so that only its key shows it: /x/../url?q=…
			if a, ok = SplitLink("https://" + key); !ok {
				return key
			}
			if target = a.target(rules); target == "" {
				return key
			}
		}
		link = target // shorter than link, since it was a part of it: this ends
	}
}

// address is a link in parts, host folded, the rest as written.
type address struct{ Host, port, path, query, fragment string }

// SplitLink takes a link apart without net/url, which refuses addresses that browsers follow.
func SplitLink(link string) (a address, ok bool) {
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
	a.Host = foldHost(host)
	return a, a.Host != "" && strings.Trim(a.port, "0123456789") == ""
}

func cutScheme(link string) (rest string, ok bool) {
	for _, scheme := range [...]string{"https://", "http://"} {
		if len(link) > len(scheme) && strings.EqualFold(link[:len(scheme)], scheme) {
			return link[len(scheme):], true
		}
	}
	return strings.CutPrefix(link, "//")
}

// foldHost is the host in lower-case ASCII without the labels that name a variant of the site; empty if it is no host.
func foldHost(host string) string {
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
		bare := withoutVariant(host)
		if bare == host {
			break
		}
		host = bare
	}
	if name, ok := webWords.aliases[host]; ok {
		return name
	}
	return host
}

// withoutVariant drops one of www, m, mobile and amp from the head of a host, or m from behind its head (en.m.wikipedia.org).
func withoutVariant(host string) string {
	head, rest, ok := strings.Cut(host, ".")
	if !ok || strings.IndexByte(rest, '.') <= 0 {
		return host
	}
	switch head {
	case "www":
		return rest
	case "m", "mobile", "amp":
		if suffix, _ := publicsuffix.PublicSuffix(rest); suffix != rest {
			return rest
		}
	}
	if site, ok := strings.CutPrefix(rest, "m."); ok && strings.IndexByte(site, '.') > 0 {
		return head + "." + site
	}
	return host
}

// redirectorsOf are the ways of a host, or of the host it is a label of, to carry another address.
func redirectorsOf(host string) []redirector {
	if rules, ok := webWords.redirectors[host]; ok {
		return rules
	}
	_, parent, _ := strings.Cut(host, ".")
	return webWords.redirectors[parent]
}

// target is where a known redirector leads, when its address says so; else empty.
func (a address) target(rules []redirector) string {
	for _, rule := range rules {
		if rule.path != "*" && !strings.HasPrefix(a.path, rule.path) {
			continue
		}
		if rule.inPath {
			return webLink(a.path[len(rule.path):], a.query, a.fragment)
		}
		for _, name := range rule.names {
			for pair := range strings.SplitSeq(a.query, "&") {
				if key, value, _ := strings.Cut(pair, "="); key == name {
					if target := string(unescape(value)); isWeb(target) {
						return target
					}
				}
			}
		}
	}
	return ""
}

// webLink is the address that a redirector's path holds.
func webLink(rest, query, fragment string) string {
	link := strings.TrimLeft(rest, `/\`)
	if plain := string(unescape(link)); isWeb(plain) && !isWeb(link) {
		link = plain
	}
	if scheme, tail, ok := strings.Cut(link, ":/"); ok && (scheme == "http" || scheme == "https") {
		link = "//" + strings.TrimLeft(tail, "/") // servers and proxies fold the two slashes into one
	} else {
		link = "//" + link
	}
	if a, ok := SplitLink(link); !ok || strings.IndexByte(a.Host, '.') < 0 {
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

func isWeb(link string) bool {
	if strings.HasPrefix(link, "//") {
		return false
	}
	a, ok := SplitLink(link)
	return ok && a.Host != ""
}

// key puts the parts together again, each in its one spelling.
func (a address) key() string {
	b := make([]byte, 0, 160)
	b = append(b, a.Host...)
	if a.port != "" {
		b = append(append(b, ':'), a.port...)
	}
	site := len(b)
	b = appendPath(b, a.path)
	if a.query != "" {
		b = appendQuery(b, a.query)
	}
	if folded := foldPlatform(a.Host, string(b[site:])); folded != "" {
		return folded
	}
	b = appendFragment(b, a.fragment)
	if len(b) == site {
		return ""
	}
	return string(b)
}

// appendPath writes path without dot segments, empty segments, AMP variants, session ids and default documents.
func appendPath(b []byte, path string) []byte {
	start := len(b)
	for path != "" {
		var segment string
		if i := strings.IndexAny(path, `/\`); i >= 0 {
			segment, path = path[:i], path[i+1:]
		} else {
			segment, path = path, ""
		}
		segment = withoutSession(segment)
		plain := isPlain(segment)
		if !plain {
			segment = string(norm.NFC.Bytes(unescape(segment)))
		}
		switch {
		case segment == "" || segment == ".":
		case segment == "..":
			b = dropSegment(b, start)
		case plain:
			b = append(append(b, '/'), segment...)
		default:
			b = appendEscaped(append(b, '/'), segment, `%?#/\;`)
		}
	}
	return trimVariants(b, start)
}

func dropSegment(b []byte, start int) []byte {
	for i := len(b) - 1; i >= start; i-- {
		if b[i] == '/' {
			return b[:i]
		}
	}
	return b
}

// withoutSession drops ;jsessionid=… and its like from a segment.
func withoutSession(segment string) string {
	if i := strings.IndexByte(segment, ';'); i >= 0 {
		if name := strings.ToLower(segment[i+1:]); strings.HasPrefix(name, "jsessionid=") || strings.HasPrefix(name, "phpsessid=") {
			return segment[:i]
		}
	}
	return segment
}

// trimVariants drops what names a variant of a page, from both ends of its path: /amp/x, x/amp, x.amp, x/index.html.
func trimVariants(b []byte, start int) []byte {
	for {
		n := len(b)
		path := string(b[start:])
		last := path[strings.LastIndexByte(path, '/')+1:]
		switch {
		case last == "amp" || last == "amp.html" || isDefault(last):
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

// isDefault tells whether a server shows this document when asked for its folder.
func isDefault(name string) bool {
	if len(name) < 6 || len(name) > 13 {
		return false
	}
	stem, ending, _ := strings.Cut(name, ".")
	if !strings.EqualFold(stem, "index") && !strings.EqualFold(stem, "default") {
		return false
	}
	switch strings.ToLower(ending) {
	case "html", "htm", "xhtml", "shtml", "php", "phtml", "asp", "aspx", "jsp", "jspx", "cfm", "cgi", "do", "md":
		return true
	}
	return false
}

// appendQuery writes the parameters that are not tracking, in order, each once.
func appendQuery(b []byte, query string) []byte {
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name = string(norm.NFC.Bytes(unescapeQuery(name)))
		value = string(norm.NFC.Bytes(unescapeQuery(value)))
		if name == "" && value == "" || webWords.tracks(name, value) {
			continue
		}
		p := appendEscaped(nil, name, "%&=+#")
		if value != "" {
			p = appendEscaped(append(p, '='), value, "%&+#")
		}
		kept = append(kept, string(p))
	}
	slices.Sort(kept)
	mark := byte('?')
	for _, p := range slices.Compact(kept) {
		b = append(append(b, mark), p...)
		mark = '&'
	}
	return b
}

// appendFragment writes a fragment only where a script makes an address of it: #/x and #!x.
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

// foldPlatform is the key on platforms where one work stands at several addresses and carries its number in each; else
// empty. rest is the key from the path on.
func foldPlatform(host, rest string) string {
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
	if id == "" || strings.Trim(id, videoLetters) != "" {
		return ""
	}
	return "youtube.com/watch?v=" + id
}

const videoLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// mediumID is the number of a Medium article, the hexadecimal tail of its path's last segment; else empty.
func mediumID(path string) string {
	path, _, _ = strings.Cut(path, "?")
	last := path[strings.LastIndexByte(path, '/')+1:]
	id := last[strings.LastIndexByte(last, '-')+1:]
	if len(id) < 10 || len(id) > 12 || len(id) == len(last) && !strings.HasSuffix(path, "/p/"+id) || strings.Trim(id, "0123456789abcdef") != "" {
		return ""
	}
	return id
}

func unescapeQuery(s string) []byte {
	if strings.IndexByte(s, '+') >= 0 {
		s = strings.ReplaceAll(s, "+", " ")
	}
	return unescape(s)
}

// unescape decodes every well-formed %XX and leaves the rest as it is.
func unescape(s string) []byte {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && unhex(s[i+1]) < 16 && unhex(s[i+2]) < 16 {
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		} else {
			b = append(b, s[i])
		}
	}
	return b
}

func unhex(c byte) byte {
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

// appendEscaped writes s with controls, spaces, bytes that are not UTF-8 and those of special as %XX.
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

// isPlain tells whether a segment is its own only spelling.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '%' || c == ';' {
			return false
		}
	}
	return true
}
