package link

import (
	"net/url"
	"regexp"
	"strings"

	"broadsheet"
)

// PublicURL returns the source's URL if it may be published. It returns "" for a source inside the maintainer's
// network, for a secret one (secret: true, or see IsPublic), and for a list, which has no URL.
func PublicURL(s broadsheet.Source) string {
	if s.AllowPrivate || s.Secret || !IsPublic(s.URL) {
		return ""
	}
	return s.URL
}

// PublicHome returns home, the address of the source's site, if it may be published, else "". For a source with a
// secret path it returns the front page alone: the address that such a feed declares as its home may be just as secret.
func PublicHome(s broadsheet.Source, home string) string {
	if s.AllowPrivate || !IsPublic(home) {
		return ""
	}
	if s.Secret {
		return strings.TrimSuffix(RedactedPath(home), redacted)
	}
	return home
}

// IsPublic reports whether an address may be shown to anyone: it contains no secret (RedactAddress), and its host is
// not in a private network.
func IsPublic(link string) bool {
	link = strings.TrimSpace(link)
	u, err := url.Parse(link)
	return err == nil && u.Hostname() != "" && u.User == nil && PrivateHostKind(u.Hostname()) == "" && RedactAddress(link) == link
}

var urlInText = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s"'<>]+`)

// PublicText returns text with each URL that may not be published reduced to the part that may:
// "https://example.com/…", or "…" if the host may not either.
func PublicText(text string) string {
	return urlInText.ReplaceAllStringFunc(text, func(found string) string {
		link := strings.TrimRight(found, ".,:;!?)]}")
		if IsPublic(link) {
			return found
		}
		short := "…"
		if u, err := url.Parse(link); err == nil && u.Host != "" && PrivateHostKind(u.Hostname()) == "" {
			short = u.Scheme + "://" + u.Host + "/…"
		}
		return short + found[len(link):]
	})
}
