package broadsheet

import (
	"net/url"
	"regexp"
	"strings"
)

// PublicURL is the source's address where it may be published; empty for one that is inside the maintainer's network,
// and for one that is nobody else's business (PublicAddress). A list has none.
func (s Source) PublicURL() string {
	if s.AllowPrivate || !PublicAddress(s.URL) {
		return ""
	}
	return s.URL
}

// PublicAddress tells whether an address may be shown to anyone: it holds no user or password, no parameter that lets in
// whoever knows it, and leads to no host that only a private network knows.
func PublicAddress(link string) bool {
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil || u.Hostname() == "" || u.User != nil || PrivateHost(u.Hostname()) != "" {
		return false
	}
	for _, text := range []string{u.RawQuery, u.Fragment} {
		for pair := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '&' || r == ';' || r == '?' }) {
			name, value, _ := strings.Cut(pair, "=")
			if name, err := url.QueryUnescape(name); value != "" && (err != nil || secretName(name)) {
				return false
			}
		}
	}
	return true
}

// secretWords are in the names of parameters whose values let somebody in, or are signed for one receiver.
var secretWords = map[string]bool{
	"token": true, "key": true, "apikey": true, "secret": true, "auth": true, "authkey": true, "authorization": true, "sig": true,
	"signature": true, "hmac": true, "hash": true, "password": true, "passwd": true, "pass": true, "pwd": true, "passphrase": true,
	"access": true, "accesskey": true, "accesstoken": true, "authtoken": true, "credential": true, "credentials": true, "jwt": true,
	"bearer": true, "session": true, "sessionid": true, "sid": true, "private": true, "email": true, "oauth": true,
}

var wordInName = regexp.MustCompile(`[A-Z]+[a-z]*|[a-z]+`)

// secretName tells a parameter's name by its words: access_token, X-Amz-Signature, feedKey.
func secretName(name string) bool {
	if secretWords[strings.ToLower(name)] {
		return true
	}
	for _, word := range wordInName.FindAllString(name, -1) {
		if secretWords[strings.ToLower(word)] {
			return true
		}
	}
	return strings.HasSuffix(strings.ToLower(name), "token") || strings.HasSuffix(strings.ToLower(name), "key")
}

var addressInText = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s"'<>]+`)

// PublicText is text with each address that may not be published shortened to what may: "https://example.com/…".
func PublicText(text string) string {
	return addressInText.ReplaceAllStringFunc(text, func(found string) string {
		link := strings.TrimRight(found, ".,:;!?)]}")
		if PublicAddress(link) {
			return found
		}
		short := "…"
		if u, err := url.Parse(link); err == nil && u.Host != "" && PrivateHost(u.Hostname()) == "" {
			short = u.Scheme + "://" + u.Host + "/…"
		}
		return short + found[len(link):]
	})
}
