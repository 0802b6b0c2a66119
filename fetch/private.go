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

// replacePrivateLinks removes the links into private networks from a document, unless its source has allow_private. A
// blog that was built with the address of its author's preview server (http://localhost:4000/2026/uno.html) means its
// own site: such a link is replaced by the same path on that site. Any other one is dropped and counted. u is the
// address of the document.
func replacePrivateLinks(d *feed.Document, s broadsheet.Source, u *url.URL) {
	if s.AllowPrivate {
		return
	}
	site := siteOf(d, s, u)
	preview := previewServers(d)
	replace := func(link string) string { // the address on the source's own site; "": none
		if site == nil || !preview[serverOf(link)] {
			return ""
		}
		return moveToSite(link, site, pathPrefix(d.SelfLink, u, site))
	}
	for i := range d.Items {
		replaceItemLinks(d, &d.Items[i], replace)
	}
	d.Items = slices.DeleteFunc(d.Items, func(item broadsheet.FeedItem) bool { return item.PrivateLink != "" && isEmptyWithoutLink(s.Kind, item) })
	for i, child := range d.Sitemaps {
		if link.IsPrivate(child) {
			d.Sitemaps[i] = replace(child)
		}
	}
	if link.IsPrivate(d.HomePage) {
		d.HomePage = replace(d.HomePage)
	}
}

// replaceItemLinks replaces the private links of one item.
func replaceItemLinks(d *feed.Document, item *broadsheet.FeedItem, replace func(string) string) {
	for _, address := range []*string{&item.Via, &item.Image} {
		if link.IsPrivate(*address) {
			*address = replace(*address)
		}
	}
	if !link.IsPrivate(item.Link) {
		return
	}
	item.PrivateLink, item.Link = item.Link, replace(item.Link)
	if guid := text.SafeLink(item.GUID, nil); guid != "" && !link.IsPrivate(guid) && samePath(guid, item.PrivateLink) {
		item.Link = guid // the item's public address
	}
	if item.Link == "" {
		item.Link, item.Via = item.Via, "" // of a link post, the post itself remains
	}
	if item.Link == "" {
		countUnlinked(d, 1, hostAndPort(item.PrivateLink))
	}
}

// countUnlinked counts n links that were dropped. host is that of the first of them.
func countUnlinked(d *feed.Document, n int, host string) {
	if d.Unlinked == 0 {
		d.UnlinkedHost = host
	}
	d.Unlinked += n
}

// isEmptyWithoutLink reports whether an item has no link and nothing else either. An item of a page or a sitemap is
// nothing but its link.
func isEmptyWithoutLink(kind broadsheet.Kind, item broadsheet.FeedItem) bool {
	return item.Link == "" && (kind == broadsheet.KindPage || kind == broadsheet.KindSitemap || item.Title+item.Summary+item.Content == "")
}

// previewServers returns the private servers that are taken for the author's preview server: those of the document's
// own address and of its home page, as it gives them, and the one that more than half of its items (or of the sitemaps
// that it names) link to.
func previewServers(d *feed.Document) map[string]bool {
	preview := map[string]bool{}
	for _, address := range []string{d.HomePage, d.SelfLink} {
		if link.IsPrivate(address) {
			preview[serverOf(address)] = true
		}
	}
	links := slices.Clone(d.Sitemaps)
	for _, item := range d.Items {
		links = append(links, item.Link)
	}
	count, total := map[string]int{}, 0
	for _, address := range links {
		if address == "" {
			continue
		}
		total++
		if link.IsPrivate(address) {
			count[serverOf(address)]++
		}
	}
	for server, n := range count {
		if 2*n > total {
			preview[server] = true
		}
	}
	return preview
}

// siteOf returns an address on the source's own site: its home page, or else the address of its document or its source,
// unless that belongs to a service that relays other sites' feeds. nil: the site is not known.
func siteOf(d *feed.Document, s broadsheet.Source, u *url.URL) *url.URL {
	for _, address := range []string{d.HomePage, u.String(), s.URL} {
		site, err := client.ParseURL(address)
		if err != nil || site.Host == "" || link.IsPrivate(address) || isRelay(site) {
			continue
		}
		return site
	}
	return nil
}

// relays are services that serve other sites' feeds under their own name.
var relays = []string{"feedburner.com", "feedproxy.google.com", "feedblitz.com", "feedpress.me", "rss.app", "fetchrss.com", "politepol.com",
	"rsshub.app", "openrss.org", "kill-the-newsletter.com", "raw.githubusercontent.com", "jsdelivr.net"}

// isRelay reports whether a document at u may be from anybody: u is at a relay, or in an account of a shared host.
func isRelay(u *url.URL) bool {
	if strings.Contains(link.Site(u.String()), "/") {
		return true
	}
	return slices.ContainsFunc(relays, func(relay string) bool {
		return u.Hostname() == relay || strings.HasSuffix(u.Hostname(), "."+relay)
	})
}

// pathPrefix returns the path on the site that corresponds to the root of the preview server: for a document that gives
// its own address as /feed.xml, but was found at /blog/feed.xml, that is /blog. self is the address that the document
// gives, u its real one.
func pathPrefix(self string, u, site *url.URL) string {
	preview, err := url.Parse(self)
	if err != nil || !link.IsPrivate(self) || u.Host != site.Host || len(preview.Path) < 2 {
		return ""
	}
	prefix, ok := strings.CutSuffix(u.EscapedPath(), preview.EscapedPath())
	if !ok {
		return ""
	}
	return prefix
}

// moveToSite returns the address on a site that corresponds to a private link.
func moveToSite(link string, site *url.URL, prefix string) string {
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

// serverOf returns the host and port of an address. All names of the local machine count as localhost.
func serverOf(address string) string {
	u, err := client.ParseURL(address)
	if err != nil {
		return ""
	}
	host := strings.TrimSuffix(u.Hostname(), ".")
	switch kind := link.PrivateHostKind(host); {
	case kind == "loopback", host == "0.0.0.0", host == "::", host == "localhost", strings.HasSuffix(host, ".localhost"):
		host = "localhost"
	}
	return host + ":" + portOf(u)
}

func portOf(u *url.URL) string {
	_, port, _ := strings.Cut(client.HostPort(u), "]")
	return port[strings.LastIndexByte(port, ':')+1:]
}

// samePath reports whether two addresses have the same path and query, and the path is more than "/".
func samePath(a, b string) bool {
	u, errU := url.Parse(a)
	v, errV := url.Parse(b)
	return errU == nil && errV == nil && strings.TrimSuffix(u.Path, "/") == strings.TrimSuffix(v.Path, "/") && u.RawQuery == v.RawQuery && len(u.Path) > 1
}

// hostAndPort returns the host and port of a link, as they are shown to the maintainer.
func hostAndPort(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return client.Printable(u.Host)
}
