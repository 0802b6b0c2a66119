package fetch

import (
	"net/url"
	"slices"
	"strings"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/fetch/feed"
	"broadsheet/fetch/text"
	"broadsheet/internal/link"
)

// settlePrivateLinks lets no link of a document lead into a private network, unless its source has allow_private. A blog that was
// built for its author's preview server (http://localhost:4000/2026/uno.html) means its own site: there such a link is
// taken to its place. Any other one is dropped and counted. at is where the document was found.
func settlePrivateLinks(d *feed.Document, s broadsheet.Source, at *url.URL) {
	if s.AllowPrivate {
		return
	}
	site := siteOf(d, s, at)
	preview := previewServers(d)
	ownPlace := func(link string) string { // where a private link leads on the source's own site; "": nowhere
		if site == nil || !preview[server(link)] {
			return ""
		}
		return placed(link, site, prefixOf(d.Self, at, site))
	}
	for i := range d.Items {
		settleOne(d, &d.Items[i], ownPlace)
	}
	d.Items = slices.DeleteFunc(d.Items, func(t broadsheet.FeedItem) bool { return t.Private != "" && isBare(s.Kind, t) })
	for i, child := range d.Children {
		if link.PrivateLink(child) {
			d.Children[i] = ownPlace(child)
		}
	}
	if link.PrivateLink(d.HomePage) {
		d.HomePage = ownPlace(d.HomePage)
	}
}

// settleOne settles the links of one entry.
func settleOne(d *feed.Document, t *broadsheet.FeedItem, ownPlace func(string) string) {
	for _, address := range []*string{&t.Via, &t.Image} {
		if link.PrivateLink(*address) {
			*address = ownPlace(*address)
		}
	}
	if !link.PrivateLink(t.Link) {
		return
	}
	t.Private, t.Link = t.Link, ownPlace(t.Link)
	if own := text.SafeLink(t.GUID, nil); own != "" && !link.PrivateLink(own) && samePath(own, t.Private) {
		t.Link = own // the entry names its own address
	}
	if t.Link == "" {
		t.Link, t.Via = t.Via, "" // of a link post the post itself is left
	}
	if t.Link == "" {
		unlink(d, 1, hostAndPort(t.Private))
	}
}

// unlink counts links that were dropped, the first of them at host.
func unlink(d *feed.Document, n int, host string) {
	if d.Unlinked == 0 {
		d.UnlinkedHost = host
	}
	d.Unlinked += n
}

// isBare reports whether nothing is left of an entry without its link: on a page or a sitemap an entry is its link.
func isBare(kind broadsheet.Kind, t broadsheet.FeedItem) bool {
	return t.Link == "" && (kind != broadsheet.KindFeed || t.Title+t.Summary+t.Content == "")
}

// previewServers are the private servers that are taken for the author's own: where the document says that it stands, or
// its home page, and that at which more than half of its entries (or of the sitemaps that it names) are.
func previewServers(d *feed.Document) map[string]bool {
	preview := map[string]bool{}
	for _, address := range []string{d.HomePage, d.Self} {
		if link.PrivateLink(address) {
			preview[server(address)] = true
		}
	}
	links := slices.Clone(d.Children)
	for _, t := range d.Items {
		links = append(links, t.Link)
	}
	count, all := map[string]int{}, 0
	for _, address := range links {
		if address == "" {
			continue
		}
		all++
		if link.PrivateLink(address) {
			count[server(address)]++
		}
	}
	for at, n := range count {
		if 2*n > all {
			preview[at] = true
		}
	}
	return preview
}

// siteOf is the source's own: that of its home page, else that of its address, unless that belongs to a service that
// passes on the feeds of others. nil: it is not known.
func siteOf(d *feed.Document, s broadsheet.Source, at *url.URL) *url.URL {
	for _, address := range []string{d.HomePage, at.String(), s.URL} {
		u, err := client.ParseURL(address)
		if err != nil || u.Host == "" || link.PrivateLink(address) || passesOn(u) {
			continue
		}
		return u
	}
	return nil
}

// relays pass on the feeds of others under their own name.
var relays = []string{"feedburner.com", "feedproxy.google.com", "feedblitz.com", "feedpress.me", "rss.app", "fetchrss.com", "politepol.com",
	"rsshub.app", "openrss.org", "kill-the-newsletter.com", "raw.githubusercontent.com", "jsdelivr.net"}

// passesOn reports whether what stands at an address may be of anybody: at a relay, or in an account of a shared host.
func passesOn(u *url.URL) bool {
	if strings.Contains(link.Site(u.String()), "/") {
		return true
	}
	return slices.ContainsFunc(relays, func(relay string) bool {
		return u.Hostname() == relay || strings.HasSuffix(u.Hostname(), "."+relay)
	})
}

// prefixOf is the folder of the site under which the preview server's paths are: where the document says that it is at
// /feed.xml and was found at /blog/feed.xml, that is /blog.
func prefixOf(self string, at, site *url.URL) string {
	u, err := url.Parse(self)
	if err != nil || !link.PrivateLink(self) || at.Host != site.Host || len(u.Path) < 2 {
		return ""
	}
	prefix, ok := strings.CutSuffix(at.EscapedPath(), u.EscapedPath())
	if !ok {
		return ""
	}
	return prefix
}

// placed is a private link's place on a site.
func placed(link string, site *url.URL, prefix string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	fragment := ""
	if u.Fragment != "" {
		fragment = "#" + u.EscapedFragment()
	}
	return text.SafeLink(site.Scheme+"://"+site.Host+prefix+u.RequestURI()+fragment, nil)
}

// server is the server that a link leads to. All names of the reader's own machine are one.
func server(address string) string {
	u, err := client.ParseURL(address)
	if err != nil {
		return ""
	}
	host := strings.TrimSuffix(u.Hostname(), ".")
	switch kind := link.PrivateHost(host); {
	case kind == "loopback", host == "0.0.0.0", host == "::", host == "localhost", strings.HasSuffix(host, ".localhost"):
		host = "localhost"
	}
	return host + ":" + portOf(u)
}

func portOf(u *url.URL) string {
	_, port, _ := strings.Cut(client.HostPort(u), "]")
	return port[strings.LastIndexByte(port, ':')+1:]
}

// samePath reports whether two addresses differ in no more than their hosts.
func samePath(a, b string) bool {
	u, errU := url.Parse(a)
	v, errV := url.Parse(b)
	return errU == nil && errV == nil && strings.TrimSuffix(u.Path, "/") == strings.TrimSuffix(v.Path, "/") && u.RawQuery == v.RawQuery && len(u.Path) > 1
}

// hostAndPort is where a link leads, for the maintainer.
func hostAndPort(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return client.Printable(u.Host)
}
