// Package discover finds what of a site can be read as a source: its feed, else a list on a page, else a sitemap.
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

// Found is a source that Discover found: what feeds.yaml would say of it, and what it told when it was asked.
type Found struct {
	Source   broadsheet.Source // Kind and URL; of a page the selectors too
	Title    string            // what it calls itself; empty: nothing
	HomePage string
	Items    []broadsheet.FeedItem
	How      string // in which way it was found, in words
}

// Bounds of a search: a site is not to be asked for ever.
const (
	maxLooks    = 30 // requests
	maxDeclared = 4  // feeds of one page that are looked at
	wholeList   = 8  // articles from which on a list is taken for that of its site
)

// Find finds what can be read as a source at an address or near it: what stands there itself, the feeds that its
// page declares or links to, those at the usual places of its site, or of platforms whose addresses are known. Where a
// site has no feed, lists of articles on the page and sitemaps are found. Best first; others are further feeds that the
// page declares. An error says why nothing was found, and what to do.
func Find(ctx context.Context, c *client.Client, ask askFunc, address string, private bool) (found []Found, others []string, err error) {
	defer client.RecoverAsError(client.RedactURL(address), &err)
	u, err := client.ParseURL(address)
	if err != nil {
		return nil, nil, client.InvalidURL(address, err)
	}
	s := &search{client: c, ask: ask, start: u, login: u.User, seen: map[string]bool{}}
	s.permit = client.PermissionFor(broadsheet.Source{URL: address, AllowPrivate: private})
	u.User = nil
	if u.Path == "" {
		u.Path = "/"
	}
	if err := s.feeds(ctx); err != nil {
		return nil, nil, err
	}
	if len(s.found) == 0 && (s.failed == nil || notThere(s.failed)) {
		s.instead(ctx, private)
	}
	switch {
	case len(s.found) > 0:
		return s.found, s.others, nil
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case s.page == nil && s.failed != nil:
		return nil, nil, s.failed
	}
	return nil, nil, client.ErrorAt(u, &client.Failure{Reason: "no feed, no sitemap and no list of articles was found there, nor at the usual places; " +
		"look on the site for its blog's own address, or name the articles by hand with list:", Permanent: true})
}

// askFunc asks a source what is new since a visit.
type askFunc func(context.Context, broadsheet.Source, broadsheet.Visit) ([]broadsheet.FeedItem, broadsheet.Visit, error)

// search is one call of discover.
type search struct {
	client *client.Client
	ask    askFunc
	start  *url.URL
	login  *url.Userinfo
	permit client.Permission
	seen   map[string]bool
	looks  int
	page   *pageResponse   // what stands at start, when that is a web page
	pages  []*pageResponse // that, and those above it
	failed error           // why start could not be read
	found  []Found
	others []string
}

// feeds looks for feeds: at first where they are most likely.
func (s *search) feeds(ctx context.Context) error {
	for _, known := range shapesOf(s.start) {
		if s.try(ctx, known.address, "the place where "+known.of+" has it") {
			return nil
		}
	}
	at, err := s.look(ctx, s.start.String())
	switch {
	case err != nil && (client.IsStopped(err) || !answered(err)):
		return err // no such host, no connection, not to be asked: other addresses there fare no better
	case err != nil:
		s.failed = err
	case at.kind != "":
		s.take(at, s.start.String(), "the address itself")
		return nil
	default:
		s.page = at
		s.pages = append(s.pages, at)
		if s.declared(ctx, at, "that page") {
			return nil
		}
	}
	if s.failed != nil && !notThere(s.failed) {
		return nil // down, or it keeps us out: more requests would not be welcome
	}
	for _, above := range s.above() {
		at, err := s.look(ctx, above)
		switch {
		case err != nil:
		case at.kind == broadsheet.KindFeed:
			s.take(at, above, "the site's own address")
			return nil
		case at.kind == "" && s.declared(ctx, at, above):
			return nil
		case at.kind == "":
			s.pages = append(s.pages, at)
		}
	}
	for _, usual := range s.usual() {
		if ctx.Err() != nil || s.try(ctx, usual, "a usual place") {
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// answered tells whether a failure is one that a server told, or that of a body.
func answered(err error) bool {
	var f *client.Failure
	return errors.As(err, &f) && (f.Status != 0 || f.Cause != nil)
}

// notThere tells whether a failure is that of one address, not of its host.
func notThere(err error) bool {
	var f *client.Failure
	return errors.As(err, &f) && (f.Cause != nil || f.Status == http.StatusNotFound || f.Status == http.StatusGone || f.Status == http.StatusForbidden)
}

// pageResponse is what one look at an address showed.
type pageResponse struct {
	url   *url.URL
	moved string
	kind  broadsheet.Kind // feed or sitemap; "": a web page
	doc   feed.Document
	body  []byte
	mime  string
}

// look asks an address once.
func (s *search) look(ctx context.Context, address string) (at *pageResponse, err error) {
	defer client.RecoverAsError(client.RedactURL(address), &err)
	u, err := client.ParseURL(address)
	if err != nil || s.seen[u.String()] || s.looks >= maxLooks {
		return nil, client.Denied("looked at already")
	}
	s.seen[u.String()] = true
	s.looks++
	t := client.Request{URL: u, Permission: s.permit, Accept: feed.Accept, MaxBytes: s.client.Limits.Body}
	if client.HostPort(u) == client.HostPort(s.start) && u.Scheme == s.start.Scheme {
		t.Credentials = s.login
	}
	a, err := s.client.Do(ctx, t)
	if err != nil {
		return nil, err
	}
	defer a.Release()
	if a.Status != http.StatusOK {
		return nil, client.ErrorAt(a.URL, client.StatusError(a))
	}
	if a.Incomplete != nil && client.IsUnwanted(a.Incomplete) {
		return nil, client.ErrorAt(a.URL, a.Incomplete)
	}
	at, err = client.WithParseSlot(ctx, s.client, a, func(body []byte, _ bool) (*pageResponse, error) {
		at := &pageResponse{url: a.URL, moved: a.MovedTo, mime: a.Header.Get("Content-Type")}
		return at, at.read(body)
	})
	if err != nil {
		return nil, client.ErrorAt(a.URL, err)
	}
	return at, nil
}

// read finds out what a body is.
func (at *pageResponse) read(body []byte) error {
	doc, err := feed.Parse(body, at.mime, at.url)
	if err == nil {
		at.kind, at.doc = broadsheet.KindFeed, doc
		return nil
	}
	if _, page := feed.DeclaredFeeds(err); page {
		at.doc, at.body = doc, body
		return nil
	}
	if text := strings.TrimSpace(string(body[:min(len(body), client.SniffBytes)])); strings.HasPrefix(text, "<") {
		if m, failed := feed.ParseSitemap(body, at.mime, at.url); failed == nil {
			at.kind, at.doc = broadsheet.KindSitemap, m
			return nil
		}
	}
	return &client.Failure{Reason: client.Printable(err.Error()), Permanent: true, Cause: err}
}

// try looks for a feed at an address and tells whether one is there.
func (s *search) try(ctx context.Context, address, how string) bool {
	at, err := s.look(ctx, address)
	if err != nil || at.kind != broadsheet.KindFeed || !at.worthReading() {
		return false
	}
	s.take(at, address, how)
	return true
}

// take notes a source. It goes by the address that it moved to for good, else by the one that was asked.
func (s *search) take(at *pageResponse, address, how string) {
	if at.moved != "" {
		address = at.moved
	}
	if u, err := url.Parse(address); err == nil && s.login != nil && client.HostPort(u) == client.HostPort(s.start) {
		u.User = s.login
		address = u.String()
	}
	s.found = append(s.found, Found{
		Source: broadsheet.Source{Kind: at.kind, URL: address},
		Title:  at.doc.Title, HomePage: at.doc.HomePage, Items: at.doc.Items, How: how,
	})
}

var commentsTitle = regexp.MustCompile(`(?i)^(comments? (on|for)\b|kommentare |commentaires |комментарии )`)

// worthReading tells whether a feed holds articles: not the comments on one, and not nothing.
func (at *pageResponse) worthReading() bool {
	works := map[string]bool{}
	for _, t := range at.doc.Items {
		works[link.Key(t.Link)] = true
	}
	return len(at.doc.Items) > 0 && !commentsTitle.MatchString(at.doc.Title) && (len(works) > 1 || len(at.doc.Items) == 1)
}

// declared looks at the feeds that a page declares or links to, and takes the first that is worth it.
func (s *search) declared(ctx context.Context, page *pageResponse, of string) bool {
	addresses := slices.Clone(page.doc.Declared)
	slices.SortStableFunc(addresses, func(a, b string) int { return demerits(a, page.url) - demerits(b, page.url) })
	how := of + " declares it"
	if len(addresses) == 0 {
		addresses, how = linkedFeeds(page), of+" links to it"
	}
	for i, address := range addresses[:min(len(addresses), maxDeclared)] {
		if s.try(ctx, address, how) {
			s.others = append(s.others, addresses[i+1:]...)
			return true
		}
	}
	return false
}

// demerits say how unlikely it is that a declared feed is that of the site's articles.
func demerits(feed string, page *url.URL) (n int) {
	low := strings.ToLower(feed)
	if strings.Contains(low, "comment") || strings.Contains(low, "/replies") {
		n += 4
	}
	if strings.Contains(low, "wp-json") || strings.Contains(low, "oembed") {
		n += 8
	}
	if u, err := url.Parse(feed); err == nil && strings.Count(strings.Trim(page.Path, "/"), "/") >= 1 && strings.HasPrefix(u.Path, strings.TrimRight(page.Path, "/")+"/") {
		n += 2 // what stands below an article are its comments
	}
	if strings.HasSuffix(low, ".json") {
		n++
	}
	return n
}

var feedLike = regexp.MustCompile(`(?i)(^|[/._-])(rss|atom|feeds?|index\.xml)([/._?-]|$)`)

// linkedFeeds are the addresses that a page's text links to and that look like feeds of its own site.
func linkedFeeds(page *pageResponse) (all []string) {
	doc := goquery.NewDocumentFromNode(extract.ParseHTML(text.Decode(page.body, page.mime)))
	doc.Find("a[href]").EachWithBreak(func(_ int, a *goquery.Selection) bool {
		address := text.SafeLink(a.AttrOr("href", ""), page.url)
		u, err := url.Parse(address)
		if err != nil || address == "" || !link.SameSite(u, page.url) || slices.Contains(all, address) {
			return true
		}
		if word := strings.ToLower(list.NodeText(a)); feedLike.MatchString(u.Path) || word == "rss" || word == "atom" || word == "feed" || word == "rss feed" {
			all = append(all, address)
		}
		return len(all) < maxDeclared
	})
	return all
}

// above are the pages that an article's address stands below, of the same site or account: its section, and the front.
func (s *search) above() (all []string) {
	for _, folder := range s.folders() {
		if folder != s.start.String() && folder != s.start.String()+"/" {
			all = append(all, folder)
		}
	}
	return all
}

// folders are the first folder of the address and its root, as far as they belong to the same site or account.
func (s *search) folders() (all []string) {
	own := link.Site(s.start.String())
	parts := strings.Split(strings.Trim(s.start.Path, "/"), "/")
	for n := min(len(parts), 2); n >= 0; n-- {
		if n > 0 && parts[0] == "" {
			continue
		}
		path := "/"
		if n > 0 {
			path += strings.Join(parts[:n], "/") + "/"
		}
		at := (&url.URL{Scheme: s.start.Scheme, Host: s.start.Host, Path: path}).String()
		if link.Site(at) == own && !strings.Contains(parts[max(n-1, 0)], ".") {
			all = append(all, at)
		}
	}
	return all
}

// usual are the places where feeds usually stand, the most usual first.
func (s *search) usual() (all []string) {
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

// instead finds what else can be read where there is no feed: lists on the page, then sitemaps.
func (s *search) instead(ctx context.Context, private bool) {
	for _, page := range s.pages {
		if s.client.Robots.Allow(ctx, page.url, s.permit) != nil {
			continue
		}
		for _, proposed := range list.Propose(goquery.NewDocumentFromNode(extract.ParseHTML(text.Decode(page.body, page.mime))), page.url) {
			proposed.AllowPrivate = private
			doc, err := list.Parse(page.body, page.mime, page.url, proposed)
			if err == nil && len(doc.Items) >= list.MinItems {
				s.found = append(s.found, Found{Source: proposed, Title: doc.Title, HomePage: doc.HomePage, Items: doc.Items, How: "a list on " + client.DisplayURL(page.url)})
			}
		}
	}
	// An article's page lists few others beside it, the page above it all: what was asked for comes first where it is long.
	slices.SortStableFunc(s.found, func(a, b Found) int { return min(len(b.Items), wholeList) - min(len(a.Items), wholeList) })
	s.found = s.found[:min(len(s.found), list.MaxProposals)]
	for _, address := range s.sitemaps(ctx) {
		source := broadsheet.Source{Kind: broadsheet.KindSitemap, URL: address, AllowPrivate: private}
		if told, v, err := s.ask(ctx, source, broadsheet.Visit{}); err == nil && len(told) > 0 {
			s.found = append(s.found, Found{Source: source, Title: v.Title, Items: told, How: "a sitemap, which lists all pages, not only articles"})
			return
		}
	}
}

// sitemaps are the addresses that robots.txt names, and the usual one.
func (s *search) sitemaps(ctx context.Context) (all []string) {
	root := &url.URL{Scheme: s.start.Scheme, Host: s.start.Host, Path: "/robots.txt"}
	if a, err := s.client.Do(ctx, client.Request{URL: root, Permission: s.permit, Accept: "text/plain,*/*;q=0.1", MaxBytes: client.MaxRobotsBytes}); err == nil {
		if a.Status == http.StatusOK {
			body, _, _ := client.Decompress(a.Body, a.Header.Get("Content-Encoding"), client.MaxRobotsBytes)
			for line := range strings.Lines(string(body)) {
				if name, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(name), "sitemap") && len(all) < 3 {
					if link := text.SafeLink(value, root); link != "" {
						all = append(all, link)
					}
				}
			}
		}
		a.Release()
	}
	for _, path := range []string{"/sitemap.xml", "/sitemap_index.xml"} {
		all = append(all, (&url.URL{Scheme: s.start.Scheme, Host: s.start.Host, Path: path}).String())
	}
	return all
}
