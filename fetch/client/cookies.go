package client

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Cookies are the cookies that servers set in the course of one redirect chain. They are sent back within that chain,
// as some sites require before they give a document, and then forgotten. The zero value is ready to use.
type Cookies struct {
	// A jar goes by domain, path and Secure. It knows no ports, so that there is one for each port besides the usual two:
	// whoever listens there may be somebody else.
	jars map[string]*cookiejar.Jar
}

// Bounds of what is kept and sent, as browsers have them.
const (
	maxCookieBytes = 4 << 10
	maxCookies     = 50 // of one response
)

func cookiePort(u *url.URL) string {
	if port := u.Port(); port != "80" && port != "443" {
		return port
	}
	return ""
}

// store keeps the cookies that a response from u sets.
func (c *Cookies) store(u *url.URL, h http.Header) {
	var kept []*http.Cookie
	for _, cookie := range (&http.Response{Header: h}).Cookies() {
		insecure := cookie.Secure && u.Scheme != "https" // as browsers, which take no such cookie from a server without TLS
		if len(cookie.Raw) <= maxCookieBytes && len(kept) < maxCookies && !insecure {
			kept = append(kept, cookie)
		}
	}
	if len(kept) == 0 {
		return
	}
	port := cookiePort(u)
	if c.jars[port] == nil {
		jar, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
		if err != nil {
			return // never: New has no other error than nil
		}
		if c.jars == nil {
			c.jars = map[string]*cookiejar.Jar{}
		}
		c.jars[port] = jar
	}
	c.jars[port].SetCookies(u, kept)
}

// header returns the value of the header field Cookie for a request to u; "" if there is no cookie for it.
func (c *Cookies) header(u *url.URL) string {
	jar := c.jars[cookiePort(u)]
	if jar == nil {
		return ""
	}
	var pairs []string
	for _, cookie := range jar.Cookies(u)[:min(len(jar.Cookies(u)), maxCookies)] {
		pairs = append(pairs, cookie.Name+"="+cookie.Value)
	}
	return strings.Join(pairs, "; ")
}
