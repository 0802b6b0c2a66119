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

// What in an address is secret, and text without it. This is the only place that decides it: what is printed, logged,
// reported or published passes one of these functions; what is written into feeds.yaml and the database does not.

// redacted stands in the place of a secret.
const redacted = "***"

// secretWords are words in the names of parameters whose values let somebody in, or are signed for one receiver. Those
// that are true are in the name of nothing else: a link to an article is published without them. The others may also name
// an article (?sid=42), so that the link of an article which a public feed tells everybody keeps them.
var secretWords = map[string]bool{
	"token": true, "apikey": true, "secret": true, "authorization": true, "signature": true, "hmac": true, "password": true,
	"passwd": true, "pwd": true, "passphrase": true, "accesskey": true, "credential": true, "credentials": true, "jwt": true,
	"bearer": true, "sessionid": true, "oauth": true, "authkey": true,
	"key": false, "auth": false, "sig": false, "hash": false, "pass": false, "access": false, "session": false, "sid": false,
	"private": false, "email": false, "ticket": false, "otp": false, "cookie": false, "csrf": false, "xsrf": false,
	"assertion": false, "passcode": false, "authcode": false,
}

// secretEndings are ends of names that are written as one word: rsstoken, PHPSESSID.
var secretEndings = map[string]bool{
	"token": true, "password": true, "passwd": true, "secret": true, "signature": true, "sessionid": true, "sessid": true,
	"apikey": true, "key": false,
}

var wordInName = regexp.MustCompile(`[A-Z]+[a-z]*|[a-z]+`)

// secretName reports whether a parameter of that name holds a secret: access_token, X-Amz-Signature, feedKey. With
// certain it must be the name of nothing else.
func secretName(name string, certain bool) bool {
	secret := func(means, known bool) bool { return known && (means || !certain) }
	lower := strings.ToLower(name)
	if lower == "code" && !certain {
		return true
	}
	for _, word := range append(wordInName.FindAllString(name, -1), lower) {
		means, known := secretWords[strings.ToLower(word)]
		if secret(means, known) {
			return true
		}
	}
	for end, means := range secretEndings {
		if strings.HasSuffix(lower, end) && secret(means, true) {
			return true
		}
	}
	return strings.HasSuffix(strings.NewReplacer("_", "", "-", "", ".", "").Replace(lower), "apikey")
}

// RedactAddress returns an address, or what was meant for one, without its secrets: user and password, and the values of
// parameters that let somebody in, wherever they stand (query, path, fragment, an address within the address).
func RedactAddress(link string) string {
	if at := loginWithoutScheme.FindStringIndex(link); at != nil && !strings.Contains(link[:at[1]], "//") {
		link = redacted + link[at[1]-1:]
	}
	return redactRun(link, false, 0)
}

// loginWithoutScheme is the beginning of what was meant for an address: me:password@example.com/feed.
var loginWithoutScheme = regexp.MustCompile(`^(?:[^/?#\s]*|[^/?#\s@]*:[^\s@]*)@`)

// RedactText returns text with all that looks like an address without its secrets.
func RedactText(text string) string { return redactText(text, false) }

// redactText redacts each run of characters that may be an address.
func redactText(text string, certain bool) string {
	if !strings.ContainsAny(text, "=@%") {
		return text
	}
	var b strings.Builder
	for text != "" {
		end := runEnd(text)
		if run := strings.TrimRight(text[:end], `.,:!?)]}'`); strings.ContainsAny(run, "=@%") {
			b.WriteString(redactRun(run, certain, 0))
			b.WriteString(text[len(run):end])
		} else {
			b.WriteString(text[:end])
		}
		text = text[end:]
		rest := strings.TrimLeft(text, runEnds)
		b.WriteString(text[:len(text)-len(rest)])
		text = rest
	}
	return b.String()
}

// runEnds are characters that no address in a text holds; escapedAnd is one that JSON writes with one of them.
const (
	runEnds    = " \t\r\n\v\f\"<>`\\"
	escapedAnd = `\u0026`
)

// runEnd is where the run of characters that text begins with ends.
func runEnd(text string) int {
	at := 0
	for {
		i := strings.IndexAny(text[at:], runEnds)
		if i < 0 {
			return len(text)
		}
		at += i
		if at == 0 && !strings.HasPrefix(text, escapedAnd) || !strings.HasPrefix(text[at:], escapedAnd) {
			return at
		}
		at += len(escapedAnd)
	}
}

// redactRun redacts one address, and the addresses in it.
func redactRun(run string, certain bool, depth int) string {
	run = redactLogins(run)
	if !strings.ContainsAny(run, "=%") {
		return run
	}
	var b strings.Builder
	within, before, swallow := byte('/'), "", false // which part of the address this is; what stands before the token
	for {
		at, width := nextDelimiter(run, within)
		token := run[:at]
		switch shown, secret := redactToken(token, before != "", certain, depth); {
		case swallow && token != "" && before != "&" && before != escapedAnd && !strings.Contains(token, "="):
			// The rest of a secret that was not escaped.
		default:
			b.WriteString(before + shown)
			swallow = secret
		}
		if width == 0 {
			return b.String()
		}
		before = run[at : at+width]
		if before == "?" || before == "#" {
			within = before[0]
		}
		run = run[at+width:]
	}
}

// nextDelimiter finds what parts the parameters in this part of an address: "/" path, "?" query, "#" fragment. A slash in
// a query belongs to a value. width 0: there is no more.
func nextDelimiter(run string, within byte) (at, width int) {
	delimiters := "&;?#/"
	if within == '?' {
		delimiters = "&;?#"
	}
	at = strings.IndexAny(run, delimiters)
	if i := strings.Index(run, escapedAnd); i >= 0 && (at < 0 || i < at) {
		return i, len(escapedAnd)
	}
	if at < 0 {
		return len(run), 0
	}
	return at, 1
}

// redactToken redacts one "name=value", or what holds an address in escaped form.
func redactToken(token string, parameter, certain bool, depth int) (shown string, secret bool) {
	name, value, found := strings.Cut(token, "=")
	if found && value != "" && parameter && secretName(unescapeAll(name), certain) {
		return name + "=" + redacted, true
	}
	if depth < 3 && strings.Contains(token, "%") {
		if plain := string(unescape(token)); plain != token && redactRun("/"+plain, certain, depth+1) != "/"+plain {
			if !found {
				return redacted, true
			}
			return name + "=" + redacted, true
		}
	}
	return token, false
}

// unescapeAll decodes what was escaped, even more than once.
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

// redactLogins hides the user and password after each "//". A password with a slash or "#" in it makes no valid address,
// but is one all the same.
func redactLogins(run string) string {
	if !strings.Contains(run, "@") || !strings.Contains(run, "//") {
		return run
	}
	var b strings.Builder
	for {
		head, rest, found := strings.Cut(run, "//")
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
			if first := strings.IndexByte(rest, '@'); first >= 0 { // and the last one of the same part
				host, _, _ := strings.Cut(rest[first:], "/")
				at = first + strings.LastIndexByte(host[:cmp.Or(strings.IndexAny(host, "?#")+1, len(host)+1)-1], '@')
			}
		}
		if at > 0 && rest[:at] != exampleLogin {
			rest = redacted + rest[at:]
		}
		run = rest
	}
}

// exampleLogin is how messages say where a login is to be put.
const exampleLogin = "NAME:PASSWORD"

// Redact returns a text about the source without secrets. Where the path of its address is the secret, every address in
// the text is cut to its host: a redirect leads from one secret to another.
func Redact(s broadsheet.Source, text string) string {
	if !s.Secret {
		return RedactText(text)
	}
	return addressInText.ReplaceAllStringFunc(RedactText(strings.ReplaceAll(text, s.URL, RedactedPath(s.URL))), func(found string) string {
		link := strings.TrimRight(found, ".,:;!?)]}")
		return RedactedPath(link) + found[len(link):]
	})
}

// RedactedPath is an address of which only scheme and host may be known.
func RedactedPath(link string) string {
	link = redactLogins(link)
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

// Secrets are those of the sources of feeds.yaml. They are known by their values, so that they are found also where
// nothing says that they are secrets: in the link of an article, in a text, in a path. The methods of nil and of the zero
// value know the rules for names alone.
type Secrets struct {
	replacer *strings.Replacer
	paths    map[string][]string // of `secret: true` sources: host → the segments of their paths that are secret
	of       map[string]bool     // Source.ID of those whose address holds a secret
	print    string
}

// SecretsOf finds the secrets of sources.
func SecretsOf(sources []broadsheet.Source) *Secrets {
	k := &Secrets{paths: map[string][]string{}, of: map[string]bool{}}
	var whole, values []string // an address goes before a part of it
	sources = slices.SortedFunc(slices.Values(sources), func(x, y broadsheet.Source) int { return strings.Compare(x.URL, y.URL) })
	for _, s := range slices.CompactFunc(sources, func(x, y broadsheet.Source) bool { return x.URL == y.URL && x.Secret == y.Secret }) {
		if s.URL == "" || !s.Secret && RedactAddress(s.URL) == s.URL {
			continue
		}
		k.of[s.ID()] = true
		k.print += s.URL + fmt.Sprint(s.Secret) + "\n"
		shown := RedactAddress(s.URL)
		if s.Secret {
			shown = RedactedPath(s.URL)
			a, _ := SplitLink(s.URL)
			segments := secretSegments(a.path)
			k.paths[a.Host] = append(k.paths[a.Host], segments...)
			values = append(values, segments...)
			for pair := range strings.FieldsFuncSeq(a.query, func(r rune) bool { return r == '&' || r == ';' }) {
				_, value, _ := strings.Cut(pair, "=")
				values = append(values, value)
			}
		}
		whole = append(whole, s.URL, shown)
		values = append(values, secretValues(s.URL)...)
	}
	var pairs []string
	for _, value := range slices.Compact(slices.SortedFunc(slices.Values(values), func(x, y string) int {
		return cmp.Or(len(y)-len(x), strings.Compare(x, y))
	})) {
		if plain := unescapeAll(value); unlikely(plain) {
			for _, form := range []string{value, plain, url.QueryEscape(plain), url.PathEscape(plain), html.EscapeString(plain)} {
				pairs = append(pairs, form, redacted)
			}
		}
	}
	for i := 0; i < len(whole); i += 2 {
		pairs = append([]string{whole[i], whole[i+1], html.EscapeString(whole[i]), html.EscapeString(whole[i+1])}, pairs...)
	}
	if len(pairs) > 0 {
		k.replacer = strings.NewReplacer(pairs...)
	}
	return k
}

// secretValues are the password and the values of the secret parameters of an address.
func secretValues(link string) (values []string) {
	if u, err := url.Parse(link); err == nil && u.User != nil {
		password, has := u.User.Password()
		if !has {
			password = u.User.Username() // a token, then
		}
		values = append(values, password)
	}
	_, rest, _ := strings.Cut(link, "//")
	for pair := range strings.FieldsFuncSeq(rest, func(r rune) bool { return strings.ContainsRune("&;?#", r) }) {
		if name, value, _ := strings.Cut(pair[strings.LastIndexByte(pair[:strings.IndexByte(pair+"=", '=')], '/')+1:], "="); secretName(unescapeAll(name), false) {
			values = append(values, value)
		}
	}
	return values
}

// usualSegments are parts of paths that give nothing away.
var usualSegments = map[string]bool{
	"feed": true, "feeds": true, "rss": true, "atom": true, "xml": true, "json": true, "index": true, "blog": true, "private": true, "public": true,
	"users": true, "user": true, "api": true, "news": true, "posts": true, "articles": true, "podcast": true, "calendar": true, "sitemap": true,
}

// secretSegments are the segments of a secret path that are not in the paths of others too.
func secretSegments(path string) (segments []string) {
	for segment := range strings.SplitSeq(path, "/") {
		name, _, _ := strings.Cut(segment, ".")
		if len(name) >= 4 && !usualSegments[strings.ToLower(name)] {
			segments = append(segments, segment)
			if len(name) >= 6 && name != segment {
				segments = append(segments, name)
			}
		}
	}
	return segments
}

// unlikely reports whether a value is none that stands in texts by chance: no short one, and no word.
func unlikely(value string) bool {
	return len(value) >= 6 && (strings.ContainsFunc(value, func(r rune) bool { return r < 'a' || r > 'z' }) || len(value) >= 20)
}

// Text returns text for a terminal, a log or a report without any secret.
func (k *Secrets) Text(text string) string { return redactText(k.Known(text), false) }

// Stored returns what was stored, as it is printed for programs, without what can be nothing but a secret.
func (k *Secrets) Stored(text string) string { return redactText(k.Known(text), true) }

// Known returns a text of others without the secrets of feeds.yaml. What looks like a secret, and is none of them, stays:
// an article may explain how an address with a token is made.
func (k *Secrets) Known(text string) string {
	if k == nil || k.replacer == nil {
		return text
	}
	if len(k.paths) > 0 && strings.Contains(text, "://") {
		text = addressInText.ReplaceAllStringFunc(text, func(found string) string {
			link := strings.TrimRight(found, ".,:;!?)]}")
			a, _ := SplitLink(link)
			for _, segment := range k.paths[a.Host] {
				if strings.Contains(a.path+"/", "/"+segment+"/") {
					return RedactedPath(link) + found[len(link):]
				}
			}
			return found
		})
	}
	return k.replacer.Replace(text)
}

// Link returns the link of an article as it may be published; empty: it may not. What is signed for one receiver is left
// out: the page asks its readers to log in, as it should. source is the Source.ID of whoever told of the article; what a
// public source tells everybody may have ambiguous names.
func (k *Secrets) Link(link, source string) string {
	if k.Stored(link) == link && !(k != nil && k.of[source]) {
		return link
	}
	certain := k == nil || !k.of[source]
	head, fragment, hasFragment := strings.Cut(link, "#")
	path, query, _ := strings.Cut(head, "?")
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		if pair != "" && k.Known(redactRun("?"+pair, certain, 0)) == "?"+pair {
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
	if hasFragment && redactRun("#"+fragment, certain, 0) == "#"+fragment {
		path += "#" + fragment
	}
	if redactText(k.Known(path), certain) != path {
		return ""
	}
	return path
}

// Fingerprint changes when the secrets do; empty: there is none.
func (k *Secrets) Fingerprint() string {
	if k == nil {
		return ""
	}
	return k.print
}
