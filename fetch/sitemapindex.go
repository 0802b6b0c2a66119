package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/internal/link"
)

// Limits on the sitemaps that a sitemap index leads to.
const (
	maxSitemaps     = 50
	maxSitemapDepth = 2
	maxSitemapItems = 50_000 // as many as one sitemap may hold (sitemaps.org)
)

// readChildren reads the sitemaps on the same site that a sitemap index at base names, and those that these name, and
// adds their items to result. If some cannot be read, their items are missing and result is incomplete; if none can be
// read, that is an error.
func (f *Fetcher) readChildren(ctx context.Context, s broadsheet.Source, base *url.URL, result *sourceResult) error {
	type child struct {
		address string
		depth   int
	}
	var queue []child
	add := func(addresses []string, depth int) {
		for _, address := range addresses {
			queue = append(queue, child{address, depth})
		}
	}
	add(result.doc.Sitemaps, 1)
	seen := map[string]bool{base.String(): true}
	sums := sha256.New()
	sums.Write([]byte(result.hash))
	read := 0
	var firstErr error
	for requests := 0; len(queue) > 0 && requests < maxSitemaps && len(result.doc.Items) < maxSitemapItems; {
		next := queue[0]
		queue = queue[1:]
		u, err := client.ParseURL(next.address)
		if err != nil || seen[u.String()] || !link.SameSite(u, base) {
			continue
		}
		seen[u.String()] = true
		requests++
		part, err := f.readChild(ctx, s, u)
		if client.IsStopped(err) {
			return err
		}
		if err != nil {
			result.incomplete = true
			if firstErr == nil {
				firstErr = err
			}
			if client.IsRateLimited(err) {
				break
			}
			continue
		}
		read++
		sums.Write([]byte(part.hash))
		result.incomplete = result.incomplete || part.incomplete
		result.doc.Items = append(result.doc.Items, part.doc.Items...)
		result.doc.Entries += part.doc.Entries
		countUnlinked(&result.doc, part.doc.Unlinked, part.doc.UnlinkedHost)
		if next.depth < maxSitemapDepth {
			add(part.doc.Sitemaps, next.depth+1)
		}
	}
	result.hash = hex.EncodeToString(sums.Sum(nil))
	if read == 0 && len(result.doc.Items) == 0 {
		if firstErr == nil {
			firstErr = client.ErrorAt(base, &client.Failure{Reason: "none of the sitemaps that it names is on the same site"})
		}
		return firstErr
	}
	return nil
}

// readChild fetches and parses one sitemap.
func (f *Fetcher) readChild(ctx context.Context, s broadsheet.Source, u *url.URL) (sourceResult, error) {
	u.User = nil
	resp, err := f.client.Do(ctx, client.Request{URL: u, Permission: client.PermissionFor(s), Accept: acceptSitemap, Robots: true, MaxBytes: f.client.Limits.Body})
	if err != nil {
		return sourceResult{}, err
	}
	defer resp.Release()
	if resp.Status != http.StatusOK {
		return sourceResult{}, client.ErrorAt(resp.URL, client.StatusError(resp))
	}
	return f.readBody(ctx, s, resp, "")
}
