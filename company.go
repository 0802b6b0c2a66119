package broadsheet

import (
	"net/url"
	"strings"
)

// companies knows whose a web address is.
type companies struct {
	names map[string]string // by host, or host and path, lower case
}

func newCompanies(list []Company) companies {
	c := companies{names: map[string]string{}}
	for _, company := range list {
		for _, link := range company.Links {
			c.names[whereabouts(link)] = company.Name
		}
	}
	return c
}

// whereabouts is a link as the table knows it: host without www., and path, lower case.
func whereabouts(link string) string {
	link = strings.ToLower(strings.TrimSpace(link))
	if _, rest, ok := strings.Cut(link, "://"); ok {
		link = rest
	}
	link, _, _ = strings.Cut(link, "?")
	link, _, _ = strings.Cut(link, "#")
	return strings.TrimSuffix(strings.TrimPrefix(link, "www."), "/")
}

// of is the company that an article is about: the source's own, else the one whose address it stands at.
func (c companies) of(a Article, s Source) string {
	if s.Company != "" {
		return s.Company
	}
	return c.at(a.Link)
}

// at is the company whose address the link is; empty when that cannot be told.
func (c companies) at(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" {
		return ""
	}
	for at := whereabouts(link); at != ""; {
		if name, ok := c.names[at]; ok {
			return name
		}
		if i := strings.LastIndexByte(at, '/'); i >= 0 {
			at = at[:i]
		} else if _, rest, ok := strings.Cut(at, "."); ok {
			at = rest
		} else {
			at = ""
		}
	}
	return ""
}
