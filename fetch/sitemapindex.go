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

// Bounds of what a sitemap index may lead to.
const (
	maxChildren  = 50
	maxDepth     = 2
	maxSightings = 50_000 // what one sitemap may hold (sitemaps.org)
)

// readChildren reads the sitemaps that a sitemap index names, and theirs, on the same site, and adds what they tell to
// got. A child that cannot be read costs what it told; got is then cut. When none can be read, that is an error.
func (f *Fetcher) readChildren(ctx context.Context, s broadsheet.Source, base *url.URL, got *sourceResult) error {
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
	add(got.doc.Children, 1)
	seen := map[string]bool{base.String(): true}
	sums := sha256.New()
	sums.Write([]byte(got.hash))
	read := 0
	var first error
	for asked := 0; len(queue) > 0 && asked < maxChildren && len(got.doc.Items) < maxSightings; {
		next := queue[0]
		queue = queue[1:]
		u, err := client.ParseURL(next.address)
		if err != nil || seen[u.String()] || !link.SameSite(u, base) {
			continue
		}
		seen[u.String()] = true
		asked++
		part, err := f.readChild(ctx, s, u)
		if client.IsStopped(err) {
			return err
		}
		if err != nil {
			got.cut = true
			if first == nil {
				first = err
			}
			if client.IsRateLimited(err) {
				break
			}
			continue
		}
		read++
		sums.Write([]byte(part.hash))
		got.cut = got.cut || part.cut
		got.doc.Items = append(got.doc.Items, part.doc.Items...)
		unlink(&got.doc, part.doc.Unlinked, part.doc.UnlinkedHost)
		if next.depth < maxDepth {
			add(part.doc.Children, next.depth+1)
		}
	}
	got.hash = hex.EncodeToString(sums.Sum(nil))
	if read == 0 && len(got.doc.Items) == 0 {
		if first == nil {
			first = client.ErrorAt(base, &client.Failure{Reason: "none of the sitemaps that it names is on the same site"})
		}
		return first
	}
	return nil
}

func (f *Fetcher) readChild(ctx context.Context, s broadsheet.Source, u *url.URL) (sourceResult, error) {
	u.User = nil
	a, err := f.client.Do(ctx, client.Request{URL: u, Permission: client.PermissionFor(s), Accept: acceptSitemap, Robots: true, MaxBytes: f.client.Limits.Body})
	if err != nil {
		return sourceResult{}, err
	}
	defer a.Release()
	if a.Status != http.StatusOK {
		return sourceResult{}, client.ErrorAt(a.URL, client.StatusError(a))
	}
	return f.readBody(ctx, s, a, "")
}
