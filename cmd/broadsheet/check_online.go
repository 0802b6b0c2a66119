package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"broadsheet"
	"broadsheet/cmd/internal/console"
	"broadsheet/cmd/internal/pipeline"
	"broadsheet/fetch"
	"broadsheet/internal/config"
	"broadsheet/internal/edition"
	"broadsheet/internal/health"
	"broadsheet/internal/link"
	"broadsheet/internal/plain"
)

// finding is what `check --online` found out about one source.
type finding struct {
	Name       string     `json:"name"`
	Source     string     `json:"source"` // redacted, as are all texts here; the address to fetch and to write is in of
	Line       int        `json:"line"`
	Kind       string     `json:"answer"` // one of findingKinds
	States     []string   `json:"states"` // all states that it is in, the most urgent first; see health.States
	Text       string     `json:"text,omitempty"`
	MovedTo    string     `json:"moved_to,omitempty"`
	MovedSince *time.Time `json:"moved_since,omitempty"` // when a run first saw it move
	Declares   []string   `json:"declares,omitempty"`    // of a web page that came in place of a feed: where it leads on by a meta refresh, and the feeds that it declares
	Newest     *time.Time `json:"newest,omitempty"`      // date of its newest article
	Articles   int        `json:"articles"`

	states  []health.Finding
	of      broadsheet.Source
	movedTo string
}

// checkOnline fetches all sources and prints the results. With --fix it also changes addresses in feeds.yaml.
func (a *app) checkOnline(ctx context.Context, w io.Writer, config config.Config, opts checkOptions) error {
	known, err := a.readStored(ctx)
	if err != nil {
		return err
	}
	f := a.fetcher(config, nil)
	defer f.Close()
	found, outage, err := a.fetchAll(ctx, f, config, known)
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
		err = a.fixAddresses(ctx, w, f, found, known.visits, opts.dryRun)
	}
	if err != nil {
		return err
	}
	for _, f := range found {
		if state := firstOf(opts.failOn, append([]string{f.Kind}, f.States...)); state != "" {
			return &console.ExitError{Status: exitUnhealthy, Err: fmt.Errorf("%s is %s: %s", f.Name, state, f.Text)}
		}
	}
	return nil
}

// readStored returns what the database holds of the sources. It does not create a database.
func (a *app) readStored(ctx context.Context) (known stored, err error) {
	s, err := a.open(ctx)
	if errors.Is(err, errNoDatabase) {
		return known, nil
	}
	if err != nil {
		return known, err
	}
	defer s.Close()
	if known.visits, err = s.Visits(ctx); err != nil {
		return known, err
	}
	if known.stats, err = s.SourceStats(ctx); err != nil {
		return known, err
	}
	known.reach, err = pipeline.ReadReach(ctx, s)
	return known, err
}

// fetchAll fetches each source once, many hosts at a time. Findings that need attention come first, those of the same
// kind in the order of feeds.yaml. Sources are named by the title that their feed has now, else by the stored one.
// outage reports whether no host gave any answer: then nothing is known about the sources.
func (a *app) fetchAll(ctx context.Context, f *fetch.Fetcher, c config.Config, known stored) (found []finding, outage bool, err error) {
	found = make([]finding, len(c.Sources))
	bar := a.Progress()
	bar.Stage("asking sources", len(c.Sources))
	defer bar.Done()
	titles := pipeline.FeedTitles(known.visits)
	var group sync.WaitGroup
	var mu sync.Mutex
	for i, s := range c.Sources {
		group.Go(func() {
			items, v, err := f.FetchSource(ctx, s, broadsheet.Visit{List: known.visits[s.ID()].List}) // the list of a page is compared as in a run
			found[i] = newFinding(s, known, items, v, err, a.now()).redacted()
			mu.Lock()
			defer mu.Unlock()
			if v.Title != "" && known.visits[s.ID()].Quarantine == "" { // one in quarantine is still named as it was
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
		return cmp.Or(health.Compare(x.state(), y.state()), cmp.Compare(slices.Index(findingKinds, x.Kind), slices.Index(findingKinds, y.Kind)))
	})
	outage, _ = f.Outage(c.Sources)
	return found, outage, ctx.Err()
}

// state returns the most urgent state of the source.
func (f finding) state() health.State { return health.State(f.States[0]) }

func printFindings(w io.Writer, found []finding, quiet bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	shown, counts := 0, map[health.State]int{}
	fmt.Fprintln(t, "STATE\tSOURCE\tLINE\tNEWEST\tARTICLES\t")
	for _, f := range found {
		counts[f.state()]++
		if quiet && f.state() == health.Fine {
			continue
		}
		shown++
		newest := ""
		if f.Newest != nil {
			newest = f.Newest.Format(time.DateOnly)
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%d\t%s\n", strings.Join(f.States, ", "), f.Name, f.Line, newest, f.Articles, f.Text)
	}
	if shown == 0 {
		return nil
	}
	if err := t.Flush(); err != nil {
		return err
	}
	var sums []string
	for _, d := range slices.Backward(health.States) {
		if n := counts[d.State]; n > 0 {
			sums = append(sums, fmt.Sprintf("%d %s", n, d.State))
		}
	}
	_, err := fmt.Fprintf(w, "%s: %s.\n", plain.Count(len(found), "source"), strings.Join(sums, ", "))
	return err
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
