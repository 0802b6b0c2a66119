// Package discover finds the source that a site offers: its feed, or else a list of articles on a page, or else a
// sitemap.
package discover

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/fetch/extract"
	"broadsheet/fetch/feed"
	"broadsheet/fetch/list"
	"broadsheet/fetch/text"
	"broadsheet/internal/link"

	"github.com/PuerkitoBio/goquery"
)

// Result is a source that Find found.
type Result struct {
	Source   broadsheet.Source // as feeds.yaml would have it: Kind and URL, and the selectors of a page
	Title    string            // its own; may be empty
	HomePage string
	Items    []broadsheet.FeedItem // those that it has now
	List     broadsheet.PageList   // of a page with items: auto, how its list was found
	How      string                // how it was found, for the maintainer

	DeclaredBy Page // the page that declares or links to it; zero if it was found otherwise
}

// Page is a web page that leads to a source.
type Page struct {
	Requested string // its address
	URL       string // after redirects
	Moved     bool   // the redirects are permanent
}

// Limits of a search, so that it does not burden a site.
const (
	maxFetches   = 30 // addresses that are fetched
	maxDeclared  = 4  // feeds of one page that are fetched
	fullListSize = 8  // articles from which on a list is taken for the main list of its site
)

// Find finds the sources at an address or near it: the document at the address, the feeds that its page declares or
// links to, those of known platforms, and those at usual addresses of its site. If there is no feed it finds lists of
// articles on the page, and sitemaps. found is sorted, the best first; others are addresses of further feeds that the
// page declares. private allows an address in a private network. fetch is called for sitemaps. An error says why
// nothing was found, and what to do.
func Find(ctx context.Context, c *client.Client, fetch fetchFunc, address string, private bool) (found []Result, others []string, err error) {
	defer client.RecoverAsError(client.RedactURL(address), &err)
	u, err := client.ParseURL(address)
	if err != nil {
		return nil, nil, client.InvalidURL(address, err)
	}
	s := &search{client: c, fetchSource: fetch, start: u, credentials: u.User, seen: map[string]bool{}}
	s.permission = client.PermissionFor(broadsheet.Source{URL: address, AllowPrivate: private})
	u.User = nil
	if u.Path == "" {
		u.Path = "/"
	}
	if err := s.findFeeds(ctx); err != nil {
		return nil, nil, err
	}
	if len(s.found) == 0 && (s.startErr == nil || isOfAddressOnly(s.startErr)) {
		s.findLists(ctx, private)
		s.findSitemap(ctx, private)
	}
	switch {
	case len(s.found) > 0:
		return s.found, s.others, nil
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case s.startErr != nil:
		return nil, nil, s.startErr
	}
	return nil, nil, client.ErrorAt(u, &client.Failure{Reason: "no feed, no sitemap and no list of articles was found there, nor at the usual places; " +
		"look on the site for its blog's own address, or name the articles by hand with list:", Permanent: true})
}

// fetchFunc fetches a source, as Fetcher.FetchSource of package fetch does.
type fetchFunc func(context.Context, broadsheet.Source, broadsheet.Visit) ([]broadsheet.FeedItem, broadsheet.Visit, error)

// search is the state of one call of Find.
type search struct {
	client      *client.Client
	fetchSource fetchFunc
	start       *url.URL
	credentials *url.Userinfo // of start
	permission  client.Permission

	seen     map[string]bool // addresses that were fetched
	fetches  int
	startErr error       // why the document at start could not be used
	pages    []*document // the web pages at start and above it
	found    []Result
	others   []string
}

// findFeeds looks for a feed, first where one is most likely.
func (s *search) findFeeds(ctx context.Context) error {
	for _, known := range platformFeeds(s.start) {
		if s.try(ctx, known.address, "the place where "+known.platform+" has it") {
			return nil
		}
	}
	doc, err := s.fetch(ctx, s.start.String())
	switch {
	case err != nil && (client.IsStopped(err) || !isFromServer(err)):
		return err // no such host, no connection, not allowed: it would be the same for other addresses there
	case err != nil:
		s.startErr = err
	case doc.kind != "":
		s.add(doc, s.start.String(), "the address itself")
		return nil
	default:
		s.pages = append(s.pages, doc)
		if s.tryDeclared(ctx, doc, "that page") {
			return nil
		}
	}
	if s.startErr != nil && !isOfAddressOnly(s.startErr) {
		return nil // the server is down or refuses us: it should get no more requests
	}
	for _, parent := range s.parentPages() {
		doc, err := s.fetch(ctx, parent)
		switch {
		case err != nil:
		case doc.kind == broadsheet.KindFeed:
			s.add(doc, parent, "the site's own address")
			return nil
		case doc.kind == "" && s.tryDeclared(ctx, doc, parent):
			return nil
		case doc.kind == "":
			s.pages = append(s.pages, doc)
		}
	}
	for _, address := range s.usualAddresses() {
		if ctx.Err() != nil || s.try(ctx, address, "a usual place") {
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// isFromServer reports whether an error comes from the server's response: from its status or its body.
func isFromServer(err error) bool {
	var f *client.Failure
	return errors.As(err, &f) && (f.Status != 0 || f.Cause != nil)
}

// isOfAddressOnly reports whether an error concerns one address, not its host.
func isOfAddressOnly(err error) bool {
	var f *client.Failure
	return errors.As(err, &f) && (f.Cause != nil || f.Status == http.StatusNotFound || f.Status == http.StatusGone || f.Status == http.StatusForbidden)
}

// document is what was fetched from an address: a feed, a sitemap or a web page.
type document struct {
	requested   string
	url         *url.URL        // after redirects
	movedTo     string          // the target of permanent redirects; empty: none
	kind        broadsheet.Kind // feed or sitemap; "": a web page
	parsed      feed.Document   // of a web page only what it declares
	body        []byte          // of a web page
	contentType string
}

// fetch fetches an address, unless it was fetched before or the search has made maxFetches requests.
func (s *search) fetch(ctx context.Context, address string) (doc *document, err error) {
	defer client.RecoverAsError(client.RedactURL(address), &err)
	u, err := client.ParseURL(address)
	if err != nil || s.seen[u.String()] || s.fetches >= maxFetches {
		return nil, client.Denied("looked at already")
	}
	s.seen[u.String()] = true
	s.fetches++
	req := client.Request{URL: u, Permission: s.permission, Accept: feed.Accept, MaxBytes: s.client.Limits.Body}
	if client.HostPort(u) == client.HostPort(s.start) && u.Scheme == s.start.Scheme {
		req.Credentials = s.credentials
	}
	resp, err := s.client.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	defer resp.Release()
	if !resp.OK() {
		return nil, client.ErrorAt(resp.URL, client.StatusError(resp))
	}
	if resp.Incomplete != nil && client.IsUnwanted(resp.Incomplete) {
		return nil, client.ErrorAt(resp.URL, resp.Incomplete)
	}
	doc, err = client.WithParseSlot(ctx, s.client, resp, func(body []byte, _ bool) (*document, error) {
		doc := &document{requested: u.String(), url: resp.URL, movedTo: resp.MovedTo, contentType: resp.Header.Get("Content-Type")}
		if err := doc.parse(body); err != nil {
			return nil, err
		}
		if doc.parsed.RefreshTo == "" {
			doc.parsed.RefreshTo = text.SafeLink(text.RefreshTarget(resp.Header.Get("Refresh")), resp.URL)
		}
		return doc, nil
	})
	if err != nil {
		return nil, client.ErrorAt(resp.URL, err)
	}
	return doc, nil
}

// parse determines what a body is, and parses it unless it is a web page.
func (d *document) parse(body []byte) error {
	parsed, err := feed.Parse(body, d.contentType, d.url)
	if err == nil {
		d.kind, d.parsed = broadsheet.KindFeed, parsed
		return nil
	}
	if _, page := feed.DeclaredFeeds(err); page {
		d.parsed, d.body = parsed, body
		return nil
	}
	if head := strings.TrimSpace(string(body[:min(len(body), client.SniffBytes)])); strings.HasPrefix(head, "<") {
		if sitemap, sitemapErr := feed.ParseSitemap(body, d.contentType, d.url); sitemapErr == nil {
			d.kind, d.parsed = broadsheet.KindSitemap, sitemap
			return nil
		}
	}
	return &client.Failure{Reason: client.Printable(err.Error()), Permanent: true, Cause: err}
}

// try fetches an address and reports whether it is a feed with articles, which it adds to found.
func (s *search) try(ctx context.Context, address, how string) bool {
	doc, err := s.fetch(ctx, address)
	if err != nil || doc.kind != broadsheet.KindFeed || !doc.hasArticles() {
		return false
	}
	s.add(doc, address, how)
	return true
}

// add adds a source to found. Its address is the one that it moved to permanently, or else the one that was requested.
func (s *search) add(doc *document, address, how string) {
	if doc.movedTo != "" {
		address = doc.movedTo
	}
	if u, err := url.Parse(address); err == nil && s.credentials != nil && client.HostPort(u) == client.HostPort(s.start) {
		u.User = s.credentials
		address = u.String()
	}
	s.found = append(s.found, Result{
		Source: broadsheet.Source{Kind: doc.kind, URL: address},
		Title:  doc.parsed.Title, HomePage: doc.parsed.HomePage, Items: doc.parsed.Items, How: how,
	})
}

var commentsTitle = regexp.MustCompile(`(?i)^(comments? (on|for)\b|kommentare |commentaires |комментарии )`)

// hasArticles reports whether a feed has items that are articles, not the comments on one.
func (d *document) hasArticles() bool {
	links := map[string]bool{}
	for _, item := range d.parsed.Items {
		links[link.Key(item.Link)] = true
	}
	return len(d.parsed.Items) > 0 && !commentsTitle.MatchString(d.parsed.Title) && (len(links) > 1 || len(d.parsed.Items) == 1)
}

// tryRefresh tries what a page's meta refresh leads to: a feed, or another page that declares one.
func (s *search) tryRefresh(ctx context.Context, page *document, pageName string) bool {
	if page.parsed.RefreshTo == "" {
		return false
	}
	doc, err := s.fetch(ctx, page.parsed.RefreshTo)
	switch {
	case err != nil:
		return false
	case doc.kind == "":
		s.pages = append(s.pages, doc)
		return s.tryDeclared(ctx, doc, client.DisplayURL(doc.url))
	case doc.kind != broadsheet.KindFeed || !doc.hasArticles():
		return false
	}
	s.add(doc, page.parsed.RefreshTo, pageName+" leads on to it (meta refresh)")
	return true
}

// tryDeclared tries the feed that a page leads on to, those that it declares, or else those that it links to, until one
// has articles. The addresses of the remaining ones are added to others.
func (s *search) tryDeclared(ctx context.Context, page *document, pageName string) bool {
	if s.tryRefresh(ctx, page, pageName) {
		return true
	}
	addresses := slices.Clone(page.parsed.DeclaredFeeds)
	slices.SortStableFunc(addresses, func(a, b string) int { return unlikelihood(a, page.url) - unlikelihood(b, page.url) })
	how := pageName + " declares it"
	if len(addresses) == 0 {
		addresses, how = linkedFeeds(page), pageName+" links to it"
	}
	for i, address := range addresses[:min(len(addresses), maxDeclared)] {
		if s.try(ctx, address, how) {
			s.found[len(s.found)-1].DeclaredBy = Page{Requested: page.requested, URL: page.url.String(), Moved: page.movedTo != ""}
			s.others = append(s.others, addresses[i+1:]...)
			return true
		}
	}
	return false
}

// unlikelihood returns how unlikely it is that a declared feed is that of the site's articles; 0 is the likeliest.
func unlikelihood(feed string, page *url.URL) (n int) {
	lower := strings.ToLower(feed)
	if strings.Contains(lower, "comment") || strings.Contains(lower, "/replies") {
		n += 4
	}
	if strings.Contains(lower, "wp-json") || strings.Contains(lower, "oembed") {
		n += 8
	}
	if u, err := url.Parse(feed); err == nil && strings.Count(strings.Trim(page.Path, "/"), "/") >= 1 && strings.HasPrefix(u.Path, strings.TrimRight(page.Path, "/")+"/") {
		n += 2 // a feed below an article's address has its comments
	}
	if strings.HasSuffix(lower, ".json") {
		n++
	}
	return n
}

// feedPath matches a path that looks like a feed's.
var feedPath = regexp.MustCompile(`(?i)(^|[/._-])(rss|atom|feeds?|index\.xml)([/._?-]|$)`)

// linkedFeeds returns the addresses that a page links to and that look like feeds of the same site.
func linkedFeeds(page *document) (all []string) {
	parseHTML(page).Find("a[href]").EachWithBreak(func(_ int, a *goquery.Selection) bool {
		address := text.SafeLink(a.AttrOr("href", ""), page.url)
		u, err := url.Parse(address)
		if err != nil || address == "" || !link.SameSite(u, page.url) || slices.Contains(all, address) {
			return true
		}
		if label := strings.ToLower(list.NodeText(a)); feedPath.MatchString(u.Path) || label == "rss" || label == "atom" || label == "feed" || label == "rss feed" {
			all = append(all, address)
		}
		return len(all) < maxDeclared
	})
	return all
}

func parseHTML(page *document) *goquery.Document {
	return goquery.NewDocumentFromNode(extract.ParseHTML(text.Decode(page.body, page.contentType)))
}

// parentPages returns the addresses of the pages above start on the same site or account: the section of an article,
// and the front page.
func (s *search) parentPages() (all []string) {
	for _, folder := range s.folders() {
		if folder != s.start.String() && folder != s.start.String()+"/" {
			all = append(all, folder)
		}
	}
	return all
}

// folders returns the addresses of up to two folders of start's path and of its root, as far as they belong to the same
// site or account; the root is last.
func (s *search) folders() (all []string) {
	site := link.Site(s.start.String())
	parts := strings.Split(strings.Trim(s.start.Path, "/"), "/")
	for n := min(len(parts), 2); n >= 0; n-- {
		if n > 0 && parts[0] == "" {
			continue
		}
		path := "/"
		if n > 0 {
			path += strings.Join(parts[:n], "/") + "/"
		}
		folder := (&url.URL{Scheme: s.start.Scheme, Host: s.start.Host, Path: path}).String()
		if link.Site(folder) == site && (n == 0 || !strings.Contains(parts[n-1], ".")) {
			all = append(all, folder)
		}
	}
	return all
}

// usualAddresses returns the addresses at which sites usually have their feed, the most usual first.
func (s *search) usualAddresses() (all []string) {
	for _, name := range []string{"feed", "rss.xml", "feed.xml", "atom.xml", "index.xml", "rss", "feed.json"} {
		for _, folder := range s.folders() {
			all = append(all, folder+name)
		}
	}
	root := &url.URL{Scheme: s.start.Scheme, Host: s.start.Host}
	if folders := s.folders(); len(folders) > 0 && strings.HasSuffix(folders[len(folders)-1], root.Host+"/") {
		for _, path := range []string{"/feeds/posts/default", "/blog/feed", "/blog/rss.xml", "/blog/feed.xml", "/blog/atom.xml", "/blog/index.xml", "/feeds/all.atom.xml"} {
			all = append(all, root.String()+path)
		}
	}
	return all
}

// findLists adds the lists of articles on the pages that were fetched.
func (s *search) findLists(ctx context.Context, private bool) {
	for _, page := range s.pages {
		if _, err := s.client.Robots.Allow(ctx, page.url, s.permission); err != nil {
			continue
		}
		for _, proposed := range list.Propose(parseHTML(page), page.url) {
			proposed.Source.AllowPrivate = private
			s.found = append(s.found, Result{Source: proposed.Source, Title: proposed.Title, HomePage: proposed.HomePage, Items: proposed.Items,
				List: proposed.List, How: "a list on " + client.DisplayURL(page.url)})
		}
	}
	// An article's page lists few other articles, the page above it lists all: the page at start comes first only if its
	// list is long.
	slices.SortStableFunc(s.found, func(a, b Result) int { return min(len(b.Items), fullListSize) - min(len(a.Items), fullListSize) })
	s.found = s.found[:min(len(s.found), list.MaxProposals)]
}

// findSitemap adds the first sitemap that has items.
func (s *search) findSitemap(ctx context.Context, private bool) {
	for _, address := range s.sitemapAddresses(ctx) {
		source := broadsheet.Source{Kind: broadsheet.KindSitemap, URL: address, AllowPrivate: private}
		if items, v, err := s.fetchSource(ctx, source, broadsheet.Visit{}); err == nil && len(items) > 0 {
			s.found = append(s.found, Result{Source: source, Title: v.Title, Items: items, How: "a sitemap, which lists all pages, not only articles"})
			return
		}
	}
}

// sitemapAddresses returns the addresses of the sitemaps that robots.txt names, and the usual ones.
func (s *search) sitemapAddresses(ctx context.Context) (all []string) {
	robots := &url.URL{Scheme: s.start.Scheme, Host: s.start.Host, Path: "/robots.txt"}
	if resp, err := s.client.Do(ctx, client.Request{URL: robots, Permission: s.permission, Accept: "text/plain,*/*;q=0.1", MaxBytes: client.MaxRobotsBytes}); err == nil {
		if resp.OK() {
			body, _, _ := client.Decompress(resp.Body, resp.Header.Get("Content-Encoding"), client.MaxRobotsBytes)
			for line := range strings.Lines(string(body)) {
				if name, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(name), "sitemap") && len(all) < 3 {
					if address := text.SafeLink(value, robots); address != "" {
						all = append(all, address)
					}
				}
			}
		}
		resp.Release()
	}
	for _, path := range []string{"/sitemap.xml", "/sitemap_index.xml"} {
		all = append(all, (&url.URL{Scheme: s.start.Scheme, Host: s.start.Host, Path: path}).String())
	}
	return all
}
