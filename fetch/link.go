package fetch

import (
	"net/url"
	"strings"
)

// safeLink resolves link against base (nil: none) and lets only http and https pass, without credentials; else "".
func safeLink(link string, base *url.URL) string {
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil || link == "" {
		return ""
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	u.User = nil
	return u.String()
}
