package rules

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"broadsheet"
	"broadsheet/internal/config"

	"golang.org/x/net/publicsuffix"
)

//go:embed companies.txt
var companiesText string

// companies finds the company that a web address belongs to, or that a title names.
type companies struct {
	byAddress map[string]string // host, or host and path, in lower case (see normalizeHostPath) → name
	byName    map[string]string // nameKey of a name → the name as it is written
}

// builtinCompanies are the companies that feeds.yaml need not list.
var builtinCompanies = func() (list []config.Company) {
	for line := range strings.Lines(companiesText) {
		if name, links, ok := strings.Cut(line, ": "); ok && !strings.HasPrefix(line, "#") {
			list = append(list, config.Company{Name: name, Links: strings.Fields(links)})
		}
	}
	return list
}()

// newCompanies returns the built-in companies and those of list, which take precedence.
func newCompanies(list []config.Company) companies {
	c := companies{byAddress: map[string]string{}, byName: map[string]string{}}
	for _, company := range append(slices.Clone(builtinCompanies), list...) {
		c.byName[nameKey(company.Name)] = company.Name
		for _, link := range company.Links {
			c.byAddress[normalizeHostPath(link)] = company.Name
		}
	}
	return c
}

// nameKey returns the letters and digits of a name in lower case, which a company's name and its handle share: "Riot
// Games" and "riot-games".
func nameKey(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// normalizeHostPath returns a link in the form of companies.byAddress: host without "www." and path, in lower case,
// without scheme, query and fragment.
func normalizeHostPath(link string) string {
	link = strings.ToLower(strings.TrimSpace(link))
	if _, rest, ok := strings.Cut(link, "://"); ok {
		link = rest
	}
	if i := strings.IndexAny(link, "?#"); i >= 0 {
		link = link[:i]
	}
	return strings.Trim(strings.TrimPrefix(link, "www."), "/")
}

// companyOf returns the company that an article is about: the company of its source, else the one that its link belongs
// to, else the one that its title names. It returns "" in doubt: no company is better than a wrong one.
func (c companies) companyOf(a broadsheet.Article, s broadsheet.Source) string {
	if s.Company != "" {
		return s.Company
	}
	if name := c.fromLink(a.Link, a.Authors); name != "" {
		return name
	}
	return c.fromTitle(a.Title)
}

// fromLink returns the company that the link belongs to: a listed one, the owner of a handle on a platform, or the name
// in a host that looks like an engineering blog's, unless it is made of an author's name. It returns "" if there is
// none.
func (c companies) fromLink(link string, authors []string) string {
	host, path, _ := strings.Cut(normalizeHostPath(link), "/")
	host, _, _ = strings.Cut(host, ":")
	if !strings.Contains(host, ".") {
		return ""
	}
	if name := c.lookup(host, path); name != "" {
		return name
	}
	segments := strings.Split(path, "/")
	if handle, ok := platformHandle(host, segments); ok {
		return c.displayName(stripEngineeringSuffix(handle))
	}
	label := companyFromHost(host, segments)
	if slices.ContainsFunc(authors, func(author string) bool { return isAuthorsDomain(label, author) }) {
		return ""
	}
	return c.displayName(label)
}

// lookup returns the company listed under the host with the longest prefix of the path, else under the host alone, else
// under its parent domains; "" if there is none.
func (c companies) lookup(host, path string) string {
	for {
		for prefix := path; prefix != ""; {
			if name := c.byAddress[host+"/"+prefix]; name != "" {
				return name
			}
			i := strings.LastIndexByte(prefix, '/')
			prefix = prefix[:max(i, 0)]
		}
		if name := c.byAddress[host]; name != "" {
			return name
		}
		_, parent, ok := strings.Cut(host, ".")
		if !ok {
			return ""
		}
		host = parent
	}
}

// displayName returns a company's name as it is written, given its name in an address. An unknown name gets a capital
// letter at the beginning of each word.
func (c companies) displayName(name string) string {
	if known := c.byName[nameKey(name)]; known != "" {
		return known
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	for i, word := range words {
		first, size := utf8.DecodeRuneInString(word)
		words[i] = string(unicode.ToUpper(first)) + word[size:]
	}
	return strings.Join(words, " ")
}

// platforms are the sites where others publish under a handle of their own: a subdomain, or a segment of the path, the
// first after those to skip.
var platforms = []struct {
	host string
	skip []string // path segments that come before the handle
}{
	{host: "medium.com"}, {host: "github.com"}, {host: "gitlab.com"}, {host: "github.io"}, {host: "gitlab.io"},
	{host: "youtube.com", skip: []string{"c", "user"}}, {host: "slideshare.net"}, {host: "speakerdeck.com"},
	{host: "substack.com"}, {host: "tumblr.com"}, {host: "wordpress.com"}, {host: "blogspot.com"}, {host: "typepad.com"},
	{host: "hashnode.dev"}, {host: "dev.to"}, {host: "ghost.io"}, {host: "quora.com"}, {host: "linkedin.com", skip: []string{"company"}},
	{host: "facebook.com", skip: []string{"notes"}}, {host: "x.com"}, {host: "twitter.com"}, {host: "vimeo.com"},
	{host: "reddit.com", skip: []string{"r"}}, {host: "notion.site"}, {host: "netlify.app"}, {host: "vercel.app"}, {host: "pages.dev"},
	{host: "feedburner.com"}, {host: "hackernoon.com"}, {host: "infoq.com"}, {host: "usenix.org"}, {host: "google.com"},
	{host: "amazonaws.com"}, {host: "wikipedia.org"}, {host: "acm.org"}, {host: "arxiv.org"}, {host: "oreilly.com"},
	{host: "highscalability.com"}, {host: "thenewstack.io"}, {host: "dzone.com"}, {host: "bytebytego.com"},
	{host: "systemdesign.one"}, {host: "pragmaticengineer.com"}, {host: "quastor.org"}, {host: "freecodecamp.org"},
	{host: "martinfowler.com"}, {host: "increment.com"}, {host: "stackexchange.com"}, {host: "stackoverflow.com"},
}

// platformHandle returns the handle under which an article is published on a platform; ok is false if the host is not
// one.
func platformHandle(host string, path []string) (handle string, ok bool) {
	for _, p := range platforms {
		subdomain, ok := strings.CutSuffix(host, p.host)
		if !ok {
			continue
		}
		subdomain, hasDot := strings.CutSuffix(subdomain, ".")
		switch {
		case subdomain != "" && !hasDot: // notmedium.com
			continue
		case hasDot && subdomain != "m" && subdomain != "blog" && subdomain != "feeds":
			return subdomain, true
		}
		if slices.Contains(p.skip, path[0]) && len(path) > 1 {
			path = path[1:]
		}
		return strings.TrimPrefix(path[0], "@"), true
	}
	return "", false
}

// engineeringWords are the words in a name that show that a company's engineers write there, rather than a person.
var engineeringWords = []string{"engineeringblog", "techblog", "engineering", "technology", "developers", "engblog", "devblog",
	"engineers", "technical", "tech", "eng", "dev"}

// isEngineeringWord reports whether a word of a name is not part of the company's own name: one of engineeringWords, or
// one that goes with them.
func isEngineeringWord(word string) bool {
	return slices.Contains(engineeringWords, word) || word == "blog" || word == "team" || word == "io"
}

// stripEngineeringSuffix returns the company in a name such as netflix-techblog, adobetech or pinterest_engineering; ""
// if no word in it shows that a company's engineers write there.
func stripEngineeringSuffix(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	var kept []string
	found := false // an engineering word
	for _, word := range words {
		if isEngineeringWord(word) {
			found = found || slices.Contains(engineeringWords, word)
			continue
		}
		kept = append(kept, word)
	}
	if len(kept) > 0 && !found && len(words) == 1 {
		for _, suffix := range engineeringWords {
			if name, ok := strings.CutSuffix(words[0], suffix); ok && len(name) > 3 && len(suffix) > 2 {
				return name
			}
		}
	}
	if !found || len(kept) > 3 {
		return ""
	}
	return strings.Join(kept, "-")
}

// engineeringPlaces are the labels of a host where a company's engineers write; the first 11 also count as path
// segments.
var engineeringPlaces = []string{"engineering", "eng", "engblog", "engineeringblog", "engineering-blog", "engineer", "tech", "techblog",
	"tech-blog", "technology", "developers", "developer", "dev", "devblog", "code", "codeascraft", "labs", "underthehood",
	"bytes", "building", "builders", "research", "product", "infra", "data"}

// companyFromHost returns the company's name in the host of its own blog; "" if nothing shows that it is a company's.
func companyFromHost(host string, path []string) string {
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return ""
	}
	name, suffix, _ := strings.Cut(domain, ".")
	if suffix == "engineering" || suffix == "technology" {
		return name
	}
	if company := stripEngineeringSuffix(name); company != "" {
		return company
	}
	for _, label := range strings.Split(strings.TrimSuffix(host, domain), ".") {
		if slices.Contains(engineeringPlaces, label) || (label == "blog" || label == "blogs") && isCommercialSuffix(suffix) {
			return name
		}
	}
	for _, segment := range path[:min(len(path), 3)] {
		if slices.Contains(engineeringPlaces[:11], segment) {
			return name
		}
	}
	return ""
}

// isCommercialSuffix reports whether few private people have a blog at a "blog." subdomain under this domain suffix.
func isCommercialSuffix(suffix string) bool {
	return slices.Contains([]string{"com", "io", "co", "tv", "ai", "app", "cloud", "so", "tech", "co.uk", "com.br", "in", "nl", "de"}, suffix)
}

// isAuthorsDomain reports whether the name of a domain is made of the author's name: nelhage of Nelson Elhage.
func isAuthorsDomain(domain, author string) bool {
	domain = nameKey(domain)
	for _, part := range strings.Fields(author) {
		if part = nameKey(part); len(part) > 3 && strings.Contains(domain, part) {
			return true
		}
	}
	return false
}

// fromTitle returns the known company that a title names as the one it is about: "at Netflix", "Netflix's", "How
// Netflix …". It returns "" if there is none or more than one.
func (c companies) fromTitle(title string) string {
	words := strings.Fields(strings.ReplaceAll(title, "’", "'"))
	var names []string
	for i := range words {
		for n := 1; n <= 2 && i+n <= len(words); n++ {
			phrase, possessive := strings.CutSuffix(strings.TrimRight(strings.Join(words[i:i+n], " "), ".,:;!?)"), "'s")
			name := c.byName[nameKey(phrase)]
			if name == "" || startsLower(phrase) && !startsLower(name) {
				continue
			}
			if possessive || i > 0 && slices.Contains([]string{"at", "how", "inside", "by"}, strings.ToLower(words[i-1])) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) != 1 {
		return ""
	}
	return names[0]
}

// startsLower reports whether s begins with a lower-case letter.
func startsLower(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLower(first)
}
