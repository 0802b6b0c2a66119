package link

import (
	"net/url"
	"regexp"
	"strings"

	"broadsheet"
)

// PublicURL is the source's address where it may be published; empty for one that is inside the maintainer's network,
// and for one that is nobody else's business (secret: true, PublicAddress). A list has none.
func PublicURL(s broadsheet.Source) string {
	if s.AllowPrivate || s.Secret || !IsPublic(s.URL) {
		return ""
	}
	return s.URL
}

// PublicHome is the address of the source's site where it may be published. Of a site whose feed has a secret path the
// front page alone is told: what the feed calls its home may be as secret.
func PublicHome(s broadsheet.Source, home string) string {
	if s.AllowPrivate || !IsPublic(home) {
		return ""
	}
	if s.Secret {
		return strings.TrimSuffix(RedactedPath(home), redacted)
	}
	return home
}

// IsPublic reports whether an address may be shown to anyone: it holds no secret (RedactAddress), and leads to no
// host that only a private network knows.
func IsPublic(link string) bool {
	link = strings.TrimSpace(link)
	u, err := url.Parse(link)
	return err == nil && u.Hostname() != "" && u.User == nil && PrivateHost(u.Hostname()) == "" && RedactAddress(link) == link
}

var addressInText = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s"'<>]+`)

// PublicText is text with each address that may not be published shortened to what may: "https://example.com/…".
func PublicText(text string) string {
	return addressInText.ReplaceAllStringFunc(text, func(found string) string {
		link := strings.TrimRight(found, ".,:;!?)]}")
		if IsPublic(link) {
			return found
		}
		short := "…"
		if u, err := url.Parse(link); err == nil && u.Host != "" && PrivateHost(u.Hostname()) == "" {
			short = u.Scheme + "://" + u.Host + "/…"
		}
		return short + found[len(link):]
	})
}
