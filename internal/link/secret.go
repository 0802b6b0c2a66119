package link

import (
	"cmp"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"broadsheet"
)

// Redaction: finding the secret parts of URLs and replacing them. This is the only place that decides what is secret.
// Everything that is printed, logged, reported or published passes one of these functions; what is written to
// feeds.yaml and to the database does not.

// redacted replaces a secret.
const redacted = "***"

// secretWords are words in the names of parameters whose values grant access or are signed for one recipient. A word
// whose value is true occurs in the name of nothing else: a link to an article is published without such parameters.
// The others may also identify an article (?sid=42), so the link of an article in a public feed keeps them.
var secretWords = map[string]bool{
	"token": true, "apikey": true, "secret": true, "authorization": true, "signature": true, "hmac": true, "password": true,
	"passwd": true, "pwd": true, "passphrase": true, "accesskey": true, "credential": true, "credentials": true, "jwt": true,
	"bearer": true, "sessionid": true, "oauth": true, "authkey": true,
	"key": false, "auth": false, "sig": false, "hash": false, "pass": false, "access": false, "session": false, "sid": false,
	"private": false, "email": false, "ticket": false, "otp": false, "cookie": false, "csrf": false, "xsrf": false,
	"assertion": false, "passcode": false, "authcode": false,
}

// secretSuffixes are the ends of such names when they are written as one word: rsstoken, PHPSESSID. The values mean the
// same as in secretWords.
var secretSuffixes = map[string]bool{
	"token": true, "password": true, "passwd": true, "secret": true, "signature": true, "sessionid": true, "sessid": true,
	"apikey": true, "key": false,
}

// wordInName matches one word of a name in camel case, snake case or kebab case.
var wordInName = regexp.MustCompile(`[A-Z]+[a-z]*|[a-z]+`)

// isSecretParameter reports whether a parameter of this name holds a secret: access_token, X-Amz-Signature, feedKey.
// With certainOnly, names that may also mean something else do not count.
func isSecretParameter(name string, certainOnly bool) bool {
	lower := strings.ToLower(name)
	if lower == "code" && !certainOnly {
		return true
	}
	for _, word := range append(wordInName.FindAllString(name, -1), lower) {
		if certain, ok := secretWords[strings.ToLower(word)]; ok && (certain || !certainOnly) {
			return true
		}
	}
	for suffix, certain := range secretSuffixes {
		if strings.HasSuffix(lower, suffix) && (certain || !certainOnly) {
			return true
		}
	}
	return strings.HasSuffix(strings.NewReplacer("_", "", "-", "", ".", "").Replace(lower), "apikey")
}

// RedactAddress returns a URL, or text that was meant to be one, with its secrets replaced by "***": user and password,
// and the values of parameters that grant access, wherever they are (query, path, fragment, a URL within the URL).
func RedactAddress(link string) string {
	if found := userinfoWithoutScheme.FindStringIndex(link); found != nil && !strings.Contains(link[:found[1]], "//") {
		link = redacted + link[found[1]-1:]
	}
	return redactURL(link, false, 0)
}

// userinfoWithoutScheme matches the beginning of text that was meant to be a URL: me:password@example.com/feed.
var userinfoWithoutScheme = regexp.MustCompile(`^(?:[^/?#\s]*|[^/?#\s@]*:[^\s@]*)@`)

// RedactText returns text with the secrets of everything that looks like a URL replaced by "***".
func RedactText(text string) string { return redactText(text, false) }

// redactText redacts each run of characters that may be a URL, up to a character of urlTerminators.
func redactText(text string, certainOnly bool) string {
	if !strings.ContainsAny(text, "=@%") {
		return text
	}
	var b strings.Builder
	for text != "" {
		end := urlEnd(text)
		if link := strings.TrimRight(text[:end], `.,:!?)]}'`); strings.ContainsAny(link, "=@%") {
			b.WriteString(redactURL(link, certainOnly, 0))
			b.WriteString(text[len(link):end])
		} else {
			b.WriteString(text[:end])
		}
		text = text[end:]
		rest := strings.TrimLeft(text, urlTerminators)
		b.WriteString(text[:len(text)-len(rest)])
		text = rest
	}
	return b.String()
}

// urlTerminators are the characters that end a URL in a text. escapedAmpersand is the exception: JSON writes "&" with
// one of them, the backslash.
const (
	urlTerminators   = " \t\r\n\v\f\"<>`\\"
	escapedAmpersand = `\u0026`
)

// urlEnd returns where in text the URL at its beginning ends.
func urlEnd(text string) int {
	at := 0
	for {
		i := strings.IndexAny(text[at:], urlTerminators)
		if i < 0 {
			return len(text)
		}
		at += i
		if at == 0 && !strings.HasPrefix(text, escapedAmpersand) || !strings.HasPrefix(text[at:], escapedAmpersand) {
			return at
		}
		at += len(escapedAmpersand)
	}
}

// redactURL redacts one URL, and the URLs in it. depth is how many URLs it is nested in.
func redactURL(link string, certainOnly bool, depth int) string {
	link = redactUserinfo(link)
	if !strings.ContainsAny(link, "=%") {
		return link
	}
	var b strings.Builder
	component := byte('/') // the component of the URL that is being read, see nextDelimiter
	delimiter := ""        // what stands before the part that is being read
	inSecret := false      // whether the last part written was a secret
	for {
		at, width := nextDelimiter(link, component)
		part := link[:at]
		switch shown, secret := redactPart(part, delimiter != "", certainOnly, depth); {
		case inSecret && part != "" && delimiter != "&" && delimiter != escapedAmpersand && !strings.Contains(part, "="):
			// The rest of a secret value that contains unescaped delimiters: drop it.
		default:
			b.WriteString(delimiter + shown)
			inSecret = secret
		}
		if width == 0 {
			return b.String()
		}
		delimiter = link[at : at+width]
		if delimiter == "?" || delimiter == "#" {
			component = delimiter[0]
		}
		link = link[at+width:]
	}
}

// nextDelimiter finds the next character that separates parameters in a component of a URL: '/' for the path, '?' for
// the query, '#' for the fragment. In a query, a slash belongs to a value. width is 0 if there is none.
func nextDelimiter(link string, component byte) (at, width int) {
	delimiters := "&;?#/"
	if component == '?' {
		delimiters = "&;?#"
	}
	at = strings.IndexAny(link, delimiters)
	if i := strings.Index(link, escapedAmpersand); i >= 0 && (at < 0 || i < at) {
		return i, len(escapedAmpersand)
	}
	if at < 0 {
		return len(link), 0
	}
	return at, 1
}

// redactPart redacts one "name=value", or text that contains an escaped URL. isParameter is false for the beginning of
// a URL, where no parameter can be. secret reports whether anything was redacted.
func redactPart(part string, isParameter, certainOnly bool, depth int) (shown string, secret bool) {
	name, value, found := strings.Cut(part, "=")
	if found && value != "" && isParameter && isSecretParameter(unescapeAll(name), certainOnly) {
		return name + "=" + redacted, true
	}
	if depth < 3 && strings.Contains(part, "%") {
		if plain := string(unescape(part)); plain != part && redactURL("/"+plain, certainOnly, depth+1) != "/"+plain {
			if !found {
				return redacted, true
			}
			return name + "=" + redacted, true
		}
	}
	return part, false
}

// unescapeAll decodes text that was escaped up to three times.
func unescapeAll(text string) string {
	for range 3 {
		plain := string(unescape(text))
		if plain == text {
			break
		}
		text = plain
	}
	return text
}

// redactUserinfo replaces the user and password after each "//". It also finds a password with a slash or "#" in it:
// that makes the URL invalid, but it is a password all the same.
func redactUserinfo(link string) string {
	if !strings.Contains(link, "@") || !strings.Contains(link, "//") {
		return link
	}
	var b strings.Builder
	for {
		head, rest, found := strings.Cut(link, "//")
		b.WriteString(head)
		if !found {
			return b.String()
		}
		b.WriteString("//")
		end := len(rest)
		if i := strings.IndexAny(rest, "/?#"); i >= 0 {
			end = i
		}
		at := strings.LastIndexByte(rest[:end], '@')
		if _, port, colon := strings.Cut(rest[:end], ":"); at < 0 && colon && !IsPort(port) && port != "" && rest[0] != '[' {
			if first := strings.IndexByte(rest, '@'); first >= 0 { // up to the last "@" before the next delimiter
				host, _, _ := strings.Cut(rest[first:], "/")
				at = first + strings.LastIndexByte(host[:cmp.Or(strings.IndexAny(host, "?#")+1, len(host)+1)-1], '@')
			}
		}
		if at > 0 && rest[:at] != exampleUserinfo {
			rest = redacted + rest[at:]
		}
		link = rest
	}
}

// exampleUserinfo is the placeholder by which messages show where user and password belong.
const exampleUserinfo = "NAME:PASSWORD"

// Redact returns a text about the source with its secrets replaced. If the path of its URL is secret, every URL in the
// text is reduced to its host, because a redirect leads from one secret path to another.
func Redact(s broadsheet.Source, text string) string {
	if !s.Secret {
		return RedactText(text)
	}
	return urlInText.ReplaceAllStringFunc(RedactText(strings.ReplaceAll(text, s.URL, RedactedPath(s.URL))), func(found string) string {
		link := strings.TrimRight(found, ".,:;!?)]}")
		return RedactedPath(link) + found[len(link):]
	})
}

// RedactedPath returns a URL with all that follows its host replaced: "https://example.com/***".
func RedactedPath(link string) string {
	link = redactUserinfo(link)
	scheme, rest, found := strings.Cut(link, "://")
	if !found {
		return redacted
	}
	host := rest
	if i := strings.IndexAny(rest, `/?#\`); i >= 0 {
		host = rest[:i]
	}
	return scheme + "://" + host + "/" + redacted
}

// Secrets holds the secret values in the URLs and header fields of the sources of feeds.yaml. Because the values are known, they are
// found also where no parameter's name gives them away: in the link of an article, in a text, in a path. A nil or zero
// Secrets knows no values, and goes by the names of parameters alone. It is safe for use by many goroutines.
type Secrets struct {
	replacer     *strings.Replacer
	pathSegments map[string][]string // host → the secret path segments of its `secret: true` sources
	sourceIDs    map[string]bool     // Source.ID of the sources whose URL holds a secret
	fingerprint  string              // the URLs themselves: not to be shown
}

// NewSecrets collects the secrets in the URLs and header fields of sources, and in addresses whose path grants access, such as those of
// webhooks. Of these, only what is long enough to be a token is looked for apart from the whole: their paths have words,
// too, and others at the same host are no secrets.
func NewSecrets(sources []broadsheet.Source, addresses ...string) *Secrets {
	k := &Secrets{pathSegments: map[string][]string{}, sourceIDs: map[string]bool{}}
	var urls, values []string // urls: each URL and its redacted form; they are replaced before the values in them
	for _, s := range sources {
		if found := headerSecrets(s); len(found) > 0 {
			slices.Sort(found)
			k.fingerprint += strings.Join(found, "\n") + "\n"
			values = append(values, found...)
		}
	}
	sources = slices.SortedFunc(slices.Values(sources), func(x, y broadsheet.Source) int { return strings.Compare(x.URL, y.URL) })
	for _, s := range slices.CompactFunc(sources, func(x, y broadsheet.Source) bool { return x.URL == y.URL && x.Secret == y.Secret }) {
		if s.URL == "" || !s.Secret && RedactAddress(s.URL) == s.URL {
			continue
		}
		k.sourceIDs[s.ID()] = true
		k.fingerprint += s.URL + fmt.Sprint(s.Secret) + "\n"
		shown := RedactAddress(s.URL)
		if s.Secret {
			shown = RedactedPath(s.URL)
			a, _ := split(s.URL)
			segments := secretSegments(a.path)
			k.pathSegments[a.host] = append(k.pathSegments[a.host], segments...)
			values = append(values, segments...)
			for pair := range strings.FieldsFuncSeq(a.query, func(r rune) bool { return r == '&' || r == ';' }) {
				_, value, _ := strings.Cut(pair, "=")
				values = append(values, value)
			}
		}
		urls = append(urls, s.URL, shown)
		values = append(values, secretValues(s.URL)...)
	}
	for _, address := range addresses {
		k.fingerprint += address + "\n"
		urls = append(urls, address, RedactedPath(address))
		values = append(values, secretValues(address)...)
		a, _ := split(address)
		for part := range strings.FieldsFuncSeq(a.path+"?"+a.query, func(r rune) bool { return strings.ContainsRune("/?&;=", r) }) {
			if len(part) >= minToken {
				values = append(values, part)
				k.pathSegments[a.host] = append(k.pathSegments[a.host], part)
			}
		}
	}
	var pairs []string // old and new, in order of precedence: longer values first
	for _, value := range slices.Compact(slices.SortedFunc(slices.Values(values), func(x, y string) int {
		return cmp.Or(len(y)-len(x), strings.Compare(x, y))
	})) {
		if plain := unescapeAll(value); isDistinctive(plain) {
			for _, form := range []string{value, plain, url.QueryEscape(plain), url.PathEscape(plain), html.EscapeString(plain)} {
				pairs = append(pairs, form, redacted)
			}
		}
	}
	for i := 0; i < len(urls); i += 2 {
		pairs = append([]string{urls[i], urls[i+1], html.EscapeString(urls[i]), html.EscapeString(urls[i+1])}, pairs...)
	}
	if len(pairs) > 0 {
		k.replacer = strings.NewReplacer(pairs...)
	}
	return k
}

// minToken is the length from which on a part of a webhook's address is taken for a token. Slack's have 24 letters, Discord's
// 68.
const minToken = 16

// secretValues returns the password and the values of the secret parameters of a URL.
func secretValues(link string) (values []string) {
	if u, err := url.Parse(link); err == nil && u.User != nil {
		password, ok := u.User.Password()
		if !ok {
			password = u.User.Username() // without a password, the user name is a token
		}
		values = append(values, password)
	}
	_, rest, _ := strings.Cut(link, "//")
	for pair := range strings.FieldsFuncSeq(rest, func(r rune) bool { return strings.ContainsRune("&;?#", r) }) {
		if name, value, _ := strings.Cut(pair[strings.LastIndexByte(pair[:strings.IndexByte(pair+"=", '=')], '/')+1:], "="); isSecretParameter(unescapeAll(name), false) {
			values = append(values, value)
		}
	}
	return values
}

// commonSegments are path segments that are not secret because many paths have them.
var commonSegments = map[string]bool{
	"feed": true, "feeds": true, "rss": true, "atom": true, "xml": true, "json": true, "index": true, "blog": true, "private": true, "public": true,
	"users": true, "user": true, "api": true, "news": true, "posts": true, "articles": true, "podcast": true, "calendar": true, "sitemap": true,
}

// secretSegments returns the segments of a secret path that are not likely to be in other paths too, with and without
// their file extension.
func secretSegments(path string) (segments []string) {
	for segment := range strings.SplitSeq(path, "/") {
		name, _, _ := strings.Cut(segment, ".")
		if len(name) >= 4 && !commonSegments[strings.ToLower(name)] {
			segments = append(segments, segment)
			if len(name) >= 6 && name != segment {
				segments = append(segments, name)
			}
		}
	}
	return segments
}

// isDistinctive reports whether a value is not one that may occur in a text by chance: it is neither short nor a word.
func isDistinctive(value string) bool {
	return len(value) >= 6 && (strings.ContainsFunc(value, func(r rune) bool { return r < 'a' || r > 'z' }) || len(value) >= 20)
}

// RedactText returns text for a terminal, a log or a report, with every secret replaced: the known values, and the values of
// parameters whose names may mean a secret.
func (k *Secrets) RedactText(text string) string { return redactText(k.RedactKnown(text), false) }

// RedactStored returns stored data as it is printed for programs. It replaces the known values, and those of parameters whose
// names can only mean a secret.
func (k *Secrets) RedactStored(text string) string { return redactText(k.RedactKnown(text), true) }

// RedactKnown returns a text that others wrote, such as an article's, with the secrets of feeds.yaml replaced. Other parameters
// stay even if they look like secrets: an article may explain how a URL with a token is made.
func (k *Secrets) RedactKnown(text string) string {
	if k == nil || k.replacer == nil {
		return text
	}
	if len(k.pathSegments) > 0 && strings.Contains(text, "://") {
		text = urlInText.ReplaceAllStringFunc(text, func(found string) string {
			link := strings.TrimRight(found, ".,:;!?)]}")
			a, _ := split(link)
			for _, segment := range k.pathSegments[a.host] {
				if strings.Contains(a.path+"/", "/"+segment+"/") {
					return RedactedPath(link) + found[len(link):]
				}
			}
			return found
		})
	}
	return k.replacer.Replace(text)
}

// PublicLink returns the link of an article as it may be published, or "" if it may not be. Parameters that are signed for
// one recipient are left out: the page asks its readers to log in, as it should. source is the Source.ID of the source
// that the link comes from. A link from a public source keeps the parameters whose names are ambiguous.
func (k *Secrets) PublicLink(link, source string) string {
	if k.RedactStored(link) == link && !(k != nil && k.sourceIDs[source]) {
		return link
	}
	certainOnly := k == nil || !k.sourceIDs[source]
	head, fragment, hasFragment := strings.Cut(link, "#")
	path, query, _ := strings.Cut(head, "?")
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		if pair != "" && k.RedactKnown(redactURL("?"+pair, certainOnly, 0)) == "?"+pair {
			kept = append(kept, pair)
		}
	}
	if scheme, rest, found := strings.Cut(path, "://"); found {
		host, tail, slash := strings.Cut(rest, "/")
		path = scheme + "://" + host[strings.LastIndexByte(host, '@')+1:]
		if slash {
			path += "/" + tail
		}
	}
	if len(kept) > 0 {
		path += "?" + strings.Join(kept, "&")
	}
	if hasFragment && redactURL("#"+fragment, certainOnly, 0) == "#"+fragment {
		path += "#" + fragment
	}
	if redactText(k.RedactKnown(path), certainOnly) != path {
		return ""
	}
	return path
}

// Fingerprint returns a value that changes whenever the secrets change; "" if there are none. It is made of the secrets
// themselves, so it must not be shown or stored as it is.
func (k *Secrets) Fingerprint() string {
	if k == nil {
		return ""
	}
	return k.fingerprint
}
