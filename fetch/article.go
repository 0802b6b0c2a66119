package fetch

import (
	"bytes"
	"cmp"
	"context"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/fetch/extract"
	"broadsheet/fetch/text"
	"broadsheet/internal/link"

	"golang.org/x/net/html"
)

// maxRefreshes is how many meta refreshes in a row are followed.
const maxRefreshes = 2

// ReadArticle fetches and extracts the page of an article of source s. The source's entry in feeds.yaml gives the
// selector of the article's text (excerpt), and allows private addresses. client.IsPermanent reports of an error that a
// later attempt would not help.
func (f *Fetcher) ReadArticle(ctx context.Context, s broadsheet.Source, link string) (broadsheet.Page, error) {
	u, _, err := parseURL(link)
	if err != nil {
		return broadsheet.Page{}, err
	}
	last := f.client.Limiter.IsLastPlanned(u)
	cookies := &client.Cookies{} // a meta refresh is a redirect too
	for refreshes := 0; ; refreshes++ {
		page, next, err := f.readPage(ctx, s, u, last, cookies)
		if err != nil || next == nil || refreshes == maxRefreshes {
			return page, err
		}
		u = next
	}
}

// readPage fetches one page. next is the target of its meta refresh if the page has no text of its own.
func (f *Fetcher) readPage(ctx context.Context, s broadsheet.Source, u *url.URL, last bool, cookies *client.Cookies) (page broadsheet.Page, next *url.URL, err error) {
	defer client.RecoverAsError(client.DisplayURL(u), &err)
	resp, err := f.client.Do(ctx, client.Request{
		URL: u, Permission: client.PermissionFor(s), Accept: acceptPage, Robots: true, MaxBytes: f.client.Limits.Body, LastToHost: last, Cookies: cookies,
	})
	if err != nil {
		return page, nil, err
	}
	defer resp.Release()
	if !resp.OK() {
		return page, nil, client.ErrorAt(resp.URL, client.StatusError(resp))
	}
	if resp.Incomplete != nil && client.IsUnwanted(resp.Incomplete) {
		return page, nil, client.ErrorAt(resp.URL, resp.Incomplete)
	}
	type content struct {
		page broadsheet.Page
		next *url.URL
	}
	got, err := client.WithParseSlot(ctx, f.client, resp, func(body []byte, _ bool) (c content, err error) {
		contentType := resp.Header.Get("Content-Type")
		if kind := nonHTMLType(contentType, body); kind != "" {
			return c, &client.Failure{Reason: "it is " + client.Printable(kind) + ", not a web page", Permanent: true}
		}
		c.page = extract.ReadPage(body, contentType, resp.URL, s.Excerpt, f.boilerplate)
		if c.page.Text == "" {
			c.next = refreshOf(body, resp)
		}
		return c, nil
	})
	page, next = got.page, got.next
	if err == nil && page.Text == "" && resp.Incomplete != nil {
		err = resp.Incomplete
	}
	if err != nil {
		return page, nil, client.ErrorAt(resp.URL, err)
	}
	if !s.AllowPrivate {
		for _, address := range []*string{&page.Canonical, &page.Image} {
			if link.IsPrivate(*address) {
				*address = ""
			}
		}
	}
	page.NoSnippet = page.NoSnippet || strings.Contains(strings.ToLower(strings.Join(resp.Header.Values("X-Robots-Tag"), ",")), "nosnippet")
	return page, next, nil
}

// nonHTMLType returns the media type of a body that is not HTML; "" if it is HTML.
func nonHTMLType(contentType string, body []byte) string {
	kind, _, _ := mime.ParseMediaType(contentType)
	switch kind {
	case "text/html", "application/xhtml+xml":
		return client.BinaryType(body[:min(len(body), client.SniffBytes)], "")
	case "", "text/plain", "application/octet-stream", "application/gzip", "application/x-gzip", "application/xml", "text/xml":
		kind, _, _ = mime.ParseMediaType(http.DetectContentType(body))
		if kind == "text/html" || bytes.Contains(bytes.ToLower(body[:min(len(body), client.SniffBytes)]), []byte("<html")) {
			return ""
		}
	}
	return kind
}

// refreshOf returns the target of a page's meta refresh, or of its header's; nil if it has none.
func refreshOf(body []byte, resp *client.Response) *url.URL {
	target := cmp.Or(metaRefresh(body), text.RefreshTarget(resp.Header.Get("Refresh")))
	if target == "" {
		return nil
	}
	u, err := client.ResolveURL(resp.URL, target)
	if err != nil {
		return nil
	}
	return u
}

// metaRefresh returns the address in a page's meta refresh; "" if it has none.
func metaRefresh(body []byte) string {
	z := html.NewTokenizer(bytes.NewReader(body[:min(len(body), 64<<10)]))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			if target := refreshTarget(z.Token()); target != "" {
				return target
			}
		}
	}
}

// refreshTarget returns the address in a <meta http-equiv="refresh" content="0; url=…">; "" for any other tag.
func refreshTarget(t html.Token) string {
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
	return text.RefreshTarget(attr["content"])
}
