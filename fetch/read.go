package fetch

import (
	"bytes"
	"context"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"broadsheet"
	"broadsheet/internal/link"

	"golang.org/x/net/html"
)

// maxRefresh is how many times in a row a page that is nothing but a meta refresh is followed.
const maxRefresh = 2

// Read reads the page of an article that the source told of. The source's entry in feeds.yaml says where on the page
// the text is (excerpt), and which places may be private. Permanent tells whether an error may pass.
func (f *Fetcher) Read(ctx context.Context, s broadsheet.Source, link string) (broadsheet.Page, error) {
	u, err := webAddress(link)
	if err != nil {
		return broadsheet.Page{}, &trouble{maskedAddress(link), err.Error(), err}
	}
	last := f.door.hosts.last(u)
	for refreshed := 0; ; refreshed++ {
		u.User = nil
		page, next, err := f.readOnce(ctx, s, u, last)
		if err != nil || next == nil || refreshed == maxRefresh {
			return page, err
		}
		u = next
	}
}

// readOnce reads one page, and says where it sends its readers when that is all it does.
func (f *Fetcher) readOnce(ctx context.Context, s broadsheet.Source, u *url.URL, last bool) (page broadsheet.Page, next *url.URL, err error) {
	defer stumbled(shown(u), &err)
	a, err := f.door.open(ctx, trip{to: u, permit: permitOf(s), accept: acceptPage, robots: true, maxBytes: f.door.limits.Body, last: last})
	if err != nil {
		return page, nil, err
	}
	defer a.leave()
	if a.status != http.StatusOK {
		return page, nil, told(a.url, statusFault(a))
	}
	if a.cut != nil && unwanted(a.cut) {
		return page, nil, told(a.url, a.cut)
	}
	type content struct {
		page broadsheet.Page
		next *url.URL
	}
	got, err := withParseSlot(ctx, f.door, a, func(body []byte, _ bool) (c content, err error) {
		contentType := a.header.Get("Content-Type")
		if kind := notPage(contentType, body); kind != "" {
			return c, &fault{what: "it is " + legible(kind) + ", not a web page", permanent: true}
		}
		c.page = readPage(body, contentType, a.url, s.Excerpt, f.boilerplate)
		if c.page.Text == "" {
			c.next = refresh(body, a.url)
		}
		return c, nil
	})
	page, next = got.page, got.next
	if err == nil && page.Text == "" && a.cut != nil {
		err = a.cut
	}
	if err != nil {
		return page, nil, told(a.url, err)
	}
	if !s.AllowPrivate {
		for _, named := range []*string{&page.Canonical, &page.Image} {
			if link.PrivateLink(*named) {
				*named = ""
			}
		}
	}
	page.NoSnippet = page.NoSnippet || strings.Contains(strings.ToLower(strings.Join(a.header.Values("X-Robots-Tag"), ",")), "nosnippet")
	return page, next, nil
}

// notPage names what a body is when it is no HTML; "" when it is.
func notPage(contentType string, body []byte) string {
	kind, _, _ := mime.ParseMediaType(contentType)
	switch kind {
	case "text/html", "application/xhtml+xml":
		return wrongKind(body[:min(len(body), sniffed)], "")
	case "", "text/plain", "application/octet-stream", "application/xml", "text/xml":
		kind, _, _ = mime.ParseMediaType(http.DetectContentType(body))
		if kind == "text/html" || bytes.Contains(bytes.ToLower(body[:min(len(body), sniffed)]), []byte("<html")) {
			return ""
		}
	}
	return kind
}

// refresh is where a page's meta refresh leads at once; nil: nowhere.
func refresh(body []byte, base *url.URL) *url.URL {
	z := html.NewTokenizer(bytes.NewReader(body[:min(len(body), 64<<10)]))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return nil
		case html.StartTagToken, html.SelfClosingTagToken:
			if to := refreshOf(z.Token()); to != "" {
				u, err := base.Parse(to)
				if err != nil {
					return nil
				}
				tidyHost(u)
				return u
			}
		}
	}
}

// refreshOf is the address in a <meta http-equiv="refresh" content="0; url=…">.
func refreshOf(t html.Token) string {
	if t.Data != "meta" {
		return ""
	}
	attr := map[string]string{}
	for _, a := range t.Attr {
		attr[a.Key] = a.Val
	}
	if !strings.EqualFold(attr["http-equiv"], "refresh") {
		return ""
	}
	_, to, _ := strings.Cut(attr["content"], ";")
	name, to, ok := strings.Cut(to, "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(name), "url") {
		return ""
	}
	return strings.Trim(strings.TrimSpace(to), `"'`)
}
