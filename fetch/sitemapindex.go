package fetch

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"time"

	"broadsheet"
	"broadsheet/fetch/client"
	"broadsheet/fetch/feed"
	"broadsheet/internal/link"
	"broadsheet/internal/rules"
)

// Limits on the sitemaps that a sitemap index leads to.
const (
	maxSitemaps     = 50     // that are read at one visit
	maxChildren     = 5_000  // that are remembered of one index
	maxSitemapItems = 50_000 // as many as one sitemap may hold (sitemaps.org)
)

// indexReader reads the sitemaps of one sitemap index. Each visit reads at most maxSitemaps of them: those that
// have changed since they were read, by what the index says, then those that were never read, the newest first, and then
// those that were read longest ago, since the dates of an index are not to be relied upon.
//
// So an index of any size is read in full, over several visits, and what is new in it is found soon.
type indexReader struct {
	*Fetcher
	source   broadsheet.Source
	base     *url.URL // of the index: only sitemaps of the same site are read
	sitemaps broadsheet.Sitemaps
	tried    map[string]bool // by URL: at this visit
	turn     int             // the Turn of the last request
	rereads  int             // of those that changed since they were read
	changed  bool            // a sitemap is not the one that it was
	firstErr error
}

// readChildren reads sitemaps on the same site that a sitemap index at base names, and those that these name, and adds
// their items to result. If some cannot be read, their items are missing and result is incomplete; if none can be read,
// that is an error. If nothing has changed in those that are read, result is unchanged and has no items.
func (f *Fetcher) readChildren(ctx context.Context, s broadsheet.Source, base *url.URL, last broadsheet.Visit, lastHash string, result *sourceResult) error {
	r := indexReader{Fetcher: f, source: s, base: base, tried: map[string]bool{}, sitemaps: last.Sitemaps}
	if r.sitemaps.Settings != parserFingerprint(s) {
		r.sitemaps = broadsheet.Sitemaps{Settings: parserFingerprint(s), Begun: true}
	}
	r.sitemaps.Children = slices.Clone(r.sitemaps.Children)
	r.setChildren("", result.doc)
	for _, c := range r.sitemaps.Children {
		r.turn = max(r.turn, c.Turn)
	}
	if last.NotStored > 0 { // what there was no room for is told again
		for i := range r.sitemaps.Children {
			r.sitemaps.Children[i].Hash = ""
		}
	}
	read := 0
	for len(r.tried) < maxSitemaps && len(result.doc.Items) < maxSitemapItems {
		child := r.next()
		if child == nil {
			break
		}
		before := *child
		part, err := r.read(ctx, child)
		if client.IsStopped(err) {
			return err
		}
		if err != nil {
			result.incomplete = true
			if r.firstErr == nil {
				r.firstErr = err
			}
			if client.IsRateLimited(err) {
				*child = before
				break
			}
			continue
		}
		read++
		r.changed = r.changed || !before.Read || before.Hash != part.hash
		result.incomplete = result.incomplete || part.incomplete
		for _, item := range part.doc.Items {
			item.Inherited = r.sitemaps.Begun && !before.Read
			result.doc.Items = append(result.doc.Items, item)
		}
		result.doc.Entries += part.doc.Entries
		countUnlinked(&result.doc, part.doc.Unlinked, part.doc.UnlinkedHost)
		if before.Parent == "" { // the sitemaps of an index within an index are read, not those of a third one
			r.setChildren(before.URL, part.doc)
		}
	}
	r.sitemaps.Begun = r.sitemaps.Begun && slices.ContainsFunc(r.sitemaps.Children, func(c broadsheet.Child) bool { return c.Turn == 0 })
	result.sitemaps = r.sitemaps
	sum := sha256.Sum256([]byte("index " + result.hash)) // never the hash of a body: the sitemaps of the same index are read again
	result.hash = hex.EncodeToString(sum[:])
	if read == 0 && len(result.doc.Items) == 0 {
		if r.firstErr == nil {
			r.firstErr = client.ErrorAt(base, &client.Failure{Reason: "none of the sitemaps that it names is on the same site and passes include and exclude"})
		}
		return r.firstErr
	}
	if !r.changed && !result.incomplete && result.hash == lastHash {
		result.unchanged, result.doc.Items = true, nil
	}
	return nil
}

// setChildren replaces the sitemaps of a parent (the index itself, if it is "") by those that it names now, of which
// those that were known keep what is known of them.
func (r *indexReader) setChildren(parent string, doc feed.Document) {
	known := map[string]broadsheet.Child{}
	var others []broadsheet.Child
	for _, c := range r.sitemaps.Children {
		if known[c.URL] = c; c.Parent != parent {
			others = append(others, c)
		}
	}
	var children []broadsheet.Child
	named := map[string]bool{r.base.String(): true}
	for _, c := range others {
		named[c.URL] = true
	}
	for i, address := range doc.Sitemaps {
		u, err := client.ParseURL(address)
		if err != nil || !link.SameSite(u, r.base) || named[u.String()] {
			continue
		}
		u.User = nil
		named[u.String()] = true
		child := known[u.String()]
		child.URL, child.Parent, child.Lastmod = u.String(), parent, time.Time{}
		if i < len(doc.Lastmods) {
			child.Lastmod = doc.Lastmods[i]
		}
		children = append(children, child)
	}
	children = filterChildren(r.source, children)
	if parent == "" { // those of an index that is not named any more are gone with it
		present := map[string]bool{}
		for _, c := range children {
			present[c.URL] = true
		}
		others = slices.DeleteFunc(others, func(c broadsheet.Child) bool { return !present[c.Parent] })
	}
	all := slices.Concat(children, others)
	if parent != "" {
		all = slices.Concat(others, children)
	}
	if len(all) > maxChildren {
		slices.SortStableFunc(all, func(a, b broadsheet.Child) int { return b.Lastmod.Compare(a.Lastmod) })
		all = all[:maxChildren]
	}
	r.sitemaps.Children = all
}

// filterChildren returns the sitemaps whose own addresses pass the path patterns of the source. Patterns of include are
// meant for articles: they hold for sitemaps only if some match.
func filterChildren(s broadsheet.Source, children []broadsheet.Child) []broadsheet.Child {
	paths := func(patterns []string) []string {
		return slices.DeleteFunc(slices.Clone(patterns), func(p string) bool { return !strings.HasPrefix(p, "/") })
	}
	keep := func(filter broadsheet.Source) []broadsheet.Child {
		return slices.DeleteFunc(slices.Clone(children), func(c broadsheet.Child) bool { return !rules.PassesFilter(filter, c.URL, "", nil) })
	}
	children = keep(broadsheet.Source{Exclude: paths(s.Exclude)})
	if included := keep(broadsheet.Source{Include: paths(s.Include)}); len(included) > 0 {
		return included
	}
	return children
}

// next returns the sitemap to read next; nil: all were tried at this visit. Those that changed get at most half of the
// visit: an index may claim that all of its sitemaps have changed, at each visit.
func (r *indexReader) next() *broadsheet.Child {
	var changed, waiting *broadsheet.Child
	for i := range r.sitemaps.Children {
		c := &r.sitemaps.Children[i]
		if r.tried[c.URL] {
			continue
		}
		if c.Read && !c.Lastmod.Equal(c.ReadMod) && (changed == nil || c.Lastmod.After(changed.Lastmod)) {
			changed = c
		}
		if waiting == nil || cmp.Or(c.Turn-waiting.Turn, waiting.Lastmod.Compare(c.Lastmod)) < 0 {
			waiting = c
		}
	}
	if changed != nil && r.rereads < maxSitemaps/2 {
		r.rereads++
		return changed
	}
	return waiting
}

// read fetches and parses one sitemap, and notes in child that it was read.
func (r *indexReader) read(ctx context.Context, child *broadsheet.Child) (sourceResult, error) {
	r.tried[child.URL] = true
	r.turn++
	child.Turn = r.turn
	u, err := client.ParseURL(child.URL)
	if err != nil {
		return sourceResult{}, err
	}
	resp, err := r.client.Do(ctx, client.Request{URL: u, Permission: client.PermissionFor(r.source), Accept: acceptSitemap, Robots: true, MaxBytes: r.client.Limits.Body})
	if err != nil {
		return sourceResult{}, err
	}
	defer resp.Release()
	if !resp.OK() {
		return sourceResult{}, client.ErrorAt(resp.URL, client.StatusError(resp))
	}
	part, err := r.readBody(ctx, r.source, resp, broadsheet.PageList{}, "")
	if err == nil {
		child.Read, child.ReadMod, child.Hash = true, child.Lastmod, part.hash[:min(len(part.hash), 16)]
		part.hash = child.Hash
	}
	return part, err
}
