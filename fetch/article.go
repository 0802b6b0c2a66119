package fetch

import (
	"bytes"
	"context"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/fetch/extract"
	"broadsheet/internal/link"

	"golang.org/x/net/html"
)

// maxRefresh is how many times in a row a page that is nothing but a meta refresh is followed.
const maxRefresh = 2

// ReadArticle reads the page of an article that the source told of. The source's entry in feeds.yaml says where on the page
// the text is (excerpt), and which places may be private. Permanent tells whether an error may pass.
func (f *Fetcher) ReadArticle(ctx context.Context, s broadsheet.Source, link string) (broadsheet.Page, error) {
	u, err := client.ParseURL(link)
	if err != nil {
		return broadsheet.Page{}, client.InvalidURL(link, err)
	}
	last := f.client.Limiter.IsLastPlanned(u)
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
	defer client.RecoverAsError(client.DisplayURL(u), &err)
	a, err := f.client.Do(ctx, client.Request{URL: u, Permission: client.PermissionFor(s), Accept: acceptPage, Robots: true, MaxBytes: f.client.Limits.Body, LastToHost: last})
	if err != nil {
		return page, nil, err
	}
	defer a.Release()
	if a.Status != http.StatusOK {
		return page, nil, client.ErrorAt(a.URL, client.StatusError(a))
	}
	if a.Incomplete != nil && client.IsUnwanted(a.Incomplete) {
		return page, nil, client.ErrorAt(a.URL, a.Incomplete)
	}
	type content struct {
		page broadsheet.Page
		next *url.URL
	}
	got, err := client.WithParseSlot(ctx, f.client, a, func(body []byte, _ bool) (c content, err error) {
		contentType := a.Header.Get("Content-Type")
		if kind := notPage(contentType, body); kind != "" {
			return c, &client.Failure{Reason: "it is " + client.Printable(kind) + ", not a web page", Permanent: true}
		}
		c.page = extract.ReadPage(body, contentType, a.URL, s.Excerpt, f.boilerplate)
		if c.page.Text == "" {
			c.next = refresh(body, a.URL)
		}
		return c, nil
	})
	page, next = got.page, got.next
	if err == nil && page.Text == "" && a.Incomplete != nil {
		err = a.Incomplete
	}
	if err != nil {
		return page, nil, client.ErrorAt(a.URL, err)
	}
	if !s.AllowPrivate {
		for _, named := range []*string{&page.Canonical, &page.Image} {
			if link.PrivateLink(*named) {
				*named = ""
			}
		}
	}
	page.NoSnippet = page.NoSnippet || strings.Contains(strings.ToLower(strings.Join(a.Header.Values("X-Robots-Tag"), ",")), "nosnippet")
	return page, next, nil
}

// notPage names what a body is when it is no HTML; "" when it is.
func notPage(contentType string, body []byte) string {
	kind, _, _ := mime.ParseMediaType(contentType)
	switch kind {
	case "text/html", "application/xhtml+xml":
		return client.BinaryType(body[:min(len(body), client.SniffBytes)], "")
	case "", "text/plain", "application/octet-stream", "application/xml", "text/xml":
		kind, _, _ = mime.ParseMediaType(http.DetectContentType(body))
		if kind == "text/html" || bytes.Contains(bytes.ToLower(body[:min(len(body), client.SniffBytes)]), []byte("<html")) {
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
				client.NormalizeHost(u)
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
