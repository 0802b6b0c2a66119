package client

import (
	"net/http"
	"net/url"
	"strings"

	"broadsheet"
)

// sourceHeaders are the header fields and the User-Agent that feeds.yaml gives a source. They are sent to the origin of
// its address only: never where it redirects or links to, nor to another port or without TLS where its address has it.
type sourceHeaders struct {
	origin    string // of the source's address
	header    http.Header
	userAgent string
}

func sourceHeadersOf(s broadsheet.Source) sourceHeaders {
	u, err := ParseURL(s.URL)
	if err != nil || u.Host == "" || len(s.Headers) == 0 && s.UserAgent == "" {
		return sourceHeaders{}
	}
	own := sourceHeaders{origin: originOf(u), header: http.Header{}, userAgent: string(s.UserAgent)}
	for name, value := range s.Headers {
		own.header.Set(name, value)
	}
	return own
}

// at returns the fields for a request to u.
func (h sourceHeaders) at(u *url.URL) http.Header {
	if h.origin == "" || h.origin != originOf(u) {
		return nil
	}
	return h.header
}

// userAgentFor returns the User-Agent of a request to u.
func (c *Client) userAgentFor(u *url.URL, p Permission) string {
	if p.headers.userAgent != "" && p.headers.origin == originOf(u) {
		return p.headers.userAgent
	}
	return c.userAgent
}

// productTokens returns the tokens that stand for us in robots.txt, in lower case: the names of a User-Agent that have a
// version after them, and its first name.
func productTokens(userAgent string) map[string]bool {
	tokens := map[string]bool{}
	for i, word := range strings.FieldsFunc(userAgent, func(r rune) bool { return strings.ContainsRune(" \t()[];,", r) }) {
		name, _, hasVersion := strings.Cut(word, "/")
		if i == 0 || hasVersion && !strings.Contains(word, ":") { // "+https://…" is the address of who asks
			tokens[strings.ToLower(name)] = true
		}
	}
	return tokens
}
