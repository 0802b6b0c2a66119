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
var knownCompanies string

// companies knows whose a web address is.
type companies struct {
	at   map[string]string // name by host, or host and path, lower case
	name map[string]string // name as it is written, by its letters alone, lower case
}

// builtinCompanies are the companies that need not be told in feeds.yaml.
var builtinCompanies = func() (list []config.Company) {
	for line := range strings.Lines(knownCompanies) {
		if name, links, ok := strings.Cut(line, ": "); ok && !strings.HasPrefix(line, "#") {
			list = append(list, config.Company{Name: name, Links: strings.Fields(links)})
		}
	}
	return list
}()

func newCompanies(list []config.Company) companies {
	c := companies{at: map[string]string{}, name: map[string]string{}}
	for _, company := range append(slices.Clone(builtinCompanies), list...) {
		c.name[bareName(company.Name)] = company.Name
		for _, link := range company.Links {
			c.at[normalizeHostPath(link)] = company.Name
		}
	}
	return c
}

// bareName is what a name and a handle of the same company have in common: "Riot Games" and "riot-games".
func bareName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// normalizeHostPath is a link as the table knows it: host without www., and path, lower case.
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

// of is the company that an article is about: its source's own, else the one whose address it stands at, else the one
// that its title says it happened at. It is empty when that cannot be told: no company is better than a wrong one.
func (c companies) of(a broadsheet.Article, s broadsheet.Source) string {
	if s.Company != "" {
		return s.Company
	}
	if name := c.atLink(a.Link, a.Authors); name != "" {
		return name
	}
	return c.inTitle(a.Title)
}

// atLink is the company whose address the link is.
func (c companies) atLink(link string, authors []string) string {
	at := normalizeHostPath(link)
	host, path, _ := strings.Cut(at, "/")
	host, _, _ = strings.Cut(host, ":")
	if !strings.Contains(host, ".") {
		return ""
	}
	if name := c.listed(host, path); name != "" {
		return name
	}
	segments := strings.Split(path, "/")
	if handle, ok := handleAt(host, segments); ok {
		return c.displayName(stripEngineeringSuffix(handle))
	}
	label := companyHost(host, segments)
	for _, author := range authors {
		if isPersonal(label, author) {
			return ""
		}
	}
	return c.displayName(label)
}

// listed looks for the longest part of the path, then for the host and the hosts above it.
func (c companies) listed(host, path string) string {
	for {
		for at := path; at != ""; {
			if name := c.at[host+"/"+at]; name != "" {
				return name
			}
			i := strings.LastIndexByte(at, '/')
			at = at[:max(i, 0)]
		}
		if name := c.at[host]; name != "" {
			return name
		}
		_, above, ok := strings.Cut(host, ".")
		if !ok {
			return ""
		}
		host = above
	}
}

// displayName is a company's name as it is written, for its name in an address.
func (c companies) displayName(name string) string {
	if known := c.name[bareName(name)]; known != "" {
		return known
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	for i, word := range words {
		first, size := utf8.DecodeRuneInString(word)
		words[i] = string(unicode.ToUpper(first)) + word[size:]
	}
	return strings.Join(words, " ")
}

// platforms let others publish under a handle of their own: the first part of the path that follows the given ones,
// or the part of the host before the platform's.
var platforms = []struct {
	host string
	skip []string // parts of the path that come before the handle
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

// handleAt is the name under which something is published on a platform; ok is false for what is none.
func handleAt(host string, path []string) (handle string, ok bool) {
	for _, p := range platforms {
		own, ends := strings.CutSuffix(host, p.host)
		if !ends {
			continue
		}
		own, under := strings.CutSuffix(own, ".")
		switch {
		case own != "" && !under: // notmedium.com
			continue
		case under && own != "m" && own != "blog" && own != "feeds":
			return own, true
		}
		if slices.Contains(p.skip, path[0]) && len(path) > 1 {
			path = path[1:]
		}
		return strings.TrimPrefix(path[0], "@"), true
	}
	return "", false
}

// engineeringWords are the words that tell a company's engineers from the company and from a person.
var engineeringWords = []string{"engineeringblog", "techblog", "engineering", "technology", "developers", "engblog", "devblog",
	"engineers", "technical", "tech", "eng", "dev"}

// isEngineeringWord tells whether a part of a name is such a word.
func isEngineeringWord(word string) bool {
	return slices.Contains(engineeringWords, word) || word == "blog" || word == "team" || word == "io"
}

// stripEngineeringSuffix is the company in a name such as netflix-techblog, adobetech or pinterest_engineering; it is empty where
// no word tells that engineers of a company write there.
func stripEngineeringSuffix(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	var kept []string
	trade := false
	for _, word := range words {
		if isEngineeringWord(word) {
			trade = trade || slices.Contains(engineeringWords, word)
			continue
		}
		kept = append(kept, word)
	}
	if len(kept) > 0 && !trade && len(words) == 1 {
		for _, t := range engineeringWords {
			if own, ok := strings.CutSuffix(words[0], t); ok && len(own) > 3 && len(t) > 2 {
				return own
			}
		}
	}
	if !trade || len(kept) > 3 {
		return ""
	}
	return strings.Join(kept, "-")
}

// places are parts of hosts and paths where a company's engineers write.
var places = []string{"engineering", "eng", "engblog", "engineeringblog", "engineering-blog", "engineer", "tech", "techblog",
	"tech-blog", "technology", "developers", "developer", "dev", "devblog", "code", "codeascraft", "labs", "underthehood",
	"bytes", "building", "builders", "research", "product", "infra", "data"}

// companyHost is the name in a host of a company's own, empty where nothing tells that it is one.
func companyHost(host string, path []string) string {
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return ""
	}
	name, ending, _ := strings.Cut(domain, ".")
	if ending == "engineering" || ending == "technology" {
		return name
	}
	if own := stripEngineeringSuffix(name); own != "" {
		return own
	}
	for _, part := range strings.Split(strings.TrimSuffix(host, domain), ".") {
		if slices.Contains(places, part) || (part == "blog" || part == "blogs") && commercial(ending) {
			return name
		}
	}
	for _, part := range path[:min(len(path), 3)] {
		if slices.Contains(places[:11], part) {
			return name
		}
	}
	return ""
}

// commercial tells endings of domains under which few private people have a blog. at an address of its own.
func commercial(ending string) bool {
	return slices.Contains([]string{"com", "io", "co", "tv", "ai", "app", "cloud", "so", "tech", "co.uk", "com.br", "in", "nl", "de"}, ending)
}

// isPersonal tells whether the name of a domain is made of the author's own: nelhage of Nelson Elhage.
func isPersonal(domain, author string) bool {
	domain = bareName(domain)
	for _, part := range strings.Fields(author) {
		if part = bareName(part); len(part) > 3 && strings.Contains(domain, part) {
			return true
		}
	}
	return false
}

// inTitle is the one known company that a title names in a way that makes it the place: "at Netflix", "Netflix's",
// "How Netflix …".
func (c companies) inTitle(title string) string {
	words := strings.Fields(strings.ReplaceAll(title, "’", "'"))
	var names []string
	for i := range words {
		for n := 1; n <= 2 && i+n <= len(words); n++ {
			bare, own := strings.CutSuffix(strings.TrimRight(strings.Join(words[i:i+n], " "), ".,:;!?)"), "'s")
			name := c.name[bareName(bare)]
			if name == "" || beginsLower(bare) && !beginsLower(name) {
				continue
			}
			if own || i > 0 && slices.Contains([]string{"at", "how", "inside", "by"}, strings.ToLower(words[i-1])) {
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

func beginsLower(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLower(first)
}
