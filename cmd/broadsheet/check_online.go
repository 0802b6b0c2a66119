package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/files"
	"broadsheet/cmd/internal/pipeline"
	"broadsheet/internal/config"
	"broadsheet/internal/edition"
	"broadsheet/internal/link"
	"broadsheet/internal/plain"
)

// finding is what `check --online` found out about one source.
type finding struct {
	Name       string     `json:"name"`
	Source     string     `json:"source"` // redacted, as are all texts here; the address to fetch and to write is in of
	Line       int        `json:"line"`
	Kind       string     `json:"answer"` // one of findingKinds
	Text       string     `json:"text,omitempty"`
	MovedTo    string     `json:"moved_to,omitempty"`
	MovedSince *time.Time `json:"moved_since,omitempty"` // when a run first saw it move
	Declares   []string   `json:"declares,omitempty"`    // feeds declared by the web page that came in place of a feed
	Newest     *time.Time `json:"newest,omitempty"`      // date of its newest article
	Articles   int        `json:"articles"`

	of      broadsheet.Source
	movedTo string
}

// checkOnline fetches all sources and prints the results. With --fix it also changes addresses in feeds.yaml.
func (a *app) checkOnline(ctx context.Context, w io.Writer, config config.Config, opts checkOptions) error {
	known, err := a.storedVisits(ctx)
	if err != nil {
		return err
	}
	found, outage, err := a.fetchAll(ctx, config, known)
	if err != nil {
		return err
	}
	switch {
	case opts.asJSON:
		err = printJSON(w, found)
	case !outage:
		err = printFindings(w, found, a.Quiet)
	}
	if err == nil && outage {
		err = errors.New(pipeline.OutageText(found[0].Source + ": " + found[0].Text))
	}
	if err == nil && opts.fix {
		err = a.fixMoved(w, found, opts.dryRun)
	}
	if err != nil {
		return err
	}
	for _, f := range found {
		if slices.Contains(opts.failOn, f.Kind) {
			return &console.ExitError{Status: exitUnhealthy, Err: fmt.Errorf("%s is %s: %s", f.Name, f.Kind, f.Text)}
		}
	}
	return nil
}

// storedVisits returns the last visit of each source from the database. It does not create a database.
func (a *app) storedVisits(ctx context.Context) (map[string]broadsheet.Visit, error) {
	s, err := a.open(ctx)
	if errors.Is(err, errNoDatabase) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.Visits(ctx)
}

// fetchAll fetches each source once, many hosts at a time. Findings that need attention come first, those of the same
// kind in the order of feeds.yaml. Sources are named by the title that their feed has now, else by the stored one.
// outage reports whether no host gave any answer: then nothing is known about the sources.
func (a *app) fetchAll(ctx context.Context, c config.Config, known map[string]broadsheet.Visit) (found []finding, outage bool, err error) {
	f := a.fetcher(c, nil)
	defer f.Close()
	found = make([]finding, len(c.Sources))
	bar := a.Progress()
	bar.Stage("asking sources", len(c.Sources))
	defer bar.Done()
	titles := pipeline.FeedTitles(known)
	var group sync.WaitGroup
	var mu sync.Mutex
	for i, s := range c.Sources {
		group.Go(func() {
			items, v, err := f.FetchSource(ctx, s, broadsheet.Visit{})
			found[i] = newFinding(s, known[s.ID()], items, v, err, a.now()).redacted()
			mu.Lock()
			defer mu.Unlock()
			if v.Title != "" && known[s.ID()].Quarantine == "" { // one in quarantine is still named as it was
				titles[s.ID()] = v.Title
			}
			bar.Add(1)
		})
	}
	group.Wait()
	composer := edition.NewComposer(c)
	composer.SetSourceNames(titles)
	for i, f := range found {
		if s, ok := composer.Source(f.of.ID()); ok {
			found[i].Name = s.Name
		}
	}
	slices.SortStableFunc(found, func(x, y finding) int {
		return cmp.Compare(slices.Index(findingKinds, x.Kind), slices.Index(findingKinds, y.Kind))
	})
	outage, _ = f.Outage(c.Sources)
	return found, outage, ctx.Err()
}

func printFindings(w io.Writer, found []finding, quiet bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	shown, counts := 0, map[string]int{}
	fmt.Fprintln(t, "ANSWER\tSOURCE\tLINE\tNEWEST\tARTICLES\t")
	for _, f := range found {
		counts[f.Kind]++
		if quiet && f.Kind == "fine" {
			continue
		}
		shown++
		newest := ""
		if f.Newest != nil {
			newest = f.Newest.Format(time.DateOnly)
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%d\t%s\n", f.Kind, f.Name, f.Line, newest, f.Articles, f.Text)
	}
	if shown == 0 {
		return nil
	}
	if err := t.Flush(); err != nil {
		return err
	}
	var sums []string
	for _, answer := range slices.Backward(findingKinds) {
		if n := counts[answer]; n > 0 {
			sums = append(sums, fmt.Sprintf("%d %s", n, answer))
		}
	}
	_, err := fmt.Fprintf(w, "%s: %s.\n", plain.Count(len(found), "source"), strings.Join(sums, ", "))
	return err
}

// fixMoved changes the addresses of sources that moved, and shows the change before it is made.
func (a *app) fixMoved(w io.Writer, found []finding, dryRun bool) error {
	oldText, err := files.ReadFeeds(a.feeds)
	if err != nil {
		return console.UsageError(fmt.Errorf("%s cannot be read: %w; --fix needs a file to change", a.feeds, files.WithoutPath(err)))
	}
	newText := oldText
	for _, f := range found {
		if f.Kind == "quarantined" {
			fmt.Fprintf(a.Stderr, "%s: left in quarantine, which a person must end; look at it, and if it is what you want: broadsheet trust %q\n", f.Name, f.Name)
		}
		if f.Kind != "moved" {
			continue
		}
		if why := whyNotFollowed(f, found); why != "" {
			fmt.Fprintf(a.Stderr, "%s: left as it is: %s\n", f.Name, why)
			continue
		}
		next, err := config.ReplaceSourceURL(newText, f.of.URL, f.movedTo)
		if err != nil {
			fmt.Fprintf(a.Stderr, "%s: left as it is: %v\n", f.Name, err)
			continue
		}
		newText = next
	}
	return a.applyEdit(w, oldText, newText, dryRun)
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
	case f.Articles == 0:
		return "its new address answers, but has no article yet; follow it by hand if that is right"
	}
	return ""
}

// redacted returns the finding as it is shown, without secrets.
func (f finding) redacted() finding {
	f.Source, f.Text, f.movedTo, f.MovedTo = link.Redact(f.of, f.of.ID()), link.Redact(f.of, f.Text), f.MovedTo, link.Redact(f.of, f.MovedTo)
	f.Declares = slices.Clone(f.Declares)
	for i, address := range f.Declares {
		f.Declares[i] = link.Redact(f.of, address)
	}
	return f
}

// redactedDiff returns the diff of an edit of feeds.yaml as it is shown, without secrets. The file itself keeps them.
func (a *app) redactedDiff(oldText, newText []byte) string {
	if c, err := config.Parse(a.feeds, newText); err == nil {
		a.RedactSecretsOf(append(c.Sources, a.Sources...)) // added sources may have secrets too
	}
	return a.Secrets().RedactText(diff(a.feeds, oldText, newText))
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
