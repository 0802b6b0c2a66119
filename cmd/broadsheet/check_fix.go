package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/files"
	"broadsheet/fetch"
	"broadsheet/fetch/client"
	"broadsheet/fetch/discover"
	"broadsheet/fetch/text"
	"broadsheet/internal/config"
	"broadsheet/internal/health"
	"broadsheet/internal/link"
)

// fixAddresses changes the addresses of sources that moved, and of feeds that are gone and go on at an address that was
// found for them. It shows the change before it is made.
func (a *app) fixAddresses(ctx context.Context, w io.Writer, f *fetch.Fetcher, found []finding, known map[string]broadsheet.Visit, dryRun bool) error {
	oldText, err := files.ReadFeeds(a.feeds)
	if err != nil {
		return console.UsageError(fmt.Errorf("%s cannot be read: %w; --fix needs a file to change", a.feeds, files.WithoutPath(err)))
	}
	successors := a.findSuccessors(ctx, f, found, known)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	newText := oldText
	var replaced []finding // feeds that are gone, with the address of what continues them
	for i, f := range found {
		if slices.Contains(f.States, string(health.Quarantined)) {
			fmt.Fprintf(a.Stderr, "%s: left in quarantine, which a person must end; look at it, and if it is what you want: broadsheet trust %q\n", f.Name, f.Name)
			continue
		}
		successor := successors[i]
		var why string
		switch {
		case f.Kind == "moved":
			why = whyNotFollowed(f, found)
		case successor == nil:
			continue
		case successor.doubt != "":
			why = successor.doubt
		default:
			f.movedTo, f.MovedTo, f.Articles = successor.address, link.Redact(f.of, successor.address), successor.articles
			why = whyNotFollowed(f, found)
		}
		if why != "" {
			fmt.Fprintf(a.Stderr, "%s: left as it is: %s\n", f.Name, why)
			continue
		}
		next, err := config.ReplaceSourceURL(newText, f.of.URL, f.movedTo)
		if err != nil {
			fmt.Fprintf(a.Stderr, "%s: left as it is: %v\n", f.Name, err)
			continue
		}
		newText = next
		if successor != nil {
			replaced = append(replaced, f)
			fmt.Fprintf(w, "%s: its feed goes on at %s (%s)\n", f.Name, f.MovedTo, successor.why)
		}
	}
	if !dryRun {
		if err := a.recordMoves(ctx, replaced); err != nil {
			return fmt.Errorf("%s stays as it is: %w", a.feeds, err)
		}
	}
	return a.applyEdit(w, oldText, newText, dryRun)
}

// recordMoves records in the database, if there is one, where feeds that are gone go on, so that their sources keep their
// articles when feeds.yaml has the new addresses.
func (a *app) recordMoves(ctx context.Context, replaced []finding) error {
	if len(replaced) == 0 {
		return nil
	}
	s, err := a.open(ctx)
	if errors.Is(err, errNoDatabase) {
		return nil
	}
	if err != nil {
		return err
	}
	defer s.Close()
	for _, f := range replaced {
		continued := f.of
		continued.URL = f.movedTo
		if err := s.FollowMove(ctx, a.now(), f.of.ID(), continued.ID()); err != nil {
			return err
		}
	}
	return nil
}

// whyNotFollowed returns why a person should look at a move before it is followed, or "" if it can be followed.
func whyNotFollowed(f finding, found []finding) string {
	for _, other := range found {
		if other.of.ID() != f.of.ID() && link.Key(other.of.URL) == link.Key(f.movedTo) {
			return fmt.Sprintf("it moved to %s, which is the source of line %d; take one of them out", f.MovedTo, other.Line)
		}
		if other.of.ID() != f.of.ID() && other.movedTo == f.movedTo {
			return fmt.Sprintf("it moved to %s, and so did the source of line %d; keep one of them", f.MovedTo, other.Line)
		}
	}
	from, err := url.Parse(f.of.URL)
	switch {
	case err == nil && from.Scheme == "https" && strings.HasPrefix(f.movedTo, "http:"):
		return "it moved to " + f.MovedTo + ", where nothing is encrypted; follow it by hand if that is right"
	case err != nil || from.User != nil:
		return "its address holds a password, which is not carried to another; follow it by hand"
	case (len(f.of.Headers) > 0 || f.of.UserAgent != "") && !client.SameOrigin(f.of.URL, f.movedTo):
		return "it moved to " + f.MovedTo + ", another host, port or scheme, which would get its headers and user_agent; follow it by hand if that is right"
	case f.Articles == 0:
		return "its new address answers, but has no article yet; follow it by hand if that is right"
	}
	return ""
}

// successor is the feed that continues one that is gone.
type successor struct {
	address  string
	articles int
	why      string // how it was found, and why it is sure
	doubt    string // why it is not followed: none was found, or it may be another feed; empty: it is sure
}

// isLost reports whether a source is a feed whose address leads to no feed any more: the server says that nothing stands
// there, there is no such host, or a web page came that names its feeds. A feed that fails otherwise may come back by
// itself.
func (f finding) isLost() bool {
	return f.of.Kind == broadsheet.KindFeed && (f.Kind == "dead" || f.Kind == "html")
}

// findSuccessors looks for what continues the feeds that are gone, as `add` would. The result is parallel to found, nil
// for the other sources.
func (a *app) findSuccessors(ctx context.Context, f *fetch.Fetcher, found []finding, known map[string]broadsheet.Visit) []*successor {
	successors := make([]*successor, len(found))
	bar := a.Progress()
	bar.Stage("looking for new addresses", len(found))
	defer bar.Done()
	var group sync.WaitGroup
	for i, one := range found {
		group.Go(func() {
			if one.isLost() {
				successors[i] = a.findSuccessor(ctx, f, one.of, known[one.of.ID()])
			}
			bar.Add(1)
		})
	}
	group.Wait()
	return successors
}

// findSuccessor looks on the site that a lost feed named as its home page, and on its own host. last is its last visit.
func (a *app) findSuccessor(ctx context.Context, f *fetch.Fetcher, s broadsheet.Source, last broadsheet.Visit) *successor {
	u, err := url.Parse(s.URL)
	if err != nil || u.User != nil || s.Secret {
		return &successor{doubt: "its address holds a secret, which is not carried to another; look for its new address by hand"}
	}
	starts := []string{s.URL}
	if home, err := url.Parse(last.HomePage); err == nil && home.Host != "" && last.HomePage != s.URL {
		starts = []string{last.HomePage, s.URL}
	}
	best := &successor{doubt: "no other feed of it was found; if its site lives on elsewhere, broadsheet add finds its feed there"}
	for _, start := range starts {
		found, others, err := f.Discover(ctx, start, s.AllowPrivate && sameHost(start, s.URL))
		if err != nil || len(found) == 0 || found[0].Source.Kind != broadsheet.KindFeed || found[0].Source.URL == s.URL {
			continue
		}
		one := found[0]
		shared, compared, err := a.countShared(ctx, s, last, one)
		if err != nil {
			return &successor{doubt: err.Error()}
		}
		how := strings.Replace(one.How, "that page", link.Redact(s, start), 1)
		why, sure := judgeSuccessor(s, last, one, others, shared, compared)
		if sure {
			return &successor{address: one.Source.URL, articles: len(one.Items), why: how + "; " + why}
		}
		best.doubt = fmt.Sprintf("%s was found (%s), but %s; write it there if that is right", link.Redact(s, one.Source.URL), how, why)
	}
	return best
}

// countShared returns how many of the articles of a found feed the lost source should have listed, as they were published
// before its last success, and how many of these it has listed, by the database.
func (a *app) countShared(ctx context.Context, s broadsheet.Source, last broadsheet.Visit, found discover.Result) (shared, compared int, err error) {
	keys := map[string]bool{}
	for _, t := range found.Items[:min(len(found.Items), maxComparedItems)] {
		if key := link.Key(t.Link); key != "" && !t.Published.After(last.LastSuccess) {
			keys[key] = true
		}
	}
	stored, _, err := a.countStored(ctx, keys)
	return stored[s.ID()], len(keys), err
}

// judgeSuccessor reports whether a feed that was found certainly continues a lost one, and why, or why not. others are
// further feeds that its page declares. Of compared articles that the lost feed should have listed it has listed shared.
// A feed that was read is known by its articles, or else by its title. One that was never read is only known by its
// place: the new feed must stand, or be declared, where it stood, and be the only one there.
func judgeSuccessor(s broadsheet.Source, last broadsheet.Visit, found discover.Result, others []string, shared, compared int) (why string, sure bool) {
	page := found.DeclaredBy
	switch {
	case !last.LastSuccess.IsZero() && compared > 0 && 5*shared >= 3*compared:
		return fmt.Sprintf("of its older articles %d of %d are known", shared, compared), true
	case !last.LastSuccess.IsZero() && compared > 0:
		return fmt.Sprintf("of its older articles only %d of %d were in the old one", shared, compared), false
	case !last.LastSuccess.IsZero():
		if title := text.OneLine(found.Title, maxNameLength); title != "" && strings.EqualFold(title, text.OneLine(last.Title, maxNameLength)) {
			return "it has the same title", true
		}
		return fmt.Sprintf("it has no article of the old one and calls itself %q", cmp.Or(found.Title, "nothing")), false
	case slices.ContainsFunc(others, func(address string) bool { return !strings.Contains(strings.ToLower(address), "comment") }):
		return "its page declares others too", false
	case page.Requested != "" && (placeOf(page.Requested) != placeOf(s.URL) || !isWithin(placeOf(page.URL), placeOf(s.URL))):
	case page.Requested != "" && !page.Moved && !link.OnSameSite(page.Requested, page.URL):
		return "that page leads to another site for now", false
	case page.Requested != "":
		return "it stands in its place", true
	case placeOf(found.Source.URL) == placeOf(s.URL) && sameHost(found.Source.URL, s.URL):
		return "it stands in its place", true
	}
	return "it may be that of another part of the site", false
}

// feedSegment matches a segment of a path that is of a feed, not of the section of the site that it belongs to.
var feedSegment = regexp.MustCompile(`(?i)^(rss|atom|feeds?|index\.xml|.*\.(xml|rss|atom|rdf|json))$`)

// placeOf returns the path of the section of a site that a feed or a page belongs to: /blog for /blog/feed/atom.
func placeOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	place := "/"
	for _, segment := range strings.Split(strings.Trim(u.Path, "/"), "/") {
		if feedSegment.MatchString(segment) {
			break
		}
		place = path.Join(place, segment)
	}
	return place
}

// isWithin reports whether a place is another one or in it.
func isWithin(place, other string) bool {
	return place == other || strings.HasPrefix(place, strings.TrimSuffix(other, "/")+"/")
}

func sameHost(a, b string) bool { return link.Host(a) != "" && link.Host(a) == link.Host(b) }

// redactedDiff returns the diff of an edit of feeds.yaml as it is shown, without secrets. The file itself keeps them.
func (a *app) redactedDiff(oldText, newText []byte) string {
	if c, err := config.Parse(a.feeds, newText); err == nil {
		a.RedactSecretsOf(append(c.Sources, a.Sources...), c.Webhooks) // added sources may have secrets too
	}
	return a.Secrets().RedactText(link.RedactHeaders(a.Sources, diff(a.feeds, oldText, newText)))
}

// applyEdit shows an edit of feeds.yaml and, unless dryRun is set, writes it.
func (a *app) applyEdit(w io.Writer, oldText, newText []byte, dryRun bool) error {
	changes := a.redactedDiff(oldText, newText)
	if changes == "" {
		if !a.Quiet {
			fmt.Fprintf(w, "%s stays as it is.\n", a.feeds)
		}
		return nil
	}
	if _, err := io.WriteString(w, changes); err != nil {
		return err
	}
	if dryRun {
		return nil
	}
	return rewriteFile(a.feeds, oldText, newText)
}
