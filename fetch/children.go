package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"

	"broadsheet"
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
func (f *Fetcher) readChildren(ctx context.Context, s broadsheet.Source, base *url.URL, got *harvest) error {
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
	for asked := 0; len(queue) > 0 && asked < maxChildren && len(got.doc.Told) < maxSightings; {
		next := queue[0]
		queue = queue[1:]
		u, err := webAddress(next.address)
		if err != nil || seen[u.String()] || !link.SameSite(u, base) {
			continue
		}
		seen[u.String()] = true
		asked++
		part, err := f.readChild(ctx, s, u)
		if Stopped(err) {
			return err
		}
		if err != nil {
			got.cut = true
			if first == nil {
				first = err
			}
			if Held(err) {
				break
			}
			continue
		}
		read++
		sums.Write([]byte(part.hash))
		got.cut = got.cut || part.cut
		got.doc.Told = append(got.doc.Told, part.doc.Told...)
		unlink(&got.doc, part.doc.Unlinked, part.doc.UnlinkedHost)
		if next.depth < maxDepth {
			add(part.doc.Children, next.depth+1)
		}
	}
	got.hash = hex.EncodeToString(sums.Sum(nil))
	if read == 0 && len(got.doc.Told) == 0 {
		if first == nil {
			first = told(base, &fault{what: "none of the sitemaps that it names is on the same site"})
		}
		return first
	}
	return nil
}

func (f *Fetcher) readChild(ctx context.Context, s broadsheet.Source, u *url.URL) (harvest, error) {
	u.User = nil
	a, err := f.door.open(ctx, trip{to: u, permit: permitOf(s), accept: acceptSitemap, robots: true, maxBytes: f.door.limits.Body})
	if err != nil {
		return harvest{}, err
	}
	defer a.leave()
	if a.status != http.StatusOK {
		return harvest{}, told(a.url, statusFault(a))
	}
	return f.readBody(ctx, s, a, "")
}
