package config

import (
	"io/fs"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"broadsheet/internal/link"
)

// maxURL is the maximum length of a URL in feeds.yaml, in bytes.
const maxURL = 4096

var (
	schemeRE   = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*):`)
	hostLikeRE = regexp.MustCompile(`^(?://)?(?:[^/\s@]*@)?(?:[\pL\pN](?:[\pL\pN_-]*[\pL\pN])?\.)+\pL[\pL\pN-]+\.?(?::[0-9]+)?(?:[/?#]|$)`)
	hostnameRE = regexp.MustCompile(`^[\pL\pM\pN_](?:[\pL\pM\pN_.-]*[\pL\pM\pN_])?\.?$`)
)

// parseURL parses an http or https URL. If the text is not one, it returns the problem, which follows the quoted text
// in the message, and the remedy.
func parseURL(text string) (u *url.URL, problem, remedy string) {
	const write = "write a whole address, for example https://example.com/feed"
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, "is empty", write
	}
	if len(text) > maxURL {
		return nil, "is too long for a web address", write
	}
	if strings.ContainsFunc(text, unicode.IsSpace) {
		return nil, "is not a web address: it holds a space", "keep one address, and write %20 for a space that belongs to it"
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || isInvisible(r) }) {
		return nil, "is not a web address: it holds an invisible character", "type it again"
	}
	if hostLikeRE.MatchString(text) && !strings.HasPrefix(text, "mailto:") {
		return nil, "is not a web address", "write " + link.RedactAddress("https://"+strings.TrimPrefix(text, "//"))
	}
	parts := schemeRE.FindStringSubmatch(text)
	if parts == nil {
		return nil, "is not a web address", write
	}
	rest := text[len(parts[0]):]
	switch name := strings.ToLower(parts[1]); name {
	case "http", "https":
	case "feed", "rss", "pcast", "itpc", "podcast":
		if schemeRE.MatchString(rest) {
			return nil, "is not a web address", "write " + link.RedactAddress(rest)
		}
		return nil, "is not a web address", "write " + link.RedactAddress("https://"+strings.TrimLeft(rest, "/"))
	case "file":
		return nil, "begins with " + quoteForMessage(parts[0]), "write {file: tickets/feed.xml}, its path below the folder that --files names"
	case "page", "sitemap", "list", "url":
		return nil, "lacks a space after the colon", "write " + name + ": " + link.RedactAddress(rest)
	default:
		return nil, "begins with " + quoteForMessage(parts[0]), "only http:// and https:// can be read"
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, "is not a web address: " + urlErrorText(err), write
	}
	host := u.Hostname()
	switch {
	case host == "" && strings.Trim(rest, "/") != "" && hostLikeRE.MatchString(strings.Trim(rest, "/")):
		return nil, "lacks a slash", "write " + link.RedactAddress(u.Scheme+"://"+strings.TrimLeft(rest, "/"))
	case host == "":
		return nil, "names no host", write
	case u.Port() != "" && !link.IsPort(u.Port()):
		return nil, "is not a web address: no port is called " + u.Port(), "write a port from 1 to 65535, or none"
	case host == "http" || host == "https":
		return nil, "begins with http twice", "write " + link.RedactAddress(strings.TrimPrefix(rest, "//"))
	case !strings.Contains(host, ":") && (!hostnameRE.MatchString(host) || strings.Contains(host, "..")), len(host) > 253:
		return nil, "is not a web address: no host is called " + quoteForMessage(host), write
	}
	return u, "", ""
}

// urlErrorText returns why url.Parse refused a URL, without the URL itself, which may contain a password.
func urlErrorText(err error) string {
	if e, ok := err.(*url.Error); ok && !strings.Contains(e.URL, "@") {
		return e.Err.Error()
	}
	return "it cannot be read"
}

// urlKey returns a key that is equal for URLs of the same source: scheme, case of the host, default port, fragment and
// trailing slash make no difference.
func urlKey(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		host += ":" + port
	}
	key := host + strings.TrimRight(u.EscapedPath(), "/")
	if u.RawQuery != "" {
		key += "?" + u.RawQuery
	}
	if u.User != nil {
		key = u.User.String() + "@" + key
	}
	return key
}

// urlType is an http or https URL.
func urlType(example string) valueType {
	return scalarType("a web address", example, object{"type": "string", "format": "uri", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"}, func(text string) (any, string, string) {
		if _, problem, remedy := parseURL(text); problem != "" {
			return nil, problem, remedy
		}
		return strings.TrimSpace(text), "", ""
	})
}

// siteURLType is the URL of a folder, without query; it decodes to a URL that ends in "/".
func siteURLType(example string) valueType {
	t := urlType(example)
	return scalarType(t.description, example, t.schema, func(text string) (any, string, string) {
		u, problem, remedy := parseURL(text)
		switch {
		case problem != "":
			return nil, problem, remedy
		case u.User != nil:
			return nil, "holds a name or password that every reader would see", "remove it"
		case u.RawQuery != "" || u.Fragment != "":
			return nil, "is not the address of a folder", `remove what follows "?" or "#"`
		}
		return strings.TrimRight(strings.TrimSpace(text), "/") + "/", "", ""
	})
}

var companyLinkRE = regexp.MustCompile(`^([\pL\pN_-]+\.)+[\pL\pN-]{2,}(:[0-9]+)?(/[^\s?#]+)?$`)

// companyLinkType is a host that belongs to a company, or a host with the first part of a path. It decodes to a text
// without scheme and "www.", with the host in lower case.
func companyLinkType(example string) valueType {
	return scalarType("a host or the beginning of an address", example, object{"type": "string"}, func(text string) (any, string, string) {
		short := strings.TrimSpace(text)
		for _, prefix := range []string{"https://", "http://"} {
			short = strings.TrimPrefix(short, prefix)
		}
		short = strings.TrimPrefix(strings.TrimRight(short, "/"), "www.")
		if !companyLinkRE.MatchString(short) || len(short) > maxURL {
			return nil, "is neither a host nor the beginning of an address", "write for example netflixtechblog.com or github.com/netflix"
		}
		host, path, _ := strings.Cut(short, "/")
		if path != "" {
			return strings.ToLower(host) + "/" + path, "", ""
		}
		return strings.ToLower(host), "", ""
	})
}

// filePathType is the path of a file below a folder that is not named in feeds.yaml: relative, and with no way out.
func filePathType(example string) valueType {
	return scalarType("the path of a file below the folder of --files", example, object{"type": "string", "pattern": "^[^/]"}, func(text string) (any, string, string) {
		text = strings.TrimSpace(text)
		const below = "write its path below the folder that --files names, for example "
		switch {
		case text == "":
			return nil, "is empty", below + example
		case len(text) > maxURL:
			return nil, "is too long", below + example
		case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || isInvisible(r) }):
			return nil, "holds an invisible character", "type it again"
		case strings.Contains(text, "://"), strings.HasPrefix(text, "/"), strings.HasPrefix(text, "~"), len(text) > 1 && text[1] == ':':
			return nil, "is not a path below a folder", below + example
		case strings.Contains(text, `\`):
			return nil, "holds a backslash", "write / between folder and file, for example " + example
		case !fs.ValidPath(text) || text == ".":
			return nil, `leads out of its folder or has an empty part`, below + example + `, without "." and ".."`
		}
		return text, "", ""
	})
}
